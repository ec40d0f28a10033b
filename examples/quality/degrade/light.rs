//! What light and colour do to a picture.

use image::{Rgb, RgbImage};

use super::face::{Face, Side};
use super::linear::{decode, decoded, encode, encoded, luminance};
use super::seeded::Seeded;

/// Longer or shorter exposure, by stops; what gets too bright is clipped.
pub(crate) fn exposure(image: &RgbImage, stops: f32) -> RgbImage {
    cast(image, [stops.exp2(); 3])
}

/// A wrong white balance: each colour's light is multiplied.
pub(crate) fn cast(image: &RgbImage, gains: [f32; 3]) -> RgbImage {
    let tables = gains.map(|gain| {
        let mut table = [0; 256];
        for (value, changed) in (0..=255).zip(&mut table) {
            *changed = encode(decode(value) * gain);
        }
        table
    });
    let mut image = image.clone();
    for pixel in image.pixels_mut() {
        for (sample, table) in pixel.0.iter_mut().zip(&tables) {
            *sample = table[usize::from(*sample)];
        }
    }
    image
}

/// Light from one side. The side of the face that is toward it gets `stops` more than the other one, in between it changes
/// evenly, and the middle keeps what it had, as a camera would see to.
pub(crate) fn uneven(image: &RgbImage, face: &Face, stops: f32, lit: Side) -> RgbImage {
    let frame = face.frame();
    let ratio = stops.exp2();
    let slope = (ratio - 1.0) / (ratio + 1.0) * if lit == Side::Left { 1.0 } else { -1.0 };
    let mut image = image.clone();
    for (x, y, pixel) in image.enumerate_pixels_mut() {
        let [u, _] = frame.to_face([x as f32 + 0.5, y as f32 + 0.5]);
        let gain = 1.0 + slope * (u / HALF_WIDTH).clamp(-1.0, 1.0);
        *pixel = encoded(decoded(*pixel).map(|light| light * gain));
    }
    image
}

/// From the middle of the face to its side.
const HALF_WIDTH: f32 = 1.1;

/// Less contrast, as by haze or a dirty lens: so much of the light (0 to 1) is spread evenly over the picture, as a grey as bright as the face.
pub(crate) fn haze(image: &RgbImage, face: &Face, amount: f32) -> RgbImage {
    let veil = face_light(image, face) * amount;
    let mut image = image.clone();
    for pixel in image.pixels_mut() {
        *pixel = encoded(decoded(*pixel).map(|light| light * (1.0 - amount) + veil));
    }
    image
}

/// How bright the face is on average; 0 where none of it is in the picture.
pub(crate) fn face_light(image: &RgbImage, face: &Face) -> f32 {
    let frame = face.frame();
    let (mut sum, mut count) = (0.0, 0.0);
    for row in 0..32_u8 {
        for column in 0..24_u8 {
            let place = frame.to_picture([f32::from(column) / 12.0 - 0.96, f32::from(row) / 14.0 - 0.6]);
            if let Some(pixel) = pixel_at(image, place) {
                sum += luminance(decoded(pixel));
                count += 1.0;
            }
        }
    }
    if count > 0.0 { sum / count } else { 0.0 }
}

/// The pixel at a place, if that is in the picture.
pub(crate) fn pixel_at(image: &RgbImage, [x, y]: [f32; 2]) -> Option<Rgb<u8>> {
    let inside = x >= 0.0 && y >= 0.0 && x < image.width() as f32 && y < image.height() as f32;
    inside.then(|| *image.get_pixel(x as u32, y as u32))
}

/// No colour.
pub(crate) fn greyscale(image: &RgbImage) -> RgbImage {
    let mut image = image.clone();
    for pixel in image.pixels_mut() {
        *pixel = encoded([luminance(decoded(*pixel)); 3]);
    }
    image
}

