//! JSON Lines: one object for each file, as the library's report with the file in front.

use std::io::{self, Write};
use std::path::Path;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use face_precheck::{Error, Header, ProfileId, Report, SCHEMA, TOOL};
use jiff::{Timestamp, Unit};
use serde::Serialize;

use crate::check::{Outcome, Row};

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

#[derive(Serialize)]
struct ErrorObject<'a> {
    kind: &'a str,
    code: &'static str,
    message: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    hint: Option<&'static str>,
}

impl<'a> From<&'a Error> for ErrorObject<'a> {
    fn from(error: &'a Error) -> Self {
        Self { kind: error.kind(), code: FAILED_TO_READ_IMAGE, message: error.to_string(), hint: error.hint() }
    }
}

const FAILED_TO_READ_IMAGE: &str = face_precheck::Code::FailedToReadImage.as_str();

pub(crate) fn row(out: &mut impl Write, row: &Row, profile: &ProfileId) -> io::Result<()> {
    let unreadable = |header, error| Unreadable { schema: SCHEMA, tool: TOOL, profile, verdict: "unreadable", header, error };
    match &row.outcome {
        Outcome::Checked(report) => line::<Report>(out, row, report),
        Outcome::Unreadable { error, header } => line(out, row, &unreadable(header.as_ref(), error.into())),
        Outcome::Unreachable(error) => {
            let error = ErrorObject { kind: "io", code: FAILED_TO_READ_IMAGE, message: error.to_string(), hint: None };
            line(out, row, &unreadable(None, error))
        }
    }
}

/// A header alone, for `probe`.
pub(crate) fn header(out: &mut impl Write, path: &Path, header: Result<&Header, &str>) -> io::Result<()> {
    #[derive(Serialize)]
    struct Probed<'a> {
        schema: u32,
        tool: &'static str,
        #[serde(skip_serializing_if = "Option::is_none")]
        header: Option<&'a Header>,
        #[serde(skip_serializing_if = "Option::is_none")]
        error: Option<&'a str>,
    }
    let (header, error) = header.map_or_else(|error| (None, Some(error)), |header| (Some(header), None));
    write_line(out, path, None, &Probed { schema: SCHEMA, tool: TOOL, header, error })
}

fn line<T: Serialize>(out: &mut impl Write, row: &Row, rest: &T) -> io::Result<()> {
    let modified = row.modified.and_then(|time| Timestamp::try_from(time).ok());
    let modified = modified.and_then(|time| time.round(Unit::Second).ok()).map(|time| time.to_string());
    write_line(out, &row.path, modified, rest)
}

fn write_line<T: Serialize>(out: &mut impl Write, path: &Path, modified: Option<String>, rest: &T) -> io::Result<()> {
    let file = path.to_string_lossy().into_owned();
    let file_bytes = path.to_str().is_none().then(|| BASE64_STANDARD.encode(path.as_os_str().as_encoded_bytes()));
    serde_json::to_writer(&mut *out, &Line { file, file_bytes, modified, rest }).map_err(io::Error::from)?;
    out.write_all(b"\n")
}
