//! tract's typed graph -> the plan of its trunk, and what remains of the graph for tract to run.
//!
//! A convolution is not put into the plan where it stands but where its result is needed, so that what follows it (the product after
//! a depthwise convolution, the skip, the activation) has been seen by then and becomes part of it.

use std::collections::HashMap;
use std::rc::Rc;
use std::sync::Arc;

use tract_onnx::prelude::{DatumType, IntoRunnable, OutletId, Tensor, TractResult, TypedModel, TypedRunnableModel};
use tract_onnx::tract_core::internal::{SpecialOps as _, TVec, TypedNode};
use tract_onnx::tract_core::ops;
use tract_onnx::tract_core::ops::array::{Pad, PadMode};
use tract_onnx::tract_core::ops::binary::TypedBinOp;
use tract_onnx::tract_core::ops::change_axes::AxisOp;
use tract_onnx::tract_core::ops::cnn::{Conv, KernelFormat, MaxPool, PaddingSpec, PoolSpec};
use tract_onnx::tract_core::ops::logic::{CompGT, Iff};
use tract_onnx::tract_core::ops::nn::DataFormat;
use tract_onnx::tract_core::ops::nn::resize::Interpolator;
use tract_onnx_opl::resize::{CoordTransform, Resize};

use super::plan::{Activation, Depthwise, Layer, Left, Plan, Product, Shape, Window, grouped, packed, stored_channels};

/// A graph in two parts.
pub(super) struct Lowered {
    pub(super) plan: Plan,
    /// From the plan's heads, in their order, to the network's outputs.
    pub(super) rest: Arc<TypedRunnableModel>,
}

/// Takes from the graph what can be taken.
///
/// # Errors
/// Nothing of it can be, or tract refuses what remains.
pub(super) fn lower(model: &TypedModel) -> TractResult<Lowered> {
    let mut lowering = Lowering { model, values: HashMap::new(), shapes: Vec::new(), layers: Vec::new() };
    for node in model.eval_order()? {
        let node = &model.nodes[node];
        if let Some(value) = lowering.value(node) {
            lowering.values.insert(OutletId::new(node.id, 0), value);
        }
    }
    lowering.finish()
}

/// What is known of an outlet.
#[derive(Clone)]
enum Value {
    Constant(Arc<Tensor>),
    /// A tensor of the plan.
    Stored(usize),
    /// Not in the plan yet.
    Convolution(Box<Convolution>),
    /// Zeros around the picture: top, left.
    Padded {
        inner: OutletId,
        before: (usize, usize),
    },
    /// Channels of zeros after the last one.
    Widened {
        inner: OutletId,
    },
    /// Times one slope for each channel.
    Scaled {
        inner: OutletId,
        slopes: Rc<[f32]>,
    },
    /// Whether it is under zero.
    Negative {
        inner: OutletId,
    },
}

#[derive(Clone)]
struct Convolution {
    source: OutletId,
    shape: Shape,
    depthwise: Option<Rc<Depthwise>>,
    dense: Option<Dense>,
    skip: Option<OutletId>,
    activation: Activation,
}

#[derive(Clone)]
struct Dense {
    window: Window,
    /// By output channel, input channel, row and column.
    kernel: Rc<[f32]>,
    bias: Rc<[f32]>,
}

struct Lowering<'a> {
    model: &'a TypedModel,
    values: HashMap<OutletId, Value>,
    shapes: Vec<Shape>,
    layers: Vec<Layer>,
}

