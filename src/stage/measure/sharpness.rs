//! How blurred the face is, by how its gradients fade between two scales.
//!
//! An edge that is blurred by a Gaussian of deviation s has, once it is blurred further by a, gradients whose energy falls with
//! sqrt(s^2 + a^2). So the ratio of the energies at two scales tells s, whatever the contrast: first along every direction together
//! (sharpness), then along each (motion blurs one of them more than the others). The energies come from all of the face, weighted
//! by themselves, so that eyes, brows and lips decide and skin does not; the sensor's noise is estimated and taken off.

use crate::stage::measure::crop::{FaceCrop, INTER_EYE, SIDE};
use crate::stage::measure::light::luma;

/// The two scales, in pixels of the crop. The finer one is coarse enough for what noise and JPEG blocks leave in it.
const FINE: f32 = 1.0;
const COARSE: f32 = 3.0;

/// Directions that are compared, over half a turn.
const DIRECTIONS: u32 = 16;

/// Squared blur in pixels that sharp faces show by themselves: mean, and amplitude from across (nose, cheeks: softer edges) to along the
/// head (brows, lids, lips). Medians of 110 sharp portraits.
const OWN_BLUR: (f64, f64) = (0.255, 0.305);

/// Blur beyond this part of the distance between the eyes is all the same.
const MOST: f64 = 0.2;

/// A face whose gradients have less energy than this (squared levels) shows nothing that could be sharp.
const LEAST_ENERGY: f64 = 0.05;

/// How blurred the face is, in percent of the distance between the pupils.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Blur {
    /// Standard deviation of the Gaussian that blurs as much, over all directions.
    pub(super) deviation: f64,
    /// Length of the straight motion that blurs one direction as much more than the one that is blurred least.
    pub(super) motion: f64,
    /// That direction in degrees, 0 from left to right between the pupils, anticlockwise, under 180.
    pub(super) direction: f64,
}

/// Levels of the crop as they are, and blurred by [`FINE`].
pub(super) struct Planes {
    pub(super) sharp: Vec<f32>,
    pub(super) fine: Vec<f32>,
}

impl Planes {
    pub(super) fn of(crop: &FaceCrop) -> Self {
        let sharp: Vec<f32> = crop.pixels.iter().map(|&pixel| 255.0 * luma(pixel)).collect();
        let fine = gaussian(&sharp, FINE);
        Self { sharp, fine }
    }
}

impl Blur {
    /// `None` where there are no edges.
    pub(super) fn of(crop: &FaceCrop, planes: &Planes) -> Option<Self> {
        let noise = noise(crop, &planes.sharp)?.powi(2);
        // Gradients of white noise after a Gaussian of deviation a have the energy n^2 / (8 pi a^4) along each axis.
        let energies = |plane: &[f32], scale: f32| {
            let floor = noise / (8.0 * std::f64::consts::PI * f64::from(scale).powi(4));
            let [xx, xy, yy] = tensor(crop, plane);
            [xx - floor, xy, yy - floor]
        };
        let fine = energies(&planes.fine, FINE);
        let coarse = energies(&gaussian(&planes.sharp, COARSE), COARSE);
        if coarse[0] + coarse[2] < LEAST_ENERGY {
            return None;
        }
        let squared = squared_blur(fine[0] + fine[2], coarse[0] + coarse[2]);
        let along = (0..DIRECTIONS).map(|step| {
            let angle = f64::from(step) * std::f64::consts::PI / f64::from(DIRECTIONS);
            let (sin, cos) = angle.sin_cos();
            let energy = |[xx, xy, yy]: [f64; 3]| xx * cos * cos + 2.0 * xy * sin * cos + yy * sin * sin;
            let own = OWN_BLUR.0 + OWN_BLUR.1 * (2.0 * angle).cos();
            (angle, (squared_blur(energy(fine), energy(coarse)) - own).max(0.0))
        });
        let start = ((0.0, f64::NEG_INFINITY), f64::INFINITY);
        let ((angle, most), least) =
            along.fold(start, |(most, least), (angle, blur)| (if blur > most.1 { (angle, blur) } else { most }, least.min(blur)));
        let percent = 100.0 / INTER_EYE;
        Some(Self {
            deviation: squared.max(0.0).sqrt() * percent,
            // A line of length l has the variance l^2 / 12.
            motion: (12.0 * (most - least).max(0.0)).sqrt() * percent,
            // The picture's y axis points down.
            direction: (180.0 - angle.to_degrees()).rem_euclid(180.0),
        })
    }
}

