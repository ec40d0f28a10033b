//! What is left when a service is stopped, and what is there when it is started again.

use std::io::{ErrorKind, Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::thread;
use std::time::{Duration, Instant};

use face_precheck::stand_in::StandIn;

use super::talk::{GOOD, Part, Talk, options};
use crate::command::folder;
use crate::fixtures::read;

/// All that is heard until the connection ends.
pub(super) fn ask(address: SocketAddr, request: &str) -> String {
    let mut connection = TcpStream::connect(address).unwrap();
    connection.write_all(request.as_bytes()).unwrap();
    let mut heard = Vec::new();
    let _ = connection.read_to_end(&mut heard);
    String::from_utf8(heard).unwrap()
}

#[test]
fn faces_tasks_and_tokens_outlive_a_restart() {
    let folder = folder("stand-in-restart").join("made/if/needed");
    let options = options().with_data(&folder).with_single_use_refresh(true);
    let service = StandIn::start(options.clone()).unwrap();
    let mut talk = Talk::logged_in(&service);
    let photo = read(GOOD);
    let fields = [("image", Part::File(&photo[..]))];
    let tasks: Vec<_> = (0..3).map(|_| talk.begin("/services/register_face/", &fields)).collect();
    let ended: Vec<_> = tasks.iter().map(|id| talk.ended(id)).collect();
    let faces = service.faces().unwrap();
    assert_eq!(faces.len(), 3);
    let used = talk.refresh.clone();
    let answer = talk.renew().unwrap();
    talk.take_tokens(&answer);
    service.stop();
    // No picture is kept, in whatever form.
    let mut files = std::fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path());
    let file = files.next().unwrap();
    assert!(file.ends_with("stand-in.redb") && files.next().is_none());
    let stored = std::fs::read(file).unwrap();
    assert!(!stored.windows(64).any(|part| part == &photo[1000..1064]));

    let service = StandIn::start(options).unwrap();
    let mut talk = talk.at(service.base_url());
    assert_eq!(service.faces().unwrap(), faces);
    assert_eq!(tasks.iter().map(|id| talk.task(id)).collect::<Vec<_>>(), ended);
    let next = talk.ended(&talk.begin("/services/register_face/", &fields));
    assert_eq!(next["id"], 4, "numbers go on");
    assert_eq!(talk.renew().unwrap().status, 200);
    talk.refresh = used;
    assert_eq!(talk.renew().unwrap().status, 401, "used is used");
}

/// Something that needs a port that was in use. Whoever else is looking for a free one may have it for a moment.
fn free_again<T>(mut bind: impl FnMut() -> std::io::Result<T>) -> T {
    let end = Instant::now() + Duration::from_mins(1);
    loop {
        match bind() {
            Ok(bound) => return bound,
            Err(error) => assert!(error.kind() == ErrorKind::AddrInUse && Instant::now() < end, "{error}"),
        }
        thread::sleep(Duration::from_millis(50));
    }
}

/// Nobody has to wait for connections that are idle, half sent, or waiting for an answer.
#[test]
fn a_stopped_service_lets_go_of_port_file_and_connections() {
    let options = options().with_data(folder("stand-in-stop")).with_latency(Duration::from_mins(2));
    let service = StandIn::start(options.clone()).unwrap();
    let address = service.address();
    let mut idle = TcpStream::connect(address).unwrap();
    let mut waiting = TcpStream::connect(address).unwrap();
    waiting.write_all(b"GET /api/v3/ HTTP/1.1\r\nHost: localhost\r\n\r\n").unwrap();
    let mut half = TcpStream::connect(address).unwrap();
    half.write_all(b"POST /api/v3/token/obtain HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9\r\n\r\nhalf").unwrap();
    let end = Instant::now() + Duration::from_mins(1);
    while service.counts().requests < 2 {
        assert!(Instant::now() < end, "it hangs");
    }
    let busy = StandIn::start(options.clone()).unwrap_err();
    assert_eq!(busy.kind(), ErrorKind::ResourceBusy, "{busy}");
    let taken = StandIn::start(super::talk::options().with_port(address.port())).unwrap_err();
    assert_eq!(taken.kind(), ErrorKind::AddrInUse, "{taken}");

    let begun = Instant::now();
    service.stop();
    assert!(begun.elapsed() < Duration::from_secs(5), "{:?}", begun.elapsed());
    for connection in [&mut idle, &mut waiting, &mut half] {
        let mut rest = Vec::new();
        connection.set_read_timeout(Some(Duration::from_mins(1))).unwrap();
        assert!(!matches!(connection.read_to_end(&mut rest), Err(error) if error.kind() == ErrorKind::WouldBlock));
        assert_eq!(rest, b"");
    }
    let again = free_again(|| StandIn::start(options.clone().with_port(address.port())));
    assert_eq!(again.address(), address);
    assert!(again.address().ip().is_loopback());
    drop(again); // As good as stopping.
    free_again(|| TcpListener::bind(address));
}

/// Several requests over one connection.
#[test]
fn connections_are_kept() {
    let service = StandIn::start(options()).unwrap();
    let request = "GET /api/v3/services/task/ HTTP/1.1\r\nHost: localhost\r\n";
    let heard = ask(service.address(), &format!("{request}\r\n{request}\r\n{request}Connection: close\r\n\r\n"));
    assert_eq!(heard.matches("HTTP/1.1 401 ").count(), 3, "{heard}");
}

/// Whoever runs tests inside a runtime of their own can start and drop one there, and is told what is wrong if one does not start.
#[test]
fn a_service_can_be_started_within_a_runtime() {
    let options = options().with_data(folder("stand-in-runtime"));
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    runtime.block_on(async {
        let service = StandIn::start(options.clone()).unwrap();
        assert_eq!(service.faces().unwrap(), []);
        let busy = StandIn::start(options.clone()).unwrap_err();
        assert_eq!(busy.kind(), ErrorKind::ResourceBusy, "{busy}");
        let taken = StandIn::start(super::talk::options().with_port(service.address().port())).unwrap_err();
        assert_eq!(taken.kind(), ErrorKind::AddrInUse, "{taken}");
        drop(service);
        StandIn::start(options).unwrap();
    });
}

#[test]
fn a_damaged_store_is_an_error() {
    let folder = folder("stand-in-damaged");
    let options = options().with_data(&folder);
    StandIn::start(options.clone()).unwrap().stop();
    let path = folder.join("stand-in.redb");
    let whole = std::fs::read(&path).unwrap();
    let mut refused = 0;
    for at in (0..whole.len()).filter(|at| whole[*at] != 0).step_by(501) {
        let mut bytes = whole.clone();
        bytes[at] ^= 0xff;
        std::fs::write(&path, bytes).unwrap();
        match StandIn::start(options.clone()) {
            Ok(service) => drop(service.faces()),
            Err(error) => refused += usize::from(!error.to_string().is_empty()),
        }
    }
    assert!(refused > 0);
    std::fs::write(&path, b"nothing of the kind").unwrap();
    StandIn::start(options).unwrap_err();
}
