//! Who logs in: from a file or the environment, never from arguments, which every process on the machine can read.

use std::fs;
use std::path::Path;

use serde::Deserialize;

use crate::Trouble;

const USERNAME: &str = "FACE_PRECHECK_USERNAME";
const PASSWORD: &str = "FACE_PRECHECK_PASSWORD";

/// A username and its password. No `Debug`: it is shown to nobody.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Credentials {
    pub(super) username: String,
    pub(super) password: String,
}

impl Credentials {
    pub(super) fn load(file: Option<&Path>) -> Result<Self, Trouble> {
        let Some(file) = file else {
            let variable = |name| {
                std::env::var(name)
                    .map_err(|_| format!("no credentials: {USERNAME} and {PASSWORD} are to hold them, or --credentials FILE"))
            };
            return Ok(Self { username: variable(USERNAME)?, password: variable(PASSWORD)? });
        };
        let shown = file.display();
        let text = fs::read_to_string(file).map_err(|error| format!("credentials {shown}: {error}"))?;
        // What the parser says of a line may repeat it.
        let credentials = toml::from_str(&text).map_err(|_| {
            format!("credentials {shown}: a TOML file of two lines is expected, `username = \"...\"` and `password = \"...\"`")
        })?;
        warn_if_others_may_read(file);
        Ok(credentials)
    }
}

#[cfg(unix)]
fn warn_if_others_may_read(file: &Path) {
    use std::os::unix::fs::PermissionsExt as _;
    if fs::metadata(file).is_ok_and(|metadata| metadata.permissions().mode() & 0o077 != 0) {
        let name = crate::output::text::name(file);
        anstream::eprintln!("face-precheck: others on this machine may read {name} (chmod 600 keeps it to you)");
    }
}

#[cfg(not(unix))]
const fn warn_if_others_may_read(_: &Path) {}
