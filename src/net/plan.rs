//! A network's trunk as a list of fused layers over tensors whose places in memory are known before the first run.

use std::collections::HashMap;
use std::ops::Range;

/// Channels are stored in whole groups: any vector of 4 or 8 lanes divides them.
pub(super) const GROUP: usize = 8;

/// Output pixels whose depthwise sums are kept until the product consumes them: small enough to stay in the fastest cache.
const FUSED_PIXELS: usize = 24;

/// Height, width and channels of a picture-like tensor.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Shape {
    pub(super) height: usize,
    pub(super) width: usize,
    pub(super) channels: usize,
}

/// A tensor: rows from the top, the channels of a pixel side by side, zeros around the picture and after the last channel.
#[derive(Debug, Clone)]
pub(super) struct Tensor {
    pub(super) shape: Shape,
    /// Floats for each pixel.
    pub(super) stored: usize,
    /// Pixels of zeros on each side, as many as its readers reach past the picture.
    pub(super) border: usize,
    /// The memory that holds it while it is needed.
    pub(super) slot: usize,
    /// For each pixel of the picture how many pixels of memory lie before it.
    pub(super) pixels: Vec<u32>,
}

impl Tensor {
    /// Floats from one row to the next.
    pub(super) fn pitch(&self) -> usize {
        (self.shape.width + 2 * self.border) * self.stored
    }

    /// Floats of memory.
    fn length(&self) -> usize {
        (self.shape.height + 2 * self.border) * self.pitch()
    }

    /// The first float of a pixel, which may lie in the border.
    pub(super) fn at(&self, y: isize, x: isize) -> usize {
        let inside = |at: isize| (at + self.border.cast_signed()).cast_unsigned();
        inside(y) * self.pitch() + inside(x) * self.stored
    }

    /// The floats of a row of the picture.
    pub(super) fn row(&self, y: usize) -> Range<usize> {
        let start = self.at(y.cast_signed(), 0);
        start..start + self.shape.width * self.stored
    }
}

/// What the sums go through before they are stored.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Activation {
    Identity,
    /// Negative values become zero.
    Relu,
    /// Negative values are multiplied by their channel's slope.
    PRelu(Vec<f32>),
}

/// Where a window of a convolution lies: its output pixel (x, y) sees `size` x `size` pixels from `stride * x - left` and
/// `stride * y - top` on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Window {
    pub(super) size: usize,
    pub(super) stride: usize,
    pub(super) top: usize,
    pub(super) left: usize,
}

/// A convolution of 3 x 3 of each channel by itself.
#[derive(Debug, Clone)]
pub(super) struct Depthwise {
    pub(super) window: Window,
    /// By tap, then by channel.
    pub(super) weights: Vec<f32>,
    pub(super) bias: Vec<f32>,
}

/// What a product multiplies.
#[derive(Debug, Clone)]
pub(super) enum Left {
    /// Windows of the source; for each output pixel where its window starts.
    Windows { window: Window, starts: Vec<u32> },
    /// Sums of a depthwise convolution, some rows at a time.
    Sums { depthwise: Depthwise, rows: usize },
}

/// A convolution over all channels as a matrix product, with what comes before and after it.
#[derive(Debug, Clone)]
pub(super) struct Product {
    pub(super) source: usize,
    pub(super) target: usize,
    pub(super) left: Left,
    /// Blocks of output channels as `blocks` cuts them; in each the weights of one input after the other.
    pub(super) weights: Vec<f32>,
    pub(super) bias: Vec<f32>,
    /// Added before the activation; may have fewer channels.
    pub(super) skip: Option<usize>,
    pub(super) activation: Activation,
}

