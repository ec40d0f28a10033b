//! Where results go: standard output and files, in several formats at the same time.

mod csv;
pub(crate) mod jsonl;
mod sheet;
pub(crate) mod text;

use std::collections::HashSet;
use std::fs::File;
use std::io::{self, Read as _, Seek as _, Write};
use std::path::{Path, PathBuf};

use anstream::{AutoStream, StripStream};
use face_precheck::{Preview, sniff};

use self::csv::Table;
use self::sheet::Sheet;
use crate::Trouble;
use crate::args::{Format, ResultArgs};
use crate::record::Record;
use crate::row::Row;
use crate::summary::Summary;

/// A photo's result, in all shapes that an output may want.
pub(crate) struct Entry<'a> {
    /// Its line of JSON, without the end.
    pub(crate) line: &'a str,
    /// The same line, read back.
    pub(crate) record: &'a Record,
    /// `None` if the photo was checked by an earlier run.
    pub(crate) row: Option<&'a Row>,
    pub(crate) thumbnail: Option<&'a Thumbnail>,
    /// Whether the photo passes under --fail-on.
    pub(crate) passed: bool,
}

/// A small picture of what the report is about, as a JPEG file.
#[derive(Debug)]
pub(crate) struct Thumbnail {
    pub(crate) width: u32,
    pub(crate) height: u32,
    pub(crate) jpeg: Vec<u8>,
}

impl Thumbnail {
    /// Pixels of its longer side.
    pub(crate) const SIDE: u32 = 200;

    /// Good enough to judge a face by; ten thousand of them go on one page.
    const QUALITY: u8 = 72;

    pub(crate) fn new(preview: &Preview) -> Option<Self> {
        Some(Self { width: preview.width(), height: preview.height(), jpeg: preview.to_jpeg(Self::QUALITY).ok()? })
    }
}

/// What all pages of a contact sheet say about the run.
#[derive(Debug)]
pub(crate) struct About {
    pub(crate) command: &'static str,
    pub(crate) profile: String,
    pub(crate) sha256: String,
    /// The profile as TOML, where it is at hand.
    pub(crate) demands: Option<String>,
}

/// What is written to a file.
#[derive(Debug, Clone, Copy)]
enum Kind {
    Text,
    JsonLines,
    Table,
    Sheet,
}

/// One output.
enum Output {
    Text(Box<dyn Write>),
    JsonLines(Box<dyn Write>),
    Table(Table),
    Sheet(Sheet),
}

/// All outputs of a run.
pub(crate) struct Outputs {
    stdout: Option<Output>,
    files: Vec<(PathBuf, Output)>,
    only_failed: bool,
    /// Whether there is no summary.
    quiet: bool,
    /// Whether whoever read standard output has left.
    abandoned: bool,
}

impl Outputs {
    /// Opens all of them, before anything is spent on the photos. `taken` are files that are read, or written otherwise.
    pub(crate) fn open(args: &ResultArgs, default: Option<Format>, about: &About, taken: &[PathBuf]) -> Result<Self, Trouble> {
        let mut taken: HashSet<Identity> = taken.iter().filter_map(|path| identity(path).ok()).collect();
        let mut opened = Vec::new();
        for path in &args.output {
            let failed = |error: &dyn std::fmt::Display| format!("--output {}: {error}", path.display());
            let kind = Kind::of(path).ok_or_else(|| failed(&"a file that ends in .jsonl, .csv, .html or .txt is expected"))?;
            let file =
                File::options().read(true).write(true).create(true).truncate(false).open(path).map_err(|error| failed(&error))?;
            if !taken.insert(identity(path).map_err(|error| failed(&error))?) {
                return Err(failed(&"is written, or read, already").into());
            }
            if is_picture(&file).map_err(|error| failed(&error))? {
                return Err(failed(&"is a picture, and stays one").into());
            }
            opened.push((path.clone(), kind, file));
        }
        // What was in them is lost only now, when nothing is wrong with any.
        let mut files = Vec::new();
        for (path, kind, file) in opened {
            let emptied = file.set_len(0).and_then(|()| Output::new(kind, &path, file, about));
            files.push((path.clone(), emptied.map_err(|error| format!("--output {}: {error}", path.display()))?));
        }
        let stdout = || Box::new(AutoStream::auto(io::stdout()).lock());
        let stdout = args.format.or(default.filter(|_| files.is_empty())).map(|format| match format {
            Format::Text => Output::Text(stdout()),
            Format::Jsonl => Output::JsonLines(stdout()),
            Format::Csv => Output::Table(Table::new(stdout())),
        });
        Ok(Self { stdout, files, only_failed: args.only_failed, quiet: args.quiet, abandoned: false })
    }

