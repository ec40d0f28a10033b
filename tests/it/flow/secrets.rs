//! Passwords and tokens are in no log, no `Debug`, no error and no panic message.

use std::cell::Cell;
use std::fmt::Write as _;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Mutex;

use face_precheck::client::{Client, Error, ErrorKind, Retry};
use log::{Level, LevelFilter, Log, Metadata, Record};

use super::odd::{Answer, Scripted, http};
use super::{SELFIES, quick};

const PASSWORD: &str = "pass-s3cr3t-word";
const ACCESS: &str = "e30.access-s3cr3t.sig";
const REFRESH: &str = "e30.refresh-s3cr3t.sig";
const NEXT: &str = "e30.next-s3cr3t.sig";
const PROXY: &str = "proxy-s3cr3t";

/// What all of them have in common.
const MARK: &str = "s3cr3t";

/// Everything that is logged by what speaks to the network.
struct Recorder(Mutex<String>);

static RECORDER: Recorder = Recorder(Mutex::new(String::new()));

thread_local! {
    /// Whether this thread's wire is wanted as well.
    static WIRE: Cell<bool> = const { Cell::new(false) };
}

impl Log for Recorder {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        let speaks = ["ureq", "rustls", "face_precheck"].iter().any(|speaks| metadata.target().starts_with(speaks));
        speaks && (WIRE.get() || metadata.level() < Level::Trace || !metadata.target().starts_with("ureq"))
    }

    fn log(&self, record: &Record<'_>) {
        if self.enabled(record.metadata()) {
            writeln!(self.0.lock().unwrap(), "{} {}", record.target(), record.args()).unwrap();
        }
    }

    fn flush(&self) {}
}

/// A service that repeats what is secret in a request wherever it can.
fn echo(request: &str, nth: usize) -> Answer {
    let all =
        [PASSWORD, ACCESS, REFRESH, NEXT].into_iter().filter(|secret| request.contains(secret)).collect::<Vec<_>>().join(" ");
    let detail = format!(r#"{{"detail": "{all}", "password": ["{all}"], "{all}": ["{all}"]}}"#);
    match request {
        request if request.contains("/token/obtain") && nth == 1 => {
            http("200 OK", "", &format!(r#"{{"access": "{ACCESS}", "refresh": "{REFRESH}"}}"#))
        }
        request if request.contains("/token/refresh") && nth == 1 => {
            http("200 OK", "", &format!(r#"{{"access": "{NEXT}", "refresh": "{REFRESH}"}}"#))
        }
        request if request.contains("/token/refresh") => http("400 Bad Request", "", &detail),
        request if request.contains("/token/") => http("401 Unauthorized", "", &detail),
        // The same words for every way in which a request can fail.
        _ => match nth {
            2 => http("200 OK", "", r#"{"id": "t"}"#),
            3 => http("400 Bad Request", "", &detail),
            4 => http("403 Forbidden", "", &detail),
            5 => http("301 Moved Permanently", &format!("Location: /?token={all}\r\n"), ""),
            6 => http("500 Internal Server Error", "", &detail),
            7 => http("200 OK", "", &all),
            8 => Answer::Bytes(format!("{all}\r\n\r\n").into_bytes()),
            9 => Answer::Bytes(Vec::new()),
            _ => http("401 Unauthorized", "", &detail),
        },
    }
}

fn failed(error: Error) -> Result<(), Error> {
    Err(error)
}

#[test]
fn nothing_secret_is_shown() {
    log::set_logger(&RECORDER).unwrap();
    log::set_max_level(LevelFilter::Trace);
    let server = Scripted::new(echo);
    let retry = Retry::default().with_attempts(1);
    let client = || quick(Client::new(&server.url())).with_retry(retry.clone());
    let mut shown = String::new();
    let through = client().with_proxy(&format!("http://me:{PROXY}@127.0.0.1:9"));
    writeln!(shown, "{through:?} {:?}", through.login("me", PASSWORD)).unwrap();

    let session = client().login("me", PASSWORD).unwrap();
    writeln!(shown, "{:?} {session:?}", client()).unwrap();
    let mut errors = vec![client().login("me", PASSWORD).unwrap_err()];
    // The first time with a renewal.
    let task = session.register_face(&SELFIES[0]).unwrap();
    writeln!(shown, "{task:?}").unwrap();
    for _ in 0..8 {
        errors.push(session.register_face(&SELFIES[0]).unwrap_err());
    }
    errors.push(session.task::<face_precheck::client::Registration>("t").poll().unwrap_err());
    let kinds: std::collections::BTreeSet<String> =
        errors.iter().map(|error| format!("{:?}", error.kind()).split([' ', '{']).next().unwrap().to_owned()).collect();
    assert!(kinds.len() >= 7, "{kinds:?}");
    for error in errors {
        writeln!(shown, "{error}\n{error:?}\n{error:#?}\n{}", error.advice()).unwrap();
        let panic = catch_unwind(AssertUnwindSafe(|| failed(error).unwrap())).unwrap_err();
        writeln!(shown, "{}", panic.downcast_ref::<String>().unwrap()).unwrap();
    }
    // A logger that takes the wire itself gets nothing to take.
    WIRE.set(true);
    let before = server.requests("").len();
    let refused = client().login("me", PASSWORD).unwrap_err();
    assert!(
        matches!(refused.kind(), ErrorKind::Configuration { .. }) && refused.to_string().contains("level trace"),
        "{refused}"
    );
    assert!(matches!(session.register_face(&SELFIES[0]).unwrap_err().kind(), ErrorKind::Configuration { .. }));
    assert_eq!(server.requests("").len(), before);
    log::set_max_level(LevelFilter::Off);
    assert!(shown.contains("[REDACTED]") && !shown.contains(MARK), "{shown}");

    let logged = RECORDER.0.lock().unwrap();
    assert!(logged.contains("POST") && logged.lines().count() > 30, "{logged}");
    assert!(!logged.contains(MARK), "{logged}");
    // They were sent, where they belong.
    let sent = server.requests("").concat();
    for secret in [PASSWORD, ACCESS, REFRESH, NEXT] {
        assert!(sent.contains(secret), "{secret}");
    }
}
