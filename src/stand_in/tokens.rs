//! Access and refresh tokens: JSON Web Tokens (RFC 7519), signed with HMAC-SHA-256.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit as _, Mac as _};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use sha2::Sha256;
use uuid::Uuid;

/// The only header that is written, and the only one that is taken: whoever signs does not choose how.
const HEADER: &str = r#"{"alg":"HS256","typ":"JWT"}"#;

/// What tokens are signed with: as long as HMAC-SHA-256 uses it.
pub(super) type Key = [u8; 64];

/// A key that nobody knows.
pub(super) fn fresh_key() -> Key {
    let mut key = [0; 64];
    for part in key.chunks_exact_mut(16) {
        part.copy_from_slice(Uuid::new_v4().as_bytes());
    }
    key
}

/// What a token is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Purpose {
    Access,
    Refresh,
}

/// What a token says.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Claims {
    token_type: Purpose,
    /// Unix seconds.
    pub(super) exp: u64,
    iat: u64,
    pub(super) jti: String,
    pub(super) username: String,
}

/// Whoever makes tokens and knows them again.
pub(super) struct Tokens {
    key: Key,
    access_lifetime: Duration,
    refresh_lifetime: Duration,
    /// How often all access tokens were made invalid.
    generation: AtomicU64,
}

impl Tokens {
    pub(super) const fn new(key: Key, access_lifetime: Duration, refresh_lifetime: Duration) -> Self {
        Self { key, access_lifetime, refresh_lifetime, generation: AtomicU64::new(0) }
    }

    /// Makes every access token invalid that there is.
    pub(super) fn expire_access(&self) {
        self.generation.fetch_add(1, Ordering::Relaxed);
    }

    /// The body of an answer.
    pub(super) fn pair(&self, username: &str) -> Value {
        json!({ "access": self.token(Purpose::Access, username), "refresh": self.token(Purpose::Refresh, username) })
    }

    fn token(&self, purpose: Purpose, username: &str) -> String {
        let lifetime = match purpose {
            Purpose::Access => self.access_lifetime,
            Purpose::Refresh => self.refresh_lifetime,
        };
        let now = since_epoch();
        let claims = Claims {
            token_type: purpose,
            exp: now.saturating_add(lifetime).as_secs(),
            iat: now.as_secs(),
            jti: Uuid::new_v4().simple().to_string(),
            username: username.to_owned(),
        };
        let signed = format!("{}.{}", URL_SAFE_NO_PAD.encode(HEADER), URL_SAFE_NO_PAD.encode(json!(claims).to_string()));
        let signature = self.mac(purpose, &signed).finalize().into_bytes();
        format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature))
    }

    /// What a token says, if it was made here for this purpose and is still good.
    pub(super) fn claims(&self, token: &str, purpose: Purpose) -> Option<Claims> {
        let (signed, signature) = token.rsplit_once('.')?;
        let signature = URL_SAFE_NO_PAD.decode(signature).ok()?;
        self.mac(purpose, signed).verify_slice(&signature).ok()?; // In constant time.
        let (header, payload) = signed.split_once('.')?;
        if URL_SAFE_NO_PAD.decode(header).ok()? != HEADER.as_bytes() {
            return None;
        }
        let claims: Claims = serde_json::from_slice(&URL_SAFE_NO_PAD.decode(payload).ok()?).ok()?;
        (claims.token_type == purpose && Duration::from_secs(claims.exp) > since_epoch()).then_some(claims)
    }

    /// Access tokens of another generation have another key.
    fn mac(&self, purpose: Purpose, signed: &str) -> Hmac<Sha256> {
        let generation = match purpose {
            Purpose::Access => self.generation.load(Ordering::Relaxed),
            Purpose::Refresh => 0,
        };
        let mut mac = keyed(&self.key);
        if generation > 0 {
            mac.update(&generation.to_be_bytes());
        }
        mac.update(signed.as_bytes());
        mac
    }
}

/// Whether two secrets are the same, in a time that tells nothing about where they differ.
pub(super) fn is_same(given: &str, expected: &str) -> bool {
    let key = fresh_key();
    let hashed = |secret: &str| {
        let mut mac = keyed(&key);
        mac.update(secret.as_bytes());
        mac
    };
    hashed(expected).verify(&hashed(given).finalize().into_bytes()).is_ok()
}

