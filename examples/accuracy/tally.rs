//! From comparisons to tables: one line for each set, and one for all where there are several.

use std::collections::BTreeMap;

use face_precheck::{Profile, Range, Rule};

use crate::compare::{Comparison, Decision, Mirror, Outcome, Side, limits};
use crate::labels::Angle;
use crate::stats::{absolute, max, mean, median, number, percentile, standard_deviation};
use crate::table::{Table, decimal, signed};

/// Rows without a larger labelled angle stand in a line of their own, and make an identity's offset.
const MODERATE: f64 = 35.0;

/// So many rows an identity needs for an offset of its own.
const ENOUGH: usize = 3;

/// All tables of figures.
pub(crate) fn tables(outcomes: &[Outcome], profile: &Profile, band: f64) -> Vec<Table> {
    let groups = groups(outcomes);
    let offsets = offsets(&groups);
    vec![
        faces(&groups),
        distances(&groups),
        sizes(&groups),
        angles(&groups, &offsets),
        decisions(&groups, profile, band),
        mirrors(&groups),
    ]
}

/// Pictures that are tallied together.
struct Group<'a> {
    name: &'a str,
    /// Those that could not be read as well.
    pictures: usize,
    comparisons: Vec<&'a Comparison<'a>>,
}

impl<'a> Group<'a> {
    fn new(name: &'a str, outcomes: impl Iterator<Item = &'a Outcome<'a>> + Clone) -> Self {
        let comparisons = outcomes.clone().filter_map(|outcome| outcome.comparison.as_ref().ok()).collect();
        Self { name, pictures: outcomes.count(), comparisons }
    }

    fn values(&self, value: impl Fn(&Comparison<'a>) -> Option<f64>) -> Vec<f64> {
        self.comparisons.iter().filter_map(|comparison| value(comparison)).collect()
    }

    fn sum(&self, count: impl Fn(&Comparison<'a>) -> usize) -> String {
        self.comparisons.iter().map(|comparison| count(comparison)).sum::<usize>().to_string()
    }
}

/// The sets in the order of the labels; all pictures come last, and alone where there is one set.
fn groups<'a>(outcomes: &'a [Outcome<'a>]) -> Vec<Group<'a>> {
    let mut sets: Vec<&str> = Vec::new();
    for outcome in outcomes {
        if !sets.contains(&outcome.label.set.as_str()) {
            sets.push(&outcome.label.set);
        }
    }
    let group = |set: &'a str| Group::new(set, outcomes.iter().filter(move |outcome| outcome.label.set == set));
    let mut groups: Vec<_> = sets.into_iter().map(group).collect();
    if groups.len() > 1 {
        groups.push(Group::new("all", outcomes.iter()));
    }
    groups
}

fn faces(groups: &[Group]) -> Table {
    let header = ["set", "pictures", "unreadable", "faces", "found", "missed", "extra", "not measured", "with near-limit"];
    let mut table = Table::new("Faces", 1, &header);
    for group in groups {
        let read = group.comparisons.len();
        let near = group.comparisons.iter().filter(|comparison| comparison.near_limit).count();
        table.push([
            group.name.to_owned(),
            group.pictures.to_string(),
            (group.pictures - read).to_string(),
            group.sum(|comparison| comparison.label.n_faces.unwrap_or_default()),
            group.sum(Comparison::found),
            group.sum(Comparison::missed),
            group.sum(Comparison::extra),
            group.sum(|comparison| usize::from(comparison.face().is_some() && comparison.measured_face().is_none())),
            format!("{near} ({} %)", decimal((read > 0).then(|| 100.0 * number(near) / number(read)), 1)),
        ]);
    }
    table
}

fn distances(groups: &[Group]) -> Table {
    let header = ["set", "n", "bias (median)", "median", "p90", "p95", "max"];
    let mut table = Table::new("Distance between the pupils: error in %", 1, &header);
    for group in groups {
        let errors = group.values(Comparison::distance_error);
        if !errors.is_empty() {
            let spread = absolute(&errors);
            let figures = [median(&spread), percentile(&spread, 0.9), percentile(&spread, 0.95), max(&spread)];
            let figures = figures.map(|figure| decimal(figure, 2));
            table.push([group.name.to_owned(), errors.len().to_string(), signed(median(&errors), 2)].into_iter().chain(figures));
        }
    }
    table
}

fn sizes(groups: &[Group]) -> Table {
    let title = "Face size over the yaw-corrected distance between the pupils";
    let mut table = Table::new(title, 1, &["set", "n", "mean", "sd", "p90 off the mean, %"]);
    for group in groups {
        let ratios = group.values(Comparison::size_ratio);
        if let Some(mean) = mean(&ratios) {
            let deviations: Vec<_> = ratios.iter().map(|ratio| 100.0 * (ratio / mean - 1.0).abs()).collect();
            table.push([
                group.name.to_owned(),
                ratios.len().to_string(),
                decimal(Some(mean), 3),
                decimal(standard_deviation(&ratios), 3),
                decimal(percentile(&deviations, 0.9), 2),
            ]);
        }
    }
    table
}

/// Each identity's mean error of each angle, where it has enough rows that are turned moderately.
type Offsets<'a> = BTreeMap<&'a str, [Option<f64>; 3]>;

fn offsets<'a>(groups: &[Group<'a>]) -> Offsets<'a> {
    let mut rows: BTreeMap<&str, Vec<&Comparison>> = BTreeMap::new();
    // The last group holds all.
    for &comparison in groups.last().map_or(&[][..], |all| &all.comparisons) {
        if let Some(identity) = comparison.label.identity.as_deref().filter(|_| comparison.is_turned_at_most(MODERATE)) {
            rows.entry(identity).or_default().push(comparison);
        }
    }
    let offset = |rows: &[&Comparison], angle| {
        let errors: Vec<_> = rows.iter().filter_map(|row| row.angle_error(angle)).collect();
        mean(&errors).filter(|_| errors.len() >= ENOUGH)
    };
    rows.into_iter().map(|(identity, rows)| (identity, Angle::ALL.map(|angle| offset(&rows, angle)))).collect()
}

