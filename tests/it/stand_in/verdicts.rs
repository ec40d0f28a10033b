//! What is said about pictures: the engine's verdict in the shapes of the service, and marked answers to all else.

use std::collections::BTreeSet;

use face_precheck::Call;
use face_precheck::stand_in::{Answers, StandIn};
use face_precheck::{Profile, Severity};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use super::talk::{GOOD, Part, Talk, options};
use crate::fixtures::{ENGINE, read};

/// Pictures and a code that they are refused for.
const REFUSED: [(&str, &str); 12] = [
    ("photos/refused/astronaut.png", "FACE_TOO_SMALL"),
    ("rendered/p1_ipd062.jpg", "FACE_TOO_SMALL"),
    ("photos/no_face/books.jpg", "FACE_NOT_FOUND"),
    ("rendered/no_face.jpg", "FACE_NOT_FOUND"),
    ("rendered/p1_p4_two_faces.jpg", "TOO_MANY_FACES"),
    ("rendered/p1_y+35_p+00_r+00.jpg", "FACE_ANGLE_TOO_LARGE"),
    ("rendered/p1_cropped_left.jpg", "FACE_CROPPED"),
    ("quality/p1_mask_cloth_black.jpg", "FACE_IS_OCCLUDED"),
    ("quality/p4_sunglasses_wayfarer.jpg", "FACE_IS_OCCLUDED"),
    ("rendered/p1_eyes_closed_both.jpg", "EYES_CLOSED"),
    ("heic/phone.heic", "FAILED_TO_READ_IMAGE"),
    ("SHA256SUMS", "FAILED_TO_READ_IMAGE"),
];

/// The codes that a selfie is refused for.
fn codes(picture: &[u8]) -> BTreeSet<String> {
    let Ok(report) = ENGINE.check(picture, &Profile::progeny_selfie()) else { return ["FAILED_TO_READ_IMAGE".into()].into() };
    let errors = report.findings().iter().filter(|finding| finding.severity == Severity::Error);
    errors.map(|finding| finding.code().to_string()).collect()
}

fn keys(object: &Value) -> BTreeSet<String> {
    object.as_object().unwrap().keys().cloned().collect()
}

#[test]
fn every_code_is_told_in_both_shapes() {
    let service = StandIn::start(options()).unwrap();
    let talk = Talk::logged_in(&service);
    for (name, code) in REFUSED {
        let picture = read(name);
        let fields = [("image", Part::File(&picture))];
        let expected = codes(&picture);
        assert!(expected.contains(code), "{name}: {expected:?}");

        let first = talk.result("/services/register_face/", &fields);
        assert_eq!((&first["status"], &first["data"]["liveness"]["result"]), (&400.into(), &false.into()), "{name}: {first}");
        assert_eq!(keys(&first["issues"]), expected, "{name}: {first}");
        let (error, error_code) =
            (&first["data"]["liveness"]["error"], first["data"]["liveness"]["error_code"].as_str().unwrap());
        assert_eq!(&first["issues"][error_code], error, "{name}: {first}");

        let second = talk.result("/services/face_liveness/", &fields);
        let liveness = json!({"result": false, "data": {"error": error, "error_code": error_code}});
        let expected = json!({"status": 200, "data": {"liveness": liveness, "issues": {"liveness": first["issues"]}}});
        assert_eq!(second, expected, "{name}");
    }
    assert_eq!(service.faces().unwrap(), []);
}

/// The service's own words, where it gives them.
#[test]
fn documented_messages_are_said() {
    let service = StandIn::start(options()).unwrap();
    let talk = Talk::logged_in(&service);
    for (name, code, message) in [
        ("photos/refused/astronaut.png", "FACE_TOO_SMALL", "Interpupillary distance is too small"),
        ("photos/no_face/books.jpg", "FACE_NOT_FOUND", "Failed to detect face"),
    ] {
        let result = talk.result("/services/liveness", &[("image", Part::File(&read(name)))]);
        assert_eq!(result["data"]["issues"]["liveness"][code], message, "{result}");
    }
}

/// The service mends nothing: what could be mended is refused, too, under codes of ours.
#[test]
fn a_file_is_judged_as_it_is_sent() {
    let service = StandIn::start(options()).unwrap();
    let talk = Talk::logged_in(&service);
    let mut large = read(GOOD);
    large.resize(2_000_001, 0);
    let result = talk.result("/services/register_face/", &[("image", Part::File(&large))]);
    assert_eq!(result["issues"], json!({"FILE_TOO_LARGE": "File is too large"}), "{result}");
    let webp = talk.result("/services/register_face/", &[("image", Part::File(&read("webp/lossy.webp")))]);
    assert!(keys(&webp["issues"]).contains("FAILED_TO_READ_IMAGE"), "{webp}");
}

