//! JPEG: scans and segments without number, dimensions that lie, and all pixels in few bytes.

use super::{Bomb, Fate, Scale, repeated};

pub(crate) const BOMBS: &[Bomb] = &[
    ("jpeg: 65535 x 65535", Fate::Refused, |_| flat((65_535, 65_535), &[0x11; 3], 600 * 600)),
    ("jpeg: 9000 x 9000 without data", Fate::Refused, |_| flat((9000, 9000), &[0x11; 3], 0)),
    ("jpeg: 9000 x 9000 with a tenth of its data", Fate::Refused, |_| flat((9000, 9000), &[0x11; 3], 9000 * 900)),
    ("jpeg: lines defined behind the picture", Fate::Refused, |_| {
        let bytes = flat((600, 0), &[0x11; 3], 600 * 600);
        [&bytes[..bytes.len() - 2], &segment(0xdc, &[0x27, 0x10]), END].concat()
    }),
    ("jpeg: 65,000 comments", Fate::Read, |_| with(&segment(0xfe, b"").repeat(65_000))),
    ("jpeg: empty segments without number", Fate::Read, |scale| with(&repeated(&segment(0xe7, b""), scale.bytes()))),
    ("jpeg: fill bytes without number", Fate::Read, |scale| with(&vec![0xff; scale.bytes()])),
    ("jpeg: a profile in 255 parts", Fate::Read, |_| {
        with(
            &(1..=255)
                .flat_map(|part| segment(0xe2, &[b"ICC_PROFILE\0", &[part, 255][..], &[0; 100]].concat()))
                .collect::<Vec<_>>(),
        )
    }),
    ("jpeg: parts of a profile that lie about their number", Fate::Read, |_| {
        with(&[0, 3, 255, 3, 1].map(|part| segment(0xe2, &[b"ICC_PROFILE\0", &[part, 2][..], &[7; 60_000]].concat())).concat())
    }),
    ("jpeg: parts of a profile without number", Fate::Read, |scale| {
        with(&repeated(&segment(0xe2, b"ICC_PROFILE\0\x01\x01"), scale.bytes()))
    }),
    ("jpeg: Huffman tables without number", Fate::Read, |scale| {
        with(&repeated(&segment(0xc4, &[&[0][..], &[0; 16]].concat().repeat(3000)), scale.bytes()))
    }),
    ("jpeg: full Huffman tables without number", Fate::Read, |scale| {
        let full = [&[0][..], &[0, 0, 0, 0, 0, 0, 0, 200], &[0; 8], &[0; 200]].concat();
        with(&repeated(&segment(0xc4, &full.repeat(300)), scale.bytes()))
    }),
    ("jpeg: quantisation tables without number", Fate::Read, |scale| {
        with(&repeated(&segment(0xdb, &quantization(1).repeat(1000)), scale.bytes()))
    }),
    ("jpeg: a restart marker behind each block", Fate::Read, |scale| {
        let side = scale.side();
        let data = b"\0\xff\xd0\0\xff\xd1\0\xff\xd2\0\xff\xd3\0\xff\xd4\0\xff\xd5\0\xff\xd6\0\xff\xd7";
        let blocks = blocks((side, side)) as usize;
        let data: Vec<u8> = data.iter().copied().cycle().take(3 * blocks - 2).collect();
        let scan = [segment(0xdd, &[0, 1]), scan(&[1], (0, 63, 0), &data)].concat();
        file(&[tables(1), frame(0xc0, (side, side), &[0x11])].concat(), &scan)
    }),
    ("jpeg: all pixels, flat", Fate::Read, |scale| full(scale, &[0x11; 3])),
    ("jpeg: all pixels, flat, in four inks", Fate::Read, |scale| full(scale, &[0x11; 4])),
    ("jpeg: all pixels, a scan for each of four inks", Fate::Read, |scale| {
        let size = (scale.side(), scale.side());
        let data = vec![0; blocks(size).div_ceil(4) as usize];
        let scans: Vec<u8> = (1..=4).flat_map(|component| scan(&[component], (0, 63, 0), &data)).collect();
        file(&[tables(1), frame(0xc0, size, &[0x11; 4])].concat(), &scans)
    }),
    ("jpeg: all pixels, noise", Fate::Read, noise),
    ("jpeg: all pixels, progressive in four inks", Fate::Read, |scale| {
        let size = (scale.side(), scale.side());
        let data = |bits: u64| vec![0; (bits * blocks(size)).div_ceil(8) as usize];
        let mut scans = scan(&[1, 2, 3, 4], (0, 0, 0), &data(4));
        scans.extend((1..=4).flat_map(|component| scan(&[component], (1, 63, 0), &data(1))));
        file(&[tables(1), frame(0xc2, size, &[0x11; 4])].concat(), &scans)
    }),
    ("jpeg: a quarter of the pixels, a hundred scans", Fate::Read, |scale| scans(100, (scale.side() / 2, scale.side() / 2))),
    ("jpeg: all pixels, twenty-five scans", Fate::Read, |scale| scans(25, (scale.side(), scale.side()))),
    ("jpeg: all pixels, every coefficient refined", Fate::Read, refined),
    ("jpeg: a hundred and one scans", Fate::Refused, |scale| scans(101, (scale.side(), scale.side()))),
    ("jpeg: twenty thousand empty scans", Fate::Refused, |_| {
        let scans = scan(&[1], (1, 63, 0), b"").repeat(20_000);
        file(&[tables(1), frame(0xc2, (600, 600), &[0x11])].concat(), &scans)
    }),
    ("jpeg: a column with blocks of four by four", Fate::Read, |_| {
        let size = (1, 65_535);
        let data = vec![0; 65_536];
        let scans: Vec<u8> = (1..=4).flat_map(|component| scan(&[component], (0, 63, 0), &data)).collect();
        file(&[tables(1), frame(0xc0, size, &[0x44; 4])].concat(), &scans)
    }),
];

