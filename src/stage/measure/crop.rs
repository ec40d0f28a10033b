//! The face in one size, whatever its size in the picture: what all measures of light and sharpness are taken from.

use crate::face::{Landmarks, Pupils};
use crate::geometry::{Point, TurnedSquare};
use crate::image::Rgb8;
use crate::resample::turned_crop;

/// Pixels between the pupils: no more than there are in the smallest picture that a face is measured in, so that nothing is enlarged
/// and every value is independent of the resolution.
pub(super) const INTER_EYE: f64 = 72.0;

/// Sides of the crop in pixels: from over the hairline to under the chin.
pub(super) const SIDE: usize = 232;

/// How far the crop's middle lies under the eyes, in distances between the pupils.
const CENTRE_UNDER_EYES: f64 = 0.33;

/// The outline of the face in the mesh, from the middle of the forehead over the subject's left side.
const OVAL: [usize; 36] = [
    10, 338, 297, 332, 284, 251, 389, 356, 454, 323, 361, 288, 397, 365, 379, 378, 400, 377, 152, 148, 176, 149, 150, 136, 172,
    58, 132, 93, 234, 127, 162, 21, 54, 103, 67, 109,
];

/// A picture of the face, upright, its pupils level and [`INTER_EYE`] pixels apart.
#[derive(Debug)]
pub(crate) struct FaceCrop {
    square: TurnedSquare,
    /// sRGB, 0 to 1.
    pub(super) pixels: Vec<[f32; 3]>,
    /// First and last column of the face on each row; none where the row is empty.
    spans: Vec<(usize, usize)>,
}

impl FaceCrop {
    /// Cuts the face out of the picture.
    pub(crate) fn new(image: &Rgb8, landmarks: &Landmarks, pupils: &Pupils) -> Self {
        let Pupils { right, left, .. } = *pupils;
        let (distance, angle) = (right.distance(left), right.direction(left));
        let middle = right.midpoint(left);
        let down = CENTRE_UNDER_EYES * distance;
        #[allow(clippy::cast_precision_loss, reason = "some hundred pixels")]
        let square = TurnedSquare {
            centre: Point::new(middle.x - down * angle.sin(), middle.y + down * angle.cos()),
            side: distance * SIDE as f64 / INTER_EYE,
            angle,
        };
        let mut pixels = vec![[0.0; 3]; SIDE * SIDE];
        turned_crop(image, &square, false, &mut pixels.chunks_exact_mut(SIDE).collect::<Vec<_>>());
        let mut crop = Self { square, pixels, spans: Vec::new() };
        let outline = OVAL.map(|index| crop.place(landmarks.points[index].in_picture()));
        crop.spans = spans(&outline);
        crop
    }

    /// From pixels of the picture to pixels of the crop.
    pub(super) fn place(&self, point: Point) -> Point {
        let (sin, cos) = self.square.angle.sin_cos();
        let (dx, dy) = (point.x - self.square.centre.x, point.y - self.square.centre.y);
        #[allow(clippy::cast_precision_loss, reason = "some hundred pixels")]
        let side = SIDE as f64;
        let scale = side / self.square.side;
        Point::new((dx * cos + dy * sin) * scale + side / 2.0, (dy * cos - dx * sin) * scale + side / 2.0)
    }

    /// One row of pixels.
    pub(super) fn row(&self, row: usize) -> &[[f32; 3]] {
        &self.pixels[row * SIDE..(row + 1) * SIDE]
    }

    /// The part of each row that shows the face: row, first and last column.
    pub(super) fn face_rows(&self) -> impl Iterator<Item = (usize, usize, usize)> + '_ {
        self.spans.iter().enumerate().filter(|(_, (first, last))| first < last).map(|(row, &(first, last))| (row, first, last))
    }

    /// The pixels that show the face.
    pub(super) fn face(&self) -> impl Iterator<Item = [f32; 3]> + '_ {
        self.face_rows().flat_map(|(row, first, last)| self.row(row)[first..last].iter().copied())
    }

    /// The pixels of a square of so many distances between the pupils about a point of the mesh, as far as it lies in the crop.
    pub(super) fn zone(&self, centre: Point, side: f64) -> impl Iterator<Item = [f32; 3]> + '_ {
        let (columns, rows) = zone(self.place(centre), side);
        rows.flat_map(move |row| self.row(row)[columns.clone()].iter().copied())
    }
}

#[cfg(test)]
impl FaceCrop {
    /// A crop that is all face.
    pub(super) fn of_pixels(pixels: Vec<[f32; 3]>) -> Self {
        assert_eq!(pixels.len(), SIDE * SIDE);
        let half = SIDE as f64 / 2.0;
        let square = TurnedSquare { centre: Point::new(half, half), side: SIDE as f64, angle: 0.0 };
        Self { square, pixels, spans: vec![(0, SIDE); SIDE] }
    }
}

/// Columns and rows of a square about a point of the crop, its side in distances between the pupils.
#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped to the crop")]
pub(super) fn zone(centre: Point, side: f64) -> (std::ops::Range<usize>, std::ops::Range<usize>) {
    #[allow(clippy::cast_precision_loss, reason = "some hundred pixels")]
    let clamp = |at: f64| at.round().clamp(0.0, SIDE as f64) as usize;
    let half = side / 2.0 * INTER_EYE;
    (clamp(centre.x - half)..clamp(centre.x + half), clamp(centre.y - half)..clamp(centre.y + half))
}

/// The columns inside an outline on each row.
#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, clippy::cast_precision_loss, reason = "clamped to the crop")]
fn spans(outline: &[Point]) -> Vec<(usize, usize)> {
    (0..SIDE)
        .map(|row| {
            let y = row as f64 + 0.5;
            let edges = outline.iter().zip(outline.iter().cycle().skip(1));
            let crossings =
                edges.filter(|(a, b)| (a.y <= y) != (b.y <= y)).map(|(a, b)| a.x + (y - a.y) / (b.y - a.y) * (b.x - a.x));
            let (low, high) = crossings.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), x| (low.min(x), high.max(x)));
            if low.is_finite() && high.is_finite() {
                let clamp = |x: f64| x.round().clamp(0.0, SIDE as f64) as usize;
                (clamp(low), clamp(high))
            } else {
                (0, 0)
            }
        })
        .collect()
}
