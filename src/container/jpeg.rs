//! A JPEG file's segments, from the start marker to the end marker (ITU-T T.81, annex B).

use super::bytes::Bytes;

pub(crate) const SOI: u8 = 0xd8;
pub(crate) const EOI: u8 = 0xd9;
pub(crate) const SOS: u8 = 0xda;
pub(crate) const DQT: u8 = 0xdb;
pub(crate) const DRI: u8 = 0xdd;
pub(crate) const DHT: u8 = 0xc4;
pub(crate) const APP0: u8 = 0xe0;
pub(crate) const APP1: u8 = 0xe1;
pub(crate) const APP2: u8 = 0xe2;
pub(crate) const APP13: u8 = 0xed;
pub(crate) const APP14: u8 = 0xee;
pub(crate) const APP15: u8 = 0xef;
pub(crate) const COM: u8 = 0xfe;

/// All start-of-frame markers; 0xc4 (DHT), 0xc8 (JPG) and 0xcc (DAC) lie between them.
pub(crate) const fn is_start_of_frame(marker: u8) -> bool {
    matches!(marker, 0xc0..=0xcf) && !matches!(marker, 0xc4 | 0xc8 | 0xcc)
}

/// A piece of the file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Piece<'a> {
    /// A marker and what belongs to it, without the two bytes of its length.
    Segment { marker: u8, content: &'a [u8] },
    /// Entropy-coded data with its restart markers, after a start of scan.
    Scan(&'a [u8]),
    /// The end marker, and what follows it in the file.
    End { trailing: &'a [u8] },
}

/// The parts of an ICC profile, which is cut up where it is longer than a segment.
#[derive(Debug, Clone, Default)]
pub(crate) struct IccChunks<'a>(Vec<(u8, &'a [u8])>);

impl<'a> IccChunks<'a> {
    const NAME: &'static [u8] = b"ICC_PROFILE\0";

    /// They are numbered from 1 in a byte.
    const MOST: usize = 255;

    /// Takes an application segment if it holds such a part, and tells whether it does.
    pub(crate) fn take(&mut self, marker: u8, content: &'a [u8]) -> bool {
        let part = content.strip_prefix(Self::NAME).filter(|_| marker == APP2);
        if let Some((&[sequence, _count], data)) = part.and_then(<[u8]>::split_first_chunk).filter(|_| self.0.len() < Self::MOST)
        {
            self.0.push((sequence, data));
        }
        part.is_some()
    }

    /// The profile, put together from its numbered parts.
    pub(crate) fn joined(mut self) -> Option<Vec<u8>> {
        self.0.sort_by_key(|&(sequence, _)| sequence);
        (!self.0.is_empty()).then(|| self.0.iter().flat_map(|&(_, data)| data).copied().collect())
    }
}

/// The ICC profile of a file, which comes before its first scan.
pub(crate) fn icc_profile(file: &[u8]) -> Option<Vec<u8>> {
    let mut chunks = IccChunks::default();
    for piece in Pieces::of(file) {
        match piece {
            Piece::Segment { marker: SOS, .. } => break,
            Piece::Segment { marker, content } => _ = chunks.take(marker, content),
            _ => {}
        }
    }
    chunks.joined()
}

/// Walks along the pieces. Ends after the end marker, or where the file stops making sense.
#[derive(Debug, Clone)]
pub(crate) struct Pieces<'a> {
    bytes: Bytes<'a>,
    in_scan: bool,
    ended: bool,
}

impl<'a> Pieces<'a> {
    pub(crate) const fn of(file: &'a [u8]) -> Self {
        Self { bytes: Bytes::new(file), in_scan: false, ended: false }
    }

    /// The next marker's code: after `0xff`, with fill bytes allowed before it. Stray bytes in front of it are passed over, as
    /// decoders do.
    fn marker(&mut self) -> Option<u8> {
        loop {
            if !self.bytes.skip_past(0xff) {
                return None;
            }
            let mut code = self.bytes.u8()?;
            while code == 0xff {
                code = self.bytes.u8()?;
            }
            if code != 0 {
                return Some(code);
            }
        }
    }

    /// Data up to the next marker that is none of restart. In it a stuffed zero follows every `0xff` that is no marker.
    fn scan(&mut self) -> &'a [u8] {
        let rest = self.bytes.rest();
        let ends = memchr::memchr_iter(0xff, rest)
            .find(|&at| !matches!(rest.get(at + 1), Some(0x00 | 0xd0..=0xd7)))
            .unwrap_or(rest.len());
        self.bytes.take(ends).unwrap_or_default()
    }
}

impl<'a> Iterator for Pieces<'a> {
    type Item = Piece<'a>;

    fn next(&mut self) -> Option<Piece<'a>> {
        if self.ended {
            return None;
        }
        if std::mem::take(&mut self.in_scan) {
            return Some(Piece::Scan(self.scan()));
        }
        loop {
            match self.marker()? {
                EOI => {
                    self.ended = true;
                    return Some(Piece::End { trailing: self.bytes.rest() });
                }
                SOI | 0x01 | 0xd0..=0xd7 => {}
                marker => {
                    // The length counts itself.
                    let length = usize::from(self.bytes.u16_be()?);
                    let content = self.bytes.take(length.checked_sub(2)?)?;
                    self.in_scan = marker == SOS;
                    return Some(Piece::Segment { marker, content });
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_pieces_of_a_file() {
        let file = b"\xff\xd8\xff\xfe\0\x05abc stray \xff\xff\xda\0\x03z12\xff\0\xff\xd03\xff\xff\xdd\0\x04\0\x01\xff\xd9rest";
        let pieces: Vec<_> = Pieces::of(file).collect();
        assert_eq!(
            pieces,
            [
                Piece::Segment { marker: COM, content: b"abc" },
                Piece::Segment { marker: SOS, content: b"z" },
                Piece::Scan(b"12\xff\0\xff\xd03"),
                Piece::Segment { marker: DRI, content: &[0, 1] },
                Piece::End { trailing: b"rest" },
            ]
        );
        // Cut anywhere, the walk ends early and never beyond the file.
        for length in 0..file.len() {
            let cut: Vec<_> = Pieces::of(&file[..length]).collect();
            assert!(cut.len() <= pieces.len());
        }
    }
}