/// Normal noise on every sample, of this deviation in values from 0 to 255: what is left after a camera has encoded its own.
pub(crate) fn noise(image: &RgbImage, sigma: f32, seed: u64) -> RgbImage {
    let mut seeded = Seeded::new(seed);
    let mut image = image.clone();
    for sample in image.iter_mut() {
        *sample = (f32::from(*sample) + sigma * seeded.normal()).round() as u8;
    }
    image
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::degrade::face::tests::eyes;
    use crate::degrade::occlude::tests::{face, portrait};

    fn plain(value: u8) -> RgbImage {
        RgbImage::from_pixel(200, 200, Rgb([value; 3]))
    }

    #[test]
    fn a_stop_doubles_the_light_and_white_stays_white() {
        let value = |value, stops| exposure(&plain(value), stops).get_pixel(0, 0).0[0];
        assert_eq!((value(128, 1.0), value(128, -1.0), value(128, 0.0)), (176, 92, 128));
        assert_eq!((value(200, 4.0), value(255, -4.0), value(0, 4.0)), (255, 71, 0));
        assert!(value(value(128, -2.0), 2.0).abs_diff(128) <= 1);
    }

    #[test]
    fn each_colour_has_its_own_gain() {
        assert_eq!(cast(&plain(128), [2.0, 1.0, 0.5]).get_pixel(0, 0).0, [176, 128, 92]);
    }

    #[test]
    fn the_lit_side_gets_so_many_stops_more_and_the_middle_stays() {
        let face = Face::new(eyes((75.0, 80.0), (125.0, 80.0)), None);
        for (lit, bright, dark) in [(Side::Left, 156.0, 44.0), (Side::Right, 44.0, 156.0)] {
            let picture = uneven(&plain(128), &face, 2.0, lit);
            let light = |x| pixel_at(&picture, [x, 100.0]).map(|pixel| decode(pixel.0[0])).unwrap();
            assert!(((light(bright) / light(dark)).log2() - 2.0).abs() < 0.08, "{}", light(bright) / light(dark));
            assert!((light(100.0) / decode(128) - 1.0).abs() < 0.02);
            assert_eq!(light(199.0), light(170.0));
        }
    }

    #[test]
    fn haze_takes_contrast_and_keeps_the_face_as_bright() {
        let (picture, face) = (portrait(), face());
        let hazy = haze(&picture, &face, 0.6);
        let spread = |image: &RgbImage| {
            let lights: Vec<f32> = image.pixels().map(|pixel| luminance(decoded(*pixel))).collect();
            lights.iter().copied().fold(0.0, f32::max) - lights.iter().copied().fold(1.0, f32::min)
        };
        assert!((spread(&hazy) / spread(&picture) - 0.4).abs() < 0.02);
        assert!((face_light(&hazy, &face) / face_light(&picture, &face) - 1.0).abs() < 0.02);
    }

    #[test]
    fn grey_is_as_bright_as_the_colour_was() {
        let red = RgbImage::from_pixel(2, 2, Rgb([255, 0, 0]));
        assert_eq!(greyscale(&red).get_pixel(0, 0).0, [127; 3]);
        assert_eq!(greyscale(&plain(77)), plain(77));
    }

    #[test]
    fn noise_has_the_deviation_asked_for_and_follows_from_its_seed() {
        let noisy = noise(&plain(128), 6.0, 5);
        let samples: Vec<f32> = noisy.iter().map(|sample| f32::from(*sample) - 128.0).collect();
        let mean = samples.iter().sum::<f32>() / samples.len() as f32;
        let deviation = (samples.iter().map(|sample| sample * sample).sum::<f32>() / samples.len() as f32).sqrt();
        assert!(mean.abs() < 0.1 && (deviation - 6.0).abs() < 0.1, "{mean} {deviation}");
        assert_eq!(noisy, noise(&plain(128), 6.0, 5));
        assert_ne!(noisy, noise(&plain(128), 6.0, 6));
    }
}
