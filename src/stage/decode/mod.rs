//! Bytes -> 8-bit sRGB picture, as stored (the orientation is not applied). The only importer of the codecs.
//!
//! * 16-bit samples are rounded to 8, grey becomes R = G = B, transparency is laid over white.
//! * An embedded ICC profile is applied unless it equals sRGB; one that cannot be read or does not fit the picture counts as absent.
//! * CMYK and YCCK go through their profile where there is one, else ink is taken to dim light in proportion.
#![warn(clippy::indexing_slicing)]

#[cfg(feature = "heic")]
mod heic;

use std::borrow::Cow;
use std::io::Cursor;
use std::panic::catch_unwind;

use image::codecs::webp::WebPDecoder;
use image::{DynamicImage, ImageDecoder, ImageError};
use moxcms::{ColorProfile, DataColorSpace, Layout, TransformOptions};
use zune_jpeg::JpegDecoder;
use zune_jpeg::errors::DecodeErrors;
use zune_jpeg::zune_core::bytestream::ZCursor;
use zune_jpeg::zune_core::colorspace::ColorSpace;
use zune_jpeg::zune_core::options::DecoderOptions;

use crate::container::bytes::Bytes;
use crate::container::{png::unusual_gamma, webp};
use crate::error::{Error, Result};
use crate::header::{Format, Header};
use crate::icc::{self, DISPLAY_P3, HLG, PQ};
use crate::image::Rgb8;

/// What was decoded, and what was done to its colours on the way. A receiver who decodes the file may not do the same.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Decoded {
    pub(crate) image: Rgb8,
    pub(crate) colors: Colors,
}

/// How the file's colours became sRGB.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Colors {
    /// An embedded profile that differs from sRGB was applied.
    pub(crate) profile_applied: bool,
    /// There was something to be seen through, now laid over white.
    pub(crate) transparent: bool,
    /// The file holds inks, not light.
    pub(crate) inks: bool,
}

impl Colors {
    /// Whether the stored numbers are those of the decoded picture.
    pub(crate) fn are_as_stored(self) -> bool {
        self == Self::default()
    }
}

/// What a decoder may spend on a PNG's profile and other metadata once they are inflated.
const METADATA_MEMORY: usize = 16 << 20;

/// Decodes a file whose header was admitted by the limits.
pub(crate) fn decode(bytes: &[u8], header: &Header) -> Result<Decoded> {
    if !header.complete {
        return Err(Error::malformed(header.format, "incomplete or damaged: its structure does not lead to its end marker"));
    }
    // The decoders are other people's code, fuzzed and yet not free of panics on hostile files: none of them ends a batch.
    let decoded = catch_unwind(|| match header.format {
        Format::Jpeg => jpeg(bytes, header),
        Format::Png => png(bytes),
        Format::WebP if header.metadata.multi_picture => first_frame(bytes, header),
        Format::WebP => webp(bytes),
        #[cfg(feature = "heic")]
        Format::Heic => heic(bytes, header),
        format => Err(Error::UnsupportedFormat { format, detail: None }),
    })
    .unwrap_or_else(|_| Err(Error::malformed(header.format, "the decoder gave up on it")))?;
    if (decoded.image.width(), decoded.image.height()) != (header.stored_width, header.stored_height) {
        return Err(Error::malformed(header.format, "its picture is not of the size that its header states"));
    }
    Ok(decoded)
}

/// Samples, and the colours that they stand for.
struct Pixels {
    rgb: Vec<u8>,
    profile_applied: bool,
}

fn jpeg(bytes: &[u8], header: &Header) -> Result<Decoded> {
    let malformed = |message: &str| Error::malformed(Format::Jpeg, message);
    // Every block of 8 x 8 luma samples takes a bit at the very least: a small file with vast dimensions is a lie.
    let blocks = u64::from(header.stored_width) * u64::from(header.stored_height) / 64;
    if header.file_size.saturating_mul(8) < blocks {
        return Err(malformed("too few bytes for the dimensions that it states"));
    }
    // Strict: a damaged picture is refused here as it would be by the receiver, not shown with grey in place of what is lost.
    let options = DecoderOptions::default().set_strict_mode(true).set_max_width(usize::MAX).set_max_height(usize::MAX);
    let mut decoder = JpegDecoder::new_with_options(ZCursor::new(bytes), options);
    decoder.decode_headers().map_err(from_jpeg)?;
    let stored = decoder.input_colorspace().ok_or_else(|| malformed("no colour space"))?;
    let wanted = match stored {
        ColorSpace::Luma | ColorSpace::CMYK | ColorSpace::YCCK => stored,
        _ => ColorSpace::RGB,
    };
    decoder.set_options(decoder.options().jpeg_set_out_colorspace(wanted));
    let samples = decoder.decode().map_err(from_jpeg)?;
    let (width, height) = decoder.dimensions().ok_or_else(|| malformed("no dimensions"))?;
    let profile = decoder.icc_profile();
    let pixels = match wanted {
        ColorSpace::Luma => grey_to_srgb(&samples, profile.as_deref()),
        ColorSpace::CMYK | ColorSpace::YCCK => {
            let mut ink = samples;
            if wanted == ColorSpace::YCCK {
                ycck_to_cmyk(&mut ink);
            }
            // Everything that writes such files follows Adobe and stores 255 for no ink.
            for sample in &mut ink {
                *sample = 255 - *sample;
            }
            cmyk_to_srgb(&ink, profile.as_deref())
        }
        _ => rgb_to_srgb(samples, profile.as_deref()),
    };
    let side = |side: usize| u32::try_from(side).map_err(|_| malformed("a side that is too long"));
    let image = Rgb8::new(side(width)?, side(height)?, pixels.rgb).ok_or_else(|| malformed("decoded to the wrong size"))?;
    let inks = matches!(wanted, ColorSpace::CMYK | ColorSpace::YCCK);
    Ok(Decoded { image, colors: Colors { profile_applied: pixels.profile_applied, inks, ..Colors::default() } })
}

