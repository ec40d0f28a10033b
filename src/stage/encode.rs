//! Picture -> a file that fits: the highest JPEG quality within a number of bytes, or PNG. The only importer of encoders.

use std::collections::BTreeMap;
use std::ops::RangeInclusive;

use image::ExtendedColorType;
use image::ImageEncoder as _;
use image::codecs::png::{CompressionType, FilterType, PngEncoder};

use crate::error::{Error, Result};
use crate::header::Format;
use crate::image::Rgb8;
use crate::jpeg::encode::Prepared;
use crate::upload::Chroma;

/// A higher quality only adds bytes.
pub(crate) const HIGHEST_QUALITY: u8 = 98;

/// Down to this quality colour is stored for every pixel. Under it, at equal bytes, fewer colours at a higher quality are nearer to
/// the picture.
const FULL_CHROMA_FROM: u8 = 92;

/// What the file has to be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Aim {
    pub(crate) most_bytes: u64,
    pub(crate) quality: RangeInclusive<u8>,
}

/// A file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Encoded {
    pub(crate) bytes: Vec<u8>,
    /// How a JPEG was compressed.
    pub(crate) jpeg: Option<(u8, Chroma)>,
}

/// What came of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Attempt {
    Fits(Encoded),
    /// So many bytes at the least, about.
    TooLarge(u64),
}

/// A JPEG of the highest quality that fits: with colour for every pixel if that takes no less than 92, else with a quarter of it.
pub(crate) fn jpeg(image: &Rgb8, aim: &Aim) -> Result<Attempt> {
    let (lowest, highest) = (*aim.quality.start(), *aim.quality.end());
    let full_from = FULL_CHROMA_FROM.clamp(lowest, highest);
    let full = search(image, Chroma::Full, full_from..=highest, aim.most_bytes)?;
    match full {
        Attempt::Fits(_) => Ok(full),
        Attempt::TooLarge(_) => search(image, Chroma::Quarter, aim.quality.clone(), aim.most_bytes),
    }
}

/// A PNG, if it fits.
pub(crate) fn png(image: &Rgb8, aim: &Aim) -> Result<Attempt> {
    let mut bytes = Vec::new();
    PngEncoder::new_with_quality(&mut bytes, CompressionType::Default, FilterType::Adaptive)
        .write_image(image.pixels(), image.width(), image.height(), ExtendedColorType::Rgb8)
        .map_err(|error| Error::Encoder { format: Format::Png, message: error.to_string() })?;
    Ok(match bytes.len() as u64 {
        length if length <= aim.most_bytes => Attempt::Fits(Encoded { bytes, jpeg: None }),
        length => Attempt::TooLarge(length),
    })
}

/// The highest quality of the range that fits, found with few encodings of the whole picture: what symbols some of its rows take tells
/// how bytes grow with quality.
fn search(image: &Rgb8, chroma: Chroma, range: RangeInclusive<u8>, most_bytes: u64) -> Result<Attempt> {
    /// Adjacent qualities of some rows relate to each other as those of the picture do, to this.
    const DOUBT: f64 = 1.005;
    /// Some rows may take more than the others, but hardly by so much.
    const FAR_OVER: f64 = 2.0;
    /// JPEG files could say 65,535; libjpeg reads no more than this.
    const LONGEST_SIDE: u16 = 65_500;
    let failed = |message: &str| Error::Encoder { format: Format::Jpeg, message: message.into() };
    let side = |side: u32| match u16::try_from(side) {
        Ok(side) if side <= LONGEST_SIDE => Ok(side),
        _ => Err(failed("a side is longer than 65,500 pixels")),
    };
    let prepared = Prepared::new(image.pixels(), side(image.width())?, side(image.height())?, chroma);
    let mut forecast =
        Forecast { prepared: prepared.ok_or_else(|| failed("an empty picture"))?, factor: 1.0, known: BTreeMap::new() };
    let (mut low, mut high) = range.into_inner();
    let mut best = None;
    let mut smallest = None;
    #[allow(clippy::cast_precision_loss, reason = "a file's size is well under 2^53 bytes")]
    while low <= high {
        let doubt = if best.is_some() { DOUBT } else { 1.0 };
        let quality = match forecast.highest(low..=high, most_bytes as f64 * doubt) {
            Some(quality) => quality,
            None if best.is_some() => break,
            None => {
                let least = forecast.bytes(low);
                if least > most_bytes as f64 * FAR_OVER {
                    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a number of bytes")]
                    return Ok(Attempt::TooLarge(least as u64));
                }
                low
            }
        };
        let bytes = forecast.prepared.write(quality);
        let length = bytes.len() as u64;
        forecast.correct(quality, length as f64);
        if length <= most_bytes {
            best = Some(Encoded { bytes, jpeg: Some((quality, chroma)) });
            low = quality + 1;
        } else {
            smallest = Some(length);
            high = quality - 1;
        }
    }
    Ok(best.map_or(Attempt::TooLarge(smallest.unwrap_or(u64::MAX)), Attempt::Fits))
}

/// Bytes that a picture takes at a quality.
struct Forecast<'a> {
    prepared: Prepared<'a>,
    /// Bytes of the picture for one that is counted.
    factor: f64,
    known: BTreeMap<u8, f64>,
}

impl Forecast<'_> {
    fn bytes(&mut self, quality: u8) -> f64 {
        #[allow(clippy::cast_precision_loss, reason = "a file's size is well under 2^53 bytes")]
        let counted = *self.known.entry(quality).or_insert_with(|| self.prepared.length(quality) as f64);
        counted * self.factor
    }

    /// The highest quality that is forecast to fit.
    fn highest(&mut self, range: RangeInclusive<u8>, most_bytes: f64) -> Option<u8> {
        let (mut low, mut high) = range.into_inner();
        let mut fits = None;
        while low <= high {
            // The highest first, since most pictures that are small fit; then by halves.
            let quality = if fits.is_none() && self.known.is_empty() { high } else { low.midpoint(high) };
            if self.bytes(quality) <= most_bytes {
                fits = Some(quality);
                low = quality + 1;
            } else {
                high = quality - 1;
            }
        }
        fits
    }

    /// Learns what the whole picture really takes.
    fn correct(&mut self, quality: u8, bytes: f64) {
        self.factor *= bytes / self.bytes(quality);
    }
}
