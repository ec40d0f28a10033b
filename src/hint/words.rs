//! What texts are filled in with, in the words of a language.

use serde::Deserialize;

use super::template::{Template, one_line};
use crate::header::Format;

/// A border of the picture.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Border {
    Left,
    Top,
    Right,
    Bottom,
}

/// The table `[words]` of a language.
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct Words {
    /// Between all of a list but its last two.
    comma: Word,
    and: Word,
    or: Word,
    decimal_mark: Word,
    left: Word,
    top: Word,
    right: Word,
    bottom: Word,
    one_border: OfBorders,
    /// Two to four: no language here has to tell these numbers apart.
    more_borders: OfBorders,
}

#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize)]
#[serde(try_from = "String")]
struct Word(String);

impl TryFrom<String> for Word {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        one_line(&text).map(|()| Self(text))
    }
}

/// A text about `{names}` of borders.
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize)]
#[serde(try_from = "String")]
struct OfBorders(Template);

impl TryFrom<String> for OfBorders {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        Template::parse(&text, &["names"]).map(Self)
    }
}

impl Words {
    fn list(&self, items: &[&str], last: &Word) -> String {
        match items {
            [all @ .., end] if !all.is_empty() => format!("{}{}{end}", all.join(&self.comma.0), last.0),
            items => items.concat(),
        }
    }
}

/// Something that a text can be filled in with.
pub(super) trait Say {
    fn say(&self, words: &Words) -> String;
}

/// To choose from.
impl Say for Vec<Format> {
    fn say(&self, words: &Words) -> String {
        let names: Vec<_> = self.iter().map(|format| format.name()).collect();
        words.list(&names, &words.or)
    }
}

/// All of them.
impl Say for Vec<Border> {
    fn say(&self, words: &Words) -> String {
        let name = |border: &Border| match border {
            Border::Left => words.left.0.as_str(),
            Border::Top => &words.top.0,
            Border::Right => &words.right.0,
            Border::Bottom => &words.bottom.0,
        };
        let names: Vec<_> = self.iter().map(name).collect();
        let OfBorders(text) = if names.len() > 1 { &words.more_borders } else { &words.one_border };
        text.fill(|_| Some(words.list(&names, &words.and)))
    }
}

impl Say for f64 {
    fn say(&self, words: &Words) -> String {
        self.to_string().replace('.', &words.decimal_mark.0)
    }
}

/// Something to fill texts in with in tests, with all that a language has a word for.
#[cfg(test)]
pub(super) trait Sample {
    fn sample() -> Self;
}

#[cfg(test)]
impl Sample for Vec<Format> {
    fn sample() -> Self {
        vec![Format::Jpeg, Format::Png, Format::WebP]
    }
}

#[cfg(test)]
impl Sample for Vec<Border> {
    fn sample() -> Self {
        vec![Border::Left, Border::Top, Border::Right, Border::Bottom]
    }
}

#[cfg(test)]
impl Sample for f64 {
    fn sample() -> Self {
        1080.5
    }
}
