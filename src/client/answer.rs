//! What the service makes of pictures: its answers, typed as far as its pages say what is in them, and its refusals.

use std::fmt;

use serde_json::Value;

use super::refusal::Refusal;
use crate::call::Call;

/// What a call is answered with. Implemented for the answers of this module.
pub trait Answer: Sized + sealed::Read {
    /// The call.
    const CALL: Call;
}

pub(super) mod sealed {
    use serde_json::Value;

    #[allow(unnameable_types, reason = "so that nobody else implements it")]
    /// How an answer is read from what the service calls `data`.
    pub trait Read: Sized {
        /// `None` if what has to be in it is not.
        fn read(data: &Value) -> Option<Self>;
    }
}

/// What came of a call: the pictures were taken, or they were refused.
///
/// ```no_run
/// # use face_precheck::{Upload, client::{Outcome, Session}};
/// # fn register(session: &Session, upload: &Upload) -> Result<(), Box<dyn std::error::Error>> {
/// match session.register_face(upload)?.wait()? {
///     Outcome::Answered(face) => println!("registered as {}", face.uuid),
///     Outcome::Refused(refusal) => println!("{refusal}"),
/// }
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone, PartialEq)]
pub enum Outcome<T> {
    /// The service took the pictures, and this is what it says about them.
    Answered(T),
    /// It refused one of them.
    Refused(Refusal),
}

impl<T> Outcome<T> {
    /// The answer, or the refusal as an error.
    ///
    /// # Errors
    /// The [`Refusal`].
    pub fn into_result(self) -> Result<T, Refusal> {
        match self {
            Self::Answered(answer) => Ok(answer),
            Self::Refused(refusal) => Err(refusal),
        }
    }
}

/// Gives each answer its call, and a `Debug` that shows the named fields alone: the rest is what documents say about a person.
macro_rules! answers {
    ($($name:ident ($call:ident) shows $($field:ident),*;)+) => {$(
        impl Answer for $name {
            const CALL: Call = Call::$call;
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.debug_struct(stringify!($name))$(.field(stringify!($field), &self.$field))*.finish_non_exhaustive()
            }
        }
    )+};
}

answers! {
    Registration (RegisterFace) shows uuid;
    Authentication (AuthenticateFace) shows;
    Liveness (FaceLiveness) shows result;
    Card (OcrCard) shows;
    Passport (OcrPassport) shows document;
    CardKyc (KycCard) shows;
    PassportKyc (KycPassport) shows document;
    BackgroundCheck (BackgroundCheck) shows;
}

/// A face is registered.
#[derive(Clone, PartialEq)]
#[non_exhaustive]
pub struct Registration {
    /// What the service knows the face by from now on.
    pub uuid: String,
    /// All that the service calls `data`.
    pub data: Value,
}

/// What the service says of the face; nothing that its pages show as a refusal is in it. **Whether it is the registered one** is in `data`, in
/// words that its pages do not state: look at an answer of your service, and read no other word for it.
#[derive(Clone, PartialEq)]
#[non_exhaustive]
pub struct Authentication {
    /// All that the service calls `data`.
    pub data: Value,
}

/// The face is one of a living person. Where it is not, the outcome is [`Outcome::Refused`].
#[derive(Clone, PartialEq)]
#[non_exhaustive]
pub struct Liveness {
    /// `true`.
    pub result: bool,
    /// All that the service calls `data`.
    pub data: Value,
}

/// What was read on an identity card.
#[derive(Clone, PartialEq)]
#[non_exhaustive]
pub struct Card {
    /// All that the service calls `data`: the card's fields, under names that its pages do not state.
    pub data: Value,
}

/// What was read in a passport.
#[derive(Clone, PartialEq)]
#[non_exhaustive]
pub struct Passport {
    /// The fields that the service's pages state.
    pub document: PassportFields,
    /// All that the service calls `data`.
    pub data: Value,
}

/// What was read on an identity card, and how its face compares with the selfie. As [`Authentication`]: what it comes to is in `data`.
#[derive(Clone, PartialEq)]
#[non_exhaustive]
pub struct CardKyc {
    /// All that the service calls `data`, under names that its pages do not state.
    pub data: Value,
}

/// What was read in a passport, and how its face compares with the selfie.
#[derive(Clone, PartialEq)]
#[non_exhaustive]
pub struct PassportKyc {
    /// The passport's fields, as far as they are where [`Passport`] has them.
    pub document: Option<PassportFields>,
    /// All that the service calls `data`. How the faces compare is in it, under names that its pages do not state.
    pub data: Value,
}

