//! Tasks: begun at once, worked on by as many threads as there are cores, and shown once they are done and their time has passed.

use std::collections::HashMap;
use std::io;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use uuid::Uuid;

use super::room::Taken;
use super::store::{State, Store, Task};
use super::work::{Asked, Defect, Outcome};
use crate::isolate::isolated;

/// What is to be done for a request.
pub(super) type Work = Box<dyn Fn(&Asked) -> Result<Outcome, Defect> + Send + Sync>;

/// The tasks of a running service.
pub(super) struct Tasks {
    queue: Mutex<Option<Sender<Job>>>,
    shared: Arc<Shared>,
}

/// What workers see.
struct Shared {
    store: Arc<Store>,
    work: Work,
    task_time: Duration,
    jobs: Mutex<Receiver<Job>>,
    /// When the tasks were begun that nobody has seen to be done; what an earlier process began is not there.
    begun: Mutex<HashMap<Uuid, Instant>>,
    /// Tasks that have failed because their end could not be written down.
    unwritten: Mutex<HashMap<Uuid, Task>>,
    /// What still waits is left undone.
    closed: AtomicBool,
}

struct Job {
    id: Uuid,
    number: u64,
    asked: Asked,
    _room: Option<Arc<Taken>>,
}

/// Whoever works on tasks.
#[derive(Debug)]
pub(super) struct Workers(Vec<JoinHandle<()>>);

impl Tasks {
    pub(super) fn start(store: Arc<Store>, task_time: Duration, work: Work) -> io::Result<(Self, Workers)> {
        let (queue, jobs) = channel();
        let shared = Arc::new(Shared {
            store,
            work,
            task_time,
            jobs: Mutex::new(jobs),
            begun: Mutex::default(),
            unwritten: Mutex::default(),
            closed: AtomicBool::new(false),
        });
        let cores = thread::available_parallelism().map_or(1, usize::from);
        let workers = (0..cores).map(|_| {
            let shared = Arc::clone(&shared);
            thread::Builder::new().name("stand-in worker".into()).spawn(move || shared.work_on())
        });
        let workers = Workers(workers.collect::<io::Result<_>>()?);
        Ok((Self { queue: Mutex::new(Some(queue)), shared }, workers))
    }

    /// Begins a task. What its pictures take of the room is theirs until it has ended.
    pub(super) async fn begin(&self, asked: Asked, room: Option<Arc<Taken>>) -> Result<Uuid, Defect> {
        let queue = lock(&self.queue).clone().ok_or("the service is being stopped")?;
        let shared = Arc::clone(&self.shared);
        // Whoever asked may hang up meanwhile; a task that is begun is worked on.
        let begin = move || -> Result<Uuid, Defect> {
            let id = Uuid::new_v4();
            let begun = Instant::now();
            let number = shared.store.begin(id, &asked.username)?;
            lock(&shared.begun).insert(id, begun);
            queue.send(Job { id, number, asked, _room: room }).map_err(|_| "nobody works on tasks")?;
            Ok(id)
        };
        tokio::task::spawn_blocking(begin).await?
    }

    /// A task of this user, as the service shows it.
    pub(super) fn show(&self, id: Uuid, username: &str) -> Result<Option<Value>, Defect> {
        let unwritten = lock(&self.shared.unwritten).get(&id).cloned();
        let task = unwritten.map_or_else(|| self.shared.store.task(id), |task| Ok(Some(task)))?;
        let Some(task) = task.filter(|task| task.username == username) else { return Ok(None) };
        let is_early = lock(&self.shared.begun).get(&id).is_some_and(|begun| begun.elapsed() < self.shared.task_time);
        let (status, result) = match task.state {
            State::Begun => ("PENDING", None),
            _ if is_early => ("PENDING", None),
            State::Failed => ("FAILURE", None),
            State::Done(result) => ("SUCCESS", Some(result)),
        };
        if status != "PENDING" {
            lock(&self.shared.begun).remove(&id);
        }
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
            let outcome = isolated(|| (self.work)(&job.asked)).and_then(Result::ok);
            let (result, face) = outcome.map_or((None, None), |Outcome { result, face }| (Some(result), face));
            let written = isolated(|| self.store.end(job.id, result.as_ref(), face));
            if !matches!(written, Some(Ok(()))) {
                // The store says so, too, once it is opened again.
                let task = Task { number: job.number, username: job.asked.username, state: State::Failed };
                lock(&self.unwritten).insert(job.id, task);
            }
        }
    }
}

