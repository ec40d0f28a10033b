//! Many photos at the same time, and a row about each.

use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use face_precheck::batch::{self, Order, Panic};
use face_precheck::{Engine, Error, Language, Preview, ProfileId, SCHEMA, TOOL};

use crate::Trouble;
use crate::args::PhotoArgs;
use crate::collector::{Collector, Ending, about, default_format, thumbnail};
use crate::config::{Config, InForce};
use crate::exit::Exit;
use crate::input::{Content, Input, Search, Unread};
use crate::interrupt::Interrupt;
use crate::output::{Outputs, Thumbnail, jsonl};
use crate::record::{Origin, ProfileRecord, Record};
use crate::report::{Continued, Earlier, resume};
use crate::row::{Aim, Outcome, Row};
use crate::stamp::Stamp;

/// What is done with photos, and how.
pub(crate) struct Job<'a> {
    pub(crate) args: &'a PhotoArgs,
    pub(crate) config: &'a Config,
    pub(crate) search: Search,
    pub(crate) in_force: &'a InForce,
    pub(crate) language: Language,
    pub(crate) aim: Aim,
}

/// What was made of a photo's content, and a picture of it if one was asked for.
pub(crate) type Made = (Outcome, Option<Preview>);

/// What a worker has found out about a file.
enum Done {
    /// It is no picture, and was not asked for by name.
    NoPicture,
    /// An earlier run has reported it.
    Known {
        line: String,
        record: Box<Record>,
        thumbnail: Option<Thumbnail>,
    },
    New {
        stamp: Option<Stamp>,
        outcome: Outcome,
        thumbnail: Option<Thumbnail>,
    },
}

impl Job<'_> {
    /// Does `work` on every photo's content, on all cores, which also gives a picture of so many pixels if that is wanted; then `finish` on
    /// what came of it, one after the other. `is_kept` tells whether what a row of an earlier run promises is still there.
    pub(crate) fn run(
        self,
        work: impl Fn(&Engine, &[u8], Option<u32>) -> face_precheck::Result<Made> + Sync,
        finish: impl Fn(&Input, Outcome) -> Outcome,
        is_kept: impl Fn(&Record) -> bool + Sync,
    ) -> Result<Exit, Trouble> {
        let Self { args, config, search, in_force: InForce { profile, source }, language, aim } = self;
        if let Some(jobs) = args.jobs.or(config.jobs) {
            rayon::ThreadPoolBuilder::new().num_threads(jobs.get()).build_global()?;
        }
        let id = ProfileId::from(profile);
        let (earlier, mut continued) = match &args.resume {
            Some(report) => resume(report, &origin(&id, aim)).map(|(earlier, continued)| (Some(earlier), Some(continued)))?,
            None => (None, None),
        };
        let about = about(aim.command(), &id, Some(profile.to_toml()));
        let default = default_format(&args.results, args.resume.is_some());
        let outputs = Outputs::open(&args.results, default, &about, &read_or_written(args, &search))?;
        let fail_on = args.results.fail_on.or(config.fail_on).unwrap_or_default();
        let collector = Collector::new(&args.results, fail_on, outputs);
        let thumbnails = collector.thumbnails();
        let engine = Engine::lazy();
        let interrupt = Interrupt::listen()?;
        let order = if args.unordered { Order::Completion } else { Order::Inputs };
        let options = batch::Options::default().with_order(order).with_cancelled(interrupt.flag());
        let look = |input: &Input| {
            let known = earlier.as_ref().and_then(|earlier| earlier.row(&input.path, input.stamp()));
            if let Some((line, record)) = known.filter(|(_, record)| is_kept(record)) {
                let thumbnail = thumbnails.and_then(|side| thumbnail(&engine, &record, side));
                return Done::Known { line, record: Box::new(record), thumbnail };
            }
            new(input.read(engine.limits()), |bytes| work(&engine, bytes, thumbnails), &language)
        };
        let mut rows = Rows { aim, id: &id, collector, earlier: earlier.as_ref(), continued: continued.as_mut() };
        let mut written = Ok(());
        let is_over = AtomicBool::new(false);
        thread::scope(|scope| {
            if rows.collector.progress().is_shown() {
                let tell = rows.collector.progress().counter();
                let (search, interrupt, is_over) = (&search, &interrupt, &is_over);
                let goes_on = || interrupt.exit().is_none() && !is_over.load(Ordering::Relaxed);
                scope.spawn(move || tell(search.inputs().take_while(|_| goes_on()).count() as u64));
            }
            batch::for_each(search.inputs(), options, look, |input, done| {
                if interrupt.exit().is_some() {
                    rows.collector.progress().tell_stopping();
                }
                written = rows.take(input, done, &finish);
                if written.is_ok() && rows.are_wanted() { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
            });
            is_over.store(true, Ordering::Relaxed);
        });
        let Rows { collector, .. } = rows;
        written?;
        if let Some(continued) = continued {
            continued.finish()?;
        }
        let ending = Ending {
            profile: format!("{}, {source}", id.name),
            uploads: aim == Aim::Uploads,
            may_be_empty: search.left_all_to_others(),
            is_resumed: args.resume.is_some(),
        };
        collector.finish(ending, &interrupt)
    }
}

/// What is made of workers' findings.
struct Rows<'a> {
    aim: Aim,
    id: &'a ProfileId,
    collector: Collector,
    earlier: Option<&'a Earlier>,
    continued: Option<&'a mut Continued>,
}

