//! The fields of a request, taken apart and checked.

use std::collections::BTreeMap;

use axum::body::{Bytes, to_bytes};
use axum::extract::{FromRequest as _, Multipart, Request};
use axum::http::header::CONTENT_TYPE;
use serde_json::{Value, json};
use uuid::Uuid;

use super::fields::{Field, Kind};
use super::http_error::HttpError;
use crate::call::is_date;

/// Bytes that a file may have: three times what the profiles accept, so that too large a picture gets its verdict.
pub(super) const FILE_BYTES: usize = 6_000_000;

/// Bytes that a request with files may have: those of the call with the most of them, and some text.
pub(super) const REQUEST_BYTES: usize = 3 * FILE_BYTES + (64 << 10);

/// Bytes that any other request may have: room enough for passwords and tokens.
pub(super) const SMALL_REQUEST_BYTES: usize = 8 << 10;

/// A field as it was sent. It may be a password, and is not to be shown.
#[derive(Clone, PartialEq)]
pub(super) enum Part {
    Text(String),
    File(Bytes),
}

/// All fields as they were sent. Of several with the same name the last one counts.
pub(super) type Parts = BTreeMap<String, Part>;

/// Whether a call takes anything but `multipart/form-data`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Accepted {
    Multipart,
    /// JSON, too, as many clients of such services send it.
    MultipartOrJson,
}

/// Takes a request's body apart.
pub(super) async fn read(request: Request, accepted: Accepted) -> Result<Parts, HttpError> {
    let sent = request.headers().get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let media_type = sent.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    match (media_type.as_str(), accepted) {
        ("multipart/form-data", _) => read_multipart(request).await,
        ("application/json", Accepted::MultipartOrJson) => {
            let malformed = |error: &dyn std::fmt::Display| HttpError::Malformed(format!("JSON parse error - {error}"));
            let body = to_bytes(request.into_body(), REQUEST_BYTES).await.map_err(|error| malformed(&error))?;
            let fields: BTreeMap<String, String> = serde_json::from_slice(&body).map_err(|error| malformed(&error))?;
            Ok(texts(fields))
        }
        _ => Err(HttpError::UnsupportedMediaType(sent.to_owned())),
    }
}

pub(super) fn texts(fields: impl IntoIterator<Item = (String, String)>) -> Parts {
    fields.into_iter().map(|(name, text)| (name, Part::Text(text))).collect()
}

async fn read_multipart(request: Request) -> Result<Parts, HttpError> {
    let malformed = |error: &dyn std::fmt::Display| HttpError::Malformed(format!("Multipart form parse error - {error}"));
    let mut multipart = Multipart::from_request(request, &()).await.map_err(|error| malformed(&error))?;
    let mut parts = Parts::new();
    while let Some(field) = multipart.next_field().await.map_err(|error| malformed(&error.body_text()))? {
        let Some(name) = field.name().map(ToOwned::to_owned) else { continue };
        let file_name = field.file_name().map(ToOwned::to_owned);
        let bytes = field.bytes().await.map_err(|error| malformed(&error.body_text()))?;
        let part = match file_name.as_deref() {
            // What browsers send where no file was chosen.
            Some("") => continue,
            Some(_) if bytes.len() > FILE_BYTES => return Err(HttpError::TooLarge),
            Some(_) => Part::File(bytes),
            None => Part::Text(String::from_utf8_lossy(&bytes).into_owned()),
        };
        parts.insert(name, part);
    }
    Ok(parts)
}

/// Fields that are what they should be. Passwords may be among them: it is not to be shown.
#[derive(Default)]
pub(super) struct Form {
    /// In the order in which the call names them.
    pub(super) files: Vec<(Field, Bytes)>,
    texts: BTreeMap<&'static str, String>,
    /// Whether the flag is set.
    pub(super) extend_data: bool,
}

impl Form {
    /// Every field is looked at, so that an answer names all that is wrong.
    pub(super) fn check(fields: &[Field], mut parts: Parts) -> Result<Self, HttpError> {
        let mut form = Self::default();
        let mut messages = serde_json::Map::new();
        for field in fields {
            if let Err(message) = form.take(*field, parts.remove(field.name)) {
                messages.insert(field.name.to_owned(), json!([message]));
            }
        }
        if messages.is_empty() { Ok(form) } else { Err(HttpError::Fields(Value::Object(messages))) }
    }

