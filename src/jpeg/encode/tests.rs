//! Whole files: their structure, and what decoders make of them.

use super::Prepared;
use crate::cases::cases;
use crate::upload::Chroma;
use proptest::prelude::*;

fn encode(rgb: &[u8], width: u16, height: u16, quality: u8, chroma: Chroma) -> Option<Vec<u8>> {
    Some(Prepared::new(rgb, width, height, chroma)?.write(quality))
}

/// Smooth, with an edge and some noise, for any size.
fn picture(width: usize, height: usize, seed: u32) -> Vec<u8> {
    let mut state = seed | 1;
    let mut rgb = Vec::with_capacity(3 * width * height);
    for y in 0..height {
        for x in 0..width {
            state = state.wrapping_mul(1664525).wrapping_add(1013904223);
            let noise = (state >> 28) as usize;
            let edge = if (x + y) % 37 > 18 { 60 } else { 0 };
            rgb.extend([(2 * x + noise + edge) as u8, (noise % 8).wrapping_sub(y) as u8, (x + y + 2 * edge) as u8]);
        }
    }
    rgb
}

fn by_zune(file: &[u8]) -> (usize, usize, Vec<u8>) {
    let mut decoder = zune_jpeg::JpegDecoder::new(std::io::Cursor::new(file));
    let rgb = decoder.decode().unwrap();
    let (width, height) = decoder.dimensions().unwrap();
    (width, height, rgb)
}

fn by_jpeg_decoder(file: &[u8]) -> (usize, usize, Vec<u8>) {
    let mut decoder = jpeg_decoder::Decoder::new(file);
    let rgb = decoder.decode().unwrap();
    let info = decoder.info().unwrap();
    (info.width.into(), info.height.into(), rgb)
}

fn by_jpeg_encoder(rgb: &[u8], width: u16, height: u16, quality: u8, chroma: Chroma) -> Vec<u8> {
    use jpeg_encoder::{ChromaSubsamplingMethod, ColorType, Encoder, SamplingFactor};
    let mut file = Vec::new();
    let mut encoder = Encoder::new(&mut file, quality);
    encoder.set_sampling_factor(if chroma == Chroma::Full { SamplingFactor::R_4_4_4 } else { SamplingFactor::R_4_2_0 });
    encoder.set_chroma_subsampling_method(ChromaSubsamplingMethod::Average);
    encoder.encode(rgb, width, height, ColorType::Rgb).unwrap();
    file
}

fn error(a: &[u8], b: &[u8]) -> f64 {
    assert_eq!(a.len(), b.len());
    let sum: u64 = a.iter().zip(b).map(|(&a, &b)| u64::from(a.abs_diff(b)).pow(2)).sum();
    sum as f64 / a.len() as f64
}

fn chroma() -> impl Strategy<Value = Chroma> {
    prop_oneof![Just(Chroma::Full), Just(Chroma::Quarter)]
}

/// The segments before the scan and the bytes of their contents.
fn segments(file: &[u8]) -> Vec<(u8, &[u8])> {
    let mut segments = vec![(file[1], &[][..])];
    let mut at = 2;
    loop {
        assert_eq!(file[at], 0xff);
        let length = usize::from(u16::from_be_bytes([file[at + 2], file[at + 3]]));
        segments.push((file[at + 1], &file[at + 4..at + 2 + length]));
        at += 2 + length;
        if segments.last().unwrap().0 == 0xda {
            let data = &file[at..file.len() - 2];
            assert!(data.windows(2).all(|two| two[0] != 0xff || two[1] == 0), "a marker within the scan");
            assert_eq!(file[file.len() - 2..], [0xff, 0xd9]);
            return segments;
        }
    }
}

