//! A table: one line a photo, one column a value.

use std::io::{self, Write};

use face_precheck::Severity;
use serde_json::Value;

use super::Entry;
use crate::output::text::is_unprintable;
use crate::record::{FindingRecord, Record};

type Cell = fn(&Record) -> String;

/// The columns before the measures, with what stands in them.
const COLUMNS: [(&str, Cell); 37] = [
    ("file", |record| path(&record.file)),
    ("file_bytes", |record| record.file_bytes.clone().unwrap_or_default()),
    ("modified", |record| record.modified.clone().unwrap_or_default()),
    ("file_size", |record| shown(record.file_size)),
    ("verdict", |record| record.class().verdict().into()),
    ("errors", |record| rules(record, Severity::Error)),
    ("warnings", |record| rules(record, Severity::Warning)),
    ("infos", |record| rules(record, Severity::Info)),
    ("codes", codes),
    ("hint", hint),
    ("error_kind", |record| record.error.as_ref().map(|error| text(&error.kind)).unwrap_or_default()),
    ("error_message", |record| record.error.as_ref().map(|error| text(&error.message)).unwrap_or_default()),
    ("upload", |record| record.upload.as_ref().map(|upload| path(&upload.file)).unwrap_or_default()),
    ("format", |record| shown(record.header.as_ref().map(|header| &header.format))),
    ("width", |record| shown(record.header.as_ref().map(|header| header.width))),
    ("height", |record| shown(record.header.as_ref().map(|header| header.height))),
    ("orientation", |record| shown(record.header.as_ref().map(|header| header.orientation))),
    ("turn", |record| shown(record.header.as_ref().map(|header| header.turn))),
    ("jpeg_quality", |record| {
        shown(record.header.as_ref().and_then(|header| header.jpeg_quality.as_ref()).map(|quality| quality.value))
    }),
    ("jpeg_quality_exact", |record| {
        shown(record.header.as_ref().and_then(|header| header.jpeg_quality.as_ref()).map(|quality| quality.exact))
    }),
    ("color_profile", |record| {
        record.header.as_ref().and_then(|header| header.color_profile.as_deref()).map(text).unwrap_or_default()
    }),
    ("has_gps", |record| shown(record.header.as_ref().map(|header| header.has_gps))),
    ("metadata", |record| record.header.as_ref().map(|header| header.metadata.join(";")).unwrap_or_default()),
    ("faces", |record| if record.header.is_some() { record.faces.len().to_string() } else { String::new() }),
    ("face_x", |record| shown(record.faces.first().map(|face| face.bounds.x))),
    ("face_y", |record| shown(record.faces.first().map(|face| face.bounds.y))),
    ("face_width", |record| shown(record.faces.first().map(|face| face.bounds.width))),
    ("face_height", |record| shown(record.faces.first().map(|face| face.bounds.height))),
    ("face_score", |record| shown(record.faces.first().map(|face| face.score))),
    ("face_presence", |record| shown(record.faces.first().map(|face| face.presence))),
    ("face_size_px", |record| shown(record.faces.first().map(|face| face.size_px))),
    ("interpupillary_distance_px", |record| shown(record.faces.first().map(|face| face.interpupillary_distance_px))),
    ("inter_eye_distance_px", |record| shown(record.faces.first().map(|face| face.inter_eye_distance_px))),
    ("pupils", |record| shown(record.faces.first().map(|face| &face.pupils))),
    ("yaw", |record| shown(record.faces.first().and_then(|face| face.pose).map(|pose| pose.yaw))),
    ("pitch", |record| shown(record.faces.first().and_then(|face| face.pose).map(|pose| pose.pitch))),
    ("roll", |record| shown(record.faces.first().and_then(|face| face.pose).map(|pose| pose.roll))),
];

/// The measures of a report, as its JSON names them; those of both eyes have a column for each.
const MEASURES: [&str; 25] = [
    "under_exposure",
    "over_exposure",
    "brightness",
    "luminance_mean",
    "dynamic_range",
    "illumination_uniformity",
    "illumination_difference",
    "natural_color",
    "greyscale",
    "blur",
    "motion_blur",
    "motion_direction",
    "skin_texture",
    "eyes_open.right",
    "eyes_open.left",
    "mouth_closed",
    "eyes_visible.right",
    "eyes_visible.left",
    "lower_face_visible",
    "margin_left",
    "margin_right",
    "margin_above",
    "margin_below",
    "head_size",
    "background_uniformity",
];

/// The table under way.
pub(super) struct Table {
    out: csv::Writer<Box<dyn Write>>,
    /// Whether the names of the columns are written.
    headed: bool,
}

impl Table {
    pub(super) fn new(out: Box<dyn Write>) -> Self {
        Self { out: csv::Writer::from_writer(out), headed: false }
    }

    pub(super) fn row(&mut self, Entry { record, .. }: &Entry) -> io::Result<()> {
        self.head()?;
        let measures = MEASURES.iter().map(|measure| value(record, measure));
        self.out.write_record(COLUMNS.iter().map(|(_, cell)| cell(record)).chain(measures))?;
        self.out.flush()
    }

    /// Names the columns even where nothing is below them.
    pub(super) fn finish(&mut self) -> io::Result<()> {
        self.head()?;
        self.out.flush()
    }

