//! Pictures derived from the fixtures: other formats, qualities, orientations, metadata.

use std::io::Cursor;
use std::ops::ControlFlow;
use std::sync::Mutex;

use face_precheck::batch;
use image::codecs::{png::PngEncoder, webp::WebPEncoder};
use image::{DynamicImage, ExtendedColorType, GrayImage, ImageEncoder, RgbImage};

pub(crate) fn decode(jpeg: &[u8]) -> RgbImage {
    let mut decoder = zune_jpeg::JpegDecoder::new(zune_jpeg::zune_core::bytestream::ZCursor::new(jpeg));
    let pixels = decoder.decode().unwrap();
    let (width, height) = decoder.dimensions().unwrap();
    RgbImage::from_raw(width as u32, height as u32, pixels).unwrap()
}

/// Any format that is written here.
pub(crate) fn decode_any(bytes: &[u8]) -> DynamicImage {
    if bytes.starts_with(b"\xff\xd8") { decode(bytes).into() } else { image::load_from_memory(bytes).unwrap() }
}

pub(crate) fn resized(image: &RgbImage, width: u32, height: u32) -> RgbImage {
    use fast_image_resize::images::{Image, ImageRef};
    use fast_image_resize::{PixelType, Resizer};
    let source = ImageRef::new(image.width(), image.height(), image.as_raw(), PixelType::U8x3).unwrap();
    let mut target = Image::new(width, height, PixelType::U8x3);
    Resizer::new().resize(&source, &mut target, None).unwrap();
    RgbImage::from_raw(width, height, target.into_vec()).unwrap()
}

/// The pixels as a file with this EXIF orientation would store them, so that they are upright once it is applied.
pub(crate) fn stored(upright: &RgbImage, exif: u8) -> RgbImage {
    use image::imageops::{flip_horizontal, rotate90, rotate180, rotate270};
    match exif {
        1 => upright.clone(),
        2 => flip_horizontal(upright),
        3 => rotate180(upright),
        4 => rotate180(&flip_horizontal(upright)),
        5 => rotate270(&flip_horizontal(upright)),
        6 => rotate270(upright),
        7 => rotate90(&flip_horizontal(upright)),
        8 => rotate90(upright),
        _ => panic!("{exif}"),
    }
}

pub(crate) fn jpeg(image: &RgbImage, quality: u8) -> Vec<u8> {
    let mut bytes = Vec::new();
    jpeg_encoder::Encoder::new(&mut bytes, quality)
        .encode(image.as_raw(), image.width() as u16, image.height() as u16, jpeg_encoder::ColorType::Rgb)
        .unwrap();
    bytes
}

pub(crate) fn png(image: &DynamicImage) -> Vec<u8> {
    let mut bytes = Vec::new();
    image.write_with_encoder(PngEncoder::new(&mut bytes)).unwrap();
    bytes
}

pub(crate) fn webp(image: &RgbImage) -> Vec<u8> {
    let mut bytes = Vec::new();
    WebPEncoder::new_lossless(&mut bytes)
        .write_image(image.as_raw(), image.width(), image.height(), ExtendedColorType::Rgb8)
        .unwrap();
    bytes
}

pub(crate) fn icc_png(image: &RgbImage, icc: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut encoder = image::codecs::png::PngEncoder::new(&mut bytes);
    image::ImageEncoder::set_icc_profile(&mut encoder, icc.to_vec()).unwrap();
    image::ImageEncoder::write_image(encoder, image.as_raw(), image.width(), image.height(), image::ExtendedColorType::Rgb8)
        .unwrap();
    bytes
}

/// A PNG whose palette is the levels of grey.
pub(crate) fn palette(image: &GrayImage) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut encoder = ::png::Encoder::new(Cursor::new(&mut bytes), image.width(), image.height());
    encoder.set_color(::png::ColorType::Indexed);
    encoder.set_palette((0..=255).flat_map(|level| [level; 3]).collect::<Vec<u8>>());
    encoder.write_header().unwrap().write_image_data(image.as_raw()).unwrap();
    bytes
}

/// An interlaced PNG, which no encoder at hand writes: the seven passes of Adam7, each a small picture of its own.
pub(crate) fn adam7(image: &RgbImage) -> Vec<u8> {
    use std::io::Write;
    const PASSES: [(u32, u32, u32, u32); 7] =
        [(0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2)];
    let (width, height) = image.dimensions();
    let mut rows = Vec::new();
    for (left, top, across, down) in PASSES {
        for y in (top..height).step_by(down as usize) {
            rows.push(0);
            for x in (left..width).step_by(across as usize) {
                rows.extend(image.get_pixel(x, y).0);
            }
        }
    }
    let mut zlib = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::fast());
    zlib.write_all(&rows).unwrap();
    let mut header = [width.to_be_bytes(), height.to_be_bytes()].concat();
    header.extend([8, 2, 0, 0, 1]);
    [b"\x89PNG\r\n\x1a\n".to_vec(), chunk(b"IHDR", &header), chunk(b"IDAT", &zlib.finish().unwrap()), chunk(b"IEND", b"")]
        .concat()
}

