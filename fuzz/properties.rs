//! What has to hold for any bytes at all. The fuzz targets run these on inputs that libFuzzer finds, `tests/it/mutations.rs` on
//! thousands of damaged fixtures in every ordinary test run.

use allocation_counter::measure;
use face_precheck::{
    Change, Engine, Error, Format, Header, Language, Limits, Prepared, Profile, Report, Turn, Upload, Verdict, probe, sniff,
};

/// What is decoded here: small enough for many inputs a second.
pub const LIMITS: Limits = Limits::unlimited().with_file_bytes(8 << 20).with_pixels(1 << 20).with_metadata_bytes(1 << 20);

/// Memory of a check beside its pixels and copies of the file: tables of decoders; of colour profiles, where there may be one; of WebP the
/// tables of codes, which may have hundreds of times the bytes that describe them, or as much as a length of 24 bits claims. The decoder of
/// HEIC readies its own.
fn tables(bytes: &[u8]) -> u64 {
    let has = |name: &[u8]| bytes.windows(name.len()).any(|part| part == name);
    let profile = [&b"ICC_PROFILE"[..], b"iCCP", b"ICCP"].into_iter().any(has);
    let codes = if bytes.starts_with(b"RIFF") { (16 << 20) + 400 * bytes.len() as u64 } else { 0 };
    codes + if profile || sniff(bytes) == Some(Format::Heic) { 40 << 20 } else { 3 << 20 }
}

/// A profile that asks for nothing but a picture, so that everything that can be decoded is prepared.
pub fn any_picture() -> Profile {
    profile_of("name = 'any'\npurpose = 'document'\nformat = { accepted = ['jpeg', 'png', 'webp'] }\norientation = {}")
}

/// A profile that makes `prepare` write most pictures anew.
pub fn small_jpeg() -> Profile {
    profile_of(
        "name = 'small'\npurpose = 'document'\nformat = { accepted = ['jpeg'] }\norientation = {}\nfile-size = { max = 6000 }\n\
         width = { max = 200 }\nheight = { max = 200 }",
    )
}

fn profile_of(text: &str) -> Profile {
    match Profile::from_toml(text) {
        Ok(profile) => profile,
        Err(error) => panic!("{error}"),
    }
}

/// A header, or a typed error, in memory that does not grow with what a file claims.
pub fn probed(bytes: &[u8]) -> Option<Header> {
    let mut header = None;
    let used = measure(|| header = Some(probe(bytes))).bytes_max;
    let most = 4 * bytes.len() as u64 + tables(bytes);
    assert!(used <= most, "probing {} bytes took {used}", bytes.len());
    match header? {
        Ok(header) => {
            assert_eq!(Some(header.format), sniff(bytes));
            assert_eq!(header.file_size, bytes.len() as u64);
            assert!(header.metadata.trailing_bytes <= header.file_size);
            assert!(header.metadata.bytes <= header.file_size || header.format == Format::Heic, "{header:?}");
            let json = serde_json::to_value(&header).unwrap_or_default();
            assert!(json.is_object(), "{header:?}");
            Some(header)
        }
        Err(error) => {
            assert_typed(&error);
            None
        }
    }
}

fn assert_typed(error: &Error) {
    assert!(
        matches!(
            error,
            Error::Empty
                | Error::UnknownFormat
                | Error::UnsupportedFormat { .. }
                | Error::Malformed { .. }
                | Error::LimitExceeded { .. }
        ),
        "{error:?}"
    );
    assert!(error.hint().is_some() && !error.to_string().is_empty());
}

/// The picture's size is the header's, its memory is bounded, and it is the same picture whatever was decoded before with the same memory.
pub fn decoded(used: &Engine, bytes: &[u8]) -> bool {
    let header = probed(bytes);
    let fresh = Engine::lazy().with_limits(LIMITS);
    let mut preview = None;
    let taken = measure(|| preview = Some(fresh.preview(bytes, Turn::None, u32::MAX))).bytes_max;
    let pixels = header.as_ref().map_or(0, |header| u64::from(header.stored_width) * u64::from(header.stored_height));
    // What a preview is copied to comes on top of what decoding takes.
    let most = (12 + 3) * pixels.min(LIMITS.pixels) + 4 * bytes.len() as u64 + tables(bytes);
    assert!(taken <= most, "{taken} bytes of memory, where {most} are the most: {header:?}");
    let Some(preview) = preview else { return false };
    let document = Profile::progeny_document();
    let report = used.check(bytes, &document);
    match (preview, header) {
        (Ok(preview), Some(header)) => {
            assert_eq!((preview.width(), preview.height()), (header.width(), header.height()));
            assert!(pixels > 0 && pixels <= LIMITS.pixels && header.file_size <= LIMITS.file_bytes);
            assert!(header.metadata.bytes <= LIMITS.metadata_bytes);
            assert_eq!(preview.pixels().len() as u64, 3 * pixels);
            let again = used.preview(bytes, Turn::None, u32::MAX);
            assert!(again.is_ok_and(|again| again == preview), "another picture in memory that was used before");
            match report {
                Ok(report) => assert_eq!(report.header(), &header),
                Err(error) => panic!("decoded whole and not reduced: {error}"),
            }
            true
        }
        (Err(error), _) => {
            assert_typed(&error);
            assert!(report.is_err(), "decoded reduced and not whole: {error}");
            false
        }
        (Ok(_), None) => panic!("decoded without a header"),
    }
}

