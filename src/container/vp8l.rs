//! How much memory the tables of a lossless WebP picture's prefix codes take to decode it (RFC 9649, section 3).
//!
//! Nothing of the picture itself is decoded, but all that lies before its prefix codes is: the images of its transforms and the one
//! that says which group of codes is for which part (the "entropy image"). Where the decoder that the picture goes to (image-webp) reads
//! a stream in another way than the RFC has it, it is read in that way here: what the decoder would see is what is asked for.

/// A picture whose tables take more than that is refused. A group of codes is five tables that a decoder makes whether the picture uses
/// them or not: 20 KB out of some 60 bytes of the file, 70 KB with a cache of colours, for up to 65,536 groups. libwebp's encoder gives
/// its entropy image 2,600 pixels at most, so that there are no more groups; in photos their tables take a megabyte or two.
pub(crate) const MOST_TABLE_BYTES: u64 = 96 << 20;

/// How much memory the tables of a chunk `VP8L` take in the decoder; some value above [`MOST_TABLE_BYTES`] if it is more than that.
/// `None` if they cannot be read: then the picture cannot be decoded either.
pub(crate) fn table_bytes(data: &[u8]) -> Option<u64> {
    of_chunk(data)?.table_bytes()
}

/// The same for a chunk `ALPH` of a picture of this size.
pub(crate) fn table_bytes_of_alpha(data: &[u8], width: u32, height: u32) -> Option<u64> {
    of_alpha(data, width, height)?.table_bytes()
}

fn of_chunk(data: &[u8]) -> Option<Groups<'_>> {
    let mut bits = Bits::new(data);
    if bits.take(8)? != 0x2f {
        return None;
    }
    let (width, height) = (bits.take(14)? + 1, bits.take(14)? + 1);
    // Whether there is transparency, which changes nothing here, and the version.
    bits.take(1)?;
    if bits.take(3)? != 0 {
        return None;
    }
    groups(bits, width, height)
}

fn of_alpha(data: &[u8], width: u32, height: u32) -> Option<Groups<'_>> {
    let (flags, stream) = data.split_first()?;
    match flags & 3 {
        0 => Some(Groups { stream: Stream { bits: Bits::new(stream), near: Vec::new() }, count: 0, cache_bits: 0 }),
        1 if [width, height].iter().all(|side| (1..=1 << 14).contains(side)) => groups(Bits::new(stream), width, height),
        _ => None,
    }
}

/// The green symbols that are not a colour of the cache: values, and lengths of what is repeated.
const VALUES: u32 = 256;
const VALUES_AND_LENGTHS: u32 = VALUES + 24;

const DISTANCES: u32 = 40;

/// The picture's groups, which come next in the stream.
struct Groups<'a> {
    stream: Stream<'a>,
    count: u32,
    cache_bits: u32,
}

impl Groups<'_> {
    fn table_bytes(mut self) -> Option<u64> {
        let mut bytes = 0;
        for _ in 0..self.count {
            let green = VALUES_AND_LENGTHS + Cache::colors(self.cache_bits);
            for symbols in [green, VALUES, VALUES, VALUES, DISTANCES] {
                bytes += self.stream.code(symbols)?.table_bytes();
            }
            if bytes > MOST_TABLE_BYTES {
                break;
            }
        }
        Some(bytes)
    }
}

