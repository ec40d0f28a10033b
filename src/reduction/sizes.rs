//! The sizes worth a try for an upload, one after the other.

use super::Scales;
use crate::face::Face;
use crate::geometry::{Window, tenth};
use crate::profile::Profile;
use crate::report::{Consideration, Considered};

/// A size to try: a part of the picture, and the sides that it gets.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Size {
    pub(crate) part: Window,
    pub(crate) cropped: bool,
    pub(crate) scale: f64,
    pub(crate) width: u32,
    pub(crate) height: u32,
    face: Option<(f64, f64)>,
}

impl Size {
    /// Whether it is all of a picture of these sides, as it is.
    pub(crate) fn is_whole_of(&self, width: u32, height: u32) -> bool {
        let sides = (width, height);
        (self.part.width, self.part.height) == sides && (self.width, self.height) == sides
    }

    pub(crate) fn considered(&self, outcome: Consideration) -> Considered {
        Considered {
            width: self.width,
            height: self.height,
            cropped: self.cropped,
            face_size_px: self.face.map(|(size, _)| size),
            interpupillary_distance_px: self.face.map(|(_, distance)| distance),
            outcome,
        }
    }
}

/// The sizes worth a try, one after the other: the recommended height, the largest accepted, then smaller ones as bytes demand.
pub(crate) struct Sizes {
    part: Window,
    cropped: bool,
    scales: Scales,
    face: Option<(f64, f64)>,
    /// In the order in which they are tried, the next one last.
    ahead: Vec<(f64, Demand)>,
    /// Whether the size that was tried last is to be tried once more, as finely as can be.
    refined: bool,
}

/// How well the face has to do at a size for it to be tried.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Demand {
    Comfort,
    Survival,
}

impl Sizes {
    /// Of a part of a picture of `width` x `height` pixels.
    pub(crate) fn of(width: u32, height: u32, part: Window, face: Option<&Face>, profile: &Profile) -> Self {
        let cropped = (part.width, part.height) != (width, height);
        let face = face.map(|face| within(face, part));
        let scales = Scales::of(part.width, part.height, face.as_ref(), profile);
        let mut ahead = vec![(scales.largest, Demand::Survival)];
        // For a document it is not even considered, unless the profile insists on it.
        let recommended = scales.recommended.filter(|recommended| recommended.comfortable || face.is_some());
        ahead.extend(recommended.map(|recommended| (recommended.scale, Demand::Comfort)));
        let face = face.map(|face| (face.size_px, face.interpupillary_distance_px));
        Self { part, cropped, scales, face, ahead, refined: false }
    }

    /// The next size that can be tried. Those that cannot are noted.
    pub(crate) fn next(&mut self, considered: &mut Vec<Considered>) -> Option<Size> {
        while let Some((scale, demand)) = self.ahead.pop() {
            let size = self.size(scale);
            let comfortable = self.scales.recommended.is_some_and(|recommended| recommended.comfortable);
            let outcome = match demand {
                Demand::Comfort if !comfortable => Consideration::FaceTooSmall,
                _ if !self.scales.sides_survive(scale) => Consideration::SideTooShort,
                _ if !self.scales.face_survives(scale) => Consideration::FaceTooSmall,
                _ => return Some(size),
            };
            considered.push(size.considered(outcome));
        }
        None
    }

    fn size(&self, scale: f64) -> Size {
        let (width, height) = self.scales.size(scale);
        let face = self.face.map(|(size, distance)| (tenth(size * scale), tenth(distance * scale)));
        Size { part: self.part, cropped: self.cropped, scale, width, height, face }
    }

    /// Bytes go with pixels, a little more slowly. The last try is the smallest size that the face survives.
    pub(crate) fn too_many_bytes(&mut self, tried: &Size, bytes: u64, most_bytes: u64) {
        const CAUTION: f64 = 0.97;
        #[allow(clippy::cast_precision_loss, reason = "a ratio")]
        let scale = tried.scale * CAUTION * (most_bytes as f64 / bytes as f64).sqrt();
        let smallest = self.scales.smallest();
        // A size that fits is smaller than this one, whatever was ahead.
        self.ahead.clear();
        let next = if tried.scale > smallest { scale.max(smallest) } else { scale };
        self.ahead.push((next, Demand::Survival));
    }

    /// The tried size was refused. If it was the picture's own, and nothing else is ahead, its compression may have moved a measure
    /// over a limit: then it is worth another try, with the finest compression that fits.
    pub(crate) fn refused(&mut self, tried: &Size) {
        if tried.scale == 1.0 && !self.refined && self.ahead.is_empty() {
            self.refined = true;
            self.ahead.push((1.0, Demand::Survival));
        }
    }

    /// Whether sizes are to be compressed as finely as can be.
    pub(crate) const fn refined(&self) -> bool {
        self.refined
    }

    /// Whether the recommended height has to be tried after all, because the result, of `width` x `height` pixels with this face in it,
    /// leaves room for it.
    pub(crate) fn insist(&mut self, (width, height): (u32, u32), face: Option<&Face>, profile: &Profile) -> bool {
        let scales = Scales::of(width, height, face, profile);
        let Some(recommended) = scales.recommended.filter(|recommended| recommended.comfortable) else { return false };
        let scale = recommended.scale * f64::from(height) / f64::from(self.part.height);
        if self.size(scale).height >= height {
            return false;
        }
        self.ahead = vec![(scale, Demand::Survival)];
        true
    }
}

