//! Where a face is in its picture, and places on it.

use crate::labels::Eyes;
use face_precheck::Point;

/// One of the subject's own sides.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Side {
    Right,
    Left,
}

/// The marked face of a picture.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Face {
    pub(crate) eyes: Eyes,
    /// Degrees; 0 where it is not known.
    pub(crate) yaw: f64,
}

impl Face {
    pub(crate) fn new(eyes: Eyes, yaw: Option<f64>) -> Self {
        // Farther round there is no face to paint on; the frame would degenerate.
        Self { eyes, yaw: yaw.unwrap_or(0.0).clamp(-60.0, 60.0) }
    }

    /// Pixels between the pupils, as they would be if the face looked into the camera.
    pub(crate) fn ied(&self) -> f64 {
        self.eyes.distance() / self.yaw.to_radians().cos()
    }

    /// The face in a picture of which a part was cut out and scaled.
    pub(crate) fn moved(&self, left: f64, top: f64, scale: f64) -> Self {
        let place = |point: Point| Point::new((point.x - left) * scale, (point.y - top) * scale);
        Self { eyes: Eyes { left: place(self.eyes.left), right: place(self.eyes.right) }, ..*self }
    }

    /// How far the face reaches from the middle between the eyes: to the picture's left, top, right and bottom, in pixels.
    ///
    /// It is an ellipse 2.3 distances between the pupils wide and 3.1 high, from 1.15 above the eyes to 1.95 below.
    pub(crate) fn reach(&self) -> [f64; 4] {
        let ied = self.ied();
        let slope = self.eyes.left;
        let (cos, sin) = {
            let distance = self.eyes.distance();
            ((slope.x - self.eyes.right.x) / distance, (slope.y - self.eyes.right.y) / distance)
        };
        let (x, y) = (-0.4 * ied * sin, 0.4 * ied * cos);
        let wide = (1.15 * ied * cos).hypot(1.55 * ied * sin);
        let high = (1.15 * ied * sin).hypot(1.55 * ied * cos);
        [wide - x, high - y, wide + x, high + y]
    }

    pub(crate) fn frame(&self) -> Frame {
        let middle = self.eyes.middle();
        let (cos, tan) = (self.yaw.to_radians().cos(), self.yaw.to_radians().tan());
        let (x, y) = (self.eyes.left.x - self.eyes.right.x, self.eyes.left.y - self.eyes.right.y);
        Frame {
            origin: [middle.x as f32, middle.y as f32],
            across: [x as f32, y as f32],
            down: [(-y / cos) as f32, (x / cos) as f32],
            lean: tan as f32,
        }
    }
}

/// The face's own axes: `u` to the subject's left and `v` down from the middle between the eyes, in distances between the pupils.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Frame {
    origin: [f32; 2],
    across: [f32; 2],
    down: [f32; 2],
    /// How far to the side a part of the face goes as it stands out, for a face that is turned.
    lean: f32,
}

impl Frame {
    /// Pixels of a distance between the pupils.
    pub(crate) fn unit(&self) -> f32 {
        self.down[0].hypot(self.down[1])
    }

    pub(crate) fn to_picture(self, [u, v]: [f32; 2]) -> [f32; 2] {
        let bend = BEND * self.lean;
        // Where the face turns out of sight its bend ends.
        let bent = if 2.0 * bend * u > 1.0 { 0.5 * u } else { u - bend * u * u };
        let u = bent + depth(v) * self.lean + 0.25 * bend;
        [0, 1].map(|axis| self.origin[axis] + u * self.across[axis] + v * self.down[axis])
    }

    pub(crate) fn to_face(self, place: [f32; 2]) -> [f32; 2] {
        let [x, y] = [place[0] - self.origin[0], place[1] - self.origin[1]];
        let along = |[a, b]: [f32; 2]| (x * a + y * b) / (a * a + b * b);
        let v = along(self.down);
        let bend = BEND * self.lean;
        let bent = along(self.across) - depth(v) * self.lean - 0.25 * bend;
        [2.0 * bent / (1.0 + (1.0 - 4.0 * bend * bent).max(0.0).sqrt()), v]
    }

