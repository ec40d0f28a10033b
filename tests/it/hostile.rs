//! Files that are cut off, that lie, or that were made to do harm: an error or a report, never a panic, never memory without end.

use std::sync::LazyLock;

use face_precheck::{Prepared, Profile, Result, Verdict, probe};
use image::{Rgb, RgbImage};
use proptest::prelude::*;

use crate::cases::cases;
use crate::derive::{jpeg, png, webp, with_segment};
use crate::fixtures::{ENGINE, PHOTO_REPORTS, PHOTOS, RENDERED, pictures, read};
use crate::panics;
use crate::samples::{SAMPLES, samples};

/// The file's part of a check, without networks.
pub(crate) fn check_file(bytes: &[u8]) -> Result<()> {
    ENGINE.check(bytes, &Profile::progeny_document()).map(drop)
}

pub(crate) fn small() -> RgbImage {
    RgbImage::from_fn(61, 47, |x, y| Rgb([(x * 4) as u8, (y * 5) as u8, (x * y) as u8]))
}

/// One small file of each kind that is read.
static KINDS: LazyLock<Vec<(String, Vec<u8>)>> = LazyLock::new(|| samples(&small()));

/// Demands nothing of the size, so that small files are prepared and not refused.
static ANY_SIZE: LazyLock<Profile> = LazyLock::new(|| {
    Profile::from_toml("name = 'any'\npurpose = 'document'\nformat = { accepted = ['jpeg', 'png', 'webp'] }").unwrap()
});

#[test]
fn every_prefix_of_every_fixture_is_an_error() {
    panics::watch();
    let mut counted = 0;
    for (folder, count) in [("photos", PHOTOS), ("rendered", RENDERED)] {
        for name in pictures(folder) {
            let bytes = read(&format!("{folder}/{name}"));
            for step in 0..40 {
                let length = bytes.len() * step / 40;
                assert!(check_file(&bytes[..length]).is_err(), "{name} cut at {length}");
            }
            for missing in 1..4 {
                assert!(check_file(&bytes[..bytes.len() - missing]).is_err(), "{name} without its last {missing} bytes");
            }
            counted += 1;
        }
        assert!(counted >= count);
    }
    panics::none_of_ours();
}

/// What stands behind the end is all that can be missing.
#[test]
fn every_prefix_of_small_files_is_an_error() {
    panics::watch();
    let mut tried = 0;
    for (name, bytes) in KINDS.iter() {
        check_file(bytes).unwrap();
        let end = bytes.len() - probe(bytes).unwrap().metadata.trailing_bytes as usize;
        let mut refused = 0;
        for length in 0..bytes.len() {
            match check_file(&bytes[..length]) {
                Err(error) => {
                    assert!(length < end, "{name}, cut at {length} of {end}: {error}");
                    assert!(["empty", "unknown-format", "malformed"].contains(&error.kind()), "{name}, cut at {length}: {error}");
                    refused += 1;
                }
                Ok(()) => assert!(length >= end, "{name}, cut at {length} of {end}"),
            }
        }
        assert_eq!(refused, end, "{name}");
        tried += 1;
    }
    assert_eq!(tried, SAMPLES);
    panics::none_of_ours();
}

/// An end marker behind missing data: other decoders fill in grey, and so may ours, but a face that is not there is not compliant.
#[test]
fn a_cut_jpeg_with_an_end_marker_is_not_compliant() {
    for name in ["compliant/grace_hopper_enlarged_1.5x.jpg", "compliant/astronaut_enlarged_3x.jpg"] {
        let bytes = read(&format!("photos/{name}"));
        let chin = PHOTO_REPORTS[name].faces()[0].hull.bottom();
        let height = f64::from(PHOTO_REPORTS[name].header().height());
        let mut refused = 0;
        for step in 1..19 {
            let cut = [&bytes[..bytes.len() * step / 20], b"\xff\xd9"].concat();
            match ENGINE.check(&cut, &Profile::default()) {
                Err(error) => assert_eq!(error.kind(), "malformed"),
                Ok(report) if report.verdict() == Verdict::Compliant => {
                    assert!(step as f64 / 20.0 > 0.5 * chin / height, "{name} cut at {step}/20");
                    continue;
                }
                Ok(_) => {}
            }
            refused += 1;
        }
        assert!(refused >= 3, "{name}: {refused}");
    }
}

