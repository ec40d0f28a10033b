"""TFLite (NHWC) to ONNX (NCHW), for the operators of four small face networks.

Written instead of using a general converter because the four graphs need 13 operators between them, and because the result
should be plain: static shapes, one node for each layer, no leftover Transpose around every convolution. Any operator, option
or data type that the four networks do not use raises `Unsupported`: a wrong guess here would be a network that is subtly off.

Layout. TFLite keeps pictures as NHWC, ONNX as NCHW. Every 4-D tensor of the graph is kept as NCHW from the input to the end
and its constants are permuted once, at conversion. The order matters again only where a tensor stops being a picture: before a
RESHAPE to fewer dimensions the tensor is put back to NHWC, because TFLite flattened it in that order.

Weights. Constants are stored as float16, each behind one Cast to float32, so that the file is half the size while the network
still runs in float32 (inference engines fold the Cast when they load the file). Where the TFLite file has float16 constants
behind DEQUANTIZE itself, this loses nothing; where it has float32 ones, they are rounded. Sparse constants (those behind DENSIFY)
are written out in full: ONNX engines do not read sparse ones.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
import onnx
from ai_edge_litert import schema_py_generated as schema
from onnx import TensorProto, helper, numpy_helper

OPSET = 13
IR_VERSION = 8

_OPERATOR_NAMES = {value: name for name, value in vars(schema.BuiltinOperator).items() if isinstance(value, int)}
_NUMPY_TYPES: dict[int, np.dtype[Any]] = {
    schema.TensorType.FLOAT32: np.dtype("<f4"),
    schema.TensorType.FLOAT16: np.dtype("<f2"),
    schema.TensorType.INT32: np.dtype("<i4"),
}


class Unsupported(Exception):
    """The TFLite file uses something that this converter was not written for."""


@dataclass(frozen=True)
class Output:
    """One output of the network: its index among the TFLite outputs, and the name and shape it gets in ONNX."""

    tflite_index: int
    name: str
    shape: tuple[int, ...]


def convert(tflite: bytes, outputs: list[Output], graph_name: str, description: str) -> onnx.ModelProto:
    """Converts the only subgraph of a TFLite file. The ONNX input is called `input`."""
    return _Converter(tflite).run(outputs, graph_name, description)


class _Converter:
    def __init__(self, tflite: bytes) -> None:
        self._model = schema.ModelT.InitFromPackedBuf(tflite, 0)
        if len(self._model.subgraphs) != 1:
            raise Unsupported(f"{len(self._model.subgraphs)} subgraphs, expected 1")
        self._graph = self._model.subgraphs[0]
        self._nodes: list[onnx.NodeProto] = []
        self._initializers: list[onnx.TensorProto] = []
        # Folded constants (what DENSIFY and DEQUANTIZE make of a stored one), by TFLite tensor index.
        self._folded: dict[int, np.ndarray] = {}
        # ONNX names of the activations, by TFLite tensor index.
        self._activations: dict[int, str] = {}
        self._handlers: dict[str, Callable[..., None]] = {
            "ADD": self._add,
            "CONCATENATION": self._concatenation,
            "CONV_2D": self._conv_2d,
            "DENSIFY": self._densify,
            "DEPTH_TO_SPACE": self._depth_to_space,
            "DEPTHWISE_CONV_2D": self._depthwise_conv_2d,
            "DEQUANTIZE": self._dequantize,
            "MAX_POOL_2D": self._max_pool_2d,
            "PAD": self._pad,
            "PRELU": self._prelu,
            "RELU": self._relu,
            "RESHAPE": self._reshape,
            "RESIZE_BILINEAR": self._resize_bilinear,
        }

    def run(self, outputs: list[Output], graph_name: str, description: str) -> onnx.ModelProto:
        if len(self._graph.inputs) != 1:
            raise Unsupported(f"{len(self._graph.inputs)} inputs, expected 1")
        source = int(self._graph.inputs[0])
        self._activations[source] = "input"
        input_info = helper.make_tensor_value_info("input", TensorProto.FLOAT, _nchw(self._shape(source)))

        for operator in self._graph.operators:
            self._convert_operator(operator)

        if sorted(output.tflite_index for output in outputs) != list(range(len(self._graph.outputs))):
            raise Unsupported(f"the file has {len(self._graph.outputs)} outputs, {len(outputs)} are described")
        output_infos = []
        for output in outputs:
            tensor = int(self._graph.outputs[output.tflite_index])
            self._emit_reshape(tensor, output.shape, output.name)
            output_infos.append(helper.make_tensor_value_info(output.name, TensorProto.FLOAT, output.shape))

        graph = helper.make_graph(self._nodes, graph_name, [input_info], output_infos, self._initializers)
        model = helper.make_model(
            graph,
            opset_imports=[helper.make_opsetid("", OPSET)],
            ir_version=IR_VERSION,
            producer_name="face-precheck models/convert",
            doc_string=description,
        )
        onnx.checker.check_model(model, full_check=True)
        return model

    # Reading the TFLite side.

    def _shape(self, tensor: int) -> tuple[int, ...]:
        shape = self._graph.tensors[tensor].shape
        return () if shape is None else tuple(int(size) for size in shape)

    def _constant(self, tensor: int) -> np.ndarray:
        """The value of a constant tensor, in TFLite's own layout."""
        if tensor in self._folded:
            return self._folded[tensor]
        info = self._graph.tensors[tensor]
        if info.sparsity is not None:
            raise Unsupported(f"tensor {tensor} ({info.name!r}) has sparse storage")
        return self._stored(tensor).reshape(self._shape(tensor))

    def _stored(self, tensor: int) -> np.ndarray:
        """The values in a constant tensor's buffer, in a row."""
        info = self._graph.tensors[tensor]
        data = self._model.buffers[info.buffer].data
        if data is None or len(data) == 0:
            raise Unsupported(f"tensor {tensor} ({info.name!r}) should be a constant")
        if info.type not in _NUMPY_TYPES:
            raise Unsupported(f"tensor {tensor} ({info.name!r}) has type {info.type}")
        return np.frombuffer(bytes(data), _NUMPY_TYPES[info.type])

    def _weights(self, tensor: int) -> np.ndarray:
        value = self._constant(tensor)
        if value.dtype not in (np.float32, np.float16):
            raise Unsupported(f"tensor {tensor} holds {value.dtype}, expected floats")
        return value.astype(np.float32)

    def _activation(self, tensor: int) -> str:
        if tensor not in self._activations:
            raise Unsupported(f"tensor {tensor} should have been computed by an earlier operator")
        return self._activations[tensor]

    def _convert_operator(self, operator: schema.OperatorT) -> None:
        code = self._model.operatorCodes[operator.opcodeIndex]
        # Old files have the code in the deprecated byte only, new ones in both.
        name = _OPERATOR_NAMES.get(max(code.builtinCode, code.deprecatedBuiltinCode), "?")
        if name not in self._handlers:
            raise Unsupported(f"operator {name}")
        if len(operator.outputs) != 1:
            raise Unsupported(f"{name} with {len(operator.outputs)} outputs")
        inputs = [int(tensor) for tensor in operator.inputs]
        try:
            self._handlers[name](inputs, int(operator.outputs[0]), operator.builtinOptions)
        except Unsupported as error:
            raise Unsupported(f"{name}: {error}") from error

    # Writing the ONNX side.

    def _emit(self, op_type: str, inputs: list[str], output: str, **attributes: Any) -> str:
        self._nodes.append(helper.make_node(op_type, inputs, [output], name=f"{op_type}/{output}", **attributes))
        return output

    def _emit_activated(self, op_type: str, inputs: list[str], output: str, options: Any, **attributes: Any) -> str:
        """A node, and another for the activation that TFLite fuses into it, if there is one."""
        fused = options.fusedActivationFunction
        if fused == schema.ActivationFunctionType.NONE:
            return self._emit(op_type, inputs, output, **attributes)
        if fused != schema.ActivationFunctionType.RELU:
            raise Unsupported(f"fused activation {fused}")
        return self._emit("Relu", [self._emit(op_type, inputs, f"{output}/linear", **attributes)], output)

    def _emit_weights(self, value: np.ndarray, name: str) -> str:
        half = np.ascontiguousarray(value.astype(np.float16))
        if not np.isfinite(half).all():
            raise Unsupported(f"{name} does not fit into float16")
        self._initializers.append(numpy_helper.from_array(half, f"{name}/f16"))
        return self._emit("Cast", [f"{name}/f16"], name, to=TensorProto.FLOAT)

    def _emit_integers(self, values: list[int], name: str) -> str:
        self._initializers.append(numpy_helper.from_array(np.array(values, np.int64), name))
        return name

    def _emit_reshape(self, tensor: int, shape: tuple[int, ...], name: str) -> str:
        """Reshapes an activation to `shape`, which is not 4-D, in TFLite's element order."""
        value, old_shape = self._activation(tensor), self._shape(tensor)
        if len(shape) == 4:
            raise Unsupported(f"reshape to 4-D {shape}")
        if np.prod(shape) != np.prod(old_shape):
            raise Unsupported(f"reshape of {old_shape} to {shape}")
        if len(old_shape) == 4 and old_shape[1] * old_shape[2] > 1:
            value = self._emit("Transpose", [value], f"{name}/nhwc", perm=[0, 2, 3, 1])
        return self._emit("Reshape", [value, self._emit_integers(list(shape), f"{name}/shape")], name)

    # The operators.

    def _densify(self, inputs: list[int], output: int, _options: Any) -> None:
        """Of the one format that is used: row after row, a value and its column for each that is not zero."""
        shape, sparsity = self._shape(inputs[0]), self._graph.tensors[inputs[0]].sparsity
        if sparsity is None or sparsity.blockMap is not None or list(sparsity.traversalOrder) != list(range(len(shape))):
            raise Unsupported("of a tensor that is dense, in blocks, or not in row-major order")
        *outer, last = sparsity.dimMetadata
        if any(level.format != schema.DimensionType.DENSE for level in outer) or last.format != schema.DimensionType.SPARSE_CSR:
            raise Unsupported("of a tensor that is sparse in another dimension than the last one only")
        if tuple(level.denseSize for level in outer) != shape[:-1]:
            raise Unsupported(f"of a tensor whose sparse shape is not its shape {shape}")
        values, columns = self._stored(inputs[0]), last.arrayIndices.values.astype(np.int64)
        ends = last.arraySegments.values.astype(np.int64)
        if (len(ends) - 1, ends[0], ends[-1]) != (np.prod(shape[:-1]), 0, len(values)) or len(columns) != len(values):
            raise Unsupported("of a tensor whose rows do not add up")
        rows = np.repeat(np.arange(len(ends) - 1), np.diff(ends))
        places = rows * shape[-1] + columns
        if columns.max() >= shape[-1] or (np.diff(places) <= 0).any():
            raise Unsupported("of a tensor whose columns are not in order")
        dense = np.zeros(shape, values.dtype)
        dense.reshape(-1)[places] = values
        self._folded[output] = dense

    def _dequantize(self, inputs: list[int], output: int, _options: Any) -> None:
        value = self._constant(inputs[0])
        if value.dtype != np.float16:
            raise Unsupported(f"of {value.dtype}, expected float16")
        self._folded[output] = value.astype(np.float32)

    def _conv_2d(self, inputs: list[int], output: int, options: schema.Conv2DOptionsT) -> None:
        # TFLite keeps the kernel as [out, height, width, in], ONNX as [out, in, height, width].
        kernel = self._weights(inputs[1]).transpose(0, 3, 1, 2)
        if kernel.shape[1] != self._shape(inputs[0])[3]:
            raise Unsupported("grouped convolution")
        self._emit_conv(inputs, output, options, kernel, group=1)

    def _depthwise_conv_2d(self, inputs: list[int], output: int, options: schema.DepthwiseConv2DOptionsT) -> None:
        # [1, height, width, channels] becomes [channels, 1, height, width].
        kernel = self._weights(inputs[1]).transpose(3, 0, 1, 2)
        channels = self._shape(inputs[0])[3]
        if options.depthMultiplier != 1 or kernel.shape[0] != channels:
            raise Unsupported(f"depth multiplier {options.depthMultiplier}")
        self._emit_conv(inputs, output, options, kernel, group=channels)

    def _emit_conv(self, inputs: list[int], output: int, options: Any, kernel: np.ndarray, group: int) -> None:
        if (options.dilationHFactor, options.dilationWFactor) != (1, 1):
            raise Unsupported("dilated convolution")
        if len(inputs) != 3 or inputs[2] < 0:
            raise Unsupported("convolution without a bias")
        name = f"t{output}"
        size, strides = kernel.shape[2:], (options.strideH, options.strideW)
        self._activations[output] = self._emit_activated(
            "Conv",
            [
                self._activation(inputs[0]),
                self._emit_weights(kernel, f"{name}/kernel"),
                self._emit_weights(self._weights(inputs[2]), f"{name}/bias"),
            ],
            name,
            options,
            kernel_shape=list(size),
            strides=list(strides),
            pads=self._pads(inputs[0], output, options.padding, size, strides),
            group=group,
        )

    def _max_pool_2d(self, inputs: list[int], output: int, options: schema.Pool2DOptionsT) -> None:
        _expect_no_fused_activation(options)
        size, strides = (options.filterHeight, options.filterWidth), (options.strideH, options.strideW)
        pads = self._pads(inputs[0], output, options.padding, size, strides)
        if any(pads):
            raise Unsupported(f"padded pooling {pads}")
        self._activations[output] = self._emit(
            "MaxPool", [self._activation(inputs[0])], f"t{output}", kernel_shape=list(size), strides=list(strides)
        )

    def _pads(self, source: int, output: int, padding: int, size: tuple[int, ...], strides: tuple[int, ...]) -> list[int]:
        """ONNX pads [top, left, bottom, right]. TFLite's SAME puts the odd pixel at the bottom and the right."""
        before, after = [], []
        for axis in (0, 1):
            wide, out = self._shape(source)[1 + axis], self._shape(output)[1 + axis]
            total = 0
            if padding == schema.Padding.SAME:
                total = max((out - 1) * strides[axis] + size[axis] - wide, 0)
            if (wide + total - size[axis]) // strides[axis] + 1 != out:
                raise Unsupported(f"{wide} px to {out} px with a window of {size[axis]} and a stride of {strides[axis]}")
            before.append(total // 2)
            after.append(total - total // 2)
        return before + after

    def _add(self, inputs: list[int], output: int, options: schema.AddOptionsT) -> None:
        if self._shape(inputs[0]) != self._shape(inputs[1]):
            raise Unsupported("of tensors with different shapes")
        self._activations[output] = self._emit_activated("Add", [self._activation(i) for i in inputs], f"t{output}", options)

    def _relu(self, inputs: list[int], output: int, _options: Any) -> None:
        self._activations[output] = self._emit("Relu", [self._activation(inputs[0])], f"t{output}")

    def _prelu(self, inputs: list[int], output: int, _options: Any) -> None:
        slopes = self._weights(inputs[1]).reshape(-1)
        if len(slopes) != self._shape(output)[-1]:
            raise Unsupported("slopes that are not one for each channel")
        name = f"t{output}"
        slope = self._emit_weights(slopes.reshape(-1, 1, 1), f"{name}/slope")
        self._activations[output] = self._emit("PRelu", [self._activation(inputs[0]), slope], name)

    def _pad(self, inputs: list[int], output: int, _options: Any) -> None:
        """With zeros: extra channels on a residual connection, or the border of a convolution whose own padding is VALID."""
        pads = self._constant(inputs[1])
        if pads.shape != (4, 2):
            raise Unsupported(f"paddings {pads.shape}")
        before, after = _nchw(pads[:, 0]), _nchw(pads[:, 1])
        name = f"t{output}"
        amounts = self._emit_integers([*before, *after], f"{name}/pads")
        self._activations[output] = self._emit("Pad", [self._activation(inputs[0]), amounts], name, mode="constant")

    def _reshape(self, inputs: list[int], output: int, _options: Any) -> None:
        self._activations[output] = self._emit_reshape(inputs[0], self._shape(output), f"t{output}")

    def _resize_bilinear(self, inputs: list[int], output: int, options: schema.ResizeBilinearOptionsT) -> None:
        if options.alignCorners or not options.halfPixelCenters:
            raise Unsupported("with other than half-pixel centres")
        (_, height, width, _), (_, new_height, new_width, _) = self._shape(inputs[0]), self._shape(output)
        if (new_height, new_width) != (2 * height, 2 * width):
            raise Unsupported(f"of {height}x{width} to {new_height}x{new_width}, expected twice the size")
        name = f"t{output}"
        scales = numpy_helper.from_array(np.array([1, 1, 2, 2], np.float32), f"{name}/scales")
        self._initializers.append(scales)
        self._activations[output] = self._emit(
            "Resize",
            [self._activation(inputs[0]), "", scales.name],
            name,
            mode="linear",
            coordinate_transformation_mode="half_pixel",
        )

    def _depth_to_space(self, inputs: list[int], output: int, options: schema.DepthToSpaceOptionsT) -> None:
        # TFLite's channels are in the order of row, column and channel of a block: ONNX calls that DCR.
        self._activations[output] = self._emit(
            "DepthToSpace", [self._activation(inputs[0])], f"t{output}", blocksize=options.blockSize, mode="DCR"
        )

    def _concatenation(self, inputs: list[int], output: int, options: schema.ConcatenationOptionsT) -> None:
        _expect_no_fused_activation(options)
        if len(self._shape(output)) == 4:
            raise Unsupported("of 4-D tensors")
        parts = [self._activation(i) for i in inputs]
        self._activations[output] = self._emit("Concat", parts, f"t{output}", axis=int(options.axis))


def _nchw(nhwc: Iterable[int]) -> list[int]:
    batch, height, width, channels = (int(value) for value in nhwc)
    return [batch, channels, height, width]


def _expect_no_fused_activation(options: Any) -> None:
    if options.fusedActivationFunction != schema.ActivationFunctionType.NONE:
        raise Unsupported(f"fused activation {options.fusedActivationFunction}")
