"""From the trained networks to SI weights, and those weights run in torch: what golden outputs are made by."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
import torch.nn.functional as fn
from torch import Tensor, nn

from forerun_recipe.networks import WorldModel, pool, standardise
from forerun_recipe.weights import F32, EncoderWeights, Layer, Weights, affine_outputs, ignore_inputs, scale_inputs


def array(value: Tensor) -> np.ndarray[tuple[int, ...], np.dtype[np.float32]]:
    return value.detach().numpy().astype(np.float32).copy()


def fold(model: WorldModel, limit: np.ndarray[tuple[int, ...], np.dtype[np.float64]], block: int,
         probe_offset: np.ndarray[tuple[int, ...], np.dtype[np.float64]],
         probe_scale: np.ndarray[tuple[int, ...], np.dtype[np.float64]]) -> Weights:  # fmt: skip
    """SI weights. limit [U]; probe_offset, probe_scale [Y]."""
    e, axes = model.encoder, len(limit)
    z = e.out.out_features
    convolutions = []
    for convolution, norm in zip(e.convolutions, e.norms, strict=True):
        assert isinstance(convolution, nn.Conv2d) and isinstance(norm, nn.BatchNorm2d)
        assert norm.running_mean is not None and norm.running_var is not None
        gain = norm.weight / (norm.running_var + norm.eps).sqrt()
        convolutions.append(Layer(array(convolution.weight * gain[:, None, None, None]), array(norm.bias - norm.running_mean * gain)))
    encoder = EncoderWeights(array(e.scene), tuple(convolutions), (_layer(e.head), _layer(e.out)), _pool(e.pool))

    ones = np.ones(z, np.float32)
    inputs = np.concatenate([ones, 1 / limit, 1 / np.tile(limit, block)]).astype(np.float32)
    outputs = np.concatenate([ones, limit]).astype(np.float32)
    step = list(layers(model.step.net))
    step[0] = scale_inputs(step[0], inputs)
    step[-1] = affine_outputs(step[-1], outputs, np.zeros_like(outputs))
    metric, probe = list(layers(model.metric)), list(layers(model.probe))
    metric[0], probe[0] = ignore_inputs(metric[0], axes), ignore_inputs(probe[0], axes)
    probe[-1] = affine_outputs(probe[-1], probe_scale.astype(np.float32), probe_offset.astype(np.float32))
    return Weights(axes, encoder, tuple(step), tuple(metric), tuple(probe))


def _pool(norm: nn.BatchNorm1d | None) -> tuple[F32, F32] | None:
    """A norm as a factor and an offset. They stay outside of the linear layer: quantized with its other inputs, means
    of maps would be lost."""
    if norm is None:
        return None
    assert norm.running_mean is not None and norm.running_var is not None
    gain = norm.weight / (norm.running_var + norm.eps).sqrt()
    return array(gain), array(norm.bias - norm.running_mean * gain)


def _layer(linear: nn.Linear) -> Layer:
    return Layer(array(linear.weight), array(linear.bias))


def layers(chain: nn.Sequential) -> tuple[Layer, ...]:
    return tuple(_layer(part) for part in chain if isinstance(part, nn.Linear))


@dataclass(frozen=True)
class Deployed:
    """The four graphs as functions of tensors in SI units; the same arithmetic as the ONNX files."""

    w: Weights

    def encode(self, image: Tensor, velocity: Tensor) -> Tensor:
        """image [B, 3, S, S], velocity [B, U] -> latent [B, D]."""
        x = standardise(image) - torch.from_numpy(self.w.encoder.scene)
        before = x
        for layer in self.w.encoder.convolutions:
            before, x = x, torch.relu(fn.conv2d(x, torch.from_numpy(layer.weight), torch.from_numpy(layer.bias), stride=2, padding=1))
        features = x.flatten(1)
        if self.w.encoder.pool is not None:
            factor, offset = (torch.from_numpy(part) for part in self.w.encoder.pool)
            features = torch.cat([features, pool(before, x) * factor + offset], 1)
        return torch.cat([self._chain(self.w.encoder.linear, features), velocity], 1)

    def step(self, latent: Tensor, action: Tensor) -> Tensor:
        """latent [B, D], action [B, A*U] -> next latent [B, D]."""
        return latent + self._chain(self.w.step, torch.cat([latent, action], -1), fn.silu)

    def metric(self, latent: Tensor) -> Tensor:
        """latent [B, D] -> point [B, E]."""
        return self._chain(self.w.metric, latent)

    def probe(self, latent: Tensor) -> Tensor:
        """latent [B, D] -> quantities [B, Y]."""
        return self._chain(self.w.probe, latent)

    @staticmethod
    def _chain(layers: tuple[Layer, ...], x: Tensor, activation: Callable[[Tensor], Tensor] = torch.relu) -> Tensor:
        for i, layer in enumerate(layers):
            x = fn.linear(x, torch.from_numpy(layer.weight), torch.from_numpy(layer.bias))
            x = x if i == len(layers) - 1 else activation(x)
        return x
