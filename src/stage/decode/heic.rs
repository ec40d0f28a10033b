//! The main picture of a HEIC file. Boxes are read here, within bounds of our own; the coded pictures by `heifer-hevc-dec`.

use heifer_hevc_dec::nal::{NalUnit, NalUnitType};
use heifer_hevc_dec::params::ParameterSets;
use heifer_hevc_dec::recon::{Frame, Reconstructor};
use heifer_hevc_dec::slice::SliceHeader;
use heifer_hevc_dec::syntax::{Picture, decode_slice_segment};

use super::colors::{Pixels, over_white, rgb_to_srgb};
use super::{Colors, Decoded};
use crate::container::bytes::Bytes;
use crate::container::heif::{Heif, Nclx, Placing, Refusal};
use crate::error::{Error, Result};
use crate::header::{Format, Header};
use crate::icc::{self, HLG, PQ};
use crate::image::Rgb8;

pub(super) fn decode(bytes: &[u8], header: &Header) -> Result<Decoded> {
    let Samples { mut pixels, alpha, profile } = samples(bytes, header)?;
    let mut transparent = false;
    for (pixel, &alpha) in pixels.as_chunks_mut::<3>().0.iter_mut().zip(alpha.iter().flatten()) {
        transparent |= alpha < 255;
        *pixel = pixel.map(|sample| over_white(sample, alpha));
    }
    let Pixels { rgb, profile_applied } = rgb_to_srgb(pixels, profile.as_deref());
    let image = Rgb8::new(header.stored_width, header.stored_height, rgb)
        .ok_or_else(|| Error::malformed(Format::Heic, "decoded to the wrong size"))?;
    Ok(Decoded { image, colors: Colors { profile_applied, transparent, inks: false }, surplus: false })
}

/// The samples are in R, G, B, as stored (not turned), in the file's colours.
struct Samples {
    pixels: Vec<u8>,
    /// Transparency, one byte for each pixel.
    alpha: Option<Vec<u8>>,
    profile: Option<Vec<u8>>,
}

const fn malformed(message: &'static str) -> Refusal {
    Refusal::Malformed(message)
}

const fn unsupported(detail: &'static str) -> Refusal {
    Refusal::Unsupported(detail)
}

/// Decodes the file whose header was admitted by the limits.
fn samples(bytes: &[u8], header: &Header) -> Result<Samples> {
    let heif = Heif::of(bytes)?;
    let placing = heif.placing(heif.primary)?;
    if (placing.width, placing.height) != (header.stored_width, header.stored_height) {
        return Err(Error::malformed(Format::Heic, "its picture is not of the size that its header states"));
    }
    let pixels = item(&heif, heif.primary, placing)?;
    let alpha = heif.alpha().map(|alpha| transparency(&heif, alpha, placing)).transpose()?;
    let profile = heif.icc(heif.primary).map(<[u8]>::to_vec).or_else(|| profile_of(heif.nclx(heif.primary)?));
    Ok(Samples { pixels, alpha, profile })
}

fn transparency(heif: &Heif<'_>, alpha: u32, placing: Placing) -> Result<Vec<u8>, Refusal> {
    if heif.size(alpha) != heif.size(heif.primary) {
        return Err(unsupported("a transparency of another size"));
    }
    let pixels = item(heif, alpha, placing)?;
    Ok(pixels.as_chunks().0.iter().map(|&[red, _, _]| red).collect())
}

fn profile_of(nclx: Nclx) -> Option<Vec<u8>> {
    nclx.is_display_p3().then(icc::display_p3)?
}

