//! What outlives the process: faces, tasks, refresh tokens that were used, and the key that tokens are signed with. No picture.

use std::fs::{self, File, OpenOptions};
use std::io;
use std::path::Path;

use redb::backends::{FileBackend, InMemoryBackend};
use redb::{
    Builder, Database, DatabaseError, Durability, ReadableDatabase as _, ReadableTable as _, TableDefinition, WriteTransaction,
};
use serde_json::Value;
use uuid::Uuid;

use super::tokens::{Key, fresh_key, since_epoch};
use crate::isolate::isolated;

/// Below the folder for data.
const FILE: &str = "stand-in.redb";

/// Bytes of the file that are kept in memory.
const CACHE: usize = 16 << 20;

/// Under its uuid: number of its task, username, SHA-256 of the picture, Unix seconds.
const FACES: TableDefinition<u128, (u64, &str, &[u8; 32], u64)> = TableDefinition::new("faces");
/// Tasks that were begun: number, username.
const BEGUN: TableDefinition<u128, (u64, &str)> = TableDefinition::new("begun");
/// Tasks that came to an end: number, username, whether it failed, result as JSON.
const ENDED: TableDefinition<u128, (u64, &str, bool, &str)> = TableDefinition::new("ended");
/// Refresh tokens that were used: `jti`, and when they expire (Unix seconds).
const USED: TableDefinition<&str, u64> = TableDefinition::new("used");
/// How many tasks there were.
const NUMBERS: TableDefinition<&str, u64> = TableDefinition::new("numbers");
const KEYS: TableDefinition<&str, &Key> = TableDefinition::new("keys");

/// A face that is known. The picture itself is not kept.
///
/// ```
/// use face_precheck::stand_in::{Options, StandIn};
///
/// assert_eq!(StandIn::start(Options::default())?.faces()?, []);
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct RegisteredFace {
    /// What the service calls it.
    pub uuid: String,
    /// Whose it is: the user who was logged in.
    pub username: String,
    /// SHA-256 of the file that was sent, in hexadecimal.
    pub sha256: String,
    /// When it was registered, in Unix seconds.
    pub registered: u64,
}

/// A face that is to be known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct NewFace {
    pub(super) uuid: Uuid,
    pub(super) sha256: [u8; 32],
}

/// A task as it was stored.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Task {
    pub(super) number: u64,
    pub(super) username: String,
    pub(super) state: State,
}

/// How far a task has come.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum State {
    Begun,
    Failed,
    /// With its result.
    Done(Value),
}

/// A database in a file or in memory.
pub(super) struct Store(Database);

type Result<T> = std::result::Result<T, redb::Error>;

impl Store {
    /// Opens or makes the one in a folder, or one in memory. Tasks that had not ended have failed.
    pub(super) fn open(folder: Option<&Path>) -> io::Result<(Self, Key)> {
        let Some(folder) = folder else { return Self::open_with(|builder| builder.create_with_backend(InMemoryBackend::new())) };
        fs::create_dir_all(folder)?;
        let file = open_file(&folder.join(FILE))?;
        Self::open_with(|builder| builder.create_with_backend(FileBackend::new(file)?))
    }

    /// A file that something else has changed is an error: what redb's own check of it does not find may let redb panic.
    fn open_with(open: impl FnOnce(&Builder) -> std::result::Result<Database, DatabaseError>) -> io::Result<(Self, Key)> {
        let mut builder = Database::builder();
        builder.set_cache_size(CACHE).set_check_integrity_on_open(true);
        let opened = isolated(|| -> Result<_> {
            let store = Self(open(&builder)?);
            let key = store.prepare()?;
            Ok((store, key))
        });
        opened.ok_or_else(damaged)?.map_err(failed)
    }