#[test]
fn a_face_is_registered_and_found_again() {
    let service = StandIn::start(options()).unwrap();
    let talk = Talk::logged_in(&service);
    let photo = read(GOOD);
    let image = ("image", Part::File(&photo));
    let registered = talk.result("/services/register_face/", &[image]);
    let uuid = registered["data"]["uuid"].as_str().unwrap();
    assert_eq!(registered, json!({"status": 200, "data": {"uuid": uuid}}));
    let faces = service.faces().unwrap();
    let sha256: String = Sha256::digest(&photo).iter().map(|byte| format!("{byte:02x}")).collect();
    assert_eq!(faces.len(), 1);
    assert_eq!((faces[0].uuid.as_str(), faces[0].username.as_str(), &faces[0].sha256), (uuid, "demo", &sha256));
    assert!(faces[0].registered > 1_700_000_000);

    let live = talk.result("/services/face_liveness/", &[image]);
    assert_eq!((&live["status"], &live["data"]["liveness"]["result"]), (&200.into(), &true.into()), "{live}");
    assert!(live["data"]["liveness"]["stand_in"].is_string(), "{live}");
    let known =
        talk.result("/services/authenticate_face/", &[image, ("uuid", Part::Text(uuid)), ("extend_data", Part::Text("1"))]);
    assert_eq!(known["data"]["verification"], json!({"result": true, "stand_in": "fixed answer: nothing was compared"}));
    assert_eq!(known["data"]["liveness"]["result"], true);
    assert_eq!(known["data"]["extend_data"], json!({"stand_in": "fixed answer: no provider was asked"}));
    let nobody = ("uuid", Part::Text("d3da2b7a-b062-11ec-b3b9-0242ac190002"));
    let unknown = talk.result("/services/authenticate_face/", &[image, nobody]);
    assert!(unknown["status"] == 404 && unknown["data"]["error"].is_string(), "{unknown}");
    let books = read("photos/no_face/books.jpg");
    let refused = talk.result("/services/authenticate_face/", &[("image", Part::File(&books)), ("uuid", Part::Text(uuid))]);
    assert_eq!(refused["data"]["liveness"]["error_code"], "FACE_NOT_FOUND", "the picture comes first: {refused}");
    assert_eq!(service.faces().unwrap().len(), 1);
}

/// Documents are bound by the file's requirements alone, and what is read in them is fixed.
#[test]
fn documents_are_judged_as_files_and_read_by_nobody() {
    let service = StandIn::start(options()).unwrap();
    let talk = Talk::logged_in(&service);
    let [face, page, note] = [GOOD, "rendered/no_face.jpg", "SHA256SUMS"].map(read);
    let [face, page, note] = [&face, &page, &note].map(|bytes| Part::File(bytes));
    for (path, fields) in [
        ("/services/ocr_passport/", vec![("passport_image", page)]),
        ("/services/ocr_card/", vec![("front_id", page), ("back_id", page)]),
        ("/services/kyc_passport/", vec![("selfie_image", face), ("passport_image", page)]),
        ("/services/kyc_card/", vec![("selfie_image", face), ("front_id", page), ("back_id", page)]),
    ] {
        let result = talk.result(path, &fields);
        assert_eq!(result["status"], 200, "{path}: {result}");
        assert_eq!(result["data"]["document"]["firstName"], "SPECIMEN");
        assert_eq!(result["data"]["document"]["stand_in"], "fixed answer: nothing was read");
        for part in ["liveness", "verification"] {
            let there = path.contains("kyc");
            assert_eq!(result["data"][part]["result"] == true && result["data"][part]["stand_in"].is_string(), there, "{result}");
        }
    }
    let unreadable = json!({"error": "Failed to read image", "error_code": "FAILED_TO_READ_IMAGE"});
    let result = talk.result("/services/ocr_card/", &[("front_id", page), ("back_id", note)]);
    let issues = json!({"FAILED_TO_READ_IMAGE": "Failed to read image"});
    assert_eq!(result, json!({"status": 400, "data": {"back_id": unreadable}, "issues": issues}));
    let result = talk.result("/services/kyc_passport/", &[("selfie_image", page), ("passport_image", note)]);
    assert_eq!(result["data"]["passport_image"], unreadable, "{result}");
    assert_eq!(result["data"]["liveness"]["error_code"], "FACE_NOT_FOUND", "{result}");
    assert_eq!(keys(&result["issues"]), BTreeSet::from(["FACE_NOT_FOUND", "FAILED_TO_READ_IMAGE"].map(String::from)));
}