fn keyed(key: &Key) -> Hmac<Sha256> {
    Hmac::new(key.into())
}

/// Since 1970; nothing if the clock stands before.
pub(super) fn since_epoch() -> Duration {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tokens(access_lifetime: Duration) -> Tokens {
        Tokens::new([7; 64], access_lifetime, Duration::from_hours(24))
    }

    fn pair(tokens: &Tokens) -> (String, String) {
        let pair = tokens.pair("demo");
        let token = |name: &str| pair[name].as_str().unwrap().to_owned();
        (token("access"), token("refresh"))
    }

    #[test]
    fn a_token_says_who_what_for_and_how_long() {
        let tokens = tokens(Duration::from_mins(5));
        let (access, refresh) = pair(&tokens);
        let payload = URL_SAFE_NO_PAD.decode(access.split('.').nth(1).unwrap()).unwrap();
        let payload: Value = serde_json::from_slice(&payload).unwrap();
        assert_eq!((&payload["token_type"], &payload["username"]), (&"access".into(), &"demo".into()));
        assert_eq!(payload["exp"].as_u64().unwrap() - payload["iat"].as_u64().unwrap(), 300);
        assert!(Uuid::try_parse(payload["jti"].as_str().unwrap()).is_ok());
        let [access, other] = [access, pair(&tokens).0].map(|token| tokens.claims(&token, Purpose::Access).unwrap());
        assert_ne!(access.jti, other.jti);
        assert_eq!(access.username, "demo");
        assert_eq!(tokens.claims(&refresh, Purpose::Refresh).unwrap().username, "demo");
    }

    #[test]
    fn one_kind_is_not_taken_for_the_other() {
        let tokens = tokens(Duration::from_mins(5));
        let (access, refresh) = pair(&tokens);
        assert!(tokens.claims(&access, Purpose::Refresh).is_none());
        assert!(tokens.claims(&refresh, Purpose::Access).is_none());
    }

    #[test]
    fn a_token_that_was_changed_or_made_elsewhere_is_refused() {
        let tokens = tokens(Duration::from_mins(5));
        let (access, _) = pair(&tokens);
        for at in 0..access.len() {
            let mut changed = access.clone().into_bytes();
            changed[at] = if changed[at] == b'A' { b'B' } else { b'A' };
            assert!(tokens.claims(&String::from_utf8(changed).unwrap(), Purpose::Access).is_none(), "{at}");
            let shortened: String = access.chars().take(at).collect();
            assert!(tokens.claims(&shortened, Purpose::Access).is_none(), "{at}");
        }
        let none = format!("{}.{}.", URL_SAFE_NO_PAD.encode(r#"{"alg":"none"}"#), access.split('.').nth(1).unwrap());
        for token in ["", ".", "..", "a.b.c", &none] {
            assert!(tokens.claims(token, Purpose::Access).is_none(), "{token:?}");
        }
        let elsewhere = Tokens::new([8; 64], Duration::from_mins(5), Duration::from_mins(5));
        assert!(elsewhere.claims(&access, Purpose::Access).is_none());
    }

    #[test]
    fn tokens_expire_with_time_and_when_asked_to() {
        let short = tokens(Duration::ZERO);
        let (access, refresh) = pair(&short);
        assert!(short.claims(&access, Purpose::Access).is_none());
        assert!(short.claims(&refresh, Purpose::Refresh).is_some());
        let long = tokens(Duration::from_mins(5));
        let (access, refresh) = pair(&long);
        long.expire_access();
        assert!(long.claims(&access, Purpose::Access).is_none());
        assert!(long.claims(&refresh, Purpose::Refresh).is_some());
        assert!(long.claims(&pair(&long).0, Purpose::Access).is_some(), "those made later are good");
    }

    #[test]
    fn secrets_are_the_same_or_not() {
        assert!(is_same("demo", "demo") && is_same("", ""));
        assert!(!is_same("demo", "Demo") && !is_same("demo", "demo ") && !is_same("", "demo"));
    }
}
