//! What goes wrong on purpose does so as it says.

use std::collections::BTreeSet;
use std::io::Write as _;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::channel;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use face_precheck::stand_in::{Fault, Faults, Seen, StandIn};

use super::talk::{Answer, GOOD, Part, Talk, options};
use crate::command::HANGING;
use crate::fixtures::read;

fn faults(fault: Fault) -> Faults {
    Faults::default().with_rate(1.0).with_kinds([fault])
}

/// Faces are known once their tasks have ended.
fn wait_for_faces(service: &StandIn, count: usize) {
    let end = Instant::now() + HANGING;
    while service.faces().unwrap().len() < count {
        assert!(Instant::now() < end, "it hangs");
        std::thread::sleep(Duration::from_millis(2));
    }
}

/// What comes of a registration, and how many faces it made known. The number of the task that is begun afterwards tells whether there was
/// one for it.
fn registered(fault: Fault) -> (Result<Answer, ureq::Error>, usize) {
    let service = StandIn::start(options()).unwrap();
    let talk = Talk::logged_in(&service);
    let photo = read(GOOD);
    let fields = [("image", Part::File(&photo[..]))];
    service.set_faults(faults(fault));
    let answer = talk.post("/services/register_face/", &fields);
    assert_eq!(service.counts().faults, [(fault, 1)].into());
    service.set_faults(Faults::default());
    let next = talk.ended(&talk.begin("/services/register_face/", &fields));
    let tasks = usize::try_from(next["id"].as_u64().unwrap()).unwrap();
    wait_for_faces(&service, tasks);
    assert_eq!(service.faces().unwrap().len(), tasks);
    (answer, tasks - 1)
}

#[test]
fn an_error_comes_before_anything_is_done() {
    let (answer, faces) = registered(Fault::Error);
    let answer = answer.unwrap();
    assert_eq!((answer.status, faces), (500, 0));
    assert_eq!(answer.json()["detail"], "A server error occurred.");
}

#[test]
fn an_error_after_comes_when_it_is_done_and_is_no_json() {
    let (answer, faces) = registered(Fault::ErrorAfter);
    let answer = answer.unwrap();
    assert_eq!((answer.status, faces, answer.header("content-type")), (502, 1, "text/html"));
    assert!(answer.text.starts_with("<html>"));
}

#[test]
fn a_drop_comes_before_anything_is_done() {
    let (answer, faces) = registered(Fault::Drop);
    assert_eq!((answer.is_err(), faces), (true, 0), "{answer:?}");
}

#[test]
fn a_drop_after_leaves_what_was_done() {
    let (answer, faces) = registered(Fault::DropAfter);
    assert_eq!((answer.is_err(), faces), (true, 1), "{answer:?}");
}

#[test]
fn a_truncated_answer_promises_more_than_comes() {
    let (answer, faces) = registered(Fault::Truncate);
    assert_eq!((answer.is_err(), faces), (true, 1), "{answer:?}");
    // The head and half of the body do come.
    let service = StandIn::start(options().with_faults(faults(Fault::Truncate))).unwrap();
    let heard = super::restart::ask(service.address(), "GET /api/v3/services/task/ HTTP/1.1\r\nHost: localhost\r\n\r\n");
    let (head, body) = heard.split_once("\r\n\r\n").unwrap();
    let whole = r#"{"detail":"Authentication credentials were not provided."}"#;
    assert!(head.starts_with("HTTP/1.1 401 ") && head.contains(&format!("content-length: {}\r\n", whole.len())), "{head}");
    assert_eq!(body, &whole[..whole.len() / 2]);
}

#[test]
fn a_throttled_request_says_when_to_come_again() {
    let (answer, faces) = registered(Fault::Throttle);
    let answer = answer.unwrap();
    assert_eq!((answer.status, faces, answer.header("retry-after")), (429, 0, "1"));
    assert_eq!(answer.json()["detail"], "Request was throttled. Expected available in 1 second.");
}

#[test]
fn a_token_expires_where_one_is_due() {
    let (answer, faces) = registered(Fault::ExpiredToken);
    let answer = answer.unwrap();
    assert_eq!((answer.status, faces), (401, 0));
    assert_eq!(answer.json()["code"], "token_not_valid");
    let service = StandIn::start(options().with_faults(faults(Fault::ExpiredToken))).unwrap();
    Talk::logged_in(&service);
}

/// The same requests in the same order go wrong in the same way, and are told to who watches.
#[test]
fn a_seed_decides_what_goes_wrong() {
    let run = |seed| {
        let seen = Arc::new(Mutex::new(Vec::<Seen>::new()));
        let observer = Arc::clone(&seen);
        let options = options().with_faults(Faults::default().with_rate(0.5)).with_seed(seed);
        let options = options.with_observer(Arc::new(move |request| observer.lock().unwrap().push(request.clone())));
        let service = StandIn::start(options).unwrap();
        let talk = Talk::to(service.base_url());
        for _ in 0..40 {
            let _ = talk.get("/services/task/?id=secret");
        }
        let counts = service.counts();
        service.stop();
        let seen = seen.lock().unwrap().clone();
        assert_eq!((seen.len(), counts.requests), (40, 40));
        assert!(seen.iter().all(|request| request.path == "/api/v3/services/task/" && request.method == "GET"), "{seen:?}");
        for request in &seen {
            let expected = match request.fault {
                None | Some(Fault::ExpiredToken | Fault::Truncate) => Some(401),
                Some(Fault::Error) => Some(500),
                Some(Fault::ErrorAfter) => Some(502),
                Some(Fault::Throttle) => Some(429),
                _ => None,
            };
            assert_eq!(request.status, expected, "{request:?}");
        }
        assert_eq!(seen.iter().filter_map(|request| request.fault).count() as u64, counts.faults.values().sum::<u64>());
        seen.into_iter().map(|request| request.fault).collect::<Vec<_>>()
    };
    assert_eq!(run(5), run(5));
    assert_ne!(run(5), run(6));
}

