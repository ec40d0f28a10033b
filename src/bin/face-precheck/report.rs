//! Reports on disk: JSON Lines of earlier runs, to go on with or to join.

use std::collections::HashMap;
use std::fs::{File, TryLockError};
use std::io::{self, BufRead, BufReader, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use tempfile::Builder;

use crate::Trouble;
use crate::record::{Class, Origin, Record};
use crate::stamp::Stamp;
use crate::whole::{PREFIX, SUFFIX};

/// How every row begins.
const BEGINNING: &[u8] = b"{\"file\":";

/// A row of ours has some thousand bytes.
const LONGEST_LINE: u64 = 16 << 20;

/// Where a line stands in a file, without its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Span {
    start: u64,
    length: usize,
}

/// What was found in a report.
#[derive(Debug)]
pub(crate) struct Scan {
    /// `None` of a report without rows.
    pub(crate) origin: Option<Origin>,
    /// Where the last whole line ends.
    end: u64,
    /// Whether it ends with the end of a line.
    ended: bool,
}

/// Reads a report row by row. The last line may be half of one, as a run that was killed leaves it; any other has to be whole and of the
/// same origin.
pub(crate) fn scan(
    file: &File,
    path: &Path,
    expected: Option<&Origin>,
    mut each: impl FnMut(Span, Record),
) -> Result<Scan, Trouble> {
    let shown = path.display();
    let mut reader = BufReader::new(file);
    let mut found = Scan { origin: expected.cloned(), end: 0, ended: true };
    let mut line = Vec::new();
    for number in 1.. {
        line.clear();
        let read =
            reader.by_ref().take(LONGEST_LINE).read_until(b'\n', &mut line).map_err(|error| format!("{shown}: {error}"))?;
        let without_end = line.strip_suffix(b"\n");
        let whole = without_end.is_some();
        let text = without_end.unwrap_or(&line);
        if read == 0 {
            break;
        }
        let record = match std::str::from_utf8(text).map_err(|error| error.to_string()).and_then(|text| {
            let text = text.strip_suffix('\r').unwrap_or(text);
            Record::parse(text).map_err(|error| error.to_string())
        }) {
            Ok(record) => record,
            // Half a row, and not the end of some other file.
            Err(_) if !whole && is_half_a_row(text) => break,
            Err(error) => return Err(format!("{shown}, line {number}: no row of a report: {error}").into()),
        };
        match &found.origin {
            None => found.origin = Some(record.origin.clone()),
            Some(origin) => {
                if let Some(difference) = difference(&record.origin, origin) {
                    return Err(format!("{shown}, line {number}: made with another {difference}").into());
                }
            }
        }
        each(Span { start: found.end, length: text.len() }, record);
        found.end += read as u64;
        found.ended = whole;
    }
    Ok(found)
}

fn is_half_a_row(text: &[u8]) -> bool {
    (text.len() as u64) < LONGEST_LINE && (text.starts_with(BEGINNING) || BEGINNING.starts_with(text))
}

/// What keeps rows from standing in one report: they would not mean the same.
fn difference(found: &Origin, expected: &Origin) -> Option<String> {
    let told = |what: &str, found: &dyn std::fmt::Display, expected: &dyn std::fmt::Display| {
        Some(format!("{what}: {found}, where {expected} is expected"))
    };
    if found.schema != expected.schema {
        return told("schema", &found.schema, &expected.schema);
    }
    if found.tool != expected.tool {
        return told("version", &found.tool, &expected.tool);
    }
    if found.command != expected.command {
        return told("command", &found.command, &expected.command);
    }
    if found.profile != expected.profile {
        let profile = |origin: &Origin| {
            let sha256 = origin.profile.sha256.get(..12).unwrap_or(&origin.profile.sha256);
            format!("{} ({sha256})", origin.profile.name)
        };
        return told("profile", &profile(found), &profile(expected));
    }
    None
}

/// The line at a place.
pub(crate) fn read_span(file: &Mutex<File>, span: Span) -> io::Result<String> {
    let mut line = vec![0; span.length];
    let mut file = file.lock().unwrap_or_else(PoisonError::into_inner);
    file.seek(SeekFrom::Start(span.start))?;
    file.read_exact(&mut line)?;
    String::from_utf8(line).map_err(io::Error::other)
}

/// What an earlier run has reported.
#[derive(Debug)]
pub(crate) struct Earlier {
    rows: HashMap<PathBuf, Known>,
    reader: Mutex<File>,
}

/// A row that is there.
#[derive(Debug, Clone, Copy)]
struct Known {
    span: Span,
    stamp: Option<Stamp>,
    class: Class,
}

/// The end of the same report, where this run goes on.
#[derive(Debug)]
pub(crate) struct Continued {
    path: PathBuf,
    writer: File,
    /// Whether there are rows that later ones stand for.
    outdated: bool,
}

