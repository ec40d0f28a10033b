//! Outlines on the face and how far away they are.

use std::sync::OnceLock;

use super::canvas::Extent;

/// A closed line.
#[derive(Debug, Clone)]
pub(super) struct Outline {
    points: Vec<[f32; 2]>,
    pub(super) extent: Extent,
    /// Made when a distance is asked for, because most outlines are first changed.
    grid: OnceLock<Grid>,
}

/// Distances at the corners of a grid. Between them a distance is as good as linear, and there are far fewer of them than pixels.
#[derive(Debug, Clone)]
struct Grid {
    low: [f32; 2],
    cell: f32,
    columns: usize,
    distances: Vec<f32>,
}

impl Grid {
    fn of(outline: &Outline) -> Self {
        let Extent { low, high } = outline.extent.grown(0.2);
        let [wide, high] = [high[0] - low[0], high[1] - low[1]];
        let cell = (wide.min(high) / 40.0).clamp(0.01, 0.025);
        let [columns, rows] = [wide, high].map(|side| (side / cell).ceil() as usize + 2);
        let distances = (0..rows * columns)
            .map(|place| outline.exact([low[0] + cell * (place % columns) as f32, low[1] + cell * (place / columns) as f32]))
            .collect();
        Self { low, cell, columns, distances }
    }

    /// The distance at a place, if that is on the grid.
    fn at(&self, [u, v]: [f32; 2]) -> Option<f32> {
        let [x, y] = [(u - self.low[0]) / self.cell, (v - self.low[1]) / self.cell];
        let (column, row) = (x as usize, y as usize);
        if x < 0.0 || y < 0.0 || column + 1 >= self.columns {
            return None;
        }
        let first = row * self.columns + column;
        let [above, below] =
            [self.distances.get(first..first + 2)?, self.distances.get(first + self.columns..first + self.columns + 2)?];
        let (right, down) = (x - column as f32, y - row as f32);
        let [top, bottom] = [above, below].map(|pair| pair[0] + (pair[1] - pair[0]) * right);
        Some(top + (bottom - top) * down)
    }
}

impl Outline {
    /// Straight from point to point.
    pub(super) fn straight(points: Vec<[f32; 2]>) -> Self {
        let side = |axis: usize, pick: fn(f32, f32) -> f32, from| points.iter().map(|point| point[axis]).fold(from, pick);
        let low = [0, 1].map(|axis| side(axis, f32::min, f32::INFINITY));
        let high = [0, 1].map(|axis| side(axis, f32::max, f32::NEG_INFINITY));
        let extent = Extent { low, high };
        Self { points, extent, grid: OnceLock::new() }
    }

    /// Smooth through all the points (Catmull and Rom).
    pub(super) fn smooth(through: &[[f32; 2]]) -> Self {
        const STEPS: u8 = 6;
        let count = through.len();
        let mut points = Vec::with_capacity(count * usize::from(STEPS));
        for place in 0..count {
            let [a, b, c, d] = [count - 1, 0, 1, 2].map(|step| through[(place + step) % count]);
            for step in 0..STEPS {
                let t = f32::from(step) / f32::from(STEPS);
                points.push([0, 1].map(|axis| {
                    let (a, b, c, d) = (a[axis], b[axis], c[axis], d[axis]);
                    b + 0.5 * t * (c - a + t * (2.0 * a - 5.0 * b + 4.0 * c - d + t * (3.0 * (b - c) + d - a)))
                }));
            }
        }
        Self::straight(points)
    }

    /// Smooth, from the points of its left half, which begins and ends in the middle of the face.
    pub(super) fn symmetric(half: &[[f32; 2]]) -> Self {
        let mirrored = half.iter().rev().filter(|[u, _]| *u > 0.0).map(|[u, v]| [-u, *v]);
        Self::smooth(&half.iter().copied().chain(mirrored).collect::<Vec<_>>())
    }

    /// An ellipse (2) or what is between it and a rectangle (more), with half its width and height.
    pub(super) fn rounded([u, v]: [f32; 2], [wide, high]: [f32; 2], power: f32) -> Self {
        let points = (0..40_u8).map(|step| {
            let (sin, cos) = (f32::from(step) / 40.0 * std::f32::consts::TAU).sin_cos();
            let bent = |part: f32| part.abs().powf(2.0 / power).copysign(part);
            [u + wide * bent(cos), v + high * bent(sin)]
        });
        Self::straight(points.collect())
    }

    pub(super) fn map(&self, change: impl Fn([f32; 2]) -> [f32; 2]) -> Self {
        Self::straight(self.points.iter().map(|point| change(*point)).collect())
    }

    pub(super) fn mirrored(&self) -> Self {
        self.map(|[u, v]| [-u, v])
    }