/// A report of finite numbers whose verdict follows from its findings, and the same for the same bytes.
pub fn checked(engine: &Engine, bytes: &[u8], profile: &Profile) -> Option<Report> {
    match engine.check(bytes, profile) {
        Ok(report) => {
            assert_consistent(&report);
            // Networks take their time: one file in eight is looked at twice.
            if bytes.iter().fold(0_u8, |sum, &byte| sum.wrapping_add(byte)) % 8 == 0 {
                let again = engine.check(bytes, profile).map(|again| json(&again));
                assert_eq!(again.ok(), Some(json(&report)), "not the same report");
            }
            Some(report)
        }
        Err(error) => {
            assert_typed(&error);
            None
        }
    }
}

fn json(report: &Report) -> String {
    serde_json::to_string(report).unwrap_or_default()
}

/// Whether a number that is none is printed, outside of quoted text.
fn shows_no_number(printed: &str) -> bool {
    let mut quoted = false;
    let mut escaped = false;
    let bare: String = printed
        .chars()
        .filter(|&c| {
            let inside = quoted;
            match c {
                _ if escaped => escaped = false,
                '\\' if quoted => escaped = true,
                '"' => quoted = !quoted,
                _ => {}
            }
            !inside
        })
        .collect();
    bare.split(|c: char| !c.is_alphanumeric() && c != '_').any(|word| matches!(word, "NaN" | "inf"))
}

fn assert_consistent(report: &Report) {
    let text = json(report);
    assert!(text.starts_with('{'), "{text}");
    // JSON would have `null` for these, as it has for what was not measured.
    assert!(!shows_no_number(&format!("{report:?}")), "{report:?}");
    assert!(shows_no_number("[NaN, 1.0]") && shows_no_number("(\"\\\"\", -inf)") && !shows_no_number("(\"NaN \\\" inf\", info)"));
    let errors = || report.findings().iter().filter(|finding| finding.severity == face_precheck::Severity::Error);
    let expected = if errors().any(|finding| !finding.fixable) {
        Verdict::Retake
    } else if errors().next().is_some() {
        Verdict::Fixable
    } else {
        Verdict::Compliant
    };
    assert_eq!(report.verdict(), expected, "{text}");
    for face in report.faces() {
        let numbers = [face.score, face.size_px, face.interpupillary_distance_px, face.inter_eye_distance_px];
        assert!(numbers.into_iter().all(|number| number >= 0.0), "{face:?}");
    }
}

/// An upload that is what it promises, or the report that says why there is none.
pub fn prepared(engine: &Engine, bytes: &[u8], profile: &Profile) -> Option<Upload> {
    match engine.prepare(bytes, profile) {
        Ok(Prepared::Ready(upload)) => {
            assert_keeps_its_promises(engine, &upload, profile);
            Some(upload)
        }
        Ok(Prepared::Rejected(report)) => {
            assert_eq!(report.verdict(), Verdict::Retake);
            assert_consistent(&report);
            assert!(!report.findings().is_empty());
            None
        }
        Err(error) => {
            assert_typed(&error);
            None
        }
    }
}

fn assert_keeps_its_promises(engine: &Engine, upload: &Upload, profile: &Profile) {
    if let Err(problem) = holds_only_a_picture(upload.bytes()) {
        panic!("{problem} in {upload:?}");
    }
    assert_consistent(upload.report());
    match probe(upload.bytes()) {
        Ok(header) => assert_eq!(&header, upload.report().header()),
        Err(error) => panic!("{error}: {upload:?}"),
    }
    match engine.check(upload.bytes(), profile) {
        Ok(report) => {
            // How its size was chosen is all that the upload's own report knows beyond that.
            let told = |report: &Report| (report.header().clone(), report.faces().to_vec(), report.findings().to_vec());
            assert_eq!(report.verdict(), Verdict::Compliant);
            assert_eq!(told(&report), told(upload.report()));
        }
        Err(error) => panic!("{error}: {upload:?}"),
    }
    match decoded_by_others(upload) {
        Ok(sides) => assert_eq!(sides, (upload.width(), upload.height())),
        Err(error) => panic!("another decoder refuses it, {error}: {upload:?}"),
    }
    match engine.prepare(upload.bytes(), profile) {
        Ok(Prepared::Ready(again)) => {
            assert!(again.bytes() == upload.bytes() && again.changes().is_empty(), "{:?}", again.changes());
        }
        other => panic!("an upload that cannot be prepared: {other:?}"),
    }
    assert!(!upload.changes().iter().any(|change| matches!(change, Change::Scaled { factor, .. } if *factor >= 1.0)));
}