proptest! {
    #![proptest_config(cases(400))]
    #[test]
    fn decoders_read_what_was_meant(width in 1_u16..=70, height in 1_u16..=70, quality in 1_u8..=100, seed in any::<u32>(), chroma in chroma()) {
        let (w, h) = (usize::from(width), usize::from(height));
        let rgb = picture(w, h, seed);
        let file = encode(&rgb, width, height, quality, chroma).unwrap();
        let reference = by_jpeg_encoder(&rgb, width, height, quality, chroma);
        for decode in [by_zune, by_jpeg_decoder] {
            let (found_width, found_height, decoded) = decode(&file);
            prop_assert_eq!((found_width, found_height), (w, h));
            let (_, _, other) = decode(&reference);
            let (ours, theirs) = (error(&rgb, &decoded), error(&rgb, &other));
            // In a few blocks it is chance whether coefficients are rounded up or down.
            let chance = 300.0 / (w.div_ceil(8) * h.div_ceil(8)) as f64;
            prop_assert!(ours <= 1.25 * theirs + 4.0 + chance, "{} against {}", ours, theirs);
        }
    }

    #[test]
    fn noise_of_full_contrast_decodes(width in 1_u16..=70, height in 1_u16..=70, quality in 90_u8..=100, seed in any::<u32>(), chroma in chroma()) {
        let mut state = seed;
        let rgb: Vec<u8> = (0..3 * usize::from(width) * usize::from(height)).map(|_| {
            state = state.wrapping_mul(1664525).wrapping_add(1013904223);
            if state >> 31 == 0 { 0 } else { 255 }
        }).collect();
        let file = encode(&rgb, width, height, quality, chroma).unwrap();
        for decode in [by_zune, by_jpeg_decoder] {
            let (_, _, decoded) = decode(&file);
            if chroma == Chroma::Full && quality == 100 {
                prop_assert!(error(&rgb, &decoded) < 2.0);
            }
        }
    }

    #[test]
    fn nothing_but_the_picture_is_in_a_file(width in 1_u16..=40, height in 1_u16..=300, quality in 1_u8..=100, chroma in chroma()) {
        let rgb = picture(width.into(), height.into(), 1);
        let file = encode(&rgb, width, height, quality, chroma).unwrap();
        let segments = segments(&file);
        let markers: Vec<u8> = segments.iter().map(|&(marker, _)| marker).collect();
        prop_assert_eq!(markers, [0xd8, 0xe0, 0xdb, 0xc0, 0xc4, 0xda]);
        prop_assert_eq!(segments[1].1, b"JFIF\0\x01\x01\0\0\x01\0\x01\0\0");
        prop_assert_eq!(segments[2].1.len(), 2 * 65);
        prop_assert_eq!(&segments[3].1[..5], &[8, height.to_be_bytes()[0], height.to_be_bytes()[1], width.to_be_bytes()[0], width.to_be_bytes()[1]]);
        let tables_of_reference = by_jpeg_encoder(&rgb, width, height, quality, chroma);
        let at = tables_of_reference.windows(2).position(|two| two == [0xff, 0xdb]).unwrap();
        prop_assert_eq!(&segments[2].1[1..65], &tables_of_reference[at + 5..at + 69]);
    }
}

#[test]
fn a_forecast_is_near_and_exact_but_for_stuffing_where_all_rows_are_kept() {
    for (width, height, tolerance) in [(90_u16, 60_u16, 0.02), (700, 1500, 0.08)] {
        let rgb = picture(width.into(), height.into(), 9);
        for chroma in [Chroma::Full, Chroma::Quarter] {
            let prepared = Prepared::new(&rgb, width, height, chroma).unwrap();
            for quality in [50, 75, 90, 95, 100] {
                let (told, found) = (prepared.length(quality) as f64, prepared.write(quality).len() as f64);
                assert!((told / found - 1.0).abs() < tolerance, "{told} for {found} at {quality} of {width} x {height}");
            }
        }
    }
}

#[test]
fn sides_of_one_and_of_65535() {
    for (width, height) in [(1, u16::MAX), (u16::MAX, 1), (1, 1)] {
        let rgb = picture(width.into(), height.into(), 3);
        for chroma in [Chroma::Full, Chroma::Quarter] {
            let (w, h, decoded) = by_jpeg_decoder(&encode(&rgb, width, height, 95, chroma).unwrap());
            assert_eq!((w, h), (width.into(), height.into()));
            assert_eq!(decoded.len(), rgb.len());
        }
    }
}

#[test]
fn what_is_no_picture_is_refused() {
    assert_eq!(encode(&[], 0, 0, 90, Chroma::Full), None);
    assert_eq!(encode(&[], 0, 5, 90, Chroma::Full), None);
    assert_eq!(encode(&[0; 11], 2, 2, 90, Chroma::Full), None);
    assert_eq!(encode(&[0; 13], 2, 2, 90, Chroma::Full), None);
}

/// Compared with the encoder that took this one's place.
#[test]
fn photos_take_fewer_bytes_and_lose_no_more_than_with_jpeg_encoder() {
    let psnr = |a: &[u8], b: &[u8]| 10.0 * (65025.0 / error(a, b)).log10();
    for path in ["astronaut_enlarged_3x", "grace_hopper_enlarged_1.5x"] {
        let Some(photo) = crate::repository::file(&format!("fixtures/photos/compliant/{path}.jpg")) else { return };
        let (width, height, rgb) = by_zune(&photo);
        let (width, height) = (width as u16, height as u16);
        for (quality, chroma) in [75, 90, 98].into_iter().flat_map(|q| [(q, Chroma::Quarter), (q, Chroma::Full)]) {
            let ours = encode(&rgb, width, height, quality, chroma).unwrap();
            let theirs = by_jpeg_encoder(&rgb, width, height, quality, chroma);
            assert!(ours.len() < theirs.len(), "{path} {quality} {chroma:?}: {} for {}", ours.len(), theirs.len());
            let gain = psnr(&rgb, &by_zune(&ours).2) - psnr(&rgb, &by_zune(&theirs).2);
            assert!(gain > -0.02, "{path} {quality} {chroma:?}: {gain:.3} dB");
            let forecast = Prepared::new(&rgb, width, height, chroma).unwrap().length(quality) as f64 / ours.len() as f64;
            assert!((forecast - 1.0).abs() < 0.12, "{path} {quality} {chroma:?}: forecast {forecast:.3}");
        }
    }
}
