//! The command line.

#[cfg(feature = "stand-in")]
mod stand_in;
#[cfg(feature = "client")]
mod upload;

use std::num::NonZeroUsize;
use std::path::PathBuf;

use clap::{Parser, Subcommand, ValueEnum};
use clap_complete::Shell;
use serde::Deserialize;

#[cfg(feature = "stand-in")]
pub(crate) use self::stand_in::StandInArgs;
#[cfg(feature = "client")]
pub(crate) use self::upload::{CompareArgs, RegisterArgs, ServiceArgs, TaskArgs, UploadCommand};
use crate::shard::Shard;

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
    #[command(after_help = CHECK_HELP)]
    Check(CheckArgs),
    /// Make uploads of photos and folders of photos: files that the service will take.
    ///
    /// A photo that is upright and within the limits keeps its picture byte for byte and loses its metadata (position, camera, ...).
    /// Others are turned, converted and compressed anew, in the size and quality that keep the face fit to be taken. Every file that is
    /// written was decoded and checked again. Photos of which no upload can be made are reported as by `check`.
    #[command(after_help = PREPARE_HELP)]
    Prepare(PrepareArgs),
    /// Join reports (JSON Lines of `check` or `prepare`) into one, or make a table or a contact sheet of one.
    ///
    /// Rows are sorted by path. Of several rows about one photo the last one stands. Reports of different profiles, versions or commands
    /// are not joined.
    #[command(after_help = MERGE_HELP)]
    Merge(MergeArgs),
    /// Draw what is found on a photo: face box, landmarks, eyes, the head's axes and the verdict.
    Annotate(AnnotateArgs),
    /// Show what picture files say about themselves, without decoding them.
    #[command(after_help = "Exit codes: 0 all could be read, 1 some could not, 2 trouble (a path that is not there, ...)")]
    Probe(ProbeArgs),
    /// Print a profile as TOML: what the receiver demands, ready to be changed and given to `check --profile`.
    Profile(ProfileArgs),
    /// Print a language as TOML: what people are told to do, ready to be translated and given to `check --language`.
    ///
    /// Only these hints are translated: verdicts, the names of rules and the service's codes are the same in every language.
    Language(LanguageArgs),
    /// Send photos to the service, and compare what it says of them with what is said here.
    #[cfg(feature = "client")]
    #[command(subcommand)]
    Upload(UploadCommand),
    /// Run a service for tests that answers as the real one is documented to.
    ///
    /// Pictures are judged as by `check`. It compares no faces and reads no documents: those answers are fixed, and marked as such. It
    /// listens on 127.0.0.1 alone, and one user may log in: demo with the password demo, or those of the variables
    /// `FACE_PRECHECK_STAND_IN_USERNAME` and `FACE_PRECHECK_STAND_IN_PASSWORD`.
    #[cfg(feature = "stand-in")]
    #[command(after_help = stand_in::HELP)]
    StandIn(StandInArgs),
    /// Print the completions of a shell.
    #[command(after_help = COMPLETIONS_HELP)]
    Completions {
        /// The shell.
        #[arg(value_enum)]
        shell: Shell,
    },
    /// Print a manual page, or write all of them.
    #[command(after_help = "Example: face-precheck man check | man -l -")]
    Man(ManArgs),
}

const CHECK_HELP: &str = "\
Exit codes: 0 all compliant, 1 some not, 2 trouble (a path that is not there, a broken profile, ...), 130 and 143 interrupted

Examples:
  face-precheck check selfie.jpg
  face-precheck check album/ --output report.jsonl --output report.csv --output sheet.html
  face-precheck check album/ --exclude thumbs/ --exclude '*.webp' --only-failed
  face-precheck check album/ --resume report.jsonl
  find album -newer yesterday -print0 | face-precheck check --files-from - --null
  face-precheck check --profile progeny-document passport.png
  face-precheck profile > mine.toml && face-precheck check --profile ./mine.toml album/
  face-precheck language > mine.toml && face-precheck check --language ./mine.toml album/";