/// Sides as decoders find them that share no code with this crate's; but for WebP, of which there is no other.
fn decoded_by_others(upload: &Upload) -> Result<(u32, u32), String> {
    let options = zune_jpeg::zune_core::options::DecoderOptions::default().set_max_width(1 << 16).set_max_height(1 << 16);
    let bytes = zune_jpeg::zune_core::bytestream::ZCursor::new(upload.bytes());
    let (width, height) = match upload.format() {
        Format::Jpeg => {
            let mut decoder = zune_jpeg::JpegDecoder::new_with_options(bytes, options);
            decoder.decode().map_err(|error| error.to_string())?;
            decoder.dimensions().ok_or("no dimensions")?
        }
        Format::Png => {
            // Ours does not look at checksums where it is fuzzed, so that changed bytes get further.
            let checked = !cfg!(fuzzing);
            let options = options.png_set_confirm_crc(checked).inflate_set_confirm_adler(checked);
            let mut decoder = zune_png::PngDecoder::new_with_options(bytes, options);
            decoder.decode().map_err(|error| format!("{error:?}"))?;
            decoder.dimensions().ok_or("no dimensions")?
        }
        _ => {
            let picture = image::load_from_memory(upload.bytes()).map_err(|error| error.to_string())?;
            return Ok((picture.width(), picture.height()));
        }
    };
    Ok((u32::try_from(width).unwrap_or(0), u32::try_from(height).unwrap_or(0)))
}

/// Whether a file is a picture from its first byte to its last: no metadata, no comment, nothing behind its end.
///
/// # Errors
/// What else there is.
pub fn holds_only_a_picture(file: &[u8]) -> Result<(), String> {
    match file {
        [0xff, 0xd8, rest @ ..] => only_a_jpeg(rest),
        [0x89, b'P', b'N', b'G', 0x0d, 0x0a, 0x1a, 0x0a, rest @ ..] => only_a_png(rest),
        [b'R', b'I', b'F', b'F', size @ ..] => only_a_webp(size),
        _ => Err("no picture".into()),
    }
}

fn only_a_jpeg(mut rest: &[u8]) -> Result<(), String> {
    // Tables that are there, a bit for each, and those that the picture has a use for: by class and number.
    let (mut defined, mut referred) = (0_u64, 0_u64);
    let bit = |class: u8, number: u8| 1_u64 << (16 * (class & 3) + (number & 15));
    // Defined since the last scan.
    let mut waiting = 0_u64;
    let mut single = Vec::new();
    loop {
        let [0xff, marker, behind @ ..] = rest else { return Err("no marker where one has to be".into()) };
        if *marker == 0xd9 {
            return match behind {
                [_, ..] => Err("bytes behind the end".into()),
                _ if waiting != 0 => Err("tables behind the last scan".into()),
                _ if defined & !referred != 0 => Err("tables without a use".into()),
                _ => Ok(()),
            };
        }
        let [high, low, ..] = behind else { return Err("no length".into()) };
        let length = usize::from(u16::from_be_bytes([*high, *low]));
        let content = behind.get(2..length).ok_or("a segment that is too short")?;
        if matches!(marker, 0xc0..=0xc2 | 0xe0 | 0xee) {
            if single.contains(marker) {
                return Err(format!("a second segment {marker:#x}"));
            }
            single.push(*marker);
        }
        match (marker, content) {
            (0xc0..=0xc2, [_, _, _, _, _, count, components @ ..]) if components.len() == 3 * usize::from(*count) => {
                components.chunks(3).for_each(|component| referred |= bit(2, component[2]));
            }
            (0xc4 | 0xdb, mut tables) => {
                while let [kind, table @ ..] = tables {
                    let (class, length) = match marker {
                        0xdb => (2, 64 + 64 * usize::from(kind >> 4)),
                        _ => (kind >> 4, 16 + table.iter().take(16).map(|&count| usize::from(count)).sum::<usize>()),
                    };
                    let table = bit(class, *kind);
                    if waiting & table != 0 {
                        return Err("a table that is replaced before a scan".into());
                    }
                    (defined, waiting) = (defined | table, waiting | table);
                    tables = tables.get(1 + length..).ok_or("half a table")?;
                }
            }
            (0xda, [count, components @ ..]) if components.len() == 2 * usize::from(*count) + 3 => {
                for component in components.chunks_exact(2).take(usize::from(*count)) {
                    referred |= bit(0, component[1] >> 4) | bit(1, component[1]);
                }
                waiting = 0;
            }
            (0xdd, [_, _])
            | (0xe0, [b'J', b'F', b'I', b'F', 0, _, _, _, _, _, _, _, 0, 0])
            | (0xee, [b'A', b'd', b'o', b'b', b'e', 0, 100, 0, 0, 0, 0, _]) => {}
            _ => return Err(format!("a segment {marker:#x} of {} bytes", content.len())),
        }
        rest = behind.get(length..).ok_or("a segment that is too long")?;
        if *marker == 0xda {
            let ends = rest.windows(2).position(|pair| pair[0] == 0xff && !matches!(pair[1], 0 | 0xd0..=0xd7));
            rest = rest.get(ends.ok_or("a scan without an end")?..).unwrap_or_default();
        }
    }
}