    /// How far outside a place is; negative inside.
    pub(super) fn distance(&self, at: [f32; 2]) -> f32 {
        self.grid.get_or_init(|| Grid::of(self)).at(at).unwrap_or_else(|| self.exact(at))
    }

    fn exact(&self, at: [f32; 2]) -> f32 {
        let Some(mut before) = self.points.last().copied() else { return f32::INFINITY };
        let (mut nearest, mut inside) = (f32::INFINITY, false);
        for &point in &self.points {
            nearest = nearest.min(squared(at, before, point).0);
            if (before[1] > at[1]) != (point[1] > at[1])
                && at[0] < (point[0] - before[0]) * (at[1] - before[1]) / (point[1] - before[1]) + before[0]
            {
                inside = !inside;
            }
            before = point;
        }
        if inside { -nearest.sqrt() } else { nearest.sqrt() }
    }
}

/// The square of the distance to a straight line, and where along it the nearest point is, 0 to 1.
fn squared(at: [f32; 2], from: [f32; 2], to: [f32; 2]) -> (f32, f32) {
    let along = [to[0] - from[0], to[1] - from[1]];
    let away = [at[0] - from[0], at[1] - from[1]];
    let length = along[0] * along[0] + along[1] * along[1];
    let part = if length > 0.0 { ((away[0] * along[0] + away[1] * along[1]) / length).clamp(0.0, 1.0) } else { 0.0 };
    let (x, y) = (away[0] - part * along[0], away[1] - part * along[1]);
    (x * x + y * y, part)
}

/// A line with a thickness at each end.
#[derive(Debug, Clone, Copy)]
pub(super) struct Rod {
    pub(super) from: [f32; 2],
    pub(super) to: [f32; 2],
    /// Half the thickness at each end.
    pub(super) radius: [f32; 2],
}

impl Rod {
    pub(super) const fn even(from: [f32; 2], to: [f32; 2], radius: f32) -> Self {
        Self { from, to, radius: [radius; 2] }
    }

    pub(super) fn extent(&self) -> Extent {
        let radius = self.radius[0].max(self.radius[1]);
        let low = [0, 1].map(|axis: usize| self.from[axis].min(self.to[axis]));
        let high = [0, 1].map(|axis: usize| self.from[axis].max(self.to[axis]));
        Extent { low, high }.grown(radius)
    }

    /// How far outside a place is, and how far from the middle line, 1 being the edge.
    pub(super) fn distance(&self, at: [f32; 2]) -> (f32, f32) {
        let (squared, part) = squared(at, self.from, self.to);
        let radius = self.radius[0] + (self.radius[1] - self.radius[0]) * part;
        (squared.sqrt() - radius, squared.sqrt() / radius)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn distances_are_signed() {
        let square = Outline::straight(vec![[0.0, 0.0], [2.0, 0.0], [2.0, 2.0], [0.0, 2.0]]);
        assert!((square.distance([1.0, 0.5]) + 0.5).abs() < 1e-5);
        assert_eq!(square.distance([4.0, 1.0]), 2.0);
        let circle = Outline::rounded([1.0, 1.0], [0.5, 0.5], 2.0);
        assert!((circle.distance([1.0, 1.0]) + 0.5).abs() < 0.01 && (circle.distance([2.0, 1.0]) - 0.5).abs() < 0.01);
        let rod = Rod { from: [0.0, 0.0], to: [2.0, 0.0], radius: [0.1, 0.3] };
        assert_eq!(rod.distance([-1.0, 0.0]).0, 0.9);
        assert!((rod.distance([1.0, 0.4]).0 - 0.2).abs() < 1e-6);
    }

    #[test]
    fn between_the_corners_of_the_grid_distances_are_near_enough() {
        let outline = Outline::rounded([0.5, 0.1], [0.4, 0.3], 4.0);
        for place in 0..2000_u16 {
            let at = [f32::from(place % 50) / 31.0 - 0.3, f32::from(place / 50) / 33.0 - 0.5];
            let (near, exact) = (outline.distance(at), outline.exact(at));
            // Worst where it is as far to one side as to another.
            assert!((near - exact).abs() < if exact.abs() < 0.05 { 0.003 } else { 0.02 }, "{at:?}: {near} {exact}");
        }
    }

    #[test]
    fn halves_are_mirrored() {
        let outline = Outline::symmetric(&[[0.0, 0.0], [1.0, 0.5], [0.8, 1.5], [0.0, 2.0]]);
        for at in [[0.3, 0.4], [0.9, 1.0], [1.4, 1.7]] {
            assert!((outline.distance(at) - outline.mirrored().distance(at)).abs() < 1e-5);
        }
        assert!(outline.distance([0.0, 1.0]) < -0.7 && outline.distance([0.0, 2.1]) > 0.05);
    }
}
