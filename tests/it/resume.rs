//! Going on with a report: what is in it is left alone, what is not is added, and in the end nobody can tell.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Child, Stdio};
use std::time::{Duration, SystemTime};

use crate::command::{code, command, ended, face_precheck, folder, stderr, wait_until};
use crate::folders::{copy, name};

const GOOD: &str = "photos/compliant/grace_hopper_enlarged_1.5x.jpg";
const LARGE: &str = "photos/compliant/astronaut_enlarged_3x.jpg";
const FAR: &str = "photos/refused/astronaut.png";
const PHOTOS: usize = 60;

fn album(folder: &Path) -> PathBuf {
    let album = folder.join("album");
    for number in 0..PHOTOS {
        let fixture = [GOOD, FAR, LARGE][number % 3];
        copy(fixture, &album.join(format!("{}/{number:02}.jpg", number % 4)));
    }
    std::fs::write(album.join("1/broken.jpg"), b"\xff\xd8\xff").unwrap();
    album
}

fn spawn(arguments: &[&str]) -> Child {
    command().args(arguments).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap()
}

fn whole_lines(report: &Path) -> usize {
    std::fs::read(report).map_or(0, |bytes| bytes.split(|byte| *byte == b'\n').count() - 1)
}

/// Waits for so many rows, and kills the process without a warning.
fn kill_after(mut child: Child, report: &Path, rows: usize) {
    wait_until(&mut child, || whole_lines(report) >= rows);
    child.kill().unwrap();
    child.wait().unwrap();
}

#[test]
fn a_run_that_is_killed_and_resumed_gives_the_report_of_one_that_is_not() {
    let folder = folder("resume-killed");
    let album = album(&folder);
    let (whole, report) = (folder.join("whole.jsonl"), folder.join("report.jsonl"));
    let (whole_table, table) = (folder.join("whole.csv"), folder.join("report.csv"));
    let uninterrupted =
        face_precheck(&["check", name(&album), "--resume", name(&whole), "--output", name(&whole_table), "--jobs", "2"]);
    assert_eq!(code(&uninterrupted), 1, "{}", stderr(&uninterrupted));
    assert_eq!(whole_lines(&whole), PHOTOS + 1);
    let arguments = ["check", name(&album), "--resume", name(&report), "--jobs", "2"];
    let expected = std::fs::read(&whole).unwrap();
    // At the latest: the second one is killed before it has done anything.
    for rows in [3, 3, 11, 25, 40] {
        kill_after(spawn(&arguments), &report, rows);
        let left = std::fs::read(&report).unwrap();
        assert!((rows..=PHOTOS).contains(&whole_lines(&report)) && expected.starts_with(&left), "{rows}");
    }
    // What a run leaves that was killed while it wrote.
    let rows = whole_lines(&report);
    let mut bytes = std::fs::read(&report).unwrap();
    bytes.truncate(bytes.len() - 201);
    std::fs::write(&report, bytes).unwrap();
    assert_eq!(whole_lines(&report), rows - 1);
    let last = face_precheck(&[&arguments[..], &["--output", name(&table)]].concat());
    assert_eq!(code(&last), 1, "{}", stderr(&last));
    assert!(stderr(&last).contains(&format!("resumed {} of them", rows - 1)), "{}", stderr(&last));
    assert!(std::fs::read(&report).unwrap() == expected, "byte for byte");
    assert!(std::fs::read(&table).unwrap() == std::fs::read(&whole_table).unwrap(), "other outputs have all rows as well");
    // With nothing left to do nothing is done.
    let modified = std::fs::metadata(&report).unwrap().modified().unwrap();
    let again = face_precheck(&arguments);
    assert!(stderr(&again).contains("61 photos") && stderr(&again).contains("resumed 61 of them"), "{}", stderr(&again));
    assert_eq!(std::fs::metadata(&report).unwrap().modified().unwrap(), modified);
}

