//! Pictures in another size: parts of one as planes of floats, as networks want them, and whole ones for people to look at.

use fast_image_resize::images::{Image, ImageRef};
use fast_image_resize::{FilterType, PixelType, ResizeAlg, ResizeOptions, Resizer};

use crate::geometry::{Point, Rect, Turn, TurnedSquare, Window};
use crate::image::Rgb8;

/// A part of the picture inside a square of `size` pixels, centred, its proportions kept, black around it; then turned.
pub(crate) struct Letterbox {
    scale: (f64, f64),
    offset: (f64, f64),
    part: Rect,
    size: f64,
    turn: Turn,
}

impl Letterbox {
    /// Returns the square as R, G and B planes with `scale * sample + shift` in them, and the way back to the picture.
    pub(crate) fn planes(image: &Rgb8, part: Rect, size: u32, turn: Turn, scale: f32, shift: f32) -> (Vec<f32>, Self) {
        let Rect { width, height, .. } = part;
        let fit = f64::from(size) / width.max(height);
        let (inner_width, inner_height) = (scaled_side(width, fit, size), scaled_side(height, fit, size));
        let (left, top) = ((size - inner_width) / 2, (size - inner_height) / 2);
        let inner = resized(image, part, inner_width, inner_height);

        let side = f64::from(size);
        let size = size as usize;
        let last = size - 1;
        let mut planes = vec![shift; 3 * size * size];
        for (y, row) in inner.chunks_exact(3 * inner_width as usize).enumerate() {
            for (x, rgb) in row.chunks_exact(3).enumerate() {
                let (x, y) = (x + left as usize, y + top as usize);
                let (x, y) = match turn {
                    Turn::None => (x, y),
                    Turn::Quarter => (last - y, x),
                    Turn::Half => (last - x, last - y),
                    Turn::ThreeQuarters => (y, last - x),
                };
                for (channel, &sample) in rgb.iter().enumerate() {
                    planes[(channel * size + y) * size + x] = scale * f32::from(sample) + shift;
                }
            }
        }
        let scale = (width / f64::from(inner_width), height / f64::from(inner_height));
        (planes, Self { scale, offset: (left.into(), top.into()), part, size: side, turn })
    }

    /// From pixels of the square to pixels of the picture.
    pub(crate) fn to_picture(&self, x: f64, y: f64) -> Point {
        let (x, y) = match self.turn {
            Turn::None => (x, y),
            Turn::Quarter => (y, self.size - x),
            Turn::Half => (self.size - x, self.size - y),
            Turn::ThreeQuarters => (self.size - y, x),
        };
        Point::new(self.part.x + (x - self.offset.0) * self.scale.0, self.part.y + (y - self.offset.1) * self.scale.1)
    }
}

/// Above this reduction single samples would skip pixels, so the surroundings are averaged down first.
const LARGEST_DIRECT_REDUCTION: f64 = 1.5;

/// A turned square of the picture as R, G and B planes of `size` x `size` values from 0 to 1. Outside the picture its border is
/// repeated. With `mirror` left and right of the result are exchanged.
pub(crate) fn turned_crop(image: &Rgb8, square: &TurnedSquare, size: u32, mirror: bool) -> Vec<f32> {
    let reduction = square.side / f64::from(size);
    if reduction <= LARGEST_DIRECT_REDUCTION {
        return sampled(image.pixels(), image.width(), image.height(), square, size, mirror);
    }
    // Only the part around the square is averaged; two pixels more on each side keep its edges clean.
    let bounds = square.bounds();
    let margin = 2.0 * reduction;
    let (width, height) = (f64::from(image.width()), f64::from(image.height()));
    let left = (bounds.x - margin).floor().clamp(0.0, width - 1.0);
    let top = (bounds.y - margin).floor().clamp(0.0, height - 1.0);
    let right = (bounds.right() + margin).ceil().clamp(left + 1.0, width);
    let bottom = (bounds.bottom() + margin).ceil().clamp(top + 1.0, height);
    let part = Rect { x: left, y: top, width: right - left, height: bottom - top };
    let part_width = scaled_side(part.width, 1.0 / reduction, image.width());
    let part_height = scaled_side(part.height, 1.0 / reduction, image.height());
    let pixels = resized(image, part, part_width, part_height);
    // The part's two sides were rounded to whole pixels, each by itself: the centre is placed by its own scale on each axis, and the
    // side by the mean of both, which differ by less than a pixel over the part.
    let scale = (f64::from(part_width) / part.width, f64::from(part_height) / part.height);
    let inner = TurnedSquare {
        centre: Point::new((square.centre.x - left) * scale.0, (square.centre.y - top) * scale.1),
        side: square.side * f64::midpoint(scale.0, scale.1),
        angle: square.angle,
    };
    sampled(&pixels, part_width, part_height, &inner, size, mirror)
}

