//! Layers without weights.

use pulp::Simd;

use super::{multiply_add, vectors, vectors_mut};
use crate::net::plan::Tensor;

/// The largest of each 2 x 2 pixels.
#[inline(always)]
pub(crate) fn max_pool<S: Simd>(simd: S, values: &[f32], source: &Tensor, target: &Tensor, out: &mut [f32]) {
    let count = source.stored / S::F32_LANES;
    for y in 0..target.shape.height {
        let line = |row: usize| vectors::<S>(&values[source.row(2 * y + row)]);
        let out = vectors_mut::<S>(&mut out[target.row(y)]);
        let pairs = line(0).chunks_exact(2 * count).zip(line(1).chunks_exact(2 * count));
        for ((above, below), out) in pairs.zip(out.chunks_exact_mut(count)) {
            let (nw, ne) = above.split_at(count);
            let (sw, se) = below.split_at(count);
            for ((((out, &nw), &ne), &sw), &se) in out.iter_mut().zip(nw).zip(ne).zip(sw).zip(se) {
                *out = simd.max_f32s(simd.max_f32s(nw, ne), simd.max_f32s(sw, se));
            }
        }
    }
}

/// Twice the height and width. Every new pixel lies a quarter of an old one's side from its middle: three parts of it and one of the
/// neighbour on that side; at the border itself.
#[inline(always)]
pub(crate) fn double<S: Simd>(simd: S, values: &[f32], source: &Tensor, target: &Tensor, out: &mut [f32]) {
    let count = source.stored / S::F32_LANES;
    let (height, width) = (source.shape.height, source.shape.width);
    let nearer_and_farther = |at: usize, side: usize| {
        let near = at / 2;
        (near, if at.is_multiple_of(2) { near.saturating_sub(1) } else { (near + 1).min(side - 1) })
    };
    let (quarter, three) = (simd.splat_f32s(0.25), simd.splat_f32s(0.75));
    let between = |near: S::f32s, far: S::f32s| multiply_add(simd, near, three, simd.mul_f32s(far, quarter));
    for y in 0..2 * height {
        let (near, far) = nearer_and_farther(y, height);
        let (near, far) = (vectors::<S>(&values[source.row(near)]), vectors::<S>(&values[source.row(far)]));
        let out = vectors_mut::<S>(&mut out[target.row(y)]);
        for (x, out) in out.chunks_exact_mut(count).enumerate() {
            let (left, right) = nearer_and_farther(x, width);
            let pixel = |line: &'_ [S::f32s], x: usize, channel: usize| line[x * count + channel];
            for (channel, out) in out.iter_mut().enumerate() {
                let beside = |line| between(pixel(line, left, channel), pixel(line, right, channel));
                *out = between(beside(near), beside(far));
            }
        }
    }
}

/// Two tensors of one shape, number by number.
#[inline(always)]
pub(crate) fn sum<S: Simd>(simd: S, sources: [(&[f32], &Tensor); 2], target: &Tensor, out: &mut [f32]) {
    for y in 0..target.shape.height {
        let line = |(values, tensor): (&'_ [f32], &Tensor)| tensor.row(y).start..tensor.row(y).end.min(values.len());
        let (a, b) = (vectors::<S>(&sources[0].0[line(sources[0])]), vectors::<S>(&sources[1].0[line(sources[1])]));
        for ((out, &a), &b) in vectors_mut::<S>(&mut out[target.row(y)]).iter_mut().zip(a).zip(b) {
            *out = simd.add_f32s(a, b);
        }
    }
}
