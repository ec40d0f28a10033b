//! Every rule at, inside and outside its limits, and the verdicts that follow.

use proptest::prelude::*;

use super::*;
use crate::face::{HeadPose, PupilSource, Sides, Uncertainty};
use crate::geometry::{Point, Rect};
use crate::header::{JpegHeader, JpegQuality, JpegQualityMethod, Metadata};
use crate::profile::{Demand, Formats, NearLimit};
use crate::report::{Report, Verdict};

/// A photo that has nothing wrong with it.
pub(super) fn header() -> Header {
    let quality = JpegQuality { value: 90, exact: true, method: JpegQualityMethod::IjgTable };
    Header {
        format: Format::Jpeg,
        stored_width: 800,
        stored_height: 1000,
        orientation: Orientation::Upright,
        turn: Turn::None,
        file_size: 100_000,
        jpeg: Some(JpegHeader { quality: Some(quality), progressive: false, components: 3 }),
        color_profile: None,
        metadata: Metadata::default(),
        complete: true,
    }
}

/// A picture of a face that is as good as it gets.
pub(super) fn measures() -> Measures {
    Measures {
        under_exposure: Some(0.0),
        over_exposure: Some(0.0),
        brightness: Some(0.45),
        luminance_mean: Some(0.25),
        dynamic_range: Some(6.8),
        illumination_uniformity: Some(0.8),
        illumination_difference: Some(0.0),
        natural_color: Some(0.0),
        greyscale: Some(false),
        blur: Some(0.5),
        motion_blur: Some(2.0),
        motion_direction: Some(0.0),
        skin_texture: Some(1.1),
        eyes_open: Some(Sides { right: 0.14, left: 0.14 }),
        mouth_closed: Some(0.02),
        eyes_visible: Some(Sides { right: 6.0, left: 6.0 }),
        lower_face_visible: Some(6.0),
        margin_left: Some(2.0),
        margin_right: Some(2.0),
        margin_above: Some(2.0),
        margin_below: Some(2.0),
        head_size: Some(0.3),
        background_uniformity: Some(2.0),
    }
}

/// What is found in a picture that is good.
pub(super) fn judge(header: &Header, faces: &[Face], profile: &Profile) -> Vec<Finding> {
    super::judge(header, faces, Some(&measures()), profile)
}

/// A face in it, far enough up and left to be inside smaller pictures as well.
pub(super) fn face() -> Face {
    face_of(300.0, 110.0)
}

pub(super) fn face_of(size: f64, interpupillary_distance: f64) -> Face {
    let bounds = Rect { x: 90.0, y: 60.0, width: size, height: size * 1.2 };
    Face {
        bounds,
        hull: bounds.enlarged(0.85),
        landmarks: Vec::new(),
        score: 0.9,
        presence: 15.0,
        size_px: size,
        left_eye: Point::new(400.0 + interpupillary_distance / 2.0, 400.0),
        right_eye: Point::new(400.0 - interpupillary_distance / 2.0, 400.0),
        interpupillary_distance_px: interpupillary_distance,
        inter_eye_distance_px: interpupillary_distance,
        pupils: PupilSource::Iris,
        pose: Some(HeadPose { yaw: 0.0, pitch: 0.0, roll: 0.0 }),
        uncertainty: Uncertainty { size_px: 16.0, interpupillary_distance_px: 1.2, yaw: 4.3, pitch: 5.8, roll: 1.8 },
    }
}

pub(super) fn turned(yaw: f64, pitch: f64, roll: f64) -> Face {
    Face { pose: Some(HeadPose { yaw, pitch, roll }), ..face() }
}

pub(super) fn selfie() -> Profile {
    Profile::progeny_selfie()
}

fn findings(header: &Header, faces: &[Face]) -> Vec<(Rule, Severity, &'static str, bool)> {
    judge(header, faces, &selfie())
        .into_iter()
        .map(|finding| (finding.rule, finding.severity, finding.cause.id(), finding.fixable))
        .collect()
}

fn verdict(header: Header, faces: Vec<Face>) -> Verdict {
    let findings = judge(&header, &faces, &selfie());
    Report::new(&selfie(), header, faces, None, findings).verdict()
}

#[test]
fn nothing_wrong_is_no_finding() {
    assert_eq!(findings(&header(), &[face()]), []);
    assert_eq!(verdict(header(), vec![face()]), Verdict::Compliant);
}

