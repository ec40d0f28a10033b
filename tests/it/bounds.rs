//! What protects this process: limits to the number, memory and outcome of every bomb, and headers in which any bit may be wrong.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use allocation_counter::measure;
use face_precheck::{Engine, Error, LimitKind, Limits, Orientation, Prepared, Profile, Result, probe};

use crate::bombs::{self, Fate, Scale};
use crate::derive::{chunk, each, exif, jpeg, png, webp, with_chunk, with_exif, with_segment};
use crate::fixtures::ENGINE;
use crate::hostile::{check_file, samples, small};

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
const BOMBS: usize = 91 + if cfg!(feature = "heic") { 13 } else { 0 };

/// What a file may take by `Limits`.
fn bound(bytes: &[u8]) -> u64 {
    let pixels = |bytes| probe(bytes).ok().map(|header| u64::from(header.stored_width) * u64::from(header.stored_height));
    let admitted = |pixels: &u64| *pixels <= Limits::default().pixels;
    bombs::bound(pixels(bytes).filter(admitted).unwrap_or(0), bytes.len() as u64)
}

/// Everything that this thread holds, in engines that have seen no other picture.
#[test]
fn memory_is_as_documented() {
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
}

/// The command lives within an address space that leaves it no more than that.
#[cfg(target_os = "linux")]
#[test]
fn the_command_lives_within_the_bound() {
    use std::path::Path;
    use std::process::{Command, Output};

    use crate::command::folder;
    /// What the command takes by itself: its code, and what its threads reserve.
    const ITSELF: u64 = 400 << 20;
    let folder = folder("bombs");
    let out = folder.join("out");
    let run = |file: &Path, bytes: u64, arguments: &[&str]| -> Output {
        let limit = bytes.div_ceil(1024).to_string();
        Command::new("sh")
            .args(["-c", "ulimit -v \"$0\"; exec \"$@\"", &limit, env!("CARGO_BIN_EXE_face-precheck")])
            .args(arguments)
            .args(["--jobs", "1", "--profile", "progeny-document"])
            .arg(file)
            .output()
            .unwrap()
    };
    let bombs = (0..).zip(all_bombs()).map(|(index, (name, _, bytes))| {
        let file = folder.join(format!("{index}.bomb"));
        std::fs::write(&file, &bytes).unwrap();
        (name, file, bound(&bytes))
    });
    let bombs: Vec<_> = bombs.collect();
    // The limit is one: a picture that needs more ends the process, or is an error.
    let (_, large, bound) = bombs.iter().find(|(name, ..)| name == "png: all pixels in 16-bit RGBA").unwrap();
    assert!(run(large, ITSELF + bound, &["check"]).status.success());
    assert!(!run(large, ITSELF / 4, &["check"]).status.success());
    let runs = each(&bombs, |(name, file, bound)| {
        let prepare = ["prepare", "--out", out.to_str().unwrap()];
        for arguments in [&["check"][..], &prepare] {
            let output = run(file, ITSELF + bound, arguments);
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

/// A profile's name stands for its being read.
#[test]
fn tags_of_a_profile_hold_exactly() {
    let name = |tags: usize| {
        probe(&bombs::jpeg::with_profile(&bombs::icc::tagged(tags, b"text\0\0\0\0A name\0"))).unwrap().color_profile.unwrap()
    };
    assert_eq!([1, 100, 101].map(name), ["A name", "A name", "unnamed"]);
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

/// Every bit of what stands before the picture's data, and of the first of these.
#[test]
fn flipped_bits_in_headers_do_not_panic() {
    const HEADER: usize = 640;
    #[allow(unused_mut, reason = "with the feature heic")]
    let mut files = samples();
    #[cfg(feature = "heic")]
    files.push(crate::fixtures::read("heic/mirrored.heic"));
    let bits = |file: &Vec<u8>| 8 * file.len().min(HEADER);
    let cases: Vec<_> = files.iter().flat_map(|file| (0..bits(file)).step_by(64).map(move |first| (file, first))).collect();
    let read = each(&cases, |&(file, first)| {
        let mut read = 0;
        for bit in first..(first + 64).min(bits(file)) {
            let mut bytes = file.clone();
            bytes[bit / 8] ^= 1 << (bit % 8);
            let (Ok(header), Ok(report)) = (probe(&bytes), ENGINE.check(&bytes, &Profile::progeny_document())) else { continue };
            assert_eq!(report.header(), &header, "bit {bit}");
            // What is made of it has the size that the header states, which is what was decoded; unless no JPEG can be as long.
            let is_writable = header.width().max(header.height()) <= 65_500;
            if let Prepared::Ready(upload) = ENGINE.prepare(&bytes, &ANY).unwrap()
                && is_writable
            {
                assert_eq!((upload.width(), upload.height()), (header.width(), header.height()), "bit {bit}");
                read += 1;
            }
        }
        read
    });
    assert_eq!(cases.len(), files.iter().map(|file| bits(file).div_ceil(64)).sum::<usize>());
    let read: usize = read.into_iter().sum();
    assert!(read > 1000, "{read}");
}
