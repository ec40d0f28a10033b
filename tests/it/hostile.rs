//! Files that are cut off, that lie, or that were made to do harm: an error or a report, never a panic, never memory without end.

use face_precheck::{Error, LimitKind, Limits, Prepared, Profile, Result, Verdict, probe};
use image::{DynamicImage, Rgb, RgbImage};
use proptest::prelude::*;

use crate::derive::{animation, chunk, exif, jpeg, png, webp, with_chunk, with_exif, with_segment};
use crate::fixtures::{ENGINE, PHOTO_REPORTS, PHOTOS, RENDERED, pictures, read};

/// The file's part of a check, without networks.
fn check_file(bytes: &[u8]) -> Result<()> {
    ENGINE.check(bytes, &Profile::progeny_document()).map(drop)
}

fn small() -> RgbImage {
    RgbImage::from_fn(61, 47, |x, y| Rgb([(x * 4) as u8, (y * 5) as u8, (x * y) as u8]))
}

/// One small file of each kind that is read, with metadata in it.
fn samples() -> Vec<Vec<u8>> {
    let image = small();
    let mut progressive = Vec::new();
    let mut encoder = jpeg_encoder::Encoder::new(&mut progressive, 85);
    encoder.set_progressive(true);
    encoder.encode(image.as_raw(), 61, 47, jpeg_encoder::ColorType::Rgb).unwrap();
    vec![
        jpeg(&image, 90),
        with_exif(&jpeg(&image, 40), 6, true),
        progressive,
        with_chunk(&png(&image.clone().into()), b"eXIf", &exif(3, true)),
        png(&DynamicImage::from(image.clone()).to_rgba16().into()),
        webp(&image),
        animation(&image),
    ]
}

#[test]
fn every_prefix_of_every_fixture_is_an_error() {
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
}

