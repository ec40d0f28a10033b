//! Upright picture -> face boxes with scores: a detector on the whole picture, letterboxed to its square, as it is or turned by quarters.

use crate::error::Result;
use crate::face::Detection;
use crate::geometry::{Point, Rect, Turn};
use crate::image::Rgb8;
use crate::models;
use crate::net::Network;
use crate::resample::Letterbox;

/// How the outputs of a network of the `BlazeFace` family are read: one row of 16 numbers for each anchor (box centre, box size, six key
/// points) and one score.
#[derive(Debug)]
struct Layout {
    /// Side of the network's input in pixels.
    side: u32,
    /// Cells of a side, and anchors in each cell.
    grids: &'static [(u32, usize)],
    /// Detections with a lower score are noise.
    smallest_score: f64,
}

const SHORT_RANGE: Layout = Layout { side: 128, grids: &[(16, 2), (8, 6)], smallest_score: 0.5 };

const FULL_RANGE: Layout = Layout { side: 192, grids: &[(48, 1)], smallest_score: 0.3 };

/// A loaded detector.
#[derive(Debug, Clone)]
pub(crate) struct Detector {
    layout: &'static Layout,
    network: Network,
}

impl Detector {
    /// For faces that take from about 15 % of the picture's width to more than all of it.
    pub(crate) fn short_range() -> Result<Self> {
        Self::load(&SHORT_RANGE, &models::FACE_DETECTION_SHORT_RANGE)
    }

    /// For faces from about 4 % of the picture's width on. It misses those that fill the picture.
    pub(crate) fn full_range() -> Result<Self> {
        Self::load(&FULL_RANGE, &models::FACE_DETECTION_FULL_RANGE)
    }

    /// Everything that may be a face in a part of the picture.
    fn look(&self, image: &Rgb8, part: Rect, turn: Turn) -> Result<Vec<Detection>> {
        let letterbox = Letterbox::new(part, self.layout.side, turn);
        let [regressors, scores] = self.network.run(|rows| letterbox.write(image, 1.0 / 127.5, -1.0, rows))?;
        Ok(self.layout.decode(&regressors, &scores, &letterbox))
    }

    /// Runs the network on whatever it saw last: for the benches.
    pub(crate) fn run_again(&self) -> Result<[Vec<f32>; 2]> {
        self.network.run(|_| ())
    }

    fn load(layout: &'static Layout, model: &models::Model) -> Result<Self> {
        Ok(Self { layout, network: Network::load(model, layout.side)? })
    }
}

/// Boxes that overlap more than this are of one face.
const SAME_FACE: f64 = 0.3;

/// Numbers in a row.
const ROW: usize = 16;

/// Of what is found, so many of the surest are looked at: each costs runs of the landmark network.
const MOST: usize = 12;

/// Faces that are too small in the whole picture are looked for in squares of this part of its longer side.
const PART: f64 = 0.5;

/// Finds faces, the surest first. Those that stand upright once the picture is turned are found best.
pub(crate) fn detect(image: &Rgb8, turn: Turn, detector: &Detector) -> Result<Vec<Detection>> {
    Ok(suppress(detector.look(image, image.bounds(), turn)?))
}

/// Finds faces that are too small for [`detect`]: in squares all over the picture that overlap by half.
pub(crate) fn detect_small(image: &Rgb8, detector: &Detector) -> Result<Vec<Detection>> {
    let Rect { width, height, .. } = image.bounds();
    let side = (PART * width.max(height)).max(f64::from(detector.layout.side * image.reduction()));
    let mut found = Vec::new();
    for y in starts(height, side) {
        for x in starts(width, side) {
            let part = Rect { x, y, width: side.min(width), height: side.min(height) };
            found.extend(detector.look(image, part, Turn::None)?);
        }
    }
    Ok(suppress(found))
}

/// Where parts of a side begin, evenly, the last one ending with it.
fn starts(whole: f64, side: f64) -> impl Iterator<Item = f64> {
    let room = (whole - side).max(0.0);
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a handful")]
    let steps = (room / (side / 2.0)).ceil() as u32;
    (0..=steps).map(move |step| (room * f64::from(step) / f64::from(steps.max(1))).floor())
}

