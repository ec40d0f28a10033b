//! A report, drawn: what was found on the photo, and what is to be said about it below.

use face_precheck::{Face, HeadPose, Point, Preview, Rect, Report};

use super::canvas::{Canvas, Ink, Script};
use super::panel::{GROUND, Panel};

const MAIN_FACE: Ink = [255, 176, 32, 255];
const OTHER_FACE: Ink = [255, 80, 220, 255];
/// Nothing on a face has this colour.
const CONTOUR: Ink = [110, 230, 255, 210];
const LANDMARK: Ink = [110, 230, 255, 160];
const TO_THE_LEFT: Ink = [255, 77, 77, 255];
const UP: Ink = [61, 220, 90, 255];
const AHEAD: Ink = [77, 163, 255, 255];
const LABEL: Ink = [20, 20, 24, 170];

/// Pixels from left to right that letters of one size serve; larger pictures are looked at from farther away.
const SERVED: u32 = 1400;

/// Pixels of a face that can be seen through the mesh.
const SMALLEST_MESH: f64 = 60.0;

/// Room for a line of text.
const NARROWEST: u32 = 480;

/// Lines of MediaPipe's face mesh by their landmarks, and whether they are closed.
const CONTOURS: [(&[usize], bool); 9] = [
    // The face's outline.
    (
        &[
            10, 338, 297, 332, 284, 251, 389, 356, 454, 323, 361, 288, 397, 365, 379, 378, 400, 377, 152, 148, 176, 149, 150,
            136, 172, 58, 132, 93, 234, 127, 162, 21, 54, 103, 67, 109,
        ],
        true,
    ),
    // The eyes: the subject's right one and the left one.
    (&[33, 7, 163, 144, 145, 153, 154, 155, 133, 173, 157, 158, 159, 160, 161, 246], true),
    (&[263, 249, 390, 373, 374, 380, 381, 382, 362, 398, 384, 385, 386, 387, 388, 466], true),
    // The brows.
    (&[70, 63, 105, 66, 107, 55, 65, 52, 53, 46], true),
    (&[300, 293, 334, 296, 336, 285, 295, 282, 283, 276], true),
    // The nose: its bridge, and from wing to wing.
    (&[168, 6, 197, 195, 5, 4], false),
    (&[48, 64, 98, 97, 2, 326, 327, 294, 278], false),
    // The lips: without and within.
    (&[61, 146, 91, 181, 84, 17, 314, 405, 321, 375, 291, 409, 270, 269, 267, 0, 37, 39, 40, 185], true),
    (&[78, 95, 88, 178, 87, 14, 317, 402, 318, 324, 308, 415, 310, 311, 312, 13, 82, 81, 80, 191], true),
];

/// The photo with everything drawn on it; `None` if there is no picture of that size.
pub(super) fn draw(picture: &Preview, report: &Report) -> Option<Canvas> {
    let width = picture.width().max(NARROWEST);
    let text_scale = width / SERVED + 1;
    let panel = Panel::new(report, width, text_scale);
    let mut canvas = Canvas::new(width, picture.height().checked_add(panel.height()?)?, GROUND)?;
    let left = (width - picture.width()) / 2;
    canvas.lay(picture, left);
    let scale = f64::from(picture.width()) / f64::from(report.header().width().max(1));
    for (index, face) in report.faces().iter().enumerate().rev() {
        Pen::new(&mut canvas, picture, scale, left.into(), text_scale, face).face(face, index == 0);
    }
    frame(&mut canvas, picture, left);
    panel.draw(&mut canvas, picture.height());
    Some(canvas)
}

/// Covers what was drawn beside the photo: a face box may reach outside it.
fn frame(canvas: &mut Canvas, picture: &Preview, left: u32) {
    let [left, width, height] = [left, picture.width(), picture.height()].map(f64::from);
    let (canvas_width, canvas_height) = canvas.size();
    canvas.cover(Point::new(0.0, 0.0), left, height, GROUND);
    canvas.cover(Point::new(left + width, 0.0), f64::from(canvas_width) - left - width, height, GROUND);
    canvas.cover(Point::new(0.0, height), canvas_width.into(), f64::from(canvas_height) - height, GROUND);
}

