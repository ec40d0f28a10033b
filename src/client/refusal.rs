//! Why the service does not take a picture: the two shapes in which it says so, read as one.

use std::fmt;

use serde::{Serialize, Serializer};
use serde_json::{Map, Value};

use super::reply::words;
use crate::header::Format;
use crate::hint::{Hint, Message};
use crate::rule::{Code, Rule};

/// A refusal names no more reasons than this.
const MOST_ISSUES: usize = 50;

/// The service's refusal of a picture. As an error, and shown, it lists the reasons.
#[derive(Clone, PartialEq)]
#[non_exhaustive]
pub struct Refusal {
    /// The service's own status for it: 400, or 200 from `face_liveness`.
    pub status: u16,
    /// The reasons, the one that the service puts first at the front. There may be none: then the status and `result` are all it says.
    pub issues: Vec<Issue>,
    /// All that the service calls `result`.
    pub result: Value,
}

/// One reason.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Issue {
    /// What the service calls it.
    pub code: ServiceCode,
    /// The service's words.
    pub message: String,
}

/// A reason by name: one that the service documents and a check reports too, or another one as it is.
///
/// ```
/// use face_precheck::{Code, client::ServiceCode};
///
/// assert_eq!(ServiceCode::from("FACE_TOO_SMALL"), ServiceCode::Documented(Code::FaceTooSmall));
/// assert_eq!(ServiceCode::from("FACE_IS_TIRED").to_string(), "FACE_IS_TIRED");
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum ServiceCode {
    /// One that the service documents.
    Documented(Code),
    /// Any other, verbatim.
    Other(String),
}

impl ServiceCode {
    /// The code as the service writes it.
    #[must_use]
    pub fn as_str(&self) -> &str {
        match self {
            Self::Documented(code) => code.as_str(),
            Self::Other(code) => code,
        }
    }
}

impl Issue {
    /// What the person in the picture can do about it, where the code is one that the service documents. It is the same for all of the
    /// code's causes; a [`Finding`](crate::Finding)'s hint knows more.
    #[must_use]
    pub fn hint(&self) -> Option<Hint> {
        let ServiceCode::Documented(code) = &self.code else { return None };
        let message = match code {
            Code::FailedToReadImage => Message::SaveAs { formats: vec![Format::Jpeg, Format::Png] },
            Code::FaceNotFound => Message::ShowFace,
            Code::TooManyFaces => Message::BeAlone,
            Code::FaceTooSmall => Message::MoveCloser,
            Code::FaceCropped | Code::FaceCloseToBorder | Code::FaceTooClose => Message::MoveBack,
            Code::FaceAngleTooLarge | Code::FaceIsOccluded => Message::FaceNotMeasured,
            Code::EyesClosed => Message::OpenEyes,
            _ => return None,
        };
        Some(message.into())
    }
}

impl From<&str> for ServiceCode {
    fn from(text: &str) -> Self {
        let mut documented = Rule::ALL.iter().map(|rule| rule.code()).filter(|code| code.is_of_service());
        documented.find(|code| code.as_str() == text).map_or_else(|| Self::Other(text.to_owned()), Self::Documented)
    }
}

/// On one line.
impl fmt::Display for ServiceCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&words(self.as_str(), &[]))
    }
}

impl Serialize for ServiceCode {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl Refusal {
    /// What a `result` of this status says against a picture.
    pub(super) fn read(status: u16, result: &Value) -> Self {
        let data = result.get("data");
        let liveness = data.and_then(|data| data.get("liveness"));
        let mut issues = Vec::new();
        for about in [liveness, liveness.and_then(|liveness| liveness.get("data"))].into_iter().flatten() {
            if let Some(code) = about.get("error_code").and_then(Value::as_str) {
                add(&mut issues, code, about.get("error"));
            }
        }
        for listed in [result.get("issues"), data.and_then(|data| data.get("issues"))].into_iter().flatten() {
            collect(&mut issues, listed);
        }
        Self { status, issues, result: result.clone() }
    }
}

/// Whether a result speaks against a picture.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Objection {
    None,
    /// A liveness that is not true or false.
    Unclear,
    /// A liveness that is false, a code, or issues of any kind, in any of the documented places.
    Clear,
}

impl Objection {
    pub(super) fn of(result: &Value) -> Self {
        let is_there = |value: &&Value| {
            let empty = value.as_object().is_some_and(Map::is_empty) || value.as_array().is_some_and(Vec::is_empty);
            !(empty || value.is_null() || **value == Value::Bool(false) || value.as_str() == Some(""))
        };
        let data = result.get("data");
        let liveness = data.and_then(|data| data.get("liveness")).filter(|liveness| !liveness.is_null());
        let issues = [Some(result), data].into_iter().flatten().filter_map(|place| place.get("issues"));
        let codes = [liveness, liveness.and_then(|liveness| liveness.get("data"))].into_iter().flatten();
        let codes = codes.filter_map(|place| place.get("error_code"));
        let said = liveness.map(|liveness| liveness.get("result"));
        if said == Some(Some(&Value::Bool(false))) || issues.chain(codes).any(|value| is_there(&value)) {
            Self::Clear
        } else if said.is_some_and(|said| said != Some(&Value::Bool(true))) {
            Self::Unclear
        } else {
            Self::None
        }
    }
}

/// `{CODE: message}`, or that for each of several services: `{"liveness": {CODE: message}}`.
fn collect(issues: &mut Vec<Issue>, listed: &Value) {
    match listed {
        Value::Array(codes) => codes.iter().filter_map(Value::as_str).for_each(|code| add(issues, code, None)),
        Value::Object(listed) => {
            for (key, value) in listed {
                match value {
                    Value::Object(nested) => nested.iter().for_each(|(code, message)| add(issues, code, Some(message))),
                    message => add(issues, key, Some(message)),
                }
            }
        }
        _ => {}
    }
}

/// Each code once.
fn add(issues: &mut Vec<Issue>, code: &str, message: Option<&Value>) {
    let code = ServiceCode::from(code);
    let message = words(message.and_then(Value::as_str).unwrap_or_default(), &[]);
    if let Some(known) = issues.iter_mut().find(|issue| issue.code == code) {
        if known.message.is_empty() {
            known.message = message;
        }
    } else if issues.len() < MOST_ISSUES {
        issues.push(Issue { code, message });
    }
}

impl std::error::Error for Refusal {}

/// `refused: FACE_TOO_SMALL (Interpupillary distance is too small)`.
impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.issues.is_empty() {
            return write!(f, "refused with status {}", self.status);
        }
        for (index, Issue { code, message }) in self.issues.iter().enumerate() {
            f.write_str(if index == 0 { "refused: " } else { ", " })?;
            write!(f, "{code}")?;
            if !message.is_empty() {
                write!(f, " ({message})")?;
            }
        }
        Ok(())
    }
}

/// Without `result`, in which documents may be.
impl fmt::Debug for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Refusal").field("status", &self.status).field("issues", &self.issues).finish_non_exhaustive()
    }
}
