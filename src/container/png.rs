//! A PNG file's chunks (W3C PNG specification, third edition).

use super::bytes::Bytes;

pub(crate) const SIGNATURE: &[u8] = b"\x89PNG\r\n\x1a\n";
const CRC: usize = 4;

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
