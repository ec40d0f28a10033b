//! Header + faces + [`Profile`] -> findings. Pure: every decision that the crate makes about a picture is on this page.

use crate::face::Face;
use crate::header::{Format, Header, Orientation};
use crate::hint::{Border, Hint};
use crate::profile::{FaceSize, Profile, Range};
use crate::report::{Cause, Finding, Rule, Severity, Unit};

/// The receiver's face box is not known to better than this share of the limit: a box that misses it by less, on a face whose
/// pupils are far enough apart, is a warning.
const FACE_BOX_UNCERTAINTY: f64 = 0.1;

/// Landmarks of a whole face may lie outside the picture by this share of the hull before it counts as cut off.
const HULL_TOLERANCE: f64 = 0.02;

/// From this relative size on, a face has no use for moving closer.
const FILLS_THE_PICTURE: f64 = 0.5;

/// The faces by size, the main one first, without small ones in the background. The main face always stays, so that it can be
/// reported as too small rather than as missing.
pub(crate) fn rank(mut faces: Vec<Face>, header: &Header, profile: &Profile) -> Vec<Face> {
    faces.sort_by(|a, b| b.size_px.total_cmp(&a.size_px));
    let smallest = profile.single_face.map_or(0.0, |single| single.detectable_face_size_relative);
    let mut main = true;
    faces.retain(|face| std::mem::take(&mut main) || relative_size(face, header) >= smallest);
    faces
}

/// All rules of the profile that are not met, in the order of [`Rule::ALL`]. `faces` are ranked.
pub(crate) fn judge(header: &Header, faces: &[Face], profile: &Profile) -> Vec<Finding> {
    let judge = Judge { header, faces, profile };
    let mut findings = judge.file();
    if profile.concerns_faces() {
        findings.extend(judge.faces());
    }
    findings.sort_by_key(|finding| finding.rule);
    findings
}

/// The larger of box width over picture width and box height over picture height.
fn relative_size(face: &Face, header: &Header) -> f64 {
    (face.bounds.width / f64::from(header.width())).max(face.bounds.height / f64::from(header.height()))
}

struct Judge<'a> {
    header: &'a Header,
    faces: &'a [Face],
    profile: &'a Profile,
}