#[derive(Debug, Clone)]
pub(super) enum Layer {
    Product(Box<Product>),
    /// A depthwise convolution whose sums are needed as they are.
    Depthwise {
        source: usize,
        target: usize,
        depthwise: Depthwise,
    },
    /// The largest of each 2 x 2 pixels.
    MaxPool {
        source: usize,
        target: usize,
    },
    /// Twice the height and width, linearly between the middles of the pixels.
    Double {
        source: usize,
        target: usize,
    },
    Sum {
        sources: [usize; 2],
        target: usize,
    },
}

impl Layer {
    pub(super) fn target(&self) -> usize {
        match self {
            Self::Product(product) => product.target,
            Self::Depthwise { target, .. }
            | Self::MaxPool { target, .. }
            | Self::Double { target, .. }
            | Self::Sum { target, .. } => *target,
        }
    }

    fn sources(&self) -> Vec<usize> {
        match self {
            Self::Product(product) => [Some(product.source), product.skip].into_iter().flatten().collect(),
            Self::Depthwise { source, .. } | Self::MaxPool { source, .. } | Self::Double { source, .. } => vec![*source],
            Self::Sum { sources, .. } => sources.to_vec(),
        }
    }

    /// How far windows reach past the picture of a source, in pixels.
    fn reach(&self, source: &Shape, target: &Shape) -> usize {
        let window = match self {
            Self::Product(product) => match &product.left {
                Left::Windows { window, .. } => window,
                Left::Sums { depthwise, .. } => &depthwise.window,
            },
            Self::Depthwise { depthwise, .. } => &depthwise.window,
            _ => return 0,
        };
        let past = |side: usize, outputs: usize, before: usize| {
            ((outputs - 1) * window.stride + window.size).saturating_sub(before + side)
        };
        let (bottom, right) = (past(source.height, target.height, window.top), past(source.width, target.width, window.left));
        window.top.max(window.left).max(bottom).max(right)
    }
}

/// All layers, in the order in which they run.
#[derive(Debug, Clone)]
pub(super) struct Plan {
    pub(super) tensors: Vec<Tensor>,
    /// The first tensor is the input.
    pub(super) layers: Vec<Layer>,
    /// Tensors to be read once all layers have run.
    pub(super) heads: Vec<usize>,
    /// Floats of each memory.
    pub(super) slots: Vec<usize>,
    /// Floats that the sums of a depthwise convolution take at most.
    pub(super) scratch: usize,
}

impl Plan {
    /// Places tensors of these shapes in memory, the first one being the input.
    pub(super) fn new(shapes: &[Shape], mut layers: Vec<Layer>, heads: Vec<usize>) -> Self {
        let mut tensors: Vec<Tensor> = shapes
            .iter()
            .enumerate()
            .map(|(index, &shape)| {
                let border = layers.iter().filter(|layer| layer.sources().contains(&index));
                let border = border.map(|layer| layer.reach(&shape, &shapes[layer.target()])).max().unwrap_or(0);
                let stored = stored_channels(index, shape.channels);
                let mut tensor = Tensor { shape, stored, border, slot: 0, pixels: Vec::new() };
                let pixels = (0..shape.height.cast_signed()).flat_map(|y| (0..shape.width.cast_signed()).map(move |x| (y, x)));
                tensor.pixels = pixels.map(|(y, x)| index32(tensor.at(y, x) / stored)).collect();
                tensor
            })
            .collect();
        let slots = share(&mut tensors, &layers, &heads);
        let mut scratch = 0;
        for layer in &mut layers {
            if let Layer::Product(product) = layer {
                let (source, target) = (&tensors[product.source], &tensors[product.target].shape);
                match &mut product.left {
                    Left::Windows { window, starts } => *starts = window_starts(source, target, *window),
                    Left::Sums { rows, .. } => {
                        *rows = (FUSED_PIXELS / target.width).clamp(1, target.height);
                        scratch = scratch.max(*rows * target.width * source.stored);
                    }
                }
            }
        }
        Self { tensors, layers, heads, slots, scratch }
    }
}

