//! `cargo bench --bench bombs`: what files that were made to do harm cost, at the largest that the default limits allow.
#![allow(
    missing_docs,
    dead_code,
    clippy::cast_possible_truncation,
    clippy::print_stdout,
    clippy::trivially_copy_pass_by_ref,
    clippy::unwrap_used,
    reason = "a bench that prints a table, and panics if it cannot be set up"
)]

use std::collections::BTreeSet;
use std::fs::read_to_string;
use std::time::{Duration, Instant};

use allocation_counter::measure;
use face_precheck::{Engine, Error, Prepared, Profile, probe};

#[path = "../tests/it/bombs/mod.rs"]
mod bombs;

/// What the networks work in, beside what `Limits` documents.
const WORKSPACES: u64 = 32 << 20;

fn main() {
    let filter = std::env::args().skip(1).find(|argument| !argument.starts_with('-')).unwrap_or_default();
    loading();
    let profiles = [Profile::progeny_document(), Profile::progeny_selfie()];
    let columns = "document: check | prepare | selfie: check | prepare";
    println!("| bomb | bytes | heap, {columns} | most | ms, {columns} | outcomes |");
    println!("| --- | --: | --: | --: | --: | --: | --: | --: | --: | --: | --: | --- |");
    let mut over = BTreeSet::new();
    let mut worst = [(); 4].map(|()| (Duration::ZERO, String::new()));
    for (name, bytes) in all().filter(|(name, _)| name.contains(&filter)) {
        let bytes = bytes();
        let costs: Vec<Cost> = profiles.iter().flat_map(|profile| [check(&bytes, profile), prepare(&bytes, profile)]).collect();
        let limits = Engine::lazy().limits().pixels;
        let pixels = probe(&bytes).map_or(0, |header| u64::from(header.stored_width) * u64::from(header.stored_height));
        let bound = bombs::bound(if pixels > limits { 0 } else { pixels }, &bytes);
        let heap: Vec<_> = costs.iter().map(|cost| cost.heap.to_string()).collect();
        let time: Vec<_> = costs.iter().map(|cost| format!("{:.0}", 1000.0 * cost.time.as_secs_f64())).collect();
        let mut outcomes: Vec<_> = costs.iter().map(|cost| &cost.outcome[..]).collect();
        outcomes.dedup();
        let (heap, time, outcomes) = (heap.join(" | "), time.join(" | "), outcomes.join(", "));
        println!("| {name} | {} | {heap} | {bound} | {time} | {outcomes} |", bytes.len());
        for (index, cost) in costs.into_iter().enumerate() {
            if cost.heap > bound + if index < 2 { 0 } else { WORKSPACES } {
                over.insert(name.clone());
            }
            worst[index] = std::mem::take(&mut worst[index]).max((cost.time, name.clone()));
        }
    }
    println!();
    for (what, (time, name)) in
        ["check, document", "prepare, document", "check, selfie", "prepare, selfie"].into_iter().zip(worst)
    {
        println!("The longest, {what}: {time:.1?} ({name})");
    }
    assert!(over.is_empty(), "over the bound: {over:?}");
}

type Made = (String, Box<dyn Fn() -> Vec<u8>>);

fn all() -> impl Iterator<Item = Made> {
    let made = bombs::all().map(|(name, _, make)| -> Made { (name.to_owned(), Box::new(move || make(bombs::Scale::Full))) });
    #[cfg(not(feature = "heic"))]
    let heic = [];
    #[cfg(feature = "heic")]
    let heic = heic::all();
    made.chain(heic).chain(lines()).chain(faces::all())
}

