//! The layers' inner loops, for any vector width: written once, compiled for each instruction set, chosen when they run.

mod depthwise;
mod elementwise;
mod product;

use pulp::{Simd, WithSimd};

pub(super) use self::depthwise::depthwise;
pub(super) use self::elementwise::{double, max_pool, sum};
pub(super) use self::product::{Epilogue, Inputs, product};

/// A set of instructions, with proof that this processor has it.
#[derive(Debug, Clone, Copy)]
pub(super) enum Level {
    /// Eight lanes.
    #[cfg(any(target_arch = "x86", target_arch = "x86_64"))]
    Avx2(pulp::x86::V3),
    /// Four lanes.
    #[cfg(any(target_arch = "x86", target_arch = "x86_64"))]
    Sse4(pulp::x86::V2),
    /// Four lanes.
    #[cfg(target_arch = "aarch64")]
    Neon(pulp::aarch64::Neon),
    /// What the compiler makes of four floats at a time.
    Portable,
}

impl Level {
    /// All that this processor has, the best first.
    pub(super) fn all() -> Vec<Self> {
        let levels = [
            #[cfg(any(target_arch = "x86", target_arch = "x86_64"))]
            pulp::x86::V3::try_new().map(Self::Avx2),
            #[cfg(any(target_arch = "x86", target_arch = "x86_64"))]
            pulp::x86::V2::try_new().map(Self::Sse4),
            #[cfg(target_arch = "aarch64")]
            pulp::aarch64::Neon::try_new().map(Self::Neon),
            Some(Self::Portable),
        ];
        levels.into_iter().flatten().collect()
    }

    /// The best that this processor has.
    pub(super) fn best() -> Self {
        Self::all().first().copied().unwrap_or(Self::Portable)
    }

    /// Runs an operation with these instructions.
    pub(super) fn dispatch<Op: WithSimd>(self, operation: Op) -> Op::Output {
        match self {
            #[cfg(any(target_arch = "x86", target_arch = "x86_64"))]
            Self::Avx2(simd) => Simd::vectorize(simd, operation),
            #[cfg(any(target_arch = "x86", target_arch = "x86_64"))]
            Self::Sse4(simd) => Simd::vectorize(simd, operation),
            #[cfg(target_arch = "aarch64")]
            Self::Neon(simd) => Simd::vectorize(simd, operation),
            Self::Portable => Simd::vectorize(pulp::Scalar128b, operation),
        }
    }
}

/// `a * b + c`, in one rounding where the instruction set has it: elsewhere that would be a call for each lane.
#[inline(always)]
pub(super) fn multiply_add<S: Simd>(simd: S, a: S::f32s, b: S::f32s, c: S::f32s) -> S::f32s {
    if is_fused::<S>() { simd.mul_add_e_f32s(a, b, c) } else { simd.add_f32s(simd.mul_f32s(a, b), c) }
}

#[inline(always)]
fn is_fused<S: Simd>() -> bool {
    use std::any::TypeId;
    let is = |other: TypeId| TypeId::of::<S>() == other;
    #[cfg(any(target_arch = "x86", target_arch = "x86_64"))]
    return is(TypeId::of::<pulp::x86::V3>());
    #[cfg(target_arch = "aarch64")]
    return is(TypeId::of::<pulp::aarch64::Neon>());
    #[cfg(not(any(target_arch = "x86", target_arch = "x86_64", target_arch = "aarch64")))]
    return is(TypeId::of::<()>());
}

/// Whole vectors of floats that are a multiple of their width.
#[inline(always)]
fn vectors<S: Simd>(floats: &[f32]) -> &[S::f32s] {
    S::as_simd_f32s(floats).0
}

/// As [`vectors`], to write to.
#[inline(always)]
fn vectors_mut<S: Simd>(floats: &mut [f32]) -> &mut [S::f32s] {
    S::as_mut_simd_f32s(floats).0
}
