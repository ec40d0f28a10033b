//! What is asked in a way that cannot be answered.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::thread;
use std::time::{Duration, Instant};

use face_precheck::stand_in::StandIn;
use serde_json::{Value, json};

use super::talk::{Answer, GOOD, Part, Talk, options};
use crate::command::HANGING;
use crate::fixtures::read;

fn assert_refused(answer: &Answer, status: u16, body: Value) {
    assert_eq!((answer.status, answer.json()), (status, body), "{answer:?}");
}

const CALLS: [&str; 9] = [
    "/services/register_face",
    "/services/authenticate_face",
    "/services/face_liveness",
    "/services/liveness",
    "/services/ocr_card",
    "/services/ocr_passport",
    "/services/kyc_card",
    "/services/kyc_passport",
    "/services/background_check",
];

/// With and without the final slash, in every spelling.
#[test]
fn every_path_is_there_and_no_other() {
    let service = StandIn::start(options()).unwrap();
    let talk = Talk::logged_in(&service);
    let tokens = ["/accounts/token/obtain", "/token/obtain", "/accounts/token/refresh", "/token/refresh"];
    for path in CALLS.into_iter().chain(tokens) {
        for path in [path.to_owned(), format!("{path}/")] {
            assert_eq!(talk.post(&path, &[]).unwrap().status, 400, "{path}");
            let answer = talk.get(&path).unwrap();
            assert_refused(&answer, 405, json!({"detail": "Method \"GET\" not allowed."}));
            assert_eq!(answer.header("allow"), "POST");
            assert_eq!(talk.send("OPTIONS", &path, "text/plain", Vec::new()).unwrap().status, 405);
        }
    }
    for path in ["/services/task", "/services/task/"] {
        assert_eq!(talk.get(path).unwrap().status, 400);
        let answer = talk.send("DELETE", path, "text/plain", Vec::new()).unwrap();
        assert_refused(&answer, 405, json!({"detail": "Method \"DELETE\" not allowed."}));
        assert_eq!(answer.header("allow"), "GET, HEAD");
    }
    for path in ["", "/", "/services", "/services/register_face//", "/services/kyc_card_with_background_check/", "/accounts"] {
        assert_refused(&talk.post(path, &[]).unwrap(), 404, json!({"detail": "Not found."}));
    }
    let elsewhere = Talk::to(format!("http://{}", service.address()));
    assert_refused(&elsewhere.get("/services/task/").unwrap(), 404, json!({"detail": "Not found."}));
}

#[test]
fn nothing_is_done_without_a_token() {
    let service = StandIn::start(options()).unwrap();
    let talk = Talk::to(service.base_url());
    let photo = read(GOOD);
    for path in CALLS {
        let answer = talk.post(path, &[("image", Part::File(&photo))]).unwrap();
        assert_refused(&answer, 401, json!({"detail": "Authentication credentials were not provided."}));
    }
    assert_eq!(service.faces().unwrap(), []);
}

