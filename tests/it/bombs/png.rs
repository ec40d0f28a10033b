//! PNG: data that inflate to far more than they are, and chunks without number.

use super::{Bomb, Fate, Scale, repeated, zeros, zlib};

pub(crate) const BOMBS: &[Bomb] = &[
    ("png: a gibibyte behind a small picture", Fate::Read, |_| file(small(), &[], &zeros(1 << 30))),
    ("png: data of the whole file's size behind a small picture", Fate::Read, |scale| {
        file(small(), &[], &zeros(1000 * scale.bytes() as u64))
    }),
    ("png: a profile of a gibibyte", Fate::Read, |_| with(b"iCCP", &[b"bomb\0\0", &zeros(1 << 30)[..]].concat())),
    ("png: compressed text of a gibibyte", Fate::Read, |_| with(b"zTXt", &[b"Comment\0\0", &zeros(1 << 30)[..]].concat())),
    ("png: international text of a gibibyte", Fate::Read, |_| {
        with(b"iTXt", &[b"Comment\0\x01\0\0\0", &zeros(1 << 30)[..]].concat())
    }),
    ("png: a hundred thousand chunks of text", Fate::Read, |_| {
        file(small(), &[&chunk(b"tEXt", b"a\0b").repeat(100_000)], &small_data())
    }),
    ("png: empty chunks without number", Fate::Read, |scale| {
        file(small(), &[&repeated(&chunk(b"teST", b""), scale.bytes())], &small_data())
    }),
    ("png: data in pieces of a byte", Fate::Read, |_| {
        let pieces: Vec<u8> = small_data().iter().flat_map(|&byte| chunk(b"IDAT", &[byte])).collect();
        [SIGNATURE, &chunk(b"IHDR", &ihdr(small())), &pieces, &chunk(b"IEND", b"")].concat()
    }),
    ("png: an animation of ten thousand frames", Fate::Read, |_| animation(10_000, &small_data())),
    ("png: an animation of fifty frames of a gibibyte", Fate::Read, |_| animation(50, &zeros(1 << 30))),
    ("png: 9999 x 9999 without data", Fate::Refused, |_| file((9999, 9999, 8, 2, false), &[], b"")),
    ("png: 9999 x 9999 with a row of data", Fate::Refused, |_| file((9999, 9999, 16, 6, false), &[], &zeros(80_000))),
    ("png: all pixels in RGB", Fate::Read, |scale| picture(scale, 8, 2, false)),
    ("png: all pixels in 16-bit RGBA", Fate::Read, |scale| picture(scale, 16, 6, false)),
    ("png: all pixels in 16-bit RGBA, interlaced", Fate::Read, |scale| picture(scale, 16, 6, true)),
    ("png: all pixels in 16-bit RGBA with a comment", Fate::Read, |scale| {
        let layout = (scale.side(), scale.side(), 16, 6, false);
        // Opaque, so that a preparation keeps the file but for the comment.
        let row = [&[0][..], &[0xff; 8].repeat(scale.side() as usize)].concat();
        file(layout, &[&chunk(b"tEXt", b"Comment\0b")], &zlib(&row.repeat(scale.side() as usize)))
    }),
    ("png: all pixels in 16-bit grey with alpha", Fate::Read, |scale| picture(scale, 16, 4, false)),
    ("png: all pixels in a bit each", Fate::Read, |scale| picture(scale, 1, 0, false)),
    ("png: all pixels in a row", Fate::Refused, |scale| {
        let layout = (scale.side() * scale.side(), 1, 8, 6, false);
        file(layout, &[], &zeros(length(layout)))
    }),
    ("png: all pixels in a column, interlaced", Fate::Read, |scale| {
        let layout = (1, scale.side() * scale.side() / 10, 8, 6, true);
        file(layout, &[], &zeros(length(layout)))
    }),
];

const SIGNATURE: &[u8] = b"\x89PNG\r\n\x1a\n";

