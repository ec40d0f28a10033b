//! What is asked in a way that cannot be answered.

use std::time::{Duration, Instant};

use face_precheck::stand_in::StandIn;
use serde_json::{Value, json};

use super::talk::{Answer, GOOD, Part, Talk, options};
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
            assert_eq!(answer.header("allow"), "POST, OPTIONS");
        }
    }
    for path in ["/services/task", "/services/task/"] {
        assert_eq!(talk.get(path).unwrap().status, 400);
        let answer = talk.send("DELETE", path, "text/plain", Vec::new()).unwrap();
        assert_refused(&answer, 405, json!({"detail": "Method \"DELETE\" not allowed."}));
        assert_eq!(answer.header("allow"), "GET, HEAD, OPTIONS");
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

#[test]
fn a_task_waits_and_is_seen_by_nobody_else() {
    let folder = crate::command::folder("stand-in-users");
    let time = Duration::from_millis(400);
    let options = options().with_data(&folder).with_task_time(time);
    let service = StandIn::start(options.clone()).unwrap();
    let talk = Talk::logged_in(&service);
    let begun = Instant::now();
    let id = talk.begin("/services/register_face/", &[("image", Part::File(&read(GOOD)))]);
    let mut seen = Vec::new();
    while seen.last() != Some(&"SUCCESS".to_owned()) {
        let task = talk.task(&id);
        assert_eq!(task["result"].is_null(), task["status"] != "SUCCESS", "{task}");
        seen.push(task["status"].as_str().unwrap().to_owned());
    }
    assert!(begun.elapsed() + Duration::from_millis(2) >= time, "{:?}", begun.elapsed());
    seen.dedup();
    assert!(
        [&["PENDING", "STARTED", "SUCCESS"][..], &["STARTED", "SUCCESS"]]
            .contains(&seen.iter().map(String::as_str).collect::<Vec<_>>().as_slice()),
        "{seen:?}"
    );
    service.stop();
    let service = StandIn::start(options.with_username("another")).unwrap();
    let another = Talk::logged_in_as(&service, "another", "demo");
    assert_refused(&another.get(&format!("/services/task/?id={id}")).unwrap(), 404, json!({"detail": "Not found."}));
    let answer = talk.at(service.base_url()).get(&format!("/services/task/?id={id}"));
    assert_refused(&answer.unwrap(), 401, json!({"detail": "User not found", "code": "user_not_found"}));
    let uuid = &service.faces().unwrap()[0].uuid;
    let theirs =
        another.result("/services/authenticate_face/", &[("image", Part::File(&read(GOOD))), ("uuid", Part::Text(uuid))]);
    assert_eq!(theirs["status"], 404, "{theirs}");
}
