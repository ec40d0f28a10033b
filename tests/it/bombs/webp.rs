//! WebP: all pixels in a few bytes, animations, and containers that lie about what they hold.

use super::{Bomb, Fate, Scale, repeated};

pub(crate) const BOMBS: &[Bomb] = &[
    ("webp: all pixels, lossless", Fate::Read, |scale| file(&[chunk(b"VP8L", &lossless(size(scale), false))])),
    ("webp: all pixels, lossless, transformed thrice", Fate::Read, |scale| file(&[chunk(b"VP8L", &lossless(size(scale), true))])),
    ("webp: 16383 x 16383, lossless", Fate::Refused, |_| file(&[chunk(b"VP8L", &lossless((16_383, 16_383), false))])),
    ("webp: all pixels, lossy", Fate::Read, |scale| file(&[chunk(b"VP8 ", &lossy(size(scale)))])),
    ("webp: all pixels, lossy with compressed transparency", Fate::Read, |scale| {
        let alpha = [&[0x01][..], &lossless(size(scale), false)[5..]].concat();
        file(&[extended(0x10, size(scale)), chunk(b"ALPH", &alpha), chunk(b"VP8 ", &lossy(size(scale)))])
    }),
    ("webp: a small canvas for a vast lossy picture", Fate::Refused, |_| {
        file(&[extended(0, (600, 600)), chunk(b"VP8 ", &lossy((16_383, 16_383)))])
    }),
    ("webp: a small canvas for a vast lossless picture", Fate::Refused, |_| {
        file(&[extended(0, (600, 600)), chunk(b"VP8L", &lossless((16_383, 16_383), false))])
    }),
    ("webp: a vast canvas for a small picture", Fate::Refused, |scale| {
        file(&[extended(0, size(scale)), chunk(b"VP8L", &lossless((600, 600), false))])
    }),
    ("webp: a canvas of 2^48 pixels", Fate::Refused, |_| {
        file(&[extended(0, (1 << 24, 1 << 24)), chunk(b"VP8L", &lossless((600, 600), false))])
    }),
    ("webp: an animation of ten thousand frames", Fate::Read, |scale| {
        let frame = frame((300, 300), &[chunk(b"VP8L", &lossless((300, 300), false))]);
        file(&[extended(0x02, size(scale)), chunk(b"ANIM", &[0; 6]), frame.repeat(10_000)])
    }),
    ("webp: an animation whose frame lies", Fate::Refused, |_| {
        let frame = frame((600, 600), &[chunk(b"VP8 ", &lossy((16_383, 16_383)))]);
        file(&[extended(0x02, (600, 600)), chunk(b"ANIM", &[0; 6]), frame])
    }),
    ("webp: a frame of pictures without number", Fate::Refused, |scale| {
        let frame = frame((600, 600), &[repeated(&chunk(b"VP8L", b""), scale.bytes())]);
        file(&[extended(0x02, (600, 600)), chunk(b"ANIM", &[0; 6]), frame])
    }),
    ("webp: pictures without number", Fate::Read, |scale| {
        let picture = chunk(b"VP8L", &lossless((600, 600), false));
        file(&[extended(0, (600, 600)), picture, repeated(&chunk(b"ALPH", b""), scale.bytes())])
    }),
    ("webp: a profile of four gigabytes, it says", Fate::Read, |_| {
        let profile = [&b"ICCP"[..], &0xffff_fff0_u32.to_le_bytes()].concat();
        file(&[extended(0x20, (600, 600)), chunk(b"VP8L", &lossless((600, 600), false)), profile])
    }),
    ("webp: a vast lossy picture behind the end", Fate::Refused, |_| {
        [file(&[extended(0, (600, 600))]), chunk(b"VP8 ", &lossy((16_383, 16_383)))].concat()
    }),
    ("webp: tables of codes, as many as may be", Fate::Read, |_| file(&[chunk(b"VP8L", &tables(4700))])),
    ("webp: tables of codes without number", Fate::Refused, |_| file(&[chunk(b"VP8L", &tables(65_536))])),
    ("webp: tables of codes without number, for transparency", Fate::Refused, |_| {
        let alpha = [&[0x01][..], &tables(65_536)[5..]].concat();
        file(&[extended(0x10, (600, 600)), chunk(b"ALPH", &alpha), chunk(b"VP8 ", &lossy((600, 600)))])
    }),
    ("webp: empty chunks without number", Fate::Read, |scale| with(0, &repeated(&chunk(b"teST", b""), scale.bytes()))),
];

/// Nearly the widest picture that there can be.
fn size(scale: Scale) -> (u32, u32) {
    (16_383, scale.side() * scale.side() / 16_383)
}

pub(crate) fn chunk(kind: &[u8; 4], data: &[u8]) -> Vec<u8> {
    [kind, &(data.len() as u32).to_le_bytes()[..], data, &vec![0; data.len() % 2]].concat()
}

