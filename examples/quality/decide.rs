//! What is decided about pictures that nothing is wrong with, and about damaged ones.

mod clean;
mod covered;
mod halves;
mod outcome;
mod requirement;
mod tell;
mod twins;

use std::fmt::Write as _;
use std::path::PathBuf;

use face_precheck::{Engine, Profile};

use crate::degrade::loss::Failure;
use crate::pictures;

/// Prints which clean pictures are refused, and which damaged ones are not, as Markdown.
#[derive(Debug, clap::Args)]
pub(crate) struct Options {
    /// Labels files: CSV, described in examples/accuracy/README.md
    #[arg(required = true)]
    labels: Vec<PathBuf>,
    /// A table of rendered heads with something before the face, and of eyes in steps of closing
    #[arg(long, value_name = "CSV")]
    covered: Option<PathBuf>,
    /// How many photos, from all over the list, are blurred, cut, darkened and brightened; clean, and painted on, are all
    #[arg(long, value_name = "N", default_value_t = 60)]
    at_most: usize,
    /// How often each thing is painted before the same face of a photo
    #[arg(long, value_name = "N", default_value_t = 2, value_parser = clap::value_parser!(u32).range(1..))]
    per_shape: u32,
    /// What decides about the painted things
    #[arg(long, value_name = "S", default_value_t = 7)]
    seed: u64,
}

pub(crate) fn decide(options: &Options) -> Result<String, Failure> {
    let (engine, profile) = (Engine::new()?, Profile::progeny_selfie());
    let pictures = pictures::read(&options.labels)?;
    let mut requirements = Vec::new();
    let mut out = clean::tables(&engine, &profile, &pictures, &mut requirements)?;
    let plan = twins::Plan { per_shape: options.per_shape, seed: options.seed, plain: options.at_most };
    out.push_str(&twins::tables(&engine, &profile, &pictures, plan, &mut requirements)?);
    if let Some(table) = &options.covered {
        out.push_str(&covered::tables(&engine, &profile, table, &mut requirements)?);
    }
    out.push_str("## Requirements\n\n");
    for requirement in &requirements {
        let _ = writeln!(out, "- {requirement}");
    }
    Ok(out)
}
