//! Whether the eyes and the lower face can be seen: linear readouts of what the landmark networks have seen.
//!
//! A network that places lids and lips has to notice whether they are there. What its trunk makes of the crop, and how colours differ from
//! those of free skin, is multiplied with weights that were fitted to faces with and without glasses, masks and hands: `models/README.md`.

use crate::error::{Error, Result};
use crate::face::{Eyes, Landmarks, Sides};
use crate::models;
use crate::stage::measure::appearance;
use crate::stage::measure::crop::FaceCrop;
use crate::stage::measure::light::Luminance;

/// Both readouts.
#[derive(Debug)]
pub(crate) struct Readouts {
    eye: Readout,
    lower_face: Readout,
}

/// What the readouts read.
#[derive(Debug)]
pub(crate) struct Features {
    pub(crate) eyes: Sides<Vec<f32>>,
    pub(crate) lower_face: Vec<f32>,
}

impl Features {
    /// What the networks have seen, then how it looks ([`appearance`]).
    pub(crate) fn of(crop: &FaceCrop, landmarks: &Landmarks, eyes: &Eyes, luminance: &Luminance) -> Self {
        let looks = appearance::of_eyes(crop, landmarks, luminance);
        // Both looks at the face count the same: nothing depends on which side is which.
        let seen = match &landmarks.features[..] {
            [seen, mirrored] => seen.iter().zip(mirrored).map(|(seen, mirrored)| f32::midpoint(*seen, *mirrored)).collect(),
            _ => Vec::new(),
        };
        Self {
            eyes: Sides {
                right: [&eyes.features.right[..], &looks.right].concat(),
                left: [&eyes.features.left[..], &looks.left].concat(),
            },
            lower_face: [seen, appearance::of_lower_face(crop, landmarks, luminance)].concat(),
        }
    }
}

impl Readouts {
    /// Parses the embedded weights.
    pub(crate) fn load() -> Result<Self> {
        Ok(Self { eye: Readout::load(&models::EYE_VISIBLE)?, lower_face: Readout::load(&models::LOWER_FACE_VISIBLE)? })
    }

    pub(super) fn eyes_visible(&self, features: &Features) -> Option<Sides<f64>> {
        let Sides { right, left } = &features.eyes;
        Some(Sides { right: self.eye.logit(right)?, left: self.eye.logit(left)? })
    }

    pub(super) fn lower_face_visible(&self, features: &Features) -> Option<f64> {
        self.lower_face.logit(&features.lower_face)
    }
}

/// A bias, and a weight for each feature.
#[derive(Debug)]
struct Readout {
    bias: f32,
    weights: Vec<f32>,
}

impl Readout {
    fn load(model: &models::Readout) -> Result<Self> {
        let (numbers, rest) = model.numbers.as_chunks::<4>();
        match numbers {
            [bias, weights @ ..] if rest.is_empty() => Ok(Self {
                bias: f32::from_le_bytes(*bias),
                weights: weights.iter().map(|number| f32::from_le_bytes(*number)).collect(),
            }),
            _ => Err(Error::Network { name: model.name, message: "not a row of numbers".into() }),
        }
    }

    /// Positive where it can be seen. `None` unless there is a finite feature for every weight.
    fn logit(&self, features: &[f32]) -> Option<f64> {
        let sum: f32 = features.iter().zip(&self.weights).map(|(feature, weight)| feature * weight).sum();
        let logit = f64::from(self.bias + sum);
        (features.len() == self.weights.len() && logit.is_finite()).then_some(logit)
    }
}
