//! What became of one file, just now.

use std::fmt;
use std::io;
use std::path::PathBuf;

use face_precheck::{Error, Header, Hint, Language, Report, Upload};

use crate::stamp::Stamp;

/// A file, and what became of it.
#[derive(Debug)]
pub(crate) struct Row {
    pub(crate) path: PathBuf,
    pub(crate) stamp: Option<Stamp>,
    pub(crate) outcome: Outcome,
}

#[derive(Debug)]
pub(crate) enum Outcome {
    Checked(Box<Report>),
    /// An upload was made, and is not yet written.
    Prepared(Box<Upload>),
    /// An upload was made and written.
    Ready {
        upload: Box<Upload>,
        file: PathBuf,
    },
    /// An upload was made, and could not be written.
    Unwritten {
        upload: Box<Upload>,
        message: String,
    },
    Unreadable {
        error: Error,
        hint: Option<Hint>,
        /// As far as the file could be read.
        header: Option<Header>,
    },
    /// Nothing can be said about the file: it could not be read from the disk, or this build is defective.
    Failed {
        kind: &'static str,
        message: String,
    },
}

impl Outcome {
    pub(crate) fn failed(kind: &'static str, message: impl fmt::Display) -> Self {
        Self::Failed { kind, message: message.to_string() }
    }

    pub(crate) fn unreadable(error: Error, header: Option<Header>) -> Self {
        Self::Unreadable { hint: error.hint(), error, header }
    }

    /// The same with its hints in another language.
    pub(crate) fn in_language(self, language: &Language) -> Self {
        match self {
            Self::Checked(report) => Self::Checked(Box::new(report.in_language(language))),
            Self::Prepared(upload) => Self::Prepared(Box::new(upload.in_language(language))),
            Self::Ready { upload, file } => Self::Ready { upload: Box::new(upload.in_language(language)), file },
            Self::Unwritten { upload, message } => Self::Unwritten { upload: Box::new(upload.in_language(language)), message },
            Self::Unreadable { error, hint, header } => {
                Self::Unreadable { error, hint: hint.map(|hint| hint.in_language(language)), header }
            }
            Self::Failed { .. } => self,
        }
    }
}

/// What the photos are looked at for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Aim {
    Verdicts,
    Uploads,
}

impl Aim {
    /// The command that has this aim.
    pub(crate) const fn command(self) -> &'static str {
        match self {
            Self::Verdicts => "check",
            Self::Uploads => "prepare",
        }
    }
}

/// Why `probe` has no header for a file.
#[derive(Debug)]
pub(crate) enum Unprobed {
    Unreadable(Error),
    /// The file could not be read from the disk.
    Failed(io::Error),
}

impl fmt::Display for Unprobed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unreadable(error) => error.fmt(f),
            Self::Failed(error) => error.fmt(f),
        }
    }
}
