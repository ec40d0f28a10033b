//! What the command's exit code says.

use std::process::ExitCode;

/// The outcomes; of several, the largest one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u8)]
pub(crate) enum Exit {
    /// Every photo passes, and what was sent was taken.
    AllCompliant = 0,
    /// At least one does not, and was not sent.
    SomeNot = 1,
    /// Something could not be done at all: a path that is not there, a profile that cannot be read.
    Trouble = 2,
    /// The service refuses a photo that was sent.
    #[cfg(feature = "client")]
    Refused = 3,
    /// A photo was sent, and nobody here knows what became of it.
    #[cfg(feature = "client")]
    Unknown = 4,
    /// Ended by Ctrl-C, as shells have it: 128 and the signal's number.
    Interrupted = 130,
    /// Ended by the system or its scheduler.
    Terminated = 143,
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
        use Exit::*;
        assert_eq!([AllCompliant, SomeNot, Trouble, Interrupted, Terminated].map(|exit| exit as u8), [0, 1, 2, 130, 143]);
        #[cfg(feature = "client")]
        assert_eq!([Refused, Unknown].map(|exit| exit as u8), [3, 4]);
    }
}