/// Bilinear samples of the square, one for each pixel of the result.
fn sampled(pixels: &[u8], width: u32, height: u32, square: &TurnedSquare, size: u32, mirror: bool) -> Vec<f32> {
    let (pixels, _) = pixels.as_chunks::<3>();
    let (last_x, last_y) = (f64::from(width - 1), f64::from(height - 1));
    let plane = size as usize * size as usize;
    let mut planes = vec![0.0; 3 * plane];
    let step = 1.0 / f64::from(size);
    for row in 0..size {
        for column in 0..size {
            let u = (f64::from(if mirror { size - 1 - column } else { column }) + 0.5) * step;
            let at = square.to_picture(u, (f64::from(row) + 0.5) * step);
            let (x, y) = ((at.x - 0.5).clamp(0.0, last_x), (at.y - 0.5).clamp(0.0, last_y));
            let (left, top) = (whole(x), whole(y));
            let (right, bottom) = ((left + 1).min(width as usize - 1), (top + 1).min(height as usize - 1));
            #[allow(clippy::cast_possible_truncation, reason = "fractions of a pixel")]
            let (fx, fy) = ((x - x.floor()) as f32, (y - y.floor()) as f32);
            let at = |x: usize, y: usize| pixels[y * width as usize + x].map(f32::from);
            let (nw, ne, sw, se) = (at(left, top), at(right, top), at(left, bottom), at(right, bottom));
            let index = row as usize * size as usize + column as usize;
            for channel in 0..3 {
                let above = nw[channel] + (ne[channel] - nw[channel]) * fx;
                let below = sw[channel] + (se[channel] - sw[channel]) * fx;
                planes[channel * plane + index] = (above + (below - above) * fy) / 255.0;
            }
        }
    }
    planes
}

#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a coordinate inside the picture")]
fn whole(coordinate: f64) -> usize {
    coordinate as usize
}

#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped to 1..=largest")]
fn scaled_side(side: f64, scale: f64, largest: u32) -> u32 {
    (side * scale).round().clamp(1.0, f64::from(largest)) as u32
}

/// A part of the picture, reduced for people to look at.
pub(crate) fn reduced(image: &Rgb8, part: Window, width: u32, height: u32) -> Option<Rgb8> {
    let Window { left, top, .. } = part;
    let part = Rect { x: left.into(), y: top.into(), width: part.width.into(), height: part.height.into() };
    Rgb8::new(width, height, filtered(image, part, width, height, FilterType::Lanczos3))
}

/// A part of the picture, resized with a triangle filter as wide as the reduction.
fn resized(image: &Rgb8, part: Rect, width: u32, height: u32) -> Vec<u8> {
    filtered(image, part, width, height, FilterType::Bilinear)
}

