//! The light and the skin of a picture, for things that are painted into it.

use image::RgbImage;

use super::canvas::Ink;
use crate::degrade::face::Face;
use crate::degrade::light::pixel_at;
use crate::degrade::linear::{decode, luminance};
use crate::degrade::seeded::fractal;

/// The light of sRGB values.
pub(super) fn rgb(r: u8, g: u8, b: u8) -> [f32; 3] {
    [r, g, b].map(decode)
}

pub(super) fn scaled(light: [f32; 3], by: f32) -> [f32; 3] {
    light.map(|light| light * by)
}

pub(super) fn mixed(from: [f32; 3], to: [f32; 3], part: f32) -> [f32; 3] {
    [0, 1, 2].map(|channel| from[channel] + (to[channel] - from[channel]) * part)
}

/// What is seen of a picture before something is painted into it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Scene {
    pub(super) cheeks: [f32; 3],
    pub(super) forehead: [f32; 3],
    /// How bright a white thing would be on the subject's right and left.
    right: f32,
    left: f32,
}

impl Scene {
    pub(super) fn of(image: &RgbImage, face: &Face) -> Self {
        let frame = face.frame();
        // Grey stands in for a face that is not in the picture.
        let patch = |places: &[[f32; 2]]| -> [f32; 3] {
            let pixels: Vec<[u8; 3]> = places
                .iter()
                .flat_map(|[u, v]| {
                    (0..64_u8).map(move |at| [u + f32::from(at % 8) / 40.0 - 0.09, v + f32::from(at / 8) / 40.0 - 0.09])
                })
                .filter_map(|place| pixel_at(image, frame.to_picture(place)).map(|pixel| pixel.0))
                .collect();
            [0, 1, 2].map(|channel| {
                let mut values: Vec<u8> = pixels.iter().map(|pixel| pixel[channel]).collect();
                values.sort_unstable();
                values.get(values.len() / 2).map_or(0.3, |value| decode(*value))
            })
        };
        let (right, left) = (patch(&[[-0.55, 0.55]]), patch(&[[0.55, 0.55]]));
        let cheeks = patch(&[[-0.55, 0.55], [0.55, 0.55]]);
        // Skin is darker on one person than on another, which says nothing about the light: hence the root and the bounds.
        let white = |skin: [f32; 3]| (luminance(skin) / 0.33).sqrt().clamp(0.35, 1.15);
        Self { cheeks, forehead: patch(&[[-0.2, -0.6], [0.2, -0.6]]), right: white(right), left: white(left) }
    }

    /// How much light there is at a place on something that bends around the face.
    pub(super) fn shade(&self, [u, v]: [f32; 2]) -> f32 {
        let side = (0.5 + u / 2.2).clamp(0.0, 1.0);
        let bent = 1.0 - 0.3 * (u / 1.2).powi(2).min(1.2) - 0.1 * ((v - 0.9) / 1.2).clamp(-1.0, 1.2);
        (self.right + (self.left - self.right) * side) * bent
    }

    /// How much light there is on average.
    pub(super) fn light(&self) -> f32 {
        f32::midpoint(self.right, self.left)
    }

    /// Skin of this colour: with spots, and with the light of one place (1 is as sampled).
    pub(super) fn skin(colour: [f32; 3], seed: u64, [u, v]: [f32; 2], light: f32) -> Ink {
        let spots = 0.9 + 0.2 * fractal(seed, 4.0 * u, 4.0 * v);
        // What is in shadow is redder.
        let [r, g, b] = scaled(colour, spots * light);
        let deep = (1.0 - light).clamp(0.0, 1.0);
        Ink::opaque([r * (1.0 + 0.25 * deep), g, b * (1.0 - 0.1 * deep)])
    }
}
