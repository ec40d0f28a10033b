//! What was found of a face, from the detector's box to what the report states.

use serde::Serialize;

use crate::geometry::{Point, Rect};

/// A face as the detector sees it, in pixels of the picture.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Detection {
    /// 0 to 1.
    pub(crate) score: f64,
    pub(crate) bounds: Rect,
    pub(crate) right_eye: Point,
    pub(crate) left_eye: Point,
}

/// A point of the face mesh: pixels of the picture, and depth in the same unit, negative toward the camera.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub(crate) struct MeshPoint {
    pub(crate) x: f64,
    pub(crate) y: f64,
    pub(crate) z: f64,
}

impl MeshPoint {
    pub(crate) const fn in_picture(self) -> Point {
        Point::new(self.x, self.y)
    }
}

/// The face mesh.
#[derive(Debug, Clone)]
pub(crate) struct Landmarks {
    pub(crate) points: Box<[MeshPoint; Self::COUNT]>,
    /// How sure the network is that it looks at a face, as a logit: 0 is even odds.
    pub(crate) presence: f64,
    /// How far apart the points lie in two looks at the face, on average, as a part of the crop's side.
    pub(crate) spread: f64,
    /// What the network has seen in each look: 128 channels of 6 x 6.
    pub(crate) features: Vec<Vec<f32>>,
}

impl Landmarks {
    pub(crate) const COUNT: usize = 468;

    /// Whether the network believes in the face enough for its points to mean anything.
    pub(crate) fn is_present(&self) -> bool {
        self.presence >= RELIABLE_PRESENCE
    }

    /// Whether both looks at the face saw the same.
    pub(crate) fn is_settled(&self) -> bool {
        self.spread <= LARGEST_SPREAD
    }

    /// Outer corners of the eyes: the subject's right one and the left one.
    const EYES: [usize; 2] = [33, 263];

    /// The upright box around all points.
    pub(crate) fn hull(&self) -> Rect {
        Rect::hull(self.points.iter().map(|point| point.in_picture())).unwrap_or_default()
    }

    /// The box around all points whose sides are level with the eyes: upright once it is turned by the angle about its centre.
    #[allow(clippy::indexing_slicing, reason = "constants of the mesh")]
    pub(crate) fn level_hull(&self) -> (Rect, f64) {
        let [right, left] = Self::EYES.map(|index| self.points[index].in_picture());
        let angle = right.direction(left);
        let (sin, cos) = angle.sin_cos();
        let level = self.points.iter().map(|point| Point::new(point.x * cos + point.y * sin, point.y * cos - point.x * sin));
        let hull = Rect::hull(level).unwrap_or_default();
        let Point { x, y } = hull.centre();
        (Rect::about(Point::new(x * cos - y * sin, y * cos + x * sin), hull.width, hull.height), angle)
    }
}

/// Something of each of the two sides of a face, the subject's own.
///
/// ```
/// use face_precheck::Sides;
///
/// let lids_apart = Sides { right: 0.21, left: 0.05 };
/// assert_eq!(lids_apart.least(), 0.05); // A wink.
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Sides<T> {
    /// On the subject's right: the left one in the picture.
    pub right: T,
    /// On the subject's left.
    pub left: T,
}

impl<T> Sides<T> {
    /// The same of what is made of each.
    pub(crate) fn map<U>(self, change: impl Fn(T) -> U) -> Sides<U> {
        Sides { right: change(self.right), left: change(self.left) }
    }
}

impl Sides<f64> {
    /// The smaller one.
    #[must_use]
    pub const fn least(&self) -> f64 {
        self.right.min(self.left)
    }
}

/// What the iris network tells of the eyes.
#[derive(Debug, Clone)]
pub(crate) struct Eyes {
    pub(crate) pupils: Pupils,
    /// Between the middles of the lids, in pixels.
    pub(crate) openings: Sides<f64>,
    /// What the network has seen of each in both crops, one after the other: each 128 channels of 2 x 2.
    pub(crate) features: Sides<Vec<f32>>,
}

/// Centres of the two pupils in the picture.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Pupils {
    pub(crate) right: Point,
    pub(crate) left: Point,
    pub(crate) source: PupilSource,
}

/// Of 110 upright photos of people the least sure face had 18; upright meshes on faces that lie on their head, up to 9.
pub(crate) const SURE_PRESENCE: f64 = 12.0;

