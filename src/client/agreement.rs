//! What a check said of a picture beside what the service said of it: how well the one foretells the other.

use serde::Serialize;
use serde_json::{Map, Value};

use super::answer::{Answer, Outcome};
use super::error::Error;
use super::refusal::Issue;
use crate::call::Call;
use crate::report::{ProfileId, Report, Verdict};
use crate::rule::{Code, Severity};

/// One line of an agreement log: both verdicts on one picture. Serialises to JSON; there is no picture, no name and no answer about a
/// person in it.
///
/// Uploads that are compliant show what is let pass here and refused there. For the other way round, what is refused here has to be sent on
/// purpose, by a client that is told that the service demands next to nothing:
///
/// ```no_run
/// use face_precheck::client::{Agreement, Client};
/// use face_precheck::{Engine, Profile};
///
/// # fn both(photo: &[u8]) -> Result<(), Box<dyn std::error::Error>> {
/// let (engine, strict) = (Engine::new()?, Profile::progeny_selfie());
/// let lax = Profile::from_toml("name = 'lax'\npurpose = 'selfie'\nformat = { accepted = ['jpeg', 'png'] }")?;
/// let client = Client::new("https://be.progeny.tech/api/v3").with_demands(lax.clone(), Profile::progeny_document());
/// let session = client.login("username", "password")?;
///
/// let upload = engine.prepare(photo, &lax)?.ready().ok_or("no picture")?;
/// let said_here = engine.check(upload.bytes(), &strict)?;
/// let outcome = session.face_liveness(&upload)?.wait(); // Registers nobody.
/// println!("{}", serde_json::to_string(&Agreement::of(&said_here, &outcome))?);
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Agreement {
    /// The call.
    pub call: Call,
    /// What the picture was held against here.
    pub profile: ProfileId,
    /// What was said here.
    pub verdict: Verdict,
    /// Codes of the findings here, without repetitions, by severity.
    pub errors: Vec<Code>,
    /// As above.
    pub warnings: Vec<Code>,
    /// What was measured on the main face here, so that a limit can be told from the other side: `size_px`, `interpupillary_distance_px`,
    /// `yaw`, `pitch`, `roll`.
    pub measured: Map<String, Value>,
    /// What the service said.
    pub service: Served,
    /// Whether both said the same: taken here and there, or refused here and there. `None` where one of them said nothing.
    pub agree: Option<bool>,
}

/// What the service said of a picture.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(tag = "outcome", rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Served {
    /// It was taken.
    Taken,
    /// It was refused.
    Refused {
        /// The service's status.
        status: u16,
        /// The reasons.
        issues: Vec<Issue>,
    },
    /// There is no answer.
    Unknown {
        /// Why.
        error: String,
    },
    /// It was not sent: what is refused here cannot be.
    NotSent,
}

impl Served {
    /// What came of a call.
    pub fn of<T>(outcome: &Result<Outcome<T>, Error>) -> Self {
        match outcome {
            Ok(Outcome::Answered(_)) => Served::Taken,
            Ok(Outcome::Refused(refusal)) => Served::Refused { status: refusal.status, issues: refusal.issues.clone() },
            // Without the task, by which whoever reads the log could ask for the answer.
            Err(error) => Served::Unknown { error: error.kind().to_string() },
        }
    }
}

impl Agreement {
    /// What was said of an upload, and what came of it.
    pub fn of<T: Answer>(report: &Report, outcome: &Result<Outcome<T>, Error>) -> Self {
        Self::new(T::CALL, report, Served::of(outcome))
    }

    /// What was said of a photo that was not sent.
    #[must_use]
    pub fn not_sent(call: Call, report: &Report) -> Self {
        Self::new(call, report, Served::NotSent)
    }

    fn new(call: Call, report: &Report, service: Served) -> Self {
        let codes = |severity| {
            let mut codes: Vec<Code> = Vec::new();
            for finding in report.findings().iter().filter(|finding| finding.severity == severity) {
                if !codes.contains(&finding.code()) {
                    codes.push(finding.code());
                }
            }
            codes
        };
        let mut measured = Map::new();
        if let Some(face) = report.faces().first() {
            let pose = face.pose.iter().flat_map(|pose| [("yaw", pose.yaw), ("pitch", pose.pitch), ("roll", pose.roll)]);
            let sizes = [("size_px", face.size_px), ("interpupillary_distance_px", face.interpupillary_distance_px)];
            measured.extend(sizes.into_iter().chain(pose).map(|(name, value)| (name.to_owned(), value.into())));
        }
        let ours = report.verdict() == Verdict::Compliant;
        let agree = match service {
            Served::Taken => Some(ours),
            Served::Refused { .. } => Some(!ours),
            Served::Unknown { .. } | Served::NotSent => None,
        };
        let (errors, warnings) = (codes(Severity::Error), codes(Severity::Warning));
        Self { call, profile: report.profile().clone(), verdict: report.verdict(), errors, warnings, measured, service, agree }
    }
}
