//! The promises about faces, held against rendered heads of exactly known pose and size, and against real photos.

use std::collections::BTreeMap;

use face_precheck::{Code, Face, PupilSource, Report, Rule, Severity, Verdict, probe};
use image::RgbImage;

use crate::derive::jpeg;
use crate::fixtures::{PHOTO_REPORTS, TRUTH, Truth, check, group, read};

fn has_error(report: &Report, code: Code) -> bool {
    report.findings().iter().any(|finding| finding.code() == code && finding.severity == Severity::Error)
}

fn face(row: &Truth) -> &Face {
    assert_eq!(row.report().faces().len(), 1, "{}", row.file());
    &row.report().faces()[0]
}

/// Relative error of the distance between the pupils.
fn distance_error(row: &Truth) -> f64 {
    let truth = row.number("interpupillary_distance_px");
    (face(row).interpupillary_distance_px - truth) / truth
}

/// The value that this part of all is not larger than.
fn percentile(values: &mut [f64], part: f64) -> f64 {
    values.sort_by(f64::total_cmp);
    values[((values.len() - 1) as f64 * part).ceil() as usize]
}

fn frontal(row: &Truth) -> bool {
    ["yaw", "pitch", "roll"].iter().all(|angle| row.number(angle) == 0.0)
}

#[test]
fn exactly_one_face_on_every_picture_of_one_person() {
    let mut counted = 0;
    for row in TRUTH.iter().filter(|row| row.number("n_faces") == 1.0) {
        assert_eq!(row.report().faces().len(), 1, "{}", row.file());
        assert!(!has_error(row.report(), Code::FaceNotFound), "{}", row.file());
        counted += 1;
    }
    assert_eq!(counted, 202);
}

/// Whatever the pose, the distance, the light. The iris network misreads the narrow painted eyes of one of the seven.
#[test]
fn distance_between_the_pupils() {
    let mut counted = 0;
    let mut errors = Vec::new();
    for row in ["grid", "size", "distance", "light"].into_iter().flat_map(group) {
        let allowed = if row.text("identity") == "p3" { 0.055 } else { 0.03 };
        let error = distance_error(row);
        assert!(error.abs() <= allowed, "{}: off by {:.1} %", row.file(), 100.0 * error);
        errors.push(error.abs());
        counted += 1;
    }
    assert_eq!(counted, 180);
    assert!(percentile(&mut errors, 0.5) <= 0.0125 && percentile(&mut errors, 0.95) <= 0.04, "{errors:?}");
}

/// Pupils that cannot be seen are taken to be in the middle of the eye, and the report says so.
#[test]
fn distance_between_pupils_that_are_hidden() {
    let mut counted = [0, 0];
    for row in group("expression").into_iter().chain(group("occlusion")) {
        let hidden = row.text("eyes_closed") == "both" || row.text("sunglasses") == "1";
        let error = distance_error(row);
        assert!(error.abs() <= 0.035, "{}: off by {:.1} %", row.file(), 100.0 * error);
        if hidden {
            assert_eq!(face(row).pupils, PupilSource::EyeContour, "{}", row.file());
        }
        counted[usize::from(hidden)] += 1;
    }
    assert_eq!(counted, [10, 4]);
    let visible = ["grid", "size", "distance", "light"].into_iter().flat_map(group);
    let guessed = visible.filter(|row| face(row).pupils != PupilSource::Iris).count();
    assert!(guessed <= 4, "{guessed} of 180");
}

/// The figures of the README, over all rows whose truth is known and whose angles are up to 35 degrees: what each person's own zero of
/// pitch is, is taken away.
#[test]
fn mean_errors_of_the_angles() {
    let mut errors: BTreeMap<&str, [Vec<f64>; 3]> = BTreeMap::new();
    for row in ["grid", "size", "distance", "light", "expression", "occlusion"].into_iter().flat_map(group) {
        let truth = ["yaw", "pitch", "roll"].map(|angle| row.number(angle));
        if truth.iter().any(|angle| angle.abs() > 35.0) {
            continue;
        }
        let pose = face(row).pose.unwrap();
        let of_identity = errors.entry(row.text("identity")).or_default();
        for (errors, error) in of_identity.iter_mut().zip([pose.yaw - truth[0], pose.pitch - truth[1], pose.roll - truth[2]]) {
            errors.push(error);
        }
    }
    let mean = |values: &[f64]| values.iter().sum::<f64>() / values.len() as f64;
    let absolute = |errors: Vec<f64>| mean(&errors.iter().map(|error| error.abs()).collect::<Vec<_>>());
    let all = |angle: usize| errors.values().flat_map(|errors| errors[angle].clone()).collect::<Vec<_>>();
    let own_zero = errors.values().flat_map(|errors| errors[1].iter().map(|error| error - mean(&errors[1]))).collect::<Vec<_>>();
    assert_eq!((errors.len(), own_zero.len()), (7, 170));
    let found = [absolute(all(0)), absolute(all(1)), absolute(all(2)), absolute(own_zero)];
    for (found, allowed) in found.into_iter().zip([1.0, 3.2, 0.4, 1.4]) {
        assert!(found <= allowed, "{found} > {allowed}");
    }
}

