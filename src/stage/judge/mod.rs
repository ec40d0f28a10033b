//! Header + faces + [`Measures`] + [`Profile`] -> findings. Pure: every decision that the crate makes about a picture is on these pages.

mod quality;

use crate::face::{Face, HeadPose};
use crate::geometry::{Rect, Turn, tenth};
use crate::header::{Format, Header, Orientation};
use crate::hint::{Border, Message};
use crate::measures::Measures;
use crate::profile::{FaceSize, Profile, Range, RecommendedHeight};
use crate::reduction::{Scales, windows};
use crate::report::{Cause, Finding, Unit};
use crate::rule::{Rule, Severity};

/// Landmarks of a whole face may lie outside the picture by this share of the hull before it counts as cut off.
const HULL_TOLERANCE: f64 = 0.02;

/// Nobody tilts their head further than this, in degrees: the picture lies on its side.
const LYING: f64 = 65.0;

/// From this relative size on, a face has no use for moving closer.
const FILLS_THE_PICTURE: f64 = 0.5;

/// However small a face is in the picture, one of at least this part of the main face's size is no background.
const COMPARABLE: f64 = 0.5;

/// The faces by size, the main one first, without small ones in the background. What may be no face at all comes after what surely is
/// one. The main face always stays, so that it can be reported as too small rather than as missing.
pub(crate) fn rank<T: AsRef<Face>>(mut faces: Vec<T>, header: &Header, profile: &Profile) -> Vec<T> {
    faces.sort_by(|a, b| {
        let (a, b) = (a.as_ref(), b.as_ref());
        b.is_reliable().cmp(&a.is_reliable()).then(b.size_px.total_cmp(&a.size_px))
    });
    let smallest = profile.single_face.map_or(0.0, |single| single.detectable_face_size_relative);
    let main_size = faces.first().map_or(0.0, |main| main.as_ref().size_px);
    let mut main = true;
    faces.retain(|face| {
        let face = face.as_ref();
        std::mem::take(&mut main) || relative_size(face, header) >= smallest || face.size_px >= COMPARABLE * main_size
    });
    faces
}

/// The turn that brings the main face upright, if it lies on a side or on its head.
pub(crate) fn lying(main: &Face) -> Option<Turn> {
    let roll = main.pose.filter(|_| main.is_sure())?.roll;
    if roll.abs() <= LYING {
        None
    } else if roll.abs() > 135.0 {
        Some(Turn::Half)
    } else {
        Some(if roll > 0.0 { Turn::Quarter } else { Turn::ThreeQuarters })
    }
}

/// All rules of the profile that are not met, in the order of [`Rule::ALL`]. `faces` are ranked, and `measures` are of the first
/// one: `None` where it could not be measured, or no rule is about them.
pub(crate) fn judge(header: &Header, faces: &[Face], measures: Option<&Measures>, profile: &Profile) -> Vec<Finding> {
    let judge = Judge { header, faces, measures, profile };
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

/// What is left of a picture that is reduced.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Reduction {
    /// All that it is now.
    Survived,
    /// The face is then too small.
    LosesTheFace,
    /// The other side is then too small.
    LosesASide,
}

/// Which bound is missed, or near.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Bound {
    Lower,
    Upper,
}

/// What was measured of a face, against what.
#[derive(Clone, Copy)]
struct Measured {
    rule: Rule,
    range: Option<Range>,
    value: f64,
    uncertainty: f64,
    unit: Unit,
}

