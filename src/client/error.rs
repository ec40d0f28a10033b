//! Why a call has no answer.

use std::fmt;
use std::time::Duration;

use super::reply::words;
use crate::call::Call;
use crate::profile::Purpose;
use crate::rule::Rule;

/// Why a call has no answer, sorted by who can act: see [`ErrorKind`].
///
/// It holds no token, no password and nothing of what was sent. `Display` is one line: the call, what happened, what to do.
///
/// ```
/// use face_precheck::client::{Client, ErrorKind};
///
/// let error = Client::new("http://example.org/api").login("me", "secret").unwrap_err();
/// assert!(matches!(error.kind(), ErrorKind::Configuration { .. }));
/// assert!(error.to_string().contains("https") && !error.to_string().contains("secret"));
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Error {
    call: Option<Call>,
    kind: ErrorKind,
    task: Option<String>,
    /// Whether an earlier attempt may have been carried out, whatever became of this one.
    unknown: bool,
}

/// What happened.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum ErrorKind {
    /// The client's settings cannot be used: the base URL, a path, a proxy, certificates. Nothing was sent.
    Configuration {
        /// What is wrong with them.
        message: String,
    },
    /// An upload is not fit for the field that it was given for. Nothing was sent.
    WrongUpload {
        /// The field.
        field: &'static str,
        /// What is wrong with it.
        mismatch: Mismatch,
    },
    /// A text is not one that the field takes. Nothing was sent.
    WrongText {
        /// The field.
        field: &'static str,
        /// What it takes.
        expected: &'static str,
    },
    /// No connection could be made: nothing reached the service.
    Connection {
        /// What the system or the network said.
        message: String,
    },
    /// No secure connection could be made: a certificate that is not trusted, or nobody who speaks TLS. Nothing was sent.
    NotSecure {
        /// What TLS said.
        message: String,
    },
    /// The request was sent, or part of it, and no whole answer came.
    Unanswered {
        /// What the system or the network said.
        message: String,
    },
    /// The service refuses the credentials, or a token and its renewal.
    Unauthorized {
        /// The service's words, if it had any.
        detail: Option<String>,
    },
    /// The service refuses the request's fields (400).
    Fields {
        /// Its messages, by field.
        fields: Vec<FieldErrors>,
    },
    /// The service refuses the request for another reason (403, 404, 413, ...).
    Refused {
        /// The HTTP status.
        status: u16,
        /// The service's words, if it had any.
        detail: Option<String>,
    },
    /// The service wants the request elsewhere. It was not followed there: the picture and the token go nowhere else than they were meant to.
    Redirected {
        /// The HTTP status.
        status: u16,
        /// Where it points.
        to: Option<String>,
    },
    /// Too many requests (429).
    Throttled {
        /// How long the service asks to wait.
        retry_after: Option<Duration>,
    },
    /// The service failed (5xx).
    Server {
        /// The HTTP status, or that of the task's result.
        status: u16,
    },
    /// An answer that is not what is documented.
    Malformed {
        /// What about it.
        message: String,
    },
    /// The task ended without a result. That nothing was done before it failed is not said.
    TaskFailed {
        /// Its state: `FAILURE`.
        state: String,
    },
    /// The task was not done in time; it goes on.
    Deadline {
        /// Its state when it was last seen, if it was.
        state: Option<String>,
        /// Why it was not seen since.
        last: Option<Box<Error>>,
    },
}

/// Why an upload does not go where it was given for.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Mismatch {
    /// It was checked as another kind of picture.
    Purpose {
        /// What it was checked as.
        checked_as: Purpose,
    },
    /// It was checked against a profile that lets pass what the service refuses.
    LaxerProfile {
        /// The profile's name.
        profile: String,
        /// By which rules.
        rules: Vec<Rule>,
    },
}

/// What the service says about one field.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct FieldErrors {
    /// The field's name.
    pub field: String,
    /// The messages.
    pub messages: Vec<String>,
}

impl Error {
    pub(super) fn new(call: impl Into<Option<Call>>, kind: ErrorKind) -> Self {
        Self { call: call.into(), kind, task: None, unknown: false }
    }

    pub(super) fn configuration(message: impl Into<String>) -> Self {
        Self::new(None, ErrorKind::Configuration { message: message.into() })
    }

    pub(super) fn malformed(call: Call, message: impl Into<String>) -> Self {
        Self::new(call, ErrorKind::Malformed { message: message.into() })
    }

    /// The same about a task that the service has begun.
    pub(super) fn about_task(self, id: &str) -> Self {
        Self { task: Some(id.to_owned()), ..self }
    }

    /// The same after attempts of which nobody knows what became, if there were any.
    pub(super) fn unknown_if(self, unknown: bool) -> Self {
        Self { unknown: self.unknown || unknown, ..self }
    }

    /// What happened.
    #[must_use]
    pub const fn kind(&self) -> &ErrorKind {
        &self.kind
    }

    /// In which call, if it came to one.
    #[must_use]
    pub const fn call(&self) -> Option<Call> {
        self.call
    }

    /// The task that the service has begun, if it said so: [`Session::task`](super::Session::task) asks for it again.
    #[must_use]
    pub fn task_id(&self) -> Option<&str> {
        self.task.as_deref()
    }

    /// Whether the service may have carried the call out, or may yet, without this client knowing: a face may be registered, a paid call
    /// may be counted. Repeating the call may do so twice. Where there is a [`task_id`](Self::task_id), asking for the task tells.
    #[must_use]
    pub fn is_outcome_unknown(&self) -> bool {
        if self.task.is_some() || self.unknown {
            return true;
        }
        let may_be_done = match self.kind {
            ErrorKind::Unanswered { .. } | ErrorKind::Server { .. } | ErrorKind::Malformed { .. } => true,
            // What came of it may be elsewhere, unless it is to be asked for there in the same way.
            ErrorKind::Redirected { status, .. } => !matches!(status, 307 | 308),
            _ => false,
        };
        may_be_done && self.call.is_some_and(counts)
    }