impl Rows<'_> {
    fn take(
        &mut self,
        input: Input,
        done: Result<Done, Panic>,
        finish: impl Fn(&Input, Outcome) -> Outcome,
    ) -> Result<(), Trouble> {
        // A defect of ours or of a codec is the row of the photo that shows it.
        let done =
            done.unwrap_or_else(|panic| Done::New { stamp: None, outcome: Outcome::failed("internal", panic), thumbnail: None });
        match done {
            Done::NoPicture => {
                self.collector.no_picture();
                Ok(())
            }
            Done::Known { line, record, thumbnail } => self.collector.add(&line, &record, None, thumbnail.as_ref()),
            Done::New { stamp, outcome, thumbnail } => {
                let outcome = finish(&input, outcome);
                let row = Row { path: input.path, stamp, outcome };
                let line = jsonl::row(&row, self.aim, self.id)?;
                if let Some(continued) = &mut self.continued {
                    let replaces = self.earlier.is_some_and(|earlier| earlier.knows(&row.path));
                    continued.append(&line, replaces).map_err(|error| format!("--resume: {error}"))?;
                }
                let record = Record::parse(&line)?;
                self.collector.add(&line, &record, Some(&row), thumbnail.as_ref())
            }
        }
    }

    /// Uploads are made, and reports are completed, whether anyone listens or not.
    fn are_wanted(&self) -> bool {
        self.aim == Aim::Uploads || self.continued.is_some() || self.collector.is_heard()
    }
}

/// Files that no output may take the place of.
fn read_or_written(args: &PhotoArgs, search: &Search) -> Vec<PathBuf> {
    let PhotoArgs { input, demands, resume, .. } = args;
    let named = [resume, &input.files_from, &demands.profile, &demands.language, &demands.settings.config];
    let mut files: Vec<PathBuf> = named.into_iter().flatten().chain(&input.exclude_from).cloned().collect();
    // What was named is missed even if it is no picture.
    let is_output = |path: &&Path| args.results.output.iter().any(|output| output.extension() == path.extension());
    files.extend(search.roots().filter(is_output).map(Path::to_path_buf));
    files
}

/// What is found out about a file that no earlier run has reported.
fn new(content: Result<Content, Unread>, work: impl Fn(&[u8]) -> face_precheck::Result<Made>, language: &Language) -> Done {
    let (stamp, outcome, preview) = match content {
        Err(Unread::NoPicture) => return Done::NoPicture,
        Err(Unread::Refused(error, stamp)) => (Some(stamp), Outcome::unreadable(error, None), None),
        Err(Unread::Io(error)) => (None, Outcome::failed("io", error), None),
        Ok(Content { bytes, stamp }) => {
            let (outcome, preview) = work(&bytes).unwrap_or_else(|error| {
                let outcome = match error {
                    Error::Network { .. } | Error::Encoder { .. } => Outcome::failed(error.kind(), error),
                    error => Outcome::unreadable(error, face_precheck::probe(&bytes).ok()),
                };
                (outcome, None)
            });
            (Some(stamp), outcome, preview)
        }
    };
    let thumbnail = preview.as_ref().and_then(Thumbnail::new);
    Done::New { stamp, outcome: outcome.in_language(language), thumbnail }
}

/// What rows of this run have in common.
fn origin(id: &ProfileId, aim: Aim) -> Origin {
    Origin {
        schema: SCHEMA,
        tool: TOOL.into(),
        command: aim.command().into(),
        profile: ProfileRecord { name: id.name.clone(), sha256: id.sha256.clone() },
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use clap::Parser;

    use super::*;
    use crate::args::{Args, Command};

    /// A photo on which a dependency panics has its row, and so has every other one: the threads go on.
    #[test]
    fn a_panic_in_a_dependency_is_the_row_of_its_photo() {
        let folder = tempfile::tempdir().unwrap();
        for number in 0..40 {
            fs::write(folder.path().join(format!("{number:02}.jpg")), [number]).unwrap();
        }
        let report = folder.path().join("report.jsonl");
        let named = ["face-precheck", "check", "--quiet", "--no-config"].map(Into::into);
        let named = named.into_iter().chain([folder.path().into(), "--output".into(), report.clone().into_os_string()]);
        let Command::Check(args) = Args::parse_from(named).command else { panic!("another command") };
        let config = Config::load(&args.photos.demands.settings).unwrap();
        let in_force = config.profile(&args.photos.demands).unwrap();
        let search = Search::new(&args.photos.input, Vec::new()).unwrap();
        let job = Job {
            args: &args.photos,
            config: &config,
            search,
            in_force: &in_force,
            language: Language::english(),
            aim: Aim::Verdicts,
        };
        let look = |_: &Engine, bytes: &[u8], _| {
            let pixels = image::RgbImage::new(1, 30);
            assert_eq!(pixels.get_pixel(0, bytes[0].into()).0, [0; 3]);
            Err(Error::Empty)
        };
        let exit = job.run(look, |_, outcome| outcome, |_| true).unwrap();
        assert_eq!(exit, Exit::Trouble);
        let rows = fs::read_to_string(report).unwrap();
        let kinds: Vec<_> = rows.lines().map(|row| Record::parse(row).unwrap().error.unwrap().kind).collect();
        assert_eq!(kinds, [vec!["empty"; 30], vec!["internal"; 10]].concat());
    }
}
