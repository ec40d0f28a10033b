//! Answers that cannot be found out here: whether two faces are the same person's, what a document says, who somebody is.

use std::collections::BTreeMap;
use std::io;

use serde_json::{Map, Value, json};

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

/// The answers to what cannot be found out here, for requests whose pictures are accepted. Each is the whole `data` of a result, and is
/// marked with the key `stand_in`, whatever it says.
///
/// ```
/// use face_precheck::Call;
/// use face_precheck::stand_in::Answers;
/// use serde_json::json;
///
/// let stranger = json!({"liveness": {"result": true}, "verification": {"result": false}});
/// let answers = Answers::default().with(Call::AuthenticateFace, stranger.clone());
/// assert_eq!(Answers::from_json(&json!({"authenticate_face": stranger}).to_string())?, answers);
/// assert!(Answers::from_json(r#"{"register_face": {}}"#).is_err()); // Found out here.
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Answers(BTreeMap<Call, Value>);

impl Answers {
    /// The same with another answer to a call: an object. [`StandIn::start`](super::StandIn::start) refuses anything else, and answers to
    /// calls that are not answered by fixed ones: `register_face` and `face_liveness`.
    #[must_use]
    pub fn with(mut self, call: Call, data: impl Into<Value>) -> Self {
        self.0.insert(call, data.into());
        self
    }

    /// Answers as a JSON object: each under the name of its call.
    ///
    /// # Errors
    /// [`InvalidData`](io::ErrorKind::InvalidData): it is no JSON, names something that is no such call, or has an answer that is no object.
    pub fn from_json(text: &str) -> io::Result<Self> {
        let invalid = |message: String| io::Error::new(io::ErrorKind::InvalidData, message);
        let fields: BTreeMap<String, Value> = serde_json::from_str(text).map_err(|error| invalid(error.to_string()))?;
        let answers = fields.into_iter().map(|(call, data)| Ok((call.parse().map_err(invalid)?, data)));
        let answers = Self(answers.collect::<io::Result<_>>()?);
        answers.check().map_err(invalid)?;
        Ok(answers)
    }

    /// Whether they can be given.
    pub(super) fn check(&self) -> Result<(), String> {
        for (call, data) in &self.0 {
            if !is_fixed(*call) {
                return Err(format!("{call} is not answered by a fixed answer"));
            }
            if !data.is_object() {
                return Err(format!("the answer to {call} is no object"));
            }
        }
        Ok(())
    }

    /// The whole `data` of an accepted request.
    pub(super) fn data(&self, call: Call, extend_data: bool) -> Map<String, Value> {
        let mut data = match self.0.get(&call) {
            Some(Value::Object(data)) => marked(data.clone(), call),
            _ => default(call),
        };
        if extend_data {
            data.insert("extend_data".into(), json!({ MARK: NOT_ASKED }));
        }
        data
    }
}

/// Whether part of a call's answer cannot be found out here.
const fn is_fixed(call: Call) -> bool {
    use Call::{AuthenticateFace, BackgroundCheck, KycCard, KycPassport, OcrCard, OcrPassport};
    matches!(call, AuthenticateFace | OcrCard | OcrPassport | KycCard | KycPassport | BackgroundCheck)
}

fn marked(mut data: Map<String, Value>, call: Call) -> Map<String, Value> {
    let mark = match call {
        Call::BackgroundCheck => NOT_LOOKED_UP,
        Call::OcrCard | Call::OcrPassport => NOT_READ,
        Call::KycCard | Call::KycPassport => NOT_READ_OR_COMPARED,
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
        for text in ["", "[]", r#"{"ocr": {}}"#, r#"{"face_liveness": {}}"#, r#"{"ocr_card": true}"#] {
            assert_eq!(Answers::from_json(text).unwrap_err().kind(), io::ErrorKind::InvalidData, "{text}");
        }
        assert!(Answers::default().with(Call::RegisterFace, json!({})).check().is_err());
        assert!(Answers::default().with(Call::OcrCard, 5).check().is_err());
        assert_eq!(Answers::from_json("{}").unwrap(), Answers::default());
    }
}
