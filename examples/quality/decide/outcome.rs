//! What became of a picture that something is wrong with.

use face_precheck::{Cause, Report, Rule, Severity};

/// How it was caught, if it was.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// By an error of a rule that is about this damage.
    Error,
    /// By a warning of such a rule.
    Warning,
    /// No face was found in it.
    NoFace,
    /// A rule that has to be met could not be assessed.
    NotAssessed,
    Missed,
}

impl Outcome {
    /// What a report comes to, in terms of some rules.
    pub(crate) fn of(report: &Report, rules: &[Rule]) -> Self {
        let has = |severity: Severity, own: bool, assessed: bool| {
            report.findings().iter().any(|finding| {
                finding.severity == severity
                    && (!own || rules.contains(&finding.rule))
                    && (finding.cause == Cause::NotAssessed) != assessed
            })
        };
        if report.faces().is_empty() {
            Self::NoFace
        } else if has(Severity::Error, true, true) {
            Self::Error
        } else if has(Severity::Error, false, false) {
            Self::NotAssessed
        } else if has(Severity::Warning, true, true) || has(Severity::Warning, true, false) {
            Self::Warning
        } else {
            Self::Missed
        }
    }
}

/// How many of each.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Count {
    pub(crate) all: usize,
    pub(crate) error: usize,
    pub(crate) warning: usize,
    pub(crate) no_face: usize,
    pub(crate) not_assessed: usize,
}

impl Count {
    pub(crate) fn of(outcomes: impl IntoIterator<Item = Outcome>) -> Self {
        let mut count = Self::default();
        for outcome in outcomes {
            count.all += 1;
            match outcome {
                Outcome::Error => count.error += 1,
                Outcome::Warning => count.warning += 1,
                Outcome::NoFace => count.no_face += 1,
                Outcome::NotAssessed => count.not_assessed += 1,
                Outcome::Missed => {}
            }
        }
        count
    }

    pub(crate) const fn caught(&self) -> usize {
        self.error + self.warning + self.no_face + self.not_assessed
    }

    /// Cells of a table under [`Count::HEADER`].
    pub(crate) fn cells(&self) -> [String; 7] {
        let Self { all, error, warning, no_face, not_assessed } = *self;
        let numbers = [all, error, warning, no_face, not_assessed].map(|number| number.to_string());
        let [all, error, warning, no_face, not_assessed] = numbers;
        [all, error, warning, no_face, not_assessed, (self.all - self.caught()).to_string(), share(self.caught(), self.all)]
    }

    pub(crate) const HEADER: [&str; 7] = ["pictures", "error", "warning", "no face", "not assessed", "missed", "caught"];
}

/// A part in percent.
#[allow(clippy::cast_precision_loss, reason = "counts of pictures")]
pub(crate) fn percent(part: usize, all: usize) -> f64 {
    100.0 * part as f64 / all.max(1) as f64
}

/// A part as percent.
pub(crate) fn share(part: usize, all: usize) -> String {
    if all == 0 { "none".to_owned() } else { format!("{:.1} %", percent(part, all)) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn outcomes_are_counted() {
        use Outcome::{Error, Missed, NoFace, NotAssessed, Warning};
        let count = Count::of([Error, Error, Warning, NoFace, NotAssessed, Missed, Missed, Missed]);
        assert_eq!(count, Count { all: 8, error: 2, warning: 1, no_face: 1, not_assessed: 1 });
        assert_eq!(count.cells().join(" "), "8 2 1 1 1 3 62.5 %");
        assert_eq!(share(0, 0), "none");
    }
}
