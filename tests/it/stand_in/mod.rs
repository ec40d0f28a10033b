//! The stand-in service, over real connections with real photos.

#[cfg(unix)]
mod command;
mod faults;
mod requests;
mod restart;
mod talk;
mod tokens;
mod verdicts;
