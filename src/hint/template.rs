//! A text with `{placeholders}`.

/// Checked when it is made: it has each of the placeholders on offer, and no other.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Template {
    /// What stands before a placeholder, and the placeholder.
    filled: Vec<(String, String)>,
    rest: String,
}

impl Template {
    pub(super) fn parse(text: &str, offered: &[&str]) -> Result<Self, String> {
        one_line(text)?;
        let mut filled = Vec::new();
        let mut rest = text;
        while let Some((before, after)) = rest.split_once('{') {
            let (name, after) = after.split_once('}').ok_or("a `{` without its `}`")?;
            if !offered.contains(&name) {
                let offered = if offered.is_empty() { "none".into() } else { listed(offered) };
                return Err(format!("placeholder `{{{name}}}`: there are {offered} here"));
            }
            filled.push((closed(before)?, name.to_owned()));
            rest = after;
        }
        let rest = closed(rest)?;
        if let Some(unused) = offered.iter().find(|offered| filled.iter().all(|(_, name)| name != *offered)) {
            return Err(format!("placeholder `{{{unused}}}` is not used"));
        }
        Ok(Self { filled, rest })
    }

    pub(super) fn fill(&self, filling: impl Fn(&str) -> Option<String>) -> String {
        let mut text = String::new();
        for (before, name) in &self.filled {
            text.push_str(before);
            text.push_str(&filling(name).unwrap_or_default());
        }
        text + &self.rest
    }
}

/// Refuses what would leave its line, or steer a terminal.
pub(super) fn one_line(text: &str) -> Result<(), String> {
    if text.trim().is_empty() {
        return Err("an empty text".into());
    }
    match text.chars().find(|character| character.is_control()) {
        Some(character) => Err(format!("a line break or another control character: {}", character.escape_unicode())),
        None => Ok(()),
    }
}

fn closed(text: &str) -> Result<String, String> {
    if text.contains('}') { Err("a `}` without its `{`".into()) } else { Ok(text.into()) }
}

fn listed(placeholders: &[&str]) -> String {
    placeholders.iter().map(|name| format!("`{{{name}}}`")).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn placeholders_are_filled_wherever_they_stand() {
        let filled = |text| Template::parse(text, &["a", "b"]).unwrap().fill(|name| Some(name.to_uppercase()));
        assert_eq!(filled("{a}{b}"), "AB");
        assert_eq!(filled("b {b}, a {a}, a again {a}."), "b B, a A, a again A.");
    }

    #[test]
    fn mistakes_are_refused_and_named() {
        for (text, said) in [
            ("{a} {c}", "`{c}`: there are `{a}`, `{b}`"),
            ("{a} {A} {b}", "`{A}`"),
            ("{a} { b}", "`{ b}`"),
            ("{a}", "`{b}` is not used"),
            ("{a} {b", "a `{` without"),
            ("{a} b}", "a `}` without"),
            ("{a} {b} }", "a `}` without"),
            ("{a} {b} {", "a `{` without"),
            ("{a} {{b}}", "`{{b}`"),
            ("", "empty"),
            ("  ", "empty"),
            ("{a}\n{b}", "line break"),
            ("\u{1b}[2J{a}{b}", "\\u{1b}"),
        ] {
            let error = Template::parse(text, &["a", "b"]).unwrap_err();
            assert!(error.contains(said), "{text}: {error}");
        }
        assert!(Template::parse("{a}", &[]).unwrap_err().contains("there are none here"));
    }
}
