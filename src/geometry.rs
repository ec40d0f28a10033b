//! Points, boxes and turned squares, in pixels with the origin top left and y downward.

use serde::{Serialize, Serializer};

/// A position in the picture: pixels from the left and the top edge. The centre of the first pixel is at (0.5, 0.5).
///
/// ```
/// use face_precheck::Point;
///
/// assert_eq!(serde_json::to_string(&Point::new(3.5, 4.0))?, "[3.5,4.0]");
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Point {
    /// Pixels from the left edge.
    pub x: f64,
    /// Pixels from the top edge.
    pub y: f64,
}

impl Point {
    /// The point at (x, y).
    #[must_use]
    pub const fn new(x: f64, y: f64) -> Self {
        Self { x, y }
    }

    /// Straight distance to another point.
    pub(crate) fn distance(self, other: Self) -> f64 {
        (self.x - other.x).hypot(self.y - other.y)
    }

    /// The point half way to another one.
    pub(crate) fn midpoint(self, other: Self) -> Self {
        Self::new(f64::midpoint(self.x, other.x), f64::midpoint(self.y, other.y))
    }

    /// Angle of the way to another point against the x axis, in radians, positive clockwise in the picture.
    pub(crate) fn direction(self, other: Self) -> f64 {
        (other.y - self.y).atan2(other.x - self.x)
    }
}

/// In JSON a point is `[x, y]`.
impl Serialize for Point {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        [self.x, self.y].serialize(serializer)
    }
}

/// A turn of a picture by quarters, clockwise.
///
/// ```
/// use face_precheck::{Orientation, Turn};
///
/// assert_eq!((Turn::ThreeQuarters.degrees(), Turn::ThreeQuarters.swaps_sides()), (270, true));
/// assert_eq!(Orientation::from(Turn::Quarter), Orientation::Rotate90);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Turn {
    /// None at all.
    #[default]
    None,
    /// By 90 degrees.
    Quarter,
    /// By 180 degrees.
    Half,
    /// By 270 degrees.
    ThreeQuarters,
}

impl Turn {
    /// Those that change a picture.
    pub(crate) const TURNS: [Self; 3] = [Self::Quarter, Self::Half, Self::ThreeQuarters];

    /// The turn that undoes this one.
    pub(crate) const fn inverse(self) -> Self {
        match self {
            Self::Quarter => Self::ThreeQuarters,
            Self::ThreeQuarters => Self::Quarter,
            own => own,
        }
    }

    /// 0, 90, 180 or 270, clockwise.
    #[must_use]
    pub const fn degrees(self) -> u16 {
        self as u16 * 90
    }

    /// The shorter way: 90 and 180 clockwise, -90 anticlockwise.
    pub(crate) fn signed_degrees(self) -> f64 {
        match self {
            Self::None => 0.0,
            Self::Quarter => 90.0,
            Self::Half => 180.0,
            Self::ThreeQuarters => -90.0,
        }
    }

    /// Whether width and height change places.
    #[must_use]
    pub const fn swaps_sides(self) -> bool {
        matches!(self, Self::Quarter | Self::ThreeQuarters)
    }
}

/// A part of a picture, in whole pixels.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Window {
    pub(crate) left: u32,
    pub(crate) top: u32,
    pub(crate) width: u32,
    pub(crate) height: u32,
}

/// An upright box. It may reach outside the picture.
///
/// ```
/// use face_precheck::Rect;
///
/// let face = Rect { x: -4.0, y: 10.0, width: 100.0, height: 120.0 }; // Cut off at the left.
/// assert_eq!((face.right(), face.bottom()), (96.0, 130.0));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize)]
pub struct Rect {
    /// Left edge.
    pub x: f64,
    /// Top edge.
    pub y: f64,
    /// Extent to the right.
    pub width: f64,
    /// Extent downward.
    pub height: f64,
}

impl Rect {
    /// The smallest box around the points; `None` if there are none.
    pub(crate) fn hull(points: impl IntoIterator<Item = Point>) -> Option<Self> {
        let mut points = points.into_iter();
        let first = points.next()?;
        let (low, high) = points.fold((first, first), |(low, high), p| {
            (Point::new(low.x.min(p.x), low.y.min(p.y)), Point::new(high.x.max(p.x), high.y.max(p.y)))
        });
        Some(Self { x: low.x, y: low.y, width: high.x - low.x, height: high.y - low.y })
    }

    /// The box with this centre.
    pub(crate) fn about(centre: Point, width: f64, height: f64) -> Self {
        Self { x: centre.x - width / 2.0, y: centre.y - height / 2.0, width, height }
    }

    /// Right edge.
    #[must_use]
    pub fn right(&self) -> f64 {
        self.x + self.width
    }

    /// Bottom edge.
    #[must_use]
    pub fn bottom(&self) -> f64 {
        self.y + self.height
    }

    /// The least distance of an edge from the border of a picture of this size; negative if it reaches outside.
    pub(crate) fn room(&self, width: f64, height: f64) -> f64 {
        self.x.min(self.y).min(width - self.right()).min(height - self.bottom())
    }

    /// Whether a point is inside.
    pub(crate) fn contains(&self, point: Point) -> bool {
        (self.x..=self.right()).contains(&point.x) && (self.y..=self.bottom()).contains(&point.y)
    }

    /// The box's middle.
    pub(crate) fn centre(&self) -> Point {
        Point::new(self.x + self.width / 2.0, self.y + self.height / 2.0)
    }