/// Draws in pixels of the photo.
struct Pen<'a> {
    canvas: &'a mut Canvas,
    /// From the photo's pixels to the canvas's.
    scale: f64,
    left: f64,
    /// Where the photo ends on the canvas.
    right: f64,
    bottom: f64,
    /// Of a line, in the canvas's pixels.
    width: f64,
    label: Script,
}

impl<'a> Pen<'a> {
    fn new(canvas: &'a mut Canvas, picture: &Preview, scale: f64, left: f64, text_scale: u32, face: &Face) -> Self {
        let [width, height] = [picture.width(), picture.height()].map(f64::from);
        // Seen on the whole picture, and no thicker than the face allows.
        let line = (width.max(height) / 450.0).max(2.0).min(face.size_px * scale / 60.0).max(0.7);
        let label = Script::small(text_scale);
        Self { canvas, scale, left, right: left + width, bottom: height, width: line, label }
    }

    fn at(&self, Point { x, y }: Point) -> Point {
        Point::new(self.left + x * self.scale, y * self.scale)
    }

    fn all_at(&self, points: &[Point]) -> Vec<Point> {
        points.iter().map(|point| self.at(*point)).collect()
    }

    /// Another face's lines are thinner than the main one's.
    fn face(&mut self, face: &Face, is_main: bool) {
        let (ink, width) = if is_main { (MAIN_FACE, 1.0) } else { (OTHER_FACE, 0.6) };
        // Without a pose the landmarks mean nothing, and in a face that small they hide it.
        let pose = face.pose.filter(|_| is_main);
        if pose.is_some() && face.size_px * self.scale >= SMALLEST_MESH {
            self.landmarks(&face.landmarks);
        }
        self.canvas.lines(&self.all_at(&corners(&face.bounds)), true, ink, width * self.width);
        if let Some(pose) = pose {
            self.axes(face, pose);
        }
        self.eyes(face, ink, width);
    }

    fn landmarks(&mut self, landmarks: &[Point]) {
        self.canvas.dots(&self.all_at(landmarks), (0.45 * self.width).max(0.9), LANDMARK);
        for (indices, closed) in CONTOURS {
            let points: Vec<_> = indices.iter().filter_map(|index| landmarks.get(*index).copied()).collect();
            self.canvas.lines(&self.all_at(&points), closed, CONTOUR, (0.45 * self.width).max(1.0));
        }
    }

    /// A ring about each pupil, which stays to be seen, and how far they are apart. `width` is a part of the ordinary one.
    fn eyes(&mut self, face: &Face, ink: Ink, width: f64) {
        let [right, left] = [face.right_eye, face.left_eye].map(|eye| self.at(eye));
        let (x, y) = (left.x - right.x, left.y - right.y);
        let distance = x.hypot(y);
        let radius = (0.07 * distance).max(1.5 * self.width);
        for eye in [right, left] {
            self.canvas.ring(eye, radius, ink, 0.8 * width * self.width);
            self.canvas.disc(eye, 0.6 * width * self.width, ink);
        }
        if distance > 2.0 * radius {
            let (x, y) = (x * radius / distance, y * radius / distance);
            let ends = [Point::new(right.x + x, right.y + y), Point::new(left.x - x, left.y - y)];
            self.canvas.lines(&ends, false, ink, 0.7 * width * self.width);
        }
        let middle = Point::new(f64::midpoint(right.x, left.x), f64::midpoint(right.y, left.y));
        self.label(&format!("{:.1} px", face.interpupillary_distance_px), middle, distance, ink);
    }

