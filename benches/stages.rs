//! `cargo bench`: every stage, the whole check and the preparation of uploads, on three sizes of one photo. Throughput is in pixels of the photo.
#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    clippy::disallowed_methods,
    reason = "a bench that cannot be set up panics, and the numbers are small"
)]

use std::hint::black_box;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use face_precheck::{Engine, Profile, Stages};
use image::imageops::{FilterType, resize};
use image::{ImageEncoder as _, RgbImage, imageops};

/// A public-domain portrait at the size of a web camera, of a recommended upload and of a phone's camera, as JPEGs of the
/// quality that each of them writes. The face takes the same share of each. A little noise stands for a sensor's, without which an
/// enlargement would be much quicker to decode than a photo: the 12 MP one has about 2.5 MB.
fn photos() -> Vec<(&'static str, u64, Vec<u8>)> {
    let portrait = portrait();
    [("640x480", 640, 480, 90), ("1080x1440", 1080, 1440, 85), ("12MP", 3024, 4032, 90)]
        .into_iter()
        .map(|(name, width, height, quality)| {
            let scale =
                f64::max(f64::from(width) / f64::from(portrait.width()), f64::from(height) / f64::from(portrait.height()));
            let scaled = |side: u32| (f64::from(side) * scale).ceil() as u32;
            let covering = resize(&portrait, scaled(portrait.width()), scaled(portrait.height()), FilterType::CatmullRom);
            let left = (covering.width() - width) / 2;
            let mut photo = imageops::crop_imm(&covering, left, 0, width, height).to_image();
            add_noise(&mut photo);
            let mut bytes = Vec::new();
            let mut encoder = jpeg_encoder::Encoder::new(&mut bytes, quality);
            encoder.set_sampling_factor(jpeg_encoder::SamplingFactor::R_4_2_0);
            encoder.encode(photo.as_raw(), width as u16, height as u16, jpeg_encoder::ColorType::Rgb).unwrap();
            (name, u64::from(width) * u64::from(height), bytes)
        })
        .collect()
}

/// Up to three levels up or down, the same in every run.
fn add_noise(image: &mut RgbImage) {
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    for sample in image.iter_mut() {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        *sample = sample.saturating_add((state % 7) as u8).saturating_sub(3);
    }
}

fn portrait() -> RgbImage {
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures/photos/refused/astronaut.png");
    image::open(file).unwrap().into_rgb8()
}

fn stages(criterion: &mut Criterion) {
    let (engine, profile, photos) = (Engine::new().unwrap(), Profile::progeny_selfie(), photos());
    for stage in Stages::NAMES {
        let mut group = criterion.benchmark_group(stage);
        for (name, pixels, bytes) in &photos {
            let stages = Stages::new(&engine, bytes, &profile).unwrap();
            group.throughput(Throughput::Elements(*pixels));
            group.bench_function(*name, |bencher| bencher.iter(|| stages.run(stage).unwrap()));
        }
        group.finish();
    }
}

fn check(criterion: &mut Criterion) {
    let (engine, profile) = (Engine::new().unwrap(), Profile::progeny_selfie());
    let mut group = criterion.benchmark_group("check");
    for (name, pixels, bytes) in &photos() {
        group.throughput(Throughput::Elements(*pixels));
        group.bench_function(*name, |bencher| bencher.iter(|| engine.check(black_box(bytes), &profile).unwrap()));
    }
    // Looked at in all the ways there are.
    let books = std::fs::read(concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures/photos/no_face/books.jpg")).unwrap();
    group.throughput(Throughput::Elements(512 * 512));
    group.bench_function("no face", |bencher| bencher.iter(|| engine.check(black_box(&books), &profile).unwrap()));
    group.finish();
}

/// The three ways to an upload: compressed anew from a JPEG over the byte limit, its metadata removed and nothing else, and compressed
/// anew from a PNG.
fn prepare(criterion: &mut Criterion) {
    let (engine, profile, photos) = (Engine::new().unwrap(), Profile::progeny_selfie(), photos());
    let comment = b"\xff\xfe\x00\x09comment";
    let selfie = [&photos[1].2[..2], comment, &photos[1].2[2..]].concat();
    let mut decoder = zune_jpeg::JpegDecoder::new(zune_jpeg::zune_core::bytestream::ZCursor::new(&photos[2].2));
    let pixels = decoder.decode().unwrap();
    let mut jpeg = Vec::new();
    jpeg_encoder::Encoder::new(&mut jpeg, 95).encode(&pixels, 3024, 4032, jpeg_encoder::ColorType::Rgb).unwrap();
    let mut png = Vec::new();
    image::codecs::png::PngEncoder::new(&mut png).write_image(&pixels, 3024, 4032, image::ExtendedColorType::Rgb8).unwrap();
    let mut group = criterion.benchmark_group("prepare");
    group.sample_size(20);
    for (name, bytes, changes) in [("12MP JPEG", jpeg, 1), ("1080x1440 JPEG, lossless", selfie, 1), ("12MP PNG", png, 2)] {
        let upload = engine.prepare(&bytes, &profile).unwrap().ready().unwrap();
        assert_eq!(upload.changes().len(), changes, "{name}: {:?}", upload.changes());
        group.bench_function(name, |bencher| bencher.iter(|| engine.prepare(black_box(&bytes), &profile).unwrap()));
    }
    group.finish();
}

fn load(criterion: &mut Criterion) {
    criterion.bench_function("load", |bencher| bencher.iter(|| Engine::new().unwrap()));
}

criterion_group!(benches, stages, check, prepare, load);
criterion_main!(benches);
