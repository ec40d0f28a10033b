//! Cloth, and other things with a pattern.

use super::scene::{mixed, rgb, scaled};
use crate::degrade::seeded::{Seeded, cloud, fractal};

#[derive(Debug, Clone, Copy)]
enum Weave {
    Plain,
    Stripes,
    Checks,
    Dots,
    Blotches,
}

/// A pattern of two colours.
#[derive(Debug, Clone, Copy)]
pub(super) struct Cloth {
    colours: [[f32; 3]; 2],
    weave: Weave,
    /// The pattern repeats after so much.
    period: f32,
    /// Sine and cosine of the angle by which it is turned.
    turn: [f32; 2],
    seed: u64,
}

impl Cloth {
    /// Of one colour, with threads that can just be seen.
    pub(super) fn plain(colour: [f32; 3], seeded: &mut Seeded) -> Self {
        Self { colours: [colour; 2], weave: Weave::Plain, period: 0.2, turn: [0.0, 1.0], seed: seeded.bits() }
    }

    pub(super) fn patterned(seeded: &mut Seeded) -> Self {
        let weave = seeded.pick(&[Weave::Stripes, Weave::Checks, Weave::Dots, Weave::Blotches]);
        let angle: f32 = seeded.pick(&[0.0, 0.0, 0.8, 1.57, -0.8]);
        let first = colour(seeded);
        let second = if seeded.chance(0.4) { rgb(235, 232, 225) } else { colour(seeded) };
        let period = seeded.between(0.08, 0.28);
        Self { colours: [first, second], weave, period, turn: angle.sin_cos().into(), seed: seeded.bits() }
    }

    pub(super) fn colour(&self, [u, v]: [f32; 2]) -> [f32; 3] {
        let [sin, cos] = self.turn;
        let [x, y] = [(u * cos - v * sin) / self.period, (u * sin + v * cos) / self.period];
        // From -1 to 1 over one period and back.
        let wave = |x: f32| (x * std::f32::consts::TAU).sin();
        let soft = |edge: f32| (0.5 + 4.0 * edge).clamp(0.0, 1.0);
        let part = match self.weave {
            Weave::Plain => 0.0,
            Weave::Stripes => soft(wave(x)),
            Weave::Checks => f32::midpoint(soft(wave(x)), soft(wave(y))),
            Weave::Dots => soft(0.3 - (x - x.round()).hypot(y - y.round())),
            Weave::Blotches => soft(fractal(self.seed, 1.5 * x, 1.5 * y) - 0.5),
        };
        let threads = 0.94 + 0.12 * cloud(self.seed ^ 3, 70.0 * u, 70.0 * v);
        scaled(mixed(self.colours[0], self.colours[1], part), threads)
    }
}

/// What cloth is dyed.
pub(super) fn colour(seeded: &mut Seeded) -> [f32; 3] {
    let [r, g, b] = seeded.pick(&[
        [22, 22, 25],
        [235, 235, 232],
        [30, 45, 85],
        [130, 25, 35],
        [40, 85, 55],
        [120, 120, 125],
        [200, 165, 60],
        [215, 120, 140],
        [85, 60, 110],
        [195, 180, 155],
        [60, 130, 165],
    ]);
    rgb(r, g, b)
}
