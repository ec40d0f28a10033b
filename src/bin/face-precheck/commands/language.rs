//! `face-precheck language`, and finding the language that an option names.

use std::io::Write;
use std::path::Path;

use face_precheck::Language;

use crate::Trouble;
use crate::args::LanguageArgs;
use crate::exit::Exit;

pub(crate) fn run(args: &LanguageArgs) -> Result<Exit, Trouble> {
    let text = load(&args.language)?.to_toml();
    crate::output::text::tolerate_broken_pipe(std::io::stdout().write_all(text.as_bytes()))?;
    Ok(Exit::AllCompliant)
}

/// A built-in language by its name, or else a file.
pub(crate) fn load(name_or_file: &Path) -> Result<Language, Trouble> {
    if let Some(language) = name_or_file.to_str().and_then(Language::built_in) {
        return Ok(language);
    }
    let shown = name_or_file.display();
    let text = std::fs::read_to_string(name_or_file)
        .map_err(|error| format!("language {shown}: {error} (the built-in ones are {})", Language::BUILT_IN.join(", ")))?;
    Ok(Language::from_toml(&text).map_err(|error| format!("{shown}: {error}"))?)
}
