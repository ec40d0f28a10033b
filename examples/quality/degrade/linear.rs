//! Pictures as light: red, green and blue as numbers that are proportional to it, 1 being white.

use std::sync::LazyLock;

use fast_image_resize::images::{TypedImage, TypedImageRef};
use fast_image_resize::pixels::F32x3;
use fast_image_resize::{FilterType, ResizeAlg, ResizeOptions, Resizer};
use image::{Rgb, RgbImage};

/// Light of each sRGB value.
static DECODED: LazyLock<[f32; 256]> = LazyLock::new(|| {
    let mut table = [0.0; 256];
    for (value, light) in (0_u16..).zip(&mut table) {
        *light = curve(f64::from(value) / 255.0) as f32;
    }
    table
});

/// Light half way from each sRGB value to the next one, in terms of values.
static BOUNDS: LazyLock<[f32; 255]> = LazyLock::new(|| {
    let mut table = [0.0; 255];
    for (value, light) in (0_u16..).zip(&mut table) {
        *light = curve((f64::from(value) + 0.5) / 255.0) as f32;
    }
    table
});

/// For light in steps of 1/4096, how many bounds are below it.
static STARTS: LazyLock<Vec<u8>> =
    LazyLock::new(|| (0..=4096).map(|step| BOUNDS.partition_point(|bound| *bound <= step as f32 / 4096.0) as u8).collect());

fn curve(value: f64) -> f64 {
    if value <= 0.04045 { value / 12.92 } else { ((value + 0.055) / 1.055).powf(2.4) }
}

/// The light of an sRGB value.
pub(crate) fn decode(value: u8) -> f32 {
    DECODED[usize::from(value)]
}

/// The nearest sRGB value, of what is between black and white.
pub(crate) fn encode(light: f32) -> u8 {
    let light = light.clamp(0.0, 1.0);
    let mut value = STARTS[(light * 4096.0) as usize];
    while value < 255 && BOUNDS[usize::from(value)] <= light {
        value += 1;
    }
    value
}

/// How bright light looks.
pub(crate) fn luminance([r, g, b]: [f32; 3]) -> f32 {
    0.2126 * r + 0.7152 * g + 0.0722 * b
}

pub(crate) fn decoded(pixel: Rgb<u8>) -> [f32; 3] {
    pixel.0.map(decode)
}

pub(crate) fn encoded(light: [f32; 3]) -> Rgb<u8> {
    Rgb(light.map(encode))
}

/// A picture of light, row by row.
#[derive(Debug, Clone)]
pub(crate) struct Light {
    pub(crate) width: usize,
    pub(crate) height: usize,
    pub(crate) pixels: Vec<[f32; 3]>,
}

impl Light {
    pub(crate) fn of(image: &RgbImage) -> Self {
        Self {
            width: image.width() as usize,
            height: image.height() as usize,
            pixels: image.pixels().map(|pixel| decoded(*pixel)).collect(),
        }
    }

    pub(crate) fn picture(&self) -> RgbImage {
        RgbImage::from_fn(self.width as u32, self.height as u32, |x, y| {
            encoded(self.pixels[y as usize * self.width + x as usize])
        })
    }

    /// A part of the picture, from `left` and `top` on, at another size: `width` by `height` pixels, that many for each of its own.
    pub(crate) fn resized(&self, [left, top]: [f64; 2], [width, height]: [u32; 2], scale: [f64; 2], filter: FilterType) -> Self {
        let source: Vec<F32x3> = self.pixels.iter().map(|pixel| F32x3::new(*pixel)).collect();
        let mut target = TypedImage::<F32x3>::new(width, height);
        // A part that should end where the picture does may come out larger by a rounding error, which would be refused.
        let wide = (f64::from(width) / scale[0]).min(self.width as f64 - left);
        let high = (f64::from(height) / scale[1]).min(self.height as f64 - top);
        let options = ResizeOptions::new().resize_alg(ResizeAlg::Convolution(filter)).crop(left, top, wide, high);
        // The source has as many pixels as its size says. Where the part is not inside of it, the target stays black.
        if let Ok(source) = TypedImageRef::new(self.width as u32, self.height as u32, &source) {
            let done = Resizer::new().resize_typed(&source, &mut target, &options);
            debug_assert!(done.is_ok(), "{done:?}");
        }
        let pixels = target.pixels().iter().map(|pixel| pixel.0).collect();
        Self { width: width as usize, height: height as usize, pixels }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_value_survives_and_bounds_are_half_way() {
        for value in 0..=255 {
            assert_eq!(encode(decode(value)), value);
        }
        assert_eq!((encode(-1.0), encode(2.0), encode(f32::NAN)), (0, 255, 0));
        for value in [0.4_f64, 0.6, 11.4, 11.6, 127.4, 127.6, 254.6] {
            assert_eq!(f64::from(encode(curve(value / 255.0) as f32)), value.round());
        }
    }

    #[test]
    fn resizing_keeps_light_not_values() {
        // Fine black and white stripes look as half the light does, which is 188 and not 128.
        let stripes = RgbImage::from_fn(64, 64, |x, _| if x % 2 == 0 { Rgb([0; 3]) } else { Rgb([255; 3]) });
        let small = Light::of(&stripes).resized([0.0, 0.0], [8, 8], [0.125, 0.125], FilterType::Box).picture();
        assert!(small.pixels().all(|pixel| *pixel == Rgb([188; 3])), "{:?}", small.get_pixel(3, 3));
    }

    #[test]
    fn no_part_is_refused_for_a_rounding_error() {
        let grey = |side: u32| RgbImage::from_pixel(side, 60, Rgb([90; 3]));
        for side in 40..200 {
            for part in 1..6 {
                let small = (f64::from(side) / f64::from(part)).round() as u32;
                let scale = f64::from(small) / f64::from(side);
                let light = Light::of(&grey(side)).resized([0.0; 2], [small, 60], [scale, 1.0], FilterType::Lanczos3);
                let again = light.resized([0.0; 2], [side, 60], [scale.recip(), 1.0], FilterType::CatmullRom);
                assert_eq!(again.picture().get_pixel(side / 2, 30), &Rgb([90; 3]), "{side} {part}");
            }
        }
    }
}
