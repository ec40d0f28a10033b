//! Cuts a file at its markers (T.81, B.1.1).

use super::{Error, Result};

pub(super) const SOI: u8 = 0xd8;
pub(super) const EOI: u8 = 0xd9;
pub(super) const SOS: u8 = 0xda;
pub(super) const DQT: u8 = 0xdb;
pub(super) const DRI: u8 = 0xdd;
pub(super) const DHP: u8 = 0xde;
pub(super) const EXP: u8 = 0xdf;
pub(super) const DHT: u8 = 0xc4;
pub(super) const APP0: u8 = 0xe0;
pub(super) const APP14: u8 = 0xee;
pub(super) const RST0: u8 = 0xd0;
pub(super) const RST7: u8 = 0xd7;

/// All start-of-frame markers; DHT (0xc4), JPG (0xc8) and DAC (0xcc) lie between them.
pub(super) const fn is_start_of_frame(marker: u8) -> bool {
    matches!(marker, 0xc0..=0xcf) && !matches!(marker, 0xc4 | 0xc8 | 0xcc)
}

/// A marker, and what belongs to it without the two bytes of its length.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Segment<'a> {
    pub(super) marker: u8,
    pub(super) content: &'a [u8],
}

/// The rest of a file, from which segments and entropy-coded data are taken in turn.
#[derive(Debug, Clone)]
pub(super) struct Segments<'a> {
    pub(super) rest: &'a [u8],
}

impl<'a> Segments<'a> {
    /// Begins behind the marker that starts every file.
    pub(super) fn of(bytes: &'a [u8]) -> Result<Self> {
        match bytes {
            [0xff, SOI, rest @ ..] => Ok(Self { rest }),
            _ => Err(Error::Malformed("no start of image")),
        }
    }

    /// The next segment. The end of the image has no content, nor have markers that belong into a scan.
    pub(super) fn next(&mut self) -> Result<Segment<'a>> {
        let marker = self.marker()?;
        if matches!(marker, EOI | RST0..=RST7 | 0x01) {
            return Ok(Segment { marker, content: &[] });
        }
        let (&length, rest) = self.rest.split_first_chunk().ok_or(Error::Malformed("cut off in a segment"))?;
        // The length counts itself.
        let length =
            usize::from(u16::from_be_bytes(length)).checked_sub(2).ok_or(Error::Malformed("a segment's length below two"))?;
        let (content, rest) = rest.split_at_checked(length).ok_or(Error::Malformed("cut off in a segment"))?;
        self.rest = rest;
        Ok(Segment { marker, content })
    }

    /// Any number of fill bytes of 0xff may stand before a marker's code. Stray bytes before them are passed over, as libjpeg does; so
    /// is a stuffed zero, which is no marker.
    fn marker(&mut self) -> Result<u8> {
        loop {
            let Some(at) = self.rest.iter().position(|&byte| byte == 0xff) else {
                return Err(Error::Malformed("cut off before the end of image"));
            };
            let behind = self.rest.get(at + 1..).unwrap_or_default();
            let code_at = behind.iter().position(|&byte| byte != 0xff).ok_or(Error::Malformed("cut off in a marker"))?;
            let (&code, rest) =
                behind.get(code_at..).unwrap_or_default().split_first().ok_or(Error::Malformed("cut off in a marker"))?;
            self.rest = rest;
            match code {
                0 => {}
                SOI => return Err(Error::Malformed("a marker that cannot stand here")),
                code => return Ok(code),
            }
        }
    }

    /// Passes over what an encoder left between a scan's last bit and the next marker. Some pad their files there.
    pub(super) fn skip_to_marker(&mut self) {
        let is_marker = |pair: &[u8]| matches!(pair, [0xff, code] if *code != 0);
        let stray = self.rest.windows(2).position(is_marker).unwrap_or(self.rest.len());
        self.rest = self.rest.get(stray..).unwrap_or_default();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_segments_of_a_file() {
        let file = b"\xff\xd8\xff\xfe\0\x05abc\xff\xff\xda\0\x03z12\xff\0\xff\xd9rest";
        let mut segments = Segments::of(file).unwrap();
        assert_eq!(segments.next().unwrap(), Segment { marker: 0xfe, content: b"abc" });
        assert_eq!(segments.next().unwrap(), Segment { marker: SOS, content: b"z" });
        assert_eq!(segments.clone().next().unwrap().marker, EOI, "entropy-coded data are passed over");
        segments.skip_to_marker();
        assert_eq!(segments.next().unwrap(), Segment { marker: EOI, content: b"" });
        assert_eq!(segments.rest, b"rest");
    }

    /// `jpeg_ff00_header.jpg` among Pillow's tests has an empty segment of no kind: libjpeg passes over it, and warns.
    #[test]
    fn stray_bytes_between_segments_are_passed_over() {
        let file = b"\xff\xd8\xff\0\0\x02\xff\xfe\0\x05abcd\xff\0\xff\xff\0e\xff\xd9";
        let mut segments = Segments::of(file).unwrap();
        assert_eq!(segments.next().unwrap(), Segment { marker: 0xfe, content: b"abc" });
        assert_eq!(segments.next().unwrap(), Segment { marker: EOI, content: b"" });
    }

    #[test]
    fn what_is_no_segment() {
        for bytes in
            [&b""[..], b"\xff", b"\xff\xff", b"\xff\xfe", b"\xff\xfe\0", b"\xff\xfe\0\x01", b"\xff\xfe\0\x04a", b"\xff\0", b"x"]
        {
            assert!(Segments { rest: bytes }.next().is_err(), "{bytes:?}");
        }
        assert!(Segments::of(b"\xff\xd9").is_err());
    }
}
