//! The photos that are timed: one portrait at the size of a web camera, of a recommended upload and of a phone's camera.
#![allow(clippy::disallowed_methods, reason = "a file of the project's own")]

use image::imageops::{FilterType, crop_imm, resize};
use image::{ImageResult, RgbImage};
use jpeg_encoder::{ColorType, Encoder, EncodingError, SamplingFactor};

/// A photo's name, its width and height in pixels, and the JPEG quality that such a camera writes.
const PHOTOS: [(&str, u32, u32, u8); 3] = [("640x480", 640, 480, 90), ("1080x1440", 1080, 1440, 85), ("12MP", 3024, 4032, 90)];

/// What a camera saw, and how it writes it.
pub(crate) struct Photo {
    pub(crate) name: &'static str,
    pub(crate) picture: RgbImage,
    pub(crate) quality: u8,
}

/// The portrait is in the public domain; its face takes the same share of each photo. A little noise stands for a sensor's, without
/// which an enlargement would be much quicker to decode than a photo: the 12 MP one has 1.3 MB.
pub(crate) fn photos() -> ImageResult<Vec<Photo>> {
    let portrait = portrait()?;
    let photo = |(name, width, height, quality)| {
        let mut picture = filled(&portrait, width, height);
        add_noise(&mut picture);
        Photo { name, picture, quality }
    };
    Ok(PHOTOS.into_iter().map(photo).collect())
}

/// A JPEG with a quarter of the colours, as cameras write it.
#[allow(clippy::cast_possible_truncation, reason = "the photos are smaller than JPEGs may be")]
pub(crate) fn jpeg(picture: &RgbImage, quality: u8) -> Result<Vec<u8>, EncodingError> {
    let mut bytes = Vec::new();
    let mut encoder = Encoder::new(&mut bytes, quality);
    encoder.set_sampling_factor(SamplingFactor::R_4_2_0);
    encoder.encode(picture.as_raw(), picture.width() as u16, picture.height() as u16, ColorType::Rgb)?;
    Ok(bytes)
}

/// The upper middle of the picture in the proportions of the photo.
#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a side of a picture")]
fn filled(picture: &RgbImage, width: u32, height: u32) -> RgbImage {
    let scale = f64::max(f64::from(width) / f64::from(picture.width()), f64::from(height) / f64::from(picture.height()));
    let scaled = |side: u32| (f64::from(side) * scale).ceil() as u32;
    let covering = resize(picture, scaled(picture.width()), scaled(picture.height()), FilterType::CatmullRom);
    let left = (covering.width() - width) / 2;
    crop_imm(&covering, left, 0, width, height).to_image()
}

/// Up to three levels up or down, the same in every run.
#[allow(clippy::cast_possible_truncation, reason = "0 to 6")]
fn add_noise(image: &mut RgbImage) {
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    for sample in image.iter_mut() {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        *sample = sample.saturating_add((state % 7) as u8).saturating_sub(3);
    }
}

fn portrait() -> ImageResult<RgbImage> {
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures/photos/refused/astronaut.png");
    Ok(image::open(file)?.into_rgb8())
}