/// The face as it stands in a part of the picture.
fn within(face: &Face, part: Window) -> Face {
    let mut face = face.clone();
    for rect in [&mut face.bounds, &mut face.hull] {
        rect.x -= f64::from(part.left);
        rect.y -= f64::from(part.top);
    }
    face
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::face::{HeadPose, PupilSource, Uncertainty};
    use crate::geometry::{Point, Rect};
    use crate::profile::{FaceSize, NearLimit};
    use crate::reduction::{HEADROOM, windows};

    /// In the middle of a picture, with the service's own proportion of box and pupils.
    fn face(width: u32, height: u32, size: f64) -> Face {
        let (middle_x, middle_y) = (f64::from(width) / 2.0, f64::from(height) / 2.0);
        let bounds = Rect { x: middle_x - size / 2.0, y: middle_y - 0.6 * size, width: size, height: 1.2 * size };
        let distance = size * 85.0 / 224.0;
        Face {
            size_px: size,
            bounds,
            hull: bounds,
            landmarks: Vec::new(),
            score: 0.9,
            presence: 15.0,
            left_eye: Point::new(middle_x + distance / 2.0, middle_y),
            right_eye: Point::new(middle_x - distance / 2.0, middle_y),
            interpupillary_distance_px: distance,
            inter_eye_distance_px: distance,
            pupils: PupilSource::Iris,
            pose: Some(HeadPose { yaw: 0.0, pitch: 0.0, roll: 0.0 }),
            uncertainty: Uncertainty {
                size_px: 0.07 * size,
                interpupillary_distance_px: 0.0125 * distance,
                yaw: 4.3,
                pitch: 5.8,
                roll: 1.8,
            },
        }
    }

    /// Where doubt is refused, a reduction keeps the face away from the limits by its uncertainty.
    #[test]
    fn refused_doubt_needs_room() {
        let face = face(2000, 3000, 448.0);
        let survives = |profile: &Profile, scale: f64| Scales::of(2000, 3000, Some(&face), profile).face_survives(scale);
        let mut profile = Profile::progeny_selfie();
        assert!(survives(&profile, 0.51));
        profile.near_limit = NearLimit::Refuse;
        // 448 px are sure to 7 %, so 0.5376 of them are 224 px and as much as they may be off.
        assert!(!survives(&profile, 0.535) && survives(&profile, 0.55));
        profile.face_size = profile.face_size.map(|size| FaceSize { uncertainty: Some(50.0), ..size });
        assert!(!survives(&profile, 0.60) && survives(&profile, 0.63));
    }

    fn whole(width: u32, height: u32) -> Window {
        Window { left: 0, top: 0, width, height }
    }

    /// Every size that is tried if none ever fits.
    fn tried(width: u32, height: u32, size: f64, growth: f64) -> (Vec<Size>, Vec<Considered>) {
        let face = face(width, height, size);
        let mut sizes = Sizes::of(width, height, whole(width, height), Some(&face), &Profile::progeny_selfie());
        let (mut tried, mut considered) = (Vec::new(), Vec::new());
        while let Some(size) = sizes.next(&mut considered) {
            sizes.too_many_bytes(&size, (2_000_000.0 * growth) as u64, 2_000_000);
            tried.push(size);
        }
        (tried, considered)
    }

    #[test]
    fn the_recommended_height_comes_first_where_the_face_is_comfortable() {
        let at = |size: f64| {
            let mut considered = Vec::new();
            let mut sizes = Sizes::of(1620, 2160, whole(1620, 2160), Some(&face(1620, 2160, size)), &Profile::progeny_selfie());
            (sizes.next(&mut considered).unwrap().height, considered.len())
        };
        // Halved, a face keeps a fifth over 224 px.
        assert_eq!(at(2.0 * 224.0 * HEADROOM + 1.0), (1080, 0));
        assert_eq!(at(2.0 * 224.0 * HEADROOM - 1.0), (2160, 1));
    }

    #[test]
    fn windows_lie_in_the_picture_and_hold_the_face() {
        for (width, height, size) in [(6000, 5000, 230.0), (5000, 9000, 800.0), (4097, 600, 240.0), (300, 300, 100.0)] {
            let face = face(width, height, size);
            for window in windows(width, height, &face, &Profile::progeny_selfie()) {
                assert!(window.left + window.width <= width && window.top + window.height <= height);
                assert!(window.width <= 4096 && window.height <= 4096);
                assert!((window.width, window.height) != (width, height));
                assert!(f64::from(window.left) <= face.bounds.x && f64::from(window.left + window.width) >= face.bounds.right());
            }
        }
        assert!(windows(300, 300, &face(300, 300, 100.0), &Profile::progeny_selfie()).is_empty());
    }

    proptest! {
        /// Whatever does not fit is followed by something smaller, until the face or a side would be too small.
        #[test]
        fn sizes_shrink_and_end(width in 480u32..9000, height in 480u32..9000, share in 0.1..0.7f64, growth in 1.0001..50.0f64) {
            let size = (share * f64::from(width.min(height))).max(230.0);
            let (tried, considered) = tried(width, height, size, growth);
            prop_assert!(tried.len() < 200, "{}", tried.len());
            for pair in tried.windows(2) {
                prop_assert!(pair[1].scale < pair[0].scale);
            }
            for tried in &tried {
                prop_assert!(tried.width <= 4096.min(width) && tried.height <= 4096.min(height));
                prop_assert!(tried.width >= 480 && tried.height >= 480);
                prop_assert!(tried.scale == 1.0 || tried.scale * size >= 224.0);
            }
            prop_assert!(!considered.is_empty());
        }
    }
}