/// What follows the header, up to the groups.
fn groups(bits: Bits<'_>, mut width: u32, height: u32) -> Option<Groups<'_>> {
    let mut stream = Stream { bits, near: near() };
    let blocks = |side: u32, size_bits: u32| side.div_ceil(1 << size_bits);
    let mut seen = [false; 4];
    while stream.bits.flag()? {
        let transform = stream.bits.take(2)?;
        if std::mem::replace(seen.get_mut(transform as usize)?, true) {
            return None;
        }
        match transform {
            // Predictors, and colours from colours: one of them for each block.
            0 | 1 => {
                let size_bits = stream.bits.take(3)? + 2;
                stream.image(blocks(width, size_bits), blocks(height, size_bits))?;
            }
            // Green is subtracted.
            2 => {}
            // A palette. Where it is small, a pixel of what follows is several of the picture.
            _ => {
                let colors = stream.bits.take(8)? + 1;
                stream.image(colors, 1)?;
                let several_bits = match colors {
                    1..=2 => 3,
                    3..=4 => 2,
                    5..=16 => 1,
                    _ => 0,
                };
                width = blocks(width, several_bits);
            }
        }
    }
    let cache_bits = stream.cache_bits()?;
    if !stream.bits.flag()? {
        return Some(Groups { stream, count: 1, cache_bits });
    }
    let size_bits = stream.bits.take(3)? + 2;
    let entropy = stream.image(blocks(width, size_bits), blocks(height, size_bits))?;
    // A group's number is in red and green.
    let count = entropy.into_iter().map(|argb| (argb >> 8 & 0xffff) + 1).max()?;
    Some(Groups { stream, count, cache_bits })
}

/// Where the 120 shortest distances lead: this many pixels to the left and rows up. RFC 9649 lists them; they are the surroundings,
/// sorted by how far away they are.
fn near() -> Vec<(i32, i32)> {
    let above = (-7..=8).flat_map(|left| (1..=7).map(move |up| (left, up)));
    let mut near: Vec<(i32, i32)> = above.chain((1..=8).map(|left| (left, 0))).collect();
    near.sort_by_key(|&(left, up)| (left * left + up * up, left.abs(), left < 0));
    near
}

struct Stream<'a> {
    bits: Bits<'a>,
    near: Vec<(i32, i32)>,
}

impl Stream<'_> {
    /// The logarithm of the number of cached colours; 0 if there is no cache.
    fn cache_bits(&mut self) -> Option<u32> {
        if !self.bits.flag()? {
            return Some(0);
        }
        self.bits.take(4).filter(|bits| (1..=11).contains(bits))
    }

    /// An image other than the picture, which has a single group, as pixels of 0xAARRGGBB.
    fn image(&mut self, width: u32, height: u32) -> Option<Vec<u32>> {
        let mut cache = Cache::new(self.cache_bits()?);
        let green = self.code(VALUES_AND_LENGTHS + Cache::colors(cache.bits))?;
        let [red, blue, alpha] = [self.code(VALUES)?, self.code(VALUES)?, self.code(VALUES)?];
        let distances = self.code(DISTANCES)?;
        let total = usize::try_from(u64::from(width) * u64::from(height)).ok()?;
        let mut pixels = Vec::with_capacity(total);
        while pixels.len() < total {
            let symbol = self.bits.symbol(&green)?;
            if symbol < VALUES {
                let (red, blue) = (self.bits.symbol(&red)?, self.bits.symbol(&blue)?);
                let argb = self.bits.symbol(&alpha)? << 24 | red << 16 | symbol << 8 | blue;
                cache.put(argb);
                pixels.push(argb);
            } else if let Some(color) = symbol.checked_sub(VALUES_AND_LENGTHS) {
                // The RFC caches it again, which changes the cache if it comes from a place that nothing was put into. image-webp
                // does not.
                pixels.push(cache.get(color)?);
            } else {
                let length = self.amount(symbol - VALUES)?;
                let code = self.bits.symbol(&distances)?;
                let distance = self.distance(code, width)?;
                let start = pixels.len().checked_sub(distance)?;
                if total - pixels.len() < length {
                    return None;
                }
                for at in start..start + length {
                    let argb = *pixels.get(at)?;
                    // The same holds for the pixel before, repeated.
                    if distance > 1 {
                        cache.put(argb);
                    }
                    pixels.push(argb);
                }
            }
        }
        Some(pixels)
    }

    /// A length or a distance: at least 1.
    fn amount(&mut self, prefix: u32) -> Option<usize> {
        if prefix < 4 {
            return Some(prefix as usize + 1);
        }
        let more = (prefix - 2) >> 1;
        Some((((2 + (prefix & 1)) << more) + self.bits.take(more)?) as usize + 1)
    }

    /// How many pixels back.
    fn distance(&mut self, prefix: u32, width: u32) -> Option<usize> {
        let code = self.amount(prefix)?;
        match self.near.get(code.checked_sub(1)?) {
            // To the right of this pixel in a row that is too short for that: the pixel before.
            Some(&(left, up)) => usize::try_from((left + up * i32::try_from(width).ok()?).max(1)).ok(),
            None => code.checked_sub(self.near.len()),
        }
    }

    /// Reads a prefix code of so many symbols.
    fn code(&mut self, symbols: u32) -> Option<Code> {
        let bits = &mut self.bits;
        if bits.flag()? {
            let two = bits.flag()?;
            let size = if bits.flag()? { 8 } else { 1 };
            let mut listed = vec![bits.take(size)?];
            if two {
                listed.push(bits.take(8)?);
            }
            return listed.iter().all(|&symbol| symbol < symbols).then(|| Code::simple(listed));
        }
        let mut lengths = [0; 19];
        let listed = bits.take(4)? + 4;
        for &symbol in [17_usize, 18, 0, 1, 2, 3, 4, 5, 16, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15].iter().take(listed as usize) {
            *lengths.get_mut(symbol)? = bits.take(3)?;
        }
        let of_lengths = Code::new(&lengths)?;
        let mut reads = symbols;
        if bits.flag()? {
            let size = 2 + 2 * bits.take(3)?;
            reads = 2 + bits.take(size)?;
            if reads > symbols {
                return None;
            }
        }
        let (mut lengths, symbols) = (Vec::new(), symbols as usize);
        let mut previous = 8;
        while lengths.len() < symbols && reads > 0 {
            reads -= 1;
            let (length, times) = match bits.symbol(&of_lengths)? {
                16 => (previous, 3 + bits.take(2)?),
                17 => (0, 3 + bits.take(3)?),
                18 => (0, 11 + bits.take(7)?),
                length => (length, 1),
            };
            if length > 0 {
                previous = length;
            }
            lengths.resize(lengths.len() + times as usize, length);
        }
        if lengths.len() > symbols {
            return None;
        }
        Code::new(&lengths)
    }
}