#[test]
fn a_person_is_looked_up_by_nobody_at_once_or_through_a_task() {
    let person = [("fullname", Part::Text("Ada Lovelace")), ("birth_date", Part::Text("1815-12-10"))];
    let check = json!({"potential_match": false, "risk_level": "low", "total_matches": 0, "hits": []});
    let expected = json!({"background_check": check, "stand_in": "fixed answer: nobody was looked up"});
    let service = StandIn::start(options()).unwrap();
    let answer = Talk::logged_in(&service).post("/services/background_check/", &person).unwrap();
    assert_eq!((answer.status, answer.json()), (200, expected.clone()));
    let service = StandIn::start(options().with_background_through_task(true)).unwrap();
    let result = Talk::logged_in(&service).result("/services/background_check/", &person);
    assert_eq!(result, json!({"status": 200, "data": expected}));
}

#[test]
fn fixed_answers_can_be_chosen_and_are_marked_all_the_same() {
    let answers = Answers::default().with(Call::OcrPassport, json!({"document": {"firstName": "Ada"}}));
    let service = StandIn::start(options().with_answers(answers)).unwrap();
    let result = Talk::logged_in(&service).result("/services/ocr_passport/", &[("passport_image", Part::File(&read(GOOD)))]);
    assert_eq!(result["data"], json!({"document": {"firstName": "Ada"}, "stand_in": "fixed answer: nothing was read"}));
    for (call, data) in [(Call::RegisterFace, json!({})), (Call::OcrCard, json!("SPECIMEN"))] {
        let error = StandIn::start(options().with_answers(Answers::default().with(call, data))).unwrap_err();
        assert_eq!(error.kind(), std::io::ErrorKind::InvalidInput, "{error}");
    }
}

/// A good picture of something that is not alive: nobody can know that here, and so it is told.
#[test]
fn good_pictures_are_refused_where_that_is_what_is_to_be_tried() {
    let answers = [Call::RegisterFace, Call::FaceLiveness, Call::AuthenticateFace, Call::KycPassport, Call::OcrPassport]
        .into_iter()
        .fold(Answers::default(), |answers, call| answers.refusing(call, "SPOOF", "Not alive"));
    let service = StandIn::start(options().with_answers(answers)).unwrap();
    let talk = Talk::logged_in(&service);
    let [photo, books] = [GOOD, "photos/no_face/books.jpg"].map(read);
    let image = ("image", Part::File(&photo));
    let (mark, issues) = ("fixed answer: refused as it was told to", json!({"SPOOF": "Not alive"}));
    let liveness = json!({"result": false, "error": "Not alive", "error_code": "SPOOF"});
    let expected = json!({"status": 400, "data": {"liveness": liveness, "stand_in": mark}, "issues": issues});
    assert_eq!(talk.result("/services/register_face/", &[image]), expected);
    let uuid = ("uuid", Part::Text("d3da2b7a-b062-11ec-b3b9-0242ac190002"));
    assert_eq!(talk.result("/services/authenticate_face/", &[image, uuid]), expected);
    let passport = ("passport_image", Part::File(&photo));
    let kyc = talk.result("/services/kyc_passport/", &[("selfie_image", Part::File(&photo)), passport]);
    assert_eq!(kyc, expected);
    let page = json!({"error": "Not alive", "error_code": "SPOOF"});
    let expected = json!({"status": 400, "data": {"passport_image": page, "stand_in": mark}, "issues": issues});
    assert_eq!(talk.result("/services/ocr_passport/", &[passport]), expected);
    let liveness = json!({"result": false, "data": {"error": "Not alive", "error_code": "SPOOF"}});
    let data = json!({"liveness": liveness, "issues": {"liveness": issues}, "stand_in": mark});
    assert_eq!(talk.result("/services/liveness/", &[image]), json!({"status": 200, "data": data}));
    let own = talk.result("/services/register_face/", &[("image", Part::File(&books))]);
    assert!(own["issues"]["FACE_NOT_FOUND"].is_string() && own["data"]["stand_in"].is_null(), "what is found comes first: {own}");
    assert_eq!(service.faces().unwrap(), []);
}
