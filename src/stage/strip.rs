//! A file without anything but its picture: bytes -> bytes, with the picture's own data as they were. What is kept is listed;
//! whatever else there is goes, known or not.

use crate::container::jpeg::{APP0, APP14, DHT, DNL, DQT, DRI, EOI, Piece, Pieces, SOI, SOS, is_start_of_frame};
use crate::container::{png, webp};
use crate::header::{Format, Header};

/// The file reduced to what decoding needs; `None` if it does not lead to its end or its format is not one that can be stripped.
pub(crate) fn strip(bytes: &[u8], header: &Header) -> Option<Vec<u8>> {
    match header.format {
        Format::Jpeg => jpeg(bytes),
        Format::Png => png(bytes),
        Format::WebP if !header.metadata.multi_picture => webp(bytes),
        _ => None,
    }
}

/// Frames, tables, scans; of the application segments JFIF's without its thumbnail and Adobe's, which both say how colours are
/// coded.
fn jpeg(bytes: &[u8]) -> Option<Vec<u8>> {
    const JFIF: usize = 12;
    const ADOBE: usize = 12;
    let mut stripped = Vec::with_capacity(bytes.len());
    stripped.extend([0xff, SOI]);
    let segment = |stripped: &mut Vec<u8>, marker: u8, content: &[u8]| {
        stripped.extend([0xff, marker]);
        stripped.extend((u16::try_from(content.len()).ok()? + 2).to_be_bytes());
        stripped.extend(content);
        Some(())
    };
    // Tables are for the scans behind them; behind the last one they are of no use.
    let mut used = stripped.len();
    for piece in Pieces::of(bytes) {
        match piece {
            Piece::Segment { marker: marker @ (DHT | DQT), content } => {
                segment(&mut stripped, marker, content)?;
                continue;
            }
            Piece::Segment { marker: APP0, content } if content.starts_with(b"JFIF\0") => {
                let without_thumbnail = [content.get(..JFIF)?, &[0, 0]].concat();
                segment(&mut stripped, APP0, &without_thumbnail)?;
            }
            Piece::Segment { marker: APP14, content } if content.starts_with(b"Adobe") => {
                segment(&mut stripped, APP14, content.get(..ADOBE)?)?;
            }
            Piece::Segment { marker, content } if is_start_of_frame(marker) || matches!(marker, DRI | DNL | SOS) => {
                segment(&mut stripped, marker, content)?;
            }
            Piece::Segment { .. } => continue,
            Piece::Scan(data) => stripped.extend(data),
            Piece::End { .. } => {
                stripped.truncate(used);
                stripped.extend([0xff, EOI]);
                return Some(stripped);
            }
        }
        used = stripped.len();
    }
    None
}

/// The still picture. What says how its numbers are meant is not kept: where that is not sRGB, the picture is not stripped but converted.
/// `None` too where there are surplus bytes in the picture's own chunks.
fn png(bytes: &[u8]) -> Option<Vec<u8>> {
    let mut stripped = Vec::with_capacity(bytes.len());
    stripped.extend(png::SIGNATURE);
    let mut data = Inflation::new();
    let (mut layout, mut colors, mut transparency) = (None, 0, false);
    for png::Chunk { kind, data: content, raw } in png::Chunks::of(bytes) {
        let begun = data.begun();
        let keep = match (&kind, layout) {
            (b"IHDR", None) => {
                let content = png::Layout::of(content)?;
                data.length = content.data_length()?;
                layout = Some(content);
                true
            }
            (b"IHDR", Some(_)) => return None,
            (b"PLTE", Some(layout)) if layout.is_indexed() => {
                if begun || colors > 0 || content.len() > 3 * layout.most_colors() {
                    return None;
                }
                colors = content.len() / 3;
                true
            }
            (b"tRNS", Some(layout)) => {
                if begun || transparency || !layout.fits_transparency(content.len(), colors) {
                    return None;
                }
                transparency = true;
                true
            }
            (b"IDAT", Some(_)) => {
                data.take(content)?;
                true
            }
            (b"IEND", Some(_)) => {
                stripped.extend(raw);
                return (content.is_empty() && data.ended()).then_some(stripped);
            }
            _ => false,
        };
        if keep {
            stripped.extend(raw);
        }
    }
    None
}

/// A compressed stream that is read to its end, and not kept: only how long it is.
struct Inflation {
    stream: flate2::Decompress,
    /// How long it is to be.
    length: u64,
    ended: bool,
    scratch: Vec<u8>,
}

