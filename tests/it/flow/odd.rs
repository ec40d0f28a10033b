//! What no well-behaved service does, from a server that says what it is told to.

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use face_precheck::client::{Client, ErrorKind, Progress, Retry, Session, Wait};

use super::{SELFIES, quick};

/// A server that answers each request as a function of it, and of how many of its first line there were, says, and remembers them.
pub(super) struct Scripted {
    address: SocketAddr,
    seen: Arc<Mutex<Vec<String>>>,
}

/// What is done with a connection.
pub(super) enum Answer {
    /// This is sent, as it is.
    Bytes(Vec<u8>),
    /// Nothing is, and the connection stays open so long.
    Silence(Duration),
}

impl Scripted {
    pub(super) fn new(script: impl Fn(&str, usize) -> Answer + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let seen = Arc::new(Mutex::new(Vec::new()));
        let (requests, script) = (Arc::clone(&seen), Arc::new(script));
        thread::spawn(move || {
            for stream in listener.incoming() {
                let (requests, script) = (Arc::clone(&requests), Arc::clone(&script));
                thread::spawn(move || converse(stream.unwrap(), &requests, &*script));
            }
        });
        Self { address, seen }
    }

    pub(super) fn url(&self) -> String {
        format!("http://{}/api", self.address)
    }

    /// The requests that begin like this.
    pub(super) fn requests(&self, beginning: &str) -> Vec<String> {
        let seen = self.seen.lock().unwrap();
        seen.iter().filter(|request| request.starts_with(beginning)).cloned().collect()
    }
}

/// Reads one request, answers it, and is done.
fn converse(mut stream: TcpStream, seen: &Mutex<Vec<String>>, script: &dyn Fn(&str, usize) -> Answer) {
    stream.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
    let (mut request, mut buffer) = (Vec::new(), vec![0; 1 << 16]);
    loop {
        let text = String::from_utf8_lossy(&request).into_owned();
        if let Some((head, _)) = text.split_once("\r\n\r\n") {
            let length = head.lines().find_map(|line| line.to_ascii_lowercase().strip_prefix("content-length: ")?.parse().ok());
            if request.len() >= head.len() + 4 + length.unwrap_or(0) {
                break;
            }
        }
        match stream.read(&mut buffer) {
            Ok(read) if read > 0 => request.extend_from_slice(&buffer[..read]),
            // What is no HTTP is kept all the same.
            _ => break,
        }
    }
    let text = String::from_utf8_lossy(&request).into_owned();
    let line = text.lines().next().unwrap_or_default().to_owned();
    let nth = {
        let mut seen = seen.lock().unwrap();
        seen.push(text.clone());
        seen.iter().filter(|request| request.starts_with(&line)).count()
    };
    match script(&text, nth) {
        Answer::Bytes(bytes) => drop(stream.write_all(&bytes)),
        Answer::Silence(time) => thread::sleep(time),
    }
}

/// An answer with this status and body.
pub(super) fn http(status: &str, headers: &str, body: &str) -> Answer {
    let length = body.len();
    Answer::Bytes(
        format!("HTTP/1.1 {status}\r\nContent-Length: {length}\r\nConnection: close\r\n{headers}\r\n{body}").into_bytes(),
    )
}

