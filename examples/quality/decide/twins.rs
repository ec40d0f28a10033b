//! Pictures with known damage.

use std::collections::BTreeSet;

use face_precheck::{Engine, Profile, Rule};
use image::RgbImage;
use rayon::prelude::*;

use super::halves;
use super::outcome::Outcome;
use super::requirement::Requirement;
use super::tell;
use crate::degrade::blur::gaussian;
use crate::degrade::crop::{Edge, cut};
use crate::degrade::light::exposure;
use crate::degrade::loss::Failure;
use crate::degrade::occlude::{Shape, paint};
use crate::degrade::seeded::of_name;
use crate::pictures::{Clean, FRONTAL, IED, Picture, a_few, check};

/// How much is painted.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Plan {
    pub(crate) per_shape: u32,
    pub(crate) seed: u64,
    /// How many photos get what is not painted.
    pub(crate) plain: usize,
}

/// Each thing is painted on at least so many pictures.
const TWINS: u32 = 40;

/// All rules about damage that is not painted.
const PLAIN_RULES: [Rule; 7] = [
    Rule::Blur,
    Rule::UnderExposure,
    Rule::OverExposure,
    Rule::Brightness,
    Rule::FaceInside,
    Rule::FacePadding,
    Rule::CameraDistance,
];

/// What is done to a picture.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Damage {
    Nothing,
    Blur,
    Darker,
    Brighter,
    Cut(Edge),
    Painted(Shape, u64),
}

impl Damage {
    pub(super) const PLAIN: [Self; 8] = [
        Self::Nothing,
        Self::Blur,
        Self::Darker,
        Self::Brighter,
        Self::Cut(Edge::Left),
        Self::Cut(Edge::Top),
        Self::Cut(Edge::Right),
        Self::Cut(Edge::Bottom),
    ];

    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Nothing => "nothing",
            Self::Blur => "Gaussian, 4 % of the IED",
            Self::Darker => "-3 stops",
            Self::Brighter => "+3 stops",
            Self::Cut(Edge::Left) => "a quarter of the face cut off: left",
            Self::Cut(Edge::Top) => "a quarter of the face cut off: top",
            Self::Cut(Edge::Right) => "a quarter of the face cut off: right",
            Self::Cut(Edge::Bottom) => "a quarter of the face cut off: bottom",
            Self::Painted(shape, _) => shape.name(),
        }
    }

    /// The rules that are about it. Of what hides nothing: those that it might be taken for.
    fn rules(self) -> &'static [Rule] {
        match self {
            Self::Nothing => &PLAIN_RULES,
            Self::Blur => &[Rule::Blur],
            Self::Darker => &[Rule::UnderExposure, Rule::Brightness],
            Self::Brighter => &[Rule::OverExposure, Rule::Brightness],
            Self::Cut(_) => &[Rule::FaceInside, Rule::FacePadding, Rule::CameraDistance],
            Self::Painted(shape, _) if shape.is_negative() => &[Rule::EyesVisible, Rule::LowerFaceVisible],
            Self::Painted(shape, _) if shape.covers().lower_face => &[Rule::LowerFaceVisible],
            Self::Painted(..) => &[Rule::EyesVisible],
        }
    }

    fn done(self, clean: &Clean) -> Option<RgbImage> {
        let Clean { image, face, .. } = clean;
        match self {
            Self::Nothing => Some(image.clone()),
            Self::Blur => Some(gaussian(image, face, 4.0)),
            Self::Darker => Some(exposure(image, -3.0)),
            Self::Brighter => Some(exposure(image, 3.0)),
            Self::Cut(edge) => cut(image, face, edge, 0.25).map(|(image, _)| image),
            Self::Painted(shape, seed) => Some(paint(image, face, shape, seed).image),
        }
    }
}

/// What was said of a damaged picture.
pub(super) struct Twin<'a> {
    pub(super) picture: &'a Picture,
    pub(super) damage: Damage,
    pub(super) outcome: Outcome,
    /// Neither the person nor the thing was fitted to.
    pub(super) held_out: bool,
}

