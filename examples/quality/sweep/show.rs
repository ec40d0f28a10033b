//! Sweeps as tables and plots.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::path::Path;

use face_precheck::{Profile, Rule, Severity};

use super::damage::{Show, Sweep};
use super::readings::Readings;
use super::trend::{Trend, Typical};
use crate::degrade::loss::Failure;
use crate::plot::{COLORS, Line, Plot};
use crate::quantity::Quantity;
use crate::table::Table;

/// A number with three digits that matter, and without ones that do not.
pub(crate) fn figure(number: f64) -> String {
    let digits = if number.abs() >= 10.0 {
        1
    } else if number.abs() >= 1.0 {
        2
    } else {
        3
    };
    format!("{number:.digits$}")
}

pub(crate) fn percent(share: Option<f64>) -> String {
    share.map_or_else(|| "not taken".to_owned(), |share| format!("{:.0} %", 100.0 * share))
}

/// A step of a sweep, as it was chosen.
fn label(step: f64) -> String {
    let text = format!("{step:.2}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

/// All that is to be said about a sweep.
pub(crate) fn tables(sweep: &Sweep, readings: &Readings) -> String {
    let mut out = format!("## {}\n\n", sweep.title);
    for Show { quantity, trend, .. } in &sweep.shows {
        out.push_str(&table(sweep, quantity, readings).render(true));
        out.push_str(&verdict(sweep, quantity, *trend, readings));
    }
    if let Some(degrees) = sweep.direction {
        let last = sweep.steps.len() - 1;
        for step in [last / 2, last] {
            let Some((share, error)) = readings.directed(step, degrees) else { continue };
            let _ = writeln!(
                out,
                "At {} pixels `motion_direction` is within 10 degrees of it in {} of the pictures; median error {error:.0} degrees.\n",
                label(sweep.steps[step]),
                percent(Some(share))
            );
        }
    }
    if sweep.cuts {
        out.push_str(&shares(sweep, readings).render(true));
    }
    out
}

fn table(sweep: &Sweep, quantity: &Quantity, readings: &Readings) -> Table {
    let header: Vec<&str> = std::iter::once(sweep.axis).chain(readings.groups.iter().map(String::as_str)).collect();
    let mut table = Table::new(format!("`{}`, {}", quantity.name, quantity.unit), 0, &header);
    for (step, size) in sweep.steps.iter().enumerate() {
        let cells = (0..readings.groups.len()).map(|group| cell(&readings.numbers(quantity, group, step)));
        table.push(std::iter::once(label(*size)).chain(cells));
    }
    table
}

/// The median, and the least and most of more than one; how many pictures had none.
fn cell((numbers, all): &(Vec<f64>, usize)) -> String {
    let Some(Typical { median, least, most }) = Typical::of(numbers) else { return "not taken".to_owned() };
    let mut cell = figure(median);
    if *all > 1 {
        let _ = write!(cell, " ({}..{})", figure(least), figure(most));
    }
    if numbers.len() < *all {
        let _ = write!(cell, ", {} not taken", all - numbers.len());
    }
    cell
}

/// Whether the medians follow the trend in every group, and how far the groups are from one another.
fn verdict(sweep: &Sweep, quantity: &Quantity, trend: Trend, readings: &Readings) -> String {
    let groups: Vec<(&String, Vec<Option<f64>>)> =
        readings.groups.iter().enumerate().map(|(group, name)| (name, readings.medians(quantity, group))).collect();
    let steps: Vec<_> = groups.iter().map(|(name, medians)| (name, trend.against(medians))).collect();
    let good = steps.iter().filter(|(_, step)| step.size == 0.0).count();
    let mut out = format!("`{}` {}", quantity.name, trend.verb());
    let worst = steps.iter().max_by(|a, b| a.1.size.total_cmp(&b.1.size)).filter(|(_, step)| step.size > 0.0);
    let described = worst.map(|(name, step)| {
        let [from, to] = [step.from, step.to].map(|place| label(sweep.steps[place]));
        format!("{} ({name}, from {from} to {to})", figure(step.size))
    });
    let _ = match (trend, described) {
        (Trend::Stays, Some(described)) => write!(out, ": largest change of a median {described}."),
        (Trend::Stays, None) => write!(out, ": no median changes."),
        (_, Some(described)) => {
            write!(out, " in {good} of {} groups' medians; largest step against that {described}.", groups.len())
        }
        (_, None) => write!(out, " in all {} groups' medians: **monotone**.", groups.len()),
    };
    if let Some((size, step)) = apart(&groups) {
        let at = label(sweep.steps[step]);
        let _ = write!(out, " Largest difference between groups at the same step: {} (at {at}).", figure(size));
    }
    out.push_str("\n\n");
    out
}

/// The largest difference between groups at the same step, and where.
fn apart(groups: &[(&String, Vec<Option<f64>>)]) -> Option<(f64, usize)> {
    let steps = groups.first()?.1.len();
    let at = |step: usize| {
        let medians: Vec<f64> = groups.iter().filter_map(|(_, medians)| medians[step]).collect();
        Typical::of(&medians).map(|typical| (typical.most - typical.least, step))
    };
    (0..steps).filter_map(at).max_by(|a, b| a.0.total_cmp(&b.0)).filter(|_| groups.len() > 1)
}

/// How many pictures the rules about the border refuse or doubt.
fn shares(sweep: &Sweep, readings: &Readings) -> Table {
    let rules = [Rule::FaceInside, Rule::FacePadding, Rule::CameraDistance, Rule::FacePresent];
    let header: Vec<&str> = [sweep.axis, "pictures"].into_iter().chain(rules.map(Rule::id)).collect();
    let mut table = Table::new("Pictures with an error or a warning", 0, &header);
    for (step, size) in sweep.steps.iter().enumerate() {
        let shares = rules.map(|rule| percent(readings.share(step, rule, Severity::Warning)));
        table.push([label(*size), readings.steps[step].len().to_string()].into_iter().chain(shares));
    }
    table
}

/// Which sweeps make faces count as covered or their eyes as closed that are neither.
pub(crate) fn side_effects(sweeps: &[Sweep], readings: &[Readings]) -> String {
    let rules = [Rule::EyesVisible, Rule::LowerFaceVisible, Rule::EyesOpen];
    let header: Vec<&str> =
        ["damage", "step", "pictures"].into_iter().chain(rules.map(Rule::id)).chain(["face-present"]).collect();
    let title = "Errors about what covers faces or closes eyes, and faces not found, where only something else is wrong";
    let mut table = Table::new(title, 1, &header);
    for (sweep, readings) in sweeps.iter().zip(readings) {
        for (step, size) in sweep.steps.iter().enumerate() {
            let share = |rule| readings.share(step, rule, Severity::Error).unwrap_or_default();
            let shares = rules.into_iter().chain([Rule::FacePresent]).map(share).collect::<Vec<_>>();
            if shares.iter().any(|share| *share > 0.0) {
                let cells = shares.iter().map(|share| percent(Some(*share)));
                let own = [sweep.title.clone(), label(*size), readings.steps[step].len().to_string()];
                table.push(own.into_iter().chain(cells));
            }
        }
    }
    format!("## Side effects\n\n{}", table.render(true))
}

/// What is drawn, by file.
#[derive(Debug, Default)]
pub(crate) struct Plots(BTreeMap<String, Drawn>);

/// Numbers, by where they are along the axis.
type Points = Vec<(f64, Vec<f64>)>;

#[derive(Debug)]
struct Drawn {
    quantity: Quantity,
    titles: Vec<String>,
    axis: String,
    /// Numbers by line and step.
    lines: Vec<(String, Points)>,
}

impl Plots {
    pub(crate) fn add(&mut self, sweep: &Sweep, readings: &Readings) {
        for show in &sweep.shows {
            let Some(name) = show.plot else { continue };
            for (group, line) in readings.groups.iter().enumerate() {
                for (step, size) in sweep.steps.iter().enumerate() {
                    let numbers = readings.numbers(&show.quantity, group, step).0;
                    self.point(name, show.quantity, [&sweep.title, sweep.axis], line, *size, &numbers);
                }
            }
        }
    }

    /// Adds numbers of a line to those at the same place.
    pub(crate) fn point(
        &mut self,
        name: &str,
        quantity: Quantity,
        [title, axis]: [&str; 2],
        line: &str,
        x: f64,
        numbers: &[f64],
    ) {
        let drawn = self.0.entry(name.to_owned()).or_insert_with(|| Drawn {
            quantity,
            titles: Vec::new(),
            axis: axis.to_owned(),
            lines: Vec::new(),
        });
        if !drawn.titles.iter().any(|known| known == title) {
            drawn.titles.push(title.to_owned());
        }
        let place = drawn.lines.iter().position(|(known, _)| known == line).unwrap_or_else(|| {
            drawn.lines.push((line.to_owned(), Vec::new()));
            drawn.lines.len() - 1
        });
        let points = &mut drawn.lines[place].1;
        match points.iter_mut().find(|(known, _)| *known == x) {
            Some((_, known)) => known.extend(numbers),
            None => points.push((x, numbers.to_vec())),
        }
    }

    /// Writes all of them and says how many there are.
    pub(crate) fn write(&self, folder: &Path, profile: &Profile) -> Result<usize, Failure> {
        for (name, drawn) in &self.0 {
            std::fs::write(folder.join(format!("{name}.svg")), drawn.plot(profile).svg())?;
        }
        Ok(self.0.len())
    }
}

/// People have the same colour in every plot, and so has what is true of them.
fn color(name: &str, place: usize) -> &'static str {
    let number = name.strip_prefix('p').and_then(|rest| rest.split(',').next()?.parse::<usize>().ok());
    COLORS[number.unwrap_or(place) % COLORS.len()]
}

impl Drawn {
    fn plot(&self, profile: &Profile) -> Plot {
        let line = |(place, (name, points)): (usize, &(String, Points))| {
            let typical = || points.iter().filter_map(|(x, numbers)| Some((*x, Typical::of(numbers)?)));
            let band = typical().map(|(x, typical)| [x, typical.least, typical.most]).collect();
            Line {
                name: name.clone(),
                color: color(name, place),
                dashed: name.ends_with("in truth"),
                points: typical().map(|(x, typical)| [x, typical.median]).collect(),
                band: if name == "photos" { band } else { Vec::new() },
            }
        };
        let title = match self.titles.as_slice() {
            [title] => title.clone(),
            [first, ..] => format!("{first} and other directions"),
            [] => String::new(),
        };
        Plot {
            title: format!("{}: {title}", self.quantity.name),
            x: self.axis.clone(),
            y: self.quantity.unit.to_owned(),
            lines: self.lines.iter().enumerate().map(line).collect(),
            limits: self.quantity.limits(profile),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::quantity::BLUR;

    #[test]
    fn numbers_at_the_same_place_of_the_same_line_are_drawn_together() {
        let mut plots = Plots::default();
        for (line, x, number) in [("photos", 0.0, 1.0), ("photos", 0.0, 3.0), ("photos", 1.0, 4.0), ("p1, fair skin", 0.0, 2.0)] {
            plots.point("blur", BLUR, ["Motion", "pixels"], line, x, &[number]);
        }
        let plot = plots.0["blur"].plot(&Profile::progeny_selfie());
        assert_eq!(plot.lines.len(), 2);
        assert_eq!(plot.lines[0].points, [[0.0, 2.0], [1.0, 4.0]]);
        assert_eq!(plot.lines[0].band, [[0.0, 1.0, 3.0], [1.0, 4.0, 4.0]]);
        assert!(plot.lines[1].band.is_empty());
        assert_eq!([color("p1", 5), color("p1, in truth", 6), color("photos", 0)], [COLORS[1], COLORS[1], COLORS[0]]);
    }

    #[test]
    fn figures_and_steps_have_the_digits_that_they_need() {
        assert_eq!([0.1234, 1.234, 123.4, -0.5].map(figure), ["0.123", "1.23", "123.4", "-0.500"]);
        assert_eq!([0.0, -2.0, 2.5, 0.15, 20.0].map(label), ["0", "-2", "2.5", "0.15", "20"]);
        assert_eq!((percent(Some(0.5)), percent(None)), ("50 %".to_owned(), "not taken".to_owned()));
    }
}
