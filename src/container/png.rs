//! A PNG file's chunks (W3C PNG specification, third edition).

use super::bytes::Bytes;

pub(crate) const SIGNATURE: &[u8] = b"\x89PNG\r\n\x1a\n";
const CRC: usize = 4;

/// A gamma, stored a hundred thousandfold, if it is not about that of sRGB.
pub(crate) fn unusual_gamma(stored: u32) -> Option<f64> {
    const SRGB: f64 = 45_455.0;
    let ratio = f64::from(stored) / SRGB;
    (stored > 0 && !(0.95..=1.05).contains(&ratio)).then(|| f64::from(stored) / 100_000.0)
}

/// A chunk.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Chunk<'a> {
    pub(crate) kind: [u8; 4],
    pub(crate) data: &'a [u8],
    /// As it stands in the file: length, kind, data and checksum.
    pub(crate) raw: &'a [u8],
}

/// Walks along the chunks behind the signature, to where the file stops making sense.
#[derive(Debug, Clone)]
pub(crate) struct Chunks<'a> {
    bytes: Bytes<'a>,
}

impl<'a> Chunks<'a> {
    pub(crate) fn of(file: &'a [u8]) -> Self {
        Self { bytes: Bytes::new(file.get(SIGNATURE.len()..).unwrap_or_default()) }
    }

    /// Bytes that are left behind the chunks taken so far.
    pub(crate) const fn remaining(&self) -> usize {
        self.bytes.remaining()
    }
}

impl<'a> Iterator for Chunks<'a> {
    type Item = Chunk<'a>;

    fn next(&mut self) -> Option<Chunk<'a>> {
        let mut ahead = self.bytes;
        let length = ahead.u32_be()? as usize;
        let kind = ahead.tag()?;
        let data = ahead.take(length)?;
        ahead.take(CRC)?;
        let raw = self.bytes.take(length.checked_add(8 + CRC)?)?;
        Some(Chunk { kind, data, raw })
    }
}

/// How a picture's data are laid out: the content of `IHDR`.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Layout {
    width: u32,
    height: u32,
    bit_depth: u8,
    color_type: u8,
    interlaced: bool,
}

impl Layout {
    /// `None` if there is more or less than there should be.
    pub(crate) fn of(content: &[u8]) -> Option<Self> {
        let mut bytes = Bytes::new(content);
        let (width, height) = (bytes.u32_be()?, bytes.u32_be()?);
        let (bit_depth, color_type) = (bytes.u8()?, bytes.u8()?);
        let (0, 0, interlaced @ (0 | 1)) = (bytes.u8()?, bytes.u8()?, bytes.u8()?) else { return None };
        (bytes.remaining() == 0).then_some(Self { width, height, bit_depth, color_type, interlaced: interlaced == 1 })
    }

    pub(crate) const fn is_indexed(self) -> bool {
        self.color_type == 3
    }

    pub(crate) const fn most_colors(self) -> usize {
        if self.bit_depth < 8 { 1 << self.bit_depth } else { 256 }
    }

    /// Whether a chunk of transparency can be of this length, beside so many colours.
    pub(crate) const fn fits_transparency(self, length: usize, colors: usize) -> bool {
        match self.color_type {
            0 => length == 2,
            2 => length == 6,
            3 => length <= colors,
            _ => false,
        }
    }

    /// Bytes of all rows, each with its filter, once they are inflated.
    pub(crate) fn data_length(self) -> Option<u64> {
        /// First column and row, and the steps to the next ones, of the seven passes of an interlaced picture.
        const PASSES: [(u32, u32, u32, u32); 7] =
            [(0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2)];
        const WHOLE: [(u32, u32, u32, u32); 1] = [(0, 0, 1, 1)];
        let channels: u64 = match self.color_type {
            0 | 3 => 1,
            2 => 3,
            4 => 2,
            6 => 4,
            _ => return None,
        };
        let bits = channels * u64::from(self.bit_depth);
        let passes = if self.interlaced { &PASSES[..] } else { &WHOLE };
        passes.iter().try_fold(0u64, |length, &(left, top, across, down)| {
            let columns = u64::from(self.width.saturating_sub(left).div_ceil(across));
            let rows = u64::from(self.height.saturating_sub(top).div_ceil(down));
            let row = if columns == 0 { 0 } else { 1 + (columns * bits).div_ceil(8) };
            length.checked_add(rows.checked_mul(row)?)
        })
    }
}
