//! What passes a profile passes every profile that it is said to be as strict as.

use std::cell::Cell;

use proptest::prelude::*;
use proptest::test_runner::TestRunner;

use super::tests::{face_of, header, measures, selfie};
use super::{Face, HeadPose, Header, Measures, Rect, judge};
use crate::cases::cases;
use crate::face::Sides;
use crate::header::Format;
use crate::profile::{Demand, FaceSize, NearLimit, Profile, Range};
use crate::report::{Report, Verdict};
use crate::rule::{Rule, Severity};

/// A range about as wide as the default one, or none.
fn range(at: Option<Range>, scale: f64) -> impl Strategy<Value = Option<Range>> {
    let bounds = at.map_or((None, None), |range| (range.min, range.max));
    let step = prop::sample::select(vec![0.0, 0.0, -1.0, 1.0, 2.0]);
    let severity = prop::sample::select(vec![Severity::Error, Severity::Error, Severity::Error, Severity::Warning]);
    let uncertainty = prop::sample::select(vec![None, None, Some(0.0), Some(scale), Some(2.0 * scale)]);
    let here = prop::bool::weighted(0.9);
    (step.clone(), step, severity, uncertainty, here).prop_map(move |(low, high, severity, uncertainty, here)| {
        let (min, max) = (bounds.0.map(|min| min + scale * low), bounds.1.map(|max| max + scale * high));
        here.then_some(Range { min, max, uncertainty, severity })
    })
}

fn profile() -> impl Strategy<Value = Profile> {
    let base = selfie();
    let pose = (
        range(base.head_pose_yaw, 2.0),
        range(base.head_pose_pitch, 2.0),
        range(base.interpupillary_distance, 2.0),
        range(base.eyes_open, 0.01),
    );
    let file = (
        range(base.file_size, 1000.0).prop_map(|range| range.map(|range| Range { uncertainty: None, ..range })),
        range(base.width, 10.0).prop_map(|range| range.map(|range| Range { uncertainty: None, ..range })),
        prop::sample::subsequence(vec![Format::Jpeg, Format::Png, Format::WebP], 1..=3),
    );
    let face = (
        prop::option::weighted(0.9, (220.0..230.0f64, prop::option::of(0.1..0.4f64), prop::option::of(0.0..20.0f64))),
        0.05..0.3f64,
        prop::option::of(prop::sample::select(vec![Severity::Error, Severity::Warning])),
    );
    let near = prop::sample::select(vec![NearLimit::Warn, NearLimit::Warn, NearLimit::Refuse]);
    let exact = |at, scale| range(at, scale).prop_map(|range| range.map(|range| Range { uncertainty: None, ..range }));
    let borders = (exact(base.face_padding, 10.0), exact(base.camera_distance, 10.0), range(base.eyes_visible, 2.0));
    (pose, file, face, near, borders).prop_map(|(pose, file, (size, detectable, inside), near_limit, borders)| {
        let mut profile = Profile { near_limit, ..selfie() };
        (profile.head_pose_yaw, profile.head_pose_pitch, profile.interpupillary_distance, profile.eyes_open) = pose;
        let accepted;
        (profile.file_size, profile.width, accepted) = file;
        if let Some(formats) = &mut profile.format {
            formats.accepted = accepted;
        }
        profile.face_size = size.map(|(min, min_relative, uncertainty)| FaceSize {
            min: Some(min),
            min_relative,
            uncertainty,
            severity: Severity::Error,
        });
        if let Some(single) = &mut profile.single_face {
            single.detectable_face_size_relative = detectable;
        }
        profile.face_inside = inside.map(|severity| Demand { severity });
        (profile.face_padding, profile.camera_distance, profile.eyes_visible) = borders;
        profile
    })
}

/// A photo near the limits.
fn photo() -> impl Strategy<Value = (Header, Face, Measures)> {
    let file = (1_995_000u64..2_003_000, 470u32..520, prop::sample::select(vec![Format::Jpeg, Format::Png, Format::WebP]));
    let face = (-32.0..32.0f64, -32.0..32.0f64, 200.0..250.0f64, 78.0..95.0f64, -10.0..60.0f64);
    let eyes = (0.07..0.13f64, -4.0..3.0f64);
    (file, face, eyes).prop_map(|((file_size, stored_width, format), (yaw, pitch, size, distance, left), (open, seen))| {
        let header = Header { format, stored_width, file_size, ..header() };
        let bounds = Rect { x: left, y: 60.0, width: size, height: size * 1.2 };
        let hull = bounds.enlarged(0.85);
        let face = Face { bounds, hull, pose: Some(HeadPose { yaw, pitch, roll: 0.0 }), ..face_of(size, distance) };
        let [eyes_open, eyes_visible] = [open, seen].map(|value| Some(Sides { right: value, left: value }));
        (header, face, Measures { eyes_open, eyes_visible, ..measures() })
    })
}

