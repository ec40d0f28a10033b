//! From a photo to an upload: unchanged but for its metadata if possible, else compressed anew in the best size and quality that the
//! receiver takes. Whatever is handed out was decoded and checked again.

use std::borrow::Cow;

use super::{Engine, Examined};
use crate::error::{Error, Result};
use crate::face::Face;
use crate::geometry::{Turn, Window};
use crate::header::{Format, Header, Orientation};
use crate::hint::Message;
use crate::image::Rgb8;
use crate::profile::{Profile, Range};
use crate::reduction::{LONGEST_SIDE, Scales, Size, Sizes, windows};
use crate::report::{Cause, Consideration, Considered, Finding, Unit, Verdict};
use crate::resample::reduced;
use crate::rule::{Rule, Severity};
use crate::stage::decode::{Decoded, decode};
use crate::stage::encode::{self, Aim, Attempt, Encoded, HIGHEST_QUALITY};
use crate::stage::orient::orient;
use crate::stage::probe::probe;
use crate::stage::strip::strip;
use crate::upload::{Change, Chroma, Prepared, Upload};

/// The lowest JPEG quality where the profile does not state one.
const LOWEST_QUALITY: u8 = 70;

impl Engine {
    /// Makes an upload of a photo: a file that the receiver takes, or the report that says why only a new photo helps.
    ///
    /// An upright JPEG or PNG within the limits keeps its picture byte for byte and loses its metadata. Anything else (another format,
    /// stored turned, too many pixels or bytes, colours that are not sRGB) is compressed anew: in the recommended height if the face
    /// stays a fifth over every limit there, else in the largest size that is accepted; with the highest quality that fits, and
    /// smaller where none does and the face allows it. Nothing is ever enlarged. The upload's bytes are decoded and checked again.
    ///
    /// This is work for a processor, from milliseconds to a second, and blocks: call it from async code through your runtime's
    /// `spawn_blocking`.
    ///
    /// ```
    /// use face_precheck::{Change, Engine, Format, Prepared, Profile};
    ///
    /// let photo = std::fs::read("fixtures/photos/compliant/grace_hopper_enlarged_1.5x.jpg")?;
    /// let comment = [&photo[..2], b"\xff\xfe\0\x0fShot at home.", &photo[2..]].concat();
    /// match Engine::new()?.prepare(&comment, &Profile::progeny_selfie())? {
    ///     Prepared::Ready(upload) => {
    ///         assert_eq!((upload.format(), upload.bytes()), (Format::Jpeg, &photo[..]));
    ///         assert_eq!(upload.changes(), [Change::MetadataRemoved { kinds: vec!["comment"] }]);
    ///     }
    ///     Prepared::Rejected(report) => panic!("{:?}", report.findings()),
    /// }
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// As [`Engine::check`]: the photo could not be read at all.
    pub fn prepare(&self, bytes: &[u8], profile: &Profile) -> Result<Prepared> {
        let source = self.examine(bytes, profile)?;
        let report = source.report(profile);
        if report.verdict() == Verdict::Retake {
            return Ok(Prepared::Rejected(report));
        }
        if let Some(upload) = self.unchanged(bytes, &source, profile) {
            return Ok(Prepared::Ready(upload));
        }
        match self.compressed_anew(bytes, &source, profile)? {
            Ok(upload) => Ok(Prepared::Ready(upload)),
            Err(Failure { reasons, considered }) => Ok(Prepared::Rejected(report.rejected(reasons, considered))),
        }
    }

    /// The first of the sizes worth a try that turns out compliant.
    fn compressed_anew(&self, bytes: &[u8], source: &Examined, profile: &Profile) -> Result<Result<Upload, Failure>> {
        let mut failure = Failure::default();
        let Some(format) = written_format(profile) else {
            failure.reasons.push(cannot_be_written(source, profile));
            return Ok(Err(failure));
        };
        let image = self.whole(bytes, source)?;
        let (width, height) = (image.width(), image.height());
        let whole = Window { left: 0, top: 0, width, height };
        let cuts = source.main_face().filter(|_| profile.crop).map(|face| windows(width, height, face, profile));
        for part in [whole].into_iter().chain(cuts.unwrap_or_default()) {
            if let Some(upload) = self.part_compressed_anew(source, &image, part, format, profile, &mut failure)? {
                return Ok(Ok(upload));
            }
        }
        if failure.reasons.is_empty() {
            failure.reasons.push(too_long(source));
        }
        Ok(Err(failure))
    }