/// All pixels below or beside each other: the longest sides that there can be.
fn lines() -> impl Iterator<Item = Made> {
    let pixels = 100_000_000_u32;
    [("column", 1, pixels, 2 * u64::from(pixels)), ("row", pixels, 1, u64::from(pixels) + 1)].into_iter().map(
        |(name, width, height, length)| -> Made {
            let make = move || {
                let header = [&width.to_be_bytes()[..], &height.to_be_bytes(), &[8, 0, 0, 0, 0]].concat();
                let chunks = [(b"IHDR", header), (b"IDAT", bombs::zeros(length)), (b"IEND", Vec::new())];
                let chunks = chunks.map(|(kind, data)| bombs::png::chunk(kind, &data));
                [&b"\x89PNG\r\n\x1a\n"[..], &chunks.concat()].concat()
            };
            (format!("png: all pixels in a grey {name}"), Box::new(make))
        },
    )
}

/// What the networks take: once, before any picture, and while they look at a small one.
fn loading() {
    let of = |name: &str| -> Option<u64> {
        let status = read_to_string("/proc/self/status").ok()?;
        status.lines().find_map(|line| line.strip_prefix(name))?.split_whitespace().next()?.parse().ok()
    };
    let before = of("VmRSS:");
    let engine = Engine::new().unwrap();
    if let (Some(before), Some(after), Some(most)) = (before, of("VmRSS:"), of("VmHWM:")) {
        println!("Networks: loading them takes {} kB of resident memory, of which {} stay.", most - before, after - before);
    }
    drop(engine);
    let heap = |bytes: &[u8], profile: &Profile| check(bytes, profile).heap;
    let running = [bombs::jpeg::with(&[]), faces::file(faces::HEAD)]
        .map(|bytes| heap(&bytes, &Profile::progeny_selfie()) - heap(&bytes, &Profile::progeny_document()));
    println!(
        "Running them on a flat picture of 600 x 600 takes {} bytes of heap, on a head of 720 x 960 {}.\n",
        running[0], running[1]
    );
}

/// An engine that has seen no picture. Its networks are loaded before anything is measured.
fn engine(profile: &Profile) -> Engine {
    if profile.concerns_faces() { Engine::new().unwrap() } else { Engine::lazy() }
}

fn check(bytes: &[u8], profile: &Profile) -> Cost {
    cost(profile, |engine| outcome(engine.check(bytes, profile).map(|_| "read")))
}

fn prepare(bytes: &[u8], profile: &Profile) -> Cost {
    cost(profile, |engine| {
        outcome(engine.prepare(bytes, profile).map(|prepared| match prepared {
            Prepared::Ready(_) => "ready",
            Prepared::Rejected(_) => "rejected",
        }))
    })
}

fn outcome(result: Result<&'static str, Error>) -> String {
    result.map_or_else(|error| error.kind().to_owned(), ToOwned::to_owned)
}

struct Cost {
    outcome: String,
    heap: u64,
    time: Duration,
}

/// The best of three, or what takes over four seconds once.
fn cost(profile: &Profile, work: impl Fn(&Engine) -> String) -> Cost {
    let (mut outcome, mut heap, mut time) = (String::new(), 0, Duration::MAX);
    for _ in 0..3 {
        if (Duration::from_secs(4)..Duration::MAX).contains(&time) {
            break;
        }
        let engine = engine(profile);
        let start = now();
        heap = heap.max(measure(|| outcome = work(&engine)).bytes_max);
        time = time.min(now().saturating_sub(start));
    }
    Cost { outcome, heap, time }
}

/// Time that this thread has had a processor for; where the system does not tell, time by the clock.
fn now() -> Duration {
    thread_local!(static START: Instant = Instant::now());
    let scheduled = read_to_string("/proc/thread-self/schedstat");
    let nanoseconds = scheduled.ok().and_then(|text| text.split_whitespace().next()?.parse().ok());
    nanoseconds.map_or_else(|| START.with(Instant::elapsed), Duration::from_nanos)
}

/// Heads and what is taken for them, in all pixels: what the networks are kept busy with, and what is made an upload.
mod faces {
    use image::RgbImage;
    use image::imageops::{FilterType, replace, resize};
    use jpeg_encoder::{ColorType, Encoder};

    use super::Made;

    const SIDE: u32 = 10_000;

