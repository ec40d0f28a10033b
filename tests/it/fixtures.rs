//! The committed pictures, what is known of them, and their reports, each made once.

use std::collections::BTreeMap;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use face_precheck::{Engine, Profile, Report, batch};

/// How many pictures each folder holds: a test that walks one is not content with fewer.
pub(crate) const RENDERED: usize = 205;
pub(crate) const PHOTOS: usize = 13;
pub(crate) const QUALITY: usize = 72;
const HEIC: usize = 10 + 13;
const WEBP: usize = 3;

pub(crate) static ENGINE: LazyLock<Engine> = LazyLock::new(|| Engine::new().unwrap());

/// Reports of all rendered heads under the default profile, by file name.
pub(crate) static RENDERED_REPORTS: LazyLock<BTreeMap<String, Report>> = LazyLock::new(|| reports("rendered"));

/// Reports of all rendered heads with something before their face, or closing their eyes.
pub(crate) static QUALITY_REPORTS: LazyLock<BTreeMap<String, Report>> = LazyLock::new(|| reports("quality"));

/// Reports of all photos under the default profile, by path below `fixtures/photos`.
pub(crate) static PHOTO_REPORTS: LazyLock<BTreeMap<String, Report>> = LazyLock::new(|| reports("photos"));

pub(crate) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures")
}

pub(crate) fn read(name: &str) -> Vec<u8> {
    std::fs::read(root().join(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
}

pub(crate) fn check(bytes: &[u8]) -> Report {
    ENGINE.check(bytes, &Profile::progeny_selfie()).unwrap()
}

/// All pictures below a folder of the fixtures, sorted, as paths below it.
pub(crate) fn pictures(folder: &str) -> Vec<String> {
    fn walk(folder: &Path, prefix: &str, found: &mut Vec<String>) {
        for entry in std::fs::read_dir(folder).unwrap() {
            let entry = entry.unwrap();
            let name = format!("{prefix}{}", entry.file_name().to_str().unwrap());
            if entry.path().is_dir() {
                walk(&entry.path(), &format!("{name}/"), found);
            } else if [".jpg", ".png"].iter().any(|extension| name.ends_with(extension)) {
                found.push(name);
            }
        }
    }
    let mut found = Vec::new();
    walk(&root().join(folder), "", &mut found);
    found.sort();
    found
}

fn reports(folder: &str) -> BTreeMap<String, Report> {
    let mut reports = BTreeMap::new();
    let check_one = |name: &String| check(&read(&format!("{folder}/{name}")));
    batch::for_each(pictures(folder), batch::Options::default(), check_one, |name, report| {
        reports.insert(name, report.unwrap());
        ControlFlow::Continue(())
    });
    reports
}

/// A row of `rendered/truth.csv` or `quality/truth.csv`.
#[derive(Debug)]
pub(crate) struct Truth {
    cells: BTreeMap<String, String>,
}

impl Truth {
    pub(crate) fn text(&self, column: &str) -> &str {
        self.cells.get(column).unwrap_or_else(|| panic!("truth.csv has no column {column}"))
    }

    pub(crate) fn file(&self) -> &str {
        self.text("file")
    }

    pub(crate) fn number(&self, column: &str) -> f64 {
        self.text(column).parse().unwrap_or_else(|_| panic!("{}: {column} is {:?}", self.file(), self.text(column)))
    }

    pub(crate) fn report(&self) -> &Report {
        &RENDERED_REPORTS[self.file()]
    }
}

pub(crate) static TRUTH: LazyLock<Vec<Truth>> = LazyLock::new(|| truth("rendered/truth.csv"));

pub(crate) static QUALITY_TRUTH: LazyLock<Vec<Truth>> = LazyLock::new(|| truth("quality/truth.csv"));

fn truth(table: &str) -> Vec<Truth> {
    let text = std::fs::read_to_string(root().join(table)).unwrap();
    let mut lines = text.lines();
    let columns: Vec<&str> = lines.next().unwrap().split(',').collect();
    lines
        .map(|line| {
            let cells: Vec<&str> = line.split(',').collect();
            assert_eq!(cells.len(), columns.len(), "{line}");
            Truth { cells: columns.iter().zip(cells).map(|(column, cell)| (column.to_string(), cell.to_string())).collect() }
        })
        .collect()
}

/// The rows of one group.
pub(crate) fn group(name: &str) -> Vec<&'static Truth> {
    TRUTH.iter().filter(|row| row.text("set") == name).collect()
}

#[test]
fn every_picture_is_there_and_has_its_row() {
    for (folder, truth, count) in [("rendered", &TRUTH, RENDERED), ("quality", &QUALITY_TRUTH, QUALITY)] {
        let rows: Vec<&str> = truth.iter().map(Truth::file).collect();
        assert_eq!((rows.len(), pictures(folder).len()), (count, count), "{folder}");
        assert!(pictures(folder).iter().all(|name| rows.contains(&name.as_str())), "{folder}");
    }
    assert_eq!(pictures("photos").len(), PHOTOS);
}

/// `SHA256SUMS` names every picture and every picture is the one that it names.
#[test]
fn pictures_are_those_that_were_committed() {
    use sha2::{Digest, Sha256};
    let sums = std::fs::read_to_string(root().join("SHA256SUMS")).unwrap();
    let mut checked = 0;
    for line in sums.lines() {
        let (sum, name) = line.split_once("  ").unwrap();
        let found: String = Sha256::digest(read(name)).iter().map(|byte| format!("{byte:02x}")).collect();
        assert_eq!(found, sum, "{name}");
        checked += 1;
    }
    assert_eq!(checked, RENDERED + QUALITY + PHOTOS + HEIC + WEBP);
}
