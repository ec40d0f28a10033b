//! Picture -> a file that fits: the highest JPEG quality within a number of bytes, or PNG. The only importer of encoders.

use std::collections::BTreeMap;
use std::ops::RangeInclusive;

use image::ExtendedColorType;
use image::ImageEncoder as _;
use image::codecs::png::{CompressionType, FilterType, PngEncoder};
use jpeg_encoder::{ChromaSubsamplingMethod, ColorType, Encoder, SamplingFactor};

use crate::error::{Error, Result};
use crate::header::Format;
use crate::image::Rgb8;
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

/// The highest quality of the range that fits, found with few encodings of the whole picture: a sample of it tells how bytes grow
/// with quality.
fn search(image: &Rgb8, chroma: Chroma, range: RangeInclusive<u8>, most_bytes: u64) -> Result<Attempt> {
    /// Adjacent qualities of a sample relate to each other as those of the picture do, to this.
    const DOUBT: f64 = 1.005;
    let mut forecast = Forecast::of(image, chroma);
    let (mut low, mut high) = range.into_inner();
    let mut best = None;
    let mut smallest = None;
    #[allow(clippy::cast_precision_loss, reason = "a file's size is well under 2^53 bytes")]
    while low <= high {
        let doubt = if best.is_some() { DOUBT } else { 1.0 };
        let quality = match &mut forecast {
            Some(forecast) => match forecast.highest(low..=high, most_bytes as f64 * doubt)? {
                Some(quality) => quality,
                None if best.is_some() => break,
                None => {
                    let least = forecast.bytes(low)?;
                    if least > most_bytes as f64 * 1.25 {
                        #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a number of bytes")]
                        return Ok(Attempt::TooLarge(least as u64));
                    }
                    low
                }
            },
            // The highest first: most pictures that are small fit.
            None if best.is_none() && smallest.is_none() => high,
            None => low.midpoint(high),
        };
        let bytes = encode(image, quality, chroma)?;
        let length = bytes.len() as u64;
        if let Some(forecast) = &mut forecast {
            forecast.correct(quality, length as f64)?;
        }
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

/// Bytes that a large picture takes at a quality, from rows spread over it.
struct Forecast {
    sample: Rgb8,
    chroma: Chroma,
    /// Bytes of the picture for one of the sample's.
    factor: f64,
    known: BTreeMap<u8, f64>,
}

impl Forecast {
    /// Rows that are compressed together, for either chroma.
    const BAND: usize = 16;
    /// One band of so many is in the sample.
    const ONE_OF: usize = 8;
    /// Smaller pictures are encoded as quickly as their samples are worth.
    const WORTH_IT: usize = 1 << 20;

    fn of(image: &Rgb8, chroma: Chroma) -> Option<Self> {
        let row = 3 * image.width() as usize;
        if image.pixels().len() < 3 * Self::WORTH_IT {
            return None;
        }
        let bands = image.pixels().chunks_exact(Self::BAND * row).skip(Self::ONE_OF / 2).step_by(Self::ONE_OF);
        let pixels: Vec<u8> = bands.flatten().copied().collect();
        let height = u32::try_from(pixels.len() / row).ok()?;
        let sample = Rgb8::new(image.width(), height, pixels)?;
        Some(Self { sample, chroma, factor: f64::from(image.height()) / f64::from(height), known: BTreeMap::new() })
    }

    fn bytes(&mut self, quality: u8) -> Result<f64> {
        let of_sample = if let Some(&known) = self.known.get(&quality) {
            known
        } else {
            #[allow(clippy::cast_precision_loss, reason = "a file's size is well under 2^53 bytes")]
            let length = encode(&self.sample, quality, self.chroma)?.len() as f64;
            self.known.insert(quality, length);
            length
        };
        Ok(of_sample * self.factor)
    }

    /// The highest quality that is forecast to fit.
    fn highest(&mut self, range: RangeInclusive<u8>, most_bytes: f64) -> Result<Option<u8>> {
        let (mut low, mut high) = range.into_inner();
        let mut fits = None;
        while low <= high {
            // The highest first, then by halves.
            let quality = if fits.is_none() && self.known.is_empty() { high } else { low.midpoint(high) };
            if self.bytes(quality)? <= most_bytes {
                fits = Some(quality);
                low = quality + 1;
            } else {
                high = quality - 1;
            }
        }
        Ok(fits)
    }

    /// Learns what the whole picture really takes.
    fn correct(&mut self, quality: u8, bytes: f64) -> Result<()> {
        self.factor *= bytes / self.bytes(quality)?;
        Ok(())
    }
}

fn encode(image: &Rgb8, quality: u8, chroma: Chroma) -> Result<Vec<u8>> {
    let failed = |message: String| Error::Encoder { format: Format::Jpeg, message };
    let side = |side: u32| u16::try_from(side).map_err(|_| failed("a side is longer than 65,535 pixels".into()));
    let (width, height) = (side(image.width())?, side(image.height())?);
    let mut bytes = Vec::new();
    let mut encoder = Encoder::new(&mut bytes, quality);
    encoder.set_sampling_factor(match chroma {
        Chroma::Full => SamplingFactor::R_4_4_4,
        Chroma::Quarter => SamplingFactor::R_4_2_0,
    });
    encoder.set_chroma_subsampling_method(ChromaSubsamplingMethod::Average);
    // Optimised Huffman tables would come with a scan for each component, which some decoders misread.
    encoder.encode(image.pixels(), width, height, ColorType::Rgb).map_err(|error| failed(error.to_string()))?;
    Ok(bytes)
}
