//! Lines, dots and words on a picture.

use std::convert::Infallible;

use embedded_graphics::mono_font::iso_8859_1::{FONT_7X13_BOLD, FONT_9X18, FONT_9X18_BOLD};
use embedded_graphics::mono_font::{MonoFont, MonoTextStyle};
use embedded_graphics::pixelcolor::BinaryColor;
use embedded_graphics::prelude::{DrawTarget, Drawable, OriginDimensions, Pixel, Point as Place, Size};
use embedded_graphics::text::{Baseline, Text};
use face_precheck::{Point, Preview};
use tiny_skia::{
    Color, FillRule, LineCap, LineJoin, Paint, Path, PathBuilder, Pixmap, PremultipliedColorU8, Rect, Stroke, Transform,
};

/// Red, green, blue, and how opaque.
pub(super) type Ink = [u8; 4];

/// Letters of one width, enlarged by a whole number so that they stay sharp.
#[derive(Clone, Copy)]
pub(super) struct Script {
    font: &'static MonoFont<'static>,
    scale: u32,
}

impl Script {
    pub(super) const fn plain(scale: u32) -> Self {
        Self { font: &FONT_9X18, scale }
    }

    /// As wide as the plain one.
    pub(super) const fn bold(scale: u32) -> Self {
        Self { font: &FONT_9X18_BOLD, scale }
    }

    pub(super) const fn small(scale: u32) -> Self {
        Self { font: &FONT_7X13_BOLD, scale }
    }

    /// Width and height of a letter.
    pub(super) const fn letter(self) -> (u32, u32) {
        let Size { width, height } = self.font.character_size;
        (width * self.scale, height * self.scale)
    }
}

/// What is drawn on. Places and lengths are in its pixels.
pub(super) struct Canvas {
    pixels: Pixmap,
}

impl Canvas {
    /// All in one colour; `None` if it would have no pixels, or too many.
    pub(super) fn new(width: u32, height: u32, [red, green, blue, _]: Ink) -> Option<Self> {
        let mut pixels = Pixmap::new(width, height)?;
        pixels.fill(Color::from_rgba8(red, green, blue, 255));
        Some(Self { pixels })
    }

    pub(super) fn size(&self) -> (u32, u32) {
        (self.pixels.width(), self.pixels.height())
    }

    /// Lays a picture along the upper edge, as far as it fits.
    pub(super) fn lay(&mut self, picture: &Preview, left: u32) {
        let row = self.pixels.width() as usize;
        let rows = self.pixels.pixels_mut().chunks_exact_mut(row);
        for (to, from) in rows.zip(picture.pixels().chunks_exact(3 * picture.width().max(1) as usize)) {
            for (to, from) in to.iter_mut().skip(left as usize).zip(from.chunks_exact(3)) {
                if let [red, green, blue] = *from {
                    *to = PremultipliedColorU8::from_rgba(red, green, blue, 255).unwrap_or(*to);
                }
            }
        }
    }

    /// Covers an upright box.
    pub(super) fn cover(&mut self, corner: Point, width: f64, height: f64, ink: Ink) {
        let Point { x, y } = corner;
        if let Some(area) = Rect::from_xywh(single(x), single(y), single(width), single(height)) {
            self.pixels.fill_rect(area, &paint(ink), Transform::identity(), None);
        }
    }

    /// Covers an upright box with round corners.
    pub(super) fn plate(&mut self, corner: Point, width: f64, height: f64, ink: Ink) {
        let radius = height / 5.0;
        let (Point { x, y }, right, bottom) = (corner, corner.x + width, corner.y + height);
        let corners = [(x, y, 0.0, 1.0), (right, y, -1.0, 0.0), (right, bottom, 0.0, -1.0), (x, bottom, 1.0, 0.0)];
        let mut path = PathBuilder::new();
        for (index, (x, y, from_x, from_y)) in corners.into_iter().enumerate() {
            // Clockwise: the way out of a corner is the way into it, turned by a quarter.
            let start = (single(x + radius * from_x), single(y + radius * from_y));
            let end = (single(x + radius * from_y), single(y - radius * from_x));
            if index == 0 {
                path.move_to(start.0, start.1);
            } else {
                path.line_to(start.0, start.1);
            }
            path.quad_to(single(x), single(y), end.0, end.1);
        }
        path.close();
        self.fill(path.finish(), ink);
    }

