//! What the service refuses, in both shapes, and what is refused before it is sent.

use face_precheck::client::{ErrorKind, Mismatch, Outcome, Refusal, ServiceCode, Session};
use face_precheck::stand_in::Answers;
use face_precheck::{Call, Code, Profile, Range, Rule};

use super::{DOCUMENT, PASSWORD, SELFIES, USERNAME, client, lax, login, service, upload, uuids};

/// Photos that the service refuses, and what it says first.
const BAD: [(&str, Code); 9] = [
    ("photos/no_face/books.jpg", Code::FaceNotFound),
    ("rendered/no_face.jpg", Code::FaceNotFound),
    ("rendered/p1_p4_two_faces.jpg", Code::TooManyFaces),
    ("photos/refused/astronaut.png", Code::FaceTooSmall),
    ("rendered/p1_y+35_p+00_r+00.jpg", Code::FaceAngleTooLarge),
    ("rendered/p1_cropped_left.jpg", Code::FaceCropped),
    ("quality/p3_sunglasses_round_blue.jpg", Code::FaceIsOccluded),
    ("quality/p1_closure_100.jpg", Code::EyesClosed),
    ("webp/lossy.webp", Code::FailedToReadImage),
];

/// A session of somebody who says that the service demands nothing, so that it can be asked.
fn heedless(service: &face_precheck::stand_in::StandIn) -> Session {
    client(service).with_demands(lax(), Profile::progeny_document()).login(USERNAME, PASSWORD).unwrap()
}

fn refusal<T: std::fmt::Debug>(outcome: Outcome<T>) -> Refusal {
    match outcome {
        Outcome::Refused(refusal) => refusal,
        Outcome::Answered(answer) => panic!("{answer:?}"),
    }
}

#[test]
fn every_code_is_the_checkers_in_both_shapes() {
    let service = service();
    let session = heedless(&service);
    for (photo, code) in BAD {
        let photo = upload(photo, &lax());
        let registered = refusal(session.register_face(&photo).unwrap().wait().unwrap());
        let alive = refusal(session.face_liveness(&photo).unwrap().wait().unwrap());
        for refusal in [&registered, &alive] {
            let issue = refusal.issues.iter().find(|issue| issue.code == ServiceCode::Documented(code));
            let issue = issue.unwrap_or_else(|| panic!("{code}: {refusal}"));
            assert!(!issue.message.is_empty() && issue.hint().is_some(), "{refusal}");
        }
        // Each in the shape that the service has for it.
        assert_eq!((registered.status, alive.status), (400, 200), "{code}");
        assert!(registered.result["issues"][code.as_str()].is_string(), "{}", registered.result);
        assert!(registered.result["data"]["liveness"]["error_code"].is_string(), "{}", registered.result);
        assert!(alive.result["data"]["issues"]["liveness"][code.as_str()].is_string(), "{}", alive.result);
        assert!(alive.result["data"]["liveness"]["data"]["error_code"].is_string(), "{}", alive.result);
        let codes = |refusal: &Refusal| refusal.issues.iter().map(|issue| issue.code.clone()).collect::<Vec<_>>();
        assert_eq!(codes(&registered), codes(&alive), "{code}");
    }
    assert!(uuids(&service).is_empty());
}

/// What is a warning here, and the service may refuse.
#[test]
fn codes_that_are_warnings_here_are_the_checkers_too() {
    let mut strict = Profile::progeny_selfie();
    for (padding, distance, code) in [(200.0, 1.0, Code::FaceCloseToBorder), (1.0, 400.0, Code::FaceTooClose)] {
        strict.face_padding = Some(Range::at_least(padding));
        strict.camera_distance = Some(Range::at_least(distance));
        let options = super::options().with_demands(strict.clone(), Profile::progeny_document());
        let service = face_precheck::stand_in::StandIn::start(options).unwrap();
        let session = login(&service);
        let upload = upload("photos/compliant/grace_hopper_enlarged_1.5x.jpg", &Profile::progeny_selfie());
        let registered = refusal(session.register_face(&upload).unwrap().wait().unwrap());
        let alive = refusal(session.face_liveness(&upload).unwrap().wait().unwrap());
        for refusal in [registered, alive] {
            assert_eq!(refusal.issues[0].code, ServiceCode::Documented(code), "{refusal}");
        }
    }
}

