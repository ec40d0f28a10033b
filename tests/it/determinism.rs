//! The same bytes give the same report, byte for byte: whatever was checked before, on however many threads, in whichever order, in another
//! process. What may differ between processors: `tests/it/conformance.rs`.

use std::collections::BTreeMap;

use face_precheck::{Engine, Profile};

use crate::command::command;
use crate::derive::each;
use crate::fixtures::{PHOTOS, RENDERED, pictures, read};

/// Every photo, and every sixth rendered head.
fn some_pictures() -> Vec<String> {
    let names = |folder: &str| pictures(folder).into_iter().map(|name| format!("{folder}/{name}")).collect::<Vec<_>>();
    let (photos, rendered) = (names("photos"), names("rendered"));
    assert_eq!((photos.len(), rendered.len()), (PHOTOS, RENDERED));
    let chosen: Vec<_> = photos.into_iter().chain(rendered.into_iter().step_by(6)).collect();
    assert_eq!(chosen.len(), PHOTOS + 35);
    chosen
}

/// What the engine says of each of them, of what comes first and last too.
fn reports<'a>(engine: &Engine, names: impl Iterator<Item = &'a String>) -> BTreeMap<String, String> {
    let profile = Profile::progeny_selfie();
    let report = |name: &String| serde_json::to_string(&engine.check(&read(name), &profile).unwrap()).unwrap();
    names.map(|name| (name.clone(), report(name))).collect()
}

#[test]
fn reports_do_not_depend_on_what_was_before_or_beside_them() {
    let names = some_pictures();
    let engine = Engine::new().unwrap();
    let alone = reports(&engine, names.iter());
    // In memory that others have used, and hostile files between them.
    for name in &names {
        let mut bytes = read(name);
        let middle = bytes.len() / 2;
        bytes[middle..].fill(0x55);
        let _ = engine.check(&bytes, &Profile::progeny_selfie());
    }
    assert!(reports(&engine, names.iter().rev()) == alone, "in the other order");
    // More threads than cores, each with pictures of its own, on one engine.
    let shares: Vec<Vec<&String>> = (0..5).map(|share| names.iter().skip(share).step_by(5).collect()).collect();
    let threads = std::thread::scope(|scope| {
        let threads: Vec<_> = shares.iter().map(|share| scope.spawn(|| reports(&engine, share.iter().copied()))).collect();
        threads.into_iter().flat_map(|thread| thread.join().unwrap()).collect::<BTreeMap<_, _>>()
    });
    assert!(threads == alone, "on five threads");
    let fresh: BTreeMap<_, _> = each(&names, |name| {
        let report = Engine::lazy().check(&read(name), &Profile::progeny_selfie()).unwrap();
        (name.clone(), serde_json::to_string(&report).unwrap())
    })
    .into_iter()
    .collect();
    assert!(fresh == alone, "each by an engine of its own");
}

/// The command in processes of their own: the same rows in every order and on any number of threads.
#[test]
fn rows_do_not_depend_on_threads_and_order() {
    let rows = |arguments: &[&str]| {
        let output =
            command().args(["check", "--format", "jsonl", "--quiet", "photos", "heic", "webp"]).args(arguments).output().unwrap();
        let mut rows: Vec<String> = String::from_utf8(output.stdout).unwrap().lines().map(str::to_owned).collect();
        assert_eq!(rows.len(), PHOTOS + 10 + 13 + 6);
        rows.sort();
        rows
    };
    let one = rows(&["--jobs", "1"]);
    assert!(one == rows(&["--jobs", "1"]));
    assert!(one == rows(&["--jobs", "3", "--unordered"]));
}
