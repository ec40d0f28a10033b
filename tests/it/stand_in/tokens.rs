//! Logging in, and staying so.

use std::thread;
use std::time::Duration;

use face_precheck::stand_in::StandIn;
use serde_json::{Value, json};

use super::talk::{Part, Talk, options};

const TASK: &str = "/services/task/?id=00000000-0000-4000-8000-000000000000";

fn status(talk: &Talk) -> u16 {
    talk.get(TASK).unwrap().status
}

fn invalid() -> Value {
    json!({
        "detail": "Given token not valid for any token type",
        "code": "token_not_valid",
        "messages": [{"token_class": "AccessToken", "token_type": "access", "message": "Token is invalid or expired"}],
    })
}

#[test]
fn tokens_are_given_to_who_knows_the_password() {
    let service = StandIn::start(options().with_username("tester").with_password("pässword")).unwrap();
    let mut talk = Talk::to(service.base_url());
    for (username, password) in [("tester", "password"), ("demo", "pässword"), ("demo", "demo"), ("tester ", "pässword")] {
        let answer = talk.log_in(username, password).unwrap();
        let detail = "No active account found with the given credentials";
        assert_eq!((answer.status, answer.json()), (401, json!({"detail": detail})), "{username}");
    }
    let nobody = talk.get(TASK).unwrap();
    assert_eq!((nobody.status, nobody.json()), (401, json!({"detail": "Authentication credentials were not provided."})));
    assert!(nobody.header("www-authenticate").starts_with("Bearer"));
    let answer = talk.log_in("tester", "pässword").unwrap();
    talk.take_tokens(&answer);
    assert_eq!(status(&talk), 404);
    let json = serde_json::to_vec(&json!({"username": "tester", "password": "pässword"})).unwrap();
    assert_eq!(talk.send("POST", "/token/obtain", "application/json", json).unwrap().status, 200);
    let counts = service.counts();
    assert_eq!((counts.logins, counts.refreshes, counts.requests), (2, 0, 8));
    let shown = format!("{service:?}");
    assert!(shown.contains("tester") && !shown.contains("pässword") && !shown.contains("eyJ"), "{shown}");
}

#[test]
fn tokens_that_are_not_good_are_refused() {
    let service = StandIn::start(options()).unwrap();
    let mut talk = Talk::logged_in(&service);
    let (access, refresh) = (talk.access.clone(), talk.refresh.clone());
    for wrong in [refresh.clone(), "x".to_owned(), format!("{access}A")] {
        talk.access = wrong;
        let answer = talk.get(TASK).unwrap();
        assert_eq!((answer.status, answer.json()), (401, invalid()));
    }
    talk.access = format!("{access} twice");
    assert_eq!(talk.get(TASK).unwrap().json()["code"], "bad_authorization_header");
    for wrong in [access.as_str(), "x", ""] {
        let answer = talk.post("/token/refresh/", &[("refresh", Part::Text(wrong))]).unwrap();
        let expected = match wrong {
            "" => (400, json!({"refresh": ["This field may not be blank."]})),
            _ => (401, json!({"detail": "Token is invalid or expired", "code": "token_not_valid"})),
        };
        assert_eq!((answer.status, answer.json()), expected, "{wrong}");
    }
    assert_eq!(service.counts().refreshes_refused, 2);
}

#[test]
fn a_refresh_token_gives_new_tokens_when_the_old_ones_have_expired() {
    let service = StandIn::start(options()).unwrap();
    let mut talk = Talk::logged_in(&service);
    assert_eq!(status(&talk), 404);
    service.expire_tokens();
    assert_eq!(talk.get(TASK).unwrap().json(), invalid());
    for _ in 0..2 {
        let answer = talk.renew().unwrap();
        assert_eq!(answer.status, 200, "{answer:?}");
        let old = talk.refresh.clone();
        talk.take_tokens(&answer);
        assert_ne!(talk.refresh, old);
        assert_eq!(status(&talk), 404);
        talk.refresh = old; // Good for a day, however often.
    }
    assert_eq!(service.counts().refreshes, 2);
}

#[test]
fn an_access_token_expires_by_itself() {
    let service = StandIn::start(options().with_access_lifetime(Duration::ZERO)).unwrap();
    let mut talk = Talk::logged_in(&service);
    assert_eq!(talk.get(TASK).unwrap().json(), invalid());
    let answer = talk.renew().unwrap();
    talk.take_tokens(&answer);
    assert_eq!(talk.get(TASK).unwrap().json(), invalid(), "the new one is as short");
}

/// Of many who come with the same one at the same time, one gets new tokens.
#[test]
fn a_token_for_single_use_is_used_once() {
    let options = options().with_single_use_refresh(true).with_latency(Duration::from_millis(100));
    let service = StandIn::start(options).unwrap();
    let talk = Talk::logged_in(&service);
    let statuses: Vec<u16> = thread::scope(|scope| {
        let asked: Vec<_> = (0..6).map(|_| scope.spawn(|| talk.renew().unwrap().status)).collect();
        asked.into_iter().map(|asked| asked.join().unwrap()).collect()
    });
    assert_eq!(statuses.iter().filter(|status| **status == 200).count(), 1, "{statuses:?}");
    assert_eq!(statuses.iter().filter(|status| **status == 401).count(), 5, "{statuses:?}");
    let counts = service.counts();
    assert_eq!((counts.refreshes, counts.refreshes_refused), (1, 5));
    assert!((2..=6).contains(&counts.concurrent_refreshes), "{counts:?}");
}