    /// Whether thumbnails are wanted.
    pub(crate) fn show_photos(&self) -> bool {
        self.files.iter().any(|(_, output)| matches!(output, Output::Sheet(_)))
    }

    /// Whether standard output has text for people, with the summary below it.
    pub(crate) fn talk(&self) -> bool {
        matches!(self.stdout, Some(Output::Text(_)))
    }

    /// Whether nobody would see any further row.
    pub(crate) fn is_empty(&self) -> bool {
        self.stdout.is_none() && self.files.is_empty()
    }

    /// Whether whoever read standard output has left before the end.
    pub(crate) const fn were_abandoned(&self) -> bool {
        self.abandoned
    }

    /// Writes a row to all outputs. Someone who reads only the beginning of standard output has not asked for an error.
    pub(crate) fn row(&mut self, entry: &Entry) -> Result<(), Trouble> {
        if self.only_failed && entry.passed {
            return Ok(());
        }
        self.each(|output| output.row(entry))
    }

    /// Writes what comes after the last row.
    pub(crate) fn finish(&mut self, summary: &Summary) -> Result<(), Trouble> {
        let quiet = self.quiet;
        self.each(|output| match output {
            Output::Text(_) if quiet => Ok(()),
            output => output.finish(summary),
        })
    }

    fn each(&mut self, mut write: impl FnMut(&mut Output) -> io::Result<()>) -> Result<(), Trouble> {
        if let Some(stdout) = &mut self.stdout {
            match write(stdout) {
                Err(error) if error.kind() == io::ErrorKind::BrokenPipe => {
                    self.stdout = None;
                    self.abandoned = true;
                }
                result => result.map_err(|error| format!("standard output: {error}"))?,
            }
        }
        for (path, output) in &mut self.files {
            write(output).map_err(|error| format!("{}: {error}", path.display()))?;
        }
        Ok(())
    }
}

/// What tells whether two paths lead to one file.
#[cfg(unix)]
type Identity = (u64, u64);
#[cfg(not(unix))]
type Identity = PathBuf;

#[cfg(unix)]
fn identity(path: &Path) -> io::Result<Identity> {
    use std::os::unix::fs::MetadataExt as _;
    std::fs::metadata(path).map(|file| (file.dev(), file.ino()))
}

#[cfg(not(unix))]
fn identity(path: &Path) -> io::Result<Identity> {
    path.canonicalize()
}

/// One that lies among the photos, or is linked to one of them, may be called as an output is.
fn is_picture(mut file: &File) -> io::Result<bool> {
    let mut start = Vec::new();
    file.take(512).read_to_end(&mut start)?;
    file.rewind()?;
    Ok(sniff(&start).is_some())
}

impl Kind {
    /// By the file's ending.
    fn of(path: &Path) -> Option<Self> {
        match path.extension()?.to_string_lossy().to_lowercase().as_str() {
            "txt" => Some(Self::Text),
            "jsonl" | "ndjson" => Some(Self::JsonLines),
            "csv" => Some(Self::Table),
            "html" | "htm" => Some(Self::Sheet),
            _ => None,
        }
    }
}

impl Output {
    fn new(kind: Kind, path: &Path, file: File, about: &About) -> io::Result<Self> {
        Ok(match kind {
            Kind::Text => Self::Text(Box::new(StripStream::new(file))),
            Kind::JsonLines => Self::JsonLines(Box::new(file)),
            Kind::Table => Self::Table(Table::new(Box::new(file))),
            Kind::Sheet => Self::Sheet(Sheet::new(path, file, about)?),
        })
    }

    fn row(&mut self, entry: &Entry) -> io::Result<()> {
        match self {
            Self::Text(out) => {
                if let Some(row) = entry.row {
                    text::row(out, row)?;
                }
                out.flush()
            }
            Self::JsonLines(out) => write_line(out, entry.line),
            Self::Table(table) => table.row(entry),
            Self::Sheet(sheet) => sheet.row(entry),
        }
    }

    fn finish(&mut self, summary: &Summary) -> io::Result<()> {
        match self {
            Self::Text(out) if summary.tally.total() > 1 || summary.interrupted => {
                summary.write(out)?;
                out.flush()
            }
            Self::Table(table) => table.finish(),
            Self::Text(_) | Self::JsonLines(_) => Ok(()),
            Self::Sheet(sheet) => sheet.finish(summary),
        }
    }
}

/// A whole line with its end at once, so that a run that is killed leaves at most one that is not whole.
pub(crate) fn write_line(out: &mut impl Write, line: &str) -> io::Result<()> {
    out.write_all(format!("{line}\n").as_bytes())?;
    out.flush()
}