fn file(chunks: &[Vec<u8>]) -> Vec<u8> {
    let content = chunks.concat();
    [b"RIFF", &(content.len() as u32 + 4).to_le_bytes()[..], b"WEBP", &content].concat()
}

/// A file that begins with this chunk.
pub(crate) fn file_of(first: Vec<u8>, chunks: &[u8]) -> Vec<u8> {
    file(&[first, chunks.to_vec()])
}

/// A small picture with these chunks.
pub(crate) fn with(flags: u8, chunks: &[u8]) -> Vec<u8> {
    file(&[extended(flags, (600, 600)), chunks.to_vec(), chunk(b"VP8L", &lossless((600, 600), false))])
}

fn u24(value: u32) -> Vec<u8> {
    value.to_le_bytes()[..3].to_vec()
}

pub(crate) fn extended(flags: u8, (width, height): (u32, u32)) -> Vec<u8> {
    chunk(b"VP8X", &[vec![flags, 0, 0, 0], u24(width - 1), u24(height - 1)].concat())
}

pub(crate) fn frame((width, height): (u32, u32), chunks: &[Vec<u8>]) -> Vec<u8> {
    let place = [u24(0), u24(0), u24(width - 1), u24(height - 1), vec![10, 0, 0, 0]].concat();
    chunk(b"ANMF", &[place, chunks.concat()].concat())
}

/// A picture of one colour: every code has a single symbol and takes no bits.
fn lossless((width, height): (u32, u32), transformed: bool) -> Vec<u8> {
    let mut bits = Bits::default();
    bits.push(0x2f, 8);
    bits.push(u64::from(width - 1), 14);
    bits.push(u64::from(height - 1), 14);
    bits.push(0, 4);
    let codes = |bits: &mut Bits| (0..5).for_each(|_| bits.push(0b0001, 4));
    if transformed {
        // Prediction and colours, in blocks of 4 x 4, and the subtraction of green.
        for kind in [0, 1] {
            bits.push(1 | kind << 1, 6);
            bits.push(0, 1);
            codes(&mut bits);
        }
        bits.push(1 | 2 << 1, 3);
    }
    bits.push(0, 3);
    codes(&mut bits);
    // What the decoder reads ahead.
    bits.push(0, 40);
    bits.bytes
}

/// A picture of 600 x 600 with so many groups of codes, of which it uses the last. Each group is five tables of 4 KiB in 58 bytes.
fn tables(groups: u64) -> Vec<u8> {
    let mut bits = Bits::default();
    bits.push(0x2f, 8);
    bits.push(599, 14);
    bits.push(599, 14);
    // Neither transparent nor transformed, no cache; groups by blocks of 512 x 512, and these without a cache.
    bits.push(0, 6);
    bits.push(1 | 7 << 1, 5);
    let last = groups - 1;
    for symbol in [last & 255, last >> 8, 0, 0, 0] {
        bits.push(0b101 | symbol << 3, 11);
    }
    for _ in 0..5 * groups {
        // Lengths of codes have codes themselves, of three bits for 1 to 5 and 10, of four for 6 to 9.
        bits.push(10 << 1, 5);
        for length in [0, 0, 0, 3, 3, 3, 3, 3, 0, 4, 4, 4, 4, 3] {
            bits.push(length, 3);
        }
        // Eleven lengths follow: 1 to 10, and 10.
        bits.push(1 | 1 << 1 | 9 << 4, 8);
        for length in [0b000, 0b100, 0b010, 0b110, 0b001] {
            bits.push(length, 3);
        }
        for length in [0b0011, 0b1011, 0b0111, 0b1111] {
            bits.push(length, 4);
        }
        bits.push(0b101 | 0b101 << 3, 6);
    }
    (0..600 * 600).for_each(|_| bits.push(0, 4));
    bits.push(0, 40);
    bits.bytes
}

/// A lossy picture: to the arithmetic decoder zeros are the likelier answer to every question. Each block is predicted in sixteen parts,
/// and none has coefficients.
pub(crate) fn lossy((width, height): (u32, u32)) -> Vec<u8> {
    let blocks = (width.div_ceil(16) * height.div_ceil(16)) as usize;
    // The length of the first part has nineteen bits.
    let first = (blocks + 200).min((1 << 19) - 1);
    let tag = 1 << 4 | (first as u32) << 5;
    let size = [width, height].map(|side| (side as u16).to_le_bytes()).concat();
    [&tag.to_le_bytes()[..3], &[0x9d, 0x01, 0x2a], &size, &vec![0; first + 2 * blocks]].concat()
}

/// Low bits first.
#[derive(Default)]
struct Bits {
    bytes: Vec<u8>,
    held: u64,
    count: u32,
}

impl Bits {
    fn push(&mut self, value: u64, count: u32) {
        self.held |= value << self.count;
        self.count += count;
        while self.count >= 8 {
            self.bytes.push(self.held as u8);
            self.held >>= 8;
            self.count -= 8;
        }
    }
}