struct Judge<'a> {
    header: &'a Header,
    faces: &'a [Face],
    measures: Option<&'a Measures>,
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
                hint: if header.is_stored_upright() { Message::DropOrientation } else { Message::StoreUpright }.into(),
            }),
            profile.upright.filter(|_| header.turn != Turn::None).map(|demand| Finding {
                rule: Rule::Upright,
                severity: demand.severity,
                cause: Cause::OutOfRange {
                    measured: header.turn.signed_degrees(),
                    required: Range::between(0.0, 0.0).with_severity(demand.severity),
                },
                unit: Some(Unit::Degrees),
                fixable: true,
                hint: if header.is_stored_upright() { Message::DropOrientation } else { header.turn.into() }.into(),
            }),
            profile.hdr_gain_map.filter(|_| header.metadata.gain_map).map(|demand| Finding {
                rule: Rule::HdrGainMap,
                severity: demand.severity,
                cause: not_accepted("HDR gain map", Vec::new()),
                unit: None,
                fixable: true,
                hint: Message::GainMapIsLost.into(),
            }),
            profile.metadata.zip(Some(header.metadata.kinds())).filter(|(_, kinds)| !kinds.is_empty()).map(|(demand, kinds)| {
                Finding {
                    rule: Rule::Metadata,
                    severity: demand.severity,
                    cause: not_accepted(kinds.join(", "), Vec::new()),
                    unit: None,
                    fixable: true,
                    hint: Message::RemoveMetadata.into(),
                }
            }),
            #[allow(clippy::cast_precision_loss, reason = "a file's size is well under 2^53 bytes")]
            outside(Rule::FileSize, profile.file_size, header.file_size as f64, Unit::Bytes, true, |_| Message::ReduceFileSize),
            self.side(Rule::Width, profile.width, width),
            self.side(Rule::Height, profile.height, height),
            outside(
                Rule::RecommendedHeight,
                profile.recommended_height.map(RecommendedHeight::range),
                height,
                Unit::Pixels,
                true,
                |range| Message::HeightRecommended { pixels: range.max.unwrap_or(height) },
            ),
            self.jpeg_quality(),
        ]
        .into_iter()
        .flatten()
        .collect()
    }

    fn faces(&self) -> Vec<Finding> {
        let Some(face) = self.faces.first() else {
            return self.no_face();
        };
        let mut findings = Vec::from_iter(self.single_face());
        match &face.pose {
            Some(pose) => {
                findings.extend(self.sizes(face));
                findings.extend(self.pose(face, pose));
                findings.extend(self.borders(face));
                findings.extend(self.quality());
            }
            // The landmarks may lie anywhere, so nothing that is measured on them means anything.
            None => findings.extend(self.not_assessed(&Message::FaceNotMeasured)),
        }
        findings
    }

    fn sizes(&self, face: &Face) -> Vec<Finding> {
        let mut findings = self.face_size(face);
        let measured = Measured {
            rule: Rule::InterpupillaryDistance,
            range: self.profile.interpupillary_distance,
            value: face.interpupillary_distance_px,
            uncertainty: face.uncertainty.interpupillary_distance_px,
            unit: Unit::Pixels,
        };
        findings.extend(self.measured(measured, |range, bound| match bound {
            Bound::Upper => Message::MoveBack,
            Bound::Lower if range.contains(face.inter_eye_distance_px) && face.is_turned() => Message::FaceCameraForDistance,
            Bound::Lower => self.hint_for_small_face(face),
        }));
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
            hint: Message::SaveAs { formats: demand.accepted.clone() }.into(),
        })
    }

    /// Too many pixels can be reduced, unless what is left of a side or of the face is then too small. Too few stay too few:
    /// nothing is ever enlarged.
    fn side(&self, rule: Rule, range: Option<Range>, pixels: f64) -> Option<Finding> {
        let too_large = range?.max.is_some_and(|max| pixels > max);
        let mended = if too_large { self.reduction() } else { Reduction::LosesASide };
        let fixable = mended == Reduction::Survived;
        outside(rule, range, pixels, Unit::Pixels, fixable, |_| match mended {
            Reduction::Survived => Message::ReduceDimensions,
            Reduction::LosesTheFace => Message::ReducingLosesTheFace,
            Reduction::LosesASide if too_large => Message::UseOtherProportions,
            Reduction::LosesASide => Message::UseLargerPicture,
        })
    }

    /// What is left of the picture once it is reduced until both sides are accepted.
    fn reduction(&self) -> Reduction {
        let Self { header, profile, faces, .. } = *self;
        let (width, height) = (header.width(), header.height());
        let face = faces.first().filter(|face| face.is_reliable());
        let survives = |width: u32, height: u32| {
            let scales = Scales::of(width, height, face, profile);
            match scales.largest {
                scale if !scales.sides_survive(scale) => Reduction::LosesASide,
                scale if !scales.face_survives(scale) => Reduction::LosesTheFace,
                _ => Reduction::Survived,
            }
        };
        let crops = face.filter(|_| profile.crop).map(|face| windows(width, height, face, profile)).unwrap_or_default();
        if crops.iter().any(|window| survives(window.width, window.height) == Reduction::Survived) {
            return Reduction::Survived;
        }
        survives(width, height)
    }

    fn jpeg_quality(&self) -> Option<Finding> {
        let quality = self.header.jpeg?.quality;
        let range = self.profile.jpeg_quality?;
        let Some(quality) = quality else {
            return Some(not_assessed(Rule::JpegQuality, range.severity, &Message::UseOriginal));
        };
        let hint = |_: &Range| Message::UseOriginal;
        let finding = outside(Rule::JpegQuality, Some(range), quality.value.into(), Unit::Quality, false, hint)?;
        // Only a failure is doubted: which qualities pass is the tables' affair, not the estimate's.
        Some(self.near_limit(finding, quality.uncertainty().into()))
    }

    /// Without a face only its absence is reported, unless that alone would not refuse the picture: then everything else that is
    /// asked of a face could not be assessed, and what is not assessed does not pass.
    fn no_face(&self) -> Vec<Finding> {
        let absence = self.profile.face_present.map(|demand| Finding {
            rule: Rule::FacePresent,
            severity: demand.severity,
            cause: Cause::OutOfRange { measured: 0.0, required: Range::at_least(1.0) },
            unit: Some(Unit::Faces),
            fixable: false,
            hint: Message::ShowFace.into(),
        });
        if absence.as_ref().is_some_and(|absence| absence.severity == Severity::Error) {
            return Vec::from_iter(absence);
        }
        let others = self.not_assessed(&Message::ShowFace);
        absence.into_iter().chain(others).collect()
    }

    /// A finding for every demanded rule that is about what is measured on a face.
    fn not_assessed(&self, hint: &Message) -> Vec<Finding> {
        Rule::ALL
            .iter()
            .copied()
            .filter(|rule| rule.concerns_faces() && !matches!(rule, Rule::FacePresent | Rule::SingleFace))
            .filter_map(|rule| Some(not_assessed(rule, self.profile.severity(rule)?, hint)))
            .collect()
    }

    /// A second face is an error if it surely is one or is larger than the main one, else a warning.
    fn single_face(&self) -> Option<Finding> {
        let demand = self.profile.single_face?;
        // A doubtful one that is larger may be the person, and the main face somebody else's.
        let main_size = self.faces.first().map_or(0.0, |main| main.size_px);
        let sure = self.faces.iter().skip(1).any(|face| face.is_reliable() || face.size_px >= main_size);
        let severity = if sure { demand.severity } else { demand.severity.min(Severity::Warning) };
        let only_one = Range::at_most(1.0).with_severity(severity);
        #[allow(clippy::cast_precision_loss, reason = "a handful of faces")]
        let count = self.faces.len() as f64;
        outside(Rule::SingleFace, Some(only_one), count, Unit::Faces, false, |_| Message::BeAlone)
    }

    fn face_size(&self, face: &Face) -> Vec<Finding> {
        let Some(FaceSize { min, min_relative, uncertainty, severity }) = self.profile.face_size else { return Vec::new() };
        let at_least = |min: Option<f64>| min.map(|min| Range { uncertainty, ..Range::at_least(min).with_severity(severity) });
        let measured = Measured {
            rule: Rule::FaceSize,
            range: at_least(min),
            value: face.size_px,
            uncertainty: face.uncertainty.size_px,
            unit: Unit::Pixels,
        };
        let eyes_far_enough =
            self.profile.interpupillary_distance.is_some_and(|range| range.contains(face.interpupillary_distance_px));
        let absolute = self.measured(measured, |_, _| self.hint_for_small_face(face)).map(|finding| match finding.cause {
            // The receiver's box is not ours. A box that is just too small is doubted only on a face whose pupils are far enough apart.
            Cause::NearLimit { measured, required, .. } if !required.contains(measured) && !eyes_far_enough => {
                Finding { severity, cause: Cause::OutOfRange { measured, required }, ..finding }
            }
            _ => finding,
        });

        let relative = (relative_size(face, self.header) * 1000.0).round() / 1000.0;
        let relative = outside(Rule::FaceSize, at_least(min_relative), relative, Unit::Ratio, false, |_| Message::MoveCloser);
        absolute.into_iter().chain(relative).collect()
    }

    fn hint_for_small_face(&self, face: &Face) -> Message {
        if relative_size(face, self.header) >= FILLS_THE_PICTURE { Message::UseHigherResolution } else { Message::MoveCloser }
    }

    fn pose(&self, face: &Face, pose: &HeadPose) -> Vec<Finding> {
        let Self { profile, .. } = *self;
        let sure = &face.uncertainty;
        [
            (Rule::HeadPoseYaw, profile.head_pose_yaw, pose.yaw, sure.yaw, Message::TurnLeft, Message::TurnRight),
            (Rule::HeadPosePitch, profile.head_pose_pitch, pose.pitch, sure.pitch, Message::LowerChin, Message::RaiseChin),
            (
                Rule::HeadPoseRoll,
                profile.head_pose_roll,
                pose.roll,
                sure.roll,
                Message::TiltToRightShoulder,
                Message::TiltToLeftShoulder,
            ),
        ]
        .into_iter()
        .filter_map(|(rule, range, value, uncertainty, when_under, when_over)| {
            let measured = Measured { rule, range, value, uncertainty, unit: Unit::Degrees };
            self.measured(measured, |_, bound| match bound {
                _ if rule == Rule::HeadPoseRoll && value.abs() > LYING => Message::TurnPicture,
                Bound::Lower => when_under,
                Bound::Upper => when_over,
            })
        })
        .collect()
    }

    /// A finding about a measure that is outside its bounds, or nearer to one than it is sure of.
    fn measured(&self, measured: Measured, hint: impl FnOnce(&Range, Bound) -> Message) -> Option<Finding> {
        let Measured { rule, range, value, unit, .. } = measured;
        let required = range?;
        let uncertainty = required.uncertainty.unwrap_or(measured.uncertainty);
        let (under, over) = beyond(&required, value);
        if required.contains(value) && under.max(over) <= -uncertainty {
            return None;
        }
        let hint = hint(&required, if under > over { Bound::Lower } else { Bound::Upper }).into();
        let cause = if value.is_nan() { Cause::NotAssessed } else { Cause::OutOfRange { measured: value, required } };
        let finding = Finding { rule, severity: required.severity, cause, unit: Some(unit), fixable: false, hint };
        Some(self.near_limit(finding, uncertainty))
    }

    /// Doubts a failure by no more than the measurement's uncertainty.
    fn near_limit(&self, finding: Finding, uncertainty: f64) -> Finding {
        let Cause::OutOfRange { measured, required } = finding.cause else { return finding };
        let (under, over) = beyond(&required, measured);
        if under.max(over) > uncertainty {
            return finding;
        }
        Finding {
            severity: self.profile.near_limit.severity(finding.severity),
            cause: Cause::NearLimit { measured, required, uncertainty },
            ..finding
        }
    }

    /// One finding of three, the gravest: a face that is cut off is not reported as close to the border as well, nor one that has only to
    /// move aside as too close to the camera.
    fn borders(&self, face: &Face) -> Option<Finding> {
        let (width, height) = (f64::from(self.header.width()), f64::from(self.header.height()));
        let room = |rect: &Rect| {
            [
                (Border::Left, rect.x),
                (Border::Top, rect.y),
                (Border::Right, width - rect.right()),
                (Border::Bottom, height - rect.bottom()),
            ]
        };
        let under = |rooms: [(Border, f64); 4], least: f64| -> Vec<Border> {
            rooms.into_iter().filter(|&(_, room)| room.is_nan() || tenth(room) < least).map(|(border, _)| border).collect()
        };
        let smallest = |rect: &Rect| tenth(room(rect).into_iter().map(|(_, room)| room).fold(f64::INFINITY, f64::min));
        let inside = self.profile.face_inside.and_then(|demand| {
            let cut = under(room(&face.hull), -HULL_TOLERANCE * face.hull.smaller_side());
            let required = Range::at_least(0.0).with_severity(demand.severity);
            (!cut.is_empty()).then(|| Finding {
                rule: Rule::FaceInside,
                severity: demand.severity,
                cause: Cause::OutOfRange { measured: smallest(&face.hull), required },
                unit: Some(Unit::Pixels),
                fixable: false,
                hint: Message::ShowWholeFace { borders: cut }.into(),
            })
        });
        let free = ((width - face.bounds.width) / 2.0, (height - face.bounds.height) / 2.0);
        let too_close =
            outside(Rule::CameraDistance, self.profile.camera_distance, tenth(free.0.min(free.1)), Unit::Pixels, false, |_| {
                Message::MoveBackForRoom
            });
        let padding = self.profile.face_padding.and_then(|range| {
            let least = range.min.unwrap_or_default();
            let tight = under(room(&face.bounds), least);
            // Where the other border is as near, moving aside does not help.
            let mendable = tight.iter().any(|border| match border {
                Border::Left | Border::Right => free.0 >= least,
                Border::Top | Border::Bottom => free.1 >= least,
            });
            // It gives way only to what says as much: the two may have other limits and severities.
            if !mendable && too_close.as_ref().is_some_and(|too_close| too_close.severity >= range.severity) {
                return None;
            }
            outside(Rule::FacePadding, Some(range), smallest(&face.bounds), Unit::Pixels, false, |_| Message::LeaveRoom {
                borders: tight,
            })
        });
        // Of those that say as much the first: a warning never stands in front of an error.
        let found = [inside, padding, too_close].into_iter().flatten();
        found.reduce(|graver, other| if other.severity > graver.severity { other } else { graver })
    }
}

