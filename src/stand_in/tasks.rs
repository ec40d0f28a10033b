//! Tasks: begun at once, worked on by as many threads as there are cores, and shown when they are done.

use std::collections::HashSet;
use std::io;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use serde_json::{Value, json};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use uuid::Uuid;

use super::store::{End, Store};
use super::tokens::since_epoch;
use super::work::{Asked, Defect, Outcome};
use crate::isolate::isolated;

/// KiB of pictures that may wait. Whoever sends more waits for an answer.
const WAITING_KIB: usize = 64 << 10;

/// What is to be done for a request.
pub(super) type Work = Box<dyn Fn(&Asked) -> Result<Outcome, Defect> + Send + Sync>;

/// The tasks of a running service.
pub(super) struct Tasks {
    queue: Mutex<Option<Sender<Job>>>,
    room: Arc<Semaphore>,
    shared: Arc<Shared>,
}

/// What workers see.
struct Shared {
    store: Arc<Store>,
    work: Work,
    task_time: Duration,
    jobs: Mutex<Receiver<Job>>,
    under_way: Mutex<HashSet<Uuid>>,
    /// What still waits is left undone.
    closed: AtomicBool,
}

struct Job {
    id: Uuid,
    begun: Duration,
    asked: Asked,
    _room: OwnedSemaphorePermit,
}

/// Whoever works on tasks.
#[derive(Debug)]
pub(super) struct Workers(Vec<JoinHandle<()>>);

impl Tasks {
    pub(super) fn start(store: Arc<Store>, task_time: Duration, work: Work) -> io::Result<(Self, Workers)> {
        let (queue, jobs) = channel();
        let under_way = Mutex::default();
        let shared =
            Arc::new(Shared { store, work, task_time, jobs: Mutex::new(jobs), under_way, closed: AtomicBool::new(false) });
        let cores = thread::available_parallelism().map_or(1, usize::from);
        let workers = (0..cores).map(|_| {
            let shared = Arc::clone(&shared);
            thread::Builder::new().name("stand-in worker".into()).spawn(move || shared.work_on())
        });
        let workers = Workers(workers.collect::<io::Result<_>>()?);
        Ok((Self { queue: Mutex::new(Some(queue)), room: Arc::new(Semaphore::new(WAITING_KIB)), shared }, workers))
    }

    /// Begins a task, once there is room for its pictures.
    pub(super) async fn begin(&self, asked: Asked) -> Result<Uuid, Defect> {
        let kib = u32::try_from(asked.form.bytes().div_ceil(1 << 10).min(WAITING_KIB))?;
        let room = Arc::clone(&self.room).acquire_many_owned(kib).await?;
        let queue = lock(&self.queue).clone().ok_or("the service is being stopped")?;
        let shared = Arc::clone(&self.shared);
        // Whoever asked may hang up meanwhile; a task that is begun is worked on.
        let begin = move || -> Result<Uuid, Defect> {
            let job = Job { id: Uuid::new_v4(), begun: since_epoch(), asked, _room: room };
            let id = job.id;
            shared.store.begin(id, &job.asked.username)?;
            queue.send(job).map_err(|_| "nobody works on tasks")?;
            Ok(id)
        };
        tokio::task::spawn_blocking(begin).await?
    }

    /// A task of this user, as the service shows it.
    pub(super) fn show(&self, id: Uuid, username: &str) -> Result<Option<Value>, Defect> {
        // In this order: one that is finished in between is finished.
        let is_under_way = lock(&self.shared.under_way).contains(&id);
        let Some(task) = self.shared.store.task(id)?.filter(|task| task.username == username) else { return Ok(None) };
        let (status, result) = match task.end {
            None if !is_under_way => ("PENDING", None),
            None => ("STARTED", None),
            Some(End { visible_from, .. }) if millis(since_epoch()) < visible_from => ("STARTED", None),
            Some(End { result: None, .. }) => ("FAILURE", None),
            Some(End { result, .. }) => ("SUCCESS", result),
        };
        Ok(Some(json!({ "id": task.number, "status": status, "result": result })))
    }