const PREPARE_HELP: &str = "\
Written files keep the photos' places and names: album/2026/me.jpg of the folder album becomes DIR/2026/me.jpg. One that \
changes its format gets the new one's ending as well: me.webp becomes me.webp.jpg. Each is written under a hidden name \
and renamed when it is whole. Running it again after an interruption makes what is missing; files that are \
there already have to be the same. With --resume REPORT what is reported there, and in DIR, is not made again.

Exit codes: 0 uploads of all photos are in DIR, 1 some photos have none, 2 trouble (a path that is not there, a file in the way, ...), \
130 and 143 interrupted

Examples:
  face-precheck prepare selfie.webp --out uploads
  face-precheck prepare album/ --out uploads --resume uploads.jsonl";

const MERGE_HELP: &str = "\
Exit codes: as those of `check` and `prepare` for all photos in the reports

Examples:
  face-precheck merge part-*.jsonl > report.jsonl
  face-precheck merge part-*.jsonl --output report.csv --output sheet.html";

const COMPLETIONS_HELP: &str = "\
Examples:
  face-precheck completions bash > ~/.local/share/bash-completion/completions/face-precheck
  face-precheck completions zsh > ~/.zfunc/_face-precheck
  face-precheck completions fish > ~/.config/fish/completions/face-precheck.fish";

/// What photos are held against, and how people are told.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Demands")]
pub(crate) struct DemandArgs {
    /// The receiver's demands: progeny-selfie, progeny-document, or a TOML file [default: progeny-selfie].
    #[arg(long, value_name = "NAME|FILE")]
    pub(crate) profile: Option<PathBuf>,
    /// The language of the hints, which say what to do: en, de, or a TOML file. All else stays English [default: en].
    #[arg(long, value_name = "NAME|FILE")]
    pub(crate) language: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) settings: SettingsArgs,
}

/// Where settings are read from.
#[derive(Debug, clap::Args)]
pub(crate) struct SettingsArgs {
    /// Read settings from this file, not from face-precheck/config.toml in the user's folder for configuration. Files among the photos
    /// are never read.
    #[arg(long, value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,
    /// Read no settings from any file.
    #[arg(long, conflicts_with = "config")]
    pub(crate) no_config: bool,
}

/// Which files are looked at.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Photos")]
pub(crate) struct InputArgs {
    /// Photos, folders to search for photos (told by content; hidden files are left out), patterns (quoted: 'album/**/*.jpg'), or - for
    /// a photo on standard input.
    #[arg(required_unless_present = "files_from", value_name = "PATH", help_heading = "Arguments")]
    pub(crate) paths: Vec<PathBuf>,
    /// Look at the files and folders that this list names, one on each line; - is standard input.
    #[arg(long, value_name = "FILE")]
    pub(crate) files_from: Option<PathBuf>,
    /// The names in the list end with a zero byte, as those of `find -print0`.
    #[arg(short = '0', long, requires = "files_from")]
    pub(crate) null: bool,
    /// Leave out what matches, as a line of a .gitignore in each folder that is searched would: 'thumbs/', '*.webp', '!keep.webp'.
    #[arg(long, value_name = "GLOB")]
    pub(crate) exclude: Vec<String>,
    /// Leave out what matches a line of this file. No such file is looked for among the photos.
    #[arg(long, value_name = "FILE")]
    pub(crate) exclude_from: Vec<PathBuf>,
    /// Look at hidden files and into hidden folders, too.
    #[arg(short = 'H', long)]
    pub(crate) hidden: bool,
    /// Follow links to folders. Links to files are followed in any case.
    #[arg(short = 'L', long)]
    pub(crate) follow: bool,
    /// Look at one of N parts of the photos, the same on every machine: 1/N to N/N. `merge` joins the reports.
    #[arg(long, value_name = "I/N")]
    pub(crate) shard: Option<Shard>,
}

