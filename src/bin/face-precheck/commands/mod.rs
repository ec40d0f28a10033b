//! What the command can do, one room each.

mod annotate;
mod check;
mod generate;
pub(crate) mod language;
mod merge;
mod prepare;
mod probe;
pub(crate) mod profile;
#[cfg(feature = "stand-in")]
mod stand_in;
#[cfg(feature = "client")]
mod upload;

use crate::Trouble;
use crate::args::Command;
use crate::exit::Exit;

pub(crate) fn run(command: Command) -> Result<Exit, Trouble> {
    match command {
        Command::Check(args) => check::run(&args),
        Command::Prepare(args) => prepare::run(&args),
        Command::Merge(args) => merge::run(&args),
        Command::Annotate(args) => annotate::run(&args),
        Command::Probe(args) => probe::run(&args),
        #[cfg(feature = "stand-in")]
        Command::StandIn(args) => stand_in::run(&args),
        Command::Profile(args) => profile::run(&args),
        Command::Language(args) => language::run(&args),
        #[cfg(feature = "client")]
        Command::Upload(command) => upload::run(&command),
        Command::Completions { shell } => generate::completions(shell),
        Command::Man(args) => generate::man(&args),
    }
}
