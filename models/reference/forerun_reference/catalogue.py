"""Which networks there are, how large, and what they take and give. No torch here: builders import it when called."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from torch import nn

Shape = tuple[int, ...]


@dataclass(frozen=True)
class Reference:
    """One network. Shapes without the batch; `build` makes it with the weights of the current seed."""

    name: str
    kind: str  # "step" or "encode"
    inputs: dict[str, Shape]
    output: str
    build: Callable[[], nn.Module]


def _mlp(name: str, *widths: int) -> Reference:
    def build() -> nn.Module:
        from forerun_reference.predictors import Mlp

        return Mlp(widths)

    return Reference(name, "step", {"input": (widths[0],)}, "next", build)


def _gru(name: str, inputs: int, hidden: int) -> Reference:
    def build() -> nn.Module:
        from forerun_reference.predictors import GruCell

        return GruCell(inputs, hidden)

    return Reference(name, "step", {"input": (inputs,), "hidden": (hidden,)}, "next", build)


def _transformer(name: str, *, latent: int, action: int, context: int, width: int, layers: int, heads: int, hidden: int) -> Reference:
    def build() -> nn.Module:
        from forerun_reference.predictors import Transformer, TransformerSizes

        return Transformer(TransformerSizes(latent, action, context, width, layers, heads, hidden))

    return Reference(name, "step", {"latent": (context, latent), "action": (context, action)}, "next", build)


def _conv_encoder(name: str, side: int, channels: tuple[int, ...], latent: int) -> Reference:
    def build() -> nn.Module:
        from forerun_reference.encoders import ConvEncoder

        return ConvEncoder(side, channels, latent)

    return Reference(name, "encode", {"image": (3, side, side)}, "latent", build)


def _vit(name: str, *, side: int, patch: int, width: int, heads: int, layers: int, latent: int) -> Reference:
    def build() -> nn.Module:
        from forerun_reference.encoders import Vit, VitSizes

        return Vit(VitSizes(side, patch, width, heads, layers, latent))

    return Reference(name, "encode", {"image": (3, side, side)}, "latent", build)


FULL = (
    _mlp("mlp", 66, 256, 256, 64),
    _mlp("mlp_large", 512, 1024, 1024, 512),
    _gru("gru", 64, 256),
    _transformer("transformer", latent=192, action=10, context=3, width=384, layers=6, heads=6, hidden=2048),
    _conv_encoder("conv_encoder", 64, (16, 32, 64, 64), 64),
    _vit("vit_s8", side=64, patch=8, width=384, heads=6, layers=12, latent=192),
    _vit("vit_tiny14", side=224, patch=14, width=192, heads=3, layers=12, latent=192),
)
"""What is measured."""

TINY = (
    _mlp("mlp", 10, 24, 24, 8),
    _gru("gru", 8, 16),
    _transformer("transformer", latent=8, action=4, context=3, width=16, layers=2, heads=2, hidden=32),
    _conv_encoder("conv_encoder", 32, (4, 8, 8, 8), 8),
    _vit("vit", side=16, patch=4, width=16, heads=2, layers=2, latent=8),
)
"""The same definitions small enough to be committed: tests count what is fused in them."""

SHIPPED = {
    "arm_step": ("step", "arm/step.onnx"),
    "arm_metric": ("step", "arm/metric.onnx"),
    "arm_encode": ("encode", "arm/encode.onnx"),
}
"""Networks of shipped packages, measured beside them: name to kind and file in `models/`."""
