//! Access and refresh tokens: kept secret, renewed in time, by one thread for all.

use std::fmt;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use secrecy::{ExposeSecret as _, SecretString};
use serde_json::Value;

use super::error::{Error, ErrorKind, Result};
use crate::call::Call;

/// How long an access token lives where it does not say.
const USUAL_LIFETIME: Duration = Duration::from_mins(5);

/// A token is renewed so long before it expires, or a fifth of its life before, if that is less.
const MARGIN: Duration = Duration::from_secs(30);

/// After a renewal that failed, a token that still holds is used so long before the next try.
const PAUSE: Duration = Duration::from_secs(5);

/// What the service gives for a password, and for a refresh token.
#[derive(Clone)]
pub(super) struct Pair {
    pub(super) access: SecretString,
    pub(super) refresh: SecretString,
}

impl fmt::Debug for Pair {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Pair([REDACTED])")
    }
}

/// The tokens of a session.
#[derive(Debug)]
pub(super) struct Tokens {
    state: Mutex<State>,
    /// Whether somebody renews them, and whoever waits for it.
    renewing: Mutex<bool>,
    renewed: Condvar,
}

/// Whoever renews them, until it is dropped.
struct Turn<'a>(&'a Tokens);

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        *self.0.renewing() = false;
        self.0.renewed.notify_all();
    }
}

#[derive(Debug)]
struct State {
    pair: Pair,
    renew: Instant,
    expire: Instant,
    /// Counts pairs, so that a refused token is told from the one that took its place.
    generation: u64,
    /// Counts renewals that failed, and holds what the last one died of.
    failures: u64,
    failure: Option<Error>,
}

/// A token to use, and which one it is.
pub(super) struct Access {
    pub(super) token: SecretString,
    generation: u64,
}

impl Tokens {
    /// `received` just now from the service, or at some time, by somebody else.
    pub(super) fn new(pair: Pair, received: Option<Instant>) -> Self {
        let (renew, expire) = times(&pair, received);
        let state = State { pair, renew, expire, generation: 0, failures: 0, failure: None };
        Self { state: Mutex::new(state), renewing: Mutex::default(), renewed: Condvar::new() }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn renewing(&self) -> MutexGuard<'_, bool> {
        self.renewing.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The turn to renew them, once nobody else has it; `None` if that takes too long.
    fn turn(&self, until: Option<Instant>) -> Option<Turn<'_>> {
        let mut renewing = self.renewing();
        while *renewing {
            renewing = match until.map(|until| until.saturating_duration_since(Instant::now())) {
                None => self.renewed.wait(renewing).unwrap_or_else(PoisonError::into_inner),
                Some(Duration::ZERO) => return None,
                Some(left) => self.renewed.wait_timeout(renewing, left).unwrap_or_else(PoisonError::into_inner).0,
            };
        }
        *renewing = true;
        Some(Turn(self))
    }

    /// A token that holds, as far as can be known here; `renew` turns a refresh token into a new pair.
    pub(super) fn access(&self, renew: impl Fn(&SecretString) -> Result<Pair>, until: Option<Instant>) -> Result<Access> {
        let now = Instant::now();
        let (access, is_due, is_dead) = {
            let state = self.state();
            (state.access(), now >= state.renew, now >= state.expire)
        };
        if is_dead {
            return self.renewed(&access, renew, until);
        }
        // Others go on with the old token while one renews it.
        let Some(turn) = is_due.then(|| self.turn(Some(now))).flatten() else { return Ok(access) };
        if self.state().generation != access.generation {
            return Ok(self.state().access());
        }
        let renewed = self.renew(renew);
        drop(turn);
        Ok(renewed.unwrap_or_else(|_| {
            self.state().renew = Instant::now() + PAUSE;
            access
        }))
    }

    /// Another token in place of one that does not hold. Of all that ask at once one renews it, and its failure is everybody's.
    pub(super) fn renewed(
        &self,
        refused: &Access,
        renew: impl Fn(&SecretString) -> Result<Pair>,
        until: Option<Instant>,
    ) -> Result<Access> {
        let failures = self.state().failures;
        let Some(_turn) = self.turn(until) else {
            let message = "the tokens are being renewed still".to_owned();
            return Err(Error::new(Call::RefreshToken, ErrorKind::Unanswered { message }));
        };
        {
            let state = self.state();
            if state.generation != refused.generation {
                return Ok(state.access());
            }
            if let Some(failure) = state.failure.as_ref().filter(|_| state.failures != failures) {
                return Err(failure.clone());
            }
        }
        self.renew(renew)
    }

