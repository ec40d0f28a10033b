//! What became of all photos together.

use std::collections::BTreeMap;
use std::io::{self, Write};
use std::time::Duration;

use face_precheck::{Rule, Severity};

use crate::args::FailOn;
use crate::exit::Exit;
use crate::output::text::printable;
use crate::record::{Class, Record};

/// Counts, as rows come in.
#[derive(Debug, Default, Clone)]
pub(crate) struct Tally {
    classes: BTreeMap<Class, usize>,
    /// Photos with a finding of a rule.
    rules: BTreeMap<(Severity, Rule), usize>,
    not_passed: usize,
}

/// Everything that is said at the end.
#[derive(Debug)]
pub(crate) struct Summary<'a> {
    pub(crate) tally: &'a Tally,
    /// Whether uploads were asked for, and not verdicts alone.
    pub(crate) uploads: bool,
    /// What photos have failed on.
    pub(crate) fail_on: FailOn,
    /// Photos that this run has checked itself.
    pub(crate) checked: usize,
    /// Photos that an earlier run has reported, where this one goes on with its report.
    pub(crate) resumed: usize,
    /// Files that were found, and are no pictures.
    pub(crate) no_pictures: usize,
    /// The profile in force.
    pub(crate) profile: String,
    pub(crate) interrupted: bool,
    pub(crate) elapsed: Duration,
}

impl Tally {
    /// Whether the photo passed.
    pub(crate) fn count(&mut self, record: &Record, fail_on: FailOn) -> bool {
        *self.classes.entry(record.class()).or_default() += 1;
        for finding in &record.findings {
            if let Some(rule) = Rule::ALL.iter().copied().find(|rule| rule.id() == finding.rule) {
                *self.rules.entry((finding.severity, rule)).or_default() += 1;
            }
        }
        let is_warned = || record.findings.iter().any(|finding| finding.severity >= Severity::Warning);
        let passed = matches!(record.class(), Class::Ready | Class::Compliant) && (fail_on == FailOn::Error || !is_warned());
        self.not_passed += usize::from(!passed);
        passed
    }

    pub(crate) fn of(&self, class: Class) -> usize {
        self.classes.get(&class).copied().unwrap_or(0)
    }

    pub(crate) fn total(&self) -> usize {
        self.classes.values().sum()
    }

    pub(crate) fn exit(&self) -> Exit {
        if self.of(Class::Failed) + self.of(Class::Unwritten) > 0 {
            Exit::Trouble
        } else if self.not_passed > 0 {
            Exit::SomeNot
        } else {
            Exit::AllCompliant
        }
    }

    /// By verdict, as people count them.
    pub(crate) fn verdicts(&self) -> [(&'static str, usize); 4] {
        ["compliant", "fixable", "retake", "unreadable"].map(|verdict| {
            let count = Class::ALL.into_iter().filter(|class| class.verdict() == verdict).map(|class| self.of(class)).sum();
            (verdict, count)
        })
    }

    /// The rules that most photos miss first.
    fn missed(&self, severity: Severity) -> Vec<String> {
        let mut counts: Vec<_> = self.rules.iter().filter(|((of, _), _)| *of == severity).collect();
        counts.sort_by_key(|(_, count)| std::cmp::Reverse(**count));
        counts.iter().map(|((_, rule), count)| format!("{rule} {count}")).collect()
    }
}

impl Summary<'_> {
    /// Counts and the profile: the same every time.
    pub(crate) fn write(&self, out: &mut impl Write) -> io::Result<()> {
        let Self { tally, uploads, fail_on, resumed, no_pictures, profile, interrupted, .. } = self;
        let [(_, compliant), (_, fixable), (_, retake), (_, unreadable)] = tally.verdicts();
        let (ready, unwritten) = (tally.of(Class::Ready), tally.of(Class::Unwritten));
        let good = match uploads {
            false => format!("{compliant} compliant, {fixable} fixable"),
            true if unwritten > 0 => format!("{ready} ready, {unwritten} unwritten"),
            true => format!("{ready} ready"),
        };
        let total = tally.total();
        writeln!(out, "\n{total} {}: {good}, {retake} retake, {unreadable} unreadable", plural(total, "photo", "photos"))?;
        for (what, severity) in [("errors", Severity::Error), ("warnings", Severity::Warning)] {
            for (index, rules) in wrapped(&tally.missed(severity)).iter().enumerate() {
                writeln!(out, "{:>10} {rules}", if index == 0 { what } else { "" })?;
            }
        }
        let mut line = |what: &str, text: &str| writeln!(out, "{what:>10} {}", printable(text));
        if *fail_on == FailOn::Warning && tally.not_passed > 0 {
            line("failed", &format!("{} of them, on errors or warnings", tally.not_passed))?;
        }
        line("profile", profile)?;
        if *resumed > 0 {
            line("resumed", &format!("{resumed} of them {} in the report", plural(*resumed, "was", "were")))?;
        }
        if *no_pictures > 0 {
            line(
                "passed by",
                &format!("{no_pictures} {}", plural(*no_pictures, "file that is no picture", "files that are no pictures")),
            )?;
        }
        if *interrupted {
            line("interrupted", "not all photos were looked at")?;
        }
        Ok(())
    }

