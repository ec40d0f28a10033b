//! What whoever sits at a terminal sees, and what Ctrl-C does: in a real pseudo-terminal, with real signals.

use std::io::{Read, Write};
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

use pty_process::Size;
use pty_process::blocking::{Pty, open};

use crate::command::{HANGING, code, command, ended, face_precheck, folder, stderr, stdout, wait_until};
use crate::fixtures::root;
use crate::folders::{copy, name};

const GOOD: &str = "photos/compliant/grace_hopper_enlarged_1.5x.jpg";

/// Columns of the terminal.
const WIDTH: usize = 120;

/// A run at a terminal.
struct Session {
    child: Child,
    terminal: Pty,
    screen: Receiver<Vec<u8>>,
    seen: String,
}

impl Session {
    /// `stdout` goes elsewhere if a file is given; standard input and error are the terminal.
    fn start(arguments: &[&str], stdout: Option<&Path>) -> Self {
        let (terminal, line) = open().unwrap();
        terminal.resize(Size::new(40, WIDTH as u16)).unwrap();
        let mut command = pty_process::blocking::Command::new(env!("CARGO_BIN_EXE_face-precheck"))
            .args(arguments)
            .current_dir(root())
            .env("XDG_CONFIG_HOME", root().join("no-settings"))
            .env("TERM", "xterm-256color");
        if let Some(file) = stdout {
            command = command.stdout(std::fs::File::create(file).unwrap());
        }
        let child = command.spawn(line).unwrap();
        let (sender, screen) = channel();
        let reader: std::os::fd::OwnedFd = std::os::fd::AsFd::as_fd(&terminal).try_clone_to_owned().unwrap();
        std::thread::spawn(move || {
            let mut reader = std::fs::File::from(reader);
            let mut part = [0; 4096];
            // Reading fails once the other end is closed.
            while let Ok(read @ 1..) = reader.read(&mut part) {
                let _ = sender.send(part[..read].to_vec());
            }
        });
        Self { child, terminal, screen, seen: String::new() }
    }

    /// Reads on until something is to be seen.
    fn wait_for(&mut self, text: &str) {
        let end = Instant::now() + HANGING;
        while !self.seen.contains(text) {
            let part = self.screen.recv_timeout(end.saturating_duration_since(Instant::now()));
            self.seen.push_str(&String::from_utf8_lossy(&part.unwrap_or_else(|_| panic!("no {text:?} in {:?}", self.seen))));
        }
    }

    fn press(&mut self, key: u8) {
        self.terminal.write_all(&[key]).unwrap();
    }

    fn end(mut self) -> (ExitStatus, String) {
        let end = Instant::now() + HANGING;
        let status = loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                break status;
            }
            assert!(Instant::now() < end, "it hangs: {:?}", self.seen);
            std::thread::sleep(Duration::from_millis(5));
        };
        while let Ok(part) = self.screen.recv_timeout(Duration::from_millis(300)) {
            self.seen.push_str(&String::from_utf8_lossy(&part));
        }
        (status, self.seen)
    }
}

const CTRL_C: u8 = 3;
const CTRL_D: u8 = 4;

/// The lines that are on the screen after all that was sent to it, for what this command sends.
fn screen(sent: &str) -> Vec<String> {
    let (mut lines, mut row, mut column) = (vec![Vec::new()], 0, 0);
    let mut characters = sent.chars();
    while let Some(character) = characters.next() {
        match character {
            '\r' => column = 0,
            '\n' => row += 1,
            '\x1b' => {
                assert_eq!(characters.next(), Some('['));
                let mut number = String::new();
                let order = loop {
                    match characters.next().unwrap() {
                        digit @ ('0'..='9' | ';') => number.push(digit),
                        order => break order,
                    }
                };
                match (order, number.as_str()) {
                    ('m', _) => {}
                    ('K', "2") => lines[row].clear(),
                    ('A', number) => row -= number.parse().unwrap_or(1),
                    ('B', number) => row += number.parse().unwrap_or(1),
                    other => panic!("{other:?}"),
                }
            }
            character => {
                if column == WIDTH {
                    (row, column) = (row + 1, 0);
                }
                lines.resize(lines.len().max(row + 1), Vec::new());
                let length = lines[row].len().max(column + 1);
                lines[row].resize(length, ' ');
                lines[row][column] = character;
                column += 1;
            }
        }
        lines.resize(lines.len().max(row + 1), Vec::new());
    }
    let lines = lines.iter().map(|line| line.iter().collect::<String>().trim_end().to_owned());
    let mut lines: Vec<String> = lines.collect();
    while lines.last().is_some_and(String::is_empty) {
        lines.pop();
    }
    lines
}

#[test]
fn the_screen_is_what_a_terminal_shows() {
    assert_eq!(screen("ab\r\ncd\re\x1b[1m\x1b[32mf\x1b[0m\r\n"), ["ab", "ef"]);
    assert_eq!(screen("1/2 left\r\x1b[2K2/2\r\x1b[2K\r\ndone"), ["", "done"]);
    assert_eq!(screen("above\r\nbar\r\x1b[1A\x1b[2K\x1b[1B\x1b[2Klow"), ["", "low"]);
    assert_eq!(screen(&format!("{}b", "a".repeat(WIDTH))), ["a".repeat(WIDTH), "b".to_owned()]);
}

