//! Pictures in another size: parts of one as rows of floats, as networks want them, and whole ones for people to look at.

use fast_image_resize::images::{Image, ImageRef};
use fast_image_resize::{FilterType, PixelType, ResizeAlg, ResizeOptions, Resizer};

use crate::geometry::{Point, Rect, Turn, TurnedSquare, Window};
use crate::image::Rgb8;

/// A part of the picture inside a square of `size` pixels, centred, its proportions kept, black around it; then turned.
pub(crate) struct Letterbox {
    scale: (f64, f64),
    offset: (u32, u32),
    /// Width and height of the part in the square.
    inner: (u32, u32),
    part: Rect,
    size: u32,
    turn: Turn,
}

impl Letterbox {
    /// How a part of the picture is laid into a square of `size` pixels.
    pub(crate) fn new(part: Rect, size: u32, turn: Turn) -> Self {
        let Rect { width, height, .. } = part;
        let fit = f64::from(size) / width.max(height);
        let inner = (scaled_side(width, fit, size), scaled_side(height, fit, size));
        let scale = (width / f64::from(inner.0), height / f64::from(inner.1));
        Self { scale, offset: ((size - inner.0) / 2, (size - inner.1) / 2), inner, part, size, turn }
    }

    /// Writes the square's rows, with `scale * sample + shift` for each sample.
    pub(crate) fn write(&self, image: &Rgb8, scale: f32, shift: f32, rows: &mut [&mut [[f32; 3]]]) {
        for row in rows.iter_mut() {
            row.fill([shift; 3]);
        }
        let (width, height) = self.inner;
        let Point { x, y } = image.to_pixels(Point::new(self.part.x, self.part.y));
        let reduction = f64::from(image.reduction());
        let part = Rect { x, y, width: self.part.width / reduction, height: self.part.height / reduction };
        let inner = resized(image, part, width, height);
        let last = self.size as usize - 1;
        for (y, row) in inner.chunks_exact(3 * width as usize).enumerate() {
            for (x, rgb) in row.as_chunks::<3>().0.iter().enumerate() {
                let (x, y) = (x + self.offset.0 as usize, y + self.offset.1 as usize);
                let (x, y) = match self.turn {
                    Turn::None => (x, y),
                    Turn::Quarter => (last - y, x),
                    Turn::Half => (last - x, last - y),
                    Turn::ThreeQuarters => (y, last - x),
                };
                rows[y][x] = rgb.map(|sample| scale * f32::from(sample) + shift);
            }
        }
    }

    /// From pixels of the square to pixels of the picture.
    pub(crate) fn to_picture(&self, x: f64, y: f64) -> Point {
        let size = f64::from(self.size);
        let (x, y) = match self.turn {
            Turn::None => (x, y),
            Turn::Quarter => (y, size - x),
            Turn::Half => (size - x, size - y),
            Turn::ThreeQuarters => (size - y, x),
        };
        let (left, top) = (f64::from(self.offset.0), f64::from(self.offset.1));
        Point::new(self.part.x + (x - left) * self.scale.0, self.part.y + (y - top) * self.scale.1)
    }
}

/// Above this reduction single samples would skip pixels, so the surroundings are averaged down first.
const LARGEST_DIRECT_REDUCTION: f64 = 1.5;

