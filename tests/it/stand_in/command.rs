//! The command `stand-in`.

use std::io::{BufRead as _, BufReader, Read as _};
use std::process::{Child, Command, Stdio};

use super::talk::{GOOD, Part, Talk};
use crate::command::{code, command, ended, face_precheck, folder, stderr};
use crate::fixtures::read;
use crate::folders::name;

const USERNAME: &str = "FACE_PRECHECK_STAND_IN_USERNAME";
const PASSWORD: &str = "FACE_PRECHECK_STAND_IN_PASSWORD";

/// A service, and where it listens.
fn started(arguments: &[&str]) -> (Child, String) {
    let mut command = command();
    command.args(["stand-in", "--port", "0"]).args(arguments).env(USERNAME, "tester").env(PASSWORD, "hush-hush");
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut line = String::new();
    BufReader::new(child.stdout.as_mut().unwrap()).read_line(&mut line).unwrap();
    let url = line.strip_prefix("listening on ").unwrap().split(' ').next().unwrap().to_owned();
    assert_eq!(line, format!("listening on {url} as tester, for tests: it stands in for the service and says so\n"));
    (child, url)
}

fn signal(child: &Child, signal: &str) {
    assert!(Command::new("kill").args([signal, &child.id().to_string()]).status().unwrap().success());
}

#[test]
fn the_command_serves_until_ctrl_c() {
    let folder = folder("stand-in-command");
    let data = folder.join("data");
    let answers = folder.join("answers.json");
    std::fs::write(&answers, r#"{"ocr_passport": {"document": {"firstName": "Ada"}}}"#).unwrap();
    let arguments = ["--data", name(&data), "--answers", name(&answers), "--task-time", "0", "--verbose"];
    let (child, url) = started(&arguments);
    let mut talk = Talk::to(url);
    assert_eq!(talk.log_in("demo", "demo").unwrap().status, 401);
    let answer = talk.log_in("tester", "hush-hush").unwrap();
    talk.take_tokens(&answer);
    let photo = read(GOOD);
    let registered = talk.result("/services/register_face/", &[("image", Part::File(&photo))]);
    assert_eq!(registered["status"], 200, "{registered}");
    let document = talk.result("/services/ocr_passport/", &[("passport_image", Part::File(&photo))]);
    assert_eq!(document["data"]["document"]["firstName"], "Ada");
    signal(&child, "-INT");
    let output = ended(child);
    assert_eq!(code(&output), 130);
    let told = stderr(&output);
    let lines: Vec<_> = told.lines().collect();
    assert!(lines[0].starts_with("POST /api/v3/accounts/token/obtain/ 401 ") && lines[0].ends_with(" ms"), "{told}");
    assert!(told.contains("GET /api/v3/services/task/ 200 "), "{told}");
    assert!(!["hush-hush", &talk.access, "id="].iter().any(|secret| told.contains(*secret)), "{told}");

    let (child, url) = started(&["--data", name(&data), "--fail-rate", "1", "--fault", "throttle"]);
    assert_eq!(Talk::to(url).log_in("tester", "hush-hush").unwrap().status, 429);
    signal(&child, "-TERM");
    let output = ended(child);
    assert_eq!((code(&output), stderr(&output).as_str()), (143, ""));
}

/// What was shown to be done is on the disk.
#[test]
fn a_killed_service_finds_what_it_had_finished() {
    let data = folder("stand-in-killed");
    let (mut child, url) = started(&["--data", name(&data), "--task-time", "0"]);
    let mut talk = Talk::to(url);
    let answer = talk.log_in("tester", "hush-hush").unwrap();
    talk.take_tokens(&answer);
    let photo = read(GOOD);
    let image = ("image", Part::File(&photo));
    let done = talk.begin("/services/register_face/", &[image]);
    let shown = talk.ended(&done);
    let undone: Vec<_> = (0..20).map(|_| talk.begin("/services/register_face/", &[image])).collect();
    child.kill().unwrap();
    child.wait().unwrap();

    let (mut child, url) = started(&["--data", name(&data)]);
    let talk = talk.at(url);
    assert_eq!(talk.task(&done), shown);
    let uuid = shown["result"]["data"]["uuid"].as_str().unwrap();
    let known = talk.result("/services/authenticate_face/", &[image, ("uuid", Part::Text(uuid))]);
    assert_eq!(known["data"]["verification"]["result"], true, "{known}");
    for id in undone {
        let answer = talk.get(&format!("/services/task/?id={id}")).unwrap();
        let has_ended = || ["SUCCESS", "FAILURE"].iter().any(|status| answer.json()["status"] == *status);
        assert!(answer.status == 404 || has_ended(), "{answer:?}");
    }
    child.kill().unwrap();
    child.wait().unwrap();
}

#[test]
fn what_cannot_be_served_is_trouble() {
    let folder = folder("stand-in-trouble");
    let (mut child, url) = started(&["--data", name(&folder)]);
    let port = url.strip_suffix("/api/v3").unwrap().rsplit(':').next().unwrap();
    let broken = folder.join("broken.json");
    std::fs::write(&broken, r#"{"register_face": {}}"#).unwrap();
    for (arguments, said) in [
        (&["--port", port][..], format!("--port {port}: is taken, perhaps by another stand-in")),
        (&["--port", "0", "--data", name(&folder)], "another stand-in has it open".into()),
        (&["--port", "0", "--answers", name(&broken)], "register_face is not answered by a fixed answer".into()),
        (&["--port", "0", "--answers", "nothing.json"], "--answers nothing.json: ".into()),
        (&["--fail-rate", "1.5"], "a number from 0 to 1 is expected".into()),
        (&["--fail-rate", "1", "--fault", "flood"], "throttle".into()),
        (&["--fault", "drop"], "--fail-rate".into()),
    ] {
        let output = face_precheck(&[&["stand-in"], arguments].concat());
        assert_eq!(code(&output), 2, "{arguments:?}");
        assert!(stderr(&output).contains(&said), "{arguments:?}: {}", stderr(&output));
    }
    child.kill().unwrap();
    let mut rest = String::new();
    child.stdout.take().unwrap().read_to_string(&mut rest).unwrap();
    child.wait().unwrap();
    assert_eq!(rest, "");
}