pub(crate) fn tables(
    engine: &Engine,
    profile: &Profile,
    all: &[Picture],
    plan: Plan,
    requirements: &mut Vec<Requirement>,
) -> Result<String, Failure> {
    let least = profile.interpupillary_distance.and_then(|range| range.min).unwrap_or_default();
    let fit = fitted(all);
    let clean = all.iter().filter(|picture| picture.is_clean() && picture.is_within(FRONTAL) && picture.ied() >= least);
    let pictures = a_few(clean.cloned().collect(), usize::MAX);
    let ready = pictures.par_iter().map(|picture| picture.at(IED)).collect::<Result<Vec<_>, _>>()?;
    let jobs = jobs(&pictures, plan);
    let shapes = Shape::ALL.map(Shape::name);
    let fitted_shapes = halves::kinds(shapes);
    let twins = jobs
        .par_iter()
        .map(|&(place, damage)| {
            let Some(image) = damage.done(&ready[place]) else { return Ok(None) };
            let report = check(engine, profile, &image)?;
            let picture = &pictures[place];
            let kind_fitted = matches!(damage, Damage::Painted(..)) && fitted_shapes.contains(damage.name());
            let held_out = !fit.contains(&(picture.rendered, picture.person.as_str())) && !kind_fitted;
            Ok(Some(Twin { picture, damage, outcome: Outcome::of(&report, damage.rules()), held_out }))
        })
        .collect::<Result<Vec<Option<Twin>>, Failure>>()?;
    Ok(tell::tell(&twins.into_iter().flatten().collect::<Vec<_>>(), &fitted_shapes, requirements))
}

/// People that the readouts are fitted to, rendered or not.
fn fitted(all: &[Picture]) -> BTreeSet<(bool, &str)> {
    let own = |rendered: bool| {
        let people = all.iter().filter(move |picture| picture.rendered == rendered).map(|picture| picture.person.as_str());
        halves::people(people).into_iter().map(move |person| (rendered, person))
    };
    own(false).chain(own(true)).collect()
}

/// What is not painted on some photos and all rendered heads, and each shape on photos that are next in turn and once on all
/// rendered heads.
fn jobs(pictures: &[Picture], plan: Plan) -> Vec<(usize, Damage)> {
    let (photos, heads): (Vec<usize>, Vec<usize>) = (0..pictures.len()).partition(|place| !pictures[*place].rendered);
    let some = plan.plain.min(photos.len());
    let plain = (0..some).map(|place| photos[place * photos.len() / some]).chain(heads.iter().copied());
    let mut jobs: Vec<(usize, Damage)> = plain.flat_map(|place| Damage::PLAIN.map(|damage| (place, damage))).collect();
    let a_shape = TWINS.div_ceil(plan.per_shape) as usize;
    for (number, shape) in Shape::ALL.into_iter().enumerate() {
        let turn = (0..a_shape.min(photos.len())).map(|place| photos[(number * a_shape + place) % photos.len()]);
        for (place, times) in turn.map(|place| (place, plan.per_shape)).chain(heads.iter().map(|place| (*place, 1))) {
            for repeat in 0..u64::from(times) {
                let name = of_name(&pictures[place].name) ^ of_name(shape.name());
                jobs.push((place, Damage::Painted(shape, name ^ plan.seed.wrapping_add(repeat << 32))));
            }
        }
    }
    jobs
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pictures::tests::picture;

    #[test]
    fn every_shape_is_painted_often_and_on_both_halves_of_the_people() {
        let pictures: Vec<Picture> = (0..50).map(|number| picture(&format!("{number:03}_a.jpg"), None, 0.0)).collect();
        let fit = fitted(&pictures);
        assert_eq!(fit.len(), 25);
        let jobs = jobs(&pictures, Plan { per_shape: 2, seed: 1, plain: 30 });
        for wanted in Shape::ALL {
            let own = jobs.iter().filter(|(_, damage)| matches!(damage, Damage::Painted(shape, _) if *shape == wanted));
            let people: Vec<bool> = own.map(|(place, _)| fit.contains(&(false, pictures[*place].person.as_str()))).collect();
            assert_eq!((people.len(), people.iter().filter(|fitted| **fitted).count()), (40, 20), "{wanted:?}");
        }
        assert_eq!(jobs.iter().filter(|(_, damage)| *damage == Damage::Blur).count(), 30);
        let seeds: BTreeSet<u64> = jobs
            .iter()
            .filter_map(|(_, damage)| match damage {
                Damage::Painted(_, seed) => Some(*seed),
                _ => None,
            })
            .collect();
        assert_eq!(seeds.len(), 40 * Shape::ALL.len());
    }
}
