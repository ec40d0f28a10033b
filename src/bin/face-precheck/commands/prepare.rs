//! `face-precheck prepare`.

use std::cell::RefCell;
use std::collections::HashSet;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use face_precheck::{Format, Prepared, Turn, Upload};
use walkdir::WalkDir;

use crate::Trouble;
use crate::args::PrepareArgs;
use crate::config::Config;
use crate::exit::Exit;
use crate::input::Search;
use crate::photos::Job;
use crate::record::Record;
use crate::row::{Aim, Outcome};
use crate::whole::{self, PREFIX, SUFFIX};

/// No run takes as long to write one upload.
const ABANDONED: Duration = Duration::from_hours(1);

pub(crate) fn run(args: &PrepareArgs) -> Result<Exit, Trouble> {
    let PrepareArgs { photos, out, force } = args;
    let config = Config::load(&photos.demands.settings)?;
    let in_force = config.profile(&photos.demands)?;
    let language = config.language(&photos.demands)?;
    let search = Search::new(&photos.input, config.exclude.clone())?;
    let target = Target::new(out, &search, *force)?;
    let search = search.without(target.folder.clone());
    let profile = &in_force.profile;
    let exit = Job { args: photos, config: &config, search, in_force: &in_force, language, aim: Aim::Uploads }.run(
        |engine, bytes, size| {
            let prepared = engine.prepare(bytes, profile)?;
            // What the report is about: the upload, or the photo as it has to be turned.
            let preview = |size| match &prepared {
                Prepared::Ready(upload) => engine.preview(upload.bytes(), Turn::None, size),
                Prepared::Rejected(report) => engine.preview(bytes, report.header().turn, size),
            };
            // An upload does not depend on whether it can be shown.
            let preview = size.and_then(|size| preview(size).ok());
            let outcome = match prepared {
                Prepared::Ready(upload) => Outcome::Prepared(Box::new(upload)),
                Prepared::Rejected(report) => Outcome::Checked(Box::new(report)),
            };
            Ok((outcome, preview))
        },
        |input, outcome| match outcome {
            Outcome::Prepared(upload) => {
                let file = out.join(named_for(&input.place, &upload));
                match target.write(&upload, &file) {
                    Ok(()) => Outcome::Ready { upload, file },
                    Err(error) => Outcome::Unwritten { upload, message: format!("{}: {error}", file.display()) },
                }
            }
            outcome => outcome,
        },
        |record| record.upload.as_ref().is_none_or(|upload| is_there(record, &upload.path(), out)),
    );
    target.leave();
    exit
}

/// Whether an upload of an earlier run is still in the folder.
fn is_there(record: &Record, file: &Path, out: &Path) -> bool {
    let size = record.header.as_ref().map(|header| header.file_size);
    file.starts_with(out) && fs::metadata(file).is_ok_and(|metadata| metadata.is_file() && Some(metadata.len()) == size)
}

/// The photo's place, with the upload's ending added where it has another one.
fn named_for(place: &Path, upload: &Upload) -> PathBuf {
    let endings: &[&str] = match upload.format() {
        Format::Png => &["png"],
        Format::WebP => &["webp"],
        _ => &["jpg", "jpeg"],
    };
    let ending = place.extension().unwrap_or_default();
    if endings.iter().any(|known| ending.eq_ignore_ascii_case(known)) {
        return place.to_path_buf();
    }
    let mut name = place.as_os_str().to_owned();
    name.push(".");
    name.push(upload.extension());
    name.into()
}

/// Where uploads are written to, and where not.
struct Target {
    /// Canonical.
    folder: PathBuf,
    /// Whether it was not there before.
    is_new: bool,
    /// Files and folders that photos are read from.
    photos: HashSet<PathBuf>,
    /// What this run has written.
    written: RefCell<HashSet<PathBuf>>,
    force: bool,
}

impl Target {
    fn new(out: &Path, search: &Search, force: bool) -> Result<Self, Trouble> {
        let shown = out.display();
        let is_new = fs::symlink_metadata(out).is_err();
        fs::create_dir_all(out).map_err(|error| format!("--out {shown}: {error}"))?;
        let folder = out.canonicalize()?;
        let photos: HashSet<PathBuf> = search.roots().filter_map(|path| path.canonicalize().ok()).collect();
        if photos.contains(&folder) {
            return Err(format!("--out {shown}: photos are to be read from this folder: name another one to write to").into());
        }
        remove_abandoned(&folder);
        // What is searched for photos around DIR is searched without it.
        let photos = photos.into_iter().filter(|photos| !folder.starts_with(photos)).collect();
        Ok(Self { folder, is_new, photos, written: RefCell::default(), force })
    }

    /// Takes the folder away again if nothing came into it.
    fn leave(&self) {
        if self.is_new {
            // Fails if there is anything in it.
            let _ = fs::remove_dir(&self.folder);
        }
    }

    /// Whole or not at all: under a hidden name first, renamed at the end. No photo is overwritten, and no other photo's upload.
    fn write(&self, upload: &Upload, file: &Path) -> io::Result<()> {
        let folder = file.parent().unwrap_or(Path::new("."));
        fs::create_dir_all(folder)?;
        let place = folder.canonicalize()?.join(file.file_name().unwrap_or_default());
        let there = file.canonicalize().unwrap_or_else(|_| place.clone());
        // A list may name very many.
        let is_read = |path: &Path| path.ancestors().any(|folder| self.photos.contains(folder));
        if is_read(&place) || is_read(&there) {
            return Err(io::Error::other("photos are read from there"));
        }
        if !self.written.borrow_mut().insert(place) {
            return Err(io::Error::other("is the upload of another photo of this name"));
        }
        whole::write(file, upload.bytes(), self.force)
    }
}

/// What a run was writing that was killed.
fn remove_abandoned(out: &Path) {
    let parts = WalkDir::new(out).into_iter().filter_map(Result::ok).filter(|entry| {
        let name = entry.file_name().to_string_lossy();
        entry.file_type().is_file() && name.starts_with(PREFIX) && name.ends_with(SUFFIX)
    });
    for part in parts {
        let modified = part.metadata().ok().and_then(|metadata| metadata.modified().ok());
        if modified.and_then(|modified| SystemTime::now().duration_since(modified).ok()).is_some_and(|age| age > ABANDONED) {
            // One that cannot be removed is in nobody's way.
            let _ = fs::remove_file(part.path());
        }
    }
}
