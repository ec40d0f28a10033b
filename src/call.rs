//! What can be asked of the service, as its client and its stand-in know it.

use std::fmt;
use std::str::FromStr;

use serde::{Serialize, Serializer};

/// One of the service's calls.
///
/// ```
/// use face_precheck::Call;
///
/// assert_eq!((Call::RegisterFace.id(), Call::RegisterFace.path()), ("register_face", "/services/register_face/"));
/// assert!(Call::ALL.iter().all(|call| call.id().parse() == Ok(*call)));
/// assert!("register".parse::<Call>().is_err_and(|error| error.contains("register_face")));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Call {
    /// Username and password for tokens.
    ObtainToken,
    /// A refresh token for new tokens.
    RefreshToken,
    /// What became of a task.
    Task,
    /// A face is made known, and gets a uuid.
    RegisterFace,
    /// Whether a face is a registered one.
    AuthenticateFace,
    /// Whether a face is one of a living person.
    FaceLiveness,
    /// Reads an identity card.
    OcrCard,
    /// Reads a passport.
    OcrPassport,
    /// Reads an identity card and compares its face with a selfie.
    KycCard,
    /// Reads a passport and compares its face with a selfie.
    KycPassport,
    /// Looks a person up.
    BackgroundCheck,
}

impl Call {
    /// All calls.
    pub const ALL: &'static [Self] = &[
        Self::ObtainToken,
        Self::RefreshToken,
        Self::Task,
        Self::RegisterFace,
        Self::AuthenticateFace,
        Self::FaceLiveness,
        Self::OcrCard,
        Self::OcrPassport,
        Self::KycCard,
        Self::KycPassport,
        Self::BackgroundCheck,
    ];

    /// Those about a picture or a person: all but the first three, which are about tokens and tasks.
    pub const SERVICES: &'static [Self] = Self::ALL.split_at(3).1;

    /// The call's name: `register_face`.
    #[must_use]
    pub const fn id(self) -> &'static str {
        match self {
            Self::ObtainToken => "token/obtain",
            Self::RefreshToken => "token/refresh",
            Self::Task => "task",
            Self::RegisterFace => "register_face",
            Self::AuthenticateFace => "authenticate_face",
            Self::FaceLiveness => "face_liveness",
            Self::OcrCard => "ocr_card",
            Self::OcrPassport => "ocr_passport",
            Self::KycCard => "kyc_card",
            Self::KycPassport => "kyc_passport",
            Self::BackgroundCheck => "background_check",
        }
    }

    /// The path below the base URL, as the service's pages spell it. They spell some in several ways; a client can be told another.
    #[must_use]
    pub const fn path(self) -> &'static str {
        match self {
            Self::ObtainToken => "/accounts/token/obtain/",
            Self::RefreshToken => "/accounts/token/refresh/",
            Self::Task => "/services/task/",
            Self::RegisterFace => "/services/register_face/",
            Self::AuthenticateFace => "/services/authenticate_face/",
            Self::FaceLiveness => "/services/face_liveness/",
            Self::OcrCard => "/services/ocr_card/",
            Self::OcrPassport => "/services/ocr_passport/",
            Self::KycCard => "/services/kyc_card/",
            Self::KycPassport => "/services/kyc_passport/",
            Self::BackgroundCheck => "/services/background_check/",
        }
    }
}

/// `yyyy-mm-dd`, of the calendar: how the service takes dates.
pub(crate) fn is_date(text: &str) -> bool {
    text.len() == 10 && text.parse::<jiff::civil::Date>().is_ok()
}

impl fmt::Display for Call {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.id())
    }
}

impl Serialize for Call {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.id())
    }
}

impl FromStr for Call {
    type Err = String;

    fn from_str(id: &str) -> Result<Self, String> {
        let call = Self::ALL.iter().copied().find(|call| call.id() == id);
        call.ok_or_else(|| {
            format!("{id:?} is no call; the calls are {}", Self::ALL.iter().map(|call| call.id()).collect::<Vec<_>>().join(", "))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn services_are_about_pictures_and_people() {
        assert_eq!((Call::SERVICES[0], Call::SERVICES.len()), (Call::RegisterFace, 8));
        assert!(Call::SERVICES.iter().all(|call| call.path() == format!("/services/{call}/")));
    }

    #[test]
    fn dates_are_those_of_the_calendar() {
        let right = ["1990-01-31", "2000-02-29", "2024-02-29", "1999-12-31", "0001-01-01"];
        assert!(right.into_iter().all(is_date));
        let days = ["1990-02-30", "1900-02-29", "1990-13-01", "1990-00-10", "1990-04-31", "2023-04-00"];
        let forms =
            ["", "1990-1-31", "31.01.1990", "1990-01-01-", "+202-04-01", "2023-04-01T00:00", "19900101", "1990-W05-3", "١٩٩٠-01"];
        assert!(!days.into_iter().chain(forms).any(is_date));
    }
}
