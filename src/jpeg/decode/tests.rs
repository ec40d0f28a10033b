//! Whole files: against other decoders, at every scale, and damaged.

use jpeg_encoder::{ColorType, Encoder, SamplingFactor};
use proptest::prelude::*;

use super::*;
use crate::cases::cases;

const SAMPLINGS: [SamplingFactor; 8] = [
    SamplingFactor::R_4_4_4,
    SamplingFactor::R_4_4_0,
    SamplingFactor::R_4_4_1,
    SamplingFactor::R_4_2_2,
    SamplingFactor::R_4_2_0,
    SamplingFactor::R_4_2_1,
    SamplingFactor::R_4_1_1,
    SamplingFactor::R_4_1_0,
];

#[derive(Debug, Clone, Copy)]
struct Options {
    sampling: SamplingFactor,
    color: ColorType,
    progressive: bool,
    /// Sequential with a scan for each component, as the encoder does when chroma is subsampled.
    optimized: bool,
    restart: u16,
    quality: u8,
}

const PLAIN: Options = Options {
    sampling: SamplingFactor::R_4_4_4,
    color: ColorType::Rgb,
    progressive: false,
    optimized: false,
    restart: 0,
    quality: 90,
};

/// A smooth picture with some noise.
fn encoded(width: u16, height: u16, options: Options) -> Vec<u8> {
    let channels = match options.color {
        ColorType::Luma => 1,
        ColorType::Rgb | ColorType::Ycbcr => 3,
        _ => 4,
    };
    let mut pixels = Vec::new();
    for y in 0..usize::from(height) {
        for x in 0..usize::from(width) {
            pixels.extend(
                (0..channels)
                    .map(|channel| (60 + 3 * x * (channel + 1) / 2 + 2 * y + x * y * 7 % 13).min(255 - 4 * channel) as u8),
            );
        }
    }
    let mut bytes = Vec::new();
    let mut encoder = Encoder::new(&mut bytes, options.quality);
    encoder.set_sampling_factor(options.sampling);
    encoder.set_progressive(options.progressive);
    encoder.set_optimized_huffman_tables(options.optimized);
    if options.restart > 0 {
        encoder.set_restart_interval(options.restart);
    }
    encoder.encode(&pixels, width, height, options.color).unwrap();
    bytes
}

fn full(bytes: &[u8]) -> Picture {
    decode(bytes, Scale::Full, &mut Scratch::default()).unwrap()
}

/// The greatest and the mean difference from what jpeg-decoder makes of a file.
fn difference(bytes: &[u8], picture: &Picture) -> (u8, f64) {
    let mut decoder = jpeg_decoder::Decoder::new(bytes);
    let other = decoder.decode().unwrap();
    let info = decoder.info().unwrap();
    assert_eq!((picture.width, picture.height), (info.width.into(), info.height.into()));
    assert_eq!(other.len(), picture.samples.len());
    let differences = || other.iter().zip(&picture.samples).map(|(one, other)| one.abs_diff(*other));
    (differences().max().unwrap(), differences().map(f64::from).sum::<f64>() / other.len() as f64)
}

#[test]
fn every_sampling_and_coding_as_jpeg_decoder() {
    for sampling in SAMPLINGS {
        for (progressive, optimized) in [(false, false), (false, true), (true, false)] {
            // With several scans the encoder leaves bits out in front of restart markers, as libjpeg tells as well.
            let restarts = if progressive || optimized { [0, 0] } else { [0, 3] };
            for restart in restarts {
                let options = Options { sampling, progressive, optimized, restart, ..PLAIN };
                for (width, height) in [(1, 1), (8, 8), (9, 17), (31, 33), (40, 23), (65, 70)] {
                    let bytes = encoded(width, height, options);
                    let picture = full(&bytes);
                    let (greatest, mean) = difference(&bytes, &picture);
                    // Upsampling is rounded in other ways, and by four is not done alike.
                    let close = if sampling == SamplingFactor::R_4_4_4 { (3, 0.2) } else { (24, 2.0) };
                    assert!(greatest <= close.0 && mean <= close.1, "{options:?} {width}x{height}: {greatest}, {mean}");
                }
            }
        }
    }
}

#[test]
fn all_sizes_up_to_forty() {
    for sampling in [SamplingFactor::R_4_4_4, SamplingFactor::R_4_2_0, SamplingFactor::R_4_2_2] {
        for (width, height) in (1..=40).flat_map(|side| [(side, 41 - side), (side, side), (side, 7)]) {
            let bytes = encoded(width, height, Options { sampling, ..PLAIN });
            let picture = full(&bytes);
            assert!(difference(&bytes, &picture).1 <= 2.0, "{sampling:?} {width}x{height}");
            for scale in Scale::ALL {
                let reduced = decode(&bytes, scale, &mut Scratch::default()).unwrap();
                assert_eq!(reduced.width, usize::from(width).div_ceil(scale.divisor()));
                assert_eq!(reduced.height, usize::from(height).div_ceil(scale.divisor()));
                assert_eq!(reduced.samples.len(), 3 * reduced.width * reduced.height);
            }
        }
    }
}