/// What becomes of the results.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Results")]
pub(crate) struct ResultArgs {
    /// How to print results on standard output [default: text, of merge jsonl; nothing with --output or --resume].
    #[arg(long, value_enum)]
    pub(crate) format: Option<Format>,
    /// Write results to a file, by its ending: .jsonl, .csv, .html (a contact sheet) or .txt. May be given several times.
    #[arg(long, value_name = "FILE")]
    pub(crate) output: Vec<PathBuf>,
    /// Leave out photos that pass, in all outputs.
    #[arg(long)]
    pub(crate) only_failed: bool,
    /// What a photo fails on: an error, or a warning as well [default: error].
    #[arg(long, value_enum, value_name = "SEVERITY")]
    pub(crate) fail_on: Option<FailOn>,
    /// No summary and no progress.
    #[arg(short, long)]
    pub(crate) quiet: bool,
    /// No progress. There is none where standard error is no terminal.
    #[arg(long)]
    pub(crate) no_progress: bool,
}

/// What `check` and `prepare` have in common.
#[derive(Debug, clap::Args)]
pub(crate) struct PhotoArgs {
    #[command(flatten)]
    pub(crate) input: InputArgs,
    #[command(flatten)]
    pub(crate) demands: DemandArgs,
    #[command(flatten)]
    pub(crate) results: ResultArgs,
    /// Go on with this report (JSON Lines): photos in it that have not changed are left out, others are added at its end. It is made if
    /// it is not there.
    #[arg(long, value_name = "REPORT", conflicts_with = "only_failed", help_heading = "Results")]
    pub(crate) resume: Option<PathBuf>,
    /// Rows in the order in which photos are finished, not in that of their names.
    #[arg(long, help_heading = "Results")]
    pub(crate) unordered: bool,
    /// How many photos are worked on at the same time [default: one for each core].
    #[arg(short, long, value_name = "N", help_heading = None::<&'static str>)]
    pub(crate) jobs: Option<NonZeroUsize>,
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
pub(crate) struct MergeArgs {
    /// Reports.
    #[arg(required = true, value_name = "REPORT")]
    pub(crate) reports: Vec<PathBuf>,
    #[command(flatten)]
    pub(crate) results: ResultArgs,
    #[command(flatten)]
    pub(crate) settings: SettingsArgs,
}

#[derive(Debug, clap::Args)]
pub(crate) struct AnnotateArgs {
    /// The photo, or - for standard input.
    #[arg(value_name = "PHOTO")]
    pub(crate) photo: PathBuf,
    /// The PNG file to write.
    #[arg(short, long, value_name = "PNG")]
    pub(crate) out: PathBuf,
    /// Draw on the photo reduced to this size, its longer side in pixels.
    #[arg(long, value_name = "PX", default_value_t = 1280, value_parser = clap::value_parser!(u32).range(64..=16384))]
    pub(crate) size: u32,
    /// Overwrite the file.
    #[arg(long)]
    pub(crate) force: bool,
    #[command(flatten)]
    pub(crate) demands: DemandArgs,
}

#[derive(Debug, clap::Args)]
pub(crate) struct ProbeArgs {
    /// Picture files, and folders to search for them.
    #[arg(required = true, value_name = "PATH")]
    pub(crate) paths: Vec<PathBuf>,
    /// How to print the results.
    #[arg(long, value_enum, default_value_t = ProbeFormat::Text)]
    pub(crate) format: ProbeFormat,
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

#[derive(Debug, clap::Args)]
pub(crate) struct ManArgs {
    /// The page of this command [default: of all of them together].
    #[arg(value_name = "COMMAND", conflicts_with = "out")]
    pub(crate) command: Option<String>,
    /// Write the pages of all commands to this folder.
    #[arg(long, value_name = "DIR")]
    pub(crate) out: Option<PathBuf>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// For people.
    Text,
    /// JSON Lines: one object a photo.
    Jsonl,
    /// A table: one line a photo.
    Csv,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum ProbeFormat {
    /// For people.
    Text,
    /// JSON Lines: one object a file.
    Jsonl,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum FailOn {
    /// Photos with errors fail.
    #[default]
    Error,
    /// Photos with errors or warnings fail.
    Warning,
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    #[test]
    fn the_command_line_is_consistent() {
        super::Args::command().debug_assert();
    }
}
