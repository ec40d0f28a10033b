//! Every rule in every direction in which it can be missed: each has a hint of its own, in every language.

use std::collections::{BTreeMap, BTreeSet};

use super::tests::{face, face_of, header, judge, measures, selfie, turned};
use super::{Face, Finding, Header, Measures, Orientation, Profile, Range, Rect, Rule, Severity, Turn};
use crate::error::Error;
use crate::face::HeadPose;
use crate::face::Sides;
use crate::header::Format;
use crate::hint::{Hint, Language, Message};
use crate::profile::Demand;

/// A photo that misses a rule, seen by a profile.
struct Photo {
    header: Header,
    faces: Vec<Face>,
    measures: Measures,
    profile: Profile,
}

impl Photo {
    fn new(change: impl FnOnce(&mut Self)) -> Self {
        let mut photo = Self { header: header(), faces: vec![face()], measures: measures(), profile: selfie() };
        change(&mut photo);
        photo
    }
}

fn of(change: impl FnOnce(&mut Header)) -> Photo {
    Photo::new(|photo| change(&mut photo.header))
}

fn with(face: Face) -> Photo {
    Photo::new(|photo| photo.faces = vec![face])
}

fn posed(yaw: f64, pitch: f64, roll: f64) -> Photo {
    with(turned(yaw, pitch, roll))
}

/// The hull of a face in the picture of 800 x 1000 pixels.
fn at(x: f64, y: f64, width: f64, height: f64) -> Photo {
    let hull = Rect { x, y, width, height };
    with(Face { hull, bounds: hull.enlarged(1.2), ..face() })
}

fn sized(width: u32, height: u32, face: Face) -> Photo {
    Photo { faces: vec![face], ..of(|header| (header.stored_width, header.stored_height) = (width, height)) }
}

fn stored(orientation: Orientation, turn: Turn) -> Photo {
    of(|header| (header.orientation, header.turn) = (orientation, turn))
}

fn measured(change: impl FnOnce(&mut Measures)) -> Photo {
    Photo::new(|photo| change(&mut photo.measures))
}

fn eyes(right: f64, left: f64) -> Sides<f64> {
    Sides { right, left }
}

fn in_small_picture() -> Photo {
    sized(240, 320, face_of(150.0, 60.0))
}

