//! Writes the seeds of all targets, `corpus/TARGET/NAME`: small files of every kind, profiles, translations, reports.
#![allow(
    clippy::cast_possible_truncation,
    clippy::case_sensitive_file_extension_comparisons,
    clippy::cast_precision_loss,
    clippy::disallowed_methods,
    clippy::items_after_statements,
    clippy::panic,
    clippy::print_stdout,
    clippy::trivially_copy_pass_by_ref,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "for developers, with the code of tests"
)]

use std::error::Error;
use std::fs;
use std::path::Path;

use face_precheck::{Language, Profile};
use image::RgbImage;

#[allow(dead_code, reason = "tests derive more")]
#[path = "../tests/it/derive.rs"]
mod derive;
#[path = "../tests/it/samples.rs"]
mod samples;

/// As in the target `resume`.
const ORIGIN: &str =
    r#""command":"check","schema":1,"tool":"face-precheck 0.1.0","profile":{"name":"progeny-selfie","sha256":"00"}"#;

fn main() -> Result<(), Box<dyn Error>> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let (corpora, fixtures) = (root.join("fuzz/corpus"), root.join("fixtures"));
    let write = |target: &str, name: &str, bytes: &[u8]| {
        let folder = corpora.join(target);
        fs::create_dir_all(&folder)?;
        fs::write(folder.join(name), bytes)
    };
    let head =
        |name: &str| -> Result<RgbImage, Box<dyn Error>> { Ok(derive::decode(&fs::read(fixtures.join("rendered").join(name))?)) };
    let mut files = Vec::new();
    let frontal = head("p1_y+00_p+00_r+00.jpg")?;
    // Smaller than a block, not a multiple of one, and a few of them.
    for (width, height) in [(5, 3), (16, 16), (61, 47)] {
        let small = derive::resized(&frontal, width, height);
        files.extend(samples::samples(&small).into_iter().map(|(name, bytes)| (format!("{width}_{name}"), bytes)));
    }
    for folder in ["heic", "heic/bad", "webp"] {
        for entry in fs::read_dir(fixtures.join(folder))? {
            let entry = entry?;
            let name = entry.file_name().to_string_lossy().into_owned();
            if entry.metadata()?.len() < 24_000 && (name.ends_with(".heic") || name.ends_with(".webp")) {
                files.push((name, fs::read(entry.path())?));
            }
        }
    }
    for (name, bytes) in &files {
        for target in ["probe", "decode", "prepare"] {
            write(target, name, bytes)?;
        }
    }
    // Faces as small as they are found, so that many are checked.
    for name in ["p1_y+00_p+00_r+00", "p2_y+15_p-10_r-10", "p3_y+00_p+40_r+00", "p4_upside_down", "p1_mask", "p2_sunglasses"] {
        let small = derive::resized(&head(&format!("{name}.jpg"))?, 180, 240);
        write("check", &format!("{name}.jpg"), &derive::jpeg(&small, 80))?;
        write("check", &format!("{name}.webp"), &derive::webp(&derive::resized(&small, 90, 120)))?;
    }
    let both = derive::resized(&head("p1_p4_two_faces.jpg")?, 240, 160);
    write("check", "two_faces.jpg", &derive::with_exif(&derive::jpeg(&derive::stored(&both, 6), 80), 6, true))?;
    for name in ["lossy.webp", "lossy_alpha.webp", "lossy_animation.webp"] {
        write("check", name, &fs::read(fixtures.join("webp").join(name))?)?;
    }

    for profile in Profile::PRESETS {
        write("profile", profile, Profile::preset(profile).ok_or("no preset")?.to_toml().as_bytes())?;
    }
    write("profile", "english", Language::english().to_toml().as_bytes())?;
    write("profile", "german", Language::german().to_toml().as_bytes())?;
    let texts = [
        "extends = 'progeny-selfie'\nname = 'mine'\nface-inside = false\n[width]\nmin = 600\n[metadata]\nseverity = 'error'\n",
        "extends = 'progeny-document'\nname = 'a'\nnear-limit = 'refuse'\ncrop = true\nrecommended-height = 'apply'\n",
        "name = 'any'\npurpose = 'document'\nformat = { accepted = ['jpeg', 'png', 'webp'] }\n",
        "extends = 'progeny-selfie'\nname = 'v'\nmin_face_size = 200\nmax_yaw = 20.5\nmin_face_padding = 1e3\n",
        "name = 'de'\n[directions]\n",
    ];
    for (number, text) in texts.iter().enumerate() {
        write("profile", &format!("text_{number}"), text.as_bytes())?;
    }

    let row = |name: &str, rest: &str| {
        format!(r#"{{"file":"{name}","modified":"2026-05-01T10:00:00Z","file_size":7,{ORIGIN},{rest}}}"#)
    };
    let error = r#""verdict":"unreadable","error":{"kind":"io","code":null,"message":"m","hint":"h"}"#;
    let full = fs::read_to_string(root.join("tests/snapshots/photos.jsonl"))?;
    let full = full.lines().next().and_then(|line| line.split_once(r#""report":{"#)).ok_or("no snapshot")?.1;
    let rest = full.strip_suffix("}").unwrap_or(full);
    let rows = [
        row("a.jpg", r#""verdict":"retake""#),
        row("b.jpg", error),
        row("new.jpg", r#""verdict":"compliant","upload":{"file":"u.jpg"}"#),
        row("a.jpg", r#""verdict":"fixable","file_bytes":"YQ==""#),
        format!(r#"{{"file":"c.jpg","command":"check",{}"#, rest.replace("\"tool\"", "\"tool_\"")),
    ];
    for (number, line) in rows.iter().enumerate() {
        write("resume", &format!("row_{number}"), format!("{line}\n").as_bytes())?;
    }
    write("resume", "all", rows[..4].join("\n").as_bytes())?;
    write("resume", "half", rows.concat().get(..rows[0].len() + 30).unwrap_or_default().as_bytes())?;
    for target in ["probe", "decode", "check", "prepare", "profile", "resume"] {
        println!("{target}: {} seeds", fs::read_dir(corpora.join(target))?.count());
    }
    Ok(())
}
