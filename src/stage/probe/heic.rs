//! What a HEIC file's boxes tell.

use std::collections::HashSet;

use super::exif;
use crate::container::heif::{Heif, Refusal};
use crate::error::{Error, Result};
use crate::geometry::Turn;
use crate::header::{Format, Header, Metadata};
use crate::icc;

pub(super) fn probe(bytes: &[u8]) -> Result<Header> {
    let heif = Heif::of(bytes)?;
    let kind = heif.item(heif.primary).ok_or_else(|| Error::malformed(Format::Heic, "no main picture"))?.kind;
    if !matches!(&kind, b"hvc1" | b"grid") {
        return Err(Refusal::Unsupported("a rare kind of picture").into());
    }
    // The EXIF data's orientation is for information only: the boxes tell how the picture is turned.
    let placing = heif.placing(heif.primary)?;
    let profile = heif.icc(heif.primary);
    let mut metadata = Metadata {
        trailing_bytes: heif.trailing_bytes,
        gain_map: heif.gain_map(),
        multi_picture: further_pictures(&heif),
        other: heif.foreign,
        bytes: profile.map_or(0, |profile| profile.len() as u64),
        ..Metadata::default()
    };
    let others = || heif.items.iter().filter(|item| !item.is_picture());
    let present = others().filter(|item| heif.length([item.id]).is_some()).map(|item| item.id);
    let length = heif.length(present).ok_or_else(|| Error::malformed(Format::Heic, "its metadata overlap"))?;
    metadata.bytes = metadata.bytes.saturating_add(length);
    for item in others() {
        let data = heif.data(item.id).unwrap_or_default();
        match (&item.kind, item.content_type) {
            (b"Exif", _) => {
                // There is one in real files. Reading any number of them would take long.
                let is_first = !std::mem::replace(&mut metadata.exif, true);
                metadata.gps |= is_first && exif_block(&data).is_some_and(|block| exif::read(block).gps);
            }
            (b"mime", b"application/rdf+xml") => metadata.xmp = true,
            _ => metadata.other = true,
        }
    }
    let parts = if &kind == b"grid" { heif.targets(heif.primary, b"dimg") } else { &[] };
    let complete = heif.complete && heif.length(parts.iter().copied().chain([heif.primary])).is_some();
    Ok(Header {
        format: Format::Heic,
        stored_width: placing.width,
        stored_height: placing.height,
        orientation: placing.orientation,
        turn: Turn::None,
        file_size: bytes.len() as u64,
        jpeg: None,
        color_profile: profile.map(icc::name).or_else(|| Some(heif.nclx(heif.primary)?.name()?.into())),
        metadata,
        complete,
    })
}

/// The TIFF structure: the first four bytes tell how far behind them it begins.
fn exif_block(data: &[u8]) -> Option<&[u8]> {
    let (offset, rest) = data.split_first_chunk()?;
    rest.get(usize::try_from(u32::from_be_bytes(*offset)).ok()?..)
}

/// Whether there are pictures besides the main one, its tiles, its transparency, thumbnails and gain map.
fn further_pictures(heif: &Heif<'_>) -> bool {
    let mut known: HashSet<u32> = [heif.primary].into();
    known.extend(heif.alpha());
    for reference in &heif.references {
        match &reference.kind {
            b"dimg" => known.extend(&reference.to),
            b"thmb" => _ = known.insert(reference.from),
            _ => {}
        }
    }
    let gain_map = |id| heif.auxiliary_type(id) == Some(b"urn:com:apple:photo:2020:aux:hdrgainmap");
    heif.items.iter().any(|item| item.is_picture() && &item.kind != b"tmap" && !known.contains(&item.id) && !gain_map(item.id))
}
