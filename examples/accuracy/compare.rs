//! What a report says against what is known of the picture.

use std::error::Error;

use face_precheck::{Cause, Engine, Face, Finding, Point, Profile, Range, Report, Rule, Severity};
use image::RgbImage;

use crate::labels::{Angle, Label};
use crate::picture::mirrored_png;
use crate::turn::difference;

/// Why something could not be done.
pub(crate) type Failure = Box<dyn Error + Send + Sync>;

/// A picture and what came of it; it may be unreadable.
pub(crate) struct Outcome<'a> {
    pub(crate) label: &'a Label,
    pub(crate) comparison: Result<Comparison<'a>, Failure>,
}

/// A picture's report against its label.
#[derive(Debug)]
pub(crate) struct Comparison<'a> {
    pub(crate) label: &'a Label,
    /// The faces that the report states.
    pub(crate) faces: Vec<Face>,
    /// Which of them is the labelled one; without labelled eyes the main one.
    pub(crate) place: Option<usize>,
    /// Decisions at the profile's limits, where the truth is known.
    pub(crate) decisions: Vec<Decision>,
    /// Whether any finding about faces is within the measurement's uncertainty.
    pub(crate) near_limit: bool,
    /// How the labelled face was found in the mirrored picture, if it was looked for.
    pub(crate) mirror: Option<Mirror>,
}

/// What became of one rule whose truth is known.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Decision {
    pub(crate) rule: Rule,
    pub(crate) truth: f64,
    /// `None` where it could not be measured.
    pub(crate) measured: Option<f64>,
    /// Where the truth is.
    pub(crate) side: Side,
    /// There is an error of this rule.
    pub(crate) refused: bool,
    /// There is a finding of this rule with cause `near-limit`.
    pub(crate) near_limit: bool,
}

/// Where a truth is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Side {
    Inside,
    Outside,
    /// Too close to a limit for the decision to be held against anyone.
    Close,
}

impl Decision {
    pub(crate) const fn wrong(&self) -> bool {
        match self.side {
            Side::Inside => self.refused,
            // Who is told that a measure is too near to a limit to be sure of it is not told that it is inside.
            Side::Outside => !self.refused && !self.near_limit,
            Side::Close => false,
        }
    }
}

/// The labelled face in the mirrored picture.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Mirror {
    /// It was not found, or not measured.
    Lost,
    /// Degrees by which it is turned otherwise, by [`Angle`], and percent by which the distance between the pupils differs.
    Found([f64; 4]),
}

impl Mirror {
    pub(crate) const fn differences(&self) -> Option<[f64; 4]> {
        match self {
            Self::Lost => None,
            Self::Found(differences) => Some(*differences),
        }
    }
}

impl<'a> Comparison<'a> {
    /// `band` is how close to a limit a truth is not counted: degrees, or percent of the distance between the pupils.
    pub(crate) fn new(label: &'a Label, report: &Report, profile: &Profile, band: f64) -> Self {
        let faces = report.faces();
        let place = match label.eyes {
            Some(eyes) => faces.iter().position(|face| contains(face, eyes.middle())),
            None => (label.n_faces != Some(0) && !faces.is_empty()).then_some(0),
        };
        let near_limit = |finding: &Finding| matches!(finding.cause, Cause::NearLimit { .. });
        let mut comparison = Self {
            label,
            faces: faces.to_vec(),
            place,
            decisions: Vec::new(),
            near_limit: report.findings().iter().any(|finding| finding.rule.concerns_faces() && near_limit(finding)),
            mirror: None,
        };
        // Findings are about the main face.
        if place == Some(0) {
            comparison.decisions = limits(profile)
                .filter_map(|(rule, range)| {
                    let truth = comparison.truth(rule)?;
                    let of_rule = || report.findings().iter().filter(|finding| finding.rule == rule);
                    Some(Decision {
                        rule,
                        truth,
                        measured: comparison.measured(rule),
                        side: side(rule, truth, &range, band),
                        refused: of_rule().any(|finding| finding.severity == Severity::Error),
                        near_limit: of_rule().any(near_limit),
                    })
                })
                .collect();
        }
        comparison
    }