/// Opens a report to go on with, or makes one, and takes away the half of a line at its end. Only one run may write it.
pub(crate) fn resume(path: &Path, origin: &Origin) -> Result<(Earlier, Continued), Trouble> {
    let shown = path.display();
    let failed = |error: io::Error| format!("--resume {shown}: {error}");
    let mut writer = File::options().read(true).write(true).create(true).truncate(false).open(path).map_err(failed)?;
    // Locks of other systems would keep this run from reading, too.
    match cfg!(unix).then(|| writer.try_lock()).unwrap_or(Ok(())) {
        Err(TryLockError::WouldBlock) => return Err(format!("--resume {shown}: another run is writing it").into()),
        Err(TryLockError::Error(error)) if error.kind() != io::ErrorKind::Unsupported => return Err(failed(error).into()),
        _ => {}
    }
    let (mut rows, mut outdated) = (HashMap::new(), false);
    let found = scan(&writer, path, Some(origin), |span, record| {
        let known = Known { span, stamp: record.stamp(), class: record.class() };
        outdated |= rows.insert(record.path(), known).is_some();
    })
    .map_err(|error| format!("--resume {error}"))?;
    if writer.metadata().map_err(failed)?.len() != found.end {
        writer.set_len(found.end).map_err(failed)?;
    }
    writer.seek(SeekFrom::End(0)).map_err(failed)?;
    if !found.ended {
        writer.write_all(b"\n").map_err(failed)?;
    }
    let reader = Mutex::new(File::open(path).map_err(failed)?);
    // The file itself, and not a link to it, is written anew in the end.
    let path = path.canonicalize().map_err(failed)?;
    Ok((Earlier { rows, reader }, Continued { path, writer, outdated }))
}

impl Earlier {
    /// The row of a photo that is still as it was when it was reported. What could not be read or written is tried again.
    pub(crate) fn row(&self, path: &Path, stamp: Option<Stamp>) -> Option<(String, Record)> {
        let known = self.rows.get(path)?;
        let is_done = !matches!(known.class, Class::Failed | Class::Unwritten);
        if !is_done || known.stamp.is_none() || known.stamp != stamp {
            return None;
        }
        let line = read_span(&self.reader, known.span).ok()?;
        let record = Record::parse(&line).ok()?;
        Some((line, record))
    }

    /// Whether there is any row of a photo.
    pub(crate) fn knows(&self, path: &Path) -> bool {
        self.rows.contains_key(path)
    }
}

impl Continued {
    /// Adds a row; `replaces` says that it stands for an earlier one.
    pub(crate) fn append(&mut self, line: &str, replaces: bool) -> io::Result<()> {
        self.outdated |= replaces;
        // In one piece: whoever kills this run leaves whole lines, but for the last one.
        self.writer.write_all(format!("{line}\n").as_bytes())
    }

    /// Takes away rows that later ones stand for.
    pub(crate) fn finish(self) -> Result<(), Trouble> {
        if !self.outdated {
            return Ok(());
        }
        let file = File::open(&self.path)?;
        let (mut last, mut spans) = (HashMap::new(), Vec::new());
        scan(&file, &self.path, None, |span, record| {
            let path = record.path();
            last.insert(path.clone(), span.start);
            spans.push((span, path));
        })?;
        let file = Mutex::new(file);
        let folder = self.path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        let mut part = Builder::new().prefix(PREFIX).suffix(SUFFIX).tempfile_in(folder)?;
        part.as_file().set_permissions(self.writer.metadata()?.permissions())?;
        let mut out = io::BufWriter::new(part.as_file_mut());
        for (span, path) in spans {
            if last.get(&path) == Some(&span.start) {
                writeln!(out, "{}", read_span(&file, span)?)?;
            }
        }
        out.flush()?;
        drop(out);
        part.persist(&self.path)?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::time::{Duration, SystemTime};

    use proptest::prelude::*;

    use super::*;

    const STAMP: &str = r#""modified":"2026-05-01T10:00:00.000000001Z","file_size":7"#;

    fn line(file: &str, verdict: &str) -> String {
        format!(
            r#"{{"file":"{file}",{STAMP},"command":"check","schema":1,"tool":"t 1","profile":{{"name":"p","sha256":"0123456789abcdef"}},"verdict":"{verdict}"}}"#
        )
    }

    fn origin() -> Origin {
        Record::parse(&line("a", "retake")).unwrap().origin
    }

    fn stamp() -> Stamp {
        let modified = SystemTime::UNIX_EPOCH + Duration::new(1_777_629_600, 1);
        Stamp { size: 7, modified: Some(modified) }
    }

    fn file(content: &str) -> (tempfile::TempDir, PathBuf) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("report.jsonl");
        fs::write(&path, content).unwrap();
        (folder, path)
    }

