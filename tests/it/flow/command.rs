//! `face-precheck upload`, from the photo to the exit code.

use std::path::Path;
use std::process::{Command, Output};
use std::time::Duration;

use face_precheck::stand_in::{Fault, Faults, Options, StandIn};
use face_precheck::{Profile, Range};
use serde_json::Value;

use super::{PASSWORD, USERNAME, options, service, uuids};
use crate::command::{code, command, folder, lines, stderr, stdout};
use crate::fixtures::ENGINE;

const PHOTO: &str = "photos/compliant/astronaut_enlarged_3x.jpg";

/// The command with credentials in its environment.
fn upload(service: &StandIn, arguments: &[&str]) -> Command {
    let mut command = command();
    command.args(["upload", "register", "--server", &service.base_url()]).args(arguments);
    command.env("FACE_PRECHECK_USERNAME", USERNAME).env("FACE_PRECHECK_PASSWORD", PASSWORD);
    // Nobody else's machine leads to this one.
    command
        .env("HTTP_PROXY", "http://127.0.0.1:9")
        .env("HTTPS_PROXY", "http://127.0.0.1:9")
        .env("ALL_PROXY", "http://127.0.0.1:9");
    command
}

fn run(service: &StandIn, arguments: &[&str]) -> Output {
    upload(service, arguments).output().unwrap()
}

#[test]
fn a_photo_becomes_a_registered_face() {
    let service = service();
    let output = run(&service, &[PHOTO]);
    assert_eq!(code(&output), 0, "{}", stderr(&output));
    let [uuid] = &uuids(&service)[..] else { panic!() };
    let text = stdout(&output);
    assert!(text.starts_with(&format!("registered {PHOTO} as {uuid}\n")), "{text}");
    assert!(stderr(&output).contains("the service has taken it as task "), "{}", stderr(&output));
    assert!(text.contains("nothing had to be done") && text.contains("pupils"), "{text}");
    // For programs, the same as a line.
    let output = run(&service, &[PHOTO, "--format", "jsonl"]);
    let [line] = &lines(&output)[..] else { panic!() };
    assert!(uuids(&service).contains(&line["uuid"].as_str().unwrap().to_owned()));
    assert_eq!((&line["file"], &line["verdict"]), (&PHOTO.into(), &"compliant".into()));
    assert_eq!((&line["service"]["outcome"], &line["upload"]["media_type"]), (&"taken".into(), &"image/jpeg".into()));
}

#[test]
fn what_does_not_pass_is_not_sent() {
    let service = service();
    let output = run(&service, &["photos/refused/astronaut.png"]);
    assert_eq!(code(&output), 1);
    assert!(stdout(&output).contains("FACE_TOO_SMALL") && stdout(&output).contains("Move closer"), "{}", stdout(&output));
    let german = run(&service, &["photos/refused/astronaut.png", "--language", "de"]);
    assert!(!stdout(&german).contains("Move closer"));
    let folder = folder("upload-unreadable");
    std::fs::write(folder.join("cut.jpg"), b"\xff\xd8\xff\xe0 and nothing else").unwrap();
    let output = run(&service, &[folder.join("cut.jpg").to_str().unwrap()]);
    assert_eq!(code(&output), 1);
    assert!(stdout(&output).contains("unreadable"), "{}", stdout(&output));
    assert_eq!(service.counts().requests, 0, "not even a login");
}

#[test]
fn a_dry_run_sends_nothing_and_needs_nothing() {
    let mut command = command();
    command.args(["upload", "register", PHOTO, "--dry-run", "--server", "https://be.example.org/api/v3/"]);
    command.args(["--path", "register_face=/faces"]);
    let output = command.output().unwrap();
    assert_eq!(code(&output), 0, "{}", stderr(&output));
    let text = stdout(&output);
    assert!(text.contains("to be sent to https://be.example.org/api/v3/faces\n"), "{text}");
    assert!(text.contains("as selfie.jpg, image/jpeg, "), "{text}");
    let service = service();
    let refused = run(&service, &["photos/refused/astronaut.png", "--dry-run"]);
    assert_eq!((code(&refused), service.counts().requests), (1, 0));
    let line = &lines(&run(&service, &[PHOTO, "--dry-run", "--format", "jsonl"]))[0];
    assert_eq!(line["would_go_to"], format!("{}/services/register_face/", service.base_url()));
    assert!(line.get("uuid").is_none() && service.counts().requests == 0);
}