fn from_jpeg(error: DecodeErrors) -> Error {
    match error {
        DecodeErrors::Unsupported(_) => Error::UnsupportedFormat { format: Format::Jpeg, detail: Some("a rare coding") },
        error => Error::malformed(Format::Jpeg, error.to_string()),
    }
}

/// Checksums and order are held to the letter, to the file's end: common receivers refuse what does not keep them.
fn png(bytes: &[u8]) -> Result<Decoded> {
    let failed = |error: png::DecodingError| Error::malformed(Format::Png, error.to_string());
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
        None => info.icc_profile.clone(),
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
    Ok(Decoded { image, colors: Colors { profile_applied: pixels.profile_applied, transparent, inks: false } })
}

/// A level stored with this gamma, as sRGB.
#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, clippy::cast_precision_loss, reason = "levels from 0 to 255")]
fn through_gamma(level: usize, gamma: f64) -> u8 {
    let light = (level as f64 / 255.0).powf(1.0 / gamma);
    let encoded = if light <= 0.003_130_8 { 12.92 * light } else { 1.055 * light.powf(1.0 / 2.4) - 0.055 };
    (encoded * 255.0).round() as u8
}

fn webp(bytes: &[u8]) -> Result<Decoded> {
    let failed = |error: ImageError| match error {
        ImageError::Unsupported(_) => Error::UnsupportedFormat { format: Format::WebP, detail: Some("a rare coding") },
        error => Error::malformed(Format::WebP, error.to_string()),
    };
    let mut decoder = WebPDecoder::new(Cursor::new(bytes)).map_err(failed)?;
    let profile = decoder.icc_profile().unwrap_or_default();
    let image = DynamicImage::from_decoder(decoder).map_err(failed)?;
    let (width, height) = (image.width(), image.height());
    let mut transparent = false;
    let rgb = match image {
        DynamicImage::ImageRgb8(rgb) => rgb.into_raw(),
        image => {
            let rgba = image.into_rgba8();
            transparent = rgba.pixels().any(|pixel| pixel.0[3] < 255);
            rgba.pixels().flat_map(|&image::Rgba([r, g, b, alpha])| [r, g, b].map(|c| over_white(c, alpha))).collect()
        }
    };
    let Pixels { rgb, profile_applied } = rgb_to_srgb(rgb, profile.as_deref());
    let image = Rgb8::new(width, height, rgb).ok_or_else(|| Error::malformed(Format::WebP, "decoded to the wrong size"))?;
    Ok(Decoded { image, colors: Colors { profile_applied, transparent, inks: false } })
}

#[cfg(feature = "heic")]
fn heic(bytes: &[u8], header: &Header) -> Result<Decoded> {
    let heic::Samples { mut pixels, alpha, profile } = heic::decode(bytes, header)?;
    let mut transparent = false;
    for (pixel, &alpha) in pixels.as_chunks_mut::<3>().0.iter_mut().zip(alpha.iter().flatten()) {
        transparent |= alpha < 255;
        *pixel = pixel.map(|sample| over_white(sample, alpha));
    }
    let Pixels { rgb, profile_applied } = rgb_to_srgb(pixels, profile.as_deref());
    let image = Rgb8::new(header.stored_width, header.stored_height, rgb)
        .ok_or_else(|| Error::malformed(Format::Heic, "decoded to the wrong size"))?;
    Ok(Decoded { image, colors: Colors { profile_applied, transparent, inks: false } })
}

