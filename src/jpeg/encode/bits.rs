//! Entropy-coded bits, most significant first, with a zero byte stuffed behind each 0xFF.

/// A 64-bit buffer before a vector of bytes. It is copied into local variables where it is used, so that it stays in registers.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Bits {
    /// The lower 64 - `free` bits wait; those above have been written already.
    waiting: u64,
    free: u32,
}

impl Bits {
    pub(crate) const NONE: Self = Self { waiting: 0, free: 64 };

    /// Appends the lower `length` bits, at most 31, of a value that has no others.
    #[inline(always)]
    pub(crate) fn put(&mut self, value: u32, length: u32, to: &mut Vec<u8>) {
        if length > self.free {
            // Both are under 32: `left` is at most the length, `free` less than it.
            let left = length - self.free;
            let full = (self.waiting << (self.free & 63)) | u64::from(value >> (left & 31));
            append(full, to);
            self.free = 64 - left;
            self.waiting = u64::from(value);
        } else {
            self.free -= length;
            self.waiting = (self.waiting << (length & 63)) | u64::from(value);
        }
    }

    /// Completes the last byte with ones.
    pub(crate) fn finish(self, to: &mut Vec<u8>) {
        let mut this = self;
        let missing = this.free % 8;
        this.put((1 << missing) - 1, missing, to);
        let waiting = (64 - this.free) / 8;
        for byte in this.waiting.to_be_bytes().into_iter().skip(8 - waiting as usize) {
            to.push(byte);
            if byte == 0xff {
                to.push(0);
            }
        }
    }
}

/// Appends eight bytes.
#[inline(always)]
fn append(full: u64, to: &mut Vec<u8>) {
    const LOWEST: u64 = 0x0101_0101_0101_0101;
    const HIGHEST: u64 = 0x8080_8080_8080_8080;
    let bytes = full.to_be_bytes();
    // A byte of the complement is zero.
    if (!full).wrapping_sub(LOWEST) & full & HIGHEST == 0 {
        to.extend_from_slice(&bytes);
    } else {
        stuff(bytes, to);
    }
}

#[cold]
#[inline(never)]
fn stuff(bytes: [u8; 8], to: &mut Vec<u8>) {
    let mut stuffed = [0; 16];
    let mut length = 0;
    for byte in bytes {
        stuffed[length & 15] = byte;
        length += 1 + usize::from(byte == 0xff);
    }
    to.extend_from_slice(&stuffed[..length.min(16)]);
}

#[cfg(test)]
mod tests {
    use std::fmt::Write as _;

    use super::*;

    proptest::proptest! {
        #[test]
        fn bits_come_in_order_stuffed_and_padded(values in proptest::collection::vec((0..=u32::MAX, 1_u32..=31, 0..4_u8), 0..400)) {
            let mut file = Vec::new();
            let mut bits = Bits::NONE;
            let mut expected = String::new();
            for (value, length, ones) in values {
                let value = (if ones == 0 { value } else { u32::MAX }) & ((1 << length) - 1);
                bits.put(value, length, &mut file);
                write!(expected, "{value:0width$b}", width = length as usize).unwrap();
            }
            bits.finish(&mut file);
            while !expected.len().is_multiple_of(8) {
                expected.push('1');
            }
            let mut found = String::new();
            let mut bytes = file.iter();
            while let Some(byte) = bytes.next() {
                write!(found, "{byte:08b}").unwrap();
                if *byte == 0xff {
                    proptest::prop_assert_eq!(bytes.next(), Some(&0));
                }
            }
            proptest::prop_assert_eq!(found, expected);
        }
    }
}
