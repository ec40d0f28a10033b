//! A service that fails: what is waited out, what is told, and that nothing is registered twice.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use face_precheck::client::{Client, Outcome, Registration, Retry, Session, Task};
use face_precheck::stand_in::{Fault, Faults, Seen, StandIn};

use super::{PASSWORD, SELFIES, USERNAME, client, login, options, service, uuids};
use crate::command::HANGING;

/// Every fault on its own, on half of all requests, while a task is waited for.
#[test]
fn polling_survives_every_fault() {
    let service = service();
    let session = login(&service);
    for fault in Fault::ALL.iter().copied() {
        for round in 0..4 {
            let task = session.register_face(&SELFIES[round % SELFIES.len()]).unwrap();
            service.set_faults(Faults::default().with_rate(0.5).with_kinds([fault]));
            let outcome = task.wait();
            service.set_faults(Faults::default());
            match outcome {
                Ok(Outcome::Answered(face)) => assert!(uuids(&service).contains(&face.uuid)),
                // Refused with the token, and with the one in its place.
                Err(error) if fault == Fault::ExpiredToken => {
                    let face = task.wait().unwrap().into_result().unwrap();
                    assert!(error.task_id() == task.id() && uuids(&service).contains(&face.uuid), "{error}");
                }
                other => panic!("{}: {other:?}", fault.id()),
            }
        }
        assert!(service.counts().faults_of(fault) > 0, "{}", fault.id());
    }
}

/// How often, from how many threads, at which rate.
const REGISTRATIONS: usize = 1000;
const THREADS: usize = 32;
const RATE: f64 = 0.2;

/// What became of registrations, as the client was told.
#[derive(Default)]
struct Told {
    registered: Vec<String>,
    /// Nobody knows whether the service took the picture.
    unknown: usize,
    /// The service took it, and nobody knows what came of it.
    begun: usize,
    /// Surely not carried out.
    failed: usize,
    tasks: Vec<Task<Registration>>,
}

fn register_all(session: &Session, count: usize) -> Told {
    let told = Mutex::new(Told::default());
    let next = Mutex::new(0..count);
    thread::scope(|scope| {
        for _ in 0..THREADS {
            scope.spawn(|| {
                loop {
                    let Some(index) = next.lock().unwrap().next() else { break };
                    let begun = session.register_face(&SELFIES[index % SELFIES.len()]);
                    let outcome = begun.and_then(|task| task.wait().map(|outcome| (task, outcome)));
                    let mut told = told.lock().unwrap();
                    match outcome {
                        Ok((task, Outcome::Answered(face))) => {
                            told.registered.push(face.uuid);
                            told.tasks.push(task);
                        }
                        Ok((_, Outcome::Refused(refusal))) => panic!("{refusal}"),
                        Err(error) if error.task_id().is_some() => told.begun += 1,
                        Err(error) if error.is_outcome_unknown() => told.unknown += 1,
                        Err(_) => told.failed += 1,
                    }
                }
            });
        }
    });
    told.into_inner().unwrap()
}

/// What the service did with each picture that reached it, as it knows itself.
#[derive(Default)]
struct Posts {
    carried_out: AtomicUsize,
    /// Whoever sent them cannot know whether they were carried out.
    doubtful: AtomicUsize,
}

impl Posts {
    fn count(&self, seen: &Seen) {
        if !seen.path.contains("/register_face") {
            return;
        }
        use Fault::{Drop, DropAfter, Error, ErrorAfter, Truncate};
        let done =
            matches!(seen.fault, Some(ErrorAfter | DropAfter | Truncate)) || (seen.fault.is_none() && seen.status == Some(200));
        let doubtful = matches!(seen.fault, Some(Drop | DropAfter | Error | ErrorAfter | Truncate));
        self.carried_out.fetch_add(usize::from(done), Ordering::Relaxed);
        self.doubtful.fetch_add(usize::from(doubtful), Ordering::Relaxed);
    }
}

fn login_at_last(client: &Client) -> Session {
    (0..100).find_map(|_| client.login(USERNAME, PASSWORD).ok()).unwrap()
}