/// What was guarded by a lock is whole even if whoever held it panicked.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;

    use super::super::form::Form;
    use super::super::store::NewFace;
    use super::*;
    use crate::call::Call;

    const HANGING: Duration = Duration::from_mins(10);

    fn asked(username: &str) -> Asked {
        Asked { call: Call::RegisterFace, form: Form::default(), username: username.into() }
    }

    fn accepted() -> Outcome {
        Outcome { result: json!({"status": 200}), face: Some(NewFace { uuid: Uuid::new_v4(), sha256: [1; 32] }) }
    }

    fn in_memory() -> Arc<Store> {
        Arc::new(Store::open(None).unwrap().0)
    }

    fn begun(tasks: &Tasks, username: &str) -> Uuid {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(tasks.begin(asked(username), None)).unwrap()
    }

    fn ended(tasks: &Tasks, id: Uuid, username: &str) -> Value {
        let end = Instant::now() + HANGING;
        loop {
            let shown = tasks.show(id, username).unwrap().unwrap();
            if ["SUCCESS", "FAILURE"].iter().any(|status| shown["status"] == *status) {
                return shown;
            }
            assert_eq!((&shown["status"], &shown["result"]), (&"PENDING".into(), &Value::Null), "{shown}");
            assert!(Instant::now() < end, "it hangs");
            thread::sleep(Duration::from_millis(1));
        }
    }

    /// One that panics, one that finds a defect, and one that goes well afterwards.
    #[test]
    fn whatever_happens_to_a_task_the_next_one_is_worked_on() {
        let store = in_memory();
        let work: Work = Box::new(|asked| match asked.username.as_str() {
            "panics" => panic!("as an engine might"),
            "fails" => Err("a defect".into()),
            _ => Ok(accepted()),
        });
        let (tasks, mut workers) = Tasks::start(Arc::clone(&store), Duration::ZERO, work).unwrap();
        for round in 0..8 {
            for (username, status) in [("panics", "FAILURE"), ("fails", "FAILURE"), ("demo", "SUCCESS")] {
                let id = begun(&tasks, username);
                let shown = ended(&tasks, id, username);
                assert_eq!(shown["status"], status, "{round}: {shown}");
                assert_eq!(tasks.show(id, "another").unwrap(), None);
            }
        }
        assert_eq!(store.faces().unwrap().len(), 8);
        tasks.close();
        workers.join();
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        assert!(runtime.block_on(tasks.begin(asked("demo"), None)).is_err());
    }

    #[test]
    fn a_task_takes_its_time() {
        let task_time = Duration::from_millis(300);
        let (tasks, mut workers) = Tasks::start(in_memory(), task_time, Box::new(|_| Ok(accepted()))).unwrap();
        let start = Instant::now();
        let id = begun(&tasks, "demo");
        assert_eq!(ended(&tasks, id, "demo")["result"]["status"], 200);
        assert!(start.elapsed() >= task_time, "{:?}", start.elapsed());
        assert!(lock(&tasks.shared.begun).is_empty(), "nothing is left of it but what is stored");
        tasks.close();
        workers.join();
    }

    /// What is done is not shown before its time, however long that is.
    #[test]
    fn a_task_that_is_done_is_pending_until_its_time_has_passed() {
        let store = in_memory();
        let (tasks, mut workers) = Tasks::start(Arc::clone(&store), Duration::MAX, Box::new(|_| Ok(accepted()))).unwrap();
        let id = begun(&tasks, "demo");
        let end = Instant::now() + HANGING;
        while store.faces().unwrap().is_empty() {
            assert!(Instant::now() < end, "it hangs");
        }
        assert_eq!(tasks.show(id, "demo").unwrap(), Some(json!({"id": 1, "status": "PENDING", "result": null})));
        tasks.close();
        workers.join();
    }

    /// A disk that is full from some time on: whoever asks is told, and no worker is lost.
    #[test]
    fn a_task_whose_end_cannot_be_written_has_failed() {
        let (store, disk) = Store::on_failing_disk();
        let store = Arc::new(store);
        let (go, wait) = mpsc::channel::<()>();
        let wait = Mutex::new(wait);
        let work: Work = Box::new(move |_| {
            lock(&wait).recv()?;
            Ok(accepted())
        });
        let (tasks, mut workers) = Tasks::start(store, Duration::ZERO, work).unwrap();
        let ids: Vec<_> = (0..5).map(|_| begun(&tasks, "demo")).collect();
        disk.store(true, Ordering::Relaxed);
        for _ in &ids {
            go.send(()).unwrap();
        }
        for (id, number) in ids.into_iter().zip(1..) {
            assert_eq!(ended(&tasks, id, "demo"), json!({"id": number, "status": "FAILURE", "result": null}));
            assert_eq!(tasks.show(id, "another").unwrap(), None);
        }
        tasks.close();
        workers.join();
    }

    /// As many are done as were worked on; the others have failed when the store is opened again.
    #[test]
    fn what_still_waits_when_it_is_closed_is_left_undone() {
        let folder = std::env::temp_dir().join(format!("face-precheck-{}", Uuid::new_v4()));
        let store = Arc::new(Store::open(Some(&folder)).unwrap().0);
        let (started, has_started) = mpsc::channel();
        let (go, wait) = mpsc::channel::<()>();
        let wait = Mutex::new(wait);
        let work: Work = Box::new(move |_| {
            started.send(())?;
            // Until the other end is gone.
            let _ = lock(&wait).recv();
            Ok(accepted())
        });
        let (tasks, mut workers) = Tasks::start(store, Duration::ZERO, work).unwrap();
        let cores = workers.0.len();
        let ids: Vec<_> = (0..cores + 3).map(|_| begun(&tasks, "demo")).collect();
        for _ in 0..cores {
            has_started.recv_timeout(HANGING).unwrap();
        }
        tasks.close();
        drop(go);
        workers.join();
        drop(tasks);
        let store = Store::open(Some(&folder)).unwrap().0;
        let states: Vec<_> = ids.iter().map(|id| store.task(*id).unwrap().unwrap().state).collect();
        assert_eq!(states.iter().filter(|state| matches!(state, State::Done(_))).count(), cores, "{states:?}");
        assert_eq!(states.iter().filter(|state| **state == State::Failed).count(), 3, "{states:?}");
        assert_eq!(store.faces().unwrap().len(), cores);
        drop(store);
        std::fs::remove_dir_all(folder).unwrap();
    }
}
