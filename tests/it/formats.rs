//! What the header says and what decoding yields, over formats, colour spaces, orientations and qualities.

use face_precheck::{Error, Format, JpegQualityMethod, Profile, Report, Rule, Severity, Verdict, probe};
use image::{DynamicImage, Rgb, RgbImage};

use crate::derive::{adam7, decode, exif, jpeg, palette, png, stored, webp, with_chunk, with_exif, with_segment};
use crate::fixtures::{ENGINE, check, read};

const PHOTO: &str = "photos/compliant/grace_hopper_enlarged_1.5x.jpg";

/// What a good lossy compression may move a measurement of this face of 332 px by, in pixels and degrees.
const LOSSY: f64 = 3.0;

fn photo() -> RgbImage {
    decode(&read(PHOTO))
}

/// The same face: within a pixel and a degree.
fn assert_same_face(report: &Report, expected: &Report, tolerance: f64, what: &str) {
    assert_eq!(report.faces().len(), 1, "{what}");
    let (face, expected) = (&report.faces()[0], &expected.faces()[0]);
    for (found, expected) in [
        (face.bounds.x, expected.bounds.x),
        (face.bounds.y, expected.bounds.y),
        (face.bounds.width, expected.bounds.width),
        (face.bounds.height, expected.bounds.height),
        (face.left_eye.x, expected.left_eye.x),
        (face.left_eye.y, expected.left_eye.y),
        (face.right_eye.x, expected.right_eye.x),
        (face.right_eye.y, expected.right_eye.y),
    ] {
        assert!((found - expected).abs() <= tolerance, "{what}: {found} instead of {expected}");
    }
    let (pose, expected) = (face.pose.unwrap(), expected.pose.unwrap());
    for (found, expected) in [(pose.yaw, expected.yaw), (pose.pitch, expected.pitch), (pose.roll, expected.roll)] {
        assert!((found - expected).abs() <= tolerance, "{what}: {found} instead of {expected} degrees");
    }
}

fn rules(report: &Report) -> Vec<Rule> {
    report.findings().iter().map(|finding| finding.rule).collect()
}

#[test]
fn all_orientations_show_the_same_face() {
    for name in [PHOTO, "rendered/p1_y+00_p+00_r+00.jpg", "rendered/p2_y+00_p+00_r+00.jpg"] {
        let photo = decode(&read(name));
        let upright = check(&png(&photo.clone().into()));
        for orientation in 1..=8 {
            let bytes = png(&stored(&photo, orientation).into());
            let report = check(&with_chunk(&bytes, b"eXIf", &exif(orientation, false)));
            assert_same_face(&report, &upright, 0.0, &format!("{name}, orientation {orientation}"));
            assert_eq!((report.header().width(), report.header().height()), photo.dimensions());
            assert_orientation(&report, orientation);
        }
    }
}

/// As files come from phones: the turned pixels compressed anew, which alone moves a measurement a little.
#[test]
fn all_orientations_of_a_jpeg_show_the_same_face_within_a_pixel() {
    for name in ["rendered/p1_y+00_p+00_r+00.jpg", "rendered/p4_y+00_p+00_r+00.jpg"] {
        let photo = decode(&read(name));
        let upright = check(&read(name));
        for orientation in 1..=8 {
            let report = check(&with_exif(&jpeg(&stored(&photo, orientation), 95), orientation, false));
            assert_same_face(&report, &upright, 1.0, &format!("{name}, orientation {orientation}"));
            assert_orientation(&report, orientation);
        }
    }
}

fn assert_orientation(report: &Report, orientation: u8) {
    assert_eq!(report.header().orientation.exif(), orientation);
    let expected = if orientation == 1 { Verdict::Compliant } else { Verdict::Fixable };
    assert_eq!(report.verdict(), expected, "{orientation}: {:?}", report.findings());
    assert_eq!(rules(report).contains(&Rule::Orientation), orientation != 1);
}

#[test]
fn jpeg_quality_is_exact_for_every_quality_of_an_ijg_style_encoder() {
    let image = RgbImage::from_fn(48, 32, |x, y| Rgb([(x * 5) as u8, (y * 7) as u8, 90]));
    for quality in 1..=100 {
        let found = probe(&jpeg(&image, quality)).unwrap().jpeg.unwrap().quality.unwrap();
        assert_eq!((found.value, found.exact, found.method), (quality, true, JpegQualityMethod::IjgTable));
    }
}