const START: &[u8] = b"\xff\xd8";
const END: &[u8] = b"\xff\xd9";

pub(crate) fn segment(marker: u8, content: &[u8]) -> Vec<u8> {
    [&[0xff, marker], &(content.len() as u16 + 2).to_be_bytes()[..], content].concat()
}

fn quantization(factor: u8) -> Vec<u8> {
    [&[0][..], &[factor; 64]].concat()
}

/// Tables by which a zero bit stands for no difference, and for no coefficients.
fn tables(factor: u8) -> Vec<u8> {
    [segment(0xdb, &quantization(factor)), code(0x00, 0), code(0x10, 0)].concat()
}

/// A Huffman table of one code, a zero bit.
fn code(table: u8, symbol: u8) -> Vec<u8> {
    segment(0xc4, &[&[table, 1][..], &[0; 15], &[symbol]].concat())
}

/// A start of frame, with the sampling of each component.
fn frame(marker: u8, (width, height): (u32, u32), sampling: &[u8]) -> Vec<u8> {
    let mut content = vec![8];
    content.extend([height as u16, width as u16].map(u16::to_be_bytes).concat());
    content.push(sampling.len() as u8);
    content.extend((1..).zip(sampling).flat_map(|(id, &sampling)| [id, sampling, 0]));
    segment(marker, &content)
}

/// First and last coefficient, and how far the approximation goes.
fn scan(components: &[u8], (first, last, approximation): (u8, u8, u8), data: &[u8]) -> Vec<u8> {
    let mut content = vec![components.len() as u8];
    content.extend(components.iter().flat_map(|&id| [id, 0]));
    content.extend([first, last, approximation]);
    [segment(0xda, &content), data.to_vec()].concat()
}

fn file(head: &[u8], scans: &[u8]) -> Vec<u8> {
    [START, head, scans, END].concat()
}

const fn blocks((width, height): (u32, u32)) -> u64 {
    (width.div_ceil(8) * height.div_ceil(8)) as u64
}

/// A picture of one colour, with data for so many pixels.
fn flat(size: (u32, u32), sampling: &[u8], pixels: u64) -> Vec<u8> {
    let components: Vec<u8> = (1..=sampling.len() as u8).collect();
    let data = vec![0; (2 * sampling.len() as u64 * pixels).div_ceil(64 * 8) as usize];
    file(&[tables(1), frame(0xc0, size, sampling)].concat(), &scan(&components, (0, 63, 0), &data))
}