/// A line for each rule and direction. Directions of a rule differ in their texts.
#[rustfmt::skip]
fn walk() -> Vec<(Rule, &'static str, Photo)> {
    vec![
        (Rule::Format, "another", of(|header| (header.format, header.jpeg) = (Format::WebP, None))),
        (Rule::Orientation, "stored turned", stored(Orientation::Rotate90, Turn::None)),
        (Rule::Orientation, "not true", stored(Orientation::Rotate90, Turn::ThreeQuarters)),
        (Rule::Upright, "on its left", stored(Orientation::Upright, Turn::Quarter)),
        (Rule::Upright, "on its head", stored(Orientation::Upright, Turn::Half)),
        (Rule::Upright, "on its right", stored(Orientation::Upright, Turn::ThreeQuarters)),
        (Rule::Upright, "orientation not true", stored(Orientation::Rotate180, Turn::Half)),
        (Rule::Metadata, "there", of(|header| header.metadata.gps = true)),
        (Rule::HdrGainMap, "there", of(|header| header.metadata.gain_map = true)),
        (Rule::FileSize, "over", of(|header| header.file_size = 2_000_001)),
        (Rule::Width, "under", sized(479, 1000, face())),
        (Rule::Width, "over", sized(4097, 1000, face())),
        (Rule::Width, "over, and reducing loses the face", sized(8000, 6000, face())),
        (Rule::Width, "over, and reducing loses the height", sized(9000, 500, face())),
        (Rule::Height, "under", sized(800, 479, face())),
        (Rule::Height, "over", sized(1000, 4097, face())),
        (Rule::Height, "over, and reducing loses the face", sized(6000, 8000, face())),
        (Rule::Height, "over, and reducing loses the width", sized(500, 9000, face())),
        (Rule::RecommendedHeight, "over", sized(800, 1081, face())),
        (Rule::JpegQuality, "under", of(|header| header.jpeg.iter_mut().flat_map(|jpeg| &mut jpeg.quality).for_each(|quality| quality.value = 50))),
        (Rule::FacePresent, "none", Photo::new(|photo| photo.faces.clear())),
        (Rule::SingleFace, "two", Photo::new(|photo| photo.faces.push(face()))),
        (Rule::FaceSize, "under", with(face_of(150.0, 110.0))),
        (Rule::FaceSize, "under, and fills the picture", in_small_picture()),
        (Rule::InterpupillaryDistance, "under", with(face_of(300.0, 60.0))),
        (Rule::InterpupillaryDistance, "under, and fills the picture", in_small_picture()),
        (Rule::InterpupillaryDistance, "under, and turned", with(Face { inter_eye_distance_px: 90.0, ..face_of(250.0, 80.0) })),
        (Rule::InterpupillaryDistance, "over", Photo::new(|photo| photo.profile.interpupillary_distance = Some(Range::at_most(50.0)))),
        (Rule::HeadPoseYaw, "to the left", posed(40.0, 0.0, 0.0)),
        (Rule::HeadPoseYaw, "to the right", posed(-40.0, 0.0, 0.0)),
        (Rule::HeadPosePitch, "down", posed(0.0, 40.0, 0.0)),
        (Rule::HeadPosePitch, "up", posed(0.0, -40.0, 0.0)),
        (Rule::HeadPoseRoll, "to the right shoulder", posed(0.0, 0.0, 50.0)),
        (Rule::HeadPoseRoll, "to the left shoulder", posed(0.0, 0.0, -50.0)),
        (Rule::HeadPoseRoll, "lying", posed(0.0, 0.0, 90.0)),
        (Rule::FaceInside, "left", at(-50.0, 300.0, 250.0, 300.0)),
        (Rule::FaceInside, "top", at(300.0, -50.0, 250.0, 300.0)),
        (Rule::FaceInside, "right", at(600.0, 300.0, 250.0, 300.0)),
        (Rule::FaceInside, "bottom", at(300.0, 750.0, 250.0, 300.0)),
        (Rule::FaceInside, "left and top", at(-50.0, -50.0, 250.0, 300.0)),
        (Rule::FaceInside, "everywhere", at(-50.0, -50.0, 900.0, 1100.0)),
        (Rule::FacePadding, "left", at(30.0, 300.0, 250.0, 300.0)),
        (Rule::FacePadding, "top", at(300.0, 30.0, 250.0, 300.0)),
        (Rule::FacePadding, "right", at(520.0, 300.0, 250.0, 300.0)),
        (Rule::FacePadding, "bottom", at(300.0, 670.0, 250.0, 300.0)),
        (Rule::FacePadding, "right and bottom", at(520.0, 670.0, 250.0, 300.0)),
        (Rule::CameraDistance, "under", at(75.0, 120.0, 650.0, 700.0)),
        (Rule::HeadSize, "under", measured(|m| m.head_size = Some(0.01))),
        (Rule::HeadSize, "over", measured(|m| m.head_size = Some(0.9))),
        (Rule::UnderExposure, "over", measured(|m| m.under_exposure = Some(0.9))),
        (Rule::OverExposure, "over", measured(|m| m.over_exposure = Some(0.9))),
        (Rule::Brightness, "under", measured(|m| m.brightness = Some(0.02))),
        (Rule::Brightness, "over", measured(|m| m.brightness = Some(0.99))),
        (Rule::DynamicRange, "under", measured(|m| m.dynamic_range = Some(2.0))),
        (Rule::IlluminationUniformity, "left is darker", measured(|m| (m.illumination_uniformity, m.illumination_difference) = (Some(0.0), Some(2.0)))),
        (Rule::IlluminationUniformity, "right is darker", measured(|m| (m.illumination_uniformity, m.illumination_difference) = (Some(0.0), Some(-2.0)))),
        (Rule::NaturalColor, "grey", measured(|m| (m.natural_color, m.greyscale) = (Some(7.1), Some(true)))),
        (Rule::NaturalColor, "tinted", measured(|m| m.natural_color = Some(9.0))),
        (Rule::Blur, "over", measured(|m| m.blur = Some(9.0))),
        (Rule::MotionBlur, "over", measured(|m| m.motion_blur = Some(20.0))),
        (Rule::SkinTexture, "under", measured(|m| m.skin_texture = Some(0.01))),
        (Rule::EyesVisible, "right", measured(|m| m.eyes_visible = Some(eyes(-6.0, 6.0)))),
        (Rule::EyesVisible, "left", measured(|m| m.eyes_visible = Some(eyes(6.0, -6.0)))),
        (Rule::EyesVisible, "both", measured(|m| m.eyes_visible = Some(eyes(-5.0, -6.0)))),
        (Rule::EyesOpen, "right", measured(|m| m.eyes_open = Some(eyes(0.01, 0.15)))),
        (Rule::EyesOpen, "left", measured(|m| m.eyes_open = Some(eyes(0.15, 0.01)))),
        (Rule::EyesOpen, "both", measured(|m| m.eyes_open = Some(eyes(0.02, 0.01)))),
        (Rule::LowerFaceVisible, "under", measured(|m| m.lower_face_visible = Some(-6.0))),
        (Rule::MouthClosed, "over", measured(|m| m.mouth_closed = Some(0.5))),
        (Rule::BackgroundUniformity, "over", measured(|m| m.background_uniformity = Some(60.0))),
    ]
}

