"""One peer of `peers.py` in a process of its own: `contender.py NAME FOLDER`, run by the virtual environment's Python.

Speaks the same lines as worker.rs: words separated by tabs in, one JSON object out, `wall` in nanoseconds. What is loaded once
(a FaceMesh, a session, an interpreter) is loaded before the first question, as it would be by a service.
"""

from __future__ import annotations

import io
import json
import os
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Protocol

Answer = dict[str, Any]


class Contender(Protocol):
    """The methods without an underscore are the commands; their arguments are the words after it."""

    def nothing(self) -> Answer: ...


def timed(work: Callable[[], Any]) -> tuple[Any, int]:
    start = time.perf_counter_ns()
    result = work()
    return result, time.perf_counter_ns() - start


class Base:
    def nothing(self) -> Answer:
        """What a question and its answer cost."""
        return {"wall": 0}


class MediaPipe(Base):
    """cv2.imread and FaceMesh as tutorials write it, the FaceMesh made once."""

    def __init__(self, _folder: Path) -> None:
        import cv2
        import mediapipe

        cv2.setNumThreads(1)
        self.cv2 = cv2
        self.mesh = mediapipe.solutions.face_mesh.FaceMesh(static_image_mode=True, refine_landmarks=True, max_num_faces=1)

    def check(self, photo: str) -> Answer:
        (picture, faces), wall = timed(lambda: self._faces(photo))
        if not faces:
            return {"error": "no face"}
        height, width = picture.shape[:2]
        # The first points of both irises, which only `refine_landmarks` adds.
        one, other = faces[0].landmark[468], faces[0].landmark[473]
        return {"wall": wall, "pupils": ((one.x - other.x) ** 2 * width**2 + (one.y - other.y) ** 2 * height**2) ** 0.5}

    def _faces(self, photo: str) -> tuple[Any, Any]:
        picture = self.cv2.imread(photo)
        return picture, self.mesh.process(self.cv2.cvtColor(picture, self.cv2.COLOR_BGR2RGB)).multi_face_landmarks


class Pipeline(Base):
    """Our three networks in another engine, behind a decoder that reduces while it decodes."""

    def __init__(self, networks: Any) -> None:
        from faces import Pipeline as Faces

        self.faces = Faces(networks)
        self.inputs: list[Any] = []

    def check(self, photo: str) -> Answer:
        (face, scale), wall = timed(lambda: self._face(photo))
        if face.presence < 0:
            return {"error": "no face"}
        return {"wall": wall, "pupils": face.pupil_distance * scale}

    def networks(self, goldens: str) -> Answer:
        """Only the runs: their inputs are made once."""
        self.inputs = self.inputs or self.faces.golden_inputs(Path(goldens))
        outputs, wall = timed(lambda: self.faces.run(self.inputs))
        return {"wall": wall, "outputs": self.faces.told(outputs)}

    def _face(self, photo: str) -> tuple[Any, int]:
        picture, scale = self._decoded(photo)
        return self.faces.face(picture), scale

    def _decoded(self, photo: str) -> tuple[Any, int]:
        """The picture and how much smaller than the photo it is."""
        raise NotImplementedError


class OpenCvOnnxRuntime(Pipeline):
    """What a C++ team would write: OpenCV reads a half or a quarter of the pixels, onnxruntime runs our ONNX files."""

    def __init__(self, folder: Path) -> None:
        import cv2

        from faces import onnx_networks

        cv2.setNumThreads(1)
        self.cv2 = cv2
        super().__init__(onnx_networks(Path(__file__).parents[2] / "models"))

    def _decoded(self, photo: str) -> tuple[Any, int]:
        # Which of them, the caller knows: it has seen the file's header, or takes only what its own camera makes.
        if os.path.getsize(photo) > 1_000_000:
            return self.cv2.imread(photo, self.cv2.IMREAD_REDUCED_COLOR_4), 4
        return self.cv2.imread(photo, self.cv2.IMREAD_REDUCED_COLOR_2), 2


