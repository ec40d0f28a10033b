//! Whether what passes one profile surely passes another.

use super::{FaceSize, NearLimit, Profile, Range};
use crate::rule::{Rule, Severity};

/// What is known of a width of doubt: its own of each measurement, or one that a profile sets.
type Uncertainty = Option<f64>;

impl Profile {
    /// The rules by which this profile may let pass what `other` refuses: errors there that are none here, or that have narrower bounds
    /// there. None, if this one is at least as strict. Warnings and infos never refuse anything, so they do not count, and neither do
    /// names; whether the two are about the same kind of picture is told by [`Profile::purpose`].
    ///
    /// Where it cannot be known (a width of doubt that one profile sets and the other leaves to the measurement) the rule is named.
    ///
    /// ```
    /// use face_precheck::{Profile, Range, Rule};
    ///
    /// let service = Profile::progeny_selfie();
    /// let mut ours = Profile::progeny_selfie();
    /// ours.head_pose_yaw = Some(Range::between(-15.0, 15.0));
    /// assert!(ours.laxer_than(&service).is_empty());
    /// assert_eq!(service.laxer_than(&ours), [Rule::HeadPoseYaw]);
    /// ```
    #[must_use]
    pub fn laxer_than(&self, other: &Self) -> Vec<Rule> {
        let refuses = |profile: &Self, rule| profile.severity(rule) == Some(Severity::Error);
        let demanded = Rule::ALL.iter().copied().filter(|&rule| refuses(other, rule));
        demanded.filter(|&rule| !refuses(self, rule) || !self.is_within(other, rule)).collect()
    }

    /// Whether the bounds of a rule that both hold as an error are as narrow here.
    fn is_within(&self, other: &Self, rule: Rule) -> bool {
        match rule {
            Rule::Format => {
                let accepted =
                    |profile: &Self| profile.format.as_ref().map(|formats| formats.accepted.clone()).unwrap_or_default();
                let theirs = accepted(other);
                accepted(self).iter().all(|format| theirs.contains(format))
            }
            Rule::SingleFace => {
                let from = |profile: &Self| profile.single_face.map(|single| single.detectable_face_size_relative);
                from(self) <= from(other)
            }
            Rule::FaceSize => {
                let is_within = |(ours, theirs): (FaceSize, FaceSize)| {
                    let bounds = |size: FaceSize| Range { min: size.min, ..Range::default() };
                    let relative = |size: FaceSize| Range { min: size.min_relative, ..Range::default() };
                    bounds(ours).is_inside(&bounds(theirs))
                        && relative(ours).is_inside(&relative(theirs))
                        && self.is_as_doubtful(ours.uncertainty, other, theirs.uncertainty)
                        && (ours.uncertainty == Some(0.0) || self.is_doubted_by_eyes_within(other))
                };
                self.face_size.zip(other.face_size).is_some_and(is_within)
            }
            rule => {
                let range = |profile: &Self| profile.ranges().find(|(named, _)| *named == rule).map(|(_, range)| range);
                match (range(self), range(other)) {
                    (Some(ours), Some(theirs)) => {
                        let doubt = |range: Range| match rule {
                            // What an estimate says of itself, whatever a profile says.
                            Rule::JpegQuality => None,
                            rule if rule.is_measured_with_uncertainty() => range.uncertainty,
                            _ => Some(range.uncertainty.unwrap_or_default()),
                        };
                        ours.is_inside(&theirs)
                            && self.is_as_doubtful(doubt(ours), other, doubt(theirs))
                            && (rule != Rule::EyesOpen || self.eyes_seen_from() >= other.eyes_seen_from())
                    }
                    // Demands that need no number.
                    (None, None) => true,
                    _ => false,
                }
            }
        }
    }

    /// Whether a face box that is just too small passes, for the sake of pupils that are far enough apart, only where it does there.
    fn is_doubted_by_eyes_within(&self, other: &Self) -> bool {
        let is_within = |ours: Range| other.interpupillary_distance.is_some_and(|theirs| ours.is_inside(&theirs));
        self.near_limit == NearLimit::Refuse || self.interpupillary_distance.is_none_or(is_within)
    }

    /// From which logit on eyes are seen, so that their lids are measured at all.
    fn eyes_seen_from(&self) -> f64 {
        self.eyes_visible.and_then(|range| range.min).unwrap_or_default()
    }

    /// Whether what is near a limit passes here only where it passes there, for limits that are as narrow.
    fn is_as_doubtful(&self, ours: Uncertainty, other: &Self, theirs: Uncertainty) -> bool {
        let none = |uncertainty: Uncertainty| uncertainty == Some(0.0);
        match (self.near_limit, other.near_limit) {
            // What passes here is inside by some margin, and there it need not even be inside.
            (NearLimit::Refuse, NearLimit::Warn) => true,
            // Outside passes within the doubt: with less of it, less does.
            (NearLimit::Warn, NearLimit::Warn) => {
                none(ours) || ours == theirs || ours.zip(theirs).is_some_and(|(ours, theirs)| ours <= theirs)
            }
            // Inside is refused within the doubt: with more of it, more is.
            (NearLimit::Refuse, NearLimit::Refuse) => {
                none(theirs) || ours == theirs || ours.zip(theirs).is_some_and(|(ours, theirs)| ours >= theirs)
            }
            (NearLimit::Warn, NearLimit::Refuse) => none(ours) && none(theirs),
        }
    }
}

impl Range {
    /// Whether every value inside these bounds is inside those.
    fn is_inside(&self, other: &Self) -> bool {
        let above = other.min.is_none_or(|theirs| self.min.is_some_and(|ours| ours >= theirs));
        let below = other.max.is_none_or(|theirs| self.max.is_some_and(|ours| ours <= theirs));
        above && below
    }
}