#[test]
fn answers_take_longer_when_they_are_to() {
    let service = StandIn::start(options().with_latency(Duration::from_millis(40))).unwrap();
    let talk = Talk::to(service.base_url());
    let begun = Instant::now();
    for _ in 0..25 {
        talk.get("/services/task/").unwrap();
    }
    assert!(begun.elapsed() > Duration::from_millis(600), "{:?}", begun.elapsed());
}

/// Many registrations by several clients, each as often as it takes. There are as many faces as there were requests for one that were carried
/// out, whether that was told or not, and nothing is told that is not known.
#[test]
fn nothing_is_lost_however_much_goes_wrong() {
    const CLIENTS: usize = 8;
    const EACH: usize = 15;
    const AFTER: [Option<Fault>; 4] = [None, Some(Fault::ErrorAfter), Some(Fault::DropAfter), Some(Fault::Truncate)];
    let folder = crate::command::folder("stand-in-faults");
    let carried_out = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&carried_out);
    let observer = Arc::new(move |seen: &Seen| {
        let is_carried_out = seen.path.ends_with("/register_face/") && AFTER.contains(&seen.fault);
        count.fetch_add(usize::from(is_carried_out), Ordering::Relaxed);
    });
    let service = StandIn::start(options().with_data(&folder).with_seed(3).with_observer(observer)).unwrap();
    let talk = Talk::logged_in(&service);
    service.set_faults(Faults::default().with_rate(0.3));
    let photo = read(GOOD);
    let end = Instant::now() + HANGING;
    let again = |ask: &dyn Fn() -> Result<Answer, ureq::Error>| loop {
        assert!(Instant::now() < end, "it hangs");
        if let Ok(answer) = ask()
            && answer.status == 200
        {
            return answer.json();
        }
    };
    let one = || {
        let task = again(&|| talk.post("/services/register_face/", &[("image", Part::File(&photo))]));
        let path = format!("/services/task/?id={}", task["id"].as_str().unwrap());
        loop {
            let task = again(&|| talk.get(&path));
            if task["status"] == "SUCCESS" {
                return task["result"]["data"]["uuid"].as_str().unwrap().to_owned();
            }
            assert_eq!(task["status"], "PENDING", "{task}");
            assert!(Instant::now() < end, "it hangs");
            std::thread::sleep(Duration::from_millis(3));
        }
    };
    let told: BTreeSet<String> = std::thread::scope(|scope| {
        let clients: Vec<_> = (0..CLIENTS).map(|_| scope.spawn(|| (0..EACH).map(|_| one()).collect::<Vec<_>>())).collect();
        clients.into_iter().flat_map(|client| client.join().unwrap()).collect()
    });
    let carried_out = carried_out.load(Ordering::Relaxed);
    wait_for_faces(&service, carried_out);
    // None comes afterwards: with the service, all tasks have ended.
    service.stop();
    let service = StandIn::start(options().with_data(&folder)).unwrap();
    let known: BTreeSet<String> = service.faces().unwrap().into_iter().map(|face| face.uuid).collect();
    println!("{} told, {} faces, {carried_out} carried out", told.len(), known.len());
    assert_eq!((told.len(), known.len()), (CLIENTS * EACH, carried_out));
    assert!(told.is_subset(&known));
    assert!(known.len() > told.len(), "some were not told of");
}

/// Whoever hangs up is seen, too, and an observer that panics stops nothing.
#[test]
fn whoever_watches_is_told_of_everything() {
    let (sender, seen) = channel();
    let sender = Mutex::new(sender);
    let observer = Arc::new(move |seen: &Seen| {
        sender.lock().unwrap().send(seen.clone()).unwrap();
        assert_ne!(seen.path, "/panics", "as an observer might");
    });
    let service = StandIn::start(options().with_observer(observer)).unwrap();
    let mut connection = std::net::TcpStream::connect(service.address()).unwrap();
    connection.write_all(b"POST /api/v3/token/obtain HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9\r\n\r\nhalf").unwrap();
    drop(connection);
    let first = seen.recv_timeout(HANGING).unwrap();
    assert_eq!((first.path.as_str(), first.status, first.fault), ("/api/v3/token/obtain", None, None));
    let talk = Talk::to(format!("http://{}", service.address()));
    for _ in 0..3 {
        assert_eq!(talk.get("/panics").unwrap().status, 404);
        assert_eq!(seen.recv_timeout(HANGING).unwrap().status, Some(404));
    }
}
