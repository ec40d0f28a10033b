//! Results for people.

use std::fmt::Write as _;
use std::io::{self, Write};
use std::path::Path;

use anstyle::{AnsiColor, Style};
use face_precheck::{Cause, Face, Finding, Header, PupilSource, Range, Report, Severity, Unit, Upload, Verdict};

use crate::row::{Outcome, Row, Unprobed};

pub(crate) const GOOD: Style = AnsiColor::Green.on_default().bold();
pub(crate) const MENDABLE: Style = AnsiColor::Yellow.on_default().bold();
pub(crate) const BAD: Style = AnsiColor::Red.on_default().bold();
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
            self::report(out, report)
        }
        Outcome::Prepared(upload) => self::report(out, upload.report()),
        Outcome::Ready { upload, file } => {
            writeln!(out, "{GOOD}{:<10}{GOOD:#} {} -> {}", "ready", name(&row.path), name(file))?;
            self::upload(out, upload)
        }
        Outcome::Unwritten { upload, message } => {
            writeln!(out, "{BAD}{:<10}{BAD:#} {}", "unwritten", name(&row.path))?;
            writeln!(out, "{BAD}{:>10}{BAD:#} {}", "error", printable(message))?;
            self::report(out, upload.report())
        }
        Outcome::Unreadable { error, hint, .. } => {
            writeln!(out, "{BAD}{:<10}{BAD:#} {}", "unreadable", name(&row.path))?;
            writeln!(out, "{BAD}{:>10}{BAD:#} {}: {error}", "error", error.kind())?;
            hint.as_ref().map_or(Ok(()), |hint| writeln!(out, "{:>10} {hint}", ""))
        }
        Outcome::Failed { message, .. } => {
            writeln!(out, "{BAD}{:<10}{BAD:#} {}\n{:>10} {message}", "unreadable", name(&row.path), "")
        }
    }
}

/// What was done to a photo, and what is found in what was made of it.
pub(crate) fn upload(out: &mut impl Write, upload: &Upload) -> io::Result<()> {
    let changes: Vec<_> = upload.changes().iter().map(ToString::to_string).collect();
    let changes = if changes.is_empty() { "nothing had to be done".into() } else { changes.join("; ") };
    writeln!(out, "{:>10} {}", "", printable(&changes))?;
    report(out, upload.report())
}

fn report(out: &mut impl Write, report: &Report) -> io::Result<()> {
    writeln!(out, "{:>10} {FAINT}{}{FAINT:#}", "", measured(report))?;
    groups(report.findings()).try_for_each(|findings| self::findings(out, findings))?;
    // What was considered matters where nothing came of it.
    let nothing_came = report.verdict() == Verdict::Retake;
    let considered = report.considered().iter().filter(|_| nothing_came);
    considered.into_iter().try_for_each(|size| writeln!(out, "{:>10} {FAINT}considered {size}{FAINT:#}", ""))
}

/// A path as people can read it.
pub(crate) fn name(path: &Path) -> String {
    printable(&path.to_string_lossy()).replace('\n', "\\n")
}

/// A text that may come from anywhere, so that it neither steers the terminal nor disguises itself: what is not meant to be seen
/// is shown as an escape.
pub(crate) fn printable(text: &str) -> String {
    let mut shown = String::new();
    for character in text.chars() {
        if is_unprintable(character) && character != '\n' {
            shown.extend(character.escape_unicode());
        } else {
            shown.push(character);
        }
    }
    shown
}

/// Control characters, and those that change the direction of what follows.
pub(crate) fn is_unprintable(character: char) -> bool {
    character.is_control()
        || matches!(character, '\u{61c}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}')
}

