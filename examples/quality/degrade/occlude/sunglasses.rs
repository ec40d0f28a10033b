//! Sunglasses.

use super::Shape;
use super::canvas::{Canvas, Ink};
use super::cloth::Cloth;
use super::glasses::{Make, Spectacles, Worn, frame_colour, lens};
use super::outline::Outline;
use super::scene::{Scene, mixed, rgb, scaled};
use crate::degrade::seeded::{Seeded, fractal};

/// What a lens is like.
#[derive(Debug, Clone, Copy)]
enum Lens {
    /// Dark, and hardly anything gets through.
    Dark([f32; 3]),
    /// Of a colour, and so much gets through.
    Tinted([f32; 3], f32),
    /// As bright as the skin around, and opaque.
    Skin([f32; 3]),
    /// With a pattern, and opaque.
    Woven(Cloth),
    /// A mirror, of one colour above and of another below.
    Mirror([[f32; 3]; 2]),
}

impl Lens {
    fn drawn(scene: &Scene, shape: Shape, seeded: &mut Seeded) -> Self {
        let dark = |seeded: &mut Seeded| {
            let [r, g, b] = seeded.pick(&[[10, 10, 12], [10, 10, 12], [48, 30, 20], [18, 28, 62], [18, 42, 30]]);
            rgb(r, g, b)
        };
        match shape {
            Shape::Mirrored => Self::mirror(seeded),
            Shape::Patterned => Self::Woven(Cloth::patterned(seeded)),
            _ => match seeded.unit() {
                0.0..0.5 => Self::Dark(dark(seeded)),
                0.5..0.75 => {
                    let [r, g, b] = seeded.pick(&[
                        [120, 120, 120],
                        [170, 110, 60],
                        [90, 110, 190],
                        [90, 150, 110],
                        [200, 110, 140],
                        [210, 180, 80],
                    ]);
                    Self::Tinted(rgb(r, g, b), seeded.between(0.3, 0.6))
                }
                0.75..0.85 => Self::Skin(scaled(scene.cheeks, seeded.between(0.8, 1.05))),
                0.85..0.92 => Self::Woven(Cloth::patterned(seeded)),
                _ => Self::mirror(seeded),
            },
        }
    }

    fn mirror(seeded: &mut Seeded) -> Self {
        let colours =
            [[40, 80, 190], [220, 130, 40], [200, 60, 120], [60, 170, 120], [190, 195, 200], [230, 200, 90], [30, 30, 40]];
        let [first, second] = [seeded.pick(&colours), seeded.pick(&colours)];
        Self::Mirror([first, second].map(|[r, g, b]| rgb(r, g, b)))
    }

    /// How much of the light the lens keeps.
    fn opacity(&self) -> f32 {
        match self {
            Self::Dark(_) => 0.97,
            Self::Tinted(_, through) => 1.0 - through,
            Self::Skin(_) | Self::Woven(_) | Self::Mirror(_) => 1.0,
        }
    }

    fn ink(&self, scene: &Scene, seed: u64, at: [f32; 2]) -> Ink {
        let light = scene.shade(at);
        // What is mirrored: bright above, dim below, and nothing in particular.
        let around = 0.035 * light * fractal(seed, 1.3 * at[0], 2.0 * at[1] + 9.0) * (1.2 - at[1]);
        match self {
            Self::Dark(colour) => Ink { through: [1.0 - self.opacity(); 3], own: scaled(*colour, light).map(|own| own + around) },
            Self::Tinted(colour, through) => {
                let brightest = colour.iter().copied().fold(0.01, f32::max);
                Ink {
                    through: colour.map(|part| through * (0.35 + 0.65 * part / brightest)),
                    own: scaled(*colour, 0.06 * light).map(|own| own + 0.5 * around),
                }
            }
            Self::Skin(colour) => Scene::skin(*colour, seed, at, 0.93 + 0.07 * (1.0 - at[1])),
            Self::Woven(cloth) => Ink::opaque(scaled(cloth.colour(at), light)),
            Self::Mirror([above, below]) => {
                let waves = 0.25 * (fractal(seed, 2.0 * at[0], 2.5 * at[1]) - 0.5);
                let colour = mixed(*above, *below, (0.5 + 1.4 * at[1] + waves).clamp(0.0, 1.0));
                Ink::opaque(scaled(colour, light * (0.75 + 2.0 * waves)))
            }
        }
    }
}

