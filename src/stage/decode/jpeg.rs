//! JPEG, by zune-jpeg.

use zune_jpeg::JpegDecoder;
use zune_jpeg::errors::DecodeErrors;
use zune_jpeg::zune_core::bytestream::ZCursor;
use zune_jpeg::zune_core::colorspace::ColorSpace;
use zune_jpeg::zune_core::options::DecoderOptions;

use super::colors::{cmyk_to_srgb, grey_to_srgb, rgb_to_srgb, ycck_to_cmyk};
use super::{Colors, Decoded};
use crate::error::{Error, Result};
use crate::header::{Format, Header};
use crate::image::Rgb8;

pub(super) fn decode(bytes: &[u8], header: &Header) -> Result<Decoded> {
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