/// The store holds exactly the faces that the client was told of, and those of which it was told that nobody knows: each picture that may
/// have been carried out was the last one of its registration.
#[test]
fn nothing_is_registered_twice() {
    let posts = Arc::new(Posts::default());
    let counter = Arc::clone(&posts);
    let options = options()
        .with_task_time(Duration::ZERO)
        .with_faults(Faults::default().with_rate(RATE))
        .with_seed(7)
        .with_observer(Arc::new(move |seen: &Seen| counter.count(seen)));
    let service = StandIn::start(options).unwrap();
    let session = login_at_last(&client(&service));
    let told = register_all(&session, REGISTRATIONS);
    service.set_faults(Faults::default());
    let counts = service.counts();
    let (carried_out, doubtful) = (posts.carried_out.load(Ordering::Relaxed), posts.doubtful.load(Ordering::Relaxed));
    let Told { registered, unknown, begun, failed, tasks } = told;
    let told = registered.len();
    let summary = format!(
        "{told} told, {unknown} unknown, {begun} begun, {failed} failed; {carried_out} done, {doubtful} doubtful; {counts:?}"
    );
    assert_eq!(told + unknown + begun + failed, REGISTRATIONS, "{summary}");
    assert_eq!(doubtful, unknown, "no picture was sent again after one that may have been carried out: {summary}");
    // What was under way when its client gave up ends.
    let end = Instant::now() + HANGING;
    while uuids(&service).len() < carried_out && Instant::now() < end {
        thread::sleep(Duration::from_millis(20));
    }
    let stored: BTreeSet<String> = uuids(&service).into_iter().collect();
    assert_eq!(stored.len(), carried_out, "{summary}");
    let registered: BTreeSet<String> = registered.into_iter().collect();
    assert_eq!(registered.len(), told, "each has a face of its own: {summary}");
    assert!(registered.is_subset(&stored), "what was told is there: {summary}");
    assert!((told + begun..=told + begun + unknown).contains(&stored.len()), "{summary}");
    // It was a trial: every fault came, most registrations went well, and some of those that nobody knew of are there.
    for fault in Fault::ALL.iter().copied() {
        assert!(counts.faults_of(fault) >= 10, "{}: {summary}", fault.id());
    }
    assert!(told > REGISTRATIONS * 7 / 10 && failed < REGISTRATIONS / 10 && stored.len() > told + begun, "{summary}");
    // Every task that was told of says the same again.
    for task in tasks.iter().take(50) {
        let face = task.wait().unwrap().into_result().unwrap();
        assert!(registered.contains(&face.uuid));
    }
}

/// That the test above can fail: who has pictures sent again has some registered twice.
#[test]
fn repeated_uploads_are_what_they_are_said_to_be() {
    let faults = Faults::default().with_rate(0.5).with_kinds([Fault::DropAfter, Fault::ErrorAfter, Fault::Truncate]);
    let service = StandIn::start(options().with_task_time(Duration::ZERO).with_faults(faults).with_seed(11)).unwrap();
    let pauses = (Duration::from_millis(5), Duration::from_millis(50));
    let retry = Retry::default().with_pauses(pauses.0, pauses.1).with_attempts(8).with_repeated_uploads(true);
    let session = login_at_last(&client(&service).with_retry(retry));
    let told = register_all(&session, 60);
    service.set_faults(Faults::default());
    thread::sleep(Duration::from_millis(500));
    let (registered, unknown) = (told.registered.len(), told.unknown + told.begun);
    assert!(registered >= 50, "{registered} registered, {unknown} unknown");
    assert!(uuids(&service).len() > registered + unknown, "some twice");
}

/// A request that never reached the service is sent again, and one that it put off when it says.
#[test]
fn what_was_not_carried_out_is_sent_again() {
    let service = service();
    let session = login(&service);
    service.set_faults(Faults::default().with_rate(0.3).with_kinds([Fault::Throttle, Fault::ExpiredToken]));
    let mut registered = 0;
    for _ in 0..12 {
        match session.register_face(&SELFIES[0]) {
            Ok(task) => registered += usize::from(task.wait().is_ok_and(|outcome| outcome.into_result().is_ok())),
            // Refused twice, or put off four times.
            Err(error) => assert!(!error.is_outcome_unknown(), "{error}"),
        }
    }
    let counts = service.counts();
    assert!(counts.faults_of(Fault::Throttle) > 0 && counts.faults_of(Fault::ExpiredToken) > 0, "{counts:?}");
    assert!(registered >= 6 && uuids(&service).len() >= registered, "{registered}");
}
