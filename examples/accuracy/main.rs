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

use std::error::Error;
use std::fmt::Write as _;
use std::io::{self, Write as _};
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand};
use face_precheck::batch::for_each_ordered;
use face_precheck::{Engine, Profile};
use image::RgbImage;

use crate::compare::Comparison;
use crate::labels::Label;
use crate::sheet::Sheet;
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

type Failure = Box<dyn Error + Send + Sync>;

/// A picture and what came of it.
struct Outcome<'a> {
    label: &'a Label,
    comparison: Result<Comparison<'a>, Failure>,
}

fn measure(options: &Measure) -> Result<(), Failure> {
    let labels: Vec<Label> = options.labels.iter().map(|path| labels::read(path)).collect::<Result<Vec<_>, _>>()?.concat();
    let profile = profile(options)?;
    let engine = Engine::new()?;
    let mut sheet = if options.no_sheet { None } else { Some(Sheet::new(&options.sheet)?) };
    let mut outcomes = Vec::with_capacity(labels.len());
    let mut drawn = Ok(());
    for_each_ordered(
        &labels,
        |label| (label, compare(label, &engine, &profile, options)),
        |(label, result)| {
            let (comparison, thumbnail) =
                result.map_or_else(|error| (Err(error), None), |(comparison, thumbnail)| (Ok(comparison), thumbnail));
            if let Some(sheet) = &mut sheet {
                let shown = comparison.as_ref().map_err(ToString::to_string);
                drawn =
                    sheet.add(label, shown.as_ref().map(|comparison| *comparison).map_err(String::as_str), thumbnail.as_ref());
            }
            outcomes.push(Outcome { label, comparison });
            drawn.is_ok()
        },
    );
    drawn?;
    let mut summary = summary(&outcomes, &profile, options);
    if let Some(sheet) = sheet {
        let _ = writeln!(summary, "Contact sheets: {} in {}", sheet.finish()?, options.sheet.display());
    }
    io::stdout().lock().write_all(summary.as_bytes())?;
    Ok(())
}

fn profile(options: &Measure) -> Result<Profile, Failure> {
    let Some(path) = &options.profile else { return Ok(Profile::progeny_selfie()) };
    let named = |error: &dyn Error| format!("{}: {error}", path.display());
    let text = std::fs::read_to_string(path).map_err(|error| named(&error))?;
    Ok(Profile::from_toml(&text).map_err(|error| named(&error))?)
}

/// Checks a picture, and draws it where a sheet is wanted and its format is decoded here.
fn compare<'a>(
    label: &'a Label,
    engine: &Engine,
    profile: &Profile,
    options: &Measure,
) -> Result<(Comparison<'a>, Option<RgbImage>), Failure> {
    let bytes = std::fs::read(&label.path)?;
    let report = engine.check(&bytes, profile)?;
    let comparison = Comparison::new(label, &report, profile, options.band);
    if options.no_sheet && !options.mirror {
        return Ok((comparison, None));
    }
    let Some(picture) = picture::upright(&bytes, report.header()) else { return Ok((comparison, None)) };
    let thumbnail = (!options.no_sheet).then(|| draw::thumbnail(&picture, &comparison, sheet::THUMBNAIL));
    let mirrored = if options.mirror { picture::mirrored_png(&picture) } else { None };
    let comparison = match mirrored {
        Some(mirrored) => comparison.with_mirror(engine, &mirrored, f64::from(picture.width()), profile),
        None => comparison,
    };
    Ok((comparison, thumbnail))
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
        cases::lost_when_mirrored(&comparisons),
        cases::wrong_decisions(&comparisons),
        cases::worst(&comparisons, options.worst),
    ]);
    tables.iter().map(|table| table.render(options.markdown)).collect()
}
