//! Huffman codes (T.81, annex C), decoded by looking up the next bits.

use super::bits::{Bits, extend};
use super::{Error, Result};

/// How many bits are looked at. Tables of both planes' AC codes stay in the nearest cache.
pub(super) const LOOK: u32 = 10;

/// What the next bits mean, if a whole code is among them.
///
/// From the lowest: bits to pass over (5), whether the coefficient's own bits are among them (bit 7), the symbol (8), and in
/// that case the coefficient (16). All zero if the code is longer than what was looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Entry(u32);

impl Entry {
    const LONG: Self = Self(0);
    const WITH_VALUE: u32 = 0x80;

    const fn code(length: u32, symbol: u8) -> Self {
        Self(length | (symbol as u32) << 8)
    }

    #[allow(clippy::cast_sign_loss, reason = "the upper half holds the bits of a signed number")]
    const fn value_too(length: u32, symbol: u8, value: i32) -> Self {
        Self(length | Self::WITH_VALUE | (symbol as u32) << 8 | (value as u32) << 16)
    }

    pub(super) const fn is_long(self) -> bool {
        self.0 == 0
    }

    /// Whether `value` is the coefficient, and `length` counts its bits.
    #[inline(always)]
    pub(super) const fn has_value(self) -> bool {
        self.0 & Self::WITH_VALUE != 0
    }

    #[inline(always)]
    pub(super) const fn length(self) -> u32 {
        self.0 & 0x1f
    }

    #[inline(always)]
    const fn symbol(self) -> u8 {
        self.0.to_le_bytes()[1]
    }

    /// For AC coefficients the run of zeros.
    #[inline(always)]
    pub(super) const fn run(self) -> usize {
        (self.0 >> 12 & 0x0f) as usize
    }

    /// How many bits the coefficient has of its own.
    #[inline(always)]
    pub(super) const fn size(self) -> u32 {
        self.0 >> 8 & 0x0f
    }

    #[inline(always)]
    #[allow(clippy::cast_possible_wrap, reason = "the upper half holds the bits of a signed number")]
    pub(super) const fn value(self) -> i32 {
        self.0 as i32 >> 16
    }
}

/// A table of codes.
#[derive(Debug, Clone)]
pub(super) struct Huffman {
    look: [Entry; 1 << LOOK],
    /// For each length, what the next 16 bits are below if they begin with a code of this length or a shorter one.
    limits: [u32; 17],
    /// For each length, what a code of it is above its symbol's index, by wrapping.
    offsets: [u32; 17],
    symbols: [u8; 256],
}

impl Huffman {
    /// From the number of codes of each length and the symbols in the order of their codes.
    pub(super) fn new(counts: &[u8; 16], codes: &[u8]) -> Result<Box<Self>> {
        let mut symbols = [0; 256];
        symbols.get_mut(..codes.len()).ok_or(Error::Malformed("a Huffman table of over 256 codes"))?.copy_from_slice(codes);
        let mut table = Self { look: [Entry::LONG; 1 << LOOK], limits: [0; 17], offsets: [0; 17], symbols };
        let (mut code, mut index) = (0_u32, 0_u32);
        for (length, &count) in (1_u32..).zip(counts) {
            code <<= 1;
            let at = length as usize;
            table.offsets[at] = code.wrapping_sub(index);
            for _ in 0..count {
                if length <= LOOK {
                    table.look_for(code, length, symbols[index as usize & 0xff]);
                }
                code += 1;
                index += 1;
            }
            if code > 1 << length {
                return Err(Error::Malformed("a Huffman table of more codes than there can be"));
            }
            table.limits[at] = code << (16 - length);
        }
        Ok(Box::new(table))
    }

    /// Notes a code wherever the next bits begin with it.
    #[allow(clippy::cast_possible_wrap, reason = "at most `LOOK` bits")]
    fn look_for(&mut self, code: u32, length: u32, symbol: u8) {
        let (rest, size) = (LOOK - length, u32::from(symbol & 0x0f));
        for behind in 0..1 << rest {
            let entry = if size > 0 && size <= rest {
                let value = extend((behind >> (rest - size)) as i32, size);
                Entry::value_too(length + size, symbol, value)
            } else {
                Entry::code(length, symbol)
            };
            if let Some(slot) = self.look.get_mut(((code << rest) + behind) as usize) {
                *slot = entry;
            }
        }
    }

    /// The entry for what the next bits are, of which there must be `LOOK`.
    #[inline(always)]
    pub(super) fn look(&self, bits: &Bits) -> Entry {
        self.look[bits.peek(LOOK) & ((1 << LOOK) - 1)]
    }

