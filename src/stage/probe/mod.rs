//! Bytes -> [`Header`]: format, size, orientation, JPEG quality, colour profile, metadata found. No pixel is decoded, and no
//! name is believed.

mod exif;
#[cfg(feature = "heic")]
mod heic;
mod jpeg;
mod png;
mod quality;
mod sniff;
mod webp;

use crate::error::{Error, Result};
use crate::header::{Format, Header};

pub use sniff::sniff;

/// Reads what the file says about itself.
///
/// The work is proportional to the file's length, and at most a copy of its metadata is allocated.
///
/// ```
/// use face_precheck::{Format, probe};
///
/// let header = probe(&std::fs::read("fixtures/photos/refused/grace_hopper.jpg")?)?;
/// assert_eq!((header.format, header.width(), header.height()), (Format::Jpeg, 512, 600));
/// assert_eq!(header.metadata.kinds(), ["comment"]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// [`Error::Empty`], [`Error::UnknownFormat`], [`Error::UnsupportedFormat`], or [`Error::Malformed`] if the file ends or
/// contradicts itself before its dimensions are known.
pub fn probe(bytes: &[u8]) -> Result<Header> {
    if bytes.is_empty() {
        return Err(Error::Empty);
    }
    let header = match sniff(bytes).ok_or(Error::UnknownFormat)? {
        Format::Jpeg => jpeg::probe(bytes)?,
        Format::Png => png::probe(bytes)?,
        Format::WebP => webp::probe(bytes)?,
        #[cfg(feature = "heic")]
        Format::Heic => heic::probe(bytes)?,
        format => return Err(Error::UnsupportedFormat { format, detail: None }),
    };
    if header.stored_width == 0 || header.stored_height == 0 {
        return Err(Error::malformed(header.format, "a side of zero pixels"));
    }
    Ok(header)
}
