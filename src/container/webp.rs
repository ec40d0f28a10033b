//! A WebP file's RIFF chunks (RFC 9649).

use super::bytes::Bytes;

/// `RIFF`, a size, `WEBP`.
const FILE_HEADER: usize = 12;

/// Flags of the chunk `VP8X`.
pub(crate) const ALPHA: u8 = 0x10;
pub(crate) const ICC_PROFILE: u8 = 0x20;

/// A chunk.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Chunk<'a> {
    pub(crate) kind: [u8; 4],
    pub(crate) data: &'a [u8],
}

/// Walks along the chunks. The last one of a cut file comes with what is left of it.
#[derive(Debug, Clone)]
pub(crate) struct Chunks<'a> {
    bytes: Bytes<'a>,
    /// Whether the file is as long as its header states.
    pub(crate) complete: bool,
    /// Bytes behind that.
    pub(crate) trailing_bytes: u64,
}

impl<'a> Chunks<'a> {
    pub(crate) fn of(file: &'a [u8]) -> Option<Self> {
        let mut bytes = Bytes::new(file);
        bytes.tag()?;
        // The size counts what follows it, the four bytes of the form type included.
        let size = bytes.u32_le()? as usize;
        let complete = size <= bytes.remaining();
        let mut content = Bytes::new(bytes.take(size.min(bytes.remaining()))?);
        content.tag()?;
        Some(Self { bytes: content, complete, trailing_bytes: bytes.remaining() as u64 })
    }

    /// The chunks inside a frame of an animation: what follows its 16 bytes of position, size and timing.
    pub(crate) fn of_frame(frame: &'a [u8]) -> Option<Self> {
        Some(Self { bytes: Bytes::new(frame.get(16..)?), complete: true, trailing_bytes: 0 })
    }
}

impl<'a> Iterator for Chunks<'a> {
    type Item = Chunk<'a>;

    fn next(&mut self) -> Option<Chunk<'a>> {
        let kind = self.bytes.tag()?;
        let length = self.bytes.u32_le()? as usize;
        let data = self.bytes.take(length.min(self.bytes.remaining()))?;
        // Padded to an even length.
        if length % 2 == 1 {
            let _ = self.bytes.u8();
        }
        Some(Chunk { kind, data })
    }
}

/// The size of the whole or of a picture, where the chunk states one.
pub(crate) fn stated_size(chunk: Chunk) -> Option<(u32, u32)> {
    match &chunk.kind {
        b"VP8X" => extended(chunk.data),
        b"VP8 " => lossy(chunk.data),
        b"VP8L" => lossless(chunk.data),
        _ => None,
    }
}

fn extended(data: &[u8]) -> Option<(u32, u32)> {
    let mut bytes = Bytes::new(data);
    bytes.take(4)?;
    Some((bytes.u24_le()? + 1, bytes.u24_le()? + 1))
}

fn lossy(data: &[u8]) -> Option<(u32, u32)> {
    let mut bytes = Bytes::new(data);
    bytes.take(3)?;
    if bytes.take(3)? != [0x9d, 0x01, 0x2a] {
        return None;
    }
    let side = |value: u16| u32::from(value & 0x3fff);
    Some((side(bytes.u16_le()?), side(bytes.u16_le()?)))
}

fn lossless(data: &[u8]) -> Option<(u32, u32)> {
    let mut bytes = Bytes::new(data);
    if bytes.u8()? != 0x2f {
        return None;
    }
    let bits = bytes.u32_le()?;
    Some(((bits & 0x3fff) + 1, ((bits >> 14) & 0x3fff) + 1))
}

/// A file of these chunks, which are expected to have so many bytes.
pub(crate) fn file<'a>(expected: usize, chunks: impl IntoIterator<Item = Chunk<'a>>) -> Option<Vec<u8>> {
    let mut bytes = Vec::with_capacity(FILE_HEADER + expected);
    bytes.extend(b"RIFF\0\0\0\0WEBP");
    for Chunk { kind, data } in chunks {
        bytes.extend(kind);
        bytes.extend(u32::try_from(data.len()).ok()?.to_le_bytes());
        bytes.extend(data);
        if data.len() % 2 == 1 {
            bytes.push(0);
        }
    }
    let size = u32::try_from(bytes.len().checked_sub(FILE_HEADER - 4)?).ok()?;
    bytes.get_mut(4..8)?.copy_from_slice(&size.to_le_bytes());
    Some(bytes)
}
