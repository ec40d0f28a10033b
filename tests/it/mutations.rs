//! Ten thousand damaged files in every test run: the properties that `fuzz/` looks for exceptions to, on a fixed choice of inputs.

use std::collections::BTreeMap;

use face_precheck::{Engine, Profile};

use crate::derive::{decode, each, jpeg, resized, webp};
use crate::fixtures::{RENDERED, pictures, read};
use crate::properties::{LIMITS, any_picture, decoded, prepared, small_jpeg};
use crate::samples::{SAMPLES, samples};

const MUTATIONS: usize = 10_500;
/// At least a quarter has to be pictures still: the others tell little about what comes behind the first error.
const READABLE: usize = MUTATIONS / 4;
const PREPARED: usize = 300;

/// Numbers that look random and are the same in every run (`SplitMix64`).
struct Chance(u64);

impl Chance {
    fn below(&mut self, bound: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (((u128::from(mixed ^ (mixed >> 31))) * bound as u128) >> 64) as usize
    }
}

/// What is damaged: rendered heads, small as photos go, and a file of every kind.
fn originals() -> Vec<Vec<u8>> {
    let rendered = pictures("rendered");
    assert_eq!(rendered.len(), RENDERED);
    let mut originals = Vec::new();
    for (number, name) in rendered.iter().step_by(8).enumerate() {
        let head = resized(&decode(&read(&format!("rendered/{name}"))), 150, 200);
        originals.push(if number % 6 == 0 { webp(&head) } else { jpeg(&head, 60 + number as u8) });
    }
    originals
        .extend(samples(&resized(&decode(&read("rendered/p1_y+00_p+00_r+00.jpg")), 61, 47)).into_iter().map(|(_, bytes)| bytes));
    if cfg!(feature = "heic") {
        originals.extend(["alpha", "grey", "mirrored"].map(|name| read(&format!("heic/{name}.heic"))));
    }
    assert!(originals.len() >= 26 + SAMPLES);
    originals
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Damage {
    /// One to eight bits, anywhere.
    Bits,
    /// A bit in the first 700 bytes, where headers and tables are.
    HeaderBit,
    /// Cut, in half of the cases with an end marker behind.
    Cut,
    /// A part of another file in place of a part of this one.
    Splice,
    /// A part of the file moved.
    Moved,
}

fn damaged(originals: &[Vec<u8>], seed: usize) -> (Damage, Vec<u8>) {
    let mut chance = Chance(seed as u64);
    let any = |chance: &mut Chance| &originals[chance.below(originals.len())];
    let mut bytes = any(&mut chance).clone();
    let part = |chance: &mut Chance, length: usize| {
        let from = chance.below(length);
        from..(from + 1 + chance.below(64)).min(length)
    };
    // Cuts are rarely read; bits are what transmission and storage break.
    let damage = [
        Damage::Bits,
        Damage::Bits,
        Damage::Bits,
        Damage::HeaderBit,
        Damage::HeaderBit,
        Damage::Cut,
        Damage::Splice,
        Damage::Moved,
    ][chance.below(8)];
    match damage {
        Damage::Bits => {
            for _ in 0..=chance.below(8) {
                let at = chance.below(bytes.len());
                bytes[at] ^= 1 << chance.below(8);
            }
        }
        Damage::HeaderBit => {
            let at = chance.below(bytes.len().min(700));
            bytes[at] ^= 1 << chance.below(8);
        }
        Damage::Cut => {
            bytes.truncate(chance.below(bytes.len()));
            if chance.below(2) == 0 {
                bytes.extend(b"\xff\xd9");
            }
        }
        Damage::Splice => {
            let other = any(&mut chance);
            let source = part(&mut chance, other.len());
            let target = part(&mut chance, bytes.len());
            bytes.splice(target, other[source].iter().copied());
        }
        Damage::Moved => {
            let source = part(&mut chance, bytes.len());
            let moved: Vec<u8> = bytes.drain(source).collect();
            let at = chance.below(bytes.len() + 1);
            bytes.splice(at..at, moved);
        }
    }
    (damage, bytes)
}

/// No panic, no limit passed, no picture of another size than its header's, no upload that another reader finds fault with.
#[test]
fn ten_thousand_damaged_files() {
    let originals = originals();
    let engine = Engine::lazy().with_limits(LIMITS);
    for (number, original) in originals.iter().enumerate() {
        assert!(decoded(&engine, original), "{number}: {:?}", engine.check(original, &any_picture()));
    }
    let read = each(0..MUTATIONS, |seed| {
        let (damage, bytes) = damaged(&originals, seed);
        decoded(&engine, &bytes).then_some((damage, seed))
    });
    assert_eq!(read.len(), MUTATIONS);
    let readable: Vec<_> = read.into_iter().flatten().collect();
    let mut kinds = BTreeMap::new();
    for (damage, _) in &readable {
        *kinds.entry(damage).or_insert(0) += 1;
    }
    println!("{} of {MUTATIONS} are read: {kinds:?}", readable.len());
    assert!(readable.len() >= READABLE, "{kinds:?}");
    // What was cut is a picture only where all that is missing stood behind its end.
    for damage in [Damage::Bits, Damage::HeaderBit, Damage::Splice, Damage::Moved] {
        assert!(kinds.get(&damage).is_some_and(|&count| count >= 100), "{kinds:?}");
    }

    let profiles = [any_picture(), small_jpeg(), Profile::progeny_selfie()];
    let chosen = readable.iter().step_by(readable.len() / PREPARED).take(PREPARED).enumerate();
    let uploads = each(chosen, |(number, (_, seed))| {
        prepared(&engine, &damaged(&originals, *seed).1, &profiles[number % profiles.len()]).is_some()
    });
    let ready = uploads.iter().filter(|is_ready| **is_ready).count();
    println!("{ready} of {} became uploads", uploads.len());
    assert_eq!(uploads.len(), PREPARED);
    assert!(ready >= PREPARED / 4);
}
