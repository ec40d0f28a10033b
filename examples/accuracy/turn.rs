//! Rotations as yaw, pitch and roll in degrees: R = Rz(roll) Ry(yaw) Rx(pitch) with x to the picture's right, y up, z toward the camera,
//! and the project's signs (see README.md).

use face_precheck::Point;

type Vector = [f64; 3];
type Matrix = [[f64; 3]; 3];

fn product(a: Matrix, b: Matrix) -> Matrix {
    a.map(|row| [0, 1, 2].map(|column| (0..3).map(|k| row[k] * b[k][column]).sum()))
}

fn transposed(a: Matrix) -> Matrix {
    [0, 1, 2].map(|row| [0, 1, 2].map(|column| a[column][row]))
}

/// The rotation by yaw, pitch and roll. Its columns are where the head's own axes point: to its left, up, and where it looks.
pub(crate) fn rotation([yaw, pitch, roll]: [f64; 3]) -> Matrix {
    let (sin, cos) = yaw.to_radians().sin_cos();
    let about_y = [[cos, 0.0, sin], [0.0, 1.0, 0.0], [-sin, 0.0, cos]];
    let (sin, cos) = pitch.to_radians().sin_cos();
    let about_x = [[1.0, 0.0, 0.0], [0.0, cos, -sin], [0.0, sin, cos]];
    let (sin, cos) = roll.to_radians().sin_cos();
    let about_z = [[cos, -sin, 0.0], [sin, cos, 0.0], [0.0, 0.0, 1.0]];
    product(about_z, product(about_y, about_x))
}

/// Yaw, pitch and roll of a rotation.
pub(crate) fn angles(r: Matrix) -> [f64; 3] {
    [(-r[2][0]).clamp(-1.0, 1.0).asin(), r[2][1].atan2(r[2][2]), r[1][0].atan2(r[0][0])].map(f64::to_degrees)
}

/// The shortest rotation that takes the z axis to a direction of length 1 (not -z).
fn from_z_to([x, y, z]: Vector) -> Matrix {
    let k = 1.0 / (1.0 + z);
    [[1.0 - k * x * x, -k * x * y, x], [-k * x * y, 1.0 - k * y * y, y], [-x, -y, z]]
}

/// Angles against a pinhole camera's axis, which meets the picture at `axis`, as angles against the line of sight to a head at `at`.
///
/// The head is seen as by a camera that was turned toward it by the shortest way.
pub(crate) fn against_line_of_sight(angles_to_axis: [f64; 3], at: Point, axis: Point, focal_px: f64) -> [f64; 3] {
    let to_camera = [axis.x - at.x, at.y - axis.y, focal_px];
    let length = to_camera.iter().map(|part| part * part).sum::<f64>().sqrt();
    let camera = from_z_to(to_camera.map(|part| part / length));
    angles(product(transposed(camera), rotation(angles_to_axis)))
}