    #[test]
    fn what_is_there_and_unchanged_is_found() {
        let (_folder, path) = file(&format!("{}\n{}\n", line("a.jpg", "retake"), line("b.jpg", "compliant")));
        let (earlier, _) = resume(&path, &origin()).unwrap();
        assert_eq!(earlier.row(Path::new("b.jpg"), Some(stamp())).unwrap().0, line("b.jpg", "compliant"));
        assert!(earlier.row(Path::new("c.jpg"), Some(stamp())).is_none());
        assert!(earlier.row(Path::new("b.jpg"), None).is_none());
        let other = |size, nanoseconds| {
            Some(Stamp { size, modified: stamp().modified.map(|time| time + Duration::from_nanos(nanoseconds)) })
        };
        assert!(earlier.row(Path::new("b.jpg"), other(8, 0)).is_none());
        assert!(earlier.row(Path::new("b.jpg"), other(7, 1)).is_none());
        assert!(earlier.row(Path::new("b.jpg"), other(7, 0)).is_some());
    }

    /// Wherever a run was killed, the whole lines are kept and nothing else.
    #[test]
    fn a_line_cut_anywhere_is_repaired() {
        let (first, second) = (line("a.jpg", "retake"), line("ü.jpg", "compliant"));
        let content = format!("{first}\n{second}\n");
        for cut in 0..=content.len() {
            let (_folder, path) = file("");
            fs::write(&path, &content.as_bytes()[..cut]).unwrap();
            let (earlier, mut continued) = resume(&path, &origin()).unwrap();
            let whole = usize::from(cut >= first.len()) + usize::from(cut >= first.len() + 1 + second.len());
            assert_eq!(earlier.rows.len(), whole, "{cut}");
            continued.append(&line("c.jpg", "retake"), false).unwrap();
            continued.finish().unwrap();
            let expected: String = [&first, &second].into_iter().take(whole).map(|line| format!("{line}\n")).collect();
            assert_eq!(fs::read_to_string(&path).unwrap(), format!("{expected}{}\n", line("c.jpg", "retake")), "{cut}");
        }
    }

    #[test]
    fn a_row_that_is_made_again_takes_the_place_of_the_old_one() {
        let (_folder, path) = file(&format!("{}\n{}\n", line("a.jpg", "retake"), line("b.jpg", "retake")));
        let (earlier, mut continued) = resume(&path, &origin()).unwrap();
        continued.append(&line("a.jpg", "compliant"), earlier.knows(Path::new("a.jpg"))).unwrap();
        continued.finish().unwrap();
        let expected = format!("{}\n{}\n", line("b.jpg", "retake"), line("a.jpg", "compliant"));
        assert_eq!(fs::read_to_string(&path).unwrap(), expected);
    }

    #[test]
    fn reports_of_another_origin_and_what_is_none_are_refused_and_left_alone() {
        let good = line("a.jpg", "retake");
        for (from, to, told) in [
            ("\"schema\":1", "\"schema\":2", "line 2: made with another schema: 2, where 1 is expected"),
            ("t 1", "t 2", "another version: t 2"),
            ("\"command\":\"check\"", "\"command\":\"prepare\"", "another command: prepare"),
            ("\"name\":\"p\"", "\"name\":\"q\"", "another profile: q (0123456789ab), where p (0123456789ab)"),
            ("89abcdef", "89abcdee", "another profile"),
            ("retake", "maybe", "no row of a report"),
            ("{", "", "no row of a report"),
        ] {
            let content = format!("{good}\n{}\n{good}\n", good.replacen(from, to, 1));
            let (_folder, path) = file(&content);
            let error = resume(&path, &origin()).unwrap_err().to_string();
            assert!(error.contains(told), "{error}");
            assert_eq!(fs::read_to_string(&path).unwrap(), content);
        }
    }

    /// Whoever names the wrong file gets it back.
    #[test]
    fn what_is_no_report_is_left_alone() {
        for content in ["one line of notes", "{}", "{\"file\"", "notes\n", "\u{0}"] {
            let (_folder, path) = file(content);
            let opened = resume(&path, &origin());
            if content == "{\"file\"" {
                assert!(opened.is_ok(), "as little of a row may be left");
            } else {
                assert!(opened.unwrap_err().to_string().contains("no row of a report"), "{content}");
                assert_eq!(fs::read_to_string(&path).unwrap(), content);
            }
        }
    }

    #[test]
    fn only_one_run_writes_a_report() {
        let (_folder, path) = file("");
        let first = resume(&path, &origin()).unwrap();
        assert!(resume(&path, &origin()).unwrap_err().to_string().contains("another run"));
        drop(first);
        assert!(resume(&path, &origin()).is_ok());
    }

    proptest! {
        /// Whatever is given as a report, it is read or refused.
        #[test]
        fn no_content_is_too_odd(content in proptest::collection::vec(any::<u8>(), 0..400), cut in 0..200usize) {
            let (_folder, path) = file("");
            let mut bytes = line("a.jpg", "retake").into_bytes();
            bytes.truncate(cut);
            bytes.extend(content);
            fs::write(&path, &bytes).unwrap();
            let _ = resume(&path, &origin());
        }
    }
}