/// Writes the rows of a turned square of the picture, values from 0 to 1, as many as there are rows. Outside the picture its border is
/// repeated. With `mirror` left and right of the result are exchanged.
pub(crate) fn turned_crop(image: &Rgb8, square: &TurnedSquare, mirror: bool, rows: &mut [&mut [[f32; 3]]]) {
    let side = square.side / f64::from(image.reduction());
    let square = &TurnedSquare { centre: image.to_pixels(square.centre), side, angle: square.angle };
    #[allow(clippy::cast_precision_loss, reason = "some hundred rows")]
    let reduction = square.side / rows.len() as f64;
    if reduction <= LARGEST_DIRECT_REDUCTION {
        return sampled(image.pixels(), image.width(), image.height(), square, mirror, rows);
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
    sampled(&pixels, part_width, part_height, &inner, mirror, rows);
}

/// Bilinear samples of the square, one for each pixel of the result.
#[allow(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    clippy::cast_precision_loss,
    reason = "coordinates inside the picture, to a thousandth of a pixel"
)]
fn sampled(pixels: &[u8], width: u32, height: u32, square: &TurnedSquare, mirror: bool, rows: &mut [&mut [[f32; 3]]]) {
    let (pixels, _) = pixels.as_chunks::<3>();
    let (width, height) = (width as usize, height as usize);
    let (last_x, last_y) = ((width - 1) as f32, (height - 1) as f32);
    let step = 1.0 / rows.len() as f64;
    for (y, row) in rows.iter_mut().enumerate() {
        let v = (y as f64 + 0.5) * step;
        let (first, second) = if mirror { (1.0 - step / 2.0, -step) } else { (step / 2.0, step) };
        let (start, next) = (square.to_picture(first, v), square.to_picture(first + second, v));
        let (dx, dy) = ((next.x - start.x) as f32, (next.y - start.y) as f32);
        let (start_x, start_y) = ((start.x - 0.5) as f32, (start.y - 0.5) as f32);
        for (x, target) in row.iter_mut().enumerate() {
            let (x, y) = ((start_x + x as f32 * dx).clamp(0.0, last_x), (start_y + x as f32 * dy).clamp(0.0, last_y));
            let (left, top) = (x as usize, y as usize);
            let (fx, fy) = (x - left as f32, y - top as f32);
            let (right, below) = (usize::from(left + 1 < width), if top + 1 < height { width } else { 0 });
            let at = top * width + left;
            let (nw, ne, sw, se) = (pixels[at], pixels[at + right], pixels[at + below], pixels[at + below + right]);
            for channel in 0..3 {
                let [nw, ne, sw, se] = [nw, ne, sw, se].map(|pixel| f32::from(pixel[channel]));
                let (above, below) = (nw + (ne - nw) * fx, sw + (se - sw) * fx);
                target[channel] = (above + (below - above) * fy) * (1.0 / 255.0);
            }
        }
    }
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

/// A filter takes some tens of bytes for every pixel of a side: of a picture that is one pixel wide, more than the picture. Only PNGs have
/// longer sides than this; of those, pixels are left out first.
const LONGEST_SIDE: u32 = 1 << 16;

fn filtered(image: &Rgb8, part: Rect, width: u32, height: u32, filter: FilterType) -> Vec<u8> {
    if part.width.max(part.height) <= LONGEST_SIDE.into() {
        return convolved(image.pixels(), (image.width(), image.height()), part, (width, height), filter);
    }
    let xs: Vec<usize> = places(part.x, part.width, width, image.width()).collect();
    let ys: Vec<usize> = places(part.y, part.height, height, image.height()).collect();
    let (pixels, _) = image.pixels().as_chunks::<3>();
    let rows = ys.iter().map(|y| &pixels[y * image.width() as usize..]);
    let thinned: Vec<u8> = rows.flat_map(|row| xs.iter().flat_map(|&x| row[x])).collect();
    #[allow(clippy::cast_possible_truncation, reason = "no more than the picture has")]
    let (across, down) = (xs.len() as u32, ys.len() as u32);
    convolved(
        &thinned,
        (across, down),
        Rect { x: 0.0, y: 0.0, width: across.into(), height: down.into() },
        (width, height),
        filter,
    )
}

/// Which pixels of a side of so many stand for a part of it: all, or as many as are filtered, evenly.
#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "places within the side")]
fn places(start: f64, length: f64, scaled: u32, side: u32) -> impl Iterator<Item = usize> {
    let count = (length.ceil() as u32).min(LONGEST_SIDE.max(scaled)).max(1);
    let step = length / f64::from(count);
    (0..count).map(move |place| (step.mul_add(f64::from(place) + 0.5, start) as usize).min(side as usize - 1))
}

fn convolved(pixels: &[u8], sides: (u32, u32), part: Rect, (width, height): (u32, u32), filter: FilterType) -> Vec<u8> {
    let options = ResizeOptions::new().resize_alg(ResizeAlg::Convolution(filter)).crop(part.x, part.y, part.width, part.height);
    let mut target = Image::new(width, height, PixelType::U8x3);
    let done = ImageRef::new(sides.0, sides.1, pixels, PixelType::U8x3)
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

    fn square(size: usize, write: impl FnOnce(&mut [&mut [[f32; 3]]])) -> Vec<Vec<[f32; 3]>> {
        let mut pixels = vec![vec![[f32::NAN; 3]; size]; size];
        write(&mut pixels.iter_mut().map(Vec::as_mut_slice).collect::<Vec<_>>());
        pixels
    }

    fn crop(image: &Rgb8, turned: &TurnedSquare, size: usize, mirror: bool) -> Vec<Vec<[f32; 3]>> {
        square(size, |rows| turned_crop(image, turned, mirror, rows))
    }

    /// However it is turned, what is seen in the square is at its place in the picture.
    #[test]
    fn a_letterbox_leads_back_to_the_picture() {
        for (width, height) in [(200, 100), (100, 200), (90, 250), (128, 128), (3, 250)] {
            let image = gradient(width, height);
            let whole = Rect { x: 0.0, y: 0.0, width: width.into(), height: height.into() };
            for turn in [Turn::None, Turn::Quarter, Turn::Half, Turn::ThreeQuarters] {
                let letterbox = Letterbox::new(whole, 128, turn);
                let seen_square = square(128, |rows| letterbox.write(&image, 1.0, 0.0, rows));
                let mut seen = 0;
                for (x, y) in [(64, 64), (50, 70), (64, 20), (110, 64)] {
                    let at = letterbox.to_picture(x as f64 + 0.5, y as f64 + 0.5);
                    let inside = |at: f64, side: u32| (0.0..f64::from(side)).contains(&at);
                    let [red, green, _] = seen_square[y][x].map(f64::from);
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
                let seen = crop(&image, &square, 32, false);
                for (column, row) in [(0, 0), (31, 0), (16, 16), (5, 29)] {
                    let at = square.to_picture((column as f64 + 0.5) / 32.0, (row as f64 + 0.5) / 32.0);
                    let [red, green, _] = seen[row][column].map(|value| value * 255.0);
                    if (3.0..247.0).contains(&at.x) && (3.0..247.0).contains(&at.y) {
                        assert!((f64::from(red) - (at.x - 0.5)).abs() < 1.0, "side {side} angle {angle}: {red} at {at:?}");
                        assert!((f64::from(green) - (at.y - 0.5)).abs() < 1.0, "side {side} angle {angle}: {green} at {at:?}");
                    }
                }
            }
        }
    }

    /// A picture of one column that is longer than is filtered shows what it shows, in memory that does not grow with it.
    #[test]
    fn a_long_side_is_thinned() {
        let height = 300_000;
        let image = Rgb8::new(1, height, (0..height).flat_map(|y| [if y < height / 3 { 30 } else { 210 }; 3]).collect()).unwrap();
        let mut levels = Vec::new();
        let used = allocation_counter::measure(|| {
            levels = reduced(&image, Window { left: 0, top: 0, width: 1, height }, 1, 99).unwrap().into_pixels();
        });
        assert!(used.bytes_max < 8 << 20, "{used:?}");
        assert_eq!((levels[3 * 10], levels[3 * 20], levels[3 * 45], levels[3 * 90]), (30, 30, 210, 210));
    }

    #[test]
    fn mirrored_is_the_same_read_backwards() {
        let square = TurnedSquare { centre: Point::new(60.0, 60.0), side: 70.0, angle: 0.2 };
        let image = gradient(120, 120);
        let (plain, mirrored) = (crop(&image, &square, 16, false), crop(&image, &square, 16, true));
        for (plain, mirrored) in plain.iter().zip(&mirrored) {
            for (plain, mirrored) in plain.iter().flatten().zip(mirrored.iter().rev().flatten()) {
                assert!((plain - mirrored).abs() < 1e-5);
            }
        }
    }

    #[test]
    fn squares_far_outside_or_larger_than_the_picture_repeat_its_border() {
        for (x, y, side) in [(-500.0, 40.0, 90.0), (1e6, 1e6, 400.0), (40.0, 40.0, 5000.0), (-3.0, 90.0, 1.0)] {
            let square = TurnedSquare { centre: Point::new(x, y), side, angle: 0.7 };
            let seen = crop(&gradient(80, 80), &square, 24, false);
            assert!(seen.iter().flatten().flatten().all(|value| (0.0..=1.0).contains(value)));
        }
    }
}
