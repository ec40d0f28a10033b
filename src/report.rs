//! The verdict on a picture and everything that led to it.

use std::fmt;

use serde::ser::SerializeStruct;
use serde::{Deserialize, Serialize, Serializer};

use crate::face::Face;
use crate::header::Header;
use crate::hint::{Hint, Language};
use crate::measures::Measures;
use crate::profile::{Profile, Range};
use crate::rule::{Code, Rule, Severity};

/// The version of the JSON that a [`Report`] serialises to. Keys may be added without a new number; the meaning of those that
/// are there does not change.
///
/// ```
/// use face_precheck::{Engine, Profile, SCHEMA, TOOL};
///
/// let photo = std::fs::read("fixtures/photos/no_face/books.jpg")?;
/// let json = serde_json::to_value(Engine::lazy().check(&photo, &Profile::progeny_document())?)?;
/// assert_eq!((&json["schema"], &json["tool"]), (&SCHEMA.into(), &TOOL.into()));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub const SCHEMA: u32 = 1;

/// The name and version of what wrote a report. [`SCHEMA`] shows where.
pub const TOOL: &str = concat!(env!("CARGO_PKG_NAME"), " ", env!("CARGO_PKG_VERSION"));

/// What was measured against what.
///
/// ```
/// use face_precheck::{Cause, Engine, Profile, Rule};
///
/// let photo = std::fs::read("fixtures/photos/no_face/books.jpg")?;
/// let mut profile = Profile::progeny_document();
/// profile.file_size = Some(face_precheck::Range::at_most(1000.0));
/// let report = Engine::lazy().check(&photo, &profile)?;
/// let finding = report.findings().iter().find(|finding| finding.rule == Rule::FileSize).ok_or("not told")?;
/// assert!(matches!(&finding.cause, Cause::OutOfRange { measured, required } if !required.contains(*measured)));
/// assert_eq!(finding.cause.id(), "out-of-range");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum Cause {
    /// Outside the bounds.
    OutOfRange {
        /// The value.
        measured: f64,
        /// The bounds.
        required: Range,
    },
    /// Nearer to a bound than the measurement is sure of, inside or outside.
    NearLimit {
        /// The value.
        measured: f64,
        /// The bounds.
        required: Range,
        /// How far off the value may be.
        uncertainty: f64,
    },
    /// Something that is there or is not.
    NotAccepted {
        /// What is there.
        measured: String,
        /// What may be there; empty if nothing may.
        required: Vec<String>,
    },
    /// It could not be measured, and what is not measured does not pass.
    NotAssessed,
}

impl Cause {
    /// The cause's name in JSON.
    #[must_use]
    pub const fn id(&self) -> &'static str {
        match self {
            Self::OutOfRange { .. } => "out-of-range",
            Self::NearLimit { .. } => "near-limit",
            Self::NotAccepted { .. } => "not-accepted",
            Self::NotAssessed => "not-assessed",
        }
    }
}

/// What a measured number counts.
///
/// ```
/// use face_precheck::Unit;
///
/// assert_eq!(serde_json::to_value(Unit::PercentOfEyes)?, "percent-of-ied");
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum Unit {
    /// Bytes.
    Bytes,
    /// Pixels of the upright picture.
    #[serde(rename = "px")]
    Pixels,
    /// Degrees.
    Degrees,
    /// Faces.
    Faces,
    /// JPEG quality, 1 to 100.
    Quality,
    /// A part of the whole, 0 to 1.
    Ratio,
    /// Luminance in linear light, 0 to 1.
    Luminance,
    /// Bits.
    Bits,
    /// Distance in a* and b* of CIELAB.
    Cielab,
    /// Hundredths of the distance between the pupils.
    #[serde(rename = "percent-of-ied")]
    PercentOfEyes,
    /// Distances between the pupils.
    #[serde(rename = "ied")]
    EyeDistances,
    /// Hundredths.
    Percent,
    /// Logarithm of the odds: 0 is even.
    Logit,
    /// Levels a pixel.
    Levels,
}

