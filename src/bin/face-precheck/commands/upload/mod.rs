//! `face-precheck upload`: photos sent to the service, and what it says of them.

mod compare;
mod credentials;
mod log;
mod register;

use crate::Trouble;
use crate::args::UploadCommand;
use crate::exit::Exit;

pub(crate) fn run(command: &UploadCommand) -> Result<Exit, Trouble> {
    match command {
        UploadCommand::Register(args) => register::run(args),
        UploadCommand::Compare(args) => compare::run(args),
    }
}