/// However a picture is coded, the same samples come of the same coefficients.
#[test]
fn progressive_files_decode_as_sequential_ones() {
    for sampling in SAMPLINGS {
        for scale in Scale::ALL {
            let mut scratch = Scratch::default();
            let mut decoded = |bytes: &[u8]| decode(bytes, scale, &mut scratch);
            let sequential = decoded(&encoded(64, 64, Options { sampling, ..PLAIN }));
            assert!(sequential.is_ok());
            for (progressive, optimized, restart) in [(false, true, 0), (true, false, 0), (false, false, 2), (true, true, 0)] {
                let bytes = encoded(64, 64, Options { sampling, progressive, optimized, restart, ..PLAIN });
                let other = decoded(&bytes);
                assert!(sequential == other, "{sampling:?} {scale:?} {progressive} {optimized} {restart}");
            }
        }
    }
}

#[test]
fn reduced_pictures_are_near_the_means_of_boxes() {
    for sampling in SAMPLINGS {
        let bytes = encoded(96, 64, Options { sampling, ..PLAIN });
        let whole = full(&bytes);
        for scale in [Scale::Half, Scale::Quarter, Scale::Eighth] {
            let (reduced, n) = (decode(&bytes, scale, &mut Scratch::default()).unwrap(), scale.divisor());
            let mut sum = 0.0;
            for (at, &sample) in reduced.samples.iter().enumerate() {
                let (x, y, channel) = (at / 3 % reduced.width * n, at / 3 / reduced.width * n, at % 3);
                let inside = (0..n * n)
                    .map(|pixel| f64::from(whole.samples[3 * ((y + pixel / n) * whole.width + x + pixel % n) + channel]));
                sum += (inside.sum::<f64>() / (n * n) as f64 - f64::from(sample)).abs();
            }
            assert!(sum / (reduced.samples.len() as f64) < 3.0, "{sampling:?} {scale:?}: {sum}");
        }
    }
}

#[test]
fn colors() {
    for (color, expected) in [
        (ColorType::Luma, Color::Grey),
        (ColorType::Rgb, Color::Rgb),
        (ColorType::Cmyk, Color::Cmyk),
        (ColorType::CmykAsYcck, Color::Ycck),
    ] {
        for progressive in [false, true] {
            let bytes = encoded(23, 19, Options { color, progressive, ..PLAIN });
            let picture = full(&bytes);
            assert_eq!(picture.color, expected);
            assert_eq!(picture.samples.len(), 23 * 19 * expected.channels());
            if expected == Color::Grey {
                assert!(difference(&bytes, &picture).0 <= 2);
            }
        }
    }
    // An Adobe segment of transform 0, and no JFIF segment: red, green and blue as they are.
    let bytes = encoded(16, 16, Options { quality: 100, ..PLAIN });
    let adobe = b"\xff\xee\0\x0eAdobe\0\x64\0\0\0\0\0";
    let length = usize::from(u16::from_be_bytes([bytes[4], bytes[5]]));
    let stored = full(&[&bytes[..2], adobe, &bytes[4 + length..]].concat());
    let converted = full(&bytes);
    assert_eq!(stored.color, Color::Rgb);
    assert_ne!(stored, converted);
    let mut pixels = Vec::new();
    let planes: [Vec<u8>; 3] = std::array::from_fn(|channel| stored.samples.iter().skip(channel).step_by(3).copied().collect());
    color::ycbcr_to_rgb([&planes[0], &planes[1], &planes[2]], &mut Default::default(), &mut pixels);
    assert_eq!(pixels, converted.samples);
}

/// What an earlier picture left behind is not seen in a later one.
#[test]
fn scratch_is_used_again() {
    let mut scratch = Scratch::default();
    for round in 0..3 {
        for (side, sampling) in (5..60).step_by(9).zip(SAMPLINGS.into_iter().cycle()) {
            let bytes = encoded(side, 65 - side, Options { sampling, progressive: (side + round) % 2 == 0, ..PLAIN });
            for scale in Scale::ALL {
                let picture = decode(&bytes, scale, &mut scratch).unwrap();
                assert_eq!(picture, decode(&bytes, scale, &mut Scratch::default()).unwrap());
                scratch.recycle(picture.samples);
                assert!(decode(&bytes[..bytes.len() / 2], scale, &mut scratch).is_err());
            }
        }
    }
}