#[test]
fn jpeg_quality_of_foreign_tables_is_approximate_and_says_so() {
    use jpeg_encoder::{ColorType, Encoder, QuantizationTableType};
    let image = RgbImage::from_pixel(32, 32, Rgb([90, 120, 150]));
    for table in [QuantizationTableType::Flat, QuantizationTableType::CustomPsnrHvs] {
        let mut bytes = Vec::new();
        let mut encoder = Encoder::new(&mut bytes, 80);
        encoder.set_quantization_tables(table.clone(), table);
        encoder.encode(image.as_raw(), 32, 32, ColorType::Rgb).unwrap();
        let found = probe(&bytes).unwrap().jpeg.unwrap().quality.unwrap();
        assert_eq!((found.exact, found.method), (false, JpegQualityMethod::MedianRatio));
    }
}

#[test]
fn a_low_jpeg_quality_means_retake() {
    let report = check(&jpeg(&photo(), 69));
    let errors: Vec<_> = report.findings().iter().filter(|finding| finding.severity == Severity::Error).collect();
    assert_eq!(errors.iter().map(|finding| finding.rule).collect::<Vec<_>>(), [Rule::JpegQuality]);
    assert_eq!(report.verdict(), Verdict::Retake);
    assert_eq!(check(&jpeg(&photo(), 70)).verdict(), Verdict::Compliant);
}

#[test]
fn the_same_photo_in_every_readable_coding() {
    use jpeg_encoder::{ColorType, Encoder, SamplingFactor};
    let photo = photo();
    let expected = check(&png(&photo.clone().into()));
    let (width, height) = (photo.width() as u16, photo.height() as u16);
    for sampling in [SamplingFactor::R_4_4_4, SamplingFactor::R_4_4_0, SamplingFactor::R_4_2_2, SamplingFactor::R_4_2_0] {
        for progressive in [false, true] {
            let mut bytes = Vec::new();
            let mut encoder = Encoder::new(&mut bytes, 95);
            encoder.set_sampling_factor(sampling);
            encoder.set_progressive(progressive);
            encoder.encode(photo.as_raw(), width, height, ColorType::Rgb).unwrap();
            let report = check(&bytes);
            assert_eq!(report.header().jpeg.unwrap().progressive, progressive);
            assert_same_face(&report, &expected, LOSSY, &format!("{sampling:?}, progressive {progressive}"));
        }
    }

    let grey = DynamicImage::from(photo.clone()).into_luma8();
    let mut bytes = Vec::new();
    Encoder::new(&mut bytes, 95).encode(grey.as_raw(), width, height, ColorType::Luma).unwrap();
    let grey_expected = check(&png(&grey.into()));
    assert_same_face(&check(&bytes), &grey_expected, LOSSY, "grey JPEG");

    // Ink as Adobe stores it: 255 for none.
    let ink: Vec<u8> = photo.pixels().flat_map(|&Rgb([r, g, b])| [r, g, b, 255]).collect();
    for color in [ColorType::Cmyk, ColorType::CmykAsYcck] {
        let inverted: Vec<u8> = ink.iter().map(|sample| 255 - sample).collect();
        let mut bytes = Vec::new();
        Encoder::new(&mut bytes, 95).encode(&inverted, width, height, color).unwrap();
        let report = check(&bytes);
        assert_eq!(report.header().jpeg.unwrap().components, 4);
        assert_same_face(&report, &expected, LOSSY, &format!("{color:?}"));
    }

    let image = DynamicImage::from(photo.clone());
    for (what, bytes) in [
        ("16-bit PNG", png(&DynamicImage::from(image.to_rgb16()))),
        ("PNG with alpha", png(&DynamicImage::from(image.to_rgba8()))),
        ("16-bit PNG with alpha", png(&DynamicImage::from(image.to_rgba16()))),
        ("WebP", webp(&photo)),
    ] {
        let report = check(&bytes);
        assert_same_face(&report, &expected, 0.0, what);
        let expected = if what == "WebP" { Verdict::Fixable } else { Verdict::Compliant };
        // Uncompressed noise of a photo as PNG may be over the byte limit, which is fixable too.
        let others = report.findings().iter().filter(|found| found.severity == Severity::Error && found.rule != Rule::FileSize);
        assert_eq!(others.count() == 0, expected == Verdict::Compliant, "{what}: {:?}", report.findings());
    }
}

