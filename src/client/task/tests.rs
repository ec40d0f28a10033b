//! What the service's pages show is read as what they mean, and nothing else is read as an answer.

use std::cell::Cell;

use proptest::prelude::*;
use proptest::test_runner::TestRunner;
use serde_json::json;

use super::*;
use crate::cases::cases;
use crate::client::answer::{Authentication, BackgroundCheck, Card, CardKyc, Liveness, Passport, PassportKyc, Registration};
use crate::client::refusal::{Issue, ServiceCode};
use crate::rule::{Code, Rule};

fn done<T: Answer>(json: &Value) -> Outcome<T> {
    match progress(json) {
        Ok(Progress::Done(outcome)) => outcome,
        Ok(Progress::Going(state)) => panic!("{state}"),
        Err(error) => panic!("{error}"),
    }
}

fn answered<T: Answer>(data: &Value) -> T {
    done(&success(200, data)).into_result().unwrap()
}

fn success(status: u16, data: &Value) -> Value {
    json!({ "id": 2170, "status": "SUCCESS", "result": { "status": status, "data": data } })
}

fn refused<T: Answer>(json: &Value) -> Vec<(ServiceCode, String)> {
    match done::<T>(json) {
        Outcome::Refused(refusal) => refusal.issues.into_iter().map(|Issue { code, message }| (code, message)).collect(),
        Outcome::Answered(_) => panic!("it is refused"),
    }
}

const TOO_SMALL: &str = "Interpupillary distance is too small";
const NOT_FOUND: &str = "Failed to detect face";

/// As in the service's pages.
#[test]
fn a_registered_face_has_its_uuid() {
    let json = json!({ "id": 2170, "status": "SUCCESS", "result": { "status": 200, "data": { "uuid": "d3da2b7a-b062-11ec-b3b9-0242ac190002" } } });
    let face: Registration = done(&json).into_result().unwrap();
    assert_eq!(face.uuid, "d3da2b7a-b062-11ec-b3b9-0242ac190002");
    assert_eq!(face.data, json["result"]["data"]);
}

/// As in the service's pages.
#[test]
fn both_shapes_of_a_refusal_are_one() {
    let registered = json!({ "id": 2171, "status": "SUCCESS", "result": {
        "status": 400,
        "data": { "liveness": { "result": false, "error": TOO_SMALL, "error_code": "FACE_TOO_SMALL" } },
        "issues": { "FACE_TOO_SMALL": TOO_SMALL },
    } });
    assert_eq!(refused::<Registration>(&registered), [(ServiceCode::Documented(Code::FaceTooSmall), TOO_SMALL.into())]);
    let alive = json!({ "id": 2172, "status": "SUCCESS", "result": {
        "status": 200,
        "data": {
            "liveness": { "result": false, "data": { "error": NOT_FOUND, "error_code": "FACE_NOT_FOUND" } },
            "issues": { "liveness": { "FACE_NOT_FOUND": NOT_FOUND } },
        },
    } });
    assert_eq!(refused::<Liveness>(&alive), [(ServiceCode::Documented(Code::FaceNotFound), NOT_FOUND.into())]);
    // Whichever call has which.
    assert_eq!(refused::<Registration>(&alive), refused::<Liveness>(&alive));
    assert_eq!(refused::<CardKyc>(&registered), refused::<Authentication>(&registered));
}

#[test]
fn every_documented_code_is_the_checkers() {
    let documented = Rule::ALL.iter().map(|rule| rule.code()).filter(|code| code.is_of_service());
    let mut seen = 0;
    for code in documented {
        let json = json!({ "status": "SUCCESS", "result": { "status": 400, "issues": { code.as_str(): "words" } } });
        assert_eq!(refused::<Registration>(&json), [(ServiceCode::Documented(code), "words".into())]);
        seen += 1;
    }
    assert!(seen >= 10, "{seen}");
    let issues = json!({ "status": "SUCCESS", "result": { "status": 400, "issues": { "FACE_IS_TIRED": "Sleep", "FILE_TOO_LARGE": "ours" } } });
    let codes: Vec<_> = refused::<Registration>(&issues).into_iter().map(|(code, _)| code).collect();
    assert_eq!(codes, [ServiceCode::Other("FACE_IS_TIRED".into()), ServiceCode::Other("FILE_TOO_LARGE".into())]);
}

/// The service's documented codes have a hint, for whom no finding says more.
#[test]
fn every_documented_code_has_a_hint() {
    for code in Rule::ALL.iter().map(|rule| rule.code()) {
        let issue = Issue { code: code.as_str().into(), message: String::new() };
        assert_eq!(issue.hint().is_some(), code.is_of_service(), "{code}");
    }
}