    /// Straight from point to point.
    pub(super) fn lines(&mut self, points: &[Point], closed: bool, ink: Ink, width: f64) {
        let Some(path) = polygon(points, closed) else { return };
        self.stroke(&path, halo(ink), around(width));
        self.stroke(&path, ink, width);
    }

    /// An arrow whose head is drawn where there is room for it.
    pub(super) fn arrow(&mut self, from: Point, tip: Point, ink: Ink, width: f64) {
        let (x, y) = (tip.x - from.x, tip.y - from.y);
        let length = x.hypot(y);
        let head = 5.0 * width;
        if length < 1.5 * head {
            return self.lines(&[from, tip], false, ink, width);
        }
        let (x, y) = (x / length, y / length);
        let neck = Point::new(tip.x - head * x, tip.y - head * y);
        let wing = |side: f64| Point::new(neck.x - 0.45 * side * head * y, neck.y + 0.45 * side * head * x);
        let (shaft, head) = (polygon(&[from, neck], false), polygon(&[wing(1.0), tip, wing(-1.0)], true));
        if let Some((shaft, head)) = shaft.zip(head) {
            self.stroke(&shaft, halo(ink), around(width));
            self.stroke(&head, halo(ink), around(0.0));
            self.stroke(&shaft, ink, width);
            self.fill(Some(head), ink);
        }
    }

    /// A disc on a halo.
    pub(super) fn disc(&mut self, middle: Point, radius: f64, ink: Ink) {
        self.dots(&[middle], around(2.0 * radius) / 2.0, halo(ink));
        self.dots(&[middle], radius, ink);
    }

    /// A circle about a point.
    pub(super) fn ring(&mut self, middle: Point, radius: f64, ink: Ink, width: f64) {
        let path = PathBuilder::from_circle(single(middle.x), single(middle.y), single(radius));
        if let Some(path) = path {
            self.stroke(&path, halo(ink), around(width));
            self.stroke(&path, ink, width);
        }
    }

    /// Discs about points.
    pub(super) fn dots(&mut self, middles: &[Point], radius: f64, ink: Ink) {
        let mut path = PathBuilder::new();
        for middle in middles {
            path.push_circle(single(middle.x), single(middle.y), single(radius));
        }
        self.fill(path.finish(), ink);
    }

    /// One line of text from its upper left corner. Letters that the font lacks become question marks.
    pub(super) fn text(&mut self, text: &str, corner: Point, script: Script, ink: Ink) {
        let style = MonoTextStyle::new(script.font, BinaryColor::On);
        let mut stencil = Stencil { canvas: self, corner, side: script.scale, ink };
        let Ok(_) = Text::with_baseline(text, Place::zero(), style, Baseline::Top).draw(&mut stencil);
    }

    /// All pixels: R, G, B, R, G, B, ...
    pub(super) fn rgb(&self) -> Vec<u8> {
        self.pixels.pixels().iter().flat_map(|pixel| [pixel.red(), pixel.green(), pixel.blue()]).collect()
    }

    fn stroke(&mut self, path: &Path, ink: Ink, width: f64) {
        let width = single(width);
        let stroke = Stroke { width, line_cap: LineCap::Round, line_join: LineJoin::Round, ..Stroke::default() };
        self.pixels.stroke_path(path, &paint(ink), &stroke, Transform::identity(), None);
    }

    fn fill(&mut self, path: Option<Path>, ink: Ink) {
        if let Some(path) = path {
            self.pixels.fill_path(&path, &paint(ink), FillRule::Winding, Transform::identity(), None);
        }
    }
}

fn polygon(points: &[Point], closed: bool) -> Option<Path> {
    let mut path = PathBuilder::new();
    for (index, Point { x, y }) in points.iter().enumerate() {
        if index == 0 { path.move_to(single(*x), single(*y)) } else { path.line_to(single(*x), single(*y)) }
    }
    if closed {
        path.close();
    }
    path.finish()
}

/// What is under an ink, so that it is seen on any photo.
fn halo([.., alpha]: Ink) -> Ink {
    [0, 0, 0, alpha / 2]
}

/// The width of a line's halo.
fn around(width: f64) -> f64 {
    width + width.clamp(1.0, 4.0)
}

fn paint([red, green, blue, alpha]: Ink) -> Paint<'static> {
    let mut paint = Paint { anti_alias: true, ..Paint::default() };
    paint.set_color_rgba8(red, green, blue, alpha);
    paint
}

#[allow(clippy::cast_possible_truncation, reason = "a place in a picture")]
const fn single(length: f64) -> f32 {
    length as f32
}

