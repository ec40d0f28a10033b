//! What any build on any processor has to find in the fixtures: `fixtures/conformance.csv`, value by value with a tolerance. The table is
//! described in `docs/conformance`. `UPDATE_SNAPSHOTS=1 cargo test conformance` writes it anew.

use std::collections::BTreeMap;

use face_precheck::Report;
use serde_json::Value;

use crate::derive::each;
use crate::fixtures::{check, pictures, read, root};
use crate::snapshots::tolerance;

/// The photos, and one rendered head of each kind of pose, size, light and occlusion.
const RENDERED: [&str; 22] = [
    "p1_y+00_p+00_r+00.jpg",
    "p2_y+00_p+00_r+00.jpg",
    "p3_y+00_p+00_r+00.jpg",
    "p5_y+00_p+00_r+00.jpg",
    "p6_y+00_p+00_r+00.jpg",
    "p7_y+00_p+00_r+00.jpg",
    "p1_y+15_p-10_r-10.jpg",
    "p2_y-20_p+10_r+15.jpg",
    "p1_y+35_p+00_r+00.jpg",
    "p2_y-30_p+00_r+00.jpg",
    "p1_y+00_p+30_r+00.jpg",
    "p3_y+00_p-30_r+00.jpg",
    "p1_y+00_p+00_r+40.jpg",
    "p1_ipd062.jpg",
    "p4_ipd260_1440x1920.jpg",
    "p2_light_dim.jpg",
    "p4_light_side.jpg",
    "p1_eyes_closed_both.jpg",
    "p1_sunglasses.jpg",
    "p2_mask.jpg",
    "p1_upside_down.jpg",
    "p1_p4_two_faces.jpg",
];
const ROWS: usize = 1_500;

/// Of these pictures alone: emulated processors take their time.
fn reports() -> BTreeMap<String, Report> {
    let photos = pictures("photos").into_iter().map(|name| format!("photos/{name}"));
    let names: Vec<_> = photos.chain(RENDERED.map(|name| format!("rendered/{name}"))).collect();
    each(names, |name| (name.clone(), check(&read(&name)))).into_iter().collect()
}

/// Everything that a report states about a picture, by the way to it: text and whole numbers as they are, what is measured with its tolerance.
fn values(report: &Report) -> BTreeMap<String, (String, Option<f64>)> {
    fn walk(value: &Value, at: &str, found: &mut BTreeMap<String, (String, Option<f64>)>) {
        match value {
            Value::Object(entries) => {
                for (key, value) in entries {
                    walk(value, &if at.is_empty() { key.clone() } else { format!("{at}.{key}") }, found);
                }
            }
            Value::Array(entries) => {
                for (index, value) in entries.iter().enumerate() {
                    walk(value, &format!("{at}[{index}]"), found);
                }
            }
            Value::Number(number) if number.is_f64() => _ = found.insert(at.into(), (number.to_string(), Some(tolerance(at)))),
            Value::String(text) => _ = found.insert(at.into(), (text.clone(), None)),
            other => _ = found.insert(at.into(), (other.to_string(), None)),
        }
    }
    let mut found = BTreeMap::new();
    let mut report = serde_json::to_value(report).unwrap();
    let entries = report.as_object_mut().unwrap();
    for same_in_all in ["schema", "tool", "profile", "considered"] {
        entries.remove(same_in_all);
    }
    let mut rules = Vec::new();
    for finding in entries["findings"].as_array_mut().unwrap() {
        // Words for people may get better.
        finding.as_object_mut().unwrap().retain(|key, _| !key.starts_with("hint"));
        rules.push(finding["rule"].as_str().unwrap().replace('-', "_"));
    }
    walk(&report, "", &mut found);
    for (index, rule) in rules.iter().enumerate() {
        let of_finding = |key: &str| format!("findings[{index}].{key}");
        // What is measured has the tolerance of what it is, and limits are what they are.
        for measured in ["measured", "uncertainty"] {
            if let Some((_, Some(allowed))) = found.get_mut(&of_finding(measured)) {
                *allowed = tolerance(rule);
            }
        }
        for limit in ["required.min", "required.max"] {
            if let Some((_, allowed)) = found.get_mut(&of_finding(limit)) {
                *allowed = None;
            }
        }
    }
    found
}

#[test]
fn every_value_of_the_table_is_found() {
    let path = root().join("conformance.csv");
    if std::env::var_os("UPDATE_SNAPSHOTS").is_some() {
        let mut table = csv::Writer::from_path(&path).unwrap();
        table.write_record(["file", "value", "expected", "tolerance"]).unwrap();
        for (file, report) in reports() {
            for (at, (value, tolerance)) in values(&report) {
                let tolerance = tolerance.map(|tolerance| tolerance.to_string()).unwrap_or_default();
                table.write_record([&file, &at, &value, &tolerance]).unwrap();
            }
        }
        table.flush().unwrap();
    }
    let reports = reports();
    let mut found: BTreeMap<&str, _> = reports.iter().map(|(file, report)| (file.as_str(), values(report))).collect();
    let (mut rows, mut failures) = (0, Vec::new());
    // How much of its tolerance a quantity has used up at most.
    let mut used: BTreeMap<String, (f64, String)> = BTreeMap::new();
    for row in csv::Reader::from_path(&path).unwrap().deserialize() {
        let (file, at, expected, tolerance): (String, String, String, String) = row.unwrap();
        rows += 1;
        let Some((value, _)) = found.get_mut(file.as_str()).unwrap().remove(&at) else {
            failures.push(format!("{file} {at}: not found, where {expected} is expected"));
            continue;
        };
        let off = match (value.parse::<f64>(), expected.parse::<f64>(), tolerance.parse::<f64>()) {
            (Ok(value), Ok(expected), Ok(tolerance)) => (value - expected).abs() / tolerance,
            _ if value == expected => continue,
            _ => f64::INFINITY,
        };
        if off > 1.0 {
            failures.push(format!("{file} {at}: {value}, where {expected} is expected"));
        }
        let quantity: String = at.chars().filter(|c| !c.is_ascii_digit()).collect();
        let most = used.entry(quantity).or_default();
        if off > most.0 {
            *most = (off, file);
        }
    }
    for (file, left) in found {
        failures.extend(left.into_iter().map(|(at, (value, _))| format!("{file} {at}: {value}, which the table does not have")));
    }
    for (quantity, (share, file)) in used.iter().filter(|(_, (share, _))| *share > 0.0) {
        println!("{quantity}: {:.0} % of its tolerance, {file}", 100.0 * share);
    }
    println!("{rows} values of {} pictures", reports.len());
    assert!(failures.is_empty(), "{}", failures.join("\n"));
    assert!(rows >= ROWS, "{rows}");
    assert_eq!(reports.len(), 35);
}
