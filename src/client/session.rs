//! What can be done once logged in.

use std::fmt;
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use secrecy::SecretString;
use serde_json::Value;

use super::answer::{Answer, Authentication, BackgroundCheck, Card, CardKyc, Liveness, Passport, PassportKyc, Registration};
use super::error::{Error, ErrorKind, Mismatch, Result, is_repeatable};
use super::form::{Form, Value as Field};
use super::http::{Http, Request};
use super::reply;
use super::settings::{Settings, Wait};
use super::task::Task;
use super::tokens::{Pair, Tokens};
use crate::call::{Call, is_date};
use crate::profile::{Profile, Purpose};
use crate::upload::Upload;

/// The way to the service, and what is sent there without a token.
#[derive(Debug)]
pub(super) struct Service {
    pub(super) http: Http,
    pub(super) settings: Settings,
}

/// A login: what the service's calls are made with.
///
/// Clones share the tokens and the connections, and any number of threads may use one at the same time. Tokens are renewed before they
/// expire, by one thread for all, and once when the service refuses one all the same. Each call returns when the service has taken the
/// pictures, with a [`Task`] that [`wait`](Task::wait)s for what it makes of them. Calls block: from async code they belong on the
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

impl Service {
    fn ask_once(&self, request: &Request<'_>) -> Result<Value> {
        reply::read(&self.http.send(request)?, request)
    }