/// Passes on the pixels of letters, as blocks.
struct Stencil<'a> {
    canvas: &'a mut Canvas,
    corner: Point,
    /// Of a block.
    side: u32,
    ink: Ink,
}

impl OriginDimensions for Stencil<'_> {
    fn size(&self) -> Size {
        let (width, height) = self.canvas.size();
        Size::new(width, height)
    }
}

impl DrawTarget for Stencil<'_> {
    type Color = BinaryColor;
    type Error = Infallible;

    fn draw_iter<I: IntoIterator<Item = Pixel<BinaryColor>>>(&mut self, pixels: I) -> Result<(), Infallible> {
        let side = f64::from(self.side);
        let (left, top) = (self.corner.x.round(), self.corner.y.round());
        for Pixel(Place { x, y }, _) in pixels.into_iter().filter(|Pixel(_, color)| color.is_on()) {
            let corner = Point::new(left + side * f64::from(x), top + side * f64::from(y));
            self.canvas.cover(corner, side, side, self.ink);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const BLACK: Ink = [0, 0, 0, 255];
    const WHITE: Ink = [255, 255, 255, 255];

    fn blank() -> Canvas {
        Canvas::new(40, 40, BLACK).unwrap()
    }

    /// The places of all pixels that are not black.
    fn lit(canvas: &Canvas) -> Vec<(usize, usize)> {
        let (rgb, row) = (canvas.rgb(), canvas.size().0 as usize);
        let lit = rgb.chunks_exact(3).enumerate().filter(|(_, pixel)| pixel.iter().any(|value| *value > 64));
        lit.map(|(index, _)| (index % row, index / row)).collect()
    }

    fn word(text: &str, scale: u32) -> Vec<(usize, usize)> {
        let mut canvas = blank();
        canvas.text(text, Point::default(), Script::plain(scale), WHITE);
        lit(&canvas)
    }

    #[test]
    fn letters_are_drawn_and_others_are_question_marks() {
        assert!(word(" ", 1).is_empty());
        assert_eq!(word("\u{5199}", 1), word("?", 1));
        for (umlaut, letter) in [("\u{e4}", "a"), ("\u{d6}", "O"), ("\u{df}", "s")] {
            assert!(word(umlaut, 1) != word(letter, 1) && word(umlaut, 1) != word("?", 1), "{umlaut}");
        }
    }

    #[test]
    fn enlarged_letters_are_made_of_blocks() {
        assert_eq!(word("T", 2).len(), 4 * word("T", 1).len());
    }

    #[test]
    fn what_is_outside_is_left_out() {
        let mut canvas = blank();
        let [near, far] = [Point::new(-30.0, 20.0), Point::new(1e300, f64::NAN)];
        canvas.lines(&[near, Point::new(80.0, 20.0)], false, WHITE, 2.0);
        canvas.lines(&[near, far], true, WHITE, 2.0);
        canvas.arrow(near, far, WHITE, 2.0);
        canvas.disc(far, 2.0, WHITE);
        canvas.ring(far, 2.0, WHITE, 2.0);
        canvas.plate(far, 20.0, 20.0, WHITE);
        canvas.cover(near, f64::INFINITY, 20.0, WHITE);
        canvas.text("x", far, Script::small(1), WHITE);
        canvas.text("x", near, Script::small(1), WHITE);
        canvas.lines(&[], true, WHITE, 2.0);
        assert!(lit(&canvas).iter().all(|(_, y)| (18..22).contains(y)));
        assert!(lit(&canvas).len() >= 80);
    }

    #[test]
    fn a_plate_has_its_corners_taken_off() {
        let mut canvas = blank();
        canvas.plate(Point::new(5.0, 10.0), 30.0, 20.0, WHITE);
        let lit = lit(&canvas);
        assert!(lit.contains(&(20, 10)) && lit.contains(&(5, 20)) && lit.contains(&(34, 20)) && lit.contains(&(20, 29)));
        assert!([(5, 10), (34, 10), (34, 29), (5, 29), (4, 20), (20, 30)].iter().all(|corner| !lit.contains(corner)));
    }

    #[test]
    fn an_arrow_is_widest_at_its_head() {
        let mut canvas = blank();
        canvas.arrow(Point::new(5.0, 20.0), Point::new(35.0, 20.0), WHITE, 2.0);
        let lit = lit(&canvas);
        let width = |column| lit.iter().filter(|(x, _)| *x == column).count();
        assert!(width(10) < 4 && width(26) > 6 && width(37) == 0);
    }
}
