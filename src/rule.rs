//! What is checked, what the receiver calls a failure, and how much it matters.

use std::fmt;

use serde::{Deserialize, Serialize, Serializer};

/// One thing that is checked. Its name is the same in reports, in profiles and on the command line.
///
/// ```
/// use face_precheck::{Code, Rule};
///
/// assert_eq!((Rule::FaceSize.id(), Rule::FaceSize.code()), ("face-size", Code::FaceTooSmall));
/// assert!(Rule::ALL.iter().all(|rule| !rule.id().is_empty()));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Rule {
    /// The file's format is one that the receiver reads.
    Format,
    /// The stored pixels are upright, so that a receiver who ignores the EXIF orientation sees the same picture.
    Orientation,
    /// The face does not lie on its side, as it does where the EXIF orientation is missing or not true any more.
    Upright,
    /// The file carries no metadata, which may be personal.
    Metadata,
    /// The file carries no HDR gain map, which receivers ignore.
    HdrGainMap,
    /// Bytes of the file.
    FileSize,
    /// Width of the upright picture.
    Width,
    /// Height of the upright picture.
    Height,
    /// The height that the receiver would like.
    RecommendedHeight,
    /// JPEG quality at which the picture was compressed.
    JpegQuality,
    /// There is a face.
    FacePresent,
    /// There is no second face of any size that matters.
    SingleFace,
    /// The smaller side of the face box.
    FaceSize,
    /// Distance between the pupils.
    InterpupillaryDistance,
    /// Head turned to a side.
    HeadPoseYaw,
    /// Head nodded up or down.
    HeadPosePitch,
    /// Head tilted toward a shoulder.
    HeadPoseRoll,
    /// The face is not cut off by the picture's border.
    FaceInside,
    /// There is room between the face and the picture's border.
    FacePadding,
    /// The face is not so large that its box and the padding around it cannot fit into the picture.
    CameraDistance,
    /// From the middle between the eyes to the chin, over the picture's height.
    HeadSize,
    /// The face is not black.
    UnderExposure,
    /// The face is not white.
    OverExposure,
    /// Luminance of the face's highlights.
    Brightness,
    /// The face has light and shade.
    DynamicRange,
    /// The light is as bright on one side of the face as on the other.
    IlluminationUniformity,
    /// The skin has a colour that skin has in natural light.
    NaturalColor,
    /// The face is sharp.
    Blur,
    /// Neither the face nor the camera moved.
    MotionBlur,
    /// No filter smoothed the skin.
    SkinTexture,
    /// Nothing covers an eye; clear glasses may be worn.
    EyesVisible,
    /// Both eyes are open.
    EyesOpen,
    /// Nothing covers nose, mouth or chin; beards may be worn.
    LowerFaceVisible,
    /// The lips are together.
    MouthClosed,
    /// There is nothing to see behind the person.
    BackgroundUniformity,
}

