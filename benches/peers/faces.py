"""A hand-written face pipeline: detector on the whole picture, mesh on the face, iris network on both eyes.

As models/README.md describes the networks. The numpy and OpenCV calls on the way make 192 x 192 pixels at most, so that what is
timed is the decoder and the engine. It looks once at everything: less than the crate does, which looks at a mesh three times and
at each eye twice.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import cv2
import numpy as np
from numpy.typing import NDArray

Picture = NDArray[np.uint8]
Tensor = NDArray[np.float32]

DETECTOR_SIDE, DETECTOR_CELLS = 192, 48
MESH_SIDE, MESH_CROP = 192, 1.5
IRIS_SIDE, IRIS_CROP = 64, 2.3
# Corners of the eyes in the mesh, first the one that is further left in the picture.
RIGHT_EYE, LEFT_EYE = (33, 133), (362, 263)


class Network(Protocol):
    def tensor(self, crop: Picture) -> Tensor:
        """A crop as this network wants it."""
        ...

    def run(self, values: Tensor) -> list[Tensor]: ...


@dataclass(frozen=True)
class Networks:
    detector: Network
    mesh: Network
    iris: Network
    bgr: bool
    """Whether their crops are B, G, R, as OpenCV reads them, or R, G, B."""


@dataclass(frozen=True)
class Face:
    presence: float
    """A logit."""
    pupil_distance: float
    """In pixels of the picture."""


class Pipeline:
    def __init__(self, networks: Networks) -> None:
        self.networks = networks
        self.canvas = np.zeros((DETECTOR_SIDE, DETECTOR_SIDE, 3), np.uint8)
        cells = (np.arange(DETECTOR_CELLS) + 0.5) * (DETECTOR_SIDE / DETECTOR_CELLS)
        self.anchors = np.stack(np.meshgrid(cells, cells), axis=-1).reshape(-1, 2)

    def face(self, picture: Picture) -> Face:
        letterbox = self.networks.detector.tensor(self._letterbox(picture))
        square = self._detected(self.networks.detector.run(letterbox), max(picture.shape[:2]), picture.shape[:2])
        points, presence = self.networks.mesh.run(self.networks.mesh.tensor(_crop(picture, square, MESH_SIDE)))
        mesh = _in_picture(points.reshape(-1, 3), square)
        right = self._iris(picture, _eye(mesh, RIGHT_EYE, mirror=False))
        left = self._iris(picture, _eye(mesh, LEFT_EYE, mirror=True))
        return Face(float(presence.item()), float(np.hypot(*(right - left))))

    def golden_inputs(self, goldens: Path) -> list[Tensor]:
        """Of the detector, the mesh, the right eye and the left one."""
        networks = self.networks
        runs = [
            (networks.detector, "face_detection_full_range_sparse.astronaut"),
            (networks.mesh, "face_landmark.astronaut"),
            (networks.iris, "iris_landmark.astronaut-right"),
            (networks.iris, "iris_landmark.astronaut-left"),
        ]
        pictures = [(network, cv2.imread(str(goldens / f"{name}.png"))) for network, name in runs]
        return [network.tensor(picture if networks.bgr else picture[..., ::-1]) for network, picture in pictures]

    def run(self, inputs: list[Tensor]) -> list[list[Tensor]]:
        detector, mesh, right, left = inputs
        networks = self.networks
        return [networks.detector.run(detector), networks.mesh.run(mesh), networks.iris.run(right), networks.iris.run(left)]

    @staticmethod
    def told(outputs: list[list[Tensor]]) -> list[float]:
        """The presence of a face and each iris's x and y, which tell whether all engines computed the same."""
        _, mesh, right, left = outputs
        return [float(mesh[1].item()), *(float(value) for eye in (right, left) for value in eye[1].ravel()[:2])]

    def _letterbox(self, picture: Picture) -> Picture:
        height, width = picture.shape[:2]
        scale = DETECTOR_SIDE / max(height, width)
        inner = cv2.resize(picture, (round(width * scale), round(height * scale)), interpolation=cv2.INTER_LINEAR)
        top, left = (DETECTOR_SIDE - inner.shape[0]) // 2, (DETECTOR_SIDE - inner.shape[1]) // 2
        self.canvas[:] = 0
        self.canvas[top : top + inner.shape[0], left : left + inner.shape[1]] = inner
        return self.canvas

    def _iris(self, picture: Picture, eye: NDArray[np.float64]) -> NDArray[np.float64]:
        iris = self.networks.iris
        return _in_picture(iris.run(iris.tensor(_crop(picture, eye, IRIS_SIDE)))[1].reshape(-1, 3)[:1], eye)[0]

    def _detected(self, outputs: list[Tensor], longer_side: int, shape: tuple[int, int]) -> NDArray[np.float64]:
        """The square around the surest face, its eyes level."""
        regressors, scores = outputs
        best = int(scores.argmax())
        if scores.flat[best] < 0:
            raise ValueError("no face")
        row = regressors.reshape(-1, 16)[best].astype(np.float64)
        centre, size, eyes = self.anchors[best] + row[:2], row[2:4], self.anchors[best] + row[4:8].reshape(2, 2)
        scale = longer_side / DETECTOR_SIDE
        offset = (longer_side - np.array(shape[::-1])) / 2
        return _square(centre * scale - offset, MESH_CROP * scale * float(size.max()), eyes[1] - eyes[0], MESH_SIDE)