    pub(super) fn all() -> impl Iterator<Item = Made> {
        type Make = fn() -> Vec<u8>;
        let made: [(&str, Make); 5] = [
            ("faces: a head", || encoded(&tiles(1, HEAD), false)),
            ("faces: a head, progressive in four inks", || encoded(&tiles(1, HEAD), true)),
            ("faces: a head of a twentieth of the width", || encoded(&small(), false)),
            ("faces: sixteen heads", || encoded(&tiles(4, HEAD), false)),
            ("faces: sixteen dogs", || encoded(&tiles(4, "photos/no_face/dog.jpg"), false)),
        ];
        made.into_iter().map(|(name, make)| -> Made { (name.to_owned(), Box::new(make)) })
    }

    pub(super) const HEAD: &str = "rendered/p1_y+00_p+00_r+00.jpg";

    pub(super) fn file(name: &str) -> Vec<u8> {
        std::fs::read(std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures").join(name)).unwrap()
    }

    fn picture(name: &str) -> RgbImage {
        let file = file(name);
        let mut decoder = jpeg_decoder::Decoder::new(&file[..]);
        let pixels = decoder.decode().unwrap();
        let info = decoder.info().unwrap();
        RgbImage::from_raw(info.width.into(), info.height.into(), pixels).unwrap()
    }

    fn tiles(count: u32, name: &str) -> RgbImage {
        let tile = resize(&picture(name), SIDE / count, SIDE / count, FilterType::Nearest);
        let mut whole = RgbImage::new(SIDE, SIDE);
        for at in 0..count * count {
            replace(&mut whole, &tile, i64::from(at % count * tile.width()), i64::from(at / count * tile.height()));
        }
        whole
    }

    fn small() -> RgbImage {
        let mut whole = RgbImage::from_pixel(SIDE, SIDE, image::Rgb([128; 3]));
        replace(&mut whole, &picture(HEAD), 4000, 4000);
        whole
    }

    fn encoded(picture: &RgbImage, inks: bool) -> Vec<u8> {
        let mut bytes = Vec::new();
        let mut encoder = Encoder::new(&mut bytes, if inks { 90 } else { 75 });
        let side = SIDE as u16;
        if inks {
            encoder.set_progressive(true);
            let inks: Vec<u8> =
                picture.pixels().flat_map(|pixel| [255 - pixel.0[0], 255 - pixel.0[1], 255 - pixel.0[2], 0]).collect();
            encoder.encode(&inks, side, side, ColorType::Cmyk).unwrap();
        } else {
            encoder.encode(picture.as_raw(), side, side, ColorType::Rgb).unwrap();
        }
        bytes
    }
}

/// HEIC: the files of `fixtures/heic/bad`, and all pixels in copies of a small picture.
#[cfg(feature = "heic")]
mod heic {
    use std::path::PathBuf;

    use super::Made;

    const TILE: (u32, u32) = (320, 240);
    const TILES: (u32, u32) = (31, 41);

    pub(super) fn all() -> impl Iterator<Item = Made> {
        let mut files: Vec<_> = std::fs::read_dir(folder().join("bad")).unwrap().map(|entry| entry.unwrap().path()).collect();
        files.sort();
        let bad = files.into_iter().map(|path| -> Made {
            let name = path.file_stem().unwrap().to_string_lossy().replace('_', " ");
            (format!("heic: {name}"), Box::new(move || std::fs::read(&path).unwrap()))
        });
        let all_pixels: [Made; 2] = [
            ("heic: all pixels in tiles".into(), Box::new(|| tiles(false))),
            ("heic: all pixels in tiles, and as many of transparency".into(), Box::new(|| tiles(true))),
        ];
        bad.chain(all_pixels)
    }

    fn folder() -> PathBuf {
        [env!("CARGO_MANIFEST_DIR"), "fixtures", "heic"].iter().collect()
    }

    fn boxed(kind: &[u8; 4], content: &[&[u8]]) -> Vec<u8> {
        let content = content.concat();
        [&(8 + content.len() as u32).to_be_bytes()[..], kind, &content].concat()
    }

