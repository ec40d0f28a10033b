//! What a JPEG file's segments tell.

use super::quality::Table;
use super::{exif, quality};
use crate::container::bytes::Bytes;
use crate::container::jpeg::{APP0, APP1, APP2, APP13, APP14, APP15, COM, DQT, IccChunks, Piece, Pieces, SOS, is_start_of_frame};
use crate::error::{Error, Result};
use crate::geometry::Turn;
use crate::header::{Format, Header, JpegHeader, Metadata, Orientation};
use crate::icc;

struct Frame {
    width: u16,
    height: u16,
    progressive: bool,
    components: u8,
    luma_table: u8,
}

/// What the walk along the segments gathers.
#[derive(Default)]
struct Walk<'a> {
    frame: Option<Frame>,
    tables: [Option<Table>; 4],
    exif: Option<&'a [u8]>,
    icc: IccChunks<'a>,
    metadata: Metadata,
    scans: u64,
    complete: bool,
}

/// Progressive encoders write about ten scans. Every further one costs time for the whole picture.
const MOST_SCANS: u64 = 100;

/// Of a picture of any size: libjpeg writes eighteen for four inks.
const SURE_SCANS: u64 = 25;

/// Pixels of all scans, where there are more than those.
const MOST_WORK: u64 = 2_500_000_000;

/// How many scans a progressive file can have: all of them up to 25 megapixels, fewer above.
fn most_scans(pixels: u64) -> u64 {
    (MOST_WORK / pixels.max(1)).clamp(SURE_SCANS, MOST_SCANS)
}

pub(super) fn probe(bytes: &[u8]) -> Result<Header> {
    let walk = Walk::along(bytes)?;
    let frame = walk.frame.as_ref().ok_or_else(|| Error::malformed(Format::Jpeg, "ends before the picture's dimensions"))?;
    let pixels = u64::from(frame.width) * u64::from(frame.height);
    let most_scans = if frame.progressive { most_scans(pixels) } else { frame.components.into() };
    if walk.scans > most_scans {
        return Err(Error::malformed(Format::Jpeg, format!("{} scans, where there can be {most_scans}", walk.scans)));
    }
    let exif = walk.exif.map(exif::read);
    let quality = walk.tables.get(usize::from(frame.luma_table)).and_then(|table| table.as_ref()).map(quality::estimate);
    let jpeg = JpegHeader { quality, progressive: frame.progressive, components: frame.components };
    Ok(Header {
        format: Format::Jpeg,
        stored_width: frame.width.into(),
        stored_height: frame.height.into(),
        orientation: exif.as_ref().map_or(Orientation::Upright, |exif| exif.orientation),
        turn: Turn::None,
        file_size: bytes.len() as u64,
        jpeg: Some(jpeg),
        color_profile: walk.icc.joined().as_deref().map(icc::name),
        metadata: Metadata { gps: exif.is_some_and(|exif| exif.gps), ..walk.metadata },
        complete: walk.complete,
    })
}

impl<'a> Walk<'a> {
    /// Walks to the end marker, or to where the file stops making sense. Only what makes the dimensions unknowable or the
    /// coding one that is not read is an error here; the decoder has its own opinion of the rest.
    fn along(bytes: &'a [u8]) -> Result<Self> {
        let mut walk = Self::default();
        for piece in Pieces::of(bytes) {
            match piece {
                Piece::Segment { marker, content } => walk.segment(marker, content)?,
                Piece::Scan(_) => {}
                Piece::End { trailing } => {
                    walk.complete = true;
                    walk.metadata.trailing_bytes = trailing.len() as u64;
                    walk.metadata.gain_map |= walk.metadata.multi_picture && tells_of_gain_map(trailing);
                }
            }
        }
        Ok(walk)
    }

    fn segment(&mut self, marker: u8, segment: &'a [u8]) -> Result<()> {
        match marker {
            _ if is_start_of_frame(marker) => {
                self.frame = Some(match self.frame.take() {
                    Some(first) => first,
                    None => frame(marker, segment)?,
                });
            }
            // The last table before the first scan is the one that it was coded with.
            DQT if self.scans == 0 => {
                for (id, table) in tables(segment) {
                    if let Some(slot) = self.tables.get_mut(usize::from(id)) {
                        *slot = Some(table);
                    }
                }
            }
            SOS => self.scans += 1,
            APP0..=APP15 | COM => self.metadata(marker, segment),
            _ => {}
        }
        Ok(())
    }

