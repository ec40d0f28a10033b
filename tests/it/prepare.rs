//! What becomes of photos that are prepared: what is kept, what is changed, what is never handed out.

use std::cell::Cell;
use std::collections::BTreeMap;
use std::sync::LazyLock;

use face_precheck::{
    Cause, Change, Chroma, Consideration, Format, Prepared, Profile, Purpose, Range, RecommendedHeight, Report, Rule, Upload,
    Verdict, probe,
};
use image::{DynamicImage, Rgb, RgbImage};
use proptest::prelude::*;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};

use crate::bombs::jpeg::segment;
use crate::cases::cases;
use crate::derive::{
    animation, chunk, decode, decode_any, exif, icc_png, jpeg, mean_difference, png, resized, stored, webp, with_chunk,
    with_exif, with_segment, with_trailer,
};
use crate::fixtures::{ENGINE, PHOTO_REPORTS, RENDERED_REPORTS, TRUTH, check, read};

const PHOTO: &str = "photos/compliant/grace_hopper_enlarged_1.5x.jpg";

fn selfie() -> Profile {
    Profile::progeny_selfie()
}

/// A profile with a difference.
fn but(mut profile: Profile, change: impl FnOnce(&mut Profile)) -> Profile {
    change(&mut profile);
    profile
}

/// The default profile's recommendation with a difference.
fn recommended_height(change: impl FnOnce(&mut RecommendedHeight)) -> RecommendedHeight {
    let mut height = selfie().recommended_height.unwrap();
    change(&mut height);
    height
}

fn at_most_bytes(profile: Profile, bytes: u32) -> Profile {
    but(profile, |profile| profile.file_size = Some(Range::at_most(bytes.into())))
}

fn prepare(bytes: &[u8], profile: &Profile) -> Prepared {
    ENGINE.prepare(bytes, profile).unwrap()
}

fn ready(bytes: &[u8], profile: &Profile) -> Upload {
    match prepare(bytes, profile) {
        Prepared::Ready(upload) => upload,
        Prepared::Rejected(report) => panic!("{:?} {:?}", report.findings(), report.considered()),
    }
}

fn rejected(bytes: &[u8], profile: &Profile) -> Report {
    match prepare(bytes, profile) {
        Prepared::Ready(upload) => panic!("{upload:?} {:?}", upload.report()),
        Prepared::Rejected(report) => report,
    }
}

/// Everything that an upload promises.
fn assert_keeps_its_promises(upload: &Upload, profile: &Profile) {
    let header = probe(upload.bytes()).unwrap();
    assert_eq!(&header, upload.report().header());
    assert!(header.complete);
    assert_eq!(header.orientation.exif(), 1);
    assert_eq!(header.metadata.kinds(), [""; 0]);
    assert_eq!((header.metadata.bytes == 0 || header.format == Format::Jpeg, header.metadata.trailing_bytes), (true, 0));
    assert_eq!(header.color_profile, None);
    assert!(!header.metadata.gain_map);
    let inside = |range: Option<Range>, value: f64| range.is_none_or(|range| range.contains(value));
    assert!(inside(profile.file_size, header.file_size as f64), "{} bytes", header.file_size);
    assert!(inside(profile.width, header.width().into()) && inside(profile.height, header.height().into()), "{header:?}");
    assert!(profile.format.as_ref().is_none_or(|formats| formats.accepted.contains(&header.format)));
    if let Some(quality) = header.jpeg.and_then(|jpeg| jpeg.quality) {
        assert!(inside(profile.jpeg_quality, quality.value.into()) || !quality.exact, "{quality:?}");
    }
    let report = ENGINE.check(upload.bytes(), profile).unwrap();
    assert_eq!(report.verdict(), Verdict::Compliant, "{:?}", report.findings());
    assert_eq!((report.faces(), report.findings()), (upload.report().faces(), upload.report().findings()));
    assert_eq!(upload.purpose(), profile.purpose);
    assert_eq!((upload.profile().name.as_str(), &upload.profile().sha256), (profile.name.as_str(), &profile.sha256()));
    // Prepared again it stays what it is.
    let again = ready(upload.bytes(), profile);
    assert_eq!(again.bytes(), upload.bytes());
    assert_eq!(again.changes(), []);
}

/// The entropy-coded data and the tables, in order: what a JPEG's picture consists of.
fn picture_data(jpeg: &[u8]) -> Vec<u8> {
    let start = jpeg.windows(2).position(|pair| pair == [0xff, 0xda]).unwrap();
    let end = jpeg.windows(2).rposition(|pair| pair == [0xff, 0xd9]).unwrap();
    jpeg[start..end].to_vec()
}

#[test]
fn compliant_fixtures_keep_their_pixels() {
    let mut kept = 0;
    for (folder, reports) in [("photos", &*PHOTO_REPORTS), ("rendered", &*RENDERED_REPORTS)] {
        for (name, _) in reports.iter().filter(|(_, report)| report.verdict() == Verdict::Compliant) {
            let bytes = read(&format!("{folder}/{name}"));
            let upload = ready(&bytes, &selfie());
            assert_eq!(picture_data(upload.bytes()), picture_data(&bytes), "{name}");
            assert!(decode(upload.bytes()) == decode(&bytes), "{name}");
            assert_eq!(upload.report().considered(), []);
            assert_eq!(probe(upload.bytes()).unwrap().metadata.kinds(), [""; 0], "{name}");
            kept += 1;
        }
    }
    assert!(kept >= 70, "{kept}");
}

#[test]
fn a_compliant_png_keeps_its_data() {
    let photo = decode(&read(PHOTO));
    let grey = DynamicImage::from(photo.clone()).into_luma8();
    for image in
        [DynamicImage::from(photo.clone()), DynamicImage::from(grey), DynamicImage::from(photo.clone()).into_rgba8().into()]
    {
        let plain = png(&image);
        let dirty = with_chunk(&with_chunk(&plain, b"tEXt", b"Comment\0secret"), b"pHYs", &[0, 0, 0, 1, 0, 0, 0, 1, 1]);
        let upload = ready(&with_trailer(&dirty, b"secret"), &selfie());
        assert_eq!(upload.bytes(), plain);
        assert_eq!(upload.changes(), [Change::MetadataRemoved { kinds: vec!["comment", "trailing bytes"] }]);
        assert_eq!((upload.media_type(), upload.file_name().as_str()), ("image/png", "selfie.png"));
        assert_keeps_its_promises(&upload, &selfie());
    }
    // Sixteen bits are kept where they fit.
    let deep = png(&DynamicImage::from(resized(&photo, 560, 656)).to_rgb16().into());
    let generous = but(selfie(), |profile| {
        profile.file_size = None;
        profile.face_size = None;
        profile.interpupillary_distance = None;
    });
    assert_eq!(ready(&deep, &generous).bytes(), deep);
}

