//! How far a picture can be reduced before it, or the face in it, is too small. One place for the verdict that promises and for the
//! upload that keeps the promise.

mod sizes;

pub(crate) use sizes::{Size, Sizes};

use crate::face::{Face, Uncertainty};
use crate::geometry::{Rect, Window};
use crate::profile::{NearLimit, Profile, Range};
use crate::rule::Severity;

/// A reduction to the recommended height is worth it only if the face stays this much over every limit: the receiver measures in
/// its own way, and a face that is refused costs more than pixels that are sent.
pub(crate) const HEADROOM: f64 = 1.2;

/// A face measures a little differently in every copy of a picture, by less than half of this: a reduction has to stay so much over
/// the limits.
const REPEATABILITY: f64 = 1.01;

/// In portraits for papers the head takes half of the width; a little more of the surroundings does no harm.
const HEADS: f64 = 2.5;

/// The longest side that a JPEG file can have.
pub(crate) const LONGEST_SIDE: f64 = 65_500.0;

/// Bounds of the scale, 1 being the picture as it is. Nothing is ever enlarged.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Scales {
    width: f64,
    height: f64,
    least_width: f64,
    least_height: f64,
    /// The largest scale at which no side is too long.
    pub(crate) largest: f64,
    /// The smallest scale at which the face is not too small: 1 if it may not lose anything.
    face_survives: f64,
    /// The scale of the recommended height, if the picture is higher and the face stays comfortably over the limits at it.
    pub(crate) recommended: Option<Recommended>,
}

/// The reduction to the recommended height.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Recommended {
    pub(crate) scale: f64,
    /// Whether the face stays over the limits by the headroom.
    pub(crate) comfortable: bool,
}

impl Scales {
    /// Of a picture of `width` x `height` pixels, in which `face` is the main one.
    pub(crate) fn of(width: u32, height: u32, face: Option<&Face>, profile: &Profile) -> Self {
        let (width, height) = (f64::from(width), f64::from(height));
        let most = |range: Option<Range>| demanded(range).max.unwrap_or(f64::INFINITY).min(LONGEST_SIDE);
        let least = |range: Option<Range>| demanded(range).min.unwrap_or(1.0).max(1.0);
        let largest = (most(profile.width) / width).min(most(profile.height) / height).min(1.0);
        let face_at_limits = face.map_or(0.0, |face| face_at_limits(face, profile));
        let room_at_limit = |padding| face.map_or(0.0, |face| room_at_limit(face, width, height, padding));
        let recommended =
            profile.recommended_height.map(|recommended| recommended.max.floor() / height).filter(|&scale| scale < largest);
        let mut scales = Self {
            width,
            height,
            least_width: least(profile.width),
            least_height: least(profile.height),
            largest,
            face_survives: (face_at_limits.max(room_at_limit(Some(demanded(profile.face_padding)))) * REPEATABILITY).min(1.0),
            recommended: None,
        };
        scales.recommended = recommended.map(|scale| {
            // Small print is no face: a document is reduced only if the profile insists.
            let insisted = profile.recommended_height.is_some_and(|recommended| recommended.apply);
            let comfortable = (face.is_some() || insisted)
                && face_at_limits * HEADROOM <= scale
                && room_at_limit(profile.face_padding) <= scale
                && scales.face_survives(scale)
                && scales.sides_survive(scale);
            Recommended { scale, comfortable }
        });
        scales
    }

    /// Whether no side is too short at this scale.
    pub(crate) fn sides_survive(&self, scale: f64) -> bool {
        (self.width * scale).round() >= self.least_width && (self.height * scale).round() >= self.least_height
    }

    /// Whether the face is not too small at this scale.
    pub(crate) fn face_survives(&self, scale: f64) -> bool {
        scale >= self.face_survives
    }

    /// The smallest scale at which everything survives.
    pub(crate) fn smallest(&self) -> f64 {
        self.face_survives.max(self.least_width / self.width).max(self.least_height / self.height)
    }

