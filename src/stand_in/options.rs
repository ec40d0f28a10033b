//! How a stand-in behaves.

use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use super::counts::Seen;
use super::faults::Faults;
use super::fixed::Answers;
use crate::engine::Engine;
use crate::profile::Profile;

/// Whoever is told of each request, by [`Options::with_observer`].
pub type Observer = Arc<dyn Fn(&Seen) + Send + Sync>;

/// How a [`StandIn`](super::StandIn) behaves, as plain data.
///
/// ```
/// use std::time::Duration;
///
/// use face_precheck::stand_in::{Fault, Faults, Options};
///
/// let options = Options::default()
///     .with_username("tester")
///     .with_password("correct horse")
///     .with_access_lifetime(Duration::from_secs(2))
///     .with_single_use_refresh(true)
///     .with_faults(Faults::default().with_rate(0.1).with_kinds([Fault::Drop, Fault::ErrorAfter]))
///     .with_seed(42);
/// assert!(!format!("{options:?}").contains("horse"));
/// ```
#[derive(Clone)]
#[non_exhaustive]
pub struct Options {
    /// The port on 127.0.0.1. Default: 0, any that is free.
    pub port: u16,
    /// The folder to keep faces, tasks and keys in; made if it is not there. Default: `None`, in memory.
    pub data: Option<PathBuf>,
    /// The one user's name. Default: `demo`.
    pub username: String,
    /// The one user's password. Default: `demo`.
    pub password: String,
    /// How long access tokens are good, in whole seconds. Default: 5 minutes.
    pub access_lifetime: Duration,
    /// How long refresh tokens are good, in whole seconds. Default: a day.
    pub refresh_lifetime: Duration,
    /// Whether a refresh token is good only once. Default: `false`.
    pub single_use_refresh: bool,
    /// How long a task is shown as `PENDING` at least, unless the service is restarted. Default: 200 ms.
    pub task_time: Duration,
    /// What is added to the time of each answer on average: uniformly between nothing and twice this. Default: nothing,
    /// and never more than a day.
    pub latency: Duration,
    /// What goes wrong on purpose. Default: nothing.
    pub faults: Faults,
    /// The answers to what cannot be found out here.
    pub answers: Answers,
    /// Whether `background_check` begins a task, as the others do, and does not answer at once. The service's pages do not say which.
    /// Default: `false`.
    pub background_through_task: bool,
    /// Decides which requests go wrong, and how long each takes. Default: 0.
    pub seed: u64,
    /// What is demanded of selfies. Default: [`Profile::progeny_selfie`].
    pub selfie: Profile,
    /// What is demanded of pictures of documents. Default: [`Profile::progeny_document`].
    pub document: Profile,
    /// What judges pictures. Default: `None`, an engine of its own.
    pub engine: Option<Engine>,
    observer: Option<Observer>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            port: 0,
            data: None,
            username: "demo".into(),
            password: "demo".into(),
            access_lifetime: Duration::from_mins(5),
            refresh_lifetime: Duration::from_hours(24),
            single_use_refresh: false,
            task_time: Duration::from_millis(200),
            latency: Duration::ZERO,
            faults: Faults::default(),
            answers: Answers::default(),
            background_through_task: false,
            seed: 0,
            selfie: Profile::progeny_selfie(),
            document: Profile::progeny_document(),
            engine: None,
            observer: None,
        }
    }
}

impl Options {
    /// The same on another port.
    #[must_use]
    pub const fn with_port(mut self, port: u16) -> Self {
        self.port = port;
        self
    }

    /// The same with a folder for data.
    #[must_use]
    pub fn with_data(mut self, folder: impl Into<PathBuf>) -> Self {
        self.data = Some(folder.into());
        self
    }

    /// The same for a user of another name.
    #[must_use]
    pub fn with_username(mut self, username: impl Into<String>) -> Self {
        self.username = username.into();
        self
    }

    /// The same with another password.
    #[must_use]
    pub fn with_password(mut self, password: impl Into<String>) -> Self {
        self.password = password.into();
        self
    }

    /// The same with access tokens that are good as long.
    #[must_use]
    pub const fn with_access_lifetime(mut self, lifetime: Duration) -> Self {
        self.access_lifetime = lifetime;
        self
    }

    /// The same with refresh tokens that are good as long.
    #[must_use]
    pub const fn with_refresh_lifetime(mut self, lifetime: Duration) -> Self {
        self.refresh_lifetime = lifetime;
        self
    }

    /// The same with refresh tokens that are good once, or until they expire.
    #[must_use]
    pub const fn with_single_use_refresh(mut self, single_use: bool) -> Self {
        self.single_use_refresh = single_use;
        self
    }

    /// The same with tasks that take as long.
    #[must_use]
    pub const fn with_task_time(mut self, time: Duration) -> Self {
        self.task_time = time;
        self
    }

    /// The same with answers that take longer by this on average.
    #[must_use]
    pub const fn with_latency(mut self, mean: Duration) -> Self {
        self.latency = mean;
        self
    }

    /// The same with other faults.
    #[must_use]
    pub fn with_faults(mut self, faults: Faults) -> Self {
        self.faults = faults;
        self
    }

    /// The same with other fixed answers.
    #[must_use]
    pub fn with_answers(mut self, answers: Answers) -> Self {
        self.answers = answers;
        self
    }

    /// The same with background checks that go through a task, or are answered at once.
    #[must_use]
    pub const fn with_background_through_task(mut self, through_task: bool) -> Self {
        self.background_through_task = through_task;
        self
    }

    /// The same with another seed.
    #[must_use]
    pub const fn with_seed(mut self, seed: u64) -> Self {
        self.seed = seed;
        self
    }

    /// The same with other demands: more than the service documents, say, so that it refuses what a check lets pass.
    #[must_use]
    pub fn with_demands(mut self, selfie: Profile, document: Profile) -> Self {
        (self.selfie, self.document) = (selfie, document);
        self
    }

    /// The same with an engine that is there already, so that none has to be loaded.
    #[must_use]
    pub fn with_engine(mut self, engine: Engine) -> Self {
        self.engine = Some(engine);
        self
    }

    /// The same, and each request is told to this function when it is dealt with, also one whose client hung up. It should be quick,
    /// because all answers wait for it, and if it panics nothing more comes of it than the panic's message on standard error.
    #[must_use]
    pub fn with_observer(mut self, observer: Observer) -> Self {
        self.observer = Some(observer);
        self
    }

    pub(super) fn observer(&self) -> Option<&Observer> {
        self.observer.as_ref()
    }
}

/// Without the password.
impl fmt::Debug for Options {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Options")
            .field("port", &self.port)
            .field("data", &self.data)
            .field("username", &self.username)
            .field("access_lifetime", &self.access_lifetime)
            .field("refresh_lifetime", &self.refresh_lifetime)
            .field("single_use_refresh", &self.single_use_refresh)
            .field("task_time", &self.task_time)
            .field("latency", &self.latency)
            .field("faults", &self.faults)
            .field("answers", &self.answers)
            .field("background_through_task", &self.background_through_task)
            .field("seed", &self.seed)
            .finish_non_exhaustive()
    }
}
