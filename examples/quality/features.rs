//! What tells whether eyes and lower faces can be seen, for `models/readouts/fit.py`.

use std::fs::File;
use std::io::{BufWriter, Write as _};
use std::path::{Path, PathBuf};

use face_precheck::Engine;
use rayon::prelude::*;

use crate::degrade::loss::Failure;

/// Writes what the readouts read of the main face of each picture that a table lists: twins.csv, or fixtures/quality/truth.csv.
#[derive(Debug, clap::Args)]
pub(crate) struct Options {
    /// A table with a column `file`, relative to the table's folder
    table: PathBuf,
    /// Where they go: OUT.csv has the table's rows with a face, OUT.f32 a row of little-endian floats for each (right eye, left eye,
    /// lower face)
    #[arg(long, value_name = "OUT")]
    out: PathBuf,
}

pub(crate) fn features(options: &Options) -> Result<String, Failure> {
    let engine = Engine::new()?;
    let mut table = csv::Reader::from_path(&options.table)?;
    let header = table.headers()?.clone();
    let file = header.iter().position(|column| column == "file").ok_or("the table has no column `file`")?;
    let rows: Vec<csv::StringRecord> = table.records().collect::<Result<_, _>>()?;
    let folder = options.table.parent().unwrap_or(Path::new(""));
    let of_row = |row: &csv::StringRecord| -> Result<_, Failure> {
        let path = folder.join(row.get(file).unwrap_or_default());
        let bytes = std::fs::read(&path).map_err(|error| format!("{}: {error}", path.display()))?;
        Ok(engine.features(&bytes)?)
    };
    let mut lines = csv::Writer::from_path(options.out.with_extension("csv"))?;
    let mut numbers = BufWriter::new(File::create(options.out.with_extension("f32"))?);
    lines.write_record(&header)?;
    let (mut with, mut widths) = (0, String::new());
    for rows in rows.chunks(256) {
        let found = rows.par_iter().map(of_row).collect::<Result<Vec<_>, _>>()?;
        for (row, features) in rows.iter().zip(found) {
            let Some(features) = features else { continue };
            lines.write_record(row)?;
            for number in features.iter().flatten() {
                numbers.write_all(&number.to_le_bytes())?;
            }
            widths = features.iter().map(|row| row.len().to_string()).collect::<Vec<_>>().join(" + ");
            with += 1;
        }
    }
    lines.flush()?;
    numbers.flush()?;
    Ok(format!("{} pictures, {with} with a face, {widths} numbers each", rows.len()))
}
