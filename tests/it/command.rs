//! The command, run as people and scripts run it.

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output};
use std::sync::mpsc::channel;
use std::thread;
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::fixtures::root;

/// Whatever takes as long hangs.
pub(crate) const HANGING: Duration = Duration::from_mins(10);

/// The command without the settings of whoever runs the tests.
pub(crate) fn command() -> Command {
    begun_by(env!("CARGO_BIN_EXE_face-precheck"))
}

/// The same, where another program is to begin it.
pub(crate) fn begun_by(program: &str) -> Command {
    let mut command = Command::new(program);
    command.current_dir(root()).env("XDG_CONFIG_HOME", root().join("no-settings"));
    command
}

pub(crate) fn face_precheck(arguments: &[&str]) -> Output {
    command().args(arguments).output().unwrap()
}

/// What came of a run that has to end by itself.
pub(crate) fn ended(child: Child) -> Output {
    let id = child.id().to_string();
    let (sender, receiver) = channel();
    thread::spawn(move || sender.send(child.wait_with_output()));
    let Ok(output) = receiver.recv_timeout(HANGING) else {
        let _ = Command::new("kill").args(["-KILL", &id]).status();
        panic!("it hangs");
    };
    output.unwrap()
}

/// Waits for something to come true while a run is under way.
pub(crate) fn wait_until(child: &mut Child, mut is_reached: impl FnMut() -> bool) {
    let end = Instant::now() + HANGING;
    while !is_reached() {
        assert!(child.try_wait().unwrap().is_none(), "it was too quick");
        assert!(Instant::now() < end, "it hangs");
        thread::sleep(Duration::from_millis(1));
    }
}

pub(crate) fn code(output: &Output) -> i32 {
    output.status.code().unwrap()
}

pub(crate) fn stdout(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

pub(crate) fn stderr(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

pub(crate) fn lines(output: &Output) -> Vec<Value> {
    stdout(output).lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// A fresh folder that belongs to one test.
pub(crate) fn folder(test: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(test);
    let _ = std::fs::remove_dir_all(&folder);
    std::fs::create_dir_all(&folder).unwrap();
    folder
}
