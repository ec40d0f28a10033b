//! Rendered heads with something before the face that is there in space, and rendered eyes that close.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use face_precheck::{Engine, Profile, Report, Rule, Severity};
use rayon::prelude::*;

use super::clean::found;
use super::halves;
use super::outcome::{Count, Outcome};
use super::requirement::Requirement;
use crate::degrade::loss::Failure;
use crate::rows;
use crate::table::Table;

/// From this percentage on, lids hide the pupil.
const CLOSED: f64 = 80.0;

/// What is known of a picture, and what was said of it.
struct Head {
    name: String,
    person: String,
    kind: String,
    eyes: bool,
    lower_face: bool,
    closure: f64,
    report: Report,
}

impl Head {
    fn read(engine: &Engine, profile: &Profile, path: &Path, row: &rows::Row) -> Result<Self, Failure> {
        let name = row.text("file").ok_or_else(|| row.fault("file", "is blank"))?;
        let bytes = std::fs::read(path.parent().unwrap_or(Path::new("")).join(name))?;
        let is = |column: &str| row.text(column) == Some("1");
        Ok(Self {
            name: name.to_owned(),
            person: row.text("identity").unwrap_or("nobody").to_owned(),
            kind: row.text("occlusion").unwrap_or("none").replace('_', "-"),
            eyes: is("eyes_covered_left") || is("eyes_covered_right"),
            lower_face: is("lower_face_covered"),
            closure: row.number("eye_closure")?.unwrap_or_default(),
            report: engine.check(&bytes, profile)?,
        })
    }

    fn hides(&self) -> &'static str {
        match (self.eyes, self.lower_face) {
            (true, true) => "both",
            (true, false) => "eyes",
            (false, true) => "lower face",
            (false, false) => "neither",
        }
    }

    fn outcome(&self) -> Outcome {
        let rules: &[Rule] = match (self.eyes, self.lower_face) {
            (true, false) => &[Rule::EyesVisible],
            (false, true) => &[Rule::LowerFaceVisible],
            _ => &[Rule::EyesVisible, Rule::LowerFaceVisible],
        };
        Outcome::of(&self.report, rules)
    }
}

pub(crate) fn tables(
    engine: &Engine,
    profile: &Profile,
    path: &Path,
    requirements: &mut Vec<Requirement>,
) -> Result<String, Failure> {
    let table = rows::Table::read(path)?;
    let rows: Vec<rows::Row> = table.rows().collect();
    let heads = rows.par_iter().map(|row| Head::read(engine, profile, path, row)).collect::<Result<Vec<_>, Failure>>()?;
    let people = halves::people(heads.iter().map(|head| head.person.as_str()));
    let kinds = halves::kinds(heads.iter().map(|head| head.kind.as_str()).filter(|kind| *kind != "none"));
    let mut out = String::from(
        "## Rendered things before rendered faces\n\nFound as above, in pictures as they are. Fitted to or held out are the kinds of things; people that are held out stand in bold.\n\n",
    );
    out.push_str(&by_kind(&heads, &people, &kinds).render(true));
    let held_out =
        |head: &&Head| head.kind != "none" && !people.contains(head.person.as_str()) && !kinds.contains(head.kind.as_str());
    for hides in ["eyes", "lower face", "neither"] {
        let own = || heads.iter().filter(|head| head.hides() == hides);
        let [held, all] = [Count::of(own().filter(held_out).map(Head::outcome)), Count::of(own().map(Head::outcome))];
        if hides == "neither" {
            requirements.extend(Requirement::harmless("rendered, hiding nothing, all", all));
        } else {
            requirements.push(Requirement::Caught { of: format!("rendered over {hides}"), count: held });
            requirements.push(Requirement::Caught { of: format!("rendered over {hides}, fitted to or not"), count: all });
        }
    }
    out.push_str(&closures(&heads, requirements));
    Ok(out)
}

/// A row for each kind of thing.
fn by_kind(heads: &[Head], people: &BTreeSet<&str>, kinds: &BTreeSet<&str>) -> Table {
    let words = ["thing", "kind", "hides"];
    let header: Vec<&str> = words.into_iter().chain(Count::HEADER).chain(["each"]).collect();
    let mut table = Table::new("By kind", 3, &header);
    let mut groups: BTreeMap<(&str, &str), Vec<&Head>> = BTreeMap::new();
    for head in heads {
        groups.entry((head.hides(), head.kind.as_str())).or_default().push(head);
    }
    for ((hides, kind), own) in groups {
        let half = if kind == "none" {
            "-"
        } else if kinds.contains(kind) {
            "fitted to"
        } else {
            "held out"
        };
        let said = |head: &&Head| {
            let person = if people.contains(head.person.as_str()) { head.person.clone() } else { format!("**{}**", head.person) };
            format!("{person} {:?}", head.outcome())
        };
        // Of eyes that close it is enough to know that they count as visible.
        let names = if kind == "none" { String::new() } else { own.iter().map(said).collect::<Vec<_>>().join(", ") };
        let count = Count::of(own.iter().map(|head| head.outcome()));
        table.push([kind, half, hides].map(str::to_owned).into_iter().chain(count.cells()).chain([names]));
    }
    table
}

/// What is said of open eyes, by how far they are closed.
fn closures(heads: &[Head], requirements: &mut Vec<Requirement>) -> String {
    let mut table =
        Table::new("`eyes-open` by how far eyes are closed", 0, &["closed, %", "heads", "errors", "warnings", "pass"]);
    let open_said = |head: &Head| found(&head.report, Rule::EyesOpen);
    let own: Vec<&Head> = heads.iter().filter(|head| head.kind == "none").collect();
    let mut steps: Vec<f64> = own.iter().map(|head| head.closure).collect();
    steps.sort_by(f64::total_cmp);
    steps.dedup();
    for step in steps {
        let said: Vec<_> = own.iter().filter(|head| head.closure == step).map(|head| open_said(head)).collect();
        let [errors, warnings] =
            [Severity::Error, Severity::Warning].map(|severity| said.iter().filter(|said| **said == Some(severity)).count());
        let numbers = [said.len(), errors, warnings, said.len() - errors - warnings].map(|number| number.to_string());
        table.push([format!("{step}")].into_iter().chain(numbers));
    }
    // Open eyes behind nothing that hides them.
    let open: Vec<&Head> = heads.iter().filter(|head| head.closure == 0.0 && !head.eyes).collect();
    let wrong: Vec<&str> =
        open.iter().filter(|head| open_said(head) == Some(Severity::Error)).map(|head| head.name.as_str()).collect();
    requirements.push(Requirement::FalseErrors {
        of: "rendered eyes that are open".to_owned(),
        refused: wrong.len(),
        all: open.len(),
    });
    let closed = own.iter().filter(|head| head.closure >= CLOSED).map(|head| Outcome::of(&head.report, &[Rule::EyesOpen]));
    let of = format!("rendered eyes closed by {CLOSED} % or more");
    requirements.push(Requirement::Caught { of, count: Count::of(closed) });
    let wrong = if wrong.is_empty() { "none".to_owned() } else { wrong.join(", ") };
    format!(
        "{}Of {} heads with open eyes that nothing hides, an error of `eyes-open` have: {wrong}.\n\n",
        table.render(true),
        open.len()
    )
}
