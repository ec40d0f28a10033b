//! Reads the bits of entropy-coded data (T.81, F.2.2.5).

use super::segments::RST0;
use super::{Error, Result};

/// Bits from the front of a scan's data. Ends at the next marker, from where on there are zeros; whoever reads asks now and then
/// whether any of these were used.
#[derive(Debug, Clone, Copy)]
pub(super) struct Bits<'a> {
    /// What is not yet in the buffer. Never goes past a marker.
    pub(super) rest: &'a [u8],
    /// The next bits, from the highest. Below those that are counted there may be more of the same, never anything else.
    buffer: u64,
    /// How many bits of the buffer count; at most 63.
    count: u32,
    /// How many zeros were put behind the data's end.
    padding: u64,
}

impl<'a> Bits<'a> {
    /// As many bits as can be read after each `refill`.
    pub(super) const REFILLED: u32 = 56;

    pub(super) const fn new(rest: &'a [u8]) -> Self {
        Self { rest, buffer: 0, count: 0, padding: 0 }
    }

    /// Makes sure of `need` bits, at most 56.
    #[inline(always)]
    pub(super) fn need(&mut self, need: u32) {
        if self.count < need {
            self.refill();
        }
    }

    /// Fills the buffer to 56 bits or more.
    #[inline(always)]
    pub(super) fn refill(&mut self) {
        if let Some(&bytes) = self.rest.first_chunk::<8>() {
            let word = u64::from_be_bytes(bytes);
            if !has_ff(word) {
                self.buffer |= word >> self.count;
                self.rest = &self.rest[(((63 - self.count) >> 3) & 7) as usize..];
                self.count |= Self::REFILLED;
                return;
            }
        }
        *self = self.refill_bytewise();
    }

    /// Taken by value and returned so that the fields can live in registers elsewhere.
    #[cold]
    #[inline(never)]
    fn refill_bytewise(mut self) -> Self {
        // Bits below those that count may be there already.
        self.buffer &= !(u64::MAX >> self.count);
        while self.count < Self::REFILLED {
            let byte = match *self.rest {
                // A zero is stuffed behind each 0xff that is no marker.
                [0xff, 0, ref rest @ ..] => {
                    self.rest = rest;
                    0xff
                }
                [byte, ref rest @ ..] if byte != 0xff => {
                    self.rest = rest;
                    byte
                }
                _ => {
                    self.padding += 8;
                    0
                }
            };
            self.buffer |= u64::from(byte) << (56 - self.count);
            self.count += 8;
        }
        self
    }

    /// The next `count` bits, from one to 16, without passing over them.
    #[inline(always)]
    #[allow(clippy::cast_possible_truncation, reason = "at most 16 bits")]
    pub(super) const fn peek(&self, count: u32) -> usize {
        (self.buffer >> (64 - count)) as usize
    }

    /// Passes over bits that are there.
    #[inline(always)]
    pub(super) const fn skip(&mut self, count: u32) {
        self.buffer <<= count;
        self.count -= count;
    }

    /// The next `count` bits, at most 16, which must be there.
    #[inline(always)]
    #[allow(clippy::cast_possible_truncation, reason = "at most 16 bits")]
    pub(super) const fn take(&mut self, count: u32) -> i32 {
        // In two steps, for a count of zero.
        let value = (self.buffer >> 1 >> (63 - count)) as i32;
        self.skip(count);
        value
    }

    /// The next `size` bits as a difference or a coefficient (T.81, F.2.2.1, EXTEND); they must be there.
    #[inline(always)]
    pub(super) const fn take_signed(&mut self, size: u32) -> i32 {
        extend(self.take(size), size)
    }

    /// An error if bits were read that are not in the data.
    #[inline(always)]
    pub(super) const fn check(&self) -> Result<()> {
        if self.padding > self.count as u64 { Err(Error::Malformed("entropy-coded data end too early")) } else { Ok(()) }
    }

    /// Whether there is more in front of the next marker than what fills up the last byte: nothing that a picture needs. Zeros, ones behind
    /// them, and a restart marker tell nothing, and encoders do leave them there.
    pub(super) fn has_surplus(&self) -> bool {
        let left = u64::from(self.count).saturating_sub(self.padding);
        let whole = left - left % 8;
        let buffered = self.buffer.unbounded_shl((left % 8) as u32).to_be_bytes().into_iter().take((whole / 8) as usize);
        let is_marker = |pair: &[u8]| matches!(pair, [0xff, code] if !matches!(code, 0 | 0xd0..=0xd7 | 0xff));
        let ends = self.rest.windows(2).position(is_marker).unwrap_or(self.rest.len());
        let rest = self.rest.get(..ends).unwrap_or_default();
        let rest = if let [rest @ .., 0xff, 0xd0..=0xd7] = rest { rest } else { rest };
        // The zero behind a byte of ones belongs to it.
        let stuffed = |at: usize| at > 0 && rest.get(at - 1) == Some(&0xff) && rest.get(at) == Some(&0);
        let unstuffed = rest.iter().enumerate().filter(|&(at, _)| !stuffed(at)).map(|(_, &byte)| byte);
        let mut bytes = buffered.chain(unstuffed).skip_while(|&byte| byte == 0);
        bytes.any(|byte| byte != 0xff)
    }