#[test]
fn a_photo_that_was_changed_is_checked_again_and_its_old_row_goes() {
    let folder = folder("resume-changed");
    let (album, report) = (folder.join("album"), folder.join("report.jsonl"));
    for file in ["a.jpg", "b.jpg", "c.jpg"] {
        copy(GOOD, &album.join(file));
    }
    let arguments = ["check", name(&album), "--resume", name(&report)];
    assert_eq!(code(&face_precheck(&arguments)), 0);
    copy(FAR, &album.join("b.jpg"));
    copy(GOOD, &album.join("d.jpg"));
    let output = face_precheck(&arguments);
    assert_eq!(code(&output), 1, "{}", stderr(&output));
    assert!(stderr(&output).contains("resumed 2 of them"), "{}", stderr(&output));
    let rows: Vec<serde_json::Value> =
        std::fs::read_to_string(&report).unwrap().lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let found: Vec<_> = rows
        .iter()
        .map(|row| (row["file"].as_str().unwrap().rsplit('/').next().unwrap(), row["verdict"].as_str().unwrap()))
        .collect();
    assert_eq!(found, [("a.jpg", "compliant"), ("c.jpg", "compliant"), ("b.jpg", "retake"), ("d.jpg", "compliant")]);
    // Its time alone is enough.
    let file = std::fs::File::options().write(true).open(album.join("c.jpg")).unwrap();
    file.set_modified(std::time::SystemTime::now() + Duration::from_secs(5)).unwrap();
    assert!(stderr(&face_precheck(&arguments)).contains("resumed 3 of them"));
    // What could not be read is tried again.
    std::fs::remove_file(album.join("a.jpg")).unwrap();
    let missing = album.join("a.jpg");
    let named = ["check", name(&missing), "--resume", name(&report)];
    assert_eq!(code(&face_precheck(&named)), 2);
    copy(GOOD, &missing);
    assert_eq!(code(&face_precheck(&named)), 0);
    assert_eq!(whole_lines(&report), 4);
}

#[test]
fn reports_that_mean_something_else_are_refused_and_left_as_they_are() {
    let folder = folder("resume-refused");
    let report = folder.join("report.jsonl");
    assert_eq!(code(&face_precheck(&["check", GOOD, "--resume", name(&report)])), 0);
    let good = std::fs::read_to_string(&report).unwrap();
    let out = folder.join("out");
    let cases = [
        ("profile", good.clone(), vec!["check", GOOD, "--profile", "progeny-document"]),
        ("command", good.clone(), vec!["prepare", GOOD, "--out", name(&out)]),
        ("schema", good.replace("\"schema\":1", "\"schema\":2"), vec!["check", GOOD]),
        ("version", good.replace(face_precheck::TOOL, "face-precheck 0.0.1"), vec!["check", GOOD]),
    ];
    for (told, content, arguments) in cases {
        std::fs::write(&report, &content).unwrap();
        let output = face_precheck(&[arguments, vec!["--resume", name(&report)]].concat());
        assert_eq!(code(&output), 2, "{told}");
        assert!(stderr(&output).contains(&format!("line 1: made with another {told}")), "{}", stderr(&output));
        assert_eq!(std::fs::read_to_string(&report).unwrap(), content, "{told}");
    }
    assert!(!out.exists());
    let notes = folder.join("notes.txt");
    std::fs::write(&notes, "one line of notes").unwrap();
    assert_eq!(code(&face_precheck(&["check", GOOD, "--resume", name(&notes)])), 2);
    assert_eq!(std::fs::read_to_string(&notes).unwrap(), "one line of notes", "only half a row is taken away");
    let broken = format!("not a row\n{good}");
    std::fs::write(&report, &broken).unwrap();
    let output = face_precheck(&["check", GOOD, "--resume", name(&report)]);
    assert!(code(&output) == 2 && stderr(&output).contains("line 1: no row of a report"), "{}", stderr(&output));
    assert_eq!(std::fs::read_to_string(&report).unwrap(), broken);
    // Joining is as strict.
    let other = folder.join("other.jsonl");
    std::fs::write(&report, &good).unwrap();
    assert_eq!(code(&face_precheck(&["check", GOOD, "--profile", "progeny-document", "--output", name(&other)])), 0);
    assert_eq!(code(&face_precheck(&["merge", name(&report), name(&other)])), 2);
}

/// When each was written, by its place in the folder; what a run that was killed was writing is none.
fn uploads(folder: &Path) -> BTreeMap<PathBuf, SystemTime> {
    let entries = walkdir::WalkDir::new(folder).into_iter().map(Result::unwrap);
    let files = entries.filter(|entry| entry.file_type().is_file() && !entry.file_name().to_str().unwrap().starts_with('.'));
    let row = |entry: walkdir::DirEntry| {
        (entry.path().strip_prefix(folder).unwrap().to_path_buf(), entry.metadata().unwrap().modified().unwrap())
    };
    files.map(row).collect()
}