/// All sampling factors that a frame header can state, on three components: some make the decoder stumble.
#[test]
fn every_sampling_is_read_or_refused() {
    panics::watch();
    let plain = jpeg(&small(), 90);
    let frame = plain.windows(2).position(|pair| pair == [0xff, 0xc0]).unwrap();
    let mut read = 0;
    for marker in [0xc0, 0xc2] {
        for factors in 0..4096_usize {
            let mut bytes = plain.clone();
            bytes[frame + 1] = marker;
            for component in 0..3 {
                let factor = (factors >> (4 * component)) as u8;
                bytes[frame + 11 + 3 * component] = ((factor >> 2) + 1) << 4 | ((factor & 3) + 1);
            }
            read += usize::from(check_file(&bytes).is_ok());
        }
    }
    assert!(read >= 1, "the unchanged one at least");
    panics::none_of_ours();
}

/// The quality is that of the tables the picture was coded with, not of others put in front of them.
#[test]
fn a_better_table_in_front_does_not_better_the_quality() {
    let plain = jpeg(&small(), 40);
    let forged = with_segment(&plain, 0xdb, &[&[0_u8][..], &[1; 64]].concat());
    for bytes in [&plain, &forged] {
        assert_eq!(probe(bytes).unwrap().jpeg.unwrap().quality.unwrap().value, 40);
    }
}

/// Baseline scans of one component each, which some decoders take for noise where chroma is subsampled.
#[test]
fn a_scan_for_each_component_is_read() {
    let image = small();
    let mut bytes = Vec::new();
    let mut encoder = jpeg_encoder::Encoder::new(&mut bytes, 85);
    encoder.set_sampling_factor(jpeg_encoder::SamplingFactor::R_4_2_0);
    encoder.set_optimized_huffman_tables(true);
    encoder.encode(image.as_raw(), 61, 47, jpeg_encoder::ColorType::Rgb).unwrap();
    check_file(&bytes).unwrap();
}

/// A picture that can be read gets a report, whatever its shape.
#[test]
fn odd_shapes_get_a_report() {
    for (width, height) in [(1, 1), (1, 4000), (4000, 1), (2, 3), (15, 17), (700, 3)] {
        let image = RgbImage::from_fn(width, height, |x, y| Rgb([(x * 7) as u8, (y * 3) as u8, 99]));
        for bytes in [jpeg(&image, 90), png(&image.clone().into()), webp(&image)] {
            let report = ENGINE.check(&bytes, &Profile::progeny_selfie()).unwrap();
            assert_eq!((report.header().width(), report.header().height()), (width, height));
            assert_eq!(report.verdict(), Verdict::Retake, "{width}x{height}");
        }
    }
}

proptest! {
    #![proptest_config(cases(2000))]

    /// Bytes changed anywhere in a small file of any kind.
    #[test]
    fn damaged_files_do_not_panic(
        kind in 0..SAMPLES,
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..12),
    ) {
        panics::watch();
        let mut bytes = KINDS[kind].1.clone();
        for (at, value) in changes {
            let at = at.index(bytes.len());
            bytes[at] = value;
        }
        if let (Ok(header), Ok(())) = (probe(&bytes), check_file(&bytes)) {
            prop_assert!(header.width() > 0 && header.height() > 0);
            match ENGINE.prepare(&bytes, &ANY_SIZE).unwrap() {
                Prepared::Ready(upload) => {
                    prop_assert_eq!(ENGINE.check(upload.bytes(), &ANY_SIZE).unwrap().verdict(), Verdict::Compliant);
                    prop_assert!(probe(upload.bytes()).unwrap().metadata.kinds().is_empty());
                    let again = ENGINE.prepare(upload.bytes(), &ANY_SIZE).unwrap().ready().unwrap();
                    prop_assert_eq!(again.bytes(), upload.bytes());
                }
                Prepared::Rejected(report) => prop_assert_eq!(report.verdict(), Verdict::Retake),
            }
        }
        panics::none_of_ours();
    }

    /// Bytes that only begin like a picture.
    #[test]
    fn noise_behind_a_magic_number_does_not_panic(magic in 0usize..3, noise in prop::collection::vec(any::<u8>(), 0..400)) {
        let magic: &[u8] = [&b"\xff\xd8\xff"[..], b"\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR", b"RIFF\xff\0\0\0WEBPVP8X"][magic];
        panics::watch();
        prop_assert!(check_file(&[magic, &noise].concat()).is_err());
        panics::none_of_ours();
    }

    /// EXIF data that are noise inside a structure.
    #[test]
    fn noise_as_exif_leaves_a_picture_readable(noise in prop::collection::vec(any::<u8>(), 0..300)) {
        let content = [b"Exif\0\0II*\0\x08\0\0\0", &noise[..]].concat();
        panics::watch();
        prop_assert!(check_file(&with_segment(&jpeg(&small(), 90), 0xe1, &content)).is_ok());
        panics::none_of_ours();
    }
}