impl Layout {
    /// The anchors' centres, 0 to 1 of the square, row by row of each grid.
    fn anchors(&self) -> impl Iterator<Item = (f64, f64)> {
        self.grids.iter().flat_map(|&(cells, repeats)| {
            let centre = move |cell: u32| (f64::from(cell) + 0.5) / f64::from(cells);
            (0..cells).flat_map(move |row| {
                (0..cells).flat_map(move |column| std::iter::repeat_n((centre(column), centre(row)), repeats))
            })
        })
    }

    /// Raw rows to detections in the picture. Offsets are in pixels of the square, against the anchor.
    fn decode(&self, regressors: &[f32], scores: &[f32], letterbox: &Letterbox) -> Vec<Detection> {
        let (rows, _) = regressors.as_chunks::<ROW>();
        debug_assert_eq!((rows.len(), scores.len()), (self.anchors().count(), self.anchors().count()));
        let mut detections = Vec::new();
        for ((row, &logit), (anchor_x, anchor_y)) in rows.iter().zip(scores).zip(self.anchors()) {
            let score = 1.0 / (1.0 + f64::from(-logit).exp());
            if score.is_nan() || score < self.smallest_score {
                continue;
            }
            let row = row.map(f64::from);
            if !row.iter().all(|value| value.is_finite()) {
                continue;
            }
            let side = f64::from(self.side);
            let point = |x: f64, y: f64| letterbox.to_picture(anchor_x * side + x, anchor_y * side + y);
            let [x, y, width, height, right_eye_x, right_eye_y, left_eye_x, left_eye_y, ..] = row;
            let corners = [point(x - width / 2.0, y - height / 2.0), point(x + width / 2.0, y + height / 2.0)];
            let Some(bounds) = Rect::hull(corners) else { continue };
            detections.push(Detection {
                score,
                bounds,
                right_eye: point(right_eye_x, right_eye_y),
                left_eye: point(left_eye_x, left_eye_y),
            });
        }
        detections
    }
}

/// Non-maximum suppression with averaging: overlapping detections become one, each weighted by its score; its score is the best.
fn suppress(mut detections: Vec<Detection>) -> Vec<Detection> {
    detections.sort_by(|a, b| b.score.total_cmp(&a.score));
    let mut kept = Vec::new();
    while !detections.is_empty() {
        let best = detections.remove(0);
        let overlaps = |other: &Detection| best.bounds.intersection_over_union(&other.bounds) > SAME_FACE;
        let (mut same, others): (Vec<_>, Vec<_>) = detections.into_iter().partition(overlaps);
        detections = others;
        let score = best.score;
        same.insert(0, best);
        kept.push(average(&same, score));
    }
    kept.truncate(MOST);
    kept
}

