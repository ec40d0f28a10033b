//! What a file says about itself before a pixel is decoded.

use std::fmt;

use serde::{Deserialize, Serialize, Serializer};

use crate::geometry::Turn;

/// A picture format, told from the content and never from the file's name.
///
/// ```
/// use face_precheck::Format;
///
/// assert_eq!((Format::JpegXl.name(), Format::JpegXl.id()), ("JPEG XL", "jpeg-xl"));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Format {
    /// JPEG, read here.
    Jpeg,
    /// PNG, read here.
    Png,
    /// WebP, read here.
    #[serde(rename = "webp")]
    WebP,
    /// HEIC or HEIF: what iPhones write. Read here with the feature `heic`.
    Heic,
    /// AVIF.
    Avif,
    /// GIF.
    Gif,
    /// Windows bitmap.
    Bmp,
    /// TIFF, and the raw formats built on it (DNG, NEF, ARW, ...).
    Tiff,
    /// JPEG XL.
    #[serde(rename = "jpeg-xl")]
    JpegXl,
    /// JPEG 2000.
    #[serde(rename = "jpeg-2000")]
    Jpeg2000,
    /// PDF.
    Pdf,
    /// Photoshop document.
    Psd,
    /// Windows icon.
    Ico,
    /// Scalable vector graphics.
    Svg,
    /// MP4, QuickTime, Matroska and other films.
    Video,
}

impl Format {
    /// The format as people write it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Jpeg => "JPEG",
            Self::Png => "PNG",
            Self::WebP => "WebP",
            Self::Heic => "HEIC",
            Self::Avif => "AVIF",
            Self::Gif => "GIF",
            Self::Bmp => "BMP",
            Self::Tiff => "TIFF",
            Self::JpegXl => "JPEG XL",
            Self::Jpeg2000 => "JPEG 2000",
            Self::Pdf => "PDF",
            Self::Psd => "Photoshop document",
            Self::Ico => "icon",
            Self::Svg => "SVG",
            Self::Video => "video",
        }
    }

    /// The format as JSON and profiles write it.
    #[must_use]
    pub fn id(self) -> &'static str {
        match self {
            Self::Jpeg => "jpeg",
            Self::Png => "png",
            Self::WebP => "webp",
            Self::Heic => "heic",
            Self::Avif => "avif",
            Self::Gif => "gif",
            Self::Bmp => "bmp",
            Self::Tiff => "tiff",
            Self::JpegXl => "jpeg-xl",
            Self::Jpeg2000 => "jpeg-2000",
            Self::Pdf => "pdf",
            Self::Psd => "psd",
            Self::Ico => "ico",
            Self::Svg => "svg",
            Self::Video => "video",
        }
    }
}

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// The EXIF orientation: what has to be done to the stored pixels to see the picture upright.
///
/// ```
/// use face_precheck::Orientation;
///
/// assert_eq!(Orientation::from_exif(6), Some(Orientation::Rotate90));
/// assert_eq!((Orientation::Rotate90.exif(), Orientation::Rotate90.swaps_sides()), (6, true));
/// assert_eq!(Orientation::from_exif(9), None);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Orientation {
    /// 1: nothing.
    #[default]
    Upright,
    /// 2: mirror left and right.
    MirrorHorizontal,
    /// 3: turn by 180 degrees.
    Rotate180,
    /// 4: mirror top and bottom.
    MirrorVertical,
    /// 5: transpose (mirror along the diagonal from the top left).
    Transpose,
    /// 6: turn clockwise by 90 degrees.
    Rotate90,
    /// 7: transverse (mirror along the other diagonal).
    Transverse,
    /// 8: turn clockwise by 270 degrees.
    Rotate270,
}

impl From<Turn> for Orientation {
    fn from(turn: Turn) -> Self {
        match turn {
            Turn::None => Self::Upright,
            Turn::Quarter => Self::Rotate90,
            Turn::Half => Self::Rotate180,
            Turn::ThreeQuarters => Self::Rotate270,
        }
    }
}

impl Orientation {
    /// All eight, in the order of their EXIF values.
    pub const ALL: [Self; 8] = [
        Self::Upright,
        Self::MirrorHorizontal,
        Self::Rotate180,
        Self::MirrorVertical,
        Self::Transpose,
        Self::Rotate90,
        Self::Transverse,
        Self::Rotate270,
    ];

    /// The orientation with this EXIF value, 1 to 8. Other values mean nothing and are `None`.
    #[must_use]
    pub fn from_exif(value: u32) -> Option<Self> {
        Self::ALL.into_iter().find(|orientation| u32::from(orientation.exif()) == value)
    }

