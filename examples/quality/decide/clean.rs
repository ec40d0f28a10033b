//! Pictures that nothing is wrong with, as they are.

use face_precheck::{Engine, Profile, Report, Rule, Severity};
use rayon::prelude::*;
use std::fmt::Write as _;

use super::requirement::Requirement;
use crate::degrade::loss::Failure;
use crate::pictures::{FRONTAL, Picture};
use crate::table::Table;

/// Turned by more than this, an eye or a cheek may be out of sight.
const TURNED: f64 = 25.0;

/// The rules about how good the picture of the face is, and about its place.
pub(crate) fn rules() -> impl Iterator<Item = Rule> {
    Rule::ALL
        .iter()
        .copied()
        .filter(|rule| rule.concerns_quality() || matches!(rule, Rule::FaceInside | Rule::FacePadding | Rule::CameraDistance))
}

pub(crate) fn tables(
    engine: &Engine,
    profile: &Profile,
    all: &[Picture],
    requirements: &mut Vec<Requirement>,
) -> Result<String, Failure> {
    let pictures: Vec<&Picture> = all.iter().filter(|picture| picture.is_clean() && picture.is_within(TURNED)).collect();
    let reports = pictures
        .par_iter()
        .map(|picture| Ok(engine.check(&picture.bytes()?, profile)?))
        .collect::<Result<Vec<Report>, Failure>>()?;
    let of = |rendered: bool, frontal: bool| -> Vec<(&Picture, &Report)> {
        let own = pictures.iter().copied().zip(&reports);
        own.filter(|(picture, _)| picture.rendered == rendered && picture.is_within(FRONTAL) == frontal).collect()
    };
    let [photos, heads, turned] = [of(false, true), of(true, true), [of(true, false), of(false, false)].concat()];
    let mut out = String::from(
        "## Clean pictures\n\nPictures as they are, under the profile as it is. Nothing is wrong with them, by their files' names.\n\n",
    );
    out.push_str(&table("Photos", &photos, profile));
    out.push_str(&table("Rendered heads, frontal", &heads, profile));
    out.push_str(&table(&format!("Heads turned by {FRONTAL} to {TURNED} degrees"), &turned, profile));
    for (name, own) in [("clean photos", &photos), ("clean rendered heads", &heads)] {
        if own.is_empty() {
            continue;
        }
        let refused = own.iter().filter(|(_, report)| rules().any(|rule| found(report, rule) == Some(Severity::Error))).count();
        requirements.push(Requirement::FalseErrors { of: name.to_owned(), refused, all: own.len() });
        let doubted = |rule: &Rule| own.iter().filter(|(_, report)| found(report, *rule) == Some(Severity::Warning)).count();
        if let Some(rule) = rules().max_by_key(doubted) {
            let doubted = doubted(&rule);
            requirements.push(Requirement::FalseWarnings { of: name.to_owned(), rule: rule.id(), doubted, all: own.len() });
        }
    }
    Ok(out)
}

/// How badly a rule is missed.
pub(crate) fn found(report: &Report, rule: Rule) -> Option<Severity> {
    report.findings().iter().filter(|finding| finding.rule == rule).map(|finding| finding.severity).max()
}

/// Every rule, how many pictures miss it, and which.
fn table(title: &str, pictures: &[(&Picture, &Report)], profile: &Profile) -> String {
    if pictures.is_empty() {
        return String::new();
    }
    let mut table = Table::new(format!("{title}: {}", pictures.len()), 2, &["rule", "severity", "errors", "warnings", "info"]);
    let mut names = String::new();
    for rule in rules() {
        let Some(severity) = profile.severity(rule) else { continue };
        let which = |severity: Severity| -> Vec<&str> {
            pictures
                .iter()
                .filter(|(_, report)| found(report, rule) == Some(severity))
                .map(|(picture, _)| picture.name.as_str())
                .collect()
        };
        let [errors, warnings, info] = [Severity::Error, Severity::Warning, Severity::Info].map(which);
        for (what, own) in [("errors", &errors), ("warnings", &warnings)] {
            if !own.is_empty() {
                let _ = writeln!(names, "- {rule}, {what}: {}", own.join(", "));
            }
        }
        let counts = [&errors, &warnings, &info].map(|own| own.len().to_string());
        table.push([rule.id().to_owned(), severity.to_string()].into_iter().chain(counts));
    }
    let missing = pictures.iter().filter(|(_, report)| report.measures().is_none()).map(|(picture, _)| picture.name.as_str());
    let missing: Vec<&str> = missing.collect();
    let most = |severity: Severity| {
        rules().map(|rule| pictures.iter().filter(|(_, report)| found(report, rule) == Some(severity)).count()).max().unwrap_or(0)
    };
    let share = |part: usize| super::outcome::share(part, pictures.len());
    format!(
        "{}{names}\nAt most {} of the pictures have an error of any one rule, and {} a warning.{}\n\n",
        table.render(true),
        share(most(Severity::Error)),
        share(most(Severity::Warning)),
        if missing.is_empty() { String::new() } else { format!(" Not measured: {}.", missing.join(", ")) }
    )
}
