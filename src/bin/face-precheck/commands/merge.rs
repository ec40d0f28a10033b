//! `face-precheck merge`.

use std::collections::BTreeMap;
use std::fs::File;
use std::ops::ControlFlow;
use std::path::PathBuf;
use std::sync::Mutex;

use face_precheck::batch;
use face_precheck::{Engine, Profile, ProfileId};

use crate::Trouble;
use crate::args::{Format, MergeArgs, ResultArgs};
use crate::collector::{Collector, Ending, about, thumbnail};
use crate::config::Config;
use crate::exit::Exit;
use crate::interrupt::Interrupt;
use crate::output::Outputs;
use crate::record::Record;
use crate::report::{Span, read_span, scan};

/// A row, and in which report it stands.
#[derive(Debug, Clone, Copy)]
struct Place {
    report: usize,
    span: Span,
}

#[allow(clippy::indexing_slicing, reason = "a place knows its report by its number")]
pub(crate) fn run(args: &MergeArgs) -> Result<Exit, Trouble> {
    let config = Config::load(&args.settings)?;
    let fail_on = args.results.fail_on.or(config.fail_on).unwrap_or_default();
    refuse_text(&args.results)?;
    let mut origin = None;
    let mut files = Vec::new();
    // Sorted, and each photo once.
    let mut rows: BTreeMap<PathBuf, Place> = BTreeMap::new();
    for (report, path) in args.reports.iter().enumerate() {
        let file = File::open(path).map_err(|error| format!("{}: {error}", path.display()))?;
        let found = scan(&file, path, origin.as_ref(), |span, record| {
            rows.insert(record.path(), Place { report, span });
        })?;
        origin = found.origin;
        files.push(Mutex::new(file));
    }
    let Some(origin) = origin else { return Err("no rows found".into()) };
    let id = ProfileId { name: origin.profile.name, sha256: origin.profile.sha256 };
    // Reports name their profile, and do not hold it.
    let profile = Profile::preset(&id.name).filter(|profile| profile.sha256() == id.sha256);
    let default = args.results.output.is_empty().then_some(Format::Jsonl);
    let about = about("merge", &id, profile.map(|profile| profile.to_toml()));
    let outputs = Outputs::open(&args.results, default, &about, &args.reports)?;
    let mut collector = Collector::new(&args.results, fail_on, outputs);
    let thumbnails = collector.thumbnails();
    let engine = Engine::lazy();
    let interrupt = Interrupt::listen()?;
    if collector.progress().is_shown() {
        collector.progress().counter()(rows.len() as u64);
    }
    let options = batch::Options::default().with_cancelled(interrupt.flag());
    let mut written: Result<(), Trouble> = Ok(());
    let look = |(_, place): &(PathBuf, Place)| -> Result<_, String> {
        let line = read_span(&files[place.report], place.span).map_err(|error| error.to_string())?;
        let record = Record::parse(&line).map_err(|error| error.to_string())?;
        let thumbnail = thumbnails.and_then(|side| thumbnail(&engine, &record, side));
        Ok((line, record, thumbnail))
    };
    batch::for_each(rows, options, look, |(path, place), row| {
        let row = row.map_err(|panic| panic.to_string()).flatten();
        written = row
            .map_err(|error| format!("{}, {}: {error}", args.reports[place.report].display(), path.display()).into())
            .and_then(|(line, record, thumbnail)| collector.add(&line, &record, None, thumbnail.as_ref()));
        if written.is_ok() && collector.is_heard() { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
    });
    written?;
    let ending = Ending { profile: id.name, uploads: origin.command == "prepare", may_be_empty: false, is_resumed: false };
    collector.finish(ending, &interrupt)
}

/// Text is made of what a run has checked itself.
fn refuse_text(results: &ResultArgs) -> Result<(), Trouble> {
    let is_text = |path: &PathBuf| path.extension().is_some_and(|ending| ending.eq_ignore_ascii_case("txt"));
    if results.format == Some(Format::Text) || results.output.iter().any(is_text) {
        return Err("merge makes JSON Lines, tables and contact sheets, and no text".into());
    }
    Ok(())
}
