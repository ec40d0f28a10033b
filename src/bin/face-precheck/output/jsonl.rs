//! JSON Lines: one object for each file, as the library's report with the file in front.

use std::fmt::Write as _;
use std::path::Path;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use face_precheck::{Change, Code, Error, Header, Hint, ProfileId, Purpose, Report, SCHEMA, TOOL, Upload};
use jiff::Timestamp;
use serde::Serialize;

use crate::output::text::is_unprintable;
use crate::row::{Aim, Outcome, Row, Unprobed};
use crate::stamp::Stamp;

#[derive(Serialize)]
struct Line<'a, T: Serialize> {
    /// As reached from the argument given.
    file: String,
    /// The name's own bytes in base64, where it is not valid UTF-8.
    #[serde(skip_serializing_if = "Option::is_none")]
    file_bytes: Option<String>,
    /// Of the file, as exactly as the file system has it: a file that is changed is told by it.
    #[serde(skip_serializing_if = "Option::is_none")]
    modified: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    file_size: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    command: Option<&'static str>,
    #[serde(flatten)]
    rest: &'a T,
}

/// The counterpart of a report for a file that gave none.
#[derive(Serialize)]
struct Unreadable<'a> {
    schema: u32,
    tool: &'static str,
    profile: &'a ProfileId,
    verdict: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    header: Option<&'a Header>,
    error: ErrorObject<'a>,
}

/// The report on an upload, and what the upload is.
#[derive(Serialize)]
struct Ready<'a> {
    #[serde(flatten)]
    report: &'a Report,
    upload: UploadObject<'a>,
}

#[derive(Serialize)]
struct UploadObject<'a> {
    file: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    file_bytes: Option<String>,
    media_type: &'static str,
    purpose: Purpose,
    changes: &'a [Change],
}

/// The report on an upload that is not in any file.
#[derive(Serialize)]
struct Unwritten<'a> {
    #[serde(flatten)]
    report: &'a Report,
    error: ErrorObject<'a>,
}

impl<'a> Ready<'a> {
    fn new(upload: &'a Upload, file: &Path) -> Self {
        let object = UploadObject {
            file: file.to_string_lossy().into_owned(),
            file_bytes: bytes_of_name(file),
            media_type: upload.media_type(),
            purpose: upload.purpose(),
            changes: upload.changes(),
        };
        Self { report: upload.report(), upload: object }
    }
}

#[derive(Serialize)]
struct ErrorObject<'a> {
    kind: &'a str,
    /// The service's, where it would refuse the file as well.
    #[serde(skip_serializing_if = "Option::is_none")]
    code: Option<Code>,
    message: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    hint: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    hint_id: Option<&'a str>,
}

impl<'a> ErrorObject<'a> {
    fn new(error: &'a Error, hint: Option<&'a Hint>) -> Self {
        let ours = matches!(error, Error::LimitExceeded { .. } | Error::Encoder { .. } | Error::Network { .. });
        let code = (!ours).then_some(Code::FailedToReadImage);
        let message = error.to_string();
        Self { kind: error.kind(), code, message, hint: hint.map(Hint::text), hint_id: hint.map(Hint::id) }
    }
}

/// Nothing was learned about the file's content.
fn failed<'a>(kind: &'a str, message: &str) -> ErrorObject<'a> {
    ErrorObject { kind, code: None, message: message.into(), hint: None, hint_id: None }
}

/// The line of a photo, without its end.
pub(crate) fn row(row: &Row, aim: Aim, profile: &ProfileId) -> serde_json::Result<String> {
    let unreadable = |header, error| Unreadable { schema: SCHEMA, tool: TOOL, profile, verdict: "unreadable", header, error };
    match &row.outcome {
        Outcome::Checked(report) => line::<Report>(row, aim, report),
        Outcome::Prepared(upload) => line::<Report>(row, aim, upload.report()),
        Outcome::Ready { upload, file } => line(row, aim, &Ready::new(upload, file)),
        Outcome::Unwritten { upload, message } => {
            line(row, aim, &Unwritten { report: upload.report(), error: failed("io", message) })
        }
        Outcome::Unreadable { error, hint, header } => {
            line(row, aim, &unreadable(header.as_ref(), ErrorObject::new(error, hint.as_ref())))
        }
        Outcome::Failed { kind, message } => line(row, aim, &unreadable(None, failed(kind, message))),
    }
}

/// A header alone, for `probe`.
pub(crate) fn header(path: &Path, probed: &Result<Header, Unprobed>) -> serde_json::Result<String> {
    #[derive(Serialize)]
    struct Probed<'a> {
        schema: u32,
        tool: &'static str,
        #[serde(skip_serializing_if = "Option::is_none")]
        header: Option<&'a Header>,
        #[serde(skip_serializing_if = "Option::is_none")]
        error: Option<ErrorObject<'a>>,
    }
    let hint = match probed {
        Err(Unprobed::Unreadable(error)) => error.hint(),
        _ => None,
    };
    let error = probed.as_ref().err().map(|unprobed| match unprobed {
        Unprobed::Unreadable(error) => ErrorObject::new(error, hint.as_ref()),
        Unprobed::Failed(error) => failed("io", &error.to_string()),
    });
    let rest = Probed { schema: SCHEMA, tool: TOOL, header: probed.as_ref().ok(), error };
    to_line(&Line::new(path, &rest))
}

/// Anything else about a photo.
#[cfg(feature = "client")]
pub(crate) fn about<T: Serialize>(path: &Path, rest: &T) -> serde_json::Result<String> {
    to_line(&Line::new(path, rest))
}

fn line<T: Serialize>(row: &Row, aim: Aim, rest: &T) -> serde_json::Result<String> {
    let modified = row.stamp.and_then(|Stamp { modified, .. }| Timestamp::try_from(modified?).ok());
    to_line(&Line {
        modified: modified.map(|time| time.to_string()),
        file_size: row.stamp.map(|stamp| stamp.size),
        command: Some(aim.command()),
        ..Line::new(&row.path, rest)
    })
}

impl<'a, T: Serialize> Line<'a, T> {
    fn new(path: &Path, rest: &'a T) -> Self {
        let file = path.to_string_lossy().into_owned();
        Self { file, file_bytes: bytes_of_name(path), modified: None, file_size: None, command: None, rest }
    }
}

/// In base64, where the name is not valid UTF-8.
fn bytes_of_name(path: &Path) -> Option<String> {
    path.to_str().is_none().then(|| BASE64_STANDARD.encode(path.as_os_str().as_encoded_bytes()))
}

fn to_line<T: Serialize>(line: &Line<T>) -> serde_json::Result<String> {
    let json = serde_json::to_string(line)?;
    // Whatever stands in a name, the line is safe to look at in a terminal.
    let mut safe = String::with_capacity(json.len());
    for character in json.chars() {
        if is_unprintable(character) {
            let _ = write!(safe, "\\u{:04x}", u32::from(character));
        } else {
            safe.push(character);
        }
    }
    Ok(safe)
}
