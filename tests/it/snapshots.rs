//! The whole report of every fixture against the committed one: text exactly, measured numbers within what differs between
//! processors. `UPDATE_SNAPSHOTS=1 cargo test snapshots` writes them anew; look at the difference before committing it.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::path::Path;

use face_precheck::Report;
use serde_json::Value;

use crate::fixtures::{PHOTO_REPORTS, PHOTOS, QUALITY, QUALITY_REPORTS, RENDERED, RENDERED_REPORTS};

/// Pixels and degrees may differ by this much.
const TOLERANCE: f64 = 0.5;

/// What is in other units, by the last key on the way to it, or the one before where there is one of each eye. The direction of a
/// motion that there is none of is anything.
const TOLERANCES: [(&str, f64); 20] = [
    ("score", 0.02),
    ("under_exposure", 0.01),
    ("over_exposure", 0.01),
    ("brightness", 0.01),
    ("luminance_mean", 0.01),
    ("dynamic_range", 0.05),
    ("illumination_uniformity", 0.03),
    ("illumination_difference", 0.05),
    ("natural_color", 0.2),
    ("blur", 0.05),
    ("motion_direction", 180.0),
    ("skin_texture", 0.05),
    ("eyes_open", 0.006),
    ("mouth_closed", 0.005),
    ("margin_left", 0.02),
    ("margin_right", 0.02),
    ("margin_above", 0.02),
    ("margin_below", 0.02),
    ("head_size", 0.005),
    ("background_uniformity", 0.1),
];

#[test]
fn photos() {
    compare("photos.jsonl", &PHOTO_REPORTS, PHOTOS);
}

#[test]
fn rendered() {
    compare("rendered.jsonl", &RENDERED_REPORTS, RENDERED);
}

#[test]
fn quality() {
    compare("quality.jsonl", &QUALITY_REPORTS, QUALITY);
}

/// A picture for each rule about quality, most of them derived.
#[test]
fn damaged() {
    compare("damaged.jsonl", &crate::quality::DAMAGED_REPORTS, crate::quality::DAMAGED);
}

pub(crate) fn tolerance(at: &str) -> f64 {
    let of = |key| TOLERANCES.iter().find(|(name, _)| *name == key).map(|(_, tolerance)| *tolerance);
    at.rsplit('.').take(2).find_map(of).unwrap_or(TOLERANCE)
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
            let tolerance = if measured { tolerance(at) } else { 0.0 };
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
