//! The `face-precheck` command: sees only the library's public interface.

mod args;
mod check;
mod exit;
mod input;
mod jsonl;
mod language;
mod outcome;
mod photos;
mod prepare;
mod probe;
mod profile;
mod text;

use std::process::ExitCode;

use clap::Parser;

use crate::args::{Args, Command};
use crate::exit::Exit;

/// Anything that keeps the command from doing its work; printed as it is.
type Trouble = Box<dyn std::error::Error>;

fn main() -> ExitCode {
    run(Args::parse().command)
        .unwrap_or_else(|trouble| {
            anstream::eprintln!("face-precheck: {}", text::printable(&trouble.to_string()));
            Exit::Trouble
        })
        .into()
}

fn run(command: Command) -> Result<Exit, Trouble> {
    match command {
        Command::Check(args) => check::run(&args),
        Command::Prepare(args) => prepare::run(&args),
        Command::Probe(args) => probe::run(&args),
        Command::Profile(args) => profile::run(&args),
        Command::Language(args) => language::run(&args),
    }
}