/// Neither silence nor an error on the wrong side of a limit, for truths that are 4 degrees from it; in between there are warnings.
#[test]
fn decisions_on_yaw_and_roll() {
    let mut counted = [0, 0];
    for row in group("grid") {
        for (angle, rule, limit) in [("yaw", Rule::HeadPoseYaw, 25.0), ("roll", Rule::HeadPoseRoll, 35.0)] {
            let finding = row.report().findings().iter().find(|finding| finding.rule == rule);
            match row.number(angle).abs() - limit {
                inside if inside <= -4.0 => {
                    assert!(finding.is_none_or(|finding| finding.severity < Severity::Error), "{}: {finding:?}", row.file());
                    counted[0] += 1;
                }
                outside if outside >= 4.0 => {
                    assert!(finding.is_some(), "{}: {angle}", row.file());
                    counted[1] += 1;
                }
                _ => {}
            }
        }
    }
    assert!(counted[0] >= 200 && counted[1] >= 30, "{counted:?}");
}

/// Yaw and roll of a head that looks straight ahead are near zero. What pitch is zero differs between heads as it does between
/// people.
#[test]
fn frontal_heads_read_frontal() {
    let mut counted = 0;
    for row in ["grid", "size", "distance"].into_iter().flat_map(group).filter(|row| frontal(row)) {
        let pose = face(row).pose.unwrap();
        assert!(pose.yaw.abs() <= 2.5, "{}: yaw {}", row.file(), pose.yaw);
        assert!((-2.0..=6.0).contains(&pose.pitch), "{}: pitch {}", row.file(), pose.pitch);
        assert!(pose.roll.abs() <= 1.0, "{}: roll {}", row.file(), pose.roll);
        counted += 1;
    }
    assert!(counted >= 26, "{counted}");
}

#[test]
fn sizes_around_the_limits() {
    let mut counted = [0, 0];
    for row in group("size") {
        let too_small = has_error(row.report(), Code::FaceTooSmall);
        match row.number("interpupillary_distance_px") {
            truth if truth <= 82.5 => {
                assert!(too_small, "{}", row.file());
                counted[0] += 1;
            }
            truth if truth >= 87.5 => {
                assert!(!too_small, "{}: {:?}", row.file(), row.report().findings());
                counted[1] += 1;
            }
            _ => {}
        }
    }
    assert!(counted[0] >= 4 && counted[1] >= 8, "{counted:?}");
}

/// On every rendered picture whose other angles are zero; where one eye is closed or hidden as well.
#[test]
fn roll_is_read_within_a_degree() {
    let mut counted = 0;
    let rows = ["grid", "size", "distance", "light", "expression", "occlusion"].into_iter().flat_map(group);
    for row in rows.filter(|row| row.number("yaw") == 0.0 && row.number("pitch") == 0.0) {
        let roll = face(row).pose.unwrap().roll;
        assert!((roll - row.number("roll")).abs() <= 1.0, "{}: {roll}", row.file());
        counted += 1;
    }
    assert!(counted >= 80, "{counted}");
}

#[test]
fn angles_have_the_documented_sign() {
    let mut counted = 0;
    for row in group("grid") {
        let pose = face(row).pose.unwrap();
        for (angle, found) in [("yaw", pose.yaw), ("pitch", pose.pitch), ("roll", pose.roll)] {
            let truth = row.number(angle);
            if truth.abs() >= 10.0 {
                assert!(found * truth > 0.0, "{}: {angle} {found}", row.file());
                counted += 1;
            }
        }
    }
    assert!(counted >= 90, "{counted}");
}

