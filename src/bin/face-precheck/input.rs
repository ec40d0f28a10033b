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
    /// Its place below the argument that led to it; for a file that was named, its name.
    pub(crate) place: PathBuf,
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

/// All files that the paths lead to: a folder's in the order of their names, without those in the folder to `skip`.
pub(crate) fn inputs<'a>(paths: &'a [PathBuf], skip: Option<&'a Path>) -> impl Iterator<Item = Input> + Send + 'a {
    paths.iter().flat_map(move |root| {
        WalkDir::new(root)
            .sort_by_file_name()
            .into_iter()
            .filter_entry(move |entry| entry.depth() == 0 || !(is_hidden(entry) || is_folder(entry, skip)))
            .filter_map(move |entry| match entry {
                Ok(entry) if entry.depth() == 0 && entry.path().is_dir() => None,
                Ok(entry) if entry.depth() == 0 => Some(Input::new(entry.into_path(), root, true)),
                Ok(entry) => entry.path().is_file().then(|| Input::new(entry.into_path(), root, false)),
                Err(error) => {
                    let path = error.path().unwrap_or(root).to_path_buf();
                    let missing = error.into_io_error().unwrap_or_else(|| io::Error::other("a link that leads to itself"));
                    Some(Input { missing: Some(missing), ..Input::new(path, root, true) })
                }
            })
    })
}

fn is_folder(entry: &DirEntry, folder: Option<&Path>) -> bool {
    entry.file_type().is_dir() && folder.is_some_and(|folder| entry.path().canonicalize().is_ok_and(|path| path == folder))
}

fn is_hidden(entry: &DirEntry) -> bool {
    entry.file_name().as_encoded_bytes().starts_with(b".")
}

impl Input {
    fn new(path: PathBuf, root: &Path, named: bool) -> Self {
        let below = path.strip_prefix(root).ok().filter(|below| !below.as_os_str().is_empty());
        let place = below.or_else(|| path.file_name().map(Path::new)).unwrap_or(&path).to_path_buf();
        Self { path, place, named, missing: None }
    }

    /// Reads the file if it is a picture and the limits allow its size.
    pub(crate) fn read(&mut self, limits: &Limits) -> Result<Content, Unread> {
        match self.missing.take() {
            Some(error) => Err(Unread::Io(error)),
            None => read(&self.path, self.named, limits),
        }
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