#[test]
fn uploads_that_are_there_are_not_made_again_and_others_are() {
    let folder = folder("resume-prepare");
    let (album, out, report) = (album(&folder), folder.join("out"), folder.join("report.jsonl"));
    let (whole_out, whole_report) = (folder.join("whole"), folder.join("whole.jsonl"));
    let uninterrupted = ["prepare", name(&album), "--out", name(&out), "--resume", name(&whole_report), "--jobs", "2"];
    assert_eq!(code(&face_precheck(&uninterrupted)), 1);
    // Out of the way of one into the same folder, whose rows name the same files.
    std::fs::rename(&out, &whole_out).unwrap();
    let arguments = ["prepare", name(&album), "--out", name(&out), "--resume", name(&report), "--jobs", "2"];
    kill_after(spawn(&arguments), &report, 9);
    assert!(whole_lines(&report) <= PHOTOS);
    assert_eq!(code(&face_precheck(&arguments)), 1);
    let whole = std::fs::read(&report).unwrap();
    assert!(whole == std::fs::read(&whole_report).unwrap(), "the report of a run that was not interrupted");
    let before = uploads(&out);
    assert!(before.len() == PHOTOS / 3 * 2 && before.keys().eq(uploads(&whole_out).keys()));
    for upload in before.keys() {
        assert!(std::fs::read(out.join(upload)).unwrap() == std::fs::read(whole_out.join(upload)).unwrap(), "{upload:?}");
    }

    let gone = Path::new("2/02.jpg");
    std::fs::remove_file(out.join(gone)).unwrap();
    let output = face_precheck(&arguments);
    assert!(stderr(&output).contains(&format!("resumed {PHOTOS} of them")), "{}", stderr(&output));
    assert_eq!(std::fs::read(out.join(gone)).unwrap(), std::fs::read(whole_out.join(gone)).unwrap());
    let after = uploads(&out);
    let touched: Vec<_> = after.iter().filter(|(upload, time)| before.get(*upload) != Some(time)).collect();
    assert!(after.len() == before.len() && touched.len() == 1 && touched[0].0 == gone, "{touched:?}");
    let sorted = |bytes: &[u8]| {
        let mut lines: Vec<_> = bytes.split(|byte| *byte == b'\n').map(<[u8]>::to_vec).collect();
        lines.sort();
        lines
    };
    assert!(sorted(&std::fs::read(&report).unwrap()) == sorted(&whole), "the same rows, one of them in another place");
}

#[cfg(unix)]
#[test]
fn a_report_that_is_linked_to_is_the_one_that_is_gone_on_with() {
    let folder = folder("resume-link");
    let (photo, real, link) = (folder.join("a.jpg"), folder.join("real.jsonl"), folder.join("link.jsonl"));
    copy(GOOD, &photo);
    assert_eq!(code(&face_precheck(&["check", name(&photo), "--resume", name(&real)])), 0);
    std::os::unix::fs::symlink("real.jsonl", &link).unwrap();
    copy(FAR, &photo);
    assert_eq!(code(&face_precheck(&["check", name(&photo), "--resume", name(&link)])), 1);
    assert!(std::fs::symlink_metadata(&link).unwrap().is_symlink());
    assert_eq!(whole_lines(&real), 1);
    assert!(std::fs::read_to_string(&real).unwrap().contains("\"verdict\":\"retake\""));
}

#[cfg(unix)]
#[test]
fn a_report_that_another_run_is_writing_is_refused() {
    let folder = folder("resume-locked");
    let (album, report) = (album(&folder), folder.join("report.jsonl"));
    let mut child = spawn(&["check", name(&album), "--resume", name(&report), "--jobs", "1"]);
    wait_until(&mut child, || whole_lines(&report) >= 1);
    let second = face_precheck(&["check", GOOD, "--resume", name(&report)]);
    assert!(child.try_wait().unwrap().is_none(), "it was too quick");
    assert!(code(&second) == 2 && stderr(&second).contains("another run is writing it"), "{}", stderr(&second));
    // The first one has not noticed.
    assert_eq!(code(&ended(child)), 1);
    assert_eq!(whole_lines(&report), PHOTOS + 1);
    let again = face_precheck(&["check", name(&album), "--resume", name(&report)]);
    assert!(stderr(&again).contains(&format!("resumed {} of them", PHOTOS + 1)), "{}", stderr(&again));
}