#[test]
fn every_prefix_of_small_files_is_an_error() {
    for bytes in samples() {
        check_file(&bytes).unwrap();
        for length in 0..bytes.len() {
            assert!(check_file(&bytes[..length]).is_err(), "cut at {length} of {}", bytes.len());
        }
    }
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

#[test]
fn dimensions_that_lie_are_refused_before_memory_is_spent() {
    let too_many_pixels = |bytes: &[u8]| matches!(check_file(bytes), Err(Error::LimitExceeded { limit: LimitKind::Pixels, .. }));
    let mut bytes = jpeg(&small(), 90);
    let frame = bytes.windows(2).position(|pair| pair == [0xff, 0xc0]).unwrap();
    bytes[frame + 5..frame + 9].copy_from_slice(&[0xff; 4]);
    assert!(too_many_pixels(&bytes));
    // Within the limits, but not what the data hold.
    bytes[frame + 5..frame + 9].copy_from_slice(&[0x20, 0, 0x20, 0]);
    assert!(matches!(check_file(&bytes), Err(Error::Malformed { .. })));
    bytes[frame + 5..frame + 9].copy_from_slice(&[0, 0, 0, 61]);
    assert!(matches!(check_file(&bytes), Err(Error::Malformed { .. })));

    let ihdr = |width: u32, height: u32| {
        let mut data = [width.to_be_bytes(), height.to_be_bytes()].concat();
        data.extend([8, 2, 0, 0, 0]);
        let original = png(&small().into());
        [&original[..8], &chunk(b"IHDR", &data), &original[33..]].concat()
    };
    assert!(too_many_pixels(&ihdr(0x7fff_ffff, 0x7fff_ffff)));
    assert!(too_many_pixels(&ihdr(65_535, 66_601)));
    assert!(check_file(&ihdr(9000, 9000)).is_err());
    assert!(check_file(&ihdr(0, 47)).is_err());

    let mut bytes = webp(&small());
    let at = bytes.windows(4).position(|tag| tag == b"VP8L").unwrap() + 9;
    bytes[at..at + 4].copy_from_slice(&[0xff, 0xff, 0xff, 0x0f]);
    assert!(too_many_pixels(&bytes));
}

/// All sampling factors that a frame header can state, on three components: some make the decoder stumble.
#[test]
fn every_sampling_is_read_or_refused() {
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
}

/// Scan after scan of nothing: each would cost time for the whole picture.
#[test]
fn scans_without_end_are_refused() {
    let plain = jpeg(&small(), 90);
    let scan = plain.windows(2).position(|pair| pair == [0xff, 0xda]).unwrap();
    let header = &plain[scan..scan + 14];
    let bytes = [&plain[..scan], &header.repeat(20_000), &plain[scan..]].concat();
    assert!(matches!(check_file(&bytes), Err(Error::Malformed { message, .. }) if message.contains("scans")));
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

/// Each limit in three arms: without it, exactly at it, one under it.
#[test]
fn limits_hold_exactly() {
    let plain = with_exif(&jpeg(&small(), 90), 1, true);
    let header = probe(&plain).unwrap();
    let (size, pixels, metadata) = (plain.len() as u64, 61 * 47, header.metadata.bytes);
    assert!(metadata > 60);
    let checked = |limits: Limits| ENGINE.clone().with_limits(limits).check(&plain, &Profile::progeny_document());
    let unlimited = Limits::unlimited();
    assert!(checked(unlimited).is_ok());
    type Limited = fn(u64) -> Limits;
    let arms: [(LimitKind, u64, Limited); 3] = [
        (LimitKind::FileBytes, size, |file_bytes| Limits { file_bytes, ..Limits::unlimited() }),
        (LimitKind::Pixels, pixels, |pixels| Limits { pixels, ..Limits::unlimited() }),
        (LimitKind::MetadataBytes, metadata, |metadata_bytes| Limits { metadata_bytes, ..Limits::unlimited() }),
    ];
    for (kind, exact, limits) in arms {
        assert!(checked(limits(exact)).is_ok(), "{kind}");
        match checked(limits(exact - 1)) {
            Err(Error::LimitExceeded { limit, found, allowed }) => {
                assert_eq!((limit, found, allowed), (kind, exact, exact - 1));
            }
            other => panic!("{kind}: {other:?}"),
        }
    }
}

#[test]
fn metadata_without_end_are_refused() {
    let mut bytes = b"\xff\xd8".to_vec();
    let plain = jpeg(&small(), 90);
    for _ in 0..300 {
        bytes.extend(&with_segment(&plain, 0xe7, &vec![0; 65_000])[2..65_006]);
    }
    bytes.extend(&plain[2..]);
    assert!(matches!(check_file(&bytes), Err(Error::LimitExceeded { limit: LimitKind::MetadataBytes, .. })));
}

/// A few megabytes that would inflate to a gigabyte: in a profile, in text, in the picture itself.
fn bombs() -> Vec<(&'static str, Vec<u8>)> {
    use std::io::Write;
    let mut zlib = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::fast());
    for _ in 0..1024 {
        zlib.write_all(&vec![0; 1 << 20]).unwrap();
    }
    let bomb = zlib.finish().unwrap();
    let plain = png(&small().into());
    let named = |name: &[u8]| [name, b"\0\0", &bomb[..]].concat();
    let text = [b"Comment\0\x01\0\0\0", &bomb[..]].concat();
    let data_at = plain.windows(4).position(|kind| kind == b"IDAT").unwrap() - 4;
    vec![
        ("iccp.png", with_chunk(&plain, b"iCCP", &named(b"bomb"))),
        ("ztxt.png", with_chunk(&plain, b"zTXt", &named(b"Comment"))),
        ("itxt.png", with_chunk(&plain, b"iTXt", &text)),
        ("idat.png", [&plain[..data_at], &chunk(b"IDAT", &bomb), &chunk(b"IEND", b"")].concat()),
    ]
}

/// The command survives the bombs, and a picture that claims all pixels that are allowed, in less memory than any of them
/// would take.
#[cfg(target_os = "linux")]
#[test]
fn memory_is_bounded() {
    use std::process::Command;
    let folder = std::path::Path::new(env!("CARGO_TARGET_TMPDIR")).join("bombs");
    std::fs::create_dir_all(&folder).unwrap();
    let mut files = bombs();
    // 9,000 x 9,000 pixels in a file of two kilobytes.
    let mut lie = jpeg(&small(), 90);
    let frame = lie.windows(2).position(|pair| pair == [0xff, 0xc0]).unwrap();
    lie[frame + 5..frame + 9].copy_from_slice(&[0x23, 0x28, 0x23, 0x28]);
    files.push(("lie.jpg", lie));
    for (name, bytes) in files {
        let file = folder.join(name);
        std::fs::write(&file, bytes).unwrap();
        let output = Command::new("sh")
            .args(["-c", "ulimit -v 800000; exec \"$0\" check --jobs 1 --profile progeny-document \"$1\""])
            .args([std::path::Path::new(env!("CARGO_BIN_EXE_face-precheck")), &file])
            .output()
            .unwrap();
        // Read or refused, either is fine; running out of memory would end the process by a signal.
        assert!(matches!(output.status.code(), Some(0 | 1)), "{name}: {output:?}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(600))]

    /// Bytes changed anywhere in a small file of any kind.
    #[test]
    fn damaged_files_do_not_panic(
        kind in 0usize..7,
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..12),
    ) {
        let mut bytes = samples().swap_remove(kind);
        for (at, value) in changes {
            let at = at.index(bytes.len());
            bytes[at] = value;
        }
        if let (Ok(header), Ok(())) = (probe(&bytes), check_file(&bytes)) {
            prop_assert!(header.width() > 0 && header.height() > 0);
            // Of any size, so that it is prepared and not refused for being small.
            let any = Profile::from_toml("name = 'any'\npurpose = 'document'\nformat = { accepted = ['jpeg', 'png', 'webp'] }").unwrap();
            if let Prepared::Ready(upload) = ENGINE.prepare(&bytes, &any).unwrap() {
                prop_assert_eq!(ENGINE.check(upload.bytes(), &any).unwrap().verdict(), Verdict::Compliant);
                prop_assert!(probe(upload.bytes()).unwrap().metadata.kinds().is_empty());
                let again = ENGINE.prepare(upload.bytes(), &any).unwrap().ready().unwrap();
                prop_assert_eq!(again.bytes(), upload.bytes());
            }
        }
    }

    /// Bytes that only begin like a picture.
    #[test]
    fn noise_behind_a_magic_number_does_not_panic(magic in 0usize..3, noise in prop::collection::vec(any::<u8>(), 0..400)) {
        let magic: &[u8] = [&b"\xff\xd8\xff"[..], b"\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR", b"RIFF\xff\0\0\0WEBPVP8X"][magic];
        prop_assert!(check_file(&[magic, &noise].concat()).is_err());
    }

    /// EXIF data that are noise inside a structure.
    #[test]
    fn noise_as_exif_leaves_a_picture_readable(noise in prop::collection::vec(any::<u8>(), 0..300)) {
        let content = [b"Exif\0\0II*\0\x08\0\0\0", &noise[..]].concat();
        prop_assert!(check_file(&with_segment(&jpeg(&small(), 90), 0xe1, &content)).is_ok());
    }
}
