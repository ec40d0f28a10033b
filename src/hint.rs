//! What to do about a finding or an unreadable file, in words for the person in the picture. Left and right are that person's own, unless the
//! picture's are named.

use std::fmt;

use crate::geometry::Turn;
use crate::header::Format;

/// A border of the picture.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Border {
    Left,
    Top,
    Right,
    Bottom,
}

/// One message with what it needs to know.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Hint {
    SaveAs { accepted: Vec<Format> },
    StoreUpright,
    RemoveMetadata,
    GainMapIsLost,
    ReduceFileSize,
    ReduceDimensions,
    ReducingLosesTheFace,
    UseLargerPicture,
    UseOtherProportions,
    HeightRecommended { pixels: f64 },
    UseOriginal,
    ShowFace,
    BeAlone,
    MoveCloser,
    MoveBack,
    UseHigherResolution,
    FaceCameraForDistance,
    TurnRight,
    TurnLeft,
    RaiseChin,
    LowerChin,
    TiltToLeftShoulder,
    TiltToRightShoulder,
    TurnThePicture,
    TurnThePictureBy { turn: Turn },
    DropOrientation,
    ShowWholeFace { cut: Vec<Border> },
    LeaveRoom { tight: Vec<Border> },
    FaceNotMeasured,
    FetchAgain,
    FetchAgainOrRetake,
    ChooseAPicture,
    ExportFromPhone,
    ExportPage,
    NoVideo,
    SaveAsOrdinary,
    SaveSmaller,
}

impl fmt::Display for Hint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::SaveAs { accepted } => {
                let names: Vec<_> = accepted.iter().map(|format| format.name()).collect();
                write!(f, "Save the picture as {}.", names.join(" or "))
            }
            Self::StoreUpright => {
                f.write_str("Save the picture turned upright: it is stored turned, with a note that not every program reads.")
            }
            Self::RemoveMetadata => f.write_str("Remove the metadata before sending: they may tell more than the picture shows."),
            Self::GainMapIsLost => f.write_str(
                "The file also tells how to show the picture brighter on some displays. That part is not sent: the picture itself stays as it is.",
            ),
            Self::ReduceFileSize => f.write_str("Save the picture with fewer pixels or a lower quality."),
            Self::ReduceDimensions => f.write_str("Save the picture with fewer pixels."),
            Self::ReducingLosesTheFace => {
                f.write_str("Move closer to the camera: once the picture is reduced to what is accepted, your face is too small.")
            }
            Self::UseLargerPicture => f.write_str("Take the photo with a higher resolution."),
            Self::HeightRecommended { pixels } => write!(f, "A height of at most {pixels} px is recommended."),
            Self::UseOriginal => f.write_str(
                "Use the original photo instead of a copy that was compressed again, or take a new one at a better quality.",
            ),
            Self::ShowFace => f.write_str("Show your face: look into the camera in good light."),
            Self::BeAlone => f.write_str("Be alone in the picture."),
            Self::MoveCloser => f.write_str("Move closer to the camera."),
            Self::UseHigherResolution => {
                f.write_str("Take the photo with a higher resolution: your face fills the picture, but with too few pixels.")
            }
            Self::FaceCameraForDistance => {
                f.write_str("Face the camera: as your head is turned, your eyes are too close together in the picture.")
            }
            Self::TurnRight => f.write_str("Turn your head to the right until you face the camera."),
            Self::TurnLeft => f.write_str("Turn your head to the left until you face the camera."),
            Self::RaiseChin => f.write_str("Raise your chin, or hold the camera lower, until you look straight into it."),
            Self::LowerChin => f.write_str("Lower your chin, or hold the camera higher, until you look straight into it."),
            Self::TiltToLeftShoulder => f.write_str("Hold your head straight: tilt it toward your left shoulder."),
            Self::TiltToRightShoulder => f.write_str("Hold your head straight: tilt it toward your right shoulder."),
            Self::UseOtherProportions => f.write_str(
                "Take or crop the picture in ordinary proportions: it is too long on one side and too short on the other.",
            ),
            Self::MoveBack => f.write_str("Move back from the camera."),
            Self::TurnThePicture => {
                f.write_str("Turn the picture until your face is upright, or take it holding the camera straight.")
            }
            Self::DropOrientation => f.write_str(
                "Save the picture without the note on how to turn it: the note is not true, the picture is stored upright.",
            ),
            Self::TurnThePictureBy { turn: Turn::Half } => f.write_str("Turn the picture upside down: your face stands on its head."),
            Self::TurnThePictureBy { turn } => {
                let way = if *turn == Turn::ThreeQuarters { "anticlockwise" } else { "clockwise" };
                write!(f, "Turn the picture {way} by 90 degrees: your face lies on its side.")
            }
            Self::ShowWholeFace { cut } => {
                write!(f, "Show your whole face: it is cut off at the picture's {}.", borders(cut))
            }
            Self::LeaveRoom { tight } => {
                write!(f, "Leave more room around your face: it is close to the picture's {}.", borders(tight))
            }
            Self::FaceNotMeasured => f.write_str("Look straight into the camera in good light, with nothing covering your face."),
            Self::FetchAgain => f.write_str("The file has no content: copy or download it again."),
            Self::FetchAgainOrRetake => {
                f.write_str("The file is damaged or incomplete: copy or download it again, or take a new photo.")
            }
            Self::ChooseAPicture => f.write_str("This is not a picture: choose a JPEG or PNG file."),
            Self::ExportFromPhone => {
                f.write_str("Export the photo as JPEG. On an iPhone: Settings, Camera, Formats, Most Compatible.")
            }
            Self::ExportPage => f.write_str("Export the page as a JPEG or PNG picture."),
            Self::NoVideo => f.write_str("Take a photo instead of a video, and send it as JPEG or PNG."),
            Self::SaveAsOrdinary => f.write_str("Save the picture again as an ordinary 8-bit JPEG or PNG."),
            Self::SaveSmaller => f.write_str("Save a smaller version of the picture."),
        }
    }
}

fn borders(borders: &[Border]) -> String {
    let names: Vec<_> = borders
        .iter()
        .map(|border| match border {
            Border::Left => "left",
            Border::Top => "top",
            Border::Right => "right",
            Border::Bottom => "bottom",
        })
        .collect();
    match names.as_slice() {
        [all @ .., last] if !all.is_empty() => format!("{} and {last} borders", all.join(", ")),
        names => format!("{} border", names.concat()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn borders_are_listed_as_people_would() {
        assert_eq!(borders(&[Border::Left]), "left border");
        assert_eq!(borders(&[Border::Left, Border::Top]), "left and top borders");
        assert_eq!(borders(&[Border::Left, Border::Top, Border::Bottom]), "left, top and bottom borders");
    }
}
