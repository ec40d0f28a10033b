//! Upright pixels of a photo, for what is done to them here: mirroring and drawing.

use std::io::Cursor;

use face_precheck::{Format, Header};
use image::codecs::png::{CompressionType, FilterType, PngEncoder};
use image::{ImageFormat, ImageReader, RgbImage, imageops};
use zune_jpeg::JpegDecoder;
use zune_jpeg::zune_core::bytestream::ZCursor;
use zune_jpeg::zune_core::colorspace::ColorSpace;
use zune_jpeg::zune_core::options::DecoderOptions;

/// The picture as it is to be seen, colour profiles aside. `None` for formats that are not decoded here.
pub(crate) fn upright(bytes: &[u8], header: &Header) -> Option<RgbImage> {
    let stored = match header.format {
        Format::Jpeg => jpeg(bytes)?,
        Format::Png => other(bytes, ImageFormat::Png)?,
        Format::WebP => other(bytes, ImageFormat::WebP)?,
        _ => return None,
    };
    Some(match header.orientation.exif() {
        2 => imageops::flip_horizontal(&stored),
        3 => imageops::rotate180(&stored),
        4 => imageops::flip_vertical(&stored),
        5 => imageops::flip_horizontal(&imageops::rotate90(&stored)),
        6 => imageops::rotate90(&stored),
        7 => imageops::flip_horizontal(&imageops::rotate270(&stored)),
        8 => imageops::rotate270(&stored),
        _ => stored,
    })
}

fn jpeg(bytes: &[u8]) -> Option<RgbImage> {
    let options = DecoderOptions::default().jpeg_set_out_colorspace(ColorSpace::RGB);
    let mut decoder = JpegDecoder::new_with_options(ZCursor::new(bytes), options);
    let pixels = decoder.decode().ok()?;
    let (width, height) = decoder.dimensions()?;
    RgbImage::from_raw(width.try_into().ok()?, height.try_into().ok()?, pixels)
}

fn other(bytes: &[u8], format: ImageFormat) -> Option<RgbImage> {
    #[allow(clippy::disallowed_methods, reason = "the library has read this picture, within its limits")]
    let image = ImageReader::with_format(Cursor::new(bytes), format).decode().ok()?;
    Some(image.into_rgb8())
}

/// A PNG file of the picture mirrored left to right.
pub(crate) fn mirrored_png(picture: &RgbImage) -> Option<Vec<u8>> {
    let mut bytes = Vec::new();
    let encoder = PngEncoder::new_with_quality(&mut bytes, CompressionType::Fast, FilterType::Sub);
    imageops::flip_horizontal(picture).write_with_encoder(encoder).ok()?;
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use face_precheck::probe;

    use super::*;

    /// Three pixels by two that all differ.
    fn picture() -> RgbImage {
        RgbImage::from_raw(3, 2, (0..18).map(|sample| 14 * sample).collect()).unwrap()
    }

    fn png(picture: &RgbImage) -> Vec<u8> {
        let mut bytes = Vec::new();
        picture.write_with_encoder(PngEncoder::new(&mut bytes)).unwrap();
        bytes
    }

    #[test]
    fn a_mirrored_picture_is_mirrored_and_nothing_is_lost() {
        let file = mirrored_png(&picture()).unwrap();
        let mirrored = upright(&file, &probe(&file).unwrap()).unwrap();
        assert_eq!(mirrored, imageops::flip_horizontal(&picture()));
        assert_ne!(mirrored, picture());
    }

    #[test]
    fn every_orientation_is_undone() {
        use imageops::{flip_horizontal, rotate90, rotate180, rotate270};
        let upright_picture = picture();
        // The pixels as they are stored under each orientation, by its definition.
        let stored = [
            upright_picture.clone(),
            flip_horizontal(&upright_picture),
            rotate180(&upright_picture),
            rotate180(&flip_horizontal(&upright_picture)),
            rotate270(&flip_horizontal(&upright_picture)),
            rotate270(&upright_picture),
            rotate90(&flip_horizontal(&upright_picture)),
            rotate90(&upright_picture),
        ];
        for (stored, orientation) in stored.iter().zip(face_precheck::Orientation::ALL) {
            let file = png(stored);
            let mut header = probe(&file).unwrap();
            header.orientation = orientation;
            assert_eq!(upright(&file, &header).unwrap(), upright_picture, "{orientation:?}");
        }
    }
}
