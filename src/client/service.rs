//! Requests and what is sent again; and those that need no token, because they get one.

use std::thread;
use std::time::Duration;

use secrecy::SecretString;
use serde_json::Value;

use super::error::{ErrorKind, Result, is_repeatable};
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
            let repeatable = is_repeatable(request.call) || retry.repeated_uploads;
            let again = error.is_transient() && (repeatable || !unknown);
            let Some(pause) = pauses.next().filter(|_| again) else { return Err(error) };
            let asked = match error.kind() {
                ErrorKind::Throttled { retry_after } => retry_after.unwrap_or_default(),
                _ => Duration::ZERO,
            };
            if asked > retry.longest_pause {
                return Err(error);
            }
            thread::sleep(pause.max(asked));
        }
    }

    fn tokens(&self, call: Call, fields: &[(&str, Field<'_>)]) -> Result<Value> {
        let form = Form::new(fields);
        let path = self.settings.paths.of(call);
        self.ask(&Request { call, path, form: Some(&form), id: None, bearer: None, within: None })
    }

    pub(super) fn obtain(&self, username: &str, password: &SecretString) -> Result<Pair> {
        let call = Call::ObtainToken;
        let json = self.tokens(call, &[("username", Field::Text(username)), ("password", Field::Secret(password))])?;
        let text = |field| reply::text(&json, field, call).map(SecretString::from);
        Ok(Pair { access: text("access")?, refresh: text("refresh")? })
    }

    pub(super) fn refresh(&self, refresh: &SecretString) -> Result<Pair> {
        let call = Call::RefreshToken;
        let json = self.tokens(call, &[("refresh", Field::Secret(refresh))])?;
        let access = reply::text(&json, "access", call)?.into();
        // Where there is no new one, the old one goes on.
        let refresh = json.get("refresh").and_then(Value::as_str).map_or_else(|| refresh.clone(), SecretString::from);
        Ok(Pair { access, refresh })
    }
}
