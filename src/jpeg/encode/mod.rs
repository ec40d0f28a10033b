//! A JPEG encoder: RGB to baseline JFIF, with the shortest Huffman tables in a single scan.
//!
//! [`Prepared`] keeps the coefficients of some rows of a picture, so that the length at any quality is forecast by quantising and
//! counting alone, and [`Prepared::write`] compresses at the quality that was chosen.
#![allow(
    clippy::inline_always,
    reason = "what is not inlined into the dispatched function is compiled for the oldest processors"
)]
#![allow(clippy::needless_range_loop, reason = "loops over the lanes of several arrays at once become vector instructions")]

#[allow(clippy::indexing_slicing, reason = "masked to the array")]
mod bits;
#[allow(clippy::indexing_slicing, reason = "lanes of arrays of one length")]
mod color;
#[allow(clippy::indexing_slicing, reason = "bytes, in tables of 256")]
mod huffman;
mod markers;
#[allow(clippy::indexing_slicing, reason = "one table or the other")]
mod prepared;
#[allow(clippy::indexing_slicing, reason = "places in a block")]
mod quantise;
#[allow(clippy::indexing_slicing, reason = "masked to the table, or places in a block")]
mod scan;
#[allow(clippy::indexing_slicing, reason = "rows and columns of buffers made here")]
mod strip;
mod tables;
#[cfg(test)]
mod tests;
#[allow(clippy::indexing_slicing, reason = "rows and lanes of arrays of fixed size")]
mod transform;

pub(crate) use prepared::Prepared;
