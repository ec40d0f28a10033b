//! How the measures of a picture's quality answer to damage that is known.
//!
//! ```console
//! $ cargo run --release --example quality -- twins labels.csv --out twins --per-photo 12 --seed 1 --ied 120
//! $ cargo run --release --example quality -- sweep labels.csv --closures fixtures/quality/truth.csv --out docs/quality
//! $ cargo run --release --example quality -- decide labels.csv --covered fixtures/quality/truth.csv
//! ```
//!
//! Labels files are those of `examples/accuracy`. What `sweep` and `decide` print is described in `docs/quality`.

mod decide;
mod degrade;
mod features;
mod pictures;
mod plot;
mod quantity;
mod sweep;
mod twins;

#[path = "../accuracy/labels.rs"]
#[allow(dead_code, reason = "the other example needs all of it")]
mod labels;
#[path = "../accuracy/picture.rs"]
#[allow(dead_code, reason = "the other example needs all of it")]
mod picture;
#[path = "../accuracy/rows.rs"]
#[allow(dead_code, reason = "the other example needs all of it")]
mod rows;
#[path = "../accuracy/table.rs"]
#[allow(dead_code, reason = "the other example needs all of it")]
mod table;

use std::io::{self, Write as _};
use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// Shows how the measures of a picture's quality answer to damage that is known.
#[derive(Debug, Parser)]
#[command(name = "quality")]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Twins(twins::Options),
    Features(features::Options),
    Sweep(sweep::Options),
    Decide(decide::Options),
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let result = match &arguments.command {
        Command::Twins(options) => twins::twins(options),
        Command::Features(options) => features::features(options),
        Command::Sweep(options) => sweep::sweep(options),
        Command::Decide(options) => decide::decide(options),
    };
    match result {
        Ok(summary) => {
            let _ = writeln!(io::stdout(), "{summary}");
            ExitCode::SUCCESS
        }
        Err(error) => {
            let _ = writeln!(io::stderr(), "error: {error}");
            ExitCode::from(2)
        }
    }
}