/// Colours that were used, each in the place that its hash says.
struct Cache {
    colors: Vec<u32>,
    bits: u32,
}

impl Cache {
    /// How many; none if the logarithm is 0.
    const fn colors(bits: u32) -> u32 {
        if bits == 0 { 0 } else { 1 << bits }
    }

    fn new(bits: u32) -> Self {
        Self { colors: vec![0; Self::colors(bits) as usize], bits }
    }

    fn get(&self, place: u32) -> Option<u32> {
        self.colors.get(place as usize).copied()
    }

    fn put(&mut self, argb: u32) {
        let place = argb.wrapping_mul(0x1e35_a7bd).checked_shr(32 - self.bits);
        if let Some(color) = place.and_then(|place| self.colors.get_mut(place as usize)) {
            *color = argb;
        }
    }
}

/// The length of the longest codes.
const LONGEST: usize = 15;

/// A prefix code: how many codes there are of each length, 1 and up, and their symbols in the order of the codes.
struct Code {
    counts: [u32; LONGEST],
    symbols: Vec<u32>,
}

impl Code {
    /// Of these lengths, 0 for a symbol that does not occur. `None` unless all sequences of bits mean something.
    fn new(lengths: &[u32]) -> Option<Self> {
        let mut counts = [0; LONGEST];
        let mut used: Vec<_> = (0..).zip(lengths).filter(|&(_, &length)| length > 0).collect();
        used.sort_by_key(|&(_, length)| length);
        for &(_, &length) in &used {
            *counts.get_mut(length as usize - 1)? += 1;
        }
        let taken: u32 = (1..).zip(&counts).map(|(length, count)| count << (LONGEST - length)).sum();
        // A single symbol takes no bits, whatever its length.
        let complete = taken == 1 << LONGEST || used.len() == 1;
        complete.then(|| Self { counts, symbols: used.into_iter().map(|(symbol, _)| symbol).collect() })
    }

