//! What a contact sheet knows of a photo.

use std::fmt::Write as _;
use std::path::{Component, Path};

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use serde::Serialize;
use serde_json::{Map, Value};

use super::Entry;
use crate::output::text::cause;
use crate::record::{FaceRecord, FindingRecord, HeaderRecord, Record};

#[derive(Serialize)]
pub(super) struct Row<'a> {
    file: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    href: Option<String>,
    verdict: &'static str,
    passed: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    about: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    thumb: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    size: Option<[u32; 2]>,
    #[serde(skip_serializing_if = "Option::is_none")]
    face: Option<Drawing>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    findings: Vec<Finding<'a>>,
    #[serde(skip_serializing_if = "Map::is_empty")]
    values: Map<String, Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    upload: Option<&'a str>,
}

/// A face in pixels of the thumbnail.
#[derive(Serialize)]
struct Drawing {
    #[serde(rename = "box")]
    bounds: [f64; 4],
    eyes: [[f64; 2]; 2],
    origin: [f64; 2],
    #[serde(skip_serializing_if = "Option::is_none")]
    axes: Option<[[f64; 2]; 3]>,
}

#[derive(Serialize)]
struct Finding<'a> {
    rule: &'a str,
    severity: face_precheck::Severity,
    text: String,
    code: &'a str,
    hint: &'a str,
    fixable: bool,
}

/// The row of a photo; links start from a folder, whose canonical path is given.
pub(super) fn row<'a>(Entry { record, thumbnail, passed, .. }: &Entry<'a>, folder: Option<&Path>) -> Row<'a> {
    let header = record.header.as_ref();
    let drawing = thumbnail
        .zip(header)
        .zip(record.faces.first())
        .map(|((thumbnail, header), face)| drawing(face, f64::from(thumbnail.width) / f64::from(header.width.max(1))));
    Row {
        file: &record.file,
        href: folder.and_then(|folder| relative(&record.path().canonicalize().ok()?, folder)),
        verdict: record.class().verdict(),
        passed: *passed,
        about: header.map(about),
        thumb: thumbnail.map(|thumbnail| BASE64_STANDARD.encode(&thumbnail.jpeg)),
        size: thumbnail.map(|thumbnail| [thumbnail.width, thumbnail.height]),
        face: drawing,
        findings: record.findings.iter().map(finding).collect(),
        values: values(record),
        error: record.error.as_ref().map(|error| format!("{}: {}", error.kind, error.message)),
        upload: record.upload.as_ref().map(|upload| upload.file.as_str()),
    }
}

fn about(header: &HeaderRecord) -> String {
    let HeaderRecord { format, width, height, file_size, .. } = header;
    let digits = file_size.to_string();
    let mut grouped = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    format!("{} {width}x{height}, {grouped} bytes", format.to_uppercase())
}

fn finding(finding: &FindingRecord) -> Finding<'_> {
    let FindingRecord { rule, code, severity, fixable, unit, hint, .. } = finding;
    Finding { rule, severity: *severity, text: cause(&finding.cause(), *unit), code, hint, fixable: *fixable }
}

fn drawing(face: &FaceRecord, scale: f64) -> Drawing {
    let scaled = |value: f64| (10.0 * value * scale).round() / 10.0;
    let point = |[x, y]: [f64; 2]| [scaled(x), scaled(y)];
    let bounds = &face.bounds;
    let origin = [bounds.x + bounds.width / 2.0, bounds.y + bounds.height / 2.0];
    let length = face.size_px / 2.0;
    let axes = face.pose.map(|pose| pose.pose().axes());
    Drawing {
        bounds: [bounds.x, bounds.y, bounds.width, bounds.height].map(scaled),
        eyes: [point(face.right_eye), point(face.left_eye)],
        origin: point(origin),
        axes: axes.map(|axes| axes.map(|axis| point([origin[0] + length * axis.x, origin[1] + length * axis.y]))),
    }
}

/// What was measured, by the rules that it is about.
fn values(record: &Record) -> Map<String, Value> {
    let mut values = Map::new();
    if let Some(face) = record.faces.first() {
        values.insert("face-size".into(), face.size_px.into());
        values.insert("interpupillary-distance".into(), face.interpupillary_distance_px.into());
        if let Some(pose) = face.pose {
            values.insert("head-pose-yaw".into(), pose.yaw.into());
            values.insert("head-pose-pitch".into(), pose.pitch.into());
            values.insert("head-pose-roll".into(), pose.roll.into());
        }
    }
    for (name, value) in &record.measures {
        let name = name.replace('_', "-");
        match value {
            Value::Number(_) => {
                values.insert(name, value.clone());
            }
            Value::Object(sides) => {
                values.extend(
                    sides
                        .iter()
                        .filter(|(_, value)| value.is_number())
                        .map(|(side, value)| (format!("{name} {side}"), value.clone())),
                );
            }
            _ => {}
        }
    }
    values
}

/// From a folder to a file, both canonical, as a link.
fn relative(file: &Path, folder: &Path) -> Option<String> {
    let mut here = folder.components().peekable();
    let mut there = file.components().peekable();
    // Another drive has no relative path.
    if here.peek()? != there.peek()? {
        return None;
    }
    while here.peek().is_some() && here.peek() == there.peek() {
        here.next();
        there.next();
    }
    let path: std::path::PathBuf = here.map(|_| Component::ParentDir).chain(there).collect();
    Some(link(&path))
}

/// A relative path as a link: what is not plain is written as its bytes, so that nothing in it means anything else.
pub(super) fn link(path: &Path) -> String {
    let mut link = String::new();
    for (index, component) in path.components().enumerate() {
        if index > 0 {
            link.push('/');
        }
        for byte in component.as_os_str().as_encoded_bytes() {
            if byte.is_ascii_alphanumeric() || b"-._~".contains(byte) {
                link.push(char::from(*byte));
            } else {
                let _ = write!(link, "%{byte:02X}");
            }
        }
    }
    link
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_lead_from_the_sheet_to_the_photo() {
        let to = |file: &str| relative(Path::new(file), Path::new("/home/me/sheets")).unwrap();
        assert_eq!(to("/home/me/album/a b.jpg"), "../album/a%20b.jpg");
        assert_eq!(to("/home/me/sheets/javascript:x.jpg"), "javascript%3Ax.jpg");
        assert_eq!(to("/home/me/sheets/ü\"#?.jpg"), "%C3%BC%22%23%3F.jpg");
        assert_eq!(to("/etc/x.jpg"), "../../../etc/x.jpg");
    }
}