/// An animation of the picture and a black frame.
pub(crate) fn animation(image: &RgbImage) -> Vec<u8> {
    let (width, height) = image.dimensions();
    let chunk =
        |kind: &[u8], data: &[u8]| [kind, &(data.len() as u32).to_le_bytes(), data, &vec![0; data.len() % 2][..]].concat();
    let sides = [width, height].map(|side| (side - 1).to_le_bytes()[..3].to_vec()).concat();
    let frame = |image: &RgbImage| chunk(b"ANMF", &[&[0; 6], &sides[..], &[10, 0, 0, 0], &webp(image)[12..]].concat());
    let content = [
        chunk(b"VP8X", &[&[2, 0, 0, 0], &sides[..]].concat()),
        chunk(b"ANIM", &[0; 6]),
        frame(image),
        frame(&RgbImage::new(width, height)),
    ]
    .concat();
    [b"RIFF", &(content.len() as u32 + 4).to_le_bytes()[..], b"WEBP", &content].concat()
}

/// A TIFF structure with an orientation and, if wanted, a position.
pub(crate) fn exif(orientation: u8, gps: bool) -> Vec<u8> {
    let mut data = b"MM\0*\0\0\0\x08".to_vec();
    data.extend(if gps { [0, 2] } else { [0, 1] });
    data.extend([0x01, 0x12, 0, 3, 0, 0, 0, 1, 0, orientation, 0, 0]);
    if gps {
        data.extend([0x88, 0x25, 0, 4, 0, 0, 0, 1, 0, 0, 0, 38]);
    }
    data.extend([0; 4]);
    if gps {
        data.extend([0, 1, 0, 1, 0, 2, 0, 0, 0, 2, b'N', 0, 0, 0]);
        data.extend([0; 4]);
        // GPSLatitude itself, three rationals, behind the directory.
        let at = data.len() as u32 - 4 + 12 + 4;
        data.truncate(data.len() - 4);
        data[38..40].copy_from_slice(&[0, 2]);
        data.extend([0, 2, 0, 5, 0, 0, 0, 3]);
        data.extend(at.to_be_bytes());
        data.extend([0; 4]);
        data.extend([0, 0, 0, 50, 0, 0, 0, 1].repeat(3));
    }
    data
}

/// A segment right after the start marker.
pub(crate) fn with_segment(jpeg: &[u8], marker: u8, content: &[u8]) -> Vec<u8> {
    let length = (content.len() + 2) as u16;
    let mut bytes = jpeg[..2].to_vec();
    bytes.extend([0xff, marker]);
    bytes.extend(length.to_be_bytes());
    bytes.extend(content);
    bytes.extend(&jpeg[2..]);
    bytes
}

pub(crate) fn with_exif(jpeg: &[u8], orientation: u8, gps: bool) -> Vec<u8> {
    let mut content = b"Exif\0\0".to_vec();
    content.extend(exif(orientation, gps));
    with_segment(jpeg, 0xe1, &content)
}

/// A PNG chunk with its checksum.
pub(crate) fn chunk(kind: &[u8; 4], data: &[u8]) -> Vec<u8> {
    let mut bytes = (data.len() as u32).to_be_bytes().to_vec();
    bytes.extend(kind);
    bytes.extend(data);
    let crc = bytes[4..].iter().fold(u32::MAX, |crc, &byte| {
        (0..8).fold(crc ^ u32::from(byte), |crc, _| if crc & 1 == 1 { (crc >> 1) ^ 0xedb8_8320 } else { crc >> 1 })
    });
    bytes.extend((!crc).to_be_bytes());
    bytes
}

/// A PNG chunk right after the header.
pub(crate) fn with_chunk(png: &[u8], kind: &[u8; 4], data: &[u8]) -> Vec<u8> {
    const HEADER: usize = 8 + 25;
    [&png[..HEADER], &chunk(kind, data), &png[HEADER..]].concat()
}

/// Bytes behind the picture's end.
pub(crate) fn with_trailer(bytes: &[u8], trailer: &[u8]) -> Vec<u8> {
    [bytes, trailer].concat()
}

/// Levels by which two pictures differ, on average.
pub(crate) fn mean_difference(a: &RgbImage, b: &RgbImage) -> f64 {
    assert_eq!(a.dimensions(), b.dimensions());
    let sum: u64 = a.as_raw().iter().zip(b.as_raw()).map(|(a, b)| u64::from(a.abs_diff(*b))).sum();
    sum as f64 / a.as_raw().len() as f64
}

/// What becomes of each case, in their order, on all cores.
pub(crate) fn each<I: Send, T: Send>(cases: impl IntoIterator<Item = I>, work: impl Fn(I) -> T + Sync) -> Vec<T> {
    let mut results = Vec::new();
    let cases = cases.into_iter().map(|case| Mutex::new(Some(case)));
    let work = |case: &Mutex<Option<I>>| work(case.lock().unwrap().take().unwrap());
    batch::for_each(cases, batch::Options::default(), work, |_, result| {
        results.push(result.unwrap());
        ControlFlow::Continue(())
    });
    results
}
