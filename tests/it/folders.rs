//! Folders of photos: what is found in them, what is left out, and where results go.

use std::collections::BTreeMap;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use face_precheck::{Error, Profile};
use image::{DynamicImage, RgbImage};
use serde_json::Value;

use crate::command::{code, command, ended, face_precheck, folder, lines, stderr, stdout};
use crate::derive::{chunk, decode, png, resized, stored, webp, with_exif};
use crate::fixtures::{ENGINE, RENDERED, pictures, read, root};

const GOOD: &str = "photos/compliant/grace_hopper_enlarged_1.5x.jpg";
const FAR: &str = "photos/refused/astronaut.png";

pub(crate) fn copy(fixture: &str, to: &Path) {
    std::fs::create_dir_all(to.parent().unwrap()).unwrap();
    std::fs::copy(root().join(fixture), to).unwrap();
}

pub(crate) fn name(path: &Path) -> &str {
    path.to_str().unwrap()
}

/// A row without what differs between photos of the same content.
fn content_of(mut row: Value) -> Value {
    for key in ["file", "file_bytes", "modified", "file_size", "command"] {
        row.as_object_mut().unwrap().remove(key);
    }
    row
}

/// The row that a photo of this content has to have, made by the library.
fn expected(bytes: &[u8]) -> Value {
    let profile = Profile::progeny_selfie();
    let row = match ENGINE.check(bytes, &profile) {
        Ok(report) => serde_json::to_string(&report).unwrap(),
        Err(error) => {
            let header = face_precheck::probe(bytes).ok();
            let ours = matches!(error, Error::LimitExceeded { .. });
            let mut object = serde_json::json!({
                "schema": 1, "tool": face_precheck::TOOL, "verdict": "unreadable",
                "profile": {"name": profile.name, "sha256": profile.sha256()},
                "error": {"kind": error.kind(), "message": error.to_string()},
            });
            if let Some(header) = header {
                object["header"] = serde_json::to_value(header).unwrap();
            }
            if !ours {
                object["error"]["code"] = "FAILED_TO_READ_IMAGE".into();
            }
            if let Some(hint) = error.hint() {
                object["error"]["hint"] = hint.text().into();
                object["error"]["hint_id"] = hint.id().into();
            }
            object.to_string()
        }
    };
    // Read back as rows are.
    serde_json::from_str(&row).unwrap()
}

/// Heads in several formats, under their endings.
fn good_contents() -> Vec<(&'static str, Vec<u8>)> {
    let names = pictures("rendered");
    assert_eq!(names.len(), RENDERED);
    // Without those of which the face has to be looked for at length.
    let names = names.iter().skip(1).step_by(6);
    let mut contents: Vec<_> = names.map(|name| ("jpg", read(&format!("rendered/{name}")))).collect();
    for (index, content) in contents.iter_mut().enumerate().filter(|(index, _)| index % 4 == 1) {
        let small = resized(&decode(&content.1), 480, 640);
        *content = if index % 8 == 1 { ("png", png(&small.into())) } else { ("WEBP", webp(&small)) };
    }
    // Stored turned, which can be mended.
    contents.push(("jpg", with_exif(&crate::derive::jpeg(&stored(&decode(&read(GOOD)), 6), 90), 6, true)));
    contents
}

/// Files of which no verdict is possible.
fn broken_contents() -> Vec<(&'static str, Vec<u8>)> {
    let whole = read(GOOD);
    let mut turned_bits = whole.clone();
    turned_bits[600..640].iter_mut().for_each(|byte| *byte = !*byte);
    vec![
        ("jpg", whole[..whole.len() / 2].to_vec()),
        ("jpg", Vec::new()),
        ("jpeg", b"this is no picture".to_vec()),
        ("png", b"\x89PNG\r\n\x1a\n".to_vec()),
        ("avif", b"\0\0\0\x1cftypavif\0\0\0\0mif1avif".to_vec()),
        ("gif", b"GIF89a\x01\0\x01\0\0\0\0;".to_vec()),
        ("bmp", b"BM\x1e\0\0\0\0\0\0\0\x1a\0\0\0\x0c\0\0\0".to_vec()),
        ("webp", b"RIFF\x04\0\0\0WEBP".to_vec()),
        ("jpg", b"\xff\xd8\xff\xe0".to_vec()),
        ("png", png(&DynamicImage::from(RgbImage::new(40, 40)))[..60].to_vec()),
    ]
}

/// A few bytes that claim to be 900 megapixels.
fn bomb() -> Vec<u8> {
    let mut header = Vec::new();
    header.extend(30_000u32.to_be_bytes());
    header.extend(30_000u32.to_be_bytes());
    header.extend([8, 2, 0, 0, 0]);
    let mut bytes = b"\x89PNG\r\n\x1a\n".to_vec();
    bytes.extend(chunk(b"IHDR", &header));
    bytes.extend(chunk(b"IDAT", &[0x78, 0x9c, 0x03, 0, 0, 0, 0, 1]));
    bytes.extend(chunk(b"IEND", &[]));
    bytes
}

