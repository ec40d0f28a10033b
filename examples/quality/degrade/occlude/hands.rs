//! Hands before the face, empty and with things in them.

use super::Shape;
use super::canvas::{Canvas, Ink};
use super::cloth::{Cloth, colour};
use super::outline::{Outline, Rod};
use super::scene::{Scene, mixed, rgb, scaled};
use crate::degrade::seeded::Seeded;

/// What all parts of a hand have in common.
struct Skin {
    colour: [f32; 3],
    seed: u64,
}

impl Skin {
    fn drawn(scene: &Scene, seeded: &mut Seeded) -> Self {
        Self { colour: scaled(scene.cheeks, seeded.between(0.75, 1.1)), seed: seeded.bits() }
    }

    /// What is before the face keeps light from it.
    fn shadow(canvas: &mut Canvas, rod: &Rod) {
        let soft = (0.2 * canvas.unit()).max(1.0);
        let lower = |[u, v]: [f32; 2]| rod.distance([u, v - 0.05]).0 - 0.02;
        canvas.lay(rod.extent().grown(0.15), soft, lower, |_| Ink::shadow(0.35));
    }

    fn rod(&self, canvas: &mut Canvas, rod: &Rod) {
        let round = |at| {
            let off = rod.distance(at).1.min(1.0);
            Scene::skin(self.colour, self.seed, at, 0.68 + 0.37 * (1.0 - off * off).sqrt())
        };
        canvas.lay(rod.extent(), 1.5, |at| rod.distance(at).0, round);
    }

    fn finger(&self, canvas: &mut Canvas, rod: &Rod, with_nail: bool) {
        Self::shadow(canvas, rod);
        self.rod(canvas, rod);
        if with_nail {
            let (x, y) = (rod.to[0] - rod.from[0], rod.to[1] - rod.from[1]);
            let length = x.hypot(y).max(0.01);
            let [cos, sin] = [x / length, y / length];
            let nail = Outline::rounded([0.02, 0.0], [0.09, 0.07], 2.6)
                .map(|[along, across]| [rod.to[0] + along * cos - across * sin, rod.to[1] + along * sin + across * cos]);
            let colour = mixed(self.colour, scaled([0.75, 0.5, 0.45], self.colour[0] * 1.6), 0.45);
            canvas.lay(nail.extent, 1.5, |at| nail.distance(at), |_| Ink::partly(colour, 0.7));
        }
    }

    fn palm(&self, canvas: &mut Canvas, outline: &Outline) {
        let soft = (0.2 * canvas.unit()).max(1.0);
        let lower = |[u, v]: [f32; 2]| outline.distance([u, v - 0.05]) - 0.02;
        canvas.lay(outline.extent.grown(0.15), soft, lower, |_| Ink::shadow(0.35));
        let flat = |at| Scene::skin(self.colour, self.seed, at, 1.0 - 0.3 * (outline.distance(at) / 0.14).min(0.0).exp());
        canvas.lay(outline.extent, 1.5, |at| outline.distance(at), flat);
    }

    /// From the hand down and out of the picture, perhaps in a sleeve.
    fn forearm(&self, canvas: &mut Canvas, from: [f32; 2], to: [f32; 2], seeded: &mut Seeded) {
        let arm = Rod { from, to, radius: [0.38, 0.5] };
        Self::shadow(canvas, &arm);
        self.rod(canvas, &arm);
        if seeded.chance(0.6) {
            let part = seeded.between(0.25, 0.6);
            let at = [0, 1].map(|axis| from[axis] + part * (to[axis] - from[axis]));
            let sleeve = Rod { from: at, to, radius: [0.5, 0.62] };
            let dye = colour(seeded);
            let cloth = Cloth::plain(dye, seeded);
            let ink = |at| Ink::opaque(scaled(cloth.colour(at), 0.85 - 0.5 * sleeve.distance(at).1.min(1.0).powi(2)));
            canvas.lay(sleeve.extent(), 1.5, |at| sleeve.distance(at).0, ink);
        }
    }