#[test]
fn what_passes_the_stricter_profile_passes_the_laxer_one() {
    let (stricter, passed) = (Cell::new(0), Cell::new(0));
    // The second one is the first in most of its rules, so that the two can be compared at all.
    let pairs = (profile(), profile(), prop::collection::vec(prop::bool::weighted(0.85), 12));
    let strategy = (pairs, prop::collection::vec(photo(), 30));
    let outcome = TestRunner::new(cases(3000)).run(&strategy, |((ours, other, same), photos)| {
        let mut theirs = ours.clone();
        let mut differs = same.into_iter().map(|same| !same);
        let mut next = || differs.next() == Some(true);
        if next() {
            theirs.near_limit = other.near_limit;
        }
        if next() {
            theirs.head_pose_yaw = other.head_pose_yaw;
        }
        if next() {
            theirs.head_pose_pitch = other.head_pose_pitch;
        }
        if next() {
            theirs.interpupillary_distance = other.interpupillary_distance;
        }
        if next() {
            theirs.eyes_open = other.eyes_open;
        }
        if next() {
            theirs.file_size = other.file_size;
        }
        if next() {
            theirs.format.clone_from(&other.format);
        }
        if next() {
            theirs.face_size = other.face_size;
        }
        if next() {
            (theirs.width, theirs.single_face) = (other.width, other.single_face);
        }
        if next() {
            theirs.face_inside = other.face_inside;
        }
        if next() {
            (theirs.face_padding, theirs.camera_distance) = (other.face_padding, other.camera_distance);
        }
        if next() {
            theirs.eyes_visible = other.eyes_visible;
        }
        let laxer = ours.laxer_than(&theirs);
        if !laxer.is_empty() {
            return Ok(());
        }
        stricter.set(stricter.get() + u32::from(ours != theirs));
        for (header, face, measures) in photos {
            let verdict = |profile: &Profile| {
                let findings = judge(&header, std::slice::from_ref(&face), Some(&measures), profile);
                Report::new(profile, header.clone(), vec![face.clone()], None, findings)
            };
            if verdict(&ours).verdict() == Verdict::Compliant {
                passed.set(passed.get() + u32::from(ours != theirs));
                let refused = verdict(&theirs);
                prop_assert_eq!(refused.verdict(), Verdict::Compliant, "{:?}", refused.findings());
            }
        }
        Ok(())
    });
    outcome.unwrap();
    assert!(stricter.get() >= 100 && passed.get() >= 100, "{} pairs, {} photos", stricter.get(), passed.get());
}

#[test]
fn each_rule_is_compared_by_what_it_demands() {
    let service = selfie();
    let laxer = |change: &dyn Fn(&mut Profile)| {
        let mut ours = selfie();
        change(&mut ours);
        ours.laxer_than(&service)
    };
    assert_eq!(laxer(&|_| {}), []);
    assert_eq!(laxer(&|ours| ours.name = "ours".into()), []);
    assert_eq!(laxer(&|ours| ours.near_limit = NearLimit::Refuse), []);
    assert_eq!(laxer(&|ours| ours.blur = None), [], "a warning refuses nothing");
    assert_eq!(laxer(&|ours| ours.file_size = Some(Range::at_most(1e6))), []);
    assert_eq!(laxer(&|ours| ours.file_size = Some(Range::at_most(3e6))), [Rule::FileSize]);
    assert_eq!(laxer(&|ours| ours.file_size = None), [Rule::FileSize]);
    assert_eq!(laxer(&|ours| ours.orientation = Some(Demand { severity: Severity::Warning })), [Rule::Orientation]);
    assert_eq!(laxer(&|ours| ours.face_present = None), [Rule::FacePresent]);
    assert_eq!(laxer(&|ours| ours.head_pose_yaw = Some(Range::at_least(-25.0))), [Rule::HeadPoseYaw]);
    let doubtful = Range { uncertainty: Some(3.0), ..Range::between(-25.0, 25.0) };
    assert_eq!(laxer(&|ours| ours.head_pose_yaw = Some(doubtful)), [Rule::HeadPoseYaw], "nobody knows which doubt is wider");
    let sure = Range { uncertainty: Some(0.0), ..doubtful };
    assert_eq!(laxer(&|ours| ours.head_pose_yaw = Some(sure)), []);
    let formats = |accepted: &[Format]| {
        let accepted = accepted.to_vec();
        laxer(&move |ours| ours.format.as_mut().unwrap().accepted.clone_from(&accepted))
    };
    assert_eq!(formats(&[Format::Png]), []);
    assert_eq!(formats(&[Format::Png, Format::WebP]), [Rule::Format]);
    let lenient = |share| laxer(&|ours| ours.single_face.as_mut().unwrap().detectable_face_size_relative = share);
    assert_eq!((lenient(0.05), lenient(0.2)), (vec![], vec![Rule::SingleFace]));
    // A document's profile lets every face pass.
    let rules = Profile::progeny_document().laxer_than(&service);
    let about_faces =
        Rule::ALL.iter().copied().filter(|&rule| rule.concerns_faces() && service.severity(rule) == Some(Severity::Error));
    assert_eq!(rules, about_faces.collect::<Vec<_>>());
    // What refuses near its limits is not replaced by what warns there.
    let careful = Profile { near_limit: NearLimit::Refuse, ..selfie() };
    let doubted: Vec<_> = Rule::ALL
        .iter()
        .copied()
        .filter(|rule| rule.is_measured_with_uncertainty() || *rule == Rule::JpegQuality)
        .filter(|&rule| service.severity(rule) == Some(Severity::Error))
        .collect();
    assert_eq!(selfie().laxer_than(&careful), doubted);
}
