//! What the engine said at each step of a sweep.

use face_precheck::{Report, Rule, Severity};

use super::trend::Typical;
use crate::degrade::face::Face;
use crate::pictures::Picture;
use crate::quantity::Quantity;

/// What it said of one damaged picture.
#[derive(Debug)]
pub(crate) struct Reading {
    group: usize,
    /// Of the line through the pupils: degrees anticlockwise.
    tilt: f64,
    pub(crate) report: Report,
}

/// Of all pictures at all steps.
#[derive(Debug)]
pub(crate) struct Readings {
    pub(crate) groups: Vec<String>,
    pub(crate) steps: Vec<Vec<Reading>>,
}

impl Readings {
    pub(crate) fn new(pictures: &[Picture], steps: usize) -> Self {
        let mut groups: Vec<String> = pictures.iter().map(Picture::group).collect();
        groups.dedup();
        Self { groups, steps: (0..steps).map(|_| Vec::new()).collect() }
    }

    pub(crate) fn add(&mut self, step: usize, picture: &Picture, face: Face, report: Report) {
        let group = picture.group();
        let Some(group) = self.groups.iter().position(|name| *name == group) else { return };
        let (right, left) = (face.eyes.right, face.eyes.left);
        let tilt = (right.y - left.y).atan2(left.x - right.x).to_degrees();
        self.steps[step].push(Reading { group, tilt, report });
    }

    /// The numbers that could be taken of a group at a step, and of how many pictures.
    pub(crate) fn numbers(&self, quantity: &Quantity, group: usize, step: usize) -> (Vec<f64>, usize) {
        let own = || self.steps[step].iter().filter(|reading| reading.group == group);
        let numbers = own().filter_map(|reading| (quantity.of)(reading.report.measures()?)).collect();
        (numbers, own().count())
    }

    pub(crate) fn typical(&self, quantity: &Quantity, group: usize, step: usize) -> Option<Typical> {
        Typical::of(&self.numbers(quantity, group, step).0)
    }

    /// Medians of a group at every step.
    pub(crate) fn medians(&self, quantity: &Quantity, group: usize) -> Vec<Option<f64>> {
        (0..self.steps.len()).map(|step| Some(self.typical(quantity, group, step)?.median)).collect()
    }

    /// In how many pictures of a step, of all, a rule is not met, at least as badly as that.
    pub(crate) fn share(&self, step: usize, rule: Rule, severity: Severity) -> Option<f64> {
        let missed = |reading: &&Reading| {
            reading.report.findings().iter().any(|finding| finding.rule == rule && finding.severity >= severity)
        };
        let all = &self.steps[step];
        (!all.is_empty()).then(|| all.iter().filter(missed).count() as f64 / all.len() as f64)
    }

    /// In how many pictures of a step, of those that have one, the direction of motion is within 10 degrees of that in the picture,
    /// and the median of how far anticlockwise it is from that.
    pub(crate) fn directed(&self, step: usize, degrees: f64) -> Option<(f64, f64)> {
        let errors: Vec<f64> = self.steps[step]
            .iter()
            .filter_map(|reading| Some(reading.report.measures()?.motion_direction? + reading.tilt - degrees))
            .map(|error| (error + 90.0).rem_euclid(180.0) - 90.0)
            .collect();
        let near = errors.iter().filter(|error| error.abs() <= 10.0).count();
        Some((near as f64 / errors.len() as f64, Typical::of(&errors)?.median))
    }
}
