//! The sweeps: which damage, in which steps, and which measures tell of it.

use image::RgbImage;

use super::trend::Trend::{self, Dips, Falls, Peaks, Rises, Stays};
use crate::degrade::blur::{coarse, gaussian, motion, smooth};
use crate::degrade::crop::{Edge, cut};
use crate::degrade::face::Side;
use crate::degrade::light::{cast, exposure, greyscale, haze, noise, uneven};
use crate::degrade::linear::{decode, encode};
use crate::degrade::loss::{Failure, recompressed};
use crate::degrade::occlude::{Shape, paint};
use crate::degrade::seeded::of_name;
use crate::pictures::Clean;
use crate::quantity::{self as of, Quantity};

/// A picture with so much damage; `None` where that cannot be done to it.
type Damage = dyn Fn(&Clean, f64) -> Result<Option<RgbImage>, Failure> + Send + Sync;

/// One kind of damage, more and more of it.
pub(crate) struct Sweep {
    pub(crate) title: String,
    pub(crate) axis: &'static str,
    pub(crate) steps: Vec<f64>,
    pub(crate) damage: Box<Damage>,
    pub(crate) shows: Vec<Show>,
    /// The direction that a motion has in the picture, in degrees.
    pub(crate) direction: Option<f64>,
    /// Whether it is about the picture's border.
    pub(crate) cuts: bool,
}

/// A measure that tells of damage.
pub(crate) struct Show {
    pub(crate) quantity: Quantity,
    pub(crate) trend: Trend,
    /// The file of its plot, without an ending. What is shown under the same name is drawn together.
    pub(crate) plot: Option<&'static str>,
}

const fn show(quantity: Quantity, trend: Trend) -> Show {
    Show { quantity, trend, plot: Some(quantity.name) }
}

const fn table(quantity: Quantity, trend: Trend) -> Show {
    Show { quantity, trend, plot: None }
}

const fn show_as(plot: &'static str, quantity: Quantity, trend: Trend) -> Show {
    Show { quantity, trend, plot: Some(plot) }
}

/// So many steps, the ends included.
fn steps(from: f64, to: f64, count: u8) -> Vec<f64> {
    (0..count).map(|step| from + (to - from) * f64::from(step) / f64::from(count - 1)).collect()
}

fn sweep(
    title: impl Into<String>,
    axis: &'static str,
    steps: Vec<f64>,
    shows: Vec<Show>,
    damage: impl Fn(&Clean, f64) -> RgbImage + Send + Sync + 'static,
) -> Sweep {
    let damage = Box::new(move |clean: &Clean, step| Ok(Some(damage(clean, step))));
    Sweep { title: title.into(), axis, steps, damage, shows, direction: None, cuts: false }
}

/// All of them.
pub(crate) fn sweeps() -> Vec<Sweep> {
    let mut all = light();
    all.extend(colors());
    all.extend(sharpness());
    all.extend(Edge::ALL.map(cutting));
    all.extend([
        covering("Sunglasses", SUNGLASSES, show(of::EYES_VISIBLE, Falls)),
        covering("A surgical mask", MASK, show(of::LOWER_FACE_VISIBLE, Falls)),
    ]);
    all
}

fn light() -> Vec<Sweep> {
    vec![
        sweep(
            "Exposure",
            "stops",
            steps(-4.0, 4.0, 9),
            vec![
                show(of::UNDER_EXPOSURE, Falls),
                show(of::OVER_EXPOSURE, Rises),
                show(of::BRIGHTNESS, Rises),
                show(of::LUMINANCE_MEAN, Rises),
                show_as("dynamic_range-exposure", of::DYNAMIC_RANGE, Peaks),
            ],
            |clean, stops| exposure(&clean.image, stops as f32),
        ),
        sweep(
            "Light from one side",
            "stops, negative: more on the subject's right",
            steps(-4.0, 4.0, 9),
            vec![show(of::UNIFORMITY, Peaks), show(of::DIFFERENCE, Falls)],
            |clean, stops| {
                let lit = if stops < 0.0 { Side::Right } else { Side::Left };
                uneven(&clean.image, &clean.face, stops.abs() as f32, lit)
            },
        ),
        sweep("Haze", "share of the light", steps(0.0, 0.9, 7), vec![show(of::DYNAMIC_RANGE, Falls)], |clean, amount| {
            haze(&clean.image, &clean.face, amount as f32)
        }),
    ]
}

fn colors() -> Vec<Sweep> {
    vec![
        sweep(
            "Cast from blue to amber",
            "stops of red over blue",
            steps(-2.0, 2.0, 9),
            vec![show(of::NATURAL_COLOR, Dips)],
            |clean, stops| cast(&clean.image, [0.5, 0.0, -0.5].map(|part| (part * stops as f32).exp2())),
        ),
        sweep(
            "Cast from green to magenta",
            "stops of red and blue over green",
            steps(-1.0, 1.0, 9),
            vec![show_as("natural_color-magenta", of::NATURAL_COLOR, Dips)],
            |clean, stops| cast(&clean.image, [1.0, -2.0, 1.0].map(|part| (part / 3.0 * stops as f32).exp2())),
        ),
        sweep(
            "Colour taken away",
            "share",
            steps(0.0, 1.0, 6),
            vec![show_as("natural_color-grey", of::NATURAL_COLOR, Rises), table(of::GREYSCALE, Rises)],
            |clean, share| blended(&clean.image, &greyscale(&clean.image), share as f32),
        ),
    ]
}

