//! The inverse DCT, to blocks of the stored or of a reduced size (T.81, A.3.3).
//!
//! To 8 samples an axis: the integer method of Loeffler, Ligtenberg and Moschytz with the numbers, the order (columns first) and the
//! rounding of libjpeg's "islow", bit for bit. To 1, 2 or 4 samples: the orthonormal inverse DCT of that many of the lowest
//! coefficients, as libjpeg does since its version 7. Which is the same method on fewer coefficients.

use super::simd::{Lanes, Portable};

/// Fractional bits of factors.
const FACTOR_BITS: i32 = 13;
/// After the first pass two fractional bits are kept. The second one takes them off, and both passes' factors of a root of eight.
const FIRST_SHIFT: i32 = FACTOR_BITS - 2;
const SECOND_SHIFT: i32 = FACTOR_BITS + 2 + 3;

/// One pass to eight samples, with `FACTOR_BITS` fractional bits, and the root of eight times what is defined.
///
/// Written out on purpose: with closures for the operations rustc 1.95 computes other numbers, on `Portable`, where it cuts the crate
/// into many units as it does in the dev profile.
#[inline(always)]
fn eight<L: Lanes>(lanes: L, c: [L::Vector; 8]) -> [L::Vector; 8] {
    // The even coefficients.
    let shared = lanes.mul(lanes.add(c[2], c[6]), 4433);
    let even2 = lanes.sub(shared, lanes.mul(c[6], 15137));
    let even3 = lanes.add(shared, lanes.mul(c[2], 6270));
    let even0 = lanes.shift_left::<FACTOR_BITS>(lanes.add(c[0], c[4]));
    let even1 = lanes.shift_left::<FACTOR_BITS>(lanes.sub(c[0], c[4]));
    let even = [lanes.add(even0, even3), lanes.add(even1, even2), lanes.sub(even1, even2), lanes.sub(even0, even3)];
    // The odd ones.
    let shared = lanes.mul(lanes.add(lanes.add(c[7], c[3]), lanes.add(c[5], c[1])), 9633);
    let z1 = lanes.mul(lanes.add(c[7], c[1]), -7373);
    let z2 = lanes.mul(lanes.add(c[5], c[3]), -20995);
    let z3 = lanes.add(lanes.mul(lanes.add(c[7], c[3]), -16069), shared);
    let z4 = lanes.add(lanes.mul(lanes.add(c[5], c[1]), -3196), shared);
    let odd = [
        lanes.add(lanes.mul(c[1], 12299), lanes.add(z1, z4)),
        lanes.add(lanes.mul(c[3], 25172), lanes.add(z2, z3)),
        lanes.add(lanes.mul(c[5], 16819), lanes.add(z2, z4)),
        lanes.add(lanes.mul(c[7], 2446), lanes.add(z1, z3)),
    ];
    [
        lanes.add(even[0], odd[0]),
        lanes.add(even[1], odd[1]),
        lanes.add(even[2], odd[2]),
        lanes.add(even[3], odd[3]),
        lanes.sub(even[3], odd[3]),
        lanes.sub(even[2], odd[2]),
        lanes.sub(even[1], odd[1]),
        lanes.sub(even[0], odd[0]),
    ]
}

/// One pass to four samples, of the same scale.
#[inline(always)]
fn four<L: Lanes>(lanes: L, c: [L::Vector; 8]) -> [L::Vector; 8] {
    let even0 = lanes.shift_left::<FACTOR_BITS>(lanes.add(c[0], c[2]));
    let even1 = lanes.shift_left::<FACTOR_BITS>(lanes.sub(c[0], c[2]));
    let shared = lanes.mul(lanes.add(c[1], c[3]), 4433);
    let odd0 = lanes.add(shared, lanes.mul(c[1], 6270));
    let odd1 = lanes.sub(shared, lanes.mul(c[3], 15137));
    let zero = lanes.load(&[0; 8]);
    let upper = [lanes.add(even0, odd0), lanes.add(even1, odd1), lanes.sub(even1, odd1), lanes.sub(even0, odd0)];
    [upper[0], upper[1], upper[2], upper[3], zero, zero, zero, zero]
}

/// One pass to `SIZE` samples, rounded.
#[inline(always)]
fn pass<L: Lanes, const SIZE: usize, const SHIFT: i32>(lanes: L, c: [L::Vector; 8]) -> [L::Vector; 8] {
    let zero = lanes.load(&[0; 8]);
    let mut passed = match SIZE {
        1 => [lanes.shift_left::<FACTOR_BITS>(c[0]), zero, zero, zero, zero, zero, zero, zero],
        2 => {
            let (sum, difference) = (lanes.add(c[0], c[1]), lanes.sub(c[0], c[1]));
            let (first, second) = (lanes.shift_left::<FACTOR_BITS>(sum), lanes.shift_left::<FACTOR_BITS>(difference));
            [first, second, zero, zero, zero, zero, zero, zero]
        }
        4 => four(lanes, c),
        _ => eight(lanes, c),
    };
    let half = lanes.load(&[1 << (SHIFT - 1); 8]);
    for vector in passed.iter_mut().take(SIZE) {
        *vector = lanes.shift_right::<SHIFT>(lanes.add(*vector, half));
    }
    passed
}