/// The picture and its main face, in a line.
pub(crate) fn measured(report: &Report) -> String {
    let header = report.header();
    let mut text = format!("{} {}x{}", header.format, header.width(), header.height());
    if let Some(Face { size_px, interpupillary_distance_px, pupils, pose, .. }) = report.faces().first() {
        let _ = write!(text, ", face {size_px:.1} px, pupils {interpupillary_distance_px:.1} px apart");
        if *pupils != PupilSource::Iris {
            text.push_str(" by the eyes' contours");
        }
        if let Some(pose) = pose {
            let _ = write!(text, ", yaw {:+.1}, pitch {:+.1}, roll {:+.1}", pose.yaw, pose.pitch, pose.roll);
        }
    }
    text
}

/// What was not measured mostly has one reason: such findings together, the others each by itself.
pub(crate) fn groups(findings: &[Finding]) -> impl Iterator<Item = &[Finding]> {
    let is_unassessed = |finding: &Finding| finding.cause == Cause::NotAssessed;
    findings.chunk_by(move |a, b| is_unassessed(a) && is_unassessed(b) && (a.severity, &a.hint) == (b.severity, &b.hint))
}

/// Findings that have all but the rule in common.
fn findings(out: &mut impl Write, findings: &[Finding]) -> io::Result<()> {
    let [first, others @ ..] = findings else { return Ok(()) };
    let (style, severity, cause) = (style(first), first.severity, cause(&first.cause, first.unit));
    let rules: Vec<_> = findings.iter().map(|finding| finding.rule.id()).collect();
    write!(out, "{style}{severity:>10}{style:#} {}: {cause}", rules.join(", "))?;
    if others.is_empty() {
        write!(out, " {FAINT}{}{FAINT:#}", first.code())?;
    }
    writeln!(out)?;
    if severity > Severity::Info { writeln!(out, "{:>10} {}", "", first.hint) } else { Ok(()) }
}

fn style(finding: &Finding) -> Style {
    match finding.severity {
        Severity::Error if finding.fixable => MENDABLE,
        Severity::Error => BAD,
        Severity::Warning => AnsiColor::Yellow.on_default(),
        Severity::Info => FAINT,
    }
}

/// What was measured against what, in words.
pub(crate) fn cause(cause: &Cause, unit: Option<Unit>) -> String {
    let unit = match unit {
        Some(Unit::Pixels) => " px",
        Some(Unit::Bytes) => " bytes",
        Some(Unit::Degrees) => " degrees",
        Some(Unit::Faces) => " faces",
        Some(Unit::Bits) => " bits",
        Some(Unit::PercentOfEyes) => " % of the distance between the pupils",
        Some(Unit::Percent) => " %",
        _ => "",
    };
    match cause {
        Cause::OutOfRange { measured, required } => format!("{measured}{unit}, {}", demanded(required)),
        Cause::NearLimit { measured, required, uncertainty } => {
            format!("{measured}{unit} (give or take {uncertainty}), {}", demanded(required))
        }
        Cause::NotAccepted { measured, required } if required.is_empty() => measured.clone(),
        Cause::NotAccepted { measured, required } => format!("{measured}, not {}", required.join(" or ")),
        _ => "could not be measured".into(),
    }
}

fn demanded(range: &Range) -> String {
    match (range.min, range.max) {
        (Some(min), Some(max)) if min >= max => format!("exactly {min}"),
        (Some(min), Some(max)) => format!("from {min} to {max}"),
        (Some(min), None) => format!("at least {min}"),
        (None, Some(max)) => format!("at most {max}"),
        (None, None) => "any".into(),
    }
}

/// A header alone, for `probe`.
pub(crate) fn header(out: &mut impl Write, path: &Path, probed: &Result<Header, Unprobed>) -> io::Result<()> {
    let header = match probed {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_neither_steer_the_terminal_nor_disguise_themselves() {
        assert_eq!(name(Path::new("a\u{1b}]0;b\u{7}\u{202e}gpj.exe\n")), "a\\u{1b}]0;b\\u{7}\\u{202e}gpj.exe\\n");
        assert_eq!(name(Path::new("Zoë 写真.jpg")), "Zoë 写真.jpg");
        assert_eq!(printable("line\nline\u{9b}"), "line\nline\\u{9b}");
    }
}