#[test]
fn reasons_are_named_once_the_first_one_first() {
    let json = json!({ "status": "SUCCESS", "result": {
        "status": 400,
        "data": { "liveness": { "result": false, "error_code": "FACE_TOO_SMALL" }, "issues": { "liveness": { "EYES_CLOSED": "Eyes" } } },
        "issues": { "EYES_CLOSED": "Eyes", "FACE_TOO_SMALL": TOO_SMALL, "ODD": 3 },
    } });
    let codes: Vec<_> = refused::<Registration>(&json).into_iter().map(|(code, message)| (code.to_string(), message)).collect();
    let expected = [("FACE_TOO_SMALL", TOO_SMALL), ("EYES_CLOSED", "Eyes"), ("ODD", "")];
    assert_eq!(codes, expected.map(|(code, message)| (code.to_owned(), message.to_owned())));
    let Outcome::Refused(refusal) = done::<Registration>(&json) else { panic!() };
    assert_eq!(refusal.to_string(), format!("refused: FACE_TOO_SMALL ({TOO_SMALL}), EYES_CLOSED (Eyes), ODD"));
}

#[test]
fn states_are_waited_for_but_the_final_ones() {
    for state in ["PENDING", "STARTED", "RETRY", "QUEUED", "", "success"] {
        let json = json!({ "id": 1, "status": state, "result": null });
        assert_eq!(progress::<Registration>(&json).unwrap(), Progress::Going(State::from(state)), "{state}");
    }
    for state in ["FAILURE", "REVOKED"] {
        let error = progress::<Registration>(&json!({ "id": 1, "status": state, "result": "Traceback" })).unwrap_err();
        assert_eq!(error.kind(), &ErrorKind::TaskFailed { state: state.into() });
        assert!(error.about_task("1").is_outcome_unknown(), "it may have done something before");
    }
}

#[test]
fn what_is_no_answer_is_not_taken_for_one() {
    for odd in [
        json!(null),
        json!([]),
        json!({}),
        json!({ "status": 200 }),
        json!({ "status": "SUCCESS" }),
        json!({ "status": "SUCCESS", "result": null }),
        json!({ "status": "SUCCESS", "result": "done" }),
        json!({ "status": "SUCCESS", "result": { "data": { "uuid": "u" } } }),
        json!({ "status": "SUCCESS", "result": { "status": "200", "data": { "uuid": "u" } } }),
        success(200, &json!({})),
        success(200, &json!({ "uuid": "" })),
        success(200, &json!({ "uuid": 7 })),
        success(302, &json!({ "uuid": "u" })),
        success(60000, &json!({ "uuid": "u" })),
    ] {
        let error = progress::<Registration>(&odd).unwrap_err();
        assert!(matches!(error.kind(), ErrorKind::Malformed { .. }), "{odd}: {error}");
        assert!(error.about_task("1").is_outcome_unknown(), "{odd}");
    }
    let failed = progress::<Registration>(&success(503, &json!({}))).unwrap_err();
    assert_eq!(failed.kind(), &ErrorKind::Server { status: 503 });
    // A uuid beside what speaks against the picture is neither an answer nor a refusal, which would lose it.
    for against in [
        success(200, &json!({ "uuid": "u", "liveness": { "result": false } })),
        success(200, &json!({ "uuid": "u", "liveness": { "result": true, "error_code": "FACE_NOT_FOUND" } })),
        success(200, &json!({ "uuid": "u", "issues": { "liveness": { "FACE_NOT_FOUND": "" } } })),
        json!({ "status": "SUCCESS", "result": { "status": 200, "data": { "uuid": "u" }, "issues": { "FACE_TOO_SMALL": "x" } } }),
    ] {
        let error = progress::<Registration>(&against).unwrap_err();
        assert!(matches!(error.kind(), ErrorKind::Malformed { .. }) && error.about_task("1").is_outcome_unknown(), "{against}");
    }
    // Nor does anything say yes that does not say it.
    for unclear in [json!({}), json!({ "result": null }), json!({ "result": "false" }), json!({ "result": 0 }), json!(true)] {
        let data = json!({ "uuid": "u", "document": {}, "liveness": unclear });
        assert!(progress::<Registration>(&success(200, &data)).is_err(), "{data}");
        assert!(progress::<Authentication>(&success(200, &data)).is_err(), "{data}");
        assert!(progress::<PassportKyc>(&success(200, &data)).is_err(), "{data}");
        assert!(progress::<Liveness>(&success(200, &data)).is_err(), "{data}");
    }
    // A result that is about something else than the picture is no refusal of it.
    for status in [401, 402, 403, 404, 409, 429] {
        let error = progress::<Authentication>(&success(status, &json!({ "error": "No such face" }))).unwrap_err();
        assert_eq!(error.kind(), &ErrorKind::Refused { status, detail: Some("No such face".into()) });
        let issues = json!({ "issues": { "FACE_TOO_SMALL": "x" } });
        assert_eq!(refused::<Authentication>(&success(status, &issues)).len(), 1);
    }
    // Nor is a face alive of which nothing is said.
    assert!(progress::<Liveness>(&success(200, &json!({ "liveness": {} }))).is_err());
}

