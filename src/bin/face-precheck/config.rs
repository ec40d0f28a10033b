//! Settings from a file: the user's own, or one that is named. What lies among photos is never read as settings, since a folder from
//! somewhere must not loosen the verdict on itself.

use std::fs;
use std::io;
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};

use etcetera::BaseStrategy as _;
use face_precheck::{Language, Profile};
use serde::Deserialize;

use crate::Trouble;
use crate::args::{DemandArgs, FailOn, SettingsArgs};
use crate::commands::{language, profile};

/// Below the user's folder for configuration.
const FILE: &str = "face-precheck/config.toml";

/// What the command line leaves open.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct Config {
    profile: Option<PathBuf>,
    language: Option<PathBuf>,
    pub(crate) jobs: Option<NonZeroUsize>,
    pub(crate) fail_on: Option<FailOn>,
    #[serde(default)]
    pub(crate) exclude: Vec<String>,
    /// Where they come from.
    #[serde(skip)]
    file: Option<PathBuf>,
}

/// The profile in force, and where it comes from.
#[derive(Debug)]
pub(crate) struct InForce {
    pub(crate) profile: Profile,
    pub(crate) source: String,
}

impl Config {
    pub(crate) fn load(args: &SettingsArgs) -> Result<Self, Trouble> {
        if args.no_config {
            return Ok(Self::default());
        }
        let named = args.config.is_some();
        let users = || Some(etcetera::choose_base_strategy().ok()?.config_dir().join(FILE));
        let Some(file) = args.config.clone().or_else(users) else { return Ok(Self::default()) };
        let text = match fs::read_to_string(&file) {
            Err(error) if !named && error.kind() == io::ErrorKind::NotFound => return Ok(Self::default()),
            result => result.map_err(|error| format!("settings {}: {error}", file.display()))?,
        };
        let config: Self = toml::from_str(&text).map_err(|error| format!("settings {}: {error}", file.display()))?;
        Ok(Self { file: Some(file), ..config })
    }

    /// The command line's profile, else the settings', else the default one.
    pub(crate) fn profile(&self, args: &DemandArgs) -> Result<InForce, Trouble> {
        let name_or_file = self.resolved(args.profile.as_ref(), self.profile.as_ref(), "progeny-selfie");
        let profile = profile::load(&name_or_file)?;
        let source = if name_or_file.to_str().and_then(Profile::preset).is_some() {
            "built in".to_owned()
        } else {
            name_or_file.display().to_string()
        };
        let by_settings = self.file.as_ref().filter(|_| args.profile.is_none() && self.profile.is_some());
        let source = by_settings.map_or_else(|| source.clone(), |file| format!("{source}, by {}", file.display()));
        Ok(InForce { profile, source })
    }

    pub(crate) fn language(&self, args: &DemandArgs) -> Result<Language, Trouble> {
        language::load(&self.resolved(args.language.as_ref(), self.language.as_ref(), "en"))
    }

    /// What is named in settings lies beside them, unless it is built in.
    fn resolved(&self, argument: Option<&PathBuf>, setting: Option<&PathBuf>, default: &str) -> PathBuf {
        let beside = |name: &PathBuf| {
            let is_built_in =
                name.to_str().is_some_and(|name| Profile::preset(name).is_some() || Language::built_in(name).is_some());
            let folder = self.file.as_deref().and_then(Path::parent);
            folder.filter(|_| !is_built_in).map_or_else(|| name.clone(), |folder| folder.join(name))
        };
        argument.cloned().or_else(|| setting.map(beside)).unwrap_or_else(|| default.into())
    }
}
