//! What is asked of the decisions, and how they do.

use std::fmt;

use super::outcome::{Count, percent, share};

/// At least this part of what is damaged, in percent, has to be caught.
const CAUGHT: f64 = 95.0;
/// At most so many clean pictures may be refused.
const FALSE_ERRORS: usize = 1;
/// At most this part of clean pictures, in percent, may be doubted for any one rule.
const FALSE_WARNINGS: f64 = 5.0;

/// One requirement and what was counted.
#[derive(Debug, Clone)]
pub(crate) enum Requirement {
    FalseErrors { of: String, refused: usize, all: usize },
    FalseWarnings { of: String, rule: &'static str, doubted: usize, all: usize },
    Caught { of: String, count: Count },
}

impl Requirement {
    /// What is asked about things that hide nothing.
    pub(crate) fn harmless(of: &str, count: Count) -> [Self; 2] {
        let Count { all, warning, .. } = count;
        let rule = "eyes-visible or lower-face-visible";
        [
            Self::FalseErrors { of: of.to_owned(), refused: count.caught() - warning, all },
            Self::FalseWarnings { of: of.to_owned(), rule, doubted: warning, all },
        ]
    }

    fn is_met(&self) -> bool {
        match self {
            Self::FalseErrors { refused, .. } => *refused <= FALSE_ERRORS,
            Self::FalseWarnings { doubted, all, .. } => percent(*doubted, *all) <= FALSE_WARNINGS,
            Self::Caught { count, .. } => count.all == 0 || percent(count.caught(), count.all) >= CAUGHT,
        }
    }
}

impl fmt::Display for Requirement {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::FalseErrors { of, refused, all } => {
                write!(f, "{of}: false errors {refused} of {all} (at most {FALSE_ERRORS})")?;
            }
            Self::FalseWarnings { of, rule, doubted, all } => write!(
                f,
                "{of}: false warnings per rule at most {} ({rule}, {doubted} of {all}; at most {FALSE_WARNINGS} %)",
                share(*doubted, *all)
            )?,
            Self::Caught { of, count } => write!(
                f,
                "{of}: held-out caught {} of {} (at least {CAUGHT} %; {} by an error or no face)",
                share(count.caught(), count.all),
                count.all,
                share(count.caught() - count.warning, count.all)
            )?,
        }
        f.write_str(if self.is_met() { "" } else { " **not met**" })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_met_is_marked() {
        let of = || "clean".to_owned();
        let errors = |refused| Requirement::FalseErrors { of: of(), refused, all: 117 }.to_string();
        assert_eq!(errors(1), "clean: false errors 1 of 117 (at most 1)");
        assert!(errors(2).ends_with("**not met**"));
        let caught = |error| Requirement::Caught { of: of(), count: Count { all: 20, error, ..Count::default() } };
        assert!(caught(19).is_met() && !caught(18).is_met());
        let warned = |doubted| Requirement::FalseWarnings { of: of(), rule: "blur", doubted, all: 100 };
        assert!(warned(5).is_met() && !warned(6).is_met());
    }
}
