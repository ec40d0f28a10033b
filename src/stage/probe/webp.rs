//! What a WebP file's chunks tell.

use super::exif;
use crate::container::bytes::Bytes;
use crate::container::webp::Chunks;
use crate::error::{Error, Result};
use crate::geometry::Turn;
use crate::header::{Format, Header, Metadata, Orientation};
use crate::icc;

pub(super) fn probe(bytes: &[u8]) -> Result<Header> {
    let early_end = || Error::malformed(Format::WebP, "ends before the picture's dimensions");
    let mut chunks = Chunks::of(bytes).ok_or_else(early_end)?;
    let complete = chunks.complete;
    let mut metadata = Metadata { trailing_bytes: chunks.trailing_bytes, ..Metadata::default() };
    let mut dimensions = None;
    let mut orientation = Orientation::Upright;
    let mut color_profile = None;
    for chunk in &mut chunks {
        let data = chunk.data;
        match &chunk.kind {
            b"VP8X" => dimensions = dimensions.or_else(|| extended(data)),
            b"VP8 " => dimensions = dimensions.or_else(|| lossy(data)),
            b"VP8L" => dimensions = dimensions.or_else(|| lossless(data)),
            b"ALPH" => {}
            // An animation: its first frame is the picture.
            b"ANIM" | b"ANMF" => metadata.multi_picture = true,
            _ => {
                metadata.bytes += data.len() as u64;
                match &chunk.kind {
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
        turn: Turn::None,
        file_size: bytes.len() as u64,
        jpeg: None,
        color_profile,
        metadata,
        complete,
    })
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