    /// Sends a request, and again as far as the settings allow and it does no harm.
    fn ask(&self, request: &Request<'_>) -> Result<Value> {
        let retry = &self.settings.retry;
        let mut pauses = retry.pauses();
        loop {
            let error = match self.ask_once(request) {
                Ok(json) => return Ok(json),
                Err(error) => error,
            };
            let repeatable = is_repeatable(request.call) || retry.repeated_uploads;
            let again = error.is_transient() && (repeatable || !error.is_outcome_unknown());
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

    fn refresh(&self, refresh: &SecretString) -> Result<Pair> {
        let call = Call::RefreshToken;
        let json = self.tokens(call, &[("refresh", Field::Secret(refresh))])?;
        let access = reply::text(&json, "access", call)?.into();
        // Where there is no new one, the old one goes on.
        let refresh = json.get("refresh").and_then(Value::as_str).map_or_else(|| refresh.clone(), SecretString::from);
        Ok(Pair { access, refresh })
    }
}

impl Session {
    pub(super) fn new(service: Service, pair: Pair, received: Instant) -> Self {
        Self { shared: Arc::new(Shared { service, tokens: Tokens::new(pair, received) }), extend_data: false }
    }

    /// The same session, which asks for the original answers of the service's providers too, or does not. They are in the answers' `data`.
    #[must_use]
    pub fn with_extend_data(&self, extend_data: bool) -> Self {
        Self { extend_data, ..self.clone() }
    }

    /// Makes a face known.
    ///
    /// # Errors
    /// All calls return an [`Error`] that says what happened and [what to do](Error::advice). Where
    /// [`is_outcome_unknown`](Error::is_outcome_unknown) holds the face may be registered all the same.
    pub fn register_face(&self, image: &Upload) -> Result<Task<Registration>> {
        self.begin(&[("image", self.selfie("image", image)?)])
    }

    /// Asks whether a face is the one that was registered under this uuid.
    ///
    /// # Errors
    /// As [`register_face`](Self::register_face).
    pub fn authenticate_face(&self, image: &Upload, uuid: &str) -> Result<Task<Authentication>> {
        self.begin(&[("image", self.selfie("image", image)?), ("uuid", filled("uuid", uuid)?)])
    }

    /// Asks whether a face is one of a living person.
    ///
    /// # Errors
    /// As [`register_face`](Self::register_face).
    pub fn face_liveness(&self, image: &Upload) -> Result<Task<Liveness>> {
        self.begin(&[("image", self.selfie("image", image)?)])
    }

    /// Reads an identity card.
    ///
    /// # Errors
    /// As [`register_face`](Self::register_face).
    pub fn ocr_card(&self, front: &Upload, back: &Upload) -> Result<Task<Card>> {
        self.begin(&[("front_id", self.document("front_id", front)?), ("back_id", self.document("back_id", back)?)])
    }

    /// Reads a passport.
    ///
    /// # Errors
    /// As [`register_face`](Self::register_face).
    pub fn ocr_passport(&self, passport: &Upload) -> Result<Task<Passport>> {
        self.begin(&[("passport_image", self.document("passport_image", passport)?)])
    }

    /// Reads an identity card, and compares its face with a selfie.
    ///
    /// # Errors
    /// As [`register_face`](Self::register_face).
    pub fn kyc_card(&self, selfie: &Upload, front: &Upload, back: &Upload) -> Result<Task<CardKyc>> {
        self.begin(&[
            ("selfie_image", self.selfie("selfie_image", selfie)?),
            ("front_id", self.document("front_id", front)?),
            ("back_id", self.document("back_id", back)?),
        ])
    }

    /// Reads a passport, and compares its face with a selfie.
    ///
    /// # Errors
    /// As [`register_face`](Self::register_face).
    pub fn kyc_passport(&self, selfie: &Upload, passport: &Upload) -> Result<Task<PassportKyc>> {
        self.begin(&[
            ("selfie_image", self.selfie("selfie_image", selfie)?),
            ("passport_image", self.document("passport_image", passport)?),
        ])
    }

    /// Looks a person up, by full name and date of birth (`yyyy-mm-dd`).
    ///
    /// # Errors
    /// As [`register_face`](Self::register_face).
    pub fn background_check(&self, full_name: &str, birth_date: &str) -> Result<Task<BackgroundCheck>> {
        if !is_date(birth_date) {
            return Err(Error::new(
                Call::BackgroundCheck,
                ErrorKind::WrongText { field: "birth_date", expected: "a date as yyyy-mm-dd" },
            ));
        }
        self.begin(&[("fullname", filled("fullname", full_name)?), ("birth_date", Field::Text(birth_date))])
    }

    /// A task that was begun before, by this program or another: see [`Task::id`] and [`Error::task_id`].
    pub fn task<T: Answer>(&self, id: &str) -> Task<T> {
        Task::begun(self.clone(), id.to_owned())
    }

    /// How tasks are waited for.
    pub(super) fn patience(&self) -> &Wait {
        &self.shared.service.settings.wait
    }

    fn selfie<'a>(&self, field: &'static str, upload: &'a Upload) -> Result<Field<'a>> {
        fit(field, upload, &self.shared.service.settings.selfie, Purpose::Selfie)
    }

    fn document<'a>(&self, field: &'static str, upload: &'a Upload) -> Result<Field<'a>> {
        fit(field, upload, &self.shared.service.settings.document, Purpose::Document)
    }

    /// Sends a call's fields.
    fn begin<T: Answer>(&self, fields: &[(&str, Field<'_>)]) -> Result<Task<T>> {
        let mut fields = fields.to_vec();
        if self.extend_data && T::CALL != Call::BackgroundCheck {
            fields.push(("extend_data", Field::Text("true")));
        }
        let form = Form::new(&fields);
        let path = self.shared.service.settings.paths.of(T::CALL);
        let request = Request { call: T::CALL, path, form: Some(&form), id: None, bearer: None, within: None };
        let json = self.authorized(request, Service::ask)?;
        Task::answered(self.clone(), json)
    }

    /// What the service says of a task: asked again where that fails, or once, within some time, by who asks again anyway.
    pub(super) fn look_up(&self, id: &str, once_within: Option<Duration>) -> Result<Value> {
        let path = self.shared.service.settings.paths.of(Call::Task);
        let request = Request { call: Call::Task, path, form: None, id: Some(id), bearer: None, within: once_within };
        let ask = if once_within.is_some() { Service::ask_once } else { Service::ask };
        self.authorized(request, ask).map_err(|error| error.about_task(id))
    }

    /// With a token, and with another one if the service refuses it: what it refuses it has not carried out.
    fn authorized(&self, request: Request<'_>, ask: impl Fn(&Service, &Request<'_>) -> Result<Value>) -> Result<Value> {
        let Shared { service, tokens } = &*self.shared;
        let renew = |refresh: &SecretString| service.refresh(refresh);
        let access = tokens.access(renew)?;
        match ask(service, &Request { bearer: Some(&access.token), ..request }) {
            Err(error) if matches!(error.kind(), ErrorKind::Unauthorized { .. }) => {
                let access = tokens.renewed(&access, renew)?;
                ask(service, &Request { bearer: Some(&access.token), ..request })
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

/// An upload as a field, if it was checked for what the service demands there.
fn fit<'a>(field: &'static str, upload: &'a Upload, demanded: &Profile, purpose: Purpose) -> Result<Field<'a>> {
    let wrong = |mismatch| Err(Error::new(None, ErrorKind::WrongUpload { field, mismatch }));
    if upload.purpose() != purpose {
        return wrong(Mismatch::Purpose { checked_as: upload.purpose() });
    }
    let rules = upload.demands().laxer_than(demanded);
    if !rules.is_empty() {
        return wrong(Mismatch::LaxerProfile { profile: upload.profile().name.clone(), rules });
    }
    Ok(Field::File(upload))
}

fn filled<'a>(field: &'static str, text: &'a str) -> Result<Field<'a>> {
    if text.trim().is_empty() {
        return Err(Error::new(None, ErrorKind::WrongText { field, expected: "a text that is not empty" }));
    }
    Ok(Field::Text(text))
}
