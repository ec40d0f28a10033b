//! The matrix product that every dense convolution is: pixels times weights, then bias, skip and activation while the sums are in
//! registers.

use std::ops::Range;

use pulp::Simd;

use super::{multiply_add, vectors, vectors_mut};
use crate::net::plan::{Activation, blocks};

/// The pixels' inputs: for each some pieces of the same length at the same distance from each other.
pub(crate) struct Inputs<'a> {
    pub(crate) values: &'a [f32],
    pub(crate) pieces: usize,
    /// Floats of a piece.
    pub(crate) piece: usize,
    /// Floats from a piece to the next.
    pub(crate) pitch: usize,
}

/// What becomes of the sums.
pub(crate) struct Epilogue<'a> {
    pub(crate) bias: &'a [f32],
    /// Values, stored channels, and for each pixel how many lie before it.
    pub(crate) skip: Option<(&'a [f32], usize, &'a [u32])>,
    pub(crate) activation: &'a Activation,
    /// Where each pixel is stored.
    pub(crate) pixels: &'a [u32],
    /// Stored channels.
    pub(crate) channels: usize,
}

/// Computes the output pixels of a range; `start` tells where a pixel's inputs begin.
#[inline(always)]
pub(crate) fn product<S: Simd>(
    simd: S,
    inputs: &Inputs<'_>,
    start: impl Fn(usize) -> usize + Copy,
    weights: &[f32],
    epilogue: &Epilogue<'_>,
    target: &mut [f32],
    pixels: Range<usize>,
) {
    let depth = inputs.pieces * inputs.piece;
    for block in blocks(epilogue.channels) {
        let weights = &weights[block.start * depth..block.end * depth];
        let at = block.start;
        // Tiles of pixels by vectors whose sums, weights and one input fit the registers: 16 of them, but for NEON.
        match (S::F32_LANES, block.len()) {
            (8, 24) => tiles::<S, 4, 3>(simd, inputs, start, weights, epilogue, target, pixels.clone(), at),
            (8, 16) => tiles::<S, 6, 2>(simd, inputs, start, weights, epilogue, target, pixels.clone(), at),
            (8, _) => tiles::<S, 8, 1>(simd, inputs, start, weights, epilogue, target, pixels.clone(), at),
            (_, 24) => tiles::<S, 2, 6>(simd, inputs, start, weights, epilogue, target, pixels.clone(), at),
            (_, 16) => tiles::<S, 3, 4>(simd, inputs, start, weights, epilogue, target, pixels.clone(), at),
            (_, _) => tiles::<S, 6, 2>(simd, inputs, start, weights, epilogue, target, pixels.clone(), at),
        }
    }
}

#[inline(always)]
#[allow(clippy::too_many_arguments, reason = "one inner loop, inlined")]
fn tiles<S: Simd, const PIXELS: usize, const VECTORS: usize>(
    simd: S,
    inputs: &Inputs<'_>,
    start: impl Fn(usize) -> usize + Copy,
    weights: &[f32],
    epilogue: &Epilogue<'_>,
    target: &mut [f32],
    mut pixels: Range<usize>,
    channel: usize,
) {
    while pixels.len() >= PIXELS {
        tile::<S, PIXELS, VECTORS>(simd, inputs, start, weights, epilogue, target, pixels.start, channel);
        pixels.start += PIXELS;
    }
    while pixels.len() >= 3 {
        tile::<S, 3, VECTORS>(simd, inputs, start, weights, epilogue, target, pixels.start, channel);
        pixels.start += 3;
    }
    for pixel in pixels {
        tile::<S, 1, VECTORS>(simd, inputs, start, weights, epilogue, target, pixel, channel);
    }
}

#[inline(always)]
#[allow(clippy::too_many_arguments, reason = "one inner loop, inlined")]
#[allow(
    clippy::needless_range_loop,
    clippy::manual_memcpy,
    reason = "counted loops over arrays are unrolled, and the sums stay in registers"
)]
fn tile<S: Simd, const PIXELS: usize, const VECTORS: usize>(
    simd: S,
    inputs: &Inputs<'_>,
    start: impl Fn(usize) -> usize,
    weights: &[f32],
    epilogue: &Epilogue<'_>,
    target: &mut [f32],
    pixel: usize,
    channel: usize,
) {
    let width = VECTORS * S::F32_LANES;
    let bias = &vectors::<S>(&epilogue.bias[channel..channel + width])[..VECTORS];
    let mut first = [simd.splat_f32s(0.0); VECTORS];
    for vector in 0..VECTORS {
        first[vector] = bias[vector];
    }
    let mut sums = [first; PIXELS];
    let mut starts = [0; PIXELS];
    for index in 0..PIXELS {
        starts[index] = start(pixel + index);
    }
    let weights = vectors::<S>(weights);
    for piece in 0..inputs.pieces {
        let mut rows: [&[f32]; PIXELS] = [&[]; PIXELS];
        for index in 0..PIXELS {
            rows[index] = &inputs.values[starts[index] + piece * inputs.pitch..][..inputs.piece];
        }
        let weights = &weights[piece * inputs.piece * VECTORS..][..inputs.piece * VECTORS];
        for (input, weights) in (0..inputs.piece).zip(weights.chunks_exact(VECTORS)) {
            for index in 0..PIXELS {
                let value = simd.splat_f32s(rows[index][input]);
                for vector in 0..VECTORS {
                    sums[index][vector] = multiply_add(simd, value, weights[vector], sums[index][vector]);
                }
            }
        }
    }
    if let Some((values, stored, pixels)) = epilogue.skip {
        for index in 0..PIXELS {
            let at = pixels[pixel + index] as usize * stored;
            let skip = vectors::<S>(&values[at + channel.min(stored)..at + stored.min(channel + width)]);
            for vector in 0..VECTORS {
                if let Some(&skip) = skip.get(vector) {
                    sums[index][vector] = simd.add_f32s(sums[index][vector], skip);
                }
            }
        }
    }
    let zero = simd.splat_f32s(0.0);
    match epilogue.activation {
        Activation::Identity => {}
        Activation::Relu => {
            for index in 0..PIXELS {
                for vector in 0..VECTORS {
                    sums[index][vector] = simd.max_f32s(sums[index][vector], zero);
                }
            }
        }
        Activation::PRelu(slopes) => {
            let slopes = &vectors::<S>(&slopes[channel..channel + width])[..VECTORS];
            for index in 0..PIXELS {
                for vector in 0..VECTORS {
                    let sum = sums[index][vector];
                    let (positive, negative) = (simd.max_f32s(sum, zero), simd.min_f32s(sum, zero));
                    sums[index][vector] = multiply_add(simd, negative, slopes[vector], positive);
                }
            }
        }
    }
    for index in 0..PIXELS {
        let at = epilogue.pixels[pixel + index] as usize * epilogue.channels + channel;
        let target = &mut vectors_mut::<S>(&mut target[at..at + width])[..VECTORS];
        for vector in 0..VECTORS {
            target[vector] = sums[index][vector];
        }
    }
}
