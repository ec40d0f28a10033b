//! Hair where it hides neither eyes nor mouth.

use super::Shape;
use super::canvas::{Canvas, Ink};
use super::outline::Outline;
use super::scene::{Scene, rgb, scaled};
use crate::degrade::seeded::{Seeded, cloud, fractal};

/// Strands that fan out from a point.
struct Strands {
    from: [f32; 2],
    /// How many there are across a unit at a unit's distance.
    count: f32,
    colour: [f32; 3],
    seed: u64,
}

impl Strands {
    fn drawn(from: [f32; 2], count: f32, seeded: &mut Seeded) -> Self {
        let [r, g, b] = seeded.pick(&[[28, 24, 22], [28, 24, 22], [74, 56, 44], [74, 56, 44], [150, 145, 140], [128, 78, 50]]);
        Self { from, count, colour: rgb(r, g, b), seed: seeded.bits() }
    }

    /// How far along and across the strands a place is.
    fn along(&self, [u, v]: [f32; 2]) -> [f32; 2] {
        let (x, y) = (u - self.from[0], v - self.from[1]);
        let curl = 0.16 * (fractal(self.seed ^ 5, 2.5 * u, 2.5 * v) - 0.5);
        [x.hypot(y), x.atan2(y) + curl]
    }

    /// How much light a place on the strands has, about 0.2 to 1.
    fn sheen(&self, at: [f32; 2]) -> f32 {
        let [along, across] = self.along(at);
        let fine = cloud(self.seed, self.count * across, 3.0 * along);
        let coarse = cloud(self.seed ^ 1, 0.25 * self.count * across, 1.5 * along);
        0.2 + 0.5 * fine + 0.3 * coarse
    }

    /// How much farther (-0.5 to 0.5) than others the strand at a place reaches.
    fn reach(&self, at: [f32; 2]) -> f32 {
        let [along, across] = self.along(at);
        0.6 * cloud(self.seed ^ 2, 0.5 * self.count * across, 1.2 * along)
            + 0.4 * cloud(self.seed ^ 3, 0.12 * self.count * across, 0.5)
            - 0.5
    }

    fn ink(&self, scene: &Scene, at: [f32; 2], cover: f32) -> Ink {
        let sheen = self.sheen(at);
        Ink::partly(
            scaled(self.colour, scene.shade(at) * (0.55 + 1.1 * sheen * sheen)),
            (cover + 0.5 * (sheen - 0.55)).clamp(0.0, 1.0),
        )
    }
}

/// Paints a beard that leaves the lips free; nothing of what matters is hidden.
pub(super) fn beard(canvas: &mut Canvas, scene: &Scene, shape: Shape, seeded: &mut Seeded) -> f32 {
    const SHORT: [[f32; 2]; 10] = [
        [0.0, 0.82],
        [0.25, 0.82],
        [0.48, 0.98],
        [0.78, 0.86],
        [1.0, 0.36],
        [1.08, 0.4],
        [1.03, 1.0],
        [0.82, 1.5],
        [0.45, 1.84],
        [0.0, 1.95],
    ];
    const LONG: [[f32; 2]; 10] = [
        [0.0, 0.82],
        [0.25, 0.82],
        [0.48, 0.96],
        [0.8, 0.8],
        [1.02, 0.36],
        [1.1, 0.4],
        [1.08, 1.1],
        [0.95, 1.9],
        [0.6, 2.5],
        [0.0, 2.8],
    ];
    const MOUSTACHE: [[f32; 2]; 7] =
        [[0.0, 0.82], [0.2, 0.79], [0.42, 0.88], [0.54, 1.06], [0.44, 1.03], [0.2, 0.97], [0.0, 0.96]];
    let (half, from, cover): (&[[f32; 2]], _, _) = match shape {
        Shape::LongBeard => (&LONG, [0.0, -0.8], 1.0),
        Shape::Moustache => (&MOUSTACHE, [0.0, 0.45], seeded.between(0.7, 1.0)),
        _ => (&SHORT, [0.0, -0.3], seeded.between(0.55, 0.95)),
    };
    let strands = Strands::drawn(from, if shape == Shape::Moustache { 45.0 } else { 75.0 }, seeded);
    let outline = Outline::symmetric(half);
    let lips = Outline::rounded([0.0, 1.07], [0.38, 0.13], 2.0);
    let ragged = if shape == Shape::LongBeard { 0.26 } else { 0.12 };
    let distance = |at: [f32; 2]| {
        let inside = outline.distance(at) - ragged * strands.reach(at);
        inside.max(0.02 - lips.distance(at))
    };
    let soft = (if shape == Shape::LongBeard { 0.09 } else { 0.11 } * canvas.unit()).max(1.5);
    canvas.lay(outline.extent.grown(0.15), soft, distance, |at| strands.ink(scene, at, cover));
    0.0
}

/// Paints hair that falls to the brows; nothing of what matters is hidden.
pub(super) fn fringe(canvas: &mut Canvas, scene: &Scene, seeded: &mut Seeded) -> f32 {
    const HALF: [[f32; 2]; 8] =
        [[0.0, -1.6], [0.6, -1.52], [1.05, -1.2], [1.22, -0.65], [1.16, -0.3], [0.7, -0.36], [0.3, -0.38], [0.0, -0.37]];
    let drop = seeded.between(-0.08, 0.02);
    let swept = seeded.between(-0.1, 0.1);
    let outline = Outline::symmetric(&HALF).map(|[u, v]| [u, v + drop + swept * u * (v + 1.6)]);
    let strands = Strands::drawn([seeded.between(-0.4, 0.4), -2.3], 60.0, seeded);
    let distance = |at: [f32; 2]| outline.distance(at) - 0.28 * strands.reach(at);
    let lower = |[u, v]: [f32; 2]| distance([u, v - 0.05]);
    let soft = (0.05 * canvas.unit()).max(1.5);
    canvas.lay(outline.extent.grown(0.15), 2.0 * soft, lower, |_| Ink::shadow(0.2));
    canvas.lay(outline.extent.grown(0.1), soft, distance, |at| strands.ink(scene, at, 1.0));
    0.0
}
