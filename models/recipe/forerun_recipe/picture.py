"""Any camera picture to the network's square: centre crop, then area average."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PIL import Image


def fit(pixels: NDArray[np.uint8], size: int) -> NDArray[np.uint8]:
    """[H, W, 3] -> [size, size, 3]. The box filter of Pillow is the exact area average when shrinking."""
    height, width, _ = pixels.shape
    if (height, width) == (size, size):
        return pixels
    side = min(height, width)
    top, left = (height - side) // 2, (width - side) // 2
    square = Image.fromarray(np.ascontiguousarray(pixels[top : top + side, left : left + side]))
    return np.asarray(square.resize((size, size), Image.Resampling.BOX))
