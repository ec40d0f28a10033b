//! What the report states of a face: its sizes ([`face`]), and how good the picture of it is, one file for each measure. Rounded once.

mod appearance;
mod background;
mod color;
mod crop;
mod face;
mod light;
mod sharpness;
mod texture;
mod visibility;

pub use self::face::FACE_BOX_FACTOR;
pub(crate) use self::face::face;
pub(crate) use self::visibility::{Features, Readouts};

use self::background::background_uniformity;
use self::color::SkinColor;
use self::crop::FaceCrop;
use self::light::{LUMINANCE, Light, Uniformity};
use self::sharpness::{Blur, Planes};
use self::texture::skin_texture;
use crate::face::{Eyes, Face, Landmarks};
use crate::geometry::Point;
use crate::image::Rgb8;
use crate::measures::Measures;

/// The mesh's points between the lips, of the upper one and of the lower one.
const LIPS: [usize; 2] = [13, 14];

/// The chin's lowest point.
const CHIN: usize = 152;

/// What the readouts of a face read, for fitting them.
pub(crate) fn features(image: &Rgb8, landmarks: &Landmarks, eyes: &Eyes) -> Features {
    Features::of(&FaceCrop::new(image, landmarks, &eyes.pupils), landmarks, eyes, &LUMINANCE)
}

/// A face that is more blurred than this shows no structure of the skin, whether it was smoothed or not.
const SHARP_ENOUGH: f64 = 1.6;

/// Takes all measures of a face whose landmarks are to be believed.
pub(crate) fn measures(image: &Rgb8, face: &Face, landmarks: &Landmarks, eyes: &Eyes, readouts: &Readouts) -> Measures {
    let crop = FaceCrop::new(image, landmarks, &eyes.pupils);
    let luminance = &*LUMINANCE;
    let light = Light::of(&crop, luminance);
    let uniformity = Uniformity::of(&crop, landmarks, luminance);
    let color = SkinColor::of(&crop, landmarks);
    let planes = Planes::of(&crop);
    let blur = Blur::of(&crop, &planes);
    let sharp = blur.is_some_and(|blur| blur.deviation <= SHARP_ENOUGH);
    let features = Features::of(&crop, landmarks, eyes, luminance);
    let place = Place::of(image, landmarks, eyes, face);
    // A length in the picture over the distance between the pupils of a head that is not turned.
    let over_eyes = |length: f64| (face.inter_eye_distance_px > 0.0).then(|| length / face.inter_eye_distance_px);
    let [upper, lower] = LIPS.map(|index| landmarks.points[index].in_picture());
    Measures {
        under_exposure: light.map(|light| thousandth(light.dark)),
        over_exposure: light.map(|light| thousandth(light.bright)),
        brightness: light.map(|light| thousandth(light.brightness)),
        luminance_mean: light.map(|light| thousandth(light.mean)),
        dynamic_range: light.map(|light| hundredth(light.entropy)),
        illumination_uniformity: uniformity.map(|uniformity| thousandth(uniformity.shared)),
        illumination_difference: uniformity.map(|uniformity| hundredth(uniformity.left_darker)),
        natural_color: color.map(|color| hundredth(color.distance)),
        greyscale: color.map(|color| color.grey),
        blur: blur.map(|blur| hundredth(blur.deviation)),
        motion_blur: blur.map(|blur| hundredth(blur.motion)),
        motion_direction: blur.map(|blur| blur.direction.round().rem_euclid(180.0)),
        skin_texture: sharp.then(|| skin_texture(&crop, &planes, landmarks)).flatten().map(hundredth),
        eyes_open: over_eyes(1.0)
            .map(|unit| eyes.openings.map(|opening| thousandth(opening * unit)))
            // The lesser of two numbers, of which one is none, is the other.
            .filter(|eyes| eyes.right.is_finite() && eyes.left.is_finite()),
        mouth_closed: over_eyes(upper.distance(lower)).map(thousandth),
        eyes_visible: readouts.eyes_visible(&features).map(|visible| visible.map(hundredth)),
        lower_face_visible: readouts.lower_face_visible(&features).map(hundredth),
        margin_left: place.map(|place| hundredth(place.left)),
        margin_right: place.map(|place| hundredth(place.right)),
        margin_above: place.map(|place| hundredth(place.above)),
        margin_below: place.map(|place| hundredth(place.below)),
        head_size: place.map(|place| thousandth(place.head)),
        background_uniformity: background_uniformity(image, &face.bounds).map(hundredth),
    }
}

/// Where the face stands in the picture.
#[derive(Debug, Clone, Copy)]
struct Place {
    left: f64,
    right: f64,
    above: f64,
    below: f64,
    head: f64,
}

impl Place {
    fn of(image: &Rgb8, landmarks: &Landmarks, eyes: &Eyes, face: &Face) -> Option<Self> {
        let (right, left) = (eyes.pupils.right, eyes.pupils.left);
        let middle = right.midpoint(left);
        let Point { x: chin_x, y: chin_y } = landmarks.points[CHIN].in_picture();
        let to_chin = middle.distance(Point::new(chin_x, chin_y));
        let (bounds, between) = (image.bounds(), face.inter_eye_distance_px);
        (to_chin > 0.0 && between > 0.0).then(|| Self {
            left: right.x.min(left.x) / between,
            right: (bounds.width - right.x.max(left.x)) / between,
            above: middle.y / to_chin,
            below: (bounds.height - middle.y) / to_chin,
            head: to_chin / bounds.height,
        })
    }
}

/// Rounds to two decimal places; `-0.0` becomes `0.0`.
fn hundredth(value: f64) -> f64 {
    (value * 100.0).round() / 100.0 + 0.0
}

/// Rounds to three decimal places; `-0.0` becomes `0.0`.
fn thousandth(value: f64) -> f64 {
    (value * 1000.0).round() / 1000.0 + 0.0
}

#[cfg(test)]
mod tests;