fn filtered(image: &Rgb8, part: Rect, width: u32, height: u32, filter: FilterType) -> Vec<u8> {
    let options = ResizeOptions::new().resize_alg(ResizeAlg::Convolution(filter)).crop(part.x, part.y, part.width, part.height);
    let mut target = Image::new(width, height, PixelType::U8x3);
    let done = ImageRef::new(image.width(), image.height(), image.pixels(), PixelType::U8x3)
        .map_err(|error| error.to_string())
        .and_then(|source| Resizer::new().resize(&source, &mut target, &options).map_err(|error| error.to_string()));
    debug_assert_eq!(done, Ok(()), "the part lies inside the picture and neither has a side of zero");
    target.into_vec()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// R grows to the right and G downward by one level a pixel.
    fn gradient(width: u32, height: u32) -> Rgb8 {
        let pixels = (0..height).flat_map(|y| (0..width).flat_map(move |x| [x as u8, y as u8, 7])).collect();
        Rgb8::new(width, height, pixels).unwrap()
    }

    /// However it is turned, what is seen in the square is at its place in the picture.
    #[test]
    fn a_letterbox_leads_back_to_the_picture() {
        for (width, height) in [(200, 100), (100, 200), (90, 250), (128, 128), (3, 250)] {
            let image = gradient(width, height);
            let whole = Rect { x: 0.0, y: 0.0, width: width.into(), height: height.into() };
            for turn in [Turn::None, Turn::Quarter, Turn::Half, Turn::ThreeQuarters] {
                let (planes, letterbox) = Letterbox::planes(&image, whole, 128, turn, 1.0, 0.0);
                assert_eq!(planes.len(), 3 * 128 * 128);
                let mut seen = 0;
                for (x, y) in [(64, 64), (50, 70), (64, 20), (110, 64)] {
                    let at = letterbox.to_picture(x as f64 + 0.5, y as f64 + 0.5);
                    let inside = |at: f64, side: u32| (0.0..f64::from(side)).contains(&at);
                    let [red, green] = [0, 1].map(|channel| f64::from(planes[(channel * 128 + y) * 128 + x]));
                    if inside(at.x, width) && inside(at.y, height) {
                        assert!(
                            (red - at.x).abs() <= 2.0 && (green - at.y).abs() <= 2.0,
                            "{width}x{height} {turn:?}: {red}, {green} at {at:?}"
                        );
                        seen += 1;
                    } else {
                        assert_eq!((red, green), (0.0, 0.0), "{width}x{height} {turn:?} at {at:?}");
                    }
                }
                assert!(seen >= 1, "{width}x{height} {turn:?}");
            }
        }
    }

    #[test]
    fn a_crop_shows_the_picture_at_the_square() {
        let image = gradient(250, 250);
        for side in [50.0, 100.0, 200.0] {
            for angle in [0.0, 0.3, -1.2] {
                let square = TurnedSquare { centre: Point::new(120.0, 130.0), side, angle };
                let planes = turned_crop(&image, &square, 32, false);
                for (column, row) in [(0, 0), (31, 0), (16, 16), (5, 29)] {
                    let at = square.to_picture((column as f64 + 0.5) / 32.0, (row as f64 + 0.5) / 32.0);
                    let (red, green) = (planes[row * 32 + column] * 255.0, planes[1024 + row * 32 + column] * 255.0);
                    if (3.0..247.0).contains(&at.x) && (3.0..247.0).contains(&at.y) {
                        assert!((f64::from(red) - (at.x - 0.5)).abs() < 1.0, "side {side} angle {angle}: {red} at {at:?}");
                        assert!((f64::from(green) - (at.y - 0.5)).abs() < 1.0, "side {side} angle {angle}: {green} at {at:?}");
                    }
                }
            }
        }
    }

    #[test]
    fn mirrored_is_the_same_read_backwards() {
        let square = TurnedSquare { centre: Point::new(60.0, 60.0), side: 70.0, angle: 0.2 };
        let image = gradient(120, 120);
        let (plain, mirrored) = (turned_crop(&image, &square, 16, false), turned_crop(&image, &square, 16, true));
        for (plain, mirrored) in plain.chunks(16).zip(mirrored.chunks(16)) {
            assert!(plain.iter().eq(mirrored.iter().rev()));
        }
    }

    #[test]
    fn squares_far_outside_or_larger_than_the_picture_repeat_its_border() {
        for (x, y, side) in [(-500.0, 40.0, 90.0), (1e6, 1e6, 400.0), (40.0, 40.0, 5000.0), (-3.0, 90.0, 1.0)] {
            let square = TurnedSquare { centre: Point::new(x, y), side, angle: 0.7 };
            let planes = turned_crop(&gradient(80, 80), &square, 24, false);
            assert!(planes.iter().all(|value| (0.0..=1.0).contains(value)));
        }
    }
}
