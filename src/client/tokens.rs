//! Access and refresh tokens: kept secret, renewed in time, by one thread for all.

use std::fmt;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use secrecy::{ExposeSecret as _, SecretString};
use serde_json::Value;

use super::error::{Error, Result};

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
    /// Held by who renews them.
    renewing: Mutex<()>,
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
    pub(super) fn new(pair: Pair, received: Instant) -> Self {
        let (renew, expire) = times(&pair, received);
        let state = State { pair, renew, expire, generation: 0, failures: 0, failure: None };
        Self { state: Mutex::new(state), renewing: Mutex::default() }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A token that holds, as far as can be known here; `renew` turns a refresh token into a new pair.
    pub(super) fn access(&self, renew: impl Fn(&SecretString) -> Result<Pair>) -> Result<Access> {
        let now = Instant::now();
        let (access, is_due, is_dead) = {
            let state = self.state();
            (state.access(), now >= state.renew, now >= state.expire)
        };
        if is_dead {
            return self.renewed(&access, renew);
        }
        // Others go on with the old token while one renews it.
        let Some(guard) = is_due.then(|| self.renewing.try_lock().ok()).flatten() else { return Ok(access) };
        if self.state().generation != access.generation {
            return Ok(self.state().access());
        }
        let renewed = self.renew(renew);
        drop(guard);
        Ok(renewed.unwrap_or_else(|_| {
            self.state().renew = Instant::now() + PAUSE;
            access
        }))
    }

    /// Another token in place of one that does not hold. Of all that ask at once one renews it, and its failure is everybody's.
    pub(super) fn renewed(&self, refused: &Access, renew: impl Fn(&SecretString) -> Result<Pair>) -> Result<Access> {
        let failures = self.state().failures;
        let _guard = self.renewing.lock().unwrap_or_else(PoisonError::into_inner);
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

    /// By who holds `renewing`.
    fn renew(&self, renew: impl Fn(&SecretString) -> Result<Pair>) -> Result<Access> {
        let refresh = self.state().pair.refresh.clone();
        let asked = Instant::now();
        let renewed = renew(&refresh);
        let mut state = self.state();
        match renewed {
            Ok(pair) => {
                (state.renew, state.expire) = times(&pair, asked);
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
fn times(pair: &Pair, received: Instant) -> (Instant, Instant) {
    let life = lifetime(pair.access.expose_secret(), SystemTime::now()).unwrap_or(USUAL_LIFETIME).min(Duration::from_hours(24));
    (received + life.saturating_sub(MARGIN.min(life / 5)), received + life)
}

/// How long a JWT lives from now on, as it says. By its own two times, where it has both: the clock here may be wrong.
fn lifetime(token: &str, now: SystemTime) -> Option<Duration> {
    let payload = token.split('.').nth(1)?;
    let claims: Value = serde_json::from_slice(&URL_SAFE_NO_PAD.decode(payload.trim_end_matches('=')).ok()?).ok()?;
    let seconds = |claim: &str| Duration::try_from_secs_f64(claims.get(claim)?.as_f64()?).ok();
    let expires = seconds("exp")?;
    let from = seconds("iat").or_else(|| now.duration_since(UNIX_EPOCH).ok())?;
    expires.checked_sub(from)
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU32, Ordering};
    use std::thread;

    use super::*;
    use crate::call::Call;
    use crate::client::error::ErrorKind;

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
        let life = |claims: Value| lifetime(&token(&claims), now);
        assert_eq!(life(serde_json::json!({ "iat": 5000, "exp": 5300 })), Some(Duration::from_mins(5)));
        assert_eq!(life(serde_json::json!({ "exp": 1060 })), Some(Duration::from_mins(1)));
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
            assert_eq!(lifetime(text, now), None, "{text}");
        }
    }

    #[test]
    fn a_lifetime_of_any_length_is_a_time() {
        for seconds in [0.0, 0.1, 1.0, 300.0, 1e9, 1e18] {
            let received = Instant::now();
            let (renew, expire) = times(&pair(0, seconds), received);
            assert!(received <= renew && renew <= expire, "{seconds}");
        }
    }

    #[test]
    fn one_renews_for_all() {
        let tokens = Tokens::new(pair(0, 300.0), Instant::now());
        let renewals = AtomicU32::new(0);
        let renew = |refresh: &SecretString| {
            assert_eq!(refresh.expose_secret(), "refresh 0", "a refresh token is used once");
            renewals.fetch_add(1, Ordering::Relaxed);
            thread::sleep(Duration::from_millis(20));
            Ok(pair(1, 300.0))
        };
        let refused = tokens.access(renew).unwrap();
        thread::scope(|scope| {
            for _ in 0..16 {
                scope.spawn(|| {
                    let renewed = tokens.renewed(&refused, renew).unwrap();
                    assert_eq!(renewed.token.expose_secret(), pair(1, 300.0).access.expose_secret());
                });
            }
        });
        assert_eq!(renewals.load(Ordering::Relaxed), 1);
    }

    #[test]
    fn a_failure_is_everybodys_who_waited_and_nobody_elses() {
        let tokens = Tokens::new(pair(0, 0.0), Instant::now());
        let renewals = AtomicU32::new(0);
        let fail = |_: &SecretString| {
            renewals.fetch_add(1, Ordering::Relaxed);
            thread::sleep(Duration::from_millis(200));
            Err(Error::new(Call::RefreshToken, ErrorKind::Unauthorized { detail: None }))
        };
        thread::scope(|scope| {
            for _ in 0..16 {
                scope.spawn(|| assert!(tokens.access(fail).is_err()));
            }
        });
        let first = renewals.load(Ordering::Relaxed);
        assert!(first < 16, "{first}: who was late may have tried again, but not everybody");
        assert!(tokens.access(fail).is_err());
        assert_eq!(renewals.load(Ordering::Relaxed), first + 1, "a later one tries again");
    }

    #[test]
    fn a_token_that_holds_is_used_where_it_cannot_be_renewed_yet() {
        let ago = |seconds| Instant::now().checked_sub(Duration::from_secs(seconds)).unwrap();
        // Due, and not dead.
        let tokens = Tokens::new(pair(0, 300.0), ago(290));
        let fails = |_: &SecretString| Err(Error::configuration("no network"));
        assert!(tokens.access(fails).is_ok());
        assert!(tokens.access(|_| panic!("too soon")).is_ok());
        let dead = Tokens::new(pair(0, 300.0), ago(300));
        assert!(dead.access(fails).is_err());
        assert!(dead.access(|_| Ok(pair(1, 300.0))).is_ok());
    }

    #[test]
    fn tokens_show_nothing() {
        let tokens = Tokens::new(pair(7, 300.0), Instant::now());
        let shown = format!("{tokens:?}");
        assert!(!shown.contains("refresh 7") && !shown.contains("e30."), "{shown}");
    }
}