impl Rule {
    /// All rules, in the order of findings.
    pub const ALL: &'static [Self] = &[
        Self::Format,
        Self::Orientation,
        Self::Upright,
        Self::Metadata,
        Self::HdrGainMap,
        Self::FileSize,
        Self::Width,
        Self::Height,
        Self::RecommendedHeight,
        Self::JpegQuality,
        Self::FacePresent,
        Self::SingleFace,
        Self::FaceSize,
        Self::InterpupillaryDistance,
        Self::HeadPoseYaw,
        Self::HeadPosePitch,
        Self::HeadPoseRoll,
        Self::FaceInside,
        Self::FacePadding,
        Self::CameraDistance,
        Self::HeadSize,
        Self::UnderExposure,
        Self::OverExposure,
        Self::Brightness,
        Self::DynamicRange,
        Self::IlluminationUniformity,
        Self::NaturalColor,
        Self::Blur,
        Self::MotionBlur,
        Self::SkinTexture,
        Self::EyesVisible,
        Self::EyesOpen,
        Self::LowerFaceVisible,
        Self::MouthClosed,
        Self::BackgroundUniformity,
    ];

    /// The rule's name.
    #[must_use]
    pub const fn id(self) -> &'static str {
        match self {
            Self::Format => "format",
            Self::Orientation => "orientation",
            Self::Upright => "upright",
            Self::Metadata => "metadata",
            Self::HdrGainMap => "hdr-gain-map",
            Self::FileSize => "file-size",
            Self::Width => "width",
            Self::Height => "height",
            Self::RecommendedHeight => "recommended-height",
            Self::JpegQuality => "jpeg-quality",
            Self::FacePresent => "face-present",
            Self::SingleFace => "single-face",
            Self::FaceSize => "face-size",
            Self::InterpupillaryDistance => "interpupillary-distance",
            Self::HeadPoseYaw => "head-pose-yaw",
            Self::HeadPosePitch => "head-pose-pitch",
            Self::HeadPoseRoll => "head-pose-roll",
            Self::FaceInside => "face-inside",
            Self::FacePadding => "face-padding",
            Self::CameraDistance => "camera-distance",
            Self::HeadSize => "head-size",
            Self::UnderExposure => "under-exposure",
            Self::OverExposure => "over-exposure",
            Self::Brightness => "brightness",
            Self::DynamicRange => "dynamic-range",
            Self::IlluminationUniformity => "illumination-uniformity",
            Self::NaturalColor => "natural-color",
            Self::Blur => "blur",
            Self::MotionBlur => "motion-blur",
            Self::SkinTexture => "skin-texture",
            Self::EyesVisible => "eyes-visible",
            Self::EyesOpen => "eyes-open",
            Self::LowerFaceVisible => "lower-face-visible",
            Self::MouthClosed => "mouth-closed",
            Self::BackgroundUniformity => "background-uniformity",
        }
    }

    /// The code of a finding of this rule.
    #[must_use]
    pub const fn code(self) -> Code {
        match self {
            Self::Format => Code::FailedToReadImage,
            Self::Orientation | Self::Upright => Code::OrientationNotUpright,
            Self::Metadata => Code::MetadataPresent,
            Self::HdrGainMap => Code::HdrGainMapPresent,
            Self::FileSize => Code::FileTooLarge,
            Self::Width => Code::WidthOutOfRange,
            Self::Height => Code::HeightOutOfRange,
            Self::RecommendedHeight => Code::HeightNotRecommended,
            Self::JpegQuality => Code::JpegQualityTooLow,
            Self::FacePresent => Code::FaceNotFound,
            Self::SingleFace => Code::TooManyFaces,
            Self::FaceSize | Self::InterpupillaryDistance => Code::FaceTooSmall,
            Self::HeadPoseYaw | Self::HeadPosePitch | Self::HeadPoseRoll => Code::FaceAngleTooLarge,
            Self::FaceInside => Code::FaceCropped,
            Self::FacePadding => Code::FaceCloseToBorder,
            Self::CameraDistance => Code::FaceTooClose,
            Self::HeadSize => Code::HeadSizeOutOfRange,
            Self::UnderExposure => Code::FaceUnderExposed,
            Self::OverExposure => Code::FaceOverExposed,
            Self::Brightness => Code::BrightnessOutOfRange,
            Self::DynamicRange => Code::FaceLowContrast,
            Self::IlluminationUniformity => Code::FaceUnevenlyLit,
            Self::NaturalColor => Code::ColorNotNatural,
            Self::Blur => Code::FaceNotSharp,
            Self::MotionBlur => Code::FaceMotionBlurred,
            Self::SkinTexture => Code::FaceSmoothed,
            Self::EyesVisible | Self::LowerFaceVisible => Code::FaceIsOccluded,
            Self::EyesOpen => Code::EyesClosed,
            Self::MouthClosed => Code::MouthOpen,
            Self::BackgroundUniformity => Code::BackgroundNotUniform,
        }
    }

    /// Whether the rule bounds a measure that may be off by a known amount.
    #[must_use]
    pub const fn is_measured_with_uncertainty(self) -> bool {
        matches!(
            self,
            Self::FaceSize
                | Self::InterpupillaryDistance
                | Self::HeadPoseYaw
                | Self::HeadPosePitch
                | Self::HeadPoseRoll
                | Self::EyesVisible
                | Self::EyesOpen
                | Self::LowerFaceVisible
        )
    }

    /// Whether the rule is about how good the picture of the face is: about one of [`Measures`](crate::Measures).
    #[must_use]
    pub const fn concerns_quality(self) -> bool {
        matches!(
            self,
            Self::HeadSize
                | Self::UnderExposure
                | Self::OverExposure
                | Self::Brightness
                | Self::DynamicRange
                | Self::IlluminationUniformity
                | Self::NaturalColor
                | Self::Blur
                | Self::MotionBlur
                | Self::SkinTexture
                | Self::EyesVisible
                | Self::EyesOpen
                | Self::LowerFaceVisible
                | Self::MouthClosed
                | Self::BackgroundUniformity
        )
    }

    /// Whether the rule is about faces and not about the file.
    #[must_use]
    pub const fn concerns_faces(self) -> bool {
        !matches!(
            self,
            Self::Format
                | Self::Orientation
                | Self::Metadata
                | Self::HdrGainMap
                | Self::FileSize
                | Self::Width
                | Self::Height
                | Self::RecommendedHeight
                | Self::JpegQuality
        )
    }
}

