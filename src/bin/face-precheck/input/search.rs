//! From the command line's paths, patterns and lists to the files that they lead to.

use std::collections::HashSet;
use std::ffi::OsString;
use std::fs;
use std::io::{self, Read};
use std::path::{Component, Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};

use ignore::gitignore::{Gitignore, GitignoreBuilder};
use walkdir::{DirEntry, WalkDir};

use super::{Input, STDIN, has_picture_name};
use crate::Trouble;
use crate::args::InputArgs;
use crate::shard::Shard;

/// Where photos are looked for, and which are left out.
#[derive(Debug)]
pub(crate) struct Search {
    roots: Vec<Root>,
    /// Patterns, in the order of which later ones count for more.
    excluded: Vec<String>,
    hidden: bool,
    follow: bool,
    shard: Option<Shard>,
    /// A folder that is not searched.
    skip: Option<PathBuf>,
    /// Whether there was any file, of this part or another.
    found: AtomicBool,
}

/// A file, or a folder to search.
#[derive(Debug)]
struct Root {
    path: PathBuf,
    /// What is left out of a photo's path to get its place.
    base: PathBuf,
}

impl Root {
    /// Named on the command line.
    fn named(path: &Path) -> Self {
        Self { path: path.into(), base: path.into() }
    }
}

impl Search {
    /// Reads lists and expands patterns; `excluded` comes before what the command line excludes.
    pub(crate) fn new(args: &InputArgs, mut excluded: Vec<String>) -> Result<Self, Trouble> {
        let mut roots: Vec<Root> = args.paths.iter().flat_map(|path| expanded(path)).collect();
        if let Some(list) = &args.files_from {
            let names = read_list(list).map_err(|error| format!("--files-from {}: {error}", list.display()))?;
            let paths = paths(&names, if args.null { 0 } else { b'\n' });
            roots.extend(paths.map(|path| Root { path, base: PathBuf::new() }));
        }
        for file in &args.exclude_from {
            let lines = fs::read_to_string(file).map_err(|error| format!("--exclude-from {}: {error}", file.display()))?;
            excluded.extend(lines.lines().map(Into::into));
        }
        excluded.extend(args.exclude.iter().cloned());
        let (hidden, follow, shard) = (args.hidden, args.follow, args.shard);
        let search = Self { roots, excluded, hidden, follow, shard, skip: None, found: AtomicBool::new(false) };
        search.exclusion(Path::new("."))?;
        Ok(search)
    }

    /// The same for paths alone.
    pub(crate) fn of(paths: &[PathBuf]) -> Self {
        let roots = paths.iter().map(|path| Root::named(path)).collect();
        Self { roots, excluded: Vec::new(), hidden: false, follow: false, shard: None, skip: None, found: AtomicBool::new(false) }
    }

    /// The same without what is in a folder, whose canonical path is given.
    pub(crate) fn without(self, folder: PathBuf) -> Self {
        Self { skip: Some(folder), ..self }
    }

    /// What was named, lists and patterns expanded.
    pub(crate) fn roots(&self) -> impl Iterator<Item = &Path> {
        self.roots.iter().map(|root| root.path.as_path())
    }

    /// Whether all files that were found belong to other parts, and there were some.
    pub(crate) fn left_all_to_others(&self) -> bool {
        self.shard.is_some() && self.found.load(Ordering::Relaxed)
    }

    /// All files, each once: a folder's in the order of their names.
    pub(crate) fn inputs(&self) -> impl Iterator<Item = Input> + Send + '_ {
        // Below one root there are no two of the same path.
        let mut seen = (self.roots.len() > 1).then(HashSet::new);
        self.roots
            .iter()
            .flat_map(|root| self.below(root))
            .inspect(|_| self.found.store(true, Ordering::Relaxed))
            .filter(|input| self.shard.is_none_or(|shard| input.is_in(shard)))
            .filter(move |input| seen.as_mut().is_none_or(|seen| seen.insert(input.path.clone())))
    }

    fn below<'a>(&'a self, Root { path: root, base }: &'a Root) -> Box<dyn Iterator<Item = Input> + Send + 'a> {
        if root == Path::new(STDIN) {
            return Box::new(std::iter::once(Input::stdin()));
        }
        // The patterns were tried when the search was made. A list may name very many files, to which none applies.
        let excluded = if root.is_dir() { self.exclusion(root).ok() } else { None }.unwrap_or_else(Gitignore::empty);
        let files = WalkDir::new(root)
            .follow_links(self.follow)
            .sort_by_file_name()
            .into_iter()
            .filter_entry(move |entry| entry.depth() == 0 || self.is_wanted(entry, &excluded))
            .filter_map(move |entry| match entry {
                Ok(entry) => input(entry, base),
                Err(error) => {
                    let path = error.path().unwrap_or(root.as_path()).to_path_buf();
                    // What was named is missed, and so is what looks like a photo.
                    let missed = path == *root || path.is_dir() || has_picture_name(&path);
                    let reason = error.into_io_error().unwrap_or_else(|| io::Error::other("a link that leads to itself"));
                    missed.then(|| Input::missing(path, base, reason))
                }
            });
        Box::new(files)
    }

    fn exclusion(&self, root: &Path) -> Result<Gitignore, Trouble> {
        let mut builder = GitignoreBuilder::new(root);
        builder.allow_unclosed_class(false);
        for pattern in &self.excluded {
            builder.add_line(None, pattern).map_err(|error| format!("exclusion {pattern}: {error}"))?;
        }
        Ok(builder.build().map_err(|error| format!("exclusions: {error}"))?)
    }

    fn is_wanted(&self, entry: &DirEntry, excluded: &Gitignore) -> bool {
        let is_dir = entry.file_type().is_dir();
        let is_hidden = entry.file_name().as_encoded_bytes().starts_with(b".");
        let is_skipped =
            || is_dir && self.skip.as_ref().is_some_and(|folder| entry.path().canonicalize().is_ok_and(|path| path == *folder));
        (self.hidden || !is_hidden) && !excluded.matched(entry.path(), is_dir).is_ignore() && !is_skipped()
    }
}