class TurboJpegXnnpack(Pipeline):
    """The floor: libjpeg-turbo's scaled decoding into a buffer that is kept, the original TFLite files under XNNPACK."""

    def __init__(self, folder: Path) -> None:
        import numpy
        import simplejpeg

        from faces import tflite_networks

        self.header, self.decode = simplejpeg.decode_jpeg_header, simplejpeg.decode_jpeg
        self.buffer = numpy.empty(3 << 20, numpy.uint8)
        super().__init__(tflite_networks(folder / "tflite"))

    def _decoded(self, photo: str) -> tuple[Any, int]:
        data = Path(photo).read_bytes()
        scale = 8 if len(data) > 1_000_000 else 2
        height, width, *_ = self.header(data)
        at_least = {"min_height": -(-height // scale), "min_width": -(-width // scale)}
        picture = self.decode(data, "RGB", fastdct=True, fastupsample=True, buffer=self.buffer, **at_least)
        return picture, scale


class Uploads(Base):
    """Something that makes a smaller JPEG of a photo."""

    def __init__(self, _folder: Path) -> None:
        self.upload = b""

    def prepare(self, photo: str, height: str) -> Answer:
        self.upload, wall = timed(lambda: self._upload(photo, int(height)))
        return {"wall": wall}

    def save(self, file: str) -> Answer:
        Path(file).write_bytes(self.upload)
        return {"wall": 0}

    def _upload(self, photo: str, height: int) -> bytes:
        raise NotImplementedError


class Pillow(Uploads):
    def _upload(self, photo: str, height: int) -> bytes:
        from PIL import Image, ImageOps

        picture = ImageOps.exif_transpose(Image.open(photo))
        width = round(picture.width * height / picture.height)
        out = io.BytesIO()
        picture.resize((width, height), Image.Resampling.LANCZOS).save(out, "JPEG", quality=95)
        return out.getvalue()


class PyVips(Uploads):
    def __init__(self, folder: Path) -> None:
        import pyvips

        # It would else remember the result of the round before.
        pyvips.cache_set_max(0)
        self.image = pyvips.Image
        super().__init__(folder)

    def _upload(self, photo: str, height: int) -> bytes:
        # Turns the picture upright and lets libjpeg-turbo halve it on the way.
        return self.image.thumbnail(photo, 1 << 20, height=height).jpegsave_buffer(Q=95)


class Quality(Base):
    """No contender: holds uploads against an ideal reduction."""

    def __init__(self, _folder: Path) -> None:
        self.ideals: dict[tuple[str, int, int], Any] = {}

    def psnr(self, photo: str, upload: str) -> Answer:
        import numpy
        from PIL import Image

        from quality import ideal, psnr

        shown = numpy.asarray(Image.open(upload).convert("RGB"))
        height, width = shown.shape[:2]
        if (photo, width, height) not in self.ideals:
            self.ideals[photo, width, height] = ideal(Image.open(photo).convert("RGB"), width, height)
        wanted = self.ideals[photo, width, height]
        return {"wall": 0, "psnr": psnr(shown, wanted), "width": width, "height": height}


CONTENDERS: dict[str, Callable[[Path], Contender]] = {
    "mediapipe": MediaPipe,
    "opencv-onnxruntime": OpenCvOnnxRuntime,
    "turbojpeg-xnnpack": TurboJpegXnnpack,
    "pillow": Pillow,
    "pyvips": PyVips,
    "quality": Quality,
}


def answer(contender: Contender, words: list[str]) -> Answer:
    try:
        return getattr(contender, words[0])(*words[1:])
    except Exception as error:
        # The driver lists whatever it is and goes on without this contender.
        return {"error": f"{type(error).__name__}: {error}"}


def main() -> None:
    # Libraries that greet on standard output may do so on standard error.
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    contender = CONTENDERS[sys.argv[1]](Path(sys.argv[2]))
    for line in sys.stdin:
        print(json.dumps(answer(contender, line.rstrip("\n").split("\t"))), file=answers, flush=True)


if __name__ == "__main__":
    main()
