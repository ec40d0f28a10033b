//! From luma and chroma to red, green and blue (JFIF, and T.871), and from planes to pixels.

/// Factors with 16 fractional bits, as libjpeg rounds them. Their whole parts are added apart, so that a factor fits 16 bits.
const RED_CR: i32 = 91881 - 65536;
const GREEN_CB: i32 = -22554;
const GREEN_CR: i32 = -46802 + 65536;
const BLUE_CB: i32 = 116130 - 2 * 65536;
const HALF: i32 = 1 << 15;

/// One pixel.
#[inline(always)]
#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped to a byte")]
fn to_rgb(luma: u8, cb: u8, cr: u8) -> [u8; 3] {
    let (y, cb, cr) = (i32::from(luma), i32::from(cb) - 128, i32::from(cr) - 128);
    let red = y + cr + ((RED_CR * cr + HALF) >> 16);
    let green = y - cr + ((GREEN_CB * cb + GREEN_CR * cr + HALF) >> 16);
    let blue = y + 2 * cb + ((BLUE_CB * cb + HALF) >> 16);
    [red.clamp(0, 255) as u8, green.clamp(0, 255) as u8, blue.clamp(0, 255) as u8]
}

/// Adds a row of pixels, converted. `memory` is for it.
#[inline(always)]
pub(super) fn ycbcr_to_rgb([luma, cb, cr]: [&[u8]; 3], memory: &mut [Vec<u8>; 4], pixels: &mut Vec<u8>) {
    // First each colour, then their pixels: compilers see how either is done with vectors, but not how both are at once.
    let [red, green, blue, line] = memory;
    let width = luma.len().min(cb.len()).min(cr.len());
    red.resize(width, 0);
    green.resize(width, 0);
    blue.resize(width, 0);
    let targets = red.iter_mut().zip(green.iter_mut()).zip(blue.iter_mut());
    for ((((red, green), blue), &luma), (&cb, &cr)) in targets.zip(luma).zip(cb.iter().zip(cr)) {
        [*red, *green, *blue] = to_rgb(luma, cb, cr);
    }
    line.resize(3 * width, 0);
    for (((pixel, &red), &green), &blue) in line.as_chunks_mut().0.iter_mut().zip(red.iter()).zip(green.iter()).zip(blue.iter()) {
        *pixel = [red, green, blue];
    }
    pixels.extend_from_slice(line);
}

/// Adds a row of pixels as they are, of three or four samples.
#[inline(always)]
pub(super) fn interleave<const N: usize>(rows: [&[u8]; N], pixels: &mut Vec<u8>) {
    let width = rows.iter().map(|row| row.len()).min().unwrap_or(0);
    for x in 0..width {
        pixels.extend_from_slice(&rows.map(|row| row.get(x).copied().unwrap_or(0)));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_color_as_defined() {
        for cb in 0..=255_u8 {
            for cr in 0..=255_u8 {
                for luma in [0, 1, 77, 128, 200, 255_u8] {
                    let (y, b, r) = (f64::from(luma), f64::from(cb) - 128.0, f64::from(cr) - 128.0);
                    let expected = [y + 1.402 * r, y - 0.344136 * b - 0.714136 * r, y + 1.772 * b];
                    for (found, expected) in to_rgb(luma, cb, cr).into_iter().zip(expected) {
                        assert!((f64::from(found) - expected.clamp(0.0, 255.0)).abs() < 0.51, "{luma} {cb} {cr}");
                    }
                }
            }
        }
    }

    #[test]
    fn rows_of_any_length() {
        let row = |step: usize, width: usize| (0..width).map(|x| (x * step) as u8).collect::<Vec<u8>>();
        let mut memory: [Vec<u8>; 4] = Default::default();
        for width in 0..100 {
            let (luma, cb, cr) = (row(3, width), row(5, width), row(7, width));
            let mut pixels = Vec::new();
            ycbcr_to_rgb([&luma, &cb, &cr], &mut memory, &mut pixels);
            let expected: Vec<u8> = (0..width).flat_map(|x| to_rgb(luma[x], cb[x], cr[x])).collect();
            assert_eq!(pixels, expected);
            pixels.clear();
            interleave([&luma[..], &cb, &cr, &luma], &mut pixels);
            assert_eq!(pixels, (0..width).flat_map(|x| [luma[x], cb[x], cr[x], luma[x]]).collect::<Vec<u8>>());
        }
    }
}
