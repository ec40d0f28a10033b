//! The colours of decoded samples to 8-bit sRGB.

use moxcms::{ColorProfile, DataColorSpace, Layout, TransformOptions};

use crate::icc;

/// Samples, and the colours that they stand for.
pub(super) struct Pixels {
    pub(super) rgb: Vec<u8>,
    pub(super) profile_applied: bool,
}

pub(super) fn over_white(sample: u8, alpha: u8) -> u8 {
    let (sample, alpha) = (u32::from(sample), u32::from(alpha));
    rounded((sample * alpha + 255 * (255 - alpha) + 127) / 255)
}

#[allow(clippy::cast_possible_truncation, reason = "the argument is a mean of bytes")]
pub(super) fn rounded(value: u32) -> u8 {
    debug_assert!(value <= 255);
    value as u8
}

/// The profile, if it can be read and describes pictures of this kind.
fn usable(profile: Option<&[u8]>, space: DataColorSpace) -> Option<ColorProfile> {
    icc::open(profile?).filter(|profile| profile.color_space == space)
}

/// Pixels of `CHANNELS` samples through the profile to sRGB; `None` if there is no way.
fn through<const CHANNELS: usize>(samples: &[u8], profile: &ColorProfile, layout: Layout) -> Option<Vec<u8>> {
    let srgb = ColorProfile::new_srgb();
    let transform = profile.create_transform_8bit(layout, &srgb, Layout::Rgb, TransformOptions::default()).ok()?;
    let mut pixels = vec![0; samples.len() / CHANNELS * 3];
    transform.transform(samples, &mut pixels).ok()?;
    Some(pixels)
}

pub(super) fn rgb_to_srgb(pixels: Vec<u8>, profile: Option<&[u8]>) -> Pixels {
    let as_stored = |rgb| Pixels { rgb, profile_applied: false };
    let Some(profile) = usable(profile, DataColorSpace::Rgb) else { return as_stored(pixels) };
    if equals_srgb(&profile) {
        return as_stored(pixels);
    }
    let srgb = ColorProfile::new_srgb();
    let Ok(transform) = profile.create_transform_8bit(Layout::Rgb, &srgb, Layout::Rgb, TransformOptions::default()) else {
        return as_stored(pixels);
    };
    // Piece by piece, so that a second picture is never in memory.
    let mut pixels = pixels;
    let mut piece = [0; 3 * 1024];
    for target in pixels.chunks_mut(piece.len()) {
        let Some(source) = piece.get_mut(..target.len()) else { break };
        source.copy_from_slice(target);
        if transform.transform(source, target).is_err() {
            break;
        }
    }
    Pixels { rgb: pixels, profile_applied: true }
}

/// Whether the profile moves no colour of a coarse grid by more than one level: then applying it would only cost time and noise.
fn equals_srgb(profile: &ColorProfile) -> bool {
    const STEPS: [u8; 6] = [0, 51, 102, 153, 204, 255];
    let grid: Vec<u8> =
        STEPS.iter().flat_map(|&r| STEPS.iter().flat_map(move |&g| STEPS.iter().flat_map(move |&b| [r, g, b]))).collect();
    through::<3>(&grid, profile, Layout::Rgb)
        .is_some_and(|converted| converted.iter().zip(&grid).all(|(a, b)| a.abs_diff(*b) <= 1))
}

pub(super) fn grey_to_srgb(samples: &[u8], profile: Option<&[u8]>) -> Pixels {
    let all: Vec<u8> = (0..=u8::MAX).collect();
    let converted = usable(profile, DataColorSpace::Gray).and_then(|profile| through::<1>(&all, &profile, Layout::Gray));
    if let Some(rgb) = converted {
        let (levels, _) = rgb.as_chunks::<3>();
        // A curve like sRGB's changes nothing, whichever levels the picture has.
        if levels.iter().zip(&all).any(|(rgb, &grey)| rgb.iter().any(|c| c.abs_diff(grey) > 1)) {
            let level = |&grey: &u8| levels.get(usize::from(grey)).copied().unwrap_or([grey; 3]);
            return Pixels { rgb: samples.iter().flat_map(level).collect(), profile_applied: true };
        }
    }
    rgb_to_srgb(samples.iter().flat_map(|&grey| [grey; 3]).collect(), profile)
}

