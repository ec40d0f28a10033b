//! Vectors of eight numbers, and code that is compiled for the instructions that a processor may have.
//!
//! `dispatch` runs a kernel where the compiler may use those instructions: loops in it become vector code of their own accord as
//! long as all that it calls is inlined. The inverse DCT is too much for that, and written in terms of `Lanes`.

#[cfg(target_arch = "x86_64")]
use std::arch::x86_64::__m256i;

#[cfg(target_arch = "x86_64")]
use pulp::{bytemuck::cast, x86::V3};

/// Arithmetic on eight numbers of 32 bits beside each other, which wrap around.
pub(super) trait Lanes: Copy {
    type Vector: Copy;

    fn load(self, values: &[i32; 8]) -> Self::Vector;
    fn add(self, a: Self::Vector, b: Self::Vector) -> Self::Vector;
    fn sub(self, a: Self::Vector, b: Self::Vector) -> Self::Vector;
    fn mul(self, a: Self::Vector, factor: i32) -> Self::Vector;
    fn shift_left<const BITS: i32>(self, a: Self::Vector) -> Self::Vector;
    fn shift_right<const BITS: i32>(self, a: Self::Vector) -> Self::Vector;
    /// Columns for rows.
    fn transposed(self, rows: [Self::Vector; 8]) -> [Self::Vector; 8];
    /// Rows of samples for columns of numbers, to which 128 is added before they are clamped to a byte.
    fn samples(self, columns: [Self::Vector; 8]) -> [[u8; 8]; 8];
}

/// What can be dispatched. `run` is to be `#[inline(always)]`, like all that it calls and that is to be fast.
pub(super) trait Kernel {
    type Output;

    fn run<L: Lanes>(self, lanes: L) -> Self::Output;
}

/// Runs a kernel with the best instructions that there are.
pub(super) fn dispatch<K: Kernel>(kernel: K) -> K::Output {
    #[cfg(target_arch = "x86_64")]
    if let Some(v3) = V3::try_new() {
        return pulp::Simd::vectorize(v3, OnV3 { v3, kernel });
    }
    kernel.run(Portable)
}

/// For any processor.
#[derive(Debug, Clone, Copy)]
pub(super) struct Portable;

impl Lanes for Portable {
    type Vector = [i32; 8];

    #[inline(always)]
    fn load(self, values: &[i32; 8]) -> [i32; 8] {
        *values
    }

    #[inline(always)]
    fn add(self, mut a: [i32; 8], b: [i32; 8]) -> [i32; 8] {
        for at in 0..8 {
            a[at] = a[at].wrapping_add(b[at]);
        }
        a
    }

    #[inline(always)]
    fn sub(self, mut a: [i32; 8], b: [i32; 8]) -> [i32; 8] {
        for at in 0..8 {
            a[at] = a[at].wrapping_sub(b[at]);
        }
        a
    }

    #[inline(always)]
    fn mul(self, mut a: [i32; 8], factor: i32) -> [i32; 8] {
        for a in &mut a {
            *a = a.wrapping_mul(factor);
        }
        a
    }

    #[inline(always)]
    fn shift_left<const BITS: i32>(self, mut a: [i32; 8]) -> [i32; 8] {
        for a in &mut a {
            *a <<= BITS;
        }
        a
    }

    #[inline(always)]
    fn shift_right<const BITS: i32>(self, mut a: [i32; 8]) -> [i32; 8] {
        for a in &mut a {
            *a >>= BITS;
        }
        a
    }

    #[inline(always)]
    fn transposed(self, rows: [[i32; 8]; 8]) -> [[i32; 8]; 8] {
        let mut columns = rows;
        for (y, row) in rows.iter().enumerate() {
            for (column, &value) in columns.iter_mut().zip(row) {
                column[y] = value;
            }
        }
        columns
    }

    #[inline(always)]
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped to a byte")]
    fn samples(self, columns: [[i32; 8]; 8]) -> [[u8; 8]; 8] {
        let mut rows = [[0; 8]; 8];
        for (row, values) in rows.iter_mut().zip(self.transposed(columns)) {
            for (sample, value) in row.iter_mut().zip(values) {
                *sample = (value.clamp(-128, 127) + 128) as u8;
            }
        }
        rows
    }
}

/// A kernel for processors with AVX2.
#[cfg(target_arch = "x86_64")]
struct OnV3<K> {
    v3: V3,
    kernel: K,
}

#[cfg(target_arch = "x86_64")]
impl<K: Kernel> pulp::WithSimd for OnV3<K> {
    type Output = K::Output;

    #[inline(always)]
    fn with_simd<S: pulp::Simd>(self, _: S) -> K::Output {
        self.kernel.run(self.v3)
    }
}

#[cfg(target_arch = "x86_64")]
impl Lanes for V3 {
    type Vector = __m256i;

    #[inline(always)]
    fn load(self, values: &[i32; 8]) -> __m256i {
        cast(*values)
    }

    #[inline(always)]
    fn add(self, a: __m256i, b: __m256i) -> __m256i {
        self.avx2._mm256_add_epi32(a, b)
    }