fn angles(groups: &[Group], offsets: &Offsets) -> Table {
    let title = format!("Angles: error in degrees (own zero: less the identity's mean error, of {ENOUGH} rows or more)");
    let header = ["set", "angle", "rows", "n", "mean abs", "bias (mean)", "p90", "p95", "max", "own zero n", "mean abs"];
    let mut table = Table::new(title, 3, &header);
    for group in groups {
        for angle in Angle::ALL {
            for (rows, limit) in [("all", f64::INFINITY), ("to 35", MODERATE)] {
                let within = |comparison: &Comparison| comparison.is_turned_at_most(limit);
                let errors = group.values(|comparison| comparison.angle_error(angle).filter(|_| within(comparison)));
                if errors.is_empty() {
                    continue;
                }
                let own: Vec<f64> = group.values(|comparison| {
                    let offset = offsets.get(comparison.label.identity.as_deref()?)?[angle as usize]?;
                    comparison.angle_error(angle).filter(|_| within(comparison)).map(|error| (error - offset).abs())
                });
                let spread = absolute(&errors);
                table.push([
                    group.name.to_owned(),
                    angle.name().to_owned(),
                    rows.to_owned(),
                    errors.len().to_string(),
                    decimal(mean(&spread), 2),
                    signed(mean(&errors), 2),
                    decimal(percentile(&spread, 0.9), 2),
                    decimal(percentile(&spread, 0.95), 2),
                    decimal(max(&spread), 2),
                    own.len().to_string(),
                    decimal(mean(&own), 2),
                ]);
            }
        }
    }
    table
}

fn decisions(groups: &[Group], profile: &Profile, band: f64) -> Table {
    let title =
        format!("Decisions (not counted where the truth is within {band} degrees, or {band} % of the distance, of a limit)");
    let header =
        ["set", "rule", "limits", "inside", "wrongly refused", "outside", "wrongly accepted", "not counted", "near-limit"];
    let mut table = Table::new(title, 3, &header);
    for group in groups {
        for (rule, range) in limits(profile) {
            let decisions =
                || group.comparisons.iter().flat_map(|comparison| &comparison.decisions).filter(|decision| decision.rule == rule);
            if decisions().next().is_none() {
                continue;
            }
            let count = |which: fn(&Decision) -> bool| decisions().filter(|decision| which(decision)).count().to_string();
            table.push([
                group.name.to_owned(),
                short(rule).to_owned(),
                bounds(range),
                count(|decision| decision.side == Side::Inside),
                count(|decision| decision.wrong() && decision.refused),
                count(|decision| decision.side == Side::Outside),
                count(|decision| decision.wrong() && !decision.refused),
                count(|decision| decision.side == Side::Close),
                count(|decision| decision.near_limit),
            ]);
        }
    }
    table
}

/// A rule's name in tables: the angle's, or the distance.
pub(crate) fn short(rule: Rule) -> &'static str {
    Angle::ALL.into_iter().find(|angle| angle.rule() == rule).map_or("distance", Angle::name)
}

fn bounds(range: Range) -> String {
    match (range.min, range.max) {
        (Some(min), Some(max)) => format!("{min} to {max}"),
        (Some(min), None) => format!("from {min}"),
        (None, Some(max)) => format!("to {max}"),
        (None, None) => String::new(),
    }
}