/// With a smaller presence the mesh may lie anywhere and its angles mean nothing.
const RELIABLE_PRESENCE: f64 = 3.0;

/// On 110 photos of people the spread is up to 0.009; where the mesh lies on something else, 0.010 to 0.035.
const LARGEST_SPREAD: f64 = 0.015;

/// Where the pupils were found.
///
/// ```
/// use face_precheck::{Engine, Profile, PupilSource};
///
/// let photo = std::fs::read("fixtures/rendered/p1_sunglasses.jpg")?;
/// let report = Engine::lazy().check(&photo, &Profile::progeny_selfie())?;
/// assert_eq!(report.faces()[0].pupils, PupilSource::EyeContour);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum PupilSource {
    /// In the middle of the irises.
    Iris,
    /// In the middle of the eyes' contours, because the irises could not be told: the eyes are closed or hidden. Their distance is
    /// then less sure.
    EyeContour,
}

/// How the head is turned against the line of sight to it, in degrees. All zero: the face looks into the camera.
///
/// The head's axes, applied in the order roll, yaw, pitch from the picture inward. [`HeadPose::axes`] shows the signs.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct HeadPose {
    /// Turned: positive when the subject looks to their left, the nose toward the picture's right.
    pub yaw: f64,
    /// Nodded: positive when the subject looks down. Zero is the pose of the canonical face that the landmarks are laid onto; people who look
    /// straight ahead read a few degrees off it, each their own, and a smile moves it by 3: the zero is not better than 3 degrees.
    pub pitch: f64,
    /// Tilted: positive when the head leans toward the subject's right shoulder, anticlockwise in the picture.
    pub roll: f64,
}

impl HeadPose {
    /// Where three directions of the head point in the picture, each of length 1 in space: to the subject's left, up, and where the face
    /// looks; what points at the camera is (0, 0).
    ///
    /// ```
    /// use face_precheck::HeadPose;
    ///
    /// let [left, up, ahead] = HeadPose { yaw: 90.0, pitch: 0.0, roll: 0.0 }.axes();
    /// // Who looks to their left looks to the picture's right, and down is where y grows.
    /// assert!(ahead.x > 0.999 && up.y < -0.999 && left.x.abs() < 0.001);
    /// ```
    #[must_use]
    pub fn axes(&self) -> [Point; 3] {
        let [(sin_yaw, cos_yaw), (sin_pitch, cos_pitch), (sin_roll, cos_roll)] =
            [self.yaw, self.pitch, self.roll].map(|angle| angle.to_radians().sin_cos());
        // Nodded, then turned; the roll turns what is left of it in the picture, whose y goes down.
        let [left, up, ahead] = [(cos_yaw, 0.0), (sin_yaw * sin_pitch, cos_pitch), (sin_yaw * cos_pitch, -sin_pitch)];
        [left, up, ahead].map(|(x, y)| Point::new(cos_roll * x - sin_roll * y, -(sin_roll * x + cos_roll * y)))
    }
}

/// A face and what was measured of it, in pixels of the upright picture and in degrees, rounded to one decimal place.
/// Left and right are the subject's own.
///
/// ```
/// use face_precheck::{Engine, FACE_BOX_FACTOR, Profile};
///
/// let photo = std::fs::read("fixtures/rendered/p1_y-24_p+00_r+00.jpg")?; // Turned to their right by 24 degrees.
/// let report = Engine::lazy().check(&photo, &Profile::progeny_selfie())?;
/// let [face] = report.faces() else { return Err("one face was expected".into()) };
/// let pose = face.pose.ok_or("not told")?;
/// assert!((pose.yaw + 24.0).abs() < face.uncertainty.yaw, "{pose:?}");
/// assert!(face.left_eye.x > face.right_eye.x && face.inter_eye_distance_px > face.interpupillary_distance_px);
/// assert!((face.bounds.width / face.hull.width - FACE_BOX_FACTOR).abs() < 0.05); // Not tilted.
/// assert!(face.landmarks.iter().all(|&point| point.x >= face.hull.x && point.x <= face.hull.right()));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Face {
    /// The face box: an upright box as wide and as high as the hull of all landmarks along the head's own axes, enlarged about its
    /// centre by [`FACE_BOX_FACTOR`](crate::FACE_BOX_FACTOR). A tilted head has the box of one that is not. It may reach outside the
    /// picture.
    #[serde(rename = "box")]
    pub bounds: Rect,
    /// The upright hull of all landmarks itself: from the brow to the chin and from cheek to cheek.
    #[serde(skip)]
    pub hull: Rect,
    /// The 468 landmarks themselves, in the order of MediaPipe's face mesh. Not in JSON.
    #[serde(skip)]
    pub landmarks: Vec<Point>,
    /// How sure the detector is, 0 to 1.
    pub score: f64,
    /// How sure the landmark network is that it looks at a face, as a logit: the smaller one of two looks. People who can be recognised
    /// have 12 and more; under 3 nothing that is measured is believed.
    pub presence: f64,
    /// The smaller side of `bounds`.
    pub size_px: f64,
    /// Centre of the left pupil.
    pub left_eye: Point,
    /// Centre of the right pupil.
    pub right_eye: Point,
    /// Distance between the two pupils in the picture.
    pub interpupillary_distance_px: f64,
    /// The same corrected for yaw (ISO/IEC 29794-5): what it would be if the face looked straight ahead.
    pub inter_eye_distance_px: f64,
    /// Where the pupils were found.
    pub pupils: PupilSource,
    /// `None` where it could not be told: then the sizes are not to be trusted either.
    pub pose: Option<HeadPose>,
    /// How far off the measures may be.
    pub uncertainty: Uncertainty,
}