    /// Of one symbol or two. Two of them have a bit each even if they are the same, and the first one has 0, in image-webp.
    fn simple(symbols: Vec<u32>) -> Self {
        let mut counts = [0; LONGEST];
        counts.iter_mut().take(symbols.len() - 1).for_each(|count| *count = 2);
        Self { counts, symbols }
    }

    /// What image-webp makes of it: a table of four bytes for each sequence of as many bits as the longest code has, 10 at most; behind
    /// that a tree with two nodes of 16 bytes for each longer code; and what holds them.
    fn table_bytes(&self) -> u64 {
        let longest = self.counts.iter().rposition(|&count| count > 0).map_or(0, |at| at + 1);
        let longer: u64 = self.counts.iter().skip(10).map(|&count| u64::from(count)).sum();
        (4 << longest.min(10)) + 32 * longer + 128
    }
}

/// Reads bits, a byte's lowest one first. `None` behind the end.
struct Bits<'a> {
    data: &'a [u8],
    /// In bits.
    at: usize,
}

impl<'a> Bits<'a> {
    const fn new(data: &'a [u8]) -> Self {
        Self { data, at: 0 }
    }

    fn bit(&mut self) -> Option<u32> {
        let byte = self.data.get(self.at / 8)?;
        let bit = byte >> (self.at % 8) & 1;
        self.at += 1;
        Some(bit.into())
    }

    fn flag(&mut self) -> Option<bool> {
        self.bit().map(|bit| bit == 1)
    }

    fn take(&mut self, count: u32) -> Option<u32> {
        (0..count).try_fold(0, |value, at| Some(value | self.bit()? << at))
    }