/// A picture that has nothing wrong with it, of somebody who is not there, say.
#[test]
fn what_only_the_service_can_know_comes_through() {
    let spoof = |answers: Answers, call| answers.refusing(call, "SPOOF_DETECTED", "Presentation attack");
    let answers = [Call::RegisterFace, Call::FaceLiveness, Call::AuthenticateFace].into_iter().fold(Answers::default(), spoof);
    let service = face_precheck::stand_in::StandIn::start(super::options().with_answers(answers)).unwrap();
    let session = login(&service);
    let selfie = &SELFIES[0];
    let uuid = "d3da2b7a-b062-11ec-b3b9-0242ac190002";
    for refusal in [
        refusal(session.register_face(selfie).unwrap().wait().unwrap()),
        refusal(session.face_liveness(selfie).unwrap().wait().unwrap()),
        refusal(session.authenticate_face(selfie, uuid).unwrap().wait().unwrap()),
    ] {
        let [issue] = &refusal.issues[..] else { panic!("{refusal}") };
        assert_eq!((&issue.code, issue.message.as_str()), (&ServiceCode::Other("SPOOF_DETECTED".into()), "Presentation attack"));
        assert_eq!(issue.hint(), None);
    }
    assert!(uuids(&service).is_empty());
}

/// A code that the service does not document comes through as it is. (The stand-in says so of what is ours.)
#[test]
fn an_unknown_code_is_kept() {
    let service = service();
    let session = heedless(&service);
    let small = refusal(session.register_face(&upload("rendered/p1_ipd062.jpg", &small())).unwrap().wait().unwrap());
    assert!(small.issues.iter().any(|issue| issue.code == ServiceCode::Other("WIDTH_OUT_OF_RANGE".into())), "{small}");
}

/// Pictures that are as narrow as no service takes them.
fn small() -> Profile {
    let mut profile = lax();
    profile.width = Some(Range::at_most(400.0));
    profile
}

#[test]
fn an_upload_goes_only_where_it_was_checked_for() {
    let service = service();
    let session = login(&service);
    let (selfie, document) = (&SELFIES[0], &*DOCUMENT);
    let sent = service.counts().requests;
    let laxer = upload("photos/compliant/astronaut_enlarged_3x.jpg", &lax());
    let mut wide = Profile::progeny_selfie();
    wide.head_pose_yaw = Some(Range::between(-40.0, 40.0));
    let wide = upload("photos/compliant/astronaut_enlarged_3x.jpg", &wide);
    let errors = [
        session.register_face(document).unwrap_err(),
        session.authenticate_face(document, "u").unwrap_err(),
        session.face_liveness(document).unwrap_err(),
        session.ocr_card(selfie, document).unwrap_err(),
        session.ocr_card(document, selfie).unwrap_err(),
        session.ocr_passport(selfie).unwrap_err(),
        session.kyc_card(document, document, document).unwrap_err(),
        session.kyc_card(selfie, selfie, document).unwrap_err(),
        session.kyc_card(selfie, document, selfie).unwrap_err(),
        session.kyc_passport(document, document).unwrap_err(),
        session.kyc_passport(selfie, selfie).unwrap_err(),
        session.register_face(&laxer).unwrap_err(),
        session.register_face(&wide).unwrap_err(),
    ];
    for error in &errors {
        assert!(matches!(error.kind(), ErrorKind::WrongUpload { .. }), "{error}");
        assert!(!error.is_outcome_unknown());
    }
    let ErrorKind::WrongUpload { mismatch: Mismatch::LaxerProfile { rules, .. }, .. } = errors[12].kind() else { panic!() };
    assert_eq!(rules, &[Rule::HeadPoseYaw]);
    for (full_name, birth_date) in [("Mara Muster", "31.01.1990"), ("Mara Muster", "1990-02-30"), (" ", "1990-01-31")] {
        let error = session.background_check(full_name, birth_date).unwrap_err();
        assert!(matches!(error.kind(), ErrorKind::WrongText { .. }), "{error}");
    }
    assert!(matches!(session.authenticate_face(selfie, "").unwrap_err().kind(), ErrorKind::WrongText { .. }));
    assert_eq!(service.counts().requests, sent, "nothing was sent");
    // A stricter one goes.
    let mut strict = Profile::progeny_selfie();
    strict.name = "strict".into();
    strict.head_pose_yaw = Some(Range::between(-15.0, 15.0));
    super::register(&session, &upload("photos/compliant/astronaut_enlarged_3x.jpg", &strict));
}
