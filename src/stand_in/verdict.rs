//! What the service says about a picture: a report in the two shapes that it has for refusals.

use std::borrow::Cow;

use serde_json::{Map, Value, json};

use crate::error::Error;
use crate::report::Report;
use crate::rule::{Rule, Severity};

/// Why a picture is refused: each code once, with its message, in the order in which they were found. Empty if it is not refused.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Issues(Vec<(Cow<'static, str>, Cow<'static, str>)>);

impl Issues {
    /// Those of a picture that could be read: its errors, even ones that could be mended, because the service mends nothing.
    pub(super) fn of_report(report: &Report) -> Self {
        let errors = report.findings().iter().filter(|finding| finding.severity == Severity::Error);
        Self::of_rules(errors.map(|finding| finding.rule))
    }

    /// Those of a picture that could not, if that is the picture's fault.
    pub(super) fn of_error(error: &Error) -> Option<Self> {
        match error {
            Error::Empty
            | Error::UnknownFormat
            | Error::UnsupportedFormat { .. }
            | Error::Malformed { .. }
            | Error::LimitExceeded { .. } => Some(Self::of_rules([Rule::Format])),
            Error::Profile(_) | Error::Language(_) | Error::Encoder { .. } | Error::Network { .. } => None,
        }
    }

    /// Of several rules with one code the last one has the word: the distance between the pupils is behind the size of the face.
    fn of_rules(rules: impl IntoIterator<Item = Rule>) -> Self {
        let mut issues: Vec<(Cow<'static, str>, Cow<'static, str>)> = Vec::new();
        for rule in rules {
            let (code, message) = (rule.code().as_str(), message(rule).into());
            match issues.iter_mut().find(|(known, _)| known == code) {
                Some((_, known)) => *known = message,
                None => issues.push((code.into(), message)),
            }
        }
        Self(issues)
    }

    /// One that nobody found.
    pub(super) fn of(code: &str, message: &str) -> Self {
        Self(vec![(code.to_owned().into(), message.to_owned().into())])
    }

    /// The first one, for where there is room for one.
    fn first(&self) -> Option<(&str, &str)> {
        self.0.first().map(|(code, message)| (&**code, &**message))
    }

    /// All, each message under its code.
    fn messages(&self) -> Map<String, Value> {
        self.0.iter().map(|(code, message)| (code.clone().into_owned(), message.as_ref().into())).collect()
    }
}

/// A refusal as `/face_liveness/` puts it; `None` if there is none.
pub(super) fn refusal_of_liveness(issues: &Issues) -> Option<Value> {
    let (code, message) = issues.first()?;
    Some(json!({
        "status": 200,
        "data": {
            "liveness": { "result": false, "data": { "error": message, "error_code": code } },
            "issues": { "liveness": issues.messages() },
        },
    }))
}

/// A refusal as `/register_face/` puts it, of all the pictures of a request; `None` if there is none. Of a selfie it is in `liveness`; of a
/// document in the field's own name and without `result`, which is ours.
pub(super) fn refusal<'a>(pictures: impl IntoIterator<Item = (Subject, &'a Issues)>) -> Option<Value> {
    let (mut data, mut messages) = (Map::new(), Map::new());
    for (subject, issues) in pictures {
        let Some((code, message)) = issues.first() else { continue };
        let (name, verdict) = match subject {
            Subject::Person => ("liveness", json!({ "result": false, "error": message, "error_code": code })),
            Subject::Document(field) => (field, json!({ "error": message, "error_code": code })),
        };
        data.insert(name.to_owned(), verdict);
        for (code, message) in issues.messages() {
            messages.entry(code).or_insert(message);
        }
    }
    (!data.is_empty()).then(|| json!({ "status": 400, "data": data, "issues": messages }))
}

/// Whom or what a picture shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Subject {
    Person,
    /// In this field.
    Document(&'static str),
}

