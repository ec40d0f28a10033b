//! A JPEG file's segments, from the start marker to the end marker (ITU-T T.81, annex B).

use super::bytes::Bytes;
use super::quality::Table;
use super::{exif, quality};
use crate::error::{Error, Result};
use crate::header::{Format, Header, JpegHeader, Metadata, Orientation};
use crate::icc;

const SOI: u8 = 0xd8;
const EOI: u8 = 0xd9;
const SOS: u8 = 0xda;
const DQT: u8 = 0xdb;
const APP0: u8 = 0xe0;
const APP1: u8 = 0xe1;
const APP2: u8 = 0xe2;
const APP13: u8 = 0xed;
const APP14: u8 = 0xee;
const APP15: u8 = 0xef;
const COM: u8 = 0xfe;

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
    icc_chunks: Vec<(u8, &'a [u8])>,
    metadata: Metadata,
    scans: usize,
    complete: bool,
}

/// Progressive encoders write about ten scans. Every further one costs time for the whole picture.
const MOST_SCANS: usize = 100;

pub(super) fn probe(bytes: &[u8]) -> Result<Header> {
    let walk = Walk::along(bytes)?;
    let frame = walk.frame.as_ref().ok_or_else(|| Error::malformed(Format::Jpeg, "ends before the picture's dimensions"))?;
    let most_scans = if frame.progressive { MOST_SCANS } else { usize::from(frame.components) };
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
        file_size: bytes.len() as u64,
        jpeg: Some(jpeg),
        color_profile: walk.icc().as_deref().map(icc::name),
        metadata: Metadata { gps: exif.is_some_and(|exif| exif.gps), ..walk.metadata },
        complete: walk.complete,
    })
}

impl<'a> Walk<'a> {
    /// Walks to the end marker, or to where the file stops making sense. Only what makes the dimensions unknowable or the
    /// coding one that is not read is an error here; the decoder has its own opinion of the rest.
    fn along(bytes: &'a [u8]) -> Result<Self> {
        let mut walk = Self::default();
        let mut bytes = Bytes::new(bytes);
        while let Some(marker) = next_marker(&mut bytes) {
            match marker {
                EOI => {
                    walk.complete = true;
                    walk.metadata.trailing_bytes = bytes.remaining() as u64;
                    break;
                }
                SOI | 0x01 | 0xd0..=0xd7 => {}
                _ => {
                    let Some(segment) = segment(&mut bytes) else { break };
                    walk.segment(marker, segment)?;
                }
            }
        }
        Ok(walk)
    }

    fn segment(&mut self, marker: u8, segment: &'a [u8]) -> Result<()> {
        match marker {
            // All start-of-frame markers; 0xc4 (DHT), 0xc8 (JPG) and 0xcc (DAC) lie between them.
            0xc0..=0xcf if !matches!(marker, 0xc4 | 0xc8 | 0xcc) => {
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
            APP0 if segment.starts_with(b"JFIF\0") || segment.starts_with(b"JFXX\0") || segment.starts_with(b"AVI1") => {}
            APP14 if segment.starts_with(b"Adobe") => {}
            APP1 if segment.starts_with(b"Exif\0") => {
                found.exif = true;
                self.exif.get_or_insert(segment);
            }
            APP1 if segment.starts_with(b"http://ns.adobe.com/") => found.xmp = true,
            APP2 if segment.starts_with(b"ICC_PROFILE\0") => {
                if let Some((&[sequence, _count], data)) = segment.get(12..).and_then(<[u8]>::split_first_chunk) {
                    self.icc_chunks.push((sequence, data));
                }
            }
            APP2 if segment.starts_with(b"MPF\0") => found.multi_picture = true,
            APP13 => found.iptc = true,
            COM => found.comment = true,
            _ => found.other = true,
        }
    }

    /// The ICC profile, put together from its numbered parts.
    fn icc(&self) -> Option<Vec<u8>> {
        let mut chunks = self.icc_chunks.clone();
        chunks.sort_by_key(|&(sequence, _)| sequence);
        (!chunks.is_empty()).then(|| chunks.iter().flat_map(|&(_, data)| data).copied().collect())
    }
}

/// The next marker's code: after `0xff`, with fill bytes allowed before it, and passing over entropy-coded data, in which a
/// stuffed zero follows every `0xff` that is no marker.
fn next_marker(bytes: &mut Bytes<'_>) -> Option<u8> {
    loop {
        if !bytes.skip_past(0xff) {
            return None;
        }
        let mut code = bytes.u8()?;
        while code == 0xff {
            code = bytes.u8()?;
        }
        if code != 0 {
            return Some(code);
        }
    }
}

/// The content of a segment: its length, which counts itself, comes first.
fn segment<'a>(bytes: &mut Bytes<'a>) -> Option<&'a [u8]> {
    let length = bytes.u16_be()?;
    bytes.take(usize::from(length).checked_sub(2)?)
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
        let mut sampling = Vec::new();
        let mut tables = Vec::new();
        for _ in 0..components {
            let _id = bytes.u8()?;
            sampling.push(bytes.u8()?);
            tables.push(bytes.u8()?);
        }
        let luma_table = *tables.first()?;
        Some((precision, sampling, Frame { width, height, progressive, components, luma_table }))
    };
    match read() {
        None => Err(Error::malformed(Format::Jpeg, "a start of frame that is too short")),
        Some((precision, ..)) if precision != 8 => Err(unsupported("more than 8 bits a sample")),
        Some((_, sampling, _)) if is_misread(&sampling, progressive) => Err(unsupported("a rare chroma subsampling")),
        Some((_, _, frame)) if matches!(frame.components, 1 | 3 | 4) => Ok(frame),
        Some(_) => Err(unsupported("a number of components other than 1, 3 or 4")),
    }
}

/// Whether the decoder would take the components' sampling factors (horizontal in the upper four bits, vertical in the lower) for
/// others and show noise, or give up. No camera writes such files: more chroma than luma, or baseline pictures with chroma
/// subsampled by four from top to bottom, or by four and two.
fn is_misread(sampling: &[u8], progressive: bool) -> bool {
    let factors = |byte: &u8| (byte >> 4, byte & 0x0f);
    let Some((luma_across, luma_down)) = sampling.first().map(factors) else { return false };
    sampling.iter().map(factors).any(|(across, down)| {
        let rare = down > 2 || across * down > 4;
        across > luma_across || down > luma_down || (rare && !progressive)
    })
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
