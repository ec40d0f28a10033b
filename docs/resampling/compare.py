"""How near reduced uploads are to an ideal reduction, beside what Pillow makes of the same pixels.

    pip install -r docs/resampling/requirements.txt
    cargo build --release
    python docs/resampling/compare.py

The ideal is Lanczos3, widened by the reduction, in double precision. Both sides get the same PNG, so that no JPEG decoder is
compared. PSNR is over R, G and B; bytes are the JPEG's. Prints the table of README.md in this folder.
"""

import io
import subprocess
import tempfile
from pathlib import Path

import numpy as np
from PIL import Image

PROJECT = Path(__file__).resolve().parents[2]
COMMAND = PROJECT / "target/release/face-precheck"
PICTURES = [
    "photos/compliant/astronaut_enlarged_3x.jpg",
    "photos/compliant/grace_hopper_enlarged_1.5x.jpg",
    "photos/cc-by-sa/christophe_henner_800px.jpg",
    "rendered/p1_y+00_p+00_r+00.jpg",
    "rendered/p5_y+00_p+00_r+00.jpg",
]
HEIGHT = 500
PROFILE = f"""
extends = "progeny-selfie"
name = "reduce"
recommended-height = {{ max = {HEIGHT}, apply = true }}
width = {{ min = 300 }}
face-size = false
interpupillary-distance = false
face-padding = false
"""


def weights(source: int, target: int) -> np.ndarray:
    scale = source / target
    centres = (np.arange(target) + 0.5) * scale
    at = (np.arange(source)[None, :] + 0.5 - centres[:, None]) / scale
    kernel = np.where(np.abs(at) < 3, np.sinc(at) * np.sinc(at / 3), 0)
    return kernel / kernel.sum(axis=1, keepdims=True)


def ideal(picture: Image.Image, width: int, height: int) -> np.ndarray:
    pixels = np.asarray(picture, dtype=np.float64)
    rows = np.einsum("xc,ycd->yxd", weights(picture.width, width), pixels)
    return np.clip(np.einsum("yr,rxd->yxd", weights(picture.height, height), rows), 0, 255)


def psnr(data: bytes, wanted: np.ndarray) -> float:
    shown = np.asarray(Image.open(io.BytesIO(data)).convert("RGB"), dtype=np.float64)
    return 10 * np.log10(255**2 / np.mean((shown - wanted) ** 2))


def pillow(picture: Image.Image, width: int, height: int, **options) -> bytes:
    out = io.BytesIO()
    picture.resize((width, height), Image.Resampling.LANCZOS).save(out, "JPEG", quality=95, **options)
    return out.getvalue()


def main() -> None:
    print("| picture | reduced | upload | Pillow, quality 95 | Pillow, quality 95, 4:4:4 |")
    print("| --- | --- | --- | --- | --- |")
    with tempfile.TemporaryDirectory() as folder:
        folder = Path(folder)
        profile = folder / "profile.toml"
        profile.write_text(PROFILE)
        for number, name in enumerate(PICTURES):
            picture = Image.open(PROJECT / "fixtures" / name).convert("RGB")
            source = folder / f"{number}.png"
            picture.save(source)
            subprocess.run(
                [COMMAND, "prepare", source, "--out", folder / "out", "--profile", profile], check=True, stdout=subprocess.DEVNULL
            )
            upload = (folder / "out" / f"{number}.png.jpg").read_bytes()
            width, height = Image.open(io.BytesIO(upload)).size
            wanted = ideal(picture, width, height)
            cells = [upload, pillow(picture, width, height), pillow(picture, width, height, subsampling=0)]
            figures = " | ".join(f"{psnr(data, wanted):.1f} dB, {len(data) / 1000:.0f} kB" for data in cells)
            print(f"| {Path(name).stem} | {picture.width}x{picture.height} to {width}x{height} | {figures} |")


if __name__ == "__main__":
    main()
