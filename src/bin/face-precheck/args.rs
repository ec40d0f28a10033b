//! The command line.

use std::num::NonZeroUsize;
use std::path::PathBuf;

#[cfg(feature = "stand-in")]
use clap::builder::{PossibleValuesParser, TypedValueParser};
use clap::{Parser, Subcommand, ValueEnum};
use clap_complete::Shell;
#[cfg(feature = "client")]
use face_precheck::Call;
#[cfg(feature = "stand-in")]
use face_precheck::stand_in::Fault;
use serde::Deserialize;

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
    #[command(after_help = STAND_IN_HELP)]
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

#[cfg(feature = "client")]
#[derive(Debug, Subcommand)]
pub(crate) enum UploadCommand {
    /// Register the face on a photo: check it, make an upload, send it, wait, and print what the service says.
    ///
    /// A photo of which no upload can be made is reported as by `check`, and nothing is sent.
    #[command(after_help = REGISTER_HELP)]
    Register(Box<RegisterArgs>),
    /// Ask again for a registration of which nobody here knew what became of it.
    #[command(after_help = TASK_HELP)]
    Task(TaskArgs),
    /// Count how often what was said here is what the service said, in logs of `register --log-agreement`.
    #[command(after_help = "Exit codes: 0 the logs were read, 2 trouble")]
    Compare(CompareArgs),
}

#[cfg(feature = "client")]
const TASK_HELP: &str = "\
Exit codes: as those of `register`

Example: face-precheck upload task d3da2b7a-b062-11ec-b3b9-0242ac190002 --server https://be.progeny.tech/api/v3";

#[cfg(feature = "client")]
const REGISTER_HELP: &str = "\
Username and password are read from the environment, FACE_PRECHECK_USERNAME and FACE_PRECHECK_PASSWORD, or from the file of \
--credentials. A proxy is taken from HTTPS_PROXY.

Exit codes: 0 registered (with --dry-run: fit to be), 1 the photo does not pass, and nothing was sent, 2 trouble (no connection, \
wrong credentials, ...), 3 the service refuses it, 4 it was sent, and nobody here knows what became of it

Examples:
  face-precheck upload register selfie.jpg --server https://be.progeny.tech/api/v3
  face-precheck upload register selfie.jpg --server http://127.0.0.1:8080/api/v3 --dry-run
  face-precheck upload register selfie.jpg --server URL --credentials ~/.config/service.toml --log-agreement agreement.jsonl";

#[cfg(feature = "client")]
#[derive(Debug, clap::Args)]
pub(crate) struct RegisterArgs {
    /// The photo, or - for standard input.
    #[arg(value_name = "PHOTO")]
    pub(crate) photo: PathBuf,
    #[command(flatten)]
    pub(crate) service: ServiceArgs,
    /// Check and prepare, and say what would be sent. Needs no credentials and no network.
    #[arg(long)]
    pub(crate) dry_run: bool,
    /// Add a line (JSON) with what was said here and what the service said to this file.
    #[arg(long, value_name = "FILE")]
    pub(crate) log_agreement: Option<PathBuf>,
    /// How to print the result.
    #[arg(long, value_enum, default_value_t = ProbeFormat::Text)]
    pub(crate) format: ProbeFormat,
    #[command(flatten)]
    pub(crate) demands: DemandArgs,
}

/// Where the service is, and who calls it.
#[cfg(feature = "client")]
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Service")]
pub(crate) struct ServiceArgs {
    /// The service's base URL. It has to be https, unless it is on this machine.
    #[arg(long, value_name = "URL")]
    pub(crate) server: String,
    /// A TOML file with `username` and `password`, in place of the environment.
    #[arg(long, value_name = "FILE")]
    pub(crate) credentials: Option<PathBuf>,
    /// How long to wait for what the service makes of a photo.
    #[arg(long, value_name = "SECONDS", default_value_t = 120)]
    pub(crate) deadline: u64,
    /// Where the service has a call, if elsewhere than documented: `register_face=/services/register_face`. May be given several times.
    #[arg(long, value_name = "CALL=PATH", value_parser = path)]
    pub(crate) path: Vec<(Call, String)>,
    /// Trust these root certificates (PEM) instead of Mozilla's.
    #[arg(long, value_name = "FILE")]
    pub(crate) root_certificates: Option<PathBuf>,
}

