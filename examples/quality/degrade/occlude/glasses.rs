//! Frames of glasses, and glasses that can be seen through.

use super::Shape;
use super::canvas::{Canvas, Extent, Ink};
use super::outline::{Outline, Rod};
use super::scene::{Scene, rgb, scaled};
use crate::degrade::seeded::Seeded;

/// How glasses sit.
#[derive(Debug, Clone, Copy)]
pub(super) struct Worn {
    scale: f32,
    drop: f32,
    /// How much lower they sit on the subject's left, for each unit to that side.
    slant: f32,
}

impl Worn {
    pub(super) fn drawn(seeded: &mut Seeded) -> Self {
        Self { scale: seeded.between(0.92, 1.03), drop: seeded.between(-0.02, 0.06), slant: seeded.between(-0.03, 0.03) }
    }

    fn at(&self, [u, v]: [f32; 2]) -> [f32; 2] {
        [self.scale * u, self.scale * v + self.drop + self.slant * u]
    }

    fn rod(&self, from: [f32; 2], to: [f32; 2], radius: f32) -> Rod {
        Rod::even(self.at(from), self.at(to), radius)
    }
}

/// A pair of glasses without their optics.
#[derive(Debug)]
pub(super) struct Spectacles {
    lenses: Vec<Outline>,
    rods: Vec<Rod>,
    /// Half the thickness of the rim; none if it is 0.
    rim: f32,
    /// The rim goes no lower; beyond any lens if it goes all around.
    rim_ends: f32,
    colour: [f32; 3],
}

/// What glasses are made of.
#[derive(Debug, Clone, Copy)]
pub(super) struct Make {
    /// Half the thickness of the rim; none if it is 0.
    pub(super) rim: f32,
    /// Only the upper half of the rim is there.
    pub(super) half: bool,
    /// Half the thickness of the bridge and of the temples.
    pub(super) bar: f32,
    /// A second bar over the bridge.
    pub(super) double: bool,
    pub(super) colour: [f32; 3],
}

impl Spectacles {
    /// From the outline of the lens before the subject's left eye, or of both if they are one.
    pub(super) fn new(lens: &Outline, make: Make, worn: Worn, lean: f32) -> Self {
        let [inner, top] = lens.extent.low;
        let [outer, bottom] = lens.extent.high;
        let middle = f32::midpoint(top, bottom);
        let mut rods = Vec::new();
        let sides = if inner > 0.0 { vec![lens.clone(), lens.mirrored()] } else { vec![lens.clone()] };
        if inner > 0.0 {
            let height = top + 0.35 * (middle - top);
            // Where the bridge meets the lens, which is rounder there than its extent.
            let [end, peak] = [[inner + 0.06, height + 0.03], [0.0, height - 0.03]];
            rods.extend([worn.rod([-end[0], end[1]], peak, make.bar), worn.rod(peak, end, make.bar)]);
            if make.double {
                rods.push(worn.rod([-inner - 0.14, top + 0.02], [inner + 0.14, top + 0.02], make.bar));
            }
        }
        for side in [-1.0, 1.0] {
            // Of the side that is turned toward the camera more is seen.
            let length = (0.04 - side * lean).clamp(0.02, 0.9);
            let hinge = top + 0.3 * (middle - top);
            let from = [side * (outer - 0.05), hinge];
            rods.push(worn.rod(from, [side * (outer + length), hinge + 0.04 * length], make.bar * 1.3));
        }
        let rim_ends = if make.half { middle } else { f32::INFINITY };
        let lenses = sides.iter().map(|lens| lens.map(|at| worn.at(at))).collect();
        Self { lenses, rods, rim: make.rim, rim_ends, colour: make.colour }
    }