impl Lowering<'_> {
    /// What a node computes, if the plan can.
    fn value(&mut self, node: &TypedNode) -> Option<Value> {
        let op = &node.op;
        if let Some(constant) = op.downcast_ref::<ops::konst::Const>() {
            return Some(Value::Constant(constant.val().clone()));
        }
        if op.is::<ops::source::TypedSource>() {
            let input = self.shapes.is_empty().then(|| shape(self.model, OutletId::new(node.id, 0)))??;
            return Some(Value::Stored(self.tensor(input)));
        }
        let input = *node.inputs.first()?;
        if let Some(Value::Constant(tensor)) = self.values.get(&input) {
            if let Some(cast) = op.downcast_ref::<ops::cast::Cast>() {
                return Some(Value::Constant(Arc::new(tensor.cast_to_dt(cast.to).ok()?.into_owned())));
            }
            // Only slopes have axes added, and they are read in their order.
            if matches!(op.downcast_ref(), Some(AxisOp::Add(_))) {
                return Some(Value::Constant(tensor.clone()));
            }
        }
        if let Some(conv) = op.downcast_ref::<Conv>() {
            return self.convolution(node, conv);
        }
        if let Some(binary) = op.downcast_ref::<TypedBinOp>() {
            return self.binary(node, binary);
        }
        if op.is::<Iff>() {
            return self.prelu(node);
        }
        if let Some(pad) = op.downcast_ref::<Pad>() {
            return self.pad(input, pad);
        }
        if let Some(pool) = op.downcast_ref::<MaxPool>() {
            return self.max_pool(node, pool);
        }
        if let Some(resize) = op.downcast_ref::<Resize>() {
            return self.double(node, resize);
        }
        None
    }

    fn convolution(&mut self, node: &TypedNode, conv: &Conv) -> Option<Value> {
        let [input, kernel, bias] = node.inputs[..] else { return None };
        let shape = shape(self.model, OutletId::new(node.id, 0))?;
        let (mut window, inputs) = (window(&conv.pool_spec)?, conv.pool_spec.input_channels);
        if conv.q_params.is_some() || conv.kernel_fmt != KernelFormat::OIHW {
            return None;
        }
        let (kernel, bias) = (self.floats(kernel)?, self.floats(bias)?);
        let mut source = input;
        if let Some(Value::Padded { inner, before }) = self.values.get(&input) {
            (source, window.top, window.left) = (*inner, window.top + before.0, window.left + before.1);
        }
        let taps = window.size * window.size;
        if bias.len() != shape.channels {
            return None;
        }
        let pending = |dense, depthwise, source| {
            let activation = Activation::Identity;
            Some(Value::Convolution(Box::new(Convolution { source, shape, depthwise, dense, skip: None, activation })))
        };
        if conv.group == 1 && kernel.len() == shape.channels * inputs * taps {
            let dense = Dense { window, kernel, bias };
            let pointwise = Window { size: 1, stride: 1, top: 0, left: 0 };
            if let Some(Value::Convolution(before)) = self.values.get(&source)
                && let Convolution { depthwise: Some(depthwise), dense: None, .. } = &**before
                && window == pointwise
                && self.is_for_one(source)
            {
                return pending(Some(dense), Some(depthwise.clone()), before.source);
            }
            self.stored(source)?;
            return pending(Some(dense), None, source);
        }
        if conv.group == inputs && inputs == shape.channels && window.size == 3 && kernel.len() == 9 * inputs {
            // The input's channels are in no whole group.
            if self.stored(source)? == 0 {
                return None;
            }
            let weights = (0..9).flat_map(|tap| grouped((0..inputs).map(|channel| kernel[channel * 9 + tap])));
            let depthwise = Depthwise { window, weights: weights.collect(), bias: grouped(bias.iter().copied()) };
            return pending(None, Some(Rc::new(depthwise)), source);
        }
        None
    }

    fn binary(&mut self, node: &TypedNode, binary: &TypedBinOp) -> Option<Value> {
        let [a, b] = node.inputs[..] else { return None };
        let operation = &binary.0;
        if operation.is::<ops::math::Add>() {
            let shape = shape(self.model, OutletId::new(node.id, 0))?;
            return self.with_skip(b, a).or_else(|| self.with_skip(a, b)).or_else(|| {
                let sources = [self.stored(a)?, self.stored(b)?];
                if sources.iter().any(|&source| self.shapes[source] != shape || source == 0) {
                    return None;
                }
                let target = self.tensor(shape);
                self.layers.push(Layer::Sum { sources, target });
                Some(Value::Stored(target))
            });
        }
        let (constant, other) = match (self.floats(a), self.floats(b)) {
            (Some(constant), None) => (constant, b),
            (None, Some(constant)) => (constant, a),
            _ => return None,
        };
        let is_zero = constant.iter().all(|&value| value == 0.0);
        if operation.is::<ops::math::Max>() && is_zero && self.is_for_one(other) {
            return self.activated(other, Activation::Relu);
        }
        if operation.is::<CompGT>() && is_zero && other == b {
            return Some(Value::Negative { inner: other });
        }
        if operation.is::<ops::math::Mul>() && constant.len() == shape(self.model, other)?.channels {
            return Some(Value::Scaled { inner: other, slopes: constant });
        }
        None
    }

    /// A pending convolution to which another tensor is added, if that is all that becomes of it.
    fn with_skip(&mut self, convolution: OutletId, other: OutletId) -> Option<Value> {
        let Some(Value::Convolution(pending)) = self.values.get(&convolution) else { return None };
        if pending.dense.is_none()
            || pending.skip.is_some()
            || pending.activation != Activation::Identity
            || !self.is_for_one(convolution)
        {
            return None;
        }
        let pending = pending.clone();
        let skip = if let Some(Value::Widened { inner }) = self.values.get(&other) { *inner } else { other };
        let skipped = self.stored(skip)?;
        let Shape { height, width, channels } = self.shapes[skipped];
        if (height, width) != (pending.shape.height, pending.shape.width) || channels > pending.shape.channels || skipped == 0 {
            return None;
        }
        // One channel would be added to all of them.
        if skip == other && channels != pending.shape.channels {
            return None;
        }
        Some(Value::Convolution(Box::new(Convolution { skip: Some(skip), ..*pending })))
    }

    /// `x < 0 ? slope * x : x`, which is how tract spells it.
    fn prelu(&mut self, node: &TypedNode) -> Option<Value> {
        let [test, scaled, plain] = node.inputs[..] else { return None };
        match (self.values.get(&test)?, self.values.get(&scaled)?) {
            (Value::Negative { inner: tested }, Value::Scaled { inner, slopes })
                if *tested == plain && *inner == plain && self.model.outlet_successors(plain).len() == 3 =>
            {
                let slopes = grouped(slopes.iter().copied());
                self.activated(plain, Activation::PRelu(slopes))
            }
            _ => None,
        }
    }

    fn activated(&self, convolution: OutletId, activation: Activation) -> Option<Value> {
        match self.values.get(&convolution)? {
            Value::Convolution(pending) if pending.dense.is_some() && pending.activation == Activation::Identity => {
                Some(Value::Convolution(Box::new(Convolution { activation, ..(**pending).clone() })))
            }
            _ => None,
        }
    }

    fn pad(&self, input: OutletId, pad: &Pad) -> Option<Value> {
        let PadMode::Constant(value) = &pad.mode else { return None };
        if value.cast_to_scalar::<f32>().ok()? != 0.0 || !self.is_known(input) {
            return None;
        }
        match pad.pads[..] {
            [(0, 0), (0, 0), (top, _), (left, _)] => Some(Value::Padded { inner: input, before: (top, left) }),
            [(0, 0), (0, _), (0, 0), (0, 0)] => Some(Value::Widened { inner: input }),
            _ => None,
        }
    }

    fn max_pool(&mut self, node: &TypedNode, pool: &MaxPool) -> Option<Value> {
        let shape = shape(self.model, OutletId::new(node.id, 0))?;
        let source = self.stored(node.inputs[0])?;
        let Shape { height, width, .. } = self.shapes[source];
        let halves = Window { size: 2, stride: 2, top: 0, left: 0 };
        if source == 0 || window(&pool.pool_spec)? != halves || (height, width) != (2 * shape.height, 2 * shape.width) {
            return None;
        }
        let target = self.tensor(shape);
        self.layers.push(Layer::MaxPool { source, target });
        Some(Value::Stored(target))
    }

    fn double(&mut self, node: &TypedNode, resize: &Resize) -> Option<Value> {
        let shape = shape(self.model, OutletId::new(node.id, 0))?;
        let source = self.stored(node.inputs[0])?;
        let Shape { height, width, channels } = self.shapes[source];
        let linear = resize.interpolator == Interpolator::Linear && !resize.antialias && resize.axes.is_none();
        let half_pixel = matches!(&resize.coord_transformer, CoordTransform::Plain(plain) if plain.as_str() == "half_pixel");
        if source == 0 || !linear || !half_pixel || shape != (Shape { height: 2 * height, width: 2 * width, channels }) {
            return None;
        }
        let target = self.tensor(shape);
        self.layers.push(Layer::Double { source, target });
        Some(Value::Stored(target))
    }

    /// The tensor of the plan that holds an outlet's values, computed here if it was not before.
    fn stored(&mut self, outlet: OutletId) -> Option<usize> {
        let pending = match self.values.get(&outlet)? {
            Value::Stored(tensor) => return Some(*tensor),
            Value::Convolution(pending) => pending.clone(),
            _ => return None,
        };
        let Convolution { source, shape, depthwise, dense, skip, activation } = *pending;
        let source = self.stored(source)?;
        let skip = match skip {
            Some(skip) => Some(self.stored(skip)?),
            None => None,
        };
        let target = self.tensor(shape);
        self.layers.push(match (depthwise, dense) {
            (depthwise, Some(dense)) => {
                let stored = stored_channels(source, self.shapes[source].channels);
                let taps = dense.window.size * dense.window.size;
                let weights = packed(&dense.kernel, shape.channels, taps, stored);
                let bias = grouped(dense.bias.iter().copied());
                let left = match depthwise {
                    Some(depthwise) => Left::Sums { depthwise: (*depthwise).clone(), rows: 0 },
                    None => Left::Windows { window: dense.window, starts: Vec::new() },
                };
                Layer::Product(Box::new(Product { source, target, left, weights, bias, skip, activation }))
            }
            (Some(depthwise), None) => Layer::Depthwise { source, target, depthwise: (*depthwise).clone() },
            (None, None) => return None,
        });
        self.values.insert(outlet, Value::Stored(target));
        Some(target)
    }

    fn tensor(&mut self, shape: Shape) -> usize {
        self.shapes.push(shape);
        self.shapes.len() - 1
    }

    fn is_known(&self, outlet: OutletId) -> bool {
        matches!(self.values.get(&outlet), Some(Value::Stored(_) | Value::Convolution(_)))
    }

    /// Whether a single node reads it, so that it may become a part of that one.
    fn is_for_one(&self, outlet: OutletId) -> bool {
        self.model.outlet_successors(outlet).len() == 1
    }

    fn floats(&self, outlet: OutletId) -> Option<Rc<[f32]>> {
        let Some(Value::Constant(tensor)) = self.values.get(&outlet) else { return None };
        floats(tensor)
    }

    /// Leaves to tract what is between the last known values and the outputs.
    fn finish(mut self) -> TractResult<Lowered> {
        let outputs = self.model.output_outlets()?.to_vec();
        let mut rest = TypedModel::default();
        let mut heads = Vec::new();
        let mut wired = HashMap::new();
        for output in &outputs {
            self.wire(*output, &mut rest, &mut wired, &mut heads)?;
        }
        if self.layers.is_empty() {
            return Err(tract_onnx::prelude::TractError::msg("none of its layers is one that the plan knows"));
        }
        let outputs: Vec<OutletId> = outputs.iter().map(|output| wired[output]).collect();
        rest.select_output_outlets(&outputs)?;
        let rest = rest.into_runnable()?;
        Ok(Lowered { plan: Plan::new(&self.shapes, self.layers, heads), rest })
    }

    /// Puts an outlet into the graph that tract runs: as an input where the plan computes it, else with the node behind it.
    fn wire(
        &mut self,
        outlet: OutletId,
        rest: &mut TypedModel,
        wired: &mut HashMap<OutletId, OutletId>,
        heads: &mut Vec<usize>,
    ) -> TractResult<()> {
        if wired.contains_key(&outlet) {
            return Ok(());
        }
        let node = &self.model.nodes[outlet.node];
        if let Some(tensor) = self.stored(outlet) {
            heads.push(tensor);
            let fact = self.model.outlet_fact(outlet)?.without_value();
            wired.insert(outlet, rest.add_source(node.name.clone(), fact)?);
            return Ok(());
        }
        let mut inputs = TVec::new();
        for &input in &node.inputs {
            self.wire(input, rest, wired, heads)?;
            inputs.push(wired[&input]);
        }
        for (slot, outlet) in rest.wire_node(node.name.clone(), node.op.clone(), &inputs)?.into_iter().enumerate() {
            wired.insert(OutletId::new(node.id, slot), outlet);
        }
        Ok(())
    }
}