/// A block of `W` by `H` samples, of which coefficients outside the first `CORNER` columns and rows are zero.
#[inline(always)]
fn transform<L: Lanes, const W: usize, const H: usize, const CORNER: usize>(
    lanes: L,
    coefficients: &[i32; 64],
    samples: &mut [u8],
    stride: usize,
) {
    let zero = lanes.load(&[0; 8]);
    let mut rows = [zero; 8];
    for (row, values) in rows.iter_mut().zip(coefficients.as_chunks().0).take(H.min(CORNER)) {
        *row = lanes.load(values);
    }
    let mut columns = lanes.transposed(pass::<L, H, FIRST_SHIFT>(lanes, rows));
    for outside in columns.iter_mut().skip(W.min(CORNER)) {
        *outside = zero;
    }
    let rows = lanes.samples(pass::<L, W, SECOND_SHIFT>(lanes, columns));
    for (target, row) in samples.chunks_mut(stride).zip(&rows).take(H) {
        if let (Some(target), Some(row)) = (target.first_chunk_mut::<W>(), row.first_chunk()) {
            *target = *row;
        }
    }
}

/// A block of two by two samples: sums and differences.
#[inline(always)]
fn two_by_two(coefficients: &[i32; 64], samples: &mut [u8], stride: usize) {
    let [dc, across, down, both] = [coefficients[0], coefficients[1], coefficients[8], coefficients[9]];
    let (upper, upper_across) = (dc.wrapping_add(down), across.wrapping_add(both));
    let (lower, lower_across) = (dc.wrapping_sub(down), across.wrapping_sub(both));
    for (row, (mean, across)) in samples.chunks_mut(stride).zip([(upper, upper_across), (lower, lower_across)]) {
        if let Some(row) = row.first_chunk_mut() {
            *row = [eighth(mean.wrapping_add(across)), eighth(mean.wrapping_sub(across))];
        }
    }
}

/// The sample for what is eight times it. Samples are stored with 128 taken from them.
#[inline(always)]
#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped to a byte")]
fn eighth(value: i32) -> u8 {
    ((value.wrapping_add(4) >> 3).clamp(-128, 127) + 128) as u8
}

/// The zig-zag position up to which coefficients lie in the first four columns and rows.
const LAST_IN_CORNER: usize = 9;

/// Writes the samples of a block of the size given. Coefficients are in natural order, and the last one in zig-zag order that
/// may not be zero is at `last`.
#[inline(always)]
pub(super) fn block<L: Lanes>(
    lanes: L,
    size: (usize, usize),
    coefficients: &[i32; 64],
    last: usize,
    samples: &mut [u8],
    stride: usize,
) {
    match size {
        (1, 1) => {
            if let Some(sample) = samples.first_mut() {
                *sample = eighth(coefficients[0]);
            }
        }
        (2, 2) => two_by_two(coefficients, samples, stride),
        (8, 8) if last == 0 => flat::<8>(8, coefficients[0], samples, stride),
        (8, 8) if last <= LAST_IN_CORNER => transform::<L, 8, 8, 4>(lanes, coefficients, samples, stride),
        (8, 8) => transform::<L, 8, 8, 8>(lanes, coefficients, samples, stride),
        (4, 4) if last == 0 => flat::<4>(4, coefficients[0], samples, stride),
        (4, 4) => transform::<L, 4, 4, 4>(lanes, coefficients, samples, stride),
        _ => oblong(size, coefficients, samples, stride),
    }
}

/// A block of one colour.
#[inline(always)]
fn flat<const W: usize>(height: usize, dc: i32, samples: &mut [u8], stride: usize) {
    for row in samples.chunks_mut(stride).take(height) {
        if let Some(row) = row.first_chunk_mut::<W>() {
            *row = [eighth(dc); W];
        }
    }
}

