//! `face-precheck profile`, and finding the profile that an option names.

use std::io::Write;
use std::path::Path;

use face_precheck::Profile;

use crate::Trouble;
use crate::args::ProfileArgs;
use crate::exit::Exit;

/// The default profile with the reasons for its numbers.
const PROGENY_SELFIE: &str = include_str!("../../../profile/progeny-selfie.toml");
const PROGENY_DOCUMENT: &str = include_str!("../../../profile/progeny-document.toml");

pub(crate) fn run(args: &ProfileArgs) -> Result<Exit, Trouble> {
    let text = match args.profile.to_str() {
        Some("progeny-selfie") => PROGENY_SELFIE.to_owned(),
        Some("progeny-document") => PROGENY_DOCUMENT.to_owned(),
        _ => load(&args.profile)?.to_toml(),
    };
    crate::output::text::tolerate_broken_pipe(std::io::stdout().write_all(text.as_bytes()))?;
    Ok(Exit::AllCompliant)
}

/// A built-in profile by its name, or else a file.
pub(crate) fn load(name_or_file: &Path) -> Result<Profile, Trouble> {
    if let Some(profile) = name_or_file.to_str().and_then(Profile::preset) {
        return Ok(profile);
    }
    let shown = name_or_file.display();
    let text = std::fs::read_to_string(name_or_file)
        .map_err(|error| format!("profile {shown}: {error} (the built-in ones are {})", Profile::PRESETS.join(", ")))?;
    Ok(Profile::from_toml(&text).map_err(|error| format!("{shown}: {error}"))?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_printed_profiles_are_the_built_in_ones() {
        assert_eq!(Profile::from_toml(PROGENY_SELFIE).unwrap(), Profile::progeny_selfie());
        assert_eq!(Profile::from_toml(PROGENY_DOCUMENT).unwrap(), Profile::progeny_document());
    }
}