/// The difference of two angles, from -180 up to 180 degrees.
pub(crate) fn difference(a: f64, b: f64) -> f64 {
    (a - b + 180.0).rem_euclid(360.0) - 180.0
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const AXIS: Point = Point::new(360.0, 480.0);

    fn assert_close(found: [f64; 3], expected: [f64; 3], tolerance: f64) {
        for (a, b) in found.into_iter().zip(expected) {
            assert!(difference(a, b).abs() < tolerance, "{found:?} instead of {expected:?}");
        }
    }

    #[test]
    fn signs() {
        let looks = |angles| rotation(angles).map(|row| row[2]);
        assert!(looks([20.0, 0.0, 0.0])[0] > 0.3, "yaw: to the picture's right");
        assert!(looks([0.0, 20.0, 0.0])[1] < -0.3, "pitch: down");
        let up = rotation([0.0, 0.0, 20.0]).map(|row| row[1]);
        assert!(up[0] < -0.3, "roll: the top of the head goes to the picture's left");
    }

    #[test]
    fn rotations_worked_out_by_hand() {
        // Turned to the picture's right by 90 degrees, then tilted: the head looks up along the picture.
        let r = rotation([90.0, 0.0, 90.0]);
        let expected = [[0.0, -1.0, 0.0], [0.0, 0.0, 1.0], [-1.0, 0.0, 0.0]];
        assert!(r.iter().flatten().zip(expected.iter().flatten()).all(|(a, b)| (a - b).abs() < 1e-12), "{r:?}");
        // Order: pitch about the head's own axis comes first, so a roll adds to a roll whatever the rest.
        assert_close(angles(product(rotation([0.0, 0.0, 30.0]), rotation([25.0, 40.0, 5.0]))), [25.0, 40.0, 35.0], 1e-9);
    }

    #[test]
    fn a_head_that_looks_along_the_axis_is_seen_from_the_side() {
        let seen = |x, y| against_line_of_sight([0.0; 3], Point::new(x, y), AXIS, 1000.0);
        assert_close(seen(360.0, 480.0), [0.0; 3], 1e-9);
        // 364 px off at a focal length of 1000 px are 20 degrees: to the right the head looks past the camera on the picture's right.
        assert_close(seen(360.0 + 363.970, 480.0), [20.0, 0.0, 0.0], 1e-3);
        assert_close(seen(360.0 - 363.970, 480.0), [-20.0, 0.0, 0.0], 1e-3);
        // Below the axis the camera sees it from above, as if it looked down.
        assert_close(seen(360.0, 480.0 + 363.970), [0.0, 20.0, 0.0], 1e-3);
        assert_close(seen(360.0, 480.0 - 363.970), [0.0, -20.0, 0.0], 1e-3);
    }

    #[test]
    fn a_head_off_the_axis_that_looks_into_the_camera_is_frontal() {
        // At the picture's right, turned back toward the camera by the same 20 degrees.
        assert_close(against_line_of_sight([-20.0, 0.0, 0.0], Point::new(723.970, 480.0), AXIS, 1000.0), [0.0; 3], 1e-3);
        assert_close(against_line_of_sight([0.0, -20.0, 0.0], Point::new(360.0, 843.970), AXIS, 1000.0), [0.0; 3], 1e-3);
        // Pitch and position add up on the vertical through the axis, and tilting stays what it is.
        assert_close(against_line_of_sight([0.0, 15.0, 0.0], Point::new(360.0, 843.970), AXIS, 1000.0), [0.0, 35.0, 0.0], 1e-3);
        assert_close(against_line_of_sight([0.0, 0.0, 30.0], AXIS, AXIS, 1000.0), [0.0, 0.0, 30.0], 1e-9);
    }

    #[test]
    fn differences_go_the_short_way_round() {
        assert_eq!(difference(170.0, -170.0), -20.0);
        assert_eq!(difference(-179.0, 180.0), 1.0);
        assert_eq!(difference(20.0, 30.0), -10.0);
    }

    proptest! {
        #[test]
        fn angles_read_back(yaw in -85.0f64..85.0, pitch in -170.0f64..170.0, roll in -170.0f64..170.0) {
            assert_close(angles(rotation([yaw, pitch, roll])), [yaw, pitch, roll], 1e-6);
        }

        #[test]
        fn the_shortest_rotation_is_one(x in -0.9f64..0.9, y in -0.4f64..0.4) {
            let direction = [x, y, (1.0 - x * x - y * y).sqrt()];
            let r = from_z_to(direction);
            let ahead = r.map(|row| row[2]);
            prop_assert!(ahead.iter().zip(direction).all(|(a, b)| (a - b).abs() < 1e-12), "{ahead:?}");
            let identity = [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]];
            let squared = product(r, transposed(r));
            prop_assert!(squared.iter().flatten().zip(identity.iter().flatten()).all(|(a, b)| (a - b).abs() < 1e-12), "{squared:?}");
            // Nothing turns about the direction itself: its axis lies in the plane of x and y.
            prop_assert!((r[1][0] - r[0][1]).abs() < 1e-12);
        }

        /// Mirroring the picture negates yaw and roll, off the axis as well.
        #[test]
        fn a_mirrored_head_has_mirrored_angles(
            yaw in -60.0f64..60.0, pitch in -60.0f64..60.0, roll in -60.0f64..60.0, x in -300.0f64..300.0, y in -300.0f64..300.0,
        ) {
            let seen = |yaw, roll, x| against_line_of_sight([yaw, pitch, roll], Point::new(AXIS.x + x, AXIS.y + y), AXIS, 1200.0);
            let [a, b, c] = seen(yaw, roll, x);
            assert_close(seen(-yaw, -roll, -x), [-a, b, -c], 1e-6);
        }
    }
}