    /// How long it took: never the same.
    pub(crate) fn write_time(&self, out: &mut impl Write) -> io::Result<()> {
        let seconds = self.elapsed.as_secs_f64();
        #[allow(clippy::cast_precision_loss, reason = "a number of photos")]
        let rate = self.checked as f64 / seconds.max(1e-3);
        let rate = if self.checked > 0 { format!(", {rate:.1} photos a second") } else { String::new() };
        writeln!(out, "{:>10} {seconds:.1} s{rate}", "time")
    }
}

fn plural<'a>(count: usize, one: &'a str, many: &'a str) -> &'a str {
    if count == 1 { one } else { many }
}

/// In lines that fit a terminal.
fn wrapped(parts: &[String]) -> Vec<String> {
    const WIDTH: usize = 100;
    let mut lines: Vec<String> = Vec::new();
    for (index, part) in parts.iter().enumerate() {
        let comma = if index + 1 < parts.len() { "," } else { "" };
        match lines.last_mut() {
            Some(line) if line.len() + part.len() + 2 <= WIDTH => {
                line.push(' ');
                line.push_str(part);
                line.push_str(comma);
            }
            _ => lines.push(format!("{part}{comma}")),
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tally(rows: &[(&str, &str)]) -> Tally {
        let mut tally = Tally::default();
        for (verdict, rest) in rows {
            let line = format!(
                r#"{{"schema":1,"tool":"t","command":"check","profile":{{"name":"p","sha256":""}},"file":"f","verdict":"{verdict}"{rest}}}"#
            );
            tally.count(&Record::parse(&line).unwrap(), FailOn::Error);
        }
        tally
    }

    const UPLOAD: &str = r#","upload":{"file":"u"}"#;
    const IO: &str = r#","error":{"kind":"io","message":"m"}"#;
    const MALFORMED: &str = r#","error":{"kind":"malformed","message":"m"}"#;

    #[test]
    fn one_that_is_not_compliant_decides_and_trouble_outweighs_it() {
        let fine = [("compliant", ""), ("compliant", UPLOAD)];
        assert_eq!(tally(&fine).exit(), Exit::AllCompliant);
        for bad in [("fixable", ""), ("retake", ""), ("unreadable", MALFORMED)] {
            let rows = [fine[0], fine[1], bad];
            assert_eq!(tally(&rows).exit(), Exit::SomeNot);
            for trouble in [("unreadable", IO), ("compliant", IO)] {
                assert_eq!(tally(&[rows[0], rows[2], trouble]).exit(), Exit::Trouble);
            }
        }
        let all = tally(&[fine[0], fine[1], ("fixable", ""), ("retake", ""), ("unreadable", MALFORMED), ("compliant", IO)]);
        assert_eq!(Class::ALL.map(|class| all.of(class)), [1, 1, 1, 1, 1, 1, 0]);
    }

    #[test]
    fn warnings_fail_where_that_is_asked_for() {
        let finding = r#","findings":[{"rule":"blur","code":"FACE_NOT_SHARP","severity":"warning","cause":"out-of-range","fixable":false,"measured":3.0,"required":{"max":1.75},"unit":"percent-of-ied","hint":"h"}]"#;
        let line = format!(
            r#"{{"schema":1,"tool":"t","command":"check","profile":{{"name":"p","sha256":""}},"file":"f","verdict":"compliant"{finding}}}"#
        );
        let record = Record::parse(&line).unwrap();
        assert!(Tally::default().count(&record, FailOn::Error));
        let mut tally = Tally::default();
        assert!(!tally.count(&record, FailOn::Warning));
        assert_eq!(tally.exit(), Exit::SomeNot);
        assert_eq!(tally.missed(Severity::Warning), ["blur 1"]);
    }
}