/// The shape of a tensor with one batch; `None` for all others.
fn shape(model: &TypedModel, outlet: OutletId) -> Option<Shape> {
    let fact = model.outlet_fact(outlet).ok()?;
    match fact.shape.as_concrete()? {
        &[1, channels, height, width] if fact.datum_type == DatumType::F32 => Some(Shape { height, width, channels }),
        _ => None,
    }
}

/// A square window over rows of pixels without gaps.
fn window(spec: &PoolSpec) -> Option<Window> {
    let &[size, columns] = &spec.kernel_shape[..] else { return None };
    let (stride, across) = (spec.stride(0), spec.stride(1));
    let dense = spec.dilation(0) == 1 && spec.dilation(1) == 1 && spec.data_format == DataFormat::NCHW;
    let (top, left) = match &spec.padding {
        PaddingSpec::Valid => (0, 0),
        PaddingSpec::Explicit(before, _) | PaddingSpec::ExplicitOnnxPool(before, _, false) => (before[0], before[1]),
        _ => return None,
    };
    (dense && size == columns && stride == across).then_some(Window { size, stride, top, left })
}

fn floats(tensor: &Tensor) -> Option<Rc<[f32]>> {
    let tensor = tensor.cast_to::<f32>().ok()?;
    Some(tensor.try_as_plain_ram().ok()?.as_slice::<f32>().ok()?.into())
}
