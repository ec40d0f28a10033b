//! The arguments of `upload`.

use std::path::PathBuf;

use clap::Subcommand;
use face_precheck::Call;

use super::{DemandArgs, ProbeFormat};

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

const TASK_HELP: &str = "\
Exit codes: as those of `register`

Example: face-precheck upload task d3da2b7a-b062-11ec-b3b9-0242ac190002 --server https://be.progeny.tech/api/v3";

const REGISTER_HELP: &str = "\
Username and password are read from the environment, FACE_PRECHECK_USERNAME and FACE_PRECHECK_PASSWORD, or from the file of \
--credentials. A proxy is taken from HTTPS_PROXY.

Exit codes: 0 registered (with --dry-run: fit to be), 1 the photo does not pass, and nothing was sent, 2 trouble (no connection, \
wrong credentials, ...), 3 the service refuses it, 4 it was sent, and nobody here knows what became of it

Examples:
  face-precheck upload register selfie.jpg --server https://be.progeny.tech/api/v3
  face-precheck upload register selfie.jpg --server http://127.0.0.1:8080/api/v3 --dry-run
  face-precheck upload register selfie.jpg --server URL --credentials ~/.config/service.toml --log-agreement agreement.jsonl";

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

#[derive(Debug, clap::Args)]
pub(crate) struct CompareArgs {
    /// Logs.
    #[arg(required = true, value_name = "LOG")]
    pub(crate) logs: Vec<PathBuf>,
}

fn path(text: &str) -> Result<(Call, String), String> {
    let (call, path) = text.split_once('=').ok_or("CALL=PATH is expected")?;
    Ok((call.parse()?, path.to_owned()))
}