    fn metadata(&mut self, marker: u8, segment: &'a [u8]) {
        let found = &mut self.metadata;
        found.bytes += segment.len() as u64;
        match marker {
            // A JFIF header of more than its fourteen bytes holds a thumbnail.
            APP0 if segment.starts_with(b"JFIF\0") => found.thumbnail |= segment.len() > 14,
            APP0 if segment.starts_with(b"JFXX\0") => found.thumbnail = true,
            APP0 if segment.starts_with(b"AVI1") => {}
            APP14 if segment.starts_with(b"Adobe") => {}
            APP1 if segment.starts_with(b"Exif\0") => {
                found.exif = true;
                self.exif.get_or_insert(segment);
            }
            APP1 if segment.starts_with(b"http://ns.adobe.com/") => {
                found.xmp = true;
                found.gain_map |= tells_of_gain_map(segment);
            }
            APP2 if self.icc.take(marker, segment) => {}
            APP2 if segment.starts_with(b"MPF\0") => found.multi_picture = true,
            APP2 if segment.starts_with(b"urn:iso:std:iso:ts:21496:-1\0") => {
                found.other = true;
                found.gain_map = true;
            }
            APP13 => found.iptc = true,
            COM => found.comment = true,
            _ => found.other = true,
        }
    }
}

/// Google's and Adobe's gain maps declare a namespace of their own, Apple's a kind of auxiliary picture.
fn tells_of_gain_map(data: &[u8]) -> bool {
    ["ns.adobe.com/hdr-gain-map/", "aux:hdrgainmap"].iter().any(|name| memchr::memmem::find(data, name.as_bytes()).is_some())
}

fn frame(marker: u8, segment: &[u8]) -> Result<Frame> {
    let unsupported = |detail| Error::UnsupportedFormat { format: Format::Jpeg, detail: Some(detail) };
    match marker {
        0xc0..=0xc2 => {}
        0xc3 => return Err(unsupported("lossless coding")),
        0xc5..=0xc7 => return Err(unsupported("hierarchical coding")),
        _ => return Err(unsupported("arithmetic coding")),
    }
    let progressive = marker == 0xc2;
    let mut bytes = Bytes::new(segment);
    let mut read = || {
        let precision = bytes.u8()?;
        let height = bytes.u16_be()?;
        let width = bytes.u16_be()?;
        let components = bytes.u8()?;
        let mut tables = Vec::new();
        for _ in 0..components {
            let (_id, _sampling) = (bytes.u8()?, bytes.u8()?);
            tables.push(bytes.u8()?);
        }
        let luma_table = *tables.first()?;
        Some((precision, Frame { width, height, progressive, components, luma_table }))
    };
    match read() {
        None => Err(Error::malformed(Format::Jpeg, "a start of frame that is too short")),
        Some((precision, ..)) if precision != 8 => Err(unsupported("more than 8 bits a sample")),
        Some((_, frame)) if matches!(frame.components, 1 | 3 | 4) => Ok(frame),
        Some(_) => Err(unsupported("a number of components other than 1, 3 or 4")),
    }
}

fn tables(segment: &[u8]) -> Vec<(u8, Table)> {
    let mut bytes = Bytes::new(segment);
    let mut tables = Vec::new();
    while let Some(id) = bytes.u8() {
        let mut table = [0; 64];
        for entry in &mut table {
            let value = if id >> 4 == 0 { bytes.u8().map(u16::from) } else { bytes.u16_be() };
            let Some(value) = value else { return tables };
            *entry = value;
        }
        tables.push((id & 0x0f, table));
    }
    tables
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scans_are_bounded_by_the_pixels() {
        for (megapixels, most) in [(0, 100), (1, 100), (25, 100), (26, 96), (50, 50), (100, 25), (4000, 25)] {
            assert_eq!(most_scans(megapixels * 1_000_000), most, "{megapixels}");
        }
    }
}