    /// The EXIF value, 1 to 8.
    #[must_use]
    pub const fn exif(self) -> u8 {
        self as u8 + 1
    }

    /// Whether width and height change places on the way to upright.
    #[must_use]
    pub const fn swaps_sides(self) -> bool {
        matches!(self, Self::Transpose | Self::Rotate90 | Self::Transverse | Self::Rotate270)
    }
}

/// How strongly a JPEG is compressed, on the 1 to 100 scale of the Independent JPEG Group (the `quality` of libjpeg).
///
/// ```
/// use face_precheck::{JpegQualityMethod, probe};
///
/// let header = probe(&std::fs::read("fixtures/photos/compliant/astronaut_enlarged_3x.jpg")?)?;
/// let quality = header.jpeg.and_then(|jpeg| jpeg.quality).ok_or("no tables")?;
/// assert_eq!((quality.value, quality.method, quality.uncertainty()), (90, JpegQualityMethod::IjgTable, 0));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct JpegQuality {
    /// The quality, 1 to 100. Where luma and chroma were compressed differently, luma's.
    pub value: u8,
    /// Whether the file's quantisation tables are those that an IJG encoder writes at this quality.
    pub exact: bool,
    /// How the value was found.
    pub method: JpegQualityMethod,
}

/// How a [`JpegQuality`] was found, which has an example.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum JpegQualityMethod {
    /// The luma table equals the IJG's standard table, scaled to this quality.
    IjgTable,
    /// A table of the encoder's own: the median ratio of its 64 entries to the IJG's standard table stands for the scale.
    MedianRatio,
}

impl JpegQuality {
    /// How far the true quality may be from `value`: 0 when exact. Other encoders' scales are only comparable to a degree; on
    /// tables scaled by another rounding the estimate is within 1, on tables of another shape the impression is.
    #[must_use]
    pub const fn uncertainty(&self) -> u8 {
        if self.exact { 0 } else { 5 }
    }
}

/// What only a JPEG file has.
///
/// ```
/// use face_precheck::probe;
///
/// let jpeg = probe(&std::fs::read("fixtures/photos/no_face/books.jpg")?)?.jpeg.ok_or("no JPEG")?;
/// assert_eq!((jpeg.progressive, jpeg.components), (false, 3));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct JpegHeader {
    /// How strongly it is compressed; `None` if its tables are missing.
    pub quality: Option<JpegQuality>,
    /// Progressive, or baseline.
    pub progressive: bool,
    /// Number of colour components: 1 grey, 3 colour, 4 CMYK or YCCK.
    pub components: u8,
}

/// Which metadata a file carries.
///
/// ```
/// use face_precheck::Metadata;
///
/// let mut metadata = Metadata::default();
/// (metadata.exif, metadata.gps, metadata.trailing_bytes) = (true, true, 12);
/// assert_eq!(metadata.kinds(), ["EXIF", "GPS", "trailing bytes"]);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
#[allow(clippy::struct_excessive_bools, reason = "a list of kinds, each there or not")]
pub struct Metadata {
    /// EXIF: camera, time, settings, often a thumbnail.
    pub exif: bool,
    /// A position in the EXIF data.
    pub gps: bool,
    /// XMP.
    pub xmp: bool,
    /// IPTC or Photoshop resources.
    pub iptc: bool,
    /// Comments and text.
    pub comment: bool,
    /// Further pictures in the same file (multi-picture format, depth maps, an animation's other frames).
    pub multi_picture: bool,
    /// A gain map: how to show the picture brighter on displays that can. It has a rule of its own.
    pub gain_map: bool,
    /// A thumbnail beside the EXIF data, in the JFIF header.
    pub thumbnail: bool,
    /// Application segments or chunks of other kinds.
    pub other: bool,
    /// Bytes after the picture's end.
    pub trailing_bytes: u64,
    /// Size of all metadata as stored, the ICC profile included, bytes after the end not.
    pub bytes: u64,
}

impl Metadata {
    /// The kinds that are there, by name. An ICC profile is no personal data and is not among them.
    #[must_use]
    pub fn kinds(&self) -> Vec<&'static str> {
        [
            (self.exif, "EXIF"),
            (self.gps, "GPS"),
            (self.xmp, "XMP"),
            (self.iptc, "IPTC"),
            (self.comment, "comment"),
            (self.multi_picture, "multi-picture"),
            (self.thumbnail, "thumbnail"),
            (self.other, "other"),
            (self.trailing_bytes > 0, "trailing bytes"),
        ]
        .into_iter()
        .filter_map(|(present, name)| present.then_some(name))
        .collect()
    }
}