const PHOTOS: usize = 2000;
const BROKEN: usize = 20;

/// What each path's row has to say.
#[cfg(unix)]
fn make_album(folder: &Path) -> BTreeMap<PathBuf, Value> {
    use std::os::unix::ffi::OsStrExt as _;
    let (sources, album) = (folder.join("sources"), folder.join("album"));
    std::fs::create_dir(&sources).unwrap();
    std::fs::create_dir(&album).unwrap();
    let mut rows = BTreeMap::new();
    let mut number = 0;
    let mut add = |path: PathBuf, bytes: &[u8], row: &Value, source: &Path| {
        let path = album.join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        if !source.exists() {
            std::fs::write(source, bytes).unwrap();
        }
        std::fs::hard_link(source, &path).unwrap();
        assert!(rows.insert(path, row.clone()).is_none());
    };
    let mut fill = |contents: Vec<(&str, Vec<u8>)>, count: usize| {
        let rows = crate::derive::each(&contents, |(_, bytes)| expected(bytes));
        for index in 0..count {
            let ((ending, bytes), row) = (&contents[index % contents.len()], &rows[index % contents.len()]);
            let source = sources.join(format!("{}-{}", number - index, index % contents.len()));
            let place = match index % 4 {
                0 => format!("{number:04}.{ending}"),
                1 => format!("2025/{number:04}.{ending}"),
                2 => format!("2025/{}/{number:04}.{ending}", index % 5),
                _ => format!("Z \u{fc}/deep/er/{number:04}.{ending}"),
            };
            add(place.into(), bytes, row, &source);
            number += 1;
        }
    };
    fill(good_contents(), PHOTOS - BROKEN - 5);
    fill(broken_contents(), BROKEN);
    fill(vec![("png", bomb())], 1);
    fill(vec![("png", png(&RgbImage::from_fn(4000, 3000, |x, y| image::Rgb([(x / 16) as u8, (y / 12) as u8, 90])).into()))], 1);
    // Not all systems have such names.
    let odd = std::ffi::OsStr::from_bytes(if cfg!(target_os = "linux") { b"odd \xff name.jpg" } else { b"odd \x07 name.jpg" });
    add(odd.into(), &read(GOOD), &expected(&read(GOOD)), &sources.join("odd"));
    // Two that cannot be read, and some that are none of our business.
    let failed = |message: &str| {
        let profile = Profile::progeny_selfie();
        serde_json::json!({
            "schema": 1, "tool": face_precheck::TOOL, "verdict": "unreadable",
            "profile": {"name": profile.name, "sha256": profile.sha256()}, "error": {"kind": "io", "message": message},
        })
    };
    std::os::unix::fs::symlink("nowhere.jpg", album.join("2025/dangling.jpg")).unwrap();
    rows.insert(album.join("2025/dangling.jpg"), failed("No such file or directory (os error 2)"));
    assert!(std::process::Command::new("mkfifo").arg(album.join("2025/pipe.jpg")).status().unwrap().success());
    rows.insert(album.join("2025/pipe.jpg"), failed("not a regular file (- reads a photo from standard input)"));
    std::fs::write(album.join("notes.txt"), "no picture").unwrap();
    std::fs::write(album.join(".hidden.jpg"), read(GOOD)).unwrap();
    std::os::unix::fs::symlink("nowhere", album.join("gone.txt")).unwrap();
    assert!(std::process::Command::new("mkfifo").arg(album.join("pipe")).status().unwrap().success());
    rows
}

#[cfg(unix)]
fn path_of(row: &Value) -> PathBuf {
    use std::os::unix::ffi::OsStringExt as _;
    match row["file_bytes"].as_str() {
        Some(bytes) => std::ffi::OsString::from_vec(BASE64_STANDARD.decode(bytes).unwrap()).into(),
        None => row["file"].as_str().unwrap().into(),
    }
}

