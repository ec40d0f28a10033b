//! A service that fails: what is waited out, what is told, and that nothing is registered twice.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Mutex;
use std::thread;
use std::time::Duration;

use face_precheck::client::{Client, Outcome, Registration, Retry, Session, Task};
use face_precheck::stand_in::{Fault, Faults, StandIn};

use super::{PASSWORD, SELFIES, USERNAME, client, login, options, service, uuids};

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
    registered: Vec<(usize, String)>,
    /// By picture.
    unknown: BTreeMap<usize, usize>,
    /// Surely not carried out.
    failed: usize,
    tasks: Vec<(usize, Task<Registration>)>,
}

fn register_all(session: &Session, count: usize) -> Told {
    let told = Mutex::new(Told::default());
    let next = Mutex::new(0..count);
    thread::scope(|scope| {
        for _ in 0..THREADS {
            scope.spawn(|| {
                loop {
                    let Some(index) = next.lock().unwrap().next() else { break };
                    let picture = index % SELFIES.len();
                    let begun = session.register_face(&SELFIES[picture]);
                    let outcome = begun.and_then(|task| task.wait().map(|outcome| (task, outcome)));
                    let mut told = told.lock().unwrap();
                    match outcome {
                        Ok((task, Outcome::Answered(face))) => {
                            told.registered.push((picture, face.uuid));
                            told.tasks.push((picture, task));
                        }
                        Ok((_, Outcome::Refused(refusal))) => panic!("{refusal}"),
                        Err(error) if error.is_outcome_unknown() => *told.unknown.entry(picture).or_default() += 1,
                        Err(_) => told.failed += 1,
                    }
                }
            });
        }
    });
    told.into_inner().unwrap()
}

/// How many faces there are of each picture.
fn by_picture(service: &StandIn) -> BTreeMap<usize, usize> {
    use sha2::Digest as _;
    let hash = |bytes: &[u8]| sha2::Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect::<String>();
    let pictures: Vec<_> = SELFIES.iter().map(|upload| hash(upload.bytes())).collect();
    let mut counts = BTreeMap::new();
    for face in service.faces().unwrap() {
        let picture = pictures.iter().position(|picture| *picture == face.sha256).unwrap();
        *counts.entry(picture).or_default() += 1;
    }
    counts
}

fn login_at_last(client: &Client) -> Session {
    (0..100).find_map(|_| client.login(USERNAME, PASSWORD).ok()).unwrap()
}

/// The store holds exactly the faces that the client was told of, and of those it was told that nobody knows, at most so many.
#[test]
fn nothing_is_registered_twice() {
    let service =
        StandIn::start(options().with_task_time(Duration::ZERO).with_faults(Faults::default().with_rate(RATE)).with_seed(7))
            .unwrap();
    let session = login_at_last(&client(&service));
    let told = register_all(&session, REGISTRATIONS);
    let counts = service.counts();
    let unknown: usize = told.unknown.values().sum();
    let summary = format!("{} told, {unknown} unknown, {} failed, {counts:?}", told.registered.len(), told.failed);
    assert_eq!(told.registered.len() + unknown + told.failed, REGISTRATIONS, "{summary}");
    service.set_faults(Faults::default());
    // What was under way when its client gave up ends.
    thread::sleep(Duration::from_secs(1));
    let stored: BTreeSet<String> = uuids(&service).into_iter().collect();
    let registered: BTreeSet<String> = told.registered.iter().map(|(_, uuid)| uuid.clone()).collect();
    assert_eq!(registered.len(), told.registered.len(), "each has a face of its own: {summary}");
    assert!(registered.is_subset(&stored), "what was told is there: {summary}");
    for (picture, faces) in by_picture(&service) {
        let known = told.registered.iter().filter(|(of, _)| *of == picture).count();
        let unknown = told.unknown.get(&picture).copied().unwrap_or(0);
        assert!((known..=known + unknown).contains(&faces), "picture {picture}: {faces} faces, {known} and {unknown}: {summary}");
    }
    // It was a trial: every fault came, most registrations went well, and some of those that nobody knew of are there.
    for fault in Fault::ALL.iter().copied() {
        assert!(counts.faults_of(fault) >= 10, "{}: {summary}", fault.id());
    }
    assert!(registered.len() > REGISTRATIONS * 7 / 10 && unknown > 0 && told.failed < REGISTRATIONS / 10, "{summary}");
    assert!(stored.len() > registered.len(), "{summary}");
    // Every task that was told of says the same again.
    for (_, task) in told.tasks.iter().take(50) {
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
    let unknown: usize = told.unknown.values().sum();
    assert!(told.registered.len() >= 55, "{} registered, {unknown} unknown", told.registered.len());
    assert!(uuids(&service).len() > told.registered.len() + unknown, "some twice");
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
