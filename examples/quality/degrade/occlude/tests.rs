//! What every shape has to hold to.

use std::collections::HashSet;

use face_precheck::Point;
use image::Rgb;

use super::*;
use crate::labels::Eyes;

pub(crate) const PUPIL: Rgb<u8> = Rgb([30, 22, 20]);
const LIPS: Rgb<u8> = Rgb([170, 90, 90]);
const SKIN: Rgb<u8> = Rgb([205, 160, 135]);
const BACKGROUND: Rgb<u8> = Rgb([120, 130, 140]);

/// A face that leans a little, 110 px between the pupils.
pub(crate) fn face() -> Face {
    let (sin, cos) = 8_f64.to_radians().sin_cos();
    let eye = |side: f64| Point::new(320.0 + side * 55.0 * cos, 330.0 - side * 55.0 * sin);
    Face::new(Eyes { left: eye(1.0), right: eye(-1.0) }, None)
}

/// The outlines of that face, with pupils and lips.
pub(crate) fn portrait() -> RgbImage {
    let frame = face().frame();
    RgbImage::from_fn(640, 760, |x, y| {
        let [u, v] = frame.to_face([x as f32 + 0.5, y as f32 + 0.5]);
        let within = |[a, b]: [f32; 2], [wide, high]: [f32; 2]| ((u - a) / wide).hypot((v - b) / high) < 1.0;
        match () {
            () if within([-0.5, 0.0], [0.1; 2]) || within([0.5, 0.0], [0.1; 2]) => PUPIL,
            () if within([0.0, 1.05], [0.35, 0.12]) => LIPS,
            () if within([0.0, 0.4], [1.15, 1.55]) => SKIN,
            () => BACKGROUND,
        }
    })
}

/// The mean difference of the samples in a disc on the face.
fn change(before: &RgbImage, after: &RgbImage, place: [f32; 2], radius: f32) -> f32 {
    let frame = face().frame();
    let [x, y] = frame.to_picture(place);
    let around = radius * frame.unit();
    let (mut sum, mut count) = (0.0, 0.0);
    for row in (y - around) as u32..=(y + around) as u32 {
        for column in (x - around) as u32..=(x + around) as u32 {
            if (column as f32 + 0.5 - x).hypot(row as f32 + 0.5 - y) < around {
                let [before, after] = [before, after].map(|image| image.get_pixel(column, row).0);
                sum += before.iter().zip(after).map(|(a, b)| f32::from(a.abs_diff(b))).sum::<f32>() / 3.0;
                count += 1.0;
            }
        }
    }
    sum / count
}

#[test]
fn what_a_shape_covers_changes_and_the_rest_stays() {
    let (picture, face) = (portrait(), face());
    for shape in Shape::ALL {
        let Covers { right_eye, left_eye, lower_face } = shape.covers();
        for seed in 0..6 {
            let Painted { image, opacity } = paint(&picture, &face, shape, seed);
            let name = shape.name();
            for (covered, eye) in [(right_eye, -0.5), (left_eye, 0.5)] {
                let changed = change(&picture, &image, [eye, 0.0], 0.08);
                // Dark lenses are hardly darker than pupils, so it is the skin around them that tells.
                let around = change(&picture, &image, [eye, 0.0], 0.17);
                if covered {
                    assert!(around > 12.0, "{name} {seed}: eye {around}");
                } else {
                    assert!(changed < 6.0, "{name} {seed}: eye {changed}");
                }
            }
            let changed = change(&picture, &image, [0.0, 1.05], 0.12);
            if lower_face {
                // Skin on skin differs least.
                assert!(changed > 8.0, "{name} {seed}: mouth {changed}");
            } else {
                assert!(changed < 14.0, "{name} {seed}: mouth {changed}");
            }
            let hides = right_eye || left_eye || lower_face;
            assert_ne!(hides, shape.is_negative(), "{name}");
            assert!(if hides { (0.39..=1.0).contains(&opacity) } else { opacity <= 0.1 }, "{name} {seed}: {opacity}");
        }
    }
}

#[test]
fn nothing_is_painted_beyond_the_extent_and_something_within() {
    let (picture, face) = (portrait(), face());
    let frame = face.frame();
    for shape in Shape::ALL {
        let image = paint(&picture, &face, shape, 3).image;
        assert_eq!(image.dimensions(), picture.dimensions());
        let extent = shape.extent();
        let mut painted = 0;
        for (x, y, pixel) in image.enumerate_pixels() {
            if pixel != picture.get_pixel(x, y) {
                painted += 1;
                assert!(extent.holds(frame.to_face([x as f32 + 0.5, y as f32 + 0.5])), "{} at {x}, {y}", shape.name());
            }
        }
        assert!(painted > 400, "{}: {painted}", shape.name());
    }
}

#[test]
fn a_seed_gives_the_same_picture_and_others_give_others() {
    let (picture, face) = (portrait(), face());
    for shape in Shape::ALL {
        let painted = |seed| paint(&picture, &face, shape, seed).image;
        assert_eq!(painted(1), painted(1), "{}", shape.name());
        assert_ne!(painted(1), painted(2), "{}", shape.name());
    }
}

#[test]
fn faces_at_the_border_turned_and_outside_are_no_trouble() {
    let picture = portrait();
    for moved in [face().moved(200.0, 300.0, 1.0), face().moved(5000.0, 0.0, 1.0), face().moved(0.0, 0.0, 0.02)] {
        for yaw in [-60.0, 0.0, 60.0] {
            for shape in Shape::ALL {
                let image = paint(&picture, &Face { yaw, ..moved }, shape, 9).image;
                assert_eq!(image.dimensions(), picture.dimensions());
            }
        }
    }
}

#[test]
fn names_are_unique_and_kinds_are_as_many_as_they_should_be() {
    let names: HashSet<&str> = Shape::ALL.iter().map(|shape| shape.name()).collect();
    assert_eq!(names.len(), Shape::ALL.len());
    let count = |start: &str| names.iter().filter(|name| name.starts_with(start)).count();
    assert_eq!((count("sunglasses"), count("mask"), count("hand"), count("object")), (10, 11, 5, 2));
    assert_eq!((count("glasses"), count("beard"), count("hair")), (5, 3, 1));
    assert!(Shape::ALL.iter().enumerate().all(|(place, shape)| *shape as usize == place));
}
