//! How light and colour around an eye, and of the lower face, differ from those of skin elsewhere in the face: what a tinted glass or
//! a thin veil changes, though the network still sees the lids and lips behind it.
//!
//! Each is a row of numbers for a readout ([`super::visibility`]). Colours are compared as logarithms, in stops, so that neither the light on a face
//! nor the tone of its skin matters: luminance, red over green and blue over green.

use super::crop::{FaceCrop, zone};
use super::light::Luminance;
use crate::face::{Landmarks, Sides};
use crate::geometry::Point;

/// Zones around an eye: over the lid, under the eye, and at its corners.
const AROUND_EYE: Sides<[usize; 6]> = Sides { right: [223, 230, 28, 110, 226, 31], left: [443, 450, 258, 339, 446, 261] };

/// Skin that glasses leave free: cheeks, forehead, the nose's tip.
const FREE_OF_GLASSES: [usize; 4] = [205, 425, 151, 4];

/// Corners of an eye.
const CORNERS: Sides<[usize; 2]> = Sides { right: [33, 133], left: [263, 362] };

/// What a mask covers: the nose's tip and its underside, upper lip, chin, jaw and the cheeks' lower part.
const LOWER_FACE: [usize; 11] = [4, 164, 199, 214, 434, 210, 430, 43, 273, 200, 2];

/// Skin that masks leave free: the forehead.
const FREE_OF_MASKS: [usize; 4] = [151, 9, 108, 337];

/// The lips, and the skin around them.
const LIPS: [usize; 6] = [0, 17, 37, 267, 84, 314];
const AROUND_LIPS: [usize; 3] = [199, 200, 164];

/// Between the eyes and the mask's edge.
const UNDER_EYES: [usize; 3] = [50, 280, 6];

/// Sides of the zones in distances between the pupils.
const SMALL: f64 = 0.06;
const ZONE: f64 = 0.12;
const LARGE: f64 = 0.2;

/// Red, green and blue in stops.
type Stops = [f32; 3];

/// Black is so many stops under white.
const BLACK: f32 = 1e-3;

/// How the surroundings of each eye look.
pub(super) fn of_eyes(crop: &FaceCrop, landmarks: &Landmarks, luminance: &Luminance) -> Sides<Vec<f32>> {
    let look = Look { crop, landmarks, luminance };
    let free = median(&look.zones(&FREE_OF_GLASSES, LARGE));
    let eye = |around: &[usize; 6], corners: [usize; 2]| {
        let tints: Vec<Stops> = look.zones(around, ZONE).iter().map(|&zone| tint(zone, free)).collect();
        let mut row = expanded(&tints);
        row.extend(expanded(&[median(&tints)]));
        row.extend(look.contrast(corners, brightness(free)));
        row
    };
    Sides { right: eye(&AROUND_EYE.right, CORNERS.right), left: eye(&AROUND_EYE.left, CORNERS.left) }
}

/// How the lower face looks.
pub(super) fn of_lower_face(crop: &FaceCrop, landmarks: &Landmarks, luminance: &Luminance) -> Vec<f32> {
    let look = Look { crop, landmarks, luminance };
    let free = median(&look.zones(&FREE_OF_MASKS, LARGE));
    let tints: Vec<Stops> = look.zones(&LOWER_FACE, ZONE).iter().map(|&zone| tint(zone, free)).collect();
    let around_lips = median(&look.zones(&AROUND_LIPS, ZONE));
    let lips: Vec<Stops> = look.zones(&LIPS, SMALL).iter().map(|&zone| tint(zone, around_lips)).collect();
    let mut row = expanded(&tints);
    row.extend(expanded(&[median(&tints)]));
    row.extend(lips.iter().flatten());
    row.extend(expanded(&[median(&lips)]));
    row.extend(expanded(&[tint(median(&look.zones(&UNDER_EYES, ZONE)), free)]));
    row
}

struct Look<'a> {
    crop: &'a FaceCrop,
    landmarks: &'a Landmarks,
    luminance: &'a Luminance,
}

impl Look<'_> {
    fn at(&self, index: usize) -> Point {
        self.landmarks.points[index].in_picture()
    }

    /// Mean light of the zones about points of the mesh; black where one is not in the crop.
    fn zones(&self, points: &[usize], side: f64) -> Vec<Stops> {
        points
            .iter()
            .map(|&index| {
                let (mut sum, mut count) = ([0.0; 3], 0.0);
                for pixel in self.crop.zone(self.at(index), side) {
                    for (sum, level) in sum.iter_mut().zip(pixel) {
                        *sum += self.luminance.linear(level);
                    }
                    count += 1.0f32;
                }
                sum.map(|sum| (sum / count.max(1.0) + BLACK).log2())
            })
            .collect()
    }

    /// Darkest, middle and brightest parts of an eye against the skin, their distance, and the deviation, in stops.
    #[allow(clippy::cast_precision_loss, reason = "some hundred pixels")]
    fn contrast(&self, [outer, inner]: [usize; 2], skin: f32) -> [f32; 5] {
        let (outer, inner) = (self.crop.place(self.at(outer)), self.crop.place(self.at(inner)));
        let width = outer.distance(inner) / super::crop::INTER_EYE;
        let (columns, rows) = zone(outer.midpoint(inner), width);
        // An eye is half as high as it is wide.
        let margin = (rows.len() as f64 * 0.275).round();
        #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a few rows")]
        let rows = rows.start + margin as usize..rows.end.saturating_sub(margin as usize);
        let pixels = rows.flat_map(|row| self.crop.row(row)[columns.clone()].iter().copied());
        let mut stops: Vec<f32> = pixels.map(|pixel| (self.luminance.of(pixel) + BLACK).log2()).collect();
        if stops.is_empty() {
            return [0.0; 5];
        }
        let count = stops.len() as f32;
        let mean = stops.iter().sum::<f32>() / count;
        let deviation = (stops.iter().map(|value| (value - mean).powi(2)).sum::<f32>() / count).sqrt();
        stops.sort_by(f32::total_cmp);
        let [dark, middle, bright] = [0.02, 0.5, 0.98].map(|part: f64| {
            #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "within the list")]
            let index = (part * (stops.len() - 1) as f64).round() as usize;
            stops[index]
        });
        [deviation, dark - skin, middle - skin, bright - skin, bright - dark]
    }
}

/// Luminance in stops, from channels in stops.
fn brightness([red, green, blue]: Stops) -> f32 {
    0.2126 * red + 0.7152 * green + 0.0722 * blue
}

/// By how much a zone differs: in luminance, in red over green, in blue over green.
fn tint(zone: Stops, free: Stops) -> Stops {
    let difference = [zone[0] - free[0], zone[1] - free[1], zone[2] - free[2]];
    [brightness(difference), difference[0] - difference[1], difference[2] - difference[1]]
}

/// Channel by channel.
fn median(zones: &[Stops]) -> Stops {
    [0, 1, 2].map(|channel| {
        let mut values: Vec<f32> = zones.iter().map(|zone| zone[channel]).collect();
        values.sort_by(f32::total_cmp);
        let middle = values.len() / 2;
        if values.len() % 2 == 1 { values[middle] } else { f32::midpoint(values[middle - 1], values[middle]) }
    })
}

/// All values, their amounts, and their squares: what covers a face may be darker or brighter than skin, and bluer or redder.
fn expanded(tints: &[Stops]) -> Vec<f32> {
    let values = || tints.iter().flatten().copied();
    values().chain(values().map(f32::abs)).chain(values().map(|value| (value * value).min(9.0))).collect()
}