    /// Lets workers finish what they are at, and no more.
    pub(super) fn close(&self) {
        self.shared.closed.store(true, Ordering::Relaxed);
        lock(&self.queue).take();
    }
}

impl Workers {
    /// Waits for them to end; there has to be an end.
    pub(super) fn join(&mut self) {
        for worker in self.0.drain(..) {
            // A worker that panicked has ended, too.
            let _ = worker.join();
        }
    }
}

impl Shared {
    fn work_on(&self) {
        loop {
            let next = lock(&self.jobs).recv();
            let Ok(job) = next else { return };
            if self.closed.load(Ordering::Relaxed) {
                return;
            }
            lock(&self.under_way).insert(job.id);
            let outcome = isolated(|| (self.work)(&job.asked)).and_then(Result::ok);
            let (result, face) = outcome.map_or((None, None), |Outcome { result, face }| (Some(result), face));
            let end = End { visible_from: millis(job.begun.saturating_add(self.task_time)), result };
            // A task whose end cannot be written down is never shown to have ended.
            let _ = self.store.end(job.id, &end, face);
            lock(&self.under_way).remove(&job.id);
        }
    }
}

fn millis(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}

/// What was guarded by a lock is whole even if whoever held it panicked.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use std::time::Instant;

    use super::super::form::Form;
    use super::super::store::NewFace;
    use super::*;
    use crate::call::Call;

    fn asked(username: &str) -> Asked {
        Asked { call: Call::RegisterFace, form: Form::default(), username: username.into() }
    }

    fn accepted() -> Outcome {
        Outcome { result: json!({"status": 200}), face: Some(NewFace { uuid: Uuid::new_v4(), sha256: [1; 32] }) }
    }

    fn ended(tasks: &Tasks, id: Uuid, username: &str) -> Value {
        let end = Instant::now() + Duration::from_mins(1);
        loop {
            let shown = tasks.show(id, username).unwrap().unwrap();
            if ["SUCCESS", "FAILURE"].iter().any(|status| shown["status"] == *status) {
                return shown;
            }
            assert_eq!(shown["result"], Value::Null, "{shown}");
            assert!(Instant::now() < end, "it hangs");
            thread::sleep(Duration::from_millis(1));
        }
    }

    fn block_on<T>(future: impl Future<Output = T>) -> T {
        tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(future)
    }

    /// One that panics, one that finds a defect, and one that goes well afterwards.
    #[test]
    fn whatever_happens_to_a_task_the_next_one_is_worked_on() {
        let store = Arc::new(Store::open(None).unwrap().0);
        let work: Work = Box::new(|asked| match asked.username.as_str() {
            "panics" => panic!("as an engine might"),
            "fails" => Err("a defect".into()),
            _ => Ok(accepted()),
        });
        let (tasks, mut workers) = Tasks::start(Arc::clone(&store), Duration::ZERO, work).unwrap();
        for round in 0..8 {
            for (username, status) in [("panics", "FAILURE"), ("fails", "FAILURE"), ("demo", "SUCCESS")] {
                let id = block_on(tasks.begin(asked(username))).unwrap();
                let shown = ended(&tasks, id, username);
                assert_eq!(shown["status"], status, "{round}: {shown}");
                assert_eq!(tasks.show(id, "another").unwrap(), None);
            }
        }
        assert_eq!(store.faces().unwrap().len(), 8);
        tasks.close();
        workers.join();
        assert!(block_on(tasks.begin(asked("demo"))).is_err());
    }

    #[test]
    fn a_task_takes_its_time() {
        let store = Arc::new(Store::open(None).unwrap().0);
        let task_time = Duration::from_millis(300);
        let (tasks, mut workers) = Tasks::start(store, task_time, Box::new(|_| Ok(accepted()))).unwrap();
        let begun = Instant::now();
        let id = block_on(tasks.begin(asked("demo"))).unwrap();
        assert_eq!(ended(&tasks, id, "demo")["result"]["status"], 200);
        assert!(begun.elapsed() + Duration::from_millis(2) >= task_time, "{:?}", begun.elapsed());
        tasks.close();
        workers.join();
    }
}
