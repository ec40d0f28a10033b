//! WebP, by `image`.

use std::io::Cursor;

use image::codecs::webp::WebPDecoder;
use image::{DynamicImage, ImageDecoder, ImageError};

use super::colors::{Pixels, over_white, rgb_to_srgb};
use super::{Colors, Decoded};
use crate::container::bytes::Bytes;
use crate::container::webp;
use crate::error::{Error, Result};
use crate::header::{Format, Header};
use crate::image::Rgb8;

/// A still picture, or the first one of an animation.
pub(super) fn decode(bytes: &[u8], header: &Header) -> Result<Decoded> {
    if header.metadata.multi_picture { first_frame(bytes, header) } else { still(bytes) }
}

/// Transparency and a picture, with some to spare.
const MOST_PARTS: usize = 4;

fn still(bytes: &[u8]) -> Result<Decoded> {
    // The decoder finds that out once it has decoded a picture of any size.
    let mut sizes = webp::Chunks::of(bytes).into_iter().flatten().filter_map(webp::stated_size);
    if sizes.next().is_some_and(|first| sizes.any(|size| size != first)) {
        return Err(Error::malformed(Format::WebP, "its picture is not of the size that its header states"));
    }
    let failed = |error: ImageError| match error {
        ImageError::Unsupported(_) => Error::UnsupportedFormat { format: Format::WebP, detail: Some("a rare coding") },
        error => Error::malformed(Format::WebP, error.to_string()),
    };
    let mut decoder = WebPDecoder::new(Cursor::new(bytes)).map_err(failed)?;
    let profile = decoder.icc_profile().unwrap_or_default();
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
    let Pixels { rgb, profile_applied } = rgb_to_srgb(rgb, profile.as_deref());
    let image = Rgb8::new(width, height, rgb).ok_or_else(|| Error::malformed(Format::WebP, "decoded to the wrong size"))?;
    Ok(Decoded { image, colors: Colors { profile_applied, transparent, inks: false }, surplus: false })
}

/// The first frame of an animation, on white where it does not reach. Its chunks are decoded as a still picture of their own: the
/// decoder's code for animations does not stand hostile ones.
fn first_frame(bytes: &[u8], header: &Header) -> Result<Decoded> {
    let malformed = |message| Error::malformed(Format::WebP, message);
    let no_frame = || malformed("an animation without a frame");
    let mut frames = webp::Chunks::of(bytes).ok_or_else(no_frame)?.filter(|chunk| &chunk.kind == b"ANMF");
    let frame = frames.next().ok_or_else(no_frame)?.data;
    let mut fields = Bytes::new(frame);
    let fields = fields.u24_le().zip(fields.u24_le()).zip(fields.u24_le().zip(fields.u24_le()));
    // Positions are stored halved, sides less one.
    let ((left, top), (width, height)) = fields.map(|((x, y), (w, h))| ((2 * x, 2 * y), (w + 1, h + 1))).ok_or_else(no_frame)?;
    if u64::from(left) + u64::from(width) > header.stored_width.into()
        || u64::from(top) + u64::from(height) > header.stored_height.into()
    {
        return Err(malformed("an animation's frame that reaches beyond the picture"));
    }
    let chunks: Vec<_> = webp::Chunks::of_frame(frame)
        .ok_or_else(no_frame)?
        .filter(|chunk| matches!(&chunk.kind, b"ALPH" | b"VP8 " | b"VP8L"))
        .take(MOST_PARTS + 1)
        .collect();
    if chunks.len() > MOST_PARTS {
        return Err(malformed("an animation's frame of several pictures"));
    }
    let mut extended = vec![if chunks.iter().any(|chunk| &chunk.kind != b"VP8 ") { webp::ALPHA } else { 0 }, 0, 0, 0];
    for side in [width, height] {
        extended.extend((side - 1).to_le_bytes().into_iter().take(3));
    }
    let profile = webp::Chunks::of(bytes).into_iter().flatten().find(|chunk| &chunk.kind == b"ICCP");
    if profile.is_some() {
        extended.iter_mut().take(1).for_each(|flags| *flags |= webp::ICC_PROFILE);
    }
    let still = [webp::Chunk { kind: *b"VP8X", data: &extended }].into_iter().chain(profile).chain(chunks);
    let still = webp::file(bytes.len(), still).ok_or_else(no_frame)?;
    let frame = self::still(&still)?;
    if (frame.image.width(), frame.image.height()) != (width, height) {
        return Err(malformed("an animation's frame that is not of the size that it states"));
    }
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
