//! Answers that cannot be found out here: whether two faces are the same person's, what a document says, who somebody is.

use std::collections::BTreeMap;
use std::io;

use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::fields::{Kind, fields};
use super::verdict::Issues;
use crate::call::Call;

/// The key that marks what was not found out.
pub(super) const MARK: &str = "stand_in";

/// Beside the result of `liveness`.
pub(super) const NOT_LIVENESS: &str = "fixed answer: the picture was checked, and nothing else about the person";
const NOT_ASKED: &str = "fixed answer: no provider was asked";
const NOT_COMPARED: &str = "fixed answer: nothing was compared";
const NOT_READ: &str = "fixed answer: nothing was read";
const NOT_READ_OR_COMPARED: &str = "fixed answer: nothing was read or compared";
const NOT_LOOKED_UP: &str = "fixed answer: nobody was looked up";

const REFUSED: &str = "fixed answer: refused as it was told to";

/// The answers to what cannot be found out here, for requests whose pictures are accepted. Each is the whole `data` of a result, or a
/// refusal, and is marked with the key `stand_in`, whatever it says.
///
/// ```
/// use face_precheck::Call;
/// use face_precheck::stand_in::Answers;
/// use serde_json::json;
///
/// let stranger = json!({"liveness": {"result": true}, "verification": {"result": false}});
/// let answers = Answers::default()
///     .with(Call::AuthenticateFace, stranger.clone())
///     .refusing(Call::RegisterFace, "SPOOF", "This is a photo of a photo");
/// let refused = json!({"refused": {"code": "SPOOF", "message": "This is a photo of a photo"}});
/// assert_eq!(Answers::from_json(&json!({"authenticate_face": stranger, "register_face": refused}).to_string())?, answers);
/// assert!(Answers::from_json(r#"{"register_face": {}}"#).is_err()); // Found out here.
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Answers(BTreeMap<Call, Fixed>);

#[derive(Debug, Clone, PartialEq)]
enum Fixed {
    Data(Value),
    Refused { code: String, message: String },
}

impl Answers {
    /// The same with another answer to a call: an object. [`StandIn::start`](super::StandIn::start) refuses anything else, and an answer to
    /// `register_face`, whose answers are found out.
    #[must_use]
    pub fn with(mut self, call: Call, data: impl Into<Value>) -> Self {
        self.0.insert(call, Fixed::Data(data.into()));
        self
    }

    /// The same with a refusal of whatever picture is good enough, in the shape that the call has for those: as where the picture is
    /// a good one of something that is not alive. [`StandIn::start`](super::StandIn::start) refuses it for calls without pictures.
    #[must_use]
    pub fn refusing(mut self, call: Call, code: impl Into<String>, message: impl Into<String>) -> Self {
        self.0.insert(call, Fixed::Refused { code: code.into(), message: message.into() });
        self
    }

    /// Answers as a JSON object: each under the name of its call. One with the key `refused` alone is a refusal:
    /// `{"face_liveness": {"refused": {"code": "...", "message": "..."}}}`.
    ///
    /// # Errors
    /// [`InvalidData`](io::ErrorKind::InvalidData): it is no JSON, names something that is no such call, or has an answer that is no object.
    pub fn from_json(text: &str) -> io::Result<Self> {
        let invalid = |message: String| io::Error::new(io::ErrorKind::InvalidData, message);
        let fields: BTreeMap<String, Value> = serde_json::from_str(text).map_err(|error| invalid(error.to_string()))?;
        let mut answers = Self::default();
        for (name, data) in fields {
            let fixed = Fixed::of(data).map_err(|error| invalid(format!("{name}: {error}")))?;
            answers.0.insert(name.parse().map_err(invalid)?, fixed);
        }
        answers.check().map_err(invalid)?;
        Ok(answers)
    }

    /// Whether they can be given.
    pub(super) fn check(&self) -> Result<(), String> {
        for (call, answer) in &self.0 {
            match answer {
                Fixed::Refused { .. } if !has_pictures(*call) => return Err(format!("{call} has no picture to be refused")),
                Fixed::Data(_) if !is_fixed(*call) => return Err(format!("{call} is not answered by a fixed answer")),
                Fixed::Data(data) if !data.is_object() => return Err(format!("the answer to {call} is no object")),
                Fixed::Refused { .. } | Fixed::Data(_) => {}
            }
        }
        Ok(())
    }

    /// The whole `data` of an accepted request.
    pub(super) fn data(&self, call: Call, extend_data: bool) -> Map<String, Value> {
        let mut data = match self.0.get(&call) {
            Some(Fixed::Data(Value::Object(data))) => marked(data.clone(), call),
            _ => default(call),
        };
        if extend_data {
            data.insert("extend_data".into(), json!({ MARK: NOT_ASKED }));
        }
        data
    }

    /// Why whatever picture is refused, if it is.
    pub(super) fn refusal(&self, call: Call) -> Option<Issues> {
        match self.0.get(&call)? {
            Fixed::Refused { code, message } => Some(Issues::of(code, message)),
            Fixed::Data(_) => None,
        }
    }
}

impl Fixed {
    fn of(data: Value) -> serde_json::Result<Self> {
        #[derive(Deserialize)]
        #[serde(deny_unknown_fields)]
        struct Refused {
            code: String,
            message: String,
        }
        match data.as_object().and_then(|object| (object.len() == 1).then(|| object.get("refused")).flatten()) {
            Some(refused) => Refused::deserialize(refused).map(|Refused { code, message }| Self::Refused { code, message }),
            None => Ok(Self::Data(data)),
        }
    }
}

