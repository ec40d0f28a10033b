//! Ten thousand damaged files in every test run: the properties that `fuzz/` looks for exceptions to, on a fixed choice of inputs.

use std::collections::BTreeMap;

use face_precheck::{Engine, Language, Profile};

use crate::derive::{decode, each, jpeg, png, resized, webp};
use crate::fixtures::{ENGINE, RENDERED, pictures, read};
use crate::panics;
use crate::properties::{LIMITS, any_picture, checked, decoded, prepared, read_settings, small_jpeg};
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
    panics::watch();
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
    panics::none_of_ours();
}

const FACES: usize = 60;

/// By the real networks, as the default profile demands.
#[test]
fn damaged_faces_get_reports_that_are_consistent() {
    panics::watch();
    let photo = |name: &str, width, height| resized(&decode(&read(name)), width, height);
    let originals = [
        jpeg(&photo("photos/compliant/grace_hopper_enlarged_1.5x.jpg", 512, 600), 85),
        jpeg(&photo("photos/compliant/astronaut_enlarged_3x.jpg", 480, 480), 92),
        png(&photo("photos/compliant/astronaut_enlarged_3x.jpg", 240, 240).into()),
        webp(&photo("photos/compliant/grace_hopper_enlarged_1.5x.jpg", 256, 300)),
        jpeg(&photo("rendered/p1_p4_two_faces.jpg", 360, 240), 80),
        jpeg(&photo("rendered/p2_sunglasses.jpg", 360, 480), 70),
    ];
    let before = originals.each_ref().map(|original| ENGINE.check(original, &Profile::default()).unwrap());
    assert!(before.iter().all(|report| !report.faces().is_empty()));
    // Some are read still, or else this does not end by itself.
    let candidates = (0..20 * FACES).map(|seed| damaged(&originals, seed).1);
    let readable =
        candidates.filter(|bytes| ENGINE.check(bytes, &Profile::progeny_document()).is_ok() && !originals.contains(bytes));
    let reports: Vec<_> = each(readable.take(FACES), |bytes| checked(&ENGINE, &bytes, &Profile::progeny_selfie()))
        .into_iter()
        .map(|report| report.expect("it was read for another profile"))
        .collect();
    assert_eq!(reports.len(), FACES);
    let with_face = reports.iter().filter(|report| !report.faces().is_empty()).count();
    let as_before = |report: &&face_precheck::Report| before.iter().any(|before| before.faces() == report.faces());
    let changed = reports.iter().filter(|report| !as_before(report)).count();
    println!("{with_face} of {FACES} have a face, {changed} are judged otherwise");
    assert!(with_face >= FACES / 2 && changed >= FACES / 4, "{with_face}, {changed}");
    panics::none_of_ours();
}

const TEXTS: usize = 4_000;

/// The profiles and translations that are built in, with and without comments, and what people write who change a few rules.
fn texts() -> Vec<String> {
    let profiles = Profile::PRESETS.iter().map(|name| Profile::preset(name).unwrap().to_toml());
    let languages = [Language::english(), Language::german()].map(|language| language.to_toml());
    let written = [
        include_str!("../../src/profile/progeny-selfie.toml"),
        include_str!("../../src/profile/progeny-document.toml"),
        include_str!("../../src/hint/de.toml"),
        "extends = 'progeny-selfie'\nname = 'mine'\nface-inside = false\n[width]\nmin = 600\n[metadata]\nseverity = 'error'\n",
        "extends = 'progeny-document'\nname = 'a'\nnear-limit = 'refuse'\ncrop = true\nrecommended-height = 'apply'\n",
        "extends = 'progeny-selfie'\nname = 'v'\nmin_face_size = 200\nmax_yaw = 20.5\nmin_face_padding = 1e3\n",
    ];
    let texts: Vec<_> = profiles.chain(languages).chain(written.map(str::to_owned)).collect();
    assert_eq!(texts.len(), 2 + 2 + 6);
    texts
}

/// A text with a line gone, twice, elsewhere or from another text, with another number, or with any letter changed.
fn damaged_text(texts: &[String], seed: usize) -> String {
    const NUMBERS: [&str; 10] = ["0", "-0.0", "1", "-1e9", "1e308", "1e999", "nan", "-inf", "0.1", "18446744073709551616"];
    const LETTERS: [char; 10] = ['=', '"', '\'', '[', '}', ',', '#', '.', '\u{301}', '\0'];
    let mut chance = Chance(seed as u64);
    let text = &texts[chance.below(texts.len())];
    let mut lines: Vec<&str> = text.lines().collect();
    let (at, other) = (chance.below(lines.len()), chance.below(lines.len()));
    match chance.below(7) {
        0 => _ = lines.remove(at),
        1 => lines.insert(other, lines[at]),
        2 => lines.swap(at, other),
        3 => {
            let strange: Vec<_> = texts[chance.below(texts.len())].lines().collect();
            lines.insert(at, strange[chance.below(strange.len())]);
        }
        4 | 5 => {
            let whole = lines.join("\n");
            let starts: Vec<_> = whole.match_indices(|letter: char| letter.is_ascii_digit()).map(|(at, _)| at).collect();
            let Some(&start) = starts.get(chance.below(starts.len().max(1))) else { return whole };
            let rest = whole[start..].trim_start_matches(|letter: char| letter.is_ascii_digit() || letter == '.');
            return format!("{}{}{rest}", &whole[..start], NUMBERS[chance.below(NUMBERS.len())]);
        }
        _ => {
            let mut letters: Vec<char> = lines.join("\n").chars().collect();
            let at = chance.below(letters.len());
            letters[at] = LETTERS[chance.below(LETTERS.len())];
            return letters.into_iter().collect();
        }
    }
    lines.join("\n")
}

/// Read or refused; and what is read is written as it was read.
#[test]
fn thousands_of_damaged_settings() {
    panics::watch();
    let texts = texts();
    let mut read = (0, 0);
    for text in &texts {
        read_settings(text);
        read = (read.0 + usize::from(Profile::from_toml(text).is_ok()), read.1 + usize::from(Language::from_toml(text).is_ok()));
    }
    assert_eq!(read, (7, 3));
    let read = each(0..TEXTS, |seed| {
        let text = damaged_text(&texts, seed);
        read_settings(&text);
        (Profile::from_toml(&text).is_ok(), Language::from_toml(&text).is_ok())
    });
    assert_eq!(read.len(), TEXTS);
    let (profiles, languages) = (read.iter().filter(|read| read.0).count(), read.iter().filter(|read| read.1).count());
    println!("of {TEXTS} texts {profiles} are read as profiles, {languages} as translations");
    assert!(profiles >= TEXTS / 10 && languages >= TEXTS / 20, "{profiles}, {languages}");
    panics::none_of_ours();
}