/// The rows of a report, which have to be whole.
fn rows(report: &Path) -> Vec<serde_json::Value> {
    let text = std::fs::read_to_string(report).unwrap();
    assert!(text.is_empty() || text.ends_with('\n'), "{text:?}");
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

fn lines_of(report: &Path) -> usize {
    std::fs::read_to_string(report).map_or(0, |text| text.lines().count())
}

fn album(folder: &Path, count: usize) -> std::path::PathBuf {
    let album = folder.join("album");
    (0..count).for_each(|number| copy(GOOD, &album.join(format!("{number:04}.jpg"))));
    album
}

#[test]
fn progress_is_shown_at_a_terminal_and_taken_away_again() {
    let folder = folder("progress");
    let album = album(&folder, 60);
    let mut session = Session::start(&["check", name(&album), "--output", name(&folder.join("r.jsonl"))], None);
    session.wait_for("/60");
    session.wait_for("/s");
    session.wait_for(" left | ");
    session.wait_for(" compliant, 0 fixable, 0 retake, 0 unreadable");
    let (status, seen) = session.end();
    assert_eq!(status.code(), Some(0));
    // The summary stands where the line of progress was, and nothing else.
    let left = screen(&seen);
    assert_eq!(left.len(), 4, "{left:#?}");
    assert_eq!(left[..2], ["", "60 photos: 60 compliant, 0 fixable, 0 retake, 0 unreadable"]);
    assert!(left[2].starts_with("   profile ") && left[3].ends_with(" photos a second"), "{left:#?}");

    for quiet in ["--quiet", "--no-progress"] {
        let (status, seen) = Session::start(&["check", name(&album), "--output", name(&folder.join("r.csv")), quiet], None).end();
        assert_eq!(status.code(), Some(0));
        assert!(!seen.contains("/60") && !seen.contains('\x1b'), "{seen:?}");
        assert_eq!(seen.contains("60 photos"), quiet == "--no-progress", "{seen:?}");
    }
    // Into a pipe neither.
    let piped = face_precheck(&["check", name(&album), "--output", name(&folder.join("r.txt"))]);
    let seen = String::from_utf8(piped.stderr.clone()).unwrap();
    assert!(code(&piped) == 0 && !seen.contains('\x1b') && !seen.contains("/60") && seen.contains("60 photos"), "{seen:?}");
}

#[test]
fn rows_and_progress_share_a_terminal() {
    let folder = folder("shared-terminal");
    let album = album(&folder, 30);
    let (status, seen) = Session::start(&["check", name(&album)], None).end();
    assert_eq!(status.code(), Some(0));
    assert!(seen.contains("\x1b[1m\x1b[32mcompliant"), "in colours: {seen:?}");
    assert!(seen.contains("/30"), "with progress: {seen:?}");
    // What is left of it is what goes into a pipe, and the time.
    let mut left = screen(&seen);
    assert!(left.pop().unwrap().ends_with(" photos a second"));
    let piped = stdout(&face_precheck(&["check", name(&album)]));
    assert_eq!(left, piped.lines().collect::<Vec<_>>());
}

/// The first Ctrl-C ends the run in good order.
#[test]
fn ctrl_c_writes_out_what_is_finished() {
    let folder = folder("ctrl-c");
    let album = album(&folder, 240);
    let whole = folder.join("whole.jsonl");
    assert_eq!(code(&face_precheck(&["check", name(&album), "--output", name(&whole)])), 0);
    let [report, table, sheet] = ["r.jsonl", "r.csv", "r.html"].map(|file| folder.join(file));
    let outputs = ["--output", name(&report), "--output", name(&table), "--output", name(&sheet), "--jobs", "2"];
    let mut session = Session::start(&[&["check", name(&album)], &outputs[..]].concat(), None);
    session.wait_for("/240");
    wait_until(&mut session.child, || lines_of(&report) >= 10);
    session.press(CTRL_C);
    let (status, seen) = session.end();
    assert_eq!(status.code(), Some(130), "{seen:?}");
    assert!(seen.contains("Press Ctrl-C again to stop at once"), "{seen:?}");
    assert!(seen.contains("interrupted not all photos were looked at"), "{seen:?}");
    let rows = rows(&report);
    assert!((10..240).contains(&rows.len()), "{}", rows.len());
    // The first ones without a gap.
    assert!(std::fs::read(&whole).unwrap().starts_with(&std::fs::read(&report).unwrap()));
    assert!(seen.contains(&format!("{} photos: {0} compliant", rows.len())), "{seen:?}");
    assert_eq!(csv::Reader::from_path(&table).unwrap().records().map(Result::unwrap).count(), rows.len());
    let page = std::fs::read_to_string(&sheet).unwrap();
    assert!(page.ends_with("</html>\n") && page.contains("\"interrupted\":true"));
    assert_eq!(page.matches("\"passed\":").count(), rows.len());
}

/// Something that hangs, here a photo that never comes, does not outlive the second one.
#[test]
fn a_second_ctrl_c_ends_it_at_once() {
    let folder = folder("ctrl-c-twice");
    copy(GOOD, &folder.join("a.jpg"));
    let report = folder.join("r.jsonl");
    let photo = folder.join("a.jpg");
    let mut session = Session::start(&["check", name(&photo), "-", "--output", name(&report)], None);
    wait_until(&mut session.child, || lines_of(&report) == 1);
    session.press(CTRL_C);
    session.wait_for("^C");
    std::thread::sleep(Duration::from_millis(300));
    let end = Instant::now() + HANGING;
    assert!(session.child.try_wait().unwrap().is_none(), "it waits for the photo");
    // Two that come before the process is given a turn are one.
    while session.child.try_wait().unwrap().is_none() {
        assert!(Instant::now() < end, "it hangs: {:?}", session.seen);
        let _ = session.terminal.write_all(&[CTRL_C]);
        std::thread::sleep(Duration::from_millis(300));
    }
    let (status, seen) = session.end();
    assert_eq!(status.code(), Some(130), "{seen:?}");
    assert_eq!(rows(&report).len(), 1);
}

/// One that is enough: the photo that was waited for is finished, and nothing is begun.
#[test]
fn what_is_under_way_at_the_first_ctrl_c_is_finished() {
    let folder = folder("ctrl-c-once");
    let album = album(&folder, 60);
    let report = folder.join("r.jsonl");
    let mut session = Session::start(&["check", "-", name(&album), "--jobs", "1", "--output", name(&report)], None);
    session.wait_for("/61");
    session.press(CTRL_C);
    session.wait_for("^C");
    std::thread::sleep(Duration::from_millis(300));
    assert_eq!(lines_of(&report), 0);
    session.press(CTRL_D);
    let (status, seen) = session.end();
    assert_eq!(status.code(), Some(130), "{seen:?}");
    let rows = rows(&report);
    assert!((1..=2).contains(&rows.len()), "{rows:?}");
    assert_eq!((&rows[0]["file"], &rows[0]["error"]["kind"]), (&"-".into(), &"empty".into()));
    assert!(screen(&seen).join("\n").contains("interrupted not all photos were looked at"), "{seen:?}");
}

/// Uploads are whole or not there, each has its row, and going on gives what one run gives.
#[test]
fn ctrl_c_leaves_whole_uploads_and_a_report_to_go_on_with() {
    let folder = folder("ctrl-c-prepare");
    let album = album(&folder, 120);
    let (out, report) = (folder.join("out"), folder.join("r.jsonl"));
    let arguments = ["prepare", name(&album), "--out", name(&out), "--resume", name(&report), "--jobs", "2"];
    let mut session = Session::start(&arguments, None);
    session.wait_for("/120");
    wait_until(&mut session.child, || lines_of(&report) >= 5);
    session.press(CTRL_C);
    let (status, seen) = session.end();
    assert_eq!(status.code(), Some(130), "{seen:?}");
    let finished = rows(&report);
    assert!((5..120).contains(&finished.len()), "{}", finished.len());
    let mut left: Vec<_> = std::fs::read_dir(&out).unwrap().map(|entry| entry.unwrap().path()).collect();
    left.sort();
    let reported: Vec<_> = finished.iter().map(|row| Path::new(row["upload"]["file"].as_str().unwrap())).collect();
    assert_eq!(left, reported);
    assert!(left.iter().all(|upload| std::fs::read(upload).unwrap() == crate::fixtures::read(GOOD)));
    let again = face_precheck(&arguments);
    assert_eq!(code(&again), 0, "{}", stderr(&again));
    assert!(stderr(&again).contains(&format!("resumed {} of them", finished.len())), "{}", stderr(&again));
    let all = rows(&report);
    assert_eq!((all.len(), &all[..finished.len()]), (120, &finished[..]));
}

/// Schedulers say so before they kill.
#[test]
fn a_run_that_is_asked_to_end_does_so_in_good_order() {
    let folder = folder("sigterm");
    let album = album(&folder, 240);
    let report = folder.join("r.jsonl");
    let mut command = command();
    command.args(["check", name(&album), "--output", name(&report), "--jobs", "2"]);
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    wait_until(&mut child, || lines_of(&report) >= 5);
    assert!(Command::new("kill").args(["-TERM", &child.id().to_string()]).status().unwrap().success());
    let output = ended(child);
    assert_eq!(code(&output), 143);
    let rows = rows(&report);
    assert!((5..240).contains(&rows.len()), "{}", rows.len());
    for (number, row) in rows.iter().enumerate() {
        assert!(row["file"].as_str().unwrap().ends_with(&format!("{number:04}.jpg")), "the first ones without a gap");
    }
    let told = stderr(&output);
    assert!(told.contains(&format!("{} photos: {0} compliant", rows.len())) && told.contains("interrupted"), "{told}");
}
