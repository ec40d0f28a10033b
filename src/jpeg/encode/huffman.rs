//! Huffman tables: the shortest ones for counted symbols (ITU-T T.81, section K.2), and codes to write.

use crate::jpeg::encode::tables::Specification;

/// How often each symbol occurs.
pub(crate) type Counts = [u32; 256];

/// The longest code.
const LONGEST: usize = 16;

impl Specification {
    /// The table that takes the fewest bits, among those with codes of up to 16 bits of which none is all ones.
    ///
    /// The lengths are those of the package-merge algorithm: exactly the best, without section K.3's adjustment.
    pub(crate) fn optimal(counts: &Counts) -> Self {
        // Ascending, before them one more symbol for the code of all ones. It comes first among equals, hence is the longest.
        let mut leaves: Vec<(u64, Option<u8>)> = vec![(0, None)];
        leaves.extend((0..=u8::MAX).zip(counts).filter(|&(_, &n)| n > 0).map(|(symbol, &n)| (u64::from(n), Some(symbol))));
        leaves.sort_by_key(|&(count, symbol)| (count, symbol.is_some(), std::cmp::Reverse(symbol)));

        // Of each level, whether the i-th smallest item is a leaf; all others are pairs of the level before.
        let mut levels: Vec<Vec<bool>> = Vec::with_capacity(LONGEST);
        let mut pairs: Vec<u64> = Vec::new();
        for _ in 0..LONGEST {
            let (mut leaf, mut pair) = (leaves.iter().map(|&(count, _)| count).peekable(), pairs.iter().copied().peekable());
            let mut level = Vec::with_capacity(leaves.len() + pairs.len());
            let mut weights = Vec::with_capacity(level.capacity());
            loop {
                let takes_leaf = match (leaf.peek(), pair.peek()) {
                    (Some(leaf), Some(pair)) => leaf <= pair,
                    (Some(_), None) => true,
                    (None, Some(_)) => false,
                    (None, None) => break,
                };
                weights.extend(if takes_leaf { leaf.next() } else { pair.next() });
                level.push(takes_leaf);
            }
            pairs = weights.chunks_exact(2).map(|two| two.iter().sum()).collect();
            levels.push(level);
        }

        // The last level's 2 n - 2 smallest items are taken: each time that a leaf is, its code is one bit longer.
        let mut lengths = vec![0_usize; leaves.len()];
        let mut taken = (2 * leaves.len()).saturating_sub(2);
        for level in levels.iter().rev() {
            let of_leaves = level.iter().take(taken).filter(|&&is_leaf| is_leaf).count();
            lengths.iter_mut().take(of_leaves).for_each(|length| *length += 1);
            taken = 2 * (taken.min(level.len()) - of_leaves);
        }

        let mut table = Self { counts: [0; LONGEST], symbols: Vec::with_capacity(leaves.len()) };
        for ((_, symbol), length) in leaves.into_iter().zip(lengths).rev() {
            let Some(symbol) = symbol else { continue };
            table.symbols.push(symbol);
            // The reserved symbol is the longest of all, or one of two of one bit.
            if let Some(count) = table.counts.get_mut(length.max(1) - 1) {
                *count += 1;
            }
        }
        table
    }

    /// Code and length of each symbol that has one (section C.2).
    pub(crate) fn codes(&self) -> [(u16, u8); 256] {
        let mut codes = [(0, 0); 256];
        let mut symbols = self.symbols.iter();
        let mut code: u16 = 0;
        for (length, &count) in (1_u8..).zip(&self.counts) {
            for &symbol in symbols.by_ref().take(count.into()) {
                codes[usize::from(symbol)] = (code, length);
                code = code.wrapping_add(1);
            }
            code = code.wrapping_shl(1);
        }
        codes
    }
}

/// Codes with room behind each for the bits that follow it.
#[derive(Debug, Clone)]
pub(crate) struct Codes {
    /// The code, shifted by the length of what follows, times 32, plus the length of both.
    entries: [u32; 256],
}

impl Codes {
    pub(crate) fn new(table: &Specification) -> Self {
        let mut entries = [0; 256];
        for ((symbol, entry), (code, length)) in (0_u32..).zip(&mut entries).zip(table.codes()) {
            // The lower four bits of a symbol are the length of what follows (F.1.2), at most 11: 16 + 11 bits fit.
            let follow = symbol & 15;
            if length > 0 && follow <= 11 {
                *entry = (u32::from(code) << follow << 5) | (u32::from(length) + follow);
            }
        }
        Self { entries }
    }

    /// The code of a symbol, and the length of it and what follows.
    #[inline(always)]
    pub(crate) fn of(&self, symbol: u32) -> (u32, u32) {
        let entry = self.entries[(symbol & 0xff) as usize];
        (entry >> 5, entry & 31)
    }
}