    /// Whether the same request may well succeed a little later.
    pub(super) const fn is_transient(&self) -> bool {
        matches!(
            self.kind,
            ErrorKind::Connection { .. } | ErrorKind::Unanswered { .. } | ErrorKind::Server { .. } | ErrorKind::Throttled { .. }
        )
    }

    /// What to do about it, for whoever runs the client.
    #[must_use]
    pub fn advice(&self) -> &'static str {
        match &self.kind {
            ErrorKind::Configuration { .. } => "mend the client's settings",
            ErrorKind::WrongUpload { .. } => "prepare the picture with the profile that the service asks for",
            ErrorKind::WrongText { .. } => "mend the text",
            ErrorKind::Refused { status: 404, .. } if self.task.is_some() => {
                "the service knows no such task of this user: look at its id, and at who began it"
            }
            ErrorKind::TaskFailed { .. } => "something may have been done before it failed: look before it is repeated",
            _ if self.task.is_some() => "ask for the task again later",
            _ if self.is_outcome_unknown() => "it may have been carried out all the same: look before it is repeated",
            ErrorKind::Connection { .. } => "look at the network, the base URL and the proxy, and try again",
            ErrorKind::NotSecure { .. } => {
                "look at the base URL, at this machine's clock, and at the root certificates that are trusted"
            }
            ErrorKind::Unauthorized { .. } => "log in again, and look at username and password",
            ErrorKind::Fields { .. } => "the service and this client disagree about the request: look at the call's fields",
            ErrorKind::Refused { status: 404, .. } => {
                "look at the base URL and the call's path, which the service spells in several ways"
            }
            ErrorKind::Refused { .. } => "look at the service's words",
            ErrorKind::Redirected { .. } => "set the call's path, or the base URL, as the service has it",
            ErrorKind::Throttled { .. } => "wait, and call less often",
            ErrorKind::Unanswered { .. } | ErrorKind::Server { .. } | ErrorKind::Deadline { .. } => "try again later",
            ErrorKind::Malformed { .. } => "look whether the base URL is the service's, and this client as new as the service",
        }
    }
}

/// Whether it matters how often a call is carried out: each is paid for, and one makes a face known.
pub(super) const fn counts(call: Call) -> bool {
    !matches!(call, Call::ObtainToken | Call::RefreshToken | Call::Task)
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match &self.kind {
            ErrorKind::Deadline { last: Some(last), .. } => Some(&**last),
            _ => None,
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(call) = self.call {
            write!(f, "{call}: ")?;
        }
        write!(f, "{}", self.kind)?;
        if let Some(task) = &self.task {
            write!(f, " (task {})", words(task, &[]))?;
        }
        write!(f, "; {}", self.advice())
    }
}

/// What happened, without the call and without advice.
impl fmt::Display for ErrorKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let words = |detail: &Option<String>| detail.as_ref().map(|detail| format!(": {detail}")).unwrap_or_default();
        match self {
            Self::Configuration { message } => f.write_str(message),
            Self::WrongUpload { field, mismatch } => write!(f, "{field}: {mismatch}"),
            Self::WrongText { field, expected } => write!(f, "{field}: {expected} is expected"),
            Self::Connection { message } => write!(f, "no connection: {message}"),
            Self::NotSecure { message } => write!(f, "no secure connection: {message}"),
            Self::Unanswered { message } => write!(f, "no answer: {message}"),
            Self::Unauthorized { detail } => write!(f, "not authorized{}", words(detail)),
            Self::Fields { fields } => {
                let said: Vec<_> = fields.iter().map(|about| format!("{}: {}", about.field, about.messages.join(" "))).collect();
                write!(f, "the request is refused: {}", said.join("; "))
            }
            Self::Refused { status, detail } => write!(f, "refused with status {status}{}", words(detail)),
            Self::Redirected { to, .. } => {
                write!(f, "redirected{}", to.as_ref().map(|to| format!(" to {to}")).unwrap_or_default())
            }
            Self::Throttled { retry_after } => {
                let wait = retry_after.map(|wait| format!(", for {} s", wait.as_secs())).unwrap_or_default();
                write!(f, "too many requests{wait}")
            }
            Self::Server { status } => write!(f, "the service failed with status {status}"),
            Self::Malformed { message } => write!(f, "not an answer as documented: {message}"),
            Self::TaskFailed { state } => write!(f, "the task ended without a result: {state}"),
            Self::Deadline { state, last } => {
                write!(f, "not done in time")?;
                state.iter().try_for_each(|state| write!(f, ", last seen {state}"))?;
                last.iter().try_for_each(|last| write!(f, ", then {}", last.kind))
            }
        }
    }
}

impl fmt::Display for Mismatch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Purpose { checked_as } => {
                let word = match checked_as {
                    Purpose::Selfie => "selfie",
                    Purpose::Document => "document",
                };
                write!(f, "the upload was checked as a {word}")
            }
            Self::LaxerProfile { profile, rules } => {
                let rules: Vec<_> = rules.iter().map(|rule| rule.id()).collect();
                write!(f, "the upload was checked against {profile}, which demands less than the service in {}", rules.join(", "))
            }
        }
    }
}

/// A result with the client's [`Error`].
pub type Result<T, E = Error> = std::result::Result<T, E>;