#[cfg(unix)]
#[test]
fn two_thousand_photos_have_the_right_row_each() {
    let folder = folder("two-thousand");
    let expected = make_album(&folder);
    assert_eq!(expected.len(), PHOTOS);
    let album = folder.join("album");
    let outputs = ["two.jsonl", "two.csv", "two.html"].map(|file| folder.join(file));
    let start = |jobs: &str, outputs: &[PathBuf]| {
        let outputs = outputs.iter().flat_map(|file| ["--output", name(file)]);
        let mut command = command();
        command.args(["check", name(&album), "--jobs", jobs]).args(outputs);
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
    };
    // At the same time, which takes less of it.
    let [one, two] = [start("1", &[folder.join("one.jsonl")]), start("2", &outputs)].map(ended);
    assert_eq!((code(&two), stdout(&two)), (2, String::new()), "{}", stderr(&two));
    let text = std::fs::read_to_string(&outputs[0]).unwrap();
    let rows: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(rows.len(), PHOTOS);
    let mut verdicts = BTreeMap::new();
    for (row, (path, expected)) in rows.iter().zip(&expected) {
        // A map of paths is in the order of their components, which is the order of walking.
        assert_eq!(path_of(row), *path);
        assert_eq!(row["file"], path.to_string_lossy().as_ref());
        assert_eq!(content_of(row.clone()), *expected, "{}", path.display());
        let file = std::fs::metadata(path).ok().filter(std::fs::Metadata::is_file);
        assert_eq!(row["file_size"].as_u64(), file.as_ref().map(std::fs::Metadata::len), "{}", path.display());
        assert_eq!((row["modified"].is_string(), &row["command"]), (file.is_some(), &"check".into()), "{}", path.display());
        *verdicts.entry(row["verdict"].as_str().unwrap()).or_insert(0) += 1;
    }
    assert_eq!(rows.iter().filter(|row| row["error"]["kind"] == "limit-exceeded").count(), 1);
    assert_eq!(rows.iter().filter(|row| row["error"]["kind"] == "io").count(), 2);
    assert_eq!(verdicts["unreadable"], BROKEN + 3);
    let count = |verdict: &str| verdicts.get(verdict).copied().unwrap_or(0);
    let counts = format!(
        "2000 photos: {} compliant, {} fixable, {} retake, 23 unreadable",
        count("compliant"),
        count("fixable"),
        count("retake")
    );
    assert!(stderr(&two).contains(&counts), "{counts}\n{}", stderr(&two));
    assert!(stderr(&two).contains("passed by 1 file that is no picture"), "{}", stderr(&two));
    assert!(count("compliant") > 500 && count("retake") > 200 && count("fixable") > 10, "{verdicts:?}");

    let mut table = csv::Reader::from_path(&outputs[1]).unwrap();
    let column = table.headers().unwrap().iter().position(|column| column == "verdict").unwrap();
    let in_table: Vec<String> = table.records().map(|record| record.unwrap()[column].to_owned()).collect();
    assert!(in_table.iter().eq(rows.iter().map(|row| row["verdict"].as_str().unwrap())));
    let sheet = std::fs::read_to_string(&outputs[2]).unwrap();
    assert!(sheet.ends_with("</html>\n"));
    assert_eq!(sheet.matches("\"passed\":").count(), PHOTOS);
    assert_eq!(sheet.matches("\"thumb\":").count(), PHOTOS - 23);

    assert_eq!(code(&one), 2);
    assert!(std::fs::read_to_string(folder.join("one.jsonl")).unwrap() == text, "one thread and two write the same bytes");
    assert_rows_are_read_as_they_were_written(&album, &outputs[0], &outputs[1]);
}

/// A report of a whole folder, joined with nothing and gone on with, which leaves it as it is.
#[cfg(unix)]
fn assert_rows_are_read_as_they_were_written(album: &Path, report: &Path, table: &Path) {
    let text = std::fs::read_to_string(report).unwrap();
    let again = table.with_file_name("merged.csv");
    let merged = face_precheck(&["merge", name(report), "--format", "jsonl", "--output", name(&again)]);
    assert_eq!(code(&merged), 2, "{}", stderr(&merged));
    assert!(stdout(&merged) == text, "the order of names is that of paths");
    assert!(std::fs::read(&again).unwrap() == std::fs::read(table).unwrap());

    let resumed = face_precheck(&["check", name(album), "--resume", name(report)]);
    assert_eq!(code(&resumed), 2, "{}", stderr(&resumed));
    assert!(stderr(&resumed).contains(&format!("resumed {} of them", PHOTOS - 2)), "{}", stderr(&resumed));
    // What could not be read was tried again, and stands at the end.
    let (failed, mut expected): (Vec<_>, Vec<_>) = text.lines().partition(|line| line.contains("\"kind\":\"io\""));
    assert_eq!(failed.len(), 2);
    expected.extend(failed);
    assert!(std::fs::read_to_string(report).unwrap().lines().eq(expected));
}

#[test]
fn rows_as_they_finish_are_the_same_rows() {
    let ordered = face_precheck(&["check", "--format", "jsonl", "photos"]);
    let unordered = face_precheck(&["check", "--format", "jsonl", "--unordered", "photos"]);
    let sorted = |output: &std::process::Output| {
        let mut lines: Vec<String> = stdout(output).lines().map(ToOwned::to_owned).collect();
        lines.sort();
        lines
    };
    assert_eq!(sorted(&ordered).len(), crate::fixtures::PHOTOS);
    assert_eq!(sorted(&ordered), sorted(&unordered));
}

