//! Where rows come together: counted, shown as progress, written to all outputs.

use std::cmp::Ordering;
use std::io::{self, Write as _};

use face_precheck::{Engine, ProfileId};

use crate::Trouble;
use crate::args::{FailOn, Format, ResultArgs};
use crate::exit::Exit;
use crate::interrupt::Interrupt;
use crate::output::text::{name, printable};
use crate::output::{About, Entry, Outputs, Thumbnail};
use crate::progress::Progress;
use crate::record::{Class, Record};
use crate::row::Row;
use crate::summary::{Summary, Tally};

/// Everything that a run has to show.
pub(crate) struct Collector {
    outputs: Outputs,
    progress: Progress,
    fail_on: FailOn,
    quiet: bool,
    tally: Tally,
    /// Photos that an earlier run has reported.
    known: usize,
    /// Files that are no pictures.
    no_pictures: usize,
    /// Photos of which nothing can be said, or whose upload could not be written.
    failures: usize,
}

/// So many of them are told but for one.
const TOLD_FAILURES: usize = 20;

/// How a run ends.
pub(crate) struct Ending {
    /// The profile in force, in words.
    pub(crate) profile: String,
    /// Whether uploads were asked for, and not verdicts alone.
    pub(crate) uploads: bool,
    /// Whether it is no wonder if there were no photos.
    pub(crate) may_be_empty: bool,
    /// What earlier rows are called: those of a report that is gone on with.
    pub(crate) is_resumed: bool,
}

impl Collector {
    pub(crate) fn new(args: &ResultArgs, fail_on: FailOn, outputs: Outputs) -> Self {
        let (progress, tally) = (Progress::new(args), Tally::default());
        Self { outputs, progress, fail_on, quiet: args.quiet, tally, known: 0, no_pictures: 0, failures: 0 }
    }

    pub(crate) fn progress(&mut self) -> &mut Progress {
        &mut self.progress
    }

    /// Whether anybody would see a further row.
    pub(crate) fn is_heard(&self) -> bool {
        !self.outputs.is_empty()
    }

    /// The size of thumbnails, if they are wanted.
    pub(crate) fn thumbnails(&self) -> Option<u32> {
        self.outputs.show_photos().then_some(Thumbnail::SIDE)
    }

    /// A file that was found and passed by.
    pub(crate) fn no_picture(&mut self) {
        self.no_pictures += 1;
        self.progress.advance(&self.tally, true);
    }

    /// A photo's line; with its row unless it was checked by an earlier run.
    pub(crate) fn add(
        &mut self,
        line: &str,
        record: &Record,
        row: Option<&Row>,
        thumbnail: Option<&Thumbnail>,
    ) -> Result<(), Trouble> {
        self.known += usize::from(row.is_none());
        let passed = self.tally.count(record, self.fail_on);
        self.progress.advance(&self.tally, row.is_none());
        if matches!(record.class(), Class::Failed | Class::Unwritten) && row.is_some() && !self.outputs.talk() {
            self.tell_failure(record);
        }
        let entry = Entry { line, record, row, thumbnail, passed };
        let outputs = &mut self.outputs;
        self.progress.suspend(|| outputs.row(&entry))
    }

    /// Exit code 2 has to have a reason that is seen, where rows are not.
    fn tell_failure(&mut self, record: &Record) {
        self.failures += 1;
        let message = record.error.as_ref().map(|error| error.message.as_str()).unwrap_or_default();
        let text = match self.failures.cmp(&TOLD_FAILURES) {
            Ordering::Less => format!("face-precheck: {}: {}", name(&record.path()), printable(message)),
            Ordering::Equal => "face-precheck: there are more of them: see the outputs".to_owned(),
            Ordering::Greater => return,
        };
        self.progress.tell(&text);
    }

    /// Writes what comes after the last row, and says how it went.
    pub(crate) fn finish(mut self, ending: Ending, interrupt: &Interrupt) -> Result<Exit, Trouble> {
        self.progress.finish();
        let Ending { profile, uploads, may_be_empty, is_resumed } = ending;
        let interrupted = interrupt.exit();
        let summary = Summary {
            tally: &self.tally,
            uploads,
            fail_on: self.fail_on,
            checked: self.tally.total() - self.known,
            resumed: if is_resumed { self.known } else { 0 },
            no_pictures: self.no_pictures,
            profile,
            interrupted: interrupted.is_some(),
            elapsed: self.progress.elapsed(),
        };
        let talks = self.outputs.talk();
        self.outputs.finish(&summary)?;
        let is_worth_it = self.tally.total() > 1 || summary.interrupted || !talks;
        // Who has stopped reading rows does not wait for their sum.
        if !self.quiet && !self.outputs.were_abandoned() && is_worth_it && self.tally.total() > 0 {
            let mut stderr = anstream::stderr().lock();
            let written = if talks { Ok(()) } else { summary.write(&mut stderr) };
            // Nobody is there to be told that standard error is closed.
            let _: io::Result<()> = written.and_then(|()| summary.write_time(&mut stderr)).and_then(|()| stderr.flush());
        }
        if self.tally.total() == 0 && interrupted.is_none() && !may_be_empty {
            return Err("no pictures found".into());
        }
        Ok(interrupted.unwrap_or_else(|| self.tally.exit()))
    }
}

/// What all pages of a contact sheet say.
pub(crate) fn about(command: &'static str, id: &ProfileId, demands: Option<String>) -> About {
    About { command, profile: id.name.clone(), sha256: id.sha256.clone(), demands }
}

/// A small picture of what a row of an earlier run is about, if it is still there.
pub(crate) fn thumbnail(engine: &Engine, record: &Record, side: u32) -> Option<Thumbnail> {
    let (path, turn) = match (&record.upload, record.class()) {
        (_, Class::Unreadable | Class::Failed) => return None,
        (Some(upload), _) => (upload.path(), face_precheck::Turn::None),
        (None, _) => (record.path(), record.turn()),
    };
    let is_same = record
        .header
        .as_ref()
        .is_some_and(|header| std::fs::metadata(&path).is_ok_and(|file| file.is_file() && file.len() == header.file_size));
    let bytes = is_same.then(|| std::fs::read(&path).ok()).flatten()?;
    Thumbnail::new(&engine.preview(&bytes, turn, side).ok()?)
}

/// The format of standard output where nothing is said about it.
pub(crate) fn default_format(args: &ResultArgs, is_resumed: bool) -> Option<Format> {
    (args.output.is_empty() && !is_resumed).then_some(Format::Text)
}
