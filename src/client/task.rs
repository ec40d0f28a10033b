//! What the service is at work on, until it is done.

use std::fmt;
use std::marker::PhantomData;
use std::thread;
use std::time::{Duration, Instant};

use serde_json::Value;

use super::answer::{Answer, Outcome};
use super::error::{Error, ErrorKind, Result};
use super::refusal::{Objection, Refusal};
use super::reply::{is_token, words};
use super::session::Session;
use super::settings::Wait;
use crate::call::Call;

/// What a clock can be set forward by without an overflow.
const LONGEST_DEADLINE: Duration = Duration::from_hours(24 * 365);

/// A uuid has 36.
const LONGEST_ID: usize = 200;

/// A call that the service has taken, and what will come of it. Keep its [`id`](Self::id) where the program may end before the task does:
/// [`Session::task`] takes it up again.
#[derive(Debug, Clone)]
#[must_use = "the service is at work on it: `wait` tells what came of it"]
pub struct Task<T> {
    session: Session,
    begun: Begun,
    answer: PhantomData<fn() -> T>,
}

/// What the service answered to a call.
#[derive(Clone)]
enum Begun {
    /// The task's id.
    Task(String),
    /// The answer, at once.
    Answered(Value),
}

/// What a task is doing.
#[derive(Debug, Clone, PartialEq)]
pub enum Progress<T> {
    /// Not done yet.
    Going(State),
    /// Done.
    Done(Outcome<T>),
}

/// A task's state, as the service calls it.
///
/// ```
/// use face_precheck::client::State;
///
/// assert_eq!(State::from("STARTED"), State::Started);
/// assert_eq!(State::from("QUEUED").as_str(), "QUEUED"); // Not known, so it is waited for.
/// assert!(!State::from("QUEUED").is_final() && State::Failure.is_final());
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum State {
    /// Nobody has begun with it.
    Pending,
    /// Under way.
    Started,
    /// To be begun again.
    Retry,
    /// Done: there is a result.
    Success,
    /// Ended without a result.
    Failure,
    /// Ended from outside.
    Revoked,
    /// Any other, verbatim. Taken for one that will change.
    Other(String),
}

impl State {
    /// As the service writes it.
    #[must_use]
    pub fn as_str(&self) -> &str {
        match self {
            Self::Pending => "PENDING",
            Self::Started => "STARTED",
            Self::Retry => "RETRY",
            Self::Success => "SUCCESS",
            Self::Failure => "FAILURE",
            Self::Revoked => "REVOKED",
            Self::Other(state) => state,
        }
    }

    /// Whether it stays so.
    #[must_use]
    pub const fn is_final(&self) -> bool {
        matches!(self, Self::Success | Self::Failure | Self::Revoked)
    }
}

impl From<&str> for State {
    fn from(text: &str) -> Self {
        let known = [Self::Pending, Self::Started, Self::Retry, Self::Success, Self::Failure, Self::Revoked];
        known.into_iter().find(|state| state.as_str() == text).unwrap_or_else(|| Self::Other(text.to_owned()))
    }
}

/// On one line.
impl fmt::Display for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&words(self.as_str(), &[]))
    }
}

impl<T: Answer> Task<T> {
    pub(super) const fn begun(session: Session, id: String) -> Self {
        Self { session, begun: Begun::Task(id), answer: PhantomData }
    }

    /// What a call is answered with: a task's id, or what it would have come to.
    pub(super) fn answered(session: Session, json: Value) -> Result<Self> {
        let begun = match json.get("id") {
            Some(Value::String(id)) if id.len() <= LONGEST_ID && is_token(id) => Begun::Task(id.clone()),
            Some(Value::Number(id)) => Begun::Task(id.to_string()),
            // Of the one call that may answer at once the service's pages do not say whether it does.
            None if T::CALL == Call::BackgroundCheck => Begun::Answered(json),
            _ => return Err(Error::malformed(T::CALL, "no task in `id`")),
        };
        Ok(Self { session, begun, answer: PhantomData })
    }

    /// The task's id, unless the answer came at once.
    #[must_use]
    pub fn id(&self) -> Option<&str> {
        match &self.begun {
            Begun::Task(id) => Some(id),
            Begun::Answered(_) => None,
        }
    }

    /// Asks once what the task is doing.
    ///
    /// # Errors
    /// It cannot be told, or the task has ended without a result ([`ErrorKind::TaskFailed`]).
    pub fn poll(&self) -> Result<Progress<T>> {
        match &self.begun {
            Begun::Answered(json) => answer(json).map(Progress::Done),
            Begun::Task(id) => progress(&self.session.look_up(id, None)?).map_err(|error| error.about_task(id)),
        }
    }

    /// Waits until the task is done, as long as the client's [`Wait`] says.
    ///
    /// # Errors
    /// As [`poll`](Self::poll); troubles that may pass are waited out. [`ErrorKind::Deadline`] when the time is over: the task goes on.
    pub fn wait(&self) -> Result<Outcome<T>> {
        self.wait_with(&self.session.settings().wait)
    }

