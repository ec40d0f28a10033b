//! Lowered networks against tract.

use std::path::Path;

use proptest::prelude::*;
use proptest::sample::Index;
use serde_json::Value;
use tract_onnx::prelude::{DatumExt as _, OutletId, TypedModel};
use tract_onnx::tract_core::internal::SpecialOps as _;
use tract_onnx::tract_core::ops::array::{Pad, PadMode};
use tract_onnx::tract_core::ops::binary::TypedBinOp;
use tract_onnx::tract_core::ops::cnn::{Conv, KernelFormat, MaxPool, PaddingSpec, PoolSpec};
use tract_onnx::tract_core::ops::logic::{Iff, comp_gt};
use tract_onnx::tract_core::ops::math::{add, max, mul};
use tract_onnx::tract_core::ops::nn::DataFormat;
use tract_onnx::tract_core::ops::nn::resize::{CoordTransformer, Interpolator};
use tract_onnx_opl::resize::{AspectRatio, CoordTransform, Nearest, Resize};

use super::kernels::Level;
use super::*;
use crate::models::{FACE_DETECTION_FULL_RANGE, FACE_DETECTION_SHORT_RANGE, FACE_LANDMARK, IRIS_LANDMARK};

const MODELS: [(Model, u32); 4] =
    [(FACE_DETECTION_SHORT_RANGE, 128), (FACE_DETECTION_FULL_RANGE, 192), (FACE_LANDMARK, 192), (IRIS_LANDMARK, 64)];

/// Writes pixels into the rows of an input.
fn fill(pixels: &[[f32; 3]]) -> impl Fn(&mut [&mut [[f32; 3]]]) {
    move |rows| {
        let side = rows.len();
        for (row, pixels) in rows.iter_mut().zip(pixels.chunks_exact(side)) {
            row.copy_from_slice(pixels);
        }
    }
}

/// Real inputs through each network, against what the TFLite interpreter made of them with the models they were converted from.
#[test]
fn golden_outputs_are_met_within_their_bounds() {
    let Some(index) = crate::repository::file("models/golden/index.json") else { return };
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("models/golden");
    let cases: Vec<Value> = serde_json::from_slice(&index).unwrap();
    let mut compared = 0;
    for (model, side) in MODELS {
        let (scale, shift) = if model.name.starts_with("face_detection") { (1.0 / 127.5, -1.0) } else { (1.0 / 255.0, 0.0) };
        let network = Network::load(&model, side).unwrap();
        let file = format!("{}.onnx", model.name);
        let mut inputs = 0;
        for case in cases.iter().filter(|case| case["model"] == file) {
            let input = image::open(folder.join(case["input"].as_str().unwrap())).unwrap().into_rgb8();
            assert_eq!(input.dimensions(), (side, side));
            let pixels: Vec<_> = input.pixels().map(|pixel| pixel.0.map(|sample| scale * f32::from(sample) + shift)).collect();
            let found = network.outputs(fill(&pixels)).unwrap();
            let outputs = case["outputs"].as_array().unwrap();
            assert_eq!((outputs.len(), found.len()), (2, 2 + usize::from(model.features.is_some())));
            for (found, output) in found.iter().zip(outputs) {
                let bytes = std::fs::read(folder.join(output["file"].as_str().unwrap())).unwrap();
                let (expected, rest) = bytes.as_chunks::<4>();
                assert!(rest.is_empty());
                assert_eq!(found.len(), expected.len());
                let bound = output["bound"].as_f64().unwrap();
                for (found, expected) in found.iter().zip(expected) {
                    let off = (found - f32::from_le_bytes(*expected)).abs();
                    assert!(f64::from(off) <= bound, "{}: off by {off}, bound {bound}", output["file"]);
                }
                compared += 1;
            }
            inputs += 1;
        }
        assert!(inputs >= 3, "{file}: {inputs} inputs");
    }
    assert_eq!(compared, 2 * cases.len());
}