/// One rule that is not met.
///
/// ```
/// use face_precheck::{Engine, Profile, Rule, Severity, Unit};
///
/// let photo = std::fs::read("fixtures/photos/refused/astronaut.png")?;
/// let report = Engine::lazy().check(&photo, &Profile::progeny_selfie())?;
/// let finding = report.findings().iter().find(|finding| finding.rule == Rule::FaceSize).ok_or("not told")?;
/// assert_eq!((finding.severity, finding.unit, finding.fixable), (Severity::Error, Some(Unit::Pixels), false));
/// assert_eq!((finding.code().as_str(), finding.hint.id()), ("FACE_TOO_SMALL", "move-closer"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Finding {
    /// The rule.
    pub rule: Rule,
    /// How much it matters under the profile.
    pub severity: Severity,
    /// What was measured against what.
    pub cause: Cause,
    /// What the measured number counts, if there is one.
    pub unit: Option<Unit>,
    /// Whether the picture can be changed to meet the rule; otherwise only a new photo can.
    pub fixable: bool,
    /// What to do about it, for the person in the picture. In JSON its text is `hint` and its id `hint_id`.
    pub hint: Hint,
}

impl Finding {
    /// What the receiver calls it.
    #[must_use]
    pub const fn code(&self) -> Code {
        self.rule.code()
    }
}

impl Serialize for Finding {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let number = |value: f64| number(value, self.unit);
        let range = |range: &Range| Bounds { min: range.min.map(number), max: range.max.map(number) };
        let mut fields = serializer.serialize_struct("Finding", 11)?;
        fields.serialize_field("rule", &self.rule)?;
        fields.serialize_field("code", &self.code())?;
        fields.serialize_field("severity", &self.severity)?;
        fields.serialize_field("cause", self.cause.id())?;
        fields.serialize_field("fixable", &self.fixable)?;
        match &self.cause {
            Cause::OutOfRange { measured, required } | Cause::NearLimit { measured, required, .. } => {
                fields.serialize_field("measured", &number(*measured))?;
                fields.serialize_field("required", &range(required))?;
            }
            Cause::NotAccepted { measured, required } => {
                fields.serialize_field("measured", measured)?;
                fields.serialize_field("required", &OneOf { one_of: required })?;
            }
            Cause::NotAssessed => {}
        }
        if let Cause::NearLimit { uncertainty, .. } = &self.cause {
            fields.serialize_field("uncertainty", &number(*uncertainty))?;
        }
        if let Some(unit) = &self.unit {
            fields.serialize_field("unit", unit)?;
        }
        fields.serialize_field("hint", self.hint.text())?;
        fields.serialize_field("hint_id", self.hint.id())?;
        fields.end()
    }
}

#[derive(Serialize)]
struct Bounds {
    #[serde(skip_serializing_if = "Option::is_none")]
    min: Option<serde_json::Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    max: Option<serde_json::Value>,
}

#[derive(Serialize)]
struct OneOf<'a> {
    one_of: &'a [String],
}

/// Counts without a decimal point; what is measured with one; `null` for what is no number.
fn number(value: f64, unit: Option<Unit>) -> serde_json::Value {
    let counted = matches!(unit, Some(Unit::Bytes | Unit::Faces | Unit::Quality)) && value.fract() == 0.0;
    #[allow(clippy::cast_possible_truncation, reason = "a count, within what a float holds exactly")]
    if counted { (value as i64).into() } else { value.into() }
}

/// What to do with a picture.
///
/// ```
/// use face_precheck::{Engine, Profile, Verdict};
///
/// let photo = std::fs::read("fixtures/photos/no_face/books.jpg")?;
/// let verdict = Engine::lazy().check(&photo, &Profile::progeny_selfie())?.verdict();
/// assert_eq!((verdict, verdict.to_string().as_str()), (Verdict::Retake, "retake"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Verdict {
    /// Send it: no finding is an error.
    Compliant,
    /// It can be sent once it is changed: every error can be mended without a new photo.
    Fixable,
    /// Take a new photo: at least one error cannot be mended.
    Retake,
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Compliant => "compliant",
            Self::Fixable => "fixable",
            Self::Retake => "retake",
        })
    }
}