/// A picture's shown part, from one coded picture or from tiles.
fn item(heif: &Heif<'_>, id: u32, shown: Placing) -> Result<Vec<u8>, Refusal> {
    let nclx = heif.nclx(id);
    if nclx.is_some_and(|nclx| [PQ, HLG].map(u16::from).contains(&nclx.transfer)) {
        return Err(unsupported("a picture for bright displays only"));
    }
    let (width, height) = heif.size(id).ok_or(malformed("a picture without dimensions"))?;
    let length = (shown.width as usize).checked_mul(shown.height as usize).and_then(|pixels| pixels.checked_mul(3));
    let mut canvas = Canvas { pixels: Vec::new(), shown };
    let length = length.ok_or(malformed("a side that is too long"))?;
    match heif.item(id).map(|item| &item.kind) {
        Some(b"hvc1") => {
            let frame = coded(heif, id, (width, height))?;
            canvas.pixels = vec![0; length];
            canvas.place(&frame, heif.nclx(id), (0, 0), (width, height));
        }
        Some(b"grid") => {
            let tiles = heif.targets(id, b"dimg");
            let layout = heif.grid(id).ok_or(malformed("no layout of its tiles"))?;
            let size = tiles.first().and_then(|&tile| heif.size(tile)).ok_or(malformed("tiles without dimensions"))?;
            // No row or column is superfluous, and no tile tiny: so the work stays in proportion to the picture's size.
            let fits = |count: u32, side: u32, total: u32| side >= 64 && total.div_ceil(side) == count;
            if (layout.width, layout.height) != (width, height)
                || !fits(layout.columns, size.0, width)
                || !fits(layout.rows, size.1, height)
                || heif.length(tiles.iter().copied()).is_none()
                || tiles.len() as u64 != u64::from(layout.rows) * u64::from(layout.columns)
            {
                return Err(malformed("its tiles do not make up the picture"));
            }
            canvas.pixels = vec![0; length];
            for (index, &tile) in (0..).zip(tiles) {
                if heif.item(tile).is_none_or(|item| &item.kind != b"hvc1") || heif.size(tile) != Some(size) {
                    return Err(unsupported("unusual tiles"));
                }
                let frame = coded(heif, tile, size)?;
                let at = (index % layout.columns * size.0, index / layout.columns * size.1);
                canvas.place(&frame, nclx.or_else(|| heif.nclx(tile)), at, size);
            }
        }
        _ => return Err(unsupported("a rare kind of picture")),
    }
    Ok(canvas.pixels)
}

/// One coded picture, at least of this size.
fn coded(heif: &Heif<'_>, id: u32, (width, height): (u32, u32)) -> Result<Frame, Refusal> {
    let data = heif.data(id).ok_or(malformed("incomplete"))?;
    let configuration = heif.property(id, b"hvcC").ok_or(malformed("no parameters of its coding"))?;
    // Read again for each tile, and under a thousand bytes in real files.
    if configuration.len() > 1 << 16 {
        return Err(malformed("too many parameters of its coding"));
    }
    let (parameters, length_bytes) = parameter_sets(configuration).ok_or(malformed("damaged parameters of its coding"))?;
    // What is coded may be larger by less than the largest block.
    let largest = u64::from(width.next_multiple_of(64)) * u64::from(height.next_multiple_of(64));
    let frame = hevc(&parameters, &data, length_bytes, largest).map_err(|error| match error {
        heifer_hevc_dec::Error::Unimplemented(_) => unsupported("a rare coding"),
        _ => malformed("its coded picture is damaged"),
    })?;
    let [coded_width, ..] = frame.widths;
    let [coded_height, ..] = frame.heights;
    if coded_width < width || coded_height < height {
        return Err(malformed("a coded picture that is too small"));
    }
    Ok(frame)
}

/// The units in the decoder's configuration, and how many bytes tell the length of one in the picture's data.
fn parameter_sets(configuration: &[u8]) -> Option<(Vec<&[u8]>, usize)> {
    let mut bytes = Bytes::new(configuration);
    bytes.take(21)?;
    let length_bytes = usize::from(bytes.u8()? & 3) + 1;
    let mut units = Vec::new();
    for _ in 0..bytes.u8()? {
        bytes.u8()?;
        for _ in 0..bytes.u16_be()? {
            let length = usize::from(bytes.u16_be()?);
            units.push(bytes.take(length)?);
        }
    }
    Some((units, length_bytes))
}

/// The next unit of a picture's data; `None` at the end.
fn next_unit<'a>(bytes: &mut Bytes<'a>, length_bytes: usize) -> Option<&'a [u8]> {
    let length = bytes.take(length_bytes)?.iter().fold(0, |length, &byte| length << 8 | usize::from(byte));
    bytes.take(length)
}

