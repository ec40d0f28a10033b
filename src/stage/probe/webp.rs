//! What a WebP file's chunks tell.

use super::exif;
use crate::container::webp::{Chunks, stated_size};
use crate::error::{Error, Result};
use crate::geometry::Turn;
use crate::header::{Format, Header, Metadata};
use crate::icc;

pub(super) fn probe(bytes: &[u8]) -> Result<Header> {
    let early_end = || Error::malformed(Format::WebP, "ends before the picture's dimensions");
    let mut chunks = Chunks::of(bytes).ok_or_else(early_end)?;
    let complete = chunks.complete;
    let mut metadata = Metadata { trailing_bytes: chunks.trailing_bytes, ..Metadata::default() };
    let mut dimensions = None;
    // Of each the first one counts, as for the decoder. Reading any number of them would take long.
    let (mut exif, mut profile) = (None, None);
    for chunk in &mut chunks {
        let data = chunk.data;
        match &chunk.kind {
            b"VP8X" | b"VP8 " | b"VP8L" => dimensions = dimensions.or_else(|| stated_size(chunk)),
            b"ALPH" => {}
            // An animation: its first frame is the picture.
            b"ANIM" | b"ANMF" => metadata.multi_picture = true,
            _ => {
                metadata.bytes += data.len() as u64;
                match &chunk.kind {
                    b"ICCP" => _ = profile.get_or_insert(data),
                    b"EXIF" => {
                        metadata.exif = true;
                        exif.get_or_insert(data);
                    }
                    b"XMP " => metadata.xmp = true,
                    _ => metadata.other = true,
                }
            }
        }
    }
    let (stored_width, stored_height) = dimensions.ok_or_else(early_end)?;
    let exif = exif.map(exif::read).unwrap_or_default();
    metadata.gps = exif.gps;
    Ok(Header {
        format: Format::WebP,
        stored_width,
        stored_height,
        orientation: exif.orientation,
        turn: Turn::None,
        file_size: bytes.len() as u64,
        jpeg: None,
        color_profile: profile.map(icc::name),
        metadata,
        complete,
    })
}
