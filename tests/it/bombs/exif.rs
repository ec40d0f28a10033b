//! EXIF data: directories that lead to each other, and counts that lie. In every container that has them.

use super::{Bomb, Fate, jpeg, png, webp};

pub(crate) const BOMBS: &[Bomb] = &[
    ("exif: a directory that goes on with itself", Fate::Read, |_| in_jpeg(&looped())),
    ("exif: directories below themselves", Fate::Read, |_| in_jpeg(&nested())),
    ("exif: counts of 2^32 - 1", Fate::Read, |_| in_jpeg(&endless())),
    ("exif: overlapping directories", Fate::Read, |_| in_jpeg(&overlapping(5400, 6))),
    ("exif: as many overlapping directories as are read", Fate::Read, |_| in_jpeg(&overlapping(5400, 16))),
    ("exif: more overlapping directories", Fate::Read, |_| in_jpeg(&overlapping(5400, 60))),
    ("exif: overlapping directories in PNG", Fate::Read, |_| png::with(b"eXIf", &overlapping(5400, 6))),
    ("exif: loops in PNG", Fate::Read, |_| png::with(b"eXIf", &nested())),
    ("exif: seven mebibytes in PNG", Fate::Read, |_| png::with(b"eXIf", &[overlapping(60_000, 6), vec![0x69; 6 << 20]].concat())),
    ("exif: PNG chunks without number", Fate::Read, |scale| {
        png::with_many(b"eXIf", &overlapping(5400, 6), scale.bytes().min(15 << 20))
    }),
    ("exif: overlapping directories in WebP", Fate::Read, |_| webp::with(0x08, &webp::chunk(b"EXIF", &overlapping(5400, 6)))),
    ("exif: WebP chunks without number", Fate::Read, |scale| {
        webp::with(0x08, &super::repeated(&webp::chunk(b"EXIF", &overlapping(5400, 6)), scale.bytes().min(15 << 20)))
    }),
];

fn in_jpeg(tiff: &[u8]) -> Vec<u8> {
    jpeg::with(&jpeg::segment(0xe1, &[b"Exif\0\0", tiff].concat()))
}

const EXIF: u16 = 0x8769;
const GPS: u16 = 0x8825;
const ORIENTATION: u16 = 0x0112;
const SHORT: u16 = 3;
const LONG: u16 = 4;

fn entry(tag: u16, kind: u16, count: u32, value: u32) -> Vec<u8> {
    [&tag.to_le_bytes()[..], &kind.to_le_bytes(), &count.to_le_bytes(), &value.to_le_bytes()].concat()
}

/// A directory right behind the header, and the offset of the next one.
fn tiff(entries: &[Vec<u8>], next: u32) -> Vec<u8> {
    [b"II*\0\x08\0\0\0", &(entries.len() as u16).to_le_bytes()[..], &entries.concat(), &next.to_le_bytes()].concat()
}

fn looped() -> Vec<u8> {
    tiff(&[entry(ORIENTATION, SHORT, 1, 1)], 8)
}

fn nested() -> Vec<u8> {
    tiff(&[entry(ORIENTATION, SHORT, 1, 1), entry(EXIF, LONG, 1, 8), entry(GPS, LONG, 1, 8), entry(0xa005, LONG, 1, 8)], 8)
}

fn endless() -> Vec<u8> {
    let kinds = (1..=13).map(|kind| entry(0x9000 + kind, kind, u32::MAX, 8));
    let pointers = [entry(EXIF, LONG, u32::MAX, 8), entry(GPS, LONG, 0x1000_0000, 8), entry(ORIENTATION, SHORT, u32::MAX, 1)];
    tiff(&kinds.chain(pointers).collect::<Vec<_>>(), u32::MAX)
}

/// So many entries, of which the first ones lead to directories that begin a little later and go on to the end of the same entries.
pub(crate) fn overlapping(entries: u32, pointers: u32) -> Vec<u8> {
    let entry_of = |index: u32| {
        let at = |entry: u32| 10 + 12 * entry - 2;
        if index < pointers {
            entry([EXIF, GPS][index as usize % 2], LONG, 1, at(pointers + 1 + index))
        } else {
            // The high half of the value is the number of entries of the directory that begins there.
            entry(index as u16, 1, 1, (entries - 1 - index) << 16)
        }
    };
    tiff(&(0..entries).map(entry_of).collect::<Vec<_>>(), 0)
}
