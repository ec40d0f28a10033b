//! Many photos at the same time, and a line about each in the order in which they were asked for.

use std::io::{self, Write};
use std::path::Path;

use face_precheck::batch::for_each_ordered;
use face_precheck::{Engine, Error, Language, Profile, ProfileId, Result};

use crate::Trouble;
use crate::args::{Format, PhotoArgs};
use crate::exit::Exit;
use crate::input::{Content, Input, Unread, inputs};
use crate::outcome::{Aim, Outcome, Row, Tally};
use crate::{jsonl, text};

/// Does `work` on every photo's content, on all cores; then `finish` on what came of it, one after the other, with the photo's place
/// below the argument that led to it. Hints are in `language`. Folders are searched without the one to `skip`.
pub(crate) fn each(
    args: &PhotoArgs,
    profile: &Profile,
    language: &Language,
    aim: Aim,
    skip: Option<&Path>,
    work: impl Fn(&Engine, &[u8]) -> Result<Outcome> + Sync,
    finish: impl Fn(&Input, Outcome) -> Outcome,
) -> Result<Exit, Trouble> {
    if let Some(jobs) = args.jobs {
        rayon::ThreadPoolBuilder::new().num_threads(jobs.get()).build_global()?;
    }
    let engine = Engine::lazy();
    let id = ProfileId::from(profile);
    let mut out = anstream::AutoStream::auto(io::stdout()).lock();
    let mut tally = Tally::default();
    let mut failed = Ok(());
    for_each_ordered(
        inputs(&args.paths, skip),
        |mut input| {
            let content = input.read(engine.limits());
            let done = outcome(content, |bytes| work(&engine, bytes));
            done.map(|(modified, outcome)| (input, modified, outcome.in_language(language)))
        },
        |done| {
            let Some((input, modified, outcome)) = done else { return true };
            let outcome = finish(&input, outcome);
            let row = Row { path: input.path, modified, outcome };
            tally.count(&row.outcome);
            if is_broken_pipe(&failed) {
                return true;
            }
            let written = match args.format {
                Format::Text => text::row(&mut out, &row),
                Format::Jsonl => jsonl::row(&mut out, &row, &id),
            };
            failed = written.and_then(|()| out.flush());
            // Uploads are made whether anyone listens or not.
            failed.is_ok() || (aim == Aim::Uploads && is_broken_pipe(&failed))
        },
    );
    if args.format == Format::Text && failed.is_ok() && tally.total() > 1 {
        failed = text::tally(&mut out, &tally, aim);
    }
    text::tolerate_broken_pipe(failed)?;
    if tally.total() == 0 {
        return Err("no pictures found".into());
    }
    Ok(tally.exit())
}

fn is_broken_pipe(result: &io::Result<()>) -> bool {
    result.as_ref().is_err_and(|error| error.kind() == io::ErrorKind::BrokenPipe)
}

/// `None` for a file that is no picture and was not asked for by name.
fn outcome(
    content: Result<Content, Unread>,
    work: impl Fn(&[u8]) -> Result<Outcome>,
) -> Option<(Option<std::time::SystemTime>, Outcome)> {
    Some(match content {
        Ok(Content { bytes, modified }) => {
            let outcome = work(&bytes).unwrap_or_else(|error| match error {
                Error::Network { .. } | Error::Encoder { .. } => Outcome::failed(error.kind(), error),
                error => Outcome::unreadable(error, face_precheck::probe(&bytes).ok()),
            });
            (modified, outcome)
        }
        Err(Unread::NoPicture) => return None,
        Err(Unread::Refused(error)) => (None, Outcome::unreadable(error, None)),
        Err(Unread::Io(error)) => (None, Outcome::failed("io", error)),
    })
}
