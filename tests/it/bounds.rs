//! What protects this process: limits to the number, memory and outcome of every bomb, and headers in which any bit may be wrong.

use std::collections::BTreeSet;
use std::ops::Range;
use std::sync::LazyLock;

use allocation_counter::measure;
use face_precheck::{Engine, Error, LimitKind, Limits, Orientation, Prepared, Profile, Result, Verdict, probe};

use crate::bombs::{self, Fate, Scale};
use crate::derive::{chunk, each, exif, jpeg, png, webp, with_chunk, with_exif, with_segment};
use crate::fixtures::ENGINE;
use crate::hostile::{check_file, small};
use crate::panics;
use crate::samples::{SAMPLES, samples};

/// Demands nothing, so that every picture is prepared as it is.
static ANY: LazyLock<Profile> = LazyLock::new(|| {
    let formats = "format = { accepted = ['jpeg', 'png', 'webp'] }";
    Profile::from_toml(&format!("name = 'any'\npurpose = 'document'\norientation = {{}}\n{formats}")).unwrap()
});

/// Name, what becomes of it, and the file.
fn all_bombs() -> Vec<(String, Fate, Vec<u8>)> {
    let generated = each(bombs::all(), |(name, fate, make)| (name.to_owned(), fate, make(Scale::Small)));
    #[cfg(not(feature = "heic"))]
    let committed = [];
    #[cfg(feature = "heic")]
    let committed = std::fs::read_dir(crate::fixtures::root().join("heic/bad")).unwrap().map(|entry| {
        let path = entry.unwrap().path();
        (format!("heic: {}", path.file_stem().unwrap().display()), Fate::Refused, std::fs::read(path).unwrap())
    });
    generated.into_iter().chain(committed).collect()
}

/// How many there are: a list that became shorter proves less.
const BOMBS: usize = 96 + if cfg!(feature = "heic") { 13 } else { 0 };

/// What a file may take by `Limits`.
fn bound(bytes: &[u8]) -> u64 {
    let pixels = |bytes| probe(bytes).ok().map(|header| u64::from(header.stored_width) * u64::from(header.stored_height));
    let admitted = |pixels: &u64| *pixels <= Limits::default().pixels;
    bombs::bound(pixels(bytes).filter(admitted).unwrap_or(0), bytes)
}

/// Everything that this thread holds, in engines that have seen no other picture.
#[test]
fn memory_is_as_documented() {
    panics::watch();
    let bombs = all_bombs();
    assert_eq!(bombs.iter().map(|(name, ..)| name).collect::<BTreeSet<_>>().len(), BOMBS);
    let document = Profile::progeny_document();
    let failed = each(bombs, |(name, fate, bytes)| {
        let mut fates = Vec::new();
        let mut most = 0;
        for profile in [&document, &ANY] {
            let mut fate_of = |work: &dyn Fn() -> Result<()>| {
                let mut result = Ok(());
                most = most.max(measure(|| result = work()).bytes_max);
                fates.push(if result.is_ok() { Fate::Read } else { Fate::Refused });
            };
            fate_of(&|| Engine::lazy().check(&bytes, profile).map(drop));
            fate_of(&|| Engine::lazy().prepare(&bytes, profile).map(drop));
        }
        let held = most <= bound(&bytes) && fates == [fate; 4];
        (!held).then(|| format!("{name}: {fates:?}, {most} bytes of {}", bound(&bytes)))
    });
    let failed: Vec<_> = failed.into_iter().flatten().collect();
    assert!(failed.is_empty(), "{failed:#?}");
    panics::none_of_ours();
}