/// The outline of the lens before the subject's left eye, or of both if they are one, and what holds it.
fn model(shape: Shape, colour: [f32; 3], seeded: &mut Seeded) -> (Outline, Make) {
    const AVIATOR: [[f32; 2]; 8] =
        [[-0.75, -0.8], [0.0, -0.95], [0.8, -0.85], [1.0, -0.2], [0.75, 0.6], [0.15, 1.0], [-0.5, 0.75], [-0.92, -0.1]];
    const WAYFARER: [[f32; 2]; 8] =
        [[-0.85, -0.82], [0.0, -0.95], [0.97, -1.0], [1.0, -0.5], [0.8, 0.7], [0.0, 1.0], [-0.72, 0.75], [-0.96, -0.1]];
    const CAT: [[f32; 2]; 8] =
        [[-0.9, -0.62], [0.0, -0.8], [1.12, -1.15], [1.0, -0.3], [0.7, 0.6], [0.0, 0.9], [-0.7, 0.7], [-0.98, 0.1]];
    /// Half of it, in distances between the pupils.
    const VISOR: [[f32; 2]; 7] =
        [[0.0, -0.33], [0.6, -0.38], [1.08, -0.3], [1.17, -0.05], [0.93, 0.4], [0.45, 0.46], [0.0, 0.16]];
    let thin = Make { rim: 0.018, half: false, bar: 0.02, double: false, colour };
    let thick = Make { rim: seeded.between(0.03, 0.055), bar: 0.05, ..thin };
    match shape {
        Shape::Wayfarer => (lens([0.55, 0.07], [0.45, 0.36], &WAYFARER), thick),
        Shape::RoundSunglasses => {
            (Outline::rounded([0.51, 0.05], [0.38, 0.38], 2.0), Make { rim: seeded.between(0.015, 0.04), ..thin })
        }
        Shape::Oversize | Shape::Patterned => (Outline::rounded([0.57, 0.12], [0.49, 0.46], seeded.between(2.2, 3.2)), thick),
        Shape::CatEye => (lens([0.56, 0.06], [0.46, 0.36], &CAT), thick),
        Shape::Visor => (Outline::symmetric(&VISOR), Make { rim: seeded.pick(&[0.0, 0.03]), bar: 0.06, ..thin }),
        Shape::Narrow => (Outline::rounded([0.54, 0.03], [0.43, 0.23], 5.0), Make { rim: 0.03, bar: 0.03, ..thin }),
        Shape::RimlessSunglasses => (Outline::rounded([0.54, 0.07], [0.43, 0.31], 3.0), Make { rim: 0.0, ..thin }),
        _ => (lens([0.57, 0.13], [0.48, 0.43], &AVIATOR), Make { double: seeded.chance(0.8), ..thin }),
    }
}

/// Paints sunglasses, and says how much light their lenses keep.
pub(super) fn sunglasses(canvas: &mut Canvas, scene: &Scene, shape: Shape, seeded: &mut Seeded) -> f32 {
    let colour = frame_colour(seeded);
    let (outline, make) = model(shape, colour, seeded);
    let lens = Lens::drawn(scene, shape, seeded);
    let frame = Spectacles::new(&outline, make, Worn::drawn(seeded), canvas.lean());
    // Streaks of light that go the same way across both lenses.
    let count = if matches!(lens, Lens::Skin(_) | Lens::Woven(_)) { 0 } else { seeded.pick(&[0, 0, 1, 2]) };
    let (sin, cos) = seeded.between(-1.2, 1.2).sin_cos();
    let streaks: Vec<[f32; 3]> = (0..count)
        .map(|_| [seeded.between(-0.3, 0.3), seeded.between(0.02, 0.1), seeded.between(0.08, 0.4) * scene.light()])
        .collect();
    let seed = seeded.bits();
    frame.lay(canvas, scene, |[u, v]| {
        let mut ink = lens.ink(scene, seed, [u, v]);
        let across = (u.abs() - 0.5) * cos + v * sin;
        for [at, width, bright] in &streaks {
            let glare = bright * (-((across - at) / width).powi(2)).exp();
            ink.own = ink.own.map(|own| own + glare);
        }
        ink
    });
    lens.opacity()
}
