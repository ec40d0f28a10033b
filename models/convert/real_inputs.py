"""Real inputs for the four networks: photos taken through the same steps as in the product.

The detectors see the whole picture, letterboxed; the mesh a square around the short-range one's best detection, turned so that the
eyes are level; the iris network a square around each eye, found by the mesh. Networks are run by the TFLite interpreter here, so
that nothing of the conversion is used to make what it is tested with.

All coordinates are continuous: the centre of the pixel in column 3 is at x = 3.5.
"""

from __future__ import annotations

import io
from dataclasses import dataclass

import numpy as np
from ai_edge_litert.interpreter import Interpreter
from PIL import Image

DETECTOR_SIZES = {"face_detection_short_range": 128, "face_detection_full_range_sparse": 192}
MESH_SIZE, IRIS_SIZE = 192, 64
# The crop for the mesh is this much larger than the detector's box, the one for the iris than the distance of the eye's corners.
MESH_CROP_SCALE, IRIS_CROP_SCALE = 1.5, 2.3
# Mesh points, outer and inner corner. Right and left are the subject's own.
RIGHT_EYE_CORNERS, LEFT_EYE_CORNERS = (33, 133), (263, 362)


@dataclass(frozen=True)
class RealInput:
    """`pixels` is an 8-bit RGB picture of exactly the network's input size."""

    network: str
    name: str
    picture: str
    description: str
    pixels: np.ndarray


def normalise(network: str, pixels: np.ndarray) -> np.ndarray:
    """What the network is fed with, NHWC: -1..1 for the detectors, 0..1 for the two others."""
    values = pixels[np.newaxis].astype(np.float32)
    if network in DETECTOR_SIZES:
        return values / np.float32(127.5) - np.float32(1)
    return values / np.float32(255)


def run_tflite(network: bytes, values: np.ndarray) -> list[np.ndarray]:
    """The outputs in the order of the file."""
    interpreter = Interpreter(model_content=network, num_threads=1)
    interpreter.allocate_tensors()
    interpreter.set_tensor(interpreter.get_input_details()[0]["index"], values)
    interpreter.invoke()
    return [interpreter.get_tensor(output["index"]).copy() for output in interpreter.get_output_details()]


@dataclass(frozen=True)
class Square:
    """A square of a picture, perhaps turned: its centre, its side, and the direction of its upper edge."""

    centre: np.ndarray
    side: float
    along: np.ndarray

    def to_picture(self, points: np.ndarray, size: int) -> np.ndarray:
        """From pixels of a crop of `size` to pixels of the picture."""
        down = np.array([-self.along[1], self.along[0]])
        offsets = (points / size - 0.5) * self.side
        return self.centre + offsets[..., :1] * self.along + offsets[..., 1:2] * down


def make_inputs(pictures: dict[str, np.ndarray], networks: dict[str, bytes]) -> list[RealInput]:
    inputs = []
    turned = rotate(pictures["hopper"], 20.0)
    scenes = {
        "astronaut": ("astronaut", "", pictures["astronaut"]),
        "hopper": ("hopper", "", pictures["hopper"]),
        "hopper-turned": ("hopper", ", turned by 20 degrees counter-clockwise", turned),
    }
    for name, (picture, how, pixels) in scenes.items():
        for detector, size in DETECTOR_SIZES.items():
            letterboxed, _, _ = letterbox(pixels, size)
            inputs.append(RealInput(detector, name, picture, f"whole picture{how}, letterboxed", letterboxed))
        face = find_face(pixels, networks["face_detection_short_range"])
        crop = cut(pixels, face, MESH_SIZE)
        inputs.append(RealInput("face_landmark", name, picture, f"face{how}, cut out level", crop))
        if name == "hopper-turned":
            continue
        mesh = run_tflite(networks["face_landmark"], normalise("face_landmark", crop))[0].reshape(468, 3)
        points = face.to_picture(mesh[:, :2].astype(np.float64), MESH_SIZE)
        for side in ("right", "left"):
            eye = cut(pixels, eye_square(points, side), IRIS_SIZE)
            mirrored = ", mirrored" if side == "left" else ""
            if side == "left":
                eye = np.ascontiguousarray(eye[:, ::-1])
            inputs.append(RealInput("iris_landmark", f"{name}-{side}", picture, f"{side} eye{mirrored}", eye))

    # No face: the detectors must find none, the presence must be low.
    cat = pictures["cat"]
    for detector, size in DETECTOR_SIZES.items():
        letterboxed, _, _ = letterbox(cat, size)
        inputs.append(RealInput(detector, "cat", "cat", "no face, letterboxed", letterboxed))
    height, width = cat.shape[:2]
    middle = Square(np.array([width / 2, height / 2]), float(height), np.array([1.0, 0.0]))
    inputs.append(RealInput("face_landmark", "cat", "cat", "no human face, the middle", cut(cat, middle, MESH_SIZE)))
    return inputs