    /// Faces that are there and were found. With labelled eyes one of them has to be at their place.
    pub(crate) fn found(&self) -> usize {
        let expected = self.label.n_faces.unwrap_or_default();
        let Some(others) = expected.checked_sub(1) else { return 0 };
        match (self.face(), self.label.eyes) {
            (Some(_), _) => 1 + others.min(self.faces.len() - 1),
            (None, Some(_)) => others.min(self.faces.len()),
            (None, None) => 0,
        }
    }

    /// Faces that are there and were not found; 0 where their number is not known.
    pub(crate) fn missed(&self) -> usize {
        self.label.n_faces.map_or(0, |expected| expected - self.found())
    }

    /// Faces that were found and are not there; 0 where their number is not known.
    pub(crate) fn extra(&self) -> usize {
        self.label.n_faces.map_or(0, |_| self.faces.len() - self.found())
    }

    /// Whether the labelled face or a decision about it is not what it should be.
    pub(crate) fn wrong(&self) -> bool {
        self.missed() + self.extra() > 0 || self.decisions.iter().any(Decision::wrong)
    }

    /// The labelled face as it was found.
    pub(crate) fn face(&self) -> Option<&Face> {
        self.faces.get(self.place?)
    }

    /// The labelled face, if the library trusts its own measures.
    pub(crate) fn measured_face(&self) -> Option<&Face> {
        self.face().filter(|face| face.pose.is_some())
    }

    pub(crate) fn angle(&self, angle: Angle) -> Option<f64> {
        self.face()?.pose.as_ref().map(|pose| angle.of(pose))
    }

    /// Degrees, found less true.
    pub(crate) fn angle_error(&self, angle: Angle) -> Option<f64> {
        Some(difference(self.angle(angle)?, self.label.angles[angle as usize]?))
    }

    /// Whether no labelled angle is over `limit` degrees.
    pub(crate) fn is_turned_at_most(&self, limit: f64) -> bool {
        self.label.angles.iter().flatten().all(|degrees| degrees.abs() <= limit)
    }

    /// Percent of the true distance between the pupils.
    pub(crate) fn distance_error(&self) -> Option<f64> {
        let truth = self.label.eyes?.distance();
        Some(100.0 * (self.measured_face()?.interpupillary_distance_px / truth - 1.0))
    }

    /// Face size over the distance between the eyes that is corrected for yaw.
    pub(crate) fn size_ratio(&self) -> Option<f64> {
        self.measured_face().map(|face| face.size_px / face.inter_eye_distance_px)
    }

    /// Looks for the face in the picture mirrored left to right.
    pub(crate) fn with_mirror(mut self, engine: &Engine, picture: &RgbImage, profile: &Profile) -> Self {
        if let (Some(face), Some(mirrored)) = (self.measured_face(), mirrored_png(picture)) {
            let width = f64::from(picture.width());
            let faces = engine.check(&mirrored, profile).map(|report| report.faces().to_vec()).unwrap_or_default();
            let middle = Point::new(
                width - f64::midpoint(face.left_eye.x, face.right_eye.x),
                f64::midpoint(face.left_eye.y, face.right_eye.y),
            );
            let other = faces.iter().find(|other| contains(other, middle));
            self.mirror = Some(other.map_or(Mirror::Lost, |other| mirror(face, other)));
        }
        self
    }

    fn truth(&self, rule: Rule) -> Option<f64> {
        match Angle::ALL.into_iter().find(|angle| angle.rule() == rule) {
            Some(angle) => self.label.angles[angle as usize],
            None => self.label.eyes.map(|eyes| eyes.distance()),
        }
    }

    fn measured(&self, rule: Rule) -> Option<f64> {
        match Angle::ALL.into_iter().find(|angle| angle.rule() == rule) {
            Some(angle) => self.angle(angle),
            None => self.measured_face().map(|face| face.interpupillary_distance_px),
        }
    }
}

