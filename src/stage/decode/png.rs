//! PNG, by the crate of that name.

use std::borrow::Cow;
use std::io::Cursor;

use super::colors::{grey_to_srgb, over_white, rgb_to_srgb, rounded};
use super::{Colors, Decoded};
use crate::container::png::{Chunks, Layout, unusual_gamma};
use crate::error::{Error, Result};
use crate::header::Format;
use crate::icc::{self, DISPLAY_P3, HLG, PQ};
use crate::image::Rgb8;

/// What a decoder may spend on a PNG's profile and other metadata once they are inflated.
const METADATA_MEMORY: usize = 16 << 20;

/// Checksums and order are held to the letter, to the file's end: common receivers refuse what does not keep them.
pub(super) fn decode(bytes: &[u8]) -> Result<Decoded> {
    let failed = |error: png::DecodingError| Error::malformed(Format::Png, error.to_string());
    if !can_hold_its_pixels(bytes) {
        return Err(Error::malformed(Format::Png, "too few bytes for the dimensions that it states"));
    }
    let mut options = png::DecodeOptions::default();
    options.set_ignore_checksums(false);
    options.set_skip_ancillary_crc_failures(false);
    options.set_ignore_text_chunk(true);
    let mut decoder = png::Decoder::new_with_options(Cursor::new(bytes), options);
    decoder.set_limits(png::Limits { bytes: METADATA_MEMORY });
    decoder.set_transformations(png::Transformations::EXPAND);
    let mut reader = decoder.read_info().map_err(failed)?;
    let length = reader.output_buffer_size().ok_or_else(|| Error::malformed(Format::Png, "a side that is too long"))?;
    let mut samples = vec![0; length];
    let frame = reader.next_frame(&mut samples).map_err(failed)?;
    reader.finish().map_err(failed)?;
    samples.truncate(frame.buffer_size());
    if frame.bit_depth == png::BitDepth::Sixteen {
        samples =
            samples.as_chunks().0.iter().map(|&sample| rounded((u32::from(u16::from_be_bytes(sample)) + 128) / 257)).collect();
    }
    let info = reader.info();
    let code_points = info.coding_independent_code_points.map(|points| (points.color_primaries, points.transfer_function));
    let profile = match code_points {
        Some((_, PQ | HLG)) => {
            return Err(Error::UnsupportedFormat { format: Format::Png, detail: Some("a picture for bright displays only") });
        }
        Some((DISPLAY_P3, _)) => icc::display_p3().map(Cow::Owned),
        Some(_) => None,
        None => info.icc_profile.as_deref().map(Cow::Borrowed),
    };
    let profile = profile.as_deref();
    let mut transparent = false;
    let mut opaque = |alpha: u8| {
        transparent |= alpha < 255;
        alpha
    };
    let mut pixels = match frame.color_type {
        png::ColorType::Grayscale => grey_to_srgb(&samples, profile),
        png::ColorType::GrayscaleAlpha => {
            let levels = samples.as_chunks().0.iter().map(|&[grey, alpha]| over_white(grey, opaque(alpha)));
            grey_to_srgb(&levels.collect::<Vec<_>>(), profile)
        }
        png::ColorType::Rgba => {
            let pixels = samples.as_chunks().0.iter().flat_map(|&[r, g, b, alpha]| {
                let alpha = opaque(alpha);
                [r, g, b].map(|sample| over_white(sample, alpha))
            });
            rgb_to_srgb(pixels.collect(), profile)
        }
        _ => rgb_to_srgb(samples, profile),
    };
    let untold = info.srgb.is_none() && info.icc_profile.is_none() && code_points.is_none();
    if let Some(gamma) = info.gama_chunk.filter(|_| untold).and_then(|gamma| unusual_gamma(gamma.into_scaled())) {
        let table: [u8; 256] = std::array::from_fn(|level| through_gamma(level, gamma));
        for sample in &mut pixels.rgb {
            *sample = table.get(usize::from(*sample)).copied().unwrap_or(*sample);
        }
        pixels.profile_applied = true;
    }
    let image = Rgb8::new(frame.width, frame.height, pixels.rgb)
        .ok_or_else(|| Error::malformed(Format::Png, "decoded to the wrong size"))?;
    Ok(Decoded { image, colors: Colors { profile_applied: pixels.profile_applied, transparent, inks: false }, surplus: false })
}

/// Whether there are enough data for the picture, so that no memory is spent on one that is not there.
fn can_hold_its_pixels(bytes: &[u8]) -> bool {
    /// Of the compression: 258 bytes in two bits.
    const GREATEST_RATIO: u64 = 1032;
    let layout = Chunks::of(bytes).next().and_then(|header| Layout::of(header.data));
    let data = Chunks::of(bytes).filter(|chunk| &chunk.kind == b"IDAT").map(|chunk| chunk.data.len() as u64).sum::<u64>();
    // What is no layout the decoder refuses.
    layout.and_then(Layout::data_length).is_none_or(|length| data.saturating_mul(GREATEST_RATIO) >= length)
}

/// A level stored with this gamma, as sRGB.
#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, clippy::cast_precision_loss, reason = "levels from 0 to 255")]
fn through_gamma(level: usize, gamma: f64) -> u8 {
    let light = (level as f64 / 255.0).powf(1.0 / gamma);
    let encoded = if light <= 0.003_130_8 { 12.92 * light } else { 1.055 * light.powf(1.0 / 2.4) - 0.055 };
    (encoded * 255.0).round() as u8
}