    /// An open hand seen from its back: the middle of its palm, and where it points (radians: 0 to the subject's left, then down).
    /// The thumb is on the side that `thumb` says.
    fn open(&self, canvas: &mut Canvas, [u, v]: [f32; 2], angle: f32, thumb: f32, seeded: &mut Seeded) {
        let (sin, cos) = angle.sin_cos();
        let at = |[along, across]: [f32; 2]| [u + along * cos - thumb * across * sin, v + along * sin + thumb * across * cos];
        let rod = |from, to, radius| Rod { from: at(from), to: at(to), radius };
        self.finger(canvas, &rod([-0.35, 0.4], [0.36, 0.84], [0.19, 0.14]), true);
        let spread = seeded.between(0.0, 0.14);
        for (across, length) in [(-0.46, 0.85), (0.46, 0.98), (-0.16, 1.08), (0.15, 1.14)] {
            let tip = [0.42 + length * seeded.between(0.94, 1.02), across * (1.0 + spread)];
            self.finger(canvas, &rod([0.3, across], tip, [0.165, 0.135]), true);
        }
        self.palm(canvas, &Outline::rounded([-0.05, 0.0], [0.6, 0.62], 3.2).map(at));
    }
}

/// Paints one or two hands, and says how much light they keep.
pub(super) fn hand(canvas: &mut Canvas, scene: &Scene, shape: Shape, seeded: &mut Seeded) -> f32 {
    let skin = Skin::drawn(scene, seeded);
    let side = match shape {
        Shape::HandOverRightEye => -1.0,
        Shape::HandOverLeftEye => 1.0,
        _ => seeded.sign(),
    };
    match shape {
        Shape::HandOverMouth => {
            // Across the mouth, the fingers toward the other cheek and a little up.
            let up = seeded.between(0.0, 0.4);
            let middle = [side * seeded.between(0.25, 0.45), 1.2 + 0.2 * up + seeded.between(-0.05, 0.08)];
            skin.forearm(canvas, [side * 0.85, 1.65], [side * seeded.between(1.2, 2.2), 4.6], seeded);
            let angle = if side > 0.0 { std::f32::consts::PI + up } else { -up };
            skin.open(canvas, middle, angle, side, seeded);
        }
        Shape::Fist => fist(canvas, &skin, side, seeded),
        _ => {
            let sides = if shape == Shape::HandsOverEyes { vec![-side, side] } else { vec![side] };
            for side in sides {
                let lean = seeded.between(-0.15, 0.3);
                let middle = [side * seeded.between(0.6, 0.68), seeded.between(0.12, 0.28)];
                skin.forearm(canvas, [side * 0.86, 0.78], [side * seeded.between(1.9, 2.3), 4.6], seeded);
                // Up, and a little toward the middle. The thumb of the hand of the same side points away from the other eye.
                skin.open(canvas, middle, -std::f32::consts::FRAC_PI_2 - side * lean, side, seeded);
            }
        }
    }
    1.0
}

/// A fist before mouth and chin, its fingers toward the camera.
fn fist(canvas: &mut Canvas, skin: &Skin, side: f32, seeded: &mut Seeded) {
    let (u, v) = (side * seeded.between(0.0, 0.2), seeded.between(-0.05, 0.05));
    skin.forearm(canvas, [u, 1.8], [u + side * seeded.between(0.2, 0.8), 4.6], seeded);
    skin.palm(canvas, &Outline::rounded([u, v + 1.38], [0.72, 0.55], 3.0));
    for across in [-0.5, -0.17, 0.17, 0.5] {
        let bend = 0.05 * (across / 0.5_f32).powi(2);
        let finger = Rod { from: [u + across, v + 0.96 + bend], to: [u + 0.92 * across, v + 1.48], radius: [0.19, 0.165] };
        skin.finger(canvas, &finger, false);
    }
    let thumb = Rod { from: [u - side * 0.62, v + 1.72], to: [u + side * 0.2, v + 1.58], radius: [0.18, 0.145] };
    skin.finger(canvas, &thumb, true);
}

/// Four fingers around a thing, from a side: from where to where across, the highest at `top`.
fn grip(canvas: &mut Canvas, skin: &Skin, [from, to]: [f32; 2], top: f32, seeded: &mut Seeded) {
    for (place, length) in (0..4_u8).zip([0.85, 1.0, 0.95, 0.75]) {
        let v = top + 0.3 * f32::from(place);
        let tip = from + (to - from) * length * seeded.between(0.92, 1.0);
        skin.finger(canvas, &Rod { from: [from, v + 0.06], to: [tip, v], radius: [0.165, 0.135] }, true);
    }
}

