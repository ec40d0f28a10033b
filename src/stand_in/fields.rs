//! What each call asks for, and where it is found.

use crate::call::Call;

/// A field of a form.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Field {
    pub(super) name: &'static str,
    pub(super) kind: Kind,
}

/// What a field holds. All are required but the flag.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// A file: a person's face.
    Selfie,
    /// A file: a page of a document.
    Document,
    Text,
    Uuid,
    Date,
    Flag,
}

const fn field(name: &'static str, kind: Kind) -> Field {
    Field { name, kind }
}

const USERNAME: Field = field("username", Kind::Text);
const PASSWORD: Field = field("password", Kind::Text);
const REFRESH: Field = field("refresh", Kind::Text);
const ID: Field = field("id", Kind::Uuid);
const IMAGE: Field = field("image", Kind::Selfie);
const SELFIE: Field = field("selfie_image", Kind::Selfie);
const FRONT: Field = field("front_id", Kind::Document);
const BACK: Field = field("back_id", Kind::Document);
const PASSPORT: Field = field("passport_image", Kind::Document);
const UUID: Field = field("uuid", Kind::Uuid);
const FULL_NAME: Field = field("fullname", Kind::Text);
const BIRTH_DATE: Field = field("birth_date", Kind::Date);
const EXTEND_DATA: Field = field("extend_data", Kind::Flag);

/// Below the base URL, without the final slash: every spelling of the service's pages.
pub(super) fn paths(call: Call) -> impl Iterator<Item = &'static str> {
    let path = call.path().trim_end_matches('/');
    let other = match call {
        Call::ObtainToken | Call::RefreshToken => path.strip_prefix("/accounts"),
        Call::FaceLiveness => Some("/services/liveness"),
        _ => None,
    };
    std::iter::once(path).chain(other)
}

/// The fields of a call's form.
pub(super) const fn fields(call: Call) -> &'static [Field] {
    match call {
        Call::ObtainToken => &[USERNAME, PASSWORD],
        Call::RefreshToken => &[REFRESH],
        Call::Task => &[ID],
        Call::RegisterFace | Call::FaceLiveness => &[IMAGE, EXTEND_DATA],
        Call::AuthenticateFace => &[IMAGE, UUID, EXTEND_DATA],
        Call::OcrCard => &[FRONT, BACK, EXTEND_DATA],
        Call::OcrPassport => &[PASSPORT, EXTEND_DATA],
        Call::KycCard => &[SELFIE, FRONT, BACK, EXTEND_DATA],
        Call::KycPassport => &[SELFIE, PASSPORT, EXTEND_DATA],
        Call::BackgroundCheck => &[FULL_NAME, BIRTH_DATE],
    }
}