    fn take(&mut self, field: Field, part: Option<Part>) -> Result<(), &'static str> {
        match (field.kind, part) {
            (Kind::Selfie | Kind::Document, None) => return Err("No file was submitted."),
            (Kind::Selfie | Kind::Document, Some(Part::Text(_))) => {
                return Err("The submitted data was not a file. Check the encoding type on the form.");
            }
            (Kind::Selfie | Kind::Document, Some(Part::File(bytes))) if bytes.is_empty() => {
                return Err("The submitted file is empty.");
            }
            (Kind::Selfie | Kind::Document, Some(Part::File(bytes))) => self.files.push((field, bytes)),
            (Kind::Flag, None) => {}
            (Kind::Flag, Some(part)) => self.extend_data = flag(&part).ok_or("Must be a valid boolean.")?,
            (_, None) => return Err("This field is required."),
            (kind, Some(part)) => {
                self.texts.insert(field.name, text(kind, part)?);
            }
        }
        Ok(())
    }

    /// A field of the call; empty if the call has none of this name.
    pub(super) fn text(&self, name: &str) -> &str {
        self.texts.get(name).map_or("", String::as_str)
    }
}

fn text(kind: Kind, part: Part) -> Result<String, &'static str> {
    let (is_valid, message): (fn(&str) -> bool, _) = match kind {
        Kind::Uuid => (|text| Uuid::try_parse(text).is_ok(), "Must be a valid UUID."),
        Kind::Date => (is_date, "Date has wrong format. Use one of these formats instead: YYYY-MM-DD."),
        _ => (|text| !text.trim().is_empty(), "This field may not be blank."),
    };
    match part {
        Part::Text(text) if is_valid(&text) => Ok(text),
        Part::File(_) if kind == Kind::Text => Err("Not a valid string."),
        _ => Err(message),
    }
}

fn flag(part: &Part) -> Option<bool> {
    let Part::Text(text) = part else { return None };
    match text.to_ascii_lowercase().as_str() {
        "true" | "t" | "yes" | "y" | "on" | "1" => Some(true),
        "false" | "f" | "no" | "n" | "off" | "0" | "" => Some(false),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::super::fields::fields;
    use super::*;
    use crate::call::Call;

    const FILE: Part = Part::File(Bytes::from_static(b"picture"));

    fn parts<const N: usize>(parts: [(&str, Part); N]) -> Parts {
        parts.map(|(name, part)| (name.to_owned(), part)).into()
    }

    fn said(text: &str) -> Part {
        Part::Text(text.to_owned())
    }

    fn refused(call: Call, parts: Parts) -> Value {
        match Form::check(fields(call), parts) {
            Err(HttpError::Fields(messages)) => messages,
            Err(other) => panic!("{other:?}"),
            Ok(_) => panic!("it was taken"),
        }
    }

    #[test]
    fn each_field_that_is_wrong_is_named() {
        let missing = refused(Call::KycCard, Parts::new());
        let none = json!(["No file was submitted."]);
        assert_eq!(missing, json!({"selfie_image": none, "front_id": none, "back_id": none}));
        let wrong = parts([
            ("selfie_image", said("me.jpg")),
            ("front_id", Part::File(Bytes::new())),
            ("back_id", FILE),
            ("extend_data", said("perhaps")),
        ]);
        let expected = json!({
            "selfie_image": ["The submitted data was not a file. Check the encoding type on the form."],
            "front_id": ["The submitted file is empty."],
            "extend_data": ["Must be a valid boolean."],
        });
        assert_eq!(refused(Call::KycCard, wrong), expected);
        let required = json!(["This field is required."]);
        assert_eq!(refused(Call::BackgroundCheck, Parts::new()), json!({"fullname": required, "birth_date": required}));
        let wrong = parts([("fullname", said(" ")), ("birth_date", said("2026-02-30"))]);
        let date = "Date has wrong format. Use one of these formats instead: YYYY-MM-DD.";
        let expected = json!({"fullname": ["This field may not be blank."], "birth_date": [date]});
        assert_eq!(refused(Call::BackgroundCheck, wrong), expected);
        assert_eq!(
            refused(Call::BackgroundCheck, parts([("fullname", FILE), ("birth_date", FILE)]))["fullname"][0],
            "Not a valid string."
        );
        let wrong = parts([("image", FILE), ("uuid", said("d3da2b7a"))]);
        assert_eq!(refused(Call::AuthenticateFace, wrong), json!({"uuid": ["Must be a valid UUID."]}));
    }

    #[test]
    fn fields_that_are_right_are_there() {
        let sent =
            parts([("image", FILE), ("uuid", said("d3da2b7a-b062-11ec-b3b9-0242ac190002")), ("extend_data", said("True"))]);
        let form = Form::check(fields(Call::AuthenticateFace), sent).unwrap();
        assert_eq!((form.files.len(), form.extend_data), (1, true));
        assert_eq!((form.text("uuid").len(), form.text("nothing")), (36, ""));
        assert!(!Form::check(fields(Call::RegisterFace), parts([("image", FILE)])).unwrap().extend_data);
    }
}
