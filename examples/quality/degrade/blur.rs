//! What takes detail away.

use fast_image_resize::FilterType;
use image::RgbImage;

use super::face::Face;
use super::linear::Light;

/// A weight and where it takes its light from, in pixels to the right and down.
type Tap = (isize, isize, f32);

/// Out of focus, roughly: a normal distribution of this deviation, in hundredths of the distance between the pupils.
pub(crate) fn gaussian(image: &RgbImage, face: &Face, percent: f64) -> RgbImage {
    let half = bell(percent / 100.0 * face.ied());
    let radius = half.len() as isize - 1;
    let line = || (-radius..=radius).map(|place| (place, half[place.unsigned_abs()]));
    let across: Vec<Tap> = line().map(|(place, weight)| (place, 0, weight)).collect();
    let down: Vec<Tap> = line().map(|(place, weight)| (0, place, weight)).collect();
    convolved(&convolved(&Light::of(image), &across), &down).picture()
}

/// One half of the weights of a normal distribution, from its middle on.
fn bell(sigma: f64) -> Vec<f32> {
    let variance = sigma * sigma;
    if sigma < 0.5 {
        // Samples of so narrow a bell do not have its variance; three weights can.
        return vec![(1.0 - variance) as f32, (variance / 2.0) as f32];
    }
    let radius = (4.0 * sigma).ceil() as u32;
    let weights: Vec<f64> = (0..=radius).map(|place| (-f64::from(place * place) / (2.0 * variance)).exp()).collect();
    let sum = 2.0 * weights.iter().sum::<f64>() - weights[0];
    weights.iter().map(|weight| (weight / sum) as f32).collect()
}

/// Moved during the exposure, evenly along a line so many pixels long. The direction is in degrees: 0 is along the rows, and from
/// there anticlockwise.
pub(crate) fn motion(image: &RgbImage, length: f64, degrees: f64) -> RgbImage {
    convolved(&Light::of(image), &line(length, degrees)).picture()
}

/// As [`motion`], with the length in hundredths of the distance between the pupils.
pub(crate) fn shake(image: &RgbImage, face: &Face, percent: f64, degrees: f64) -> RgbImage {
    motion(image, percent / 100.0 * face.ied(), degrees)
}

/// Every place on the line gives its light to the four pixels around it, by how near they are.
fn line(length: f64, degrees: f64) -> Vec<Tap> {
    let (sin, cos) = degrees.to_radians().sin_cos();
    let radius = (length / 2.0).ceil() as isize + 1;
    let side = 2 * radius.unsigned_abs() + 1;
    let mut weights = vec![0.0; side * side];
    let count = (64.0 * length).ceil().max(1.0) as u32;
    for step in 0..count {
        let along = ((f64::from(step) + 0.5) / f64::from(count) - 0.5) * length;
        // Rounding of what is as good as whole: else sines of half turns smear into the next row.
        let (x, y) = ((along * cos * 1e9).round() / 1e9, (-along * sin * 1e9).round() / 1e9);
        let (column, row) = (x.floor(), y.floor());
        for (dx, dy) in [(0.0, 0.0), (1.0, 0.0), (0.0, 1.0), (1.0, 1.0)] {
            let share = (1.0 - (x - column - dx).abs()) * (1.0 - (y - row - dy).abs());
            let place = ((row + dy) as isize + radius) as usize * side + ((column + dx) as isize + radius) as usize;
            weights[place] += share / f64::from(count);
        }
    }
    let taps = weights.iter().enumerate().filter(|(_, weight)| **weight > 0.0);
    taps.map(|(place, weight)| ((place % side) as isize - radius, (place / side) as isize - radius, *weight as f32)).collect()
}

/// The sum of what the taps take; beyond its edges the picture goes on as it is there.
fn convolved(light: &Light, taps: &[Tap]) -> Light {
    let reach = taps.iter().map(|(x, _, _)| x.unsigned_abs()).max().unwrap_or(0);
    let (width, height) = (light.width, light.height);
    let padded: Vec<f32> = light
        .pixels
        .chunks_exact(width)
        .flat_map(|row| (0..width + 2 * reach).flat_map(|x| row[x.saturating_sub(reach).min(width - 1)]))
        .collect();
    let stride = 3 * (width + 2 * reach);
    let mut pixels = vec![[0.0; 3]; width * height];
    for (y, row) in pixels.chunks_exact_mut(width).enumerate() {
        let row = row.as_flattened_mut();
        for &(dx, dy, weight) in taps {
            let from = y.saturating_add_signed(dy).min(height - 1) * stride + 3 * reach.saturating_add_signed(dx);
            for (sum, sample) in row.iter_mut().zip(&padded[from..]) {
                *sum += weight * sample;
            }
        }
    }
    Light { width, height, pixels }
}

