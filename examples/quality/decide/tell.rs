//! What became of damaged twins, as tables.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use super::outcome::{Count, Outcome};
use super::requirement::Requirement;
use super::twins::{Damage, Twin};
use crate::degrade::occlude::Shape;
use crate::pictures::IED;
use crate::table::Table;

const SETS: [(&str, bool); 2] = [("photos", false), ("rendered", true)];

/// A table of counts, and lines under it that name pictures.
struct Counts {
    table: Table,
    names: String,
    /// Whether what is caught is named, not what is missed.
    harmless: bool,
}

impl Counts {
    fn new(title: &str, words: &[&str], harmless: bool) -> Self {
        let header: Vec<&str> = words.iter().copied().chain(Count::HEADER).collect();
        Self { table: Table::new(title, words.len(), &header), names: String::new(), harmless }
    }

    /// A row for photos, and one for rendered heads.
    fn push(&mut self, words: &[&str], twins: &[&Twin]) {
        for (set, rendered) in SETS {
            let own: Vec<&&Twin> = twins.iter().filter(|twin| twin.picture.rendered == rendered).collect();
            if own.is_empty() {
                continue;
            }
            let words_and_set = words.iter().map(|word| (*word).to_owned()).chain([set.to_owned()]);
            self.table.push(words_and_set.chain(Count::of(own.iter().map(|twin| twin.outcome)).cells()));
            let wrong = own.iter().filter(|twin| (twin.outcome != Outcome::Missed) == self.harmless);
            let mut wrong: Vec<&str> = wrong.map(|twin| twin.picture.name.as_str()).collect();
            let count = wrong.len();
            wrong.dedup();
            if count > 0 {
                let more = if wrong.len() > 8 { ", ..." } else { "" };
                let names = wrong[..wrong.len().min(8)].join(", ");
                let _ = writeln!(self.names, "- {}, {set}: {count}, {names}{more}", words[0]);
            }
        }
    }

    fn render(&self) -> String {
        let what = if self.harmless { "Caught" } else { "Missed" };
        let names = if self.names.is_empty() { String::new() } else { format!("{what}:\n\n{}\n", self.names) };
        format!("{}{names}", self.table.render(true))
    }
}

pub(super) fn tell(twins: &[Twin], fitted: &BTreeSet<&str>, requirements: &mut Vec<Requirement>) -> String {
    format!("{}{}{}", plain(twins, requirements), painted(twins, fitted), halves(twins, requirements))
}

fn plain(twins: &[Twin], requirements: &mut Vec<Requirement>) -> String {
    let of = |damage: Damage| twins.iter().filter(move |twin| twin.damage == damage);
    let mut nothing = Counts::new("No damage: what is caught is wrong, or was wrong before", &["damage", "set"], true);
    nothing.push(&[Damage::Nothing.name()], &of(Damage::Nothing).collect::<Vec<_>>());
    let mut damaged = Counts::new("Light, blur and cuts, all people", &["damage", "set"], false);
    for damage in Damage::PLAIN.into_iter().filter(|damage| *damage != Damage::Nothing) {
        damaged.push(&[damage.name()], &of(damage).collect::<Vec<_>>());
        let held_out = of(damage).filter(|twin| twin.held_out).map(|twin| twin.outcome);
        requirements.push(Requirement::Caught { of: damage.name().to_owned(), count: Count::of(held_out) });
    }
    format!(
        "## Damaged twins\n\nFaces reduced to {IED} pixels between the pupils and damaged. Caught is what has an error or a warning of a \
         rule about the damage, has no face, or has an error because a rule could not be assessed.\n\n{}{}",
        nothing.render(),
        damaged.render()
    )
}

fn shape_of(twin: &Twin) -> Option<Shape> {
    if let Damage::Painted(shape, _) = twin.damage { Some(shape) } else { None }
}

fn painted(twins: &[Twin], fitted: &BTreeSet<&str>) -> String {
    let words = ["thing", "kind", "set"];
    let mut hiding = Counts::new("Things that hide eyes or the lower face, all people", &words, false);
    let mut harmless = Counts::new("Things that hide neither, all people: what is caught is wrong", &words, true);
    for shape in Shape::ALL {
        let kind = if fitted.contains(shape.name()) { "fitted to" } else { "held out" };
        let counts = if shape.is_negative() { &mut harmless } else { &mut hiding };
        let own: Vec<&Twin> = twins.iter().filter(|twin| shape_of(twin) == Some(shape)).collect();
        counts.push(&[shape.name(), kind], &own);
    }
    format!("{}{}", hiding.render(), harmless.render())
}

/// Whether a shape is one of a class.
type Belongs = fn(Shape) -> bool;

/// The people and the things that nothing was fitted to.
fn halves(twins: &[Twin], requirements: &mut Vec<Requirement>) -> String {
    let header: Vec<&str> = ["what is hidden", "set"].into_iter().chain(Count::HEADER).collect();
    let mut table = Table::new("Held-out people and held-out things", 2, &header);
    let classes: [(&str, Belongs); 3] = [
        ("eyes", |shape| shape.covers().right_eye || shape.covers().left_eye),
        ("lower face", |shape| shape.covers().lower_face),
        ("neither", Shape::is_negative),
    ];
    for (name, belongs) in classes {
        for (set, rendered) in SETS {
            let own = twins.iter().filter(|twin| twin.picture.rendered == rendered && shape_of(twin).is_some_and(belongs));
            let [held_out, all] = [own.clone().filter(|twin| twin.held_out).collect::<Vec<_>>(), own.collect()]
                .map(|twins: Vec<&Twin>| Count::of(twins.iter().map(|twin| twin.outcome)));
            if held_out.all == 0 {
                continue;
            }
            table.push([name, set].map(str::to_owned).into_iter().chain(held_out.cells()));
            if name == "neither" {
                requirements.extend(Requirement::harmless(&format!("painted, hiding nothing, {set}, held-out"), held_out));
                requirements.extend(Requirement::harmless(&format!("painted, hiding nothing, {set}, all"), all));
            } else {
                requirements.push(Requirement::Caught { of: format!("painted over {name}, {set}"), count: held_out });
            }
        }
    }
    table.render(true)
}
