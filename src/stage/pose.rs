//! Landmarks -> [`HeadPose`]: pure geometry.
//!
//! The mesh is laid onto Google's canonical face by weighted Procrustes superimposition (translation, rotation and scale), on
//! the 31 points that Google's face geometry pipeline gives weights to, the outer jaw left out; the best rotation is the
//! principal eigenvector of Horn's quaternion matrix (B. K. P. Horn, "Closed-form solution of absolute orientation using unit
//! quaternions", 1987). Nothing in it is fitted to data of ours. Source of the numbers: `geometry_pipeline_metadata_landmarks`
//! of MediaPipe's face mesh solution, Apache-2.0.

use crate::face::{HeadPose, Landmarks, MeshPoint};

/// A point of the canonical face in centimetres (x to the picture's right, y up, z to the viewer), and its weight. Where `mirrored`
/// is set it names the mesh point on the other side, at -x.
struct Anchor {
    index: usize,
    mirrored: Option<usize>,
    position: [f64; 3],
    weight: f64,
}

const fn pair(index: usize, mirrored: usize, x: f64, y: f64, z: f64, weight: f64) -> Anchor {
    Anchor { index, mirrored: Some(mirrored), position: [-x, y, z], weight }
}

const fn middle(index: usize, y: f64, z: f64, weight: f64) -> Anchor {
    Anchor { index, mirrored: None, position: [0.0, y, z], weight }
}

const ANCHORS: [Anchor; 17] = [
    pair(129, 358, 1.785794, -0.978284, 4.850470, 0.12062521),
    middle(4, -0.463170, 7.586580, 0.07090994),
    pair(33, 263, 4.445859, 2.663991, 3.173422, 0.05872417),
    pair(133, 362, 1.856432, 2.585245, 3.757904, 0.05328618),
    pair(205, 425, 3.832928, -1.537326, 4.137731, 0.04725228),
    middle(6, 2.473255, 5.788627, 0.03210014),
    pair(198, 420, 1.246815, 0.230297, 5.681036, 0.02546219),
    pair(121, 350, 1.820731, 1.467954, 4.224124, 0.01859136),
    pair(143, 372, 6.407571, 2.236021, 1.560843, 0.01481655),
    pair(119, 348, 3.300681, 0.861641, 3.872784, 0.01456537),
    pair(147, 376, 6.234883, -1.944430, 1.663542, 0.01426283),
    pair(117, 346, 5.258659, 0.945811, 2.974312, 0.00979194),
    pair(67, 297, 3.523964, 8.005976, 3.729163, 0.00907806),
    middle(10, 8.261778, 4.481535, 0.00844655),
    pair(54, 284, 6.279331, 6.615427, 1.425850, 0.00766708),
    pair(132, 361, 7.270895, -2.890917, -2.252455, 0.00556002),
    pair(127, 356, 7.743095, 2.364999, -2.005167, 0.00519799),
];

/// Estimates how the head is turned. The unit of the landmarks does not matter.
pub(crate) fn pose(landmarks: &Landmarks) -> HeadPose {
    from_points(|index| landmarks.points[index])
}

fn from_points(mesh: impl Fn(usize) -> MeshPoint) -> HeadPose {
    // The mesh in the canonical face's axes: y up, z to the viewer.
    let seen = |index: usize| {
        let point = mesh(index);
        [point.x, -point.y, -point.z]
    };
    let pairs: Vec<([f64; 3], [f64; 3], f64)> = ANCHORS
        .iter()
        .flat_map(|anchor| {
            let [x, y, z] = anchor.position;
            let first = (anchor.position, seen(anchor.index), anchor.weight);
            let second = anchor.mirrored.map(|index| ([-x, y, z], seen(index), anchor.weight));
            [Some(first), second].into_iter().flatten()
        })
        .collect();

    let total: f64 = pairs.iter().map(|(_, _, weight)| weight).sum();
    let mut canonical_mean = [0.0; 3];
    let mut seen_mean = [0.0; 3];
    for (canonical, seen, weight) in &pairs {
        for axis in 0..3 {
            canonical_mean[axis] += weight * canonical[axis] / total;
            seen_mean[axis] += weight * seen[axis] / total;
        }
    }
    let mut covariance = [[0.0; 3]; 3];
    for (canonical, seen, weight) in &pairs {
        for i in 0..3 {
            for j in 0..3 {
                covariance[i][j] += weight * (canonical[i] - canonical_mean[i]) * (seen[j] - seen_mean[j]);
            }
        }
    }
    angles(best_rotation(covariance))
}