def decode_picture(content: bytes) -> np.ndarray:
    return np.asarray(Image.open(io.BytesIO(content)).convert("RGB"))


def letterbox(pixels: np.ndarray, size: int) -> tuple[np.ndarray, float, np.ndarray]:
    """The whole picture in the middle of a black square. Also the scale, and where the picture's corner came to lie."""
    height, width = pixels.shape[:2]
    scale = size / max(height, width)
    new_height, new_width = round(height * scale), round(width * scale)
    top, left = (size - new_height) // 2, (size - new_width) // 2
    square = np.zeros((size, size, 3), np.uint8)
    resized = Image.fromarray(pixels).resize((new_width, new_height), Image.Resampling.BILINEAR)
    square[top : top + new_height, left : left + new_width] = np.asarray(resized)
    return square, scale, np.array([left, top], np.float64)


def cut(pixels: np.ndarray, square: Square, size: int) -> np.ndarray:
    """Cuts a square out with bilinear interpolation. What lies outside the picture is black."""
    columns, rows = np.meshgrid(np.arange(size) + 0.5, np.arange(size) + 0.5)
    return _sample(pixels, square.to_picture(np.stack([columns, rows], axis=-1), size))


def rotate(pixels: np.ndarray, degrees: float) -> np.ndarray:
    """Turns a picture counter-clockwise about its middle, keeping its size."""
    height, width = pixels.shape[:2]
    columns, rows = np.meshgrid(np.arange(width) + 0.5 - width / 2, np.arange(height) + 0.5 - height / 2)
    cosine, sine = np.cos(np.radians(degrees)), np.sin(np.radians(degrees))
    points = np.stack([cosine * columns - sine * rows + width / 2, sine * columns + cosine * rows + height / 2], axis=-1)
    return _sample(pixels, points)


def _sample(pixels: np.ndarray, points: np.ndarray) -> np.ndarray:
    padded = np.pad(pixels.astype(np.float64), ((1, 1), (1, 1), (0, 0)))
    # The indices of a pixel are those of its centre less a half; the frame moves everything by one.
    x = np.clip(points[..., 0] + 0.5, 0, padded.shape[1] - 1)
    y = np.clip(points[..., 1] + 0.5, 0, padded.shape[0] - 1)
    left = np.minimum(x.astype(int), padded.shape[1] - 2)
    top = np.minimum(y.astype(int), padded.shape[0] - 2)
    x, y = (x - left)[..., np.newaxis], (y - top)[..., np.newaxis]
    upper = padded[top, left] * (1 - x) + padded[top, left + 1] * x
    lower = padded[top + 1, left] * (1 - x) + padded[top + 1, left + 1] * x
    return np.rint(upper * (1 - y) + lower * y).astype(np.uint8)


def anchors() -> np.ndarray:
    """The short-range detector's 896 anchor centres, 0..1: 16x16 cells with 2 anchors each, then 8x8 cells with 6 each."""
    centres = []
    for cells, for_each in ((16, 2), (8, 6)):
        for row in range(cells):
            for column in range(cells):
                centres += [((column + 0.5) / cells, (row + 0.5) / cells)] * for_each
    return np.array(centres)


def find_face(pixels: np.ndarray, detector: bytes) -> Square:
    """The square for the mesh, around the short-range detector's best detection (no suppression of others: only one is wanted)."""
    size = DETECTOR_SIZES["face_detection_short_range"]
    letterboxed, scale, corner = letterbox(pixels, size)
    values = normalise("face_detection_short_range", letterboxed)
    regressors, scores = run_tflite(detector, values)
    best = int(scores.reshape(-1).argmax())
    if scores.reshape(-1)[best] < 0:
        raise SystemExit("no face found where there is one")
    row = regressors.reshape(-1, 16)[best].astype(np.float64)
    anchor = anchors()[best] * size
    centre, (width, height) = row[:2] + anchor, row[2:4]
    right_eye, left_eye = row[4:6] + anchor, row[6:8] + anchor
    along = (left_eye - right_eye) / np.linalg.norm(left_eye - right_eye)
    return Square((centre - corner) / scale, max(width, height) / scale * MESH_CROP_SCALE, along)


def eye_square(points: np.ndarray, side: str) -> Square:
    """The square around one eye, from mesh points in the picture, turned like the line through both eyes."""
    outer, inner = (points[index] for index in (RIGHT_EYE_CORNERS if side == "right" else LEFT_EYE_CORNERS))
    line = points[LEFT_EYE_CORNERS[0]] - points[RIGHT_EYE_CORNERS[0]]
    distance = float(np.linalg.norm(outer - inner))
    return Square((outer + inner) / 2, distance * IRIS_CROP_SCALE, line / np.linalg.norm(line))
