//! Bytes -> 8-bit sRGB picture, as stored (the orientation is not applied). The only importer of the codecs.
//!
//! * 16-bit samples are rounded to 8, grey becomes R = G = B, transparency is laid over white.
//! * An embedded ICC profile is applied unless it equals sRGB; one that cannot be read or does not fit the picture counts as absent.
//! * CMYK and YCCK go through their profile where there is one, else ink is taken to dim light in proportion.

mod colors;
#[cfg(feature = "heic")]
mod heic;
mod jpeg;
mod png;
mod webp;

use crate::error::{Error, Result};
use crate::header::{Format, Header};
use crate::image::Rgb8;
use crate::isolate::isolated;
use crate::jpeg::decode::Scratch;

/// What was decoded, and what was done to its colours on the way. A receiver who decodes the file may not do the same.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Decoded {
    pub(crate) image: Rgb8,
    pub(crate) colors: Colors,
    /// Among the picture's own data are bytes that no decoder reads, and that stripping would leave.
    pub(crate) surplus: bool,
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

/// Decodes a file whose header was admitted by the limits; a JPEG at up to so many times less than its size, which costs less.
pub(crate) fn decode(bytes: &[u8], header: &Header, reduction: u32, scratch: &mut Scratch) -> Result<Decoded> {
    if !header.complete {
        return Err(Error::malformed(header.format, "incomplete or damaged: its structure does not lead to its end marker"));
    }
    let decoded = isolated(|| match header.format {
        Format::Jpeg => jpeg::decode(bytes, header, reduction, scratch),
        Format::Png => png::decode(bytes),
        Format::WebP => webp::decode(bytes, header),
        #[cfg(feature = "heic")]
        Format::Heic => heic::decode(bytes, header),
        format => Err(Error::UnsupportedFormat { format, detail: None }),
    })
    .unwrap_or_else(|| Err(Error::malformed(header.format, "the decoder gave up on it")))?;
    if decoded.image.photo().sides != (header.stored_width, header.stored_height) {
        return Err(Error::malformed(header.format, "its picture is not of the size that its header states"));
    }
    Ok(decoded)
}
