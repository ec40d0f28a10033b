//! WebP, by `image`.

use std::io::Cursor;

use image::codecs::webp::WebPDecoder;
use image::{DynamicImage, ImageError};

use super::colors::{Pixels, over_white, rgb_to_srgb};
use super::{Colors, Decoded};
use crate::container::bytes::Bytes;
use crate::container::{vp8l, webp};
use crate::error::{Error, Result};
use crate::header::{Format, Header};
use crate::image::Rgb8;

/// A still picture, or the first one of an animation.
pub(super) fn decode(bytes: &[u8], header: &Header) -> Result<Decoded> {
    let chunks = webp::Chunks::of(bytes).ok_or_else(no_picture)?;
    let profile = chunks.clone().find(|chunk| &chunk.kind == b"ICCP").filter(|chunk| chunk.complete).map(|chunk| chunk.data);
    if header.metadata.multi_picture {
        return first_frame(chunks, profile, header);
    }
    let picture = webp::Picture::of(chunks).ok_or_else(no_picture)?;
    still(picture, profile, (header.stored_width, header.stored_height))
}

fn no_picture() -> Error {
    Error::malformed(Format::WebP, "without a whole picture")
}

/// Decodes a picture that has to be of this size. The decoder gets a file of it alone: in whole files it believes lengths that are not
/// there, and finds a picture of another size out when it has decoded it.
fn still(picture: webp::Picture, profile: Option<&[u8]>, size: (u32, u32)) -> Result<Decoded> {
    if picture.size() != Some(size) {
        return Err(Error::malformed(Format::WebP, "its picture is not of the size that its header states"));
    }
    match table_bytes(&picture, size) {
        Some(bytes) if bytes <= vp8l::MOST_TABLE_BYTES => {}
        Some(_) => return Err(Error::malformed(Format::WebP, "more codes than a picture has a use for")),
        None => return Err(Error::malformed(Format::WebP, "its codes cannot be read")),
    }
    let file = picture.file().ok_or_else(no_picture)?;
    let failed = |error: ImageError| match error {
        ImageError::Unsupported(_) => Error::UnsupportedFormat { format: Format::WebP, detail: Some("a rare coding") },
        error => Error::malformed(Format::WebP, error.to_string()),
    };
    let decoder = WebPDecoder::new(Cursor::new(file)).map_err(failed)?;
    let image = DynamicImage::from_decoder(decoder).map_err(failed)?;
    let (width, height) = (image.width(), image.height());
    let mut transparent = false;
    let rgb = match image {
        DynamicImage::ImageRgb8(rgb) => rgb.into_raw(),
        image => {
            let rgba = image.into_rgba8();
            transparent = rgba.pixels().any(|pixel| pixel.0[3] < 255);
            rgba.pixels().flat_map(|&image::Rgba([r, g, b, alpha])| [r, g, b].map(|c| over_white(c, alpha))).collect()
        }
    };
    let Pixels { rgb, profile_applied } = rgb_to_srgb(rgb, profile);
    let image = Rgb8::new(width, height, rgb).ok_or_else(|| Error::malformed(Format::WebP, "decoded to the wrong size"))?;
    Ok(Decoded { image, colors: Colors { profile_applied, transparent, inks: false }, surplus: false })
}

/// Memory for the tables of what is lossless in a picture: all of it, or its transparency.
fn table_bytes(picture: &webp::Picture, (width, height): (u32, u32)) -> Option<u64> {
    match picture.alpha {
        Some(alpha) => vp8l::table_bytes_of_alpha(alpha.data, width, height),
        None if &picture.coded.kind == b"VP8L" => vp8l::table_bytes(picture.coded.data),
        None => Some(0),
    }
}

/// The first frame of an animation, on white where it does not reach, as a still picture of its own.
fn first_frame(mut chunks: webp::Chunks, profile: Option<&[u8]>, header: &Header) -> Result<Decoded> {
    let malformed = |message| Error::malformed(Format::WebP, message);
    let no_frame = || malformed("an animation without a frame");
    let frame = chunks.find(|chunk| &chunk.kind == b"ANMF").ok_or_else(no_frame)?.data;
    let mut fields = Bytes::new(frame);
    let fields = fields.u24_le().zip(fields.u24_le()).zip(fields.u24_le().zip(fields.u24_le()));
    // Positions are stored halved, sides less one.
    let ((left, top), (width, height)) = fields.map(|((x, y), (w, h))| ((2 * x, 2 * y), (w + 1, h + 1))).ok_or_else(no_frame)?;
    if u64::from(left) + u64::from(width) > header.stored_width.into()
        || u64::from(top) + u64::from(height) > header.stored_height.into()
    {
        return Err(malformed("an animation's frame that reaches beyond the picture"));
    }
    let picture = webp::Chunks::of_frame(frame).and_then(webp::Picture::of).ok_or_else(no_picture)?;
    let frame = still(picture, profile, (width, height))?;
    if (width, height) == (header.stored_width, header.stored_height) {
        return Ok(frame);
    }
    let mut canvas = vec![255; 3 * header.stored_width as usize * header.stored_height as usize];
    let rows = canvas.chunks_exact_mut(3 * header.stored_width as usize).skip(top as usize);
    for (target, source) in rows.zip(frame.image.pixels().chunks_exact(3 * width as usize)) {
        if let Some(target) = target.get_mut(3 * left as usize..3 * (left as usize + width as usize)) {
            target.copy_from_slice(source);
        }
    }
    let image = Rgb8::new(header.stored_width, header.stored_height, canvas).ok_or_else(no_frame)?;
    Ok(Decoded { image, colors: Colors { transparent: true, ..frame.colors }, surplus: false })
}
