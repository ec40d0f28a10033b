//! What [`Engine::prepare`](crate::Engine::prepare) makes of a photo: something to send, or the reasons why there is nothing.

use std::fmt;

use serde::{Serialize, Serializer};

use crate::header::{Format, Orientation};
use crate::hint::Language;
use crate::profile::{Profile, Purpose};
use crate::report::{ProfileId, Report, Verdict};

/// What became of a photo.
///
/// ```
/// use face_precheck::{Engine, Prepared, Profile, Verdict};
///
/// let photo = std::fs::read("fixtures/photos/no_face/books.jpg")?;
/// let prepared = Engine::lazy().prepare(&photo, &Profile::progeny_selfie())?;
/// assert!(matches!(&prepared, Prepared::Rejected(report) if report.verdict() == Verdict::Retake));
/// assert!(prepared.ready().is_none());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
#[allow(clippy::large_enum_variant, reason = "one for each photo, matched at once")]
pub enum Prepared {
    /// Send this.
    Ready(Upload),
    /// Only a new photo helps: the report says why. Its verdict is [`Verdict::Retake`](crate::Verdict::Retake).
    Rejected(Report),
}

impl Prepared {
    /// The upload, if there is one.
    #[must_use]
    pub fn ready(self) -> Option<Upload> {
        match self {
            Self::Ready(upload) => Some(upload),
            Self::Rejected(_) => None,
        }
    }

    /// The report: on the upload where there is one, else on the photo.
    #[must_use]
    pub const fn report(&self) -> &Report {
        match self {
            Self::Ready(upload) => upload.report(),
            Self::Rejected(report) => report,
        }
    }

    /// The same with the report's hints in another language.
    #[must_use]
    pub fn in_language(self, language: &Language) -> Self {
        match self {
            Self::Ready(upload) => Self::Ready(upload.in_language(language)),
            Self::Rejected(report) => Self::Rejected(report.in_language(language)),
        }
    }
}

/// A picture file that was found compliant, byte for byte as it is here: upright, within all limits, without metadata.
///
/// There is no other way to one than [`Engine::prepare`](crate::Engine::prepare), which decodes and checks the very bytes before it hands them out. What
/// they were checked for is part of it, so that a client can refuse an upload that was prepared for something else.
///
/// ```
/// use face_precheck::{Engine, Format, Profile, Purpose};
///
/// let photo = std::fs::read("fixtures/photos/compliant/astronaut_enlarged_3x.jpg")?;
/// let upload = Engine::lazy().prepare(&photo, &Profile::progeny_selfie())?.ready().ok_or("rejected")?;
/// assert_eq!((upload.format(), upload.media_type(), upload.file_name().as_str()), (Format::Jpeg, "image/jpeg", "selfie.jpg"));
/// assert_eq!((upload.purpose(), upload.profile().name.as_str()), (Purpose::Selfie, "progeny-selfie"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, PartialEq)]
pub struct Upload {
    bytes: Vec<u8>,
    report: Report,
    changes: Vec<Change>,
    demands: Profile,
}

impl Upload {
    /// The caller vouches for the report being that of these bytes under this profile, and compliant.
    pub(crate) fn new(bytes: Vec<u8>, report: Report, changes: Vec<Change>, profile: &Profile) -> Self {
        debug_assert_eq!(report.verdict(), Verdict::Compliant);
        debug_assert_eq!(report.profile(), &ProfileId::from(profile));
        Self { bytes, report, changes, demands: profile.clone() }
    }

    /// The file to send.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// The file to send, without a copy.
    #[must_use]
    pub fn into_bytes(self) -> Vec<u8> {
        self.bytes
    }

    /// JPEG or PNG, unless the profile asks for something else.
    #[must_use]
    pub const fn format(&self) -> Format {
        self.report.header().format
    }

    /// `image/jpeg`, `image/png` or `image/webp`.
    #[must_use]
    pub const fn media_type(&self) -> &'static str {
        match self.format() {
            Format::Png => "image/png",
            Format::WebP => "image/webp",
            _ => "image/jpeg",
        }
    }

    /// `jpg`, `png` or `webp`.
    #[must_use]
    pub const fn extension(&self) -> &'static str {
        match self.format() {
            Format::Png => "png",
            Format::WebP => "webp",
            _ => "jpg",
        }
    }

    /// A name for the file: `selfie.jpg`, `document.png`. Not the photo's own, which may tell whose it is and when it was taken.
    #[must_use]
    pub fn file_name(&self) -> String {
        let stem = match self.demands.purpose {
            Purpose::Selfie => "selfie",
            Purpose::Document => "document",
        };
        format!("{stem}.{}", self.extension())
    }

    /// Width in pixels.
    #[must_use]
    pub const fn width(&self) -> u32 {
        self.report.header().width()
    }

    /// Height in pixels.
    #[must_use]
    pub const fn height(&self) -> u32 {
        self.report.header().height()
    }

    /// The report on these bytes, not on the photo that they were made of.
    #[must_use]
    pub const fn report(&self) -> &Report {
        &self.report
    }

    /// The same upload with its report's hints in another language.
    #[must_use]
    pub fn in_language(self, language: &Language) -> Self {
        Self { report: self.report.in_language(language), ..self }
    }

    /// What was done to the photo, in this order. Empty if the bytes are the photo's own.
    #[must_use]
    pub fn changes(&self) -> &[Change] {
        &self.changes
    }

    /// What kind of picture it was checked as.
    #[must_use]
    pub const fn purpose(&self) -> Purpose {
        self.demands.purpose
    }

    /// What it was checked for.
    #[must_use]
    pub const fn demands(&self) -> &Profile {
        &self.demands
    }

    /// The profile that it was checked against: its name and hash.
    #[must_use]
    pub const fn profile(&self) -> &ProfileId {
        self.report.profile()
    }
}

