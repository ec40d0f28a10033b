//! The command `stand-in`.

use std::io::{BufRead as _, BufReader};
use std::process::{Child, Command, Output, Stdio};

use super::talk::{GOOD, Part, Talk};
use crate::command::{code, command, ended, face_precheck, folder, stderr, stdout};
use crate::fixtures::read;
use crate::folders::name;

const USERNAME: &str = "FACE_PRECHECK_STAND_IN_USERNAME";
const PASSWORD: &str = "FACE_PRECHECK_STAND_IN_PASSWORD";

/// A service that is ended with its test, whatever becomes of that.
struct Running(Option<Child>);

impl Running {
    fn signal(&self, signal: &str) {
        let id = self.0.as_ref().unwrap().id().to_string();
        assert!(Command::new("kill").args([signal, &id]).status().unwrap().success());
    }

    fn ended(mut self) -> Output {
        ended(self.0.take().unwrap())
    }

    fn killed(self) -> Output {
        self.signal("-KILL");
        self.ended()
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        if let Some(mut child) = self.0.take() {
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

/// A service, and where it listens.
fn started(arguments: &[&str]) -> (Running, String) {
    let mut command = command();
    command.args(["stand-in", "--port", "0"]).args(arguments).env(USERNAME, "tester").env(PASSWORD, "hush-hush");
    let mut child = Running(Some(command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()));
    let mut line = String::new();
    BufReader::new(child.0.as_mut().unwrap().stdout.as_mut().unwrap()).read_line(&mut line).unwrap();
    let url = line.strip_prefix("listening on ").unwrap().split(' ').next().unwrap().to_owned();
    assert_eq!(line, format!("listening on {url} as tester, for tests: it stands in for the service and says so\n"));
    (child, url)
}

#[test]
fn the_command_serves_until_ctrl_c() {
    let folder = folder("stand-in-command");
    let data = folder.join("data");
    let answers = folder.join("answers.json");
    std::fs::write(&answers, r#"{"ocr_passport": {"document": {"firstName": "Ada"}}, "face_liveness": {"refused": {"code": "SPOOF", "message": "no"}}}"#).unwrap();
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
    let refused = talk.result("/services/face_liveness/", &[("image", Part::File(&photo))]);
    assert_eq!(refused["data"]["liveness"]["data"]["error_code"], "SPOOF", "{refused}");
    child.signal("-INT");
    let output = child.ended();
    assert_eq!(code(&output), 130);
    let told = stderr(&output);
    let lines: Vec<_> = told.lines().collect();
    assert!(lines[0].starts_with("POST /api/v3/accounts/token/obtain/ 401 ") && lines[0].ends_with(" ms"), "{told}");
    assert!(told.contains("GET /api/v3/services/task/ 200 "), "{told}");
    assert!(!["hush-hush", &talk.access, "id="].iter().any(|secret| told.contains(*secret)), "{told}");

    let (child, url) = started(&["--data", name(&data), "--fail-rate", "1", "--fault", "throttle"]);
    assert_eq!(Talk::to(url).log_in("tester", "hush-hush").unwrap().status, 429);
    child.signal("-TERM");
    let output = child.ended();
    assert_eq!((code(&output), stderr(&output).as_str()), (143, ""));
}

/// What was shown to be done is on the disk.
#[test]
fn a_killed_service_finds_what_it_had_finished() {
    let data = folder("stand-in-killed");
    let (child, url) = started(&["--data", name(&data), "--task-time", "0"]);
    let mut talk = Talk::to(url);
    let answer = talk.log_in("tester", "hush-hush").unwrap();
    talk.take_tokens(&answer);
    let photo = read(GOOD);
    let image = ("image", Part::File(&photo));
    let done = talk.begin("/services/register_face/", &[image]);
    let shown = talk.ended(&done);
    let undone: Vec<_> = (0..20).map(|_| talk.begin("/services/register_face/", &[image])).collect();
    child.killed();

    let (child, url) = started(&["--data", name(&data)]);
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
    child.killed();
}

#[test]
fn what_cannot_be_served_is_trouble() {
    let folder = folder("stand-in-trouble");
    let (child, url) = started(&["--data", name(&folder)]);
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
    assert_eq!(stdout(&child.killed()), "", "nothing behind the first line");
}

/// A pipe that nobody empties holds some 64 KiB.
#[test]
fn who_does_not_read_what_is_told_stops_nothing() {
    let (child, url) = started(&["--verbose"]);
    let talk = Talk::to(url);
    let path = format!("/{}", "x".repeat(4000));
    for _ in 0..60 {
        assert_eq!(talk.get(&path).unwrap().status, 404);
    }
    child.signal("-INT");
    let output = child.ended();
    assert_eq!(code(&output), 130);
    assert!(stderr(&output).starts_with(&format!("GET /api/v3{path} 404 ")));
}