fn mirror(face: &Face, mirrored: &Face) -> Mirror {
    let (Some(pose), Some(other)) = (&face.pose, &mirrored.pose) else { return Mirror::Lost };
    Mirror::Found([
        difference(pose.yaw, -other.yaw),
        difference(pose.pitch, other.pitch),
        difference(pose.roll, -other.roll),
        100.0 * (mirrored.interpupillary_distance_px / face.interpupillary_distance_px - 1.0),
    ])
}

fn contains(face: &Face, point: Point) -> bool {
    let bounds = &face.bounds;
    (bounds.x..=bounds.right()).contains(&point.x) && (bounds.y..=bounds.bottom()).contains(&point.y)
}

/// The limits whose decisions are compared.
pub(crate) fn limits(profile: &Profile) -> impl Iterator<Item = (Rule, Range)> {
    [
        (Rule::HeadPoseYaw, profile.head_pose_yaw),
        (Rule::HeadPosePitch, profile.head_pose_pitch),
        (Rule::HeadPoseRoll, profile.head_pose_roll),
        (Rule::InterpupillaryDistance, profile.interpupillary_distance),
    ]
    .into_iter()
    .filter_map(|(rule, range)| Some((rule, range?)))
}

fn side(rule: Rule, truth: f64, range: &Range, band: f64) -> Side {
    let unit = |limit: f64| if rule == Rule::InterpupillaryDistance { limit.abs() / 100.0 } else { 1.0 };
    match [range.min, range.max].into_iter().flatten().any(|limit| (truth - limit).abs() < band * unit(limit)) {
        true => Side::Close,
        false if range.contains(truth) => Side::Inside,
        false => Side::Outside,
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use std::path::{Path, PathBuf};
    use std::sync::LazyLock;

    use super::*;
    use crate::labels::Eyes;
    use crate::picture::upright;

    static ENGINE: LazyLock<Engine> = LazyLock::new(|| Engine::new().unwrap());

    const BAND: f64 = 3.0;

    pub(crate) fn label() -> Label {
        Label {
            path: PathBuf::new(),
            file: "a.jpg".into(),
            set: "some".into(),
            identity: None,
            n_faces: Some(1),
            angles: [None; 3],
            eyes: None,
        }
    }

    fn bytes(name: &str) -> Vec<u8> {
        std::fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/rendered").join(name)).unwrap()
    }

    /// The report on a rendered head.
    pub(crate) fn report(name: &str) -> Report {
        ENGINE.check(&bytes(name), &Profile::progeny_selfie()).unwrap()
    }

    /// Eyes on a level.
    const fn eyes(right_x: f64, left_x: f64, y: f64) -> Eyes {
        Eyes { left: Point::new(left_x, y), right: Point::new(right_x, y) }
    }

    pub(crate) fn compare<'a>(label: &'a Label, report: &Report) -> Comparison<'a> {
        Comparison::new(label, report, &Profile::progeny_selfie(), BAND)
    }

    #[test]
    fn a_labelled_face_counts_only_at_its_place() {
        let report = report("p1_p4_two_faces.jpg");
        let (first, second) = (Some(eyes(323.8, 453.8, 393.3)), Some(eyes(986.2, 1116.2, 393.3)));
        let nowhere = Some(eyes(100.0, 200.0, 900.0));
        for (n_faces, eyes, expected) in [
            (Some(2), first, (2, 0, 0)),
            (Some(2), second, (2, 0, 0)),
            (Some(1), second, (1, 0, 1)),
            (Some(1), nowhere, (0, 1, 2)),
            (Some(2), nowhere, (1, 1, 1)),
            (Some(3), first, (2, 1, 0)),
            (Some(3), None, (2, 1, 0)),
            (Some(0), None, (0, 0, 2)),
            (None, first, (0, 0, 0)),
        ] {
            let label = Label { n_faces, eyes, ..label() };
            let comparison = compare(&label, &report);
            assert_eq!((comparison.found(), comparison.missed(), comparison.extra()), expected, "{n_faces:?} {eyes:?}");
            assert_eq!(comparison.wrong(), expected.1 + expected.2 > 0);
            assert_eq!(comparison.face().is_some(), n_faces != Some(0) && eyes != nowhere);
            assert_eq!(comparison.distance_error().is_some(), eyes.is_some() && eyes != nowhere);
        }
        // Findings are about the main face alone.
        let of = |eyes| compare(&Label { eyes, ..label() }, &report).decisions.len();
        assert_eq!(of(first) + of(second), 1);
    }

    #[test]
    fn decisions_are_held_against_the_truth() {
        let refused = report("p1_y+30_p+00_r+00.jpg");
        let accepted = report("p1_y+15_p+00_r+00.jpg");
        for (report, truth, wrong) in [
            (&refused, 30.0, false),
            (&refused, 27.0, false),
            (&refused, 24.0, false),
            (&refused, 10.0, true),
            (&accepted, 10.0, false),
            (&accepted, 24.0, false),
            (&accepted, 27.0, false),
            (&accepted, 30.0, true),
            (&accepted, -30.0, true),
        ] {
            let label = Label { angles: [Some(truth), None, None], ..label() };
            let comparison = compare(&label, report);
            let [decision] = &comparison.decisions[..] else { panic!("{:?}", comparison.decisions) };
            assert_eq!((decision.wrong(), comparison.wrong()), (wrong, wrong), "{truth}");
            assert_eq!((decision.rule, decision.measured), (Rule::HeadPoseYaw, comparison.angle(Angle::Yaw)));
        }
    }

    #[test]
    fn a_truth_is_close_within_the_band_of_either_limit() {
        use Side::{Close, Inside, Outside};
        let angles = Range::between(-25.0, 25.0);
        for (truth, expected) in
            [(-28.0, Outside), (-27.9, Close), (-22.1, Close), (22.0, Inside), (25.0, Close), (28.0, Outside)]
        {
            assert_eq!(side(Rule::HeadPosePitch, truth, &angles, BAND), expected, "{truth}");
        }
        let distance = Range::at_least(100.0);
        for (truth, expected) in [(96.9, Outside), (97.1, Close), (102.9, Close), (103.1, Inside)] {
            assert_eq!(side(Rule::InterpupillaryDistance, truth, &distance, BAND), expected, "{truth}");
        }
        assert_eq!(side(Rule::HeadPosePitch, 25.0, &angles, 0.0), Inside);
    }

    #[test]
    fn errors_are_what_was_found_less_the_truth() {
        let report = report("p1_y+00_p+00_r+00.jpg");
        let label = Label { angles: [Some(5.0), Some(-170.0), None], eyes: Some(eyes(295.0, 425.0, 393.3)), ..label() };
        let comparison = compare(&label, &report);
        let face = comparison.face().unwrap();
        let pose = face.pose.unwrap();
        assert!((comparison.angle_error(Angle::Yaw).unwrap() - (pose.yaw - 5.0)).abs() < 1e-9);
        assert!((comparison.angle_error(Angle::Pitch).unwrap() - (pose.pitch + 170.0)).abs() < 1e-9);
        assert_eq!(comparison.angle_error(Angle::Roll), None);
        let error = comparison.distance_error().unwrap();
        assert!((face.interpupillary_distance_px - 130.0 * (1.0 + error / 100.0)).abs() < 1e-9);
        assert!(!comparison.is_turned_at_most(35.0) && comparison.is_turned_at_most(170.0));
    }

    #[test]
    fn a_mirrored_face_is_itself() {
        let name = "p1_y+15_p-10_r-10.jpg";
        let report = report(name);
        let picture = upright(&bytes(name), report.header()).unwrap();
        let label = label();
        let comparison = compare(&label, &report).with_mirror(&ENGINE, &picture, &Profile::progeny_selfie());
        let differences = comparison.mirror.unwrap().differences().unwrap();
        assert!(differences.iter().all(|difference| difference.abs() < 5.0), "{differences:?}");
        // A picture without it.
        let nothing = RgbImage::new(720, 960);
        let comparison = compare(&label, &report).with_mirror(&ENGINE, &nothing, &Profile::progeny_selfie());
        assert_eq!(comparison.mirror, Some(Mirror::Lost));
    }
}