/// The command lives within an address space that leaves it no more than that, beyond what it takes for a tiny file.
#[cfg(target_os = "linux")]
#[test]
fn the_command_lives_within_the_bound() {
    use std::path::Path;
    use std::process::Output;

    use crate::command::{begun_by, folder};
    const STEP: u64 = 16 << 20;
    /// What grows with the work and is none of a picture's memory: stacks, and pieces that the allocator keeps.
    const SLACK: u64 = 32 << 20;
    let folder = folder("bombs");
    let out = folder.join("out");
    let out = ["prepare", "--out", out.to_str().unwrap()];
    let ways = [&["check"][..], &out];
    let run = |file: &Path, bytes: u64, arguments: &[&str]| -> Output {
        let limit = bytes.div_ceil(1024).to_string();
        begun_by("sh")
            .args(["-c", "ulimit -v \"$0\" && exec \"$@\"", &limit, env!("CARGO_BIN_EXE_face-precheck")])
            .args(arguments)
            .args(["--jobs", "1", "--profile", "progeny-document"])
            .arg(file)
            // Else each thread reserves 64 MiB for itself, of which it uses a fraction.
            .env("MALLOC_ARENA_MAX", "1")
            .output()
            .unwrap()
    };
    let written = |name: &str, bytes: &[u8]| {
        let file = folder.join(name);
        std::fs::write(&file, bytes).unwrap();
        file
    };
    let bombs = (0..).zip(all_bombs()).map(|(index, (name, _, bytes))| {
        let file = written(&format!("{index}.bomb"), &bytes);
        (name, file, bound(&bytes))
    });
    let bombs: Vec<_> = bombs.collect();

    // What the command takes by itself, from its code to the stacks of its threads.
    let tiny = written("tiny.jpg", &bombs::jpeg::with(b""));
    let succeeds = |file: &Path, bytes: u64| ways.iter().all(|arguments| run(file, bytes, arguments).status.success());
    let itself = (1..=128).map(|steps| steps * STEP).find(|&bytes| succeeds(&tiny, bytes)).unwrap();
    println!("the command takes {} MiB", itself >> 20);
    // The limit is one: with a little more a tiny picture is read still, and one that needs more ends the process.
    let (_, large, bound) = bombs.iter().find(|(name, ..)| name == "png: all pixels in 16-bit RGBA").unwrap();
    assert!(succeeds(&tiny, itself + STEP) && !succeeds(large, itself + STEP));
    assert!(succeeds(large, itself + SLACK + bound));
    let runs = each(&bombs, |(name, file, bound)| {
        for arguments in ways {
            let output = run(file, itself + SLACK + bound, arguments);
            // Read or refused, either is fine; running out of memory would end the process by a signal.
            assert!(matches!(output.status.code(), Some(0 | 1)), "{name}, {arguments:?}: {output:?}");
        }
    });
    assert_eq!(runs.len(), BOMBS);
}

/// A file of each format, with metadata.
fn formats() -> Vec<(Vec<u8>, u64)> {
    let image = small();
    let pixels = 61 * 47;
    let mut files = vec![
        (with_exif(&jpeg(&image, 90), 1, true), pixels),
        (with_chunk(&png(&image.clone().into()), b"eXIf", &exif(1, true)), pixels),
        (bombs::webp::with(0x08, &bombs::webp::chunk(b"EXIF", &exif(1, true))), 600 * 600),
    ];
    if cfg!(feature = "heic") {
        let heic = crate::fixtures::read("heic/phone.heic");
        let header = probe(&heic).unwrap();
        files.push((heic, u64::from(header.stored_width) * u64::from(header.stored_height)));
    }
    files
}

/// Each limit in three arms, for every format: without it, exactly at it, one under it.
#[test]
fn limits_hold_exactly() {
    type Limited = fn(u64) -> Limits;
    let limited: [(LimitKind, Limited); 3] = [
        (LimitKind::FileBytes, |bytes| Limits::unlimited().with_file_bytes(bytes)),
        (LimitKind::Pixels, |pixels| Limits::unlimited().with_pixels(pixels)),
        (LimitKind::MetadataBytes, |bytes| Limits::unlimited().with_metadata_bytes(bytes)),
    ];
    let mut refused = 0;
    for (file, pixels) in formats() {
        let header = probe(&file).unwrap();
        let format = header.format;
        let checked = |limits: Limits| ENGINE.clone().with_limits(limits).check(&file, &Profile::progeny_document());
        let prepared = |limits: Limits| ENGINE.clone().with_limits(limits).prepare(&file, &ANY);
        assert!(checked(Limits::unlimited()).is_ok() && prepared(Limits::unlimited()).is_ok(), "{format:?}");
        for (exact, (kind, limits)) in [file.len() as u64, pixels, header.metadata.bytes].into_iter().zip(limited) {
            assert!(exact > 0, "{format:?}, {kind}");
            assert!(checked(limits(exact)).is_ok() && prepared(limits(exact)).is_ok(), "{format:?}, {kind}");
            for error in [checked(limits(exact - 1)).err(), prepared(limits(exact - 1)).err()] {
                match error {
                    Some(Error::LimitExceeded { limit, found, allowed }) => {
                        assert_eq!((limit, found, allowed), (kind, exact, exact - 1), "{format:?}");
                        refused += 1;
                    }
                    other => panic!("{format:?}, {kind}: {other:?}"),
                }
            }
        }
    }
    assert_eq!(refused, 2 * 3 * if cfg!(feature = "heic") { 4 } else { 3 });
}