/// Payloads with a word in each that must not get through, and the JPEG segments that carry them.
const SECRETS: [&str; 9] = [
    "GpsSecret",
    "ExifSecret",
    "XmpSecret",
    "IptcSecret",
    "NoteSecret",
    "ThumbSecret",
    "MpfSecret",
    "CommentSecret",
    "TrailSecret",
];

/// More of them, each where one container has a place for it that decoders pass over: a second header, a table that no scan uses, a picture
/// behind the picture.
const fn hidden(format: Format) -> &'static [&'static str] {
    match format {
        Format::Jpeg => &["LineSecret", "EndSecret", "JSecret", "AdobeSecret", "CodeSecret", "StepSecret"],
        Format::WebP => &["TwiceSecret", "AlphaSecret"],
        _ => &[],
    }
}

fn secret_exif(orientation: u8) -> Vec<u8> {
    // Behind the structure that is read, as cameras place their notes and thumbnails.
    let mut data = exif(orientation, true);
    for secret in ["GpsSecret", "ExifSecret", "NoteSecret", "ThumbSecret\u{ff}\u{d8}"] {
        data.extend(secret.as_bytes());
    }
    data
}

fn with_secrets_jpeg(plain: &[u8], orientation: u8) -> Vec<u8> {
    let scan = plain.windows(2).position(|pair| pair == [0xff, 0xda]).unwrap();
    let end = plain.len() - 2;
    let codes = [&[0x13][..], &[0; 7], &[40], &[0; 8], &b"CodeSecret".repeat(4)].concat();
    let steps = [&[3][..], &b"StepSecret".repeat(7)[..64]].concat();
    let before_scan = [
        segment(0xe0, b"JFIF\0JSecret\0\0"),
        segment(0xee, b"Adobe\0\x64\0\0\0\0\x01"),
        segment(0xee, b"AdobeSecret\x01"),
        segment(0xc4, &codes),
        segment(0xdb, &steps),
        segment(0xdc, b"\0\x01LineSecret"),
    ];
    let behind_scan = segment(0xdc, b"\0\x01EndSecret");
    let mut bytes = [&plain[..scan], &before_scan.concat(), &plain[scan..end], &behind_scan, &plain[end..]].concat();
    bytes = with_segment(&bytes, 0xe1, &[&b"Exif\0\0"[..], &secret_exif(orientation)].concat());
    bytes = with_segment(&bytes, 0xe1, b"http://ns.adobe.com/xap/1.0/\0<x:xmpmeta>XmpSecret</x:xmpmeta>");
    bytes = with_segment(&bytes, 0xed, b"Photoshop 3.0\08BIM\x04\x04IptcSecret");
    bytes = with_segment(&bytes, 0xe2, b"MPF\0II*\0MpfSecret");
    bytes = with_segment(&bytes, 0xfe, b"CommentSecret");
    bytes = with_segment(&bytes, 0xe0, b"JFXX\0\x10ThumbSecret");
    with_trailer(&bytes, b"\xff\xd8\xff\xe0TrailSecret")
}

fn with_secrets_png(plain: &[u8], orientation: u8) -> Vec<u8> {
    let mut bytes = with_chunk(plain, b"eXIf", &secret_exif(orientation));
    bytes = with_chunk(&bytes, b"iTXt", b"XML:com.adobe.xmp\0\0\0\0\0XmpSecret");
    bytes = with_chunk(&bytes, b"tEXt", b"Raw profile type iptc\0IptcSecret");
    bytes = with_chunk(&bytes, b"tEXt", b"Comment\0CommentSecret");
    bytes = with_chunk(&bytes, b"mpFx", b"MpfSecret");
    with_trailer(&bytes, b"TrailSecret")
}

fn with_secrets_webp(plain: &[u8], (width, height): (u32, u32), orientation: u8) -> Vec<u8> {
    let chunk =
        |kind: &[u8], data: &[u8]| [kind, &(data.len() as u32).to_le_bytes(), data, &vec![0; data.len() % 2][..]].concat();
    let side = |side: u32| (side - 1).to_le_bytes()[..3].to_vec();
    let content = [
        chunk(b"VP8X", &[vec![0x0c, 0, 0, 0], side(width), side(height)].concat()),
        plain[12..].to_vec(),
        // The same kind of picture, of the size that the first one states.
        chunk(&plain[12..16], &[&plain[20..25], b"TwiceSecret"].concat()),
        chunk(b"ALPH", b"\0AlphaSecret"),
        chunk(b"EXIF", &secret_exif(orientation)),
        chunk(b"XMP ", b"XmpSecret"),
        chunk(b"IPTC", b"IptcSecret MpfSecret CommentSecret"),
    ]
    .concat();
    let size = (content.len() as u32 + 4).to_le_bytes();
    with_trailer(&[b"RIFF", &size[..], b"WEBP", &content].concat(), b"TrailSecret")
}

/// Every payload goes, whether the picture is kept or compressed anew, in every container.
#[test]
fn nothing_personal_gets_through() {
    let photo = decode(&read(PHOTO));
    let mut prepared = 0;
    for orientation in [1, 6] {
        let pixels = stored(&photo, orientation);
        for dirty in [
            with_secrets_jpeg(&jpeg(&pixels, 92), orientation),
            with_secrets_png(&png(&pixels.clone().into()), orientation),
            with_secrets_webp(&webp(&pixels), pixels.dimensions(), orientation),
        ] {
            let found = |bytes: &[u8], word: &str| memchr::memmem::find(bytes, word.as_bytes()).is_some();
            let header = probe(&dirty).unwrap();
            assert!(SECRETS.iter().chain(hidden(header.format)).all(|secret| found(&dirty, secret)));
            assert!(header.metadata.gps && header.metadata.xmp && header.metadata.trailing_bytes > 0);
            let upload = ready(&dirty, &selfie());
            for word in SECRETS.iter().chain(&["Secret", "Exif", "http://ns.adobe.com", "Photoshop", "MPF\0", "JFXX", "RIFF"]) {
                assert!(!found(upload.bytes(), word), "{word} in {:?}", header.format);
            }
            let kinds = upload.changes().iter().find_map(|change| match change {
                Change::MetadataRemoved { kinds } => Some(kinds.clone()),
                _ => None,
            });
            assert!(["EXIF", "GPS", "XMP", "trailing bytes"].iter().all(|kind| kinds.as_ref().unwrap().contains(kind)));
            assert_keeps_its_promises(&upload, &selfie());
            let turned = upload.changes().iter().any(|change| matches!(change, Change::Oriented { .. }));
            assert_eq!(turned, orientation != 1);
            prepared += 1;
        }
    }
    assert_eq!(prepared, 6);
}

