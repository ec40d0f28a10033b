"""How near an upload is to an ideal reduction: Lanczos3, widened by the reduction, in floats; as docs/resampling/compare.py."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PIL import Image


def weights(source: int, target: int) -> NDArray[np.float64]:
    scale = source / target
    centres = (np.arange(target) + 0.5) * scale
    at = (np.arange(source)[None, :] + 0.5 - centres[:, None]) / scale
    kernel = np.where(np.abs(at) < 3, np.sinc(at) * np.sinc(at / 3), 0)
    normalised: NDArray[np.float64] = kernel / kernel.sum(axis=1, keepdims=True)
    return normalised


def ideal(picture: Image.Image, width: int, height: int) -> NDArray[np.float64]:
    across, down = weights(picture.width, width), weights(picture.height, height)
    channels = [down @ np.asarray(channel, np.float64) @ across.T for channel in picture.split()]
    return np.clip(np.stack(channels, axis=-1), 0, 255)


def psnr(shown: NDArray[np.uint8], wanted: NDArray[np.float64]) -> float:
    """Over R, G and B, in decibels."""
    return float(10 * np.log10(255**2 / np.mean((shown - wanted) ** 2)))
