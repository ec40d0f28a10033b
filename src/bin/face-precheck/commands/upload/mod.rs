//! `face-precheck upload`: photos sent to the service, and what it says of them.

mod compare;
mod credentials;
mod log;
mod register;
mod service;
mod task;

use std::io::{self, Write};

use face_precheck::Language;
use face_precheck::client::{Outcome, Registration, Result as Answered};

use crate::Trouble;
use crate::args::{ProbeFormat, UploadCommand};
use crate::exit::Exit;
use crate::output::text::{BAD, GOOD, MENDABLE, printable, tolerate_broken_pipe};
use crate::output::write_line;

pub(crate) fn run(command: &UploadCommand) -> Result<Exit, Trouble> {
    match command {
        UploadCommand::Register(args) => register::run(args),
        UploadCommand::Task(args) => task::run(args),
        UploadCommand::Compare(args) => compare::run(args),
    }
}

type Out = anstream::AutoStream<io::StdoutLock<'static>>;

/// Prints a result, one way or the other.
fn show(
    format: ProbeFormat,
    exit: Exit,
    in_words: impl FnOnce(&mut Out) -> io::Result<()>,
    in_json: impl FnOnce() -> serde_json::Result<String>,
) -> Result<Exit, Trouble> {
    let mut out = anstream::AutoStream::auto(io::stdout()).lock();
    let written = match format {
        ProbeFormat::Text => in_words(&mut out),
        ProbeFormat::Jsonl => write_line(&mut out, &in_json()?),
    };
    tolerate_broken_pipe(written.and_then(|()| out.flush()))?;
    Ok(exit)
}

fn exit(outcome: &Answered<Outcome<Registration>>) -> Exit {
    match outcome {
        Ok(Outcome::Answered(_)) => Exit::AllCompliant,
        Ok(Outcome::Refused(_)) => Exit::Refused,
        Err(error) if error.is_outcome_unknown() => Exit::Unknown,
        Err(_) => Exit::Trouble,
    }
}

/// What the service said of a photo, or a task.
fn outcome_in_words(
    out: &mut Out,
    subject: &str,
    outcome: &Answered<Outcome<Registration>>,
    language: &Language,
) -> io::Result<()> {
    match outcome {
        Ok(Outcome::Answered(face)) => {
            writeln!(out, "{GOOD}{:<10}{GOOD:#} {subject} as {}", "registered", printable(&face.uuid))
        }
        Ok(Outcome::Refused(refusal)) => {
            writeln!(out, "{BAD}{:<10}{BAD:#} {subject}", "refused")?;
            for issue in &refusal.issues {
                writeln!(out, "{BAD}{:>10}{BAD:#} {}: {}", "error", issue.code, printable(&issue.message))?;
                let hint = issue.hint().map(|hint| hint.in_language(language));
                hint.iter().try_for_each(|hint| writeln!(out, "{:>10} {hint}", ""))?;
            }
            if refusal.issues.is_empty() { writeln!(out, "{BAD}{:>10}{BAD:#} {refusal}", "error") } else { Ok(()) }
        }
        Err(error) => {
            let word = if error.is_outcome_unknown() { "unknown" } else { "failed" };
            writeln!(out, "{MENDABLE}{word:<10}{MENDABLE:#} {subject}")?;
            writeln!(out, "{BAD}{:>10}{BAD:#} {}", "error", printable(&error.to_string()))
        }
    }
}