    /// The photo's own file without its metadata, if it is compliant so.
    fn unchanged(&self, bytes: &[u8], source: &Examined, profile: &Profile) -> Option<Upload> {
        let header = &source.header;
        if !header.is_stored_upright()
            || !source.colors.are_as_stored()
            || source.surplus
            || is_higher_than_applied(source, profile)
        {
            return None;
        }
        let stripped = strip(bytes, header)?;
        let header = probe(&stripped).ok()?;
        let same = stripped == bytes;
        let report = source.report_as(&header, profile);
        if report.verdict() != Verdict::Compliant || !header.metadata.kinds().is_empty() {
            return None;
        }
        // The faces were found in these pixels. That the file still shows them is not taken for granted.
        if !same {
            let shown = self.scratch(|scratch| decode(&stripped, &header, source.image.reduction(), scratch)).ok()?.image;
            let is_same = shown == source.image;
            self.scratch(|scratch| scratch.recycle(shown.into_pixels()));
            if !is_same {
                return None;
            }
        }
        let changes = if same { Vec::new() } else { changes(source, &header, None) };
        Some(Upload::new(stripped, report, changes, profile))
    }

    /// The upright picture in its full size.
    fn whole<'a>(&self, bytes: &[u8], source: &'a Examined) -> Result<Cow<'a, Rgb8>> {
        if source.image.reduction() == 1 {
            return Ok(Cow::Borrowed(&source.image));
        }
        let header = &source.header;
        let Decoded { image, .. } = self.scratch(|scratch| decode(bytes, header, 1, scratch))?;
        Ok(Cow::Owned(orient(orient(image, header.orientation), header.turn.into())))
    }

    /// Bytes that the receiver takes, and that are read back here.
    fn most_bytes(&self, profile: &Profile) -> u64 {
        let demanded = profile.file_size.filter(|range| range.severity == Severity::Error);
        #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a number of bytes; saturates")]
        let accepted = demanded.and_then(|range| range.max).map_or(u64::MAX, |max| max.max(0.0) as u64);
        accepted.min(self.limits().file_bytes)
    }

    fn part_compressed_anew(
        &self,
        source: &Examined,
        image: &Rgb8,
        part: Window,
        format: Format,
        profile: &Profile,
        failure: &mut Failure,
    ) -> Result<Option<Upload>> {
        let most_bytes = self.most_bytes(profile);
        let mut sizes = Sizes::of(image.width(), image.height(), part, source.main_face(), profile);
        while let Some(size) = sizes.next(&mut failure.considered) {
            let picture = source.picture(image, &size)?;
            let aim = Aim { most_bytes, quality: source.qualities(&size, sizes.refined(), profile) };
            let attempt = source.encoded(picture.as_ref().unwrap_or(image), &size, format, &aim, profile)?;
            let Encoded { bytes, jpeg } = match attempt {
                Attempt::Fits(encoded) => encoded,
                Attempt::TooLarge(bytes) => {
                    failure.considered.push(size.considered(Consideration::TooManyBytes { bytes }));
                    failure.reasons = vec![too_many_bytes(bytes, most_bytes)];
                    sizes.too_many_bytes(&size, bytes, most_bytes);
                    continue;
                }
            };
            drop(picture);
            let result = self.examine(&bytes, profile)?;
            let report = result.report(profile);
            if report.verdict() != Verdict::Compliant {
                failure.refused(&size, report.findings());
                sizes.refused(&size);
                continue;
            }
            // Measured again the face may turn out to have room for the recommended height after all; then a second preparation
            // would reduce it, and an upload stays as it is when it is prepared again.
            if profile.recommended_height.is_some_and(|recommended| recommended.apply)
                && sizes.insist((result.header.width(), result.header.height()), result.main_face(), profile)
            {
                continue;
            }
            failure.considered.push(Considered {
                face_size_px: result.main_face().map(|face| face.size_px),
                interpupillary_distance_px: result.main_face().map(|face| face.interpupillary_distance_px),
                ..size.considered(Consideration::Chosen)
            });
            let report = report.with_considered(std::mem::take(&mut failure.considered));
            let changes = changes(source, &result.header, Some((&size, jpeg)));
            return Ok(Some(Upload::new(bytes, report, changes, profile)));
        }
        Ok(None)
    }
}

