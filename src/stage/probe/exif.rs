//! The two things that matter in EXIF data: the orientation, and whether there is a position.

use exif::{In, Reader, Tag};

use crate::header::Orientation;

pub(super) struct Exif {
    pub(super) orientation: Orientation,
    pub(super) gps: bool,
}

/// Any one of these means that the data say where the photo was taken. They are asked for one by one, since listing all
/// fields of a hostile file would parse each of them into memory.
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

/// Reads a TIFF structure, with or without the `Exif\0\0` in front. What cannot be read counts as absent: broken EXIF data are
/// common and no reason to refuse a photo.
pub(super) fn read(data: &[u8]) -> Exif {
    let tiff = data.strip_prefix(b"Exif\0\0").unwrap_or(data);
    let parsed =
        Reader::new().continue_on_error(true).read_raw(tiff.to_vec()).or_else(|error| error.distill_partial_result(|_| {}));
    let Ok(exif) = parsed else {
        return Exif { orientation: Orientation::Upright, gps: false };
    };
    let orientation = exif
        .get_field(Tag::Orientation, In::PRIMARY)
        .and_then(|field| field.value.get_uint(0))
        .and_then(Orientation::from_exif)
        .unwrap_or_default();
    let gps = GPS.into_iter().any(|tag| exif.get_field(tag, In::PRIMARY).is_some());
    Exif { orientation, gps }
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

    #[test]
    fn an_orientation_survives_what_is_broken_behind_it() {
        let mut data = tiff(6, true);
        data.truncate(data.len() - 12);
        assert_eq!(read(&data).orientation, Orientation::Rotate90);
    }
}