/// Bytes behind the last block of a scan, which no decoder reads and no marker tells of, do not get through either. What only fills a
/// file up is no reason to touch the picture.
#[test]
fn nothing_hides_behind_a_scan() {
    let photo = decode(&read(PHOTO));
    let encoded = |progressive| {
        let mut bytes = Vec::new();
        let mut encoder = jpeg_encoder::Encoder::new(&mut bytes, 92);
        encoder.set_progressive(progressive);
        encoder.encode(photo.as_raw(), photo.width() as u16, photo.height() as u16, jpeg_encoder::ColorType::Rgb).unwrap();
        bytes
    };
    let before_end = |jpeg: &[u8], hidden: &[u8]| [&jpeg[..jpeg.len() - 2], hidden, b"\xff\xd9"].concat();
    let mut prepared = 0;
    for plain in [encoded(false), encoded(true)] {
        let kept = ready(&plain, &selfie());
        assert_eq!(picture_data(kept.bytes()), picture_data(&plain));
        let filled = ready(&before_end(&plain, &[0; 100]), &selfie());
        assert!(filled.changes().iter().all(|change| !matches!(change, Change::Compressed { .. })), "{:?}", filled.changes());
        for hidden in [&b"Secret"[..], b"\xff\xd0Secret", b"\xff\0\xff\0Secret", b"S"] {
            let upload = ready(&before_end(&plain, hidden), &selfie());
            assert!(memchr::memmem::find(upload.bytes(), b"Secret").is_none());
            assert!(upload.changes().iter().any(|change| matches!(change, Change::Compressed { .. })), "{:?}", upload.changes());
            assert_keeps_its_promises(&upload, &selfie());
            prepared += 1;
        }
    }
    assert_eq!(prepared, 8);
}

/// A JPEG stored turned is turned at its own quality; more would only add bytes.
#[test]
fn a_turned_photo_keeps_its_quality() {
    let photo = decode(&read(PHOTO));
    for quality in [75, 90, 100] {
        let bytes = with_exif(&jpeg(&stored(&photo, 8), quality), 8, false);
        let upload = ready(&bytes, &selfie());
        let found = probe(upload.bytes()).unwrap().jpeg.unwrap().quality.unwrap();
        assert_eq!((found.value, found.exact), (quality.min(98), true));
        assert_eq!((upload.width(), upload.height()), photo.dimensions());
        assert!(matches!(
            upload.changes(),
            [Change::Oriented { .. }, Change::Compressed { chroma: Chroma::Full, .. }, Change::MetadataRemoved { .. }]
        ));
        assert_eq!(upload.report().considered().len(), 1);
    }
    // A PNG that fits stays without loss.
    let small = resized(&photo, 640, 750);
    let bytes = with_chunk(&png(&stored(&small, 5).into()), b"eXIf", &exif(5, false));
    let upload = ready(&bytes, &selfie());
    assert_eq!(upload.format(), Format::Png);
    assert!(decode_any(upload.bytes()).into_rgb8() == small);
}

/// A portrait whose face takes `share` of a picture of this size, with noise that costs bytes.
fn portrait(width: u32, height: u32, pupils: f64, noise: u8) -> RgbImage {
    Composition { person: 1, width, height, pupils, noise }.image()
}

#[test]
fn a_large_photo_is_reduced_to_the_recommended_height_if_the_face_allows_it() {
    // Pupils 420 px apart in 4,000 px: 113 in 1,080, which is a third over the limit.
    let bytes = jpeg(&portrait(3000, 4000, 420.0, 6), 96);
    assert!(bytes.len() > 2_000_000);
    let upload = ready(&bytes, &selfie());
    assert_eq!((upload.width(), upload.height()), (810, 1080));
    assert!(matches!(
        upload.changes(),
        [Change::Scaled { factor: 0.27, .. }, Change::Compressed { jpeg_quality: 98, chroma: Chroma::Full }]
    ));
    assert_keeps_its_promises(&upload, &selfie());
}

/// The face of the issue's own example: the limit is in reach, and is not touched.
#[test]
fn a_small_face_in_a_large_photo_is_not_reduced_under_the_limit() {
    let bytes = jpeg(&portrait(3000, 4000, 90.0, 4), 95);
    assert!(bytes.len() > 2_000_000, "{}", bytes.len());
    let source = check(&bytes);
    assert!((224.0..245.0).contains(&source.faces()[0].size_px), "{}", source.faces()[0].size_px);
    let upload = ready(&bytes, &selfie());
    assert!(upload.report().faces()[0].size_px >= 224.0);
    let considered = upload.report().considered();
    assert_eq!((considered[0].height, &considered[0].outcome), (1080, &Consideration::FaceTooSmall));
    assert_eq!((considered[1].height, &considered[1].outcome), (4000, &Consideration::Chosen));
    let json = serde_json::to_value(upload.report()).unwrap();
    assert_eq!(json["considered"][0]["outcome"], "face-too-small");
    assert_keeps_its_promises(&upload, &selfie());
}

/// Where not even the lowest quality fits, and a smaller size would lose the face, there is no upload.
#[test]
fn what_cannot_be_made_to_fit_is_rejected_with_the_reason() {
    let profile = at_most_bytes(selfie(), 60_000);
    let bytes = jpeg(&portrait(1500, 2000, 95.0, 8), 92);
    assert_eq!(ENGINE.check(&bytes, &profile).unwrap().verdict(), Verdict::Fixable);
    let report = rejected(&bytes, &profile);
    assert_eq!(report.verdict(), Verdict::Retake);
    let finding = report.findings().iter().find(|finding| finding.rule == Rule::FileSize).unwrap();
    assert!(
        !finding.fixable && matches!(finding.cause, Cause::OutOfRange { measured, .. } if measured > 60_000.0),
        "{finding:?}"
    );
    assert!(report.considered().len() >= 3, "{:?}", report.considered());
    assert!(
        report.considered().iter().any(|size| matches!(size.outcome, Consideration::TooManyBytes { bytes } if bytes > 60_000))
    );
    // With a larger face the same bytes are enough.
    let close = jpeg(&portrait(1500, 2000, 380.0, 8), 92);
    let upload = ready(&close, &profile);
    assert!(upload.bytes().len() <= 60_000);
    assert_keeps_its_promises(&upload, &profile);
}

/// No JPEG is so long, and reduced that far it would have no rows left.
#[test]
fn a_thread_is_rejected_with_the_reason() {
    let demanding_nothing = Profile::from_toml("name = 'any'\npurpose = 'document'\nformat = { accepted = ['jpeg'] }").unwrap();
    for (width, height, rule) in [(500_000, 3, Rule::Width), (3, 500_000, Rule::Height)] {
        let report = rejected(&png(&image::GrayImage::new(width, height).into()), &demanding_nothing);
        let finding = report.findings().iter().find(|finding| !finding.fixable).unwrap();
        assert_eq!(finding.rule, rule);
        assert!(
            matches!(&finding.cause, Cause::OutOfRange { measured, required } if *measured == 500_000.0 && required.max == Some(65_500.0))
        );
    }
    let upload = ready(&png(&image::GrayImage::new(500_000, 7).into()), &demanding_nothing);
    assert_eq!((upload.width(), upload.height()), (65_500, 1));
}