impl Inflation {
    fn new() -> Self {
        Self { stream: flate2::Decompress::new(true), length: 0, ended: false, scratch: vec![0; 1 << 16] }
    }

    fn begun(&self) -> bool {
        self.stream.total_in() > 0
    }

    /// `None` if the stream is damaged, too long, or already at its end.
    fn take(&mut self, mut bytes: &[u8]) -> Option<()> {
        while !bytes.is_empty() {
            if self.ended {
                return None;
            }
            let (read, written) = (self.stream.total_in(), self.stream.total_out());
            let status = self.stream.decompress(bytes, &mut self.scratch, flate2::FlushDecompress::None).ok()?;
            let taken = usize::try_from(self.stream.total_in() - read).ok()?;
            bytes = bytes.get(taken..)?;
            self.ended = status == flate2::Status::StreamEnd;
            let stands_still = taken == 0 && self.stream.total_out() == written && !self.ended;
            if stands_still || self.stream.total_out() > self.length {
                return None;
            }
        }
        Some(())
    }

    /// Whether the stream is complete and was exactly as long as it is to be.
    fn ended(&mut self) -> bool {
        // The last of what was read may still be on its way out.
        while !self.ended && self.stream.total_out() <= self.length {
            let written = self.stream.total_out();
            let status = self.stream.decompress(&[], &mut self.scratch, flate2::FlushDecompress::Finish);
            self.ended = status.is_ok_and(|status| status == flate2::Status::StreamEnd);
            if self.stream.total_out() == written {
                break;
            }
        }
        self.ended && self.stream.total_out() == self.length
    }
}

fn webp(bytes: &[u8]) -> Option<Vec<u8>> {
    let mut extended;
    let mut kept = Vec::new();
    let first = webp::Chunks::of(bytes)?.next()?;
    if &first.kind == b"VP8X" {
        extended = first.data.get(..10)?.to_vec();
        *extended.first_mut()? &= webp::ALPHA;
        kept.push(webp::Chunk { kind: *b"VP8X", data: &extended });
    }
    let picture = webp::Chunks::of(bytes)?.filter(|chunk| matches!(&chunk.kind, b"ALPH" | b"VP8 " | b"VP8L"));
    webp::file(bytes.len(), kept.into_iter().chain(picture))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stripped(bytes: &[u8]) -> Vec<u8> {
        jpeg(bytes).unwrap()
    }

    /// The smallest that is a JPEG file to the walk: a frame of 8 x 8 and a scan.
    fn tiny_jpeg(segments: &[u8]) -> Vec<u8> {
        let frame = b"\xff\xc0\0\x0b\x08\0\x08\0\x08\x01\x01\x11\0";
        [b"\xff\xd8", segments, frame, b"\xff\xda\0\x08\x01\x01\0\0\x3f\0ab\xff\0c\xff\xd9"].concat()
    }

    #[test]
    fn a_jpeg_keeps_what_decodes_it() {
        let plain = tiny_jpeg(b"");
        assert_eq!(stripped(&plain), plain);
        for segment in [
            &b"\xff\xe1\0\x08Exif\0\0"[..],
            b"\xff\xe2\0\x06MPF\0",
            b"\xff\xfe\0\x05abc",
            b"\xff\xe0\0\x07JFXX\0",
            b"\xff\xe0\0\x06AVI1",
            b"\xff\xf3\0\x03x",
            b"\xff\xfe\0\x02stray",
            b"\xff\xff\xff",
        ] {
            assert_eq!(stripped(&tiny_jpeg(segment)), plain, "{segment:x?}");
        }
        assert_eq!(stripped(&[&plain[..], b"trailer"].concat()), plain);
    }

    #[test]
    fn jfif_loses_its_thumbnail_and_adobe_what_is_too_much() {
        let jfif = b"\xff\xe0\0\x10JFIF\0\x01\x02\x01\0\x48\0\x48\0\0";
        let adobe = b"\xff\xee\0\x0eAdobe\0\x64\0\0\0\0\x01";
        let plain = tiny_jpeg(&[&jfif[..], adobe].concat());
        assert_eq!(stripped(&plain), plain);
        let thumbnail = b"\xff\xe0\0\x13JFIF\0\x01\x02\x01\0\x48\0\x48\x01\x01rgb";
        let long = b"\xff\xee\0\x11Adobe\0\x64\0\0\0\0\x01abc";
        assert_eq!(stripped(&tiny_jpeg(&[&thumbnail[..], long].concat())), plain);
    }
}