/// A face on black that fades into transparency is the same as one on white.
#[test]
fn transparency_is_laid_over_white() {
    let photo = photo();
    let mut clear = DynamicImage::from(photo.clone()).into_rgba8();
    let mut white = photo;
    for (x, y, pixel) in clear.enumerate_pixels_mut() {
        if y < 120 || x < 60 {
            pixel.0 = [0, 0, 0, 0];
            white.put_pixel(x, y, Rgb([255; 3]));
        }
    }
    assert_same_face(&check(&png(&clear.into())), &check(&png(&white.into())), 0.0, "over white");
}

#[test]
fn metadata_is_found_in_every_container() {
    let photo = RgbImage::from_pixel(40, 30, Rgb([10, 20, 30]));
    let plain = jpeg(&photo, 90);
    assert_eq!(probe(&plain).unwrap().metadata.kinds(), [""; 0]);
    for (bytes, kinds) in [
        (with_exif(&plain, 1, false), vec!["EXIF"]),
        (with_exif(&plain, 1, true), vec!["EXIF", "GPS"]),
        (with_segment(&plain, 0xe1, b"http://ns.adobe.com/xap/1.0/\0<x/>"), vec!["XMP"]),
        (with_segment(&plain, 0xed, b"Photoshop 3.0\08BIM"), vec!["IPTC"]),
        (with_segment(&plain, 0xfe, b"hello"), vec!["comment"]),
        (with_segment(&plain, 0xe2, b"MPF\0II*\0"), vec!["multi-picture"]),
        (with_segment(&plain, 0xe5, b"whatever"), vec!["other"]),
        ([&plain[..], b"and more"].concat(), vec!["trailing bytes"]),
    ] {
        assert_eq!(probe(&bytes).unwrap().metadata.kinds(), kinds);
    }
    let plain = png(&photo.clone().into());
    assert_eq!(probe(&plain).unwrap().metadata.kinds(), [""; 0]);
    for (bytes, kinds) in [
        (with_chunk(&plain, b"eXIf", &exif(6, true)), vec!["EXIF", "GPS"]),
        (with_chunk(&plain, b"tEXt", b"Comment\0hi"), vec!["comment"]),
        (with_chunk(&plain, b"iTXt", b"XML:com.adobe.xmp\0\0\0\0\0<x/>"), vec!["XMP"]),
        (with_chunk(&plain, b"zTXt", b"Raw profile type exif\0\0"), vec!["EXIF"]),
        (with_chunk(&plain, b"tIME", &[7; 7]), vec!["other"]),
    ] {
        assert_eq!(probe(&bytes).unwrap().metadata.kinds(), kinds);
    }
    let mut webp = Vec::new();
    let mut encoder = image::codecs::webp::WebPEncoder::new_lossless(&mut webp);
    image::ImageEncoder::set_exif_metadata(&mut encoder, exif(8, true)).unwrap();
    image::ImageEncoder::write_image(encoder, photo.as_raw(), 40, 30, image::ExtendedColorType::Rgb8).unwrap();
    let header = probe(&webp).unwrap();
    assert_eq!(header.metadata.kinds(), ["EXIF", "GPS"]);
    assert_eq!((header.width(), header.height(), header.orientation.exif()), (30, 40, 8));
}

/// A picture in Display P3 and the same in sRGB are seen alike; what is embedded is named.
#[test]
fn icc_profiles_are_applied_and_named() {
    let p3 = moxcms::ColorProfile::new_display_p3().encode().unwrap();
    let photo = photo();
    let with_profile = |icc: &[u8]| {
        let mut bytes = Vec::new();
        let mut encoder = image::codecs::png::PngEncoder::new(&mut bytes);
        image::ImageEncoder::set_icc_profile(&mut encoder, icc.to_vec()).unwrap();
        image::ImageEncoder::write_image(encoder, photo.as_raw(), photo.width(), photo.height(), image::ExtendedColorType::Rgb8)
            .unwrap();
        bytes
    };
    let mut content = b"ICC_PROFILE\0\x01\x01".to_vec();
    content.extend(&p3);
    let report = check(&with_segment(&jpeg(&photo, 95), 0xe2, &content));
    assert!(report.header().color_profile.as_deref().unwrap().contains("P3"), "{:?}", report.header().color_profile);
    assert_eq!(report.header().metadata.kinds(), [""; 0]);
    assert_same_face(&report, &check(&with_profile(&p3)), LOSSY, "Display P3");
    // Neither a broken profile nor one for another kind of picture makes a photo unreadable.
    let expected = check(&png(&photo.clone().into()));
    for icc in [&b"nonsense"[..], &p3[..200]] {
        assert_same_face(&check(&with_profile(icc)), &expected, 0.0, "broken profile");
    }
}

