//! `face-precheck prepare`.

use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use face_precheck::{Format, Prepared, Upload};
use tempfile::Builder;
use walkdir::WalkDir;

use crate::Trouble;
use crate::args::PrepareArgs;
use crate::exit::Exit;
use crate::input::Input;
use crate::outcome::{Aim, Outcome};
use crate::photos;

/// How files are called while they are written.
const PREFIX: &str = ".face-precheck-";
const SUFFIX: &str = ".part";

pub(crate) fn run(args: &PrepareArgs) -> Result<Exit, Trouble> {
    let shown = args.out.display();
    fs::create_dir_all(&args.out).map_err(|error| format!("--out {shown}: {error}"))?;
    let out = args.out.canonicalize()?;
    if args.photos.paths.iter().any(|path| path.canonicalize().is_ok_and(|path| path == out)) {
        return Err(format!("--out {shown}: photos are to be read from this folder: name another one to write to").into());
    }
    remove_leftovers(&out);
    photos::each(
        &args.photos,
        Aim::Uploads,
        Some(&out),
        |engine, profile, bytes| {
            Ok(match engine.prepare(bytes, profile)? {
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
    if force {
        part.persist(file)?;
        return Ok(());
    }
    match part.persist_noclobber(file) {
        Ok(_) => Ok(()),
        Err(error) if error.error.kind() == io::ErrorKind::AlreadyExists => {
            // An earlier run may have got here: the same photo makes the same upload.
            if holds(file, upload.bytes())? { Ok(()) } else { Err(io::Error::other("is there already, with another content (--force overwrites)")) }
        }
        Err(error) => Err(error.error),
    }
}

/// Whether the file has exactly this content.
fn holds(file: &Path, content: &[u8]) -> io::Result<bool> {
    Ok(fs::metadata(file)?.len() == content.len() as u64 && fs::read(file)? == content)
}

/// What an interrupted run was writing.
fn remove_leftovers(out: &Path) {
    let leftovers = WalkDir::new(out).into_iter().filter_map(Result::ok).filter(|entry| {
        let name = entry.file_name().to_string_lossy();
        entry.file_type().is_file() && name.starts_with(PREFIX) && name.ends_with(SUFFIX)
    });
    for leftover in leftovers {
        // One that cannot be removed is in nobody's way.
        let _ = fs::remove_file(leftover.path());
    }
}
