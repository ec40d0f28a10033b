//! What a report says against what is known of the picture.

use face_precheck::{Cause, Engine, Face, Finding, Point, Profile, Range, Report, Rule, Severity};

use crate::labels::{Angle, Label};
use crate::turn::difference;

/// A picture's report against its label.
#[derive(Debug)]
pub(crate) struct Comparison<'a> {
    pub(crate) label: &'a Label,
    /// Faces that the report states.
    pub(crate) reported: usize,
    /// The labelled face as it was found; without labelled eyes the main one.
    pub(crate) face: Option<Face>,
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
    /// The truth is within the limits.
    pub(crate) inside: bool,
    /// The truth is too close to a limit for the decision to be held against anyone.
    pub(crate) close: bool,
    /// There is an error of this rule.
    pub(crate) refused: bool,
    /// There is a finding of this rule with cause `near-limit`.
    pub(crate) near_limit: bool,
}

impl Decision {
    pub(crate) const fn wrong(&self) -> bool {
        !self.close && self.inside == self.refused
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
            reported: faces.len(),
            face: place.map(|place| faces[place].clone()),
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
                        inside: range.contains(truth),
                        close: is_close(rule, truth, &range, band),
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
        match (&self.face, self.label.eyes) {
            (Some(_), _) => 1 + others.min(self.reported - 1),
            (None, Some(_)) => others.min(self.reported),
            (None, None) => 0,
        }
    }

    /// Faces that are there and were not found; 0 where their number is not known.
    pub(crate) fn missed(&self) -> usize {
        self.label.n_faces.map_or(0, |expected| expected - self.found())
    }

    /// Faces that were found and are not there; 0 where their number is not known.
    pub(crate) fn extra(&self) -> usize {
        self.label.n_faces.map_or(0, |_| self.reported - self.found())
    }

    /// Whether the labelled face or a decision about it is not what it should be.
    pub(crate) fn wrong(&self) -> bool {
        self.missed() + self.extra() > 0 || self.decisions.iter().any(Decision::wrong)
    }

    /// The labelled face, if the library trusts its own measures.
    pub(crate) fn measured_face(&self) -> Option<&Face> {
        self.face.as_ref().filter(|face| face.pose.is_some())
    }

    pub(crate) fn angle(&self, angle: Angle) -> Option<f64> {
        self.face.as_ref()?.pose.as_ref().map(|pose| angle.of(pose))
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

    /// Looks for the face in the mirrored picture, given as a file.
    pub(crate) fn with_mirror(mut self, engine: &Engine, mirrored: &[u8], width: f64, profile: &Profile) -> Self {
        if let Some(face) = self.measured_face() {
            let faces = engine.check(mirrored, profile).map(|report| report.faces().to_vec()).unwrap_or_default();
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

fn is_close(rule: Rule, truth: f64, range: &Range, band: f64) -> bool {
    let of_limit = |limit: f64| if rule == Rule::InterpupillaryDistance { limit.abs() / 100.0 } else { 1.0 };
    [range.min, range.max].into_iter().flatten().any(|limit| (truth - limit).abs() < band * of_limit(limit))
}
