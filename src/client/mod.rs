//! The service that the photos go to, and what it makes of them: a blocking client that sends [`Upload`](crate::Upload)s alone.
//!
//! ```no_run
//! use face_precheck::client::{Client, Outcome};
//! use face_precheck::{Engine, Prepared, Profile};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let engine = Engine::new()?;
//! let session = Client::new("https://be.progeny.tech/api/v3").login("username", "password")?;
//!
//! match engine.prepare(&std::fs::read("selfie.jpg")?, &Profile::progeny_selfie())? {
//!     Prepared::Ready(upload) => match session.register_face(&upload)?.wait()? {
//!         Outcome::Answered(face) => println!("registered as {}", face.uuid),
//!         Outcome::Refused(refusal) => println!("{refusal}"),
//!     },
//!     Prepared::Rejected(report) => report.findings().iter().for_each(|finding| println!("{}", finding.hint)),
//! }
//! # Ok(())
//! # }
//! ```
//!
//! * **A call is two steps**: it is sent, which gives a [`Task`], and the task is waited for, which gives an [`Outcome`]: an answer, typed as far as the
//!   service's pages say what is in it, or a [`Refusal`] with the same [`Code`](crate::Code)s that a check reports. An [`Error`] is neither: it says that there is no answer, and why.
//! * **Nothing is sent twice that could count twice**: see [`Retry`]. Where nobody knows whether a call was carried out the error
//!   [says so](Error::is_outcome_unknown).
//! * **Nothing secret is shown**: tokens and passwords are in no `Debug`, no error, no log, and go to the base URL alone, which has to be `https` unless it is
//!   this machine. Redirections are not followed. Answers about documents are not in `Debug` either.
//! * **Proxies** are those of the environment (`ALL_PROXY`, `HTTPS_PROXY`, `HTTP_PROXY`, `NO_PROXY`; none for this machine), or the one that is [set](Client::with_proxy). Certificates are checked against
//!   Mozilla's roots, which are built in, or against [others](Client::with_root_certificates).
//!
//! A service to try all of this with is built in behind the feature `stand-in`.

mod agreement;
mod answer;
mod calls;
mod error;
mod form;
mod http;
mod paths;
mod refusal;
mod reply;
mod service;
mod session;
mod settings;
mod task;
mod tokens;

use std::fmt;
use std::time::{Duration, Instant};

use secrecy::SecretString;

pub use agreement::{Agreement, Served};
pub use answer::{
    Answer, Authentication, BackgroundCheck, Card, CardKyc, Liveness, Outcome, Passport, PassportFields, PassportKyc,
    Registration,
};
pub use error::{Error, ErrorKind, FieldErrors, Mismatch, Result};
pub use paths::Paths;
pub use refusal::{Issue, Refusal, ServiceCode};
pub use session::Session;
pub use settings::{Retry, Wait};
pub use task::{Progress, State, Task};

use self::http::Http;
use self::reply::is_token;
use self::service::Service;
use self::settings::{Pem, Settings};
use self::tokens::Pair;
use crate::call::Call;
use crate::profile::Profile;

/// Where the service is, and how it is spoken to. [`login`](Self::login) makes a [`Session`] of it, in which the calls are.
///
/// ```
/// use std::time::Duration;
///
/// use face_precheck::Call;
/// use face_precheck::client::{Client, Paths, Retry, Wait};
///
/// let client = Client::new("https://be.progeny.tech/api/v3")
///     .with_paths(Paths::default().with(Call::FaceLiveness, "/services/liveness/"))
///     .with_timeouts(Duration::from_secs(5), Duration::from_secs(30))
///     .with_retry(Retry::default().with_attempts(3))
///     .with_wait(Wait::default().with_deadline(Duration::from_secs(60)));
/// ```
#[derive(Clone)]
pub struct Client {
    base: String,
    settings: Settings,
}

