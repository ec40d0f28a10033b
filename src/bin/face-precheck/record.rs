//! A line of JSON Lines, read back: what every other output is made of, whether the photo was checked just now, in an earlier run or on
//! another machine.

use std::path::PathBuf;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use face_precheck::{Cause, HeadPose, Range, Severity, Turn, Unit};
use jiff::Timestamp;
use serde::Deserialize;
use serde_json::{Map, Value};

use crate::stamp::Stamp;

/// What this command reads of a line.
#[derive(Debug, Deserialize)]
pub(crate) struct Record {
    #[serde(flatten)]
    pub(crate) origin: Origin,
    pub(crate) file: String,
    pub(crate) file_bytes: Option<String>,
    pub(crate) modified: Option<String>,
    pub(crate) file_size: Option<u64>,
    verdict: Verdict,
    pub(crate) header: Option<HeaderRecord>,
    #[serde(default)]
    pub(crate) faces: Vec<FaceRecord>,
    #[serde(default)]
    pub(crate) measures: Map<String, Value>,
    #[serde(default)]
    pub(crate) findings: Vec<FindingRecord>,
    pub(crate) error: Option<ErrorRecord>,
    pub(crate) upload: Option<UploadRecord>,
}

/// What has to be the same in all lines of a report.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub(crate) struct Origin {
    pub(crate) schema: u32,
    pub(crate) tool: String,
    pub(crate) command: String,
    pub(crate) profile: ProfileRecord,
}

#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub(crate) struct ProfileRecord {
    pub(crate) name: String,
    pub(crate) sha256: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Verdict {
    Compliant,
    Fixable,
    Retake,
    Unreadable,
}

#[derive(Debug, Deserialize)]
pub(crate) struct HeaderRecord {
    pub(crate) format: String,
    pub(crate) width: u32,
    pub(crate) height: u32,
    pub(crate) orientation: u8,
    #[serde(default)]
    pub(crate) turn: u16,
    pub(crate) file_size: u64,
    pub(crate) jpeg_quality: Option<QualityRecord>,
    pub(crate) color_profile: Option<String>,
    pub(crate) has_gps: bool,
    #[serde(default)]
    pub(crate) metadata: Vec<String>,
}

#[derive(Debug, Deserialize)]
pub(crate) struct QualityRecord {
    pub(crate) value: u8,
    pub(crate) exact: bool,
}

#[derive(Debug, Deserialize)]
pub(crate) struct FaceRecord {
    #[serde(rename = "box")]
    pub(crate) bounds: BoxRecord,
    pub(crate) score: f64,
    pub(crate) presence: f64,
    pub(crate) size_px: f64,
    pub(crate) left_eye: [f64; 2],
    pub(crate) right_eye: [f64; 2],
    pub(crate) interpupillary_distance_px: f64,
    pub(crate) inter_eye_distance_px: f64,
    pub(crate) pupils: String,
    pub(crate) pose: Option<PoseRecord>,
}

#[derive(Debug, Deserialize)]
pub(crate) struct BoxRecord {
    pub(crate) x: f64,
    pub(crate) y: f64,
    pub(crate) width: f64,
    pub(crate) height: f64,
}

#[derive(Debug, Clone, Copy, Deserialize)]
pub(crate) struct PoseRecord {
    pub(crate) yaw: f64,
    pub(crate) pitch: f64,
    pub(crate) roll: f64,
}

#[derive(Debug, Deserialize)]
pub(crate) struct FindingRecord {
    pub(crate) rule: String,
    pub(crate) code: String,
    pub(crate) severity: Severity,
    cause: String,
    pub(crate) fixable: bool,
    measured: Option<Value>,
    #[serde(default)]
    required: RequiredRecord,
    #[serde(default)]
    uncertainty: f64,
    pub(crate) unit: Option<Unit>,
    pub(crate) hint: String,
}

#[derive(Debug, Default, Deserialize)]
struct RequiredRecord {
    min: Option<f64>,
    max: Option<f64>,
    #[serde(default)]
    one_of: Vec<String>,
}

#[derive(Debug, Deserialize)]
pub(crate) struct ErrorRecord {
    pub(crate) kind: String,
    pub(crate) code: Option<String>,
    pub(crate) message: String,
    pub(crate) hint: Option<String>,
}