    fn full(kind: &[u8; 4], version: u8, content: &[&[u8]]) -> Vec<u8> {
        boxed(kind, &[&[version, 0, 0, 0], &content.concat()])
    }

    fn words(values: &[u32]) -> Vec<u8> {
        values.iter().flat_map(|&value| (value as u16).to_be_bytes()).collect()
    }

    /// The content of the first box of this kind.
    fn content<'a>(file: &'a [u8], kind: &[u8; 4]) -> &'a [u8] {
        let at = file.windows(4).position(|window| window == kind).unwrap();
        let length = u32::from_be_bytes(file[at - 4..at].try_into().unwrap()) as usize;
        &file[at + 4..at - 4 + length]
    }

    /// A grid of copies of one coded picture, and with `alpha` another one for its transparency.
    fn tiles(alpha: bool) -> Vec<u8> {
        let source = std::fs::read(folder().join("mirrored.heic")).unwrap();
        let tile = content(&source, b"mdat");
        let grids = 1 + u32::from(alpha);
        let per_grid = TILES.0 * TILES.1;
        let (width, height) = (TILE.0 * TILES.0, TILE.1 * TILES.1);
        let size = |width: u32, height: u32| full(b"ispe", 0, &[&width.to_be_bytes(), &height.to_be_bytes()]);
        let properties = [
            size(width, height),
            size(TILE.0, TILE.1),
            boxed(b"hvcC", &[content(&source, b"hvcC")]),
            full(b"auxC", 0, &[b"urn:mpeg:hevc:2015:auxid:1\0"]),
        ];
        let layout = [&[0, 0, (TILES.1 - 1) as u8, (TILES.0 - 1) as u8][..], &words(&[width, height])].concat();
        let (mut items, mut places, mut references, mut associations) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
        for grid in 1..=grids {
            let first = grids + 1 + (grid - 1) * per_grid;
            items.extend(full(b"infe", 2, &[&words(&[grid, 0]), b"grid\0"]));
            let of: Vec<u32> = [grid, per_grid].into_iter().chain(first..first + per_grid).collect();
            references.extend(boxed(b"dimg", &[&words(&of)]));
            associations.extend([&words(&[grid])[..], if grid == 1 { &[1, 1] } else { &[2, 1, 4] }].concat());
            places.push((grid, 1, 0, layout.len()));
            for item in first..first + per_grid {
                items.extend(full(b"infe", 2, &[&words(&[item, 0]), b"hvc1\0"]));
                associations.extend([&words(&[item])[..], &[2, 2, 3]].concat());
                places.push((item, 0, (item - grids - 1) as usize * tile.len(), tile.len()));
            }
        }
        if alpha {
            references.extend(boxed(b"auxl", &[&words(&[2, 1, 1])]));
        }
        let count = words(&[places.len() as u32]);
        let associated = (places.len() as u32).to_be_bytes();
        let head = [
            full(b"hdlr", 0, &[b"\0\0\0\0pict", &[0; 13]]),
            full(b"pitm", 0, &[&words(&[1])]),
            full(b"iinf", 0, &[&count, &items]),
            full(b"iref", 0, &[&references]),
            boxed(b"iprp", &[&boxed(b"ipco", &[&properties.concat()]), &full(b"ipma", 0, &[&associated, &associations])]),
            boxed(b"idat", &[&layout]),
        ];
        let kind = boxed(b"ftyp", &[b"heic\0\0\0\0mif1heic"]);
        let meta = |start: usize| {
            let mut located = [&words(&[0x4400])[..], &count].concat();
            for &(item, from, at, length) in &places {
                located.extend(words(&[item, from, 0, 1]));
                let at = at + if from == 0 { start } else { 0 };
                located.extend([(at as u32).to_be_bytes(), (length as u32).to_be_bytes()].concat());
            }
            full(b"meta", 0, &[&head.concat(), &full(b"iloc", 1, &[&located])])
        };
        let start = kind.len() + meta(0).len() + 8;
        [kind, meta(start), boxed(b"mdat", &[&tile.repeat(places.len() - grids as usize)])].concat()
    }
}
