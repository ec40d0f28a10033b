//! `face-precheck prepare`.

use std::cell::RefCell;
use std::collections::HashSet;
use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use face_precheck::{Format, Prepared, Upload};
use tempfile::Builder;
use walkdir::WalkDir;

use crate::Trouble;
use crate::args::PrepareArgs;
use crate::exit::Exit;
use crate::outcome::{Aim, Outcome};
use crate::{language, photos, profile};

/// How uploads are called while they are written.
const PREFIX: &str = ".face-precheck-";
const SUFFIX: &str = ".part";

/// No run takes as long to write one upload.
const ABANDONED: Duration = Duration::from_hours(1);

pub(crate) fn run(args: &PrepareArgs) -> Result<Exit, Trouble> {
    let profile = profile::load(&args.photos.profile)?;
    let language = language::load(&args.photos.language)?;
    let shown = args.out.display();
    fs::create_dir_all(&args.out).map_err(|error| format!("--out {shown}: {error}"))?;
    let out = args.out.canonicalize()?;
    let photos: Vec<PathBuf> = args.photos.paths.iter().filter_map(|path| path.canonicalize().ok()).collect();
    if photos.contains(&out) {
        return Err(format!("--out {shown}: photos are to be read from this folder: name another one to write to").into());
    }
    remove_abandoned(&out);
    let target = Target {
        // What is searched for photos around DIR is searched without it.
        photos: photos.into_iter().filter(|photos| !out.starts_with(photos)).collect(),
        written: RefCell::default(),
        force: args.force,
    };
    photos::each(
        &args.photos,
        &profile,
        &language,
        Aim::Uploads,
        Some(&out),
        |engine, bytes| {
            Ok(match engine.prepare(bytes, &profile)? {
                Prepared::Ready(upload) => Outcome::Prepared(Box::new(upload)),
                Prepared::Rejected(report) => Outcome::Checked(Box::new(report)),
            })
        },
        |input, outcome| match outcome {
            Outcome::Prepared(upload) => {
                let file = args.out.join(named_for(&input.place, &upload));
                match target.write(&upload, &file) {
                    Ok(()) => Outcome::Ready { upload, file },
                    Err(error) => Outcome::Unwritten { upload, message: format!("{}: {error}", file.display()) },
                }
            }
            outcome => outcome,
        },
    )
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
    /// Files and folders that photos are read from.
    photos: Vec<PathBuf>,
    /// What this run has written.
    written: RefCell<HashSet<PathBuf>>,
    force: bool,
}

impl Target {
    /// Whole or not at all: under a hidden name first, renamed at the end. No photo is overwritten, and no other photo's upload.
    fn write(&self, upload: &Upload, file: &Path) -> io::Result<()> {
        let folder = file.parent().unwrap_or(Path::new("."));
        fs::create_dir_all(folder)?;
        let place = folder.canonicalize()?.join(file.file_name().unwrap_or_default());
        let there = file.canonicalize().unwrap_or_else(|_| place.clone());
        if self.photos.iter().any(|photos| place.starts_with(photos) || there.starts_with(photos)) {
            return Err(io::Error::other("photos are read from there"));
        }
        if !self.written.borrow_mut().insert(place) {
            return Err(io::Error::other("is the upload of another photo of this name"));
        }
        let mut builder = Builder::new();
        builder.prefix(PREFIX).suffix(SUFFIX);
        #[cfg(unix)]
        {
            // As any new file: what the process's mask leaves of it.
            use std::os::unix::fs::PermissionsExt as _;
            builder.permissions(fs::Permissions::from_mode(0o666));
        }
        let mut part = builder.tempfile_in(folder)?;
        part.write_all(upload.bytes())?;
        if self.force {
            part.persist(file)?;
            return Ok(());
        }
        match part.persist_noclobber(file) {
            Ok(_) => Ok(()),
            Err(error) if error.error.kind() != io::ErrorKind::AlreadyExists => Err(error.error),
            // An earlier run may have got here: the same photo makes the same upload.
            Err(_) if holds(file, upload.bytes())? => Ok(()),
            Err(_) => Err(io::Error::other("is there already, with another content (--force overwrites)")),
        }
    }
}

/// Whether the file has exactly this content.
fn holds(file: &Path, content: &[u8]) -> io::Result<bool> {
    Ok(fs::metadata(file)?.len() == content.len() as u64 && fs::read(file)? == content)
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
