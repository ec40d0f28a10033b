//! What a request comes to: pictures are judged, and what nobody can know here is answered by a fixed answer.

use std::sync::Arc;

use serde_json::{Map, Value, json};
use sha2::{Digest as _, Sha256};
use uuid::Uuid;

use super::fields::Kind;
use super::fixed::{Answers, marked_refusal};
use super::form::Form;
use super::options::Options;
use super::store::{NewFace, Store};
use super::verdict::{Issues, Subject, refusal, refusal_of_liveness};
use crate::call::Call;
use crate::engine::Engine;
use crate::error::Error;
use crate::profile::Profile;

/// What is asked for, and by whom.
pub(super) struct Asked {
    pub(super) call: Call,
    pub(super) form: Form,
    pub(super) username: String,
}

/// What it comes to.
#[derive(Debug)]
pub(super) struct Outcome {
    /// A task's `result`.
    pub(super) result: Value,
    pub(super) face: Option<NewFace>,
}

/// A defect, of this crate or of the store: the task fails.
pub(super) type Defect = Box<dyn std::error::Error + Send + Sync>;

/// All that judging takes.
pub(super) struct Judge {
    engine: Engine,
    selfie: Profile,
    document: Profile,
    answers: Answers,
    store: Arc<Store>,
}

impl Judge {
    pub(super) fn new(engine: Engine, options: &Options, store: Arc<Store>) -> Self {
        let Options { selfie, document, answers, .. } = options.clone();
        Self { engine, selfie, document, answers, store }
    }

    pub(super) fn outcome(&self, asked: &Asked) -> Result<Outcome, Defect> {
        let Asked { call, form, username } = asked;
        let mut pictures = Vec::new();
        for (field, bytes) in &form.files {
            let (subject, profile) = match field.kind {
                Kind::Document => (Subject::Document(field.name), &self.document),
                _ => (Subject::Person, &self.selfie),
            };
            pictures.push((subject, self.issues(bytes, profile)?));
        }
        let shaped = |pictures: &[(Subject, Issues)]| match (call, pictures) {
            (Call::FaceLiveness, [(_, issues)]) => refusal_of_liveness(issues),
            (_, pictures) => refusal(pictures.iter().map(|(subject, issues)| (*subject, issues))),
        };
        let fixed = || shaped(&[(pictures.first()?.0, self.answers.refusal(*call)?)]).map(marked_refusal);
        if let Some(mut result) = shaped(&pictures).or_else(fixed) {
            if form.extend_data {
                extend(&mut result, self.answers.data(*call, true));
            }
            return Ok(Outcome { result, face: None });
        }
        if *call == Call::AuthenticateFace && !self.is_registered(form.text("uuid"), username)? {
            let result = json!({ "status": 404, "data": { "error": "No face is registered under this uuid" } });
            return Ok(Outcome { result, face: None });
        }
        let mut data = self.answers.data(*call, form.extend_data);
        let face = match (call, form.files.as_slice()) {
            (Call::RegisterFace, [(_, picture)]) => {
                Some(NewFace { uuid: Uuid::new_v4(), sha256: Sha256::digest(picture).into() })
            }
            _ => None,
        };
        if let Some(face) = &face {
            data.insert("uuid".into(), face.uuid.to_string().into());
        }
        Ok(Outcome { result: json!({ "status": 200, "data": data }), face })
    }

    fn issues(&self, picture: &[u8], profile: &Profile) -> Result<Issues, Error> {
        match self.engine.check(picture, profile) {
            Ok(report) => Ok(Issues::of_report(&report)),
            Err(error) => Issues::of_error(&error).ok_or(error),
        }
    }

    fn is_registered(&self, uuid: &str, username: &str) -> Result<bool, Defect> {
        Ok(self.store.is_registered(Uuid::try_parse(uuid)?, username)?)
    }

    /// The answer to a call that looks at no picture.
    pub(super) fn answer_at_once(&self, call: Call) -> Value {
        Value::Object(self.answers.data(call, false))
    }
}

/// A refusal has the provider's answer, too.
fn extend(result: &mut Value, mut accepted: Map<String, Value>) {
    if let (Some(Value::Object(data)), Some(extended)) = (result.get_mut("data"), accepted.remove("extend_data")) {
        data.insert("extend_data".into(), extended);
    }
}