/// On noise, whose values reach further than those of photos; twice, so that the second run finds the memory of the first.
#[test]
fn all_networks_are_lowered_and_say_what_tract_says() {
    for (model, side) in MODELS {
        let (lowered, reference) = (Network::load(&model, side).unwrap(), Network::load_with_tract(&model, side).unwrap());
        assert!(matches!(*lowered.way, Way::Lowered { .. }), "{lowered:?}");
        for seed in [1_u32, 77] {
            let mut state = seed;
            let mut noise = || {
                state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                (state >> 8) as f32 / (1 << 23) as f32 - 1.0
            };
            let pixels: Vec<_> = (0..side * side).map(|_| [noise(), noise(), noise()]).collect();
            let [found, expected] = [&lowered, &reference].map(|network| network.outputs(fill(&pixels)).unwrap());
            assert_eq!(found.len(), expected.len());
            for (found, expected) in found.iter().zip(&expected) {
                let range = expected.iter().fold(0.0_f32, |range, value| range.max(value.abs()));
                assert_eq!(found.len(), expected.len());
                for (found, expected) in found.iter().zip(expected) {
                    assert!((found - expected).abs() <= 1e-5 * range, "{}: {found} for {expected}", model.name);
                }
            }
        }
    }
}

#[test]
fn a_wrong_number_of_outputs_is_an_error() {
    let network = Network::load(&FACE_DETECTION_SHORT_RANGE, 128).unwrap();
    assert!(network.run::<5>(|_| ()).is_err());
}

/// What is not known stays with tract, and says so.
#[test]
fn a_graph_that_cannot_be_lowered_is_left_alone() {
    let mut graph = Graph::new(6, 6);
    let doubled = graph.model.wire_node("sum", add(), &[graph.last, graph.last]).unwrap()[0];
    graph.last = doubled;
    assert!(lower(&graph.finish()).is_err());
}

/// A graph behind the input, layer by layer.
struct Graph {
    model: TypedModel,
    last: OutletId,
    channels: usize,
    height: usize,
    width: usize,
    names: usize,
    values: u32,
}

impl Graph {
    fn new(height: usize, width: usize) -> Self {
        let mut model = TypedModel::default();
        let last = model.add_source("input", f32::fact([1, 3, height, width])).unwrap();
        Self { model, last, channels: 3, height, width, names: 0, values: 9 }
    }

    fn name(&mut self) -> String {
        self.names += 1;
        format!("node{}", self.names)
    }

    /// Numbers around zero.
    fn constant(&mut self, shape: &[usize]) -> OutletId {
        let values = (0..shape.iter().product::<usize>()).map(|_| {
            self.values = self.values.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (self.values >> 8) as f32 / (1 << 24) as f32 - 0.5
        });
        let tensor = Tensor::from_shape(shape, &values.collect::<Vec<_>>()).unwrap();
        let name = self.name();
        self.model.add_const(name, tensor).unwrap()
    }

    fn convolution(
        &mut self,
        outputs: usize,
        size: usize,
        stride: usize,
        before: [usize; 2],
        after: [usize; 2],
        depthwise: bool,
    ) {
        let inputs = self.channels;
        let (group, outputs) = if depthwise { (inputs, inputs) } else { (1, outputs) };
        let kernel = self.constant(&[outputs, inputs / group, size, size]);
        let bias = self.constant(&[outputs]);
        let padding = PaddingSpec::Explicit(before.into_iter().collect(), after.into_iter().collect());
        let pool_spec =
            PoolSpec::new(DataFormat::NCHW, tvec!(size, size), padding, None, Some(tvec!(stride, stride)), inputs, outputs);
        let conv = Conv { pool_spec, kernel_fmt: KernelFormat::OIHW, group, q_params: None };
        let name = self.name();
        self.last = self.model.wire_node(name, conv, &[self.last, kernel, bias]).unwrap()[0];
        let side = |side: usize, axis: usize| (side + before[axis] + after[axis] - size) / stride + 1;
        (self.height, self.width, self.channels) = (side(self.height, 0), side(self.width, 1), outputs);
    }

    fn relu(&mut self) {
        let (zero, name) = (self.name(), self.name());
        let zero = self.model.add_const(zero, Tensor::from_shape(&[1, 1, 1, 1], &[0.0_f32]).unwrap()).unwrap();
        self.last = self.model.wire_node(name, max(), &[self.last, zero]).unwrap()[0];
    }