fn kinds() -> Vec<Vec<u8>> {
    let mut files = Vec::new();
    for sampling in [SamplingFactor::R_4_4_4, SamplingFactor::R_4_2_0, SamplingFactor::R_4_1_0] {
        for (progressive, optimized, restart) in [(false, false, 2), (false, true, 0), (true, false, 0), (true, true, 0)] {
            files.push(encoded(37, 29, Options { sampling, progressive, optimized, restart, ..PLAIN }));
        }
    }
    files.push(encoded(37, 29, Options { color: ColorType::Luma, ..PLAIN }));
    files.push(encoded(37, 29, Options { color: ColorType::CmykAsYcck, sampling: SamplingFactor::R_4_2_0, ..PLAIN }));
    files
}

#[test]
fn every_prefix_is_an_error_with_or_without_an_end() {
    for bytes in kinds() {
        for length in 0..bytes.len() {
            let cut = &bytes[..length];
            assert!(decode(cut, Scale::Eighth, &mut Scratch::default()).is_err(), "{length} of {}", bytes.len());
            // The last byte of a scan may hold nothing but the bits that fill it up.
            if length + 4 < bytes.len() {
                let ended = [cut, b"\xff\xd9"].concat();
                assert!(decode(&ended, Scale::Full, &mut Scratch::default()).is_err(), "{length} of {} and an end", bytes.len());
            }
        }
    }
}

#[test]
fn dimensions_that_lie_are_refused_before_memory_is_spent() {
    for progressive in [false, true] {
        let mut bytes = encoded(61, 47, Options { progressive, ..PLAIN });
        let frame = bytes.windows(2).position(|pair| matches!(pair, [0xff, 0xc0 | 0xc2])).unwrap();
        for (side, lie) in [(5, 0xff), (7, 0xff), (5, 0), (7, 0)] {
            let mut bytes = bytes.clone();
            bytes[frame + side..frame + side + 2].copy_from_slice(&[lie; 2]);
            assert!(matches!(decode(&bytes, Scale::Full, &mut Scratch::default()), Err(Error::Malformed(_))));
        }
        bytes[frame + 4] = 12;
        assert!(matches!(decode(&bytes, Scale::Full, &mut Scratch::default()), Err(Error::Unsupported(_))));
    }
}

/// All sampling factors that a frame header can state, over data of others.
#[test]
fn every_sampling_is_read_or_refused() {
    let mut scratch = Scratch::default();
    let mut read = 0;
    for progressive in [false, true] {
        let mut bytes = encoded(61, 47, Options { progressive, ..PLAIN });
        let frame = bytes.windows(2).position(|pair| matches!(pair, [0xff, 0xc0 | 0xc2])).unwrap();
        for factors in 0..4096_usize {
            for component in 0..3 {
                let factor = (factors >> (4 * component)) as u8;
                bytes[frame + 11 + 3 * component] = ((factor >> 2) + 1) << 4 | ((factor & 3) + 1);
            }
            let results = Scale::ALL.map(|scale| decode(&bytes, scale, &mut scratch).is_ok());
            assert!(results.iter().all(|result| *result == results[0]), "{factors:x}");
            read += usize::from(results[0]);
        }
    }
    assert!(read >= 2, "the unchanged ones at least");
}

/// Built as `jpeg_ff00_header.jpg` among Pillow's tests is.
#[test]
fn a_stuffed_zero_between_segments_changes_nothing() {
    for progressive in [false, true] {
        let plain = encoded(40, 24, Options { progressive, ..PLAIN });
        let stray = [&plain[..2], b"\xff\0\0\x02", &plain[2..]].concat();
        assert!(full(&stray).samples == full(&plain).samples);
    }
}

#[test]
fn restart_markers_out_of_order_are_refused() {
    let bytes = encoded(64, 64, Options { restart: 4, ..PLAIN });
    let markers: Vec<usize> =
        (0..bytes.len() - 1).filter(|&at| bytes[at] == 0xff && matches!(bytes[at + 1], 0xd0..=0xd7)).collect();
    assert!(markers.len() > 8);
    for &at in &markers {
        let mut wrong = bytes.clone();
        wrong[at + 1] ^= 1;
        assert!(decode(&wrong, Scale::Quarter, &mut Scratch::default()).is_err());
        // Fill bytes before one are as good as none.
        let filled = [&bytes[..at], b"\xff\xff", &bytes[at..]].concat();
        assert_eq!(full(&filled), full(&bytes));
    }
}

proptest! {
    #![proptest_config(cases(400))]

    #[test]
    fn damaged_files_do_not_panic_and_all_scales_agree(
        kind in 0_usize..14,
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..8),
        cut in any::<prop::sample::Index>(),
        cuts in 0..4,
    ) {
        let mut bytes = kinds().swap_remove(kind);
        for (at, value) in changes {
            let at = at.index(bytes.len());
            bytes[at] = value;
        }
        if cuts == 0 {
            bytes.truncate(cut.index(bytes.len()));
        }
        let results = Scale::ALL.map(|scale| decode(&bytes, scale, &mut Scratch::default()).map(|picture| picture.color));
        // Which error is met first may depend on how many codes are looked up at once.
        prop_assert!(results.iter().all(|result| result.ok() == results[0].ok()), "{:?}", results);
    }
}