/// The quality is the highest that fits: one more would be too much.
#[test]
fn the_best_quality_that_fits() {
    for (budget, chroma) in
        [(120_000, Chroma::Quarter), (280_000, Chroma::Quarter), (550_000, Chroma::Full), (900_000, Chroma::Full)]
    {
        let profile = but(at_most_bytes(selfie(), budget), |profile| profile.recommended_height = None);
        let photo = portrait(1080, 1440, 250.0, 5);
        let upload = ready(&webp(&photo), &profile);
        let (quality, found) = upload
            .changes()
            .iter()
            .find_map(|change| match change {
                Change::Compressed { jpeg_quality, chroma } => Some((*jpeg_quality, *chroma)),
                _ => None,
            })
            .unwrap();
        assert_eq!((found, upload.height()), (chroma, 1440), "{budget}: {quality}");
        assert_eq!(probe(upload.bytes()).unwrap().jpeg.unwrap().quality.unwrap().value, quality);
        // With a higher one demanded there is no upload of this size and with these colours.
        let finer = but(profile, |profile| profile.jpeg_quality = Some(Range::at_least(f64::from(quality) + 1.0)));
        match ENGINE.prepare(&webp(&photo), &finer).unwrap() {
            Prepared::Ready(_) if quality == 98 => panic!("{budget}: no quality is higher"),
            Prepared::Ready(other) => assert!(
                other.height() < 1440
                    || chroma == Chroma::Full
                        && other
                            .changes()
                            .iter()
                            .any(|change| matches!(change, Change::Compressed { chroma: Chroma::Quarter, .. })),
                "{budget}: {quality} is not the highest"
            ),
            Prepared::Rejected(_) => {}
        }
    }
}

#[test]
fn the_recommended_height_alone_changes_nothing_unless_the_profile_says_so() {
    let bytes = jpeg(&portrait(1080, 1440, 250.0, 0), 90);
    assert_eq!(ready(&bytes, &selfie()).bytes(), bytes);
    let mut profile = Profile::from_toml("extends = 'progeny-selfie'\nname = 'low'\nrecommended-height = 'apply'").unwrap();
    let recommended = recommended_height(|height| height.apply = true);
    assert_eq!(profile.recommended_height, Some(recommended));
    let upload = ready(&bytes, &profile);
    assert_eq!((upload.width(), upload.height()), (810, 1080));
    assert_keeps_its_promises(&upload, &profile);
    // Not at the face's cost: pupils 120 px apart would be 90.
    let bytes = jpeg(&portrait(1080, 1440, 120.0, 0), 90);
    assert_eq!(ready(&bytes, &profile).bytes(), bytes);
    // A document is reduced only on demand.
    let page = jpeg(&RgbImage::from_fn(1200, 1600, |x, y| Rgb([if (x / 9 + y / 14) % 5 == 0 { 20 } else { 250 }; 3])), 90);
    profile = but(Profile::progeny_document(), |profile| profile.recommended_height = Some(recommended));
    assert_eq!(ready(&page, &profile).height(), 1080);
    assert_eq!(ready(&with_exif(&page, 6, false), &Profile::progeny_document()).width(), 1600);
}

#[test]
fn a_crop_saves_a_face_that_a_reduction_would_lose() {
    let bytes = jpeg(&portrait(5600, 4200, 100.0, 0), 90);
    assert_eq!(rejected(&bytes, &selfie()).verdict(), Verdict::Retake);
    let profile = Profile::from_toml("extends = 'progeny-selfie'\nname = 'cropping'\ncrop = true").unwrap();
    assert_eq!(ENGINE.check(&bytes, &profile).unwrap().verdict(), Verdict::Fixable);
    let upload = ready(&bytes, &profile);
    assert_eq!((upload.width(), upload.height()), (4096, 4096));
    assert!(
        upload.changes().iter().any(|change| matches!(change, Change::Cropped { width: 4096, .. })),
        "{:?}",
        upload.changes()
    );
    assert!(upload.report().faces()[0].interpupillary_distance_px > 95.0);
    assert_keeps_its_promises(&upload, &profile);
    // Few bytes: head and shoulders are left.
    let few = at_most_bytes(profile, 70_000);
    let upload = ready(&jpeg(&portrait(3000, 2400, 100.0, 8), 90), &few);
    assert!(upload.width() < 1200 && upload.report().considered().iter().any(|size| size.cropped), "{upload:?}");
    assert_keeps_its_promises(&upload, &few);
}

/// The same colours in Display P3 or Adobe RGB and in sRGB make the same upload.
#[test]
fn wide_colours_become_srgb() {
    use moxcms::{ColorProfile, Layout, TransformOptions};
    let photo = resized(&decode(&read(PHOTO)), 640, 750);
    let srgb = ColorProfile::new_srgb();
    let plain = ready(&png(&photo.clone().into()), &selfie());
    assert_eq!(plain.changes(), []);
    // Adobe RGB is so wide that its steps in eight bits are coarse.
    for (wide, compressed) in [(ColorProfile::new_display_p3(), 1.0), (ColorProfile::new_adobe_rgb(), 1.1)] {
        let transform = srgb.create_transform_8bit(Layout::Rgb, &wide, Layout::Rgb, TransformOptions::default()).unwrap();
        let mut twin = photo.clone();
        transform.transform(photo.as_raw(), &mut twin).unwrap();
        assert!(mean_difference(&twin, &photo) > 1.5, "the numbers differ");
        let icc = wide.encode().unwrap();
        let upload = ready(&icc_png(&twin, &icc), &selfie());
        let difference = mean_difference(&decode_any(upload.bytes()).into_rgb8(), &photo);
        assert!(difference <= 1.0, "{difference}");
        assert!(matches!(upload.changes(), [Change::ColorsConverted { .. }]), "{:?}", upload.changes());
        assert_keeps_its_promises(&upload, &selfie());
        // As a JPEG, where compression adds its own.
        let mut content = b"ICC_PROFILE\0\x01\x01".to_vec();
        content.extend(&icc);
        let upload = ready(&with_segment(&jpeg(&twin, 98), 0xe2, &content), &selfie());
        let twin = ready(&jpeg(&photo, 98), &selfie());
        let difference = mean_difference(&decode(upload.bytes()), &decode(twin.bytes()));
        assert!(difference <= compressed, "{difference}");
    }
    // One that says what receivers assume anyway is left out, and the picture kept.
    let upload = ready(&icc_png(&photo, &srgb.encode().unwrap()), &selfie());
    assert_eq!(upload.bytes(), plain.bytes());
    assert!(matches!(upload.changes(), [Change::ColorProfileRemoved { .. }]));
}

