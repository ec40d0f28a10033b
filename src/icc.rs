//! Opening ICC profiles that nobody vouches for.

use moxcms::{ColorProfile, ProfileText};

use crate::container::bytes::Bytes;
use crate::isolate::isolated;

/// Profiles larger than this are not opened; CMYK ones of print shops reach 2 MB.
const LARGEST: usize = 4 << 20;

/// Real profiles have under thirty tags. Each is parsed, and thousands may share one large table.
const MOST_TAGS: usize = 100;

/// Bytes that all tags have, those that several share as often as they do: real profiles share curves, which are small, and at times a
/// table of two megabytes at the most between two or three.
const MOST_TAGGED: usize = 2 * LARGEST;

/// Bytes that all texts have, those that several translations share as often as they do. The largest that real profiles have are what
/// was measured to make them, some hundred kilobytes.
const MOST_TEXT: usize = 2 << 20;

/// What a translation takes besides its text.
const TRANSLATION: usize = 128;

/// The header, and the number of tags behind it.
const HEADER: usize = 128;

/// The profile, if it can be read without undue work.
pub(crate) fn open(profile: &[u8]) -> Option<ColorProfile> {
    if profile.len() > LARGEST || !is_modest(profile)? {
        return None;
    }
    isolated(|| ColorProfile::new_from_slice(profile).ok())?
}

/// Whether what its tags point to stays in proportion; `None` if it ends before they do.
fn is_modest(profile: &[u8]) -> Option<bool> {
    let mut tags = Bytes::new(profile.get(HEADER..)?);
    let count = tags.u32_be()? as usize;
    if count > MOST_TAGS {
        return Some(false);
    }
    let (mut tagged, mut text) = (0usize, 0usize);
    for _ in 0..count {
        let (_name, offset, length) = (tags.tag()?, tags.u32_be()? as usize, tags.u32_be()? as usize);
        tagged = tagged.saturating_add(length);
        let data = profile.get(offset..).and_then(|data| data.get(..length)).unwrap_or_default();
        if data.starts_with(b"text") || data.starts_with(b"desc") {
            text = text.saturating_add(length);
        } else if data.starts_with(b"mluc") {
            text = text.saturating_add(translated(data));
        }
    }
    Some(tagged <= MOST_TAGGED && text <= MOST_TEXT)
}

/// Bytes of a text in all languages.
fn translated(text: &[u8]) -> usize {
    let mut bytes = Bytes::new(text);
    bytes.take(8);
    // The first one is read even where there is said to be none.
    let count = (bytes.u32_be().unwrap_or_default() as usize).max(1);
    // The length of a record, which is taken for twelve.
    bytes.u32_be();
    let lengths = std::iter::from_fn(|| {
        bytes.take(4)?;
        let length = bytes.u32_be()?;
        bytes.take(4)?;
        Some(length as usize)
    });
    lengths.take(count).fold(0, |total, length| total.saturating_add(length).saturating_add(TRANSLATION))
}

/// Code points of ISO/IEC 23091-2 that matter here: a colour space of phones, and two ways to code light for bright displays.
pub(crate) const DISPLAY_P3: u8 = 12;
pub(crate) const PQ: u8 = 16;
pub(crate) const HLG: u8 = 18;

/// A profile of Display P3, for pictures that name it without one.
pub(crate) fn display_p3() -> Option<Vec<u8>> {
    ColorProfile::new_display_p3().encode().ok()
}

/// The name that the profile gives itself, `unnamed` if it gives none or cannot be read.
pub(crate) fn name(profile: &[u8]) -> String {
    let name = match open(profile).and_then(|profile| profile.description) {
        Some(ProfileText::PlainString(text)) => text,
        Some(ProfileText::Localizable(texts)) => texts.into_iter().next().map(|text| text.value).unwrap_or_default(),
        Some(ProfileText::Description(text)) if !text.ascii_string.is_empty() => text.ascii_string,
        Some(ProfileText::Description(text)) => text.unicode_string,
        None => String::new(),
    };
    presentable(&name)
}

/// A name for people: no control characters, not endless, not empty.
pub(crate) fn presentable(name: &str) -> String {
    let name: String = name.chars().filter(|c| !c.is_control()).take(80).collect();
    if name.trim().is_empty() { "unnamed".into() } else { name.trim().into() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_nonsense() {
        let p3 = ColorProfile::new_display_p3().encode().unwrap();
        assert!(name(&p3).contains("P3"), "{}", name(&p3));
        assert_eq!(name(b""), "unnamed");
        assert_eq!(name(&p3[..140]), "unnamed");
        assert_eq!(presentable(" a\u{1b}[2Jb\n"), "a[2Jb");
    }

    /// Thousands of tags that all point to one table would each parse it.
    #[test]
    fn tags_without_number_are_not_followed() {
        let mut p3 = ColorProfile::new_display_p3().encode().unwrap();
        assert!(open(&p3).is_some());
        p3[HEADER..HEADER + 4].copy_from_slice(&101u32.to_be_bytes());
        assert!(open(&p3).is_none());
    }

    /// A profile of these tags, each of which has all these bytes.
    fn tagged(tags: &[&[u8; 4]], data: &[u8]) -> Vec<u8> {
        let mut profile = ColorProfile::new_srgb().encode().unwrap();
        profile.truncate(HEADER);
        profile.extend((tags.len() as u32).to_be_bytes());
        let start = (HEADER + 4 + 12 * tags.len()) as u32;
        profile.extend(tags.iter().flat_map(|tag| [**tag, start.to_be_bytes(), (data.len() as u32).to_be_bytes()].concat()));
        profile.extend(data);
        profile
    }

    /// A text of so many translations, which share so many bytes.
    fn translations(count: u32, length: u32) -> Vec<u8> {
        let record = [*b"enUS", length.to_be_bytes(), (16 + 12 * count).to_be_bytes()].concat();
        let head = [b"mluc", &[0; 4], &count.to_be_bytes()[..], &12_u32.to_be_bytes()].concat();
        [head, record.repeat(count as usize), b"\0a".repeat(length as usize / 2)].concat()
    }

    #[test]
    fn what_tags_share_is_counted_as_often() {
        let table = vec![7; 1 << 20];
        assert_eq!(is_modest(&tagged(&[b"A2B0"; 8], &table)), Some(true));
        assert_eq!(is_modest(&tagged(&[b"A2B0"; 9], &table)), Some(false));
        let text = [b"text\0\0\0\0", &table[8..]].concat();
        assert_eq!(is_modest(&tagged(&[b"desc", b"cprt"], &text)), Some(true));
        assert_eq!(is_modest(&tagged(&[b"desc", b"cprt", b"dmnd"], &text)), Some(false));
        assert_eq!(is_modest(&tagged(&[b"A2B0"], b"")[..140]), None);
    }

    #[test]
    fn what_translations_share_is_counted_as_often() {
        let modest = |count, length| is_modest(&tagged(&[b"desc"], &translations(count, length))).unwrap();
        assert!(modest(40, 200) && name(&tagged(&[b"desc"], &translations(40, 8))) == "aaaa");
        let each = MOST_TEXT as u32 / 16 - TRANSLATION as u32;
        assert!(modest(16, each) && !modest(16, each + 2) && !modest(17, each));
        assert!(modest(16_384, 0) && !modest(16_385, 0));
        let mut none = translations(1, MOST_TEXT as u32);
        none[8..12].fill(0);
        assert_eq!(is_modest(&tagged(&[b"desc"], &none)), Some(false));
    }
}