/// What the service says of a photo that the check let pass: 3, and what nobody knows: 4.
#[test]
fn exit_codes_tell_refused_from_unknown() {
    let refusing = refusing();
    let output = run(&refusing, &[PHOTO]);
    assert_eq!(code(&output), 3, "{}{}", stdout(&output), stderr(&output));
    let text = stdout(&output);
    assert!(
        text.starts_with(&format!("refused    {PHOTO}\n     error FACE_TOO_SMALL: Interpupillary distance is too small\n")),
        "{text}"
    );
    assert!(text.contains("Move closer to the camera."), "{text}");
    assert!(uuids(&refusing).is_empty());
    let german = stdout(&run(&refusing, &[PHOTO, "--language", "de"]));
    assert!(german.contains("FACE_TOO_SMALL") && !german.contains("Move closer"), "{german}");

    let faults = |rate, kind| options().with_faults(Faults::default().with_rate(rate).with_kinds([kind]));
    let broken = StandIn::start(faults(1.0, Fault::Error)).unwrap();
    let output = run(&broken, &[PHOTO]);
    assert_eq!(code(&output), 2, "nothing was sent: {}", stderr(&output));
    assert!(stderr(&output).contains("status 500"), "{}", stderr(&output));

    let slow = StandIn::start(options().with_task_time(Duration::from_mins(10))).unwrap();
    let output = run(&slow, &[PHOTO, "--deadline", "1"]);
    assert_eq!(code(&output), 4);
    assert!(stdout(&output).starts_with(&format!("unknown    {PHOTO}\n")), "{}", stdout(&output));
    let line = &lines(&run(&slow, &[PHOTO, "--deadline", "1", "--format", "jsonl"]))[0];
    assert!(line["task"].is_string() && line["service"]["outcome"] == "unknown", "{line}");
}

/// What nobody knew is asked for again, later.
#[test]
fn a_task_is_asked_for_again() {
    let service = StandIn::start(options().with_task_time(Duration::from_secs(3))).unwrap();
    let line = &lines(&run(&service, &[PHOTO, "--deadline", "1", "--format", "jsonl"]))[0];
    let id = line["task"].as_str().unwrap();
    let again = |arguments: &[&str]| {
        let mut command = command();
        command.args(["upload", "task", "--server", &service.base_url()]).args(arguments);
        command.env("FACE_PRECHECK_USERNAME", USERNAME).env("FACE_PRECHECK_PASSWORD", PASSWORD).output().unwrap()
    };
    let output = again(&[id]);
    assert_eq!(code(&output), 0, "{}", stderr(&output));
    let uuid = uuids(&service).remove(0);
    assert_eq!(stdout(&output), format!("registered task {id} as {uuid}\n"));
    let taken = serde_json::json!({ "task": id, "uuid": uuid, "service": { "outcome": "taken" } });
    assert_eq!(lines(&again(&[id, "--format", "jsonl"]))[0], taken);
    let nobodys = again(&["00000000-0000-4000-8000-000000000000"]);
    assert_eq!(code(&nobodys), 4);
    assert!(stdout(&nobodys).contains("refused with status 404: Not found."), "{}", stdout(&nobodys));
}