    fn symbol(&mut self, code: &Code) -> Option<u32> {
        if let [symbol] = *code.symbols {
            return Some(symbol);
        }
        // The codes of a length are consecutive numbers; those of the next length follow, with a bit more.
        let (mut value, mut first, mut passed) = (0, 0, 0);
        for &count in &code.counts {
            value |= self.bit()?;
            if let Some(&symbol) = code.symbols.get((passed + value - first) as usize).filter(|_| value - first < count) {
                return Some(symbol);
            }
            passed += count;
            first = (first + count) << 1;
            value <<= 1;
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use image::codecs::webp::{WebPDecoder, WebPEncoder};
    use image::{DynamicImage, ExtendedColorType};
    use proptest::prelude::*;

    use super::*;
    use crate::cases::cases;
    use crate::container::webp::{Chunk, Chunks, Picture};
    use crate::repository;

    /// Writes bits, a byte's lowest one first.
    #[derive(Default)]
    struct Writer {
        bytes: Vec<u8>,
        count: usize,
    }

    impl Writer {
        fn put(&mut self, value: u32, count: u32) {
            for at in 0..count {
                if self.count.is_multiple_of(8) {
                    self.bytes.push(0);
                }
                *self.bytes.last_mut().unwrap() |= ((value >> at & 1) << (self.count % 8)) as u8;
                self.count += 1;
            }
        }

        fn only(&mut self, symbol: u32) {
            self.put(0b101, 3);
            self.put(symbol, 8);
        }

        /// A code of `2^length` symbols, all of this length, in as few bits as can be.
        fn flat(&mut self, length: u32) {
            let listed = [17, 18, 0, 1, 2, 3, 4, 5, 16, 6, 7, 8, 9, 10, 11].map(|symbol| u32::from(symbol == length));
            self.put((listed.len() as u32 - 4) << 1, 5);
            for listed in listed {
                self.put(listed, 3);
            }
            // Five times two bits and two more for how many there are.
            self.put(1 | 5 << 1, 4);
            self.put((1 << length) - 2, 12);
        }
    }

    /// A black picture of 16 x 16 pixels, and this many groups of which one is used.
    fn many(groups: u32, cache_bits: Option<u32>, lengths: [u32; 5]) -> Vec<u8> {
        let mut bits = Writer::default();
        bits.put(0x2f, 8);
        bits.put(15, 14);
        bits.put(15, 14);
        // No transparency, version 0, no transform.
        bits.put(0, 5);
        match cache_bits {
            Some(cache_bits) => bits.put(1 | cache_bits << 1, 5),
            None => bits.put(0, 1),
        }
        // An entropy image of one pixel, without a cache.
        bits.put(0b1111, 4);
        bits.put(0, 1);
        let last = groups - 1;
        for symbol in [last & 0xff, last >> 8, 0, 0, 0] {
            bits.only(symbol);
        }
        for _ in 0..groups {
            for length in lengths {
                bits.flat(length);
            }
        }
        bits.put(0, 31);
        bits.bytes.resize(bits.bytes.len() + 16 * 16 * 8, 0);
        bits.bytes
    }

    fn as_file(data: &[u8]) -> Vec<u8> {
        Picture { coded: Chunk { kind: *b"VP8L", data, complete: true }, alpha: None }.file().unwrap()
    }

    fn prefix_groups(data: &[u8]) -> Option<u32> {
        of_chunk(data).map(|groups| groups.count)
    }

    fn prefix_groups_of_alpha(data: &[u8], width: u32, height: u32) -> Option<u32> {
        of_alpha(data, width, height).map(|groups| groups.count)
    }

    /// For the chunk of the file that has groups.
    fn of_file(bytes: &[u8], (width, height): (u32, u32)) -> Option<(u32, u64)> {
        let chunk = Chunks::of(bytes)?.find(|chunk| matches!(&chunk.kind, b"VP8L" | b"ALPH"))?;
        if &chunk.kind == b"VP8L" {
            return prefix_groups(chunk.data).zip(table_bytes(chunk.data));
        }
        prefix_groups_of_alpha(chunk.data, width, height).zip(table_bytes_of_alpha(chunk.data, width, height))
    }

    fn decodes(bytes: &[u8]) -> bool {
        WebPDecoder::new(Cursor::new(bytes)).and_then(DynamicImage::from_decoder).is_ok()
    }

    #[test]
    fn as_many_as_there_are() {
        for groups in [1, 2, 300, 5000] {
            let data = many(groups, None, [8, 8, 8, 8, 5]);
            assert_eq!(prefix_groups(&data), Some(groups));
            assert_eq!(prefix_groups(&data[..10]), None);
            assert!(decodes(&as_file(&data)));
            // Of 256 and 32 entries.
            assert_eq!(table_bytes(&data), Some(u64::from(groups) * (4 * (4 * 256 + 32) + 5 * 128)));
            let alpha = [&[1], &data[5..]].concat();
            assert_eq!(prefix_groups_of_alpha(&alpha, 16, 16), Some(groups));
            assert_eq!(prefix_groups_of_alpha(&[&[0], &data[5..]].concat(), 16, 16), Some(0));
            for (method, side) in [(2, 16), (3, 16), (1, 0), (1, 1 << 20)] {
                assert_eq!(prefix_groups_of_alpha(&[&[method], &data[5..]].concat(), side, 16), None);
            }
        }
        // What follows the groups need not be there, and the groups need not for their number.
        let data = many(65_536, None, [8, 8, 8, 8, 5]);
        assert_eq!(prefix_groups(&data[..40]), Some(65_536));
        assert_eq!(table_bytes(&data[..40]), None);
        assert!(table_bytes(&data).unwrap() > MOST_TABLE_BYTES);
    }

    #[test]
    fn large_tables_of_few_groups() {
        let groups = 1500;
        let data = many(groups, Some(11), [11, 8, 8, 8, 5]);
        assert_eq!(prefix_groups(&data), Some(groups));
        assert!(data.len() < 70_000 && table_bytes(&data).unwrap() > MOST_TABLE_BYTES);
        let few = many(2, Some(11), [11, 8, 8, 8, 5]);
        assert_eq!(table_bytes(&few), Some(2 * (4096 + 32 * 2048 + 3 * 1024 + 128 + 5 * 128)));
        assert!(decodes(&as_file(&few)));
    }

    #[test]
    fn codes_that_leave_or_ask_for_too_much() {
        assert!(Code::new(&[0, 0]).is_none());
        assert!(Code::new(&[0, 5]).is_some());
        assert!(Code::new(&[1, 2]).is_none());
        assert!(Code::new(&[1, 2, 2]).is_some());
        assert!(Code::new(&[1, 1, 15]).is_none());
    }

    #[test]
    fn distances_are_those_of_the_rfc() {
        let near = near();
        assert_eq!(near.len(), 120);
        assert_eq!(
            near[..12],
            [(0, 1), (1, 0), (1, 1), (-1, 1), (0, 2), (2, 0), (1, 2), (-1, 2), (2, 1), (-2, 1), (2, 2), (-2, 2)]
        );
        assert_eq!(near[32..40], [(4, 2), (-4, 2), (0, 5), (3, 4), (-3, 4), (4, 3), (-4, 3), (5, 0)]);
        assert_eq!(near[96..104], [(8, 0), (4, 7), (-4, 7), (7, 4), (-7, 4), (8, 1), (8, 2), (6, 6)]);
        assert_eq!(near[112..], [(-6, 7), (7, 6), (-7, 6), (8, 5), (7, 7), (-7, 7), (8, 6), (8, 7)]);
    }

    /// Real files, with their sizes and numbers of groups: image-webp sees as many.
    fn real() -> Vec<(Vec<u8>, (u32, u32), u32)> {
        let mut files = Vec::new();
        for (color, channels) in [(ExtendedColorType::L8, 1), (ExtendedColorType::Rgb8, 3), (ExtendedColorType::Rgba8, 4)] {
            let samples: Vec<u8> = (0..40 * 30 * channels).map(|at: u32| (at * at / 77 % 251) as u8).collect();
            let mut bytes = Vec::new();
            WebPEncoder::new_lossless(&mut bytes).encode(&samples, 40, 30, color).unwrap();
            files.push((bytes, (40, 30), 1));
        }
        // The last one is lossy, with compressed transparency.
        for (name, side, groups) in [("lossless", 80, 3), ("lossless_palette", 240, 2), ("lossless_alpha", 80, 3)] {
            let bytes = repository::file(&format!("fixtures/webp/{name}.webp"));
            files.extend(bytes.map(|bytes| (bytes, (side, side), groups)));
        }
        files
    }

    #[test]
    fn real_files() {
        for (bytes, size, groups) in real() {
            assert!(decodes(&bytes));
            let (count, table_bytes) = of_file(&bytes, size).unwrap();
            assert_eq!(count, groups);
            assert!(table_bytes < 30_000);
        }
    }

    proptest! {
        #![proptest_config(cases(256))]

        #[test]
        fn any_bytes_do_not_panic(data in prop::collection::vec(any::<u8>(), 0..200)) {
            let picture = [b"\x2f\x31\x40\x0c\0", &*data].concat();
            let alpha = [&[1], &*data].concat();
            prop_assert_eq!(prefix_groups(&picture), prefix_groups_of_alpha(&alpha, 50, 50));
            prop_assert_eq!(table_bytes(&picture), table_bytes_of_alpha(&alpha, 50, 50));
        }

        #[test]
        fn what_the_decoder_reads_is_read(
            kind in 0_usize..6,
            changes in prop::collection::vec((any::<prop::sample::Index>(), 0..8), 1..4),
            early in any::<bool>(),
        ) {
            let mut files = real();
            let (mut bytes, size, _) = files.swap_remove(kind % files.len());
            // Behind the sizes of the file, the chunk and the picture.
            let start = if bytes[12..16] == *b"VP8X" { 12 + 18 + 8 + 1 } else { 12 + 8 + 5 };
            let end = if early { start + 60 } else { bytes.len() };
            for (at, bit) in changes {
                bytes[start + at.index(end - start)] ^= 1_u8 << bit;
            }
            let seen = of_file(&bytes, size);
            // It may panic, on codes that `table_bytes` refuses.
            if std::panic::catch_unwind(|| decodes(&bytes)).unwrap_or(false) {
                prop_assert!(seen.is_some());
            }
        }
    }
}
