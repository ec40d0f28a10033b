//! Files that are written whole or not at all.

use std::fs;
use std::io::{self, Write};
use std::path::Path;

use tempfile::Builder;

/// How files are called while they are written.
pub(crate) const PREFIX: &str = ".face-precheck-";
pub(crate) const SUFFIX: &str = ".part";

/// Under a hidden name first, renamed at the end. Without `force` a file that is there stays: an error, unless it has the same content.
pub(crate) fn write(file: &Path, content: &[u8], force: bool) -> io::Result<()> {
    let folder = file.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let mut builder = Builder::new();
    builder.prefix(PREFIX).suffix(SUFFIX);
    #[cfg(unix)]
    {
        // As any new file: what the process's mask leaves of it.
        use std::os::unix::fs::PermissionsExt as _;
        builder.permissions(fs::Permissions::from_mode(0o666));
    }
    let mut part = builder.tempfile_in(folder)?;
    part.write_all(content)?;
    if force {
        part.persist(file)?;
        return Ok(());
    }
    match part.persist_noclobber(file) {
        Ok(_) => Ok(()),
        Err(error) if error.error.kind() != io::ErrorKind::AlreadyExists => Err(error.error),
        // An earlier run may have got here.
        Err(_) if holds(file, content)? => Ok(()),
        Err(_) => Err(io::Error::other("is there already, with another content (--force overwrites)")),
    }
}

/// Whether the file has exactly this content.
fn holds(file: &Path, content: &[u8]) -> io::Result<bool> {
    Ok(fs::metadata(file)?.len() == content.len() as u64 && fs::read(file)? == content)
}
