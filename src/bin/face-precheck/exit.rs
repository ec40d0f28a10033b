//! What the command's exit code says.

use std::process::ExitCode;

/// The three outcomes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Exit {
    /// 0: every photo is compliant.
    AllCompliant,
    /// 1: at least one is not.
    SomeNot,
    /// 2: something could not be done at all: a path that is not there, a profile that cannot be read.
    Trouble,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit as u8)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_those_that_scripts_rely_on() {
        assert_eq!([Exit::AllCompliant, Exit::SomeNot, Exit::Trouble].map(|exit| exit as u8), [0, 1, 2]);
    }
}
