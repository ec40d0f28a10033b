//! ICC profiles whose tags lie, or share so much that reading each of them is more work than the file is long.

use super::{Bomb, Fate, jpeg, png, webp};

pub(crate) const BOMBS: &[Bomb] = &[
    ("icc: tags beyond the end", Fate::Read, |_| jpeg::with_profile(&beyond())),
    ("icc: 2^32 - 1 tags", Fate::Read, |_| jpeg::with_profile(&numberless())),
    ("icc: a name in overlapping languages", Fate::Read, |_| jpeg::with_profile(&languages())),
    ("icc: a name in overlapping languages, PNG", Fate::Read, |_| png::with_profile(&languages())),
    ("icc: a name in overlapping languages, WebP", Fate::Read, |_| webp::with(0x20, &webp::chunk(b"ICCP", &languages()))),
    ("icc: a name of four mebibytes", Fate::Read, |_| jpeg::with_profile(&named())),
    ("icc: every table the same, PNG", Fate::Read, |_| png::with_profile(&every_table())),
    ("icc: every table nearly the same, PNG", Fate::Read, |_| png::with_profile(&half_of_every_table())),
    ("icc: names of four mebibytes, WebP", Fate::Read, |_| webp::with(0x20, &webp::chunk(b"ICCP", &named()).repeat(3))),
    ("icc: a hundred tags on one table", Fate::Read, |_| jpeg::with_profile(&hundred())),
    ("icc: a hundred tags on one table, PNG", Fate::Read, |_| png::with_profile(&hundred())),
    ("icc: every table the same", Fate::Read, |_| jpeg::with_profile(&every_table())),
    ("icc: a table of 111 steps", Fate::Read, |_| jpeg::with_profile(&table(b"RGB ", 3, 111, Kind::Lut8))),
    ("icc: a table of 111 steps, PNG", Fate::Read, |_| png::with_profile(&table(b"RGB ", 3, 111, Kind::Lut8))),
    ("icc: a table of 255 steps that is not there", Fate::Read, |_| jpeg::with_profile(&absurd(Kind::Lut16))),
    ("icc: a newer table of 255 steps that is not there, PNG", Fate::Read, |_| png::with_profile(&absurd(Kind::Newer))),
    ("icc: four inks for a picture of light", Fate::Read, |_| jpeg::with_profile(&table(b"CMYK", 4, 32, Kind::Lut8))),
    ("icc: a table of four inks for light", Fate::Read, |_| png::with_profile(&table(b"RGB ", 4, 32, Kind::Lut8))),
    ("icc: fifteen channels", Fate::Read, |_| png::with_profile(&table(b"RGB ", 15, 2, Kind::Lut8))),
    ("icc: curves one over the other", Fate::Read, |_| jpeg::with_profile(&curves())),
];

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Lut8,
    Lut16,
    /// `mAB `.
    Newer,
}

/// Name, offset from the first tag's data, and length.
type Tag<'a> = (&'a [u8; 4], u32, u32);

fn profile(space: &[u8; 4], tags: &[Tag], data: &[u8]) -> Vec<u8> {
    let mut bytes = moxcms::ColorProfile::new_srgb().encode().unwrap();
    bytes.truncate(128);
    bytes[12..16].copy_from_slice(b"prtr");
    bytes[16..20].copy_from_slice(space);
    bytes[20..24].copy_from_slice(b"Lab ");
    bytes.extend((tags.len() as u32).to_be_bytes());
    let start = 132 + 12 * tags.len() as u32;
    for (name, offset, length) in tags {
        bytes.extend([&name[..], &start.saturating_add(*offset).to_be_bytes(), &length.to_be_bytes()].concat());
    }
    bytes.extend(data);
    let length = bytes.len() as u32;
    bytes[..4].copy_from_slice(&length.to_be_bytes());
    bytes
}

/// So many tags on the same bytes. One of them is its name.
pub(crate) fn tagged(tags: usize, data: &[u8]) -> Vec<u8> {
    let tag = |tag: usize| (if tag == 0 { b"desc" } else { b"zzzz" }, 0, data.len() as u32);
    profile(b"RGB ", &(0..tags).map(tag).collect::<Vec<_>>(), data)
}

fn beyond() -> Vec<u8> {
    let tags: Vec<Tag> =
        (0..60).map(|tag| ([b"A2B0", b"desc", b"rTRC", b"rXYZ"][tag % 4], u32::MAX - tag as u32, u32::MAX)).collect();
    profile(b"RGB ", &tags, &[0; 100])
}