    /// Sine-like measure of how far the face is turned: positive to the picture's right.
    pub(crate) fn lean(self) -> f32 {
        self.lean
    }
}

/// How a face recedes to its sides: by so much times the square of how far from its middle. A pupil is at half a unit.
const BEND: f32 = 0.35;

/// How far the face stands out at a height, compared with the eyes: brow, nose, mouth, chin.
fn depth(v: f32) -> f32 {
    const PROFILE: [[f32; 2]; 7] =
        [[-1.2, -0.14], [-0.35, -0.02], [0.0, 0.0], [0.62, 0.28], [1.05, 0.14], [1.75, 0.05], [2.6, -0.2]];
    let after = PROFILE.iter().position(|[height, _]| *height > v).unwrap_or(PROFILE.len() - 1).max(1);
    let ([from, low], [to, high]) = (PROFILE[after - 1], PROFILE[after]);
    low + (high - low) * ((v - from) / (to - from)).clamp(0.0, 1.0)
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    pub(crate) fn eyes(right: (f64, f64), left: (f64, f64)) -> Eyes {
        Eyes { left: Point::new(left.0, left.1), right: Point::new(right.0, right.1) }
    }

    #[test]
    fn places_go_there_and_back() {
        for yaw in [-40.0, 0.0, 25.0] {
            let frame = Face::new(eyes((100.0, 130.0), (200.0, 90.0)), Some(yaw)).frame();
            for place in [[0.0, 0.0], [-0.5, 0.1], [0.7, 1.05], [0.3, -1.5], [0.0, 2.4], [2.5, 0.0], [-2.5, 1.0]] {
                let back = frame.to_face(frame.to_picture(place));
                assert!((back[0] - place[0]).hypot(back[1] - place[1]) < 1e-4, "{place:?} {back:?}");
            }
        }
    }

    #[test]
    fn pupils_are_half_a_unit_from_the_middle_and_the_mouth_is_below() {
        let face = Face::new(eyes((100.0, 100.0), (180.0, 100.0)), None);
        let frame = face.frame();
        assert_eq!((face.ied(), frame.unit()), (80.0, 80.0));
        assert_eq!(frame.to_picture([-0.5, 0.0]), [100.0, 100.0]);
        assert_eq!(frame.to_picture([0.0, 1.0]), [140.0, 180.0]);
        for yaw in [-35.0, 15.0, 50.0] {
            let turned = Face { yaw, ..face }.frame();
            let [x, y] = turned.to_face([180.0, 100.0]);
            assert!((x - 0.5).abs() < 1e-4 && y.abs() < 1e-4, "{x} {y}");
        }
        // The head leans toward the right shoulder: the chin goes to the picture's right.
        let rolled = Face::new(eyes((100.0, 130.0), (180.0, 90.0)), None).frame();
        assert!(rolled.to_picture([0.0, 1.0])[0] > 140.0);
    }

    #[test]
    fn a_turned_face_is_wider_than_its_pupils_are_apart_and_its_nose_goes_along() {
        let face = Face::new(eyes((100.0, 100.0), (180.0, 100.0)), Some(60.0));
        assert!((face.ied() - 160.0).abs() < 1e-9);
        assert!(face.frame().to_picture([0.0, 0.65])[0] > 140.0 + 0.3 * 160.0 * 0.86);
    }

    #[test]
    fn the_reach_turns_with_the_face() {
        let upright = Face::new(eyes((100.0, 100.0), (200.0, 100.0)), None).reach();
        assert_eq!(upright.map(f64::round), [115.0, 115.0, 115.0, 195.0]);
        // The subject's left eye above the right one: the chin is to the picture's right.
        let lying = Face::new(eyes((100.0, 200.0), (100.0, 100.0)), None).reach();
        assert_eq!(lying.map(f64::round), [115.0, 115.0, 195.0, 115.0]);
    }
}
