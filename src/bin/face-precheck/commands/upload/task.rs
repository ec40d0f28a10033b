//! `face-precheck upload task`.

use face_precheck::client::{Outcome, Refusal, Registration};
use serde::Serialize;

use super::service::Service;
use super::{exit, outcome_in_words, show};
use crate::Trouble;
use crate::args::TaskArgs;
use crate::exit::Exit;

/// A result as JSON.
#[derive(Default, Serialize)]
struct Line<'a> {
    task: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    uuid: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    issues: Option<&'a [face_precheck::client::Issue]>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<String>,
}

pub(super) fn run(args: &TaskArgs) -> Result<Exit, Trouble> {
    let service = Service::new(&args.service)?;
    let session = service.login(&service.credentials()?)?;
    let outcome = session.task::<Registration>(&args.id).wait();
    show(
        args.format,
        exit(&outcome),
        |out| outcome_in_words(out, &format!("task {}", args.id), &outcome),
        || {
            let line = Line { task: &args.id, ..Line::default() };
            serde_json::to_string(&match &outcome {
                Ok(Outcome::Answered(face)) => Line { uuid: Some(&face.uuid), ..line },
                Ok(Outcome::Refused(Refusal { issues, .. })) => Line { issues: Some(issues), ..line },
                Err(error) => Line { error: Some(error.to_string()), ..line },
            })
        },
    )
}
