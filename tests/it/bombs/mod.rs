//! Files made to do harm, by name, and what they may cost. They are generated, and shared with `benches/bombs.rs`.

pub(crate) mod exif;
pub(crate) mod icc;
pub(crate) mod jpeg;
pub(crate) mod png;
pub(crate) mod webp;

use std::iter::repeat_n;

/// How large they are made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Scale {
    /// For tests, which hold what each costs against its own size.
    Small,
    /// Up to what the default limits allow.
    #[allow(dead_code, reason = "for the bench")]
    Full,
}

impl Scale {
    /// Of square pictures.
    pub(crate) const fn side(self) -> u32 {
        match self {
            Self::Small => 2400,
            Self::Full => 10_000,
        }
    }

    /// Of files that are made of many pieces.
    pub(crate) const fn bytes(self) -> usize {
        match self {
            Self::Small => 2 << 20,
            Self::Full => 60 << 20,
        }
    }
}

/// What becomes of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fate {
    Read,
    Refused,
}

pub(crate) type Bomb = (&'static str, Fate, fn(Scale) -> Vec<u8>);

pub(crate) fn all() -> impl Iterator<Item = Bomb> {
    [png::BOMBS, jpeg::BOMBS, webp::BOMBS, exif::BOMBS, icc::BOMBS].into_iter().flatten().copied()
}

/// What `Limits` promises: the most memory for a file that states so many pixels.
pub(crate) fn bound(pixels: u64, file: &[u8]) -> u64 {
    let has_tables = file.starts_with(b"RIFF") && file.windows(4).any(|kind| matches!(kind, b"VP8L" | b"ALPH"));
    15 * pixels + 2 * file.len() as u64 + (32 << 20) + if has_tables { 96 << 20 } else { 0 }
}

/// So many zeros, as the format of zlib has them: a thousandth of that.
pub(crate) fn zeros(length: u64) -> Vec<u8> {
    const PIECE: usize = 1 << 20;
    let deflated = |length: usize, flush| {
        let mut bytes = Vec::with_capacity(8192);
        let mut compress = flate2::Compress::new(flate2::Compression::best(), false);
        compress.compress_vec(&vec![0; length], &mut bytes, flush).unwrap();
        bytes
    };
    // A flushed piece does not depend on those in front of it.
    let piece = deflated(PIECE, flate2::FlushCompress::Full);
    let last = deflated((length % PIECE as u64) as usize, flate2::FlushCompress::Finish);
    let mut bytes = vec![0x78, 0x01];
    bytes.extend(repeat_n(piece, (length / PIECE as u64) as usize).flatten());
    bytes.extend(last);
    bytes.extend((((length % 65_521) << 16 | 1) as u32).to_be_bytes());
    bytes
}

pub(crate) fn zlib(data: &[u8]) -> Vec<u8> {
    use std::io::Write;
    let mut encoder = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(data).unwrap();
    encoder.finish().unwrap()
}

/// A piece as often as it fits into so many bytes.
pub(crate) fn repeated(piece: &[u8], bytes: usize) -> Vec<u8> {
    piece.repeat(bytes / piece.len())
}