    /// Waits until the task is done, as long and as often as stated.
    ///
    /// # Errors
    /// As [`wait`](Self::wait).
    pub fn wait_with(&self, wait: &Wait) -> Result<Outcome<T>> {
        let id = match &self.begun {
            Begun::Task(id) => id,
            Begun::Answered(json) => return answer(json),
        };
        let until = Instant::now() + wait.deadline.min(LONGEST_DEADLINE);
        let (mut state, mut last) = (None, None);
        for mut pause in wait.pauses() {
            let left = until.saturating_duration_since(Instant::now());
            match self.session.look_up(id, Some(until)) {
                Ok(json) => match progress(&json).map_err(|error| error.about_task(id))? {
                    Progress::Done(outcome) => return Ok(outcome),
                    Progress::Going(seen) => (state, last) = (Some(seen.to_string()), None),
                },
                Err(error) if error.is_transient() => {
                    if let ErrorKind::Throttled { retry_after: Some(asked) } = error.kind() {
                        pause = pause.max(*asked);
                    }
                    last = Some(Box::new(error));
                }
                Err(error) => return Err(error),
            }
            // At the very end there is one look more, unless the service asks for more time than there is.
            let asked_for_more =
                matches!(&last, Some(error) if matches!(error.kind(), ErrorKind::Throttled { .. })) && pause > left;
            if left.is_zero() || asked_for_more {
                break;
            }
            thread::sleep(pause.min(until.saturating_duration_since(Instant::now())));
        }
        Err(Error::new(T::CALL, ErrorKind::Deadline { state, last }).about_task(id))
    }
}

/// Without the answer, in which a person may be.
impl fmt::Debug for Begun {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Task(id) => f.debug_tuple("Task").field(id).finish(),
            Self::Answered(_) => f.write_str("Answered"),
        }
    }
}

/// What the service says of a task: `{"id": 2170, "status": "SUCCESS", "result": {...}}`.
fn progress<T: Answer>(json: &Value) -> Result<Progress<T>> {
    let malformed = |what: &str| Error::malformed(T::CALL, what);
    let state = json.get("status").and_then(Value::as_str).ok_or_else(|| malformed("no state in the task's `status`"))?;
    match State::from(state) {
        State::Success => {
            let result = json.get("result").filter(|result| result.is_object()).ok_or_else(|| malformed("no `result`"))?;
            outcome(result).map(Progress::Done)
        }
        state if state.is_final() => Err(Error::new(T::CALL, ErrorKind::TaskFailed { state: state.to_string() })),
        state => Ok(Progress::Going(state)),
    }
}

/// What a call came to. It counts as answered only where the service says so, what was asked for is there, and nothing speaks against it.
fn outcome<T: Answer>(result: &Value) -> Result<Outcome<T>> {
    let malformed = |what: &str| Error::malformed(T::CALL, what);
    let status = result.get("status").and_then(Value::as_u64).and_then(|status| u16::try_from(status).ok());
    let status = status.ok_or_else(|| malformed("no number in the result's `status`"))?;
    let answer = result.get("data").and_then(T::read);
    let refused = || Outcome::Refused(Refusal::read(status, result));
    match (status, Objection::of(result)) {
        // Who is registered has a uuid: that would be lost in a refusal.
        (200..=299, Objection::Clear) if T::CALL == Call::RegisterFace && answer.is_some() => {
            Err(malformed("a uuid, and reasons against the picture"))
        }
        (200..=299, Objection::Unclear) => Err(malformed("no truth value in `liveness`")),
        (200..=299, Objection::None) => {
            answer.map(Outcome::Answered).ok_or_else(|| malformed("what was asked for is not in the result's `data`"))
        }
        (200..=299 | 400..=499, Objection::Clear) | (400 | 422, _) => Ok(refused()),
        (401..=499, _) => {
            let data = result.get("data");
            let said = data.and_then(|data| data.get("error").or(data.get("detail"))).and_then(Value::as_str);
            Err(Error::new(T::CALL, ErrorKind::Refused { status, detail: said.map(|text| words(text, &[])) }))
        }
        (500..=599, _) => Err(Error::new(T::CALL, ErrorKind::Server { status })),
        _ => Err(malformed(&format!("the result's `status` is {status}"))),
    }
}

/// What a call is answered with at once: as a task's result, or what would be in it.
fn answer<T: Answer>(json: &Value) -> Result<Outcome<T>> {
    match json.get("result").filter(|result| result.is_object()) {
        Some(result) => outcome(result),
        None => T::read(json)
            .map(Outcome::Answered)
            .ok_or_else(|| Error::malformed(T::CALL, "neither a task nor what was asked for is in it")),
    }
}

#[cfg(test)]
mod tests;
