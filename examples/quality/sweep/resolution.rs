//! How far a measure depends on how many pixels a face has.

use face_precheck::{Engine, Measures, Profile};
use rayon::prelude::*;

use super::show::figure;
use super::trend::quantile;
use crate::degrade::loss::Failure;
use crate::pictures::{Picture, a_few, check};
use crate::quantity::ALL;
use crate::table::Table;

/// Pixels between the pupils.
const SIZES: [f64; 2] = [90.0, 120.0];
/// What they are compared with, or the picture as it is if it has fewer.
const LARGE: f64 = 200.0;
/// Where a picture has no more than that there is nothing to compare.
const LEAST: f64 = 150.0;

pub(crate) fn table(engine: &Engine, profile: &Profile, all: &[Picture], at_most: usize) -> Result<String, Failure> {
    let (rendered, mut pictures): (Vec<_>, Vec<_>) =
        all.iter().filter(|picture| picture.ied() >= LEAST).cloned().partition(|picture| picture.rendered);
    pictures = a_few(pictures, at_most);
    pictures.extend(rendered);
    let at = |picture: &Picture, ied: f64| -> Result<Option<Measures>, Failure> {
        Ok(check(engine, profile, &picture.at(ied)?.image)?.measures().copied())
    };
    let measured = pictures
        .par_iter()
        .map(|picture| Ok((at(picture, LARGE)?, [at(picture, SIZES[0])?, at(picture, SIZES[1])?])))
        .collect::<Result<Vec<_>, Failure>>()?;
    let title = format!("{} pictures, and the same reduced", pictures.len());
    let mut table =
        Table::new(title, 1, &["measure", "median at full size", "90: median", "90: 95 %", "120: median", "120: 95 %"]);
    let or_none = |number: Option<f64>| number.map_or_else(|| "not taken".to_owned(), figure);
    for quantity in ALL {
        let of = |measures: &Option<Measures>| measures.as_ref().and_then(quantity.of);
        let full: Vec<f64> = measured.iter().filter_map(|(large, _)| of(large)).collect();
        let mut row = vec![format!("`{}`", quantity.name), or_none(quantile(&full, 0.5))];
        for size in 0..SIZES.len() {
            let differences: Vec<f64> =
                measured.iter().filter_map(|(large, small)| Some((of(&small[size])? - of(large)?).abs())).collect();
            row.extend([0.5, 0.95].map(|part| or_none(quantile(&differences, part))));
        }
        table.push(row);
    }
    Ok(format!(
        "## Resolution\n\nAbsolute differences from the picture with {LARGE} pixels between the pupils, or with all that it has (at \
         least {LEAST}), of the same with 90 and with 120.\n\n{}",
        table.render(true)
    ))
}
