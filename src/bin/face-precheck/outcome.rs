//! What became of the files.

use std::fmt;
use std::io;
use std::path::PathBuf;
use std::time::SystemTime;

use face_precheck::{Error, Header, Hint, Language, Report, Upload, Verdict};

use crate::exit::Exit;

/// What became of one file.
#[derive(Debug)]
pub(crate) struct Row {
    pub(crate) path: PathBuf,
    pub(crate) modified: Option<SystemTime>,
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

/// How many files had which outcome.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Tally {
    pub(crate) ready: usize,
    pub(crate) compliant: usize,
    pub(crate) fixable: usize,
    pub(crate) retake: usize,
    pub(crate) unreadable: usize,
    pub(crate) unwritten: usize,
    pub(crate) failed: usize,
}

impl Tally {
    pub(crate) fn count(&mut self, outcome: &Outcome) {
        let counter = match outcome {
            Outcome::Checked(report) => match report.verdict() {
                Verdict::Compliant => &mut self.compliant,
                Verdict::Fixable => &mut self.fixable,
                Verdict::Retake => &mut self.retake,
            },
            Outcome::Prepared(_) | Outcome::Ready { .. } => &mut self.ready,
            Outcome::Unwritten { .. } => &mut self.unwritten,
            Outcome::Unreadable { .. } => &mut self.unreadable,
            Outcome::Failed { .. } => &mut self.failed,
        };
        *counter += 1;
    }

    pub(crate) const fn total(&self) -> usize {
        self.ready + self.compliant + self.fixable + self.retake + self.unreadable + self.unwritten + self.failed
    }

    pub(crate) const fn exit(&self) -> Exit {
        if self.failed + self.unwritten > 0 {
            Exit::Trouble
        } else if self.ready + self.compliant < self.total() {
            Exit::SomeNot
        } else {
            Exit::AllCompliant
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_that_is_not_compliant_decides_and_trouble_outweighs_it() {
        let fine = Tally { compliant: 3, ready: 2, ..Tally::default() };
        assert_eq!(fine.exit(), Exit::AllCompliant);
        for tally in [Tally { fixable: 1, ..fine }, Tally { retake: 1, ..fine }, Tally { unreadable: 1, ..fine }] {
            assert_eq!(tally.exit(), Exit::SomeNot);
            assert_eq!(Tally { failed: 1, ..tally }.exit(), Exit::Trouble);
            assert_eq!(Tally { unwritten: 1, ..tally }.exit(), Exit::Trouble);
        }
    }
}