#[test]
fn every_kind_of_picture_becomes_an_ordinary_one() {
    use jpeg_encoder::{ColorType, Encoder};
    let photo = decode(&read(PHOTO));
    let ink: Vec<u8> = photo.pixels().flat_map(|&Rgb([r, g, b])| [255 - r, 255 - g, 255 - b, 0]).collect();
    let mut cmyk = Vec::new();
    Encoder::new(&mut cmyk, 95).encode(&ink, photo.width() as u16, photo.height() as u16, ColorType::Cmyk).unwrap();
    let mut clear = DynamicImage::from(photo.clone()).into_rgba8();
    clear.enumerate_pixels_mut().filter(|(x, y, _)| *y < 60 || *x < 40).for_each(|(_, _, pixel)| pixel.0 = [9, 8, 7, 0]);
    type Expected = fn(&Change) -> bool;
    let cases: [(&str, Vec<u8>, Expected); 4] = [
        ("CMYK", cmyk, |change| matches!(change, Change::ColorsConverted { from } if from == "CMYK")),
        ("alpha", png(&clear.clone().into()), |change| matches!(change, Change::Flattened)),
        ("WebP", webp(&photo), |change| matches!(change, Change::Converted { from: Format::WebP, to: Format::Jpeg })),
        ("animated WebP", animation(&photo), |change| matches!(change, Change::FirstPicture)),
    ];
    for (what, bytes, expected) in cases {
        let upload = ready(&bytes, &selfie());
        assert!(upload.changes().iter().any(expected), "{what}: {:?}", upload.changes());
        assert_keeps_its_promises(&upload, &selfie());
        let header = upload.report().header();
        assert!(header.format == Format::Png || header.jpeg.unwrap().components == 3, "{what}");
        let shown = decode_any(upload.bytes()).into_rgb8();
        let difference = if what == "alpha" {
            let white = RgbImage::from_fn(photo.width(), photo.height(), |x, y| {
                if y < 60 || x < 40 { Rgb([255; 3]) } else { *photo.get_pixel(x, y) }
            });
            mean_difference(&shown, &white)
        } else {
            mean_difference(&shown, &photo)
        };
        assert!(difference < 1.5, "{what}: {difference}");
    }
}

/// An animation's frame that covers a part lies on white; one that lies about its place is an error.
#[test]
fn the_first_frame_of_an_animation_is_the_picture() {
    let photo = decode(&read(PHOTO));
    let bytes = animation(&photo);
    assert_eq!(check(&bytes).faces(), check(&png(&photo.clone().into())).faces());
    let at = bytes.windows(4).position(|kind| kind == b"ANMF").unwrap() + 8;
    for (offset, value) in [(0, 0xff), (3, 0xff), (6, 0x03), (9, 0x01)] {
        let mut lying = bytes.clone();
        lying[at + offset] = value;
        assert!(ENGINE.check(&lying, &selfie()).is_err(), "{offset}");
    }
    // On a larger canvas, away from the corner.
    let mut shifted = bytes.clone();
    let canvas = shifted.windows(4).position(|kind| kind == b"VP8X").unwrap() + 12;
    shifted[canvas..canvas + 3].copy_from_slice(&(photo.width() + 99).to_le_bytes()[..3]);
    shifted[at] = 20;
    let report = check(&shifted);
    assert_eq!(report.header().width(), photo.width() + 100);
    let moved = report.faces()[0].left_eye.x - check(&bytes).faces()[0].left_eye.x;
    assert!((moved - 40.0).abs() < 2.0, "{moved}");
}

#[test]
fn a_gain_map_is_reported_and_left_out() {
    let plain = read(PHOTO);
    let xmp = b"http://ns.adobe.com/xap/1.0/\0<x xmlns:hdrgm=\"http://ns.adobe.com/hdr-gain-map/1.0/\"/>";
    let apple =
        with_trailer(&with_segment(&plain, 0xe2, b"MPF\0II*\0"), b"\xff\xd8urn:com:apple:photo:2020:aux:hdrgainmap\xff\xd9");
    for bytes in [with_segment(&plain, 0xe1, xmp), apple, with_segment(&plain, 0xe2, b"urn:iso:std:iso:ts:21496:-1\0")] {
        let report = check(&bytes);
        assert!(report.findings().iter().any(|finding| finding.rule == Rule::HdrGainMap), "{:?}", report.findings());
        assert_eq!(report.verdict(), Verdict::Compliant);
        let upload = ready(&bytes, &selfie());
        assert!(upload.changes().contains(&Change::GainMapRemoved));
        assert_eq!(upload.bytes(), plain);
    }
    assert!(check(&plain).findings().iter().all(|finding| finding.rule != Rule::HdrGainMap));
}

/// What stands behind the fields of a chunk that is kept, or behind the end of the compressed data, does not get through.
#[test]
fn surplus_bytes_in_a_pictures_own_chunks_do_not_get_through() {
    use std::io::Write;
    let photo = resized(&decode(&read(PHOTO)), 640, 750);
    let plain = png(&photo.clone().into());
    let rows: Vec<u8> = photo.as_raw().chunks(3 * 640).flat_map(|row| [&[0], row].concat()).collect();
    let deflated = |rows: &[u8]| {
        let mut zlib = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::fast());
        zlib.write_all(rows).unwrap();
        zlib.finish().unwrap()
    };
    let with_data = |data: &[u8]| [&plain[..33], &chunk(b"IDAT", data), &chunk(b"IEND", b"")].concat();
    let data = deflated(&rows);
    assert_eq!(ready(&with_data(&data), &selfie()).bytes(), with_data(&data));
    // Padding that compresses badly, so that it would be found.
    let secret: Vec<u8> = (0..2000u32).map(|n| ((n * n) >> 3) as u8).collect();
    let surplus_rows = with_data(&deflated(&[&rows[..], &secret].concat()));
    let surplus_data = with_data(&[&data[..], b"Secret"].concat());
    let two_streams = [&plain[..33], &chunk(b"IDAT", &data), &chunk(b"IDAT", b"Secret"), &chunk(b"IEND", b"")].concat();
    let late_palette = [&with_data(&data)[..33 + 12 + data.len()], &chunk(b"PLTE", b"Secret"), &chunk(b"IEND", b"")].concat();
    let long_end = [&plain[..33], &chunk(b"IDAT", &data), &chunk(b"IEND", b"Secret")].concat();
    let long_fields = with_chunk(&with_chunk(&plain, b"sRGB", b"\0Secret"), b"gAMA", b"\0\0\xb1\x8fSecret");
    let mut made = 0;
    for (what, bytes) in [
        ("surplus rows", surplus_rows),
        ("surplus data", surplus_data),
        ("two streams", two_streams),
        ("late palette", late_palette),
        ("long end", long_end),
        ("long fields", long_fields),
    ] {
        // Refused or made without it, either is fine.
        let Ok(prepared) = ENGINE.prepare(&bytes, &selfie()) else { continue };
        let upload = prepared.ready().unwrap();
        assert!(memchr::memmem::find(upload.bytes(), b"Secret").is_none(), "{what}");
        assert!(upload.bytes().len() <= bytes.len() && !upload.changes().is_empty(), "{what}: {:?}", upload.changes());
        assert!(decode_any(upload.bytes()).into_rgb8() == photo, "{what}");
        made += 1;
    }
    assert!(made >= 3, "{made}");
    // And in a JPEG: tables that no scan uses.
    let photo = read(PHOTO);
    let end = photo.len() - 2;
    let table = [&b"\xff\xdb\0\x43\x03Secret"[..], &[1; 58]].concat();
    let bytes = [&photo[..end], &table, &photo[end..]].concat();
    assert_eq!(ready(&bytes, &selfie()).bytes(), photo);
}

