//! The format, from a file's first bytes.

use crate::header::Format;

/// Tells a picture's format from its first bytes (some hundred are plenty); `None` if they begin like none that we know.
///
/// This is how a folder's photos are told from its other files without reading them whole.
///
/// ```
/// use face_precheck::{Format, sniff};
///
/// assert_eq!(sniff(b"\x89PNG\r\n\x1a\n"), Some(Format::Png));
/// assert_eq!(sniff(b"name,age\n"), None);
/// ```
#[must_use]
pub fn sniff(bytes: &[u8]) -> Option<Format> {
    const MAGIC: &[(&[u8], Format)] = &[
        (b"\xff\xd8\xff", Format::Jpeg),
        (b"\x89PNG\r\n\x1a\n", Format::Png),
        (b"GIF87a", Format::Gif),
        (b"GIF89a", Format::Gif),
        (b"II*\0", Format::Tiff),
        (b"MM\0*", Format::Tiff),
        (b"II+\0", Format::Tiff),
        (b"MM\0+", Format::Tiff),
        (b"IIRO", Format::Tiff),
        (b"IIU\0", Format::Tiff),
        (b"%PDF-", Format::Pdf),
        (b"8BPS", Format::Psd),
        (b"\xff\x0a", Format::JpegXl),
        (b"\0\0\0\x0cJXL \r\n\x87\n", Format::JpegXl),
        (b"\0\0\0\x0cjP  \r\n\x87\n", Format::Jpeg2000),
        (b"\xff\x4f\xff\x51", Format::Jpeg2000),
        (b"\0\0\x01\0", Format::Ico),
        (b"\x1aE\xdf\xa3", Format::Video),
    ];
    if let Some(&(_, format)) = MAGIC.iter().find(|(magic, _)| bytes.starts_with(magic)) {
        return Some(format);
    }
    match (bytes.get(..4), bytes.get(4..8), bytes.get(8..12)) {
        (Some(b"RIFF"), _, Some(b"WEBP")) => Some(Format::WebP),
        (Some(b"RIFF"), _, Some(b"AVI ")) => Some(Format::Video),
        (_, Some(b"ftyp"), Some(brand)) => Some(iso_media(brand, bytes)),
        // "BM" alone is too common a beginning: the four reserved bytes have to be zero.
        (Some(&[b'B', b'M', ..]), Some(&[_, _, 0, 0]), Some(&[0, 0, ..])) => Some(Format::Bmp),
        _ => svg(bytes).then_some(Format::Svg),
    }
}

/// The ISO base media family: the major brand decides, and for the generic image brand the compatible ones.
fn iso_media(brand: &[u8], bytes: &[u8]) -> Format {
    match brand {
        b"avif" | b"avis" => Format::Avif,
        b"heic" | b"heix" | b"heim" | b"heis" | b"hevc" | b"hevx" => Format::Heic,
        b"mif1" | b"msf1" => {
            let compatible = bytes.get(16..bytes.len().min(64)).unwrap_or_default();
            if compatible.chunks(4).any(|brand| brand == b"avif") { Format::Avif } else { Format::Heic }
        }
        b"crx " => Format::Tiff,
        _ => Format::Video,
    }
}

fn svg(bytes: &[u8]) -> bool {
    let start = bytes.get(..bytes.len().min(512)).unwrap_or_default();
    let text = start.trim_ascii_start();
    text.starts_with(b"<svg") || (text.starts_with(b"<?xml") && text.windows(4).any(|window| window == b"<svg"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formats_are_told_from_content() {
        for (bytes, format) in [
            (&b"\xff\xd8\xff\xe0"[..], Some(Format::Jpeg)),
            (b"RIFF\0\0\0\0WEBPVP8 ", Some(Format::WebP)),
            (b"\0\0\0\x18ftypheic\0\0\0\0mif1heic", Some(Format::Heic)),
            (b"\0\0\0\x1cftypmif1\0\0\0\0mif1avifmiaf", Some(Format::Avif)),
            (b"\0\0\0\x1cftypmif1\0\0\0\0mif1heic", Some(Format::Heic)),
            (b"\0\0\0\x20ftypisom\0\0\x02\0", Some(Format::Video)),
            (b"BM\x36\x10\0\0\0\0\0\0\x36\0", Some(Format::Bmp)),
            (b"BMW is a car maker", None),
            (b"<?xml version=\"1.0\"?>\n<svg/>", Some(Format::Svg)),
            (b"<?xml version=\"1.0\"?>\n<html/>", None),
            (b"II*\0", Some(Format::Tiff)),
            (b"%PDF-1.7", Some(Format::Pdf)),
            (b"# a text", None),
            (b"\xff\xd8", None),
            (b"", None),
        ] {
            assert_eq!(sniff(bytes), format, "{bytes:?}");
        }
    }
}