/// Fewer pixels: reduced by a factor (0.25: a quarter of the pixels along each side) and enlarged again.
pub(crate) fn coarse(image: &RgbImage, factor: f64) -> RgbImage {
    let size = [image.width(), image.height()];
    let small = size.map(|side| ((f64::from(side) * factor).round() as u32).clamp(1, side));
    let scale = [0, 1].map(|axis| f64::from(small[axis]) / f64::from(size[axis]));
    let reduced = Light::of(image).resized([0.0; 2], small, scale, FilterType::Lanczos3);
    reduced.resized([0.0; 2], size, scale.map(f64::recip), FilterType::CatmullRom).picture()
}

/// Skin as a beauty filter leaves it, by a strength from 0 to 1: edges stay, what varies less is smoothed away, on the face alone.
///
/// It is a guided filter (He, Sun and Tang 2010) on the values themselves, not on light, because edges are told by how they look.
pub(crate) fn smooth(image: &RgbImage, face: &Face, strength: f32) -> RgbImage {
    /// What varies by fewer values than this goes.
    const EDGE: f32 = 22.0;
    let radius = (0.1 * face.ied()).round().max(1.0) as usize;
    let (width, height) = (image.width() as usize, image.height() as usize);
    let frame = face.frame();
    let mut smoothed = image.clone();
    for channel in 0..3 {
        let values: Vec<f32> = image.pixels().map(|pixel| f32::from(pixel.0[channel])).collect();
        let squares: Vec<f32> = values.iter().map(|value| value * value).collect();
        let boxed = |values: &[f32]| box_mean(values, [width, height], radius);
        let (means, squares) = (boxed(&values), boxed(&squares));
        let slopes: Vec<f32> = means
            .iter()
            .zip(squares)
            .map(|(mean, square)| {
                let variance = (square - mean * mean).max(0.0);
                variance / (variance + EDGE * EDGE)
            })
            .collect();
        let offsets: Vec<f32> = means.iter().zip(&slopes).map(|(mean, slope)| mean * (1.0 - slope)).collect();
        let (slopes, offsets) = (boxed(&slopes), boxed(&offsets));
        for (place, (x, y, pixel)) in smoothed.enumerate_pixels_mut().enumerate() {
            let [u, v] = frame.to_face([x as f32 + 0.5, y as f32 + 0.5]);
            // From the middle of the face, 1 at its edge.
            let away = (u / 1.15).hypot((v - 0.4) / 1.55);
            let share = strength * ((1.1 - away) / 0.2).clamp(0.0, 1.0);
            let value = values[place];
            let smooth = slopes[place] * value + offsets[place];
            pixel.0[channel] = (value + (smooth - value) * share).round() as u8;
        }
    }
    smoothed
}

/// The mean of the square around each place, as far as the picture goes.
fn box_mean(values: &[f32], [width, height]: [usize; 2], radius: usize) -> Vec<f32> {
    let line = |get: &dyn Fn(usize) -> f64, length: usize| -> Vec<f64> {
        let sums: Vec<f64> = std::iter::once(0.0)
            .chain((0..length).scan(0.0, |sum, place| {
                *sum += get(place);
                Some(*sum)
            }))
            .collect();
        (0..length)
            .map(|place| {
                let (from, to) = (place.saturating_sub(radius), (place + radius + 1).min(length));
                (sums[to] - sums[from]) / (to - from) as f64
            })
            .collect()
    };
    let rows: Vec<f64> = values.chunks_exact(width).flat_map(|row| line(&|x| f64::from(row[x]), width)).collect();
    let mut means = vec![0.0; values.len()];
    for x in 0..width {
        for (y, mean) in line(&|y| rows[y * width + x], height).into_iter().enumerate() {
            means[y * width + x] = mean as f32;
        }
    }
    means
}

#[cfg(test)]
mod tests {
    use image::Rgb;

    use super::*;
    use crate::degrade::occlude::tests::{face, portrait};

    /// Weight, centre and variance along and across a direction of what becomes of a single bright pixel.
    fn spread(taps: &[Tap], degrees: f64) -> [f64; 4] {
        let light =
            Light { width: 101, height: 101, pixels: (0..10201).map(|at| [f32::from(u8::from(at == 5100)); 3]).collect() };
        let blurred = convolved(&light, taps);
        let (sin, cos) = degrees.to_radians().sin_cos();
        let mut sums = [0.0; 4];
        for (place, pixel) in blurred.pixels.iter().enumerate() {
            let (x, y) = ((place % 101) as f64 - 50.0, 50.0 - (place / 101) as f64);
            let (along, across, weight) = (x * cos + y * sin, y * cos - x * sin, f64::from(pixel[0]));
            for (sum, value) in sums.iter_mut().zip([1.0, along, along * along, across * across]) {
                *sum += weight * value;
            }
        }
        sums
    }

