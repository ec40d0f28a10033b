//! How good the picture of a face is.

use serde::Serialize;

use crate::face::Sides;

/// How good the picture of the main face is: light, sharpness, eyes, what covers the face, its place in the picture. Each measure is taken on
/// the face in one size, whatever its size in the picture, and rounded once. `None` is what could not be taken: it is judged as
/// not assessed, and never passes for good.
///
/// Lengths are in parts of the distance between the pupils as it is in the picture (IED). Luminance is that of Rec. 709 in linear light, 0 to 1; levels are
/// luminance coded as in sRGB, 0 to 255. Terms are those of ISO/IEC 29794-5 where it has one; its quality components are scaled to
/// 0 to 100, these are the raw quantities.
///
/// ```
/// use face_precheck::{Engine, Profile};
///
/// let photo = std::fs::read("fixtures/rendered/p1_eyes_closed_both.jpg")?;
/// let report = Engine::lazy().check(&photo, &Profile::progeny_selfie())?;
/// let measures = report.measures().ok_or("no face")?;
/// assert!(measures.eyes_open.is_some_and(|lids| lids.least() < 0.09));
/// assert_eq!(measures.greyscale, Some(false));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Measures {
    /// Share of the face with levels of 0 to 25, 0 to 1. Lower is better. (ISO: under-exposure prevention.)
    pub under_exposure: Option<f64>,
    /// Share of the face with levels of 247 to 255, 0 to 1. Lower is better. (ISO: over-exposure prevention.)
    pub over_exposure: Option<f64>,
    /// The luminance that all but the brightest 2 % of the face stay under. It depends on the light more than on the skin, whose highlights
    /// are as bright on dark skin as on fair skin. Neither low nor high is good.
    pub brightness: Option<f64>,
    /// Mean luminance of the face; of dark skin it is low in any light. (ISO: luminance mean.)
    pub luminance_mean: Option<f64>,
    /// Entropy of the histogram of levels in the face, in bits, 0 to 8. Higher is better. (ISO: dynamic range.)
    pub dynamic_range: Option<f64>,
    /// What the histograms of both cheeks' levels have in common, 0 to 1. Higher is better. (ISO: illumination uniformity.)
    pub illumination_uniformity: Option<f64>,
    /// By how many stops the subject's left cheek is darker than the right one; negative where the right one is darker.
    pub illumination_difference: Option<f64>,
    /// Distance of the cheeks' mean colour from that of skin, in a* and b* of CIELAB. Lower is better. (ISO: natural colour.)
    pub natural_color: Option<f64>,
    /// Whether the picture of the face is in black and white.
    pub greyscale: Option<bool>,
    /// Blur of the face: standard deviation of the Gaussian that would blur as much, in percent of the IED. Lower is better. (ISO has it as sharpness.)
    pub blur: Option<f64>,
    /// Length of the straight motion that would blur as much more in one direction than in the others, in percent of the IED. Lower is better.
    pub motion_blur: Option<f64>,
    /// That direction, to within some 20 degrees: from the line through both pupils, anticlockwise in the picture, under 180.
    pub motion_direction: Option<f64>,
    /// Deviation of the finest structure of the skin from its surroundings, in percent of its level. Low where a filter smoothed the skin;
    /// `None` in blurred pictures.
    pub skin_texture: Option<f64>,
    /// Distance between the lids of each eye, in the middle, in IED corrected for yaw. Lower is more closed; lids that are closed
    /// read 0.03 to 0.08. (ISO: eyes open.)
    pub eyes_open: Option<Sides<f64>>,
    /// Distance between the lips' inner edges, in the middle, in IED corrected for yaw. Lower is better. (ISO: mouth closed.)
    pub mouth_closed: Option<f64>,
    /// How sure it is that each eye can be seen, behind clear glasses or none, as a logit: 0 is even odds. (ISO: eyes visible.)
    pub eyes_visible: Option<Sides<f64>>,
    /// How sure it is that nose, mouth and chin can be seen, bearded or not, as a logit: 0 is even odds. (ISO: mouth occlusion
    /// prevention.)
    pub lower_face_visible: Option<f64>,
    /// From the right eye's pupil to the picture's left border, in IED.
    pub margin_left: Option<f64>,
    /// From the left eye's pupil to the picture's right border, in IED.
    pub margin_right: Option<f64>,
    /// From the middle between the eyes to the picture's top border, over the distance from there to the chin.
    pub margin_above: Option<f64>,
    /// The same to the bottom border.
    pub margin_below: Option<f64>,
    /// From the middle between the eyes to the chin, over the picture's height. (ISO: head size.)
    pub head_size: Option<f64>,
    /// Mean gradient of the background's levels, in levels a pixel of a picture of 96 pixels. Lower is more uniform. (ISO: background uniformity.)
    pub background_uniformity: Option<f64>,
}