/// Why there is no upload.
#[derive(Default)]
struct Failure {
    /// Of the last size that was tried.
    reasons: Vec<Finding>,
    considered: Vec<Considered>,
}

impl Failure {
    fn refused(&mut self, size: &Size, findings: &[Finding]) {
        self.reasons = findings
            .iter()
            .filter(|finding| finding.severity == Severity::Error)
            .map(|finding| Finding { fixable: false, ..finding.clone() })
            .collect();
        let rules = self.reasons.iter().map(|finding| finding.rule).collect();
        self.considered.push(size.considered(Consideration::Refused { rules }));
    }
}

impl Examined {
    /// The face that the rules are about, if its measures mean anything.
    fn main_face(&self) -> Option<&Face> {
        self.faces.first().filter(|face| face.is_reliable())
    }

    /// Whether a size is the picture's own, so that its pixels stay as they are.
    fn is_whole(&self, size: &Size) -> bool {
        size.is_whole_of(self.header.width(), self.header.height())
    }

    /// The picture in this size; `None` if that is how it is.
    fn picture(&self, image: &Rgb8, size: &Size) -> Result<Option<Rgb8>> {
        if self.is_whole(size) {
            return Ok(None);
        }
        reduced(image, size.part, size.width, size.height)
            .map(Some)
            .ok_or_else(|| Error::Encoder { format: self.header.format, message: "an empty picture".into() })
    }

    fn encoded(&self, picture: &Rgb8, size: &Size, format: Format, aim: &Aim, profile: &Profile) -> Result<Attempt> {
        // A PNG that only has to be turned or to change its colours stays what it is.
        let stays_png = self.header.format == Format::Png
            && self.is_whole(size)
            && self.header.file_size <= aim.most_bytes
            && accepts(profile, Format::Png);
        if format == Format::Png || stays_png {
            let attempt = encode::png(picture, aim)?;
            if format == Format::Png || matches!(attempt, Attempt::Fits(_)) {
                return Ok(attempt);
            }
        }
        encode::jpeg(picture, aim)
    }

    /// JPEG qualities that may be used: the highest is the source's own where that is known and its pixels stay as they are, since
    /// more only adds bytes, unless that was tried and refused.
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped to 1..=100")]
    fn qualities(&self, size: &Size, refined: bool, profile: &Profile) -> std::ops::RangeInclusive<u8> {
        let bound = |bound: f64| bound.clamp(1.0, 100.0) as u8;
        let Range { min, max, .. } = profile.jpeg_quality.unwrap_or_default();
        let lowest = min.map_or(LOWEST_QUALITY, |min| bound(min.ceil()));
        let own =
            self.header.jpeg.and_then(|jpeg| jpeg.quality).filter(|quality| quality.exact && self.is_whole(size) && !refined);
        let highest = max.map_or(HIGHEST_QUALITY, |max| bound(max).min(HIGHEST_QUALITY));
        let highest = own.map_or(highest, |own| own.value.min(highest));
        lowest..=highest.max(lowest)
    }
}

/// Whether the profile asks for the recommended height, and the face allows it.
fn is_higher_than_applied(source: &Examined, profile: &Profile) -> bool {
    let scales = Scales::of(source.header.width(), source.header.height(), source.main_face(), profile);
    profile.recommended_height.is_some_and(|recommended| recommended.apply)
        && scales.recommended.is_some_and(|recommended| recommended.comfortable)
}

fn accepts(profile: &Profile, format: Format) -> bool {
    profile.format.as_ref().is_none_or(|formats| formats.accepted.contains(&format))
}

/// The format that pictures are compressed to.
fn written_format(profile: &Profile) -> Option<Format> {
    [Format::Jpeg, Format::Png].into_iter().find(|&format| accepts(profile, format))
}