/// Whether a person is on a list.
#[derive(Clone, PartialEq)]
#[non_exhaustive]
pub struct BackgroundCheck {
    /// Whether somebody on a list may be this person.
    pub potential_match: Option<bool>,
    /// The service's word for the risk.
    pub risk_level: Option<String>,
    /// How many entries were found.
    pub total_matches: Option<u64>,
    /// The entries.
    pub hits: Vec<Value>,
    /// All that the service calls `background_check`.
    pub data: Value,
}

/// A passport's fields as the service's pages name them. What is missing, or of another type than text, number or truth value, is `None`.
#[derive(Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
#[allow(missing_docs, reason = "they are what their names say, as printed")]
pub struct PassportFields {
    pub is_valid: Option<bool>,
    pub is_expired: Option<bool>,
    pub date_of_birth: Option<String>,
    pub age: Option<u64>,
    pub first_name: Option<String>,
    pub last_name: Option<String>,
    pub date_of_issue: Option<String>,
    pub date_of_expiry: Option<String>,
    pub document_number: Option<String>,
    pub sex: Option<String>,
    pub nationality: Option<String>,
    /// The portrait: a picture as text.
    pub portrait: Option<String>,
    pub portrait_url: Option<String>,
}

impl fmt::Debug for PassportFields {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PassportFields")
            .field("is_valid", &self.is_valid)
            .field("is_expired", &self.is_expired)
            .finish_non_exhaustive()
    }
}

impl PassportFields {
    fn read(document: &Value) -> Option<Self> {
        let fields = document.as_object()?;
        let text = |key: &str| match fields.get(key)? {
            Value::String(text) => Some(text.clone()),
            Value::Number(number) => Some(number.to_string()),
            _ => None,
        };
        let truth = |key: &str| fields.get(key)?.as_bool();
        Some(Self {
            is_valid: truth("is_valid"),
            is_expired: truth("is_expired"),
            date_of_birth: text("dateOfBirth"),
            age: text("age").and_then(|age| age.parse().ok()),
            first_name: text("firstName"),
            last_name: text("lastName"),
            date_of_issue: text("dateOfIssue"),
            date_of_expiry: text("dateOfExpiry"),
            document_number: text("documentNumber"),
            sex: text("sex"),
            nationality: text("nationality"),
            portrait: text("portrait"),
            portrait_url: text("portrait_url"),
        })
    }
}

impl sealed::Read for Registration {
    fn read(data: &Value) -> Option<Self> {
        let uuid = data.get("uuid")?.as_str().filter(|uuid| !uuid.is_empty())?.to_owned();
        Some(Self { uuid, data: data.clone() })
    }
}

impl sealed::Read for Liveness {
    fn read(data: &Value) -> Option<Self> {
        let result = data.get("liveness")?.get("result")?.as_bool()?;
        Some(Self { result, data: data.clone() })
    }
}

impl sealed::Read for Passport {
    fn read(data: &Value) -> Option<Self> {
        Some(Self { document: PassportFields::read(data.get("document")?)?, data: data.clone() })
    }
}

impl sealed::Read for Authentication {
    fn read(data: &Value) -> Option<Self> {
        untold(data).map(|data| Self { data })
    }
}

impl sealed::Read for Card {
    fn read(data: &Value) -> Option<Self> {
        untold(data).map(|data| Self { data })
    }
}

impl sealed::Read for CardKyc {
    fn read(data: &Value) -> Option<Self> {
        untold(data).map(|data| Self { data })
    }
}

impl sealed::Read for PassportKyc {
    fn read(data: &Value) -> Option<Self> {
        let document = data.get("document").and_then(PassportFields::read);
        untold(data).map(|data| Self { document, data })
    }
}

/// An answer whose fields the service's pages do not state: there has to be something.
fn untold(data: &Value) -> Option<Value> {
    data.as_object()?.keys().any(|key| key != "issues").then(|| data.clone())
}

impl sealed::Read for BackgroundCheck {
    fn read(data: &Value) -> Option<Self> {
        // Inside or outside of what it is called is not said where it comes through a task.
        let data = data.get("background_check").unwrap_or(data);
        let object =
            data.as_object().filter(|object| object.contains_key("potential_match") || object.contains_key("total_matches"))?;
        Some(Self {
            potential_match: object.get("potential_match").and_then(Value::as_bool),
            risk_level: object.get("risk_level").and_then(Value::as_str).map(ToOwned::to_owned),
            total_matches: object.get("total_matches").and_then(Value::as_u64),
            hits: object.get("hits").and_then(Value::as_array).cloned().unwrap_or_default(),
            data: data.clone(),
        })
    }
}