/// The same refusal, which says that nobody found anything.
pub(super) fn marked_refusal(mut result: Value) -> Value {
    if let Some(Value::Object(data)) = result.get_mut("data") {
        data.insert(MARK.into(), REFUSED.into());
    }
    result
}

fn has_pictures(call: Call) -> bool {
    fields(call).iter().any(|field| matches!(field.kind, Kind::Selfie | Kind::Document))
}

/// Whether part of a call's answer cannot be found out here.
const fn is_fixed(call: Call) -> bool {
    use Call::{AuthenticateFace, BackgroundCheck, FaceLiveness, KycCard, KycPassport, OcrCard, OcrPassport};
    matches!(call, AuthenticateFace | FaceLiveness | OcrCard | OcrPassport | KycCard | KycPassport | BackgroundCheck)
}

fn marked(mut data: Map<String, Value>, call: Call) -> Map<String, Value> {
    let mark = match call {
        Call::BackgroundCheck => NOT_LOOKED_UP,
        Call::OcrCard | Call::OcrPassport => NOT_READ,
        Call::KycCard | Call::KycPassport => NOT_READ_OR_COMPARED,
        Call::FaceLiveness => NOT_LIVENESS,
        _ => NOT_COMPARED,
    };
    data.insert(MARK.into(), mark.into());
    data
}

fn default(call: Call) -> Map<String, Value> {
    let liveness = json!({ "result": true, MARK: NOT_LIVENESS });
    let verification = json!({ "result": true, MARK: NOT_COMPARED });
    let data = match call {
        Call::FaceLiveness => json!({ "liveness": liveness }),
        Call::AuthenticateFace => json!({ "liveness": liveness, "verification": verification }),
        Call::OcrCard | Call::OcrPassport => json!({ "document": document() }),
        Call::KycCard | Call::KycPassport => {
            json!({ "document": document(), "liveness": liveness, "verification": verification })
        }
        Call::BackgroundCheck => json!({
            "background_check": { "potential_match": false, "risk_level": "low", "total_matches": 0, "hits": [] },
            MARK: NOT_LOOKED_UP,
        }),
        // The rest is found out.
        _ => json!({}),
    };
    match data {
        Value::Object(data) => data,
        _ => Map::new(),
    }
}

/// A document of nobody, with the keys that the service documents.
fn document() -> Value {
    json!({
        "is_valid": true,
        "is_expired": false,
        "dateOfBirth": "1990-01-01",
        "age": 36,
        "firstName": "SPECIMEN",
        "lastName": "SPECIMEN",
        "dateOfIssue": "2020-01-01",
        "dateOfExpiry": "2099-12-31",
        "documentNumber": "SPECIMEN00",
        "sex": "X",
        "nationality": "UTO",
        "portrait": null,
        "portrait_url": null,
        MARK: NOT_READ,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Whether the value, or each object in it that says something about the person, is marked.
    fn is_marked(data: &Map<String, Value>) -> bool {
        data.contains_key(MARK) || (!data.is_empty() && data.values().all(|part| part.get(MARK).is_some()))
    }

    #[test]
    fn every_fixed_answer_says_that_it_is_one() {
        for call in Call::SERVICES.iter().copied().filter(|call| *call != Call::RegisterFace) {
            for extend_data in [false, true] {
                assert!(is_marked(&Answers::default().data(call, extend_data)), "{call}");
            }
            if is_fixed(call) {
                let own = Answers::default().with(call, json!({"document": {}}));
                assert!(is_marked(&own.data(call, true)), "{call}");
                assert!(own.data(call, true).contains_key("extend_data"));
            }
        }
    }

    #[test]
    fn a_document_has_the_documented_keys() {
        let mut keys: Vec<_> = document().as_object().unwrap().keys().cloned().collect();
        let mut documented = [
            "is_valid",
            "is_expired",
            "dateOfBirth",
            "age",
            "firstName",
            "lastName",
            "dateOfIssue",
            "dateOfExpiry",
            "documentNumber",
            "sex",
            "nationality",
            "portrait",
            "portrait_url",
            MARK,
        ];
        keys.sort_unstable();
        documented.sort_unstable();
        assert_eq!(keys, documented);
    }

    #[test]
    fn answers_that_cannot_be_given_are_refused() {
        for text in [
            "",
            "[]",
            r#"{"ocr": {}}"#,
            r#"{"register_face": {}}"#,
            r#"{"ocr_card": true}"#,
            r#"{"ocr_card": {"refused": true}}"#,
            r#"{"ocr_card": {"refused": {"code": "SPOOF"}}}"#,
            r#"{"ocr_card": {"refused": {"code": "SPOOF", "message": "no", "more": 1}}}"#,
            r#"{"background_check": {"refused": {"code": "SPOOF", "message": "no"}}}"#,
            r#"{"token/obtain": {"refused": {"code": "SPOOF", "message": "no"}}}"#,
        ] {
            assert_eq!(Answers::from_json(text).unwrap_err().kind(), io::ErrorKind::InvalidData, "{text}");
        }
        assert!(Answers::default().with(Call::RegisterFace, json!({})).check().is_err());
        assert!(Answers::default().with(Call::OcrCard, 5).check().is_err());
        assert!(Answers::default().refusing(Call::BackgroundCheck, "SPOOF", "no").check().is_err());
        let refusing = Answers::default().refusing(Call::RegisterFace, "SPOOF", "no");
        assert!(
            refusing.check().is_ok()
                && refusing.refusal(Call::RegisterFace).is_some()
                && refusing.refusal(Call::OcrCard).is_none()
        );
        assert_eq!(Answers::from_json("{}").unwrap(), Answers::default());
    }
}
