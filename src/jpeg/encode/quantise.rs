//! Coefficients divided by the quantisation table, by multiplication.

use crate::jpeg::ZIGZAG;
use crate::jpeg::encode::transform::{Block, UNIT};

/// The position of a coefficient in a transposed block, from that in natural order.
pub(crate) const fn transposed(natural: usize) -> usize {
    ((natural & 7) << 3) | (natural >> 3)
}

/// Divides a block's coefficients by a table's entries, to the nearest integer, halves away from zero. Exact.
///
/// A magnitude c of `UNIT`ths becomes floor((c + UNIT / 2 * q) / (UNIT * q)). The numerator is first divided by four, which the
/// floor allows and which leaves it under 2^15. What is left to divide by, d = 4 q, lies in (2^s, 2^(s + 1)] for an s from 1 to 9.
/// With r = ceil(2^(16 + s) / d), which fits sixteen bits, r d exceeds 2^(16 + s) by less than d, so that n r / 2^(16 + s) has the
/// floor of n / d for all n < 2^15.
#[derive(Debug, Clone)]
pub(crate) struct Quantiser {
    /// UNIT / 2 * q.
    half: [u16; 64],
    /// r.
    reciprocal: [u16; 64],
    /// 2^(16 - s): the second multiplication shifts.
    shift: [u16; 64],
}

/// A quantised block, in transposed order.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Quantised {
    pub(crate) magnitudes: [u16; 64],
    /// The bits that tell a coefficient among those of its magnitude's length; those above are to be cut off.
    pub(crate) bits: [u16; 64],
    /// Bit k is set where the k-th coefficient in zig-zag order is not zero.
    pub(crate) nonzero: u64,
}

impl Quantiser {
    /// For a table in natural order.
    #[allow(clippy::cast_possible_truncation, reason = "as `Quantiser` says")]
    pub(crate) fn new(table: &[u8; 64]) -> Self {
        let mut this = Self { half: [0; 64], reciprocal: [0; 64], shift: [0; 64] };
        for (natural, &entry) in table.iter().enumerate() {
            let entry = u32::from(entry.max(1));
            let divisor = 4 * entry;
            let s = (divisor - 1).ilog2();
            let at = transposed(natural);
            this.half[at] = (u32::from(UNIT.unsigned_abs()) / 2 * entry) as u16;
            this.reciprocal[at] = (1_u32 << (16 + s)).div_ceil(divisor) as u16;
            this.shift[at] = 1 << (16 - s);
        }
        this
    }

    #[inline(always)]
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "high halves of products; the sign is a mask")]
    pub(crate) fn quantise(&self, block: &Block) -> Quantised {
        let high = |a: u16, b: u16| ((u32::from(a) * u32::from(b)) >> 16) as u16;
        let coefficients: &[i16; 64] = pulp::bytemuck::cast_ref(block);
        // One step at a time over all lanes: each is then one instruction on whole vectors.
        let mut magnitudes = [0; 64];
        let mut bits = [0; 64];
        let mut marks = [0_u8; 64];
        for i in 0..64 {
            magnitudes[i] = (coefficients[i].unsigned_abs() + self.half[i]) >> 2;
        }
        for i in 0..64 {
            magnitudes[i] = high(magnitudes[i], self.reciprocal[i]);
        }
        for i in 0..64 {
            magnitudes[i] = high(magnitudes[i], self.shift[i]);
        }
        for i in 0..64 {
            // Of a negative one, the complement (ITU-T T.81, F.1.2.1).
            bits[i] = magnitudes[i] ^ (coefficients[i] >> 15) as u16;
        }
        for i in 0..64 {
            marks[i] = if magnitudes[i] == 0 { 0 } else { 1 << (i & 7) };
        }
        Quantised { magnitudes, bits, nonzero: zigzagged(&marks) }
    }
}

/// The marks of each column's non-zero coefficients, in zig-zag order.
static ORDER: [[u64; 256]; 8] = {
    let mut order = [[0; 256]; 8];
    let mut k = 0;
    while k < 64 {
        let at = transposed(ZIGZAG[k] as usize);
        let mut marks = 0;
        while marks < 256 {
            if marks >> (at & 7) & 1 == 1 {
                order[at >> 3][marks] |= 1 << k;
            }
            marks += 1;
        }
        k += 1;
    }
    order
};

/// From one bit in each byte, its place within eight, to one bit for each coefficient in zig-zag order.
#[inline(always)]
fn zigzagged(marks: &[u8; 64]) -> u64 {
    let (columns, _) = marks.as_chunks::<8>();
    let mut nonzero = 0;
    for (order, column) in ORDER.iter().zip(columns) {
        // The bytes' sum ends up in the highest one.
        let sum = u64::from_le_bytes(*column).wrapping_mul(0x0101_0101_0101_0101) >> 56;
        nonzero |= order[(sum & 0xff) as usize];
    }
    nonzero
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_coefficient_is_divided_exactly_by_every_entry() {
        for entry in 1..=255_u8 {
            let quantiser = Quantiser::new(&[entry; 64]);
            for group in (-16384_i16..=16384).collect::<Vec<_>>().chunks(64) {
                let mut coefficients = [0; 64];
                coefficients[..group.len()].copy_from_slice(group);
                let quantised = quantiser.quantise(&pulp::bytemuck::cast(coefficients));
                for (i, &c) in coefficients.iter().enumerate() {
                    let (c, q) = (i32::from(c), i32::from(UNIT) * i32::from(entry));
                    let expected = (c.abs() + q / 2) / q;
                    assert_eq!(i32::from(quantised.magnitudes[i]), expected, "{c} / {entry}");
                    let bits = if c < 0 { !quantised.magnitudes[i] } else { quantised.magnitudes[i] };
                    assert_eq!(quantised.bits[i], bits);
                }
            }
        }
    }

    #[test]
    fn nonzero_coefficients_are_marked_in_zigzag_order() {
        let quantiser = Quantiser::new(&[1; 64]);
        for (k, &natural) in ZIGZAG.iter().enumerate() {
            let mut coefficients = [0_i16; 64];
            coefficients[transposed(natural.into())] = -UNIT;
            assert_eq!(quantiser.quantise(&pulp::bytemuck::cast(coefficients)).nonzero, 1 << k);
        }
        assert_eq!(quantiser.quantise(&pulp::bytemuck::cast([UNIT; 64])).nonzero, u64::MAX);
    }
}
