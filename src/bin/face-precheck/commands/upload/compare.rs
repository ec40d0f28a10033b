//! `face-precheck upload compare`.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, BufRead as _, BufReader, Write};

use serde::Deserialize;

use crate::Trouble;
use crate::args::CompareArgs;
use crate::exit::Exit;
use crate::output::text::{printable, tolerate_broken_pipe};

/// What is read of a line.
#[derive(Deserialize)]
struct Entry {
    verdict: String,
    #[serde(default)]
    warnings: Vec<String>,
    service: Served,
}

#[derive(Deserialize)]
#[serde(tag = "outcome", rename_all = "kebab-case")]
enum Served {
    Taken,
    Refused { issues: Vec<Issue> },
    Unknown,
    NotSent,
}

#[derive(Deserialize)]
struct Issue {
    code: String,
}

/// What the service said of photos of which the same was said here.
#[derive(Default)]
struct Row {
    taken: u32,
    refused: u32,
    unknown: u32,
    not_sent: u32,
}

#[derive(Default)]
struct Tally {
    passed: Row,
    failed: Row,
    /// By code: how often the service refused for it what passed here, and how often there was a warning of it here.
    codes: BTreeMap<String, (u32, u32)>,
}

pub(super) fn run(args: &CompareArgs) -> Result<Exit, Trouble> {
    let mut tally = Tally::default();
    for log in &args.logs {
        let shown = log.display();
        let file = File::open(log).map_err(|error| format!("{shown}: {error}"))?;
        for (index, line) in BufReader::new(file).lines().enumerate() {
            let line = line.map_err(|error| format!("{shown}: {error}"))?;
            let entry = serde_json::from_str(&line)
                .map_err(|error| format!("{shown}: line {} is none of an agreement log: {error}", index + 1))?;
            tally.add(entry);
        }
    }
    tolerate_broken_pipe(tally.show(&mut io::stdout().lock()))?;
    Ok(Exit::AllCompliant)
}

impl Tally {
    fn add(&mut self, Entry { verdict, warnings, service }: Entry) {
        let passed = verdict == "compliant";
        let row = if passed { &mut self.passed } else { &mut self.failed };
        match service {
            Served::Taken => row.taken += 1,
            Served::Unknown => row.unknown += 1,
            Served::NotSent => row.not_sent += 1,
            Served::Refused { issues } => {
                row.refused += 1;
                for Issue { code } in issues.into_iter().filter(|_| passed) {
                    let warned = warnings.contains(&code);
                    let (refused, expected) = self.codes.entry(code).or_default();
                    *refused += 1;
                    *expected += u32::from(warned);
                }
            }
        }
    }

    fn show(&self, out: &mut impl Write) -> io::Result<()> {
        writeln!(out, "{:<16}{:>10}{:>10}{:>10}{:>10}", "", "taken", "refused", "unknown", "not sent")?;
        for (what, row) in [("compliant here", &self.passed), ("not so here", &self.failed)] {
            writeln!(out, "{what:<16}{:>10}{:>10}{:>10}{:>10}", row.taken, row.refused, row.unknown, row.not_sent)?;
        }
        for (code, (refused, warned)) in &self.codes {
            writeln!(out, "compliant here and refused for {}: {refused}, {warned} with a warning of it", printable(code))?;
        }
        Ok(())
    }
}