/// The defaults are what the documentation says.
#[test]
fn default_limits() {
    let stated = Limits::unlimited().with_file_bytes(64 << 20).with_pixels(100_000_000).with_metadata_bytes(16 << 20);
    assert_eq!(Limits::default(), stated);
}

#[test]
fn scans_hold_exactly() {
    let refused = |bytes: &[u8]| matches!(probe(bytes), Err(Error::Malformed { message, .. }) if message.contains("scans"));
    check_file(&bombs::jpeg::scans(100, (600, 600))).unwrap();
    assert!(refused(&bombs::jpeg::scans(101, (600, 600))));
    // The largest pictures: more than encoders write, but not much more.
    check_file(&bombs::jpeg::scans(25, (10_000, 10_000))).unwrap();
    assert!(refused(&bombs::jpeg::scans(26, (10_000, 10_000))));
    // Scan after scan of nothing.
    let plain = jpeg(&small(), 90);
    let scan = plain.windows(2).position(|pair| pair == [0xff, 0xda]).unwrap();
    let header = &plain[scan..scan + 14];
    assert!(refused(&[&plain[..scan], &header.repeat(20_000), &plain[scan..]].concat()));
}

/// Pointers to directories, where the sixteenth is the last: with more of them the orientation is not read.
#[test]
fn directories_hold_exactly() {
    let orientation = |pointers: u16| {
        let mut tiff = b"MM\0*\0\0\0\x08".to_vec();
        tiff.extend((pointers + 1).to_be_bytes());
        tiff.extend([0x01, 0x12, 0, 3, 0, 0, 0, 1, 0, 6, 0, 0]);
        tiff.extend([0x87, 0x69, 0, 4, 0, 0, 0, 1, 0xff, 0xff, 0, 0].repeat(pointers.into()));
        tiff.extend([0; 4]);
        probe(&with_segment(&jpeg(&small(), 90), 0xe1, &[b"Exif\0\0", &tiff[..]].concat())).unwrap().orientation
    };
    assert_eq!([0, 1, 16, 17, 60].map(orientation).map(Orientation::exif), [6, 6, 6, 1, 1]);
}

/// Of EXIF data the first 64 KiB are read: an orientation whose entry ends there is, and none that ends a byte behind it.
#[test]
fn lengths_of_exif_hold_exactly() {
    let orientation = |end: usize| {
        let at = end - 2 - 12;
        let mut tiff = [&b"MM\0*"[..], &(at as u32).to_be_bytes()].concat();
        tiff.resize(at, 0);
        tiff.extend([0, 1, 0x01, 0x12, 0, 3, 0, 0, 0, 1, 0, 6, 0, 0]);
        assert_eq!(tiff.len(), end);
        tiff.extend([0; 4]);
        let of_png = probe(&with_chunk(&png(&small().into()), b"eXIf", &tiff)).unwrap();
        let of_webp = probe(&bombs::webp::with(0x08, &bombs::webp::chunk(b"EXIF", &tiff))).unwrap();
        assert!(of_png.metadata.exif && of_webp.metadata.exif);
        assert_eq!(of_png.orientation, of_webp.orientation);
        of_png.orientation.exif()
    };
    assert_eq!([1 << 10, 1 << 16, (1 << 16) + 1].map(orientation), [6, 6, 1]);
}

/// A profile's name stands for its being read.
#[test]
fn tags_of_a_profile_hold_exactly() {
    let name = |tags: usize| {
        probe(&bombs::jpeg::with_profile(&bombs::icc::tagged(tags, b"text\0\0\0\0A name\0"))).unwrap().color_profile.unwrap()
    };
    assert_eq!([1, 100, 101].map(name), ["A name", "A name", "unnamed"]);
}

