//! `face-precheck upload register`.

use std::fs;
use std::io::{self, Write};
use std::path::Path;
use std::time::Duration;

use face_precheck::client::{Agreement, Client, Error, Outcome, Paths, Registration, Result as Answered, Session, Wait};
use face_precheck::{Call, Change, Engine, Prepared, Profile, Purpose, Report, Upload};
use serde::Serialize;

use super::credentials::Credentials;
use super::log::Log;
use crate::Trouble;
use crate::args::{ProbeFormat, RegisterArgs};
use crate::config::Config;
use crate::exit::Exit;
use crate::input::{Input, Unread};
use crate::output::text::{BAD, GOOD, MENDABLE, name, printable, tolerate_broken_pipe};
use crate::output::{jsonl, text, write_line};
use crate::row::{self, Aim, Row};

type Out = anstream::AutoStream<io::StdoutLock<'static>>;

/// What became of an upload.
enum Sent {
    /// It would go to this URL.
    Would(String),
    /// It went, and this came back.
    Did(Answered<Outcome<Registration>>),
}

/// A result as JSON.
#[derive(Serialize)]
struct Line<'a> {
    #[serde(flatten)]
    report: &'a Report,
    upload: UploadObject<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    would_go_to: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    uuid: Option<&'a str>,
    /// To ask for again, where it is not known what came of it.
    #[serde(skip_serializing_if = "Option::is_none")]
    task: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    service: Option<face_precheck::client::Served>,
}

#[derive(Serialize)]
struct UploadObject<'a> {
    file_name: String,
    media_type: &'static str,
    purpose: Purpose,
    changes: &'a [Change],
}

pub(super) fn run(args: &RegisterArgs) -> Result<Exit, Trouble> {
    let config = Config::load(&args.demands.settings)?;
    let in_force = config.profile(&args.demands)?;
    let language = config.language(&args.demands)?;
    admit(&in_force.profile)?;
    let input = Input::only(&args.photo)?;
    let way = Way::open(args)?;

    let engine = Engine::lazy();
    let photo = name(&input.path);
    let prepared = match input.read(engine.limits()) {
        Err(Unread::Io(error)) => return Err(format!("{photo}: {error}").into()),
        Err(Unread::NoPicture) => return Err(format!("{photo}: one photo is expected").into()),
        Err(Unread::Refused(error, _)) => Err(error),
        Ok(content) => engine.prepare(&content.bytes, &in_force.profile),
    };
    let upload = match prepared {
        Ok(Prepared::Ready(upload)) => upload.in_language(&language),
        // Nothing is sent.
        unsent => {
            if let (Ok(Prepared::Rejected(report)), Some(log)) = (&unsent, &way.log) {
                log.add(&input.path, &Agreement::not_sent(Call::RegisterFace, report))?;
            }
            let outcome = match unsent {
                Err(error) => row::Outcome::unreadable(error, None),
                Ok(prepared) => row::Outcome::Checked(Box::new(prepared.report().clone())),
            };
            let row = Row { path: input.path, stamp: None, outcome: outcome.in_language(&language) };
            return show(
                args.format,
                Exit::SomeNot,
                |out| text::row(out, &row),
                || jsonl::row(&row, Aim::Uploads, &(&in_force.profile).into()),
            );
        }
    };
    let sent = way.send(&upload)?;
    let exit = match &sent {
        Sent::Would(_) | Sent::Did(Ok(Outcome::Answered(_))) => Exit::AllCompliant,
        Sent::Did(Ok(Outcome::Refused(_))) => Exit::Refused,
        Sent::Did(Err(error)) if error.is_outcome_unknown() => Exit::Unknown,
        Sent::Did(Err(_)) => Exit::Trouble,
    };
    let agreement = match &sent {
        Sent::Would(_) => None,
        Sent::Did(outcome) => Some(Agreement::of(upload.report(), outcome)),
    };
    if let (Some(log), Some(agreement)) = (&way.log, &agreement) {
        log.add(&input.path, agreement)?;
    }
    show(
        args.format,
        exit,
        |out| in_words(out, &input.path, &upload, &sent),
        || {
            let (uuid, task) = match &sent {
                Sent::Did(Ok(Outcome::Answered(face))) => (Some(face.uuid.as_str()), None),
                Sent::Did(Err(error)) => (None, error.task_id()),
                _ => (None, None),
            };
            let file = UploadObject {
                file_name: upload.file_name(),
                media_type: upload.media_type(),
                purpose: upload.purpose(),
                changes: upload.changes(),
            };
            let would_go_to = if let Sent::Would(url) = &sent { Some(url.as_str()) } else { None };
            let service = agreement.map(|agreement| agreement.service);
            jsonl::about(&input.path, &Line { report: upload.report(), upload: file, would_go_to, uuid, task, service })
        },
    )
}