impl fmt::Display for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.id())
    }
}

impl Serialize for Rule {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.id())
    }
}

/// What the receiver calls a refusal. The service names no codes for a file's requirements: those are our own.
///
/// ```
/// use face_precheck::{Code, Rule};
///
/// assert_eq!((Code::FaceTooSmall.as_str(), Code::FaceTooSmall.is_of_service()), ("FACE_TOO_SMALL", true));
/// assert!(!Rule::FileSize.code().is_of_service());
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
#[non_exhaustive]
pub enum Code {
    /// The service's: could not be decoded, or not PNG or JPEG.
    FailedToReadImage,
    /// The service's: no face, or no landmarks on it.
    FaceNotFound,
    /// The service's: more than one main face.
    TooManyFaces,
    /// The service's: interpupillary distance, face size, or face relative to the picture.
    FaceTooSmall,
    /// The service's: pitch, yaw or roll.
    FaceAngleTooLarge,
    /// The service's: part of the face is outside the picture.
    FaceCropped,
    /// The service's: too little room between the face and the picture's border.
    FaceCloseToBorder,
    /// The face is too close to the camera: there is no room around it.
    FaceTooClose,
    /// Something covers the face.
    FaceIsOccluded,
    /// An eye is closed.
    EyesClosed,
    /// Our own: shown upright only by those who read the EXIF orientation.
    OrientationNotUpright,
    /// Our own: carries metadata.
    MetadataPresent,
    /// Our own: carries an HDR gain map.
    HdrGainMapPresent,
    /// Our own: too many bytes.
    FileTooLarge,
    /// Our own: too narrow or too wide.
    WidthOutOfRange,
    /// Our own: too low or too high.
    HeightOutOfRange,
    /// Our own: higher than recommended.
    HeightNotRecommended,
    /// Our own: compressed too strongly.
    JpegQualityTooLow,
    /// Our own: the head is too small or too large for the picture's height.
    HeadSizeOutOfRange,
    /// Our own: much of the face is black.
    FaceUnderExposed,
    /// Our own: much of the face is white.
    FaceOverExposed,
    /// Our own: too little light on the face, or too much.
    BrightnessOutOfRange,
    /// Our own: the face has hardly any light and shade.
    FaceLowContrast,
    /// Our own: one side of the face is darker than the other.
    FaceUnevenlyLit,
    /// Our own: no colours, or such as no skin has.
    ColorNotNatural,
    /// Our own: the face is blurred.
    FaceNotSharp,
    /// Our own: the face is blurred in one direction.
    FaceMotionBlurred,
    /// Our own: the skin has no structure.
    FaceSmoothed,
    /// Our own: the mouth is open.
    MouthOpen,
    /// Our own: the background is busy.
    BackgroundNotUniform,
}