    /// A text over the middle of a line, if the line is long enough for it.
    fn label(&mut self, text: &str, middle: Point, length: f64, ink: Ink) {
        let (letter_width, letter_height) = self.label.letter();
        let [letter, height, letters] = [letter_width, letter_height, u32::try_from(text.len()).unwrap_or(0)].map(f64::from);
        let (width, height) = (letter * (letters + 1.0), height + letter / 2.0);
        let corner = Point::new(middle.x - width / 2.0, middle.y - height - 2.0 * self.width - letter / 2.0);
        let is_inside =
            corner.x >= self.left && corner.x + width <= self.right && corner.y >= 0.0 && corner.y + height <= self.bottom;
        if width <= length && is_inside {
            self.canvas.plate(corner, width, height, LABEL);
            self.canvas.text(text, Point::new(corner.x + letter / 2.0, corner.y + letter / 4.0), self.label, ink);
        }
    }

    /// From the middle of the face box; the one that shows where the face looks comes last.
    fn axes(&mut self, face: &Face, pose: HeadPose) {
        let Rect { x, y, width, height } = face.bounds;
        let origin = Point::new(x + width / 2.0, y + height / 2.0);
        let length = face.size_px / 2.0;
        let tips = pose.axes().map(|axis| self.at(Point::new(origin.x + length * axis.x, origin.y + length * axis.y)));
        let origin = self.at(origin);
        for (tip, (ink, width)) in tips.into_iter().zip([(TO_THE_LEFT, 1.2), (UP, 1.2), (AHEAD, 2.0)]) {
            self.canvas.arrow(origin, tip, ink, width * self.width);
        }
        self.canvas.disc(origin, 2.2 * self.width, AHEAD);
    }
}

fn corners(bounds: &Rect) -> [Point; 4] {
    let (right, bottom) = (bounds.x + bounds.width, bounds.y + bounds.height);
    [Point::new(bounds.x, bounds.y), Point::new(right, bounds.y), Point::new(right, bottom), Point::new(bounds.x, bottom)]
}

#[cfg(test)]
mod tests {
    use face_precheck::{Engine, Profile};

    use super::*;

    const FACE: &str = "fixtures/photos/refused/grace_hopper.jpg";
    const NO_FACE: &str = "fixtures/photos/no_face/books.jpg";
    const TURNED: &str = "fixtures/rendered/p1_y-30_p+00_r+00.jpg";
    const TWO: &str = "fixtures/rendered/p1_p4_two_faces.jpg";

    struct Drawn {
        report: Report,
        preview: Preview,
        canvas: Canvas,
        rgb: Vec<u8>,
    }

    impl Drawn {
        /// Nothing where the photo is not at hand.
        fn new(photo: &str, size: u32) -> Option<Self> {
            let photo = crate::repository::file(photo)?;
            let engine = Engine::lazy();
            let (report, preview) = engine.check_with_preview(&photo, &Profile::progeny_selfie(), size).unwrap();
            let canvas = draw(&preview, &report).unwrap();
            let rgb = canvas.rgb();
            Some(Self { report, preview, canvas, rgb })
        }

        /// Whether one of the pixels about a point of the photo is as asked for, on the canvas and on the photo.
        #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a place in the picture")]
        fn any(&self, Point { x, y }: Point, is_wanted: impl Fn(&[u8], &[u8]) -> bool) -> bool {
            let [width, own_width] = [self.canvas.size().0, self.preview.width()].map(|side| side as usize);
            let scale = f64::from(self.preview.width()) / f64::from(self.report.header().width());
            let (x, y) = ((x * scale) as usize, (y * scale) as usize);
            let pixel = |x: usize, y: usize| {
                let (at, from) = (3 * (y * width + x + (width - own_width) / 2), 3 * (y * own_width + x));
                is_wanted(&self.rgb[at..at + 3], &self.preview.pixels()[from..from + 3])
            };
            (y - 2..=y + 2).any(|y| (x - 2..=x + 2).any(|x| pixel(x, y)))
        }

        fn has(&self, point: Point, ink: Ink) -> bool {
            self.any(point, |pixel, _| pixel.iter().zip(ink).all(|(value, of)| value.abs_diff(of) < 60))
        }