#[test]
fn file_requirements_at_and_beyond_their_limits() {
    let (error, info) = (Severity::Error, Severity::Info);
    let at = |change: &dyn Fn(&mut Header)| {
        let mut header = header();
        change(&mut header);
        findings(&header, &[face()])
    };
    let none: Vec<(Rule, Severity, &str, bool)> = Vec::new();
    assert_eq!(at(&|h| h.file_size = 2_000_000), none);
    assert_eq!(at(&|h| h.file_size = 2_000_001), [(Rule::FileSize, error, "out-of-range", true)]);
    assert_eq!(at(&|h| h.stored_width = 480), none);
    assert_eq!(at(&|h| h.stored_width = 479), [(Rule::Width, error, "out-of-range", false)]);
    assert_eq!(at(&|h| h.stored_width = 4096), none);
    // A face of 300 px and pupils 110 px apart survive a reduction by 4096/4097.
    assert_eq!(at(&|h| h.stored_width = 4097), [(Rule::Width, error, "out-of-range", true)]);
    assert_eq!(at(&|h| h.stored_height = 479), [(Rule::Height, error, "out-of-range", false)]);
    assert_eq!(at(&|h| h.stored_height = 1080), none);
    assert_eq!(at(&|h| h.stored_height = 1081), [(Rule::RecommendedHeight, info, "out-of-range", true)]);
    assert_eq!(at(&|h| h.orientation = Orientation::Rotate90), [(Rule::Orientation, error, "not-accepted", true)]);
    assert_eq!(at(&|h| h.metadata.gps = true), [(Rule::Metadata, info, "not-accepted", true)]);
    assert_eq!(at(&|h| h.metadata.trailing_bytes = 1), [(Rule::Metadata, info, "not-accepted", true)]);
    assert_eq!(
        at(&|h| {
            h.format = Format::WebP;
            h.jpeg = None;
        }),
        [(Rule::Format, error, "not-accepted", true)]
    );
}

#[test]
fn width_and_height_are_of_the_upright_picture() {
    let lying = Header { stored_width: 1000, stored_height: 470, orientation: Orientation::Rotate270, ..header() };
    let rules: Vec<_> = findings(&lying, &[face()]).into_iter().map(|(rule, ..)| rule).collect();
    assert!(rules.contains(&Rule::Width) && !rules.contains(&Rule::Height), "{rules:?}");
}

#[test]
fn jpeg_quality_is_an_error_only_where_it_is_certain() {
    let at = |value, exact| {
        let method = if exact { JpegQualityMethod::IjgTable } else { JpegQualityMethod::MedianRatio };
        let quality = Some(JpegQuality { value, exact, method });
        findings(&Header { jpeg: Some(JpegHeader { quality, progressive: false, components: 3 }), ..header() }, &[face()])
    };
    assert_eq!(at(70, true), []);
    assert_eq!(at(69, true), [(Rule::JpegQuality, Severity::Error, "out-of-range", false)]);
    assert_eq!(at(70, false), []);
    assert_eq!(at(69, false), [(Rule::JpegQuality, Severity::Warning, "near-limit", false)]);
    assert_eq!(at(65, false), [(Rule::JpegQuality, Severity::Warning, "near-limit", false)]);
    assert_eq!(at(64, false), [(Rule::JpegQuality, Severity::Error, "out-of-range", false)]);
    let unknown = Header { jpeg: Some(JpegHeader { quality: None, progressive: false, components: 3 }), ..header() };
    assert_eq!(findings(&unknown, &[face()]), [(Rule::JpegQuality, Severity::Error, "not-assessed", false)]);
}

#[test]
fn too_many_pixels_are_fixable_only_if_the_face_survives() {
    let large = Header { stored_width: 6000, stored_height: 8000, ..header() };
    let rules = |faces: &[Face]| -> Vec<(Rule, bool)> {
        findings(&large, faces)
            .into_iter()
            .filter(|(_, severity, ..)| *severity == Severity::Error)
            .map(|(rule, _, _, fixable)| (rule, fixable))
            .collect()
    };
    // Reduced to a height of 4096, a face has to keep its 224 px and the pupils their 85, and 1 % more: every copy measures a little
    // differently.
    assert_eq!(rules(&[face_of(442.0, 168.0)]), [(Rule::Width, true), (Rule::Height, true)]);
    assert_eq!(rules(&[face_of(441.0, 168.0)]), [(Rule::Width, false), (Rule::Height, false)]);
    assert_eq!(rules(&[face_of(442.0, 167.0)]), [(Rule::Width, false), (Rule::Height, false)]);
    // Within the uncertainty already: there is nothing to lose.
    let square = Header { stored_width: 4300, stored_height: 4300, ..header() };
    let found = judge(&square, &[face_of(220.0, 95.0)], &selfie());
    assert!(found.iter().filter(|finding| finding.severity == Severity::Error).all(|finding| !finding.fixable));
    // Unless the surroundings may be cut off.
    let cropping = Profile { crop: true, ..selfie() };
    let found = judge(&square, &[face_of(220.0, 95.0)], &cropping);
    assert!(found.iter().filter(|finding| finding.severity == Severity::Error).all(|finding| finding.fixable));
    let strip = Header { stored_width: 9000, stored_height: 500, ..header() };
    assert_eq!(verdict(strip, vec![face_of(900.0, 300.0)]), Verdict::Retake);
}