    /// Whole sides at this scale.
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a side of the picture, reduced")]
    pub(crate) fn size(&self, scale: f64) -> (u32, u32) {
        let side = |side: f64| (side * scale).round().max(1.0) as u32;
        (side(self.width), side(self.height))
    }
}

/// The bounds outside which a picture is refused, if there are any.
fn demanded(range: Option<Range>) -> Range {
    range.filter(|range| range.severity == Severity::Error).unwrap_or_default()
}

/// The scale at which the first of the face's measures in pixels reaches its limit, or comes too near to it.
fn face_at_limits(face: &Face, profile: &Profile) -> f64 {
    let scale = |min: Option<f64>, own: Option<f64>, measured: f64, uncertainty: f64| match (min, profile.near_limit, own) {
        (None, ..) => 0.0,
        (Some(min), NearLimit::Warn, _) => min / measured,
        (Some(min), NearLimit::Refuse, Some(own)) => (min + own) / measured,
        // What the measurement says of itself shrinks with the picture.
        (Some(min), NearLimit::Refuse, None) => min / (measured - uncertainty).max(f64::MIN_POSITIVE),
    };
    let Uncertainty { size_px, interpupillary_distance_px, .. } = face.uncertainty;
    let size = profile.face_size.unwrap_or_default();
    let size = scale(size.min, size.uncertainty, face.size_px, size_px);
    let distance = profile.interpupillary_distance.unwrap_or_default();
    let distance = scale(distance.min, distance.uncertainty, face.interpupillary_distance_px, interpupillary_distance_px);
    let least = size.max(distance);
    if least.is_nan() { 1.0 } else { least }
}

/// The scale at which too little room is left around the face. Where there is too little already, less of it changes nothing.
fn room_at_limit(face: &Face, width: f64, height: f64, padding: Option<Range>) -> f64 {
    let room = face.bounds.room(width, height);
    padding.and_then(|range| range.min).filter(|&min| room >= min && room > 0.0).map_or(0.0, |min| min / room)
}

/// Parts of the picture around the face that are worth a try where the whole picture cannot be reduced enough: as much of it as the
/// receiver takes without any reduction, and head and shoulders.
pub(crate) fn windows(width: u32, height: u32, face: &Face, profile: &Profile) -> Vec<Window> {
    let most = |range: Option<Range>, side: u32| demanded(range).max.map_or(side.into(), |max| max.floor().min(side.into()));
    let least = |range: Option<Range>| demanded(range).min.unwrap_or(1.0).ceil();
    let largest = (most(profile.width, width), most(profile.height, height));
    let head = HEADS * face.bounds.width.max(face.bounds.height);
    let portrait = (head.max(least(profile.width)).min(largest.0), head.max(least(profile.height)).min(largest.1));
    let mut windows: Vec<_> = [largest, portrait].map(|sides| window(width, height, &face.bounds, sides)).into();
    let inside = |at: f64, start: u32, extent: u32, side: u32| {
        let at = at.clamp(0.0, f64::from(side));
        (f64::from(start)..=f64::from(start + extent)).contains(&at)
    };
    windows.retain(|window| {
        // A part that cuts the face off helps nobody.
        let whole_face = [face.hull.x, face.hull.right()].into_iter().all(|x| inside(x, window.left, window.width, width))
            && [face.hull.y, face.hull.bottom()].into_iter().all(|y| inside(y, window.top, window.height, height));
        whole_face && (window.width, window.height) != (width, height)
    });
    windows.dedup();
    windows
}

/// A part of these sides, with the face in its middle as far as the picture reaches.
#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "inside the picture")]
fn window(width: u32, height: u32, face: &Rect, sides: (f64, f64)) -> Window {
    let part = |side: u32, extent: f64, middle: f64| {
        let extent = extent.round().clamp(1.0, f64::from(side));
        let start = (middle - extent / 2.0).round().clamp(0.0, f64::from(side) - extent);
        (start as u32, extent as u32)
    };
    let centre = face.centre();
    let ((left, width), (top, height)) = (part(width, sides.0, centre.x), part(height, sides.1, centre.y));
    Window { left, top, width, height }
}