    /// By who has the turn.
    fn renew(&self, renew: impl Fn(&SecretString) -> Result<Pair>) -> Result<Access> {
        let refresh = self.state().pair.refresh.clone();
        let asked = Instant::now();
        let renewed = renew(&refresh);
        let mut state = self.state();
        match renewed {
            Ok(pair) => {
                (state.renew, state.expire) = times(&pair, Some(asked));
                state.pair = pair;
                state.generation += 1;
                Ok(state.access())
            }
            Err(error) => {
                state.failures += 1;
                state.failure = Some(error.clone());
                Err(error)
            }
        }
    }
}

impl State {
    fn access(&self) -> Access {
        Access { token: self.pair.access.clone(), generation: self.generation }
    }
}

/// When a token is to be renewed, and when it expires.
fn times(pair: &Pair, received: Option<Instant>) -> (Instant, Instant) {
    let life = lifetime(pair.access.expose_secret(), received.is_some(), SystemTime::now());
    let life = life.unwrap_or(USUAL_LIFETIME).min(Duration::from_hours(24));
    let from = received.unwrap_or_else(Instant::now);
    (from + life.saturating_sub(MARGIN.min(life / 5)), from + life)
}

/// How long a JWT lives from now on, as it says. If it was made just now, by its own two times, where it has both: the clock here may be
/// wrong.
fn lifetime(token: &str, is_fresh: bool, now: SystemTime) -> Option<Duration> {
    let payload = token.split('.').nth(1)?;
    let claims: Value = serde_json::from_slice(&URL_SAFE_NO_PAD.decode(payload.trim_end_matches('=')).ok()?).ok()?;
    let seconds = |claim: &str| Duration::try_from_secs_f64(claims.get(claim)?.as_f64()?).ok();
    let expires = seconds("exp")?;
    let issued = seconds("iat").filter(|_| is_fresh);
    expires.checked_sub(issued.or_else(|| now.duration_since(UNIX_EPOCH).ok())?)
}

#[cfg(test)]
mod tests {
    use std::sync::Barrier;
    use std::sync::atomic::{AtomicU32, Ordering};
    use std::thread;

    use super::*;

    fn token(claims: &Value) -> String {
        format!("e30.{}.c2lnbmF0dXJl", URL_SAFE_NO_PAD.encode(claims.to_string()))
    }

    /// A pair whose access token lives so long.
    fn pair(number: u32, seconds: f64) -> Pair {
        Pair {
            access: token(&serde_json::json!({ "iat": 1e9, "exp": 1e9 + seconds, "jti": number })).into(),
            refresh: format!("refresh {number}").into(),
        }
    }

    #[test]
    fn a_token_says_how_long_it_lives() {
        let now = UNIX_EPOCH + Duration::from_secs(1000);
        let life = |claims: Value| lifetime(&token(&claims), true, now);
        assert_eq!(life(serde_json::json!({ "iat": 5000, "exp": 5300 })), Some(Duration::from_mins(5)));
        assert_eq!(life(serde_json::json!({ "exp": 1060 })), Some(Duration::from_mins(1)));
        let of_old = token(&serde_json::json!({ "iat": 800, "exp": 1100 }));
        assert_eq!(lifetime(&of_old, false, now), Some(Duration::from_secs(100)));
        for strange in [
            serde_json::json!({ "iat": 5300, "exp": 5000 }),
            serde_json::json!({ "exp": 10 }),
            serde_json::json!({ "exp": -1e300 }),
            serde_json::json!({ "exp": "soon" }),
            serde_json::json!([1]),
            serde_json::json!({}),
        ] {
            assert_eq!(life(strange.clone()), None, "{strange}");
        }
        for text in ["", ".", "a.b.c", "opaque", "e30.!!.x"] {
            assert_eq!(lifetime(text, true, now), None, "{text}");
        }
    }

