//! The whole report of every fixture against the committed one: text exactly, measured numbers within what differs between
//! processors. `UPDATE_SNAPSHOTS=1 cargo test snapshots` writes them anew; look at the difference before committing it.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::path::Path;

use face_precheck::Report;
use serde_json::Value;

use crate::fixtures::{PHOTO_REPORTS, PHOTOS, RENDERED, RENDERED_REPORTS};

/// Pixels and degrees may differ by this much.
const TOLERANCE: f64 = 0.5;

/// And a score from 0 to 1 by this.
const SCORE_TOLERANCE: f64 = 0.02;

#[test]
fn photos() {
    compare("photos.jsonl", &PHOTO_REPORTS, PHOTOS);
}

#[test]
fn rendered() {
    compare("rendered.jsonl", &RENDERED_REPORTS, RENDERED);
}

fn compare(snapshot: &str, reports: &BTreeMap<String, Report>, count: usize) {
    assert_eq!(reports.len(), count);
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/snapshots").join(snapshot);
    let found: BTreeMap<String, Value> =
        reports.iter().map(|(name, report)| (name.clone(), without_version(serde_json::to_value(report).unwrap()))).collect();
    if std::env::var_os("UPDATE_SNAPSHOTS").is_some() {
        let lines = found.iter().fold(String::new(), |mut lines, (name, report)| {
            writeln!(lines, "{}", serde_json::json!({ "file": name, "report": report })).unwrap();
            lines
        });
        std::fs::write(&path, lines).unwrap();
    }
    let text = std::fs::read_to_string(&path).unwrap();
    let mut compared = 0;
    for line in text.lines() {
        let expected: Value = serde_json::from_str(line).unwrap();
        let name = expected["file"].as_str().unwrap();
        assert_alike(&found[name], &expected["report"], name);
        compared += 1;
    }
    assert_eq!(compared, count);
}

/// The tool's version changes with every release and says nothing about a picture.
fn without_version(mut report: Value) -> Value {
    report.as_object_mut().unwrap().remove("tool").unwrap();
    report
}

fn assert_alike(found: &Value, expected: &Value, at: &str) {
    match (found, expected) {
        (Value::Number(found), Value::Number(expected)) => {
            // Whole numbers are counts and sizes; what is measured has a decimal point.
            let measured = found.is_f64() || expected.is_f64();
            let off = (found.as_f64().unwrap() - expected.as_f64().unwrap()).abs();
            let tolerance = match (measured, at.rsplit('.').next() == Some("score")) {
                (true, true) => SCORE_TOLERANCE,
                (true, false) => TOLERANCE,
                (false, _) => 0.0,
            };
            assert!(off <= tolerance, "{at}: {found} instead of {expected}");
        }
        (Value::Array(found), Value::Array(expected)) => {
            assert_eq!(found.len(), expected.len(), "{at}: {found:?} instead of {expected:?}");
            for (index, (found, expected)) in found.iter().zip(expected).enumerate() {
                assert_alike(found, expected, &format!("{at}[{index}]"));
            }
        }
        (Value::Object(found), Value::Object(expected)) => {
            assert!(found.keys().eq(expected.keys()), "{at}: other keys");
            for (key, expected) in expected {
                assert_alike(&found[key], expected, &format!("{at}.{key}"));
            }
        }
        _ => assert_eq!(found, expected, "{at}"),
    }
}
