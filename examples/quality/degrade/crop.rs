//! Pictures cut and reduced, with their faces.

use fast_image_resize::FilterType;
use image::{RgbImage, imageops};

use super::face::Face;
use super::linear::Light;

/// A side of the picture.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Edge {
    Left,
    Top,
    Right,
    Bottom,
}

impl Edge {
    pub(crate) const ALL: [Self; 4] = [Self::Left, Self::Top, Self::Right, Self::Bottom];
}

/// The picture cut so that a part of the face (0 to 0.5 of its width or height) is outside, beyond one edge. The face is the
/// ellipse of [`Face::reach`]. `None` if the picture ends before that already, or nothing would be left.
pub(crate) fn cut(image: &RgbImage, face: &Face, edge: Edge, part: f64) -> Option<(RgbImage, Face)> {
    let middle = face.eyes.middle();
    let [left, top, right, bottom] = face.reach();
    let (width, height) = (f64::from(image.width()), f64::from(image.height()));
    let [mut x0, mut y0, mut x1, mut y1] = [0.0, 0.0, width, height];
    match edge {
        Edge::Left => x0 = (middle.x - left + part * (left + right)).round(),
        Edge::Top => y0 = (middle.y - top + part * (top + bottom)).round(),
        Edge::Right => x1 = (middle.x + right - part * (left + right)).round(),
        Edge::Bottom => y1 = (middle.y + bottom - part * (top + bottom)).round(),
    }
    let inside = x0 >= 0.0 && y0 >= 0.0 && x1 <= width && y1 <= height && x0 < x1 && y0 < y1;
    inside.then(|| {
        let part = imageops::crop_imm(image, x0 as u32, y0 as u32, (x1 - x0) as u32, (y1 - y0) as u32).to_image();
        (part, face.moved(x0, y0, 1.0))
    })
}

/// The face and what is around it: 3 distances between the pupils to each side and up, 4 down, as far as the picture goes.
pub(crate) fn around(image: &RgbImage, face: &Face) -> (RgbImage, Face) {
    let (middle, ied) = (face.eyes.middle(), face.ied());
    let [x0, x1] = [middle.x - 3.0 * ied, middle.x + 3.0 * ied].map(|x| x.round().clamp(0.0, f64::from(image.width())));
    let [y0, y1] = [middle.y - 3.0 * ied, middle.y + 4.0 * ied].map(|y| y.round().clamp(0.0, f64::from(image.height())));
    let part = imageops::crop_imm(image, x0 as u32, y0 as u32, (x1 - x0) as u32, (y1 - y0) as u32).to_image();
    (part, face.moved(x0, y0, 1.0))
}

/// The picture reduced until there are `ied` pixels between the pupils, if there are more.
pub(crate) fn reduced(image: &RgbImage, face: &Face, ied: f64) -> (RgbImage, Face) {
    let scale = ied / face.ied();
    let [width, height] = [image.width(), image.height()].map(|side| (f64::from(side) * scale).floor() as u32);
    if scale >= 1.0 || width == 0 || height == 0 {
        return (image.clone(), *face);
    }
    // Less than a pixel is lost on the right and at the bottom, and in return the scale is exact.
    let reduced = Light::of(image).resized([0.0, 0.0], [width, height], [scale; 2], FilterType::Lanczos3);
    (reduced.picture(), face.moved(0.0, 0.0, scale))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::degrade::light::pixel_at;
    use crate::degrade::occlude::tests::{PUPIL, face, portrait};

    #[test]
    fn a_part_of_the_face_is_cut_off_at_each_edge() {
        let (picture, face) = (portrait(), face());
        let [left, top, right, bottom] = face.reach();
        for (edge, lost) in Edge::ALL.into_iter().zip([left + right, top + bottom, left + right, top + bottom]) {
            for part in [0.0, 0.25, 0.5] {
                let (cut, moved) = cut(&picture, &face, edge, part).unwrap();
                let [left, top, right, bottom] = moved.reach();
                let middle = moved.eyes.middle();
                let over = match edge {
                    Edge::Left => left - middle.x,
                    Edge::Top => top - middle.y,
                    Edge::Right => middle.x + right - f64::from(cut.width()),
                    Edge::Bottom => middle.y + bottom - f64::from(cut.height()),
                };
                assert!((over - part * lost).abs() <= 0.5, "{edge:?} {part}: {over}");
            }
        }
        let outside = face.moved(-500.0, 0.0, 1.0);
        assert!(cut(&picture, &outside, Edge::Right, 0.1).is_none());
    }

    #[test]
    fn the_pupils_stay_where_they_are_on_the_face() {
        let (picture, face) = (portrait(), face());
        let (near, face) = around(&picture, &face);
        let (small, face) = reduced(&near, &face, 60.0);
        assert!((face.ied() - 60.0).abs() < 1e-9);
        for eye in [face.eyes.left, face.eyes.right] {
            let pixel = pixel_at(&small, [eye.x as f32, eye.y as f32]).unwrap();
            assert!(pixel.0.iter().zip(PUPIL.0).all(|(a, b)| a.abs_diff(b) < 12), "{pixel:?}");
        }
        assert_eq!(reduced(&small, &face, 61.0), (small.clone(), face));
    }
}
