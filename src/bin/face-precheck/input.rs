//! From paths on the command line to files and their bytes.

use std::fs::File;
use std::io::{self, Read, Seek};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use face_precheck::{Error, Limits, sniff};
use walkdir::{DirEntry, WalkDir};

/// A file to look at.
#[derive(Debug)]
pub(crate) struct Input {
    pub(crate) path: PathBuf,
    /// Named on the command line. Files found in folders are passed over when they are no pictures.
    named: bool,
    /// Why the path leads nowhere, if it does.
    missing: Option<io::Error>,
}

/// A file's content.
#[derive(Debug)]
pub(crate) struct Content {
    pub(crate) bytes: Vec<u8>,
    pub(crate) modified: Option<SystemTime>,
}

/// Why there is no content.
#[derive(Debug)]
pub(crate) enum Unread {
    /// Found in a folder, and neither its content nor its name is a picture's.
    NoPicture,
    Io(io::Error),
    Refused(Error),
}

/// All files that the paths lead to: a folder's in the order of their names.
pub(crate) fn inputs(paths: &[PathBuf]) -> impl Iterator<Item = Input> + Send + '_ {
    paths.iter().flat_map(|root| {
        WalkDir::new(root)
            .sort_by_file_name()
            .into_iter()
            .filter_entry(|entry| entry.depth() == 0 || !is_hidden(entry))
            .filter_map(|entry| match entry {
                Ok(entry) if entry.depth() == 0 => {
                    (!entry.path().is_dir()).then(|| Input { path: entry.into_path(), named: true, missing: None })
                }
                Ok(entry) => entry.path().is_file().then(|| Input { path: entry.into_path(), named: false, missing: None }),
                Err(error) => Some(Input {
                    path: error.path().unwrap_or(root).to_path_buf(),
                    named: true,
                    missing: Some(error.into_io_error().unwrap_or_else(|| io::Error::other("a link that leads to itself"))),
                }),
            })
    })
}

fn is_hidden(entry: &DirEntry) -> bool {
    entry.file_name().as_encoded_bytes().starts_with(b".")
}

impl Input {
    /// Reads the file if it is a picture and the limits allow its size.
    pub(crate) fn read(self, limits: &Limits) -> (PathBuf, Result<Content, Unread>) {
        let content = match self.missing {
            Some(error) => Err(Unread::Io(error)),
            None => read(&self.path, self.named, limits),
        };
        (self.path, content)
    }
}

fn read(path: &Path, named: bool, limits: &Limits) -> Result<Content, Unread> {
    let mut file = File::open(path).map_err(Unread::Io)?;
    let metadata = file.metadata().map_err(Unread::Io)?;
    if !named && !has_picture_name(path) {
        let mut start = Vec::new();
        (&file).take(512).read_to_end(&mut start).map_err(Unread::Io)?;
        sniff(&start).ok_or(Unread::NoPicture)?;
        file.rewind().map_err(Unread::Io)?;
    }
    limits.admit_file(metadata.len()).map_err(Unread::Refused)?;
    // A file may be longer than it says: a pipe, a device, one that grows.
    let mut bytes = Vec::new();
    file.take(limits.file_bytes.saturating_add(1)).read_to_end(&mut bytes).map_err(Unread::Io)?;
    limits.admit_file(bytes.len() as u64).map_err(Unread::Refused)?;
    Ok(Content { bytes, modified: metadata.modified().ok() })
}

/// Whether people would take it for a picture by its name: then a broken one is reported rather than passed over.
fn has_picture_name(path: &Path) -> bool {
    const EXTENSIONS: [&str; 11] = ["jpg", "jpeg", "jpe", "jfif", "png", "webp", "heic", "heif", "avif", "gif", "bmp"];
    let extension = path.extension().unwrap_or_default();
    EXTENSIONS.iter().any(|known| extension.eq_ignore_ascii_case(known))
}
