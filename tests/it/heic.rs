//! What iPhones write: read, prepared, and refused where it was made to do harm.

use face_precheck::{Change, Error, Format, Prepared, Profile, Rule, Verdict, probe};
use image::RgbImage;

use crate::cases::cases;
use crate::derive::{decode, decode_any, mean_difference, resized};
use crate::fixtures::{ENGINE, check, read};
use crate::panics;

const HEAD: &str = "rendered/p1_y+00_p+00_r+00.jpg";

fn heic(name: &str) -> Vec<u8> {
    read(&format!("heic/{name}.heic"))
}

/// What is shown, through a profile that asks for nothing of the face or of the size.
fn shown(bytes: &[u8]) -> RgbImage {
    let everything =
        Profile::from_toml("name = 'everything'\npurpose = 'document'\nformat = { accepted = ['png'] }\norientation = {}")
            .unwrap();
    match ENGINE.prepare(bytes, &everything).unwrap() {
        Prepared::Ready(upload) => decode_any(upload.bytes()).into_rgb8(),
        Prepared::Rejected(report) => panic!("{:?}", report.findings()),
    }
}

#[test]
fn every_kind_is_read_as_it_is_shown() {
    let head = decode(&read(HEAD));
    let small = resized(&head, 240, 320);
    for (name, orientation, expected) in [
        ("phone", 6, head.clone()),
        ("plain", 1, head.clone()),
        ("plain_444", 1, resized(&head, 481, 641)),
        ("ten_bit", 1, small.clone()),
        ("nclx_p3", 1, small.clone()),
        ("mirrored", 7, small.clone()),
        ("multi", 1, small.clone()),
        ("cropped", 1, image::imageops::crop_imm(&small, 10, 40, 200, 250).to_image()),
    ] {
        let bytes = heic(name);
        let header = probe(&bytes).unwrap();
        assert_eq!((header.format, header.orientation.exif()), (Format::Heic, orientation), "{name}");
        assert_eq!((header.width(), header.height()), expected.dimensions(), "{name}");
        let difference = mean_difference(&shown(&bytes), &expected);
        assert!(difference < 1.3, "{name}: {difference}");
    }
    let grey = shown(&heic("grey"));
    assert!(grey.pixels().all(|pixel| pixel.0[0] == pixel.0[1] && pixel.0[1] == pixel.0[2]));
    let luma = image::DynamicImage::from(small.clone()).into_luma8();
    let difference = grey.pixels().zip(luma.pixels()).map(|(a, b)| f64::from(a.0[0].abs_diff(b.0[0]))).sum::<f64>() / 76_800.0;
    assert!(difference < 5.0, "{difference}");
    let clear = shown(&heic("alpha"));
    assert!(clear.rows().take(58).flatten().all(|pixel| pixel.0 == [255; 3]));
    assert!(clear.rows().skip(62).flatten().any(|pixel| pixel.0[0] < 100));
}

#[test]
fn a_phones_photo_becomes_an_upload() {
    let bytes = heic("phone");
    let header = probe(&bytes).unwrap();
    assert_eq!(header.metadata.kinds(), ["EXIF", "GPS", "XMP"]);
    assert_eq!(header.color_profile.as_deref(), Some("Display P3"));
    let report = check(&bytes);
    assert_eq!(report.verdict(), Verdict::Fixable);
    let rules: Vec<_> = report.findings().iter().map(|finding| finding.rule).collect();
    assert_eq!(rules, [Rule::Format, Rule::Orientation, Rule::Metadata, Rule::HdrGainMap]);
    let upload = ENGINE.prepare(&bytes, &Profile::progeny_selfie()).unwrap().ready().unwrap();
    assert_eq!((upload.width(), upload.height()), (720, 960));
    for word in ["GpsSecret", "ExifSecret", "XmpSecret"] {
        assert!(memchr::memmem::find(&bytes, word.as_bytes()).is_some(), "{word}");
        assert!(memchr::memmem::find(upload.bytes(), word.as_bytes()).is_none(), "{word}");
    }
    let expected = [
        Change::ColorsConverted { from: "Display P3".into() },
        Change::Oriented { from: header.orientation },
        Change::Converted { from: Format::Heic, to: Format::Jpeg },
    ];
    assert_eq!(upload.changes()[..3], expected);
    assert!(upload.changes().contains(&Change::GainMapRemoved));
    assert!(mean_difference(&decode(upload.bytes()), &decode(&read(HEAD))) < 1.3);
    assert!(probe(&heic("multi")).unwrap().metadata.multi_picture);
    assert_eq!(probe(&heic("nclx_p3")).unwrap().color_profile.as_deref(), Some("Display P3"));
}

#[test]
fn files_made_to_do_harm_are_refused() {
    panics::watch();
    let mut refused = 0;
    for entry in std::fs::read_dir(crate::fixtures::root().join("heic/bad")).unwrap() {
        let path = entry.unwrap().path();
        let error = ENGINE.check(&std::fs::read(&path).unwrap(), &Profile::progeny_document()).unwrap_err();
        assert!(
            matches!(error, Error::Malformed { .. } | Error::UnsupportedFormat { .. } | Error::LimitExceeded { .. }),
            "{path:?}: {error}"
        );
        refused += 1;
    }
    assert_eq!(refused, 13);
    panics::none_of_ours();
}

#[test]
fn a_cut_file_is_an_error() {
    panics::watch();
    let bytes = heic("mirrored");
    for length in 0..bytes.len() {
        assert!(ENGINE.check(&bytes[..length], &Profile::progeny_document()).is_err(), "cut at {length}");
    }
    let more = [&bytes[..], b"trailing"].concat();
    assert_eq!(probe(&more).unwrap().metadata.trailing_bytes, 8);
    panics::none_of_ours();
}

proptest::proptest! {
    #![proptest_config(cases(400))]

    /// Bytes changed anywhere in a small file.
    #[test]
    fn damaged_files_do_not_panic(changes in proptest::collection::vec((proptest::prelude::any::<proptest::sample::Index>(), 0u8..=255), 1..8)) {
        let mut bytes = heic("mirrored");
        for (at, value) in changes {
            let at = at.index(bytes.len());
            bytes[at] = value;
        }
        panics::watch();
        let _ = ENGINE.check(&bytes, &Profile::progeny_document());
        panics::none_of_ours();
    }
}
