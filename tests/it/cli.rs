//! The command, run as people and scripts run it.

use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use face_precheck::{Code, Profile, Rule};
use serde_json::Value;

use crate::fixtures::root;

fn face_precheck(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_face-precheck")).args(arguments).current_dir(root()).output().unwrap()
}

fn code(output: &Output) -> i32 {
    output.status.code().unwrap()
}

fn stdout(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

fn stderr(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

fn lines(output: &Output) -> Vec<Value> {
    stdout(output).lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// A fresh folder that belongs to one test.
fn folder(test: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(test);
    let _ = std::fs::remove_dir_all(&folder);
    std::fs::create_dir_all(&folder).unwrap();
    folder
}

#[test]
fn exit_codes_say_what_happened() {
    assert_eq!(code(&face_precheck(&["check", "photos/compliant"])), 0);
    assert_eq!(code(&face_precheck(&["check", "photos/compliant", "photos/refused"])), 1);
    let missing = face_precheck(&["check", "photos/compliant", "nowhere.jpg"]);
    assert_eq!(code(&missing), 2);
    assert!(stdout(&missing).contains("nowhere.jpg"));
    assert_eq!(code(&face_precheck(&["check", "--profile", "nobody", "photos/compliant"])), 2);
    assert_eq!(code(&face_precheck(&["check"])), 2);
    assert_eq!(code(&face_precheck(&["--help"])), 0);
}

#[test]
fn text_names_the_verdict_the_rule_the_code_and_the_cure() {
    let output = face_precheck(&["check", "photos/compliant", "photos/refused"]);
    let text = stdout(&output);
    assert!(text.contains("compliant  photos/compliant/grace_hopper_enlarged_1.5x.jpg"), "{text}");
    assert!(text.contains("retake     photos/refused/astronaut.png"), "{text}");
    assert!(text.contains("interpupillary-distance: 4"), "{text}");
    assert!(text.contains("FACE_TOO_SMALL"), "{text}");
    assert!(text.contains("Move closer to the camera."), "{text}");
    assert!(text.contains("4 photos: 2 compliant, 0 fixable, 2 retake, 0 unreadable"), "{text}");
    assert!(!text.contains('\u{1b}'), "no colours where no terminal is");
}

#[test]
fn jsonl_has_the_documented_keys() {
    let output = face_precheck(&["check", "--format", "jsonl", "photos/compliant", "photos/refused"]);
    let lines = lines(&output);
    assert_eq!(lines.len(), 4);
    for line in &lines {
        assert_eq!(line["schema"], 1);
        assert_eq!(line["tool"], face_precheck::TOOL);
        assert_eq!(line["profile"]["name"], "progeny-selfie");
        assert_eq!(line["profile"]["sha256"], Profile::progeny_selfie().sha256());
        assert!(line["modified"].as_str().unwrap().ends_with('Z'), "{line}");
        for key in ["format", "width", "height", "orientation", "file_size", "jpeg_quality", "color_profile", "has_gps"] {
            assert!(line["header"].get(key).is_some(), "{key}");
        }
        let face = &line["faces"][0];
        for key in ["box", "score", "size_px", "left_eye", "right_eye", "interpupillary_distance_px", "inter_eye_distance_px"] {
            assert!(face.get(key).is_some(), "{key}");
        }
        for axis in ["yaw", "pitch", "roll"] {
            assert!(face["pose"][axis].is_f64(), "{axis}");
        }
        for finding in line["findings"].as_array().unwrap() {
            for key in ["rule", "code", "severity", "cause", "fixable", "hint"] {
                assert!(finding.get(key).is_some(), "{key}");
            }
            assert!(Rule::ALL.iter().any(|rule| finding["rule"] == rule.id()));
        }
    }
    let refused = lines.iter().find(|line| line["file"] == "photos/refused/astronaut.png").unwrap();
    let finding = &refused["findings"].as_array().unwrap().iter().find(|f| f["rule"] == "interpupillary-distance").unwrap();
    assert_eq!(finding["code"], Code::FaceTooSmall.as_str());
    assert_eq!(finding["required"], serde_json::json!({ "min": 85.0 }));
    assert_eq!(finding["unit"], "px");
}

#[test]
fn results_are_in_the_order_of_the_names_and_the_same_every_time() {
    let once = face_precheck(&["check", "--format", "jsonl", "photos"]);
    let again = face_precheck(&["check", "--format", "jsonl", "--jobs", "1", "photos"]);
    assert_eq!(stdout(&once), stdout(&again));
    let names: Vec<String> = lines(&once).iter().map(|line| line["file"].as_str().unwrap().to_owned()).collect();
    let mut sorted = names.clone();
    sorted.sort();
    assert_eq!(names, sorted);
    assert_eq!(names.len(), crate::fixtures::PHOTOS);
}

#[test]
fn one_bad_file_is_a_row_and_not_the_end() {
    let folder = folder("bad-file");
    std::fs::copy(root().join("photos/compliant/grace_hopper_enlarged_1.5x.jpg"), folder.join("c.jpg")).unwrap();
    std::fs::write(folder.join("a.jpg"), b"\xff\xd8\xff\xe0 and nothing else").unwrap();
    std::fs::write(folder.join("b.jpg"), b"").unwrap();
    std::fs::write(folder.join("d.jpg"), b"\0\0\0\x18ftypheic\0\0\0\0mif1heic").unwrap();
    std::fs::write(folder.join("notes.txt"), b"not a picture, and nobody says so").unwrap();
    std::fs::write(folder.join(".hidden.jpg"), b"").unwrap();
    let output = face_precheck(&["check", "--format", "jsonl", folder.to_str().unwrap()]);
    assert_eq!(code(&output), 1);
    let lines = lines(&output);
    let found: Vec<_> = lines.iter().map(|line| (line["verdict"].as_str().unwrap(), line["error"]["kind"].as_str())).collect();
    assert_eq!(
        found,
        [
            ("unreadable", Some("malformed")),
            ("unreadable", Some("empty")),
            ("compliant", None),
            ("unreadable", Some("unsupported-format"))
        ]
    );
    assert_eq!(lines[0]["error"]["code"], "FAILED_TO_READ_IMAGE");
    assert_eq!(lines[0]["profile"]["name"], "progeny-selfie");

    let text = stdout(&face_precheck(&["check", folder.to_str().unwrap()]));
    assert!(text.contains("4 photos: 1 compliant, 0 fixable, 0 retake, 3 unreadable"), "{text}");
}

#[test]
fn a_header_comes_with_the_error_as_far_as_it_could_be_read() {
    let folder = folder("cut");
    let bytes = crate::fixtures::read("photos/refused/grace_hopper.jpg");
    std::fs::write(folder.join("cut.jpg"), &bytes[..bytes.len() / 2]).unwrap();
    let lines = lines(&face_precheck(&["check", "--format", "jsonl", folder.to_str().unwrap()]));
    assert_eq!(lines[0]["header"]["width"], 512);
    assert_eq!(lines[0]["error"]["kind"], "malformed");
}

#[cfg(target_os = "linux")]
#[test]
fn a_name_that_is_not_utf8_is_kept() {
    use std::os::unix::ffi::OsStrExt;
    let folder = folder("not-utf8");
    let name = std::ffi::OsStr::from_bytes(b"sel\xfffie\x1b[31m.jpg");
    std::fs::write(folder.join(name), b"").unwrap();
    let output = face_precheck(&["check", "--format", "jsonl", folder.to_str().unwrap()]);
    let line = &lines(&output)[0];
    assert!(line["file"].as_str().unwrap().contains('\u{fffd}'));
    use base64::Engine;
    let bytes = base64::prelude::BASE64_STANDARD.decode(line["file_bytes"].as_str().unwrap()).unwrap();
    assert!(bytes.ends_with(name.as_bytes()));
    let text = stdout(&face_precheck(&["check", folder.to_str().unwrap()]));
    assert!(!text.contains('\u{1b}'), "a file's name does not steer the terminal");
}

#[test]
fn a_reader_who_leaves_early_is_no_error() {
    let mut child = Command::new(env!("CARGO_BIN_EXE_face-precheck"))
        .args(["check", "--format", "jsonl", "photos"])
        .current_dir(root())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    let output = child.wait_with_output().unwrap();
    assert_ne!(output.status.code(), Some(2), "{}", stderr(&output));
    assert_eq!(stderr(&output), "");
}

#[test]
fn nothing_to_check_is_trouble() {
    let output = face_precheck(&["check", folder("empty").to_str().unwrap()]);
    assert_eq!(code(&output), 2);
    assert!(stderr(&output).contains("no pictures found"));
}

#[test]
fn a_printed_profile_can_be_changed_and_used() {
    let folder = folder("profile");
    let output = face_precheck(&["profile"]);
    assert_eq!(code(&output), 0);
    let text = stdout(&output);
    assert_eq!(Profile::from_toml(&text).unwrap(), Profile::progeny_selfie());
    let changed = text.replace("interpupillary-distance = { min = 85,", "interpupillary-distance = { min = 40,");
    assert_ne!(changed, text);
    let file = folder.join("mine.toml");
    std::fs::write(&file, changed).unwrap();
    let file = file.to_str().unwrap();
    let text = stdout(&face_precheck(&["check", "--profile", file, "photos/refused/astronaut.png"]));
    assert!(!text.contains("interpupillary-distance"), "{text}");
    let printed = stdout(&face_precheck(&["profile", file]));
    assert_eq!(Profile::from_toml(&printed).unwrap().interpupillary_distance.unwrap().min, Some(40.0));

    std::fs::write(folder.join("broken.toml"), "extends = 'progeny-selfie'\nmax_jaw = 3").unwrap();
    let broken = face_precheck(&["check", "--profile", folder.join("broken.toml").to_str().unwrap(), "photos/compliant"]);
    assert_eq!(code(&broken), 2);
    assert!(stderr(&broken).contains("max_jaw"), "{}", stderr(&broken));
}

#[test]
fn a_document_profile_asks_for_no_face() {
    let output = face_precheck(&["check", "--profile", "progeny-document", "--format", "jsonl", "photos/no_face"]);
    assert_eq!(code(&output), 0, "{}", stdout(&output));
    assert!(lines(&output).iter().all(|line| line["faces"].as_array().unwrap().is_empty()));
}

#[test]
fn probe_shows_headers_without_a_verdict() {
    let output = face_precheck(&["probe", "--format", "jsonl", "photos/refused"]);
    assert_eq!(code(&output), 0);
    let lines = lines(&output);
    assert_eq!(lines.len(), 2);
    assert_eq!(lines[0]["header"]["format"], "png");
    assert_eq!(lines[1]["header"]["jpeg_quality"]["exact"], true);
    let text = stdout(&face_precheck(&["probe", "photos/refused/grace_hopper.jpg"]));
    assert!(text.contains("512 x 600 px"), "{text}");
    assert_eq!(code(&face_precheck(&["probe", "README.md"])), 1);
    assert_eq!(code(&face_precheck(&["probe", "nowhere"])), 2);
}