/// Of at most four mebibytes.
#[test]
fn lengths_of_a_profile_hold_exactly() {
    let name = |length: usize| {
        let mut profile = bombs::icc::tagged(1, b"text\0\0\0\0A name\0");
        profile.resize(length, 0);
        profile[..4].copy_from_slice(&(length as u32).to_be_bytes());
        let of_jpeg = probe(&bombs::jpeg::with_profile(&profile)).unwrap().color_profile.unwrap();
        let of_webp = probe(&bombs::webp::with(0x20, &bombs::webp::chunk(b"ICCP", &profile))).unwrap();
        assert_eq!(Some(&of_jpeg), of_webp.color_profile.as_ref());
        of_jpeg
    };
    assert_eq!([1 << 10, 4 << 20, (4 << 20) + 1].map(name), ["A name", "A name", "unnamed"]);
}

/// In a JPEG of at most 255 parts, which are numbered in a byte.
#[test]
fn parts_of_a_profile_hold_exactly() {
    let part = |number: u8, data: &[u8]| bombs::jpeg::segment(0xe2, &[b"ICC_PROFILE\0", &[number, 2][..], data].concat());
    let last = part(2, &bombs::icc::tagged(1, b"text\0\0\0\0A name\0"));
    let name = |empty: usize| {
        let parts = [part(1, b"").repeat(empty), last.clone()].concat();
        probe(&bombs::jpeg::with(&parts)).unwrap().color_profile.unwrap()
    };
    assert_eq!([0, 254, 255].map(name), ["A name", "A name", "unnamed"]);
}

#[test]
fn metadata_without_end_are_refused() {
    let segment = [&b"\xff\xe7\xfd\xea"[..], &vec![0; 65_000]].concat();
    let plain = jpeg(&small(), 90);
    let bytes = [&plain[..2], &segment.repeat(300), &plain[2..]].concat();
    assert!(matches!(check_file(&bytes), Err(Error::LimitExceeded { limit: LimitKind::MetadataBytes, .. })));
}

#[test]
fn dimensions_that_lie_are_refused_before_memory_is_spent() {
    let too_many_pixels = |bytes: &[u8]| matches!(check_file(bytes), Err(Error::LimitExceeded { limit: LimitKind::Pixels, .. }));
    // Within the limits, but not what the data hold: refused for what the header says, whatever it is.
    let lies = |bytes: &[u8]| {
        let mut result = Ok(());
        let held = measure(|| result = Engine::lazy().check(bytes, &Profile::progeny_document()).map(drop)).bytes_max;
        matches!(result, Err(Error::Malformed { .. })) && held < 1 << 20
    };
    let mut bytes = jpeg(&small(), 90);
    let frame = bytes.windows(2).position(|pair| pair == [0xff, 0xc0]).unwrap();
    bytes[frame + 5..frame + 9].copy_from_slice(&[0xff; 4]);
    assert!(too_many_pixels(&bytes));
    bytes[frame + 5..frame + 9].copy_from_slice(&[0x20, 0, 0x20, 0]);
    assert!(lies(&bytes));

    let original = png(&small().into());
    let ihdr = |width: u32, height: u32| {
        let data = [&width.to_be_bytes()[..], &height.to_be_bytes(), &[8, 2, 0, 0, 0]].concat();
        [&original[..8], &chunk(b"IHDR", &data), &original[33..]].concat()
    };
    assert_eq!(ihdr(61, 47), original);
    assert!(too_many_pixels(&ihdr(0x7fff_ffff, 0x7fff_ffff)));
    assert!(too_many_pixels(&ihdr(65_535, 66_601)));
    assert!(lies(&ihdr(9000, 9000)));

    let mut bytes = webp(&small());
    let at = bytes.windows(4).position(|tag| tag == b"VP8L").unwrap() + 9;
    bytes[at..at + 4].copy_from_slice(&[0xff, 0xff, 0xff, 0x0f]);
    assert!(too_many_pixels(&bytes));
    let picture = bombs::webp::file_of(bombs::webp::extended(0, (9000, 9000)), &webp(&small())[12..]);
    assert!(lies(&picture));
    let frame = bombs::webp::frame((61, 47), &[picture[30..].to_vec(), bombs::webp::chunk(b"VP8L", b"")]);
    let animated =
        bombs::webp::file_of(bombs::webp::extended(2, (61, 47)), &[bombs::webp::chunk(b"ANIM", &[0; 6]), frame].concat());
    check_file(&animated).unwrap();
}