/// The unit quaternion (w, x, y, z) of the rotation from the canonical face to the seen one.
fn best_rotation([[xx, xy, xz], [yx, yy, yz], [zx, zy, zz]]: [[f64; 3]; 3]) -> [f64; 4] {
    let scale = xx.abs() + yy.abs() + zz.abs() + 1e-30;
    let matrix = [
        [xx + yy + zz, yz - zy, zx - xz, xy - yx],
        [yz - zy, xx - yy - zz, xy + yx, zx + xz],
        [zx - xz, xy + yx, yy - xx - zz, yz + zy],
        [xy - yx, zx + xz, yz + zy, zz - xx - yy],
    ];
    principal_eigenvector(matrix.map(|row| row.map(|value| value / scale)))
}

/// The eigenvector of a symmetric matrix's largest eigenvalue, of length 1, by Jacobi rotations.
fn principal_eigenvector(mut a: [[f64; 4]; 4]) -> [f64; 4] {
    const SWEEPS: usize = 30;
    let mut vectors = [[0.0; 4]; 4];
    for (i, row) in vectors.iter_mut().enumerate() {
        row[i] = 1.0;
    }
    for _ in 0..SWEEPS {
        let off_diagonal: f64 = (0..4).flat_map(|i| (i + 1..4).map(move |j| (i, j))).map(|(i, j)| a[i][j] * a[i][j]).sum();
        let diagonal: f64 = (0..4).map(|i| a[i][i] * a[i][i]).sum();
        if off_diagonal < 1e-18 * diagonal {
            break;
        }
        for p in 0..3 {
            for q in p + 1..4 {
                if a[p][q] == 0.0 {
                    continue;
                }
                let theta = (a[q][q] - a[p][p]) / (2.0 * a[p][q]);
                let tangent = f64::copysign(1.0, theta) / (theta.abs() + (theta * theta + 1.0).sqrt());
                let cos = 1.0 / (tangent * tangent + 1.0).sqrt();
                let sin = tangent * cos;
                for row in &mut a {
                    (row[p], row[q]) = (cos * row[p] - sin * row[q], sin * row[p] + cos * row[q]);
                }
                #[allow(clippy::needless_range_loop, reason = "two rows at a time")]
                for k in 0..4 {
                    (a[p][k], a[q][k]) = (cos * a[p][k] - sin * a[q][k], sin * a[p][k] + cos * a[q][k]);
                }
                for row in &mut vectors {
                    (row[p], row[q]) = (cos * row[p] - sin * row[q], sin * row[p] + cos * row[q]);
                }
            }
        }
    }
    let largest = (1..4).fold(0, |best, i| if a[i][i] > a[best][best] { i } else { best });
    let vector = vectors.map(|row| row[largest]);
    let length = vector.iter().map(|value| value * value).sum::<f64>().sqrt();
    vector.map(|value| value / length)
}