/// The script of a service of which only some requests are odd.
fn scripted(odd: impl Fn(&str, usize) -> Option<Answer> + Send + Sync + 'static) -> Scripted {
    Scripted::new(move |line, nth| {
        odd(line, nth).unwrap_or_else(|| match line {
            line if line.contains("/token/") => http("200 OK", "", r#"{"access": "a.b.c", "refresh": "d.e.f"}"#),
            line if line.starts_with("POST") => http("200 OK", "", r#"{"id": "t-1"}"#),
            _ => http("200 OK", "", r#"{"id": 1, "status": "SUCCESS", "result": {"status": 200, "data": {"uuid": "u-1"}}}"#),
        })
    })
}

fn session(server: &Scripted) -> Session {
    quick(Client::new(&server.url())).login("me", "secret").unwrap()
}

const REGISTER: &str = "POST /api/services/register_face/";
const TASK: &str = "GET /api/services/task/?id=t-1";

/// A picture, and a token, go nowhere else.
#[test]
fn a_redirection_is_not_followed() {
    let elsewhere = scripted(|_, _| None);
    let to = format!("Location: {}/services/register_face/\r\n", elsewhere.url());
    for status in ["301 Moved Permanently", "302 Found", "307 Temporary Redirect", "308 Permanent Redirect"] {
        let to = to.clone();
        let server = scripted(move |line, _| line.starts_with(REGISTER).then(|| http(status, &to, "")));
        let error = session(&server).register_face(&SELFIES[0]).unwrap_err();
        assert!(matches!(error.kind(), ErrorKind::Redirected { to: Some(_), .. }), "{error}");
        // The others may point to what came of it.
        assert_eq!(error.is_outcome_unknown(), !status.starts_with("307") && !status.starts_with("308"), "{status}");
        let server = scripted(|line, _| line.starts_with("GET").then(|| http("302 Found", "Location: /login\r\n", "")));
        let error = session(&server).register_face(&SELFIES[0]).unwrap().wait().unwrap_err();
        assert!(matches!(error.kind(), ErrorKind::Redirected { .. }) && error.is_outcome_unknown(), "{error}");
    }
    assert!(elsewhere.requests("").is_empty());
}

type Answering = dyn Fn() -> Answer + Send + Sync;

/// Each of these may have been carried out, so it is sent once, and told.
#[test]
fn what_may_have_been_carried_out_is_not_sent_again() {
    let page = "<html>";
    let whole = r#"{"id": "t-1"}"#;
    let cut = format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n{}", whole.len(), &whole[..5]);
    let answers: Vec<(&str, Box<Answering>)> = vec![
        ("nothing", Box::new(|| Answer::Bytes(Vec::new()))),
        ("no HTTP", Box::new(|| Answer::Bytes(b"SSH-2.0-OpenSSH_9.2\r\n".to_vec()))),
        ("cut", Box::new(move || Answer::Bytes(cut.clone().into_bytes()))),
        ("too late", Box::new(|| Answer::Silence(Duration::from_secs(12)))),
        ("500", Box::new(move || http("500 Internal Server Error", "", page))),
        ("504", Box::new(move || http("504 Gateway Timeout", "", page))),
        ("a page", Box::new(move || http("200 OK", "", page))),
        ("no id", Box::new(move || http("200 OK", "", "{}"))),
        ("null", Box::new(move || http("200 OK", "", "null"))),
        ("empty", Box::new(move || http("200 OK", "", ""))),
    ];
    for (name, answer) in answers {
        let server = scripted(move |line, _| line.starts_with(REGISTER).then(&answer));
        let client = quick(Client::new(&server.url())).with_timeouts(Duration::from_secs(5), Duration::from_secs(5));
        let error = client.login("me", "secret").unwrap().register_face(&SELFIES[0]).unwrap_err();
        assert!(error.is_outcome_unknown(), "{name}: {error}");
        assert!(error.advice().contains("may have been carried out"), "{name}: {error}");
        assert_eq!(server.requests(REGISTER).len(), 1, "{name}");
    }
}

/// Who has pictures sent again is not told that nothing was carried out, only because the last attempt was not.
#[test]
fn what_may_have_been_carried_out_before_stays_unknown() {
    for last in ["401 Unauthorized", "403 Forbidden", "429 Too Many Requests"] {
        let server = scripted(move |line, nth| {
            let answer = |nth| if nth == 1 { Answer::Bytes(Vec::new()) } else { http(last, "Retry-After: 3600\r\n", "{}") };
            line.starts_with(REGISTER).then(|| answer(nth))
        });
        let retry = Retry::default().with_pauses(Duration::from_millis(1), Duration::from_millis(2)).with_repeated_uploads(true);
        let session = quick(Client::new(&server.url())).with_retry(retry).login("me", "secret").unwrap();
        let error = session.register_face(&SELFIES[0]).unwrap_err();
        assert!(!matches!(error.kind(), ErrorKind::Unanswered { .. }) && error.is_outcome_unknown(), "{last}: {error}");
        assert!(server.requests(REGISTER).len() >= 2, "{last}");
    }
}

/// An endless answer does not fill the memory.
#[test]
fn an_answer_has_a_bound() {
    let server = scripted(|line, _| line.starts_with(TASK).then(|| http("200 OK", "", &" ".repeat(17 << 20))));
    let error = session(&server).register_face(&SELFIES[0]).unwrap().wait().unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::Malformed { .. }), "{error}");
}

#[test]
fn an_unknown_state_is_waited_for() {
    let server = scripted(|line, nth| {
        let state = ["QUEUED", "PENDING", "STARTED", "RETRY"].get(nth - 1).filter(|_| line.starts_with(TASK))?;
        Some(http("200 OK", "", &format!(r#"{{"id": 1, "status": "{state}", "result": null}}"#)))
    });
    let task = session(&server).register_face(&SELFIES[0]).unwrap();
    assert!(matches!(task.poll().unwrap(), Progress::Going(state) if state.as_str() == "QUEUED"));
    assert_eq!(task.wait().unwrap().into_result().unwrap().uuid, "u-1");
    assert_eq!(server.requests(TASK).len(), 5);
}

#[test]
fn a_task_that_failed_is_told_as_that() {
    let failed = r#"{"id": 1, "status": "FAILURE", "result": "Traceback (most recent call last)"}"#;
    let server = scripted(move |line, nth| (line.starts_with(TASK) && nth == 2).then(|| http("200 OK", "", failed)));
    let task = session(&server).register_face(&SELFIES[0]).unwrap();
    task.wait().unwrap().into_result().unwrap();
    let error = task.wait().unwrap_err();
    assert_eq!(error.kind(), &ErrorKind::TaskFailed { state: "FAILURE".into() });
    // What it did before is not said.
    assert!(error.is_outcome_unknown() && error.task_id() == Some("t-1"));
}

#[test]
fn a_deadline_is_kept_and_says_what_was_last_seen() {
    let server = scripted(|line, nth| {
        let pending = || http("200 OK", "", r#"{"id": 1, "status": "PENDING", "result": null}"#);
        line.starts_with(TASK).then(|| if nth < 3 { pending() } else { Answer::Silence(Duration::from_secs(20)) })
    });
    let task = session(&server).register_face(&SELFIES[0]).unwrap();
    let begun = Instant::now();
    let pauses = (Duration::from_millis(10), Duration::from_millis(20));
    let wait = Wait::default().with_pauses(pauses.0, pauses.1).with_deadline(Duration::from_secs(3));
    let error = task.wait_with(&wait).unwrap_err();
    assert!(begun.elapsed() < Duration::from_secs(15), "{:?}", begun.elapsed());
    let ErrorKind::Deadline { state: Some(state), last: Some(last) } = error.kind() else { panic!("{error}") };
    assert!(state == "PENDING" && matches!(last.kind(), ErrorKind::Unanswered { .. }), "{error}");
    assert!(error.is_outcome_unknown() && error.task_id() == Some("t-1"));
}

/// The service says when to come back: it is waited for if that is soon, and told if not.
#[test]
fn the_service_is_given_the_time_that_it_asks_for() {
    let busy = |after: &str| http("429 Too Many Requests", &format!("Retry-After: {after}\r\n"), "");
    let soon = scripted(move |line, nth| (line.starts_with(REGISTER) && nth == 1).then(|| busy("1")));
    let begun = Instant::now();
    let _ = session(&soon).register_face(&SELFIES[0]).unwrap();
    assert!(begun.elapsed() >= Duration::from_secs(1) && soon.requests(REGISTER).len() == 2);
    for after in ["3600", "18446744073709551615"] {
        let late = scripted(move |line, _| line.starts_with(REGISTER).then(|| busy(after)));
        let error = session(&late).register_face(&SELFIES[0]).unwrap_err();
        assert!(matches!(error.kind(), ErrorKind::Throttled { retry_after: Some(_) }), "{error}");
        assert!(!error.is_outcome_unknown() && late.requests(REGISTER).len() == 1);
    }
    let always = scripted(move |line, _| line.starts_with(REGISTER).then(|| busy("Wed, 21 Oct 2015 07:28:00 GMT")));
    let error = session(&always).register_face(&SELFIES[0]).unwrap_err();
    assert_eq!(error.kind(), &ErrorKind::Throttled { retry_after: Some(Duration::ZERO) });
    assert_eq!(always.requests(REGISTER).len(), 4, "as often as the settings say");
    let silent = scripted(move |line, _| line.starts_with(REGISTER).then(|| busy("in a while")));
    let error = session(&silent).register_face(&SELFIES[0]).unwrap_err();
    assert_eq!(error.kind(), &ErrorKind::Throttled { retry_after: None });
    assert_eq!(silent.requests(REGISTER).len(), 1, "it did not say when");
    // Polling does not look once more in an hour's stead.
    let later = scripted(move |line, _| line.starts_with(TASK).then(|| busy("3600")));
    let task = session(&later).register_face(&SELFIES[0]).unwrap();
    let error = task.wait_with(&Wait::default().with_deadline(Duration::from_secs(5))).unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::Deadline { last: Some(_), .. }) && later.requests(TASK).len() == 1, "{error}");
}

/// Where refreshing gives no new refresh token, the old one goes on.
#[test]
fn a_refresh_token_may_stay() {
    let server = scripted(|line, nth| match line {
        line if line.starts_with("POST /api/accounts/token/refresh/") => Some(http("200 OK", "", r#"{"access": "g.h.i"}"#)),
        line if line.starts_with(REGISTER) && nth % 2 == 1 => Some(http("401 Unauthorized", "", r#"{"detail": "expired"}"#)),
        _ => None,
    });
    let session = session(&server);
    for _ in 0..2 {
        let _ = session.register_face(&SELFIES[0]).unwrap();
    }
    let refreshed = server.requests("POST /api/accounts/token/refresh/");
    assert_eq!(refreshed.len(), 2);
    assert!(refreshed.iter().all(|request| request.contains("d.e.f")));
    let sent = server.requests(REGISTER);
    let bearers: Vec<_> =
        sent.iter().filter_map(|request| request.lines().find(|line| line.starts_with("authorization"))).collect();
    assert_eq!(
        bearers,
        [
            "authorization: Bearer a.b.c",
            "authorization: Bearer g.h.i",
            "authorization: Bearer g.h.i",
            "authorization: Bearer g.h.i"
        ]
    );
}

/// A token that is refused, and the one in its place as well, is not tried for ever.
#[test]
fn a_token_is_renewed_once() {
    let server = scripted(|line, _| line.starts_with(REGISTER).then(|| http("401 Unauthorized", "", r#"{"detail": "no"}"#)));
    let error = session(&server).register_face(&SELFIES[0]).unwrap_err();
    assert_eq!(error.kind(), &ErrorKind::Unauthorized { detail: Some("no".into()) });
    assert_eq!(server.requests("POST /api/accounts/token/refresh/").len(), 1);
    assert_eq!(server.requests(REGISTER).len(), 2);
}

/// Nothing but a greeting reaches who does not speak TLS.
#[test]
fn https_is_not_given_up() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("https://{}/api", listener.local_addr().unwrap());
    let greetings = thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let mut greeting = vec![0; 1 << 16];
        let read = stream.read(&mut greeting).unwrap();
        stream.write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n").unwrap();
        (greeting[..read].to_vec(), listener)
    });
    let error = quick(Client::new(&url)).login("me", "secret").unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::NotSecure { .. }), "{error}");
    let (greeting, listener) = greetings.join().unwrap();
    let greeting = String::from_utf8_lossy(&greeting).into_owned();
    assert!(!greeting.contains("secret") && !greeting.contains("POST"), "{greeting}");
    listener.set_nonblocking(true).unwrap();
    assert!(listener.accept().is_err(), "it is no better the next time");
}

/// What is sent goes through the proxy that is set, and to the one of nobody else's.
#[test]
fn a_proxy_that_is_set_is_used() {
    let proxy = Scripted::new(|_, _| http("403 Forbidden", "", ""));
    let server = scripted(|_, _| None);
    let through = quick(Client::new(&server.url())).with_proxy(&format!("http://me:hidden@{}", proxy.address));
    assert!(!format!("{through:?}").contains("hidden"));
    let error = through.with_retry(Retry::default().with_attempts(1)).login("me", "secret").unwrap_err();
    assert!(!error.to_string().contains("hidden"), "{error}");
    assert_eq!((proxy.requests("").len(), server.requests("").len()), (1, 0));
    // A proxy on another machine would see what is not encrypted.
    for proxy in ["no proxy: hidden", "http://me:hidden@proxy.example.org:3128", "socks5://me:hidden@10.0.0.1:1080"] {
        let error = Client::new(&server.url()).with_proxy(proxy).validate().unwrap_err();
        assert!(!error.to_string().contains("hidden"), "{error}");
        assert_eq!(Client::new("https://example.org").with_proxy(proxy).validate().is_ok(), proxy.contains("//"), "{proxy}");
    }
}

/// A proxy that speaks SOCKS is spoken to in SOCKS, and not passed by.
#[test]
fn a_socks_proxy_is_used() {
    let proxy = Scripted::new(|_, _| Answer::Bytes(b"\x05\xff".to_vec()));
    let server = scripted(|_, _| None);
    let through = quick(Client::new(&server.url())).with_proxy(&format!("socks5://{}", proxy.address));
    let retry = Retry::default().with_attempts(1);
    let client = through.with_retry(retry).with_timeouts(Duration::from_secs(30), Duration::from_secs(30));
    assert!(client.login("me", "secret").is_err());
    assert_eq!(server.requests("").len(), 0);
    assert!(proxy.requests("").iter().all(|greeting| greeting.starts_with('\u{5}') && !greeting.contains("secret")));
}

/// What nobody waits for is no panic.
#[test]
fn settings_of_any_length_are_taken() {
    let server = scripted(|_, _| None);
    let client = Client::new(&server.url())
        .with_timeouts(Duration::MAX, Duration::MAX)
        .with_retry(Retry::default().with_pauses(Duration::MAX, Duration::MAX))
        .with_wait(Wait::default().with_deadline(Duration::MAX).with_pauses(Duration::MAX, Duration::MAX));
    let task = client.login("me", "secret").unwrap().register_face(&SELFIES[0]).unwrap();
    assert_eq!(task.wait().unwrap().into_result().unwrap().uuid, "u-1");
}

/// What is shown of a task's name is on one line, and not everything is one.
#[test]
fn a_name_of_a_task_is_not_obeyed() {
    let server = scripted(|line, _| line.starts_with(REGISTER).then(|| http("200 OK", "", r#"{"id": "x\r\n\u001b[2J"}"#)));
    let session = session(&server);
    let error = session.register_face(&SELFIES[0]).unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::Malformed { .. }) && error.is_outcome_unknown(), "{error}");
    let gone = session.task::<face_precheck::client::Registration>("t\r\n\u{1b}[2J&id=t-1");
    let server = server.requests("GET");
    assert!(server.is_empty());
    if let Err(error) = gone.poll() {
        assert!(!error.to_string().contains(char::is_control), "{error:?}");
    }
}