    /// The smaller of width and height.
    pub(crate) fn smaller_side(&self) -> f64 {
        self.width.min(self.height)
    }

    /// The same centre with both sides multiplied.
    pub(crate) fn enlarged(&self, factor: f64) -> Self {
        Self::about(self.centre(), self.width * factor, self.height * factor)
    }

    /// Shared area over joint area, 0 to 1.
    pub(crate) fn intersection_over_union(&self, other: &Self) -> f64 {
        let width = self.right().min(other.right()) - self.x.max(other.x);
        let height = self.bottom().min(other.bottom()) - self.y.max(other.y);
        if width <= 0.0 || height <= 0.0 {
            return 0.0;
        }
        let shared = width * height;
        shared / (self.width * self.height + other.width * other.height - shared)
    }
}

/// A square turned about its centre: the part of a picture that a network looks at.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct TurnedSquare {
    /// The square's centre.
    pub(crate) centre: Point,
    /// Length of a side.
    pub(crate) side: f64,
    /// Turn in radians, positive clockwise in the picture.
    pub(crate) angle: f64,
}

impl TurnedSquare {
    /// Where (u, v), each 0 to 1 from the square's own top left corner, lies in the picture.
    #[must_use]
    pub(crate) fn to_picture(&self, u: f64, v: f64) -> Point {
        let (sin, cos) = self.angle.sin_cos();
        let (dx, dy) = ((u - 0.5) * self.side, (v - 0.5) * self.side);
        Point::new(self.centre.x + dx * cos - dy * sin, self.centre.y + dx * sin + dy * cos)
    }

    /// The smallest upright box around the square.
    #[must_use]
    pub(crate) fn bounds(&self) -> Rect {
        let (sin, cos) = self.angle.sin_cos();
        let extent = self.side * (sin.abs() + cos.abs());
        Rect::about(self.centre, extent, extent)
    }
}

/// Rounds to one decimal place, the precision of everything that a report states in pixels or degrees; `-0.0` becomes `0.0`.
pub(crate) fn tenth(value: f64) -> f64 {
    (value * 10.0).round() / 10.0 + 0.0
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn rect() -> impl Strategy<Value = Rect> {
        (-500.0f64..500.0, -500.0f64..500.0, 1.0f64..400.0, 1.0f64..400.0).prop_map(|(x, y, width, height)| Rect {
            x,
            y,
            width,
            height,
        })
    }

    proptest! {
        #[test]
        fn overlap_is_a_share_and_symmetric(a in rect(), b in rect()) {
            let overlap = a.intersection_over_union(&b);
            prop_assert!((0.0..=1.0).contains(&overlap));
            prop_assert!((overlap - b.intersection_over_union(&a)).abs() < 1e-12);
            prop_assert!((a.intersection_over_union(&a) - 1.0).abs() < 1e-9);
        }

        #[test]
        fn enlarging_keeps_the_centre(rect in rect(), factor in 0.1f64..5.0) {
            let larger = rect.enlarged(factor);
            prop_assert!(larger.centre().distance(rect.centre()) < 1e-9);
            prop_assert!((larger.smaller_side() - factor * rect.smaller_side()).abs() < 1e-9);
        }

        #[test]
        fn a_hull_holds_its_points_and_no_more(points in prop::collection::vec((-99.0f64..99.0, -99.0f64..99.0), 1..20)) {
            let points: Vec<_> = points.into_iter().map(|(x, y)| Point::new(x, y)).collect();
            let hull = Rect::hull(points.iter().copied()).unwrap();
            for point in &points {
                prop_assert!(point.x >= hull.x && point.x <= hull.right() + 1e-9);
                prop_assert!(point.y >= hull.y && point.y <= hull.bottom() + 1e-9);
            }
            prop_assert!(points.iter().any(|point| point.x == hull.x) && points.iter().any(|point| point.y == hull.y));
        }

        /// Corners of a turned square are as far apart as its side says, and inside its bounds.
        #[test]
        fn a_turned_square_keeps_its_shape(x in -99.0f64..99.0, y in -99.0f64..99.0, side in 0.1f64..300.0, angle in -7.0f64..7.0) {
            let square = TurnedSquare { centre: Point::new(x, y), side, angle };
            let corners = [(0.0, 0.0), (1.0, 0.0), (1.0, 1.0), (0.0, 1.0)].map(|(u, v)| square.to_picture(u, v));
            for i in 0..4 {
                prop_assert!((corners[i].distance(corners[(i + 1) % 4]) - side).abs() < 1e-9);
            }
            prop_assert!(square.to_picture(0.5, 0.5).distance(square.centre) < 1e-9);
            let (hull, bounds) = (Rect::hull(corners).unwrap(), square.bounds());
            prop_assert!((hull.x - bounds.x).abs() < 1e-9 && (hull.right() - bounds.right()).abs() < 1e-9);
            prop_assert!((hull.y - bounds.y).abs() < 1e-9 && (hull.bottom() - bounds.bottom()).abs() < 1e-9);
        }

        #[test]
        fn rounding_is_to_a_tenth_and_only_once(value in -1e6f64..1e6) {
            let rounded = tenth(value);
            prop_assert!((rounded - value).abs() <= 0.05 + 1e-9);
            prop_assert_eq!(tenth(rounded), rounded);
            prop_assert!(tenth(-0.01).is_sign_positive());
        }
    }

    #[test]
    fn no_points_have_no_hull() {
        assert_eq!(Rect::hull([]), None);
    }
}
