//! `docs/dependencies` says what `Cargo.toml`, `Cargo.lock` and the fetched sources do.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;
use toml::Table;

/// Whether all features are on, or those of every build.
const EVERYTHING: bool = cfg!(all(feature = "heic", feature = "client", feature = "stand-in"));

fn project() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn manifest() -> Table {
    std::fs::read_to_string(project().join("Cargo.toml")).unwrap().parse().unwrap()
}

fn paper() -> String {
    std::fs::read_to_string(project().join("docs/dependencies/README.md")).unwrap()
}

fn cargo(arguments: &[&str]) -> String {
    let output =
        Command::new(env!("CARGO")).args(arguments).args(["--offline", "--locked"]).current_dir(project()).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

/// The cells of the rows whose first is a crate's name, of the table with this many columns.
fn rows(paper: &str, columns: usize) -> HashMap<&str, Vec<&str>> {
    let rows = paper.lines().filter(|line| line.starts_with("| `"));
    let cells = rows.map(|line| line.trim_matches('|').split(" | ").map(str::trim).collect::<Vec<_>>());
    cells.filter(|cells| cells.len() == columns).map(|cells| (cells[0].trim_matches('`'), cells)).collect()
}

/// Licence and folder of each direct dependency that is compiled here.
fn fetched() -> HashMap<String, (String, PathBuf)> {
    let host = cargo_host();
    let mut arguments = vec!["metadata", "--format-version", "1", "--filter-platform", &host];
    if EVERYTHING {
        arguments.push("--all-features");
    }
    let metadata: Value = serde_json::from_str(&cargo(&arguments)).unwrap();
    let root = &metadata["resolve"]["root"];
    let nodes = metadata["resolve"]["nodes"].as_array().unwrap();
    let node = nodes.iter().find(|node| node["id"] == *root).unwrap();
    let direct: Vec<_> = node["deps"].as_array().unwrap().iter().map(|dependency| &dependency["pkg"]).collect();
    let packages = metadata["packages"].as_array().unwrap().iter().filter(|package| direct.contains(&&package["id"]));
    packages
        .map(|package| {
            let text = |key: &str| package[key].as_str().unwrap().to_string();
            // The slash is how "OR" was written.
            let licence = text("license").replace('/', " OR ");
            (text("name"), (licence, PathBuf::from(text("manifest_path")).parent().unwrap().to_path_buf()))
        })
        .collect()
}

fn cargo_host() -> String {
    let output = Command::new(env!("CARGO")).arg("-vV").output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    text.lines().find_map(|line| line.strip_prefix("host: ")).unwrap().to_string()
}

fn requirement(dependency: &toml::Value) -> &str {
    dependency.as_str().or_else(|| dependency.get("version")?.as_str()).unwrap()
}

/// Which features bring a crate.
fn brought_by(manifest: &Table, name: &str) -> String {
    let optional = format!("dep:{name}");
    let features = manifest["features"].as_table().unwrap().iter();
    let bring = |list: &toml::Value| list.as_array().unwrap().iter().any(|item| item.as_str() == Some(&optional));
    let names: Vec<_> = features.filter(|(_, list)| bring(list)).map(|(feature, _)| format!("`{feature}`")).collect();
    if names.is_empty() { "always".to_string() } else { names.join(", ") }
}

/// Whether code of the crate has the word, for any system or feature: as a block, function, implementation, trait or foreign item.
fn has_unsafe(folder: &Path) -> bool {
    std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).any(|path| {
        if path.is_dir() {
            return has_unsafe(&path);
        }
        path.extension().is_some_and(|extension| extension == "rs")
            && String::from_utf8_lossy(&std::fs::read(&path).unwrap()).lines().any(|line| {
                let code = line.split("//").next().unwrap();
                code.match_indices("unsafe").any(|(at, word)| {
                    let alone = !code[..at].ends_with(|letter: char| letter.is_alphanumeric() || letter == '_');
                    let rest = code[at + word.len()..].trim_start();
                    alone && ["{", "fn ", "impl ", "impl<", "extern ", "trait "].iter().any(|next| rest.starts_with(next))
                })
            })
    })
}