#[test]
fn trouble_is_told_before_anything_is_sent() {
    let service = service();
    let url = service.base_url();
    let wrong = upload(&service, &[PHOTO]).env("FACE_PRECHECK_PASSWORD", "wr0ng-secret").output().unwrap();
    assert_eq!(code(&wrong), 2);
    assert!(stderr(&wrong).contains("No active account found") && !stderr(&wrong).contains("wr0ng"), "{}", stderr(&wrong));
    let requests = service.counts().requests;
    let trouble = |command: &mut Command, about: &str| {
        let output = command.output().unwrap();
        assert_eq!(code(&output), 2, "{about}");
        assert!(stderr(&output).contains(about), "{about}: {}", stderr(&output));
        assert!(!stderr(&output).contains(PASSWORD));
    };
    trouble(upload(&service, &[PHOTO]).env_remove("FACE_PRECHECK_PASSWORD"), "no credentials");
    trouble(upload(&service, &[PHOTO]).args(["--profile", "progeny-document"]), "is not about selfies");
    trouble(upload(&service, &["nowhere.jpg"]).args(["--log-agreement", "/"]), "--log-agreement");
    trouble(&mut upload(&service, &["nowhere.jpg"]), "nowhere.jpg");
    trouble(&mut upload(&service, &["photos/compliant"]), "one photo is expected");
    trouble(upload(&service, &[PHOTO]).args(["--path", "register=/x"]), "is no call");
    trouble(upload(&service, &[PHOTO]).args(["--path", "task=x"]), "begins with a slash");
    trouble(upload(&service, &[PHOTO]).args(["--root-certificates", "SHA256SUMS"]), "root certificates");
    trouble(command().args(["upload", "register", PHOTO, "--dry-run", "--server", "http://example.org"]), "https");
    let folder = folder("upload-trouble");
    let lax = folder.join("lax.toml");
    std::fs::write(&lax, "extends = 'progeny-selfie'\nname = 'lax'\nhead-pose-yaw = false\n").unwrap();
    trouble(upload(&service, &[PHOTO]).arg("--profile").arg(&lax), "demands less than the service in head-pose-yaw");
    let credentials = folder.join("credentials.toml");
    std::fs::write(&credentials, format!("username = '{USERNAME}'\npasword = '{PASSWORD}'\n")).unwrap();
    trouble(upload(&service, &[PHOTO]).arg("--credentials").arg(&credentials), "two lines");
    assert_eq!(service.counts().requests, requests);

    std::fs::write(&credentials, format!("username = '{USERNAME}'\npassword = '{PASSWORD}'\n")).unwrap();
    let mut from_file = command();
    from_file.args(["upload", "register", PHOTO, "--server", &url, "--credentials"]).arg(&credentials);
    let output = from_file.output().unwrap();
    assert_eq!(code(&output), 0, "{}", stderr(&output));
    assert_eq!(stderr(&output).contains("others on this machine may read"), cfg!(unix));
}