#[cfg(unix)]
#[test]
fn a_pipe_is_never_waited_for_and_standard_input_is_a_photo() {
    let folder = folder("pipe-named");
    let pipe = folder.join("pipe");
    assert!(std::process::Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    let run = |arguments: &[&str]| {
        let mut command = command();
        command.args(arguments).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        ended(command.spawn().unwrap())
    };
    let output = run(&["check", "--format", "jsonl", name(&pipe), GOOD]);
    assert_eq!(code(&output), 2);
    let rows = lines(&output);
    assert_eq!(rows.len(), 2);
    assert_eq!((&rows[0]["error"]["kind"], &rows[1]["verdict"]), (&"io".into(), &"compliant".into()));
    assert_eq!(code(&run(&["probe", name(&pipe)])), 2);
    let out = folder.join("out");
    assert_eq!(code(&run(&["prepare", name(&pipe), "--out", name(&out)])), 2);
    assert!(!out.exists());

    let from_stdin = command()
        .args(["check", "--format", "jsonl", "-"])
        .stdin(std::fs::File::open(root().join(GOOD)).unwrap())
        .output()
        .unwrap();
    assert_eq!(code(&from_stdin), 0);
    assert_eq!(lines(&from_stdin)[0]["file"], "-");
    assert_eq!(content_of(lines(&from_stdin)[0].clone()), content_of(rows[1].clone()));
}

/// What comes of a command that reads this.
fn fed(command: &mut std::process::Command, input: &[u8]) -> std::process::Output {
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(input).unwrap();
    ended(child)
}

fn files(output: &std::process::Output, below: &Path) -> Vec<String> {
    let below = format!("{}/", name(below));
    lines(output).iter().map(|line| line["file"].as_str().unwrap().replace(&below, "")).collect()
}

#[test]
fn lists_name_photos_and_keep_their_folders() {
    let folder = folder("lists");
    for place in ["x/me.jpg", "y/me.jpg", "line\nbreak.jpg", "not listed.jpg"] {
        copy(GOOD, &folder.join(place));
    }
    let list = format!("{0}/x/me.jpg\0{0}/line\nbreak.jpg\0{0}/y\0{0}/x/me.jpg\0", name(&folder));
    let output = fed(command().args(["check", "--format", "jsonl", "--files-from", "-", "-0"]), list.as_bytes());
    assert_eq!(code(&output), 0, "{}", stderr(&output));
    assert_eq!(files(&output, &folder), ["x/me.jpg", "line\nbreak.jpg", "y/me.jpg"], "each once, in the list's order");

    // Photos of one name do not meet in --out.
    std::fs::write(folder.join("list"), "x/me.jpg\ny/me.jpg\n").unwrap();
    let output = command().current_dir(&folder).args(["prepare", "--files-from", "list", "--out", "out"]).output().unwrap();
    assert_eq!(code(&output), 0, "{}", stdout(&output));
    assert!(folder.join("out/x/me.jpg").exists() && folder.join("out/y/me.jpg").exists());
}

/// Nothing in a name is taken for an option, a pattern or an end, but for the end that was asked for.
#[cfg(unix)]
#[test]
fn whatever_a_listed_file_is_called_it_is_that_file() {
    use std::os::unix::ffi::OsStrExt as _;
    let folder = folder("odd-names");
    let mut names: Vec<&[u8]> = vec![b" before.jpg", b"behind.jpg ", b"--quiet", b"*.jpg", b"[a].jpg", b"cr\r", b"\"q'\\.jpg"];
    if cfg!(target_os = "linux") {
        names.push(b"n\xff.jpg");
    }
    for name in &names {
        copy(GOOD, &folder.join(std::ffi::OsStr::from_bytes(name)));
    }
    let listed = |arguments: &[&str], list: &[u8]| {
        let mut command = command();
        command.current_dir(&folder).args(["check", "--format", "jsonl", "--files-from", "-"]).args(arguments);
        let output = fed(&mut command, list);
        (code(&output), lines(&output).iter().map(path_of).collect::<Vec<_>>())
    };
    let expected: Vec<PathBuf> = names.iter().map(|name| std::ffi::OsStr::from_bytes(name).into()).collect();
    assert_eq!(listed(&["--null"], &names.join(&0)), (0, expected));
    // Lines may have been ended by another system; empty ones mean nothing; the last one needs no end.
    let found = listed(&[], b" before.jpg\r\n\n--quiet\n*.jpg");
    assert_eq!(found, (0, [" before.jpg", "--quiet", "*.jpg"].map(PathBuf::from).to_vec()));
    let missing = listed(&[], b"[a].jpg\nnowhere.jpg\n");
    assert_eq!(missing, (2, ["[a].jpg", "nowhere.jpg"].map(PathBuf::from).to_vec()));
}

#[test]
fn exclusions_hidden_files_and_links_are_as_asked_for() {
    let folder = folder("walking");
    for place in ["a.jpg", "b.png", "thumbs/c.jpg", "x/keep.png", ".hidden/d.jpg", ".e.jpg"] {
        copy(if place.ends_with("png") { FAR } else { GOOD }, &folder.join("album").join(place));
    }
    let album = folder.join("album");
    let found = |arguments: &[&str]| {
        let output = face_precheck(&[&["check", "--format", "jsonl", name(&album)], arguments].concat());
        files(&output, &album)
    };
    assert_eq!(found(&[]), ["a.jpg", "b.png", "thumbs/c.jpg", "x/keep.png"]);
    assert_eq!(found(&["--exclude", "thumbs/", "--exclude", "*.png", "--exclude", "!keep.png"]), ["a.jpg", "x/keep.png"]);
    std::fs::write(folder.join("list"), "# small ones\nthumbs/\n/x\n").unwrap();
    assert_eq!(found(&["--exclude-from", name(&folder.join("list"))]), ["a.jpg", "b.png"]);
    assert_eq!(found(&["--hidden"]), [".e.jpg", ".hidden/d.jpg", "a.jpg", "b.png", "thumbs/c.jpg", "x/keep.png"]);
    #[cfg(unix)]
    {
        copy(GOOD, &folder.join("elsewhere/f.jpg"));
        std::os::unix::fs::symlink("../elsewhere", album.join("link")).unwrap();
        std::os::unix::fs::symlink("..", album.join("x/loop")).unwrap();
        std::os::unix::fs::symlink("../elsewhere/f.jpg", album.join("g.jpg")).unwrap();
        assert_eq!(found(&[]), ["a.jpg", "b.png", "g.jpg", "thumbs/c.jpg", "x/keep.png"]);
        let followed = face_precheck(&["check", "--format", "jsonl", "--follow", name(&album)]);
        assert_eq!(code(&followed), 2, "a loop is not passed over in silence");
        let expected = ["a.jpg", "b.png", "g.jpg", "link/f.jpg", "thumbs/c.jpg", "x/keep.png", "x/loop"];
        assert_eq!(files(&followed, &album), expected);
    }
}

/// Whoever made the folder does not decide how strictly it is checked.
#[test]
fn settings_come_from_the_user_and_never_from_the_photos() {
    let folder = folder("settings");
    let album = folder.join("album");
    copy(FAR, &album.join("far.png"));
    copy(GOOD, &album.join("good.jpg"));
    let lax = "profile = 'lax.toml'\nexclude = ['*.jpg']\n";
    let profile = "extends = 'progeny-selfie'\nname = 'lax'\ninterpupillary-distance = { min = 10 }\nface-size = { min = 10 }\n";
    for place in [
        "config.toml",
        "face-precheck.toml",
        ".face-precheck.toml",
        "face-precheck/config.toml",
        ".config/face-precheck/config.toml",
    ] {
        std::fs::create_dir_all(album.join(place).parent().unwrap()).unwrap();
        std::fs::write(album.join(place), lax).unwrap();
        std::fs::write(album.join(place).with_file_name("lax.toml"), profile).unwrap();
    }
    for ignore in [".gitignore", ".ignore"] {
        std::fs::write(album.join(ignore), "*\n").unwrap();
    }
    let check = |arguments: &[&str], settings: &Path| {
        command()
            .current_dir(&album)
            .env("XDG_CONFIG_HOME", settings)
            .args([&["check"], arguments, &["."]].concat())
            .output()
            .unwrap()
    };
    let nothing = folder.join("nothing");
    let untouched = check(&["--format", "jsonl"], &nothing);
    assert_eq!((code(&untouched), files(&untouched, Path::new("."))), (1, vec!["far.png".to_owned(), "good.jpg".to_owned()]));
    assert_eq!(lines(&untouched)[0]["profile"]["name"], "progeny-selfie");

    // The user's own folder, and a file that is named, with paths beside them.
    let own = folder.join("own");
    std::fs::create_dir_all(own.join("face-precheck")).unwrap();
    std::fs::write(own.join("face-precheck/config.toml"), lax).unwrap();
    std::fs::write(own.join("face-precheck/lax.toml"), profile).unwrap();
    let with_own = check(&["--output", name(&folder.join("report.jsonl"))], &own);
    assert_eq!(code(&with_own), 0, "{}", stderr(&with_own));
    assert!(stderr(&with_own).contains("1 photo: 1 compliant"), "{}", stderr(&with_own));
    let told = format!("profile lax, {0}/face-precheck/lax.toml, by {0}/face-precheck/config.toml", name(&own));
    assert!(stderr(&with_own).contains(&told), "{}", stderr(&with_own));
    assert_eq!(code(&check(&["--config", name(&own.join("face-precheck/config.toml"))], &nothing)), 0);
    assert_eq!(code(&check(&["--config", name(&own.join("nowhere.toml"))], &nothing)), 2, "one that is named has to be there");
    assert_eq!(code(&check(&["--no-config"], &own)), 1);
    assert_eq!(code(&check(&["--profile", "progeny-selfie"], &own)), 1, "the command line comes first");

    std::fs::write(own.join("face-precheck/config.toml"), "profil = 'lax.toml'\n").unwrap();
    let broken = check(&[], &own);
    assert_eq!(code(&broken), 2);
    assert!(stderr(&broken).contains("unknown field `profil`"), "{}", stderr(&broken));
    assert_eq!(code(&check(&["--config", name(&own.join("face-precheck/config.toml"))], &nothing)), 2);
    assert_eq!(code(&check(&["--no-config"], &own)), 1);
}

/// Three machines and one give the same report.
#[test]
fn parts_of_a_batch_are_joined_to_the_whole() {
    let folder = folder("shards");
    for number in 0..40 {
        copy(if number % 3 == 0 { FAR } else { GOOD }, &folder.join(format!("album/{}/{number:02}.img", number % 4)));
    }
    let album = folder.join("album");
    let whole = face_precheck(&["check", "--format", "jsonl", name(&album)]);
    assert_eq!((code(&whole), lines(&whole).len()), (1, 40));
    let parts: Vec<PathBuf> = (1..=3).map(|part| folder.join(format!("part-{part}.jsonl"))).collect();
    let mut sizes = Vec::new();
    for (index, part) in parts.iter().enumerate() {
        let output = face_precheck(&["check", name(&album), "--shard", &format!("{}/3", index + 1), "--output", name(part)]);
        assert!(code(&output) < 2, "{}", stderr(&output));
        sizes.push(std::fs::read_to_string(part).unwrap().lines().count());
    }
    assert!(sizes.iter().sum::<usize>() == 40 && sizes.iter().all(|size| *size > 3), "{sizes:?}");
    let arguments: Vec<&str> = ["merge"].into_iter().chain(parts.iter().rev().map(|part| name(part))).collect();
    let merged = face_precheck(&arguments);
    assert_eq!(code(&merged), 1);
    assert_eq!(stdout(&merged), stdout(&whole));
    // The table and the sheet of reports are those of the run.
    let of_run = face_precheck(&[
        "check",
        name(&album),
        "--output",
        name(&folder.join("run.csv")),
        "--output",
        name(&folder.join("run.html")),
    ]);
    let outputs =
        ["--output", name(&folder.join("merged.csv")), "--output", name(&folder.join("merged.html"))].map(str::to_owned);
    let of_parts = command().args(&arguments).args(&outputs).output().unwrap();
    assert_eq!((code(&of_run), code(&of_parts)), (1, 1));
    let read = |file: &str| std::fs::read_to_string(folder.join(file)).unwrap();
    assert_eq!(read("run.csv"), read("merged.csv"));
    // But for thumbnails, which are made of other reductions of the photo.
    let cards = |page: String| -> Vec<Value> {
        let block = page.split("class=\"rows\">").nth(1).unwrap().split("</script>").next().unwrap();
        let mut cards: Vec<Value> = serde_json::from_str(block).unwrap();
        for card in &mut cards {
            assert!(card.as_object_mut().unwrap().remove("thumb").unwrap().is_string());
        }
        cards
    };
    let (run, merged) = (cards(read("run.html")), cards(read("merged.html")));
    assert_eq!(run.len(), 40);
    assert!(run == merged, "{} and {}", run[0], merged[0]);
    // Nothing of a part is missed where there is nothing in it.
    let none = face_precheck(&["check", GOOD, "--shard", "1/2"]);
    let other = face_precheck(&["check", GOOD, "--shard", "2/2"]);
    assert_eq!((code(&none), code(&other)), (0, 0));
    assert_eq!(stdout(&none).is_empty(), !stdout(&other).is_empty());
    let empty = folder.join("empty");
    std::fs::create_dir(&empty).unwrap();
    assert_eq!(
        code(&face_precheck(&["check", name(&empty), "--shard", "1/2"])),
        2,
        "a folder that is not mounted looks like this"
    );
    for part in ["1/2", "2/2"] {
        assert_eq!(code(&face_precheck(&["check", name(&folder.join("nowhere")), "--shard", part])), 2);
    }
    // Photos of one name that are named by themselves are in different parts.
    let named: Vec<PathBuf> = (0..16).map(|number| folder.join(format!("people/{number}/me.jpg"))).collect();
    for photo in &named {
        copy(FAR, photo);
    }
    let arguments = ["check", "--format", "jsonl", "--shard", "1/2"].into_iter().chain(named.iter().map(|path| name(path)));
    let part = lines(&face_precheck(&arguments.collect::<Vec<_>>())).len();
    assert!((2..15).contains(&part), "{part}");
    let twice = face_precheck(&["merge", name(&parts[0]), name(&parts[0])]);
    assert_eq!(lines(&twice).len(), sizes[0]);
}

#[test]
fn of_several_rows_about_one_photo_the_last_one_stands() {
    let folder = folder("twice");
    let photo = folder.join("me.img");
    let reports = [(FAR, "far.jsonl"), (GOOD, "good.jsonl")].map(|(fixture, report)| {
        let report = folder.join(report);
        copy(fixture, &photo);
        assert!(code(&face_precheck(&["check", name(&photo), "--output", name(&report)])) < 2);
        report
    });
    for (first, second, verdict, exit) in [(0, 1, "compliant", 0), (1, 0, "retake", 1)] {
        let merged = face_precheck(&["merge", name(&reports[first]), name(&reports[second])]);
        let verdicts: Vec<Value> = lines(&merged).iter().map(|row| row["verdict"].clone()).collect();
        assert_eq!((code(&merged), verdicts), (exit, vec![verdict.into()]));
    }
}

#[test]
fn only_what_fails_is_shown_and_warnings_fail_where_that_is_asked_for() {
    let shown = |arguments: &[&str]| {
        let output = face_precheck(&[&["check", "--format", "jsonl", "photos/compliant", "photos/refused"], arguments].concat());
        (code(&output), lines(&output).len())
    };
    assert_eq!(shown(&["--only-failed"]), (1, 2));
    assert_eq!(shown(&["--only-failed", "--fail-on", "warning"]), (1, 3));
    assert_eq!(code(&face_precheck(&["check", "photos/compliant"])), 0);
    assert_eq!(code(&face_precheck(&["check", "photos/compliant", "--fail-on", "warning"])), 1);
    assert_eq!(code(&face_precheck(&["check", GOOD, "--fail-on", "warning"])), 0);
    assert_eq!(code(&face_precheck(&["check", "photos", "--only-failed", "--resume", "x.jsonl"])), 2);
}

#[test]
fn photos_that_pass_are_left_out_of_files_and_still_counted() {
    let folder = folder("only-failed");
    let outputs = ["r.jsonl", "r.csv", "r.html", "r.txt"].map(|file| folder.join(file));
    let arguments = outputs.iter().flat_map(|file| ["--output", name(file)]);
    let mut command = command();
    command.args(["check", "photos/compliant", "photos/refused", "--only-failed"]).args(arguments);
    let output = command.output().unwrap();
    assert_eq!((code(&output), stdout(&output)), (1, String::new()));
    assert!(stderr(&output).contains("4 photos: 2 compliant, 0 fixable, 2 retake, 0 unreadable"), "{}", stderr(&output));
    let [rows, table, sheet, text] = outputs.map(|file| std::fs::read_to_string(file).unwrap());
    assert_eq!(rows.lines().filter(|line| line.contains("\"verdict\":\"retake\"")).count(), 2);
    assert_eq!((rows.lines().count(), csv::Reader::from_reader(table.as_bytes()).into_records().count()), (2, 2));
    assert_eq!(sheet.matches("\"passed\":false").count(), 2);
    assert!(!sheet.contains("\"passed\":true"));
    assert_eq!(text.lines().filter(|line| line.starts_with("retake ")).count(), 2);
    assert!(!text.lines().any(|line| line.starts_with("compliant ")) && text.contains("4 photos: 2 compliant"), "{text}");
}

/// What is wrong with an output is known before any photo is looked at, and costs nobody a report.
#[test]
fn outputs_are_opened_before_the_run_and_emptied_only_if_all_can_be() {
    let folder = folder("outputs");
    let report = folder.join("report.jsonl");
    assert_eq!(code(&face_precheck(&["check", GOOD, "--output", name(&report)])), 0);
    let before = std::fs::read(&report).unwrap();
    let other = folder.join("./report.jsonl");
    let link = folder.join("link.jsonl");
    #[cfg(unix)]
    std::os::unix::fs::symlink("report.jsonl", &link).unwrap();
    let wrong: [&[&str]; 7] = [
        &["check", "-", "--output", name(&report), "--output", "/nowhere/at/all.csv"],
        &["check", "-", "--output", name(&report), "--output", "report.pdf"],
        &["check", "-", "--output", name(&report), "--output", "report"],
        &["check", "-", "--output", name(&report), "--output", name(&other)],
        &["check", "-", "--resume", name(&report), "--output", name(&other)],
        &["merge", name(&report), "--output", name(&report)],
        &["check", "-", "--output", name(&report), "--output", name(&link)],
    ];
    for wrong in &wrong[..if cfg!(unix) { 7 } else { 6 }] {
        // Whoever began with the photo would wait for it.
        let mut command = command();
        command.args(*wrong).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let never_written = child.stdin.take();
        let output = ended(child);
        drop(never_written);
        assert_eq!((code(&output), stdout(&output)), (2, String::new()), "{wrong:?}");
        assert_eq!(std::fs::read(&report).unwrap(), before, "{wrong:?}");
    }
}

#[test]
fn no_output_takes_the_place_of_what_is_read() {
    let folder = folder("outputs-read");
    let list = folder.join("list.txt");
    std::fs::write(&list, GOOD).unwrap();
    for wrong in [
        &["check", "--files-from", name(&list), "--output", name(&list)][..],
        &["check", name(&list), "--output", name(&list)],
        &["check", GOOD, "--exclude-from", name(&list), "--output", name(&list)],
    ] {
        assert_eq!(code(&face_precheck(wrong)), 2, "{wrong:?}");
        assert_eq!(std::fs::read_to_string(&list).unwrap(), GOOD, "{wrong:?}");
    }
}

/// A photo may be called as an output is, or be linked to by one.
#[cfg(unix)]
#[test]
fn no_output_takes_the_place_of_a_photo_or_of_another_output() {
    let folder = folder("outputs-photos");
    let (album, scan, link) = (folder.join("album"), folder.join("album/scan.txt"), folder.join("link.csv"));
    copy(GOOD, &scan);
    std::os::unix::fs::symlink("album/scan.txt", &link).unwrap();
    for output in [&scan, &link] {
        let refused = face_precheck(&["check", name(&album), "--output", name(output)]);
        assert!(code(&refused) == 2 && stderr(&refused).contains("is a picture"), "{}", stderr(&refused));
        assert_eq!(std::fs::read(&scan).unwrap(), read(GOOD));
    }
    let (rows, table) = (folder.join("r.jsonl"), folder.join("r.csv"));
    std::fs::write(&rows, b"").unwrap();
    std::fs::hard_link(&rows, &table).unwrap();
    assert_eq!(code(&face_precheck(&["check", GOOD, "--output", name(&rows), "--output", name(&table)])), 2);
    assert_eq!(code(&face_precheck(&["check", GOOD, "--resume", name(&rows), "--output", name(&table)])), 2);
}

/// Exit code 2 has a reason that is seen.
#[test]
fn what_could_not_be_read_is_named_where_rows_are_not_seen() {
    let folder = folder("reason");
    let report = folder.join("report.jsonl");
    let missing = face_precheck(&["check", "nowhere.jpg", "--output", name(&report), "--quiet"]);
    let reason = "face-precheck: nowhere.jpg: No such file or directory (os error 2)\n";
    assert_eq!((code(&missing), stderr(&missing).as_str()), (2, reason));
}

/// Who reads only the beginning of standard output has not asked for less of the rest.
#[test]
fn files_are_completed_when_a_reader_leaves() {
    let folder = folder("left");
    let report = folder.join("report.jsonl");
    let mut child = command()
        .args(["check", "photos", "--format", "text", "--output", name(&report)])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    let output = child.wait_with_output().unwrap();
    assert_eq!((code(&output), stderr(&output)), (1, String::new()));
    assert_eq!(std::fs::read_to_string(&report).unwrap().lines().count(), crate::fixtures::PHOTOS);
}

#[test]
fn shells_and_man_read_what_is_printed_for_them() {
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let script = face_precheck(&["completions", shell]);
        assert_eq!(code(&script), 0);
        for word in ["face-precheck", "annotate", "files-from"] {
            assert!(stdout(&script).contains(word), "{shell}: {word}");
        }
    }
    assert!(stdout(&face_precheck(&["man"])).contains(".TH face-precheck"));
    assert!(stdout(&face_precheck(&["man", "check"])).contains("face\\-precheck\\-check"));
    assert_eq!(code(&face_precheck(&["man", "nothing"])), 2);
    let folder = folder("man");
    assert_eq!(code(&face_precheck(&["man", "--out", name(&folder)])), 0);
    let pages = std::fs::read_dir(&folder).unwrap().count();
    assert!(pages >= 10, "{pages}");
}