    /// The entry for the bits given, of `LOOK`.
    pub(super) fn entry(&self, bits: usize) -> Entry {
        self.look[bits & ((1 << LOOK) - 1)]
    }

    /// Passes over a code, but not over the bits of a coefficient behind it. There must be 16 bits.
    #[inline(always)]
    pub(super) fn symbol(&self, bits: &mut Bits) -> Result<u8> {
        let entry = self.look(bits);
        if entry.is_long() {
            return self.long_symbol(bits);
        }
        bits.skip(entry.length() - if entry.has_value() { entry.size() } else { 0 });
        Ok(entry.symbol())
    }

    /// As `symbol`, for codes that are longer than what is looked up, and for those that there are not.
    #[inline(never)]
    #[allow(clippy::cast_possible_truncation, reason = "16 bits")]
    fn long_symbol(&self, bits: &mut Bits) -> Result<u8> {
        let next = bits.peek(16) as u32;
        let length =
            (1..=16).find(|&length| next < self.limits[length as usize]).ok_or(Error::Malformed("a wrong Huffman code"))?;
        bits.skip(length);
        Ok(self.symbols[(next >> (16 - length)).wrapping_sub(self.offsets[length as usize]) as usize & 0xff])
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// All codes with their lengths and symbols, as C.2 builds them.
    fn codes(counts: &[u8; 16], symbols: &[u8]) -> Vec<(u32, u32, u8)> {
        let (mut code, mut all) = (0, Vec::new());
        let mut symbols = symbols.iter();
        for length in 1..=16 {
            for _ in 0..counts[length as usize - 1] {
                all.push((length, code, *symbols.next().unwrap()));
                code += 1;
            }
            code <<= 1;
        }
        all
    }

    /// Counts that do not ask for more codes than there are.
    fn counts_within(wishes: &[u8; 16]) -> [u8; 16] {
        let (mut free, mut total) = (1_u32, 0_u32);
        std::array::from_fn(|index| {
            free = (2 * free).min(1 << 17);
            let count = u32::from(wishes[index]).min(free).min(256 - total).min(255);
            free -= count;
            total += count;
            count as u8
        })
    }

    proptest! {
        #[test]
        fn as_bit_by_bit(wishes in any::<[u8; 16]>(), shift in 0_u32..8, symbols in any::<[[u8; 32]; 8]>(), data in any::<[u8; 32]>()) {
            let counts = counts_within(&wishes.map(|wish| wish >> shift));
            let total = counts.iter().map(|&count| usize::from(count)).sum::<usize>();
            let symbols = &symbols.as_flattened()[..total];
            let table = Huffman::new(&counts, symbols).unwrap();
            let codes = codes(&counts, symbols);
            let stuffed: Vec<u8> = data.iter().flat_map(|&byte| if byte == 0xff { vec![0xff, 0] } else { vec![byte] }).collect();
            let mut bits = Bits::new(&stuffed);
            let mut at = 0;
            let bit = |at: usize| u32::from(data.get(at / 8).map_or(0, |byte| byte >> (7 - at % 8) & 1));
            while at < 8 * data.len() {
                let mut code = 0;
                let expected = (1..=16).find_map(|length| {
                    code = code << 1 | bit(at + length as usize - 1);
                    codes.iter().find(|&&(of, value, _)| (of, value) == (length, code)).copied()
                });
                bits.need(32);
                let looked = table.look(&bits);
                let before = bits;
                let symbol = table.symbol(&mut bits);
                let Some((length, _, wanted)) = expected else {
                    prop_assert!(symbol.is_err());
                    return Ok(());
                };
                prop_assert_eq!(symbol, Ok(wanted));
                at += length as usize;
                if looked.has_value() {
                    prop_assert_eq!(looked.length(), length + looked.size());
                    prop_assert_eq!((looked.run(), looked.size()), (usize::from(wanted >> 4), u32::from(wanted & 15)));
                    prop_assert_eq!(looked.value(), bits.take_signed(looked.size()));
                    bits = before;
                    bits.skip(length);
                }
            }
        }
    }

    #[test]
    fn more_codes_than_there_can_be() {
        let mut counts = [0; 16];
        counts[0] = 3;
        assert!(Huffman::new(&counts, &[1, 2, 3]).is_err());
        counts[0] = 2;
        Huffman::new(&counts, &[1, 2]).unwrap();
        counts[15] = 1;
        assert!(Huffman::new(&counts, &[1, 2, 3]).is_err());
    }
}
