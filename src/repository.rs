//! Test pictures, which the repository has and the published crate does not.

use std::path::Path;

/// A file by its path in the repository, or nothing where this is the crate as published: a test of it then has nothing to try.
pub(crate) fn file(path: &str) -> Option<Vec<u8>> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    if root.join("Cargo.toml.orig").exists() && !root.join("fixtures").exists() {
        eprintln!("not tried: {path} is not part of the published crate");
        return None;
    }
    Some(std::fs::read(root.join(path)).unwrap())
}