/// Checksums are what receivers go by.
#[test]
fn a_png_with_wrong_checksums_is_malformed() {
    let plain = png(&resized(&decode(&read(PHOTO)), 640, 750).into());
    let at = |kind: &[u8]| plain.windows(4).rposition(|window| window == kind).unwrap();
    let mut checksum = plain.clone();
    checksum[at(b"IEND") + 4] ^= 1;
    let mut adler = plain.clone();
    let end = at(b"IEND") - 8;
    adler[end - 1] ^= 1;
    // With the chunk's own checksum put right.
    let data = at(b"IDAT");
    let fixed = chunk(b"IDAT", &adler[data + 4..end]);
    let adler = [&plain[..data - 4], &fixed, &plain[end + 4..]].concat();
    let ancillary = with_chunk(&plain, b"tEXt", b"Comment\0hello");
    let text = ancillary.windows(5).position(|window| window == b"hello").unwrap();
    let mut ancillary = ancillary;
    ancillary[text] ^= 1;
    for (what, bytes) in [("IEND", checksum), ("zlib", adler), ("text", ancillary)] {
        let error = ENGINE.check(&bytes, &selfie()).unwrap_err();
        assert_eq!(error.kind(), "malformed", "{what}");
    }
}

/// Colours that a PNG tells of without a profile.
#[test]
fn code_points_and_gamma_are_applied() {
    let photo = resized(&decode(&read(PHOTO)), 640, 750);
    let plain = png(&photo.clone().into());
    let p3 = with_chunk(&plain, b"cICP", &[12, 13, 0, 1]);
    let upload = ready(&p3, &selfie());
    assert_eq!(upload.changes(), [Change::ColorsConverted { from: "Display P3".into() }]);
    let expected = ready(&icc_png(&photo, &moxcms::ColorProfile::new_display_p3().encode().unwrap()), &selfie());
    assert!(mean_difference(&decode_any(upload.bytes()).into_rgb8(), &decode_any(expected.bytes()).into_rgb8()) < 0.5);
    assert_keeps_its_promises(&upload, &selfie());

    let gamma = |value: u32| with_chunk(&plain, b"gAMA", &value.to_be_bytes());
    let linear = ready(&gamma(100_000), &selfie());
    assert_eq!(linear.changes(), [Change::ColorsConverted { from: "gamma 1.00".into() }]);
    let brighter = decode_any(linear.bytes()).into_rgb8();
    assert!(photo.as_raw().iter().zip(brighter.as_raw()).all(|(&a, &b)| b >= a));
    assert_eq!(brighter.get_pixel(300, 300).0[0], {
        let light = f64::from(photo.get_pixel(300, 300).0[0]) / 255.0;
        ((1.055 * light.powf(1.0 / 2.4) - 0.055) * 255.0).round() as u8
    });
    // The usual one, or one beside a statement that it is sRGB, changes nothing.
    for bytes in [gamma(45_455), with_chunk(&gamma(100_000), b"sRGB", b"\0")] {
        assert!(decode_any(ready(&bytes, &selfie()).bytes()).into_rgb8() == photo);
    }
    let bright = with_chunk(&plain, b"cICP", &[9, 16, 0, 1]);
    assert_eq!(ENGINE.check(&bright, &selfie()).unwrap_err().kind(), "unsupported-format");
}

/// Heights that are no whole numbers end, too.
#[test]
fn a_fractional_recommended_height_is_met() {
    let bytes = jpeg(&portrait(1080, 1440, 250.0, 0), 90);
    for max in [1080.6, 1080.4, 999.999] {
        let low = recommended_height(|height| (height.max, height.apply) = (max, true));
        let profile = but(selfie(), |profile| profile.recommended_height = Some(low));
        let upload = ready(&bytes, &profile);
        assert_eq!(upload.height(), max as u32);
        assert_keeps_its_promises(&upload, &profile);
    }
    assert!(Profile::from_toml("extends = 'progeny-selfie'\nname = 'x'\nrecommended-height = { max = 0.5 }").is_err());
}

/// Nearer to the border there is less to lose, not more.
#[test]
fn a_face_close_to_the_border_can_be_reduced() {
    let head = portrait(1500, 1700, 360.0, 0);
    let face = check(&jpeg(&head, 90)).faces()[0].clone();
    for room in [40, 20, 16, 12] {
        // The face's own left border, so far from the picture's.
        let left = (face.bounds.x as u32).saturating_sub(room);
        let cut = image::imageops::crop_imm(&head, left, 0, 1500 - left, 1700).to_image();
        let large = resized(&cut, cut.width() * 3, 5100);
        let bytes = jpeg(&large, 85);
        assert_eq!(check(&bytes).verdict(), Verdict::Fixable, "{room}");
        assert_keeps_its_promises(&ready(&bytes, &selfie()), &selfie());
    }
}

/// People far away are no background if they are all there is.
#[test]
fn a_group_far_away_is_too_many() {
    let one = portrait(900, 1000, 100.0, 0);
    let mut group = RgbImage::from_pixel(4000, 3000, *one.get_pixel(2, 2));
    for (column, row) in [(0, 0), (1, 0), (2, 0), (0, 1), (2, 1)] {
        image::imageops::overlay(&mut group, &one, 300 + column * 1250, 200 + row * 1400);
    }
    let report = check(&jpeg(&group, 90));
    assert!(report.faces().len() >= 3, "{}", report.faces().len());
    assert!(report.findings().iter().any(|finding| finding.rule == Rule::SingleFace));
    assert_eq!(report.verdict(), Verdict::Retake);
}

