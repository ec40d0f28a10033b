//! The two things that matter in EXIF data: the orientation, and whether there is a position.

use exif::{In, Reader, Tag};

use crate::header::Orientation;
use crate::isolate::isolated;

#[derive(Default)]
pub(super) struct Exif {
    pub(super) orientation: Orientation,
    pub(super) gps: bool,
}

/// Tags of the position's directory. They are asked for one by one, since listing all fields of a hostile file would parse each
/// of them into memory.
const GPS: [Tag; 8] = [
    Tag::GPSLatitude,
    Tag::GPSLongitude,
    Tag::GPSAltitude,
    Tag::GPSDestLatitude,
    Tag::GPSDestLongitude,
    Tag::GPSAreaInformation,
    Tag::GPSProcessingMethod,
    Tag::GPSVersionID,
];

/// What a JPEG segment can hold. Other containers could hold more, but what matters stands at the beginning.
const LARGEST: usize = 1 << 16;

/// Real EXIF data have three directories below the main one. Overlapping ones without number would be read into gigabytes.
const MOST_DIRECTORIES: usize = 16;

/// Reads a TIFF structure, with or without the `Exif\0\0` in front. What cannot be read counts as absent: broken EXIF data are
/// common and no reason to refuse a photo.
pub(super) fn read(data: &[u8]) -> Exif {
    let tiff = data.strip_prefix(b"Exif\0\0").unwrap_or(data);
    let tiff = tiff.get(..LARGEST).unwrap_or(tiff);
    let is_modest = directories(tiff) <= MOST_DIRECTORIES;
    is_modest.then(|| isolated(|| parsed(tiff))).flatten().flatten().unwrap_or_default()
}

fn parsed(tiff: &[u8]) -> Option<Exif> {
    let parsed =
        Reader::new().continue_on_error(true).read_raw(tiff.to_vec()).or_else(|error| error.distill_partial_result(|_| {}));
    let exif = parsed.ok()?;
    let orientation = exif
        .get_field(Tag::Orientation, In::PRIMARY)
        .and_then(|field| field.value.get_uint(0))
        .and_then(Orientation::from_exif)
        .unwrap_or_default();
    let gps = GPS.into_iter().any(|tag| exif.get_field(tag, In::PRIMARY).is_some());
    Some(Exif { orientation, gps })
}

/// At most so many directories can there be: wherever the tag of one that points to another occurs with the type of a whole number, in
/// the data's own byte order.
fn directories(tiff: &[u8]) -> usize {
    const POINTERS: [u16; 3] = [Tag::ExifIFDPointer.1, Tag::GPSInfoIFDPointer.1, Tag::InteropIFDPointer.1];
    /// Bytes, shorts and longs.
    const KINDS: [u16; 3] = [1, 3, 4];
    let in_order = |number: u16| if tiff.starts_with(b"II") { number.to_le_bytes() } else { number.to_be_bytes() };
    let (pointers, kinds) = (POINTERS.map(in_order), KINDS.map(in_order));
    let begins_pointer = |entry: &&[u8]| {
        pointers.iter().any(|pointer| entry.starts_with(pointer)) && kinds.iter().any(|kind| entry.ends_with(kind))
    };
    tiff.windows(4).filter(begins_pointer).count()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A little-endian TIFF with an orientation and, if wanted, a GPS directory.
    fn tiff(orientation: u16, gps: bool) -> Vec<u8> {
        let mut data = b"II*\0\x08\0\0\0".to_vec();
        data.extend(if gps { 2u16 } else { 1 }.to_le_bytes());
        data.extend([0x12, 0x01, 3, 0, 1, 0, 0, 0]);
        data.extend(u32::from(orientation).to_le_bytes());
        if gps {
            data.extend([0x25, 0x88, 4, 0, 1, 0, 0, 0, 38, 0, 0, 0]);
        }
        data.extend([0; 4]);
        if gps {
            data.extend([1, 0, 0, 0, 1, 0, 4, 0, 0, 0, 2, 3, 0, 0, 0, 0, 0, 0]);
        }
        data
    }

    #[test]
    fn orientation_and_gps_are_found() {
        for value in 1..=8 {
            assert_eq!(read(&tiff(value, false)).orientation.exif(), value as u8);
        }
        assert!(!read(&tiff(1, false)).gps);
        assert!(read(&tiff(1, true)).gps);
    }

    #[test]
    fn nonsense_is_upright() {
        for data in [&b""[..], b"Exif\0\0", b"Exif\0\0garbage", b"II*\0\xff\xff\xff\xff", b"MM\0*\0\0\0\x08\xff\xff"] {
            assert_eq!(read(data).orientation, Orientation::Upright);
        }
        for value in [0, 9, 999] {
            assert_eq!(read(&tiff(value, false)).orientation, Orientation::Upright);
        }
    }

    /// Directories that overlap: each pointer leads to as many entries as fit behind it.
    #[test]
    fn directories_without_number_are_not_followed() {
        let mut data = b"II*\0\x08\0\0\0".to_vec();
        data.extend(5000u16.to_le_bytes());
        for entry in 0..5000u32 {
            data.extend([0x69, 0x87, 4, 0, 1, 0, 0, 0]);
            data.extend((8 + entry).to_le_bytes());
        }
        assert!(directories(&data) > MOST_DIRECTORIES);
        assert_eq!(read(&data).orientation, Orientation::Upright);
        assert!(directories(&tiff(6, true)) <= 1);
    }

    #[test]
    fn an_orientation_survives_what_is_broken_behind_it() {
        let mut data = tiff(6, true);
        data.truncate(data.len() - 12);
        assert_eq!(read(&data).orientation, Orientation::Rotate90);
    }
}