#[test]
fn a_passport_has_its_documented_fields() {
    let document = json!({
        "is_valid": true, "is_expired": false, "dateOfBirth": "1990-01-31", "age": 36, "firstName": "ERIKA", "lastName": "MUSTERMANN",
        "dateOfIssue": "2020-01-01", "dateOfExpiry": "2030-01-01", "documentNumber": "C01X00T47", "sex": "F", "nationality": "D",
        "portrait": "aGVsbG8=", "portrait_url": "https://example.org/p.jpg",
    });
    let passport: Passport = answered(&json!({ "document": document, "provider": { "raw": [1, 2] } }));
    let fields = &passport.document;
    assert_eq!((fields.is_valid, fields.is_expired, fields.age), (Some(true), Some(false), Some(36)));
    let texts = [
        &fields.date_of_birth,
        &fields.first_name,
        &fields.last_name,
        &fields.date_of_issue,
        &fields.date_of_expiry,
        &fields.document_number,
        &fields.sex,
        &fields.nationality,
        &fields.portrait,
        &fields.portrait_url,
    ];
    let keys = [
        "dateOfBirth",
        "firstName",
        "lastName",
        "dateOfIssue",
        "dateOfExpiry",
        "documentNumber",
        "sex",
        "nationality",
        "portrait",
        "portrait_url",
    ];
    for (text, key) in texts.into_iter().zip(keys) {
        assert_eq!(text.as_deref(), document[key].as_str(), "{key}");
    }
    // What a provider said comes through as it is.
    assert_eq!(passport.data["provider"], json!({ "raw": [1, 2] }));
    let shown = format!("{passport:?} {:?}", done::<Passport>(&success(200, &json!({ "document": document }))));
    assert!(!shown.contains("MUSTERMANN") && !shown.contains("C01X00T47"), "{shown}");
    let kyc: PassportKyc = answered(&json!({ "document": { "age": "36" }, "comparison": 0.9 }));
    assert_eq!(kyc.document.unwrap().age, Some(36));
}

/// At once or through a task, and in what it is called or not.
#[test]
fn a_background_check_is_read_wherever_it_stands() {
    let check = json!({ "potential_match": true, "risk_level": "high", "total_matches": 2, "hits": [{ "name": "X" }, {}] });
    let named = json!({ "background_check": check });
    for outcome in [
        answer::<BackgroundCheck>(&named),
        answer::<BackgroundCheck>(&json!({ "result": { "status": 200, "data": named } })),
        Ok(done(&success(200, &named))),
        Ok(done(&success(200, &check))),
    ] {
        let found = outcome.unwrap().into_result().unwrap();
        assert_eq!(
            (found.potential_match, found.risk_level.as_deref(), found.total_matches),
            (Some(true), Some("high"), Some(2))
        );
        assert_eq!((found.hits.len(), &found.data), (2, &check));
    }
    assert!(answer::<BackgroundCheck>(&json!({ "detail": "?" })).is_err());
}

#[test]
fn answers_whose_fields_are_not_documented_are_kept_whole() {
    let data = json!({ "anything": { "goes": [true] } });
    assert_eq!(answered::<Card>(&data).data, data);
    assert_eq!(answered::<CardKyc>(&data).data, data);
    assert_eq!(answered::<Authentication>(&data).data, data);
    // An issue is none of them.
    let issues = success(200, &json!({ "document": {}, "issues": { "ocr_card": { "FAILED_TO_READ_IMAGE": "Blurred" } } }));
    assert_eq!(refused::<Card>(&issues), [(ServiceCode::Documented(Code::FailedToReadImage), "Blurred".into())]);
    assert!(progress::<Card>(&success(200, &json!({}))).is_err());
    // Where there is none, its place may be there.
    for none in [json!({}), json!([]), Value::Null, json!("")] {
        let data = json!({ "document": { "name": "X" }, "issues": none, "liveness": { "result": true, "error_code": null } });
        assert_eq!(answered::<Card>(&data).data, data);
        assert_eq!(answered::<Authentication>(&data).data, data);
        assert!(progress::<Card>(&success(200, &json!({ "issues": none }))).is_err());
    }
    // Whatever it looks like.
    for issues in [json!(["FACE_TOO_SMALL"]), json!("FACE_TOO_SMALL"), json!(1), json!({ "FACE_TOO_SMALL": null })] {
        let told = refused::<Card>(&success(200, &json!({ "document": {}, "issues": issues })));
        assert!(told.len() <= 1, "{issues}");
    }
}