/// What a file says about itself: the result of [`probe`](crate::probe).
///
/// ```
/// use face_precheck::{Orientation, probe};
///
/// // A PNG of 2 x 3 pixels that ends behind its first chunk.
/// let header = probe(b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\x02\0\0\0\x03\x08\x02\0\0\0\x36\x88\x49\xd6")?;
/// assert_eq!((header.width(), header.height(), header.orientation), (2, 3, Orientation::Upright));
/// assert!(!header.complete && header.color_profile.is_none());
/// # Ok::<(), face_precheck::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Header {
    /// Told from the content.
    pub format: Format,
    /// Width in pixels as stored, before the orientation is applied.
    pub stored_width: u32,
    /// Height in pixels as stored, before the orientation is applied.
    pub stored_height: u32,
    /// From the EXIF data; upright where there is none, or where it says nothing sensible.
    pub orientation: Orientation,
    /// How the picture has to be turned beyond that, as the face in it shows: its orientation is missing, or not true any more. Only
    /// [`Engine::check`](crate::Engine::check) can tell.
    pub turn: Turn,
    /// Size of the file in bytes.
    pub file_size: u64,
    /// What only a JPEG file has.
    pub jpeg: Option<JpegHeader>,
    /// The embedded ICC profile's name: in a PNG the one that stands in front of it, else the one that it gives itself; `unnamed` if
    /// there is none or it cannot be read. `None` without a profile.
    pub color_profile: Option<String>,
    /// Which metadata there is.
    pub metadata: Metadata,
    /// Whether the file's structure reaches its end marker. An incomplete file is not decoded.
    pub complete: bool,
}

impl Header {
    /// Width of the upright picture in pixels.
    #[must_use]
    pub const fn width(&self) -> u32 {
        if self.swaps_sides() { self.stored_height } else { self.stored_width }
    }

    /// Height of the upright picture in pixels.
    #[must_use]
    pub const fn height(&self) -> u32 {
        if self.swaps_sides() { self.stored_width } else { self.stored_height }
    }

    const fn swaps_sides(&self) -> bool {
        self.orientation.swaps_sides() != self.turn.swaps_sides()
    }

    /// Whether the pixels are stored as they are to be seen, whatever the file says.
    pub(crate) const fn is_stored_upright(&self) -> bool {
        matches!(
            (self.orientation, self.turn),
            (Orientation::Upright, Turn::None)
                | (Orientation::Rotate90, Turn::ThreeQuarters)
                | (Orientation::Rotate180, Turn::Half)
                | (Orientation::Rotate270, Turn::Quarter)
        )
    }
}

/// The JSON of a header; `width` and `height` are of the upright picture.
impl Serialize for Header {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        #[derive(Serialize)]
        struct View<'a> {
            format: &'static str,
            width: u32,
            height: u32,
            orientation: u8,
            #[serde(skip_serializing_if = "Option::is_none")]
            turn: Option<u16>,
            file_size: u64,
            jpeg_quality: Option<JpegQuality>,
            #[serde(skip_serializing_if = "Option::is_none")]
            progressive: Option<bool>,
            color_profile: Option<&'a str>,
            has_gps: bool,
            metadata: Vec<&'static str>,
        }
        View {
            format: self.format.id(),
            width: self.width(),
            height: self.height(),
            orientation: self.orientation.exif(),
            turn: (self.turn != Turn::None).then_some(self.turn.degrees()),
            file_size: self.file_size,
            jpeg_quality: self.jpeg.and_then(|jpeg| jpeg.quality),
            progressive: self.jpeg.map(|jpeg| jpeg.progressive),
            color_profile: self.color_profile.as_deref(),
            has_gps: self.metadata.gps,
            metadata: self.metadata.kinds(),
        }
        .serialize(serializer)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exif_values_are_one_to_eight_and_nothing_else() {
        for value in 1..=8 {
            assert_eq!(Orientation::from_exif(value).map(|o| u32::from(o.exif())), Some(value));
        }
        for value in [0, 9, 255, u32::MAX] {
            assert_eq!(Orientation::from_exif(value), None);
        }
    }

    #[test]
    fn a_format_has_one_name_in_json_and_profiles() {
        for format in [Format::Jpeg, Format::WebP, Format::JpegXl, Format::Jpeg2000, Format::Heic] {
            assert_eq!(serde_json::to_value(format).unwrap(), format.id());
        }
    }
}
