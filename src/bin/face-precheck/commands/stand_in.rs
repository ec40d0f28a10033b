//! `face-precheck stand-in`.

use std::env;
use std::fs;
use std::io::{self, Write as _};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender, channel, sync_channel};
use std::thread;
use std::time::Duration;

use face_precheck::Profile;
use face_precheck::stand_in::{Answers, Fault, Faults, Observer, Options, Seen, StandIn};

use crate::Trouble;
use crate::args::StandInArgs;
use crate::commands::profile;
use crate::exit::Exit;
use crate::interrupt::Interrupt;
use crate::output::text::{printable, tolerate_broken_pipe};

const USERNAME: &str = "FACE_PRECHECK_STAND_IN_USERNAME";
const PASSWORD: &str = "FACE_PRECHECK_STAND_IN_PASSWORD";

/// How soon Ctrl-C is noticed.
const LOOK: Duration = Duration::from_millis(20);

pub(crate) fn run(args: &StandInArgs) -> Result<Exit, Trouble> {
    let mut options = options(args)?;
    let log = args.verbose.then(Log::begin).transpose()?;
    if let Some(log) = &log {
        options = options.with_observer(Arc::clone(&log.observer));
    }
    let username = options.username.clone();
    let interrupt = Interrupt::listen()?;
    let stand_in = StandIn::start(options).map_err(|error| started(args, &error))?;
    let url = stand_in.base_url();
    let line = format!("listening on {url} as {}, for tests: it stands in for the service and says so\n", printable(&username));
    let mut out = io::stdout();
    tolerate_broken_pipe(out.write_all(line.as_bytes()).and_then(|()| out.flush()))?;
    loop {
        if let Some(exit) = interrupt.exit() {
            stand_in.stop();
            if let Some(log) = log {
                log.end();
            }
            return Ok(exit);
        }
        thread::sleep(LOOK);
    }
}

fn options(args: &StandInArgs) -> Result<Options, Trouble> {
    let kinds = if args.fault.is_empty() { Fault::ALL.to_vec() } else { args.fault.clone() };
    let mut options = Options::default()
        .with_port(args.port)
        .with_task_time(Duration::from_millis(args.task_time))
        .with_access_lifetime(Duration::from_secs(args.access_lifetime))
        .with_single_use_refresh(args.single_use_refresh)
        .with_latency(Duration::from_millis(args.latency))
        .with_faults(Faults::default().with_rate(args.fail_rate).with_kinds(kinds))
        .with_seed(args.seed)
        .with_demands(profile::load(&args.profile)?, Profile::progeny_document());
    options.data.clone_from(&args.data);
    if let Some(username) = variable(USERNAME)? {
        options.username = username;
    }
    if let Some(password) = variable(PASSWORD)? {
        options.password = password;
    }
    if let Some(file) = &args.answers {
        let answers = fs::read_to_string(file).and_then(|text| Answers::from_json(&text));
        options.answers = answers.map_err(|error| format!("--answers {}: {error}", file.display()))?;
    }
    Ok(options)
}

/// Its value is never shown.
fn variable(name: &str) -> Result<Option<String>, Trouble> {
    match env::var(name) {
        Ok(value) => Ok(Some(value)),
        Err(env::VarError::NotPresent) => Ok(None),
        Err(env::VarError::NotUnicode(_)) => Err(format!("{name} is no text").into()),
    }
}

/// What could not be started, by what it is about.
fn started(args: &StandInArgs, error: &io::Error) -> Trouble {
    match (error.kind(), &args.data) {
        (io::ErrorKind::AddrInUse, _) => format!("--port {}: is taken, perhaps by another stand-in", args.port),
        (io::ErrorKind::PermissionDenied, None) => format!("--port {}: {error}", args.port),
        (_, Some(data)) => format!("--data {}: {error}", data.display()),
        _ => error.to_string(),
    }
    .into()
}

/// Lines that wait to be written.
const LINES: usize = 1024;

/// How long the last ones are waited for.
const LAST: Duration = Duration::from_secs(2);

/// Whoever writes a line for each request to standard error. The service does not wait for it: lines that nobody takes are lost.
struct Log {
    observer: Observer,
    /// Ends when all is written.
    rest: Receiver<()>,
}

impl Log {
    fn begin() -> io::Result<Self> {
        let (sender, lines) = sync_channel::<String>(LINES);
        let (written, rest) = channel();
        thread::Builder::new().name("log".into()).spawn(move || {
            let _written: Sender<()> = written;
            for line in lines {
                // Who does not listen is not told.
                let _ = writeln!(anstream::stderr(), "{line}");
            }
        })?;
        let observer: Observer = Arc::new(move |seen| {
            let _ = sender.try_send(line(seen));
        });
        Ok(Self { observer, rest })
    }

    /// Waits for what is still to be written, once nobody has the observer any more.
    fn end(self) {
        let Self { observer, rest } = self;
        drop(observer);
        let _ = rest.recv_timeout(LAST);
    }
}

fn line(seen: &Seen) -> String {
    let status = seen.status.map_or_else(|| "closed".to_owned(), |status| status.to_string());
    let fault = seen.fault.map(|fault| format!(" {fault}")).unwrap_or_default();
    let line = format!("{} {} {status} {} ms{fault}", seen.method, seen.path, seen.time.as_millis());
    printable(&line)
}
