//! `face-precheck prepare`.

use std::ffi::OsString;
use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use face_precheck::{Format, Prepared, Upload};
use tempfile::TempPath;

use crate::Trouble;
use crate::args::PrepareArgs;
use crate::exit::Exit;
use crate::input::Input;
use crate::outcome::{Aim, Outcome};
use crate::{photos, profile};

pub(crate) fn run(args: &PrepareArgs) -> Result<Exit, Trouble> {
    let profile = profile::load(&args.photos.profile)?;
    let shown = args.out.display();
    fs::create_dir_all(&args.out).map_err(|error| format!("--out {shown}: {error}"))?;
    let out = args.out.canonicalize()?;
    if args.photos.paths.iter().any(|path| path.canonicalize().is_ok_and(|path| path == out)) {
        return Err(format!("--out {shown}: photos are to be read from this folder: name another one to write to").into());
    }
    photos::each(
        &args.photos,
        &profile,
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
                match write(&upload, &file, input, args.force) {
                    Ok(()) => Outcome::Ready { upload, file },
                    Err(error) => Outcome::failed("io", format!("{}: {error}", file.display())),
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

/// Whole or not at all: under a hidden name first, renamed at the end.
fn write(upload: &Upload, file: &Path, input: &Input, force: bool) -> io::Result<()> {
    let folder = file.parent().unwrap_or(Path::new("."));
    fs::create_dir_all(folder)?;
    if let Ok(there) = file.canonicalize()
        && input.path.canonicalize().is_ok_and(|photo| photo == there)
    {
        return Err(io::Error::other("is the photo itself"));
    }
    // The name is the upload's own, so that a later run takes the place of one that was interrupted.
    let part = TempPath::try_from_path(folder.join(part_name(file)))?;
    if let Err(error) = fs::remove_file(&part)
        && error.kind() != io::ErrorKind::NotFound
    {
        return Err(error);
    }
    OpenOptions::new().write(true).create_new(true).open(&part)?.write_all(upload.bytes())?;
    if force {
        return Ok(part.persist(file)?);
    }
    match part.persist_noclobber(file) {
        Ok(()) => Ok(()),
        // An earlier run may have got here: the same photo makes the same upload.
        Err(error) if error.error.kind() == io::ErrorKind::AlreadyExists && holds(file, upload.bytes())? => Ok(()),
        Err(error) if error.error.kind() == io::ErrorKind::AlreadyExists => {
            Err(io::Error::other("is there already, with another content (--force overwrites)"))
        }
        Err(error) => Err(error.error),
    }
}

/// How an upload is called while it is written.
fn part_name(file: &Path) -> OsString {
    let mut name = OsString::from(".");
    name.push(file.file_name().unwrap_or_default());
    name.push(".part");
    name
}

/// Whether the file has exactly this content.
fn holds(file: &Path, content: &[u8]) -> io::Result<bool> {
    Ok(fs::metadata(file)?.len() == content.len() as u64 && fs::read(file)? == content)
}