impl Code {
    /// The code as the service and JSON write it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::FailedToReadImage => "FAILED_TO_READ_IMAGE",
            Self::FaceNotFound => "FACE_NOT_FOUND",
            Self::TooManyFaces => "TOO_MANY_FACES",
            Self::FaceTooSmall => "FACE_TOO_SMALL",
            Self::FaceAngleTooLarge => "FACE_ANGLE_TOO_LARGE",
            Self::FaceCropped => "FACE_CROPPED",
            Self::FaceCloseToBorder => "FACE_CLOSE_TO_BORDER",
            Self::FaceTooClose => "FACE_TOO_CLOSE",
            Self::FaceIsOccluded => "FACE_IS_OCCLUDED",
            Self::EyesClosed => "EYES_CLOSED",
            Self::OrientationNotUpright => "ORIENTATION_NOT_UPRIGHT",
            Self::MetadataPresent => "METADATA_PRESENT",
            Self::HdrGainMapPresent => "HDR_GAIN_MAP_PRESENT",
            Self::FileTooLarge => "FILE_TOO_LARGE",
            Self::WidthOutOfRange => "WIDTH_OUT_OF_RANGE",
            Self::HeightOutOfRange => "HEIGHT_OUT_OF_RANGE",
            Self::HeightNotRecommended => "HEIGHT_NOT_RECOMMENDED",
            Self::JpegQualityTooLow => "JPEG_QUALITY_TOO_LOW",
            Self::HeadSizeOutOfRange => "HEAD_SIZE_OUT_OF_RANGE",
            Self::FaceUnderExposed => "FACE_UNDER_EXPOSED",
            Self::FaceOverExposed => "FACE_OVER_EXPOSED",
            Self::BrightnessOutOfRange => "BRIGHTNESS_OUT_OF_RANGE",
            Self::FaceLowContrast => "FACE_LOW_CONTRAST",
            Self::FaceUnevenlyLit => "FACE_UNEVENLY_LIT",
            Self::ColorNotNatural => "COLOR_NOT_NATURAL",
            Self::FaceNotSharp => "FACE_NOT_SHARP",
            Self::FaceMotionBlurred => "FACE_MOTION_BLURRED",
            Self::FaceSmoothed => "FACE_SMOOTHED",
            Self::MouthOpen => "MOUTH_OPEN",
            Self::BackgroundNotUniform => "BACKGROUND_NOT_UNIFORM",
        }
    }

    /// Whether the service documents this code, rather than us.
    #[must_use]
    pub const fn is_of_service(self) -> bool {
        matches!(
            self,
            Self::FailedToReadImage
                | Self::FaceNotFound
                | Self::TooManyFaces
                | Self::FaceTooSmall
                | Self::FaceAngleTooLarge
                | Self::FaceCropped
                | Self::FaceCloseToBorder
                | Self::FaceTooClose
                | Self::FaceIsOccluded
                | Self::EyesClosed
        )
    }
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// How much a finding matters.
///
/// ```
/// use face_precheck::{Profile, Rule, Severity};
///
/// assert!(Severity::Info < Severity::Warning && Severity::Warning < Severity::Error);
/// assert_eq!(Profile::progeny_selfie().severity(Rule::Metadata), Some(Severity::Info));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// Good to know.
    Info,
    /// The receiver may mind.
    Warning,
    /// The receiver refuses the picture as it is.
    Error,
}

impl fmt::Display for Severity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Info => "info",
            Self::Warning => "warning",
            Self::Error => "error",
        })
    }
}

/// The default severity in a profile file.
impl Default for Severity {
    fn default() -> Self {
        Self::Error
    }
}
