//! Opening ICC profiles that nobody vouches for.

use moxcms::{ColorProfile, ProfileText};

use crate::isolate::isolated;

/// Profiles larger than this are not opened; CMYK ones of print shops reach 2 MB.
const LARGEST: usize = 4 << 20;

/// Real profiles have under thirty tags. Each is parsed, and thousands may share one large table.
const MOST_TAGS: usize = 100;

/// The header, and the number of tags behind it.
const HEADER: usize = 128;

/// The profile, if it can be read without undue work.
pub(crate) fn open(profile: &[u8]) -> Option<ColorProfile> {
    let tags = u32::from_be_bytes(*profile.get(HEADER..)?.first_chunk()?) as usize;
    if profile.len() > LARGEST || tags > MOST_TAGS {
        return None;
    }
    isolated(|| ColorProfile::new_from_slice(profile).ok())?
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
}