    pub(super) fn lay(&self, canvas: &mut Canvas, scene: &Scene, lens: impl Fn([f32; 2]) -> Ink) {
        let soft = 0.12 * canvas.unit();
        for outline in &self.lenses {
            let lower = |[u, v]: [f32; 2]| outline.distance([u, v - 0.05]).abs() - self.rim;
            canvas.lay(outline.extent.grown(0.15), soft.max(1.0), lower, |_| Ink::shadow(0.18));
        }
        for outline in &self.lenses {
            canvas.lay(outline.extent, 1.2, |at| outline.distance(at), &lens);
        }
        for rod in &self.rods {
            canvas.lay(rod.extent(), 1.3, |at| rod.distance(at).0, |at| self.ink(scene, at, rod.distance(at).1));
        }
        for outline in self.lenses.iter().filter(|_| self.rim > 0.0) {
            let distance = |at: [f32; 2]| (outline.distance(at).abs() - self.rim).max(at[1] - self.rim_ends);
            let ink = |at| self.ink(scene, at, outline.distance(at) / self.rim);
            canvas.lay(outline.extent.grown(self.rim), 1.3, distance, ink);
        }
    }

    /// The frame at a place that is so far (-1 to 1) from the middle of a rim or rod.
    fn ink(&self, scene: &Scene, at: [f32; 2], off: f32) -> Ink {
        let shine = 0.04 * (1.0 - off.abs()).max(0.0);
        Ink::opaque(scaled(self.colour, scene.shade(at) * (0.75 + 0.4 * (1.0 - off * off).max(0.0))).map(|light| light + shine))
    }
}

/// The outline of a lens from points around its centre, which is given, with half its width and height.
pub(super) fn lens([u, v]: [f32; 2], [wide, high]: [f32; 2], points: &[[f32; 2]]) -> Outline {
    Outline::smooth(points).map(|[x, y]| [u + wide * x, v + high * y])
}

/// The frame's colour.
pub(super) fn frame_colour(seeded: &mut Seeded) -> [f32; 3] {
    let [r, g, b] = seeded.pick(&[
        [18, 18, 20],
        [18, 18, 20],
        [70, 42, 25],
        [110, 75, 40],
        [150, 150, 155],
        [180, 150, 90],
        [120, 25, 35],
        [30, 45, 90],
        [230, 228, 222],
    ]);
    rgb(r, g, b)
}

/// Paints clear glasses, and says how much light their lenses keep.
pub(super) fn glasses(canvas: &mut Canvas, scene: &Scene, shape: Shape, seeded: &mut Seeded) -> f32 {
    let colour = frame_colour(seeded);
    let thin = Make { rim: 0.015, half: false, bar: 0.018, double: false, colour };
    let (outline, make) = match shape {
        Shape::ThickGlasses => (Outline::rounded([0.54, 0.07], [0.43, 0.31], 3.4), Make { rim: 0.05, bar: 0.05, ..thin }),
        Shape::RoundGlasses => (Outline::rounded([0.5, 0.07], [0.37, 0.37], 2.0), Make { rim: 0.02, ..thin }),
        Shape::RimlessGlasses => {
            (Outline::rounded([0.53, 0.06], [0.41, 0.28], 3.0), Make { rim: 0.0, colour: rgb(150, 150, 155), ..thin })
        }
        Shape::HalfRimGlasses => (Outline::rounded([0.53, 0.05], [0.42, 0.27], 3.6), Make { rim: 0.03, half: true, ..thin }),
        _ => (Outline::rounded([0.52, 0.06], [0.42, 0.29], 3.0), thin),
    };
    let glass = Spectacles::new(&outline, make, Worn::drawn(seeded), canvas.lean());
    let keeps = seeded.between(0.01, 0.05);
    // A window mirrored faintly in the upper outer part of each lens, off the pupils.
    let (bright, at, width) = (seeded.between(0.0, 0.08), seeded.between(0.22, 0.3), seeded.between(0.04, 0.09));
    let slant = seeded.between(-0.5, 0.5);
    let light = scene.light();
    glass.lay(canvas, scene, |[u, v]| {
        let away = (u.abs() - 0.5 - at + slant * v).abs() / width;
        let mirrored = bright * light * (1.6 - away).clamp(0.0, 1.0);
        Ink { through: [1.0 - keeps; 3], own: [mirrored; 3] }
    });
    if make.rim == 0.0 {
        // The edge of the glass itself is all that there is to be seen.
        for side in [outline.clone(), outline.mirrored()] {
            let extent: Extent = side.extent.grown(0.02);
            canvas.lay(extent, 1.5, |at| side.distance(at).abs() - 0.006, |_| Ink::shadow(0.3));
        }
    }
    keeps
}