def _square(
    centre: NDArray[np.float64], side: float, level: NDArray[np.float64], pixels: int, *, mirror: bool = False
) -> NDArray[np.float64]:
    """From pixels of a crop to pixels of the picture. `level` is the picture's direction that is horizontal in the crop."""
    across = level / np.hypot(*level) * (side / pixels)
    down = np.array([-across[1], across[0]])
    across = -across if mirror else across
    return np.column_stack([across, down, centre - (across + down) * (pixels / 2)])


def _eye(mesh: NDArray[np.float64], corners: tuple[int, int], *, mirror: bool) -> NDArray[np.float64]:
    first, second = mesh[corners[0]], mesh[corners[1]]
    level = second - first
    return _square((first + second) / 2, IRIS_CROP * float(np.hypot(*level)), level, IRIS_SIDE, mirror=mirror)


def _crop(picture: Picture, square: NDArray[np.float64], pixels: int) -> Picture:
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    return cv2.warpAffine(picture, square, (pixels, pixels), flags=flags, borderMode=cv2.BORDER_REPLICATE)


def _in_picture(points: Tensor, square: NDArray[np.float64]) -> NDArray[np.float64]:
    return points[:, :2] @ square[:, :2].T + square[:, 2]


class OnnxNetwork:
    """onnxruntime on one thread with all its optimisations."""

    def __init__(self, file: Path, outputs: list[str], scale: float, mean: float) -> None:
        import onnxruntime

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_ALL
        self.session = onnxruntime.InferenceSession(str(file), options, providers=["CPUExecutionProvider"])
        self.outputs, self.scale, self.mean = outputs, scale, mean

    def tensor(self, crop: Picture) -> Tensor:
        return cv2.dnn.blobFromImage(crop, self.scale, mean=(self.mean,) * 3, swapRB=True)

    def run(self, values: Tensor) -> list[Tensor]:
        return self.session.run(self.outputs, {"input": values})


class TfliteNetwork:
    """LiteRT on one thread; XNNPACK takes over all of these networks."""

    def __init__(self, file: Path, outputs: list[int], scale: float, mean: float) -> None:
        from ai_edge_litert.interpreter import Interpreter

        self.interpreter: Any = Interpreter(model_path=str(file), num_threads=1)
        self.interpreter.allocate_tensors()
        self.input = self.interpreter.get_input_details()[0]["index"]
        by_length = {int(np.prod(output["shape"])): output["index"] for output in self.interpreter.get_output_details()}
        self.outputs = [by_length[length] for length in outputs]
        self.scale, self.mean = np.float32(scale), np.float32(mean)

    def tensor(self, crop: Picture) -> Tensor:
        return ((crop - self.mean) * self.scale)[None]

    def run(self, values: Tensor) -> list[Tensor]:
        self.interpreter.set_tensor(self.input, values)
        self.interpreter.invoke()
        return [self.interpreter.get_tensor(output) for output in self.outputs]


def onnx_networks(onnx: Path) -> Networks:
    return Networks(
        OnnxNetwork(onnx / "face_detection_full_range_sparse.onnx", ["regressors", "scores"], 1 / 127.5, 127.5),
        OnnxNetwork(onnx / "face_landmark.onnx", ["landmarks", "presence"], 1 / 255, 0),
        OnnxNetwork(onnx / "iris_landmark.onnx", ["eye_contour", "iris"], 1 / 255, 0),
        bgr=True,
    )


def tflite_networks(tflite: Path) -> Networks:
    return Networks(
        TfliteNetwork(tflite / "face_detection_full_range_sparse.tflite", [2304 * 16, 2304], 1 / 127.5, 127.5),
        TfliteNetwork(tflite / "face_landmark.tflite", [468 * 3, 1], 1 / 255, 0),
        TfliteNetwork(tflite / "iris_landmark.tflite", [71 * 3, 5 * 3], 1 / 255, 0),
        bgr=False,
    )