fn only_a_png(mut rest: &[u8]) -> Result<(), String> {
    let mut single = Vec::new();
    loop {
        let [a, b, c, d, behind @ ..] = rest else { return Err("no chunk where one has to be".into()) };
        let length = u32::from_be_bytes([*a, *b, *c, *d]) as usize;
        let kind = behind.get(..4).ok_or("half a chunk")?;
        match kind {
            b"IDAT" => {}
            b"IHDR" | b"PLTE" | b"tRNS" | b"IEND" if !single.contains(&kind) => single.push(kind),
            _ => return Err(format!("a chunk {}, or a second one", String::from_utf8_lossy(kind))),
        }
        rest = behind.get(4 + length + 4..).ok_or("half a chunk")?;
        if kind == b"IEND" {
            return if rest.is_empty() && length == 0 { Ok(()) } else { Err("bytes behind the end".into()) };
        }
    }
}

/// `VP8 ` or `VP8L` alone, or `VP8X` and `ALPH` with `VP8 `.
fn only_a_webp(file: &[u8]) -> Result<(), String> {
    let [a, b, c, d, b'W', b'E', b'B', b'P', rest @ ..] = file else { return Err("no form type".into()) };
    let mut rest = rest;
    if u32::from_le_bytes([*a, *b, *c, *d]) as usize != rest.len() + 4 {
        return Err("bytes behind the end".into());
    }
    let mut kinds = Vec::new();
    while !rest.is_empty() {
        let [k0, k1, k2, k3, a, b, c, d, behind @ ..] = rest else { return Err("half a chunk".into()) };
        let length = u32::from_le_bytes([*a, *b, *c, *d]) as usize;
        let content = behind.get(..length).ok_or("half a chunk")?;
        let kind = [*k0, *k1, *k2, *k3];
        if &kind == b"VP8X" && (content.len() != 10 || content[..4] != [0x10, 0, 0, 0]) {
            return Err(format!("a header {content:x?}"));
        }
        kinds.push(kind);
        let padded = length + length % 2;
        if behind.get(length..padded).ok_or("half a chunk")?.iter().any(|&byte| byte != 0) {
            return Err("bytes between chunks".into());
        }
        rest = behind.get(padded..).unwrap_or_default();
    }
    match kinds.iter().map(<[u8; 4]>::as_slice).collect::<Vec<_>>()[..] {
        [b"VP8 " | b"VP8L"] | [b"VP8X", b"ALPH", b"VP8 "] => Ok(()),
        _ => Err(format!("chunks {kinds:?}")),
    }
}

/// A profile or a translation that is read is written as it was read.
pub fn read_settings(text: &str) {
    match Profile::from_toml(text) {
        Ok(profile) => match Profile::from_toml(&profile.to_toml()) {
            Ok(again) => assert_eq!((&again, again.sha256()), (&profile, profile.sha256())),
            Err(error) => panic!("{error}: {}", profile.to_toml()),
        },
        Err(error) => assert_eq!(error.kind(), "profile", "{error:?}"),
    }
    match Language::from_toml(text) {
        Ok(language) => match Language::from_toml(&language.to_toml()) {
            Ok(again) => assert_eq!(again.to_toml(), language.to_toml()),
            Err(error) => panic!("{error}: {}", language.to_toml()),
        },
        Err(error) => assert_eq!(error.kind(), "language", "{error:?}"),
    }
}

/// Dependencies may panic where the library turns that into an error, as it does around decoders. Whatever it does not turn into one ends
/// the fuzzer as it should, and so does every panic of code in this repository.
pub fn only_own_panics_abort() {
    let abort = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |panic| {
        if panic.location().is_none_or(|place| !place.file().contains("/registry/src/")) {
            abort(panic);
        }
    }));
}
