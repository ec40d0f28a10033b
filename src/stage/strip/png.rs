//! The chunks of a PNG file that hold its picture.

use crate::container::png;

/// The still picture. What says how its numbers are meant is not kept: where that is not sRGB, the picture is not stripped but converted.
/// `None` too where there are surplus bytes in the picture's own chunks.
pub(super) fn strip(bytes: &[u8]) -> Option<Vec<u8>> {
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