/// No answer of any call has anything in it that speaks against the picture.
fn is_clear<T: Answer>(json: &Value) -> bool {
    !matches!(outcome::<T>(json), Ok(Outcome::Answered(_))) || Objection::of(json) == Objection::None
}

/// JSON of all kinds, much of it made of the words that the service uses.
fn json_value() -> impl Strategy<Value = Value> {
    const WORDS: [&str; 18] = [
        "id",
        "status",
        "result",
        "data",
        "liveness",
        "issues",
        "error",
        "error_code",
        "uuid",
        "document",
        "background_check",
        "SUCCESS",
        "FAILURE",
        "PENDING",
        "FACE_TOO_SMALL",
        "total_matches",
        "hits",
        "age",
    ];
    let word = prop_oneof![prop::sample::select(&WORDS[..]).prop_map(ToOwned::to_owned), any::<String>()];
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        prop_oneof![Just(200i64), Just(400), Just(503), any::<i64>()].prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        word.clone().prop_map(Value::from),
    ];
    leaf.prop_recursive(6, 64, 8, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..6).prop_map(Value::from),
            prop::collection::btree_map(word.clone(), inner, 0..8).prop_map(|object| object.into_iter().collect::<Value>()),
        ]
    })
}

fn reads<T: Answer + std::fmt::Debug>(json: &Value) -> Result<(), TestCaseError> {
    let results = [progress::<T>(json), outcome::<T>(json).map(Progress::Done), answer::<T>(json).map(Progress::Done)];
    for result in results {
        let shown = match &result {
            Ok(Progress::Done(Outcome::Refused(refusal))) => refusal.to_string(),
            Ok(Progress::Going(state)) => state.to_string(),
            Ok(Progress::Done(Outcome::Answered(_))) => String::new(),
            Err(error) => error.to_string(),
        };
        let steers = shown.contains(char::is_control);
        prop_assert!(!steers, "{shown:?}");
        let _ = format!("{result:?}");
    }
    Ok(())
}

proptest! {
    #![proptest_config(cases(3000))]

    #[test]
    fn no_json_panics(json in json_value()) {
        reads::<Registration>(&json)?;
        reads::<Authentication>(&json)?;
        reads::<Liveness>(&json)?;
        reads::<Card>(&json)?;
        reads::<Passport>(&json)?;
        reads::<CardKyc>(&json)?;
        reads::<PassportKyc>(&json)?;
        reads::<BackgroundCheck>(&json)?;
        prop_assert!(is_clear::<Registration>(&json) && is_clear::<Authentication>(&json) && is_clear::<Liveness>(&json));
        prop_assert!(is_clear::<Card>(&json) && is_clear::<Passport>(&json) && is_clear::<CardKyc>(&json) && is_clear::<PassportKyc>(&json));
    }
}

/// A face counts as registered only with a status of success, a uuid, and nobody who says that it is not alive.
#[test]
fn only_a_uuid_registers() {
    let registered = Cell::new(0);
    let uuid = prop::option::of(prop_oneof![Just(json!("u")), Just(json!("")), Just(json!(7)), Just(Value::Null)]);
    let alive = prop::option::of(any::<bool>());
    let strategy = (json_value(), uuid, alive, prop_oneof![Just(200u16), Just(400), any::<u16>()]);
    let outcome = TestRunner::new(cases(3000)).run(&strategy, |(mut data, uuid, alive, status)| {
        if let Some(data) = data.as_object_mut() {
            data.extend(uuid.map(|uuid| ("uuid".to_owned(), uuid)));
            data.extend(alive.map(|alive| ("liveness".to_owned(), json!({ "result": alive }))));
        }
        if let Ok(Progress::Done(Outcome::Answered(face))) = progress::<Registration>(&success(status, &data)) {
            prop_assert!((200..300).contains(&status));
            prop_assert_eq!(Some(face.uuid.as_str()), data["uuid"].as_str());
            prop_assert!(data["liveness"]["result"] != Value::Bool(false));
            registered.set(registered.get() + 1);
        }
        Ok(())
    });
    outcome.unwrap();
    assert!(registered.get() >= 20, "{}", registered.get());
}
