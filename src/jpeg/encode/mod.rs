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
#[cfg(test)]
mod tests;
mod transform;

pub(crate) use prepared::Prepared;