/// Paints a phone that is held before mouth and nose, and says how much light it keeps.
pub(super) fn phone(canvas: &mut Canvas, scene: &Scene, seeded: &mut Seeded) -> f32 {
    let skin = Skin::drawn(scene, seeded);
    let side = seeded.sign();
    let upright = seeded.chance(0.6);
    let (half, middle) = if upright { ([0.58, 1.16], 1.62) } else { ([1.16, 0.58], 1.12) };
    let (sin, cos) = seeded.between(-0.12, 0.12).sin_cos();
    let shift = seeded.between(-0.1, 0.1);
    let turned = |[x, y]: [f32; 2]| [shift + x * cos - y * sin, middle + x * sin + y * cos];
    let body = Outline::rounded([0.0, 0.0], half, 9.0).map(turned);
    let [r, g, b] = seeded.pick(&[[16, 16, 18], [16, 16, 18], [215, 215, 212], [35, 50, 75], [205, 180, 165], [150, 60, 65]]);
    let (case, light, tilt) = (rgb(r, g, b), scene.light(), seeded.between(-0.3, 0.3));
    let outward = half[0] + 0.12;
    skin.forearm(canvas, [side * (outward + 0.1), middle + 0.9], [side * (outward + 0.6), 4.6], seeded);
    skin.palm(canvas, &Outline::rounded([side * outward, middle + 0.5], [0.34, 0.62], 2.6));
    let soft = (0.2 * canvas.unit()).max(1.0);
    canvas.lay(body.extent.grown(0.2), soft, |[u, v]| body.distance([u, v - 0.06]), |_| Ink::shadow(0.4));
    let glass = |[u, v]: [f32; 2]| {
        let edge = 0.3 * (body.distance([u, v]) / 0.03).min(0.0).exp();
        let sheen = 0.03 * (1.0 + (2.0 * (u + tilt * v)).sin());
        Ink::opaque(scaled(case, light * (0.9 + edge)).map(|own| own + light * sheen))
    };
    canvas.lay(body.extent, 1.4, |at| body.distance(at), glass);
    // The cameras, in the upper corner of the back.
    for place in 0..seeded.pick(&[1_u8, 2, 3]) {
        let off = 0.24 * f32::from(place);
        let at = if upright { [-half[0] + 0.22, -half[1] + 0.22 + off] } else { [half[0] - 0.22 - off, -half[1] + 0.22] };
        let ring = Outline::rounded([0.0; 2], [0.1; 2], 2.0).map(|[x, y]| turned([x + at[0], y + at[1]]));
        let lens = |at| Ink::opaque(scaled(if ring.distance(at) < -0.03 { [0.004; 3] } else { [0.12; 3] }, light));
        canvas.lay(ring.extent, 1.4, |at| ring.distance(at), lens);
    }
    grip(canvas, &skin, [side * outward, side * (half[0] - 0.3)], middle - 0.2, seeded);
    1.0
}

/// Paints a cup that the subject drinks from, and says how much light it keeps.
pub(super) fn cup(canvas: &mut Canvas, scene: &Scene, seeded: &mut Seeded) -> f32 {
    let skin = Skin::drawn(scene, seeded);
    let side = seeded.sign();
    let (top, below) = (seeded.between(0.74, 0.82), seeded.between(0.36, 0.56));
    let body = Outline::symmetric(&[
        [0.0, top + 0.1],
        [0.38, top + 0.07],
        [0.64, top],
        [0.66, top + 0.08],
        [below + 0.03, top + 1.2],
        [below - 0.1, top + 1.33],
        [0.0, top + 1.38],
    ])
    // Their rim is nearer to the camera than the mouth.
    .map(|[u, v]| [u, v - 0.06 * (1.0 - (u / 0.66).powi(2)).max(0.0)]);
    let dye = colour(seeded);
    let cloth = if seeded.chance(0.3) { Cloth::patterned(seeded) } else { Cloth::plain(dye, seeded) };
    let light = scene.light();
    let round = |[u, v]: [f32; 2]| {
        let off = (u / (0.66 - 0.15 * (v - top))).clamp(-1.0, 1.0);
        let shine = 0.12 * (-((off + 0.45) / 0.14).powi(2)).exp();
        let rim = 0.25 * (-((v - top - 0.06) / 0.03).powi(2)).exp();
        Ink::opaque(scaled(cloth.colour([off, v]), light * (1.0 - 0.55 * off * off + rim)).map(|own| own + light * shine))
    };
    skin.forearm(canvas, [side * 1.05, top + 1.2], [side * seeded.between(1.5, 2.2), 4.6], seeded);
    skin.palm(canvas, &Outline::rounded([side * 0.86, top + 0.85], [0.36, 0.6], 2.6));
    let soft = (0.2 * canvas.unit()).max(1.0);
    canvas.lay(body.extent.grown(0.2), soft, |[u, v]| body.distance([u, v - 0.06]), |_| Ink::shadow(0.4));
    canvas.lay(body.extent, 1.4, |at| body.distance(at), round);
    grip(canvas, &skin, [side * 0.88, side * 0.08], top + 0.36, seeded);
    1.0
}
