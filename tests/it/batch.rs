//! A thousand files, a hundred of them made to do harm: each has its row, and none takes anything away from the others.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use serde_json::Value;

use crate::bombs::{self, Scale};
use crate::command::{code, command, ended, stdout};
use crate::derive::{each, jpeg, resized};
use crate::fixtures::{check, group, read};
use crate::hostile::small;
use crate::samples::samples;

const FILES: usize = 1_000;
const HOSTILE: usize = 100;

/// Beside a JPEG.
const BROKEN: [&str; 2] = ["metadata.png", "lossless.webp"];

/// Every bomb, and small files with a bit wrong in the middle.
fn hostile() -> Vec<Vec<u8>> {
    let mut files = each(bombs::all(), |(_, _, make)| make(Scale::Small));
    let chosen = samples(&small()).into_iter().filter(|(name, _)| BROKEN.contains(&name.as_str())).map(|(_, bytes)| bytes);
    let broken = chosen.chain([jpeg(&small(), 70), Vec::new()]).map(|mut bytes| {
        let middle = bytes.len() / 2;
        bytes.iter_mut().skip(middle).take(1).for_each(|byte| *byte ^= 0x10);
        bytes
    });
    files.extend(broken);
    assert_eq!(files.len(), HOSTILE);
    files
}

#[test]
fn a_thousand_files_with_a_hundred_hostile_ones_have_a_thousand_rows() {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("among-hostile");
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(&folder).unwrap();
    let heads = each(group("grid").into_iter().step_by(5), |row| {
        let file = jpeg(&resized(&crate::derive::decode(&read(&format!("rendered/{}", row.file()))), 240, 320), 85);
        let report = serde_json::to_value(check(&file)).unwrap();
        (file, report)
    });
    assert!(heads.len() >= 20);
    let hostile = hostile();
    let mut expected = BTreeMap::new();
    for number in 0..FILES {
        let name = format!("{number:04}.jpg");
        let path = folder.join(&name);
        // Every tenth is hostile, so that both are always under way together.
        if number % (FILES / HOSTILE) == 0 {
            fs::write(path, &hostile[number / (FILES / HOSTILE)]).unwrap();
        } else {
            let (file, report) = &heads[number % heads.len()];
            fs::write(path, file).unwrap();
            expected.insert(name, report);
        }
    }
    assert_eq!(expected.len(), FILES - HOSTILE);
    let run = command()
        .current_dir(&folder)
        .args(["check", "--format", "jsonl", "--jobs", "3", "."])
        .stdout(std::process::Stdio::piped())
        .stderr(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    let output = ended(run);
    // Not 2: there is no file of which nothing can be said.
    assert_eq!(code(&output), 1, "{}", String::from_utf8_lossy(&output.stderr));
    let rows: Vec<Value> = stdout(&output).lines().map(|row| serde_json::from_str(row).unwrap()).collect();
    assert_eq!(rows.len(), FILES);
    let (mut compared, mut refused) = (0, 0);
    for (number, row) in rows.iter().enumerate() {
        let name = format!("{number:04}.jpg");
        assert!(row["file"].as_str().unwrap().ends_with(&name), "{row}");
        if let Some(report) = expected.get(&name) {
            for key in ["verdict", "header", "faces", "measures", "findings"] {
                assert_eq!(row[key], report[key], "{name}: {key}");
            }
            compared += 1;
        } else if row["verdict"] == "unreadable" {
            assert!(row["error"]["message"].is_string() && row["error"]["hint"].is_string(), "{row}");
            refused += 1;
        }
    }
    assert_eq!(compared, FILES - HOSTILE);
    assert!((15..HOSTILE).contains(&refused), "{refused}");
    fs::remove_dir_all(&folder).unwrap();
}
