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
    /// Make uploads of photos and folders of photos: files that the service will take.
    ///
    /// A photo that is upright and within the limits keeps its picture byte for byte and loses its metadata (position, camera, ...).
    /// Others are turned, converted and compressed anew, in the size and quality that keep the face fit to be taken. Every file that is
    /// written was decoded and checked again. Photos of which no upload can be made are reported as by `check`.
    #[command(after_help = PREPARE_HELP)]
    Prepare(PrepareArgs),
    /// Show what picture files say about themselves, without decoding them.
    #[command(after_help = "Exit codes: 0 all could be read, 1 some could not, 2 trouble (a path that is not there, ...)")]
    Probe(ProbeArgs),
    /// Print a profile as TOML: what the receiver demands, ready to be changed and given to `check --profile`.
    Profile(ProfileArgs),
    /// Print a language as TOML: what people are told to do, ready to be translated and given to `check --language`.
    ///
    /// Only these hints are translated: verdicts, the names of rules and the service's codes are the same in every language.
    Language(LanguageArgs),
}

const EXIT_CODES: &str = "Exit codes: 0 all compliant, 1 some not, 2 trouble (a path that is not there, a broken profile, ...)

Examples:
  face-precheck check selfie.jpg
  face-precheck check --format jsonl album/ > report.jsonl
  face-precheck check --profile progeny-document passport.png
  face-precheck profile > mine.toml && face-precheck check --profile ./mine.toml album/
  face-precheck language > mine.toml && face-precheck check --language ./mine.toml album/";

const PREPARE_HELP: &str = "\
Written files keep the photos' places and names: album/2026/me.jpg of the folder album becomes DIR/2026/me.jpg. One that \
changes its format gets the new one's ending as well: me.webp becomes me.webp.jpg. Each is written under a hidden name \
and renamed when it is whole. Running it again after an interruption makes what is missing; files that are \
there already have to be the same.

Exit codes: 0 uploads of all photos are in DIR, 1 some photos have none, 2 trouble (a path that is not there, a file in the way, ...)

Examples:
  face-precheck prepare selfie.webp --out uploads
  face-precheck prepare album/ --out uploads --format jsonl > report.jsonl";

/// What `check` and `prepare` have in common.
#[derive(Debug, clap::Args)]
pub(crate) struct PhotoArgs {
    /// Photos, and folders to search for photos (told by content; hidden files are left out).
    #[arg(required = true, value_name = "PATH")]
    pub(crate) paths: Vec<PathBuf>,
    /// How to print the results.
    #[arg(long, value_enum, default_value_t = Format::Text)]
    pub(crate) format: Format,
    /// The receiver's demands: progeny-selfie, progeny-document, or a TOML file.
    #[arg(long, value_name = "NAME|FILE", default_value = "progeny-selfie")]
    pub(crate) profile: PathBuf,
    /// The language of the hints, which say what to do: en, de, or a TOML file. All else stays English.
    #[arg(long, value_name = "NAME|FILE", default_value = "en")]
    pub(crate) language: PathBuf,
    /// How many photos are worked on at the same time [default: one for each core].
    #[arg(short, long, value_name = "N")]
    pub(crate) jobs: Option<std::num::NonZeroUsize>,
}

#[derive(Debug, clap::Args)]
pub(crate) struct CheckArgs {
    #[command(flatten)]
    pub(crate) photos: PhotoArgs,
}

#[derive(Debug, clap::Args)]
pub(crate) struct PrepareArgs {
    #[command(flatten)]
    pub(crate) photos: PhotoArgs,
    /// The folder to write to; made if it is not there.
    #[arg(short, long, value_name = "DIR")]
    pub(crate) out: PathBuf,
    /// Overwrite files in DIR. Otherwise one that is there with another content is trouble, and stays.
    #[arg(long)]
    pub(crate) force: bool,
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

#[derive(Debug, clap::Args)]
pub(crate) struct LanguageArgs {
    /// A built-in language (en, de), or a TOML file to check and print.
    #[arg(value_name = "NAME|FILE", default_value = "en")]
    pub(crate) language: PathBuf,
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