/// Without the bytes.
impl fmt::Debug for Upload {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Upload")
            .field("bytes", &self.bytes.len())
            .field("format", &self.format())
            .field("changes", &self.changes)
            .field("purpose", &self.purpose())
            .field("profile", self.profile())
            .finish_non_exhaustive()
    }
}

/// One thing that was done to a photo on the way to an upload.
///
/// ```
/// use face_precheck::{Change, Chroma};
///
/// let change = Change::Compressed { jpeg_quality: 95, chroma: Chroma::Full };
/// assert_eq!(change.to_string(), "compressed with JPEG quality 95, 4:4:4");
/// assert_eq!(serde_json::to_value(&change)?["change"], "compressed");
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(tag = "change", rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Change {
    /// The first picture of several was taken: of an animation, say.
    FirstPicture,
    /// Colours were brought to sRGB, which is what receivers take every picture for.
    ColorsConverted {
        /// The profile's name, or `CMYK`.
        from: String,
    },
    /// What could be seen through was laid over white.
    Flattened,
    /// The pixels were turned to where they are upright.
    Oriented {
        /// The EXIF orientation that the photo was stored with.
        #[serde(serialize_with = "exif")]
        from: Orientation,
    },
    /// The EXIF orientation was left out, and the pixels stayed where they are: the face in them is upright as they are stored.
    OrientationDropped {
        /// The EXIF orientation that the photo was stored with.
        #[serde(serialize_with = "exif")]
        from: Orientation,
    },
    /// The pixels were turned to where the face in them is upright.
    Turned {
        /// Clockwise, on top of the EXIF orientation.
        degrees: u16,
    },
    /// The surroundings of the face were cut out.
    Cropped {
        /// Left edge in the upright photo.
        left: u32,
        /// Top edge in the upright photo.
        top: u32,
        /// Pixels.
        width: u32,
        /// Pixels.
        height: u32,
    },
    /// Reduced by resampling.
    Scaled {
        /// Length of a side now over its length before.
        factor: f64,
        /// Pixels now.
        width: u32,
        /// Pixels now.
        height: u32,
    },
    /// Written in another format.
    Converted {
        /// The photo's.
        from: Format,
        /// The upload's.
        to: Format,
    },
    /// Compressed anew.
    Compressed {
        /// On the IJG's scale, 1 to 100.
        jpeg_quality: u8,
        /// How many pixels share one colour.
        chroma: Chroma,
    },
    /// Metadata were left out.
    MetadataRemoved {
        /// Their kinds.
        kinds: Vec<&'static str>,
    },
    /// A colour profile was left out that says nothing else than what receivers assume.
    ColorProfileRemoved {
        /// Its name.
        name: String,
    },
    /// An HDR gain map was left out.
    GainMapRemoved,
    /// The rest of what does not belong to the picture: padding, unknown or needless segments.
    Tidied,
}

/// How finely a JPEG stores colour. [`Change`] has an example.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub enum Chroma {
    /// For every pixel.
    #[serde(rename = "4:4:4")]
    Full,
    /// For every two by two pixels.
    #[serde(rename = "4:2:0")]
    Quarter,
}

impl fmt::Display for Chroma {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Full => "4:4:4",
            Self::Quarter => "4:2:0",
        })
    }
}

/// The change in a few words: `scaled by 0.45 to 810 x 1080 px`.
impl fmt::Display for Change {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::FirstPicture => f.write_str("first picture taken"),
            Self::ColorsConverted { from } => write!(f, "colours converted from {from} to sRGB"),
            Self::Flattened => f.write_str("laid over white"),
            Self::Oriented { from } => write!(f, "turned upright from EXIF orientation {}", from.exif()),
            Self::OrientationDropped { from } => write!(f, "EXIF orientation {} left out: it is not true", from.exif()),
            Self::Turned { degrees } => write!(f, "turned clockwise by {degrees} degrees, as the face lay"),
            Self::Cropped { left, top, width, height } => {
                write!(f, "cropped to {width} x {height} px at ({left}, {top})")
            }
            Self::Scaled { factor, width, height } => write!(f, "scaled by {factor} to {width} x {height} px"),
            Self::Converted { from, to } => write!(f, "converted from {from} to {to}"),
            Self::Compressed { jpeg_quality, chroma } => write!(f, "compressed with JPEG quality {jpeg_quality}, {chroma}"),
            Self::MetadataRemoved { kinds } => write!(f, "metadata removed: {}", kinds.join(", ")),
            Self::ColorProfileRemoved { name } => write!(f, "colour profile removed: {name}"),
            Self::GainMapRemoved => f.write_str("HDR gain map removed"),
            Self::Tidied => f.write_str("needless bytes removed"),
        }
    }
}

#[allow(clippy::trivially_copy_pass_by_ref, reason = "serde's signature")]
fn exif<S: Serializer>(orientation: &Orientation, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_u8(orientation.exif())
}