#[test]
fn sides_of_zero_are_refused() {
    let mut refused = 0;
    let mut refuse = |bytes: &[u8]| {
        let error = probe(bytes).unwrap_err();
        assert_eq!(error.kind(), "malformed", "{error}");
        assert!(check_file(bytes).is_err());
        refused += 1;
    };
    for marker in [0xc0, 0xc2] {
        for sides in [[0, 0, 0, 61], [0, 47, 0, 0], [0; 4]] {
            let mut bytes = jpeg(&small(), 90);
            let frame = bytes.windows(2).position(|pair| pair == [0xff, 0xc0]).unwrap();
            bytes[frame + 1] = marker;
            bytes[frame + 5..frame + 9].copy_from_slice(&sides);
            refuse(&bytes);
        }
    }
    for (at, length) in [(16, 4), (20, 4), (16, 8)] {
        let mut ihdr = png(&small().into())[16..29].to_vec();
        ihdr[at - 16..at - 16 + length].fill(0);
        let original = png(&small().into());
        refuse(&[&original[..8], &chunk(b"IHDR", &ihdr), &original[33..]].concat());
    }
    // Lossless pictures, frames and canvases state their sides less one.
    for sides in [(0, 47), (61, 0), (0, 0)] {
        refuse(&bombs::webp::file_of(Vec::new(), &bombs::webp::chunk(b"VP8 ", &bombs::webp::lossy(sides))));
    }
    #[cfg(feature = "heic")]
    refuse(&crate::fixtures::read("heic/bad/ispe_0x0.heic"));
    assert_eq!(refused, 6 + 3 + 3 + i32::from(cfg!(feature = "heic")));
}

/// Where a file's coded pixels are.
fn coded(file: &[u8]) -> Vec<Range<usize>> {
    match file {
        [0xff, 0xd8, ..] => coded_in_jpeg(file),
        [0x89, b'P', ..] => png_chunks(file).into_iter().filter(|(kind, _)| kind == b"IDAT").map(|(_, data)| data).collect(),
        [b'R', b'I', ..] => coded_in_webp(file, 12..file.len()),
        _ => {
            let data = file.windows(4).position(|kind| kind == b"mdat").unwrap() + 4;
            std::iter::once(data..file.len()).collect()
        }
    }
}

fn coded_in_jpeg(file: &[u8]) -> Vec<Range<usize>> {
    let (mut found, mut at) = (Vec::new(), 2);
    while file[at + 1] != 0xd9 {
        let is_scan = file[at + 1] == 0xda;
        at += 2 + usize::from(u16::from_be_bytes([file[at + 2], file[at + 3]]));
        if is_scan {
            let length = file[at..].windows(2).position(|pair| pair[0] == 0xff && !matches!(pair[1], 0 | 0xd0..=0xd7)).unwrap();
            found.push(at..at + length);
            at += length;
        }
    }
    found
}

/// Kinds, and where their data are.
fn png_chunks(file: &[u8]) -> Vec<([u8; 4], Range<usize>)> {
    let (mut found, mut at) = (Vec::new(), 8);
    while let Some((length, rest)) = file[at..].split_first_chunk().filter(|_| !file[..at].ends_with(b"IEND\xae\x42\x60\x82")) {
        let data = at + 8..at + 8 + u32::from_be_bytes(*length) as usize;
        at = data.end + 4;
        found.push((*rest.first_chunk().unwrap(), data));
    }
    found
}

fn coded_in_webp(file: &[u8], chunks: Range<usize>) -> Vec<Range<usize>> {
    let (mut found, mut at) = (Vec::new(), chunks.start);
    while at < chunks.end {
        let length = u32::from_le_bytes(*file[at + 4..].first_chunk().unwrap()) as usize;
        let data = at + 8..at + 8 + length;
        match &file[at..at + 4] {
            b"VP8 " | b"VP8L" | b"ALPH" => found.push(data.clone()),
            // Behind the frame's position, size and timing.
            b"ANMF" => found.extend(coded_in_webp(file, data.start + 16..data.end)),
            _ => {}
        }
        at = data.end.next_multiple_of(2);
    }
    found
}

/// Every byte but those of coded pixels, and of these the first ones.
fn structure(file: &[u8]) -> Vec<usize> {
    const FIRST: usize = 16;
    let coded = coded(file);
    (0..file.len()).filter(|at| !coded.iter().any(|data| (data.start + FIRST..data.end).contains(at))).collect()
}