#[test]
fn every_dependency_has_its_row() {
    let (manifest, paper, fetched) = (manifest(), paper(), fetched());
    let rows = rows(&paper, 7);
    let dependencies = manifest["dependencies"].as_table().unwrap();
    // Crates of features that are off may not have been fetched.
    let is_on = |row: &[&str]| EVERYTHING || ["always", "`cli`", "`rayon`"].iter().any(|on| row[2].contains(on));
    let (mut looked_into, mut on) = (0, 0);
    for (name, dependency) in dependencies {
        let row = rows.get(name.as_str()).unwrap_or_else(|| panic!("{name} has no row in docs/dependencies"));
        assert_eq!(row[1], requirement(dependency), "{name}");
        assert_eq!(row[2], brought_by(&manifest, name), "{name}");
        on += usize::from(is_on(row));
        if let Some((licence, folder)) = fetched.get(name) {
            assert_eq!(row[3], licence, "{name}");
            assert_eq!(row[4], if has_unsafe(&folder.join("src")) { "yes" } else { "no" }, "{name}");
            // Tests may bring one of them by themselves.
            looked_into += usize::from(is_on(row));
        }
        assert!(!row[5].is_empty() && !row[6].is_empty(), "{name}: what for, and by whom");
    }
    assert_eq!(rows.len(), dependencies.len(), "rows of crates that are none");
    assert_eq!(looked_into, on);
}

#[test]
fn every_dependency_of_tests_has_its_row() {
    let (manifest, paper, fetched) = (manifest(), paper(), fetched());
    let rows = rows(&paper, 4);
    let mut dependencies = manifest["dev-dependencies"].as_table().unwrap().clone();
    for target in manifest["target"].as_table().unwrap().values() {
        dependencies.extend(target["dev-dependencies"].as_table().unwrap().clone());
    }
    let mut looked_into = 0;
    for (name, dependency) in &dependencies {
        let row = rows.get(name.as_str()).unwrap_or_else(|| panic!("{name} has no row in docs/dependencies"));
        assert_eq!(row[1], requirement(dependency), "{name}");
        if let Some((licence, _)) = fetched.get(name) {
            assert_eq!(row[2], licence, "{name}");
            looked_into += 1;
        }
    }
    assert_eq!(rows.len(), dependencies.len(), "rows of crates that are none");
    // One of them is for Unix.
    assert_eq!(looked_into, dependencies.len() - usize::from(!cfg!(unix)));
}

#[cfg(all(target_os = "linux", target_arch = "x86_64"))]
#[test]
fn the_crates_are_counted() {
    let count = |features: &[&str]| {
        let tree = cargo(&[&["tree", "--edges", "normal", "--prefix", "none", "--format", "{p}"], features].concat());
        let names = tree.lines().map(|line| line.split(" (").next().unwrap());
        names.collect::<std::collections::HashSet<_>>().len() - 1 // Without this one.
    };
    let (library, command) = (count(&["--no-default-features"]), count(&[]));
    let said = format!("the library alone comes to {library} crates, the command to {command}");
    assert!(paper().contains(&said), "{said}");
    if EVERYTHING {
        let with = |feature| count(&["--no-default-features", "--features", feature]);
        let said = format!("The library grows to {} with `client`, to {} with `stand-in`", with("client"), with("stand-in"));
        assert!(paper().contains(&said), "{said}");
    }
}

/// What `deny.toml` excepts is what the table says.
#[test]
fn licences_that_need_an_exception_have_one() {
    let deny: Table = std::fs::read_to_string(project().join("deny.toml")).unwrap().parse().unwrap();
    let list = |key: &str| deny["licenses"][key].as_array().unwrap().clone();
    let allowed: Vec<_> = list("allow").iter().map(|licence| licence.as_str().unwrap().to_string()).collect();
    let excepted: Vec<_> = list("exceptions").iter().map(|exception| exception["crate"].as_str().unwrap().to_string()).collect();
    let paper = paper();
    for (name, row) in rows(&paper, 7) {
        let free = row[3].split(" OR ").any(|licence| allowed.iter().any(|allowed| allowed.as_str() == licence));
        assert_eq!(excepted.iter().any(|exception| exception.as_str() == name), !free, "{name}: {}", row[3]);
    }
}