/// Every rule of the profile that is about what is measured on a face, where nothing could be measured.
fn unmeasured(profile: &Profile) -> Vec<Finding> {
    let mut profile = profile.clone();
    profile.face_present = Some(Demand { severity: Severity::Warning });
    [vec![Face { pose: None::<HeadPose>, ..face() }], Vec::new()]
        .iter()
        .flat_map(|faces| judge(&header(), faces, &profile))
        .collect()
}

/// What a file without a verdict is told.
fn unreadable() -> impl Iterator<Item = Hint> {
    let unsupported = [Format::Heic, Format::Pdf, Format::Video, Format::Jpeg, Format::Avif]
        .map(|format| Error::UnsupportedFormat { format, detail: None });
    let limit = Error::LimitExceeded { limit: crate::error::LimitKind::Pixels, found: 2, allowed: 1 };
    let others = [Error::Empty, Error::UnknownFormat, Error::malformed(Format::Png, ""), limit];
    unsupported.into_iter().chain(others).map(|error| error.hint().unwrap())
}

fn hint(rule: Rule, direction: &str, Photo { header, faces, measures, profile }: &Photo) -> Hint {
    let found = super::judge(header, faces, Some(measures), profile);
    let finding = found.iter().find(|finding| finding.rule == rule);
    finding.unwrap_or_else(|| panic!("{rule}, {direction}: no finding, but {found:?}")).hint.clone()
}

#[test]
fn every_rule_is_walked() {
    let walked: BTreeSet<_> = walk().iter().map(|(rule, ..)| *rule).collect();
    let all: BTreeSet<_> = Rule::ALL.iter().copied().collect();
    assert_eq!(walked, all, "a rule without a line in the walk");
}

#[test]
fn every_direction_of_every_rule_has_a_hint_of_its_own_in_every_language() {
    for name in Language::BUILT_IN {
        let language = Language::built_in(name).unwrap();
        let mut said = BTreeMap::new();
        for (rule, direction, photo) in walk() {
            let text = hint(rule, direction, &photo).in_language(&language).to_string();
            assert!(!text.trim().is_empty(), "{rule}, {direction}, {name}");
            if let Some(other) = said.insert((rule, text.clone()), direction) {
                panic!("{rule}, {name}: {direction} and {other} are both told: {text}");
            }
        }
        let unmeasured = unmeasured(&selfie()).into_iter().map(|finding| finding.hint);
        for hint in unmeasured.chain(unreadable()) {
            assert!(!hint.in_language(&language).text().trim().is_empty(), "{}, {name}", hint.id());
        }
    }
}

/// A message that nothing leads to is dead, or its direction has no line in the walk.
#[test]
fn every_message_is_said_somewhere() {
    let walked = walk().into_iter().map(|(rule, direction, photo)| hint(rule, direction, &photo));
    let unmeasured = unmeasured(&selfie()).into_iter().map(|finding| finding.hint);
    let said: BTreeSet<_> = walked.chain(unmeasured).chain(unreadable()).map(|hint| hint.id()).collect();
    let unsaid: Vec<_> = Message::ALL.iter().map(|(id, _)| *id).filter(|id| !said.contains(id)).collect();
    assert_eq!(unsaid, [] as [&str; 0]);
}