/// The first frame of an animation, on white where it does not reach. Its chunks are decoded as a still picture of their own: the
/// decoder's code for animations does not stand hostile ones.
fn first_frame(bytes: &[u8], header: &Header) -> Result<Decoded> {
    let malformed = |message| Error::malformed(Format::WebP, message);
    let no_frame = || malformed("an animation without a frame");
    let mut frames = webp::Chunks::of(bytes).ok_or_else(no_frame)?.filter(|chunk| &chunk.kind == b"ANMF");
    let frame = frames.next().ok_or_else(no_frame)?.data;
    let mut fields = Bytes::new(frame);
    let fields = fields.u24_le().zip(fields.u24_le()).zip(fields.u24_le().zip(fields.u24_le()));
    // Positions are stored halved, sides less one.
    let ((left, top), (width, height)) = fields.map(|((x, y), (w, h))| ((2 * x, 2 * y), (w + 1, h + 1))).ok_or_else(no_frame)?;
    if u64::from(left) + u64::from(width) > header.stored_width.into()
        || u64::from(top) + u64::from(height) > header.stored_height.into()
    {
        return Err(malformed("an animation's frame that reaches beyond the picture"));
    }
    let chunks: Vec<_> = webp::Chunks::of_frame(frame)
        .ok_or_else(no_frame)?
        .filter(|chunk| matches!(&chunk.kind, b"ALPH" | b"VP8 " | b"VP8L"))
        .collect();
    let mut extended = vec![if chunks.iter().any(|chunk| &chunk.kind != b"VP8 ") { webp::ALPHA } else { 0 }, 0, 0, 0];
    for side in [width, height] {
        extended.extend((side - 1).to_le_bytes().into_iter().take(3));
    }
    let profile = webp::Chunks::of(bytes).into_iter().flatten().find(|chunk| &chunk.kind == b"ICCP");
    if profile.is_some() {
        extended.iter_mut().take(1).for_each(|flags| *flags |= webp::ICC_PROFILE);
    }
    let still = [webp::Chunk { kind: *b"VP8X", data: &extended }].into_iter().chain(profile).chain(chunks);
    let still = webp::file(still).ok_or_else(no_frame)?;
    let frame = webp(&still)?;
    if (frame.image.width(), frame.image.height()) != (width, height) {
        return Err(malformed("an animation's frame that is not of the size that it states"));
    }
    if (width, height) == (header.stored_width, header.stored_height) {
        return Ok(frame);
    }
    let mut canvas = vec![255; 3 * header.stored_width as usize * header.stored_height as usize];
    let rows = canvas.chunks_exact_mut(3 * header.stored_width as usize).skip(top as usize);
    for (target, source) in rows.zip(frame.image.pixels().chunks_exact(3 * width as usize)) {
        if let Some(target) = target.get_mut(3 * left as usize..3 * (left as usize + width as usize)) {
            target.copy_from_slice(source);
        }
    }
    let image = Rgb8::new(header.stored_width, header.stored_height, canvas).ok_or_else(no_frame)?;
    Ok(Decoded { image, colors: Colors { transparent: true, ..frame.colors } })
}

fn over_white(sample: u8, alpha: u8) -> u8 {
    let (sample, alpha) = (u32::from(sample), u32::from(alpha));
    rounded((sample * alpha + 255 * (255 - alpha) + 127) / 255)
}

#[allow(clippy::cast_possible_truncation, reason = "the argument is a mean of bytes")]
fn rounded(value: u32) -> u8 {
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

fn rgb_to_srgb(pixels: Vec<u8>, profile: Option<&[u8]>) -> Pixels {
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

fn grey_to_srgb(samples: &[u8], profile: Option<&[u8]>) -> Pixels {
    let converted = usable(profile, DataColorSpace::Gray).and_then(|profile| through::<1>(samples, &profile, Layout::Gray));
    if let Some(rgb) = converted {
        // A curve like sRGB's changes nothing.
        let differs = |(rgb, &grey): (&[u8; 3], &u8)| rgb.iter().any(|c| c.abs_diff(grey) > 1);
        if rgb.as_chunks::<3>().0.iter().zip(samples).any(differs) {
            return Pixels { rgb, profile_applied: true };
        }
    }
    rgb_to_srgb(samples.iter().flat_map(|&grey| [grey; 3]).collect(), profile)
}

/// 0 stands for no ink.
fn cmyk_to_srgb(ink: &[u8], profile: Option<&[u8]>) -> Pixels {
    let through_profile = usable(profile, DataColorSpace::Cmyk).and_then(|profile| through::<4>(ink, &profile, Layout::Rgba));
    let profile_applied = through_profile.is_some();
    let rgb = through_profile.unwrap_or_else(|| {
        let light = |ink: u8, black: u8| rounded((u32::from(255 - ink) * u32::from(255 - black) + 127) / 255);
        ink.as_chunks().0.iter().flat_map(|&[c, m, y, k]| [light(c, k), light(m, k), light(y, k)]).collect()
    });
    Pixels { rgb, profile_applied }
}

/// Undoes the luma-chroma coding of the three colour inks; black is stored as it is.
fn ycck_to_cmyk(samples: &mut [u8]) {
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
#[allow(clippy::indexing_slicing, reason = "tests")]
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