fn numberless() -> Vec<u8> {
    let mut bytes = profile(b"RGB ", &[(b"desc", 0, 100)], &[0; 100]);
    bytes[128..132].copy_from_slice(&[0xff; 4]);
    bytes
}

/// Twenty thousand records, each of which is all that stands behind them.
fn languages() -> Vec<u8> {
    const RECORDS: u32 = 20_000;
    const TEXT: u32 = 800_000;
    let start = 16 + 12 * RECORDS;
    let record = [&b"enUS"[..], &TEXT.to_be_bytes(), &start.to_be_bytes()].concat();
    let head = [&b"mluc\0\0\0\0"[..], &RECORDS.to_be_bytes(), &12_u32.to_be_bytes()].concat();
    let text = [head, record.repeat(RECORDS as usize), b"\x20\xac".repeat(TEXT as usize / 2)].concat();
    profile(b"RGB ", &[(b"desc", 0, text.len() as u32)], &text)
}

fn named() -> Vec<u8> {
    let text = [&b"text\0\0\0\0"[..], &vec![0xc0; (4 << 20) - 400]].concat();
    let length = text.len() as u32;
    profile(b"RGB ", &[(b"desc", 0, length), (b"cprt", 0, length), (b"dmnd", 0, length), (b"dmdd", 0, length)], &text)
}

/// A table from so many channels to three, by so many steps in each.
fn lut(channels: u8, steps: u8, kind: Kind) -> Vec<u8> {
    let length = 3 * usize::from(steps).pow(channels.into());
    let levels = |count: usize| (0..count).map(|at| (at * 7) as u8);
    let identity: Vec<u8> = (0..3).flat_map(|row| (0..3).flat_map(move |column| [0, u8::from(row == column), 0, 0])).collect();
    let head = [if kind == Kind::Lut8 { &b"mft1"[..] } else { b"mft2" }, &[0; 4], &[channels, 3, steps, 0], &identity].concat();
    let ramp = || (0..=255_u8).cycle();
    if kind == Kind::Lut8 {
        let curves = ramp().take(256 * usize::from(channels));
        return head.into_iter().chain(curves).chain(levels(length)).chain(ramp().take(3 * 256)).collect();
    }
    [
        head,
        vec![0, 2, 0, 2],
        [0, 0, 0xff, 0xff].repeat(channels.into()),
        levels(2 * length).collect(),
        [0, 0, 0xff, 0xff].repeat(3),
    ]
    .concat()
}

fn table(space: &[u8; 4], channels: u8, steps: u8, kind: Kind) -> Vec<u8> {
    let lut = lut(channels, steps, kind);
    profile(space, &[(b"A2B0", 0, lut.len() as u32)], &lut)
}

fn hundred() -> Vec<u8> {
    let lut = lut(3, 111, Kind::Lut8);
    profile(b"RGB ", &[(b"A2B0", 0, lut.len() as u32); 100], &lut)
}

fn every_table() -> Vec<u8> {
    let lut = lut(3, 111, Kind::Lut8);
    let tags = [b"A2B0", b"A2B1", b"A2B2", b"B2A0", b"B2A1", b"B2A2", b"gamt"].map(|name| (name, 0, lut.len() as u32));
    profile(b"RGB ", &tags, &lut)
}

/// As much as is read.
fn half_of_every_table() -> Vec<u8> {
    let lut = lut(3, 73, Kind::Lut8);
    let tags = [b"A2B0", b"A2B1", b"A2B2", b"B2A0", b"B2A1", b"B2A2", b"gamt"].map(|name| (name, 0, lut.len() as u32));
    profile(b"RGB ", &tags, &lut)
}

fn absurd(kind: Kind) -> Vec<u8> {
    let mut lut = lut(3, 2, kind);
    lut[10] = 255;
    if kind == Kind::Newer {
        let offsets = [32_u32, 0, 0, 32, 0].map(u32::to_be_bytes).concat();
        lut = [&b"mAB \0\0\0\0\x03\x03\0\0"[..], &offsets, &[255; 16], &[1, 0, 0, 0], &[7; 5000]].concat();
    }
    profile(b"RGB ", &[(b"A2B0", 0, lut.len() as u32)], &lut)
}

/// Ninety curves of the largest size, all of them the same bytes.
fn curves() -> Vec<u8> {
    let curve = [&b"curv\0\0\0\0"[..], &40_000_u32.to_be_bytes(), &vec![0x55; 80_000]].concat();
    let tags: Vec<Tag> = (0..90).map(|tag| ([b"rTRC", b"gTRC", b"bTRC"][tag % 3], 0, curve.len() as u32)).collect();
    profile(b"RGB ", &tags, &curve)
}