/// The receiver takes formats only that are not written here.
fn cannot_be_written(source: &Examined, profile: &Profile) -> Finding {
    let accepted = profile.format.as_ref().map(|formats| formats.accepted.clone()).unwrap_or_default();
    Finding {
        rule: Rule::Format,
        severity: Severity::Error,
        cause: Cause::NotAccepted {
            measured: source.header.format.id().into(),
            required: accepted.iter().map(|format| format.id().into()).collect(),
        },
        unit: None,
        fixable: false,
        hint: Message::SaveAs { formats: accepted }.into(),
    }
}

/// Reduced to the longest side that a file can have, the picture would have no other side left.
fn too_long(source: &Examined) -> Finding {
    let (width, height) = (source.header.width(), source.header.height());
    Finding {
        rule: if width > height { Rule::Width } else { Rule::Height },
        severity: Severity::Error,
        cause: Cause::OutOfRange { measured: width.max(height).into(), required: Range::at_most(LONGEST_SIDE) },
        unit: Some(Unit::Pixels),
        fixable: false,
        hint: Message::UseOtherProportions.into(),
    }
}

fn too_many_bytes(bytes: u64, most_bytes: u64) -> Finding {
    #[allow(clippy::cast_precision_loss, reason = "a file's size is well under 2^53 bytes")]
    let (measured, most) = (bytes as f64, most_bytes as f64);
    Finding {
        rule: Rule::FileSize,
        severity: Severity::Error,
        cause: Cause::OutOfRange { measured, required: Range::at_most(most) },
        unit: Some(Unit::Bytes),
        fixable: false,
        hint: Message::ReducingLosesTheFace.into(),
    }
}

/// What was done, in the order in which it was done. `anew`: how the picture was compressed anew, if it was.
fn changes(source: &Examined, to: &Header, anew: Option<(&Size, Option<(u8, Chroma)>)>) -> Vec<Change> {
    let Examined { header: from, colors, .. } = source;
    let metadata = &from.metadata;
    let profile = from.color_profile.as_deref();
    let colors_from = match (profile, colors.inks) {
        (Some(name), true) => Some(format!("CMYK ({name})")),
        (None, true) => Some("CMYK".into()),
        (name, false) => name.filter(|_| colors.profile_applied).map(Into::into),
    };
    let Window { left, top, width, height } = anew.map_or(Window::default(), |(size, _)| size.part);
    let resized = anew.map(|(size, _)| size).filter(|size| (size.width, size.height) != (width, height));
    let kinds = metadata.kinds();
    let (tagged, stays) = (from.orientation != Orientation::Upright, from.is_stored_upright());
    let mut changes: Vec<_> = [
        (matches!(from.format, Format::WebP | Format::Heic) && metadata.multi_picture).then_some(Change::FirstPicture),
        colors_from.map(|from| Change::ColorsConverted { from }),
        colors.transparent.then_some(Change::Flattened),
        (tagged && stays).then_some(Change::OrientationDropped { from: from.orientation }),
        (tagged && !stays).then_some(Change::Oriented { from: from.orientation }),
        (from.turn != Turn::None && !stays).then_some(Change::Turned { degrees: from.turn.degrees() }),
        anew.filter(|(size, _)| size.cropped).map(|_| Change::Cropped { left, top, width, height }),
        resized.map(|size| Change::Scaled {
            factor: (size.scale * 1000.0).round() / 1000.0,
            width: size.width,
            height: size.height,
        }),
        (from.format != to.format).then_some(Change::Converted { from: from.format, to: to.format }),
        anew.and_then(|(_, jpeg)| jpeg).map(|(jpeg_quality, chroma)| Change::Compressed { jpeg_quality, chroma }),
        (!kinds.is_empty()).then_some(Change::MetadataRemoved { kinds }),
        profile.filter(|_| !colors.profile_applied).map(|name| Change::ColorProfileRemoved { name: name.into() }),
        metadata.gain_map.then_some(Change::GainMapRemoved),
    ]
    .into_iter()
    .flatten()
    .collect();
    if changes.is_empty() {
        changes.push(Change::Tidied);
    }
    changes
}
