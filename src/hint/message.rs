//! The table of messages: what can be said, by what name, and with what to fill in.

use super::words::{Border, Say, Words};
use crate::geometry::Turn;
use crate::header::Format;

/// One line here and one in every `*.toml` beside this file is a new message. Its fields are the placeholders that texts fill in.
macro_rules! messages {
    ($($name:ident $({ $($field:ident: $type:ty),+ })? = $id:literal,)+) => {
        /// One message with what it needs to know.
        #[derive(Debug, Clone, PartialEq)]
        pub(crate) enum Message {
            $($name $({ $($field: $type),+ })?,)+
        }

        impl Message {
            /// All messages' names, each with its placeholders.
            pub(crate) const ALL: &'static [(&'static str, &'static [&'static str])] =
                &[$(($id, &[$($(stringify!($field)),+)?]),)+];

            pub(crate) const fn id(&self) -> &'static str {
                match self {
                    $(Self::$name { .. } => $id,)+
                }
            }

            /// What to put where a text has this placeholder.
            pub(super) fn filling(&self, placeholder: &str, words: &Words) -> Option<String> {
                match self {
                    $(Self::$name $({ $($field),+ })? => {
                        let fillings: &[(&str, &dyn Say)] = &[$($((stringify!($field), $field)),+)?];
                        fillings.iter().find(|(name, _)| *name == placeholder).map(|(_, value)| value.say(words))
                    })+
                }
            }

            /// One of each.
            #[cfg(test)]
            pub(super) fn samples() -> Vec<Self> {
                vec![$(Self::$name $({ $($field: super::words::Sample::sample()),+ })?,)+]
            }
        }
    };
}

messages! {
    SaveAs { formats: Vec<Format> } = "save-as",
    StoreUpright = "store-upright",
    DropOrientation = "drop-orientation",
    RemoveMetadata = "remove-metadata",
    GainMapIsLost = "gain-map-is-lost",
    ReduceFileSize = "reduce-file-size",
    ReduceDimensions = "reduce-dimensions",
    ReducingLosesTheFace = "reducing-loses-the-face",
    UseLargerPicture = "use-larger-picture",
    UseOtherProportions = "use-other-proportions",
    HeightRecommended { pixels: f64 } = "height-recommended",
    UseOriginal = "use-original",
    ShowFace = "show-face",
    BeAlone = "be-alone",
    MoveCloser = "move-closer",
    MoveBack = "move-back",
    UseHigherResolution = "use-higher-resolution",
    FaceCameraForDistance = "face-camera-for-distance",
    TurnRight = "turn-right",
    TurnLeft = "turn-left",
    RaiseChin = "raise-chin",
    LowerChin = "lower-chin",
    TiltToLeftShoulder = "tilt-to-left-shoulder",
    TiltToRightShoulder = "tilt-to-right-shoulder",
    TurnPicture = "turn-picture",
    TurnPictureClockwise = "turn-picture-clockwise",
    TurnPictureAnticlockwise = "turn-picture-anticlockwise",
    TurnPictureUpsideDown = "turn-picture-upside-down",
    ShowWholeFace { borders: Vec<Border> } = "show-whole-face",
    LeaveRoom { borders: Vec<Border> } = "leave-room",
    FaceNotMeasured = "face-not-measured",
    MoveBackForRoom = "move-back-for-room",
    MoreLight = "more-light",
    LessLight = "less-light",
    CleanLens = "clean-lens",
    LightLeftSide = "light-left-side",
    LightRightSide = "light-right-side",
    UseColorPhoto = "use-color-photo",
    UseWhiteLight = "use-white-light",
    Focus = "focus",
    HoldStill = "hold-still",
    NoFilter = "no-filter",
    UncoverRightEye = "uncover-right-eye",
    UncoverLeftEye = "uncover-left-eye",
    UncoverEyes = "uncover-eyes",
    OpenRightEye = "open-right-eye",
    OpenLeftEye = "open-left-eye",
    OpenEyes = "open-eyes",
    UncoverLowerFace = "uncover-lower-face",
    CloseMouth = "close-mouth",
    PlainBackground = "plain-background",
    FetchAgain = "fetch-again",
    FetchAgainOrRetake = "fetch-again-or-retake",
    ChooseAPicture = "choose-a-picture",
    ExportFromPhone = "export-from-phone",
    ExportPage = "export-page",
    NoVideo = "no-video",
    SaveAsOrdinary = "save-as-ordinary",
    SaveSmaller = "save-smaller",
}

impl Message {
    /// About the right eye, the left one and both.
    pub(crate) const UNCOVER_EYES: [Self; 3] = [Self::UncoverRightEye, Self::UncoverLeftEye, Self::UncoverEyes];
    /// As above.
    pub(crate) const OPEN_EYES: [Self; 3] = [Self::OpenRightEye, Self::OpenLeftEye, Self::OpenEyes];
}

/// How to turn the picture.
impl From<Turn> for Message {
    fn from(turn: Turn) -> Self {
        match turn {
            Turn::None => Self::TurnPicture,
            Turn::Quarter => Self::TurnPictureClockwise,
            Turn::Half => Self::TurnPictureUpsideDown,
            Turn::ThreeQuarters => Self::TurnPictureAnticlockwise,
        }
    }
}
