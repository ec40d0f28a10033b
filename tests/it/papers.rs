//! The README says what the code does, SECURITY.md what it does not do, and the package holds what it should.

use std::path::{Path, PathBuf};
use std::process::Command;

use face_precheck::{Profile, Rule};

fn project() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// rule | code | severity | ... : one row for each rule, in order, with the default profile's severity.
#[test]
fn the_readmes_table_of_rules_is_complete() {
    let readme = std::fs::read_to_string(project().join("README.md")).unwrap();
    let rows: Vec<Vec<&str>> = readme
        .lines()
        .filter(|line| line.starts_with("| `"))
        .map(|line| line.trim_matches('|').split('|').map(str::trim).collect())
        .collect();
    let rows: Vec<_> = rows.iter().filter(|row| Rule::ALL.iter().any(|rule| row[0] == format!("`{rule}`"))).collect();
    assert_eq!(rows.len(), Rule::ALL.len());
    let profile = Profile::progeny_selfie();
    for (row, rule) in rows.iter().zip(Rule::ALL.iter().copied()) {
        assert_eq!(row[0], format!("`{rule}`"));
        let code = rule.code();
        let own = if code.is_of_service() { "" } else { " (ours)" };
        assert_eq!(row[3], format!("`{code}`{own}"), "{rule}");
        assert_eq!(row[4], profile.severity(rule).unwrap().to_string(), "{rule}");
    }
}

/// One row for each column of the CSV, in its order.
#[test]
fn the_columns_of_the_table_are_described() {
    let description = std::fs::read_to_string(project().join("docs/folders/README.md")).unwrap();
    let section = description.split("\n## ").find(|section| section.starts_with("Columns of the CSV")).unwrap();
    let described: Vec<&str> = section.lines().filter_map(|line| line.strip_prefix("| `")?.split('`').next()).collect();
    let table = crate::command::face_precheck(&["check", "photos/refused", "--format", "csv"]);
    let table = crate::command::stdout(&table);
    assert_eq!(described, table.lines().next().unwrap().split(',').collect::<Vec<_>>());
    let readme = std::fs::read_to_string(project().join("README.md")).unwrap();
    assert!(readme.contains(&format!("{} flat columns", described.len())));
}

#[test]
fn the_package_is_small_and_holds_no_photo() {
    let output = Command::new(env!("CARGO"))
        .args(["package", "--list", "--allow-dirty", "--offline"])
        .current_dir(project())
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let list = String::from_utf8(output.stdout).unwrap();
    let files: Vec<&str> = list.lines().collect();
    for wanted in [
        "Cargo.toml",
        "src/lib.rs",
        "models/face_detection_full_range_sparse.onnx",
        "models/face_detection_short_range.onnx",
        "models/face_landmark.onnx",
        "models/iris_landmark.onnx",
        "models/eye_visible.f32",
        "models/lower_face_visible.f32",
        "models/README.md",
        "models/SHA256SUMS",
        "README.md",
        "SECURITY.md",
        "CHANGELOG.md",
        "DESIGN.md",
        "LICENSE-MIT",
        "LICENSE-APACHE",
        "NOTICE",
    ] {
        assert!(files.contains(&wanted), "{wanted} is missing");
    }
    for file in &files {
        // Tests and benches need the pictures, and the rest is for whoever changes the crate.
        let folder = file.split_once('/').map(|(folder, _)| folder);
        assert!(folder.is_none_or(|folder| ["src", "examples", "models"].contains(&folder)), "{file}");
        assert!(!file.starts_with("fixtures") && !file.contains("golden"), "{file}");
        let extension = file.rsplit('.').next().unwrap();
        assert!(!["jpg", "jpeg", "png", "webp"].contains(&extension), "{file}");
    }
    let bytes: u64 = files.iter().filter_map(|file| std::fs::metadata(project().join(file)).ok()).map(|file| file.len()).sum();
    assert!(bytes < 10_000_000, "{bytes}");
}

/// What reaches beyond the memory that the library is given.
const OUTSIDE: [&str; 18] = [
    "std::fs",
    "std::env",
    "std::net",
    "std::os",
    "std::path",
    "std::process",
    "std::{",
    "fs::",
    "env::",
    "File::",
    "stdin(",
    "stdout(",
    "stderr(",
    "print!(",
    "println!(",
    "eprint!(",
    "eprintln!(",
    "dbg!(",
];

/// The lines that do, of code that is compiled into the library.
fn reaching_outside(source: &str) -> Vec<&str> {
    // Tests stand at the end of a file, or in a file of their own.
    let end = source.find("#[cfg(test)]\nmod tests {").unwrap_or(source.len());
    let tests = &source[end..];
    assert!(
        tests.lines().skip(2).all(|line| line.is_empty() || line.starts_with(' ') || line == "}"),
        "code behind tests: {tests}"
    );
    let code = source[..end].lines().filter(|line| !line.trim_start().starts_with("//"));
    code.filter(|line| OUTSIDE.iter().any(|word| line.contains(word))).collect()
}

/// What by design reaches outside, behind features of their own, and the words that it needs for that.
const BY_DESIGN: [(&str, &[&str]); 5] = [
    ("src/client/http.rs", &["std::net", "std::env", "env::"]),
    ("src/stand_in/mod.rs", &["std::net"]),
    ("src/stand_in/options.rs", &["std::path"]),
    ("src/stand_in/server.rs", &["std::net"]),
    ("src/stand_in/store.rs", &["std::fs", "fs::", "std::os", "std::path"]),
];

/// The library's source files; the command, and those that a line with `cfg(test)` in front declares, are left out.
fn sources(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            if !path.ends_with("src/bin") {
                sources(&path, found);
            }
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            let name = path.file_stem().unwrap().to_str().unwrap().to_owned();
            let declares = |file: &str| {
                let text = std::fs::read_to_string(folder.join(file)).unwrap_or_default();
                text.contains(&format!("#[cfg(test)]\nmod {name};\n"))
            };
            if !["mod.rs", "lib.rs"].into_iter().any(declares) {
                found.push(path);
            }
        }
    }
}

/// "No network, no files, no environment, no output in the library": its own code names nothing by which it could.
#[test]
fn the_library_keeps_to_its_memory() {
    let src = project().join("src");
    let mut files = Vec::new();
    sources(&src, &mut files);
    assert!(files.len() >= 110, "{}", files.len());
    assert!(files.contains(&src.join("stage/decode/png.rs")) && !files.contains(&src.join("repository.rs")));
    for file in &files {
        let source = std::fs::read_to_string(file).unwrap();
        let allowed = BY_DESIGN.iter().find(|(name, _)| file.ends_with(name)).map_or(&[][..], |(_, words)| words);
        let mut lines = reaching_outside(&source);
        lines.retain(|line| OUTSIDE.iter().any(|word| line.contains(word) && !allowed.contains(word)));
        assert_eq!(lines, [""; 0], "{}", file.display());
    }
    let code = "use std::fs;\n/// std::fs\nlet x = 1; // print!(\n#[cfg(test)]\nmod tests {\n    use std::env;\n}\n";
    assert_eq!(reaching_outside(code), ["use std::fs;", "let x = 1; // print!("]);
    for word in OUTSIDE {
        assert_eq!(reaching_outside(&format!("    let _ = {word}\n")).len(), 1, "{word}");
    }
}