    #[test]
    fn motion_is_as_long_as_asked_for_along_its_direction_only() {
        for degrees in [0.0, 30.0, 45.0, 90.0, 135.0, -20.0] {
            for length in [0.0, 0.7, 5.0, 12.5, 40.0] {
                let [weight, centre, along, across] = spread(&line(length, degrees), degrees);
                assert!((weight - 1.0).abs() < 1e-4 && centre.abs() < 1e-3, "{degrees} {length}: {weight} {centre}");
                // What is left over is what pixels themselves spread.
                let pixel = if length == 0.0 { 0.0 } else { 0.26 };
                let excess = along - length * length / 12.0;
                assert!((-0.01..=pixel).contains(&excess) && across <= pixel, "{degrees} {length}: {along} {across}");
            }
        }
        assert_eq!(line(0.0, 33.0), [(0, 0, 1.0)]);
        // The signs of a slope: up to the right.
        assert!(line(9.0, 45.0).iter().all(|(x, y, _)| (x + y).abs() <= 1));
        assert!(line(9.0, 90.0).iter().all(|(x, _, _)| *x == 0));
    }

    #[test]
    fn a_step_becomes_a_normal_distribution_of_the_deviation_asked_for() {
        for sigma in [0.3, 0.8, 2.0, 6.5] {
            let half = bell(sigma);
            let sum = half[0] + 2.0 * half[1..].iter().sum::<f32>();
            let variance: f32 = (0_u16..).zip(&half).map(|(place, weight)| 2.0 * f32::from(place * place) * weight).sum();
            assert!((sum - 1.0).abs() < 1e-5, "{sigma}: {sum}");
            assert!((f64::from(variance) / (sigma * sigma) - 1.0).abs() < 0.01, "{sigma}: {variance}");
        }
        let step = RgbImage::from_fn(120, 20, |x, _| if x < 60 { Rgb([0; 3]) } else { Rgb([255; 3]) });
        let face = face();
        let percent = 4.0 / face.ied() * 100.0;
        let light = Light::of(&gaussian(&step, &face, percent));
        let row: Vec<f64> = light.pixels[10 * 120..11 * 120].iter().map(|pixel| f64::from(pixel[0])).collect();
        let slope: Vec<f64> = row.windows(2).map(|pair| pair[1] - pair[0]).collect();
        let moment = |power| slope.iter().enumerate().map(|(x, rise)| rise * (x as f64 - 59.0).powi(power)).sum::<f64>();
        assert!((moment(0) - 1.0).abs() < 1e-6 && moment(1).abs() < 0.05 && (moment(2) - 16.0).abs() < 0.3, "{}", moment(2));
    }

    #[test]
    fn an_even_picture_stays_as_it_is() {
        let even = RgbImage::from_pixel(90, 70, Rgb([180, 120, 90]));
        let face = face().moved(150.0, 200.0, 0.2);
        assert_eq!(gaussian(&even, &face, 20.0), even);
        assert_eq!(motion(&even, 23.0, 17.0), even);
        assert_eq!(coarse(&even, 0.23), even);
        assert_eq!(smooth(&even, &face, 1.0), even);
    }

    #[test]
    fn fewer_pixels_lose_what_is_finer_than_they_are() {
        let stripes = |period: u32| {
            RgbImage::from_fn(128, 128, |x, _| Rgb([if (x / (period / 2)).is_multiple_of(2) { 60 } else { 200 }; 3]))
        };
        let contrast = |image: &RgbImage| {
            let row: Vec<u8> = (40..88).map(|x| image.get_pixel(x, 64).0[0]).collect();
            row.iter().max().unwrap() - row.iter().min().unwrap()
        };
        assert!(contrast(&coarse(&stripes(4), 0.25)) < 10);
        assert!(contrast(&coarse(&stripes(32), 0.25)) > 120);
    }

    #[test]
    fn smoothing_takes_fine_noise_and_keeps_edges() {
        let (picture, face) = (portrait(), face());
        let noisy = crate::degrade::light::noise(&picture, 5.0, 1);
        let smoothed = smooth(&noisy, &face, 1.0);
        let frame = face.frame();
        let spread = |image: &RgbImage, [u, v]: [f32; 2]| {
            let [x, y] = frame.to_picture([u, v]).map(|place| place as u32);
            let values: Vec<f32> = (0..400).map(|at| f32::from(image.get_pixel(x + at % 20, y + at / 20).0[1])).collect();
            let mean = values.iter().sum::<f32>() / 400.0;
            (values.iter().map(|value| (value - mean).powi(2)).sum::<f32>() / 400.0).sqrt()
        };
        assert!(spread(&smoothed, [0.3, 0.6]) < 0.4 * spread(&noisy, [0.3, 0.6]));
        // The edge of a pupil.
        assert!(spread(&smoothed, [0.5, 0.0]) > 0.75 * spread(&noisy, [0.5, 0.0]));
        assert_eq!(smooth(&noisy, &face, 0.0), noisy);
        assert_eq!(smoothed.get_pixel(2, 2), noisy.get_pixel(2, 2), "outside the face nothing changes");
    }
}
