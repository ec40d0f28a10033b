//! Picture + landmarks -> the pupils' centres, from the iris network on a crop of each eye.

use crate::error::Result;
use crate::face::{Landmarks, Pupils};
use crate::geometry::{Point, TurnedSquare};
use crate::image::Rgb8;
use crate::net::Network;
use crate::resample::turned_crop;

/// Side of the network's input in pixels.
pub(crate) const SIDE: u32 = 64;

/// The crop's side over the distance between the eye's corners.
const CROP: f64 = 2.3;

/// An eye's corners in the mesh, first the one that is further left in an upright picture.
struct Eye {
    corners: (usize, usize),
    /// The network knows right eyes only: a left one is shown to it in the mirror.
    mirror: bool,
}

const RIGHT: Eye = Eye { corners: (33, 133), mirror: false };
const LEFT: Eye = Eye { corners: (362, 263), mirror: true };

/// Finds both pupils.
pub(crate) fn pupils(image: &Rgb8, landmarks: &Landmarks, network: &Network) -> Result<Pupils> {
    let pupil = |eye: &Eye| pupil(image, &crop(landmarks, eye), eye.mirror, network);
    Ok(Pupils { right: pupil(&RIGHT)?, left: pupil(&LEFT)? })
}

/// The square around an eye, level with the line through both eyes: that is steadier than the line through one eye's corners.
fn crop(landmarks: &Landmarks, eye: &Eye) -> TurnedSquare {
    let corner = |index: usize| landmarks.points[index].in_picture();
    let (first, second) = (corner(eye.corners.0), corner(eye.corners.1));
    TurnedSquare {
        centre: first.midpoint(second),
        side: CROP * first.distance(second),
        angle: corner(RIGHT.corners.0).direction(corner(LEFT.corners.1)),
    }
}

fn pupil(image: &Rgb8, square: &TurnedSquare, mirror: bool, network: &Network) -> Result<Point> {
    let planes = turned_crop(image, square, network.side(), mirror);
    let [_contour, iris] = network.run(&planes)?;
    // The first of the five iris points is the centre.
    let Some(&[x, y, _]) = iris.first_chunk() else { return Ok(square.centre) };
    let (u, v) = (f64::from(x) / f64::from(SIDE), f64::from(y) / f64::from(SIDE));
    let centre = square.to_picture(if mirror { 1.0 - u } else { u }, v);
    Ok(if centre.x.is_finite() && centre.y.is_finite() { centre } else { square.centre })
}
