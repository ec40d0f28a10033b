//! Why no verdict was possible.

use std::fmt;

use crate::header::Format;
use crate::hint::{Hint, Message};

/// Why a picture got no [`Report`](crate::Report), or why the [`Engine`](crate::Engine), a
/// [`Profile`](crate::Profile) or a [`Language`](crate::Language) could not be had.
///
/// The variants are sorted by who can act: the person with the picture (`Empty` to `Malformed`), the caller who set the
/// limits (`LimitExceeded`), the author of a profile or a translation (`Profile`, `Language`), and us (`Encoder`, `Network`).
///
/// ```
/// use face_precheck::{Engine, Error, Format, Profile};
///
/// match Engine::lazy().check(b"GIF89a", &Profile::default()) {
///     Err(error @ Error::UnsupportedFormat { format: Format::Gif, .. }) => {
///         assert_eq!(error.kind(), "unsupported-format");
///         assert!(error.hint().is_some_and(|hint| hint.text().contains("JPEG")));
///     }
///     other => panic!("{other:?}"),
/// }
/// ```
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// There are no bytes. Usually an upload that was cut off at once, or a file that lives in the cloud only.
    #[error("the file is empty")]
    Empty,

    /// The bytes begin like no picture format that we know.
    #[error("not a picture in any format that is known here")]
    UnknownFormat,

    /// A picture in a format, or a variant of a format, that is recognised but not read.
    #[error("{}: recognised but not read{}", format.name(), detail.map(|d| format!(" ({d})")).unwrap_or_default())]
    UnsupportedFormat {
        /// The format, told from the content.
        format: Format,
        /// What about it is not read, where the format as such is.
        detail: Option<&'static str>,
    },

    /// The file is damaged or incomplete. Usually an interrupted download or copy.
    #[error("{}: {message}", format.name())]
    Malformed {
        /// The format, told from the content.
        format: Format,
        /// What was found, and where it is known at which byte.
        message: String,
    },

    /// More than the [`Limits`](crate::Limits) allow; found before memory was spent on it.
    #[error("{limit}: {found} is over the limit of {allowed}")]
    LimitExceeded {
        /// Which of the limits.
        limit: LimitKind,
        /// What the file has or claims.
        found: u64,
        /// What the limits allow.
        allowed: u64,
    },

    /// A profile file that cannot be used.
    #[error("profile: {0}")]
    Profile(String),

    /// A translation of the hints that cannot be used.
    #[error("language: {0}")]
    Language(String),

    /// A picture could not be written: a defect of this build, not of the picture.
    #[error("{}: could not be written: {message}", format.name())]
    Encoder {
        /// The format that was to be written.
        format: Format,
        /// What the encoder said.
        message: String,
    },

    /// An embedded network could not be loaded or run: a defect of this build, not of the picture.
    #[error("network {name}: {message}")]
    Network {
        /// The network's name, as in `models/`.
        name: &'static str,
        /// What the inference engine said.
        message: String,
    },
}

impl Error {
    /// One stable word for the kind of error: `empty`, `unknown-format`, `unsupported-format`, `malformed`,
    /// `limit-exceeded`, `profile`, `language`, `encoder` or `network`.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Empty => "empty",
            Self::UnknownFormat => "unknown-format",
            Self::UnsupportedFormat { .. } => "unsupported-format",
            Self::Malformed { .. } => "malformed",
            Self::LimitExceeded { .. } => "limit-exceeded",
            Self::Profile(_) => "profile",
            Self::Language(_) => "language",
            Self::Encoder { .. } => "encoder",
            Self::Network { .. } => "network",
        }
    }

    /// What the person with the picture can do about it, if they can do anything. In English; see [`Hint::in_language`].
    #[must_use]
    pub fn hint(&self) -> Option<Hint> {
        let message = match self {
            Self::Empty => Message::FetchAgain,
            Self::UnknownFormat => Message::ChooseAPicture,
            Self::UnsupportedFormat { format, .. } => match format {
                Format::Heic => Message::ExportFromPhone,
                Format::Pdf => Message::ExportPage,
                Format::Video => Message::NoVideo,
                Format::Jpeg | Format::Png | Format::WebP => Message::SaveAsOrdinary,
                _ => Message::SaveAs { formats: vec![Format::Jpeg, Format::Png] },
            },
            Self::Malformed { .. } => Message::FetchAgainOrRetake,
            Self::LimitExceeded { .. } => Message::SaveSmaller,
            Self::Profile(_) | Self::Language(_) | Self::Encoder { .. } | Self::Network { .. } => return None,
        };
        Some(message.into())
    }

    pub(crate) fn malformed(format: Format, message: impl Into<String>) -> Self {
        Self::Malformed { format, message: message.into() }
    }
}

/// A result with this crate's [`Error`].
///
/// ```
/// fn width(photo: &[u8]) -> face_precheck::Result<u32> {
///     Ok(face_precheck::probe(photo)?.width())
/// }
/// assert_eq!(width(b"").unwrap_err().kind(), "empty");
/// ```
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Which of the [`Limits`](crate::Limits) was exceeded.
///
/// ```
/// use face_precheck::{Error, LimitKind, Limits};
///
/// let refused = Limits::default().with_file_bytes(1000).admit_file(1001).unwrap_err();
/// assert!(matches!(refused, Error::LimitExceeded { limit: LimitKind::FileBytes, found: 1001, allowed: 1000 }));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum LimitKind {
    /// [`Limits::file_bytes`](crate::Limits::file_bytes).
    FileBytes,
    /// [`Limits::pixels`](crate::Limits::pixels).
    Pixels,
    /// [`Limits::metadata_bytes`](crate::Limits::metadata_bytes).
    MetadataBytes,
}

impl fmt::Display for LimitKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::FileBytes => "file size in bytes",
            Self::Pixels => "pixels",
            Self::MetadataBytes => "metadata in bytes",
        })
    }
}