#[cfg(feature = "client")]
#[derive(Debug, clap::Args)]
pub(crate) struct TaskArgs {
    /// The task's id, as `register` says it.
    #[arg(value_name = "ID")]
    pub(crate) id: String,
    /// The language of the hints, which say what to do: en, de, or a TOML file.
    #[arg(long, value_name = "NAME|FILE", default_value = "en")]
    pub(crate) language: PathBuf,
    /// How to print the result.
    #[arg(long, value_enum, default_value_t = ProbeFormat::Text)]
    pub(crate) format: ProbeFormat,
    #[command(flatten)]
    pub(crate) service: ServiceArgs,
}

#[cfg(feature = "client")]
#[derive(Debug, clap::Args)]
pub(crate) struct CompareArgs {
    /// Logs.
    #[arg(required = true, value_name = "LOG")]
    pub(crate) logs: Vec<PathBuf>,
}

#[cfg(feature = "client")]
fn path(text: &str) -> Result<(Call, String), String> {
    let (call, path) = text.split_once('=').ok_or("CALL=PATH is expected")?;
    Ok((call.parse()?, path.to_owned()))
}

#[cfg(feature = "stand-in")]
const STAND_IN_HELP: &str = "\
Exit codes: 2 trouble (the port is taken, DIR is in use, ...), 130 and 143 stopped by Ctrl-C or by the system

Examples:
  face-precheck stand-in
  face-precheck stand-in --port 0 --data faces/ --verbose
  face-precheck stand-in --fail-rate 0.2 --fault drop-after --fault error --seed 7
  curl -F username=demo -F password=demo http://127.0.0.1:8080/api/v3/accounts/token/obtain/";

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

#[cfg(feature = "stand-in")]
#[derive(Debug, clap::Args)]
pub(crate) struct StandInArgs {
    /// The port to listen on; 0 is any that is free.
    #[arg(long, value_name = "N", default_value_t = 8080)]
    pub(crate) port: u16,
    /// Keep faces, tasks and keys in this folder; made if it is not there. Otherwise they are gone with the process.
    #[arg(long, value_name = "DIR")]
    pub(crate) data: Option<PathBuf>,
    /// The file with the fixed answers, as JSON: `{"ocr_passport": {"document": {...}}, "face_liveness": {"refused": {"code": "SPOOF",
    /// "message": "..."}}, ...}`.
    #[arg(long, value_name = "FILE")]
    pub(crate) answers: Option<PathBuf>,
    /// What is demanded of selfies: more than the service documents, say, to have photos refused that a check lets pass.
    #[arg(long, value_name = "NAME|FILE", default_value = "progeny-selfie")]
    pub(crate) profile: PathBuf,
    /// How long a task takes at least, in milliseconds.
    #[arg(long, value_name = "MS", default_value_t = 200)]
    pub(crate) task_time: u64,
    /// How long an access token is good, in seconds.
    #[arg(long, value_name = "SECONDS", default_value_t = 300)]
    pub(crate) access_lifetime: u64,
    /// A refresh token is good once, not until it expires.
    #[arg(long)]
    pub(crate) single_use_refresh: bool,
    /// Say on standard error what was asked and answered: a line for each request, without anything secret.
    #[arg(short, long)]
    pub(crate) verbose: bool,
    /// The probability that a request goes wrong on purpose, 0 to 1.
    #[arg(long, value_name = "P", default_value_t = 0.0, value_parser = probability, help_heading = "Faults")]
    pub(crate) fail_rate: f64,
    /// How requests go wrong. May be given several times [default: all of them].
    #[arg(long, value_name = "KIND", requires = "fail_rate", value_parser = faults(), help_heading = "Faults")]
    pub(crate) fault: Vec<Fault>,
    /// How much longer an answer takes on average, in milliseconds: from nothing to twice this.
    #[arg(long, value_name = "MS", default_value_t = 0, help_heading = "Faults")]
    pub(crate) latency: u64,
    /// Which requests go wrong: the same ones for the same number, if they come in the same order.
    #[arg(long, value_name = "N", default_value_t = 0, help_heading = "Faults")]
    pub(crate) seed: u64,
}

#[cfg(feature = "stand-in")]
fn probability(text: &str) -> Result<f64, String> {
    let number = text.parse().ok().filter(|number| (0.0..=1.0).contains(number));
    number.ok_or_else(|| "a number from 0 to 1 is expected".to_owned())
}

/// Named one by one, so that help and completions list them.
#[cfg(feature = "stand-in")]
fn faults() -> impl TypedValueParser<Value = Fault> {
    PossibleValuesParser::new(Fault::ALL.iter().map(|fault| fault.id())).try_map(|id| id.parse())
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