    fn prelu(&mut self) {
        let slopes = self.constant(&[1, self.channels, 1, 1]);
        let names: [String; 4] = std::array::from_fn(|_| self.name());
        let [zero, scaled, test, iff] = names;
        let zero = self.model.add_const(zero, Tensor::from_shape(&[1, 1, 1, 1], &[0.0_f32]).unwrap()).unwrap();
        let scaled = self.model.wire_node(scaled, mul(), &[self.last, slopes]).unwrap()[0];
        let test = self.model.wire_node(test, TypedBinOp(comp_gt(), None), &[zero, self.last]).unwrap()[0];
        self.last = self.model.wire_node(iff, Iff, &[test, scaled, self.last]).unwrap()[0];
    }

    fn pad(&mut self, pads: [(usize, usize); 4]) {
        let pad = Pad::new(pads.to_vec(), PadMode::Constant(Arc::new(Tensor::from(0.0_f32))));
        let name = self.name();
        self.last = self.model.wire_node(name, pad, &[self.last]).unwrap()[0];
    }

    fn add(&mut self, other: OutletId) {
        let name = self.name();
        self.last = self.model.wire_node(name, add(), &[other, self.last]).unwrap()[0];
    }

    fn max_pool(&mut self) {
        let padding = PaddingSpec::Explicit(tvec!(0, 0), tvec!(0, 0));
        let (channels, halves) = (self.channels, tvec!(2, 2));
        let spec = PoolSpec::new(DataFormat::NCHW, halves.clone(), padding, None, Some(halves), channels, channels);
        let name = self.name();
        self.last = self.model.wire_node(name, MaxPool::new(spec, None), &[self.last]).unwrap()[0];
        (self.height, self.width) = (self.height / 2, self.width / 2);
    }

    fn double(&mut self) {
        let (scales, name) = (self.name(), self.name());
        let scales = self.model.add_const(scales, Tensor::from_shape(&[4], &[1.0_f32, 1.0, 2.0, 2.0]).unwrap()).unwrap();
        let resize = Resize {
            axes: None,
            coord_transformer: CoordTransform::Plain(CoordTransformer::HalfPixel),
            interpolator: Interpolator::Linear,
            nearest: Nearest::RoundPreferFloor,
            antialias: false,
            cubic_coeff_a_bits: (-0.75_f32).to_bits(),
            exclude_outside: false,
            extrapolation_value_bits: 0,
            keep_aspect_ratio_policy: AspectRatio::Stretch,
            optional_roi_input: None,
            optional_scales_input: Some(1),
            optional_sizes_input: None,
        };
        self.last = self.model.wire_node(name, resize, &[self.last, scales]).unwrap()[0];
        (self.height, self.width) = (2 * self.height, 2 * self.width);
    }

    fn finish(mut self) -> TypedModel {
        self.model.select_output_outlets(&[self.last]).unwrap();
        self.model
    }

    /// Runs it both ways, and the plan with every instruction set that there is.
    fn compare(self, layers: usize, seed: u32) -> Result<(), TestCaseError> {
        let input = self.model.input_fact(0).unwrap().shape.as_concrete().unwrap().to_vec();
        let (height, width) = (input[2], input[3]);
        let pixels: Vec<[f32; 3]> = (0..(height * width) as u32)
            .map(|pixel| {
                [0, 1, 2].map(|c| {
                    ((3 * pixel + c).wrapping_mul(2_654_435_761).wrapping_add(seed) >> 8) as f32 / (1 << 23) as f32 - 1.0
                })
            })
            .collect();
        let planes: Vec<f32> = (0..3).flat_map(|c| pixels.iter().map(move |pixel| pixel[c])).collect();
        let model = self.finish();
        let Lowered { plan, rest } = lower(&model).unwrap();
        prop_assert_eq!(plan.layers.len(), layers);
        let expected = model.into_runnable().unwrap().run(tvec!(Tensor::from_shape(&input, &planes).unwrap().into())).unwrap();
        let [expected] = &flattened(&expected).unwrap()[..] else { panic!("one output") };
        let range = expected.iter().fold(1e-3_f32, |range, value| range.max(value.abs()));
        let mut workspace = Workspace::new(&plan);
        let levels = Level::all();
        prop_assert!(levels.len() >= 2);
        for level in levels {
            for (row, pixels) in workspace.input_rows(&plan).zip(pixels.chunks_exact(width)) {
                row.copy_from_slice(pixels);
            }
            workspace.run(&plan, level);
            let [found] = &finish(&plan, &workspace, &rest).unwrap()[..] else { panic!("one output") };
            prop_assert_eq!(found.len(), expected.len());
            for (found, expected) in found.iter().zip(expected) {
                prop_assert!((found - expected).abs() <= 1e-5 * range, "{:?}: {} for {}", level, found, expected);
            }
        }
        Ok(())
    }
}