    fn prepare(&self) -> Result<Key> {
        self.write(Durability::Immediate, |changes| {
            changes.open_table(FACES)?;
            changes.open_table(NUMBERS)?;
            let mut ended = changes.open_table(ENDED)?;
            let mut begun = changes.open_table(BEGUN)?;
            while let Some((id, task)) = begun.pop_first()? {
                let (number, username) = task.value();
                ended.insert(id.value(), (number, username, true, ""))?;
            }
            let now = since_epoch().as_secs();
            changes.open_table(USED)?.retain(|_, expires| expires > now)?;
            let mut keys = changes.open_table(KEYS)?;
            let known = keys.get("tokens")?.map(|key| *key.value());
            let key = known.unwrap_or_else(fresh_key);
            keys.insert("tokens", &key)?;
            Ok(key)
        })
    }

    fn write<T>(&self, durability: Durability, change: impl FnOnce(&WriteTransaction) -> Result<T>) -> Result<T> {
        let mut changes = self.0.begin_write()?;
        changes.set_durability(durability)?;
        let made = change(&changes)?;
        changes.commit()?;
        Ok(made)
    }

    /// A task that was begun, and its number. It is as lasting as whatever is written next, or as soon as the store
    /// is closed: until then a loss of power may take it away.
    pub(super) fn begin(&self, id: Uuid, username: &str) -> Result<u64> {
        self.write(Durability::None, |changes| {
            let mut numbers = changes.open_table(NUMBERS)?;
            let number = numbers.get("tasks")?.map_or(0, |number| number.value()) + 1;
            numbers.insert("tasks", number)?;
            changes.open_table(BEGUN)?.insert(id.as_u128(), (number, username))?;
            Ok(number)
        })
    }

    /// A task's result, which it has not if it failed, and the face that it made known: both or neither.
    pub(super) fn end(&self, id: Uuid, result: Option<&Value>, face: Option<NewFace>) -> Result<()> {
        self.write(Durability::Immediate, |changes| {
            let mut begun = changes.open_table(BEGUN)?;
            let Some(task) = begun.remove(id.as_u128())? else { return Ok(()) };
            let (number, username) = task.value();
            let result = result.map(Value::to_string);
            let row = (number, username, result.is_none(), result.as_deref().unwrap_or_default());
            changes.open_table(ENDED)?.insert(id.as_u128(), row)?;
            if let Some(NewFace { uuid, sha256 }) = face {
                changes.open_table(FACES)?.insert(uuid.as_u128(), (number, username, &sha256, since_epoch().as_secs()))?;
            }
            Ok(())
        })
    }

    pub(super) fn task(&self, id: Uuid) -> Result<Option<Task>> {
        let view = self.0.begin_read()?;
        if let Some(row) = view.open_table(ENDED)?.get(id.as_u128())? {
            let (number, username, failed, result) = row.value();
            let result = if failed { None } else { serde_json::from_str(result).ok() };
            let state = result.map_or(State::Failed, State::Done);
            return Ok(Some(Task { number, username: username.to_owned(), state }));
        }
        let row = view.open_table(BEGUN)?.get(id.as_u128())?;
        Ok(row.map(|row| {
            let (number, username) = row.value();
            Task { number, username: username.to_owned(), state: State::Begun }
        }))
    }

    /// In the order in which they came.
    pub(super) fn faces(&self) -> Result<Vec<RegisteredFace>> {
        let mut faces = Vec::new();
        for row in self.0.begin_read()?.open_table(FACES)?.iter()? {
            let (uuid, face) = row?;
            let (number, username, sha256, registered) = face.value();
            let uuid = Uuid::from_u128(uuid.value()).to_string();
            let sha256 = sha256.iter().map(|byte| format!("{byte:02x}")).collect();
            faces.push((number, RegisteredFace { uuid, username: username.to_owned(), sha256, registered }));
        }
        faces.sort_unstable_by_key(|(number, _)| *number);
        Ok(faces.into_iter().map(|(_, face)| face).collect())
    }

    pub(super) fn is_registered(&self, uuid: Uuid, user: &str) -> Result<bool> {
        let face = self.0.begin_read()?.open_table(FACES)?.get(uuid.as_u128())?;
        Ok(face.is_some_and(|face| face.value().1 == user))
    }