#[test]
fn profiles_decide_what_is_written() {
    let photo = decode(&read(PHOTO));
    let accepting = |formats: &str| {
        Profile::from_toml(&format!("extends = 'progeny-selfie'\nname = 'x'\nformat = {{ accepted = [{formats}] }}")).unwrap()
    };
    let png_only = but(accepting("'png'"), |profile| profile.file_size = None);
    let upload = ready(&read(PHOTO), &png_only);
    assert!(mean_difference(&decode_any(upload.bytes()).into_rgb8(), &photo) < 0.1, "{:?}", upload.changes());
    assert_keeps_its_promises(&upload, &png_only);
    // A format that is not written here is kept if it is there, and not made if it is not.
    let webp_only = accepting("'webp'");
    let webp_photo = webp(&resized(&photo, 600, 703));
    assert_eq!(ready(&webp_photo, &webp_only).bytes(), webp_photo);
    let dirty = with_secrets_webp(&webp_photo, (600, 703), 1);
    let upload = ready(&dirty, &webp_only);
    assert!(memchr::memmem::find(upload.bytes(), b"Secret").is_none());
    assert_eq!((upload.media_type(), upload.file_name().as_str()), ("image/webp", "selfie.webp"));
    assert_keeps_its_promises(&upload, &webp_only);
    let report = rejected(&read(PHOTO), &webp_only);
    assert!(report.findings().iter().any(|finding| finding.rule == Rule::Format && !finding.fixable));
    let turned = stored(&resized(&photo, 600, 703), 6);
    let turned = with_secrets_webp(&webp(&turned), turned.dimensions(), 6);
    assert!(rejected(&turned, &webp_only).findings().iter().any(|finding| finding.rule == Rule::Format && !finding.fixable));
}

#[test]
fn an_upload_knows_what_it_was_checked_for() {
    let bytes = read(PHOTO);
    let (face, paper) = (ready(&bytes, &selfie()), ready(&bytes, &Profile::progeny_document()));
    assert_eq!((face.purpose(), paper.purpose()), (Purpose::Selfie, Purpose::Document));
    assert_ne!(face.profile().sha256, paper.profile().sha256);
    assert_eq!(paper.file_name(), "document.jpg");
    assert!(!format!("{face:?}").contains("[255, 216"), "no bytes in logs");
    let refused = rejected(&read("photos/refused/astronaut.png"), &selfie());
    assert_eq!(refused.verdict(), Verdict::Retake);
    assert_eq!(refused.considered(), []);
}

/// A reduction is as near to the ideal one as the numbers of a picture allow, and then compressed as little as possible.
#[test]
fn reductions_keep_detail() {
    let photo = decode(&read(PHOTO));
    let low = recommended_height(|height| height.max = 800.0);
    let upload = ready(&webp(&photo), &but(selfie(), |profile| profile.recommended_height = Some(low)));
    assert_eq!((upload.width(), upload.height()), (683, 800));
    let ideal = lanczos(&photo, 683, 800);
    let shown = decode(upload.bytes());
    let squares: f64 = shown.as_raw().iter().zip(&ideal).map(|(&a, b)| (f64::from(a) - b).powi(2)).sum();
    let psnr = 10.0 * (255.0 * 255.0 / (squares / ideal.len() as f64)).log10();
    assert!(psnr > 48.0, "{psnr} dB");
}

/// Lanczos3 in floating point, widened by the reduction.
fn lanczos(image: &RgbImage, width: usize, height: usize) -> Vec<f64> {
    fn weights(from: usize, to: usize) -> Vec<(usize, Vec<f64>)> {
        let scale = from as f64 / to as f64;
        let sinc = |x: f64| if x == 0.0 { 1.0 } else { (std::f64::consts::PI * x).sin() / (std::f64::consts::PI * x) };
        (0..to)
            .map(|index| {
                let centre = (index as f64 + 0.5) * scale;
                let first = (centre - 3.0 * scale).floor().max(0.0) as usize;
                let last = ((centre + 3.0 * scale).ceil() as usize).min(from);
                let at = |i: usize| (i as f64 + 0.5 - centre) / scale;
                let raw: Vec<f64> =
                    (first..last).map(|i| if at(i).abs() < 3.0 { sinc(at(i)) * sinc(at(i) / 3.0) } else { 0.0 }).collect();
                let sum: f64 = raw.iter().sum();
                (first, raw.into_iter().map(|weight| weight / sum).collect())
            })
            .collect()
    }
    let (from_width, from_height) = (image.width() as usize, image.height() as usize);
    let columns = weights(from_width, width);
    let mut rows = vec![0.0; from_height * width * 3];
    for y in 0..from_height {
        for (x, (first, weights)) in columns.iter().enumerate() {
            for channel in 0..3 {
                let sum = weights
                    .iter()
                    .enumerate()
                    .map(|(i, w)| w * f64::from(image.as_raw()[(y * from_width + first + i) * 3 + channel]));
                rows[(y * width + x) * 3 + channel] = sum.sum();
            }
        }
    }
    let mut out = vec![0.0; height * width * 3];
    for (y, (first, weights)) in weights(from_height, height).iter().enumerate() {
        for at in 0..3 * width {
            out[y * width * 3 + at] = weights.iter().enumerate().map(|(i, w)| w * rows[(first + i) * width * 3 + at]).sum();
        }
    }
    out.into_iter().map(|value: f64| value.clamp(0.0, 255.0)).collect()
}

/// A rendered head on a plain wall: everything about the face is known.
#[derive(Debug, Clone, Copy)]
struct Composition {
    /// 1 to 7.
    person: u8,
    width: u32,
    height: u32,
    /// Pixels between the pupils.
    pupils: f64,
    /// Levels up and down.
    noise: u8,
}

/// The heads, looking straight ahead, and their pupils' distance and middle.
static HEADS: LazyLock<BTreeMap<u8, RgbImage>> =
    LazyLock::new(|| (1..=7).map(|person| (person, decode(&read(&format!("rendered/p{person}_y+00_p+00_r+00.jpg"))))).collect());
const PUPILS: f64 = 130.0;
const MIDDLE: (f64, f64) = (360.0, 430.0);

impl Composition {
    fn image(&self) -> RgbImage {
        let head = &HEADS[&self.person];
        let scale = self.pupils / PUPILS;
        let side = |side: u32| (f64::from(side) * scale).round() as u32;
        let head = resized(head, side(head.width()), side(head.height()));
        let mut image = RgbImage::from_pixel(self.width, self.height, *head.get_pixel(2, 2));
        let left = i64::from(self.width / 2) - (MIDDLE.0 * scale) as i64;
        let top = i64::from(self.height / 2) - (MIDDLE.1 * scale) as i64;
        image::imageops::overlay(&mut image, &head, left, top);
        let mut state = 0x9e37_79b9_7f4a_7c15_u64;
        if self.noise > 0 {
            for sample in image.iter_mut() {
                state ^= state << 13;
                state ^= state >> 7;
                state ^= state << 17;
                let levels = 2 * u64::from(self.noise) + 1;
                *sample = sample.saturating_add((state % levels) as u8).saturating_sub(self.noise);
            }
        }
        image
    }
}

/// What a person may send.
#[derive(Debug, Clone)]
struct Case {
    composition: Composition,
    format: Format,
    quality: u8,
    orientation: u8,
    wide_colors: bool,
    profile: Profile,
}

