//! How uniform the background is, on a small copy of the picture.

use crate::geometry::{Rect, Turn};
use crate::image::Rgb8;
use crate::resample::Letterbox;
use crate::stage::measure::light::luma;

/// Sides of the copy in pixels.
const SIDE: u32 = 96;

/// With less of the copy than this there is no background to speak of.
const LEAST: u32 = 96;

/// Mean magnitude of the gradients, in levels a pixel of the copy. `None` where the person fills the picture.
pub(super) fn background_uniformity(image: &Rgb8, face: &Rect) -> Option<f64> {
    let side = SIDE as usize;
    let letterbox = Letterbox::new(image.bounds(), SIDE, Turn::None);
    let mut pixels = vec![[0.0; 3]; side * side];
    letterbox.write(image, 1.0, 0.0, &mut pixels.chunks_exact_mut(side).collect::<Vec<_>>());
    let luma = |row: usize, column: usize| f64::from(luma(pixels[row * side + column]));
    // Hair and shoulders are no background either: the box is made wider and higher, and reaches down to the border.
    let person =
        Rect { x: face.x - 0.35 * face.width, y: face.y - 0.5 * face.height, width: 1.7 * face.width, height: f64::INFINITY };
    let (mut sum, mut count) = (0.0, 0);
    for row in 1..side - 1 {
        for column in 1..side - 1 {
            #[allow(clippy::cast_precision_loss, reason = "some hundred pixels")]
            let inside = |row: usize, column: usize| {
                let at = letterbox.to_picture(column as f64 + 0.5, row as f64 + 0.5);
                image.bounds().contains(at) && !person.contains(at)
            };
            if inside(row - 1, column) && inside(row + 1, column) && inside(row, column - 1) && inside(row, column + 1) {
                let (x, y) = (luma(row, column + 1) - luma(row, column - 1), luma(row + 1, column) - luma(row - 1, column));
                sum += x.hypot(y) / 2.0;
                count += 1;
            }
        }
    }
    (count >= LEAST).then(|| sum / f64::from(count))
}