fn average(detections: &[Detection], score: f64) -> Detection {
    let total: f64 = detections.iter().map(|detection| detection.score).sum();
    let mean = |value: &dyn Fn(&Detection) -> f64| {
        detections.iter().map(|detection| detection.score * value(detection)).sum::<f64>() / total
    };
    Detection {
        score,
        bounds: Rect {
            x: mean(&|d| d.bounds.x),
            y: mean(&|d| d.bounds.y),
            width: mean(&|d| d.bounds.width),
            height: mean(&|d| d.bounds.height),
        },
        right_eye: Point::new(mean(&|d| d.right_eye.x), mean(&|d| d.right_eye.y)),
        left_eye: Point::new(mean(&|d| d.left_eye.x), mean(&|d| d.left_eye.y)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn detection(score: f64, x: f64, side: f64) -> Detection {
        let bounds = Rect { x, y: 10.0, width: side, height: side };
        let eye = |part: f64| Point::new(x + part * side, 10.0 + side / 3.0);
        Detection { score, bounds, right_eye: eye(0.3), left_eye: eye(0.7) }
    }

    #[test]
    fn anchors_cover_their_grids() {
        let anchors: Vec<_> = SHORT_RANGE.anchors().collect();
        assert_eq!(anchors.len(), 896);
        assert_eq!(anchors[0], (0.5 / 16.0, 0.5 / 16.0));
        assert_eq!(anchors[2], (1.5 / 16.0, 0.5 / 16.0));
        assert_eq!(anchors[511], (15.5 / 16.0, 15.5 / 16.0));
        assert_eq!(anchors[512], (0.5 / 8.0, 0.5 / 8.0));
        assert_eq!(anchors[895], (7.5 / 8.0, 7.5 / 8.0));
        let anchors: Vec<_> = FULL_RANGE.anchors().collect();
        assert_eq!(anchors.len(), 2304);
        assert_eq!((anchors[1], anchors[48]), ((1.5 / 48.0, 0.5 / 48.0), (0.5 / 48.0, 1.5 / 48.0)));
    }

    #[test]
    fn overlapping_boxes_become_one_between_them() {
        let kept = suppress(vec![detection(0.6, 12.0, 100.0), detection(0.9, 10.0, 100.0), detection(0.8, 300.0, 100.0)]);
        assert_eq!(kept.len(), 2);
        assert_eq!(kept[0].score, 0.9);
        assert!((kept[0].bounds.x - (0.6 * 12.0 + 0.9 * 10.0) / 1.5).abs() < 1e-9);
        assert_eq!(kept[1].bounds.x, 300.0);
    }

    #[test]
    fn boxes_without_area_end() {
        assert_eq!(suppress(vec![detection(0.9, 10.0, 0.0), detection(0.8, 10.0, 0.0)]).len(), 2);
        assert!(suppress(Vec::new()).is_empty());
    }

    #[test]
    fn a_row_is_read_against_its_anchor() {
        let whole = Rect { x: 0.0, y: 0.0, width: 256.0, height: 256.0 };
        let (mut regressors, mut scores) = (vec![0.0; 896 * ROW], vec![-10.0; 896]);
        scores[2] = 3.0;
        regressors[2 * ROW..2 * ROW + 8].copy_from_slice(&[1.0, 2.0, 20.0, 30.0, -4.0, -5.0, 4.0, -5.0]);
        let decode = |scores: &[f32], turn| {
            let letterbox = Letterbox::new(whole, SHORT_RANGE.side, turn);
            SHORT_RANGE.decode(&regressors, scores, &letterbox)
        };
        let found = decode(&scores, Turn::None);
        assert_eq!(found.len(), 1);
        // The anchor is at (12, 4) of the 128-pixel square, which shows the picture at half its size.
        assert_eq!(found[0].bounds, Rect { x: 6.0, y: -18.0, width: 40.0, height: 60.0 });
        assert_eq!(found[0].right_eye, Point::new(16.0, -2.0));
        assert_eq!(found[0].left_eye, Point::new(32.0, -2.0));
        // What is found at the top left of the picture turned clockwise lies at the bottom left of the picture itself.
        let found = decode(&scores, Turn::Quarter);
        assert_eq!(found[0].bounds, Rect { x: -18.0, y: 210.0, width: 60.0, height: 40.0 });
        assert_eq!((found[0].right_eye, found[0].left_eye), (Point::new(-2.0, 240.0), Point::new(-2.0, 224.0)));
        scores[2] = f32::NAN;
        assert!(decode(&scores, Turn::None).is_empty());
    }

    /// Every place is in some part, whole where neighbouring parts overlap.
    #[test]
    fn parts_cover_the_picture_and_overlap_by_half() {
        for (whole, side) in [(4000.0, 2000.0), (3000.0, 2000.0), (500.0, 500.0), (100.0, 192.0), (193.0, 192.0)] {
            let starts: Vec<f64> = starts(whole, side).collect();
            assert_eq!(starts[0], 0.0);
            let last = starts[starts.len() - 1];
            assert!(last + side >= whole - 1.0 && last <= (whole - side).max(0.0), "{starts:?}");
            assert!(starts.windows(2).all(|pair| pair[1] - pair[0] <= side / 2.0 + 1.0), "{starts:?}");
        }
    }
}
