//! What compression takes away.

use face_precheck::probe;
use image::RgbImage;
use jpeg_encoder::{ColorType, Encoder, SamplingFactor};

use crate::picture::upright;

/// What can go wrong with a picture's file.
pub(crate) type Failure = Box<dyn std::error::Error + Send + Sync>;

/// A JPEG file, with half the pixels of colour along each side, as cameras write it.
pub(crate) fn jpeg(image: &RgbImage, quality: u8) -> Result<Vec<u8>, Failure> {
    let mut bytes = Vec::new();
    let mut encoder = Encoder::new(&mut bytes, quality);
    encoder.set_sampling_factor(SamplingFactor::R_4_2_0);
    encoder.encode(image.as_raw(), image.width().try_into()?, image.height().try_into()?, ColorType::Rgb)?;
    Ok(bytes)
}

/// The picture as it comes out of such a file.
pub(crate) fn recompressed(image: &RgbImage, quality: u8) -> Result<RgbImage, Failure> {
    let bytes = jpeg(image, quality)?;
    upright(&bytes, &probe(&bytes)?).ok_or_else(|| "the JPEG file just written cannot be read".into())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::degrade::occlude::tests::portrait;

    #[test]
    fn the_lower_the_quality_the_more_is_lost() {
        let picture = portrait();
        let loss = |quality| -> u64 {
            let other = recompressed(&picture, quality).unwrap();
            assert_eq!(other.dimensions(), picture.dimensions());
            picture.iter().zip(other.iter()).map(|(a, b)| u64::from(a.abs_diff(*b)).pow(2)).sum()
        };
        assert!(loss(95) < loss(50) && loss(50) < loss(10));
    }
}