/// Like the decoder's own `decode_picture`, but no block is decoded twice: each slice begins where the one before it ended. Else
/// a small file with many slices could take hours.
fn hevc(parameters: &[&[u8]], data: &[u8], length_bytes: usize, largest: u64) -> Result<Frame, heifer_hevc_dec::Error> {
    use heifer_hevc_dec::Error::{Invalid, Unimplemented};
    let mut sets = ParameterSets::default();
    for unit in parameters {
        let unit = NalUnit::parse(unit)?;
        if unit.header.layer_id == 0 && matches!(unit.header.unit_type, NalUnitType::Sps | NalUnitType::Pps) {
            sets.add(&unit)?;
        }
    }
    // Nothing is allocated for a picture that is larger than its box states.
    for sps in &mut sets.sps {
        let _ = sps.take_if(|sps| u64::from(sps.pic_width_in_luma_samples) * u64::from(sps.pic_height_in_luma_samples) > largest);
    }
    let mut state: Option<(Picture<'_>, Reconstructor<'_>, SliceHeader)> = None;
    let mut bytes = Bytes::new(data);
    while let Some(unit) = next_unit(&mut bytes, length_bytes) {
        let unit = NalUnit::parse(unit)?;
        if unit.header.layer_id != 0 || !unit.header.unit_type.is_slice() {
            continue;
        }
        let previous = state.as_ref().map(|(_, _, header)| header);
        let header = SliceHeader::parse(&unit.rbsp, &unit.header, &sets, previous)?;
        let (pps, sps) = sets.get(usize::from(header.slice_pic_parameter_set_id))?;
        let (picture, reconstructor, previous) =
            state.get_or_insert_with(|| (Picture::new(sps, pps), Reconstructor::new(sps, pps), header.clone()));
        let next = picture.layout.ts_to_rs.get(picture.decoded_ctbs as usize);
        if next != Some(&header.slice_segment_address) {
            return Err(Unimplemented("slices out of order"));
        }
        reconstructor.start_slice(&header);
        let data = unit.rbsp.get(header.header_size..).ok_or(Invalid("a slice without data"))?;
        decode_slice_segment(picture, &header, header.slice_qp_y(&sets)?, data, reconstructor)?;
        if let Some(error) = reconstructor.error.take() {
            return Err(error);
        }
        if !header.dependent_slice_segment_flag {
            *previous = header;
        }
    }
    let (picture, reconstructor, _) = state.ok_or(Invalid("no picture"))?;
    if !picture.is_complete() {
        return Err(Invalid("an incomplete picture"));
    }
    let sps = picture.sps;
    let frame = reconstructor.finish(false);
    Ok(if sps.conf_win_offsets == [0; 4] { frame } else { frame.cropped(sps) })
}

/// The part of a picture that is shown; tiles are put into it.
struct Canvas {
    pixels: Vec<u8>,
    shown: Placing,
}

impl Canvas {
    fn place(&mut self, frame: &Frame, nclx: Option<Nclx>, (left, top): (u32, u32), (width, height): (u32, u32)) {
        let shown = self.shown;
        let matrix = Matrix::of(frame, nclx);
        let columns = left.max(shown.left)..left.saturating_add(width).min(shown.left.saturating_add(shown.width));
        let rows = top.max(shown.top)..top.saturating_add(height).min(shown.top.saturating_add(shown.height));
        if columns.is_empty() {
            return;
        }
        // What is coded beyond the shown part must leave no trace in it.
        let visible = ((columns.end - left) as usize, rows.end.saturating_sub(top) as usize);
        let (first, count) = ((columns.start - left) as usize, columns.len());
        let stride = (frame.widths[0] as usize).max(1);
        let mut line = Chroma::default();
        for row in rows {
            let start = ((row - shown.top) as usize * shown.width as usize + (columns.start - shown.left) as usize) * 3;
            let row = (row - top) as usize;
            line.read(frame, row, visible);
            let luma = frame.planes[0].get(row * stride + first..).unwrap_or_default();
            let (blue, red) = (line.blue.get(first..).unwrap_or_default(), line.red.get(first..).unwrap_or_default());
            let Some(target) = self.pixels.get_mut(start..start + count * 3) else { return };
            for (((pixel, &luma), &blue), &red) in target.as_chunks_mut().0.iter_mut().zip(luma).zip(blue).zip(red) {
                *pixel = matrix.rgb(luma, blue, red);
            }
        }
    }
}

/// A row's chroma samples fourfold, so that the mean of four is a whole number.
#[derive(Default)]
struct Chroma {
    blue: Vec<i32>,
    red: Vec<i32>,
}