/// How far a value is under the lower bound and over the upper one, negative inside; without what floats add to rounded values.
fn beyond(range: &Range, value: f64) -> (f64, f64) {
    let rounded = |value: f64| (value * 1e6).round() / 1e6;
    let under = range.min.map_or(f64::NEG_INFINITY, |min| rounded(min - value));
    (under, range.max.map_or(f64::NEG_INFINITY, |max| rounded(value - max)))
}

/// A finding if the rule is demanded and the value is outside its bounds.
fn outside(
    rule: Rule,
    range: Option<Range>,
    measured: f64,
    unit: Unit,
    fixable: bool,
    hint: impl FnOnce(&Range) -> Message,
) -> Option<Finding> {
    let required = range?;
    if required.contains(measured) {
        return None;
    }
    let cause = if measured.is_nan() { Cause::NotAssessed } else { Cause::OutOfRange { measured, required } };
    let hint = hint(&required).into();
    Some(Finding { rule, severity: required.severity, cause, unit: Some(unit), fixable, hint })
}

fn not_accepted(measured: impl Into<String>, required: Vec<String>) -> Cause {
    Cause::NotAccepted { measured: measured.into(), required }
}

fn not_assessed(rule: Rule, severity: Severity, hint: &Message) -> Finding {
    // What only advises is not worth an alarm when it could not be measured.
    let severity = if severity == Severity::Error { severity } else { Severity::Info };
    Finding { rule, severity, cause: Cause::NotAssessed, unit: None, fixable: false, hint: hint.clone().into() }
}

#[cfg(test)]
mod strictness;
#[cfg(test)]
mod tests;
#[cfg(test)]
mod walk;
