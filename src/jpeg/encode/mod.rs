//! A JPEG encoder: RGB to baseline JFIF, with the shortest Huffman tables in a single scan.
//!
//! [`Prepared`] keeps the coefficients of some rows of a picture, so that the length at any quality is forecast by quantising and
//! counting alone, and [`Prepared::write`] compresses at the quality that was chosen.
#![allow(
    clippy::inline_always,
    reason = "what is not inlined into the dispatched function is compiled for the oldest processors"
)]
#![allow(clippy::needless_range_loop, reason = "loops over the lanes of several arrays at once become vector instructions")]

mod bits;
mod color;
mod huffman;
mod markers;
mod prepared;
mod quantise;
mod scan;
mod strip;
mod tables;
mod transform;

pub(crate) use prepared::Prepared;

use crate::upload::Chroma;

/// Compresses a picture: `rgb` row by row, three bytes for a pixel; the quality from 1 to 100 on the Independent JPEG Group's scale.
///
/// `None` if a side is zero or `rgb` has another number of bytes than `width` and `height` call for.
pub(crate) fn encode(rgb: &[u8], width: u16, height: u16, quality: u8, chroma: Chroma) -> Option<Vec<u8>> {
    Some(Prepared::new(rgb, width, height, chroma)?.write(quality))
}