impl Judge<'_> {
    fn file(&self) -> Vec<Finding> {
        let Self { header, profile, .. } = *self;
        let (width, height) = (f64::from(header.width()), f64::from(header.height()));
        [
            self.format(),
            profile.orientation.filter(|_| header.orientation != Orientation::Upright).map(|demand| Finding {
                rule: Rule::Orientation,
                severity: demand.severity,
                cause: not_accepted(header.orientation.exif().to_string(), vec!["1".into()]),
                unit: None,
                fixable: true,
                hint: Hint::StoreUpright.to_string(),
            }),
            profile.metadata.zip(Some(header.metadata.kinds())).filter(|(_, kinds)| !kinds.is_empty()).map(|(demand, kinds)| {
                Finding {
                    rule: Rule::Metadata,
                    severity: demand.severity,
                    cause: not_accepted(kinds.join(", "), Vec::new()),
                    unit: None,
                    fixable: true,
                    hint: Hint::RemoveMetadata.to_string(),
                }
            }),
            #[allow(clippy::cast_precision_loss, reason = "a file's size is well under 2^53 bytes")]
            outside(Rule::FileSize, profile.file_size, header.file_size as f64, Unit::Bytes, true, |_| Hint::ReduceFileSize),
            self.side(Rule::Width, profile.width, width),
            self.side(Rule::Height, profile.height, height),
            outside(Rule::RecommendedHeight, profile.recommended_height, height, Unit::Pixels, true, |range| {
                Hint::HeightRecommended { pixels: range.max.unwrap_or(height) }
            }),
            self.jpeg_quality(),
        ]
        .into_iter()
        .flatten()
        .collect()
    }

    fn faces(&self) -> Vec<Finding> {
        let Self { faces, profile, .. } = *self;
        let Some(face) = faces.first() else {
            return self.no_face();
        };
        let mut findings = Vec::new();
        findings.extend(self.single_face());
        findings.extend(self.face_size(face));
        let distance = face.interpupillary_distance_px;
        findings.extend(outside(
            Rule::InterpupillaryDistance,
            profile.interpupillary_distance,
            distance,
            Unit::Pixels,
            false,
            |range| match range {
                range if range.max.is_some_and(|max| distance > max) => Hint::UseLargerPicture,
                range if range.contains(face.inter_eye_distance_px) => Hint::FaceCameraForDistance,
                _ => self.hint_for_small_face(face),
            },
        ));
        findings.extend(self.pose(face));
        findings.extend(self.borders(face));
        findings
    }

    fn format(&self) -> Option<Finding> {
        let demand = self.profile.format.as_ref()?;
        if demand.accepted.contains(&self.header.format) {
            return None;
        }
        Some(Finding {
            rule: Rule::Format,
            severity: demand.severity,
            cause: not_accepted(self.header.format.id(), demand.accepted.iter().map(|format| format.id().into()).collect()),
            unit: None,
            fixable: demand.accepted.iter().any(|format| matches!(format, Format::Jpeg | Format::Png)),
            hint: Hint::SaveAs { accepted: demand.accepted.clone() }.to_string(),
        })
    }

    /// Too many pixels can be reduced, unless what is left of a side or of the face is then too small. Too few stay too few:
    /// nothing is ever enlarged.
    fn side(&self, rule: Rule, range: Option<Range>, pixels: f64) -> Option<Finding> {
        let too_large = range?.max.is_some_and(|max| pixels > max);
        let fixable = too_large && self.survives_reduction();
        outside(rule, range, pixels, Unit::Pixels, fixable, |_| match (too_large, fixable) {
            (true, true) => Hint::ReduceDimensions,
            (true, false) => Hint::ReducingLosesTheFace,
            (false, _) => Hint::UseLargerPicture,
        })
    }

    /// Whether the picture, reduced until both sides are accepted, still meets every demand on size that it meets now.
    fn survives_reduction(&self) -> bool {
        let Self { header, profile, faces } = *self;
        let sides = [(profile.width, header.width()), (profile.height, header.height())];
        let scale = sides.iter().filter_map(|(range, pixels)| Some((*range)?.max? / f64::from(*pixels))).fold(1.0, f64::min);
        let sides_survive = sides.iter().all(|(range, pixels)| {
            range.and_then(|range| range.min).is_none_or(|min| (f64::from(*pixels) * scale).round() >= min)
        });
        let face_survives = faces.first().is_none_or(|face| {
            let keeps = |value: f64, min: Option<f64>| min.is_none_or(|min| value < min || value * scale >= min);
            keeps(face.size_px, profile.face_size.and_then(|size| size.min))
                && keeps(face.interpupillary_distance_px, profile.interpupillary_distance.and_then(|range| range.min))
        });
        sides_survive && face_survives
    }

    fn jpeg_quality(&self) -> Option<Finding> {
        let quality = self.header.jpeg?.quality;
        let range = self.profile.jpeg_quality?;
        let Some(quality) = quality else {
            return Some(not_assessed(Rule::JpegQuality, range.severity, &Hint::UseOriginal));
        };
        let hint = |_: &Range| Hint::UseOriginal;
        let finding = outside(Rule::JpegQuality, Some(range), quality.value.into(), Unit::Quality, false, hint)?;
        Some(near_limit(finding, quality.uncertainty().into()))
    }

    /// Without a face only its absence is reported, unless the profile does not ask for one: then nothing that it asks of a face
    /// could be assessed, and what is not assessed does not pass.
    fn no_face(&self) -> Vec<Finding> {
        if let Some(demand) = self.profile.face_present {
            return vec![Finding {
                rule: Rule::FacePresent,
                severity: demand.severity,
                cause: Cause::OutOfRange { measured: 0.0, required: Range::at_least(1.0) },
                unit: Some(Unit::Faces),
                fixable: false,
                hint: Hint::ShowFace.to_string(),
            }];
        }
        Rule::ALL
            .into_iter()
            .filter(|rule| rule.concerns_faces() && *rule != Rule::SingleFace)
            .filter_map(|rule| Some(not_assessed(rule, self.profile.severity(rule)?, &Hint::ShowFace)))
            .collect()
    }

    fn single_face(&self) -> Option<Finding> {
        let demand = self.profile.single_face?;
        let only_one = Range { severity: demand.severity, ..Range::at_most(1.0) };
        #[allow(clippy::cast_precision_loss, reason = "a handful of faces")]
        outside(Rule::SingleFace, Some(only_one), self.faces.len() as f64, Unit::Faces, false, |_| Hint::BeAlone)
    }

    fn face_size(&self, face: &Face) -> Vec<Finding> {
        let Some(FaceSize { min, min_relative, severity }) = self.profile.face_size else { return Vec::new() };
        let at_least = |min: Option<f64>| min.map(|min| Range::at_least(min).with_severity(severity));
        let hint = |_: &Range| self.hint_for_small_face(face);
        let absolute = outside(Rule::FaceSize, at_least(min), face.size_px, Unit::Pixels, false, hint);
        let eyes_far_enough =
            self.profile.interpupillary_distance.is_some_and(|range| range.contains(face.interpupillary_distance_px));
        let uncertainty = if eyes_far_enough { FACE_BOX_UNCERTAINTY * min.unwrap_or_default() } else { 0.0 };
        let absolute = absolute.map(|finding| near_limit(finding, uncertainty));

        let relative = (relative_size(face, self.header) * 1000.0).round() / 1000.0;
        let relative = outside(Rule::FaceSize, at_least(min_relative), relative, Unit::Ratio, false, |_| Hint::MoveCloser);
        absolute.into_iter().chain(relative).collect()
    }

    fn hint_for_small_face(&self, face: &Face) -> Hint {
        if relative_size(face, self.header) >= FILLS_THE_PICTURE { Hint::UseHigherResolution } else { Hint::MoveCloser }
    }

    fn pose(&self, face: &Face) -> Vec<Finding> {
        type Angle = fn(&crate::face::HeadPose) -> f64;
        let axes: [(Rule, Option<Range>, Angle, Hint, Hint); 3] = [
            (Rule::HeadPoseYaw, self.profile.head_pose_yaw, |pose| pose.yaw, Hint::TurnLeft, Hint::TurnRight),
            (Rule::HeadPosePitch, self.profile.head_pose_pitch, |pose| pose.pitch, Hint::LowerChin, Hint::RaiseChin),
            (
                Rule::HeadPoseRoll,
                self.profile.head_pose_roll,
                |pose| pose.roll,
                Hint::TiltToRightShoulder,
                Hint::TiltToLeftShoulder,
            ),
        ];
        let judged = axes.into_iter().filter_map(|(rule, range, angle, when_under, when_over)| {
            let Some(pose) = &face.pose else {
                return Some(not_assessed(rule, range?.severity, &Hint::FaceNotMeasured));
            };
            let angle = angle(pose);
            outside(rule, range, angle, Unit::Degrees, false, |range| {
                if range.min.is_some_and(|min| angle < min) { when_under } else { when_over }
            })
        });
        judged.collect()
    }

    /// A face that is cut off is not reported as close to the border as well.
    fn borders(&self, face: &Face) -> Option<Finding> {
        let (width, height) = (f64::from(self.header.width()), f64::from(self.header.height()));
        let room = |rect: &crate::geometry::Rect| {
            [
                (Border::Left, rect.x),
                (Border::Top, rect.y),
                (Border::Right, width - rect.right()),
                (Border::Bottom, height - rect.bottom()),
            ]
        };
        let under = |rooms: [(Border, f64); 4], least: f64| -> Vec<Border> {
            rooms.into_iter().filter(|&(_, room)| room.is_nan() || room < least).map(|(border, _)| border).collect()
        };
        if let Some(demand) = self.profile.face_inside {
            let cut = under(room(&face.hull), -HULL_TOLERANCE * face.hull.smaller_side());
            if !cut.is_empty() {
                let outside = room(&face.hull).into_iter().map(|(_, room)| room).fold(f64::INFINITY, f64::min);
                return Some(Finding {
                    rule: Rule::FaceInside,
                    severity: demand.severity,
                    cause: Cause::OutOfRange {
                        measured: crate::geometry::tenth(outside),
                        required: Range::at_least(0.0).with_severity(demand.severity),
                    },
                    unit: Some(Unit::Pixels),
                    fixable: false,
                    hint: Hint::ShowWholeFace { cut }.to_string(),
                });
            }
        }
        let least = room(&face.bounds).into_iter().map(|(_, room)| room).fold(f64::INFINITY, f64::min);
        let least = crate::geometry::tenth(least);
        outside(Rule::FacePadding, self.profile.face_padding, least, Unit::Pixels, false, |range| Hint::LeaveRoom {
            tight: under(room(&face.bounds), range.min.unwrap_or_default()),
        })
    }
}

