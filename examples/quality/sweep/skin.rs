//! Whether photos of people of different skin answer alike to the same damage.

use std::fmt::Write as _;

use face_precheck::{Engine, Measures, Profile};
use image::RgbImage;
use rayon::prelude::*;

use super::show::figure;
use super::trend::quantile;
use crate::degrade::blur::gaussian;
use crate::degrade::face::Face;
use crate::degrade::light::exposure;
use crate::degrade::loss::Failure;
use crate::pictures::{IED, Picture, check};
use crate::quantity::ALL;
use crate::table::Table;

/// Mean luminance of the undamaged face up to which skin counts as dark, and as brown: in the even light of a studio that is what
/// it depends on.
const SKIN: [(&str, f64); 3] = [("dark", 0.12), ("brown", 0.25), ("fair", 1.0)];

/// What is done to a face.
type Damage = fn(&RgbImage, &Face) -> RgbImage;

const DAMAGE: [(&str, Damage); 5] = [
    ("none", |image, _| image.clone()),
    ("Gaussian, 2 % of the IED", |image, face| gaussian(image, face, 2.0)),
    ("Gaussian, 4 % of the IED", |image, face| gaussian(image, face, 4.0)),
    ("1 stop less", |image, _| exposure(image, -1.0)),
    ("1 stop more", |image, _| exposure(image, 1.0)),
];

/// The measures that the tables are about.
const SHOWN: [&str; 8] = [
    "blur",
    "motion_blur",
    "brightness",
    "luminance_mean",
    "dynamic_range",
    "illumination_uniformity",
    "eyes_open",
    "eyes_visible",
];

/// A table of medians for each damage; nothing without photos.
pub(crate) fn tables(engine: &Engine, profile: &Profile, all: &[Picture]) -> Result<String, Failure> {
    let photos: Vec<&Picture> = all.iter().filter(|picture| !picture.rendered).collect();
    if photos.is_empty() {
        return Ok(String::new());
    }
    let measured = photos
        .par_iter()
        .map(|photo| {
            let clean = photo.at(IED)?;
            let of = |(_, damage): &(&str, Damage)| -> Result<Option<Measures>, Failure> {
                Ok(check(engine, profile, &damage(&clean.image, &clean.face))?.measures().copied())
            };
            DAMAGE.iter().map(of).collect::<Result<Vec<_>, _>>()
        })
        .collect::<Result<Vec<_>, Failure>>()?;
    let skin = |clean: &Measures| SKIN.iter().position(|(_, most)| clean.luminance_mean.unwrap_or(1.0) < *most);
    let groups: Vec<Option<usize>> = measured.iter().map(|steps| steps[0].as_ref().and_then(skin)).collect();
    let mut out = String::from(
        "## Skin\n\nMedians over photos, grouped by the mean luminance of the undamaged face: dark under 0.12, brown under 0.25, else \
         fair.\n\n",
    );
    for (step, (damage, _)) in DAMAGE.iter().enumerate() {
        let mut table = Table::new((*damage).to_owned(), 1, &["measure", "dark", "brown", "fair"]);
        for quantity in ALL.iter().filter(|quantity| SHOWN.contains(&quantity.name)) {
            let mut row = vec![format!("`{}`", quantity.name)];
            for group in 0..SKIN.len() {
                let own = measured.iter().zip(&groups).filter(|(_, own)| **own == Some(group));
                let values: Vec<f64> = own.filter_map(|(steps, _)| steps[step].as_ref().and_then(quantity.of)).collect();
                row.push(quantile(&values, 0.5).map_or_else(|| "not taken".to_owned(), figure));
            }
            table.push(row);
        }
        out.push_str(&table.render(true));
        out.push('\n');
    }
    let count = |group: usize| groups.iter().filter(|own| **own == Some(group)).count();
    let _ = writeln!(out, "{} dark, {} brown, {} fair.\n", count(0), count(1), count(2));
    Ok(out)
}
