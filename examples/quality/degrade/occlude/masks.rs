//! What is worn over mouth and nose.

use super::Shape;
use super::canvas::{Canvas, Ink};
use super::cloth::{Cloth, colour};
use super::outline::{Outline, Rod};
use super::scene::{Scene, rgb, scaled};
use crate::degrade::seeded::{Seeded, cloud, fractal};

/// Half of an outline, from the middle of its upper edge to the middle of its lower one.
type Half = &'static [[f32; 2]];

const FACE: Half =
    &[[0.0, 0.3], [0.2, 0.35], [0.5, 0.5], [0.97, 0.5], [1.0, 0.9], [0.93, 1.3], [0.72, 1.72], [0.36, 1.97], [0.0, 2.02]];
const CONE: Half =
    &[[0.0, 0.26], [0.2, 0.33], [0.5, 0.6], [0.86, 0.8], [0.93, 1.05], [0.8, 1.5], [0.45, 1.88], [0.15, 1.98], [0.0, 2.0]];
const BELOW_NOSE: Half =
    &[[0.0, 0.84], [0.5, 0.83], [0.97, 0.78], [1.0, 1.05], [0.92, 1.35], [0.7, 1.74], [0.34, 1.97], [0.0, 2.02]];
const SMALL: Half = &[[0.0, 0.5], [0.3, 0.6], [0.62, 0.76], [0.7, 1.05], [0.52, 1.36], [0.0, 1.48]];
const TRIANGLE: Half = &[[0.0, 0.36], [0.5, 0.5], [1.12, 0.38], [1.16, 0.5], [1.02, 1.1], [0.62, 1.85], [0.2, 2.55], [0.0, 2.75]];
const WRAP: Half = &[[0.0, 0.46], [0.6, 0.58], [1.2, 0.45], [1.42, 0.9], [1.5, 1.8], [1.3, 2.6], [0.7, 2.95], [0.0, 3.0]];
const CURTAIN: Half = &[[0.0, 0.3], [0.6, 0.38], [1.15, 0.2], [1.3, 0.8], [1.36, 2.0], [1.2, 2.9], [0.5, 3.08], [0.0, 3.1]];

/// What the surface is like.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Surface {
    /// Folds across, which the middle pulls down.
    Pleats,
    /// A seam down the middle and a weld along the edge.
    Seam,
    /// Folds that hang or wind, so many in a unit, more or less regular.
    Folds {
        across: f32,
        down: f32,
        depth: f32,
    },
    Even,
}

impl Surface {
    /// How bright the surface is at a place that is so far inside of the edge.
    fn relief(self, seed: u64, [u, v]: [f32; 2], inside: f32) -> f32 {
        let bump = |off: f32, width: f32| (-(off / width).powi(2)).exp();
        match self {
            Self::Pleats => [0.86, 1.1, 1.34].iter().fold(1.0, |light, fold| {
                let off = v - fold - 0.1 * u * u;
                light * (1.0 - 0.28 * bump(off, 0.02) + 0.1 * bump(off - 0.05, 0.03))
            }),
            Self::Seam => 1.0 - 0.25 * bump(u, 0.012) + 0.07 * bump(u, 0.15) - 0.15 * bump(inside - 0.09, 0.012),
            Self::Folds { across, down, depth } => {
                let warp = 2.5 * fractal(seed, 1.2 * u, 1.2 * v);
                1.0 + depth * (across * u + down * v + warp).sin()
            }
            Self::Even => 1.0,
        }
    }
}

/// Something of cloth or paper before the face.
struct Cover {
    outline: Outline,
    surface: Surface,
    cloth: Cloth,
    /// How much gets through.
    through: f32,
    seed: u64,
}

impl Cover {
    fn new(half: Half, surface: Surface, cloth: Cloth, seeded: &mut Seeded) -> Self {
        let (wide, high) = (seeded.between(0.96, 1.06), seeded.between(0.98, 1.05));
        let (drop, slant) = (seeded.between(-0.03, 0.05), seeded.between(-0.03, 0.03));
        let outline = Outline::symmetric(half).map(|[u, v]| [wide * u, 1.0 + (v - 1.0) * high + drop + slant * u]);
        Self { outline, surface, cloth, through: 0.0, seed: seeded.bits() }
    }

    fn lay(&self, canvas: &mut Canvas, scene: &Scene) {
        let outline = &self.outline;
        let soft = (0.1 * canvas.unit()).max(1.0);
        let shadow = 0.35 * (1.0 - self.through);
        canvas.lay(outline.extent.grown(0.1), soft, |[u, v]| outline.distance([u, v - 0.02]) - 0.015, |_| Ink::shadow(shadow));
        canvas.lay(outline.extent, 1.4, |at| outline.distance(at), |at| self.ink(scene, at));
    }

    fn ink(&self, scene: &Scene, [u, v]: [f32; 2]) -> Ink {
        let inside = -self.outline.distance([u, v]);
        // It stands out over the nose, and falls away to its edge and under the chin.
        let nose = 0.1 * (-(u / 0.16).powi(2)).exp() * (1.0 - ((v - 0.6) / 0.35).powi(2)).max(0.0);
        let flank = 0.12 * (-((u.abs() - 0.3) / 0.14).powi(2)).exp() * (1.0 - ((v - 0.6) / 0.35).powi(2)).max(0.0);
        let edge = 0.22 * (-inside / 0.07).exp() + 0.3 * ((v - 1.65) / 0.5).clamp(0.0, 1.0);
        let wrinkles = 0.12 * (fractal(self.seed, 2.2 * u, 2.8 * v) - 0.5);
        let light = scene.shade([u, v]) * (1.0 + nose - flank - edge + wrinkles) * self.surface.relief(self.seed, [u, v], inside);
        Ink::partly(scaled(self.cloth.colour([u, v]), light.max(0.05)), 1.0 - self.through)
    }
}