    #[test]
    fn a_lifetime_of_any_length_is_a_time() {
        for seconds in [0.0, 0.1, 1.0, 300.0, 1e9, 1e18] {
            let received = Instant::now();
            let (renew, expire) = times(&pair(0, seconds), Some(received));
            assert!(received <= renew && renew <= expire, "{seconds}");
        }
    }

    #[test]
    fn one_renews_for_all() {
        let tokens = Tokens::new(pair(0, 300.0), Some(Instant::now()));
        let renewals = AtomicU32::new(0);
        let renew = |refresh: &SecretString| {
            assert_eq!(refresh.expose_secret(), "refresh 0", "a refresh token is used once");
            renewals.fetch_add(1, Ordering::Relaxed);
            thread::sleep(Duration::from_millis(20));
            Ok(pair(1, 300.0))
        };
        let refused = tokens.access(renew, None).unwrap();
        thread::scope(|scope| {
            for _ in 0..16 {
                scope.spawn(|| {
                    let renewed = tokens.renewed(&refused, renew, None).unwrap();
                    assert_eq!(renewed.token.expose_secret(), pair(1, 300.0).access.expose_secret());
                });
            }
        });
        assert_eq!(renewals.load(Ordering::Relaxed), 1);
    }

    #[test]
    fn a_failure_is_everybodys_who_waited_and_nobody_elses() {
        let tokens = Tokens::new(pair(0, 0.0), Some(Instant::now()));
        let renewals = AtomicU32::new(0);
        let fail = |_: &SecretString| {
            renewals.fetch_add(1, Ordering::Relaxed);
            thread::sleep(Duration::from_millis(200));
            Err(Error::new(Call::RefreshToken, ErrorKind::Unauthorized { detail: None }))
        };
        thread::scope(|scope| {
            for _ in 0..16 {
                scope.spawn(|| assert!(tokens.access(fail, None).is_err()));
            }
        });
        let first = renewals.load(Ordering::Relaxed);
        assert!(first < 16, "{first}: who was late may have tried again, but not everybody");
        assert!(tokens.access(fail, None).is_err());
        assert_eq!(renewals.load(Ordering::Relaxed), first + 1, "a later one tries again");
    }

    #[test]
    fn a_token_that_holds_is_used_where_it_cannot_be_renewed_yet() {
        let ago = |seconds| Instant::now().checked_sub(Duration::from_secs(seconds)).unwrap();
        // Due, and not dead.
        let tokens = Tokens::new(pair(0, 300.0), Some(ago(290)));
        let fails = |_: &SecretString| Err(Error::configuration("no network"));
        assert!(tokens.access(fails, None).is_ok());
        assert!(tokens.access(|_| panic!("too soon"), None).is_ok());
        let dead = Tokens::new(pair(0, 300.0), Some(ago(300)));
        assert!(dead.access(fails, None).is_err());
        assert!(dead.access(|_| Ok(pair(1, 300.0)), None).is_ok());
    }

    /// Who has no time to wait for another's renewal is told so.
    #[test]
    fn a_renewal_is_waited_for_no_longer_than_there_is_time() {
        let tokens = Tokens::new(pair(0, 0.0), Some(Instant::now()));
        let (begun, go_on) = (Barrier::new(2), Barrier::new(2));
        thread::scope(|scope| {
            let (begun, go_on) = (&begun, &go_on);
            let slow = move |_: &SecretString| {
                begun.wait();
                go_on.wait();
                Ok(pair(1, 300.0))
            };
            let renewing = scope.spawn({
                let tokens = &tokens;
                move || tokens.access(slow, None).map(|_| ())
            });
            begun.wait();
            let until = Instant::now() + Duration::from_millis(50);
            let late = tokens.access(|_| panic!("one at a time"), Some(until)).map(|_| ()).unwrap_err();
            assert!(matches!(late.kind(), ErrorKind::Unanswered { .. }) && Instant::now() >= until, "{late}");
            go_on.wait();
            renewing.join().unwrap().unwrap();
        });
        assert!(tokens.access(|_| panic!("it holds"), None).is_ok());
    }

    #[test]
    fn tokens_show_nothing() {
        let tokens = Tokens::new(pair(7, 300.0), Some(Instant::now()));
        let shown = format!("{tokens:?}");
        assert!(!shown.contains("refresh 7") && !shown.contains("e30."), "{shown}");
    }
}