#[test]
fn every_field_that_is_wrong_is_named() {
    let service = StandIn::start(options()).unwrap();
    let talk = Talk::logged_in(&service);
    let [no_file, required] = ["No file was submitted.", "This field is required."].map(|text| json!([text]));
    for (path, messages) in [
        ("/accounts/token/obtain/", json!({"username": required, "password": required})),
        ("/accounts/token/refresh/", json!({"refresh": required})),
        ("/services/register_face/", json!({"image": no_file})),
        ("/services/authenticate_face/", json!({"image": no_file, "uuid": required})),
        ("/services/face_liveness/", json!({"image": no_file})),
        ("/services/ocr_card/", json!({"front_id": no_file, "back_id": no_file})),
        ("/services/ocr_passport/", json!({"passport_image": no_file})),
        ("/services/kyc_card/", json!({"selfie_image": no_file, "front_id": no_file, "back_id": no_file})),
        ("/services/kyc_passport/", json!({"selfie_image": no_file, "passport_image": no_file})),
        ("/services/background_check/", json!({"fullname": required, "birth_date": required})),
    ] {
        assert_refused(&talk.post(path, &[("another", Part::Text("field"))]).unwrap(), 400, messages);
    }
    let photo = read(GOOD);
    let text = talk.post("/services/register_face/", &[("image", Part::Text("me.jpg")), ("extend_data", Part::Text("maybe"))]);
    let not_a_file = "The submitted data was not a file. Check the encoding type on the form.";
    assert_refused(&text.unwrap(), 400, json!({"image": [not_a_file], "extend_data": ["Must be a valid boolean."]}));
    let empty = talk.post("/services/register_face/", &[("image", Part::File(b""))]).unwrap();
    assert_refused(&empty, 400, json!({"image": ["The submitted file is empty."]}));
    let uuid = talk.post("/services/authenticate_face/", &[("image", Part::File(&photo)), ("uuid", Part::Text("1"))]).unwrap();
    assert_refused(&uuid, 400, json!({"uuid": ["Must be a valid UUID."]}));
    let person = [("fullname", Part::Text("Ada Lovelace")), ("birth_date", Part::Text("10.12.1815"))];
    let date = "Date has wrong format. Use one of these formats instead: YYYY-MM-DD.";
    assert_refused(&talk.post("/services/background_check/", &person).unwrap(), 400, json!({"birth_date": [date]}));
    for (query, message) in
        [("", "This field is required."), ("?id=7", "Must be a valid UUID."), ("?id=", "Must be a valid UUID.")]
    {
        assert_refused(&talk.get(&format!("/services/task/{query}")).unwrap(), 400, json!({"id": [message]}));
    }
    let unknown = talk.get("/services/task/?id=00000000-0000-4000-8000-000000000000").unwrap();
    assert_refused(&unknown, 404, json!({"detail": "Not found."}));
}

#[test]
fn what_is_no_form_is_refused() {
    let service = StandIn::start(options()).unwrap();
    let talk = Talk::logged_in(&service);
    for media_type in ["application/json", "application/x-www-form-urlencoded", "text/plain; charset=utf-8"] {
        let answer = talk.send("POST", "/services/register_face/", media_type, b"{}".to_vec()).unwrap();
        let detail = format!("Unsupported media type \"{media_type}\" in request.");
        assert_refused(&answer, 415, json!({"detail": detail}));
    }
    for (media_type, body) in [
        ("multipart/form-data", "--EDGE--\r\n"),
        ("multipart/form-data; boundary=EDGE", "--EDGE\r\nContent-Disposition: form-data; name=\"image\"\r\n\r\nno end"),
        ("multipart/form-data; boundary=EDGE", "nothing of the kind"),
    ] {
        let answer = talk.send("POST", "/services/register_face/", media_type, body.into()).unwrap();
        assert_eq!(answer.status, 400, "{answer:?}");
        assert!(answer.json()["detail"].as_str().unwrap().starts_with("Multipart form parse error - "), "{answer:?}");
    }
    let answer = talk.send("POST", "/token/obtain", "application/json", b"{".to_vec()).unwrap();
    assert!(answer.status == 400 && answer.text.contains("JSON parse error - "), "{answer:?}");
}

/// Each limit: what is just within gets its verdict, what is beyond gets none.
#[test]
fn what_is_too_large_is_refused() {
    let service = StandIn::start(options()).unwrap();
    let talk = Talk::logged_in(&service);
    let mut photo = read(GOOD);
    photo.resize(6_000_000, 0);
    let result = talk.result("/services/register_face/", &[("image", Part::File(&photo))]);
    assert_eq!(result["data"]["liveness"]["error_code"], "FILE_TOO_LARGE", "{result}");
    photo.push(0);
    let one = [("image", Part::File(&photo))];
    let all = [("a", Part::File(&photo)), ("b", Part::File(&photo)), ("c", Part::File(&photo)), ("d", Part::File(&photo))];
    for fields in [&one[..], &all] {
        assert_refused(
            &talk.post("/services/register_face/", fields).unwrap(),
            413,
            json!({"detail": "The request is too large."}),
        );
    }
}

/// Whoever says beforehand that it is too much is told so before any of it is sent, and the connection ends.
#[test]
fn what_is_said_to_be_too_large_is_refused_at_once() {
    let service = StandIn::start(options()).unwrap();
    let talk = Talk::logged_in(&service);
    for (path, length) in [("services/register_face/", 18_065_537_u64), ("token/obtain/", 8193), ("nothing", u64::MAX / 2)] {
        let mut connection = TcpStream::connect(service.address()).unwrap();
        connection.set_read_timeout(Some(HANGING)).unwrap();
        let head = format!("POST /api/v3/{path} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {}\r\n", talk.access);
        write!(connection, "{head}Content-Length: {length}\r\n\r\n").unwrap();
        let mut heard = [0; 12];
        connection.read_exact(&mut heard).unwrap();
        assert_eq!(&heard, b"HTTP/1.1 413", "{path}");
    }
    let refused = talk.post("/token/obtain/", &[("username", Part::Text(&"x".repeat(9000)))]).unwrap();
    assert_refused(&refused, 413, json!({"detail": "The request is too large."}));
    assert_eq!(refused.header("connection"), "close");
}

