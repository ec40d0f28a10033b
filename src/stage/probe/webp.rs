//! A WebP file's RIFF chunks (RFC 9649).

use super::bytes::Bytes;
use super::exif;
use crate::error::{Error, Result};
use crate::header::{Format, Header, Metadata, Orientation};
use crate::icc;

pub(super) fn probe(bytes: &[u8]) -> Result<Header> {
    let mut riff = Bytes::new(bytes);
    let early_end = || Error::malformed(Format::WebP, "ends before the picture's dimensions");
    riff.tag().ok_or_else(early_end)?;
    // The size counts what follows it, the four bytes of the form type included.
    let size = riff.u32_le().ok_or_else(early_end)? as usize;
    let (content, complete) = match riff.take(size) {
        Some(content) => (content, true),
        None => (riff.take(riff.remaining()).unwrap_or_default(), false),
    };
    let trailing_bytes = riff.remaining() as u64;

    let mut chunks = Bytes::new(content);
    chunks.tag().ok_or_else(early_end)?;
    let mut dimensions = None;
    let mut orientation = Orientation::Upright;
    let mut color_profile = None;
    let mut metadata = Metadata { trailing_bytes, ..Metadata::default() };
    while let Some((kind, data)) = chunk(&mut chunks) {
        match &kind {
            b"VP8X" => dimensions = dimensions.or_else(|| extended(data)),
            b"VP8 " => dimensions = dimensions.or_else(|| lossy(data)),
            b"VP8L" => dimensions = dimensions.or_else(|| lossless(data)),
            // The decoder does not stand hostile animations, and a selfie is none.
            b"ANIM" | b"ANMF" => {
                return Err(Error::UnsupportedFormat { format: Format::WebP, detail: Some("an animation") });
            }
            b"ALPH" => {}
            _ => {
                metadata.bytes += data.len() as u64;
                match &kind {
                    b"ICCP" => color_profile = Some(icc::name(data)),
                    b"EXIF" => {
                        let exif = exif::read(data);
                        metadata.exif = true;
                        metadata.gps = exif.gps;
                        orientation = exif.orientation;
                    }
                    b"XMP " => metadata.xmp = true,
                    _ => metadata.other = true,
                }
            }
        }
    }
    let (stored_width, stored_height) = dimensions.ok_or_else(early_end)?;
    Ok(Header {
        format: Format::WebP,
        stored_width,
        stored_height,
        orientation,
        file_size: bytes.len() as u64,
        jpeg: None,
        color_profile,
        metadata,
        complete,
    })
}

/// A chunk and the byte that pads it to an even length. The last one of a cut file comes with what is left of it.
fn chunk<'a>(bytes: &mut Bytes<'a>) -> Option<([u8; 4], &'a [u8])> {
    let kind = bytes.tag()?;
    let length = bytes.u32_le()? as usize;
    let data = match bytes.take(length) {
        Some(data) => data,
        None => bytes.take(bytes.remaining())?,
    };
    if length % 2 == 1 {
        let _ = bytes.u8();
    }
    Some((kind, data))
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