/// The bits that counted symbols take, with what follows them.
pub(crate) fn length(counts: &Counts, table: &Specification) -> u64 {
    let of_symbol =
        |(symbol, (&count, (_, length))): (u64, (&u32, (u16, u8)))| u64::from(count) * (u64::from(length) + (symbol & 15));
    (0..).zip(counts.iter().zip(table.codes())).map(of_symbol).sum()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::jpeg::encode::tables::standard;

    /// Any codes form a prefix code within 16 bits with none of all ones.
    fn check(table: &Specification) {
        let codes: Vec<(u16, u8)> = table.codes().into_iter().filter(|&(_, length)| length > 0).collect();
        assert_eq!(codes.len(), table.symbols.len());
        assert_eq!(table.counts.iter().map(|&n| usize::from(n)).sum::<usize>(), table.symbols.len());
        for (i, &(code, length)) in codes.iter().enumerate() {
            assert!(length <= 16 && u32::from(code) < (1 << length) - 1, "{code:b} of {length}");
            for &(other, longer) in codes.iter().enumerate().filter(|&(j, _)| j != i).map(|(_, code)| code) {
                assert!(longer < length || other >> (longer - length) != code);
            }
        }
    }

    #[test]
    fn annex_k() {
        for table in &standard() {
            check(table);
        }
        let [dc, _, ac, chroma_ac] = standard().map(|table| table.codes());
        // From the lists of tables K.3, K.5 and K.6.
        assert_eq!((dc[0], dc[1], dc[6], dc[11]), ((0b00, 2), (0b010, 3), (0b1110, 4), (0b1_1111_1110, 9)));
        assert_eq!((ac[0x00], ac[0x01], ac[0x11], ac[0xf0]), ((0b1010, 4), (0b00, 2), (0b1100, 4), (0b111_1111_1001, 11)));
        assert_eq!((ac[0x0a], ac[0xfa]), ((0xff83, 16), (0xfffe, 16)));
        assert_eq!((chroma_ac[0x00], chroma_ac[0xf0], chroma_ac[0xfa]), ((0b00, 2), (0b11_1111_1010, 10), (0xfffe, 16)));
    }

    /// The digits, against those that another encoder writes.
    #[test]
    fn annex_k_is_what_another_encoder_writes() {
        let mut file = Vec::new();
        let mut encoder = jpeg_encoder::Encoder::new(&mut file, 90);
        encoder.set_sampling_factor(jpeg_encoder::SamplingFactor::R_4_4_4);
        encoder.encode(&[200; 3 * 64], 8, 8, jpeg_encoder::ColorType::Rgb).unwrap();
        let mut found = 0;
        for at in (0..file.len() - 1).filter(|&at| file[at..at + 2] == [0xff, 0xc4]) {
            let length = usize::from(u16::from_be_bytes([file[at + 2], file[at + 3]]));
            let mut content = &file[at + 4..at + 2 + length];
            while let Some((&[class, ref counts @ ..], rest)) = content.split_first_chunk::<17>() {
                let total = counts.iter().map(|&n| usize::from(n)).sum();
                let table = &standard()[usize::from(class >> 4) * 2 + usize::from(class & 1)];
                assert_eq!((&counts[..], &rest[..total]), (&table.counts[..], &table.symbols[..]));
                content = &rest[total..];
                found += 1;
            }
        }
        assert_eq!(found, 4);
    }

    #[test]
    fn every_symbol_of_annex_k_gets_its_code_with_room_behind_it() {
        for table in &standard() {
            let codes = Codes::new(table);
            for (symbol, (code, length)) in (0..).zip(table.codes()).filter(|&(_, (_, length))| length > 0) {
                let follow = symbol & 15;
                assert_eq!(codes.of(symbol), (u32::from(code) << follow, u32::from(length) + follow));
            }
        }
    }

    #[test]
    fn few_symbols() {
        let mut counts = [0; 256];
        check(&Specification::optimal(&counts));
        counts[7] = 5;
        let table = Specification::optimal(&counts);
        check(&table);
        assert_eq!(table.codes()[7], (0, 1));
        counts[9] = 1;
        let table = Specification::optimal(&counts);
        check(&table);
        assert_eq!((table.codes()[7], table.codes()[9]), ((0, 1), (0b10, 2)));
    }

    #[test]
    fn steep_counts_stay_within_sixteen_bits() {
        let mut counts = [0; 256];
        let mut fibonacci = (1, 1);
        for count in counts.iter_mut().take(45) {
            *count = fibonacci.0;
            fibonacci = (fibonacci.1, fibonacci.0 + fibonacci.1);
        }
        let table = Specification::optimal(&counts);
        check(&table);
        assert!(table.counts[15] > 0);
    }

    proptest::proptest! {
        #[test]
        fn the_best_codes_are_valid_and_no_longer_than_annex_k(counts in proptest::collection::vec(0_u32..5000, 162), power in 0_u32..4) {
            let [_, _, standard, _] = standard();
            let mut all = [0; 256];
            for (&symbol, count) in standard.symbols.iter().zip(counts) {
                all[usize::from(symbol)] = (u64::from(count).pow(power) >> (8 * power)) as u32;
            }
            let table = Specification::optimal(&all);
            check(&table);
            proptest::prop_assert!(length(&all, &table) <= length(&all, &standard));
        }
    }
}
