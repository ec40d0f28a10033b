//! Reports to go on with, of any bytes: read or refused, and gone on with without loss.
#![no_main]

use std::fs;
use std::io::Write as _;
use std::path::Path;

use libfuzzer_sys::fuzz_target;

#[allow(dead_code, reason = "the command reads more of a row")]
#[path = "../../src/bin/face-precheck/record.rs"]
mod record;
#[allow(dead_code, reason = "the command does more with it")]
#[path = "../../src/bin/face-precheck/report.rs"]
mod report;
#[allow(dead_code, reason = "the command makes them of files")]
#[path = "../../src/bin/face-precheck/stamp.rs"]
mod stamp;
#[allow(dead_code, reason = "the command writes uploads so")]
#[path = "../../src/bin/face-precheck/whole.rs"]
mod whole;

type Trouble = Box<dyn std::error::Error>;

/// As in the seeds.
const ROW: &str = r#"{"file":"new.jpg","command":"check","schema":1,"tool":"face-precheck 0.1.0","profile":{"name":"progeny-selfie","sha256":"00"},"verdict":"retake"}"#;

fuzz_target!(init: properties::only_own_panics_abort(), |bytes: &[u8]| {
    if let Err(trouble) = gone_on_with(bytes) {
        panic!("{trouble}");
    }
});

fn gone_on_with(bytes: &[u8]) -> Result<(), Trouble> {
    let mut file = tempfile::NamedTempFile::new()?;
    file.write_all(bytes)?;
    let path = file.path();
    let row = record::Record::parse(ROW)?;
    let Ok((earlier, mut continued)) = report::resume(path, &row.origin) else {
        assert!(fs::read(path)? == bytes, "a file that was refused was changed");
        return Ok(());
    };
    let new = Path::new("new.jpg");
    continued.append(ROW, earlier.knows(new))?;
    continued.finish()?;
    drop(earlier);
    let text = String::from_utf8(fs::read(path)?)?;
    assert!(text.ends_with(&format!("{ROW}\n")));
    let mut paths = Vec::new();
    for line in text.lines() {
        let record = record::Record::parse(line)?;
        assert!(record.origin == row.origin);
        assert!(line == ROW || bytes.windows(line.len()).any(|part| part == line.as_bytes()), "a row that was not there: {line}");
        let _ = (record.class(), record.stamp(), record.turn(), record.findings.iter().map(|f| f.cause()).count());
        paths.push(record.path());
    }
    let rows = paths.len();
    // Rows that were doubled before, with none of them new, are left as they are.
    paths.sort();
    paths.dedup();
    let (again, _) = report::resume(path, &row.origin)?;
    assert!(paths.iter().all(|path| again.knows(path)) && rows >= paths.len());
    Ok(())
}