impl Chroma {
    /// Chroma samples are taken to lie on the even rows and columns, as Apple's decoder does, and are interpolated in between.
    fn read(&mut self, frame: &Frame, row: usize, (width, height): (usize, usize)) {
        let [_, blue, red] = &frame.planes;
        let stride = (frame.widths[1] as usize).max(1);
        let (across, down) = (usize::from(matches!(frame.chroma_format, 1 | 2)), usize::from(frame.chroma_format == 1));
        let below = ((row + (row & down)) >> down).min((height.saturating_sub(1)) >> down);
        for (plane, target) in [(blue, &mut self.blue), (red, &mut self.red)] {
            target.clear();
            if frame.chroma_format == 0 {
                target.resize(width, 0);
                continue;
            }
            let line = |row: usize| plane.chunks_exact(stride).nth(row).unwrap_or_default();
            let (above, below) = (line(row >> down), line(below));
            let last = width.saturating_sub(1) >> across;
            let sums = above.iter().zip(below).take(last + 1).map(|(&a, &b)| i32::from(a) + i32::from(b));
            if across == 0 {
                target.extend(sums.map(|sum| 2 * sum));
            } else {
                let mut sums = sums.peekable();
                while let Some(sum) = sums.next() {
                    target.extend([2 * sum, sum + sums.peek().copied().unwrap_or(sum)]);
                }
            }
        }
    }
}

/// From luma and chroma to red, green and blue (ITU-T H.273), with 20 bits behind the point; below 2^30 in all.
struct Matrix {
    identity: bool,
    black: i32,
    middle: i32,
    luma: i32,
    red: i32,
    green_of_red: i32,
    green_of_blue: i32,
    blue: i32,
}

impl Matrix {
    const BITS: u32 = 20;

    #[allow(clippy::cast_possible_truncation, reason = "factors of a few thousand at most")]
    fn of(frame: &Frame, nclx: Option<Nclx>) -> Self {
        let [depth, chroma_depth] = frame.bit_depth.map(|depth| u32::from(depth.clamp(8, 16)));
        let grey = frame.chroma_format == 0;
        let (matrix, full) = nclx.map_or((u16::from(frame.matrix_coeffs), frame.full_range), |n| (n.matrix, n.full_range));
        let (red, blue) = match matrix {
            1 => (0.2126, 0.0722),
            4 => (0.30, 0.11),
            7 => (0.212, 0.087),
            9 | 10 => (0.2627, 0.0593),
            _ => (0.299, 0.114),
        };
        let green = 1.0 - red - blue;
        let step = |depth: u32| f64::from(1u32 << (depth - 8));
        let greatest = |depth: u32| f64::from((1u32 << depth) - 1);
        let full = full || grey || matrix == 0;
        let (black, luma, chroma) = if full {
            (0.0, greatest(depth), greatest(chroma_depth))
        } else {
            (16.0 * step(depth), 219.0 * step(depth), 224.0 * step(chroma_depth))
        };
        let fixed = |value: f64| (value * 255.0 * f64::from(1u32 << Self::BITS)).round() as i32;
        // The chroma samples come fourfold.
        Self {
            identity: matrix == 0 && !grey,
            black: black as i32,
            middle: if grey { 0 } else { 4 << (chroma_depth - 1) },
            luma: fixed(1.0 / luma),
            red: fixed(2.0 * (1.0 - red) / chroma / 4.0),
            green_of_red: fixed(2.0 * (1.0 - red) * red / green / chroma / 4.0),
            green_of_blue: fixed(2.0 * (1.0 - blue) * blue / green / chroma / 4.0),
            blue: fixed(2.0 * (1.0 - blue) / chroma / 4.0),
        }
    }

    fn rgb(&self, luma: u16, blue: i32, red: i32) -> [u8; 3] {
        #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped to a byte")]
        let level = |value: i32| ((value + (1 << (Self::BITS - 1))) >> Self::BITS).clamp(0, 255) as u8;
        if self.identity {
            return [level(self.luma * (red / 4)), level(self.luma * i32::from(luma)), level(self.luma * (blue / 4))];
        }
        let light = self.luma * (i32::from(luma) - self.black);
        let (blue, red) = (blue - self.middle, red - self.middle);
        [
            level(light + self.red * red),
            level(light - self.green_of_red * red - self.green_of_blue * blue),
            level(light + self.blue * blue),
        ]
    }
}
