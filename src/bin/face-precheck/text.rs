//! Results for people.

use std::fmt::Write as _;
use std::io::{self, Write};
use std::path::Path;

use anstyle::{AnsiColor, Style};
use face_precheck::{Cause, Face, Finding, Header, Range, Report, Severity, Unit, Verdict};

use crate::check::{Outcome, Row, Tally};

const GOOD: Style = AnsiColor::Green.on_default().bold();
const MENDABLE: Style = AnsiColor::Yellow.on_default().bold();
const BAD: Style = AnsiColor::Red.on_default().bold();
const FAINT: Style = Style::new().dimmed();

/// Someone who reads only the beginning of the output has not asked for an error.
pub(crate) fn tolerate_broken_pipe(result: io::Result<()>) -> io::Result<()> {
    result.or_else(|error| if error.kind() == io::ErrorKind::BrokenPipe { Ok(()) } else { Err(error) })
}

pub(crate) fn row(out: &mut impl Write, row: &Row) -> io::Result<()> {
    match &row.outcome {
        Outcome::Checked(report) => {
            let style = match report.verdict() {
                Verdict::Compliant => GOOD,
                Verdict::Fixable => MENDABLE,
                Verdict::Retake => BAD,
            };
            writeln!(out, "{style}{:<10}{style:#} {}", report.verdict(), name(&row.path))?;
            writeln!(out, "{:>10} {FAINT}{}{FAINT:#}", "", measured(report))?;
            report.findings().iter().try_for_each(|finding| self::finding(out, finding))
        }
        Outcome::Unreadable { error, .. } => {
            writeln!(out, "{BAD}{:<10}{BAD:#} {}", "unreadable", name(&row.path))?;
            writeln!(out, "{BAD}{:>10}{BAD:#} {error}", error.kind())?;
            error.hint().map_or(Ok(()), |hint| writeln!(out, "{:>10} {hint}", ""))
        }
        Outcome::Unreachable(error) => writeln!(out, "{BAD}{:<10}{BAD:#} {}\n{:>10} {error}", "unreadable", name(&row.path), ""),
    }
}

pub(crate) fn tally(out: &mut impl Write, tally: &Tally) -> io::Result<()> {
    let Tally { compliant, fixable, retake, unreadable, unreachable } = *tally;
    let unreadable = unreadable + unreachable;
    writeln!(
        out,
        "\n{} photos: {compliant} compliant, {fixable} fixable, {retake} retake, {unreadable} unreadable",
        tally.total()
    )
}

/// A path as people can read it: control characters, which could steer the terminal, are shown as escapes.
pub(crate) fn name(path: &Path) -> String {
    let mut shown = String::new();
    for character in path.to_string_lossy().chars() {
        if character.is_control() { shown.extend(character.escape_default()) } else { shown.push(character) }
    }
    shown
}

fn measured(report: &Report) -> String {
    let header = report.header();
    let mut text = format!("{} {}x{}", header.format, header.width(), header.height());
    if let Some(Face { size_px, interpupillary_distance_px, pose, .. }) = report.faces().first() {
        let _ = write!(text, ", face {size_px:.1} px, pupils {interpupillary_distance_px:.1} px apart");
        if let Some(pose) = pose {
            let _ = write!(text, ", yaw {:+.1}, pitch {:+.1}, roll {:+.1}", pose.yaw, pose.pitch, pose.roll);
        }
    }
    text
}

fn finding(out: &mut impl Write, finding: &Finding) -> io::Result<()> {
    let style = match finding.severity {
        Severity::Error if finding.fixable => MENDABLE,
        Severity::Error => BAD,
        Severity::Warning => AnsiColor::Yellow.on_default(),
        Severity::Info => FAINT,
    };
    let code = finding.code();
    writeln!(out, "{style}{:>10}{style:#} {}: {} {FAINT}{code}{FAINT:#}", finding.severity, finding.rule, cause(finding))?;
    if finding.severity > Severity::Info { writeln!(out, "{:>10} {}", "", finding.hint) } else { Ok(()) }
}

fn cause(finding: &Finding) -> String {
    let unit = match finding.unit {
        Some(Unit::Pixels) => " px",
        Some(Unit::Bytes) => " bytes",
        Some(Unit::Degrees) => " degrees",
        Some(Unit::Faces) => " faces",
        _ => "",
    };
    match &finding.cause {
        Cause::OutOfRange { measured, required } => format!("{measured}{unit}, {}", demanded(required)),
        Cause::NearLimit { measured, required, uncertainty } => {
            format!("{measured}{unit}, {}, within the uncertainty of {uncertainty:.1}", demanded(required))
        }
        Cause::NotAccepted { measured, required } if required.is_empty() => measured.clone(),
        Cause::NotAccepted { measured, required } => format!("{measured}, not {}", required.join(" or ")),
        _ => "could not be measured".into(),
    }
}

fn demanded(range: &Range) -> String {
    match (range.min, range.max) {
        (Some(min), Some(max)) => format!("from {min} to {max}"),
        (Some(min), None) => format!("at least {min}"),
        (None, Some(max)) => format!("at most {max}"),
        (None, None) => "any".into(),
    }
}

/// A header alone, for `probe`.
pub(crate) fn header(out: &mut impl Write, path: &Path, header: Result<&Header, &str>) -> io::Result<()> {
    let header = match header {
        Ok(header) => header,
        Err(error) => return writeln!(out, "{}\n  {BAD}unreadable{BAD:#}: {error}", name(path)),
    };
    writeln!(out, "{}", name(path))?;
    let mut line = |what: &str, value: String| writeln!(out, "  {FAINT}{what:<14}{FAINT:#} {value}");
    line("format", header.format.to_string())?;
    line("size", format!("{} x {} px, {} bytes", header.width(), header.height(), header.file_size))?;
    line("orientation", header.orientation.exif().to_string())?;
    if let Some(jpeg) = header.jpeg {
        let quality = jpeg.quality.map_or("unknown".into(), |quality| {
            format!("{}{}", quality.value, if quality.exact { "" } else { " (approximate: the encoder has tables of its own)" })
        });
        line("JPEG quality", quality)?;
        line("JPEG coding", if jpeg.progressive { "progressive" } else { "baseline" }.into())?;
    }
    line("colour profile", header.color_profile.clone().unwrap_or_else(|| "none".into()))?;
    let kinds = header.metadata.kinds();
    line("metadata", if kinds.is_empty() { "none".into() } else { kinds.join(", ") })?;
    if !header.complete {
        line("incomplete", "ends before its end marker".into())?;
    }
    Ok(())
}
