#!/usr/bin/env python3
"""Makes the networks in models/ and the reference results in models/golden/. See README.md beside this file.

Fetches the published TFLite files, converts them to ONNX, and holds every output of the ONNX file (run by onnxruntime) against
the TFLite interpreter's on real inputs. Only when all of them are within their bounds is anything written.
"""

from __future__ import annotations

import argparse
import hashlib
import io
import json
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import onnxruntime
from PIL import Image

from real_inputs import RealInput, decode_picture, make_inputs, normalise, run_tflite
from sources import NETWORKS, PICTURES, fetch
from tflite_to_onnx import Output, convert

MODELS = Path(__file__).resolve().parent.parent


@dataclass(frozen=True)
class Bounded:
    """An output, and how far any one value may be from TFLite's: about three times what was measured for onnxruntime and tract."""

    output: Output
    bound: float


OUTPUTS = {
    "face_detection_short_range": [
        Bounded(Output(0, "regressors", (1, 896, 16)), 1e-3),
        Bounded(Output(1, "scores", (1, 896, 1)), 2e-3),
    ],
    "face_detection_full_range_sparse": [
        Bounded(Output(0, "regressors", (1, 2304, 16)), 5e-4),
        Bounded(Output(1, "scores", (1, 2304, 1)), 5e-4),
    ],
    "face_landmark": [
        Bounded(Output(0, "landmarks", (1, 1404)), 5e-4),
        Bounded(Output(1, "presence", (1, 1)), 5e-5),
    ],
    "iris_landmark": [
        Bounded(Output(0, "eye_contour", (1, 213)), 2e-2),
        Bounded(Output(1, "iris", (1, 15)), 2e-2),
    ],
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument(
        "--check",
        action="store_true",
        help="write nothing; fail when the networks in models/ are not the ones that would be written",
    )
    parser.add_argument(
        "--packages", type=Path, metavar="DIR", help="keep the downloaded packages here instead of in a temporary directory"
    )
    arguments = parser.parse_args()

    with tempfile.TemporaryDirectory() as temporary:
        directory = arguments.packages or Path(temporary)
        directory.mkdir(parents=True, exist_ok=True)
        contents = fetch([*NETWORKS.values(), *(picture.file for picture in PICTURES.values())], directory)

    tflite = {name: contents[file] for name, file in NETWORKS.items()}
    onnx = {name: convert_network(name, tflite[name]) for name in NETWORKS}
    pictures = {name: decode_picture(contents[picture.file]) for name, picture in PICTURES.items()}

    inputs = make_inputs(pictures, tflite)
    references = [run_tflite(tflite[real.network], normalise(real.network, real.pixels)) for real in inputs]
    if not compare(inputs, references, onnx):
        sys.exit("an output is out of its bound: nothing was written")

    if arguments.check:
        check_networks(onnx)
    else:
        write_networks(onnx)
        write_goldens(inputs, references)


def convert_network(name: str, tflite: bytes) -> bytes:
    source = NETWORKS[name]
    description = (
        f"Converted from {source.path} of {source.package} {source.version}"
        f" (sha256 {source.sha256}) by the MediaPipe Authors, Apache-2.0."
    )
    model = convert(tflite, [bounded.output for bounded in OUTPUTS[name]], name, description)
    return model.SerializeToString(deterministic=True)


def compare(inputs: list[RealInput], references: list[list[np.ndarray]], onnx: dict[str, bytes]) -> bool:
    """Prints a table of the differences. Whether all are within their bounds."""
    sessions = {name: _session(model) for name, model in onnx.items()}
    print(f"{'network':34}{'input':18}{'output':14}{'difference':>12}{'bound':>10}   range in TFLite")
    good = True
    for real, reference in zip(inputs, references, strict=True):
        values = np.ascontiguousarray(normalise(real.network, real.pixels).transpose(0, 3, 1, 2))
        names = [bounded.output.name for bounded in OUTPUTS[real.network]]
        results = sessions[real.network].run(names, {"input": values})
        for bounded, result in zip(OUTPUTS[real.network], results, strict=True):
            expected = reference[bounded.output.tflite_index].reshape(bounded.output.shape)
            assert result.shape == expected.shape
            difference = float(np.abs(result - expected).max())
            # Written so that NaN is a failure.
            within = difference <= bounded.bound
            good &= within
            print(
                f"{real.network:34}{real.name:18}{bounded.output.name:14}{difference:12.2e}{bounded.bound:10.0e}"
                f"   {expected.min():.3f} to {expected.max():.3f}{'' if within else '   OUT OF BOUND'}"
            )
    return good


def _session(model: bytes) -> onnxruntime.InferenceSession:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    return onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])


def check_networks(onnx: dict[str, bytes]) -> None:
    different = [name for name, model in onnx.items() if (MODELS / f"{name}.onnx").read_bytes() != model]
    if different:
        sys.exit(f"not the ones in models/: {', '.join(different)}")
    print("the networks in models/ are the same, byte for byte")


def write_networks(onnx: dict[str, bytes]) -> None:
    lines = []
    for name, model in sorted(onnx.items()):
        (MODELS / f"{name}.onnx").write_bytes(model)
        digest = hashlib.sha256(model).hexdigest()
        lines.append(f"{digest}  {name}.onnx\n")
        print(f"{name}.onnx: {len(model)} bytes, sha256 {digest}")
    sums = MODELS / "SHA256SUMS"
    # The readouts' lines are `../readouts/fit.py`'s.
    lines += [line for line in sums.read_text(encoding="utf-8").splitlines(keepends=True) if line.endswith(".f32\n")]
    sums.write_text("".join(lines), encoding="utf-8", newline="\n")


def write_goldens(inputs: list[RealInput], references: list[list[np.ndarray]]) -> None:
    golden = MODELS / "golden"
    golden.mkdir(exist_ok=True)
    for old in [*golden.glob("*.png"), *golden.glob("*.f32"), *golden.glob("index.json")]:
        old.unlink()
    entries = []
    for real, reference in zip(inputs, references, strict=True):
        stem = f"{real.network}.{real.name}"
        encoded = io.BytesIO()
        Image.fromarray(real.pixels).save(encoded, "PNG", optimize=True)
        (golden / f"{stem}.png").write_bytes(encoded.getvalue())
        outputs = []
        for bounded in OUTPUTS[real.network]:
            file = f"{stem}.{bounded.output.name}.f32"
            (golden / file).write_bytes(reference[bounded.output.tflite_index].astype("<f4").tobytes())
            outputs.append(
                {
                    "name": bounded.output.name,
                    "shape": list(bounded.output.shape),
                    "file": file,
                    "bound": bounded.bound,
                }
            )
        picture = PICTURES[real.picture]
        entries.append(
            {
                "model": f"{real.network}.onnx",
                "input": f"{stem}.png",
                "source": f"{picture.file.path} of {picture.file.package} {picture.file.version}: {real.description}",
                "licence": picture.licence,
                "outputs": outputs,
            }
        )
    index = json.dumps(entries, indent=2) + "\n"
    (golden / "index.json").write_text(index, encoding="utf-8", newline="\n")
    files = [file for file in golden.iterdir() if file.suffix in (".png", ".f32", ".json")]
    print(f"golden: {len(inputs)} inputs, {sum(file.stat().st_size for file in files)} bytes in all")


if __name__ == "__main__":
    main()