/// A finding if the rule is demanded and the value is outside its bounds.
fn outside(
    rule: Rule,
    range: Option<Range>,
    measured: f64,
    unit: Unit,
    fixable: bool,
    hint: impl FnOnce(&Range) -> Hint,
) -> Option<Finding> {
    let required = range?;
    if required.contains(measured) {
        return None;
    }
    let cause = if measured.is_nan() { Cause::NotAssessed } else { Cause::OutOfRange { measured, required } };
    let hint = hint(&required).to_string();
    Some(Finding { rule, severity: required.severity, cause, unit: Some(unit), fixable, hint })
}

/// Turns a failure that is smaller than the measurement's uncertainty into a warning.
fn near_limit(finding: Finding, uncertainty: f64) -> Finding {
    match finding.cause {
        Cause::OutOfRange { measured, required }
            if required.contains(measured + uncertainty) || required.contains(measured - uncertainty) =>
        {
            Finding {
                severity: finding.severity.min(Severity::Warning),
                cause: Cause::NearLimit { measured, required, uncertainty },
                ..finding
            }
        }
        _ => finding,
    }
}

fn not_accepted(measured: impl Into<String>, required: Vec<String>) -> Cause {
    Cause::NotAccepted { measured: measured.into(), required }
}

fn not_assessed(rule: Rule, severity: Severity, hint: &Hint) -> Finding {
    // What only advises is not worth an alarm when it could not be measured.
    let severity = if severity == Severity::Error { severity } else { Severity::Info };
    Finding { rule, severity, cause: Cause::NotAssessed, unit: None, fixable: false, hint: hint.to_string() }
}

#[cfg(test)]
mod tests;