/// The squared deviation of the blur, from the gradients' energies at both scales.
fn squared_blur(fine: f64, coarse: f64) -> f64 {
    let (a, b) = (f64::from(FINE).powi(2), f64::from(COARSE).powi(2));
    let most = (MOST * INTER_EYE).powi(2);
    // Energies fall with sqrt(s^2 + a^2).
    let ratio = (fine.max(0.0) / coarse.max(1e-9)).powi(2);
    if ratio <= 1.0 { most } else { ((b - ratio * a) / (ratio - 1.0)).min(most) }
}

/// Mean squares and products of the gradients in the face: xx, xy, yy.
#[allow(clippy::cast_precision_loss, reason = "some ten thousand pixels")]
fn tensor(crop: &FaceCrop, plane: &[f32]) -> [f64; 3] {
    let mut sums = [0.0f64; 3];
    let mut count = 0;
    for (row, first, last) in crop.face_rows().filter(|&(row, ..)| row > 0 && row + 1 < SIDE) {
        let (first, last) = (first.max(1), last.min(SIDE - 1));
        if first >= last {
            continue;
        }
        let line = |row: usize| &plane[row * SIDE..(row + 1) * SIDE];
        let (above, own, below) = (&line(row - 1)[first..last], line(row), &line(row + 1)[first..last]);
        let (before, after) = (&own[first - 1..last - 1], &own[first + 1..=last]);
        let mut line = [0.0f32; 3];
        for (((above, below), before), after) in above.iter().zip(below).zip(before).zip(after) {
            let (x, y) = ((after - before) / 2.0, (below - above) / 2.0);
            line = [line[0] + x * x, line[1] + x * y, line[2] + y * y];
        }
        for (sum, line) in sums.iter_mut().zip(line) {
            *sum += f64::from(line);
        }
        count += last - first;
    }
    sums.map(|sum| sum / count.max(1) as f64)
}

/// Standard deviation of the noise in levels: the median response of a filter that neither flat parts nor straight edges move
/// (J. Immerkaer, "Fast noise variance estimation", 1996; the median in place of the mean, so that texture does not count).
fn noise(crop: &FaceCrop, plane: &[f32]) -> Option<f64> {
    let at = |row: usize, column: usize| plane[row * SIDE + column];
    let mut responses: Vec<f32> = Vec::with_capacity(SIDE * SIDE / 4);
    // One pixel of four tells as much.
    for (row, first, last) in crop.face_rows().filter(|&(row, ..)| row % 2 == 1 && row + 1 < SIDE) {
        for column in (first.max(1)..last.min(SIDE - 1)).step_by(2) {
            let line = |row: usize| at(row, column - 1) - 2.0 * at(row, column) + at(row, column + 1);
            responses.push((line(row - 1) - 2.0 * line(row) + line(row + 1)).abs());
        }
    }
    let middle = responses.len() / 2;
    if responses.is_empty() {
        return None;
    }
    let (_, median, _) = responses.select_nth_unstable_by(middle, f32::total_cmp);
    // The filter multiplies the deviation by 6; the median of a normal distribution's absolute value is 0.6745 deviations.
    Some(f64::from(*median) / 6.0 / 0.6745)
}

/// A plane of the crop blurred by a Gaussian; its border is repeated.
pub(super) fn gaussian(plane: &[f32], deviation: f32) -> Vec<f32> {
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a few pixels")]
    let radius = (3.0 * deviation).ceil() as usize;
    #[allow(clippy::cast_precision_loss, reason = "a few pixels")]
    let kernel: Vec<f32> =
        (0..=2 * radius).map(|tap| (-((tap as f32 - radius as f32) / deviation).powi(2) / 2.0).exp()).collect();
    let sum: f32 = kernel.iter().sum();
    let kernel: Vec<f32> = kernel.iter().map(|weight| weight / sum).collect();
    let mut across = vec![0.0; plane.len()];
    let mut padded = vec![0.0; SIDE + 2 * radius];
    for (line, target) in plane.chunks_exact(SIDE).zip(across.chunks_exact_mut(SIDE)) {
        padded[..radius].fill(line[0]);
        padded[radius..radius + SIDE].copy_from_slice(line);
        padded[radius + SIDE..].fill(line[SIDE - 1]);
        for (tap, weight) in kernel.iter().enumerate() {
            for (target, value) in target.iter_mut().zip(&padded[tap..]) {
                *target += weight * value;
            }
        }
    }
    let mut down = vec![0.0; plane.len()];
    for (row, target) in down.chunks_exact_mut(SIDE).enumerate() {
        for (tap, weight) in kernel.iter().enumerate() {
            let from = (row + tap).saturating_sub(radius).min(SIDE - 1);
            for (target, value) in target.iter_mut().zip(&across[from * SIDE..(from + 1) * SIDE]) {
                *target += weight * value;
            }
        }
    }
    down
}