    fn head(&mut self) -> io::Result<()> {
        if !self.headed {
            self.headed = true;
            self.out.write_record(COLUMNS.iter().map(|(name, _)| *name).chain(MEASURES))?;
        }
        Ok(())
    }
}

fn shown(value: Option<impl ToString>) -> String {
    value.map(|value| value.to_string()).unwrap_or_default()
}

fn value(record: &Record, measure: &str) -> String {
    let (name, side) = measure.split_once('.').map_or((measure, None), |(name, side)| (name, Some(side)));
    let value = record.measures.get(name);
    match side.map_or(value, |side| value.and_then(|value| value.get(side))) {
        None | Some(Value::Null) => String::new(),
        Some(value) => value.as_f64().map_or_else(|| value.to_string(), |number| number.to_string()),
    }
}

fn rules(record: &Record, severity: Severity) -> String {
    let rules: Vec<_> = of(record, severity).map(|finding| finding.rule.as_str()).collect();
    text(&rules.join(";"))
}

fn of(record: &Record, severity: Severity) -> impl Iterator<Item = &FindingRecord> {
    record.findings.iter().filter(move |finding| finding.severity == severity)
}

/// What the service would answer: each code once.
fn codes(record: &Record) -> String {
    let mut codes: Vec<&str> = record.error.iter().filter_map(|error| error.code.as_deref()).collect();
    for finding in of(record, Severity::Error) {
        if !codes.contains(&finding.code.as_str()) {
            codes.push(&finding.code);
        }
    }
    text(&codes.join(";"))
}

/// The first thing to do.
fn hint(record: &Record) -> String {
    let of_error = record.error.as_ref().and_then(|error| error.hint.as_deref());
    let of_finding =
        || of(record, Severity::Error).chain(of(record, Severity::Warning)).next().map(|finding| finding.hint.as_str());
    of_error.or_else(of_finding).map(text).unwrap_or_default()
}

/// What spreadsheets would take for a formula is none; what steers a terminal is shown as an escape.
fn text(text: &str) -> String {
    let safe = escaped(text);
    if begins_a_formula(&safe) { format!("'{safe}") } else { safe }
}

/// The same for a path, which goes on naming the file.
fn path(path: &str) -> String {
    let safe = escaped(path);
    if begins_a_formula(&safe) { format!("./{safe}") } else { safe }
}

fn begins_a_formula(text: &str) -> bool {
    text.starts_with(['=', '+', '-', '@'])
}

fn escaped(text: &str) -> String {
    text.chars()
        .map(|character| if is_unprintable(character) { character.escape_unicode().to_string() } else { character.into() })
        .collect()
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use face_precheck::{Engine, Profile};

    use super::*;

    #[derive(Clone, Default)]
    struct Shared(Arc<Mutex<Vec<u8>>>);

    impl Write for Shared {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().unwrap().write(bytes)
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    fn table(lines: &[String]) -> Vec<Vec<String>> {
        let shared = Shared::default();
        let mut table = Table::new(Box::new(shared.clone()));
        for line in lines {
            let record = Record::parse(line).unwrap();
            table.row(&Entry { line, record: &record, row: None, thumbnail: None, passed: true }).unwrap();
        }
        let bytes = shared.0.lock().unwrap().clone();
        let mut reader = csv::ReaderBuilder::new().has_headers(false).from_reader(bytes.as_slice());
        reader.records().map(|row| row.unwrap().iter().map(Into::into).collect()).collect()
    }

    /// Every measure of the report has its column, and no other does.
    #[test]
    fn measures_are_those_of_the_report() {
        let Some(photo) = crate::repository::file("fixtures/photos/compliant/grace_hopper_enlarged_1.5x.jpg") else { return };
        let report = Engine::new().unwrap().check(&photo, &Profile::progeny_selfie()).unwrap();
        let json = serde_json::to_value(report.measures().unwrap()).unwrap();
        let names: Vec<String> = json
            .as_object()
            .unwrap()
            .iter()
            .flat_map(|(name, value)| match value.as_object() {
                Some(sides) => sides.keys().map(|side| format!("{name}.{side}")).collect(),
                None => vec![name.clone()],
            })
            .collect();
        let mut expected = MEASURES.to_vec();
        expected.sort_unstable();
        let mut names: Vec<&str> = names.iter().map(String::as_str).collect();
        names.sort_unstable();
        assert_eq!(names, expected);
    }

    #[test]
    fn names_from_anywhere_are_no_formulas_and_stay_in_their_cell() {
        let line = serde_json::json!({
            "schema": 1, "tool": "t", "command": "check", "profile": {"name": "p", "sha256": ""},
            "file": "=cmd|' /C calc'!A0,\"x\"\n\u{1b}[31m.jpg", "verdict": "unreadable",
            "error": {"kind": "malformed", "code": "FAILED_TO_READ_IMAGE", "message": "@SUM(1)"},
        });
        let rows = table(&[line.to_string()]);
        assert_eq!((rows.len(), rows[0].len(), rows[1].len()), (2, 62, 62));
        assert_eq!(rows[1][0], "./=cmd|' /C calc'!A0,\"x\"\\u{a}\\u{1b}[31m.jpg");
        assert_eq!(rows[1][11], "'@SUM(1)");
        assert_eq!(rows[1][8], "FAILED_TO_READ_IMAGE");
    }
}
