//! What to do about a finding or an unreadable file, in words for the person in the picture: a message with what it needs to know, said in a
//! [`Language`].

mod language;
mod message;
mod template;
mod words;

use std::fmt;

pub use language::Language;
pub(crate) use message::Message;
pub(crate) use words::Border;

/// What to do about a [`Finding`](crate::Finding) or an [`Error`](crate::Error), for the person in the picture: one message, said in English
/// unless it was brought into another [`Language`].
///
/// `Display` is its text. Left and right are that person's own, unless the picture's are named.
///
/// ```
/// use face_precheck::{Engine, Language, Profile};
///
/// let error = Engine::lazy().check(b"%PDF-1.7", &Profile::default()).unwrap_err();
/// let hint = error.hint().ok_or("none")?;
/// assert_eq!(hint.id(), hint.in_language(&Language::german()).id());
/// assert_ne!(hint.text(), hint.in_language(&Language::german()).text());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Hint {
    message: Message,
    text: String,
}

impl Hint {
    /// The message's name, the same in every language: `move-closer`, `turn-left`, ... It is the key in a language's table.
    #[must_use]
    pub const fn id(&self) -> &'static str {
        self.message.id()
    }

    /// One sentence or two, on one line.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The same message in another language.
    #[must_use]
    pub fn in_language(&self, language: &Language) -> Self {
        Self { message: self.message.clone(), text: language.text(&self.message) }
    }
}

impl From<Message> for Hint {
    fn from(message: Message) -> Self {
        let text = language::ENGLISH.text(&message);
        Self { message, text }
    }
}

impl fmt::Display for Hint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.text)
    }
}

#[cfg(test)]
mod tests;
