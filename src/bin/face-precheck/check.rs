//! `face-precheck check`.

use std::io::{self, Write};

use face_precheck::batch::for_each_ordered;
use face_precheck::{Engine, Error, Profile, ProfileId};

use crate::Trouble;
use crate::args::{CheckArgs, Format};
use crate::exit::Exit;
use crate::input::{Content, Input, Unread, inputs};
use crate::outcome::{Outcome, Row, Tally};
use crate::{jsonl, profile, text};

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
    if args.format == Format::Text && failed.is_ok() && tally.total() > 1 {
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
