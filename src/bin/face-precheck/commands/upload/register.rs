//! `face-precheck upload register`.

use std::io::{self, Write};
use std::path::Path;

use face_precheck::client::{Agreement, Outcome, Registration, Result as Answered, Served, Session};
use face_precheck::{Call, Change, Engine, Language, Prepared, Profile, Purpose, Report, Upload};
use serde::Serialize;

use super::log::Log;
use super::service::Service;
use super::{Out, outcome_in_words, show};
use crate::Trouble;
use crate::args::RegisterArgs;
use crate::config::Config;
use crate::exit::Exit;
use crate::input::{Input, Unread};
use crate::output::text::{GOOD, name, printable};
use crate::output::{jsonl, text};
use crate::row::{self, Aim, Row};

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
    service: Option<&'a Served>,
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
    let service = Service::new(&args.service)?;
    let credentials = if args.dry_run { None } else { Some(service.credentials()?) };
    let log = args.log_agreement.as_deref().filter(|_| !args.dry_run).map(Log::open).transpose()?;

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
            if let (Ok(Prepared::Rejected(report)), Some(log)) = (&unsent, &log) {
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
    let sent = match &credentials {
        None => Sent::Would(service.url(Call::RegisterFace)),
        Some(credentials) => Sent::Did(send(&service.login(credentials)?, &upload)),
    };
    let exit = match &sent {
        Sent::Would(_) => Exit::AllCompliant,
        Sent::Did(outcome) => super::exit(outcome),
    };
    let agreement = match &sent {
        Sent::Would(_) => None,
        Sent::Did(outcome) => Some(Agreement::of(upload.report(), outcome)),
    };
    let shown = show(
        args.format,
        exit,
        |out| in_words(out, &input.path, &upload, &sent, &language),
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
            let service = agreement.as_ref().map(|agreement| &agreement.service);
            jsonl::about(&input.path, &Line { report: upload.report(), upload: file, would_go_to, uuid, task, service })
        },
    );
    // What became of the photo has been said: that it cannot be written down does not change it.
    if let (Some(log), Some(agreement)) = (&log, &agreement)
        && let Err(trouble) = log.add(&input.path, agreement)
    {
        complain(&trouble.to_string());
    }
    shown
}

/// Sends an upload, and says by which name it can be asked for again, whatever happens while it is waited for.
fn send(session: &Session, upload: &Upload) -> Answered<Outcome<Registration>> {
    let task = session.register_face(upload)?;
    if let Some(id) = task.id() {
        complain(&format!("the service has taken it as task {id}"));
    }
    task.wait()
}

fn complain(text: &str) {
    anstream::eprintln!("face-precheck: {}", printable(text));
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

fn in_words(out: &mut Out, photo: &Path, upload: &Upload, sent: &Sent, language: &Language) -> io::Result<()> {
    let photo = name(photo);
    match sent {
        Sent::Would(url) => {
            let (bytes, media_type) = (upload.bytes().len(), upload.media_type());
            writeln!(out, "{GOOD}{:<10}{GOOD:#} {photo}, to be sent to {}", "ready", printable(url))?;
            writeln!(out, "{:>10} as {}, {media_type}, {bytes} bytes", "", upload.file_name())?;
        }
        Sent::Did(outcome) => outcome_in_words(out, &photo, outcome, language)?,
    }
    text::upload(out, upload)
}