fn mirrors(groups: &[Group]) -> Table {
    let title = "Mirrored: how much the face differs from itself, in degrees and in % of the distance";
    let header = ["set", "n", "lost", "yaw mean", "max", "pitch mean", "max", "roll mean", "max", "distance mean", "max"];
    let mut table = Table::new(title, 1, &header);
    for group in groups {
        let mirrors: Vec<&Mirror> = group.comparisons.iter().filter_map(|comparison| comparison.mirror.as_ref()).collect();
        if mirrors.is_empty() {
            continue;
        }
        let found: Vec<[f64; 4]> = mirrors.iter().filter_map(|mirror| mirror.differences()).collect();
        let figures = (0..4).flat_map(|place| {
            let values: Vec<f64> = found.iter().map(|differences| differences[place].abs()).collect();
            [decimal(mean(&values), 2), decimal(max(&values), 2)]
        });
        let counts = [group.name.to_owned(), found.len().to_string(), (mirrors.len() - found.len()).to_string()];
        table.push(counts.into_iter().chain(figures));
    }
    table
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::compare::tests::{compare, label, report};
    use crate::labels::Label;

    /// Labels of one picture whose yaw is measured too large by these degrees, for these people, in set `a` or `b` by turns.
    fn labels(yaw: f64, rows: &[(&str, f64)]) -> Vec<Label> {
        let sets = ["a", "b"].into_iter().cycle();
        let row = |(&(identity, error), set): (&(&str, f64), &str)| Label {
            set: set.into(),
            identity: Some(identity.into()),
            angles: [Some(yaw - error), None, None],
            ..label()
        };
        rows.iter().zip(sets).map(row).collect()
    }

    fn rendered(rows: &[(&str, f64)], table: impl Fn(&[Group]) -> Table) -> String {
        let report = report("p1_y+00_p+00_r+00.jpg");
        let labels = labels(report.faces()[0].pose.unwrap().yaw, rows);
        let mut outcomes: Vec<_> =
            labels.iter().map(|label| Outcome { label, comparison: Ok(compare(label, &report)) }).collect();
        outcomes.push(Outcome { label: &labels[0], comparison: Err("cannot be read".into()) });
        table(&groups(&outcomes)).render(false)
    }

    /// The cells of a line that begins so.
    fn line<'a>(table: &'a str, start: &[&str]) -> Vec<&'a str> {
        let lines = table.lines().map(|line| line.split_whitespace().collect::<Vec<_>>());
        lines.into_iter().find(|cells| cells.starts_with(start)).unwrap_or_else(|| panic!("no {start:?} in {table}"))
    }

    #[test]
    fn sets_come_in_their_order_and_all_last() {
        let table = rendered(&[("x", 0.0), ("x", 0.0), ("x", 0.0)], faces);
        assert_eq!(line(&table, &["a"]), ["a", "3", "1", "2", "2", "0", "0", "0", "0", "(0.0", "%)"]);
        assert_eq!(line(&table, &["b"]), ["b", "1", "0", "1", "1", "0", "0", "0", "0", "(0.0", "%)"]);
        assert_eq!(line(&table, &["all"]), ["all", "4", "1", "3", "3", "0", "0", "0", "0", "(0.0", "%)"]);
        assert!(table.lines().nth(4).unwrap().trim().starts_with("all"));
    }

    #[test]
    fn an_identitys_own_error_is_taken_away() {
        // x is off by 2 on average over both sets, y by -4 in too few rows, and 40 is turned too far to count.
        let rows = [("x", 1.0), ("x", 2.0), ("x", 3.0), ("y", -4.0), ("y", -4.0), ("x", 40.0)];
        let table = rendered(&rows, |groups| angles(groups, &offsets(groups)));
        assert_eq!(
            line(&table, &["all", "yaw", "to", "35"]),
            ["all", "yaw", "to", "35", "5", "2.80", "-0.40", "4.00", "4.00", "4.00", "3", "0.67"]
        );
        assert_eq!(line(&table, &["all", "yaw", "all"])[3..6], ["6", "9.00", "+6.33"]);
        // Set a holds x at 1 and 3, and y.
        assert_eq!(line(&table, &["a", "yaw", "to", "35"])[4..7], ["3", "2.67", "+0.00"]);
        assert_eq!(line(&table, &["a", "yaw", "to", "35"])[10..], ["2", "1.00"]);
        assert!(!table.contains("pitch"), "nothing is known of it");
    }

    #[test]
    fn decisions_are_counted_by_rule() {
        let rows = [("x", 0.0), ("x", 50.0), ("x", 0.0), ("x", 24.0)];
        let profile = Profile::progeny_selfie();
        let table = rendered(&rows, |groups| decisions(groups, &profile, 3.0));
        let counts = |start: &[&str]| line(&table, start)[5..].join(" ");
        assert_eq!(counts(&["all", "yaw", "-25", "to", "25"]), "2 0 1 1 1 0");
        assert_eq!(counts(&["a", "yaw", "-25", "to", "25"]), "2 0 0 0 0 0");
        assert_eq!(bounds(Range::at_least(85.0)), "from 85");
    }
}
