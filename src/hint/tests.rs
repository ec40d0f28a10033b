//! Every message in every language, and translations that cannot be used.

use std::collections::BTreeSet;

use super::*;
use crate::header::Format;

fn languages() -> impl Iterator<Item = Language> {
    Language::BUILT_IN.iter().map(|name| Language::built_in(name).unwrap())
}

#[test]
fn built_in_languages_can_be_read() {
    for language in languages() {
        // What is embedded falls back to ids where it cannot be read; this does not.
        assert_eq!(Language::from_toml(&language.to_toml()).unwrap(), language);
    }
    assert!(languages().map(|language| language.name().to_owned()).eq(Language::BUILT_IN.iter().copied()));
    assert!(Language::built_in("nowhere").is_none());
}

#[test]
fn every_message_is_said_in_every_language_and_in_other_words() {
    let mut said = BTreeSet::new();
    for language in languages() {
        for message in Message::samples() {
            let hint = Hint::from(message).in_language(&language);
            let text = hint.to_string();
            assert!(!text.contains(['{', '}']) && text.ends_with('.') && text.contains(' '), "{}: {text}", hint.id());
            assert!(said.insert(text.clone()), "said of two messages or in two languages: {text}");
        }
    }
    assert_eq!(said.len(), Message::ALL.len() * Language::BUILT_IN.len());
}

#[test]
fn ids_are_kebab_case_and_one_for_each_message() {
    let ids: BTreeSet<_> = Message::samples().iter().map(Message::id).collect();
    assert_eq!(ids.len(), Message::ALL.len());
    assert!(ids.iter().all(|id| id.chars().all(|character| character.is_ascii_lowercase() || character == '-')), "{ids:?}");
}

#[test]
fn a_hint_starts_in_english_and_comes_back_to_it() {
    let hint = Hint::from(Message::MoveCloser);
    assert_eq!((hint.id(), hint.text()), ("move-closer", "Move closer to the camera."));
    let german = hint.in_language(&Language::german());
    assert_eq!((german.id(), german.text()), ("move-closer", "Gehen Sie näher an die Kamera heran."));
    assert_ne!(german, hint);
    assert_eq!(german.in_language(&Language::english()), hint);
}

#[test]
fn lists_and_numbers_are_written_as_people_would() {
    use Border::{Bottom, Left, Top};
    let say = |message: Message| languages().map(|language| language.text(&message)).collect::<Vec<_>>();
    for (borders, english, german) in [
        (vec![Left], "the picture's left border.", "am linken Bildrand abgeschnitten."),
        (vec![Left, Top], "the picture's left and top borders.", "am linken und oberen Bildrand abgeschnitten."),
        (vec![Left, Top, Bottom], "the picture's left, top and bottom borders.", "am linken, oberen und unteren Bildrand"),
    ] {
        let said = say(Message::ShowWholeFace { borders });
        assert!(said[0].ends_with(english) && said[1].contains(german), "{said:?}");
    }
    let said = say(Message::SaveAs { formats: vec![Format::Jpeg, Format::Png, Format::WebP] });
    assert_eq!(said, ["Save the picture as JPEG, PNG or WebP.", "Speichern Sie das Bild als JPEG, PNG oder WebP."]);
    let said = say(Message::HeightRecommended { pixels: 1080.5 });
    assert!(said[0].contains(" 1080.5 px") && said[1].contains(" 1080,5 px"), "{said:?}");
    assert!(say(Message::HeightRecommended { pixels: 1080.0 })[0].contains(" 1080 px"));
}

/// English with a line changed.
fn changed(from: &str, to: &str) -> String {
    let english = Language::english().to_toml();
    assert_eq!(english.matches(from).count(), 1, "{from}");
    english.replace(from, to)
}

#[test]
fn a_translation_is_said_as_it_is_written() {
    let file = changed("language = \"en\"", "language = \"pt-BR\"")
        .replace("\"Save the picture as {formats}.\"", "\"{formats}: {formats}!\"")
        .replace("or = \" or \"", "or = \" ou \"");
    let language = Language::from_toml(&file).unwrap();
    assert_eq!(language.name(), "pt-BR");
    assert_eq!(language.to_toml(), file);
    let hint = Hint::from(Message::SaveAs { formats: vec![Format::Jpeg, Format::Png] });
    assert_eq!(hint.in_language(&language).text(), "JPEG ou PNG: JPEG ou PNG!");
}

#[test]
fn translations_that_cannot_be_used_are_refused_by_name() {
    const CLOSER: &str = "move-closer = \"Move closer to the camera.\"";
    for (from, to, said) in [
        (CLOSER, "", "hints: not there: move-closer"),
        (CLOSER, "move-closer = \"A.\"\nmove-nearer = \"B.\"", "hints: not known: move-nearer"),
        (CLOSER, "move-closer = \"\"", "hints.move-closer: an empty text"),
        (CLOSER, "move-closer = \"By {pixels}.\"", "hints.move-closer: placeholder `{pixels}`: there are none here"),
        (CLOSER, "move-closer = \"Move {closer.\"", "hints.move-closer: a `{`"),
        (CLOSER, "move-closer = \"Move closer}.\"", "hints.move-closer: a `}`"),
        (CLOSER, "move-closer = \"A\\nB\"", "hints.move-closer: a line break"),
        (CLOSER, "move-closer = \"\\u001b[2J\"", "hints.move-closer: a line break or another control character"),
        (CLOSER, "move-closer = 3", "move-closer"),
        (CLOSER, "move-closer = \"A.\"\nmove-closer = \"B.\"", "duplicate key"),
        ("as {formats}.", "as {format}.", "hints.save-as: placeholder `{format}`: there are `{formats}` here"),
        ("as {formats}.", "as JPEG.", "hints.save-as: placeholder `{formats}` is not used"),
        ("{names} border\"", "border\"", "placeholder `{names}` is not used"),
        ("{names} borders\"", "{names} {borders}\"", "more-borders"),
        ("left = \"left\"\n", "", "missing field `left`"),
        ("left = \"left\"\n", "left = \"left\"\nmiddle = \"middle\"\n", "unknown field `middle`"),
        ("left = \"left\"\n", "left = \" \"\n", "an empty text"),
        ("language = \"en\"", "", "missing field `language`"),
        ("language = \"en\"", "language = \"\"", "language: takes a tag"),
        ("language = \"en\"", "language = \"plain English\"", "language: takes a tag"),
        ("language = \"en\"", "language = ", "TOML"),
        ("language = \"en\"", "language = \"en\"\nauthor = \"me\"", "unknown field `author`"),
    ] {
        let error = Language::from_toml(&changed(from, to)).unwrap_err();
        assert_eq!(error.kind(), "language");
        let error = error.to_string();
        assert!(error.starts_with("language: ") && error.contains(said), "{to}: {error}");
    }
}
