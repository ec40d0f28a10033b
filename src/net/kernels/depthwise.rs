//! Convolutions of 3 x 3 of each channel by itself.

use pulp::Simd;

use super::{multiply_add, vectors, vectors_mut};
use crate::net::plan::{Depthwise, Tensor};

/// Neighbouring output pixels that are computed together and share their inputs.
const TOGETHER: usize = 4;

/// Computes `rows` rows of `width` output pixels from row `first` on, `pitch` floats apart.
#[inline(always)]
#[allow(clippy::too_many_arguments, reason = "one inner loop, inlined")]
#[allow(
    clippy::needless_range_loop,
    clippy::range_plus_one,
    reason = "counted loops over arrays are unrolled, and the sums stay in registers"
)]
pub(crate) fn depthwise<S: Simd>(
    simd: S,
    values: &[f32],
    source: &Tensor,
    layer: &Depthwise,
    first: usize,
    rows: usize,
    width: usize,
    target: &mut [f32],
    pitch: usize,
) {
    let window = layer.window;
    let count = source.stored / S::F32_LANES;
    let (weights, bias) = (vectors::<S>(&layer.weights), vectors::<S>(&layer.bias));
    let reach = ((width - 1) * window.stride + 3) * source.stored;
    for row in 0..rows {
        let y = ((first + row) * window.stride).cast_signed() - window.top.cast_signed();
        let line = |offset: isize| vectors::<S>(&values[source.at(y + offset, -window.left.cast_signed())..][..reach]);
        let lines = [line(0), line(1), line(2)];
        let out = &mut vectors_mut::<S>(&mut target[row * pitch..][..width * source.stored])[..width * count];
        for channel in 0..count {
            let mut taps = [bias[channel]; 9];
            for tap in 0..9 {
                taps[tap] = weights[tap * count + channel];
            }
            let bias = bias[channel];
            let mut x = 0;
            if window.stride == 1 {
                while x + TOGETHER <= width {
                    neighbours(simd, lines, &taps, bias, x * count + channel, count, out);
                    x += TOGETHER;
                }
            }
            while x < width {
                let at = x * window.stride * count + channel;
                let mut sums = [bias, simd.splat_f32s(0.0), simd.splat_f32s(0.0)];
                for row in 0..3 {
                    let line = &lines[row][at..at + 2 * count + 1];
                    for tap in 0..3 {
                        sums[row] = multiply_add(simd, line[tap * count], taps[3 * row + tap], sums[row]);
                    }
                }
                out[x * count + channel] = simd.add_f32s(simd.add_f32s(sums[0], sums[1]), sums[2]);
                x += 1;
            }
        }
    }
}

/// Output pixels side by side.
#[inline(always)]
#[allow(clippy::needless_range_loop, clippy::range_plus_one, reason = "as above")]
fn neighbours<S: Simd>(
    simd: S,
    lines: [&[S::f32s]; 3],
    taps: &[S::f32s; 9],
    bias: S::f32s,
    at: usize,
    count: usize,
    out: &mut [S::f32s],
) {
    let mut sums = [bias; TOGETHER];
    for row in 0..3 {
        let line = &lines[row][at..at + (TOGETHER + 1) * count + 1];
        let mut seen = [bias; TOGETHER + 2];
        for index in 0..TOGETHER + 2 {
            seen[index] = line[index * count];
        }
        for tap in 0..3 {
            for index in 0..TOGETHER {
                sums[index] = multiply_add(simd, seen[index + tap], taps[3 * row + tap], sums[index]);
            }
        }
    }
    let out = &mut out[at..at + (TOGETHER - 1) * count + 1];
    for index in 0..TOGETHER {
        out[index * count] = sums[index];
    }
}