/// Side of a picture, and channels that fill groups or leave them open.
fn sizes() -> impl Strategy<Value = (usize, usize)> {
    (3_usize..20, 3_usize..20)
}

fn channels() -> impl Strategy<Value = usize> {
    prop_oneof![Just(8_usize), Just(16), Just(24), Just(40), 1_usize..70]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    /// The window may reach past each side by another number of pixels.
    #[test]
    fn a_convolution((height, width) in sizes(), outputs in channels(), size in 1_usize..4, stride in 1_usize..4, pads in any::<[Index; 4]>(), seed: u32) {
        let mut graph = Graph::new(height, width);
        let [top, left, bottom, right] = pads.map(|pad| pad.index(size));
        graph.convolution(outputs, size, stride, [top, left], [bottom, right], false);
        graph.compare(1, seed)?;
    }

    #[test]
    fn a_convolution_of_what_another_made((height, width) in sizes(), first in channels(), outputs in channels(), size in 1_usize..4, seed: u32) {
        let mut graph = Graph::new(height, width);
        graph.convolution(first, 3, 1, [1, 1], [1, 1], false);
        graph.relu();
        graph.pad([(0, 0), (0, 0), (1, 0), (0, 1)]);
        (graph.height, graph.width) = (graph.height + 1, graph.width + 1);
        graph.convolution(outputs, size, 1, [0, 0], [0, 0], false);
        graph.prelu();
        graph.compare(2, seed)?;
    }

    #[test]
    fn a_depthwise_convolution_by_itself((height, width) in sizes(), count in channels(), stride in 1_usize..3, seed: u32) {
        let mut graph = Graph::new(height, width);
        graph.convolution(count, 1, 1, [0, 0], [0, 0], false);
        graph.convolution(count, 3, stride, [1, 0], [1, 2], true);
        graph.compare(2, seed)?;
    }

    /// As the networks are made of: depthwise, product, what was there before, activation.
    #[test]
    fn a_block((height, width) in sizes(), before in channels().prop_map(|count| count.max(2)), more in 0_usize..30, stride in 1_usize..3, smooth: bool, seed: u32) {
        let (height, width) = (2 * height, 2 * width);
        let mut graph = Graph::new(height, width);
        graph.convolution(before, 1, 1, [0, 0], [0, 0], false);
        let mut layers = 2;
        let skip = if stride == 2 {
            layers += 1;
            let inner = graph.last;
            graph.max_pool();
            let skip = graph.last;
            (graph.last, graph.height, graph.width) = (inner, height, width);
            skip
        } else {
            graph.last
        };
        graph.convolution(before, 3, stride, if stride == 1 { [1, 1] } else { [0, 0] }, [1, 1], true);
        graph.convolution(before + more, 1, 1, [0, 0], [0, 0], false);
        let sums = graph.last;
        graph.last = skip;
        if more > 0 {
            graph.pad([(0, 0), (0, more), (0, 0), (0, 0)]);
        }
        let skip = graph.last;
        graph.last = sums;
        graph.add(skip);
        if smooth { graph.prelu() } else { graph.relu() }
        graph.compare(layers, seed)?;
    }

    #[test]
    fn the_largest_of_four((height, width) in sizes(), count in channels(), seed: u32) {
        let mut graph = Graph::new(2 * height, 2 * width);
        graph.convolution(count, 1, 1, [0, 0], [0, 0], false);
        graph.max_pool();
        graph.compare(2, seed)?;
    }

    #[test]
    fn twice_the_size_and_a_sum((height, width) in sizes(), count in channels(), seed: u32) {
        let mut graph = Graph::new(2 * height, 2 * width);
        graph.convolution(count, 1, 1, [0, 0], [0, 0], false);
        graph.relu();
        let whole = graph.last;
        graph.max_pool();
        graph.double();
        graph.add(whole);
        graph.compare(4, seed)?;
    }
}
