//! What a PNG file's chunks tell.

use super::exif;
use crate::container::bytes::Bytes;
use crate::container::png::{Chunks, unusual_gamma};
use crate::error::{Error, Result};
use crate::geometry::Turn;
use crate::header::{Format, Header, Metadata, Orientation};
use crate::icc::{DISPLAY_P3, presentable};

pub(super) fn probe(bytes: &[u8]) -> Result<Header> {
    let early_end = || Error::malformed(Format::Png, "ends before the picture's dimensions");
    let mut chunks = Chunks::of(bytes);
    let first = chunks.next().ok_or_else(early_end)?;
    if &first.kind != b"IHDR" {
        return Err(Error::malformed(Format::Png, "does not begin with its header chunk"));
    }
    let mut ihdr = Bytes::new(first.data);
    let (stored_width, stored_height) = ihdr.u32_be().zip(ihdr.u32_be()).ok_or_else(early_end)?;

    let mut header = Header {
        format: Format::Png,
        stored_width,
        stored_height,
        orientation: Orientation::Upright,
        turn: Turn::None,
        file_size: bytes.len() as u64,
        jpeg: None,
        color_profile: None,
        metadata: Metadata::default(),
        complete: false,
    };
    let (mut gamma, mut srgb, mut code_points) = (None, false, None);
    let mut exif = None;
    while let Some(chunk) = chunks.next() {
        if &chunk.kind == b"IEND" {
            header.complete = true;
            header.metadata.trailing_bytes = chunks.remaining() as u64;
            break;
        }
        if &chunk.kind == b"eXIf" {
            // There can be one. Reading any number of them would take long.
            exif.get_or_insert(chunk.data);
        }
        match &chunk.kind {
            b"gAMA" => gamma = Bytes::new(chunk.data).u32_be().and_then(unusual_gamma),
            b"sRGB" => srgb = true,
            // It outweighs a profile.
            b"cICP" if chunk.data.first() == Some(&DISPLAY_P3) => code_points = Some("Display P3".to_owned()),
            _ => ancillary(&mut header, chunk.kind, chunk.data),
        }
    }
    if let Some(exif) = exif.map(exif::read) {
        header.orientation = exif.orientation;
        header.metadata.gps = exif.gps;
    }
    let gamma = gamma.filter(|_| !srgb).map(|gamma| format!("gamma {gamma:.2}"));
    header.color_profile = code_points.or(header.color_profile).or(gamma);
    Ok(header)
}

/// Notes what a chunk besides the picture's own data tells.
fn ancillary(header: &mut Header, kind: [u8; 4], data: &[u8]) {
    let found = &mut header.metadata;
    match &kind {
        b"PLTE" | b"IDAT" | b"tRNS" | b"gAMA" | b"cHRM" | b"sRGB" | b"sBIT" | b"bKGD" | b"hIST" | b"pHYs" | b"sPLT" | b"cICP"
        | b"mDCV" | b"cLLI" | b"fcTL" | b"fdAT" => return,
        b"acTL" => found.multi_picture = true,
        b"eXIf" => found.exif = true,
        b"iCCP" => header.color_profile = Some(profile_name(data)),
        b"iTXt" if data.starts_with(b"XML:com.adobe.xmp\0") => found.xmp = true,
        b"tEXt" | b"zTXt" | b"iTXt" => {
            // ImageMagick keeps what other formats have segments for in text of these names.
            match data.strip_prefix(b"Raw profile type ") {
                Some(rest) if rest.starts_with(b"exif") || rest.starts_with(b"APP1") => found.exif = true,
                Some(rest) if rest.starts_with(b"xmp") => found.xmp = true,
                Some(rest) if rest.starts_with(b"iptc") || rest.starts_with(b"8bim") => found.iptc = true,
                _ => found.comment = true,
            }
        }
        _ => found.other = true,
    }
    found.bytes += data.len() as u64;
}

/// The profile's name stands in front of it, up to 79 Latin-1 characters ended by a zero; the profile itself is compressed.
fn profile_name(data: &[u8]) -> String {
    let name: String = data.iter().take(79).take_while(|&&byte| byte != 0).map(|&byte| char::from(byte)).collect();
    presentable(&name)
}
