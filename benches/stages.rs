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
use face_precheck::{Engine, Profile, Rule, Stages};
use image::ImageEncoder as _;

#[path = "peers/photos.rs"]
mod photos;

/// Name, pixels and file of each photo.
fn photos() -> Vec<(&'static str, u64, Vec<u8>)> {
    let file = |photo: &photos::Photo| photos::jpeg(&photo.picture, photo.quality).unwrap();
    let pixels = |photo: &photos::Photo| u64::from(photo.picture.width()) * u64::from(photo.picture.height());
    photos::photos().unwrap().iter().map(|photo| (photo.name, pixels(photo), file(photo))).collect()
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

/// What judging the quality of the picture adds to a check.
fn measure(criterion: &mut Criterion) {
    let (engine, with, photos) = (Engine::new().unwrap(), Profile::progeny_selfie(), photos());
    let mut without = with.to_toml().parse::<toml::Table>().unwrap();
    without.retain(|key, _| Rule::ALL.iter().all(|rule| rule.id() != key || !rule.concerns_quality()));
    let without = Profile::from_toml(&without.to_string()).unwrap();
    let (name, pixels, bytes) = &photos[1];
    assert!(
        engine.check(bytes, &with).unwrap().measures().is_some() && engine.check(bytes, &without).unwrap().measures().is_none()
    );
    let mut group = criterion.benchmark_group("measure");
    group.throughput(Throughput::Elements(*pixels));
    for (profile, what) in [(&without, "check without"), (&with, "check with")] {
        group.bench_function(format!("{name}, {what}"), |bencher| {
            bencher.iter(|| engine.check(black_box(bytes), profile).unwrap());
        });
    }
    group.finish();
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

criterion_group!(benches, stages, measure, check, prepare, load);
criterion_main!(benches);
