//! How the service is spoken to.

use std::fmt;
use std::time::Duration;

use backon::{BackoffBuilder as _, ExponentialBuilder};
use secrecy::SecretString;

use super::paths::Paths;
use crate::profile::Profile;

/// What a client was told about the service and the way to it.
#[derive(Debug, Clone)]
pub(super) struct Settings {
    pub(super) connect_timeout: Duration,
    pub(super) request_timeout: Duration,
    pub(super) proxy: Option<SecretString>,
    pub(super) root_certificates: Option<Pem>,
    pub(super) paths: Paths,
    pub(super) retry: Retry,
    pub(super) wait: Wait,
    pub(super) selfie: Profile,
    pub(super) document: Profile,
}

/// Certificates as text.
#[derive(Clone)]
pub(super) struct Pem(pub(super) Vec<u8>);

impl fmt::Debug for Pem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Pem({} bytes)", self.0.len())
    }
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            connect_timeout: Duration::from_secs(10),
            request_timeout: Duration::from_mins(1),
            proxy: None,
            root_certificates: None,
            paths: Paths::default(),
            retry: Retry::default(),
            wait: Wait::default(),
            selfie: Profile::progeny_selfie(),
            document: Profile::progeny_document(),
        }
    }
}

/// What is tried again, and how often.
///
/// A request that never reached the service is, and one that it put off (429, with the time that it asks for). A request that it may have
/// carried out is only where it changes nothing: what became of a task. **A second picture is not sent** for a first one that was
/// not answered, or answered with 5xx: the face might be registered twice, the call paid twice. Who would rather have that says
/// [`with_repeated_uploads`](Self::with_repeated_uploads).
///
/// ```
/// use face_precheck::client::{Client, Retry};
///
/// let client = Client::new("https://example.org/api/v3").with_retry(Retry::default().with_attempts(6));
/// ```
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Retry {
    /// How often a request is sent at most, the first time included. Default: 4.
    pub attempts: u32,
    /// The pause before the second time; each one is twice as long as the last, and longer by chance by up to as much, so that clients do not
    /// come back all at once. Default: half a second.
    pub first_pause: Duration,
    /// Up to which pauses grow, before what chance adds. A longer one for which the service asks is not made. Default: 20 seconds.
    pub longest_pause: Duration,
    /// Whether a picture is sent again where nobody knows what became of the first time. Default: `false`.
    pub repeated_uploads: bool,
}

impl Default for Retry {
    fn default() -> Self {
        Self {
            attempts: 4,
            first_pause: Duration::from_millis(500),
            longest_pause: Duration::from_secs(20),
            repeated_uploads: false,
        }
    }
}

impl Retry {
    /// The same with so many attempts.
    #[must_use]
    pub const fn with_attempts(mut self, attempts: u32) -> Self {
        self.attempts = attempts;
        self
    }

    /// The same with other pauses.
    #[must_use]
    pub const fn with_pauses(mut self, first: Duration, longest: Duration) -> Self {
        (self.first_pause, self.longest_pause) = (first, longest);
        self
    }

    /// The same, sending a picture again or not where nobody knows what became of the first time.
    #[must_use]
    pub const fn with_repeated_uploads(mut self, repeated_uploads: bool) -> Self {
        self.repeated_uploads = repeated_uploads;
        self
    }

    pub(super) fn pauses(&self) -> impl Iterator<Item = Duration> {
        let times = self.attempts.saturating_sub(1) as usize;
        pauses(self.first_pause, self.longest_pause, 2.0).take(times)
    }
}

/// How a task is waited for.
///
/// ```
/// use std::time::Duration;
///
/// use face_precheck::client::{Client, Wait};
///
/// let client = Client::new("https://example.org/api/v3").with_wait(Wait::default().with_deadline(Duration::from_secs(30)));
/// ```
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Wait {
    /// The pause before it is asked for a second time; each one is half as long again as the last, and longer by chance by up to as much.
    /// Default: a quarter of a second.
    pub first_pause: Duration,
    /// Up to which pauses grow, before what chance adds. Default: 5 seconds.
    pub longest_pause: Duration,
    /// When waiting ends: the task goes on, and can be asked for later. Default: 2 minutes.
    pub deadline: Duration,
}

impl Default for Wait {
    fn default() -> Self {
        Self { first_pause: Duration::from_millis(250), longest_pause: Duration::from_secs(5), deadline: Duration::from_mins(2) }
    }
}

impl Wait {
    /// The same with another deadline.
    #[must_use]
    pub const fn with_deadline(mut self, deadline: Duration) -> Self {
        self.deadline = deadline;
        self
    }

    /// The same with other pauses.
    #[must_use]
    pub const fn with_pauses(mut self, first: Duration, longest: Duration) -> Self {
        (self.first_pause, self.longest_pause) = (first, longest);
        self
    }

    pub(super) fn pauses(&self) -> impl Iterator<Item = Duration> {
        pauses(self.first_pause, self.longest_pause, 1.5)
    }
}

const SHORTEST_PAUSE: Duration = Duration::from_millis(10);

/// Longer and longer, without end.
fn pauses(first: Duration, longest: Duration, factor: f32) -> impl Iterator<Item = Duration> {
    // What nobody waits for would overflow; without any pause a service would be flooded.
    let longest = longest.clamp(SHORTEST_PAUSE, Duration::from_hours(24));
    let first = first.clamp(SHORTEST_PAUSE, longest);
    let builder = ExponentialBuilder::new().with_min_delay(first).with_max_delay(longest).with_factor(factor);
    builder.with_jitter().without_max_times().build()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_by_chance_and_end() {
        let retry = Retry::default();
        let pauses: Vec<_> = retry.pauses().collect();
        assert_eq!(pauses.len(), 3);
        for (pause, at_least) in pauses.iter().zip([500, 1000, 2000]) {
            let at_least = Duration::from_millis(at_least);
            assert!((at_least..=2 * at_least).contains(pause), "{pause:?}");
        }
        assert_ne!(pauses, retry.pauses().collect::<Vec<_>>(), "no two clients come back together");
        assert_eq!(Retry::default().with_attempts(0).pauses().count(), 0);
        assert_eq!(Retry::default().with_pauses(Duration::MAX, Duration::MAX).pauses().count(), 3);
        let none = Wait::default().with_pauses(Duration::ZERO, Duration::ZERO);
        assert!(none.pauses().take(50).all(|pause| pause >= Duration::from_millis(10)));
        let wait = Wait::default();
        let longest = wait.pauses().take(200).max().unwrap();
        assert!(longest > wait.longest_pause && longest <= 2 * wait.longest_pause, "{longest:?}");
    }
}