/// The entry, if it is a file or a link to one, or was named, or is something else that looks like a photo and is none.
fn input(entry: DirEntry, base: &Path) -> Option<Input> {
    let named = entry.depth() == 0;
    let file_type = entry.file_type();
    if file_type.is_file() {
        return Some(Input::new(entry.into_path(), base, named));
    }
    if file_type.is_dir() {
        return None;
    }
    let path = entry.into_path();
    match fs::metadata(&path) {
        Ok(target) if target.is_dir() => None,
        Ok(target) if target.is_file() => Some(Input::new(path, base, named)),
        Ok(_) => (named || has_picture_name(&path)).then(|| Input::missing(path, base, not_a_file())),
        Err(error) => (named || has_picture_name(&path)).then(|| Input::missing(path, base, error)),
    }
}

/// A pipe, a socket or a device, which may keep its reader waiting for ever.
pub(super) fn not_a_file() -> io::Error {
    io::Error::other("not a regular file (- reads a photo from standard input)")
}

/// What a pattern matches, if it is not itself the name of something. Shells do the same, where they are asked to.
fn expanded(path: &Path) -> Vec<Root> {
    let is_special = |text: &str| text.contains(['*', '?', '[']);
    let options = glob::MatchOptions { require_literal_leading_dot: true, ..glob::MatchOptions::default() };
    let pattern = path.to_str().filter(|text| is_special(text) && fs::symlink_metadata(path).is_err());
    let matches = pattern.and_then(|pattern| glob::glob_with(pattern, options).ok());
    // Photos keep the folders that the pattern leaves open.
    let is_fixed = |part: &Component| part.as_os_str().to_str().is_none_or(|part| !is_special(part));
    let base: PathBuf = path.components().take_while(is_fixed).collect();
    let matches = matches.into_iter().flatten().filter_map(Result::ok);
    let found: Vec<_> = matches.map(|path| Root { path, base: base.clone() }).collect();
    if found.is_empty() { vec![Root::named(path)] } else { found }
}

fn read_list(list: &Path) -> io::Result<Vec<u8>> {
    let mut names = Vec::new();
    if list == Path::new(STDIN) {
        io::stdin().lock().read_to_end(&mut names)?;
    } else {
        names = fs::read(list)?;
    }
    Ok(names)
}

fn paths(names: &[u8], end: u8) -> impl Iterator<Item = PathBuf> + '_ {
    names
        .split(move |byte| *byte == end)
        .map(move |name| if end == b'\n' { name.strip_suffix(b"\r").unwrap_or(name) } else { name })
        .filter_map(|name| {
            let name = os_string(name);
            (!name.is_empty()).then(|| name.into())
        })
}

#[cfg(unix)]
fn os_string(bytes: &[u8]) -> OsString {
    use std::os::unix::ffi::OsStringExt as _;
    OsString::from_vec(bytes.to_vec())
}