/// Where chroma is subsampled along one axis only.
#[inline(never)]
fn oblong(size: (usize, usize), coefficients: &[i32; 64], samples: &mut [u8], stride: usize) {
    match size {
        (8, 4) => transform::<_, 8, 4, 8>(Portable, coefficients, samples, stride),
        (4, 8) => transform::<_, 4, 8, 8>(Portable, coefficients, samples, stride),
        (8, 2) => transform::<_, 8, 2, 8>(Portable, coefficients, samples, stride),
        (2, 8) => transform::<_, 2, 8, 8>(Portable, coefficients, samples, stride),
        (8, 1) => transform::<_, 8, 1, 8>(Portable, coefficients, samples, stride),
        (1, 8) => transform::<_, 1, 8, 8>(Portable, coefficients, samples, stride),
        (4, 2) => transform::<_, 4, 2, 8>(Portable, coefficients, samples, stride),
        (2, 4) => transform::<_, 2, 4, 8>(Portable, coefficients, samples, stride),
        (4, 1) => transform::<_, 4, 1, 8>(Portable, coefficients, samples, stride),
        (1, 4) => transform::<_, 1, 4, 8>(Portable, coefficients, samples, stride),
        (2, 1) => transform::<_, 2, 1, 8>(Portable, coefficients, samples, stride),
        _ => transform::<_, 1, 2, 8>(Portable, coefficients, samples, stride),
    }
}

#[cfg(test)]
mod tests {
    use std::f64::consts::{PI, SQRT_2};

    use super::*;
    use crate::jpeg::decode::simd::{Kernel, dispatch};

    /// As defined, with the lowest coefficients of 8 by 8 alone where there are fewer samples.
    fn naive(coefficients: &[i32; 64], width: usize, height: usize) -> Vec<f64> {
        let wave = |frequency: usize, at: usize, size: usize| {
            let angle = (2 * at + 1) as f64 * frequency as f64 * PI / (2 * size) as f64;
            if frequency == 0 { 1.0 } else { SQRT_2 * angle.cos() }
        };
        let mut samples = Vec::new();
        for y in 0..height {
            for x in 0..width {
                let mut sum = 0.0;
                for v in 0..height {
                    for u in 0..width {
                        sum += f64::from(coefficients[8 * v + u]) * wave(u, x, width) * wave(v, y, height);
                    }
                }
                samples.push((sum / 8.0 + 128.0).clamp(0.0, 255.0));
            }
        }
        samples
    }

    struct One<'a>((usize, usize), &'a [i32; 64], usize);

    impl Kernel for One<'_> {
        type Output = Vec<u8>;

        #[inline(always)]
        fn run<L: Lanes>(self, lanes: L) -> Vec<u8> {
            let Self((width, height), coefficients, last) = self;
            let mut samples = vec![0; 16 * 8];
            block(lanes, (width, height), coefficients, last, &mut samples, 16);
            assert!(samples.chunks(16).enumerate().all(|(y, row)| y < height || row.iter().all(|&sample| sample == 0)));
            samples.chunks(16).take(height).flat_map(|row| &row[..width]).copied().collect()
        }
    }

    /// Blocks of noise that fades towards high frequencies, up to some zig-zag position.
    fn blocks() -> impl Iterator<Item = ([i32; 64], usize)> {
        let mut state = 0x9e37_79b9_7f4a_7c15_u64;
        (0..2000).map(move |index: usize| {
            let last = [63, 0, 5, 9, 10, 24, 40][index % 7];
            let mut coefficients = [0; 64];
            for (position, &natural) in crate::jpeg::ZIGZAG.iter().enumerate().take(last + 1) {
                state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
                let range = [2048, 300, 40][index % 3] / (1 + position as i64);
                coefficients[usize::from(natural)] = ((state >> 40) as i64 % (2 * range + 1) - range) as i32;
            }
            (coefficients, last)
        })
    }

    #[test]
    fn every_size_as_defined() {
        for (coefficients, last) in blocks() {
            for width in [1, 2, 4, 8] {
                for height in [1, 2, 4, 8] {
                    let found = dispatch(One((width, height), &coefficients, last));
                    let expected = naive(&coefficients, width, height);
                    for (&found, expected) in found.iter().zip(&expected) {
                        assert!((f64::from(found) - expected).abs() < 1.0, "{width}x{height}: {found} for {expected}");
                    }
                }
            }
        }
    }

    /// Whatever the coefficients, and whether or not ways are shortened.
    #[test]
    fn the_same_on_all_processors_and_ways() {
        for (mut coefficients, last) in blocks() {
            for size in [(8, 8), (4, 4), (2, 2), (4, 2)] {
                let whole = One(size, &coefficients, 63).run(Portable);
                assert_eq!(dispatch(One(size, &coefficients, last)), whole);
                assert_eq!(One(size, &coefficients, last).run(Portable), whole);
            }
            coefficients = coefficients.map(|value: i32| value.wrapping_mul(0x0765_4321));
            for size in [(8, 8), (4, 4), (2, 2), (1, 1), (8, 1)] {
                assert_eq!(dispatch(One(size, &coefficients, 63)), One(size, &coefficients, 63).run(Portable));
            }
        }
    }
}
