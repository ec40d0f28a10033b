//! Reports to go on with, of any bytes: read or refused, and gone on with without loss.
#![no_main]

use std::collections::HashMap;
use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};

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
    let expected = last_rows(bytes);
    assert!(expected.keys().all(|path| earlier.knows(path)), "a row was not found");
    continued.append(ROW, earlier.knows(new))?;
    continued.finish()?;
    drop(earlier);
    let text = String::from_utf8(fs::read(path)?)?;
    assert!(text.ends_with(&format!("{ROW}\n")));
    for line in text.lines() {
        let record = record::Record::parse(line)?;
        assert!(record.origin == row.origin);
        assert!(line == ROW || bytes.windows(line.len()).any(|part| part == line.as_bytes()), "a row that was not there: {line}");
        let _ = (record.class(), record.stamp(), record.turn(), record.findings.iter().map(|f| f.cause()).count());
    }
    let mut rows = last_rows(text.as_bytes());
    assert!(rows.remove(new).as_deref() == Some(ROW));
    for (path, line) in expected.iter().filter(|(path, _)| *path != new) {
        assert!(rows.remove(path).as_ref() == Some(line), "lost: {line}");
    }
    assert!(rows.is_empty(), "paths that were not there: {rows:?}");
    let (again, _) = report::resume(path, &row.origin)?;
    assert!(again.knows(new) && expected.keys().all(|path| again.knows(path)));
    Ok(())
}

/// The last row of each path, found without the code that is under test.
fn last_rows(report: &[u8]) -> HashMap<PathBuf, String> {
    let lines =
        report.split(|&byte| byte == b'\n').filter_map(|line| str::from_utf8(line.strip_suffix(b"\r").unwrap_or(line)).ok());
    lines.filter_map(|line| Some((record::Record::parse(line).ok()?.path(), line.to_owned()))).collect()
}
