//! The name of an ICC profile.

use moxcms::{ColorProfile, ProfileText};

/// Profiles larger than this are not opened for their name; CMYK ones of print shops reach 2 MB.
const LARGEST: usize = 4 << 20;

/// The name that the profile gives itself, `unnamed` if it gives none or cannot be read.
pub(super) fn name(profile: &[u8]) -> String {
    let description = (profile.len() <= LARGEST)
        .then(|| ColorProfile::new_from_slice(profile).ok())
        .flatten()
        .and_then(|profile| profile.description);
    let name = match description {
        Some(ProfileText::PlainString(text)) => text,
        Some(ProfileText::Localizable(texts)) => texts.into_iter().next().map(|text| text.value).unwrap_or_default(),
        Some(ProfileText::Description(text)) if !text.ascii_string.is_empty() => text.ascii_string,
        Some(ProfileText::Description(text)) => text.unicode_string,
        None => String::new(),
    };
    let name: String = name.chars().filter(|c| !c.is_control()).take(80).collect();
    if name.trim().is_empty() { "unnamed".into() } else { name.trim().into() }
}