#[test]
fn face_count() {
    assert_eq!(findings(&header(), &[]), [(Rule::FacePresent, Severity::Error, "out-of-range", false)]);
    assert_eq!(findings(&header(), &[face(), face()]), [(Rule::SingleFace, Severity::Error, "out-of-range", false)]);
}

#[test]
fn small_faces_in_the_background_do_not_count_but_a_small_main_face_stays() {
    let header = header();
    let background = face_of(79.0, 30.0); // 79 x 94.8 px of 800 x 1000: under a tenth both ways.
    let ranked = rank(vec![background.clone(), face()], &header, &selfie());
    assert_eq!(ranked.len(), 1);
    assert_eq!(ranked[0].size_px, 300.0);
    assert_eq!(rank(vec![face_of(80.0, 30.0), face()], &header, &selfie()).len(), 2);
    assert_eq!(rank(vec![background], &header, &selfie()).len(), 1);
    let mut all = selfie();
    all.single_face = None;
    assert_eq!(rank(vec![face_of(8.0, 3.0), face()], &header, &all).len(), 2);
}

/// The face's own uncertainties here: 16 px of size, 1.2 px between the pupils, 4.3, 5.8 and 1.8 degrees.
#[test]
fn what_is_nearer_to_a_limit_than_it_is_sure_of_is_a_warning_on_either_side() {
    let (error, warning) = (Severity::Error, Severity::Warning);
    for (face, rule, expected) in [
        (face_of(240.0, 110.0), Rule::FaceSize, None),
        (face_of(239.9, 110.0), Rule::FaceSize, Some((warning, "near-limit"))),
        (face_of(208.0, 110.0), Rule::FaceSize, Some((warning, "near-limit"))),
        (face_of(207.9, 110.0), Rule::FaceSize, Some((error, "out-of-range"))),
        (face_of(300.0, 86.2), Rule::InterpupillaryDistance, None),
        (face_of(300.0, 86.1), Rule::InterpupillaryDistance, Some((warning, "near-limit"))),
        (face_of(300.0, 83.8), Rule::InterpupillaryDistance, Some((warning, "near-limit"))),
        (face_of(300.0, 83.7), Rule::InterpupillaryDistance, Some((error, "out-of-range"))),
        (turned(20.7, 0.0, 0.0), Rule::HeadPoseYaw, None),
        (turned(20.8, 0.0, 0.0), Rule::HeadPoseYaw, Some((warning, "near-limit"))),
        (turned(-29.3, 0.0, 0.0), Rule::HeadPoseYaw, Some((warning, "near-limit"))),
        (turned(-29.4, 0.0, 0.0), Rule::HeadPoseYaw, Some((error, "out-of-range"))),
        (turned(0.0, 19.2, 0.0), Rule::HeadPosePitch, None),
        (turned(0.0, 30.8, 0.0), Rule::HeadPosePitch, Some((warning, "near-limit"))),
        (turned(0.0, 30.9, 0.0), Rule::HeadPosePitch, Some((error, "out-of-range"))),
        (turned(0.0, 0.0, -33.2), Rule::HeadPoseRoll, None),
        (turned(0.0, 0.0, -36.8), Rule::HeadPoseRoll, Some((warning, "near-limit"))),
        (turned(0.0, 0.0, -36.9), Rule::HeadPoseRoll, Some((error, "out-of-range"))),
    ] {
        let found = findings(&header(), std::slice::from_ref(&face));
        let expected: Vec<_> = expected.map(|(severity, cause)| (rule, severity, cause, false)).into_iter().collect();
        assert_eq!(found, expected, "{rule} {face:?}");
    }
}