/// Which profile a report was made for.
///
/// ```
/// use face_precheck::{Profile, ProfileId};
///
/// let id = ProfileId::from(&Profile::progeny_selfie());
/// assert_eq!((id.name.as_str(), id.sha256.len()), ("progeny-selfie", 64));
/// assert_ne!(id, ProfileId::from(&Profile::progeny_document()));
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ProfileId {
    /// The profile's name.
    pub name: String,
    /// [`Profile::sha256`].
    pub sha256: String,
}

impl From<&Profile> for ProfileId {
    fn from(profile: &Profile) -> Self {
        Self { name: profile.name.clone(), sha256: profile.sha256() }
    }
}

/// The verdict on a readable picture, and everything that led to it. Serialises to the JSON of [`SCHEMA`].
///
/// ```
/// use face_precheck::{Engine, Profile, Verdict};
///
/// let photo = std::fs::read("fixtures/rendered/p1_y+00_p+00_r+00.jpg")?;
/// let report = Engine::lazy().check(&photo, &Profile::progeny_selfie())?;
/// assert_eq!(report.verdict(), Verdict::Compliant);
/// let [face] = report.faces() else { return Err("one face was expected".into()) };
/// assert!((face.interpupillary_distance_px - 130.0).abs() < 5.0); // It was rendered so.
/// let json = serde_json::to_value(&report)?;
/// assert_eq!((&json["verdict"], &json["header"]["width"]), (&"compliant".into(), &720.into()));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Report {
    schema: u32,
    tool: &'static str,
    profile: ProfileId,
    verdict: Verdict,
    header: Header,
    faces: Vec<Face>,
    #[serde(skip_serializing_if = "Option::is_none")]
    measures: Option<Measures>,
    findings: Vec<Finding>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    considered: Vec<Considered>,
}

/// A size that [`Engine::prepare`](crate::Engine::prepare) considered for an upload, and what came of it.
///
/// ```
/// use face_precheck::{Consideration, Engine, Profile, Range};
///
/// let photo = std::fs::read("fixtures/photos/compliant/astronaut_enlarged_3x.jpg")?; // 1536 x 1536
/// let mut profile = Profile::progeny_selfie();
/// profile.height = Some(Range::between(480.0, 1200.0));
/// let prepared = Engine::lazy().prepare(&photo, &profile)?;
/// let chosen = prepared.report().considered().iter().find(|size| size.outcome == Consideration::Chosen);
/// assert_eq!(chosen.map(|size| (size.width, size.height)), Some((1200, 1200))); // At the recommended 1080 the face would be close to too small.
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Considered {
    /// Pixels.
    pub width: u32,
    /// Pixels.
    pub height: u32,
    /// Whether it is a part of the picture around the face, not the whole.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub cropped: bool,
    /// What [`Face::size_px`] would be or is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub face_size_px: Option<f64>,
    /// What [`Face::interpupillary_distance_px`] would be or is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub interpupillary_distance_px: Option<f64>,
    /// What came of it.
    #[serde(flatten)]
    pub outcome: Consideration,
}

/// What came of a size that was considered: see [`Considered`].
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(tag = "outcome", rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Consideration {
    /// It is the upload's.
    Chosen,
    /// The face would be too small, or too close to being it; not tried.
    FaceTooSmall,
    /// A side would be too short; not tried.
    SideTooShort,
    /// Too many bytes even at the lowest quality that is accepted.
    TooManyBytes {
        /// Bytes at that quality.
        bytes: u64,
    },
    /// It was made and checked, and does not meet these rules.
    Refused {
        /// The rules.
        rules: Vec<Rule>,
    },
}

impl fmt::Display for Considered {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { width, height, face_size_px, interpupillary_distance_px, .. } = self;
        write!(f, "{width} x {height} px")?;
        if let Some((face, pupils)) = face_size_px.zip(*interpupillary_distance_px) {
            write!(f, " (face {face:.1} px, pupils {pupils:.1} px apart)")?;
        }
        match &self.outcome {
            Consideration::Chosen => f.write_str(": chosen"),
            Consideration::FaceTooSmall => f.write_str(": the face would be too small, or close to it"),
            Consideration::SideTooShort => f.write_str(": a side would be too short"),
            Consideration::TooManyBytes { bytes } => write!(f, ": {bytes} bytes at the lowest quality accepted"),
            Consideration::Refused { rules } => {
                let rules: Vec<_> = rules.iter().map(|rule| rule.id()).collect();
                write!(f, ": made, and refused for {}", rules.join(", "))
            }
        }
    }
}

