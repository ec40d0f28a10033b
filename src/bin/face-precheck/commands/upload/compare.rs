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

/// How many photos came to what.
#[derive(Default)]
struct Tally {
    taken: u32,
    refused: u32,
    unknown: u32,
    not_sent: u32,
    /// By code: how often the service refused for it, and how often there was a warning of it here.
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
            tally.add(&entry);
        }
    }
    tolerate_broken_pipe(tally.show(&mut io::stdout().lock()))?;
    Ok(Exit::AllCompliant)
}

impl Tally {
    fn add(&mut self, entry: &Entry) {
        match &entry.service {
            Served::NotSent => self.not_sent += 1,
            Served::Unknown => self.unknown += 1,
            Served::Taken => self.taken += 1,
            Served::Refused { issues } => {
                self.refused += 1;
                for Issue { code } in issues {
                    let (refused, warned) = self.codes.entry(code.clone()).or_default();
                    *refused += 1;
                    *warned += u32::from(entry.warnings.contains(code));
                }
            }
        }
    }

    fn show(&self, out: &mut impl Write) -> io::Result<()> {
        let Self { taken, refused, unknown, not_sent, codes } = self;
        let sent = taken + refused + unknown;
        writeln!(out, "{} photos: {sent} found compliant and sent, {not_sent} not", sent + not_sent)?;
        writeln!(out, "{taken:>10} taken: agreed")?;
        writeln!(out, "{refused:>10} refused: not agreed")?;
        for (code, (refused, warned)) in codes {
            writeln!(out, "{refused:>10}   {}, {warned} of them with a warning here", printable(code))?;
        }
        writeln!(out, "{unknown:>10} unknown")
    }
}