/// 0 stands for no ink.
pub(super) fn cmyk_to_srgb(ink: &[u8], profile: Option<&[u8]>) -> Pixels {
    let through_profile = usable(profile, DataColorSpace::Cmyk).and_then(|profile| through::<4>(ink, &profile, Layout::Rgba));
    let profile_applied = through_profile.is_some();
    let rgb = through_profile.unwrap_or_else(|| {
        let light = |ink: u8, black: u8| rounded((u32::from(255 - ink) * u32::from(255 - black) + 127) / 255);
        ink.as_chunks().0.iter().flat_map(|&[c, m, y, k]| [light(c, k), light(m, k), light(y, k)]).collect()
    });
    Pixels { rgb, profile_applied }
}

/// Undoes the luma-chroma coding of the three colour inks; black is stored as it is.
pub(super) fn ycck_to_cmyk(samples: &mut [u8]) {
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped to a byte")]
    fn level(value: f32) -> u8 {
        (value + 0.5).clamp(0.0, 255.0) as u8
    }
    for [y, cb, cr, _] in samples.as_chunks_mut().0 {
        let (luma, blue, red) = (f32::from(*y), f32::from(*cb) - 128.0, f32::from(*cr) - 128.0);
        *y = 255 - level(luma + 1.402 * red);
        *cb = 255 - level(luma - 0.344_136 * blue - 0.714_136 * red);
        *cr = 255 - level(luma + 1.772 * blue);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mean(pixels: &[u8]) -> [f64; 3] {
        let (pixels, _) = pixels.as_chunks::<3>();
        [0, 1, 2].map(|c| pixels.iter().map(|pixel| f64::from(pixel[c])).sum::<f64>() / pixels.len() as f64)
    }

    /// Colours of Display P3 are stronger than the same numbers in sRGB.
    #[test]
    fn a_wide_profile_is_applied() {
        let p3 = ColorProfile::new_display_p3().encode().unwrap();
        let pixels = [200, 60, 50].repeat(5000);
        let Pixels { rgb: converted, profile_applied } = rgb_to_srgb(pixels.clone(), Some(&p3));
        assert!(profile_applied);
        let [red, green, blue] = mean(&converted);
        assert!(red > 210.0 && green < 50.0 && blue < 45.0, "{red} {green} {blue}");
        assert!(converted.chunks(3).all(|pixel| pixel == &converted[..3]), "piece by piece the same");
        let srgb = ColorProfile::new_srgb().encode().unwrap();
        for profile in [None, Some(&srgb[..]), Some(b"nonsense"), Some(&p3[..300])] {
            let unchanged = rgb_to_srgb(pixels.clone(), profile);
            assert!(unchanged.rgb == pixels && !unchanged.profile_applied);
        }
    }

    #[test]
    fn a_grey_profile_is_applied_to_grey_and_a_colour_one_to_what_grey_becomes() {
        let dark = ColorProfile::new_gray_with_gamma(3.0).encode().unwrap();
        let converted = grey_to_srgb(&[128; 10], Some(&dark)).rgb;
        assert_eq!(converted.len(), 30);
        assert!(converted.iter().all(|&level| level < 110), "{converted:?}");
        let p3 = ColorProfile::new_display_p3().encode().unwrap();
        assert!(grey_to_srgb(&[128; 10], Some(&p3)).rgb.iter().all(|level| level.abs_diff(128) <= 1));
        assert_eq!(grey_to_srgb(&[7, 9], None).rgb, [7, 7, 7, 9, 9, 9]);
    }

    #[test]
    fn ink_dims_light() {
        assert_eq!(cmyk_to_srgb(&[0, 0, 0, 0, 255, 0, 0, 0, 0, 0, 0, 255, 0, 51, 0, 51], None).rgb, {
            [[255, 255, 255], [0, 255, 255], [0, 0, 0], [204, 163, 204]].concat()
        });
        // A luma of 255 without colour is no ink as Adobe stores it; ink is what is left to 255.
        let mut samples = [255, 128, 128, 40];
        ycck_to_cmyk(&mut samples);
        assert_eq!(samples, [0, 0, 0, 40]);
    }

    #[test]
    fn what_is_transparent_is_white() {
        assert_eq!([over_white(10, 255), over_white(10, 0), over_white(0, 128), over_white(255, 77)], [10, 255, 127, 255]);
    }
}
