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

mod cli;
mod command;
mod derive;
mod faces;
mod fixtures;
mod folders;
mod formats;
#[cfg(feature = "heic")]
mod heic;
mod hostile;
mod invariance;
mod lying;
mod papers;
mod prepare;
mod quality;
mod resume;
mod sizes;
mod snapshots;
#[cfg(unix)]
mod terminal;
mod transcripts;
