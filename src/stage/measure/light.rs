//! How much light is on the face, and how evenly: shares, percentiles and histograms of luminance.
//!
//! Luminance is that of Rec. 709, computed in linear light, 0 to 1; where levels of 0 to 255 are meant it is coded with sRGB's curve again.
//! Terms and quantities follow ISO/IEC 29794-5 as its reference implementation (OFIQ) computes them; `brightness` is our own.

use std::sync::LazyLock;

use crate::face::Landmarks;
use crate::stage::measure::crop::FaceCrop;

/// Levels up to this are black.
const DARK: usize = 25;

/// Levels from this on are white.
const BRIGHT: usize = 247;

/// Part of the face that is darker than its brightness.
const BRIGHTNESS_PERCENTILE: f64 = 0.98;

/// The middles of the cheeks in the mesh: the subject's right one, and the left one.
pub(super) const CHEEKS: [usize; 2] = [205, 425];

/// Sides of the zone on a cheek, in distances between the pupils.
const CHEEK_ZONE: f64 = 0.5;

/// The histograms that are compared have so many steps; with one for each level noise would decide.
const CHEEK_STEPS: usize = 32;

/// sRGB's level to linear light.
pub(super) fn linear(level: f32) -> f32 {
    if level <= 0.04045 { level / 12.92 } else { ((level + 0.055) / 1.055).powf(2.4) }
}

/// Linear light to sRGB's level, 0 to 255.
#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped to 0..=255")]
pub(super) fn level(linear: f32) -> usize {
    let coded = if linear <= 0.003_130_8 { linear * 12.92 } else { 1.055 * linear.powf(1.0 / 2.4) - 0.055 };
    (coded * 255.0).round().clamp(0.0, 255.0) as usize
}

/// Lightness as televisions weigh it, of coded levels: what edges are looked for in.
pub(super) fn luma([red, green, blue]: [f32; 3]) -> f32 {
    0.299 * red + 0.587 * green + 0.114 * blue
}

/// The tables, made once.
pub(super) static LUMINANCE: LazyLock<Luminance> = LazyLock::new(Luminance::new);

/// Turns sRGB pixels into luminance, by tables: the curves are what would take the time.
pub(crate) struct Luminance {
    linear: Vec<f32>,
    levels: Vec<u8>,
}

/// Steps of the table from linear light to levels.
const LINEAR_STEPS: f32 = 8191.0;

impl Luminance {
    fn new() -> Self {
        #[allow(clippy::cast_precision_loss, clippy::cast_possible_truncation, reason = "small tables of small numbers")]
        Self {
            linear: (0..=255).map(|level| linear(level as f32 / 255.0)).collect(),
            levels: (0..=8191).map(|step| level(step as f32 / LINEAR_STEPS) as u8).collect(),
        }
    }

    /// One channel of a pixel in linear light.
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "levels")]
    pub(super) fn linear(&self, level: f32) -> f32 {
        self.linear[(level * 255.0 + 0.5).clamp(0.0, 255.0) as usize]
    }

    /// Linear luminance, 0 to 1.
    pub(super) fn of(&self, pixel: [f32; 3]) -> f32 {
        let [red, green, blue] = pixel.map(|level| self.linear(level));
        0.2126 * red + 0.7152 * green + 0.0722 * blue
    }

    /// The level of a linear luminance, 0 to 255.
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped to the table")]
    pub(super) fn level(&self, linear: f32) -> usize {
        self.levels[(linear * LINEAR_STEPS + 0.5).clamp(0.0, LINEAR_STEPS) as usize].into()
    }
}

/// What the light on the face is.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Light {
    /// Share of the face with levels up to [`DARK`].
    pub(super) dark: f64,
    /// Share of the face with levels from [`BRIGHT`] on.
    pub(super) bright: f64,
    /// Mean, linear.
    pub(super) mean: f64,
    /// What all but 2 % of the face stays under, linear.
    pub(super) brightness: f64,
    /// Entropy of the histogram, in bits.
    pub(super) entropy: f64,
}

impl Light {
    /// `None` if the face has no pixels.
    #[allow(clippy::cast_precision_loss, reason = "some ten thousand pixels")]
    pub(super) fn of(crop: &FaceCrop, luminance: &Luminance) -> Option<Self> {
        let mut histogram = [0u32; 256];
        let (mut sum, mut count) = (0.0, 0u32);
        for pixel in crop.face() {
            let linear = luminance.of(pixel);
            histogram[luminance.level(linear)] += 1;
            sum += f64::from(linear);
            count += 1;
        }
        if count == 0 {
            return None;
        }
        let count = f64::from(count);
        let share = |levels: &[u32]| f64::from(levels.iter().sum::<u32>()) / count;
        let mut under = 0.0;
        let brightest = histogram.iter().position(|&pixels| {
            under += f64::from(pixels) / count;
            under >= BRIGHTNESS_PERCENTILE
        });
        let entropy = histogram.iter().filter(|&&pixels| pixels > 0).map(|&pixels| f64::from(pixels) / count);
        Some(Self {
            dark: share(&histogram[..=DARK]),
            bright: share(&histogram[BRIGHT..]),
            mean: sum / count,
            brightness: f64::from(linear(brightest.unwrap_or(255) as f32 / 255.0)),
            entropy: -entropy.map(|share| share * share.log2()).sum::<f64>(),
        })
    }
}

/// How alike the light is on both cheeks.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Uniformity {
    /// What the histograms of both cheeks share, 0 to 1.
    pub(super) shared: f64,
    /// By how many stops the subject's left cheek is darker than the right one.
    pub(super) left_darker: f64,
}

impl Uniformity {
    /// `None` if a cheek is not in the crop.
    pub(super) fn of(crop: &FaceCrop, landmarks: &Landmarks, luminance: &Luminance) -> Option<Self> {
        let cheek = |index: usize| {
            let mut histogram = [0.0; CHEEK_STEPS];
            let (mut sum, mut count) = (0.0, 0.0);
            for pixel in crop.zone(landmarks.points[index].in_picture(), CHEEK_ZONE) {
                let linear = luminance.of(pixel);
                histogram[luminance.level(linear) * CHEEK_STEPS / 256] += 1.0;
                sum += f64::from(linear);
                count += 1.0;
            }
            (count > 0.0).then(|| (histogram.map(|pixels: f64| pixels / count), sum / count))
        };
        let [(right, right_mean), (left, left_mean)] = [cheek(CHEEKS[0])?, cheek(CHEEKS[1])?];
        let least = 1e-4; // Black cheeks are equally dark.
        Some(Self {
            shared: right.iter().zip(&left).map(|(right, left)| right.min(*left)).sum(),
            left_darker: ((right_mean + least) / (left_mean + least)).log2(),
        })
    }
}