#[test]
fn a_box_just_too_small_is_doubted_only_while_the_eyes_are_far_enough_apart() {
    assert_eq!(findings(&header(), &[face_of(223.9, 90.0)]), [(Rule::FaceSize, Severity::Warning, "near-limit", false)]);
    assert_eq!(
        findings(&header(), &[face_of(223.9, 84.9)]),
        [
            (Rule::FaceSize, Severity::Error, "out-of-range", false),
            (Rule::InterpupillaryDistance, Severity::Warning, "near-limit", false)
        ]
    );
}

#[test]
fn a_profile_may_doubt_otherwise_and_refuse_what_is_doubtful() {
    let judged = |profile: &Profile, yaw: f64| {
        let found = judge(&header(), &[turned(yaw, 0.0, 0.0)], profile);
        found.first().map(|finding| (finding.severity, finding.cause.id()))
    };
    let mut profile = selfie();
    profile.near_limit = NearLimit::Refuse;
    assert_eq!(judged(&profile, 20.7), None);
    assert_eq!(judged(&profile, 20.8), Some((Severity::Error, "near-limit")));
    assert_eq!(judged(&profile, 29.4), Some((Severity::Error, "out-of-range")));
    profile.head_pose_yaw = profile.head_pose_yaw.map(|range| Range { uncertainty: Some(0.0), ..range });
    assert_eq!(judged(&profile, 25.0), None);
    assert_eq!(judged(&profile, 25.1), Some((Severity::Error, "out-of-range")));
    profile.near_limit = NearLimit::Warn;
    profile.head_pose_yaw = profile.head_pose_yaw.map(|range| Range { uncertainty: Some(10.0), ..range });
    assert_eq!(judged(&profile, 15.1), Some((Severity::Warning, "near-limit")));
    assert_eq!(judged(&profile, 34.9), Some((Severity::Warning, "near-limit")));
    assert_eq!(judged(&profile, 35.1), Some((Severity::Error, "out-of-range")));
    // What only advises does not become an error.
    profile.near_limit = NearLimit::Refuse;
    profile.head_pose_yaw = profile.head_pose_yaw.map(|range| range.with_severity(Severity::Info));
    assert_eq!(judged(&profile, 24.0), Some((Severity::Info, "near-limit")));
}

#[test]
fn relative_face_size_is_of_the_larger_share() {
    let mut profile = selfie();
    profile.face_size = Some(FaceSize { min_relative: Some(0.4), ..FaceSize::default() });
    // 300 x 360 px of 800 x 1000: 0.375 and 0.36.
    let found = judge(&header(), &[face()], &profile);
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].unit, Some(Unit::Ratio));
    profile.face_size = Some(FaceSize { min_relative: Some(0.375), ..FaceSize::default() });
    assert_eq!(judge(&header(), &[face()], &profile), []);
}

#[test]
fn angles_have_two_ends_and_a_hint_each() {
    for (yaw, pitch, roll, rule, hint) in [
        (31.0, 0.0, 0.0, Rule::HeadPoseYaw, "to the right"),
        (-31.0, 0.0, 0.0, Rule::HeadPoseYaw, "to the left"),
        (0.0, 31.0, 0.0, Rule::HeadPosePitch, "Raise"),
        (0.0, -31.0, 0.0, Rule::HeadPosePitch, "Lower"),
        (0.0, 0.0, 37.0, Rule::HeadPoseRoll, "left shoulder"),
        (0.0, 0.0, -37.0, Rule::HeadPoseRoll, "right shoulder"),
    ] {
        let found = judge(&header(), &[turned(yaw, pitch, roll)], &selfie());
        assert_eq!(found.len(), 1);
        assert_eq!((found[0].rule, found[0].severity, found[0].fixable), (rule, Severity::Error, false));
        assert!(found[0].hint.text().contains(hint), "{rule}: {}", found[0].hint);
        // Inside the limit, but near to it, the way out of its reach is the same.
        let found = judge(&header(), &[turned(0.79 * yaw, 0.79 * pitch, 0.94 * roll)], &selfie());
        assert_eq!((found[0].rule, found[0].severity), (rule, Severity::Warning));
        assert!(found[0].hint.text().contains(hint), "{rule}: {}", found[0].hint);
    }
}

