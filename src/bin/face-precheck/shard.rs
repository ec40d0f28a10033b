//! Which part of the photos is looked at by one of several runs.

use std::path::{Component, Path};
use std::str::FromStr;

use sha2::{Digest, Sha256};

/// One of so many parts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Shard {
    /// From 0.
    index: u64,
    of: u64,
}

impl FromStr for Shard {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let numbers = text.split_once('/').and_then(|(number, of)| Some((number.parse::<u64>().ok()?, of.parse::<u64>().ok()?)));
        match numbers {
            Some((number, of)) if (1..=of).contains(&number) => Ok(Self { index: number - 1, of }),
            _ => Err("not I/N with I from 1 to N, as 3/8".into()),
        }
    }
}

impl Shard {
    /// Whether a photo belongs to this part: told by its place below the argument that led to it, which does not depend on where a machine
    /// has the folder; of one that was named by itself, by its path.
    pub(crate) fn holds(self, place: &Path) -> bool {
        let mut hash = Sha256::new();
        for component in place.components().filter(|component| *component != Component::CurDir) {
            hash.update(component.as_os_str().as_encoded_bytes());
            hash.update(b"/"); // Whatever separates folders here.
        }
        let digest = hash.finalize();
        let number = digest.iter().take(8).fold(0, |number, byte| number << 8 | u64::from(*byte));
        number % self.of == self.index
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_photo_belongs_to_exactly_one_part_of_about_the_same_size() {
        let parts: Vec<Shard> = (1..=7).map(|number| format!("{number}/7").parse().unwrap()).collect();
        let mut sizes = [0; 7];
        for number in 0..7000 {
            let place = format!("folder{}/photo{number}.jpg", number % 11);
            let holders: Vec<_> = (0..7).filter(|part| parts[*part].holds(Path::new(&place))).collect();
            assert_eq!(holders.len(), 1, "{place}");
            sizes[holders[0]] += 1;
        }
        assert!(sizes.iter().all(|size| (850..1150).contains(size)), "{sizes:?}");
    }

    /// Parts of a batch may be done by different releases on different machines.
    #[test]
    fn the_split_stays_as_it_is() {
        let part = |place: &str| (1..=8).find(|n| format!("{n}/8").parse::<Shard>().unwrap().holds(Path::new(place))).unwrap();
        assert_eq!(["a.jpg", "2026/b.png", "./2026/b.png", "ü/c.webp"].map(part), [5, 8, 8, 5]);
    }

    #[test]
    fn only_parts_that_are_there_are_named() {
        for wrong in ["", "1", "0/3", "4/3", "1/0", "a/b", "1/2/3", "-1/2", "1.5/2"] {
            assert!(wrong.parse::<Shard>().is_err(), "{wrong}");
        }
    }
}
