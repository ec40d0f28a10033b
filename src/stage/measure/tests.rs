//! Measures of crops that are made, so that their values are known.

use super::crop::{INTER_EYE, SIDE};
use super::light::level;
use super::sharpness::gaussian;
use super::*;
use crate::face::{MeshPoint, PupilSource, Pupils};
use crate::geometry::Point;

fn crop(pixel: impl Fn(usize, usize) -> [f32; 3]) -> FaceCrop {
    FaceCrop::of_pixels((0..SIDE * SIDE).map(|at| pixel(at % SIDE, at / SIDE)).collect())
}

fn grey(value: f32) -> [f32; 3] {
    [value; 3]
}

/// A crop of these levels, 0 to 255.
fn of_levels(levels: &[f32]) -> FaceCrop {
    FaceCrop::of_pixels(levels.iter().map(|level| grey(level / 255.0)).collect())
}

/// Squares of 58 pixels, light and dark: edges of both directions.
fn checks() -> Vec<f32> {
    (0..SIDE * SIDE).map(|at| if (at % SIDE / 58 + at / SIDE / 58).is_multiple_of(2) { 60.0 } else { 180.0 }).collect()
}

/// A mesh whose points lie at the middle of the crop but for these.
fn mesh(places: &[(usize, f64, f64)]) -> Landmarks {
    let mut points = Box::new([MeshPoint { x: 116.0, y: 116.0, z: 0.0 }; Landmarks::COUNT]);
    for &(index, x, y) in places {
        points[index] = MeshPoint { x, y, z: 0.0 };
    }
    Landmarks { points, presence: 20.0, spread: 0.0, features: Vec::new() }
}

/// Cheeks to the left and to the right of the middle.
fn cheeks() -> Landmarks {
    mesh(&[(205, 70.0, 120.0), (425, 162.0, 120.0)])
}

fn blur(crop: &FaceCrop) -> Blur {
    Blur::of(crop, &Planes::of(crop)).unwrap()
}

#[test]
fn the_deviation_of_a_blur_is_found() {
    let mut last = -1.0;
    for deviation in [0.5f32, 1.0, 2.0, 3.0, 4.0, 6.0] {
        let found = blur(&of_levels(&gaussian(&checks(), deviation)));
        let pixels = found.deviation * INTER_EYE / 100.0;
        // Near a pixel the picture's own grid counts, and corners look sharper than the edges that lead to them.
        let tolerance = 0.4 + 0.15 * f64::from(deviation);
        assert!((pixels - f64::from(deviation)).abs() <= tolerance, "{pixels} for {deviation}");
        assert!(found.deviation > last, "{found:?}");
        last = found.deviation;
    }
}

#[test]
fn noise_is_no_sharpness() {
    let mut state = 1u32;
    let mut noise = || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        f64::from(state >> 8) / f64::from(1 << 24) - 0.5
    };
    let smooth = gaussian(&checks(), 3.0);
    let noisy: Vec<f32> = smooth.iter().map(|value| value + 12.0 * (noise() + noise() + noise()) as f32).collect();
    let (clean, noisy) = (blur(&of_levels(&smooth)), blur(&of_levels(&noisy)));
    assert!((clean.deviation - noisy.deviation).abs() < 0.15 * clean.deviation, "{clean:?} {noisy:?}");
}

#[test]
fn the_length_and_direction_of_a_motion_are_found() {
    // Longer ones are read too short: what a straight motion leaves of an edge has corners, which a Gaussian's has not.
    for (length, across) in [(8usize, true), (8, false), (12, true), (12, false)] {
        let sharp = checks();
        let moved: Vec<f32> = (0..SIDE * SIDE)
            .map(|at| {
                let (x, y) = (at % SIDE, at / SIDE);
                let along = |step: usize| if across { y * SIDE + (x + step) % SIDE } else { (y + step) % SIDE * SIDE + x };
                (0..length).map(|step| sharp[along(step)]).sum::<f32>() / length as f32
            })
            .collect();
        let found = blur(&of_levels(&moved));
        let pixels = found.motion * INTER_EYE / 100.0;
        assert!((pixels - length as f64).abs() <= 0.35 * length as f64, "{pixels} for {length}");
        let direction = if across { found.direction.min(180.0 - found.direction) } else { (found.direction - 90.0).abs() };
        assert!(direction <= 12.0, "{found:?}");
    }
}