#[test]
fn what_was_not_measured_does_not_pass() {
    let face = Face { pose: None, ..face() };
    let found = findings(&header(), &[face]);
    let expected: Vec<_> = Rule::ALL
        .iter()
        .copied()
        .filter(|rule| rule.concerns_faces() && !matches!(rule, Rule::FacePresent | Rule::SingleFace))
        .map(|rule| {
            // What only advises is told, and no more.
            let demanded = selfie().severity(rule).unwrap();
            let severity = if demanded == Severity::Error { demanded } else { Severity::Info };
            (rule, severity, "not-assessed", false)
        })
        .collect();
    assert_eq!(found, expected);

    let mut profile = selfie();
    profile.face_present = Some(Demand { severity: Severity::Warning });
    assert_eq!(Report::new(&profile, header(), Vec::new(), None, judge(&header(), &[], &profile)).verdict(), Verdict::Retake);
    profile.face_present = None;
    let found = judge(&header(), &[], &profile);
    assert!(found.iter().all(|finding| finding.cause == Cause::NotAssessed));
    assert!(found.iter().any(|finding| finding.rule == Rule::InterpupillaryDistance && finding.severity == Severity::Error));
    assert!(found.iter().any(|finding| finding.rule == Rule::FacePadding && finding.severity == Severity::Info));
}

#[test]
fn nan_never_passes() {
    let nan = f64::NAN;
    for (face, rule) in [
        (Face { size_px: nan, ..face() }, Rule::FaceSize),
        (Face { interpupillary_distance_px: nan, ..face() }, Rule::InterpupillaryDistance),
        (turned(nan, 0.0, 0.0), Rule::HeadPoseYaw),
        (turned(0.0, nan, 0.0), Rule::HeadPosePitch),
        (turned(0.0, 0.0, nan), Rule::HeadPoseRoll),
        (Face { hull: Rect { x: nan, ..face().hull }, ..face() }, Rule::FaceInside),
    ] {
        let found = findings(&header(), &[face]);
        assert!(found.iter().any(|(found, severity, ..)| *found == rule && *severity == Severity::Error), "{rule}: {found:?}");
    }
}

#[test]
fn what_may_be_no_face_neither_leads_nor_refuses() {
    let doubtful = Face { pose: None, presence: 4.0, ..face_of(200.0, 75.0) };
    let ranked = rank(vec![doubtful.clone(), face()], &header(), &selfie());
    assert_eq!(ranked[0], face());
    assert_eq!(findings(&header(), &ranked), [(Rule::SingleFace, Severity::Warning, "out-of-range", false)]);
    assert_eq!(verdict(header(), vec![doubtful]), Verdict::Retake);
}

#[test]
fn a_doubtful_face_that_is_larger_than_the_main_one_refuses() {
    let doubtful = Face { pose: None, presence: 4.0, ..face_of(400.0, 150.0) };
    let ranked = rank(vec![doubtful, face()], &header(), &selfie());
    assert_eq!(findings(&header(), &ranked), [(Rule::SingleFace, Severity::Error, "out-of-range", false)]);
    assert_eq!(verdict(header(), ranked), Verdict::Retake);
}

/// A range that is narrower than the uncertainty: everything near it is doubtful, and each side has its own hint.
#[test]
fn doubt_may_be_wider_than_the_range() {
    let mut profile = selfie();
    profile.head_pose_pitch = Some(Range::between(-2.0, 2.0));
    for (pitch, severity, hint) in [
        (-7.9, Severity::Error, "Lower"),
        (-7.8, Severity::Warning, "Lower"),
        (-1.0, Severity::Warning, "Lower"),
        (1.0, Severity::Warning, "Raise"),
        (2.9, Severity::Warning, "Raise"),
        (4.3, Severity::Warning, "Raise"),
        (7.8, Severity::Warning, "Raise"),
        (7.9, Severity::Error, "Raise"),
    ] {
        let found = judge(&header(), &[turned(0.0, pitch, 0.0)], &profile);
        assert_eq!((found.len(), found[0].severity), (1, severity), "{pitch}");
        assert!(found[0].hint.text().contains(hint), "{pitch}: {}", found[0].hint);
    }
}

#[test]
fn a_lying_face_is_a_lying_picture() {
    let sure = |roll| Face { presence: 25.0, ..turned(0.0, 0.0, roll) };
    for (roll, turn) in [
        (64.9, None),
        (-64.9, None),
        (66.0, Some(Turn::Quarter)),
        (134.0, Some(Turn::Quarter)),
        (-90.0, Some(Turn::ThreeQuarters)),
        (136.0, Some(Turn::Half)),
        (-179.0, Some(Turn::Half)),
    ] {
        assert_eq!(lying(&sure(roll)), turn, "{roll}");
    }
    assert_eq!(lying(&Face { presence: 11.9, ..sure(90.0) }), None);
    assert_eq!(lying(&Face { pose: None, ..sure(90.0) }), None);
    // Where pictures are not turned, it is the tilt that is refused.
    for roll in [90.0, -90.0, 179.0] {
        let found = judge(&header(), &[turned(0.0, 0.0, roll)], &selfie());
        assert!(found[0].hint.text().contains("Turn the picture"), "{}", found[0].hint);
    }
}

