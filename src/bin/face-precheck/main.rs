//! The `face-precheck` command: sees only the library's public interface.
#![warn(clippy::indexing_slicing, clippy::string_slice)]

mod args;
mod collector;
mod commands;
mod config;
mod exit;
mod input;
mod interrupt;
mod output;
mod photos;
mod progress;
mod record;
mod report;
#[cfg(test)]
#[path = "../../repository.rs"]
mod repository;
mod row;
mod shard;
mod stamp;
mod summary;
mod whole;

use std::panic;
use std::process::ExitCode;

use clap::Parser;

use crate::args::Args;
use crate::exit::Exit;

/// Anything that keeps the command from doing its work; printed as it is.
type Trouble = Box<dyn std::error::Error>;

fn main() -> ExitCode {
    let args = Args::parse();
    keep_panics_of_workers_quiet();
    commands::run(args.command)
        .unwrap_or_else(|trouble| {
            anstream::eprintln!("face-precheck: {}", output::text::printable(&trouble.to_string()));
            Exit::Trouble
        })
        .into()
}

/// What goes wrong with one photo is said in its row.
fn keep_panics_of_workers_quiet() {
    let print = panic::take_hook();
    panic::set_hook(Box::new(move |panic| {
        if rayon::current_thread_index().is_none() {
            print(panic);
        }
    }));
}