/// Decomposes R = Rz(roll) Ry(yaw) Rx(pitch): in this order a turn in the picture's plane changes roll alone.
fn angles([w, x, y, z]: [f64; 4]) -> HeadPose {
    let r00 = 1.0 - 2.0 * (y * y + z * z);
    let r10 = 2.0 * (x * y + w * z);
    let r20 = 2.0 * (x * z - w * y);
    let r21 = 2.0 * (y * z + w * x);
    let r22 = 1.0 - 2.0 * (x * x + y * y);
    HeadPose {
        yaw: (-r20).clamp(-1.0, 1.0).asin().to_degrees(),
        pitch: r21.atan2(r22).to_degrees(),
        roll: r10.atan2(r00).to_degrees(),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// The canonical face itself, turned: first pitch, then yaw, then roll, in the signs of [`HeadPose`].
    fn turned(pose: HeadPose, scale: f64, shift: f64) -> impl Fn(usize) -> MeshPoint {
        let (sin_yaw, cos_yaw) = pose.yaw.to_radians().sin_cos();
        let (sin_pitch, cos_pitch) = pose.pitch.to_radians().sin_cos();
        let (sin_roll, cos_roll) = pose.roll.to_radians().sin_cos();
        move |index| {
            let position = ANCHORS.iter().find_map(|anchor| {
                let [x, y, z] = anchor.position;
                if anchor.index == index { Some([x, y, z]) } else { (anchor.mirrored == Some(index)).then_some([-x, y, z]) }
            });
            let [x, y, z] = position.unwrap();
            let (y, z) = (y * cos_pitch - z * sin_pitch, y * sin_pitch + z * cos_pitch);
            let (x, z) = (x * cos_yaw + z * sin_yaw, z * cos_yaw - x * sin_yaw);
            let (x, y) = (x * cos_roll - y * sin_roll, x * sin_roll + y * cos_roll);
            MeshPoint { x: scale * x + shift, y: shift - scale * y, z: -scale * z }
        }
    }

    fn assert_close(found: HeadPose, expected: HeadPose, tolerance: f64) {
        for (found, expected) in [(found.yaw, expected.yaw), (found.pitch, expected.pitch), (found.roll, expected.roll)] {
            assert!((found - expected).abs() < tolerance, "{found} instead of {expected}");
        }
    }

    #[test]
    fn signs() {
        // The nose (4) lies before the face: toward the picture's right with positive yaw, lower with positive pitch.
        let pose = |yaw, pitch, roll| turned(HeadPose { yaw, pitch, roll }, 10.0, 0.0);
        let middle = pose(0.0, 0.0, 0.0)(4);
        assert!(pose(20.0, 0.0, 0.0)(4).x > middle.x);
        assert!(pose(0.0, 20.0, 0.0)(4).y > middle.y);
        // With positive roll the brow (10) moves toward the picture's left, which is the subject's right.
        assert!(pose(0.0, 0.0, 20.0)(10).x < 0.0);
    }

    proptest! {
        #[test]
        fn a_turned_face_reads_back(
            yaw in -80.0f64..80.0, pitch in -80.0f64..80.0, roll in -170.0f64..170.0,
            scale in 0.01f64..1000.0, shift in -5000.0f64..5000.0,
        ) {
            let pose = HeadPose { yaw, pitch, roll };
            assert_close(from_points(turned(pose, scale, shift)), pose, 1e-4);
        }
    }

    #[test]
    fn a_face_in_one_point_has_some_pose_and_no_panic() {
        let pose = from_points(|_| MeshPoint { x: 5.0, y: 5.0, z: 0.0 });
        assert!(pose.yaw.is_finite() && pose.pitch.is_finite() && pose.roll.is_finite());
    }

    /// Landmarks of rendered heads and the angles that the reference implementation in Python finds for them.
    #[test]
    fn agrees_with_the_reference_implementation() {
        let cases: Vec<serde_json::Value> = serde_json::from_str(include_str!("pose_vectors.json")).unwrap();
        assert_eq!(cases.len(), 20);
        for case in cases {
            let points = &case["points"];
            let mesh = |index: usize| {
                let coordinate = |axis: usize| points[index.to_string()][axis].as_f64().unwrap();
                MeshPoint { x: coordinate(0), y: coordinate(1), z: coordinate(2) }
            };
            let angle = |name: &str| case["pose"][name].as_f64().unwrap();
            let expected = HeadPose { yaw: angle("yaw"), pitch: angle("pitch"), roll: angle("roll") };
            assert_close(from_points(mesh), expected, 0.01);
        }
    }
}
