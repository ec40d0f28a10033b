#![doc = include_str!("README.md")]

mod cases;
mod compare;
mod convert;
mod draw;
mod labels;
mod picture;
mod rows;
mod sheet;
mod stats;
mod table;
mod tally;
mod turn;

use std::fmt::Write as _;
use std::io::{self, Write as _};
use std::ops::ControlFlow;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand};
use face_precheck::{Engine, Profile, batch};
use image::RgbImage;

use crate::compare::{Comparison, Failure, Outcome};
use crate::labels::Label;
use crate::sheet::Sheet;

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
    #[arg(long, default_value_t = 3.0, value_parser = band, allow_hyphen_values = true)]
    band: f64,
    /// Check every picture mirrored left to right as well
    #[arg(long)]
    mirror: bool,
    /// Where the contact sheets go
    #[arg(long, value_name = "FOLDER", default_value = "target/accuracy")]
    sheet: PathBuf,
    /// Draw no contact sheets
    #[arg(long, conflicts_with = "sheet")]
    no_sheet: bool,
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

fn measure(options: &Measure) -> Result<(), Failure> {
    let labels: Vec<Label> = options.labels.iter().map(|path| labels::read(path)).collect::<Result<Vec<_>, _>>()?.concat();
    // Labels are about the picture as it lies.
    let mut profile = profile(options)?;
    profile.upright = None;
    let engine = Engine::new()?;
    let mut sheet = if options.no_sheet { None } else { Some(Sheet::new(&options.sheet)?) };
    let mut outcomes = Vec::with_capacity(labels.len());
    let mut drawn = Ok(());
    batch::for_each(
        &labels,
        batch::Options::default(),
        |label| compare(label, &engine, &profile, options),
        |label, compared| {
            let (outcome, thumbnail) = compared.unwrap_or_else(|panic| (Outcome { label, comparison: Err(panic.into()) }, None));
            if let Some(sheet) = &mut sheet {
                drawn = sheet.add(&outcome, thumbnail.as_ref());
            }
            outcomes.push(outcome);
            if drawn.is_ok() { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
        },
    );
    drawn?;
    let mut summary = summary(&outcomes, &profile, options);
    if let Some(sheet) = sheet {
        let _ = writeln!(summary, "Contact sheets: {} in {}", sheet.finish()?, options.sheet.display());
    }
    match io::stdout().lock().write_all(summary.as_bytes()) {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()), // `| head`
        result => Ok(result?),
    }
}

fn profile(options: &Measure) -> Result<Profile, Failure> {
    let Some(path) = &options.profile else { return Ok(Profile::progeny_selfie()) };
    let named = |error: &dyn std::error::Error| format!("{}: {error}", path.display());
    let text = std::fs::read_to_string(path).map_err(|error| named(&error))?;
    Ok(Profile::from_toml(&text).map_err(|error| named(&error))?)
}

/// Checks a picture, and draws it where a sheet is wanted and its format is decoded here.
fn compare<'a>(label: &'a Label, engine: &Engine, profile: &Profile, options: &Measure) -> (Outcome<'a>, Option<RgbImage>) {
    let read = || -> Result<_, Failure> {
        let bytes = std::fs::read(&label.path)?;
        let report = engine.check(&bytes, profile)?;
        let picture = if options.no_sheet && !options.mirror { None } else { picture::upright(&bytes, report.header()) };
        Ok((Comparison::new(label, &report, profile, options.band), picture))
    };
    let (mut comparison, picture) = match read() {
        Ok((comparison, picture)) => (comparison, picture),
        Err(error) => return (Outcome { label, comparison: Err(error) }, None),
    };
    if let Some(mirrored) = picture.as_ref().filter(|_| options.mirror) {
        comparison = comparison.with_mirror(engine, mirrored, profile);
    }
    let picture = picture.filter(|_| !options.no_sheet);
    let thumbnail = picture.map(|picture| draw::thumbnail(&picture, &comparison, sheet::THUMBNAIL));
    (Outcome { label, comparison: Ok(comparison) }, thumbnail)
}

/// Everything that is printed.
fn summary(outcomes: &[Outcome], profile: &Profile, options: &Measure) -> String {
    let comparisons: Vec<&Comparison> = outcomes.iter().filter_map(|outcome| outcome.comparison.as_ref().ok()).collect();
    let mut tables = tally::tables(outcomes, profile, options.band);
    tables.extend([
        cases::unreadable(outcomes),
        cases::wrong_faces(&comparisons),
        cases::lost_when_mirrored(&comparisons),
        cases::wrong_decisions(&comparisons),
        cases::worst(&comparisons, options.worst),
    ]);
    tables.iter().map(|table| table.render(options.markdown)).collect()
}