#[test]
fn a_picture_that_had_to_be_turned_can_be_mended() {
    for (turn, hint) in
        [(Turn::Quarter, "clockwise by 90"), (Turn::Half, "upside down"), (Turn::ThreeQuarters, "anticlockwise by 90")]
    {
        let header = Header { turn, stored_width: 1000, stored_height: 800, ..header() };
        let found = judge(&header, &[face()], &selfie());
        assert_eq!((found[0].rule, found[0].severity, found[0].fixable), (Rule::Upright, Severity::Error, true));
        assert!(found[0].hint.text().contains(hint), "{}", found[0].hint);
        assert_eq!(verdict(header, vec![face()]), Verdict::Fixable);
    }
}

#[test]
fn a_face_at_the_border() {
    let at = |x: f64, y: f64| {
        let hull = Rect { x, y, width: 250.0, height: 300.0 };
        Face { hull, bounds: hull.enlarged(1.2), ..face() }
    };
    // The picture is 800 x 1000; the box reaches 25 and 30 px further than the hull; 5 px outside are tolerated.
    assert_eq!(findings(&header(), &[at(40.0, 45.0)]), []);
    assert_eq!(findings(&header(), &[at(39.0, 45.0)]), [(Rule::FacePadding, Severity::Warning, "out-of-range", false)]);
    assert_eq!(findings(&header(), &[at(-5.0, 45.0)]), [(Rule::FacePadding, Severity::Warning, "out-of-range", false)]);
    for (x, y, border) in [(-5.1, 300.0, "left"), (300.0, -5.1, "top"), (555.1, 300.0, "right"), (300.0, 705.1, "bottom")] {
        let found = judge(&header(), &[at(x, y)], &selfie());
        assert_eq!(found.len(), 1, "{border}");
        assert_eq!((found[0].rule, found[0].severity), (Rule::FaceInside, Severity::Error));
        assert!(found[0].hint.text().contains(&format!("the picture's {border} border")), "{}", found[0].hint);
    }
}

#[test]
fn a_hint_for_a_small_face_knows_why_it_is_small() {
    let hint = |header: &Header, face: Face| {
        let found = judge(header, &[face], &selfie());
        found.iter().find(|finding| finding.rule == Rule::InterpupillaryDistance).unwrap().hint.to_string()
    };
    assert!(hint(&header(), face_of(150.0, 60.0)).contains("Move closer"));
    let small_picture = Header { stored_width: 240, stored_height: 320, ..header() };
    assert!(hint(&small_picture, face_of(150.0, 60.0)).contains("higher resolution"));
    let turned = Face { inter_eye_distance_px: 90.0, ..face_of(250.0, 80.0) };
    assert!(hint(&header(), turned).contains("Face the camera"));
}

#[test]
fn all_failures_at_once_in_the_order_of_the_rules() {
    let bad = Header {
        stored_width: 300,
        stored_height: 400,
        file_size: 3_000_000,
        format: Format::WebP,
        jpeg: None,
        orientation: Orientation::Rotate180,
        ..header()
    };
    let face = Face { interpupillary_distance_px: 30.0, ..turned(40.0, 40.0, 40.0) };
    let rules: Vec<_> = findings(&bad, &[face.clone(), face]).into_iter().map(|(rule, ..)| rule).collect();
    let mut sorted = rules.clone();
    sorted.sort();
    assert_eq!(rules, sorted);
    for rule in [
        Rule::Format,
        Rule::Orientation,
        Rule::FileSize,
        Rule::Width,
        Rule::Height,
        Rule::SingleFace,
        Rule::InterpupillaryDistance,
        Rule::HeadPoseYaw,
        Rule::HeadPosePitch,
        Rule::HeadPoseRoll,
    ] {
        assert!(rules.contains(&rule), "{rule} is missing in {rules:?}");
    }
}

#[test]
fn a_document_is_not_asked_for_a_face() {
    assert_eq!(judge(&header(), &[], &Profile::progeny_document()), []);
}