#[test]
fn what_has_no_edges_is_neither_sharp_nor_blurred() {
    for value in [0.0, 0.5, 1.0] {
        let flat = crop(|_, _| grey(value));
        assert_eq!(Blur::of(&flat, &Planes::of(&flat)), None);
    }
}

#[test]
fn shares_percentiles_and_entropy_of_known_levels() {
    let luminance = &*LUMINANCE;
    // A quarter black, a quarter white, half of it middle grey.
    let light = Light::of(&crop(|x, _| grey([0.0, 0.5, 0.5, 1.0][x * 4 / SIDE])), luminance).unwrap();
    assert!((light.dark - 0.25).abs() < 1e-9 && (light.bright - 0.25).abs() < 1e-9, "{light:?}");
    assert!((light.entropy - 1.5).abs() < 1e-9 && (light.brightness - 1.0).abs() < 1e-9, "{light:?}");
    let middle = Light::of(&crop(|_, _| grey(0.5)), luminance).unwrap();
    assert!((middle.mean - 0.2159).abs() < 0.002 && (middle.brightness - 0.2159).abs() < 0.002, "{middle:?}");
    assert_eq!((middle.dark, middle.bright, middle.entropy), (0.0, 0.0, 0.0));
    for value in 0..=255u8 {
        let linear = luminance.of(grey(f32::from(value) / 255.0));
        assert!(luminance.level(linear).abs_diff(value.into()) <= 1 && level(linear) == usize::from(value), "{value}");
    }
}

#[test]
fn light_from_a_side_darkens_the_other() {
    let luminance = &*LUMINANCE;
    let even = Uniformity::of(&crop(|_, y| grey(0.3 + 0.001 * y as f32)), &cheeks(), luminance).unwrap();
    assert!(even.shared > 0.99 && even.left_darker.abs() < 0.01, "{even:?}");
    // The subject's left is the picture's right.
    let uneven = Uniformity::of(&crop(|x, _| grey(if x < SIDE / 2 { 0.7 } else { 0.3 })), &cheeks(), luminance).unwrap();
    assert!(uneven.shared < 0.01 && uneven.left_darker > 2.0, "{uneven:?}");
}

#[test]
fn skin_is_told_from_black_and_white_and_from_blue() {
    let color = |pixel| SkinColor::of(&crop(|_, _| pixel), &cheeks()).unwrap();
    for skin in [[0.87, 0.67, 0.56], [0.55, 0.36, 0.26], [0.33, 0.2, 0.14]] {
        assert_eq!((color(skin).distance, color(skin).grey), (0.0, false), "{skin:?}");
    }
    let grey = color([0.5; 3]);
    assert!(grey.grey && (grey.distance - 50.0f64.sqrt()).abs() < 0.05, "{grey:?}");
    assert!(color([0.4, 0.5, 0.9]).distance > 20.0);
}

#[test]
fn structure_of_the_skin_is_what_a_blur_takes_away() {
    let texture = |amplitude: f32| {
        let crop = crop(|x, y| grey(0.5 + amplitude * if (x + y).is_multiple_of(2) { 1.0 } else { -1.0 }));
        skin_texture(&crop, &Planes::of(&crop), &cheeks()).unwrap()
    };
    assert!(texture(0.0) < 1e-3);
    assert!((texture(0.01) - 2.0).abs() < 0.1, "{}", texture(0.01));
    assert!((texture(0.02) / texture(0.01) - 2.0).abs() < 0.05);
}

