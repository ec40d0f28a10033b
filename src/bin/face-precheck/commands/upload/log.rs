//! The agreement log: a line for each photo, with what was said here and what the service said.

use std::fs::{File, OpenOptions};
use std::io::Write as _;
use std::path::Path;

use face_precheck::client::Agreement;
use face_precheck::{SCHEMA, TOOL};
use jiff::Timestamp;
use serde::Serialize;

use crate::Trouble;
use crate::output::jsonl;

pub(super) struct Log<'a> {
    file: File,
    name: &'a Path,
}

#[derive(Serialize)]
struct Entry<'a> {
    schema: u32,
    tool: &'static str,
    time: String,
    #[serde(flatten)]
    agreement: &'a Agreement,
}

impl<'a> Log<'a> {
    /// Before anything is sent: what cannot be written down is not sent.
    pub(super) fn open(name: &'a Path) -> Result<Self, Trouble> {
        let file = OpenOptions::new().create(true).append(true).open(name);
        Ok(Self { file: file.map_err(|error| format!("--log-agreement {}: {error}", name.display()))?, name })
    }

    /// Adds a line, whole: several runs may write to the same log.
    pub(super) fn add(&self, photo: &Path, agreement: &Agreement) -> Result<(), Trouble> {
        let time = Timestamp::now().to_string();
        let line = jsonl::about(photo, &Entry { schema: SCHEMA, tool: TOOL, time, agreement })?;
        let written = (&self.file).write_all(format!("{line}\n").as_bytes());
        Ok(written.map_err(|error| format!("--log-agreement {}: {error}", self.name.display()))?)
    }
}