#[cfg(not(unix))]
fn os_string(bytes: &[u8]) -> OsString {
    String::from_utf8_lossy(bytes).into_owned().into()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tree(files: &[&str]) -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        for file in files {
            let path = folder.path().join(file);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, b"").unwrap();
        }
        folder
    }

    fn search(paths: &[PathBuf], exclude: &[&str]) -> Search {
        let excluded = exclude.iter().map(ToString::to_string).collect();
        Search { excluded, ..Search::of(paths) }
    }

    fn found(search: &Search, below: &Path) -> Vec<String> {
        search.inputs().map(|input| input.path.strip_prefix(below).unwrap().to_str().unwrap().replace('\\', "/")).collect()
    }

    #[test]
    fn exclusions_are_those_of_a_gitignore_in_the_folder() {
        let folder =
            tree(&["a.jpg", "b.png", "keep.png", "thumbs/c.jpg", "x/thumbs/d.jpg", "x/e.jpg", "x/only/f.jpg", ".h/g.jpg"]);
        let root = folder.path().to_path_buf();
        let all = found(&search(std::slice::from_ref(&root), &[]), &root);
        assert_eq!(all, ["a.jpg", "b.png", "keep.png", "thumbs/c.jpg", "x/e.jpg", "x/only/f.jpg", "x/thumbs/d.jpg"]);
        let some = |exclude: &[&str]| found(&search(std::slice::from_ref(&root), exclude), &root);
        assert_eq!(some(&["thumbs/", "*.png", "!keep.png"]), ["a.jpg", "keep.png", "x/e.jpg", "x/only/f.jpg"]);
        assert_eq!(some(&["/thumbs", "x/only"]), ["a.jpg", "b.png", "keep.png", "x/e.jpg", "x/thumbs/d.jpg"]);
        assert_eq!(some(&["# nothing", ""]).len(), 7);
        assert!(search(&[root], &["a[.jpg"]).exclusion(Path::new(".")).is_err());
    }

    /// A folder from somewhere must not decide what of it is checked.
    #[test]
    fn ignore_files_among_the_photos_mean_nothing() {
        let folder = tree(&["a.jpg", "b.jpg"]);
        for name in [".gitignore", ".ignore", ".fdignore", ".rgignore"] {
            fs::write(folder.path().join(name), "*.jpg\n").unwrap();
        }
        assert_eq!(found(&Search::of(&[folder.path().into()]), folder.path()), ["a.jpg", "b.jpg"]);
    }

    #[test]
    fn a_photo_that_is_reached_twice_is_one() {
        let folder = tree(&["a.jpg", "b.jpg"]);
        let search = Search::of(&[folder.path().join("b.jpg"), folder.path().into(), folder.path().join("a.jpg")]);
        assert_eq!(found(&search, folder.path()), ["b.jpg", "a.jpg"]);
    }

    #[test]
    fn patterns_are_expanded_unless_something_has_that_name() {
        let folder = tree(&["a.jpg", "b.png", "x/c.jpg", "x/.d.jpg", "[e].jpg"]);
        let expand = |pattern: &str| -> Vec<String> {
            let roots = expanded(&folder.path().join(pattern));
            roots.iter().map(|root| root.path.strip_prefix(folder.path()).unwrap().to_str().unwrap().replace('\\', "/")).collect()
        };
        assert_eq!(expand("*.jpg"), ["[e].jpg", "a.jpg"]);
        assert_eq!(expand("**/*.jpg"), ["[e].jpg", "a.jpg", "x/c.jpg"]);
        assert_eq!(expand("[e].jpg"), ["[e].jpg"]);
        assert_eq!(expand("*.gif"), ["*.gif"]);
    }

    /// Uploads of photos of one name in different folders must not meet.
    #[test]
    fn a_photo_keeps_the_place_that_its_argument_leaves_open() {
        let folder = tree(&["x/a.jpg", "y/a.jpg"]);
        let places = |search: &Search| search.inputs().map(|input| input.place).collect::<Vec<_>>();
        let (x, y) = (PathBuf::from("x/a.jpg"), PathBuf::from("y/a.jpg"));
        assert_eq!(places(&Search::of(&[folder.path().into()])), [x.clone(), y.clone()]);
        let by_pattern = Search { roots: expanded(&folder.path().join("*/a.jpg")), ..Search::of(&[]) };
        assert_eq!(places(&by_pattern), [x, y]);
        assert_eq!(places(&Search::of(&[folder.path().join("x/a.jpg")])), [PathBuf::from("a.jpg")]);
        let listed = |path: &str| Input::new(path.into(), Path::new(""), true).place;
        assert_eq!(listed("x/a.jpg"), PathBuf::from("x/a.jpg"));
        assert_eq!([listed("/x/a.jpg"), listed("../x/a.jpg")], [PathBuf::from("a.jpg"), "a.jpg".into()]);
    }

    #[test]
    fn lists_name_a_file_on_each_line_or_before_each_zero() {
        let of = |names: &[u8], end| paths(names, end).collect::<Vec<_>>();
        assert_eq!(of(b"a b.jpg \r\n\nc.jpg", b'\n'), [PathBuf::from("a b.jpg "), "c.jpg".into()]);
        assert_eq!(of(b"a\nb.jpg\0c.jpg\0", 0), [PathBuf::from("a\nb.jpg"), "c.jpg".into()]);
    }
}