#[test]
fn a_plain_background_has_no_gradients_and_a_busy_one_has() {
    let picture = |pixel: &dyn Fn(u32, u32) -> u8| {
        Rgb8::new(300, 400, (0..400).flat_map(|y| (0..300).map(move |x| (x, y))).flat_map(|(x, y)| [pixel(x, y); 3]).collect())
            .unwrap()
    };
    let face = crate::geometry::Rect { x: 100.0, y: 150.0, width: 100.0, height: 120.0 };
    assert_eq!(background_uniformity(&picture(&|_, _| 90), &face), Some(0.0));
    assert!(
        background_uniformity(&picture(&|x, y| if (x / 20 + y / 20).is_multiple_of(2) { 20 } else { 230 }), &face).unwrap()
            > 20.0
    );
    let filling = crate::geometry::Rect { x: 0.0, y: 0.0, width: 300.0, height: 400.0 };
    assert_eq!(background_uniformity(&picture(&|_, _| 90), &filling), None);
}

/// The crop shows the face upright, its pupils on one row.
#[test]
fn the_crop_is_level_with_the_eyes() {
    let image = Rgb8::new(400, 400, vec![127; 3 * 400 * 400]).unwrap();
    for angle in [0.0f64, 0.4, -0.9] {
        let (right, left) = (
            Point::new(200.0 - 50.0 * angle.cos(), 180.0 - 50.0 * angle.sin()),
            Point::new(200.0 + 50.0 * angle.cos(), 180.0 + 50.0 * angle.sin()),
        );
        let crop = FaceCrop::new(&image, &mesh(&[]), &Pupils { right, left, source: PupilSource::Iris });
        let (right, left) = (crop.place(right), crop.place(left));
        assert!((left.x - right.x - INTER_EYE).abs() < 1e-9 && (left.y - right.y).abs() < 1e-9, "{right:?} {left:?}");
        assert!((f64::midpoint(left.x, right.x) - SIDE as f64 / 2.0).abs() < 1e-9);
    }
}

proptest::proptest! {
    /// Whatever a picture shows and wherever its eyes were seen, measures are numbers in their ranges or none.
    #[test]
    fn no_picture_makes_a_measure_that_is_no_number(
        seed in 0u32..1000, x in -50.0..250.0f64, y in -50.0..250.0f64, apart in 1.0..300.0f64, angle in -3.2..3.2f64,
    ) {
        let mut state = seed;
        let mut noise = || { state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223); (state >> 24) as u8 };
        let image = Rgb8::new(90, 120, (0..3 * 90 * 120).map(|at| if seed % 3 == 0 { 255 } else if at % 7 == 0 { 0 } else { noise() }).collect()).unwrap();
        let pupils = Pupils {
            right: Point::new(x, y),
            left: Point::new(x + apart * angle.cos(), y + apart * angle.sin()),
            source: PupilSource::Iris,
        };
        let crop = FaceCrop::new(&image, &cheeks(), &pupils);
        let (luminance, planes) = (&*LUMINANCE, Planes::of(&crop));
        let light = Light::of(&crop, luminance);
        let uniformity = Uniformity::of(&crop, &cheeks(), luminance);
        let blur = Blur::of(&crop, &planes);
        let texture = skin_texture(&crop, &planes, &cheeks());
        let color = SkinColor::of(&crop, &cheeks());
        for value in [light.map(|l| l.dark), light.map(|l| l.bright), light.map(|l| l.brightness), light.map(|l| l.mean), uniformity.map(|u| u.shared)].into_iter().flatten() {
            proptest::prop_assert!((-1e-9..=1.0 + 1e-9).contains(&value), "{value}");
        }
        for value in [blur.map(|b| b.deviation), blur.map(|b| b.motion), texture, color.map(|c| c.distance), light.map(|l| l.entropy)].into_iter().flatten() {
            proptest::prop_assert!(value.is_finite() && value >= 0.0, "{value}");
        }
    }
}
