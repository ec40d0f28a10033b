//! `face-precheck check`.

use std::io::{self, Write};
use std::path::PathBuf;
use std::time::SystemTime;

use face_precheck::batch::for_each_ordered;
use face_precheck::{Engine, Error, Header, Profile, ProfileId, Report, Verdict};

use crate::Trouble;
use crate::args::{CheckArgs, Format};
use crate::exit::Exit;
use crate::input::{Content, Input, Unread, inputs};
use crate::{jsonl, profile, text};

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
    Unreadable {
        error: Error,
        /// As far as the file could be read.
        header: Option<Header>,
    },
    /// Nothing can be said about the file: it could not be read from the disk, or this build is defective.
    Failed {
        kind: &'static str,
        message: String,
    },
}

/// How many files had which outcome.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Tally {
    pub(crate) compliant: usize,
    pub(crate) fixable: usize,
    pub(crate) retake: usize,
    pub(crate) unreadable: usize,
    pub(crate) failed: usize,
}

impl Tally {
    fn count(&mut self, outcome: &Outcome) {
        let counter = match outcome {
            Outcome::Checked(report) => match report.verdict() {
                Verdict::Compliant => &mut self.compliant,
                Verdict::Fixable => &mut self.fixable,
                Verdict::Retake => &mut self.retake,
            },
            Outcome::Unreadable { .. } => &mut self.unreadable,
            Outcome::Failed { .. } => &mut self.failed,
        };
        *counter += 1;
    }

    pub(crate) const fn total(&self) -> usize {
        self.compliant + self.fixable + self.retake + self.unreadable + self.failed
    }

    const fn exit(&self) -> Exit {
        if self.failed > 0 {
            Exit::Trouble
        } else if self.compliant < self.total() {
            Exit::SomeNot
        } else {
            Exit::AllCompliant
        }
    }
}

pub(crate) fn run(args: &CheckArgs) -> Result<Exit, Trouble> {
    let profile = profile::load(&args.profile)?;
    if let Some(jobs) = args.jobs {
        rayon::ThreadPoolBuilder::new().num_threads(jobs.get()).build_global()?;
    }
    let engine = Engine::new()?;
    let id = ProfileId::from(&profile);
    let mut out = anstream::AutoStream::auto(io::stdout()).lock();
    let mut tally = Tally::default();
    let mut failed = Ok(());
    for_each_ordered(
        inputs(&args.paths),
        |input| check(&engine, &profile, input),
        |row| {
            let Some(row) = row else { return true };
            tally.count(&row.outcome);
            let written = match args.format {
                Format::Text => text::row(&mut out, &row),
                Format::Jsonl => jsonl::row(&mut out, &row, &id),
            };
            failed = written.and_then(|()| out.flush());
            failed.is_ok()
        },
    );
    if args.format == Format::Text && failed.is_ok() && tally.total() != 1 {
        failed = text::tally(&mut out, &tally);
    }
    text::tolerate_broken_pipe(failed)?;
    if tally.total() == 0 {
        return Err("no pictures found".into());
    }
    Ok(tally.exit())
}

/// `None` for a file that is no picture and was not asked for by name.
fn check(engine: &Engine, profile: &Profile, input: Input) -> Option<Row> {
    let (path, content) = input.read(engine.limits());
    let (modified, outcome) = match content {
        Ok(Content { bytes, modified }) => {
            let outcome = match engine.check(&bytes, profile) {
                Ok(report) => Outcome::Checked(Box::new(report)),
                Err(error @ Error::Network { .. }) => Outcome::Failed { kind: error.kind(), message: error.to_string() },
                Err(error) => Outcome::Unreadable { error, header: face_precheck::probe(&bytes).ok() },
            };
            (modified, outcome)
        }
        Err(Unread::NoPicture) => return None,
        Err(Unread::Refused(error)) => (None, Outcome::Unreadable { error, header: None }),
        Err(Unread::Io(error)) => (None, Outcome::Failed { kind: "io", message: error.to_string() }),
    };
    Some(Row { path, modified, outcome })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_that_is_not_compliant_decides_and_trouble_outweighs_it() {
        let fine = Tally { compliant: 3, ..Tally::default() };
        assert_eq!(fine.exit(), Exit::AllCompliant);
        for tally in [Tally { fixable: 1, ..fine }, Tally { retake: 1, ..fine }, Tally { unreadable: 1, ..fine }] {
            assert_eq!(tally.exit(), Exit::SomeNot);
            assert_eq!(Tally { failed: 1, ..tally }.exit(), Exit::Trouble);
        }
    }
}
