//! Whether the skin has a colour that skin has, in CIELAB.

use crate::face::Landmarks;
use crate::stage::measure::crop::FaceCrop;
use crate::stage::measure::light::{CHEEKS, linear};

/// Sides of the zone on a cheek, in distances between the pupils (ISO/IEC 29794-5).
const ZONE: f64 = 0.3;

/// Between these lies skin of all tones in natural light.
const A: (f64, f64) = (5.0, 25.0);
const B: (f64, f64) = (5.0, 35.0);

/// Channels that differ by less than this everywhere, of 255 levels, are a picture in black and white.
const GREY: f32 = 4.0;

/// The colour of the cheeks.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct SkinColor {
    /// Distance of the mean (a*, b*) from those of natural skin; 0 inside.
    pub(super) distance: f64,
    /// Whether the whole face has no colour at all.
    pub(super) grey: bool,
}

impl SkinColor {
    /// `None` if the cheeks are not in the crop.
    pub(super) fn of(crop: &FaceCrop, landmarks: &Landmarks) -> Option<Self> {
        let (mut a, mut b, mut count) = (0.0, 0.0, 0.0);
        for pixel in CHEEKS.iter().flat_map(|&index| crop.zone(landmarks.points[index].in_picture(), ZONE)) {
            let lab = lab(pixel);
            (a, b, count) = (a + lab.0, b + lab.1, count + 1.0);
        }
        if count == 0.0 {
            return None;
        }
        let (a, b) = (a / count, b / count);
        let beyond = |value: f64, (low, high): (f64, f64)| (low - value).max(value - high).max(0.0);
        let spread = |[red, green, blue]: [f32; 3]| red.max(green).max(blue) - red.min(green).min(blue);
        Some(Self { distance: beyond(a, A).hypot(beyond(b, B)), grey: crop.face().all(|pixel| spread(pixel) * 255.0 < GREY) })
    }
}

/// a* and b* of CIELAB (D65).
fn lab(pixel: [f32; 3]) -> (f64, f64) {
    let [red, green, blue] = pixel.map(|level| f64::from(linear(level)));
    let x = (0.412_453 * red + 0.357_580 * green + 0.180_423 * blue) / 0.950_456;
    let y = 0.212_671 * red + 0.715_160 * green + 0.072_169 * blue;
    let z = (0.019_334 * red + 0.119_193 * green + 0.950_227 * blue) / 1.088_754;
    let curve = |t: f64| if t > 0.008_856 { t.cbrt() } else { 7.787 * t + 16.0 / 116.0 };
    (500.0 * (curve(x) - curve(y)), 200.0 * (curve(y) - curve(z)))
}