/// The left eye is the subject's: at the larger x of an upright face.
#[test]
fn eyes_are_named_by_the_subject() {
    for row in group("grid") {
        let face = face(row);
        for (found, name) in [(face.left_eye, "left_eye"), (face.right_eye, "right_eye")] {
            let (x, y) = (row.number(&format!("{name}_x")), row.number(&format!("{name}_y")));
            let off = (found.x - x).hypot(found.y - y);
            assert!(off < 0.08 * row.number("interpupillary_distance_px"), "{}: {name} off by {off} px", row.file());
        }
    }
}

#[test]
fn two_people_are_too_many_and_small_ones_behind_are_not() {
    let mut counted = 0;
    for row in group("derived") {
        match row.text("variant") {
            "two_faces" => {
                assert_eq!(row.report().faces().len(), 2, "{}", row.file());
                assert!(has_error(row.report(), Code::TooManyFaces), "{}", row.file());
                counted += 1;
            }
            "background_face" => {
                assert!(!has_error(row.report(), Code::TooManyFaces), "{}", row.file());
                assert_eq!(row.report().faces().len(), 1, "{}", row.file());
                counted += 1;
            }
            _ => {}
        }
    }
    assert!(counted >= 2, "{counted}");
}

#[test]
fn a_face_that_is_cut_off_is_cropped() {
    let mut counted = 0;
    for row in group("derived").into_iter().filter(|row| row.text("variant").starts_with("cropped")) {
        let report = row.report();
        // Where too much is missing for a face to be seen, that is said instead.
        let refused = has_error(report, Code::FaceCropped) || has_error(report, Code::FaceNotFound);
        assert!(refused, "{}: {:?}", row.file(), report.findings());
        counted += 1;
    }
    assert!(counted >= 3, "{counted}");
}

#[test]
fn no_face_is_not_found() {
    let empty = RgbImage::from_fn(640, 800, |x, y| image::Rgb([(x / 4) as u8, (y / 4) as u8, 120]));
    let report = check(&jpeg(&empty, 90));
    assert!(has_error(&report, Code::FaceNotFound));
    assert_eq!(report.verdict(), Verdict::Retake);
    for row in group("derived").into_iter().filter(|row| row.number("n_faces") == 0.0) {
        assert!(has_error(row.report(), Code::FaceNotFound), "{}", row.file());
    }
}

/// Things that the detector takes for faces are unmasked by the mesh's presence score.
#[test]
fn objects_are_no_faces() {
    let mut counted = 0;
    for (name, report) in PHOTO_REPORTS.iter().filter(|(name, _)| name.starts_with("no_face/")) {
        assert!(report.faces().is_empty(), "{name}: {:?}", report.faces());
        assert!(has_error(report, Code::FaceNotFound), "{name}");
        counted += 1;
    }
    assert_eq!(counted, 6);
}

#[test]
fn compliant_photos_are_compliant_and_refused_ones_are_not() {
    let mut counted = [0, 0];
    for (name, report) in PHOTO_REPORTS.iter() {
        if name.starts_with("compliant/") {
            assert_eq!(report.verdict(), Verdict::Compliant, "{name}: {:?}", report.findings());
            counted[0] += 1;
        }
        if name.starts_with("refused/") {
            assert_eq!(report.verdict(), Verdict::Retake, "{name}");
            assert_eq!(report.faces().len(), 1, "{name}");
            assert!(has_error(report, Code::FaceTooSmall), "{name}");
            assert!(!has_error(report, Code::FaceNotFound), "{name}");
            counted[1] += 1;
        }
    }
    assert_eq!(counted, [2, 2]);
}

/// Published by others: 83.7 px between the pupils of `grace_hopper.jpg`, 43 px of `astronaut.png`.
#[test]
fn the_two_portraits_measure_what_is_known_of_them() {
    for (name, known) in [("refused/grace_hopper.jpg", 83.0), ("refused/astronaut.png", 43.0)] {
        let found = PHOTO_REPORTS[name].faces()[0].interpupillary_distance_px;
        assert!((found / known - 1.0).abs() < 0.04, "{name}: {found}");
    }
}

/// What a photo's header states and what is measured on it are of one and the same size.
#[test]
fn headers_are_of_the_upright_picture() {
    for (name, report) in PHOTO_REPORTS.iter() {
        assert_eq!(&probe(&read(&format!("photos/{name}"))).unwrap(), report.header(), "{name}");
    }
}
