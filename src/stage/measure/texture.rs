//! How much fine structure is left on the skin: filters that make faces look better remove it, and so does enlarging a small picture.

use crate::face::Landmarks;
use crate::stage::measure::crop::{FaceCrop, SIDE, zone};
use crate::stage::measure::sharpness::Planes;

/// Parts of the mesh around which there is skin and nothing else, with the sides of the zones in distances between the pupils: cheeks,
/// forehead, under the eyes. Hair or a shadow on some of them does not move the median.
const SKIN: [(usize, f64); 5] = [(205, 0.4), (425, 0.4), (151, 0.4), (50, 0.3), (280, 0.3)];

/// Deviation of what the finest blur takes away, in percent of the mean level: the median over the skin's zones. `None` if there are none.
#[allow(clippy::cast_precision_loss, reason = "some thousand pixels")]
pub(super) fn skin_texture(crop: &FaceCrop, planes: &Planes, landmarks: &Landmarks) -> Option<f64> {
    let mut zones: Vec<f64> = SKIN
        .iter()
        .filter_map(|&(index, side)| {
            let (columns, rows) = zone(crop.place(landmarks.points[index].in_picture()), side);
            let (mut squares, mut sum, mut count) = (0.0, 0.0, 0);
            for row in rows {
                let part = row * SIDE + columns.start..row * SIDE + columns.end;
                for (sharp, fine) in planes.sharp[part.clone()].iter().zip(&planes.fine[part]) {
                    squares += f64::from((sharp - fine).powi(2));
                    sum += f64::from(*sharp);
                    count += 1;
                }
            }
            (count > 0).then(|| 100.0 * (squares / f64::from(count)).sqrt() / (sum / f64::from(count)).max(1.0))
        })
        .collect();
    zones.sort_by(f64::total_cmp);
    zones.get(zones.len() / 2).copied()
}