#[test]
fn a_photo_is_annotated_and_nothing_is_overwritten() {
    let folder = folder("annotate");
    let out = folder.join("out.png");
    let output = face_precheck(&["annotate", FAR, "--out", name(&out)]);
    assert_eq!(code(&output), 1);
    assert!(stdout(&output).starts_with("retake     photos/refused/astronaut.png -> "));
    let drawn = crate::derive::decode_any(&std::fs::read(&out).unwrap());
    assert!(drawn.width() == 512 && drawn.height() > 600);
    assert!(face_precheck::probe(&std::fs::read(&out).unwrap()).unwrap().metadata.kinds().is_empty());
    assert_eq!(code(&face_precheck(&["annotate", GOOD, "--out", name(&out)])), 2);
    assert_eq!(code(&face_precheck(&["annotate", GOOD, "--out", name(&out), "--force"])), 0);
    copy(FAR, &folder.join("photo.png"));
    let photo = folder.join("photo.png");
    assert_eq!(code(&face_precheck(&["annotate", name(&photo), "--out", name(&photo), "--force"])), 2);
    assert_eq!(std::fs::read(&photo).unwrap(), read(FAR));
    for (photo, expected) in [("README.md", 1), ("photos", 2), ("nowhere.jpg", 2)] {
        assert_eq!(code(&face_precheck(&["annotate", photo, "--out", name(&folder.join("none.png"))])), expected, "{photo}");
    }
    assert!(!folder.join("none.png").exists());
    assert_eq!(code(&face_precheck(&["annotate", GOOD, "--out", name(&folder.join("out.jpg"))])), 2);
}
