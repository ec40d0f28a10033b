//! Runs a plan on one input.

use pulp::{Simd, WithSimd};

use super::kernels::{Epilogue, Inputs, Level, depthwise, double, max_pool, product, sum};
use super::plan::{Layer, Left, Plan, Product, Shape};

/// The memory of one run, which the next one uses again.
#[derive(Debug)]
pub(super) struct Workspace {
    slots: Vec<Vec<f32>>,
    scratch: Vec<f32>,
}

impl Workspace {
    pub(super) fn new(plan: &Plan) -> Self {
        Self { slots: plan.slots.iter().map(|&length| vec![0.0; length]).collect(), scratch: vec![0.0; plan.scratch] }
    }

    /// The rows of the input, each of pixels of three channels.
    pub(super) fn input_rows(&mut self, plan: &Plan) -> impl Iterator<Item = &mut [[f32; 3]]> {
        let input = &plan.tensors[0];
        let rows = self.slots[input.slot].chunks_exact_mut(input.pitch()).skip(input.border).take(input.shape.height);
        rows.map(|row| &mut row.as_chunks_mut().0[input.border..][..input.shape.width])
    }

    /// Computes all layers from the input.
    pub(super) fn run(&mut self, plan: &Plan, level: Level) {
        level.dispatch(Run { plan, workspace: self });
    }

    /// What a head holds, channel by channel, each of them by rows.
    pub(super) fn head(&self, plan: &Plan, tensor: usize) -> (Shape, Vec<f32>) {
        let tensor = &plan.tensors[tensor];
        let values = &self.slots[tensor.slot];
        let channel = |channel: usize| tensor.pixels.iter().map(move |&pixel| values[pixel as usize * tensor.stored + channel]);
        (tensor.shape, (0..tensor.shape.channels).flat_map(channel).collect())
    }
}

struct Run<'a> {
    plan: &'a Plan,
    workspace: &'a mut Workspace,
}

impl WithSimd for Run<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let Self { plan, workspace } = self;
        for layer in &plan.layers {
            // No layer reads the memory that it writes to.
            let slot = plan.tensors[layer.target()].slot;
            let mut out = std::mem::take(&mut workspace.slots[slot]);
            step(simd, plan, layer, &workspace.slots, &mut workspace.scratch, &mut out);
            workspace.slots[slot] = out;
        }
    }
}

#[inline(always)]
fn step<S: Simd>(simd: S, plan: &Plan, layer: &Layer, slots: &[Vec<f32>], scratch: &mut [f32], out: &mut [f32]) {
    let tensor = |index: usize| &plan.tensors[index];
    let values = |index: usize| &slots[plan.tensors[index].slot][..];
    match layer {
        Layer::Product(layer) => convolution(simd, plan, layer, slots, scratch, out),
        Layer::Depthwise { source, target, depthwise: layer } => {
            let target = tensor(*target);
            let out = &mut out[target.at(0, 0)..];
            let (height, width) = (target.shape.height, target.shape.width);
            depthwise(simd, values(*source), tensor(*source), layer, 0, height, width, out, target.pitch());
        }
        Layer::MaxPool { source, target } => max_pool(simd, values(*source), tensor(*source), tensor(*target), out),
        Layer::Double { source, target } => double(simd, values(*source), tensor(*source), tensor(*target), out),
        Layer::Sum { sources, target } => {
            let sources = sources.map(|source| (values(source), tensor(source)));
            sum(simd, sources, tensor(*target), out);
        }
    }
}

#[inline(always)]
fn convolution<S: Simd>(simd: S, plan: &Plan, layer: &Product, slots: &[Vec<f32>], scratch: &mut [f32], out: &mut [f32]) {
    let (source, target) = (&plan.tensors[layer.source], &plan.tensors[layer.target]);
    let values = &slots[source.slot][..];
    let Shape { height, width, .. } = target.shape;
    let skip = layer.skip.map(|skip| {
        let skip = &plan.tensors[skip];
        (&slots[skip.slot][..], skip.stored, &skip.pixels[..])
    });
    let epilogue =
        Epilogue { bias: &layer.bias, skip, activation: &layer.activation, pixels: &target.pixels, channels: target.stored };
    match &layer.left {
        Left::Windows { window, starts } => {
            let inputs = Inputs { values, pieces: window.size, piece: window.size * source.stored, pitch: source.pitch() };
            let start = |pixel: usize| starts[pixel] as usize;
            product(simd, &inputs, start, &layer.weights, &epilogue, out, 0..height * width);
        }
        Left::Sums { depthwise: sums, rows } => {
            for first in (0..height).step_by(*rows) {
                let rows = (*rows).min(height - first);
                let scratch = &mut scratch[..rows * width * source.stored];
                depthwise(simd, values, source, sums, first, rows, width, scratch, width * source.stored);
                let inputs = Inputs { values: scratch, pieces: 1, piece: source.stored, pitch: 0 };
                let pixels = first * width..(first + rows) * width;
                let start = |pixel: usize| (pixel - first * width) * source.stored;
                product(simd, &inputs, start, &layer.weights, &epilogue, out, pixels);
            }
        }
    }
}
