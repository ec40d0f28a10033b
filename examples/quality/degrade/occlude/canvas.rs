//! The part of a picture that is painted on.

use image::RgbImage;

use crate::degrade::face::Frame;
use crate::degrade::linear::{decoded, encoded};
use crate::degrade::seeded::grain;

/// A rectangle on the face.
#[derive(Debug, Clone, Copy)]
pub(super) struct Extent {
    pub(super) low: [f32; 2],
    pub(super) high: [f32; 2],
}

impl Extent {
    pub(super) const fn new(left: f32, top: f32, right: f32, bottom: f32) -> Self {
        Self { low: [left, top], high: [right, bottom] }
    }

    pub(super) fn grown(self, by: f32) -> Self {
        Self { low: self.low.map(|low| low - by), high: self.high.map(|high| high + by) }
    }

    pub(super) fn holds(self, [u, v]: [f32; 2]) -> bool {
        (self.low[0]..=self.high[0]).contains(&u) && (self.low[1]..=self.high[1]).contains(&v)
    }
}

/// What a thing does to light.
#[derive(Debug, Clone, Copy)]
pub(super) struct Ink {
    /// How much of each colour behind it gets through.
    pub(super) through: [f32; 3],
    /// What it gives off itself.
    pub(super) own: [f32; 3],
}

impl Ink {
    pub(super) const fn opaque(own: [f32; 3]) -> Self {
        Self { through: [0.0; 3], own }
    }

    /// Of this colour, as far as it is there.
    pub(super) fn partly(own: [f32; 3], share: f32) -> Self {
        Self { through: [1.0 - share; 3], own: own.map(|light| light * share) }
    }

    /// Takes so much of the light away.
    pub(super) fn shadow(depth: f32) -> Self {
        Self { through: [1.0 - depth; 3], own: [0.0; 3] }
    }
}

/// The light of the part of the picture where a shape can be.
pub(super) struct Canvas {
    frame: Frame,
    extent: Extent,
    left: u32,
    top: u32,
    width: u32,
    pixels: Vec<[f32; 3]>,
    /// How much of each pixel was painted over.
    painted: Vec<f32>,
}

impl Canvas {
    pub(super) fn new(image: &RgbImage, frame: Frame, extent: Extent) -> Self {
        let [left, top, right, bottom] = place(frame, extent, [0, 0, image.width(), image.height()]);
        let pixels: Vec<_> = (top..bottom).flat_map(|y| (left..right).map(move |x| decoded(*image.get_pixel(x, y)))).collect();
        Self { frame, extent, left, top, width: right - left, painted: vec![0.0; pixels.len()], pixels }
    }

    /// How the face is turned: positive to the picture's right.
    pub(super) fn lean(&self) -> f32 {
        self.frame.lean()
    }

    /// A distance between the pupils, in pixels.
    pub(super) fn unit(&self) -> f32 {
        self.frame.unit()
    }

    /// Lays ink where the distance is negative, with an edge so many pixels wide.
    pub(super) fn lay(&mut self, extent: Extent, edge: f32, distance: impl Fn([f32; 2]) -> f32, ink: impl Fn([f32; 2]) -> Ink) {
        let height = if self.width == 0 { 0 } else { (self.pixels.len() / self.width as usize) as u32 };
        let whole = [self.left, self.top, self.left + self.width, self.top + height];
        let [left, top, right, bottom] = place(self.frame, extent.grown(0.02), whole);
        let unit = self.frame.unit();
        for y in top..bottom {
            for x in left..right {
                let at = self.frame.to_face([x as f32 + 0.5, y as f32 + 0.5]);
                if !self.extent.holds(at) {
                    continue;
                }
                let share = (0.5 - distance(at) * unit / edge).clamp(0.0, 1.0);
                if share > 0.0 {
                    let ink = ink(at);
                    let place = ((y - self.top) * self.width + x - self.left) as usize;
                    let light = &mut self.pixels[place];
                    for (channel, light) in light.iter_mut().enumerate() {
                        let inked = ink.through[channel] * *light + ink.own[channel];
                        *light += share * (inked - *light);
                    }
                    // Even what lets all light through was painted: at least a touch.
                    self.painted[place] = self.painted[place].max(share * (1.0 - ink.through[1]).max(0.01));
                }
            }
        }
    }

    /// The picture with what was painted, which gets noise of a deviation in values of sRGB as a camera adds it.
    pub(super) fn over(self, image: &RgbImage, noise: f32, seed: u64) -> RgbImage {
        let mut image = image.clone();
        for (place, (light, painted)) in self.pixels.into_iter().zip(self.painted).enumerate() {
            if painted > 0.0 {
                let (column, row) = (place as u32 % self.width, place as u32 / self.width);
                let (x, y) = (self.left + column, self.top + row);
                let pixel = image.get_pixel_mut(x, y);
                *pixel = encoded(light);
                // The sum of three even numbers is near enough to a normal one, with variance 1/4.
                let even = |part: u64| grain(seed ^ part, x.cast_signed(), y.cast_signed());
                let added = 2.0 * noise * painted * (even(0) + even(1) + even(2) - 1.5);
                pixel.0 = pixel.0.map(|value| (f32::from(value) + added).round() as u8);
            }
        }
        image
    }
}

/// The pixels that a rectangle on the face may touch, of those within: left, top, right and bottom.
fn place(frame: Frame, extent: Extent, within: [u32; 4]) -> [u32; 4] {
    let (mut low, mut high) = ([f32::INFINITY; 2], [f32::NEG_INFINITY; 2]);
    // Turned faces bulge, so corners are not enough.
    for step in 0..=8_u8 {
        let v = extent.low[1] + (extent.high[1] - extent.low[1]) * f32::from(step) / 8.0;
        for u in [extent.low[0], extent.high[0]] {
            let at = frame.to_picture([u, v]);
            for axis in 0..2 {
                low[axis] = low[axis].min(at[axis]);
                high[axis] = high[axis].max(at[axis]);
            }
        }
    }
    let margin = 2.0 + 0.15 * frame.unit() * frame.lean().abs();
    let side = |place: f32, axis: usize| (place.max(0.0) as u32).clamp(within[axis], within[axis + 2]);
    [side(low[0] - margin, 0), side(low[1] - margin, 1), side(high[0] + margin, 0), side(high[1] + margin, 1)]
}