impl Case {
    fn bytes(&self) -> Vec<u8> {
        static P3: LazyLock<Vec<u8>> = LazyLock::new(|| moxcms::ColorProfile::new_display_p3().encode().unwrap());
        let pixels = stored(&self.composition.image(), self.orientation);
        match self.format {
            Format::Jpeg => {
                let mut bytes = jpeg(&pixels, self.quality);
                if self.wide_colors {
                    bytes = with_segment(&bytes, 0xe2, &[&b"ICC_PROFILE\0\x01\x01"[..], &P3].concat());
                }
                with_exif(&bytes, self.orientation, true)
            }
            Format::Png => {
                let plain = if self.wide_colors { icc_png(&pixels, &P3) } else { png(&pixels.into()) };
                with_chunk(&plain, b"eXIf", &exif(self.orientation, true))
            }
            _ => {
                let dimensions = pixels.dimensions();
                with_secrets_webp(&webp(&pixels), dimensions, self.orientation)
            }
        }
    }

    /// Whether there has to be an upload, or cannot be one; `None` near the limits.
    fn expected(&self) -> Option<bool> {
        /// What a rendered head's measure may be off by, and what a reduction has to leave.
        const MARGIN: f64 = 1.12;
        let Composition { width, height, pupils, .. } = self.composition;
        let most = self.profile.width.unwrap().max.unwrap();
        let fit = (most / f64::from(width.max(height))).min(1.0);
        let least = 85.0 / pupils;
        let short = f64::from(width.min(height)) * fit;
        if self.format == Format::Jpeg && self.quality < 70 || 85.0 / pupils > MARGIN {
            return Some(false);
        }
        if !self.profile.crop && (least / fit > MARGIN || short < 479.0) {
            return Some(false);
        }
        // The smallest size that surely keeps the face, and what a poor JPEG of noise takes there.
        let scale = (least * MARGIN).max(480.0 / f64::from(width.min(height)));
        let pixels = f64::from(width) * f64::from(height) * scale * scale;
        let bytes_a_pixel = if self.profile.format.as_ref().unwrap().accepted.contains(&Format::Jpeg) { 0.5 } else { 3.2 };
        let enough = pixels * bytes_a_pixel <= self.profile.file_size.unwrap().max.unwrap();
        (scale <= fit && short >= 482.0 && enough).then_some(true)
    }
}

fn case() -> impl Strategy<Value = Case> {
    let sides = (480f64.ln()..6000f64.ln(), prop::sample::select(vec![(3u32, 4u32), (4, 3), (1, 1), (9, 16), (2, 3)])).prop_map(
        |(long, (across, down))| {
            let long = long.exp();
            let unit = long / f64::from(across.max(down));
            // No side under what is accepted, nearly always.
            let side = |parts: u32| (unit * f64::from(parts)).round().max(476.0) as u32;
            (side(across), side(down))
        },
    );
    let profiles = vec![
        selfie(),
        selfie(),
        but(at_most_bytes(selfie(), 300_000), |profile| profile.name = "few-bytes".into()),
        Profile::from_toml("extends = 'progeny-selfie'\nname = 'low'\nrecommended-height = 'apply'").unwrap(),
        Profile::from_toml(
            "extends = 'progeny-selfie'\nname = 'png'\nformat = { accepted = ['png'] }\nfile-size = { max = 3000000 }",
        )
        .unwrap(),
        Profile::from_toml("extends = 'progeny-selfie'\nname = 'cropping'\ncrop = true").unwrap(),
    ];
    let pupils = prop_oneof![
        8 => (0.0..1.0f64).prop_map(|at| (98.0, 600.0, at)),
        1 => (0.0..1.0f64).prop_map(|at| (45.0, 78.0, at)),
        1 => (0.0..1.0f64).prop_map(|at| (76.0, 110.0, at)),
    ];
    let format = prop_oneof![6 => Just(Format::Jpeg), 2 => Just(Format::Png), 1 => Just(Format::WebP)];
    let quality = prop_oneof![1 => 40u8..70, 12 => 70u8..=100];
    (sides, pupils, 1u8..=7, 0u8..=6, format, quality, 1u8..=8, prop::bool::weighted(0.2), prop::sample::select(profiles))
        .prop_map(|((width, height), (least, most, at), person, noise, format, quality, orientation, wide_colors, profile)| {
            // The whole face is inside, with room around it. In a picture that has to be reduced it may be larger, and has to be.
            let reduction = (4096.0 / f64::from(width.max(height))).min(1.0);
            let largest = (f64::from(width) / 3.8).min(f64::from(height) / 4.6);
            let (least, most) = (least / reduction, (most / reduction).min(largest));
            let pupils = if least < most { least * (most / least).powf(at) } else { most.min(least) };
            Case {
                composition: Composition { person, width, height, pupils, noise },
                format,
                quality,
                orientation,
                wide_colors,
                profile,
            }
        })
}

/// Whatever is sent: an upload keeps all promises, and there is one where there can be. `PROPTEST_CASES` asks for more cases.
#[test]
fn uploads_keep_their_promises() {
    let config = Config { failure_persistence: None, max_shrink_iters: 8, ..cases(48) };
    let cases = config.cases;
    let mut runner = TestRunner::new_with_rng(config, TestRng::deterministic_rng(RngAlgorithm::ChaCha));
    let (made, refused, foretold) = (Cell::new(0), Cell::new(0), Cell::new(0));
    let result = runner.run(&case(), |case| {
        let bytes = case.bytes();
        let expected = case.expected();
        foretold.set(foretold.get() + usize::from(expected.is_some()));
        match prepare(&bytes, &case.profile) {
            Prepared::Ready(upload) => {
                prop_assert!(expected != Some(false), "{:?} {:?}", upload, upload.report());
                assert_keeps_its_promises(&upload, &case.profile);
                let (width, height) = (case.composition.width, case.composition.height);
                prop_assert!(upload.width() <= width && upload.height() <= height, "enlarged");
                made.set(made.get() + 1);
            }
            Prepared::Rejected(report) => {
                prop_assert!(expected != Some(true), "{:?} {:?}", report.findings(), report.considered());
                prop_assert_eq!(report.verdict(), Verdict::Retake);
                refused.set(refused.get() + 1);
            }
        }
        Ok(())
    });
    let (made, refused, foretold) = (made.get(), refused.get(), foretold.get());
    result.unwrap_or_else(|error| panic!("{error}"));
    let all = (made + refused) as f64;
    assert!(made as f64 >= 0.6 * all, "{made} uploads, {refused} refusals");
    assert!(refused as f64 >= 0.1 * all, "{made} uploads, {refused} refusals");
    assert!(foretold as f64 >= 0.6 * all, "{foretold} of {all} foretold");
    assert_eq!(made + refused, cases as usize);
}

/// The rendered heads that the composition takes its numbers from are what it takes them for.
#[test]
fn the_heads_of_compositions_look_straight_ahead() {
    for person in 1..=7 {
        let row = TRUTH.iter().find(|row| row.file() == format!("p{person}_y+00_p+00_r+00.jpg")).unwrap();
        assert_eq!(row.number("interpupillary_distance_px"), PUPILS);
    }
}
