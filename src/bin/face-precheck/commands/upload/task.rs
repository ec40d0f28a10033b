//! `face-precheck upload task`.

use face_precheck::client::{Outcome, Registration, Served};
use serde::Serialize;

use super::service::Service;
use super::{exit, outcome_in_words, show};
use crate::Trouble;
use crate::args::TaskArgs;
use crate::commands::language;
use crate::exit::Exit;
use crate::output::text::printable;

/// A result as JSON.
#[derive(Serialize)]
struct Line<'a> {
    task: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    uuid: Option<&'a str>,
    service: Served,
}

pub(super) fn run(args: &TaskArgs) -> Result<Exit, Trouble> {
    let service = Service::new(&args.service)?;
    let language = language::load(&args.language)?;
    let session = service.login(&service.credentials()?)?;
    let outcome = session.task::<Registration>(&args.id).wait();
    let subject = format!("task {}", printable(&args.id));
    show(
        args.format,
        exit(&outcome),
        |out| outcome_in_words(out, &subject, &outcome, &language),
        || {
            let uuid = if let Ok(Outcome::Answered(face)) = &outcome { Some(face.uuid.as_str()) } else { None };
            serde_json::to_string(&Line { task: &args.id, uuid, service: Served::of(&outcome) })
        },
    )
}