fn sharpness() -> Vec<Sweep> {
    let still = || vec![table(of::BLUR, Stays), table(of::MOTION_BLUR, Stays), table(of::SKIN_TEXTURE, Stays)];
    let mut all = vec![sweep(
        "Gaussian blur",
        "pixels at an IED of 120",
        steps(0.0, 8.0, 9),
        vec![show(of::BLUR, Rises), table(of::MOTION_BLUR, Stays), table(of::SKIN_TEXTURE, Falls)],
        |clean, sigma| gaussian(&clean.image, &clean.face, sigma * 100.0 / 120.0),
    )];
    all.extend([0.0, 45.0, 90.0, 135.0].map(|degrees| Sweep {
        direction: Some(degrees),
        ..sweep(
            format!("Motion at {degrees} degrees"),
            "pixels at an IED of 120",
            steps(0.0, 20.0, 9),
            vec![show(of::MOTION_BLUR, Rises), table(of::BLUR, Rises)],
            move |clean, length| motion(&clean.image, length * clean.face.ied() / 120.0, degrees),
        )
    }));
    all.extend([
        sweep(
            "Fewer pixels",
            "times fewer along each side",
            steps(1.0, 6.0, 6),
            vec![show_as("blur-coarse", of::BLUR, Rises), table(of::SKIN_TEXTURE, Falls)],
            |clean, times| coarse(&clean.image, times.recip()),
        ),
        sweep(
            "Skin smoothed",
            "strength",
            steps(0.0, 1.0, 6),
            vec![show(of::SKIN_TEXTURE, Falls), table(of::BLUR, Stays)],
            |clean, strength| smooth(&clean.image, &clean.face, strength as f32),
        ),
        sweep("Noise", "levels", vec![0.0, 2.0, 5.0, 10.0, 15.0, 20.0], still(), |clean, sigma| {
            noise(&clean.image, sigma as f32, of_name(&clean.name))
        }),
    ]);
    let compressed = |clean: &Clean, quality: f64| recompressed(&clean.image, quality as u8).map(Some);
    all.push(Sweep {
        damage: Box::new(compressed),
        ..sweep("JPEG", "quality", vec![95.0, 85.0, 70.0, 50.0, 30.0], still(), |clean, _| clean.image.clone())
    });
    all
}

fn cutting(edge: Edge) -> Sweep {
    let (name, margin) = match edge {
        Edge::Left => ("left", of::MARGIN_LEFT),
        Edge::Top => ("above", of::MARGIN_ABOVE),
        Edge::Right => ("right", of::MARGIN_RIGHT),
        Edge::Bottom => ("below", of::MARGIN_BELOW),
    };
    Sweep {
        cuts: true,
        damage: Box::new(move |clean, part| Ok(cut(&clean.image, &clean.face, edge, part).map(|(image, _)| image))),
        ..sweep(format!("Cut: {name}"), "share of the face", steps(0.0, 0.5, 6), vec![show(margin, Falls)], |clean, _| {
            clean.image.clone()
        })
    }
}

/// What covers the eyes, and the lower face.
const SUNGLASSES: Shape = Shape::Aviator;
const MASK: Shape = Shape::Surgical;

/// Of both painted by this seed hardly any light gets through.
const DENSE: u64 = 0;

/// Something before the face that lets less and less light through.
fn covering(title: &str, shape: Shape, shown: Show) -> Sweep {
    sweep(title, "opacity", steps(0.0, 1.0, 6), vec![shown], move |clean, opacity| {
        blended(&clean.image, &paint(&clean.image, &clean.face, shape, DENSE).image, opacity as f32)
    })
}

/// From one picture to another, in light.
fn blended(from: &RgbImage, to: &RgbImage, share: f32) -> RgbImage {
    let mut image = from.clone();
    for (sample, other) in image.iter_mut().zip(to.iter()) {
        let [a, b] = [*sample, *other].map(decode);
        *sample = encode(a + (b - a) * share);
    }
    image
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::degrade::occlude::tests::{face, portrait};

    #[test]
    fn no_damage_is_no_damage() {
        let clean = Clean { name: "a".into(), image: portrait(), face: face() };
        for sweep in sweeps().iter().filter(|sweep| !sweep.cuts && sweep.title != "JPEG") {
            let neutral = if sweep.title == "Fewer pixels" { 1.0 } else { 0.0 };
            assert!(sweep.steps.contains(&neutral), "{}", sweep.title);
            let image = (sweep.damage)(&clean, neutral).unwrap().unwrap();
            let farthest = image.iter().zip(clean.image.iter()).map(|(a, b)| a.abs_diff(*b)).max();
            assert!(farthest <= Some(1), "{} {farthest:?}", sweep.title);
        }
    }

    #[test]
    fn steps_have_both_ends() {
        assert_eq!(steps(-1.0, 1.0, 5), [-1.0, -0.5, 0.0, 0.5, 1.0]);
    }

    #[test]
    fn what_covers_is_dense() {
        for shape in [SUNGLASSES, MASK] {
            let opacity = paint(&portrait(), &face(), shape, DENSE).opacity;
            assert!(opacity > 0.95, "{shape:?} {opacity}");
        }
    }
}
