//! Passes over the coefficients that a reduced picture does not need, several with each look.

use super::bits::Bits;
use super::huffman::{Huffman, LOOK};
use super::{Error, Result};

/// How many bits are looked at.
const BITS: u32 = 12;

/// What the whole codes with their coefficients among the next bits add up to.
///
/// From the lowest: bits to pass over (4; zero if not even one coefficient is whole), how many positions of the block they fill
/// (10), and whether the last one ends the block (1).
#[derive(Debug, Clone, Copy)]
struct Entry(u16);

impl Entry {
    const END: u16 = 0x8000;

    const fn length(self) -> u32 {
        (self.0 & 0x0f) as u32
    }

    const fn positions(self) -> usize {
        (self.0 >> 4 & 0x3ff) as usize
    }

    const fn ends(self) -> bool {
        self.0 & Self::END != 0
    }
}

/// A table of AC codes to pass over.
#[derive(Debug)]
pub(super) struct Skip {
    look: Box<[Entry; 1 << BITS]>,
}

impl Skip {
    pub(super) fn new(ac: &Huffman) -> Self {
        let mut look = Box::new([Entry(0); 1 << BITS]);
        for (next, entry) in look.iter_mut().enumerate() {
            *entry = together(ac, next);
        }
        Self { look }
    }

    /// Passes over what follows the coefficient in front of zig-zag position `at` up to the block's end. Runs are checked as when
    /// the coefficients are kept.
    #[inline(always)]
    pub(super) fn to_end(&self, bits: &mut Bits, ac: &Huffman, mut at: usize) -> Result<()> {
        while at < 64 {
            bits.need(BITS);
            let entry = self.look[bits.peek(BITS) & ((1 << BITS) - 1)];
            let after = at + entry.positions();
            // What is behind a full block belongs to the next one: the last positions are gone through one by one.
            if after < 64 && entry.length() > 0 {
                bits.skip(entry.length());
                at = after;
                if entry.ends() {
                    return Ok(());
                }
            } else {
                at = one(bits, ac, at)?;
            }
        }
        Ok(())
    }
}

/// Adds up what the bits given, of `BITS`, begin with.
#[allow(clippy::cast_possible_truncation, reason = "at most 12 bits, and at most 12 runs of 16")]
fn together(ac: &Huffman, next: usize) -> Entry {
    let (mut length, mut positions, mut end) = (0, 0, 0);
    while length < BITS && end == 0 {
        let rest = next << length & ((1 << BITS) - 1);
        let entry = ac.entry(rest >> (BITS - LOOK));
        let (run, size) = (entry.run(), entry.size());
        let whole = entry.length() + if entry.has_value() { 0 } else { size };
        if entry.is_long() || length + whole > BITS || (size == 0 && run != 0 && run != 15) {
            break;
        }
        length += whole;
        if (run, size) == (0, 0) {
            end = Entry::END;
        } else {
            positions += run + 1;
        }
    }
    Entry(length as u16 | (positions as u16) << 4 | end)
}

/// Passes over one coefficient, or a run without one, and returns the position behind it.
#[inline(never)]
fn one(bits: &mut Bits, ac: &Huffman, at: usize) -> Result<usize> {
    bits.need(32);
    let symbol = ac.symbol(bits)?;
    let (run, size) = (usize::from(symbol >> 4), u32::from(symbol & 0x0f));
    bits.skip(size);
    let after = at + run + 1;
    match (run, size) {
        (0, 0) => Ok(64),
        (1..15, 0) => Err(Error::Malformed("a run of zeros without a coefficient")),
        _ if after > 64 => Err(Error::Malformed("a run beyond the end of a block")),
        _ => Ok(after),
    }
}