/// What the service says. Two of these are its own; all others are ours, with the meaning that it documents for the code where it has one.
fn message(rule: Rule) -> &'static str {
    match rule {
        Rule::InterpupillaryDistance => "Interpupillary distance is too small",
        Rule::FacePresent => "Failed to detect face",

        Rule::Format => "Failed to read image",
        Rule::SingleFace => "Too many faces",
        Rule::FaceSize => "Face is too small",
        Rule::HeadPoseYaw | Rule::HeadPosePitch | Rule::HeadPoseRoll => "Face angle is too large",
        Rule::FaceInside => "Face is cropped",
        Rule::FacePadding => "Face is too close to the border",
        Rule::CameraDistance => "Face is too close to the camera",
        Rule::EyesVisible | Rule::LowerFaceVisible => "Face is occluded",
        Rule::EyesOpen => "Eyes are closed",
        Rule::Orientation | Rule::Upright => "Image is not upright",
        Rule::Metadata => "Image carries metadata",
        Rule::HdrGainMap => "Image carries an HDR gain map",
        Rule::FileSize => "File is too large",
        Rule::Width => "Image width is out of range",
        Rule::Height => "Image height is out of range",
        Rule::RecommendedHeight => "Image height is not the recommended one",
        Rule::JpegQuality => "JPEG quality is too low",
        Rule::HeadSize => "Head size is out of range",
        Rule::UnderExposure => "Face is under-exposed",
        Rule::OverExposure => "Face is over-exposed",
        Rule::Brightness => "Brightness is out of range",
        Rule::DynamicRange => "Face has too little contrast",
        Rule::IlluminationUniformity => "Face is unevenly lit",
        Rule::NaturalColor => "Colors are not natural",
        Rule::Blur => "Face is not sharp",
        Rule::MotionBlur => "Face is blurred by motion",
        Rule::SkinTexture => "Skin is smoothed",
        Rule::MouthClosed => "Mouth is open",
        Rule::BackgroundUniformity => "Background is not uniform",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The two examples of the service's pages.
    #[test]
    fn refusals_are_those_that_the_service_documents() {
        let small = Issues::of_rules([Rule::FaceSize, Rule::InterpupillaryDistance]);
        let expected = json!({
            "status": 400,
            "data": {
                "liveness": {
                    "result": false, "error": "Interpupillary distance is too small", "error_code": "FACE_TOO_SMALL",
                },
            },
            "issues": { "FACE_TOO_SMALL": "Interpupillary distance is too small" },
        });
        assert_eq!(refusal([(Subject::Person, &small)]), Some(expected));
        let none = Issues::of_rules([Rule::FacePresent]);
        let expected = json!({
            "status": 200,
            "data": {
                "liveness": { "result": false, "data": { "error": "Failed to detect face", "error_code": "FACE_NOT_FOUND" } },
                "issues": { "liveness": { "FACE_NOT_FOUND": "Failed to detect face" } },
            },
        });
        assert_eq!(refusal_of_liveness(&none), Some(expected));
    }

    #[test]
    fn every_picture_and_every_code_is_named() {
        let face = Issues::of_rules([Rule::FileSize, Rule::HeadPoseYaw, Rule::HeadPoseRoll]);
        let [front, back] = [Issues::of_rules([Rule::Format]), Issues::default()];
        let pictures = [(Subject::Person, &face), (Subject::Document("front_id"), &front), (Subject::Document("back_id"), &back)];
        let expected = json!({
            "status": 400,
            "data": {
                "liveness": { "result": false, "error": "File is too large", "error_code": "FILE_TOO_LARGE" },
                "front_id": { "error": "Failed to read image", "error_code": "FAILED_TO_READ_IMAGE" },
            },
            "issues": {
                "FILE_TOO_LARGE": "File is too large",
                "FACE_ANGLE_TOO_LARGE": "Face angle is too large",
                "FAILED_TO_READ_IMAGE": "Failed to read image",
            },
        });
        assert_eq!(refusal(pictures), Some(expected));
    }

    #[test]
    fn what_is_in_order_is_not_refused() {
        assert_eq!((refusal([(Subject::Person, &Issues::default())]), refusal_of_liveness(&Issues::default())), (None, None));
        assert_eq!(refusal([]), None);
    }

    #[test]
    fn only_the_pictures_own_faults_are_held_against_it() {
        let unreadable = Some(Issues::of_rules([Rule::Format]));
        assert_eq!(Issues::of_error(&Error::Empty), unreadable);
        assert_eq!(Issues::of_error(&Error::UnknownFormat), unreadable);
        assert_eq!(Issues::of_error(&Error::Network { name: "any", message: String::new() }), None);
    }

    /// One message for each rule, and rules of one code agree or have their order for a reason.
    #[test]
    fn messages_are_there_for_every_rule() {
        assert!(Rule::ALL.iter().all(|rule| !message(*rule).is_empty()));
        let order = [Rule::FaceSize, Rule::InterpupillaryDistance].map(|rule| Rule::ALL.iter().position(|other| *other == rule));
        assert!(order[0] < order[1]);
    }
}