/// What the service would refuse is not sent there, whatever the user's own profile says.
fn admit(profile: &Profile) -> Result<(), Trouble> {
    let service = Profile::progeny_selfie();
    if profile.purpose != service.purpose {
        return Err(format!("profile {}: is not about selfies", printable(&profile.name)).into());
    }
    let laxer: Vec<_> = profile.laxer_than(&service).into_iter().map(face_precheck::Rule::id).collect();
    if laxer.is_empty() {
        return Ok(());
    }
    Err(format!("profile {}: demands less than the service in {}", printable(&profile.name), laxer.join(", ")).into())
}

/// The way to the service: all that it takes is there before a photo is looked at.
struct Way<'a> {
    args: &'a RegisterArgs,
    paths: Paths,
    client: Client,
    /// `None` where nothing is to be sent.
    credentials: Option<Credentials>,
    log: Option<Log<'a>>,
}

impl<'a> Way<'a> {
    fn open(args: &'a RegisterArgs) -> Result<Self, Trouble> {
        let paths = args.path.iter().fold(Paths::default(), |paths, (call, path)| paths.with(*call, path));
        let wait = Wait::default().with_deadline(Duration::from_secs(args.deadline));
        let mut client = Client::new(&args.server).with_paths(paths.clone()).with_wait(wait);
        if let Some(file) = &args.root_certificates {
            let pem = fs::read(file).map_err(|error| format!("--root-certificates {}: {error}", file.display()))?;
            client = client.with_root_certificates(&pem);
        }
        client.validate()?;
        if args.dry_run {
            return Ok(Self { args, paths, client, credentials: None, log: None });
        }
        let credentials = Some(Credentials::load(args.credentials.as_deref())?);
        let log = args.log_agreement.as_deref().map(Log::open).transpose()?;
        Ok(Self { args, paths, client, credentials, log })
    }

    fn send(&self, upload: &Upload) -> Result<Sent, Error> {
        let Some(Credentials { username, password }) = &self.credentials else {
            let base = self.args.server.trim_end_matches('/');
            return Ok(Sent::Would(format!("{base}{}", self.paths.of(Call::RegisterFace))));
        };
        let session: Session = self.client.login(username, password)?;
        Ok(Sent::Did(session.register_face(upload).and_then(|task| task.wait())))
    }
}

fn show(
    format: ProbeFormat,
    exit: Exit,
    in_words: impl FnOnce(&mut Out) -> io::Result<()>,
    in_json: impl FnOnce() -> serde_json::Result<String>,
) -> Result<Exit, Trouble> {
    let mut out = anstream::AutoStream::auto(io::stdout()).lock();
    let written = match format {
        ProbeFormat::Text => in_words(&mut out),
        ProbeFormat::Jsonl => write_line(&mut out, &in_json()?),
    };
    tolerate_broken_pipe(written.and_then(|()| out.flush()))?;
    Ok(exit)
}

fn in_words(out: &mut Out, photo: &Path, upload: &Upload, sent: &Sent) -> io::Result<()> {
    let photo = name(photo);
    match sent {
        Sent::Would(url) => {
            let (bytes, media_type) = (upload.bytes().len(), upload.media_type());
            writeln!(out, "{GOOD}{:<10}{GOOD:#} {photo}, to be sent to {}", "ready", printable(url))?;
            writeln!(out, "{:>10} as {}, {media_type}, {bytes} bytes", "", upload.file_name())?;
        }
        Sent::Did(Ok(Outcome::Answered(face))) => {
            writeln!(out, "{GOOD}{:<10}{GOOD:#} {photo} as {}", "registered", printable(&face.uuid))?;
        }
        Sent::Did(Ok(Outcome::Refused(refusal))) => {
            writeln!(out, "{BAD}{:<10}{BAD:#} {photo}", "refused")?;
            for issue in &refusal.issues {
                writeln!(out, "{BAD}{:>10}{BAD:#} {}: {}", "error", issue.code, printable(&issue.message))?;
                issue.hint().iter().try_for_each(|hint| writeln!(out, "{:>10} {hint}", ""))?;
            }
            if refusal.issues.is_empty() {
                writeln!(out, "{BAD}{:>10}{BAD:#} {refusal}", "error")?;
            }
        }
        Sent::Did(Err(error)) => {
            let word = if error.is_outcome_unknown() { "unknown" } else { "unsent" };
            writeln!(out, "{MENDABLE}{word:<10}{MENDABLE:#} {photo}")?;
            writeln!(out, "{BAD}{:>10}{BAD:#} {}", "error", printable(&error.to_string()))?;
        }
    }
    text::upload(out, upload)
}