#[test]
fn a_profile_decides_what_matters() {
    let mut profile = selfie();
    profile.head_pose_yaw = Some(Range::between(-10.0, 10.0).with_severity(Severity::Warning));
    profile.metadata = Some(Demand { severity: Severity::Error });
    profile.format = Some(Formats { accepted: vec![Format::WebP], severity: Severity::Error });
    let mut header = header();
    header.metadata.exif = true;
    let found: Vec<_> = judge(&header, &[turned(12.0, 0.0, 0.0)], &profile)
        .into_iter()
        .map(|finding| (finding.rule, finding.severity, finding.fixable))
        .collect();
    assert_eq!(
        found,
        [
            // Nothing here writes WebP.
            (Rule::Format, Severity::Error, false),
            (Rule::Metadata, Severity::Error, true),
            (Rule::HeadPoseYaw, Severity::Warning, false),
        ]
    );
}

proptest! {
    /// Whatever is measured: a value outside a demanded range or near its bounds is never silent, one surely inside is never reported, and
    /// one surely outside is refused.
    #[test]
    fn a_range_is_reported_exactly_when_it_may_be_left(
        yaw in -90.0f64..90.0, pitch in -90.0f64..90.0, roll in -180.0f64..180.0,
        size in 1.0f64..600.0, distance in 1.0f64..300.0, file_size in 1u64..5_000_000,
        width in 1u32..9000, height in 1u32..9000,
    ) {
        let pose = Some(HeadPose { yaw, pitch, roll });
        let face = Face { pose, ..face_of(size, distance) };
        let header = Header { file_size, stored_width: width, stored_height: height, ..header() };
        let found = judge(&header, &[face], &selfie());
        let reported = |rule| found.iter().any(|finding| finding.rule == rule);
        let refused = |rule| found.iter().any(|finding| finding.rule == rule && finding.severity == Severity::Error);
        for (rule, value, limit, uncertainty) in [
            (Rule::HeadPoseYaw, yaw.abs(), 25.0, 4.3),
            (Rule::HeadPosePitch, pitch.abs(), 25.0, 5.8),
            (Rule::HeadPoseRoll, roll.abs(), 35.0, 1.8),
            (Rule::InterpupillaryDistance, -distance, -85.0, 1.2),
        ] {
            // Sums are rounded to a tenth, so what is nearer to a bound than that is left out.
            if value > limit || (value - limit + uncertainty).abs() > 0.1 {
                prop_assert_eq!(reported(rule), value > limit - uncertainty);
            }
            if (value - limit - uncertainty).abs() > 0.1 {
                prop_assert_eq!(refused(rule), value > limit + uncertainty);
            }
        }
        if (size - 240.0).abs() > 0.1 {
            prop_assert_eq!(reported(Rule::FaceSize), size < 240.0);
        }
        if (size - 208.0).abs() > 0.1 {
            prop_assert_eq!(refused(Rule::FaceSize), size < 208.0 || (size < 224.0 && distance < 85.0));
        }
        prop_assert_eq!(reported(Rule::FileSize), file_size > 2_000_000);
        prop_assert_eq!(reported(Rule::Width), !(480..=4096).contains(&width));
        prop_assert_eq!(reported(Rule::Height), !(480..=4096).contains(&height));
        prop_assert!(found.iter().all(|finding| !finding.hint.text().is_empty()));
    }
}

fn found(change: impl FnOnce(&mut Measures), profile: &Profile) -> Vec<(Rule, Severity, &'static str)> {
    let mut measures = measures();
    change(&mut measures);
    let found = super::judge(&header(), &[face()], Some(&measures), profile);
    found.into_iter().map(|finding| (finding.rule, finding.severity, finding.cause.id())).collect()
}

/// Of two eyes the worse one decides; near the limit nobody is refused.
#[test]
fn eyes_are_doubted_before_they_are_refused() {
    let limit = |range: Option<Range>| range.unwrap().min.unwrap();
    let (open, visible) = (limit(selfie().eyes_open), limit(selfie().eyes_visible));
    let lids = |right, left| found(|m| m.eyes_open = Some(Sides { right, left }), &selfie());
    assert_eq!(lids(open + 0.02, open + 0.03), []);
    assert_eq!(lids(open + 0.005, 0.2), [(Rule::EyesOpen, Severity::Warning, "near-limit")]);
    assert_eq!(lids(0.2, open - 0.005), [(Rule::EyesOpen, Severity::Warning, "near-limit")]);
    assert_eq!(lids(0.2, open - 0.02), [(Rule::EyesOpen, Severity::Error, "out-of-range")]);
    let seen = |right, left| found(|m| m.eyes_visible = Some(Sides { right, left }), &selfie());
    assert_eq!(seen(visible + 1.5, visible + 3.0), []);
    assert_eq!(seen(visible + 0.5, 6.0), [(Rule::EyesVisible, Severity::Warning, "near-limit")]);
    assert_eq!(seen(6.0, visible - 0.5), [(Rule::EyesVisible, Severity::Warning, "near-limit")]);
    // Of lids that cannot be seen nothing is known.
    let hidden = [(Rule::EyesVisible, Severity::Error, "out-of-range"), (Rule::EyesOpen, Severity::Error, "not-assessed")];
    assert_eq!(seen(6.0, visible - 1.5), hidden);
}

