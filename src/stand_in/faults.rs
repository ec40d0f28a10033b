//! What goes wrong on purpose, and when.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use fastrand::Rng;

/// A way in which a request goes wrong.
///
/// ```
/// use face_precheck::stand_in::Fault;
///
/// assert_eq!("drop-after".parse(), Ok(Fault::DropAfter));
/// assert!(Fault::ALL.iter().all(|fault| fault.id().parse() == Ok(*fault)));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Fault {
    /// Nothing is done, and the answer is 500.
    Error,
    /// What was asked for is done; the answer is 502 and no JSON, as a proxy's.
    ErrorAfter,
    /// Nothing is done, and the connection is closed without an answer.
    Drop,
    /// What was asked for is done, and the connection is closed without an answer.
    DropAfter,
    /// What was asked for is done; half of the answer's body is sent, and the connection closed.
    Truncate,
    /// Nothing is done, and the answer is 429 with `Retry-After: 1`.
    Throttle,
    /// Nothing is done, and the answer is 401 as for an access token that has expired. Only where a token is due.
    ExpiredToken,
}

impl Fault {
    /// All faults.
    pub const ALL: &'static [Self] =
        &[Self::Error, Self::ErrorAfter, Self::Drop, Self::DropAfter, Self::Truncate, Self::Throttle, Self::ExpiredToken];

    /// The fault's name: `error`, `error-after`, `drop`, `drop-after`, `truncate`, `throttle` or `expired-token`.
    #[must_use]
    pub const fn id(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::ErrorAfter => "error-after",
            Self::Drop => "drop",
            Self::DropAfter => "drop-after",
            Self::Truncate => "truncate",
            Self::Throttle => "throttle",
            Self::ExpiredToken => "expired-token",
        }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.id())
    }
}

impl FromStr for Fault {
    type Err = String;

    fn from_str(id: &str) -> Result<Self, String> {
        let fault = Self::ALL.iter().copied().find(|fault| fault.id() == id);
        fault.ok_or_else(|| {
            format!(
                "{id:?} is no fault; the faults are {}",
                Self::ALL.iter().map(|fault| fault.id()).collect::<Vec<_>>().join(", ")
            )
        })
    }
}

/// How often requests go wrong, and how.
///
/// ```
/// use face_precheck::stand_in::{Fault, Faults};
///
/// let faults = Faults::default().with_rate(0.2).with_kinds([Fault::Drop, Fault::Throttle]);
/// assert_eq!((faults.rate, faults.kinds.len()), (0.2, 2));
/// assert_eq!(Faults::default().rate, 0.0);
/// ```
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Faults {
    /// The probability that a request goes wrong, 0 to 1. Default: 0.
    pub rate: f64,
    /// The ways in which it does, each as likely as the others. Default: all of [`Fault::ALL`].
    pub kinds: Vec<Fault>,
}

impl Default for Faults {
    fn default() -> Self {
        Self { rate: 0.0, kinds: Fault::ALL.to_vec() }
    }
}

impl Faults {
    /// The same with another probability.
    #[must_use]
    pub const fn with_rate(mut self, rate: f64) -> Self {
        self.rate = rate;
        self
    }

    /// The same with other ways.
    #[must_use]
    pub fn with_kinds(mut self, kinds: impl Into<Vec<Fault>>) -> Self {
        self.kinds = kinds.into();
        self
    }
}

/// Nobody waits as long; of more the double might be none.
const LONGEST: Duration = Duration::from_hours(24);

/// Whoever decides which request goes wrong, and how long each takes: the same for the same seed, in the order of arrival.
#[derive(Debug)]
pub(super) struct Draws {
    faults: Faults,
    hits: Rng,
    /// Apart, so that a delay changes no fault.
    delays: Rng,
}

impl Draws {
    pub(super) fn new(seed: u64, faults: Faults) -> Self {
        let mut hits = Rng::with_seed(seed);
        let delays = hits.fork();
        Self { faults, hits, delays }
    }

    pub(super) fn set_faults(&mut self, faults: Faults) {
        self.faults = faults;
    }

    /// What happens to the next request.
    pub(super) fn fault(&mut self, token_is_due: bool) -> Option<Fault> {
        // No number is no rate.
        let is_hit = self.hits.f64() < self.faults.rate;
        if !is_hit {
            return None;
        }
        let fitting = self.faults.kinds.iter().filter(|kind| token_is_due || **kind != Fault::ExpiredToken);
        let fitting: Vec<Fault> = fitting.copied().collect();
        self.hits.choice(fitting)
    }

    /// Uniform, and `mean` on average, as far as that can be waited for.
    pub(super) fn delay(&mut self, mean: Duration) -> Duration {
        if mean.is_zero() { mean } else { mean.min(LONGEST).mul_f64(2.0 * self.delays.f64()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn drawn(seed: u64, faults: &Faults, token_is_due: bool) -> Vec<Option<Fault>> {
        let mut draws = Draws::new(seed, faults.clone());
        (0..4000).map(|_| draws.fault(token_is_due)).collect()
    }

    #[test]
    fn faults_are_as_frequent_as_asked_and_the_same_for_the_same_seed() {
        let faults = Faults::default().with_rate(0.25);
        let found = drawn(7, &faults, true);
        assert_eq!(found, drawn(7, &faults, true));
        assert_ne!(found, drawn(8, &faults, true));
        let hits = found.iter().flatten().count();
        assert!((900..1100).contains(&hits), "{hits}");
        for fault in Fault::ALL {
            let count = found.iter().flatten().filter(|found| *found == fault).count();
            assert!((100..190).contains(&count), "{fault}: {count}");
        }
    }

    #[test]
    fn a_token_expires_only_where_one_is_due() {
        let faults = Faults::default().with_rate(1.0);
        assert!(drawn(1, &faults, false).iter().all(|fault| fault.is_some_and(|fault| fault != Fault::ExpiredToken)));
        let faults = faults.with_kinds([Fault::ExpiredToken]);
        assert!(drawn(1, &faults, false).iter().all(Option::is_none));
        assert!(drawn(1, &faults, true).iter().all(|fault| *fault == Some(Fault::ExpiredToken)));
    }

    #[test]
    fn no_rate_is_none_and_any_beyond_one_is_all() {
        for rate in [0.0, -1.0, f64::NAN] {
            assert!(drawn(1, &Faults::default().with_rate(rate), true).iter().all(Option::is_none), "{rate}");
        }
        assert!(drawn(1, &Faults::default().with_rate(1.5), true).iter().all(Option::is_some));
        assert!(drawn(1, &Faults::default().with_rate(1.0).with_kinds([]), true).iter().all(Option::is_none));
    }

    #[test]
    fn delays_are_their_mean_on_average_and_change_no_fault() {
        let mean = Duration::from_millis(100);
        let mut draws = Draws::new(3, Faults::default().with_rate(0.5));
        let mut sum = Duration::ZERO;
        let mut faults = Vec::new();
        for _ in 0..4000 {
            let delay = draws.delay(mean);
            assert!(delay <= 2 * mean);
            sum += delay;
            faults.push(draws.fault(true));
        }
        assert!((sum / 4000).abs_diff(mean) < Duration::from_millis(5), "{sum:?}");
        assert_eq!(faults, drawn(3, &Faults::default().with_rate(0.5), true));
        assert_eq!(draws.delay(Duration::ZERO), Duration::ZERO);
        assert!((0..100).all(|_| draws.delay(Duration::MAX) <= 2 * LONGEST));
    }
}
