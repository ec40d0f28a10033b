//! Files to look at, and their content.

mod search;

use std::fs::{self, File};
use std::io::{self, Read, Seek};
use std::path::{Component, Path, PathBuf};

use face_precheck::{Error, Limits, sniff};

pub(crate) use search::Search;

use crate::Trouble;
use crate::shard::Shard;
use crate::stamp::Stamp;

/// How standard input is named.
const STDIN: &str = "-";

/// A file to look at.
#[derive(Debug)]
pub(crate) struct Input {
    pub(crate) path: PathBuf,
    /// Its place below what led to it: a relative path that stays inside. For a file that was named, its name.
    pub(crate) place: PathBuf,
    /// Whether nothing but its own path tells it from other photos of its name.
    is_alone: bool,
    source: Source,
}

#[derive(Debug)]
enum Source {
    /// Named on the command line or in a list.
    Named,
    /// Found in a folder: passed over if it is no picture.
    Found,
    Stdin,
    /// The path leads to nothing that can be read.
    Missing(io::Error),
}

/// A file's content.
#[derive(Debug)]
pub(crate) struct Content {
    pub(crate) bytes: Vec<u8>,
    pub(crate) stamp: Stamp,
}

/// Why there is no content.
#[derive(Debug)]
pub(crate) enum Unread {
    /// Found in a folder, and neither its content nor its name is a picture's.
    NoPicture,
    Io(io::Error),
    Refused(Error, Stamp),
}

impl Input {
    fn new(path: PathBuf, base: &Path, named: bool) -> Self {
        let stays_inside =
            |below: &&Path| below.components().all(|part| matches!(part, Component::Normal(_) | Component::CurDir));
        let below = path.strip_prefix(base).ok().filter(stays_inside).filter(|below| !below.as_os_str().is_empty());
        let is_alone = below.is_none();
        let place = below.or_else(|| path.file_name().map(Path::new)).unwrap_or(&path).to_path_buf();
        Self { path, place, is_alone, source: if named { Source::Named } else { Source::Found } }
    }

    /// The one photo that a path is to lead to.
    pub(crate) fn only(photo: &PathBuf) -> Result<Self, Trouble> {
        let search = Search::of(std::slice::from_ref(photo));
        let mut inputs = search.inputs().take(2);
        match (inputs.next(), inputs.next(), photo.is_dir()) {
            (Some(input), None, false) => Ok(input),
            _ => Err(format!("{}: one photo is expected", photo.display()).into()),
        }
    }

    fn missing(path: PathBuf, base: &Path, reason: io::Error) -> Self {
        Self { source: Source::Missing(reason), ..Self::new(path, base, true) }
    }

    fn stdin() -> Self {
        Self { path: STDIN.into(), place: "stdin".into(), is_alone: true, source: Source::Stdin }
    }

    /// Whether it belongs to a part of all photos. What leads nowhere belongs to all parts: no run may take it for an empty folder.
    fn is_in(&self, shard: Shard) -> bool {
        matches!(self.source, Source::Missing(_)) || shard.holds(if self.is_alone { &self.path } else { &self.place })
    }

    /// What identifies the content without reading it; `None` where that cannot be told.
    pub(crate) fn stamp(&self) -> Option<Stamp> {
        match self.source {
            Source::Named | Source::Found => fs::metadata(&self.path).ok().map(|metadata| Stamp::of(&metadata)),
            Source::Stdin | Source::Missing(_) => None,
        }
    }

    /// Reads the file if it is a picture and the limits allow its size.
    pub(crate) fn read(&self, limits: &Limits) -> Result<Content, Unread> {
        match &self.source {
            Source::Named => read(&self.path, true, limits),
            Source::Found => read(&self.path, false, limits),
            Source::Stdin => content(io::stdin().lock(), Stamp { size: 0, modified: None }, limits),
            // Their kind and text are all that there is to them.
            Source::Missing(error) => Err(Unread::Io(io::Error::new(error.kind(), error.to_string()))),
        }
    }
}

fn read(path: &Path, named: bool, limits: &Limits) -> Result<Content, Unread> {
    // Opening a pipe would wait for somebody to write to it.
    if !fs::metadata(path).map_err(Unread::Io)?.is_file() {
        return Err(Unread::Io(search::not_a_file()));
    }
    let mut file = File::open(path).map_err(Unread::Io)?;
    let stamp = Stamp::of(&file.metadata().map_err(Unread::Io)?);
    if !named && !has_picture_name(path) {
        let mut start = Vec::new();
        (&file).take(512).read_to_end(&mut start).map_err(Unread::Io)?;
        sniff(&start).ok_or(Unread::NoPicture)?;
        file.rewind().map_err(Unread::Io)?;
    }
    content(file, stamp, limits)
}

fn content(source: impl Read, stamp: Stamp, limits: &Limits) -> Result<Content, Unread> {
    let admit = |size| limits.admit_file(size).map_err(|error| Unread::Refused(error, Stamp { size, ..stamp }));
    admit(stamp.size)?;
    // No more than was stated is set aside, and no more than the limit is read, whatever the file grows to meanwhile.
    let mut bytes = Vec::with_capacity(usize::try_from(stamp.size).unwrap_or(0));
    source.take(limits.file_bytes.saturating_add(1)).read_to_end(&mut bytes).map_err(Unread::Io)?;
    admit(bytes.len() as u64)?;
    let stamp = Stamp { size: bytes.len() as u64, ..stamp };
    Ok(Content { bytes, stamp })
}

/// Whether people would take it for a picture by its name: then a broken one is reported rather than passed over.
fn has_picture_name(path: &Path) -> bool {
    const EXTENSIONS: [&str; 11] = ["jpg", "jpeg", "jpe", "jfif", "png", "webp", "heic", "heif", "avif", "gif", "bmp"];
    let extension = path.extension().unwrap_or_default();
    EXTENSIONS.iter().any(|known| extension.eq_ignore_ascii_case(known))
}
