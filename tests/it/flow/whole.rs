//! Login, registration, a restart, authentication.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use face_precheck::client::{Client, ErrorKind, Progress, State};
use face_precheck::stand_in::{Seen, StandIn};

use super::{PASSWORD, SELFIES, USERNAME, client, login, options, quick, register, service, uuids};
use crate::command::folder;

#[test]
fn a_registered_face_is_known_after_a_restart() {
    let data = folder("flow-restart");
    let options = || options().with_data(&data);
    let service = StandIn::start(options()).unwrap();
    let session = login(&service);
    let face = register(&session, &SELFIES[0]);
    assert_eq!(uuids(&service), [face.uuid.as_str()]);
    let task = session.register_face(&SELFIES[1]).unwrap();
    let id = task.id().unwrap().to_owned();
    let other = task.wait().unwrap().into_result().unwrap();
    assert_ne!(face.uuid, other.uuid);
    service.stop();

    let service = StandIn::start(options()).unwrap();
    let mut known = vec![face.uuid.clone(), other.uuid.clone()];
    known.sort();
    let mut found = uuids(&service);
    found.sort();
    assert_eq!(found, known);
    let session = login(&service);
    // A task is taken up again by its id.
    let again = session.task::<face_precheck::client::Registration>(&id).wait().unwrap().into_result().unwrap();
    assert_eq!(again.uuid, other.uuid);
    let answer = session.authenticate_face(&SELFIES[0], &face.uuid).unwrap().wait().unwrap().into_result().unwrap();
    assert_eq!(answer.data["liveness"]["result"], true);
    assert!(answer.data.to_string().contains("nothing was compared"), "{}", answer.data);
    // Of a face that nobody registered nothing can be said.
    let unknown = session.authenticate_face(&SELFIES[0], "00000000-0000-4000-8000-000000000000").unwrap().wait().unwrap_err();
    let ErrorKind::Refused { status: 404, detail: Some(detail) } = unknown.kind() else { panic!("{unknown}") };
    assert_eq!(detail, "No face is registered under this uuid");
    let malformed = session.authenticate_face(&SELFIES[0], "nobody").unwrap_err();
    assert!(matches!(malformed.kind(), ErrorKind::Fields { fields } if fields[0].field == "uuid"), "{malformed}");
    assert!(!malformed.is_outcome_unknown());
}

#[test]
fn a_task_is_looked_at_while_it_goes_on() {
    let service = StandIn::start(options().with_task_time(Duration::from_secs(2))).unwrap();
    let session = login(&service);
    let task = session.register_face(&SELFIES[0]).unwrap();
    let Progress::Going(state) = task.poll().unwrap() else { panic!("too quick") };
    assert!([State::Pending, State::Started].contains(&state), "{state}");
    let short = face_precheck::client::Wait::default().with_deadline(Duration::from_millis(100));
    let late = task.wait_with(&short).unwrap_err();
    assert!(matches!(late.kind(), ErrorKind::Deadline { state: Some(_), last: None }), "{late}");
    assert!(late.is_outcome_unknown() && late.task_id() == task.id());
    let face = task.wait().unwrap().into_result().unwrap();
    assert_eq!(uuids(&service), [face.uuid]);
}

/// What cannot be asked for is not known, until it can be.
#[test]
fn a_task_outlives_the_service() {
    let data = folder("flow-outlived");
    let options = || options().with_data(&data).with_task_time(Duration::from_secs(1));
    let service = StandIn::start(options()).unwrap();
    let port = service.address().port();
    let task = login(&service).register_face(&SELFIES[0]).unwrap();
    while uuids(&service).is_empty() {
        std::thread::sleep(Duration::from_millis(10));
    }
    service.stop();
    let gone = task.poll().unwrap_err();
    assert!(matches!(gone.kind(), ErrorKind::Connection { .. }) && gone.is_outcome_unknown(), "{gone}");
    let service = StandIn::start(options().with_port(port)).unwrap();
    let face = task.wait().unwrap().into_result().unwrap();
    assert_eq!(uuids(&service), [face.uuid]);
}

#[test]
fn credentials_are_right_or_wrong() {
    let service = service();
    for (username, password) in [(USERNAME, "wrong"), ("nobody", PASSWORD), (USERNAME, "Correct horse battery staple")] {
        let error = client(&service).login(username, password).unwrap_err();
        let detail = Some("No active account found with the given credentials".to_owned());
        assert_eq!(error.kind(), &ErrorKind::Unauthorized { detail }, "{username}");
    }
    let empty = client(&service).login("", "").unwrap_err();
    assert!(matches!(empty.kind(), ErrorKind::Fields { fields } if fields.len() == 2), "{empty}");
    assert_eq!(service.counts().logins, 0);
    // Tokens that are none, with nothing to renew them.
    let session = client(&service).resume("e30.e30.e30", "e30.e30.e30").unwrap();
    let error = session.register_face(&SELFIES[0]).unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::Unauthorized { .. }), "{error}");
    assert!(uuids(&service).is_empty());
    for token in ["", "a b", "a\n", "a\r\nX-Header: y", "\u{e9}"] {
        let error = client(&service).resume(token, "e30.e30.e30").unwrap_err();
        assert!(matches!(error.kind(), ErrorKind::Configuration { .. }), "{token:?}");
    }
}

#[test]
fn an_expired_token_is_renewed_in_the_middle() {
    let service = service();
    let session = login(&service);
    register(&session, &SELFIES[0]);
    service.expire_tokens();
    let task = session.register_face(&SELFIES[1]).unwrap();
    service.expire_tokens();
    task.wait().unwrap().into_result().unwrap();
    let counts = service.counts();
    assert_eq!((counts.logins, counts.refreshes), (1, 2));
    assert_eq!(uuids(&service).len(), 2, "what was refused was not carried out");
}

/// Before it expires, so that no picture is sent in vain.
#[test]
fn a_token_is_renewed_in_time() {
    let refused = Arc::new(AtomicU32::new(0));
    let counter = Arc::clone(&refused);
    let observer = move |seen: &Seen| {
        counter.fetch_add(u32::from(seen.status == Some(401)), Ordering::Relaxed);
    };
    let options = options().with_access_lifetime(Duration::from_secs(10)).with_observer(Arc::new(observer));
    let service = StandIn::start(options).unwrap();
    let session = login(&service);
    register(&session, &SELFIES[0]);
    assert_eq!(service.counts().refreshes, 0);
    // A fifth of its life before its end.
    std::thread::sleep(Duration::from_millis(8500));
    register(&session, &SELFIES[1]);
    assert_eq!((service.counts().refreshes, refused.load(Ordering::Relaxed)), (1, 0));
    assert_eq!(uuids(&service).len(), 2);
}

#[test]
fn a_wrong_place_is_not_taken_for_the_service() {
    let service = service();
    let elsewhere = quick(Client::new(&format!("http://{}/api/v9", service.address())));
    let error = elsewhere.login(USERNAME, PASSWORD).unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::Refused { status: 404, .. }), "{error}");
    assert!(error.to_string().contains("base URL"), "{error}");
    let address = service.address();
    service.stop();
    let nobody = quick(Client::new(&format!("http://{address}/api/v3"))).login(USERNAME, PASSWORD).unwrap_err();
    assert!(matches!(nobody.kind(), ErrorKind::Connection { .. }), "{nobody}");
    assert!(!nobody.is_outcome_unknown());
}
