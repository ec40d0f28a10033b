//! A file without anything but its picture: bytes -> bytes, with the picture's own data as they were. What is kept is listed;
//! whatever else there is goes, known or not.

mod jpeg;
mod png;

use crate::container::webp;
use crate::header::{Format, Header};

/// The file reduced to what decoding needs; `None` if it does not lead to its end or its format is not one that can be stripped.
pub(crate) fn strip(bytes: &[u8], header: &Header) -> Option<Vec<u8>> {
    match header.format {
        Format::Jpeg => jpeg::strip(bytes),
        Format::Png => png::strip(bytes),
        Format::WebP if !header.metadata.multi_picture => webp::Picture::of(webp::Chunks::of(bytes)?)?.file(),
        _ => None,
    }
}
