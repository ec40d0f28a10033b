#![doc = include_str!("README.md")]

mod cases;
mod compare;
mod convert;
mod labels;
mod picture;
mod rows;
mod stats;
mod table;
mod tally;
mod turn;

use std::error::Error;
use std::io::{self, Write};
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand};
use face_precheck::batch::for_each_ordered;
use face_precheck::{Engine, Profile};

use crate::compare::Comparison;
use crate::labels::Label;
use crate::tally::Tallied;

/// Compares what is found on pictures with what is known of them.
#[derive(Debug, Parser)]
#[command(name = "accuracy", args_conflicts_with_subcommands = true, subcommand_negates_reqs = true)]
struct Arguments {
    #[command(subcommand)]
    command: Option<Command>,
    #[command(flatten)]
    measure: Measure,
}

#[derive(Debug, Subcommand)]
enum Command {
    Convert(convert::Options),
}

#[derive(Debug, clap::Args)]
struct Measure {
    /// Labels files: CSV, described in examples/accuracy/README.md
    #[arg(required = true)]
    labels: Vec<PathBuf>,
    /// The profile whose limits the decisions are about [default: progeny-selfie]
    #[arg(long, value_name = "FILE")]
    profile: Option<PathBuf>,
    /// A truth so close to a limit (degrees, or percent of the distance between the pupils) is not counted as a decision
    #[arg(long, default_value_t = 3.0, value_parser = band)]
    band: f64,
    /// Check every picture mirrored left to right as well
    #[arg(long)]
    mirror: bool,
    /// How many of the worst pictures of each measure are listed
    #[arg(long, value_name = "N", default_value_t = 5)]
    worst: usize,
    /// Print tables in Markdown
    #[arg(long)]
    markdown: bool,
}

fn band(text: &str) -> Result<f64, String> {
    text.parse()
        .ok()
        .filter(|band: &f64| band.is_finite() && *band >= 0.0)
        .ok_or_else(|| "has to be a number from 0 on".to_owned())
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let result = match &arguments.command {
        Some(Command::Convert(options)) => convert::convert(options, io::stdout().lock()).map_err(Into::into),
        None => measure(&arguments.measure),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            let _ = writeln!(io::stderr(), "error: {error}");
            ExitCode::from(2)
        }
    }
}

/// A picture and what came of it.
struct Outcome<'a> {
    label: &'a Label,
    comparison: Result<Comparison<'a>, Box<dyn Error + Send + Sync>>,
}

fn measure(options: &Measure) -> Result<(), Box<dyn Error>> {
    let labels: Vec<Label> = options.labels.iter().map(|path| labels::read(path)).collect::<Result<Vec<_>, _>>()?.concat();
    let profile = profile(options)?;
    let engine = Engine::new()?;
    let mut outcomes = Vec::with_capacity(labels.len());
    for_each_ordered(
        &labels,
        |label| Outcome { label, comparison: compare(label, &engine, &profile, options) },
        |outcome| {
            outcomes.push(outcome);
            true
        },
    );
    io::stdout().lock().write_all(summary(&outcomes, &profile, options).as_bytes())?;
    Ok(())
}

fn profile(options: &Measure) -> Result<Profile, Box<dyn Error>> {
    let Some(path) = &options.profile else { return Ok(Profile::progeny_selfie()) };
    let named = |error: &dyn Error| format!("{}: {error}", path.display());
    let text = std::fs::read_to_string(path).map_err(|error| named(&error))?;
    Ok(Profile::from_toml(&text).map_err(|error| named(&error))?)
}

fn compare<'a>(
    label: &'a Label,
    engine: &Engine,
    profile: &Profile,
    options: &Measure,
) -> Result<Comparison<'a>, Box<dyn Error + Send + Sync>> {
    let bytes = std::fs::read(&label.path)?;
    let report = engine.check(&bytes, profile)?;
    let mut comparison = Comparison::new(label, &report, profile, options.band);
    if options.mirror {
        let picture = picture::upright(&bytes, report.header());
        if let Some((picture, mirrored)) = picture.and_then(|picture| picture::mirrored_png(&picture).map(|png| (picture, png))) {
            comparison = comparison.with_mirror(engine, &mirrored, f64::from(picture.width()), profile);
        }
    }
    Ok(comparison)
}

/// Everything that is printed.
fn summary(outcomes: &[Outcome], profile: &Profile, options: &Measure) -> String {
    let pictures: Vec<Tallied> = outcomes
        .iter()
        .map(|outcome| Tallied { set: &outcome.label.set, comparison: outcome.comparison.as_ref().ok() })
        .collect();
    let comparisons: Vec<&Comparison> = pictures.iter().filter_map(|picture| picture.comparison).collect();
    let mut unreadable = table::Table::new("Unreadable", 3, &["set", "file", "error"]);
    for Outcome { label, comparison } in outcomes {
        if let Err(error) = comparison {
            unreadable.push([label.set.clone(), label.file.clone(), error.to_string()]);
        }
    }
    let mut tables = tally::tables(&pictures, profile, options.band);
    tables.extend([
        unreadable,
        cases::wrong_faces(&comparisons),
        cases::wrong_decisions(&comparisons),
        cases::worst(&comparisons, options.worst),
    ]);
    tables.iter().map(|table| table.render(options.markdown)).collect()
}
