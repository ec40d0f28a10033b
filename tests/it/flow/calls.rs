//! The calls besides registration.

use face_precheck::Call;
use face_precheck::client::{BackgroundCheck, Client, Paths};
use face_precheck::stand_in::StandIn;

use super::{DOCUMENT, PASSWORD, SELFIES, USERNAME, login, options, quick, register, service};

#[test]
fn every_call_is_answered() {
    let service = service();
    let session = login(&service);
    let (selfie, document) = (&SELFIES[0], &*DOCUMENT);
    let face = register(&session, selfie);
    assert!(session.face_liveness(selfie).unwrap().wait().unwrap().into_result().unwrap().result);
    session.authenticate_face(selfie, &face.uuid).unwrap().wait().unwrap().into_result().unwrap();
    let card = session.ocr_card(document, document).unwrap().wait().unwrap().into_result().unwrap();
    assert!(card.data.to_string().contains("nothing was read"), "{}", card.data);
    let passport = session.ocr_passport(document).unwrap().wait().unwrap().into_result().unwrap();
    assert!(passport.document.first_name.is_some() && passport.document.is_valid.is_some());
    let kyc = session.kyc_card(selfie, document, document).unwrap().wait().unwrap().into_result().unwrap();
    assert!(kyc.data.to_string().contains("nothing was compared"), "{}", kyc.data);
    let kyc = session.kyc_passport(selfie, document).unwrap().wait().unwrap().into_result().unwrap();
    assert!(kyc.document.is_some());
}

/// At once, or through a task.
#[test]
fn a_background_check_is_answered_either_way() {
    for through_task in [false, true] {
        let service = StandIn::start(options().with_background_through_task(through_task)).unwrap();
        let task = login(&service).background_check("Mara Muster", "1990-01-31").unwrap();
        assert_eq!(task.id().is_some(), through_task);
        let BackgroundCheck { potential_match, total_matches, .. } = task.wait().unwrap().into_result().unwrap();
        assert_eq!((potential_match, total_matches), (Some(false), Some(0)));
    }
}

/// What a provider said is passed on as it is, to those who ask.
#[test]
fn providers_answers_come_through() {
    let service = service();
    let session = login(&service);
    let without = session.face_liveness(&SELFIES[0]).unwrap().wait().unwrap().into_result().unwrap();
    assert!(without.data.get("extend_data").is_none());
    let extended = session.with_extend_data(true);
    let with = extended.face_liveness(&SELFIES[0]).unwrap().wait().unwrap().into_result().unwrap();
    assert!(with.data["extend_data"].is_object(), "{}", with.data);
    let passport = extended.ocr_passport(&DOCUMENT).unwrap().wait().unwrap().into_result().unwrap();
    assert!(passport.data["extend_data"].is_object(), "{}", passport.data);
}

/// The service's pages spell them in several ways.
#[test]
fn paths_are_those_that_are_set() {
    let service = service();
    let paths = Paths::default()
        .with(Call::ObtainToken, "/token/obtain")
        .with(Call::Task, "/services/task")
        .with(Call::FaceLiveness, "/services/liveness");
    let session = quick(Client::new(&format!("{}/", service.base_url()))).with_paths(paths).login(USERNAME, PASSWORD).unwrap();
    assert!(session.face_liveness(&SELFIES[0]).unwrap().wait().unwrap().into_result().unwrap().result);
    for path in ["services", "", "/a b", "/x?y", "/x#y", "//\u{e9}"] {
        let client = Client::new(&service.base_url()).with_paths(Paths::default().with(Call::Task, path));
        assert!(client.validate().is_err(), "{path}");
    }
}