/// What was said here beside what the service said, without a name that the service gave.
#[test]
fn agreement_is_logged_and_counted() {
    let folder = folder("upload-agreement");
    let log = folder.join("agreement.jsonl");
    let log = log.to_str().unwrap();
    let (taking, refusing) = (service(), refusing());
    let slow = StandIn::start(options().with_task_time(Duration::from_mins(10))).unwrap();
    for (service, photo, exit) in [
        (&taking, PHOTO, 0),
        (&taking, "photos/compliant/grace_hopper_enlarged_1.5x.jpg", 0),
        (&taking, "photos/refused/astronaut.png", 1),
        (&refusing, PHOTO, 3),
        (&slow, PHOTO, 4),
    ] {
        let deadline = if exit == 4 { "1" } else { "120" };
        let output = run(service, &[photo, "--log-agreement", log, "--deadline", deadline]);
        assert_eq!(code(&output), exit, "{photo}: {}{}", stdout(&output), stderr(&output));
    }
    let text = std::fs::read_to_string(log).unwrap();
    let entries: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let told: Vec<_> = entries.iter().map(|entry| (entry["service"]["outcome"].as_str().unwrap(), &entry["agree"])).collect();
    let (yes, no, nobody) = (Value::from(true), Value::from(false), Value::Null);
    let expected = [("taken", &yes), ("taken", &yes), ("not-sent", &nobody), ("refused", &no), ("unknown", &nobody)];
    assert_eq!(told, expected);
    assert_eq!(entries[2]["errors"], serde_json::json!(["FACE_TOO_SMALL"]));
    assert_eq!(entries[3]["service"]["issues"][0]["code"], "FACE_TOO_SMALL");
    assert!(entries[0]["measured"]["interpupillary_distance_px"].is_f64() && entries[0]["time"].is_string());
    for uuid in uuids(&taking) {
        assert!(!text.contains(&uuid), "whom it is about is between the service and who registers");
    }
    let compare = |logs: &[&str]| command().args(["upload", "compare"]).args(logs).output().unwrap();
    let output = compare(&[log]);
    assert_eq!(code(&output), 0);
    let expected = "                     taken   refused   unknown  not sent\n\
                    compliant here           2         1         1         0\n\
                    not so here              0         0         0         1\n\
                    compliant here and refused for FACE_TOO_SMALL: 1, 0 with a warning of it\n";
    assert_eq!(stdout(&output), expected);
    assert!(stdout(&compare(&[log, log])).contains("compliant here           4         2         2         0\n"));
    // What cannot be written down has happened all the same.
    if Path::new("/dev/full").exists() {
        let output = run(&taking, &[PHOTO, "--log-agreement", "/dev/full"]);
        assert_eq!(code(&output), 0);
        assert!(stdout(&output).starts_with("registered ") && stderr(&output).contains("--log-agreement"), "{}", stderr(&output));
    }
    assert_eq!(code(&compare(&["nowhere.jsonl"])), 2);
    assert_eq!(code(&compare(&["SHA256SUMS"])), 2);
    assert!(Path::new(log).exists());
}

/// A service that demands more than it says.
fn refusing() -> StandIn {
    let mut strict = Profile::progeny_selfie();
    strict.interpupillary_distance = Some(Range::at_least(300.0));
    StandIn::start(options().with_demands(strict, Profile::progeny_document())).unwrap()
}

/// Whoever tries the README sees what it shows, but for the port, the face's name and what is measured.
#[test]
fn the_readmes_transcript_holds() {
    let readme = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("README.md")).unwrap();
    let section = readme.split("\n## ").find(|section| section.starts_with("From camera to registered face")).unwrap();
    let blocks: Vec<&str> = section.split("```console\n").skip(1).map(|rest| rest.split_once("```").unwrap().0).collect();
    let [serving, sending] = blocks[..] else { panic!("{section}") };
    let service = StandIn::start(Options::default().with_engine(ENGINE.clone())).unwrap();
    let begun = "$ cargo run --release --features client,stand-in -- ";
    assert!(
        serving.starts_with(&format!("{begun}stand-in "))
            && serving.contains("listening on http://127.0.0.1:8080/api/v3 as demo")
    );
    let mut shown = 0;
    for block in sending.split("$ ").skip(1) {
        let (line, expected) = block.split_once('\n').unwrap();
        let Some(arguments) = line.strip_prefix(&begun[2..]) else {
            assert_eq!(line, "export FACE_PRECHECK_USERNAME=demo FACE_PRECHECK_PASSWORD=demo");
            continue;
        };
        let arguments = arguments.replace("http://127.0.0.1:8080/api/v3", &service.base_url()).replace("fixtures/", "");
        let mut command = command();
        command.args(arguments.split(' ')).env("FACE_PRECHECK_USERNAME", "demo").env("FACE_PRECHECK_PASSWORD", "demo");
        let found = stdout(&command.output().unwrap());
        let named =
            uuids(&service).into_iter().fold(found, |text, uuid| text.replace(&uuid, "2968aa92-2076-4c9d-94b0-931fa3bb6d4b"));
        crate::transcripts::assert_alike(&named, &expected.replace("fixtures/", ""), line);
        shown += 1;
    }
    assert_eq!((shown, uuids(&service).len()), (2, 1));
}
