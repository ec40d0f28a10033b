//! Languages as TOML files: a text for every message.

use std::collections::BTreeMap;
use std::sync::{Arc, LazyLock};

use serde::Deserialize;

use super::message::Message;
use super::template::Template;
use super::words::Words;
use crate::error::{Error, Result};

/// What findings speak until they are told otherwise.
pub(super) static ENGLISH: LazyLock<Language> = LazyLock::new(|| Language::embedded(include_str!("en.toml")));
static GERMAN: LazyLock<Language> = LazyLock::new(|| Language::embedded(include_str!("de.toml")));

/// A text for every [`Hint`](crate::Hint), in one language. A clone shares the texts.
///
/// Only hints are translated: the names of rules, causes and codes are the same everywhere.
///
/// ```
/// use face_precheck::{Engine, Language, Profile};
///
/// let photo = std::fs::read("fixtures/photos/no_face/books.jpg")?;
/// let report = Engine::lazy().check(&photo, &Profile::progeny_selfie())?.in_language(&Language::german());
/// assert!(report.findings().iter().any(|finding| finding.hint.text().contains("Gesicht")));
///
/// // A translation of your own: the file of a built-in language with other texts.
/// let own = Language::english().to_toml().replace("en", "xx");
/// assert!(Language::from_toml(&own).is_err(), "keys were renamed, too: it says which");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Language(Arc<Texts>);

#[derive(Debug, PartialEq, Eq, Default)]
struct Texts {
    name: String,
    words: Words,
    hints: BTreeMap<&'static str, Template>,
    /// The file, comments and all.
    source: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    language: String,
    words: Words,
    hints: BTreeMap<String, String>,
}

impl Language {
    /// The names of the built-in languages.
    pub const BUILT_IN: &'static [&'static str] = &["en", "de"];

    /// English, which hints are in to begin with.
    #[must_use]
    pub fn english() -> Self {
        ENGLISH.clone()
    }

    /// German; it addresses people as "Sie".
    #[must_use]
    pub fn german() -> Self {
        GERMAN.clone()
    }

    /// The built-in language of this name.
    #[must_use]
    pub fn built_in(name: &str) -> Option<Self> {
        match name {
            "en" => Some(Self::english()),
            "de" => Some(Self::german()),
            _ => None,
        }
    }

    /// Reads a translation: the file that [`Language::to_toml`] of a built-in language writes, with other texts.
    ///
    /// Under `[hints]` it has a text for every message, each on one line and with the placeholders that its English has; under `[words]` what
    /// placeholders are filled in with.
    ///
    /// # Errors
    /// [`Error::Language`] if the file is not TOML, a text or word is missing, empty or not known here, or has other placeholders or
    /// braces than it should. It names the text.
    pub fn from_toml(text: &str) -> Result<Self> {
        read(text).map(|texts| Self(Arc::new(texts))).map_err(Error::Language)
    }

    /// The file that it was read from, comments and all: of a built-in language, the table to translate.
    #[must_use]
    pub fn to_toml(&self) -> String {
        self.0.source.clone()
    }

    /// What the file calls the language: `en`, `de`.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.0.name
    }

    pub(super) fn text(&self, message: &Message) -> String {
        let Texts { words, hints, .. } = &*self.0;
        // Every message has a text, or the language would have been refused.
        hints.get(message.id()).map_or_else(|| message.id().into(), |text| text.fill(|name| message.filling(name, words)))
    }

    /// Tests hold that these can be read; were one broken after all, hints would be their ids.
    fn embedded(text: &str) -> Self {
        Self(Arc::new(read(text).unwrap_or_default()))
    }
}

fn read(text: &str) -> Result<Texts, String> {
    let File { language, words, mut hints } = toml::from_str(text).map_err(|error| error.to_string().trim_end().to_owned())?;
    if language.is_empty() || !language.chars().all(|character| character.is_ascii_alphanumeric() || character == '-') {
        return Err("language: takes a tag of letters, digits and hyphens, such as `en` or `pt-BR`".into());
    }
    let mut parsed = BTreeMap::new();
    let mut missing = Vec::new();
    for &(id, placeholders) in Message::ALL {
        match hints.remove(id) {
            Some(text) => {
                let text = Template::parse(&text, placeholders).map_err(|error| format!("hints.{id}: {error}"))?;
                parsed.insert(id, text);
            }
            None => missing.push(id),
        }
    }
    let unknown: Vec<_> = hints.keys().map(String::as_str).collect();
    let wrong = [("not there", missing), ("not known", unknown)].into_iter().filter(|(_, ids)| !ids.is_empty());
    let wrong: Vec<_> = wrong.map(|(what, ids)| format!("{what}: {}", ids.join(", "))).collect();
    if !wrong.is_empty() {
        return Err(format!("hints: {}", wrong.join("; ")));
    }
    Ok(Texts { name: language, words, hints: parsed, source: text.into() })
}
