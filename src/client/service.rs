//! Requests and what is sent again; and those that need no token, because they get one.

use std::thread;
use std::time::{Duration, Instant};

use secrecy::SecretString;
use serde_json::Value;

use super::error::{ErrorKind, Result, counts};
use super::form::{Form, Value as Field};
use super::http::{Http, Request};
use super::reply;
use super::settings::Settings;
use super::tokens::Pair;
use crate::call::Call;

/// The service, as the settings say how to speak to it.
#[derive(Debug)]
pub(super) struct Service {
    pub(super) http: Http,
    pub(super) settings: Settings,
}

impl Service {
    pub(super) fn ask_once(&self, request: &Request<'_>) -> Result<Value> {
        reply::read(&self.http.send(request)?, request)
    }

    /// Sends a request, and again as far as the settings allow and it does no harm.
    pub(super) fn ask(&self, request: &Request<'_>) -> Result<Value> {
        let retry = &self.settings.retry;
        let mut pauses = retry.pauses();
        let mut unknown = false;
        loop {
            let error = match self.ask_once(request) {
                Ok(json) => return Ok(json),
                // What is known of the last time says nothing about the times before.
                Err(error) => error.unknown_if(unknown),
            };
            unknown = error.is_outcome_unknown();
            let harmless = request.form.is_none() || (retry.repeated_uploads && counts(request.call));
            let asked = match error.kind() {
                ErrorKind::Connection { .. } => Some(Duration::ZERO),
                ErrorKind::Throttled { retry_after } => retry_after.filter(|asked| *asked <= retry.longest_pause),
                ErrorKind::Unanswered { .. } | ErrorKind::Server { .. } if harmless => Some(Duration::ZERO),
                _ => None,
            };
            match asked.and_then(|asked| Some(pauses.next()?.max(asked))) {
                Some(pause) => thread::sleep(pause),
                None => return Err(error),
            }
        }
    }

    fn tokens(&self, call: Call, fields: &[(&str, Field<'_>)], until: Option<Instant>) -> Result<Value> {
        let form = Form::new(fields);
        let path = self.settings.paths.of(call);
        let request = Request { call, path, form: Some(&form), id: None, bearer: None, until };
        if until.is_some() { self.ask_once(&request) } else { self.ask(&request) }
    }

    pub(super) fn obtain(&self, username: &str, password: &SecretString) -> Result<Pair> {
        let call = Call::ObtainToken;
        let json = self.tokens(call, &[("username", Field::Text(username)), ("password", Field::Secret(password))], None)?;
        let token = |field| reply::token(&json, field, call);
        Ok(Pair { access: token("access")?, refresh: token("refresh")? })
    }

    /// New tokens: asked for again where that fails, or once, by who has no more time than that.
    pub(super) fn refresh(&self, refresh: &SecretString, until: Option<Instant>) -> Result<Pair> {
        let call = Call::RefreshToken;
        let json = self.tokens(call, &[("refresh", Field::Secret(refresh))], until)?;
        let access = reply::token(&json, "access", call)?;
        // Where there is no new one, the old one goes on.
        let refresh = reply::token(&json, "refresh", call).unwrap_or_else(|_| refresh.clone());
        Ok(Pair { access, refresh })
    }
}
