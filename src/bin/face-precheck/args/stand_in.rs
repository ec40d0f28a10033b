//! The arguments of `stand-in`.

use std::path::PathBuf;

use clap::builder::{PossibleValuesParser, TypedValueParser};
use face_precheck::stand_in::Fault;

pub(super) const HELP: &str = "\
Exit codes: 2 trouble (the port is taken, DIR is in use, ...), 130 and 143 stopped by Ctrl-C or by the system

Examples:
  face-precheck stand-in
  face-precheck stand-in --port 0 --data faces/ --verbose
  face-precheck stand-in --fail-rate 0.2 --fault drop-after --fault error --seed 7
  curl -F username=demo -F password=demo http://127.0.0.1:8080/api/v3/accounts/token/obtain/";

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

fn probability(text: &str) -> Result<f64, String> {
    let number = text.parse().ok().filter(|number| (0.0..=1.0).contains(number));
    number.ok_or_else(|| "a number from 0 to 1 is expected".to_owned())
}

/// Named one by one, so that help and completions list them.
fn faults() -> impl TypedValueParser<Value = Fault> {
    PossibleValuesParser::new(Fault::ALL.iter().map(|fault| fault.id())).try_map(|id| id.parse())
}
