//! Decodes JPEG files (ITU-T T.81, baseline, extended sequential and progressive with Huffman coding, 8 bits a sample), whole or
//! reduced to a half, a quarter or an eighth.
//!
//! Strict: a file that is cut off, or whose data contradict themselves, is an error and not a picture with grey in it.
//!
//! The way of a file through the modules: `segments` cuts it at its markers, `tables` and `header` read what stands between them,
//! `sequential` and `progressive` decode scans to coefficients (by way of `bits`, `huffman` and `skip`), `transform` turns blocks
//! into samples in `planes`, and `output` puts rows of pixels together (by way of `upsample` and `color`). `decoder` leads.

#![cfg_attr(
    test,
    allow(
        clippy::cast_possible_truncation,
        clippy::cast_possible_wrap,
        clippy::cast_precision_loss,
        clippy::cast_sign_loss,
        clippy::unreadable_literal,
        reason = "tests compute with small numbers"
    )
)]
#![allow(clippy::inline_always, reason = "only what is inlined into a dispatched kernel uses the instructions dispatched to")]

#[allow(clippy::indexing_slicing, reason = "behind what a pattern has found: 8 bytes, or one")]
mod bits;
mod coefficients;
mod color;
mod decoder;
mod header;
#[allow(clippy::indexing_slicing, reason = "masked to the table, or lengths of codes, from 1 to 16")]
mod huffman;
mod layout;
mod output;
mod planes;
mod progress;
mod progressive;
#[allow(clippy::indexing_slicing, reason = "places in a block, masked to 64")]
mod reconstruct;
mod segments;
#[allow(clippy::indexing_slicing, reason = "places in a block, masked to 64")]
mod sequential;
#[allow(clippy::indexing_slicing, reason = "eight lanes of eight")]
mod simd;
#[allow(clippy::indexing_slicing, reason = "masked to the table")]
mod skip;
mod tables;
mod transform;
mod upsample;

#[cfg(test)]
mod tests;

use coefficients::Coefficients;
use planes::Plane;

/// How much smaller than stored a picture is decoded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Scale {
    /// As stored.
    Full,
    /// Half the width and half the height.
    Half,
    /// A quarter of each.
    Quarter,
    /// An eighth of each.
    Eighth,
}

impl Scale {
    /// All scales, from the largest picture to the smallest.
    #[cfg(test)]
    pub(crate) const ALL: [Self; 4] = [Self::Full, Self::Half, Self::Quarter, Self::Eighth];

    /// What a side is divided by; fractions of a pixel are rounded up.
    pub(crate) const fn divisor(self) -> usize {
        match self {
            Self::Full => 1,
            Self::Half => 2,
            Self::Quarter => 4,
            Self::Eighth => 8,
        }
    }
}

/// What a pixel's samples mean.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Color {
    /// Red, green and blue, in three samples.
    Rgb,
    /// One sample.
    Grey,
    /// Four inks, as stored: Adobe's software, and all that follows it, stores 255 for no ink.
    Cmyk,
    /// Luma, two of chroma, and black, as stored.
    Ycck,
}

impl Color {
    /// How many samples a pixel has.
    pub(crate) const fn channels(self) -> usize {
        match self {
            Self::Grey => 1,
            Self::Rgb => 3,
            Self::Cmyk | Self::Ycck => 4,
        }
    }
}

/// A decoded picture.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Picture {
    /// Pixels in a row.
    pub(crate) width: usize,
    /// Rows.
    pub(crate) height: usize,
    /// Row after row from the top, pixels from left to right, a pixel's samples beside each other.
    pub(crate) samples: Vec<u8>,
    /// What the samples mean.
    pub(crate) color: Color,
    /// There are bytes behind the last block of a scan that no decoder reads.
    pub(crate) surplus: bool,
}

/// Why a file is not decoded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Error {
    /// The file is damaged, cut off or contradicts itself.
    Malformed(&'static str),
    /// The file may be sound, but its coding is one that this decoder does not read.
    Unsupported(&'static str),
}

impl std::fmt::Display for Error {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Malformed(what) => write!(formatter, "malformed JPEG: {what}"),
            Self::Unsupported(what) => write!(formatter, "unsupported JPEG: {what}"),
        }
    }
}

impl std::error::Error for Error {}

type Result<T> = std::result::Result<T, Error>;

/// Memory that is used again from picture to picture: fresh pages cost as much time as decoding at an eighth.
#[derive(Debug, Default)]
pub(crate) struct Scratch {
    planes: [Plane; 4],
    coefficients: [Coefficients; 4],
    lines: output::Lines,
    samples: Vec<u8>,
}

impl Scratch {
    /// Gives back the samples of a picture that is no longer needed.
    pub(crate) fn recycle(&mut self, samples: Vec<u8>) {
        if (self.samples.capacity()..=Self::MOST_SAMPLES).contains(&samples.capacity()) {
            self.samples = samples;
        }
    }

    /// More is not kept: 22 megapixels.
    const MOST_SAMPLES: usize = 64 << 20;

    /// Of each plane, and of each component's coefficients: only rare codings of large pictures take more.
    const MOST_OF_COMPONENT: usize = 8 << 20;

    /// Frees what a picture took that was out of the ordinary, before its caller goes on to use memory.
    fn trim(&mut self) {
        self.planes.iter_mut().filter(|plane| plane.held() > Self::MOST_OF_COMPONENT).for_each(|plane| *plane = Plane::default());
        let large = |coefficients: &&mut Coefficients| coefficients.held() > Self::MOST_OF_COMPONENT;
        self.coefficients.iter_mut().filter(large).for_each(|coefficients| *coefficients = Coefficients::default());
    }
}

/// Decodes a file.
///
/// A side of the picture is that of the file divided by the scale's divisor, rounded up. Memory beyond the picture: a few rows of
/// blocks; for a progressive file two bytes for each coefficient that has a part in the picture and eight for each block; for
/// one with a sequential scan for each component its planes at the picture's scale.
///
/// # Errors
///
/// The file is damaged, or not of the kinds of JPEG that are read.
pub(crate) fn decode(bytes: &[u8], scale: Scale, scratch: &mut Scratch) -> Result<Picture> {
    let decoded = decoder::decode(bytes, scale, scratch);
    scratch.trim();
    decoded
}