impl Report {
    pub(crate) fn new(
        profile: &Profile,
        header: Header,
        faces: Vec<Face>,
        measures: Option<&Measures>,
        findings: Vec<Finding>,
    ) -> Self {
        let mut errors = findings.iter().filter(|finding| finding.severity == Severity::Error).peekable();
        let verdict = if errors.peek().is_none() {
            Verdict::Compliant
        } else if errors.all(|finding| finding.fixable) {
            Verdict::Fixable
        } else {
            Verdict::Retake
        };
        Self {
            schema: SCHEMA,
            tool: TOOL,
            profile: profile.into(),
            verdict,
            header,
            faces,
            measures: measures.copied(),
            findings,
            considered: Vec::new(),
        }
    }

    /// The report on a picture of which no upload could be made: `reasons` come in place of findings of the same rules.
    pub(crate) fn rejected(mut self, reasons: Vec<Finding>, considered: Vec<Considered>) -> Self {
        self.findings.retain(|finding| reasons.iter().all(|reason| reason.rule != finding.rule));
        self.findings.extend(reasons);
        self.findings.sort_by_key(|finding| finding.rule);
        Self { verdict: Verdict::Retake, considered, ..self }
    }

    pub(crate) fn with_considered(self, considered: Vec<Considered>) -> Self {
        Self { considered, ..self }
    }

    /// The same report with its hints in another language.
    #[must_use]
    pub fn in_language(mut self, language: &Language) -> Self {
        for finding in &mut self.findings {
            finding.hint = finding.hint.in_language(language);
        }
        self
    }

    /// What to do with the picture.
    #[must_use]
    pub const fn verdict(&self) -> Verdict {
        self.verdict
    }

    /// What the file says about itself.
    #[must_use]
    pub const fn header(&self) -> &Header {
        &self.header
    }

    /// The faces that were found, the largest first: that is the one the rules are about. Empty if the profile has no rule
    /// about faces.
    #[must_use]
    pub fn faces(&self) -> &[Face] {
        &self.faces
    }

    /// How good the picture of the main face is; `None` if that face could not be measured, or the profile has no rule about it.
    #[must_use]
    pub const fn measures(&self) -> Option<&Measures> {
        self.measures.as_ref()
    }

    /// All rules that are not met, not only the first, in the order of [`Rule::ALL`].
    #[must_use]
    pub fn findings(&self) -> &[Finding] {
        &self.findings
    }

    /// The sizes that were considered for an upload, in this order. Empty where none had to be: in a check, and where the picture
    /// was not compressed anew.
    #[must_use]
    pub fn considered(&self) -> &[Considered] {
        &self.considered
    }

    /// The profile that the picture was judged by.
    #[must_use]
    pub const fn profile(&self) -> &ProfileId {
        &self.profile
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hint::Message;

    fn finding(severity: Severity, fixable: bool) -> Finding {
        Finding {
            rule: Rule::FaceInside,
            severity,
            cause: Cause::NotAssessed,
            unit: None,
            fixable,
            hint: Message::BeAlone.into(),
        }
    }

    #[test]
    fn only_errors_make_a_verdict() {
        let Some(picture) = crate::repository::file("models/golden/face_landmark.cat.png") else { return };
        let header = crate::probe(&picture).unwrap();
        let verdict = |findings: &[(Severity, bool)]| {
            let findings = findings.iter().map(|&(severity, fixable)| finding(severity, fixable)).collect();
            Report::new(&Profile::default(), header.clone(), Vec::new(), None, findings).verdict()
        };
        assert_eq!(verdict(&[]), Verdict::Compliant);
        assert_eq!(verdict(&[(Severity::Warning, false), (Severity::Info, true)]), Verdict::Compliant);
        assert_eq!(verdict(&[(Severity::Warning, false), (Severity::Error, true)]), Verdict::Fixable);
        assert_eq!(verdict(&[(Severity::Error, true), (Severity::Error, false)]), Verdict::Retake);
    }
}