fn full(scale: Scale, sampling: &[u8]) -> Vec<u8> {
    let side = scale.side();
    flat((side, side), sampling, 64 * blocks((side, side)))
}

/// A small picture with these segments.
pub(crate) fn with(segments: &[u8]) -> Vec<u8> {
    let small = flat((600, 600), &[0x11; 3], 600 * 600);
    [START, segments, &small[2..]].concat()
}

pub(crate) fn with_profile(profile: &[u8]) -> Vec<u8> {
    let parts = profile.chunks(65_000);
    let count = parts.len() as u8;
    let segments = (1..).zip(parts).map(|(part, data)| segment(0xe2, &[b"ICC_PROFILE\0", &[part, count][..], data].concat()));
    with(&segments.collect::<Vec<_>>().concat())
}

/// 25, 26, 100 or 101 scans, each of which goes over the whole picture: bit by bit, and some coefficient by coefficient.
pub(crate) fn scans(count: u8, size: (u32, u32)) -> Vec<u8> {
    let data = |bits: u64| vec![0; (bits * blocks(size)).div_ceil(8) as usize];
    // A first scan that leaves out so many bits, and one for each of these.
    let band = |components: &[u8], first: u8, last: u8, low: u8| {
        let data = data(components.len() as u64);
        let refinements = (0..low).rev().map(|low| (low + 1) << 4 | low);
        [low].into_iter().chain(refinements).flat_map(|low| scan(components, (first, last, low), &data)).collect::<Vec<_>>()
    };
    let (low, bands, rest) = match count {
        100.. => (13, &[(2, 1, 63), (3, 1, 63), (1, 1, 1), (1, 2, 2), (1, 3, 3), (1, 4, 4)][..], count - 99),
        _ => (3, &[(2, 1, 63), (3, 1, 63), (1, 1, 1), (1, 2, 2), (1, 3, 4)][..], count - 25),
    };
    let mut scans = band(&[1, 2, 3], 0, 0, low);
    scans.extend(bands.iter().flat_map(|&(component, first, last)| band(&[component], first, last, low)));
    scans.extend(band(&[1], 5, 63, rest));
    file(&[tables(1), frame(0xc2, size, &[0x11; 3])].concat(), &scans)
}

/// All coefficients differ from zero, and three scans go through each of them.
fn refined(scale: Scale) -> Vec<u8> {
    let size = (scale.side(), scale.side());
    let data = |bits: u64| vec![0; (bits * blocks(size)).div_ceil(8) as usize];
    let mut scans = scan(&[1], (0, 0, 0), &data(1));
    scans.extend(code(0x10, 1));
    scans.extend(scan(&[1], (1, 63, 3), &data(126)));
    scans.extend(code(0x10, 0));
    for approximation in [0x32, 0x21, 0x10] {
        scans.extend(scan(&[1], (1, 63, approximation), &data(64)));
    }
    file(&[tables(1), frame(0xc2, size, &[0x11])].concat(), &scans)
}

/// All coefficients are one or minus one: what compresses least.
fn noise(scale: Scale) -> Vec<u8> {
    let size = (scale.side().next_multiple_of(16) - 16, scale.side().next_multiple_of(16) - 16);
    let mut bits = Bits::default();
    let mut state = 1_u64;
    for _ in 0..blocks(size) + blocks(size) / 2 {
        bits.push(0, 1);
        for _ in 0..7 {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            // A code of a zero bit, and a random sign.
            bits.push((state >> 40) as u32 & 0x1_5555, 18);
        }
    }
    // To the end of the last byte.
    bits.push(0, 7);
    let head = [segment(0xdb, &quantization(6)), code(0x00, 0), code(0x10, 1), frame(0xc0, size, &[0x22, 0x11, 0x11])].concat();
    file(&head, &scan(&[1, 2, 3], (0, 63, 0), &bits.bytes))
}

#[derive(Default)]
struct Bits {
    bytes: Vec<u8>,
    held: u64,
    count: u32,
}

impl Bits {
    fn push(&mut self, value: u32, count: u32) {
        self.held = self.held << count | u64::from(value);
        self.count += count;
        while self.count >= 8 {
            self.count -= 8;
            self.bytes.push((self.held >> self.count) as u8);
        }
    }
}