    /// Whether a refresh token was not used before. It is now.
    pub(super) fn use_up(&self, jti: &str, expires: u64) -> Result<bool> {
        self.write(Durability::Immediate, |changes| Ok(changes.open_table(USED)?.insert(jti, expires)?.is_none()))
    }
}

/// The file that holds the store. It holds the key, too: where the system knows permissions, it is made for its owner alone.
fn open_file(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.read(true).write(true).create(true).truncate(false);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

fn damaged() -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, format!("{FILE} is damaged"))
}

/// The store's error, as that of the file it is about.
pub(super) fn failed(error: redb::Error) -> io::Error {
    match error {
        redb::Error::Io(error) => error,
        redb::Error::DatabaseAlreadyOpen => {
            io::Error::new(io::ErrorKind::ResourceBusy, format!("{FILE} is in use: another stand-in has it open"))
        }
        redb::Error::Corrupted(_) => damaged(),
        error => io::Error::other(error),
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicBool, Ordering};

    use redb::StorageBackend;
    use serde_json::json;

    use super::*;

    /// A disk on which nothing can be written from some time on.
    #[derive(Debug)]
    struct Disk(InMemoryBackend, Arc<AtomicBool>);

    impl Disk {
        fn written<T>(&self, write: impl FnOnce(&InMemoryBackend) -> io::Result<T>) -> io::Result<T> {
            if self.1.load(Ordering::Relaxed) { Err(io::ErrorKind::StorageFull.into()) } else { write(&self.0) }
        }
    }

    impl StorageBackend for Disk {
        fn len(&self) -> io::Result<u64> {
            self.0.len()
        }

        fn read(&self, offset: u64, out: &mut [u8]) -> io::Result<()> {
            self.0.read(offset, out)
        }

        fn set_len(&self, len: u64) -> io::Result<()> {
            self.written(|disk| disk.set_len(len))
        }

        fn sync_data(&self) -> io::Result<()> {
            self.written(InMemoryBackend::sync_data)
        }

        fn write(&self, offset: u64, data: &[u8]) -> io::Result<()> {
            self.written(|disk| disk.write(offset, data))
        }
    }

    impl Store {
        /// One on a disk that is full as soon as what is returned is true.
        pub(in super::super) fn on_failing_disk() -> (Self, Arc<AtomicBool>) {
            let is_full = Arc::new(AtomicBool::new(false));
            let disk = Disk(InMemoryBackend::new(), Arc::clone(&is_full));
            (Self::open_with(|builder| builder.create_with_backend(disk)).unwrap().0, is_full)
        }
    }

    fn fresh_folder() -> std::path::PathBuf {
        std::env::temp_dir().join(format!("face-precheck-{}", Uuid::new_v4()))
    }

    #[test]
    fn a_task_is_begun_and_ends_with_its_face() {
        let (store, _) = Store::open(None).unwrap();
        let done = json!({"status": 200});
        let [first, second, third] = [(); 3].map(|()| Uuid::new_v4());
        assert_eq!([first, second].map(|id| store.begin(id, "demo").unwrap()), [1, 2]);
        assert_eq!(store.task(first).unwrap(), Some(Task { number: 1, username: "demo".into(), state: State::Begun }));
        assert_eq!(store.task(third).unwrap(), None);
        let face = NewFace { uuid: Uuid::new_v4(), sha256: [0xab; 32] };
        store.end(first, Some(&done), Some(face)).unwrap();
        store.end(second, None, None).unwrap();
        store.end(third, None, Some(face)).unwrap();
        assert_eq!(store.task(first).unwrap().unwrap().state, State::Done(done.clone()));
        assert_eq!(store.task(second).unwrap().unwrap().state, State::Failed);
        assert_eq!(store.task(third).unwrap(), None, "it was never begun");
        let faces = store.faces().unwrap();
        assert_eq!((faces.len(), faces[0].sha256.as_str()), (1, "ab".repeat(32).as_str()));
        assert_eq!(faces[0].uuid, face.uuid.to_string());
        assert!(store.is_registered(face.uuid, "demo").unwrap());
        assert!(!store.is_registered(face.uuid, "other").unwrap() && !store.is_registered(third, "demo").unwrap());
    }

    #[test]
    fn a_task_that_had_not_ended_has_failed_when_the_file_is_opened_again() {
        let folder = fresh_folder();
        let (store, key) = Store::open(Some(&folder)).unwrap();
        let done = json!({"status": 200});
        let [first, second] = [(); 2].map(|()| Uuid::new_v4());
        store.begin(first, "demo").unwrap();
        store.end(first, Some(&done), None).unwrap();
        store.begin(second, "demo").unwrap();
        assert_eq!(Store::open(Some(&folder)).err().unwrap().kind(), io::ErrorKind::ResourceBusy);
        drop(store);
        let (store, same_key) = Store::open(Some(&folder)).unwrap();
        assert_eq!(key, same_key);
        assert_eq!(store.task(first).unwrap().unwrap().state, State::Done(done.clone()));
        let failed = Task { number: 2, username: "demo".into(), state: State::Failed };
        assert_eq!(store.task(second).unwrap(), Some(failed));
        assert_eq!(store.begin(Uuid::new_v4(), "demo").unwrap(), 3);
        drop(store);
        fs::remove_dir_all(folder).unwrap();
    }

    #[test]
    fn a_token_is_used_up_once() {
        let (store, _) = Store::open(None).unwrap();
        let used: Vec<_> = ["a", "b", "a", "b"].map(|jti| store.use_up(jti, u64::MAX).unwrap()).into();
        assert_eq!(used, [true, true, false, false]);
    }

    #[cfg(unix)]
    #[test]
    fn the_file_is_for_its_owner_alone() {
        use std::os::unix::fs::PermissionsExt as _;
        let folder = fresh_folder();
        drop(Store::open(Some(&folder)).unwrap());
        assert_eq!(fs::metadata(folder.join(FILE)).unwrap().permissions().mode() & 0o777, 0o600);
        fs::remove_dir_all(folder).unwrap();
    }

    /// Whatever is changed in the file, or cut off: it is refused, or it works.
    #[test]
    fn a_damaged_file_is_an_error_or_none() {
        let folder = fresh_folder();
        let path = folder.join(FILE);
        let (store, _) = Store::open(Some(&folder)).unwrap();
        let [first, second] = [(); 2].map(|()| Uuid::new_v4());
        let face = NewFace { uuid: Uuid::new_v4(), sha256: [0xab; 32] };
        for id in [first, second] {
            store.begin(id, "demo").unwrap();
        }
        store.end(first, Some(&json!({"status": 200})), Some(face)).unwrap();
        drop(store);
        let whole = fs::read(&path).unwrap();
        let written: Vec<usize> = (0..whole.len()).filter(|at| whole[*at] != 0).collect();
        let (mut refused, mut taken) = (0, 0);
        let mut open = |bytes: &[u8]| {
            fs::write(&path, bytes).unwrap();
            match Store::open(Some(&folder)) {
                Ok((store, _)) => {
                    taken += 1;
                    let id = Uuid::new_v4();
                    let _ = (store.faces(), store.task(first), store.task(second), store.is_registered(face.uuid, "demo"));
                    let _ = (store.begin(id, "demo"), store.end(id, None, None), store.use_up("jti", u64::MAX));
                }
                Err(error) => {
                    refused += 1;
                    assert!(!error.to_string().is_empty());
                }
            }
        };
        // All of the header, and what is written elsewhere in steps that meet every page.
        let rest = written.iter().filter(|at| **at >= 512).step_by(301);
        for at in written.iter().filter(|at| **at < 512).chain(rest) {
            let mut bytes = whole.clone();
            bytes[*at] ^= 0x55;
            open(&bytes);
        }
        for length in [1, 100, 4096, whole.len() / 2, whole.len() - 1] {
            open(&whole[..length]);
        }
        open(&vec![7; 100_000]);
        open(&whole);
        println!("{refused} refused, {taken} taken, of {} bytes", whole.len());
        assert!(refused > 20 && taken > 0, "{refused} refused, {taken} taken");
        fs::remove_dir_all(folder).unwrap();
    }
}
