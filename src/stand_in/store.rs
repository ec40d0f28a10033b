//! What outlives the process: faces, tasks, refresh tokens that were used, and the key that tokens are signed with. No picture.

use std::fs;
use std::io;
use std::path::Path;

use redb::backends::InMemoryBackend;
use redb::{Database, Durability, ReadableDatabase as _, ReadableTable as _, TableDefinition, WriteTransaction};
use serde_json::Value;
use uuid::Uuid;

use super::tokens::{Key, fresh_key, since_epoch};

/// Below the folder for data.
const FILE: &str = "stand-in.redb";

/// Bytes of the file that are kept in memory.
const CACHE: usize = 16 << 20;

/// Under its uuid: number of its task, username, SHA-256 of the picture, Unix seconds.
const FACES: TableDefinition<u128, (u64, &str, &[u8; 32], u64)> = TableDefinition::new("faces");
/// Tasks that were begun: number, username.
const BEGUN: TableDefinition<u128, (u64, &str)> = TableDefinition::new("begun");
/// Tasks that came to an end: number, username, when it may be seen (Unix milliseconds), whether it failed, result as JSON.
const ENDED: TableDefinition<u128, (u64, &str, u64, bool, &str)> = TableDefinition::new("ended");
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
    pub(super) end: Option<End>,
}

/// What a task came to.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct End {
    /// Unix milliseconds.
    pub(super) visible_from: u64,
    /// Nothing if it failed.
    pub(super) result: Option<Value>,
}

/// A database in a file or in memory.
pub(super) struct Store(Database);

type Result<T> = std::result::Result<T, redb::Error>;

impl Store {
    /// Opens or makes the one in a folder, or one in memory. Tasks that had not ended have failed.
    pub(super) fn open(folder: Option<&Path>) -> io::Result<(Self, Key)> {
        let mut builder = Database::builder();
        builder.set_cache_size(CACHE);
        let database = match folder {
            Some(folder) => {
                fs::create_dir_all(folder)?;
                builder.create(folder.join(FILE))
            }
            None => builder.create_with_backend(InMemoryBackend::new()),
        };
        let store = Self(database.map_err(|error| failed(error.into()))?);
        let key = store.prepare().map_err(failed)?;
        Ok((store, key))
    }

    fn prepare(&self) -> Result<Key> {
        self.write(Durability::Immediate, |changes| {
            changes.open_table(FACES)?;
            changes.open_table(NUMBERS)?;
            let mut ended = changes.open_table(ENDED)?;
            let mut begun = changes.open_table(BEGUN)?;
            while let Some((id, task)) = begun.pop_first()? {
                let (number, username) = task.value();
                ended.insert(id.value(), (number, username, 0, true, ""))?;
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

    /// A task that was begun, and its number. It is as lasting as whatever is written next: until then a loss of power may take it away.
    pub(super) fn begin(&self, id: Uuid, username: &str) -> Result<u64> {
        self.write(Durability::None, |changes| {
            let mut numbers = changes.open_table(NUMBERS)?;
            let number = numbers.get("tasks")?.map_or(0, |number| number.value()) + 1;
            numbers.insert("tasks", number)?;
            changes.open_table(BEGUN)?.insert(id.as_u128(), (number, username))?;
            Ok(number)
        })
    }

    /// A task's end and the face that it made known: both or neither.
    pub(super) fn end(&self, id: Uuid, end: &End, face: Option<NewFace>) -> Result<()> {
        self.write(Durability::Immediate, |changes| {
            let mut begun = changes.open_table(BEGUN)?;
            let Some(task) = begun.remove(id.as_u128())? else { return Ok(()) };
            let (number, username) = task.value();
            let result = end.result.as_ref().map(Value::to_string);
            let failed = result.is_none();
            let row = (number, username, end.visible_from, failed, result.as_deref().unwrap_or_default());
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
            let (number, username, visible_from, failed, result) = row.value();
            let result = if failed { None } else { serde_json::from_str(result).ok() };
            let end = Some(End { visible_from, result });
            return Ok(Some(Task { number, username: username.to_owned(), end }));
        }
        let row = view.open_table(BEGUN)?.get(id.as_u128())?;
        Ok(row.map(|row| {
            let (number, username) = row.value();
            Task { number, username: username.to_owned(), end: None }
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

    /// Writes down what is not yet lasting.
    pub(super) fn settle(&self) -> Result<()> {
        self.write(Durability::Immediate, |_| Ok(()))
    }
}

/// The store's error, as that of the file it is about.
pub(super) fn failed(error: redb::Error) -> io::Error {
    match error {
        redb::Error::Io(error) => error,
        redb::Error::DatabaseAlreadyOpen => {
            io::Error::new(io::ErrorKind::ResourceBusy, format!("{FILE} is in use: another stand-in has it open"))
        }
        error => io::Error::other(error),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn ended(result: Option<Value>) -> End {
        End { visible_from: 5, result }
    }

    #[test]
    fn a_task_is_begun_and_ends_with_its_face() {
        let (store, _) = Store::open(None).unwrap();
        let [first, second, third] = [(); 3].map(|()| Uuid::new_v4());
        assert_eq!([first, second].map(|id| store.begin(id, "demo").unwrap()), [1, 2]);
        assert_eq!(store.task(first).unwrap(), Some(Task { number: 1, username: "demo".into(), end: None }));
        assert_eq!(store.task(third).unwrap(), None);
        let face = NewFace { uuid: Uuid::new_v4(), sha256: [0xab; 32] };
        store.end(first, &ended(Some(json!({"status": 200}))), Some(face)).unwrap();
        store.end(second, &ended(None), None).unwrap();
        store.end(third, &ended(None), Some(face)).unwrap();
        assert_eq!(store.task(first).unwrap().unwrap().end, Some(ended(Some(json!({"status": 200})))));
        assert_eq!(store.task(second).unwrap().unwrap().end, Some(ended(None)));
        assert_eq!(store.task(third).unwrap(), None, "it was never begun");
        let faces = store.faces().unwrap();
        assert_eq!((faces.len(), faces[0].sha256.as_str()), (1, "ab".repeat(32).as_str()));
        assert_eq!(faces[0].uuid, face.uuid.to_string());
        assert!(store.is_registered(face.uuid, "demo").unwrap());
        assert!(!store.is_registered(face.uuid, "other").unwrap() && !store.is_registered(third, "demo").unwrap());
    }

    #[test]
    fn a_task_that_had_not_ended_has_failed_when_the_file_is_opened_again() {
        let folder = std::env::temp_dir().join(format!("face-precheck-{}", Uuid::new_v4()));
        let (store, key) = Store::open(Some(&folder)).unwrap();
        let [first, second] = [(); 2].map(|()| Uuid::new_v4());
        store.begin(first, "demo").unwrap();
        store.end(first, &ended(Some(json!({"status": 200}))), None).unwrap();
        store.begin(second, "demo").unwrap();
        assert_eq!(Store::open(Some(&folder)).err().unwrap().kind(), io::ErrorKind::ResourceBusy);
        store.settle().unwrap();
        drop(store);
        let (store, same_key) = Store::open(Some(&folder)).unwrap();
        assert_eq!(key, same_key);
        assert_eq!(store.task(first).unwrap().unwrap().end, Some(ended(Some(json!({"status": 200})))));
        let failed = Task { number: 2, username: "demo".into(), end: Some(End { visible_from: 0, result: None }) };
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
}