    /// Passes over the restart marker that must stand here, the `index`-th of the scan.
    pub(super) fn restart(&mut self, index: usize) -> Result<()> {
        self.check()?;
        if u64::from(self.count) - self.padding >= 8 {
            return Err(Error::Malformed("data in front of a restart marker"));
        }
        let mut rest = self.rest;
        while let [0xff, 0xff, ..] = rest {
            rest = &rest[1..];
        }
        match rest {
            [0xff, code, rest @ ..] if usize::from(code.wrapping_sub(RST0)) == index % 8 => {
                *self = Self::new(rest);
                Ok(())
            }
            _ => Err(Error::Malformed("a restart marker is missing or out of order")),
        }
    }
}

/// Values whose first bit is zero are negative.
#[inline(always)]
pub(super) const fn extend(value: i32, size: u32) -> i32 {
    if size > 0 && value < 1 << (size - 1) { value - (1 << size) + 1 } else { value }
}

/// Whether a byte is 0xff.
#[inline(always)]
const fn has_ff(word: u64) -> bool {
    // A zero byte of the complement borrows from its highest bit.
    let ones = u64::from_ne_bytes([0x01; 8]);
    let highs = u64::from_ne_bytes([0x80; 8]);
    (!word).wrapping_sub(ones) & word & highs != 0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bits_in_order_without_stuffing() {
        let data: Vec<u8> = (0..200_u32).map(|index| (index * 37 % 251) as u8).collect();
        let stuffed: Vec<u8> =
            data.iter().flat_map(|&byte| if byte % 5 == 0 { vec![0xff, 0, byte] } else { vec![byte] }).collect();
        let plain: Vec<u8> = data.iter().flat_map(|&byte| if byte % 5 == 0 { vec![0xff, byte] } else { vec![byte] }).collect();
        let mut bits = Bits::new(&stuffed);
        let mut at = 0;
        for size in (1..=16).cycle() {
            if at + size > 8 * plain.len() {
                break;
            }
            let expected = (at..at + size).fold(0, |value, bit| value << 1 | i32::from(plain[bit / 8] >> (7 - bit % 8) & 1));
            bits.need(16);
            assert_eq!(bits.take(size as u32), expected, "at bit {at}");
            bits.check().unwrap();
            at += size;
        }
        bits.need(56);
        bits.skip(40);
        assert!(bits.check().is_err());
    }

    #[test]
    fn a_marker_ends_the_data() {
        let mut bits = Bits::new(b"\xa5\xff\xd3\x11\xff\xff\xd4\x22");
        bits.need(32);
        assert_eq!(bits.take(4), 0xa);
        assert!(bits.clone().restart(2).is_err());
        bits.clone().restart(3).unwrap();
        bits.restart(11).unwrap();
        bits.need(8);
        assert!(bits.clone().restart(4).is_err(), "a byte was not read");
        assert_eq!(bits.take(8), 0x11);
        bits.restart(4).unwrap();
        bits.need(8);
        assert_eq!(bits.take(8), 0x22);
        bits.check().unwrap();
        assert!(bits.restart(5).is_err());
    }

    #[test]
    fn surplus_is_what_could_tell_something() {
        // Of 0xa5 the first four bits are read: what fills up that byte is not looked at.
        let has_surplus = |behind: &[u8]| {
            let data = [b"\xa5", behind, b"\xff\xd9rest"].concat();
            let mut bits = Bits::new(&data);
            bits.need(4);
            bits.skip(4);
            let by_bytes = bits.refill_bytewise();
            assert_eq!(bits.has_surplus(), by_bytes.has_surplus());
            bits.has_surplus()
        };
        let plain: [&[u8]; 7] = [b"", b"\0", &[0; 40], b"\xff\0\xff\0", b"\xff\xff\xff", b"\0\0\xff\0\xff\xff", b"\0\xff\xd3"];
        for behind in plain {
            assert!(!has_surplus(behind), "{behind:x?}");
        }
        let long = [&[0; 40][..], b"x"].concat();
        let telling: [&[u8]; 7] =
            [b"x", &long, b"\xff\0\0", b"\0\xff\0\0\xff\0", b"\xff\xd3x", b"\xff\xd3\xff\xd4", b"\xff\0x\xff\xd0"];
        for behind in telling {
            assert!(has_surplus(behind), "{behind:x?}");
        }
    }

    #[test]
    fn signs() {
        assert_eq!([0, 1].map(|value| extend(value, 1)), [-1, 1]);
        assert_eq!([0, 1, 2, 3].map(|value| extend(value, 2)), [-3, -2, 2, 3]);
        assert_eq!(extend(0, 15), -32767);
        assert_eq!(extend(0, 0), 0);
    }

    #[test]
    fn bytes_of_ones_are_found() {
        for shift in 0..8 {
            for byte in 0..=255_u8 {
                let word = u64::from(byte) << (8 * shift);
                assert!(!has_ff(word) || byte == 0xff);
                assert!(has_ff(word | 0xff << (8 * ((shift + 3) % 8))));
            }
        }
    }
}
