//! The forward DCT of eight blocks at a time.
//!
//! Both passes are the same one-dimensional transform (Arai, Agui and Nakajima) along the first index of an array, for all lanes of
//! the second one at once, in single precision without fused operations: every processor computes the same. Between the passes
//! squares of four by four are transposed in 64-bit integers, so that no pass needs a shuffle.

use pulp::bytemuck;

/// The blocks of a group.
pub(crate) const GROUP: usize = 8;

/// Four samples or coefficients side by side: what a 64-bit integer holds.
pub(crate) type Four = [i16; 4];

/// Eight rows of eight blocks: first the left halves of all blocks' rows, then the right halves.
pub(crate) type Rows = [[[Four; GROUP]; 2]; 8];

/// Coefficients of a block, [horizontal frequency][vertical frequency]: transposed, for this is how the passes leave them.
pub(crate) type Block = [[Four; 2]; 8];

/// One unit of an orthonormal coefficient of 8-bit samples. The largest, 1024, fits sixteen bits.
pub(crate) const UNIT: i16 = 16;

/// What the one-dimensional transform leaves to be divided out, apart from the square root of eight: sqrt(2) cos(k pi / 16).
const EXCESS: [f32; 8] = [1.0, 1.3870399, 1.306563, 1.1758755, 1.0, 0.78569496, 0.5411961, 0.27589938];

const fn scales(of_pass: f32) -> [f32; 8] {
    let mut scales = [0.0; 8];
    let mut k = 0;
    while k < 8 {
        scales[k] = of_pass * std::f32::consts::FRAC_1_SQRT_2 / (2.0 * EXCESS[k]);
        k += 1;
    }
    scales
}

/// Orthonormal, in the unit of the samples.
const FIRST: [f32; 8] = scales(1.0);
/// Orthonormal, in the unit of coefficients.
const SECOND: [f32; 8] = scales(UNIT as f32 / crate::jpeg::encode::color::UNIT as f32);

/// The transform of eight numbers, each output times `EXCESS` and the square root of eight.
#[inline(always)]
fn transform(x: [f32; 8]) -> [f32; 8] {
    const HALF: f32 = std::f32::consts::FRAC_1_SQRT_2;
    // cos(3 pi / 8), and the cosine of pi / 8 less and plus it.
    const LOW: f32 = 0.38268343;
    const LESS: f32 = 0.5411961;
    const PLUS: f32 = 1.306563;

    let sum = [x[0] + x[7], x[1] + x[6], x[2] + x[5], x[3] + x[4]];
    let difference = [x[0] - x[7], x[1] - x[6], x[2] - x[5], x[3] - x[4]];

    let (outer, inner) = (sum[0] + sum[3], sum[1] + sum[2]);
    let (outer_difference, inner_difference) = (sum[0] - sum[3], sum[1] - sum[2]);
    let rotated = (outer_difference + inner_difference) * HALF;

    let a = difference[3] + difference[2];
    let b = difference[2] + difference[1];
    let c = difference[1] + difference[0];
    let shared = (a - c) * LOW;
    let (a, b, c) = (a * LESS + shared, b * HALF, c * PLUS + shared);
    let (near, far) = (difference[0] + b, difference[0] - b);

    [outer + inner, near + c, outer_difference + rotated, far - a, outer - inner, far + a, outer_difference - rotated, near - c]
}

/// To the nearest integer: the sum's last bit is worth one.
#[inline(always)]
#[allow(clippy::cast_possible_truncation, clippy::cast_possible_wrap, reason = "the low bits are a number of 16 bits")]
fn round(x: f32) -> i16 {
    const LAST_BIT_IS_ONE: f32 = 12582912.0; // 1.5 * 2^23
    (x + LAST_BIT_IS_ONE).to_bits() as i16
}

/// Transforms every lane.
#[inline(always)]
fn pass<const LANES: usize>(from: [&[i16; LANES]; 8], scales: &[f32; 8], to: &mut [[i16; LANES]; 8]) {
    for lane in 0..LANES {
        let frequencies = transform(from.map(|row| f32::from(row[lane])));
        for k in 0..8 {
            to[k][lane] = round(frequencies[k] * scales[k]);
        }
    }
}

/// Transposes squares of four by four, one in each lane.
#[inline(always)]
fn transpose<const LANES: usize>(rows: [&[u64; LANES]; 4], to: &mut [[u64; LANES]; 4]) {
    const WIDE: u64 = 0x0000_0000_ffff_ffff;
    const NARROW: u64 = 0x0000_ffff_0000_ffff;
    for lane in 0..LANES {
        let [a, b, c, d] = rows.map(|row| u64::from_le(row[lane]));
        let (a, c) = ((a & WIDE) | (c << 32), (a >> 32) | (c & !WIDE));
        let (b, d) = ((b & WIDE) | (d << 32), (b >> 32) | (d & !WIDE));
        to[0][lane] = ((a & NARROW) | ((b & NARROW) << 16)).to_le();
        to[1][lane] = (((a >> 16) & NARROW) | (b & !NARROW)).to_le();
        to[2][lane] = ((c & NARROW) | ((d & NARROW) << 16)).to_le();
        to[3][lane] = (((c >> 16) & NARROW) | (d & !NARROW)).to_le();
    }
}

