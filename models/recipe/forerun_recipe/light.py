"""Pixels to network input, with a light of its own for every frame while training.

Whatever is constant for a while but is not the robot (light, noise level) would otherwise be the easiest thing to
predict, and be encoded before small moving parts are.
"""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

GAIN, BALANCE, OFFSET, NOISE = (0.75, 1.25), (0.95, 1.05), (-0.08, 0.08), (0.0, 0.03)


class Light:
    """Draws gain, white balance, offset and noise for every frame."""

    def __init__(self, size: int, seed: int) -> None:
        self.rng = np.random.default_rng(seed)
        bank = torch.Generator().manual_seed(seed)
        self.noise = torch.randn(256, size, size, 3, generator=bank)

    def __call__(self, pixels: NDArray[np.uint8]) -> Tensor:
        """[B, S, S, 3] -> [B, 3, S, S] in 0..1, in channels-last memory."""
        n, x = len(pixels), torch.from_numpy(pixels.astype(np.float32)).div_(255)
        gain = self.rng.uniform(*GAIN, (n, 1, 1, 1)) * self.rng.uniform(*BALANCE, (n, 1, 1, 3))
        x.mul_(torch.from_numpy(gain).float()).add_(self._draw(OFFSET, n))
        x.addcmul_(self.noise[torch.from_numpy(self.rng.integers(0, len(self.noise), n))], self._draw(NOISE, n))
        return x.clamp_(0, 1).permute(0, 3, 1, 2)

    def _draw(self, bounds: tuple[float, float], n: int) -> Tensor:
        return torch.from_numpy(self.rng.uniform(*bounds, (n, 1, 1, 1))).float()


def plain(pixels: NDArray[np.uint8]) -> Tensor:
    """[B, S, S, 3] -> [B, 3, S, S] in 0..1, as the camera saw it."""
    return torch.from_numpy(pixels.astype(np.float32)).div_(255).permute(0, 3, 1, 2)
