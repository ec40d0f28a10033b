//! A login: requests with a token that holds.

use std::fmt;
use std::sync::Arc;
use std::time::Instant;

use secrecy::SecretString;
use serde_json::Value;

use super::error::{ErrorKind, Result};
use super::form::{Form, Value as Field};
use super::http::Request;
use super::service::Service;
use super::settings::Settings;
use super::tokens::{Pair, Tokens};
use crate::call::Call;

/// A login: what the service's calls are made with.
///
/// Clones share the tokens and the connections, and any number of threads may use one at the same time. Tokens are renewed before they
/// expire, by one thread for all, and once when the service refuses one all the same. Each call returns when the service has taken the
/// pictures, with a [`Task`](super::Task) that [waits](super::Task::wait) for what it makes of them. Calls block: from async code they belong on the
/// runtime's threads for such work.
///
/// A file that nobody checked cannot be sent:
///
/// ```compile_fail,E0308
/// # fn send(session: &face_precheck::client::Session) -> Result<(), Box<dyn std::error::Error>> {
/// session.register_face(&std::fs::read("selfie.jpg")?)?;
/// # Ok(())
/// # }
/// ```
///
/// and an upload that was checked as something else, or for a receiver who demands less, is refused before anything is sent
/// ([`ErrorKind::WrongUpload`]).
#[derive(Clone)]
pub struct Session {
    shared: Arc<Shared>,
    extend_data: bool,
}

struct Shared {
    service: Service,
    tokens: Tokens,
}

impl Session {
    pub(super) fn new(service: Service, pair: Pair, received: Option<Instant>) -> Self {
        Self { shared: Arc::new(Shared { service, tokens: Tokens::new(pair, received) }), extend_data: false }
    }

    /// The same session, which asks for the original answers of the service's providers too, or does not. They are in the answers' `data`.
    #[must_use]
    pub fn with_extend_data(&self, extend_data: bool) -> Self {
        Self { extend_data, ..self.clone() }
    }

    pub(super) fn settings(&self) -> &Settings {
        &self.shared.service.settings
    }

    /// Sends a call's fields, and asks for the providers' answers too where that is wanted.
    pub(super) fn send(&self, call: Call, fields: &[(&str, Field<'_>)]) -> Result<Value> {
        let mut fields = fields.to_vec();
        // No provider's answer is there to be asked for.
        if self.extend_data && call != Call::BackgroundCheck {
            fields.push(("extend_data", Field::Text("true")));
        }
        let form = Form::new(&fields);
        let path = self.settings().paths.of(call);
        let request = Request { call, path, form: Some(&form), id: None, bearer: None, until: None };
        self.authorized(request, Service::ask)
    }

    /// What the service says of a task: asked again where that fails, or once, until some time, by who asks again anyway.
    pub(super) fn look_up(&self, id: &str, until: Option<Instant>) -> Result<Value> {
        let path = self.settings().paths.of(Call::Task);
        let request = Request { call: Call::Task, path, form: None, id: Some(id), bearer: None, until };
        let ask = if until.is_some() { Service::ask_once } else { Service::ask };
        self.authorized(request, ask).map_err(|error| error.about_task(id))
    }

    /// With a token, and with another one if the service refuses it: what it refuses it has not carried out.
    fn authorized(&self, request: Request<'_>, ask: impl Fn(&Service, &Request<'_>) -> Result<Value>) -> Result<Value> {
        let Shared { service, tokens } = &*self.shared;
        let renew = |refresh: &SecretString| service.refresh(refresh, request.until);
        let access = tokens.access(renew, request.until)?;
        match ask(service, &Request { bearer: Some(&access.token), ..request }) {
            Err(error) if matches!(error.kind(), ErrorKind::Unauthorized { .. }) => {
                let before = error.is_outcome_unknown();
                let access = tokens.renewed(&access, renew, request.until).map_err(|error| error.unknown_if(before))?;
                ask(service, &Request { bearer: Some(&access.token), ..request }).map_err(|error| error.unknown_if(before))
            }
            answer => answer,
        }
    }
}

/// Without what it holds.
impl fmt::Debug for Session {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Session")
            .field("service", &self.shared.service)
            .field("extend_data", &self.extend_data)
            .finish_non_exhaustive()
    }
}
