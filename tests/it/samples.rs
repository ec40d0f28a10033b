//! One small file of each kind that is read, most of them with metadata: what hostile files are made of, in tests and as the seeds of
//! `fuzz/`.

use image::{DynamicImage, RgbImage, imageops};
use jpeg_encoder::{ColorType, Encoder, SamplingFactor};

use crate::derive::{
    adam7, animation, chunk, exif, icc_png, jpeg, palette, png, stored, webp, with_chunk, with_exif, with_segment, with_trailer,
};

/// How many there are.
pub(crate) const SAMPLES: usize = 34;

/// Files of a picture, which should be small, by name.
pub(crate) fn samples(image: &RgbImage) -> Vec<(String, Vec<u8>)> {
    let mut samples = jpegs(image);
    samples.extend(pngs(image));
    samples.extend(webps(image));
    assert_eq!(samples.len(), SAMPLES);
    samples.into_iter().map(|(name, bytes)| (name.to_owned(), bytes)).collect()
}

fn encoded(samples: &[u8], image: &RgbImage, color: ColorType, set: impl Fn(&mut Encoder<&mut Vec<u8>>)) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut encoder = Encoder::new(&mut bytes, 85);
    set(&mut encoder);
    encoder.encode(samples, image.width() as u16, image.height() as u16, color).unwrap();
    bytes
}

fn jpegs(image: &RgbImage) -> Vec<(&'static str, Vec<u8>)> {
    let colored = |set: &dyn Fn(&mut Encoder<&mut Vec<u8>>)| encoded(image.as_raw(), image, ColorType::Rgb, set);
    let sampled = |sampling| colored(&|encoder| encoder.set_sampling_factor(sampling));
    let progressive = |scans| colored(&|encoder| encoder.set_progressive_scans(scans));
    let grey = imageops::grayscale(image);
    let ink: Vec<u8> = image.pixels().flat_map(|pixel| [255 - pixel.0[0], 255 - pixel.0[1], 255 - pixel.0[2], 40]).collect();
    let p3 = moxcms::ColorProfile::new_display_p3().encode().unwrap();
    let profile = [&b"ICC_PROFILE\0\x01\x01"[..], &p3].concat();
    let plain = jpeg(image, 85);
    let dirty = with_segment(&with_exif(&plain, 1, true), 0xfe, b"a comment");
    let dirty = with_segment(&dirty, 0xe1, b"http://ns.adobe.com/xap/1.0/\0<x:xmpmeta/>");
    vec![
        ("420.jpg", sampled(SamplingFactor::R_4_2_0)),
        ("422.jpg", sampled(SamplingFactor::R_4_2_2)),
        ("440.jpg", sampled(SamplingFactor::R_4_4_0)),
        ("444.jpg", sampled(SamplingFactor::R_4_4_4)),
        ("411.jpg", sampled(SamplingFactor::R_4_1_1)),
        ("410.jpg", sampled(SamplingFactor::R_4_1_0)),
        ("441.jpg", sampled(SamplingFactor::R_4_4_1)),
        ("progressive.jpg", progressive(4)),
        ("progressive_20.jpg", progressive(20)),
        ("restarts.jpg", colored(&|encoder| encoder.set_restart_interval(3))),
        ("tables.jpg", colored(&|encoder| encoder.set_optimized_huffman_tables(true))),
        (
            "scans.jpg",
            colored(&|encoder| {
                encoder.set_sampling_factor(SamplingFactor::R_4_2_0);
                encoder.set_optimized_huffman_tables(true);
            }),
        ),
        ("grey.jpg", encoded(grey.as_raw(), image, ColorType::Luma, |_| ())),
        ("cmyk.jpg", encoded(&ink, image, ColorType::Cmyk, |_| ())),
        ("ycck.jpg", encoded(&ink, image, ColorType::CmykAsYcck, |_| ())),
        ("turned.jpg", with_exif(&jpeg(&stored(image, 6), 40), 6, true)),
        ("profile.jpg", with_segment(&plain, 0xe2, &profile)),
        ("metadata.jpg", with_trailer(&with_segment(&dirty, 0xe2, b"MPF\0II*\0"), b"behind")),
        ("thumbnail.jpg", with_segment(&plain, 0xe0, b"JFXX\0\x10thumbnail")),
    ]
}

fn pngs(image: &RgbImage) -> Vec<(&'static str, Vec<u8>)> {
    let whole = DynamicImage::from(image.clone());
    let plain = png(&whole);
    let mut faded = whole.to_rgba8();
    for (x, _, pixel) in faded.enumerate_pixels_mut() {
        pixel.0[3] = (x * 4) as u8;
    }
    let texts = with_chunk(&with_chunk(&plain, b"tEXt", b"Comment\0a"), b"iTXt", b"XML:com.adobe.xmp\0\0\0\0\0<x/>");
    let animated = [
        &plain[..33],
        &chunk(b"acTL", &[0, 0, 0, 1, 0, 0, 0, 0]),
        &chunk(b"fcTL", &[&[0; 4], &image.width().to_be_bytes()[..], &image.height().to_be_bytes(), &[0; 14]].concat()),
        &plain[33..],
    ]
    .concat();
    vec![
        ("rgb.png", plain.clone()),
        ("grey.png", png(&whole.to_luma8().into())),
        ("grey_alpha.png", png(&whole.to_luma_alpha8().into())),
        ("rgba.png", png(&faded.into())),
        ("rgb16.png", png(&whole.to_rgb16().into())),
        ("palette.png", palette(&whole.to_luma8())),
        ("interlaced.png", adam7(image)),
        ("profile.png", icc_png(image, &moxcms::ColorProfile::new_adobe_rgb().encode().unwrap())),
        ("metadata.png", with_trailer(&with_chunk(&texts, b"eXIf", &exif(3, true)), b"behind")),
        ("gamma.png", with_chunk(&plain, b"gAMA", &100_000_u32.to_be_bytes())),
        ("animated.png", animated),
    ]
}

fn webps(image: &RgbImage) -> Vec<(&'static str, Vec<u8>)> {
    vec![
        ("lossless.webp", webp(image)),
        ("animation.webp", animation(image)),
        // No encoder in Rust writes these: fixtures/webp/make.py.
        ("lossy.webp", include_bytes!("../../fixtures/webp/lossy.webp").to_vec()),
        ("lossy_alpha.webp", include_bytes!("../../fixtures/webp/lossy_alpha.webp").to_vec()),
    ]
}