/// Loops from the corners of a mask to the ears that are in sight.
fn loops(canvas: &mut Canvas, scene: &Scene, corners: [[f32; 2]; 2], colour: [f32; 3]) {
    let lean = canvas.lean();
    for side in [-1.0, 1.0_f32].into_iter().filter(|side| side * lean < 0.25) {
        for (corner, ear) in corners.iter().zip([[1.17, 0.12], [1.15, 0.55]]) {
            let rod = Rod::even([side * corner[0], corner[1]], [side * ear[0], ear[1]], 0.017);
            let ink = |at| Ink::opaque(scaled(colour, scene.shade(at) * (1.05 - 0.4 * rod.distance(at).1)));
            canvas.lay(rod.extent(), 1.4, |at| rod.distance(at).0, ink);
        }
    }
}

/// Paints a mask, and says how much light it keeps.
pub(super) fn mask(canvas: &mut Canvas, scene: &Scene, shape: Shape, seeded: &mut Seeded) -> f32 {
    let pick = |seeded: &mut Seeded, colours: &[[u8; 3]]| {
        let [r, g, b] = seeded.pick(colours);
        rgb(r, g, b)
    };
    let paper = [[150, 190, 215], [150, 190, 215], [232, 234, 234], [165, 205, 185], [30, 30, 33], [215, 175, 190]];
    let plain = |colour, seeded: &mut Seeded| Cloth::plain(colour, seeded);
    let (half, surface, dye) = match shape {
        Shape::Surgical => (FACE, Surface::Pleats, pick(seeded, &paper)),
        Shape::Ffp2 => (CONE, Surface::Seam, pick(seeded, &[[228, 229, 226], [228, 229, 226], [35, 35, 38], [170, 175, 178]])),
        Shape::ClothSkin => {
            let skin = if seeded.chance(0.5) { scene.cheeks } else { scene.forehead };
            // The shade is for things that are white in full light, which the sample was not under.
            (FACE, Surface::Even, scaled(skin, seeded.between(0.95, 1.15) / scene.light()))
        }
        Shape::ThinCloth => (CONE, Surface::Pleats, colour(seeded)),
        Shape::BelowNose => (BELOW_NOSE, seeded.pick(&[Surface::Pleats, Surface::Even]), pick(seeded, &paper)),
        Shape::HalfMask => (SMALL, seeded.pick(&[Surface::Seam, Surface::Even]), colour(seeded)),
        _ => (FACE, Surface::Seam, colour(seeded)),
    };
    let cloth = if shape == Shape::ClothPatterned { Cloth::patterned(seeded) } else { plain(dye, seeded) };
    let mut cover = Cover::new(half, surface, cloth, seeded);
    if shape == Shape::ThinCloth {
        cover.through = seeded.between(0.3, 0.5);
    }
    let corners = match shape {
        Shape::Ffp2 | Shape::ThinCloth => [[0.84, 0.82], [0.8, 1.42]],
        Shape::BelowNose => [[0.96, 0.84], [0.88, 1.36]],
        Shape::HalfMask => [[0.62, 0.82], [0.52, 1.3]],
        _ => [[0.95, 0.56], [0.9, 1.3]],
    };
    let band = if shape == Shape::ClothSkin { dye } else { pick(seeded, &[[235, 235, 235], [235, 235, 235], [25, 25, 28]]) };
    loops(canvas, scene, corners, band);
    cover.lay(canvas, scene);
    1.0 - cover.through
}

/// Paints something that hangs or winds around, and says how much light it keeps.
pub(super) fn shawl(canvas: &mut Canvas, scene: &Scene, shape: Shape, seeded: &mut Seeded) -> f32 {
    let (half, surface) = match shape {
        Shape::Bandana => (TRIANGLE, Surface::Folds { across: 3.0, down: 7.0, depth: 0.1 }),
        Shape::Scarf => (WRAP, Surface::Folds { across: 2.0 * seeded.sign(), down: 11.0, depth: 0.3 }),
        _ => (CURTAIN, Surface::Folds { across: 9.0, down: 1.0, depth: 0.12 }),
    };
    let plain = match shape {
        Shape::Bandana => seeded.chance(0.2),
        Shape::Scarf => seeded.chance(0.6),
        _ => true,
    };
    let dye = colour(seeded);
    let cloth = if plain { Cloth::plain(dye, seeded) } else { Cloth::patterned(seeded) };
    let mut cover = Cover::new(half, surface, cloth, seeded);
    if shape == Shape::Veil {
        cover.through = seeded.between(0.3, 0.5);
    }
    cover.lay(canvas, scene);
    if shape == Shape::Scarf {
        // Wool: rows of stitches.
        let (seed, outline) = (cover.seed, &cover.outline);
        let stitches = |[u, v]: [f32; 2]| Ink::shadow(0.25 * cloud(seed, 45.0 * u, 22.0 * v));
        canvas.lay(outline.extent, 1.4, |at| outline.distance(at), stitches);
    }
    1.0 - cover.through
}
