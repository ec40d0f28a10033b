//! Landmarks, pupils and pose -> what the report states of a face, rounded once.

use crate::face::{Detection, Face, HeadPose, Landmarks, PupilSource, Pupils, Uncertainty};
use crate::geometry::{Point, Rect, tenth};

/// The face box over the landmarks' hull.
///
/// The receiver's box is not published. Its limits (224 px of face, 85 px between the pupils) stand as 2.64 to 1, which is what
/// the boxes of face detectors measure on frontal faces, while the hull is narrower: this factor brings the smaller side of
/// the box to 2.64 times the yaw-corrected interpupillary distance on average over 102 frontal portraits.
pub const FACE_BOX_FACTOR: f64 = 1.2;

/// 90th percentiles of the error, in degrees: of yaw, pitch and roll on 64 photos of people with known pose.
const POSE_UNCERTAINTY: HeadPose = HeadPose { yaw: 4.3, pitch: 5.8, roll: 1.8 };

/// The 90th percentile of the error of the distance between the pupils, on 110 frontal portraits and selfies.
const IRIS_UNCERTAINTY: f64 = 0.0125;

/// The same where the pupils are taken for the middles of the eyes.
const EYE_CONTOUR_UNCERTAINTY: f64 = 0.036;

/// The 90th percentile of how far faces are from the 2.64, on 102 frontal portraits.
const FACE_BOX_UNCERTAINTY: f64 = 0.07;

/// Puts the measured face together.
pub(crate) fn face(detection: &Detection, landmarks: &Landmarks, pupils: Pupils, pose: HeadPose) -> Face {
    let hull = landmarks.hull();
    let bounds = landmarks.level_hull().0.enlarged(FACE_BOX_FACTOR);
    let interpupillary_distance = pupils.left.distance(pupils.right);
    let reliable =
        landmarks.is_present() && landmarks.is_settled() && [pose.yaw, pose.pitch, pose.roll].iter().all(|a| a.is_finite());
    let foreshortening = if reliable { pose.yaw.to_radians().cos() } else { 1.0 };
    Face {
        size_px: tenth(bounds.smaller_side()),
        bounds: tenths(bounds),
        hull: tenths(hull),
        landmarks: landmarks.points.iter().map(|point| tenth_point(point.in_picture())).collect(),
        score: (detection.score * 100.0).round() / 100.0,
        presence: tenth(landmarks.presence),
        left_eye: tenth_point(pupils.left),
        right_eye: tenth_point(pupils.right),
        interpupillary_distance_px: tenth(interpupillary_distance),
        inter_eye_distance_px: tenth(interpupillary_distance / foreshortening.max(0.1)),
        pupils: pupils.source,
        uncertainty: Uncertainty {
            size_px: tenth(FACE_BOX_UNCERTAINTY * bounds.smaller_side()),
            interpupillary_distance_px: tenth(
                interpupillary_distance
                    * match pupils.source {
                        PupilSource::Iris => IRIS_UNCERTAINTY,
                        PupilSource::EyeContour => EYE_CONTOUR_UNCERTAINTY,
                    },
            ),
            yaw: POSE_UNCERTAINTY.yaw,
            pitch: POSE_UNCERTAINTY.pitch,
            roll: POSE_UNCERTAINTY.roll,
        },
        pose: reliable.then(|| HeadPose { yaw: tenth(pose.yaw), pitch: tenth(pose.pitch), roll: tenth(pose.roll) }),
    }
}

fn tenth_point(point: Point) -> Point {
    Point::new(tenth(point.x), tenth(point.y))
}

fn tenths(rect: Rect) -> Rect {
    Rect { x: tenth(rect.x), y: tenth(rect.y), width: tenth(rect.width), height: tenth(rect.height) }
}