/// How far off what was measured of a face may be: nine of ten measurements are nearer to the truth. [`Profile`](crate::Profile) says
/// what becomes of a measure that is so near to a limit.
///
/// ```
/// use face_precheck::{Engine, Profile};
///
/// let photo = std::fs::read("fixtures/photos/refused/grace_hopper.jpg")?;
/// let report = Engine::lazy().check(&photo, &Profile::progeny_selfie())?;
/// let face = &report.faces()[0];
/// let off = face.uncertainty.interpupillary_distance_px / face.interpupillary_distance_px;
/// assert!((0.012..0.013).contains(&off), "1.25 % where the irises are seen");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Uncertainty {
    /// Of [`Face::size_px`], against the average person's face between whose pupils is the same distance.
    pub size_px: f64,
    /// Of [`Face::interpupillary_distance_px`].
    pub interpupillary_distance_px: f64,
    /// Degrees.
    pub yaw: f64,
    /// Degrees. What is no pitch at all differs between people: a face that looks straight ahead may read 3 degrees up or down.
    pub pitch: f64,
    /// Degrees.
    pub roll: f64,
}

impl AsRef<Self> for Face {
    fn as_ref(&self) -> &Self {
        self
    }
}

impl Face {
    /// Whether the network is sure enough of the face for its landmarks to mean anything.
    pub(crate) const fn is_reliable(&self) -> bool {
        self.pose.is_some()
    }

    /// Whether turning the head straight would move the eyes apart in the picture.
    pub(crate) fn is_turned(&self) -> bool {
        self.inter_eye_distance_px > self.interpupillary_distance_px
    }

    /// Whether the network is as sure as it is of any upright face.
    pub(crate) const fn is_sure(&self) -> bool {
        self.presence >= SURE_PRESENCE
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn axis(yaw: f64, pitch: f64, roll: f64, axis: usize) -> (f64, f64) {
        let point = HeadPose { yaw, pitch, roll }.axes()[axis];
        let hundredth = |value: f64| (100.0 * value).round() / 100.0 + 0.0;
        (hundredth(point.x), hundredth(point.y))
    }

    #[test]
    fn axes_point_where_the_head_does() {
        assert_eq!([0, 1, 2].map(|index| axis(0.0, 0.0, 0.0, index)), [(1.0, 0.0), (0.0, -1.0), (0.0, 0.0)]);
        assert_eq!(axis(30.0, 0.0, 0.0, 2), (0.5, 0.0), "to their left is the picture's right");
        assert_eq!(axis(0.0, 30.0, 0.0, 2), (0.0, 0.5), "looking down");
        assert_eq!(axis(0.0, 0.0, 30.0, 1), (-0.5, -0.87), "leaning to their right shoulder");
        // Turned by a quarter and nodded by 30: the crown comes forward, along the way that the head looks; leaning turns it all.
        assert_eq!(axis(90.0, 30.0, 0.0, 1), (0.5, -0.87));
        assert_eq!(axis(90.0, 30.0, 90.0, 1), (-0.87, -0.5));
    }
}
