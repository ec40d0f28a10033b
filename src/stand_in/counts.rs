//! What happened: a record of each request for whoever watches, and sums.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use super::faults::Fault;
use super::options::Observer;
use crate::isolate::isolated;

/// A request that was dealt with, without anything that is secret: neither its query, nor tokens, nor fields.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Seen {
    /// The method: `POST`.
    pub method: String,
    /// The path, without the query.
    pub path: String,
    /// The answer's status; `None` if the connection was closed without one, by us or by the client.
    pub status: Option<u16>,
    /// From the request's head to the answer's.
    pub time: Duration,
    /// What went wrong on purpose.
    pub fault: Option<Fault>,
}

/// What happened since the service was started.
///
/// ```
/// use face_precheck::stand_in::{Counts, Fault};
///
/// let counts = Counts::default();
/// assert_eq!((counts.requests, counts.faults_of(Fault::Drop)), (0, 0));
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Counts {
    /// Requests of any kind, those that went wrong on purpose among them.
    pub requests: u64,
    /// Username and password were right, and tokens were made.
    pub logins: u64,
    /// A refresh token was right, and tokens were made.
    pub refreshes: u64,
    /// A refresh token was malformed, expired, or used before where each may be used once.
    pub refreshes_refused: u64,
    /// The largest number of requests to refresh that were under way at the same time: 1 also where many came one after another. Whether
    /// a client refreshed once is told by [`refreshes`](Self::refreshes).
    pub concurrent_refreshes: u64,
    /// What went wrong on purpose. A fault that did not occur is not there.
    pub faults: BTreeMap<Fault, u64>,
}

impl Counts {
    /// How often a fault occurred.
    #[must_use]
    pub fn faults_of(&self, fault: Fault) -> u64 {
        self.faults.get(&fault).copied().unwrap_or(0)
    }
}

/// A request that whoever watches is told of when this goes, whether it was answered or not.
pub(super) struct Telling {
    seen: Seen,
    begun: Instant,
    observer: Option<Observer>,
}

impl Telling {
    pub(super) fn of(method: String, path: String, observer: Option<&Observer>) -> Self {
        let seen = Seen { method, path, status: None, time: Duration::ZERO, fault: None };
        Self { seen, begun: Instant::now(), observer: observer.cloned() }
    }

    pub(super) const fn goes_wrong(&mut self, fault: Option<Fault>) {
        self.seen.fault = fault;
    }

    pub(super) const fn is_answered(&mut self, status: u16) {
        self.seen.status = Some(status);
    }
}

impl Drop for Telling {
    fn drop(&mut self) {
        self.seen.time = self.begun.elapsed();
        if let Some(observer) = &self.observer {
            // An observer that panics is no reason to answer nobody.
            let _ = isolated(|| observer(&self.seen));
        }
    }
}

/// [`Counts`] in the making.
#[derive(Debug, Default)]
pub(super) struct Counters(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    counts: Counts,
    refreshing: u64,
}

impl Counters {
    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn counts(&self) -> Counts {
        self.state().counts.clone()
    }

    pub(super) fn add(&self, change: impl FnOnce(&mut Counts)) {
        change(&mut self.state().counts);
    }

    /// A request to refresh is under way for as long as what is returned lives.
    pub(super) fn refreshing(&self) -> Refreshing<'_> {
        let mut state = self.state();
        state.refreshing += 1;
        state.counts.concurrent_refreshes = state.counts.concurrent_refreshes.max(state.refreshing);
        Refreshing(self)
    }
}

/// A request to refresh that is under way.
pub(super) struct Refreshing<'a>(&'a Counters);

impl Drop for Refreshing<'_> {
    fn drop(&mut self) {
        self.0.state().refreshing -= 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_most_at_once_is_kept() {
        let counters = Counters::default();
        drop(counters.refreshing());
        let two = (counters.refreshing(), counters.refreshing());
        drop(two);
        drop(counters.refreshing());
        assert_eq!(counters.counts().concurrent_refreshes, 2);
        assert_eq!(counters.state().refreshing, 0);
    }
}