/// What could not be measured is said, and refuses where the rule does.
#[test]
fn a_measure_that_was_not_taken_does_not_pass() {
    let info = |rule| vec![(rule, Severity::Info, "not-assessed")];
    assert_eq!(found(|m| m.blur = None, &selfie()), info(Rule::Blur));
    assert_eq!(found(|m| m.skin_texture = None, &selfie()), info(Rule::SkinTexture));
    let error = |rule| vec![(rule, Severity::Error, "not-assessed")];
    assert_eq!(found(|m| m.eyes_open = None, &selfie()), error(Rule::EyesOpen));
    assert_eq!(found(|m| m.lower_face_visible = None, &selfie()), error(Rule::LowerFaceVisible));
    assert_eq!(found(|m| m.brightness = Some(f64::NAN), &selfie()), [(Rule::Brightness, Severity::Warning, "not-assessed")]);
    let without = Profile { blur: None, ..selfie() };
    assert_eq!(found(|m| m.blur = None, &without), []);
}

/// A face fills the picture: there is no room to move aside into.
#[test]
fn of_three_findings_about_borders_the_gravest_is_reported() {
    let at = |x: f64, y: f64, width: f64, height: f64| {
        let bounds = Rect { x, y, width, height };
        let face = Face { bounds, hull: bounds.enlarged(1.0 / 1.2), ..face() };
        let found: Vec<Rule> = judge(&header(), &[face], &selfie()).into_iter().map(|finding| finding.rule).collect();
        found
    };
    assert_eq!(at(15.0, 15.0, 770.0, 970.0), []);
    assert_eq!(at(14.0, 15.0, 770.0, 970.0), [Rule::FacePadding]);
    assert_eq!(at(14.0, 15.0, 772.0, 970.0), [Rule::CameraDistance]);
    assert_eq!(at(14.0, 15.0, 772.0, 972.0), [Rule::CameraDistance]);
    // It is too high, and could be lower: that is to be said first, whatever its width.
    assert_eq!(at(14.0, 10.0, 772.0, 900.0), [Rule::FacePadding]);
    assert_eq!(at(-200.0, 10.0, 900.0, 900.0), [Rule::FaceInside]);
}

/// A face that fills the picture is never passed over because the other rule has a laxer limit, or only warns.
#[test]
fn of_padding_and_distance_the_stricter_one_decides() {
    let bounds = Rect { x: 15.0, y: 15.0, width: 770.0, height: 970.0 };
    let filling = |bounds: Rect| Face { bounds, hull: bounds.enlarged(1.0 / 1.2), ..face() };
    let vendor = Profile::from_toml("extends = 'progeny-selfie'\nname = 'v'\nmin_face_padding = 25").unwrap();
    let found = judge(&header(), &[filling(bounds)], &vendor);
    assert_eq!(found.iter().map(|finding| finding.rule).collect::<Vec<_>>(), [Rule::FacePadding]);
    let strict = Profile { face_padding: Some(Range::at_least(15.0)), ..selfie() };
    let found = judge(&header(), &[filling(Rect { x: 5.0, width: 790.0, ..bounds })], &strict);
    let found: Vec<_> = found.iter().map(|finding| (finding.rule, finding.severity)).collect();
    assert_eq!(found, [(Rule::FacePadding, Severity::Error)]);
}

proptest! {
    /// No value of a measure is worse than another and judged more kindly, and none makes the judge stumble.
    #[test]
    fn further_outside_is_never_better(value in -20.0..20.0f64, further in 0.0..20.0f64) {
        let profile = selfie();
        let severity = |change: &dyn Fn(&mut Measures)| found(change, &profile).iter().map(|(_, severity, _)| *severity).max();
        prop_assert!(severity(&|m| m.blur = Some(value + further)) >= severity(&|m| m.blur = Some(value)));
        prop_assert!(severity(&|m| m.dynamic_range = Some(value - further)) >= severity(&|m| m.dynamic_range = Some(value)));
        prop_assert!(severity(&|m| m.lower_face_visible = Some(value - further)) >= severity(&|m| m.lower_face_visible = Some(value)));
    }
}
