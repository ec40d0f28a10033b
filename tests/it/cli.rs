//! The command, run as people and scripts run it.

use std::path::{Path, PathBuf};
use std::process::Stdio;

use face_precheck::{Code, Language, Profile, Rule};

use crate::command::{code, command, face_precheck, folder, lines, stderr, stdout};
use crate::fixtures::root;

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

/// A face that could not be measured at all is not told of rule by rule.
#[test]
fn what_could_not_be_measured_stands_together() {
    let output = face_precheck(&["check", "quality/p3_mask_ffp2.jpg"]);
    let text = stdout(&output);
    assert_eq!(code(&output), 1);
    assert!(text.contains(" error upright, face-size, interpupillary-distance, head-pose-yaw, head-pose-pitch,"), "{text}");
    assert!(text.lines().filter(|line| line.ends_with("could not be measured")).count() < 5, "{text}");
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
            for key in ["rule", "code", "severity", "cause", "fixable", "hint", "hint_id"] {
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
    assert_eq!(finding["hint_id"], "move-closer");
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
    std::fs::write(folder.join("d.jpg"), b"\0\0\0\x1cftypavif\0\0\0\0mif1avif").unwrap();
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
    let mut child =
        command().args(["check", "--format", "jsonl", "photos"]).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    drop(child.stdout.take());
    let output = child.wait_with_output().unwrap();
    assert_ne!(output.status.code(), Some(2), "{}", stderr(&output));
    assert_eq!(stderr(&output), "");
}

/// Uploads are made for whoever comes later.
#[test]
fn a_listener_who_leaves_early_does_not_stop_uploads() {
    let folder = folder("pipe");
    let (album, out) = (folder.join("album"), folder.join("out"));
    (0..6).for_each(|number| copy(GOOD, &album.join(format!("{number}.jpg"))));
    let mut child = command()
        .args(["prepare", album.to_str().unwrap(), "--out", out.to_str().unwrap()])
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    assert_eq!(child.wait().unwrap().code(), Some(0));
    assert_eq!(names(&out).len(), 6);
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
fn hints_are_told_in_the_language_asked_for_and_nothing_else_is() {
    let german = ["--language", "de"];
    let (check, jsonl) = (["check", "photos/refused/astronaut.png"], ["--format", "jsonl"]);
    let text = stdout(&face_precheck(&[&check[..], &german].concat()));
    assert!(text.contains("Gehen Sie näher an die Kamera heran.") && !text.contains("Move closer"), "{text}");
    let in_english = stdout(&face_precheck(&check));
    let translated = text
        .replace("Gehen Sie näher an die Kamera heran.", "Move closer to the camera.")
        .replace("Schließen Sie den Mund, und blicken Sie neutral.", "Close your mouth, and look neutral.");
    assert_eq!(translated, in_english);

    let findings = |arguments: &[&str]| lines(&face_precheck(arguments))[0]["findings"].clone();
    let (english, german_findings) =
        (findings(&[&check[..], &jsonl].concat()), findings(&[&check[..], &jsonl, &german].concat()));
    for (english, german) in english.as_array().unwrap().iter().zip(german_findings.as_array().unwrap()) {
        assert_ne!(english["hint"], german["hint"]);
        assert_eq!(english["hint_id"], german["hint_id"]);
        assert_eq!(english["code"], german["code"]);
    }

    let folder = folder("language");
    std::fs::write(folder.join("empty.jpg"), b"").unwrap();
    let empty = folder.join("empty.jpg");
    let out = folder.join("out");
    let prepare = ["prepare", empty.to_str().unwrap(), "photos/refused/astronaut.png", "--out", out.to_str().unwrap()];
    let text = stdout(&face_precheck(&[&prepare[..], &german].concat()));
    assert!(text.contains("Die Datei hat keinen Inhalt") && text.contains("Gehen Sie näher"), "{text}");
    let error = &lines(&face_precheck(&[&prepare[..], &jsonl, &german].concat()))[0]["error"];
    assert_eq!(error["hint_id"], "fetch-again", "{error}");
    assert!(error["hint"].as_str().unwrap().starts_with("Die Datei"), "{error}");
}

#[test]
fn a_printed_language_can_be_translated_and_used() {
    let folder = folder("translation");
    let printed = face_precheck(&["language"]);
    assert_eq!((code(&printed), stdout(&printed)), (0, Language::english().to_toml()));
    assert_eq!(stdout(&face_precheck(&["language", "de"])), Language::german().to_toml());
    let translated = stdout(&printed).replace("Move closer to the camera.", "Kom dichter bij de camera.");
    let file = folder.join("nl.toml");
    std::fs::write(&file, &translated).unwrap();
    let file = file.to_str().unwrap();
    let text = stdout(&face_precheck(&["check", "--language", file, "photos/refused/astronaut.png"]));
    assert!(text.contains("Kom dichter bij de camera."), "{text}");
    assert_eq!(stdout(&face_precheck(&["language", file])), translated);

    let broken = folder.join("broken.toml");
    std::fs::write(&broken, translated.replace("move-back =", "move-bakc =")).unwrap();
    let broken = broken.to_str().unwrap();
    let out = folder.join("out");
    for arguments in [
        &["check", "--language", broken, GOOD][..],
        &["prepare", "--language", broken, GOOD, "--out", out.to_str().unwrap()],
        &["language", broken],
    ] {
        let output = face_precheck(arguments);
        assert_eq!((code(&output), stdout(&output)), (2, String::new()));
        assert!(stderr(&output).contains("broken.toml: language: hints: not there: move-back"), "{}", stderr(&output));
    }
    assert!(!out.exists());
    let nobody = face_precheck(&["check", "--language", "tlh", GOOD]);
    assert_eq!(code(&nobody), 2);
    assert!(stderr(&nobody).contains("the built-in ones are en, de"), "{}", stderr(&nobody));
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

fn names(folder: &Path) -> Vec<String> {
    let mut names: Vec<_> = walkdir::WalkDir::new(folder)
        .into_iter()
        .map(Result::unwrap)
        .filter(|entry| entry.file_type().is_file())
        .map(|entry| entry.path().strip_prefix(folder).unwrap().to_str().unwrap().to_owned())
        .collect();
    names.sort();
    names
}

fn copy(fixture: &str, to: &Path) {
    std::fs::create_dir_all(to.parent().unwrap()).unwrap();
    std::fs::copy(root().join(fixture), to).unwrap();
}

const GOOD: &str = "photos/compliant/grace_hopper_enlarged_1.5x.jpg";

#[test]
fn prepare_mirrors_the_tree_and_says_what_was_done() {
    let folder = folder("prepare");
    let (album, out) = (folder.join("album"), folder.join("album/out"));
    copy(GOOD, &album.join("a.JPG"));
    copy("photos/refused/astronaut.png", &album.join("2026/far.png"));
    let photo = crate::derive::decode(&crate::fixtures::read(GOOD));
    std::fs::write(album.join("2026/b.webp"), crate::derive::webp(&photo)).unwrap();
    std::fs::write(album.join("2026/cut.jpg"), b"\xff\xd8\xff").unwrap();
    let (album, out_name) = (album.to_str().unwrap(), out.to_str().unwrap());
    let output = face_precheck(&["prepare", album, "--out", out_name]);
    assert_eq!(code(&output), 1, "{}", stderr(&output));
    let text = stdout(&output);
    assert!(text.contains(&format!("ready      {album}/a.JPG -> {out_name}/a.JPG")), "{text}");
    assert!(text.contains("nothing had to be done"), "{text}");
    assert!(text.contains("converted from WebP to JPEG; compressed with JPEG quality"), "{text}");
    assert!(text.contains(&format!("retake     {album}/2026/far.png")), "{text}");
    assert!(text.contains("4 photos: 2 ready, 1 retake, 1 unreadable"), "{text}");
    assert_eq!(names(&out), ["2026/b.webp.jpg", "a.JPG"]);
    assert_eq!(code(&face_precheck(&["check", out_name])), 0);

    // Again: the uploads of the first run are neither read as photos nor in the way.
    let again = face_precheck(&["prepare", album, "--out", out_name, "--format", "jsonl"]);
    assert_eq!(code(&again), 1, "{}", stdout(&again));
    let lines = lines(&again);
    assert_eq!(lines.len(), 4);
    let ready: Vec<_> = lines.iter().filter(|line| line["verdict"] == "compliant").collect();
    assert_eq!(ready.len(), 2);
    assert_eq!(ready[0]["upload"]["file"], format!("{out_name}/2026/b.webp.jpg"));
    assert_eq!(ready[0]["upload"]["media_type"], "image/jpeg");
    assert_eq!(ready[0]["upload"]["purpose"], "selfie");
    assert_eq!(ready[0]["upload"]["changes"][0]["change"], "converted");
    assert_eq!(ready[0]["header"]["format"], "jpeg");
    assert_eq!(ready[0]["considered"][0]["outcome"], "chosen");
    assert_eq!(ready[1]["upload"]["changes"], serde_json::json!([]));
}

#[test]
fn prepare_overwrites_nothing_unless_forced_and_the_photo_never() {
    let folder = folder("force");
    let (photo, out) = (folder.join("in/me.jpg"), folder.join("out"));
    copy(GOOD, &photo);
    std::fs::create_dir(&out).unwrap();
    std::fs::write(out.join("me.jpg"), b"mine").unwrap();
    let (photo_name, out_name) = (photo.to_str().unwrap(), out.to_str().unwrap());
    let output = face_precheck(&["prepare", photo_name, "--out", out_name]);
    assert_eq!(code(&output), 2);
    assert!(stdout(&output).contains("--force"), "{}", stdout(&output));
    assert_eq!(std::fs::read(out.join("me.jpg")).unwrap(), b"mine");
    assert_eq!(code(&face_precheck(&["prepare", "--force", photo_name, "--out", out_name])), 0);
    assert_eq!(std::fs::read(out.join("me.jpg")).unwrap(), crate::fixtures::read(GOOD));
    assert_eq!(names(&out), ["me.jpg"]);
    // Two photos of one name: the first is kept, the other is trouble.
    copy("photos/compliant/astronaut_enlarged_3x.jpg", &folder.join("other/me.jpg"));
    let other = folder.join("other");
    for force in [&[][..], &["--force"]] {
        let output = face_precheck(&[&["prepare", photo_name, other.to_str().unwrap(), "--out", out_name], force].concat());
        assert_eq!(code(&output), 2);
        let text = stdout(&output);
        assert!(text.contains("unwritten ") && text.contains("another photo of this name"), "{text}");
        assert!(text.contains("2 photos: 1 ready, 1 unwritten"), "{text}");
        assert_eq!(std::fs::read(out.join("me.jpg")).unwrap(), crate::fixtures::read(GOOD));
    }
    // Onto a photo that is read as well.
    let (nest, inner) = (folder.join("nest"), folder.join("nest/inner"));
    copy(GOOD, &nest.join("me.jpg"));
    copy("photos/compliant/astronaut_enlarged_3x.jpg", &inner.join("me.jpg"));
    let arguments = [nest.join("me.jpg"), inner, nest.clone()].map(|path| path.to_str().unwrap().to_owned());
    let output =
        face_precheck(&["prepare", "--force", "--format", "jsonl", &arguments[0], &arguments[1], "--out", &arguments[2]]);
    assert_eq!(code(&output), 2);
    let lines = lines(&output);
    assert!(lines.iter().all(|line| line["verdict"] == "compliant" && line["error"]["kind"] == "io"), "{lines:?}");
    assert_eq!(std::fs::read(nest.join("me.jpg")).unwrap(), crate::fixtures::read(GOOD));
    // Into the photo's own folder.
    let own = folder.join("in");
    let before = std::fs::read(&photo).unwrap();
    for arguments in [&["prepare", "--force", photo_name, "--out"][..], &["prepare", "--force", own.to_str().unwrap(), "--out"]] {
        let output = face_precheck(&[arguments, &[own.to_str().unwrap()]].concat());
        assert_eq!(code(&output), 2, "{}", stdout(&output));
        assert_eq!(std::fs::read(&photo).unwrap(), before);
    }
    // A folder that cannot be one.
    assert_eq!(code(&face_precheck(&["prepare", photo_name, "--out", photo_name])), 2);
}

/// As a new file of the person who runs it, not as a temporary one.
#[cfg(unix)]
#[test]
fn uploads_have_the_permissions_of_new_files() {
    use std::os::unix::fs::PermissionsExt;
    let folder = folder("permissions");
    std::fs::write(folder.join("plain"), b"").unwrap();
    let out = folder.join("out");
    assert_eq!(code(&face_precheck(&["prepare", GOOD, "--out", out.to_str().unwrap()])), 0);
    let mode = |file: PathBuf| std::fs::metadata(file).unwrap().permissions().mode();
    assert_eq!(mode(out.join("grace_hopper_enlarged_1.5x.jpg")), mode(folder.join("plain")));
}

/// Killed in the middle of a folder: every file that is there is whole, and a second run makes the others.
#[test]
fn a_killed_run_leaves_whole_files_and_the_next_finishes() {
    const PHOTOS: usize = 24;
    let folder = folder("killed");
    let (album, out) = (folder.join("album"), folder.join("out"));
    for number in 0..PHOTOS {
        let fixture = if number % 2 == 0 { GOOD } else { "photos/compliant/astronaut_enlarged_3x.jpg" };
        copy(fixture, &album.join(format!("{}/{number:02}.jpg", number % 3)));
    }
    let arguments = ["prepare", album.to_str().unwrap(), "--out", out.to_str().unwrap()];
    let mut child = command().args(arguments).stdout(Stdio::null()).spawn().unwrap();
    while !out.exists() || names(&out).len() < 5 {
        assert!(child.try_wait().unwrap().is_none(), "it was too quick to be killed");
        std::thread::sleep(std::time::Duration::from_millis(1));
    }
    child.kill().unwrap();
    child.wait().unwrap();
    let left = names(&out);
    assert!((5..PHOTOS).contains(&left.len()), "{left:?}");
    let (parts, whole): (Vec<_>, Vec<_>) = left.iter().partition(|name| name.contains("/.face-precheck-"));
    for part in parts {
        std::fs::remove_file(out.join(part)).unwrap();
    }
    for name in whole {
        assert_eq!(std::fs::read(out.join(name)).unwrap(), std::fs::read(album.join(name)).unwrap(), "{name}");
    }
    // What such a run may leave under a hidden name goes after an hour.
    let part = out.join("0/.face-precheck-x1.part");
    std::fs::write(&part, b"half").unwrap();
    let hours_ago = std::time::SystemTime::now() - std::time::Duration::from_hours(2);
    std::fs::File::options().write(true).open(&part).unwrap().set_modified(hours_ago).unwrap();
    assert_eq!(code(&face_precheck(&arguments)), 0);
    assert_eq!(names(&out), names(&album));
}