/// Width, height, bits of a sample, kind of colour, and whether it is interlaced.
type Layout = (u32, u32, u8, u8, bool);

/// Large enough for the profile of documents.
const fn small() -> Layout {
    (600, 600, 8, 2, false)
}

fn small_data() -> Vec<u8> {
    zeros(length(small()))
}

pub(crate) fn chunk(kind: &[u8; 4], data: &[u8]) -> Vec<u8> {
    let mut crc = flate2::Crc::new();
    crc.update(kind);
    crc.update(data);
    [&(data.len() as u32).to_be_bytes()[..], kind, data, &crc.sum().to_be_bytes()].concat()
}

fn ihdr((width, height, depth, color, interlaced): Layout) -> Vec<u8> {
    [&width.to_be_bytes()[..], &height.to_be_bytes(), &[depth, color, 0, 0, interlaced.into()]].concat()
}

fn file(layout: Layout, chunks: &[&[u8]], data: &[u8]) -> Vec<u8> {
    [SIGNATURE, &chunk(b"IHDR", &ihdr(layout)), &chunks.concat(), &chunk(b"IDAT", data), &chunk(b"IEND", b"")].concat()
}

/// A small picture with this chunk.
pub(crate) fn with(kind: &[u8; 4], data: &[u8]) -> Vec<u8> {
    file(small(), &[&chunk(kind, data)], &small_data())
}

/// A small picture with a chunk of this kind as often as it fits.
pub(crate) fn with_many(kind: &[u8; 4], data: &[u8], bytes: usize) -> Vec<u8> {
    file(small(), &[&repeated(&chunk(kind, data), bytes)], &small_data())
}

pub(crate) fn with_profile(profile: &[u8]) -> Vec<u8> {
    with(b"iCCP", &[b"bomb\0\0", &zlib(profile)[..]].concat())
}

fn picture(scale: Scale, depth: u8, color: u8, interlaced: bool) -> Vec<u8> {
    let layout = (scale.side(), scale.side(), depth, color, interlaced);
    file(layout, &[], &zeros(length(layout)))
}

/// Bytes of all rows.
fn length((width, height, depth, color, interlaced): Layout) -> u64 {
    let channels = [1, 0, 3, 1, 2, 0, 4][usize::from(color)];
    let rows = |width: u32, height: u32| {
        let row = (u64::from(width) * channels * u64::from(depth)).div_ceil(8);
        if width == 0 { 0 } else { u64::from(height) * (1 + row) }
    };
    if !interlaced {
        return rows(width, height);
    }
    let passes = [(0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2)];
    let side = |side: u32, first: u32, step: u32| side.saturating_sub(first).div_ceil(step);
    passes.iter().map(|&(left, top, across, down)| rows(side(width, left, across), side(height, top, down))).sum()
}

/// Frames of the picture's size and with these data behind the picture itself.
fn animation(frames: u32, data: &[u8]) -> Vec<u8> {
    let (width, height, ..) = small();
    let mut chunks = Vec::new();
    for frame in 0..frames {
        let numbers = [2 * frame + 1, width, height, 0, 0].map(u32::to_be_bytes).concat();
        chunks.extend(chunk(b"fcTL", &[&numbers[..], &[0, 1, 0, 10, 0, 0]].concat()));
        chunks.extend(chunk(b"fdAT", &[&(2 * frame + 2).to_be_bytes()[..], data].concat()));
    }
    let control = chunk(b"acTL", &[(frames + 1).to_be_bytes(), [0; 4]].concat());
    let numbers = [0, width, height, 0, 0].map(u32::to_be_bytes).concat();
    let first = chunk(b"fcTL", &[&numbers[..], &[0, 1, 0, 10, 0, 0]].concat());
    let picture = chunk(b"IDAT", &small_data());
    [SIGNATURE, &chunk(b"IHDR", &ihdr(small())), &control, &first, &picture, &chunks, &chunk(b"IEND", b"")].concat()
}