/// The coefficients of eight blocks.
#[inline(always)]
pub(crate) fn forward(rows: &Rows) -> [Block; GROUP] {
    const LANES: usize = 4 * GROUP;
    let rows: &[[i16; 2 * LANES]; 8] = bytemuck::cast_ref(rows);
    // Memory of 64-bit integers is aligned for those of 16 bits, too.
    let mut vertical = [[0_u64; 2 * GROUP]; 8];
    pass::<{ 2 * LANES }>(rows.each_ref(), &FIRST, bytemuck::cast_mut(&mut vertical));

    let mut blocks = [[[[0; 4]; 2]; 8]; GROUP];
    let (quartets, _) = vertical.as_chunks::<4>();
    for (half, quartet) in quartets.iter().enumerate().take(2) {
        let mut turned = [[0_u64; 2 * GROUP]; 4];
        transpose(quartet.each_ref(), &mut turned);
        // [column modulo 4][half of the columns][lane]
        let [a, b, c, d]: &[[[i16; LANES]; 2]; 4] = bytemuck::cast_ref(&turned);
        let mut both = [[0_i16; LANES]; 8];
        pass([&a[0], &b[0], &c[0], &d[0], &a[1], &b[1], &c[1], &d[1]], &SECOND, &mut both);
        let both: &[[Four; GROUP]; 8] = bytemuck::cast_ref(&both);
        for (horizontal, fours) in both.iter().enumerate() {
            for (block, four) in blocks.iter_mut().zip(fours) {
                block[horizontal][half] = *four;
            }
        }
    }
    blocks
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Of one block, natural order, orthonormal.
    fn naive(samples: &[[i16; 8]; 8]) -> [[f64; 8]; 8] {
        let basis = |k: usize, x: usize| {
            let scale = if k == 0 { 1.0 / 8_f64.sqrt() } else { 0.5 };
            scale * (std::f64::consts::PI / 16.0 * (2.0 * x as f64 + 1.0) * k as f64).cos()
        };
        std::array::from_fn(|u| {
            std::array::from_fn(|v| {
                let at = |y: usize, x: usize| basis(u, y) * basis(v, x) * f64::from(samples[y][x]);
                (0..64).map(|i| at(i / 8, i % 8)).sum()
            })
        })
    }

    fn check(blocks: &[[[i16; 8]; 8]; GROUP], arch: impl Fn(&Rows) -> [Block; GROUP]) {
        let rows: Rows = std::array::from_fn(|y| {
            std::array::from_fn(|half| {
                std::array::from_fn(|b| std::array::from_fn(|x| blocks[b][y][4 * half + x] * crate::jpeg::encode::color::UNIT))
            })
        });
        for (block, transformed) in blocks.iter().zip(arch(&rows)) {
            let expected = naive(block);
            for (u, row) in expected.iter().enumerate() {
                for (v, &expected) in row.iter().enumerate() {
                    let found = f64::from(transformed[v][u / 4][u % 4]) / f64::from(UNIT);
                    // Half a unit of the result, and what rounding between the passes adds.
                    assert!((found - expected).abs() < 1.0 / f64::from(UNIT), "{found} for {expected} at {u}, {v}");
                }
            }
        }
    }

    struct Forward<'a>(&'a Rows);

    impl pulp::WithSimd for Forward<'_> {
        type Output = [Block; GROUP];
        #[inline(always)]
        fn with_simd<S: pulp::Simd>(self, _: S) -> Self::Output {
            forward(self.0)
        }
    }

    proptest::proptest! {
        #[test]
        fn coefficients_are_those_of_the_definition(samples in proptest::collection::vec(-128_i16..=127, 512)) {
            let blocks = std::array::from_fn(|b| std::array::from_fn(|y| std::array::from_fn(|x| samples[64 * b + 8 * y + x])));
            check(&blocks, forward);
            check(&blocks, |rows| pulp::Arch::new().dispatch(Forward(rows)));
        }

        #[test]
        fn every_processor_computes_the_same(samples in proptest::collection::vec(-8192_i16..=8128, 512)) {
            let rows: Rows = bytemuck::cast(<[i16; 512]>::try_from(samples).unwrap());
            proptest::prop_assert_eq!(forward(&rows), pulp::Arch::new().dispatch(Forward(&rows)));
        }
    }

    #[test]
    fn extremes_fit() {
        for (low, high) in [(-128, 127), (127, -128), (127, 127), (-128, -128)] {
            for k in 0..8 {
                let wave = |x: usize| (std::f64::consts::PI / 16.0 * (2.0 * x as f64 + 1.0) * f64::from(k)).cos();
                let block = std::array::from_fn(|y| std::array::from_fn(|x| if wave(x) * wave(y) < 0.0 { low } else { high }));
                check(&[block; GROUP], forward);
            }
        }
    }
}
