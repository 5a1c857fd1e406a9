"""A trained model as plain arrays, in SI units, ready to be written as graphs.

Everything that training kept apart is folded here: BatchNorm into its convolution, limits and probe scales into
first and last layers. No torch.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

F32 = NDArray[np.float32]


@dataclass(frozen=True)
class Layer:
    """A convolution (weight [O, I, 3, 3], stride 2, padding 1) or a linear layer (weight [O, I]); bias [O]."""

    weight: F32
    bias: F32


@dataclass(frozen=True)
class EncoderWeights:
    """scene [1, 3, S, S]; convolutions, then linear layers, ReLU after each but the last.

    pool: factor and offset [C + C'] of the means of the last two maps, which follow the flattened last map.
    """

    scene: F32
    convolutions: tuple[Layer, ...]
    linear: tuple[Layer, ...]
    pool: tuple[F32, F32] | None = None


@dataclass(frozen=True)
class Weights:
    """All graphs in SI units. latent = learned z ++ measured velocity u; the chains are linear layers, SiLU in `step`, ReLU elsewhere."""

    axes: int  # U
    encoder: EncoderWeights
    step: tuple[Layer, ...]  # [latent, action] -> change of latent
    metric: tuple[Layer, ...]  # latent -> point
    probe: tuple[Layer, ...]  # latent -> quantities

    @property
    def z(self) -> int:
        return len(self.encoder.linear[-1].bias)

    @property
    def latent(self) -> int:
        return self.z + self.axes


def scale_inputs(layer: Layer, factor: F32) -> Layer:
    """The layer for inputs that used to be multiplied by factor [I] before it."""
    return Layer(layer.weight * factor, layer.bias)


def affine_outputs(layer: Layer, factor: F32, offset: F32) -> Layer:
    """The layer whose outputs are multiplied by factor [O], then shifted by offset [O]."""
    return Layer(layer.weight * factor[:, None], layer.bias * factor + offset)


def ignore_inputs(layer: Layer, count: int) -> Layer:
    """The layer with `count` more inputs at the end, which it does not use."""
    return Layer(np.pad(layer.weight, ((0, 0), (0, count))), layer.bias)


def codes(weight: F32) -> tuple[NDArray[np.int8], F32]:
    """Symmetric s8 codes, one scale an output channel (axis 0): weight ~ codes * scale.

    A channel of zeros gets scale 1: loaders refuse a scale of zero.
    """
    largest = np.abs(weight.reshape(len(weight), -1)).max(1)
    scale = np.where(largest > 0, largest / 127, 1).astype(np.float32)
    rounded = np.rint(weight / scale.reshape(-1, *[1] * (weight.ndim - 1)))
    return np.clip(rounded, -127, 127).astype(np.int8), scale


def dequantised(layer: Layer) -> Layer:
    """The layer as the int8 file holds it."""
    code, scale = codes(layer.weight)
    return Layer(code.astype(np.float32) * scale.reshape(-1, *[1] * (code.ndim - 1)), layer.bias)


def int8_weights(w: Weights) -> Weights:
    """Encoder and dynamics with s8 weights; metric and probe are not quantised."""
    e = w.encoder
    encoder = replace(e, convolutions=tuple(map(dequantised, e.convolutions)), linear=tuple(map(dequantised, e.linear)))
    return replace(w, encoder=encoder, step=tuple(map(dequantised, w.step)))
