//! One integration binary: the library and the command on real photos, rendered heads and broken files.
#![allow(
    clippy::cast_possible_truncation,
    clippy::cast_precision_loss,
    clippy::cast_sign_loss,
    clippy::disallowed_methods,
    clippy::items_after_statements,
    clippy::panic,
    clippy::trivially_copy_pass_by_ref,
    clippy::unwrap_used,
    reason = "a test that fails panics, and the numbers are small"
)]

mod batch;
mod bombs;
mod bounds;
#[path = "../../src/cases.rs"]
mod cases;
mod cli;
mod command;
mod conformance;
mod dependencies;
mod derive;
mod determinism;
mod faces;
mod fixtures;
#[cfg(all(feature = "client", feature = "stand-in"))]
mod flow;
mod folders;
mod formats;
#[cfg(feature = "heic")]
mod heic;
mod hostile;
mod invariance;
mod lying;
mod mutations;
mod panics;
mod papers;
mod prepare;
#[allow(clippy::missing_panics_doc, clippy::must_use_candidate, unreachable_pub, reason = "fuzz targets see it from outside")]
#[path = "../../fuzz/properties.rs"]
mod properties;
mod quality;
mod resume;
mod samples;
mod sizes;
mod snapshots;
#[cfg(all(feature = "client", feature = "stand-in"))]
mod stand_in;
#[cfg(unix)]
mod terminal;
mod transcripts;

/// What is left to fuzz targets: whatever else stands there is used here, or is dead.
const _: fn() = properties::only_own_panics_abort;