#[derive(Debug, Deserialize)]
pub(crate) struct UploadRecord {
    pub(crate) file: String,
    pub(crate) file_bytes: Option<String>,
}

/// What became of a photo.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Class {
    /// An upload was written.
    Ready,
    Compliant,
    Fixable,
    Retake,
    Unreadable,
    /// An upload could be made, and could not be written.
    Unwritten,
    /// Nothing can be said about the file: it could not be read from the disk, or this build is defective.
    Failed,
}

impl Class {
    pub(crate) const ALL: [Self; 7] =
        [Self::Ready, Self::Compliant, Self::Fixable, Self::Retake, Self::Unreadable, Self::Unwritten, Self::Failed];

    /// The word for it among verdicts.
    pub(crate) const fn verdict(self) -> &'static str {
        match self {
            Self::Ready | Self::Compliant | Self::Unwritten => "compliant",
            Self::Fixable => "fixable",
            Self::Retake => "retake",
            Self::Unreadable | Self::Failed => "unreadable",
        }
    }
}

impl Record {
    pub(crate) fn parse(line: &str) -> serde_json::Result<Self> {
        serde_json::from_str(line)
    }

    /// As reached from the argument given.
    pub(crate) fn path(&self) -> PathBuf {
        path(&self.file, self.file_bytes.as_deref())
    }

    /// The file that it was made of; `None` if that could not be told.
    pub(crate) fn stamp(&self) -> Option<Stamp> {
        let modified = match &self.modified {
            Some(text) => Some(text.parse::<Timestamp>().ok()?.into()),
            None => None,
        };
        Some(Stamp { size: self.file_size?, modified })
    }

    pub(crate) fn class(&self) -> Class {
        let is_ours = |error: &ErrorRecord| matches!(error.kind.as_str(), "io" | "internal" | "encoder" | "network");
        match self.verdict {
            Verdict::Unreadable if self.error.as_ref().is_some_and(is_ours) => Class::Failed,
            Verdict::Unreadable => Class::Unreadable,
            _ if self.error.is_some() => Class::Unwritten,
            _ if self.upload.is_some() => Class::Ready,
            Verdict::Compliant => Class::Compliant,
            Verdict::Fixable => Class::Fixable,
            Verdict::Retake => Class::Retake,
        }
    }

    /// How the stored picture has to be turned in addition to its orientation.
    pub(crate) fn turn(&self) -> Turn {
        match self.header.as_ref().map_or(0, |header| header.turn) {
            90 => Turn::Quarter,
            180 => Turn::Half,
            270 => Turn::ThreeQuarters,
            _ => Turn::None,
        }
    }
}

impl UploadRecord {
    pub(crate) fn path(&self) -> PathBuf {
        path(&self.file, self.file_bytes.as_deref())
    }
}

impl PoseRecord {
    pub(crate) const fn pose(self) -> HeadPose {
        HeadPose { yaw: self.yaw, pitch: self.pitch, roll: self.roll }
    }
}

impl FindingRecord {
    /// What was measured against what, as the report had it.
    pub(crate) fn cause(&self) -> Cause {
        let RequiredRecord { min, max, one_of } = &self.required;
        let mut required = Range::default();
        (required.min, required.max) = (*min, *max);
        let number = self.measured.as_ref().and_then(Value::as_f64).unwrap_or(f64::NAN);
        match self.cause.as_str() {
            "out-of-range" => Cause::OutOfRange { measured: number, required },
            "near-limit" => Cause::NearLimit { measured: number, required, uncertainty: self.uncertainty },
            "not-accepted" => {
                let measured = self.measured.as_ref().and_then(Value::as_str).unwrap_or_default().to_owned();
                Cause::NotAccepted { measured, required: one_of.clone() }
            }
            _ => Cause::NotAssessed,
        }
    }
}

/// A name as it was written: with its own bytes where it is not valid UTF-8.
fn path(name: &str, bytes: Option<&str>) -> PathBuf {
    #[cfg(unix)]
    if let Some(bytes) = bytes.and_then(|bytes| BASE64_STANDARD.decode(bytes).ok()) {
        use std::os::unix::ffi::OsStringExt as _;
        return std::ffi::OsString::from_vec(bytes).into();
    }
    #[cfg(not(unix))]
    let _ = (bytes, BASE64_STANDARD);
    name.into()
}