        fn is_changed(&self, point: Point) -> bool {
            self.any(point, |pixel, photo| pixel.iter().zip(photo).any(|(value, of)| value.abs_diff(*of) > 30))
        }
    }

    fn between(from: Point, to: Point, part: f64) -> Point {
        Point::new(from.x + part * (to.x - from.x), from.y + part * (to.y - from.y))
    }

    #[test]
    fn box_and_eyes_are_where_the_face_is() {
        for size in [1280, 400] {
            let Some(drawn) = Drawn::new(FACE, size) else { return };
            let face = &drawn.report.faces()[0];
            assert_eq!(face.landmarks.len(), 468);
            let corners = corners(&face.bounds);
            for (index, corner) in corners.iter().enumerate() {
                assert!(drawn.has(between(*corner, corners[(index + 1) % 4], 0.3), MAIN_FACE), "{size} {index}");
            }
            assert!(drawn.has(between(face.right_eye, face.left_eye, 0.3), MAIN_FACE));
            assert!(face.landmarks.iter().all(|landmark| drawn.is_changed(*landmark)), "{size}");
            assert!(!drawn.is_changed(Point::new(face.bounds.x / 2.0, face.bounds.y)));
        }
    }

    #[test]
    fn axes_point_where_the_head_does() {
        let Some(drawn) = Drawn::new(TURNED, 1280) else { return };
        let face = &drawn.report.faces()[0];
        let Rect { x, y, width, height } = face.bounds;
        let (origin, half) = (Point::new(x + width / 2.0, y + height / 2.0), face.size_px / 2.0);
        // The nose is to the picture's left.
        assert!(drawn.has(Point::new(origin.x - 0.3 * half, origin.y), AHEAD));
        assert!(drawn.has(Point::new(origin.x + 0.5 * half, origin.y), TO_THE_LEFT));
        assert!(drawn.has(Point::new(origin.x, origin.y - 0.6 * half), UP));
        assert!(!drawn.has(Point::new(origin.x, origin.y + 0.6 * half), UP));
    }

    #[test]
    fn other_faces_are_told_from_the_main_one() {
        let Some(drawn) = Drawn::new(TWO, 1280) else { return };
        for (index, (face, ink)) in drawn.report.faces().iter().zip([MAIN_FACE, OTHER_FACE]).enumerate() {
            let [left_top, right_top, ..] = corners(&face.bounds);
            assert!(drawn.has(between(left_top, right_top, 0.3), ink), "{index}");
            let middle = Point::new(face.bounds.x + face.bounds.width * 0.75, face.bounds.y + face.bounds.height / 2.0);
            assert_eq!(drawn.has(middle, TO_THE_LEFT), index == 0);
        }
    }

    #[test]
    fn a_photo_without_a_face_stays_as_it_is_above_what_is_said() {
        let Some(drawn) = Drawn::new(NO_FACE, 512) else { return };
        let (width, height) = drawn.canvas.size();
        assert_eq!(width, 512);
        assert!(height > drawn.preview.height() + 80);
        assert_eq!(&drawn.rgb[..drawn.preview.pixels().len()], drawn.preview.pixels());
    }

    #[test]
    fn every_size_is_drawn_on_enough_room() {
        for size in [1, 64, 65, 479, 481, 1600] {
            let Some(drawn) = Drawn::new(FACE, size) else { return };
            let (width, height) = drawn.canvas.size();
            assert_eq!(width, drawn.preview.width().max(NARROWEST));
            assert_eq!(drawn.rgb.len(), 3 * width as usize * height as usize);
            // Beside a narrow photo there is nothing.
            if width > drawn.preview.width() + 1 {
                let mut rows = drawn.rgb.chunks_exact(3 * width as usize).take(drawn.preview.height() as usize);
                assert!(rows.all(|row| row.starts_with(&GROUND[..3]) && row.ends_with(&GROUND[..3])));
            }
        }
    }

    #[test]
    fn contours_name_landmarks_that_there_are() {
        assert!(CONTOURS.iter().flat_map(|(indices, _)| *indices).all(|index| *index < 468));
    }
}
