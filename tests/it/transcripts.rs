//! What people see: arguments, exit code, standard output and standard error of the command, against committed transcripts and those in
//! the README. `UPDATE_SNAPSHOTS=1 cargo test transcripts` writes the committed ones anew.

use std::path::{Path, PathBuf};

use crate::command::{command, folder};
use crate::fixtures::root;

/// How many files of transcripts there are, and commands in them.
const FILES: usize = 6;
const COMMANDS: usize = 35;

/// Commands with their output in the README.
const IN_README: usize = 3;

/// Measured numbers differ this much between processors.
const TOLERANCE: f64 = 0.5;
const RELATIVE_TOLERANCE: f64 = 0.02;

/// A command line and everything that came of it, as one text.
fn run(arguments: &[String], folder: &Path, width: &str) -> (i32, String, String) {
    let output = command().args(arguments).current_dir(folder).env("COLUMNS", width).output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (output.status.code().unwrap(), text(output.stdout), text(output.stderr))
}

/// As in a shell, as far as the transcripts need it.
fn split(line: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut rest = line.trim();
    while !rest.is_empty() {
        let (word, after) = match rest.strip_prefix('\'') {
            Some(quoted) => quoted.split_once('\'').unwrap(),
            None => rest.split_once(' ').unwrap_or((rest, "")),
        };
        words.push(word.to_owned());
        rest = after.trim_start();
    }
    words
}

/// What is never the same twice: when a file was changed, and how long something took. Commands of features that are off by default are
/// listed only where they are on.
fn lasting(text: &str) -> String {
    let optional = |line: &&str| ["  upload ", "  stand-in "].iter().any(|command| line.starts_with(command));
    let line = |line: &str| match line.strip_prefix("      time ") {
        Some(_) => "      time T".to_owned(),
        None => line.split(',').map(|cell| if is_time(cell) { "TIME" } else { cell }).collect::<Vec<_>>().join(","),
    };
    let lines: Vec<String> = text.lines().filter(|line| !optional(line)).map(line).collect();
    lines.join("\n")
}

fn is_time(cell: &str) -> bool {
    cell.len() >= 20 && cell.starts_with("20") && cell.ends_with('Z') && cell.as_bytes()[10] == b'T'
}

/// Words exactly, numbers about.
pub(crate) fn assert_alike(found: &str, expected: &str, at: &str) {
    let (found_lines, expected_lines): (Vec<_>, Vec<_>) = (found.lines().collect(), expected.lines().collect());
    for (found, expected) in found_lines.iter().zip(&expected_lines) {
        let words = |line: &str| line.split([' ', ',', ';', '(', ')', ':']).map(ToOwned::to_owned).collect::<Vec<_>>();
        let (words, expected_words) = (words(found), words(expected));
        assert_eq!(words.len(), expected_words.len(), "{at}\nfound    {found}\nexpected {expected}");
        for (word, expected_word) in words.iter().zip(&expected_words) {
            let alike = match (word.parse::<f64>(), expected_word.parse::<f64>()) {
                (Ok(a), Ok(b)) if expected_word.contains('.') || word.contains('.') => {
                    (a - b).abs() <= TOLERANCE.max(RELATIVE_TOLERANCE * b.abs())
                }
                _ => word == expected_word,
            };
            assert!(alike, "{at}\nfound    {found}\nexpected {expected}");
        }
    }
    assert_eq!(found_lines.len(), expected_lines.len(), "{at}\n{found}");
}

/// A transcript: `$ face-precheck ...`, `[exit code]`, standard output, and below `--- stderr` standard error.
fn transcript(line: &str, folder: &Path) -> String {
    let (code, stdout, stderr) = run(&split(line.strip_prefix("face-precheck ").unwrap_or("")), folder, "100");
    let mut text = format!("$ {line}\n[{code}]\n{}", lasting(&stdout));
    if !stderr.is_empty() {
        text = format!("{}\n--- stderr\n{}", text.trim_end_matches('\n'), lasting(&stderr));
    }
    format!("{}\n", text.trim_end_matches('\n'))
}

#[test]
fn committed_ones_hold() {
    let transcripts = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/transcripts");
    let mut files: Vec<PathBuf> = std::fs::read_dir(transcripts).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    assert_eq!(files.len(), FILES);
    let mut commands = 0;
    for file in files {
        let name = file.file_stem().unwrap().to_str().unwrap();
        let out = folder(&format!("transcripts-{name}"));
        // Written files go to a place of their own, photos are read from the fixtures.
        link(&root().join("photos"), &out.join("photos"));
        std::fs::write(out.join("broken.toml"), "extends = 'progeny-selfie'\nmax_jaw = 3\n").unwrap();
        std::fs::create_dir(out.join("empty")).unwrap();
        let text = std::fs::read_to_string(&file).unwrap();
        let lines = text.lines().filter_map(|line| line.strip_prefix("$ "));
        let found: Vec<String> = lines.map(|line| transcript(line, &out)).collect();
        commands += found.len();
        if std::env::var_os("UPDATE_SNAPSHOTS").is_some() {
            std::fs::write(&file, found.join("\n")).unwrap();
        } else {
            assert_alike(&found.join("\n"), &text, name);
        }
    }
    assert_eq!(commands, COMMANDS);
}

/// Whoever tries the README sees what it shows.
#[test]
fn those_in_the_readme_hold() {
    let readme = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("README.md")).unwrap();
    let out = folder("transcripts-readme");
    link(&root(), &out.join("fixtures"));
    let mut shown = 0;
    for block in readme.split("```console\n").skip(1).map(|rest| rest.split_once("```").unwrap().0) {
        let Some((line, expected)) = block.split_once('\n') else { continue };
        let Some(arguments) = line.strip_prefix("$ cargo run --release -- ").filter(|_| !expected.is_empty()) else { continue };
        let (_, stdout, stderr) = run(&split(arguments), &out, "100");
        assert_alike(lasting(&(stdout + &stderr)).trim_end(), lasting(expected).trim_end(), line);
        shown += 1;
    }
    assert_eq!(shown, IN_README);
}

#[cfg(unix)]
fn link(to: &Path, from: &Path) {
    std::os::unix::fs::symlink(to, from).unwrap();
}

#[cfg(not(unix))]
fn link(to: &Path, from: &Path) {
    std::os::windows::fs::symlink_dir(to, from).unwrap();
}
