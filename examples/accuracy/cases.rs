//! The single pictures behind the figures: what was wrong, and the worst of each measure.

use crate::compare::{Comparison, Mirror, Outcome};
use crate::labels::Angle;
use crate::stats::mean;
use crate::table::{Table, decimal, signed};
use crate::tally::short;

/// Files of which no report could be made.
pub(crate) fn unreadable(outcomes: &[Outcome]) -> Table {
    let mut table = Table::new("Unreadable", 3, &["set", "file", "error"]);
    for Outcome { label, comparison } in outcomes {
        if let Err(error) = comparison {
            table.push([label.set.clone(), label.file.clone(), error.to_string()]);
        }
    }
    table
}

/// Pictures on which the faces are not those that are there.
pub(crate) fn wrong_faces(comparisons: &[&Comparison]) -> Table {
    let mut table =
        Table::new("Faces missed or found where there are none", 2, &["set", "file", "faces", "reported", "missed", "extra"]);
    for comparison in comparisons.iter().filter(|comparison| comparison.missed() + comparison.extra() > 0) {
        let counts =
            [comparison.label.n_faces.unwrap_or_default(), comparison.faces.len(), comparison.missed(), comparison.extra()];
        table.push(place(comparison).into_iter().chain(counts.map(|count| count.to_string())));
    }
    table
}

/// Pictures whose face is there, and is not when they are mirrored.
pub(crate) fn lost_when_mirrored(comparisons: &[&Comparison]) -> Table {
    let mut table = Table::new("Lost when mirrored", 2, &["set", "file"]);
    for comparison in comparisons.iter().filter(|comparison| comparison.mirror == Some(Mirror::Lost)) {
        table.push(place(comparison));
    }
    table
}

/// Decisions that are not what the truth says.
pub(crate) fn wrong_decisions(comparisons: &[&Comparison]) -> Table {
    let mut table = Table::new("Wrong decisions", 4, &["set", "file", "rule", "decision", "truth", "measured"]);
    for comparison in comparisons {
        for decision in comparison.decisions.iter().filter(|decision| decision.wrong()) {
            let what = if decision.refused { "refused" } else { "accepted" };
            let numbers = [decimal(Some(decision.truth), 1), decimal(decision.measured, 1)];
            table.push(place(comparison).into_iter().chain([short(decision.rule).to_owned(), what.to_owned()]).chain(numbers));
        }
    }
    table
}

/// Something that is known of a comparison, perhaps.
type Figure<'f, 'a> = &'f dyn Fn(&Comparison<'a>) -> Option<f64>;

/// The `count` pictures with the largest errors of each measure.
pub(crate) fn worst<'a>(comparisons: &[&Comparison<'a>], count: usize) -> Table {
    let mut table = Table::new("Worst", 3, &["measure", "set", "file", "truth", "measured", "error"]);
    let mut add = |measure: &str, [truth, measured, error]: [Figure<'_, 'a>; 3], places: i32| {
        let mut errors: Vec<_> = comparisons.iter().filter_map(|comparison| Some((error(comparison)?, comparison))).collect();
        errors.sort_by(|(a, _), (b, _)| b.abs().total_cmp(&a.abs()));
        for (error, comparison) in errors.into_iter().take(count) {
            let numbers = [decimal(truth(comparison), places), decimal(measured(comparison), places), signed(Some(error), 1)];
            table.push([measure.to_owned()].into_iter().chain(place(comparison)).chain(numbers));
        }
    };
    add(
        "distance, %",
        [&|it| Some(it.label.eyes?.distance()), &|it| Some(it.measured_face()?.interpupillary_distance_px), &|it| {
            it.distance_error()
        }],
        1,
    );
    let ratios: Vec<_> = comparisons.iter().filter_map(|comparison| comparison.size_ratio()).collect();
    if let Some(mean) = mean(&ratios) {
        let deviation = |it: &Comparison| it.size_ratio().map(|ratio| 100.0 * (ratio / mean - 1.0));
        add("size ratio, % off the mean", [&|_| Some(mean), &|it| it.size_ratio(), &deviation], 3);
    }
    for angle in Angle::ALL {
        add(angle.name(), [&|it| it.label.angles[angle as usize], &|it| it.angle(angle), &|it| it.angle_error(angle)], 1);
    }
    for (index, measure) in
        ["yaw, mirrored", "pitch, mirrored", "roll, mirrored", "distance, mirrored, %"].into_iter().enumerate()
    {
        let measured = |it: &Comparison| match Angle::ALL.get(index) {
            Some(&angle) => it.angle(angle),
            None => Some(it.measured_face()?.interpupillary_distance_px),
        };
        add(measure, [&|_| None, &measured, &|it| Some(it.mirror.as_ref()?.differences()?[index])], 1);
    }
    table
}

fn place(comparison: &Comparison) -> [String; 2] {
    [comparison.label.set.clone(), comparison.label.file.clone()]
}