    #[inline(always)]
    fn sub(self, a: __m256i, b: __m256i) -> __m256i {
        self.avx2._mm256_sub_epi32(a, b)
    }

    #[inline(always)]
    fn mul(self, a: __m256i, factor: i32) -> __m256i {
        self.avx2._mm256_mullo_epi32(a, self.avx._mm256_set1_epi32(factor))
    }

    #[inline(always)]
    fn shift_left<const BITS: i32>(self, a: __m256i) -> __m256i {
        self.avx2._mm256_slli_epi32::<BITS>(a)
    }

    #[inline(always)]
    fn shift_right<const BITS: i32>(self, a: __m256i) -> __m256i {
        self.avx2._mm256_srai_epi32::<BITS>(a)
    }

    /// Numbers change places with those of the next row, then pairs of them with those of the next but one, then halves.
    #[inline(always)]
    fn transposed(self, [a, b, c, d, e, f, g, h]: [__m256i; 8]) -> [__m256i; 8] {
        let low = |a, b| self.avx2._mm256_unpacklo_epi32(a, b);
        let high = |a, b| self.avx2._mm256_unpackhi_epi32(a, b);
        let (ab, ab_high, cd, cd_high) = (low(a, b), high(a, b), low(c, d), high(c, d));
        let (ef, ef_high, gh, gh_high) = (low(e, f), high(e, f), low(g, h), high(g, h));
        let low = |a, b| self.avx2._mm256_unpacklo_epi64(a, b);
        let high = |a, b| self.avx2._mm256_unpackhi_epi64(a, b);
        let upper = [low(ab, cd), high(ab, cd), low(ab_high, cd_high), high(ab_high, cd_high)];
        let lower = [low(ef, gh), high(ef, gh), low(ef_high, gh_high), high(ef_high, gh_high)];
        let left = |at: usize| self.avx2._mm256_permute2x128_si256::<0x20>(upper[at], lower[at]);
        let right = |at: usize| self.avx2._mm256_permute2x128_si256::<0x31>(upper[at], lower[at]);
        [left(0), left(1), left(2), left(3), right(0), right(1), right(2), right(3)]
    }

    #[inline(always)]
    fn samples(self, [a, b, c, d, e, f, g, h]: [__m256i; 8]) -> [[u8; 8]; 8] {
        /// Four columns of four bytes to rows of them.
        const TURN: [u8; 16] = [0, 4, 8, 12, 1, 5, 9, 13, 2, 6, 10, 14, 3, 7, 11, 15];
        let middle = self.avx._mm256_set1_epi16(128);
        let pair = |a, b| self.avx2._mm256_adds_epi16(self.avx2._mm256_packs_epi32(a, b), middle);
        let four = |a, b| self.avx2._mm256_shuffle_epi8(self.avx2._mm256_packus_epi16(a, b), cast([TURN; 2]));
        // Each half holds four rows: of the left four columns, and of the right ones.
        let (left, right) = (four(pair(a, b), pair(c, d)), four(pair(e, f), pair(g, h)));
        let outer: [[u8; 8]; 4] = cast(self.avx2._mm256_unpacklo_epi32(left, right));
        let inner: [[u8; 8]; 4] = cast(self.avx2._mm256_unpackhi_epi32(left, right));
        [outer[0], outer[1], inner[0], inner[1], outer[2], outer[3], inner[2], inner[3]]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Runs all operations on some numbers.
    struct All;

    impl Kernel for All {
        type Output = (Vec<[i32; 8]>, [[u8; 8]; 8]);

        #[inline(always)]
        fn run<L: Lanes>(self, lanes: L) -> Self::Output {
            let rows: [[i32; 8]; 8] =
                std::array::from_fn(|y| std::array::from_fn(|x| ((8 * y + x) as i32 - 31) * [7, 7001, 70_000_001][x % 3]));
            let vectors: [L::Vector; 8] = std::array::from_fn(|row| lanes.load(&rows[row]));
            let (a, b) = (vectors[2], vectors[7]);
            let mut results = vec![lanes.add(a, b), lanes.sub(a, b), lanes.mul(a, 25172), lanes.mul(a, -7373)];
            results.extend([lanes.shift_left::<13>(a), lanes.shift_right::<11>(b)]);
            results.extend(lanes.transposed(vectors));
            // Seen through what is tested here for itself: the sample of a number is known.
            let bytes = |vector: L::Vector, shift: u32| {
                let mut of = [lanes.mul(vector, 0); 8];
                let _ = shift;
                of[0] = vector;
                lanes.samples(of).map(|row| i32::from(row[0]))
            };
            (results.into_iter().map(|vector| bytes(vector, 0)).collect(), lanes.samples(vectors))
        }
    }

    #[test]
    fn alike_on_all_processors() {
        assert_eq!(dispatch(All), All.run(Portable));
        assert_eq!(
            Portable.samples([[-129; 8], [-128; 8], [0; 8], [127; 8], [128; 8], [1; 8], [2; 8], [3; 8]])[5],
            [0, 0, 128, 255, 255, 129, 130, 131]
        );
    }
}