#[test]
fn recognised_formats_that_are_not_read_say_how_to_help() {
    for (bytes, format) in [
        #[cfg(not(feature = "heic"))]
        (&b"\0\0\0\x18ftypheic\0\0\0\0mif1heic"[..], Format::Heic),
        (&b"\0\0\0\x1cftypavif\0\0\0\0mif1avif"[..], Format::Avif),
        (b"GIF89a\x01\0\x01\0", Format::Gif),
        (b"BM\x36\x10\0\0\0\0\0\0\x36\0\0\0", Format::Bmp),
        (b"II*\0\x08\0\0\0", Format::Tiff),
        (b"%PDF-1.7\n", Format::Pdf),
        (b"\xff\x0a\x00\x00", Format::JpegXl),
    ] {
        let error = ENGINE.check(bytes, &Profile::default()).unwrap_err();
        assert_eq!(error.kind(), "unsupported-format");
        assert!(matches!(error, Error::UnsupportedFormat { format: found, .. } if found == format), "{error}");
        assert!(error.hint().unwrap().text().contains("JPEG"), "{error}");
    }
    assert_eq!(ENGINE.check(b"", &Profile::default()).unwrap_err().kind(), "empty");
    assert_eq!(ENGINE.check(b"hello", &Profile::default()).unwrap_err().kind(), "unknown-format");
    // JPEG codings that no camera writes.
    for (marker, word) in [(0xc3, "lossless"), (0xc9, "arithmetic"), (0xc5, "hierarchical")] {
        let mut bytes = jpeg(&RgbImage::new(16, 16), 90);
        let frame = bytes.windows(2).position(|pair| pair == [0xff, 0xc0]).unwrap();
        bytes[frame + 1] = marker;
        let error = ENGINE.check(&bytes, &Profile::default()).unwrap_err();
        assert_eq!(error.kind(), "unsupported-format");
        assert!(error.to_string().contains(word), "{error}");
        bytes[frame + 1] = 0xc1;
        bytes[frame + 4] = 12;
        assert!(ENGINE.check(&bytes, &Profile::default()).unwrap_err().to_string().contains("8 bits"));
    }
}

/// Codings that the decoder would show as noise are refused, not judged.
#[test]
fn rare_subsamplings_are_read() {
    use jpeg_encoder::{ColorType, Encoder, SamplingFactor};
    let photo = photo();
    let expected = check(&png(&photo.clone().into()));
    for sampling in [SamplingFactor::R_4_1_1, SamplingFactor::R_4_1_0, SamplingFactor::R_4_2_1, SamplingFactor::R_4_4_1] {
        for progressive in [false, true] {
            let mut bytes = Vec::new();
            let mut encoder = Encoder::new(&mut bytes, 95);
            encoder.set_sampling_factor(sampling);
            encoder.set_progressive(progressive);
            encoder.encode(photo.as_raw(), photo.width() as u16, photo.height() as u16, ColorType::Rgb).unwrap();
            assert_same_face(&check(&bytes), &expected, LOSSY, &format!("{sampling:?}, progressive: {progressive}"));
        }
    }
}

#[test]
fn a_document_needs_no_face_and_runs_no_network() {
    let page = RgbImage::from_fn(600, 800, |x, y| Rgb([if (x / 9 + y / 14) % 5 == 0 { 20 } else { 250 }; 3]));
    let report = ENGINE.check(&jpeg(&page, 90), &Profile::progeny_document()).unwrap();
    assert_eq!(report.verdict(), Verdict::Compliant);
    assert_eq!(check(&jpeg(&page, 90)).verdict(), Verdict::Retake);
}

#[test]
fn a_palette_and_an_interlaced_png_are_read() {
    let photo = photo();
    let grey = DynamicImage::from(photo.clone()).into_luma8();
    let expected = check(&png(&grey.clone().into()));
    assert_same_face(&check(&palette(&grey)), &expected, 0.0, "palette");
    assert_same_face(&check(&adam7(&photo)), &check(&png(&photo.into())), 0.0, "interlaced");
}
