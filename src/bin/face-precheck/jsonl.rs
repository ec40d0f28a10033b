//! JSON Lines: one object for each file, as the library's report with the file in front.

use std::fmt::Write as _;
use std::io::{self, Write};
use std::path::Path;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use face_precheck::{Change, Code, Error, Header, Hint, ProfileId, Purpose, Report, SCHEMA, TOOL, Upload};
use jiff::{Timestamp, Unit};
use serde::Serialize;

use crate::outcome::{Outcome, Row, Unprobed};
use crate::text::is_unprintable;

#[derive(Serialize)]
struct Line<'a, T: Serialize> {
    /// As reached from the argument given.
    file: String,
    /// The name's own bytes in base64, where it is not valid UTF-8.
    #[serde(skip_serializing_if = "Option::is_none")]
    file_bytes: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    modified: Option<String>,
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

pub(crate) fn row(out: &mut impl Write, row: &Row, profile: &ProfileId) -> io::Result<()> {
    let unreadable = |header, error| Unreadable { schema: SCHEMA, tool: TOOL, profile, verdict: "unreadable", header, error };
    match &row.outcome {
        Outcome::Checked(report) => line::<Report>(out, row, report),
        Outcome::Prepared(upload) => line::<Report>(out, row, upload.report()),
        Outcome::Ready { upload, file } => line(out, row, &Ready::new(upload, file)),
        Outcome::Unwritten { upload, message } => {
            line(out, row, &Unwritten { report: upload.report(), error: failed("io", message) })
        }
        Outcome::Unreadable { error, hint, header } => {
            line(out, row, &unreadable(header.as_ref(), ErrorObject::new(error, hint.as_ref())))
        }
        Outcome::Failed { kind, message } => line(out, row, &unreadable(None, failed(kind, message))),
    }
}

/// A header alone, for `probe`.
pub(crate) fn header(out: &mut impl Write, path: &Path, probed: &Result<Header, Unprobed>) -> io::Result<()> {
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
    write_line(out, path, None, &Probed { schema: SCHEMA, tool: TOOL, header: probed.as_ref().ok(), error })
}

fn line<T: Serialize>(out: &mut impl Write, row: &Row, rest: &T) -> io::Result<()> {
    let modified = row.modified.and_then(|time| Timestamp::try_from(time).ok());
    let modified = modified.and_then(|time| time.round(Unit::Second).ok()).map(|time| time.to_string());
    write_line(out, &row.path, modified, rest)
}

/// In base64, where the name is not valid UTF-8.
fn bytes_of_name(path: &Path) -> Option<String> {
    path.to_str().is_none().then(|| BASE64_STANDARD.encode(path.as_os_str().as_encoded_bytes()))
}

fn write_line<T: Serialize>(out: &mut impl Write, path: &Path, modified: Option<String>, rest: &T) -> io::Result<()> {
    let file = path.to_string_lossy().into_owned();
    let file_bytes = bytes_of_name(path);
    let json = serde_json::to_string(&Line { file, file_bytes, modified, rest }).map_err(io::Error::from)?;
    // Whatever stands in a name, the line is safe to look at in a terminal.
    let mut safe = String::with_capacity(json.len() + 1);
    for character in json.chars() {
        if is_unprintable(character) {
            let _ = write!(safe, "\\u{:04x}", u32::from(character));
        } else {
            safe.push(character);
        }
    }
    safe.push('\n');
    out.write_all(safe.as_bytes())
}