impl Client {
    /// A client of the service at this URL. It has to be `https`, unless it is on this machine; that it is, is checked by
    /// [`login`](Self::login).
    #[must_use]
    pub fn new(base: &str) -> Self {
        Self { base: base.to_owned(), settings: Settings::default() }
    }

    /// With other paths.
    #[must_use]
    pub fn with_paths(mut self, paths: Paths) -> Self {
        self.settings.paths = paths;
        self
    }

    /// How long a connection may take, and how long a request may with everything, the answer included. Default: 10 seconds and one minute.
    #[must_use]
    pub const fn with_timeouts(mut self, connect: Duration, request: Duration) -> Self {
        (self.settings.connect_timeout, self.settings.request_timeout) = (connect, request);
        self
    }

    /// Through this proxy (`http://`, `https://`, `socks5://`), which may hold credentials. Default: what the environment says.
    #[must_use]
    pub fn with_proxy(mut self, proxy: &str) -> Self {
        self.settings.proxy = Some(proxy.into());
        self
    }

    /// With these root certificates (PEM) instead of Mozilla's.
    #[must_use]
    pub fn with_root_certificates(mut self, pem: &[u8]) -> Self {
        self.settings.root_certificates = Some(Pem(pem.to_vec()));
        self
    }

    /// What is tried again.
    #[must_use]
    pub fn with_retry(mut self, retry: Retry) -> Self {
        self.settings.retry = retry;
        self
    }

    /// How tasks are waited for.
    #[must_use]
    pub fn with_wait(mut self, wait: Wait) -> Self {
        self.settings.wait = wait;
        self
    }

    /// What the service demands of selfies and of pictures of documents: an [`Upload`](crate::Upload) has to be checked against as much. Default:
    /// [`Profile::progeny_selfie`] and [`Profile::progeny_document`].
    #[must_use]
    pub fn with_demands(mut self, selfie: Profile, document: Profile) -> Self {
        (self.settings.selfie, self.settings.document) = (selfie, document);
        self
    }

    /// Looks whether the settings can be used, and sends nothing.
    ///
    /// # Errors
    /// [`ErrorKind::Configuration`].
    pub fn validate(&self) -> Result<()> {
        self.service().map(drop)
    }

    /// Logs in. The password is not kept.
    ///
    /// # Errors
    /// The settings cannot be used ([`ErrorKind::Configuration`]), the service refuses the credentials ([`ErrorKind::Unauthorized`]), or it
    /// cannot be reached.
    pub fn login(&self, username: &str, password: &str) -> Result<Session> {
        let service = self.service()?;
        let received = Instant::now();
        let pair = service.obtain(username, &password.into())?;
        Ok(Session::new(service, pair, Some(received)))
    }

    /// A session with tokens that somebody else logged in for: the app's own server, so that the app holds no password.
    ///
    /// # Errors
    /// The settings cannot be used ([`ErrorKind::Configuration`]).
    pub fn resume(&self, access: &str, refresh: &str) -> Result<Session> {
        if ![access, refresh].into_iter().all(is_token) {
            return Err(Error::configuration("the tokens are none: something is in them that cannot be sent"));
        }
        let pair = Pair { access: SecretString::from(access), refresh: SecretString::from(refresh) };
        Ok(Session::new(self.service()?, pair, None))
    }

    fn service(&self) -> Result<Service> {
        let plain = |byte: u8| byte.is_ascii_graphic() && !b"?#\\".contains(&byte);
        let wrong = |path: &str| !path.starts_with('/') || !path.bytes().all(plain);
        if let Some(call) = Call::ALL.iter().find(|call| wrong(self.settings.paths.of(**call))) {
            return Err(Error::new(
                *call,
                ErrorKind::Configuration { message: "its path is none that begins with a slash".into() },
            ));
        }
        Ok(Service { http: Http::new(&self.base, &self.settings)?, settings: self.settings.clone() })
    }
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // A base URL that is no good may hold what should not be in it.
        f.debug_struct("Client").field("settings", &self.settings).finish_non_exhaustive()
    }
}
