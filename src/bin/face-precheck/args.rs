//! The command line.

use std::path::PathBuf;

use clap::{Parser, Subcommand, ValueEnum};

/// Finds out, before the upload, whether an identity service will take a photo, and why not.
#[derive(Debug, Parser)]
#[command(version, propagate_version = true, max_term_width = 100)]
pub(crate) struct Args {
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Check photos and folders of photos against a profile.
    ///
    /// Each photo gets a verdict: compliant (send it), fixable (every error can be mended without a new photo), retake (only a new
    /// photo helps) or unreadable; below it every rule that is not met, with the measured value, what is demanded, the service's
    /// code and what to do.
    #[command(after_help = EXIT_CODES)]
    Check(CheckArgs),
    /// Show what picture files say about themselves, without decoding them.
    #[command(after_help = "Exit codes: 0 all could be read, 1 some could not, 2 trouble (a path that is not there, ...)")]
    Probe(ProbeArgs),
    /// Print a profile as TOML: what the receiver demands, ready to be changed and given to `check --profile`.
    Profile(ProfileArgs),
}

const EXIT_CODES: &str = "Exit codes: 0 all compliant, 1 some not, 2 trouble (a path that is not there, a broken profile, ...)

Examples:
  face-precheck check selfie.jpg
  face-precheck check --format jsonl album/ > report.jsonl
  face-precheck check --profile progeny-document passport.png
  face-precheck profile > mine.toml && face-precheck check --profile ./mine.toml album/";

#[derive(Debug, clap::Args)]
pub(crate) struct CheckArgs {
    /// Photos, and folders to search for photos (told by content; hidden files are left out).
    #[arg(required = true, value_name = "PATH")]
    pub(crate) paths: Vec<PathBuf>,
    /// How to print the results.
    #[arg(long, value_enum, default_value_t = Format::Text)]
    pub(crate) format: Format,
    /// The receiver's demands: progeny-selfie, progeny-document, or a TOML file.
    #[arg(long, value_name = "NAME|FILE", default_value = "progeny-selfie")]
    pub(crate) profile: PathBuf,
    /// How many photos are checked at the same time [default: one for each core].
    #[arg(short, long, value_name = "N")]
    pub(crate) jobs: Option<std::num::NonZeroUsize>,
}

#[derive(Debug, clap::Args)]
pub(crate) struct ProbeArgs {
    /// Picture files, and folders to search for them.
    #[arg(required = true, value_name = "PATH")]
    pub(crate) paths: Vec<PathBuf>,
    /// How to print the results.
    #[arg(long, value_enum, default_value_t = Format::Text)]
    pub(crate) format: Format,
}

#[derive(Debug, clap::Args)]
pub(crate) struct ProfileArgs {
    /// A built-in profile (progeny-selfie, progeny-document), or a TOML file to check and print in full.
    #[arg(value_name = "NAME|FILE", default_value = "progeny-selfie")]
    pub(crate) profile: PathBuf,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// For people.
    Text,
    /// JSON Lines: one object a photo.
    Jsonl,
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    #[test]
    fn the_command_line_is_consistent() {
        super::Args::command().debug_assert();
    }
}