/// Nobody's pictures are waited for if nothing is to be done with them.
#[test]
fn who_has_no_token_is_refused_before_the_body_is_there() {
    let service = StandIn::start(options()).unwrap();
    let mut connection = TcpStream::connect(service.address()).unwrap();
    connection.set_read_timeout(Some(HANGING)).unwrap();
    let head = "POST /api/v3/services/register_face/ HTTP/1.1\r\nHost: localhost\r\n";
    write!(connection, "{head}Content-Length: 100000\r\n\r\n").unwrap();
    let detail = r#"{"detail":"Authentication credentials were not provided."}"#;
    let hear = |connection: &mut TcpStream| {
        let mut heard = Vec::new();
        while !heard.ends_with(detail.as_bytes()) {
            let mut byte = [0];
            connection.read_exact(&mut byte).unwrap();
            heard.push(byte[0]);
        }
        assert!(heard.starts_with(b"HTTP/1.1 401 "));
    };
    hear(&mut connection);
    // The next one comes over the same connection, behind what nobody wanted.
    connection.write_all(&vec![0; 100_000]).unwrap();
    write!(connection, "{head}Content-Length: 0\r\n\r\n").unwrap();
    hear(&mut connection);
}

/// More connections than are served at once, more pictures than there is room for: all have their turn.
#[test]
fn whoever_comes_when_there_is_no_room_waits() {
    let service = StandIn::start(options()).unwrap();
    let talk = Talk::logged_in(&service);
    let mut photo = read(GOOD);
    photo.resize(5_000_000, 0);
    thread::scope(|scope| {
        let mut talking: Vec<_> = (0..20)
            .map(|_| scope.spawn(|| talk.begin("/services/register_face/", &[("image", Part::File(&photo))]).len()))
            .collect();
        talking.extend((0..300).map(|_| scope.spawn(|| talk.get("/services/task/").unwrap().text.len())));
        assert!(talking.into_iter().all(|talking| talking.join().unwrap() > 0));
    });
    assert_eq!(service.counts().requests, 321);
}

#[test]
fn a_task_waits_and_is_seen_by_nobody_else() {
    let folder = crate::command::folder("stand-in-users");
    let options = options().with_data(&folder).with_task_time(HANGING);
    let service = StandIn::start(options.clone()).unwrap();
    let talk = Talk::logged_in(&service);
    let id = talk.begin("/services/register_face/", &[("image", Part::File(&read(GOOD)))]);
    let end = Instant::now() + HANGING;
    while service.faces().unwrap().is_empty() {
        assert!(Instant::now() < end, "it hangs");
        thread::sleep(Duration::from_millis(1));
    }
    assert_eq!(talk.task(&id), json!({"id": 1, "status": "PENDING", "result": null}), "it is done, and not yet to be shown");
    service.stop();

    let service = StandIn::start(options.clone()).unwrap();
    let shown = talk.at(service.base_url()).task(&id);
    assert_eq!(shown["status"], "SUCCESS", "what was done before a restart is shown at once: {shown}");
    service.stop();

    let service = StandIn::start(options.with_username("another").with_task_time(Duration::ZERO)).unwrap();
    let another = Talk::logged_in_as(&service, "another", "demo");
    assert_refused(&another.get(&format!("/services/task/?id={id}")).unwrap(), 404, json!({"detail": "Not found."}));
    let answer = talk.at(service.base_url()).get(&format!("/services/task/?id={id}"));
    assert_refused(&answer.unwrap(), 401, json!({"detail": "User not found", "code": "user_not_found"}));
    let uuid = &service.faces().unwrap()[0].uuid;
    let theirs =
        another.result("/services/authenticate_face/", &[("image", Part::File(&read(GOOD))), ("uuid", Part::Text(uuid))]);
    assert_eq!(theirs["status"], 404, "{theirs}");
}
