//! Which people and things the readouts are fitted to, and which are held out: as `models/readouts/fit.py` has it.

use std::collections::{BTreeMap, BTreeSet};

/// The names that are for fitting: every other one of each group, in the order of names.
pub(crate) fn every_other<'a>(names: &BTreeSet<&'a str>, group: impl Fn(&'a str) -> &'a str) -> BTreeSet<&'a str> {
    let mut groups: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for name in names {
        groups.entry(group(name)).or_default().push(name);
    }
    groups.into_values().flat_map(|names| names.into_iter().step_by(2)).collect()
}

/// People are no groups.
pub(crate) fn people<'a>(names: impl IntoIterator<Item = &'a str>) -> BTreeSet<&'a str> {
    every_other(&names.into_iter().collect(), |_| "")
}

/// Kinds of things are grouped by the part of their name before the first hyphen.
pub(crate) fn kinds<'a>(names: impl IntoIterator<Item = &'a str>) -> BTreeSet<&'a str> {
    every_other(&names.into_iter().collect(), |name| name.split('-').next().unwrap_or(name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_other_person_is_for_fitting() {
        assert_eq!(Vec::from_iter(people(["p3", "p1", "p2", "p7", "p2"])), ["p1", "p3"]);
    }

    #[test]
    fn every_other_kind_of_a_group_is_for_fitting() {
        let names = ["mask-ffp2", "beard", "mask-cloth", "hand-over-mouth", "mask-surgical", "hands-over-eyes", "hand-fist"];
        let fitted = ["beard", "hand-fist", "hands-over-eyes", "mask-cloth", "mask-surgical"];
        assert_eq!(Vec::from_iter(kinds(names)), fitted);
    }
}
