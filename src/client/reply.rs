//! What a reply says: JSON, or an error that somebody can act on. Whatever it holds is from outside.

use secrecy::SecretString;
use serde_json::{Map, Value};

use super::error::{Error, ErrorKind, FieldErrors, Result};
use super::http::{Reply, Request};
use crate::call::Call;

/// So much of the service's words is repeated.
const LONGEST_WORDS: usize = 300;

/// So many fields, and messages of each.
const MOST_MESSAGES: usize = 20;

/// The JSON of a reply that is no error.
pub(super) fn read(reply: &Reply, request: &Request<'_>) -> Result<Value> {
    let call = request.call;
    let secrets: Vec<&str> = request.secrets().collect();
    let json = || serde_json::from_slice::<Value>(&reply.body).ok();
    let words = |text: &str| words(text, &secrets);
    let detail = || json().and_then(|json| Some(words(json.get("detail")?.as_str()?)));
    let kind = match reply.status {
        200..=299 => {
            return serde_json::from_slice(&reply.body)
                .map_err(|error| Error::malformed(call, format!("no JSON (line {}, column {})", error.line(), error.column())));
        }
        300..=399 => ErrorKind::Redirected { status: reply.status, to: reply.location.as_deref().map(words) },
        400 => match json().as_ref().and_then(Value::as_object).map(|object| fields(object, &words)) {
            Some(fields) if !fields.is_empty() => ErrorKind::Fields { fields },
            _ => ErrorKind::Refused { status: 400, detail: detail() },
        },
        401 => ErrorKind::Unauthorized { detail: detail() },
        429 => ErrorKind::Throttled { retry_after: reply.retry_after },
        status @ 402..=499 => ErrorKind::Refused { status, detail: detail() },
        status @ 500.. => ErrorKind::Server { status },
        status => return Err(Error::malformed(call, format!("status {status}"))),
    };
    Err(Error::new(call, kind))
}

/// `{"image": ["..."]}`; a single message may stand alone.
fn fields(object: &Map<String, Value>, words: &impl Fn(&str) -> String) -> Vec<FieldErrors> {
    let about = |(field, value): (&String, &Value)| {
        let messages: Vec<String> = match value {
            Value::Array(messages) => messages.iter().filter_map(Value::as_str).take(MOST_MESSAGES).map(words).collect(),
            Value::String(message) if field != "detail" => vec![words(message)],
            _ => Vec::new(),
        };
        (!messages.is_empty()).then(|| FieldErrors { field: words(field), messages })
    };
    object.iter().filter_map(about).take(MOST_MESSAGES).collect()
}

/// Words from outside as they may be shown: on one line, not too long, and without what was sent in secret.
pub(super) fn words(text: &str, secrets: &[&str]) -> String {
    let mut text = text.to_owned();
    for secret in secrets.iter().filter(|secret| !secret.is_empty()) {
        text = text.replace(secret, "[REDACTED]");
    }
    let mut shown: String =
        text.chars().map(|letter| if letter.is_control() { ' ' } else { letter }).take(LONGEST_WORDS).collect();
    if text.chars().nth(LONGEST_WORDS).is_some() {
        shown.push_str("...");
    }
    shown
}

/// A reply's field that has to be a token: what may stand in a header.
pub(super) fn token(json: &Value, field: &str, call: Call) -> Result<SecretString> {
    let token = json.get(field).and_then(Value::as_str).filter(|text| is_token(text));
    token.map(SecretString::from).ok_or_else(|| Error::malformed(call, format!("no token in `{field}`")))
}

pub(super) fn is_token(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_graphic())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::cases::cases;
    use crate::client::form::{Form, Value as Field};

    fn reply(status: u16, body: &str) -> Reply {
        Reply { status, body: body.into(), retry_after: None, location: None }
    }

    fn kind(reply: &Reply) -> ErrorKind {
        let request = Request { call: Call::RegisterFace, path: "/", form: None, id: None, bearer: None, until: None };
        read(reply, &request).unwrap_err().kind().clone()
    }

    /// As in the service's pages.
    #[test]
    fn documented_errors_are_what_they_are() {
        let said = kind(&reply(400, r#"{"image": ["The submitted data was not a file. Check the encoding type on the form."]}"#));
        let ErrorKind::Fields { fields } = said else { panic!("{said:?}") };
        assert_eq!(fields[0].field, "image");
        assert_eq!(fields[0].messages, ["The submitted data was not a file. Check the encoding type on the form."]);
        let said = kind(&reply(400, r#"{"password": ["This field is required."], "username": ["This field is required."]}"#));
        assert!(matches!(said, ErrorKind::Fields { fields } if fields.len() == 2));
        let detail = "No active account found with the given credentials".to_owned();
        let said = kind(&reply(401, &format!(r#"{{"detail": "{detail}"}}"#)));
        assert_eq!(said, ErrorKind::Unauthorized { detail: Some(detail) });
    }

    #[test]
    fn every_status_has_its_kind() {
        assert_eq!(kind(&reply(400, "no JSON")), ErrorKind::Refused { status: 400, detail: None });
        let said = kind(&reply(400, r#"{"detail": "Bad request."}"#));
        assert_eq!(said, ErrorKind::Refused { status: 400, detail: Some("Bad request.".into()) });
        assert_eq!(kind(&reply(404, "<html>")), ErrorKind::Refused { status: 404, detail: None });
        assert_eq!(kind(&reply(502, "<html>")), ErrorKind::Server { status: 502 });
        assert_eq!(kind(&reply(429, "")), ErrorKind::Throttled { retry_after: None });
        let moved = Reply { location: Some("/elsewhere/".into()), ..reply(301, "") };
        assert_eq!(kind(&moved), ErrorKind::Redirected { status: 301, to: Some("/elsewhere/".into()) });
        for odd in [reply(200, "<html>"), reply(200, ""), reply(200, r#"{"id": "#), reply(101, ""), reply(0, "")] {
            assert!(matches!(kind(&odd), ErrorKind::Malformed { .. }), "{odd:?}");
        }
    }

    #[test]
    fn what_was_sent_in_secret_is_not_repeated() {
        let (password, token) = (SecretString::from("hunter2"), SecretString::from("e30.e30.sig"));
        let form = Form::new(&[("password", Field::Secret(&password))]);
        let request =
            Request { call: Call::ObtainToken, path: "/", form: Some(&form), id: None, bearer: Some(&token), until: None };
        for answer in [
            reply(400, r#"{"password": ["'hunter2' is too short\r\nX: y"], "hunter2": "e30.e30.sig"}"#),
            reply(401, r#"{"detail": "hunter2 is not the password"}"#),
            Reply { location: Some("https://example.org/?token=e30.e30.sig".into()), ..reply(302, "") },
        ] {
            let error = read(&answer, &request).unwrap_err();
            for shown in [error.to_string(), format!("{error:?}")] {
                assert!(!shown.contains("hunter2") && !shown.contains("e30.e30.sig"), "{shown}");
                assert!(shown.contains("[REDACTED]") && !shown.contains('\r'), "{shown}");
            }
        }
    }

    proptest! {
        #![proptest_config(cases(500))]

        #[test]
        fn no_reply_panics(status in any::<u16>(), body in prop::collection::vec(any::<u8>(), 0..200), location in any::<Option<String>>()) {
            let request = Request { call: Call::Task, path: "/", form: None, id: None, bearer: None, until: None };
            let reply = Reply { status, body, retry_after: None, location };
            if let Err(error) = read(&reply, &request) {
                let steers = error.to_string().contains(char::is_control);
                prop_assert!(!steers, "{error:?}");
            }
        }
    }
}
