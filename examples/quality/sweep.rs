//! How each measure answers to more and more of one kind of damage.

#![allow(
    clippy::cast_possible_truncation,
    clippy::cast_precision_loss,
    clippy::cast_sign_loss,
    reason = "steps of damage and counts of pictures are small"
)]

mod closure;
mod damage;
mod readings;
mod resolution;
mod show;
mod skin;
mod trend;

use std::fmt::Write;
use std::fs;
use std::path::PathBuf;

use face_precheck::{Engine, Profile};
use rayon::prelude::*;

use self::damage::{Sweep, sweeps};
use self::readings::Readings;
use self::show::Plots;
use crate::degrade::loss::Failure;
use crate::pictures::{self, Clean, FRONTAL, IED, Picture, a_few, check};

/// Damages labelled pictures of faces step by step, prints how the measures answer as Markdown, and plots it.
#[derive(Debug, clap::Args)]
pub(crate) struct Options {
    /// Labels files: CSV, described in examples/accuracy/README.md
    #[arg(required = true)]
    labels: Vec<PathBuf>,
    /// A table of eyes in steps of closing: columns file, identity, `eye_closure`, `eye_opening_left`, `eye_opening_right`,
    /// `interpupillary_distance_px`
    #[arg(long, value_name = "CSV")]
    closures: Option<PathBuf>,
    /// Where the plots go
    #[arg(long, value_name = "FOLDER")]
    out: PathBuf,
    /// How many photos are taken, from all over the list; of rendered people it is one picture each
    #[arg(long, value_name = "N", default_value_t = 16)]
    at_most: usize,
}

/// Pictures with fewer pixels between the pupils are not swept: damage in pixels would not be the same on them.
const LEAST_IED: f64 = 100.0;

pub(crate) fn sweep(options: &Options) -> Result<String, Failure> {
    let (engine, profile) = (Engine::new()?, Profile::progeny_selfie());
    fs::create_dir_all(&options.out)?;
    let mut pictures = pictures::read(&options.labels)?;
    pictures.retain(|picture| picture.is_clean() && picture.is_within(FRONTAL));
    let resolution = resolution::table(&engine, &profile, &pictures, options.at_most)?;
    pictures.retain(|picture| picture.ied() >= LEAST_IED);
    let skin = skin::tables(&engine, &profile, &pictures)?;
    let pictures = a_few(pictures, options.at_most);
    let clean = pictures.par_iter().map(|picture| picture.at(IED)).collect::<Result<Vec<_>, _>>()?;
    let sweeps = sweeps();
    let readings = run(&engine, &profile, &sweeps, &pictures, &clean)?;

    let photos = pictures.iter().filter(|picture| !picture.rendered).count();
    let mut out = format!(
        "{photos} photos and {} rendered heads, reduced to {IED} pixels between the pupils.\n\n",
        pictures.len() - photos
    );
    let mut plots = Plots::default();
    for (sweep, readings) in sweeps.iter().zip(&readings) {
        out.push_str(&show::tables(sweep, readings));
        plots.add(sweep, readings);
    }
    if let Some(table) = &options.closures {
        out.push_str(&closure::table(&engine, &profile, table, &mut plots)?);
    }
    out.push_str(&skin);
    out.push_str(&resolution);
    out.push_str(&show::side_effects(&sweeps, &readings));
    let written = plots.write(&options.out, &profile)?;
    let _ = writeln!(out, "{written} plots in {}", options.out.display());
    Ok(out)
}

/// Does every step of every sweep to every picture.
fn run(
    engine: &Engine,
    profile: &Profile,
    sweeps: &[Sweep],
    pictures: &[Picture],
    clean: &[Clean],
) -> Result<Vec<Readings>, Failure> {
    let jobs: Vec<(usize, usize, usize)> = sweeps
        .iter()
        .enumerate()
        .flat_map(|(sweep, Sweep { steps, .. })| (0..steps.len()).map(move |step| (sweep, step)))
        .flat_map(|(sweep, step)| (0..pictures.len()).map(move |picture| (sweep, step, picture)))
        .collect();
    let reports = jobs
        .par_iter()
        .map(|&(sweep, step, picture)| {
            let sweep = &sweeps[sweep];
            let damaged = (sweep.damage)(&clean[picture], sweep.steps[step])?;
            damaged.map(|image| check(engine, profile, &image)).transpose()
        })
        .collect::<Result<Vec<_>, Failure>>()?;
    let mut readings: Vec<Readings> = sweeps.iter().map(|sweep| Readings::new(pictures, sweep.steps.len())).collect();
    for ((sweep, step, picture), report) in jobs.into_iter().zip(reports) {
        if let Some(report) = report {
            readings[sweep].add(step, &pictures[picture], clean[picture].face, report);
        }
    }
    Ok(readings)
}
