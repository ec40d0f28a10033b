//! JPEG, by the decoder in `jpeg`.

use super::colors::{Pixels, cmyk_to_srgb, grey_to_srgb, rgb_to_srgb, ycck_to_cmyk};
use super::{Colors, Decoded};
use crate::container::jpeg::icc_profile;
use crate::error::{Error, Result};
use crate::header::{Format, Header};
use crate::image::{Extent, Rgb8};
use crate::jpeg::decode::{self, Color, Picture, Scale, Scratch};

/// Decodes at the largest of the decoder's reductions that is not over the one that is asked for.
pub(super) fn decode(bytes: &[u8], header: &Header, reduction: u32, scratch: &mut Scratch) -> Result<Decoded> {
    let malformed = |message: &str| Error::malformed(Format::Jpeg, message);
    // Every block of 8 x 8 luma samples takes a bit at the very least: a small file with vast dimensions is a lie.
    let blocks = u64::from(header.stored_width) * u64::from(header.stored_height) / 64;
    if header.file_size.saturating_mul(8) < blocks {
        return Err(malformed("too few bytes for the dimensions that it states"));
    }
    let (scale, reduction) = match reduction {
        0 | 1 => (Scale::Full, 1),
        2 | 3 => (Scale::Half, 2),
        4..8 => (Scale::Quarter, 4),
        _ => (Scale::Eighth, 8),
    };
    let Picture { width, height, samples, color, surplus } = decode::decode(bytes, scale, scratch).map_err(from_jpeg)?;
    let profile = icc_profile(bytes);
    let Pixels { rgb, profile_applied } = match color {
        Color::Rgb => rgb_to_srgb(samples, profile.as_deref()),
        Color::Grey => grey_to_srgb(&samples, profile.as_deref()),
        Color::Cmyk | Color::Ycck => {
            let mut ink = samples;
            if color == Color::Ycck {
                ycck_to_cmyk(&mut ink);
            }
            // Everything that writes such files follows Adobe and stores 255 for no ink.
            for sample in &mut ink {
                *sample = 255 - *sample;
            }
            cmyk_to_srgb(&ink, profile.as_deref())
        }
    };
    let side = |side: usize| u32::try_from(side).map_err(|_| malformed("a side that is too long"));
    let image = Rgb8::new(side(width)?, side(height)?, rgb).ok_or_else(|| malformed("decoded to the wrong size"))?;
    let inks = matches!(color, Color::Cmyk | Color::Ycck);
    let colors = Colors { profile_applied, inks, ..Colors::default() };
    let photo = Extent { sides: (header.stored_width, header.stored_height), before: (0, 0) };
    let fits = |pixels: u32, side: u32| pixels == side.div_ceil(reduction);
    if !fits(image.width(), header.stored_width) || !fits(image.height(), header.stored_height) {
        return Err(malformed("its picture is not of the size that its header states"));
    }
    Ok(Decoded { image: image.reduced_by(reduction, photo), colors, surplus })
}

fn from_jpeg(error: decode::Error) -> Error {
    match error {
        decode::Error::Unsupported(detail) => Error::UnsupportedFormat { format: Format::Jpeg, detail: Some(detail) },
        decode::Error::Malformed(message) => Error::malformed(Format::Jpeg, message),
    }
}
