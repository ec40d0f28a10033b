//! How the measure of open eyes answers to rendered eyes that close.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;

use face_precheck::{Engine, Profile, Severity};
use rayon::prelude::*;

use super::show::{Plots, figure};
use super::trend::Trend;
use crate::degrade::loss::Failure;
use crate::quantity::EYES_OPEN;
use crate::rows;
use crate::table::Table;

/// A rendered pair of eyes.
struct Eyes {
    person: String,
    /// Percent.
    closure: f64,
    /// Of the eye that is more closed, in distances between the pupils.
    opening: f64,
    measured: Option<f64>,
    said: &'static str,
}

/// The table, and points for the plot.
pub(crate) fn table(engine: &Engine, profile: &Profile, path: &Path, plots: &mut Plots) -> Result<String, Failure> {
    let table = rows::Table::read(path)?;
    let rows: Vec<rows::Row> = table.rows().filter(|row| row.text("set") == Some("closure")).collect();
    let number = |row: &rows::Row, column: &str| -> Result<f64, Failure> {
        Ok(row.number(column)?.ok_or_else(|| row.fault(column, "is blank"))?)
    };
    let of_row = |row: &rows::Row| -> Result<Eyes, Failure> {
        let file = row.text("file").ok_or_else(|| row.fault("file", "is blank"))?;
        let bytes = std::fs::read(path.parent().unwrap_or(Path::new("")).join(file))?;
        let report = engine.check(&bytes, profile)?;
        let opening = number(row, "eye_opening_left")?.min(number(row, "eye_opening_right")?);
        let finding = report.findings().iter().find(|finding| Some(finding.rule) == EYES_OPEN.rule);
        Ok(Eyes {
            person: row.text("identity").unwrap_or("nobody").to_owned(),
            closure: number(row, "eye_closure")?,
            opening: opening / number(row, "interpupillary_distance_px")?,
            measured: report.measures().and_then(EYES_OPEN.of),
            said: finding.map_or("passes", |finding| match finding.severity {
                Severity::Error => "error",
                Severity::Warning => "warning",
                Severity::Info => "info",
            }),
        })
    };
    let mut eyes = rows.par_iter().map(of_row).collect::<Result<Vec<_>, Failure>>()?;
    eyes.sort_by(|a, b| a.person.cmp(&b.person).then(a.closure.total_cmp(&b.closure)));
    let mut table = Table::new("`eyes_open`, IED", 1, &["person", "closed, %", "lids apart in truth", "measured", "decision"]);
    let mut people: BTreeMap<&str, Vec<Option<f64>>> = BTreeMap::new();
    let titles = ["Eyes that close", "closed, %"];
    for eye in &eyes {
        let measured = eye.measured.map_or_else(|| "not taken".to_owned(), figure);
        table.push([eye.person.clone(), figure(eye.closure), figure(eye.opening), measured, eye.said.to_owned()]);
        people.entry(&eye.person).or_default().push(eye.measured);
        plots.point(EYES_OPEN.name, EYES_OPEN, titles, &eye.person, eye.closure, eye.measured.as_slice());
        let line = format!("{}, in truth", eye.person);
        plots.point(EYES_OPEN.name, EYES_OPEN, titles, &line, eye.closure, &[eye.opening]);
    }
    let mut out = format!("## Eyes that close\n\n{}", table.render(true));
    let steps: Vec<(&str, f64)> = people.iter().map(|(name, values)| (*name, Trend::Falls.against(values).size)).collect();
    let good = steps.iter().filter(|(_, size)| *size == 0.0).count();
    let _ = write!(out, "`eyes_open` falls for {good} of {} people", steps.len());
    if let Some((name, size)) = steps.iter().max_by(|a, b| a.1.total_cmp(&b.1)).filter(|(_, size)| *size > 0.0) {
        let _ = write!(out, "; largest step against that {} ({name})", figure(*size));
    } else {
        out.push_str(": **monotone**");
    }
    out.push_str(".\n\n");
    Ok(out)
}
