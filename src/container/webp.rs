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

/// A file of these chunks.
pub(crate) fn file<'a>(chunks: impl IntoIterator<Item = Chunk<'a>>) -> Option<Vec<u8>> {
    let mut bytes = b"RIFF\0\0\0\0WEBP".to_vec();
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