/// With one bit wrong. Of a PNG the checksum is made to fit, as it would tell before anything else does; unless it is what is wrong.
fn flipped(file: &[u8], bit: usize) -> Vec<u8> {
    let at = bit / 8;
    let mut bytes = file.to_vec();
    bytes[at] ^= 1 << (bit % 8);
    if file.starts_with(b"\x89PNG") {
        let found = png_chunks(file).into_iter().find(|(_, data)| (data.start - 4..data.end).contains(&at));
        if let Some((_, data)) = found {
            let fitting = chunk(bytes[data.start - 4..].first_chunk().unwrap(), &bytes[data.clone()]);
            bytes[data.start - 8..data.end + 4].copy_from_slice(&fitting);
        }
    }
    bytes
}

/// A picture of the size that its header states, or a typed error: of each kind, every bit that is not of coded pixels, and the first of
/// these; one bit of each byte where a picture is not as small as it could be.
#[test]
fn flipped_bits_in_headers_do_not_panic() {
    panics::watch();
    // Several blocks in each direction, and the last ones not whole.
    let tiny = image::imageops::crop_imm(&small(), 0, 0, 19, 13).to_image();
    #[allow(unused_mut, reason = "with the feature heic")]
    let mut files = samples(&tiny);
    #[cfg(feature = "heic")]
    files.push(("mirrored.heic".to_owned(), crate::fixtures::read("heic/mirrored.heic")));
    assert_eq!(files.len(), SAMPLES + usize::from(cfg!(feature = "heic")));
    let is_tiny = |file: &[u8]| probe(file).unwrap().stored_width <= 19;
    let bits = |file: &[u8]| -> Vec<usize> {
        let of_byte = |at: usize| if is_tiny(file) { 8 * at..8 * at + 8 } else { 8 * at + at % 8..8 * at + at % 8 + 1 };
        structure(file).into_iter().flat_map(of_byte).collect()
    };
    let places: Vec<_> = files.iter().map(|(_, file)| bits(file)).collect();
    let pieces = |index: usize| places[index].chunks(100).map(move |bits| (index, bits));
    let cases: Vec<_> = (0..files.len()).flat_map(pieces).collect();
    let results = each(&cases, |&(index, bits)| {
        let (name, file) = &files[index];
        let mut fates = [0; 3];
        for &bit in bits {
            fates[fate(&flipped(file, bit), &format!("{name}, bit {bit}")) as usize] += 1;
        }
        (index, fates)
    });
    let mut fates = vec![[0; 3]; files.len()];
    for (index, found) in results {
        fates[index] = std::array::from_fn(|fate| fates[index][fate] + found[fate]);
    }
    for ((name, file), (places, fates)) in files.iter().zip(places.iter().zip(&fates)) {
        println!("{name}: {} of {} bits, {fates:?}", places.len(), 8 * file.len());
        assert_eq!(fates.iter().sum::<usize>(), places.len(), "{name}");
        let [ready, _, refused] = *fates;
        // What is no picture any more is refused; tables and metadata may say anything.
        assert!(ready >= if file.starts_with(b"\xff\xd8") { 1000 } else { 1 }, "{name}: {fates:?}");
        assert!(refused >= places.len() / 100 + 10, "{name}: {fates:?}");
    }
    panics::none_of_ours();
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Outcome {
    Ready,
    Rejected,
    Refused,
}

fn fate(bytes: &[u8], name: &str) -> Outcome {
    match (ENGINE.check(bytes, &Profile::progeny_document()), ENGINE.prepare(bytes, &ANY)) {
        (Ok(report), Ok(prepared)) => {
            let header = probe(bytes).unwrap();
            assert_eq!(report.header(), &header, "{name}");
            // What no JPEG can be as long as is left out.
            let is_writable = header.width().max(header.height()) <= 65_500;
            match prepared {
                Prepared::Ready(upload) => {
                    let sides = (header.width(), header.height());
                    assert!(!is_writable || (upload.width(), upload.height()) == sides, "{name}: {upload:?}");
                    Outcome::Ready
                }
                Prepared::Rejected(report) => {
                    assert_eq!(report.verdict(), Verdict::Retake, "{name}");
                    assert!(!report.findings().is_empty(), "{name}");
                    Outcome::Rejected
                }
            }
        }
        (Err(error), Err(other)) => {
            let kinds = ["unknown-format", "unsupported-format", "malformed", "limit-exceeded"];
            assert!(kinds.contains(&error.kind()), "{name}: {error:?}");
            assert_eq!(error.to_string(), other.to_string(), "{name}");
            Outcome::Refused
        }
        (report, prepared) => panic!("{name}: {report:?}, but {prepared:?}"),
    }
}