/// Floats for each pixel of a tensor. The first one is the input, whose three channels are read row by row, which needs no whole groups.
pub(super) fn stored_channels(tensor: usize, channels: usize) -> usize {
    if tensor == 0 { channels } else { channels.next_multiple_of(GROUP) }
}

fn window_starts(source: &Tensor, target: &Shape, window: Window) -> Vec<u32> {
    let start = |at: usize, before: usize| (at * window.stride).cast_signed() - before.cast_signed();
    let pixels = (0..target.height).flat_map(|y| (0..target.width).map(move |x| (y, x)));
    pixels.map(|(y, x)| index32(source.at(start(y, window.top), start(x, window.left)))).collect()
}

#[allow(clippy::cast_possible_truncation, reason = "the largest tensor has under a million floats")]
fn index32(index: usize) -> u32 {
    debug_assert!(u32::try_from(index).is_ok());
    index as u32
}

/// Gives tensors of one layout that are not needed at the same time the same memory, so that borders stay zero. Returns the sizes.
fn share(tensors: &mut [Tensor], layers: &[Layer], heads: &[usize]) -> Vec<usize> {
    let mut last_use: Vec<usize> = vec![0; tensors.len()];
    for (step, layer) in layers.iter().enumerate() {
        for source in layer.sources() {
            last_use[source] = step;
        }
    }
    for &head in heads {
        last_use[head] = usize::MAX;
    }
    let layout = |tensor: &Tensor| (tensor.shape, tensor.stored, tensor.border);
    let mut sizes = vec![tensors[0].length()];
    let mut free: HashMap<_, Vec<usize>> = HashMap::new();
    for (step, layer) in layers.iter().enumerate() {
        let target = layer.target();
        tensors[target].slot = free.get_mut(&layout(&tensors[target])).and_then(Vec::pop).unwrap_or_else(|| {
            sizes.push(tensors[target].length());
            sizes.len() - 1
        });
        let mut sources = layer.sources();
        sources.dedup();
        for source in sources {
            if last_use[source] == step && source != 0 {
                free.entry(layout(&tensors[source])).or_default().push(tensors[source].slot);
            }
        }
    }
    sizes
}

/// Output channels in blocks of 16, the last one of 24 or 8 where they are no multiple: their sums fit the registers.
pub(super) fn blocks(channels: usize) -> impl Iterator<Item = Range<usize>> {
    let mut start = 0;
    std::iter::from_fn(move || {
        let left = channels - start;
        let width = match left {
            0 => return None,
            24 => 24,
            8..16 => 8,
            _ => 16,
        };
        start += width;
        Some(start - width..start)
    })
}

/// A kernel (by output channel, input channel and tap) in the order in which a product reads it, for inputs of which each tap has so
/// many channels stored; zeros where there are no channels.
pub(super) fn packed(kernel: &[f32], outputs: usize, taps: usize, stored: usize) -> Vec<f32> {
    let inputs = kernel.len() / (outputs * taps);
    let mut weights = vec![0.0; outputs.next_multiple_of(GROUP) * taps * stored];
    for block in blocks(outputs.next_multiple_of(GROUP)) {
        let (first, width) = (block.start, block.len());
        let weights = &mut weights[first * taps * stored..][..width * taps * stored];
        for (output, kernel) in kernel.chunks_exact(inputs * taps).skip(first).take(width).enumerate() {
            for (channel, kernel) in kernel.chunks_exact(taps).enumerate() {
                for (tap, &weight) in kernel.iter().enumerate() {
                    weights[(tap * stored + channel) * width + output] = weight;
                }
            }
        }
    }
    weights
}

/// Values for each channel, and zeros to the end of the last group.
pub(super) fn grouped(values: impl IntoIterator<Item = f32>) -> Vec<f32> {
    let mut values: Vec<f32> = values.into_iter().collect();
    values.resize(values.len().next_multiple_of(GROUP), 0.0);
    values
}
