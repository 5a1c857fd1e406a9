"""Predictors: what is believed and done to what comes next. N rows, widths as the sizes say.

`split` instead of `chunk`, fixed sizes instead of `x.shape`: torch exports the latter as arithmetic on shapes, which a
package may not contain (docs/package.md).
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import torch
from torch import Tensor, nn

HIDDEN = -1e9  # added to the scores of what must not be attended to


class Mlp(nn.Module):
    """Linear, LayerNorm, SiLU between `widths`. x [N, widths[0]] -> [N, widths[-1]]."""

    def __init__(self, widths: tuple[int, ...]) -> None:
        super().__init__()
        layers: list[nn.Module] = []
        for i, o in pairwise(widths[:-1]):
            layers += [nn.Linear(i, o), nn.LayerNorm(o), nn.SiLU()]
        self.net = nn.Sequential(*layers, nn.Linear(widths[-2], widths[-1]))

    def forward(self, x: Tensor) -> Tensor:
        return self.net(x)  # type: ignore[no-any-return]


class GruCell(nn.Module):
    """`nn.GRUCell` written out (ONNX's GRU operator is for sequences). x [N, I], hidden [N, H] -> hidden [N, H]."""

    def __init__(self, inputs: int, hidden: int) -> None:
        super().__init__()
        self.hidden = hidden
        self.from_input = nn.Linear(inputs, 3 * hidden)
        self.from_hidden = nn.Linear(hidden, 3 * hidden)

    def forward(self, x: Tensor, hidden: Tensor) -> Tensor:
        reset_x, update_x, new_x = self.from_input(x).split(self.hidden, -1)
        reset_h, update_h, new_h = self.from_hidden(hidden).split(self.hidden, -1)
        new = torch.tanh(new_x + torch.sigmoid(reset_x + reset_h) * new_h)
        return new + torch.sigmoid(update_x + update_h) * (hidden - new)


@dataclass(frozen=True)
class TransformerSizes:
    """A predictor over a short context."""

    latent: int  # D
    action: int  # A, numbers an action row
    context: int  # C
    width: int  # W
    layers: int
    heads: int
    hidden: int


class CausalAttention(nn.Module):
    """x [N, C, W] -> same; one projection gives queries, keys and values."""

    mask: Tensor

    def __init__(self, s: TransformerSizes) -> None:
        super().__init__()
        self.s = s
        self.qkv = nn.Linear(s.width, 3 * s.width, bias=False)
        self.out = nn.Linear(s.width, s.width)
        self.register_buffer("mask", torch.full((s.context, s.context), HIDDEN).triu(1))

    def forward(self, x: Tensor) -> Tensor:
        s = self.s
        size = s.width // s.heads
        q, k, v = (part.reshape(-1, s.context, s.heads, size).transpose(1, 2) for part in self.qkv(x).split(s.width, -1))
        scores = q @ k.transpose(-1, -2) * size**-0.5 + self.mask
        mixed = scores.softmax(-1) @ v
        return self.out(mixed.transpose(1, 2).reshape(-1, s.context, s.width))  # type: ignore[no-any-return]


def modulate(x: Tensor, shift: Tensor, scale: Tensor) -> Tensor:
    """AdaLN (Peebles and Xie 2023): a norm's gain and bias come from the condition."""
    return x * (1 + scale) + shift


class Block(nn.Module):
    """Attention and MLP, both modulated and gated by the condition. x, condition [N, C, W] -> [N, C, W]."""

    def __init__(self, s: TransformerSizes) -> None:
        super().__init__()
        self.width = s.width
        self.norm1 = nn.LayerNorm(s.width, elementwise_affine=False, eps=1e-6)
        self.norm2 = nn.LayerNorm(s.width, elementwise_affine=False, eps=1e-6)
        self.attention = CausalAttention(s)
        self.mlp = nn.Sequential(nn.Linear(s.width, s.hidden), nn.GELU(), nn.Linear(s.hidden, s.width))
        self.modulation = nn.Sequential(nn.SiLU(), nn.Linear(s.width, 6 * s.width))

    def forward(self, x: Tensor, condition: Tensor) -> Tensor:
        shift1, scale1, gate1, shift2, scale2, gate2 = self.modulation(condition).split(self.width, -1)
        x = x + gate1 * self.attention(modulate(self.norm1(x), shift1, scale1))
        return x + gate2 * self.mlp(modulate(self.norm2(x), shift2, scale2))  # type: ignore[no-any-return]


class Transformer(nn.Module):
    """latent [N, C, D], action [N, C, A] (row c: what led away from latent c) -> next latent [N, D]."""

    def __init__(self, s: TransformerSizes) -> None:
        super().__init__()
        self.width, self.last = s.width, s.context - 1
        self.latent = nn.Linear(s.latent, s.width)
        self.action = nn.Sequential(nn.Linear(s.action, s.width), nn.SiLU(), nn.Linear(s.width, s.width))
        self.place = nn.Parameter(0.02 * torch.randn(1, s.context, s.width))
        self.blocks = nn.ModuleList(Block(s) for _ in range(s.layers))
        self.norm = nn.LayerNorm(s.width, elementwise_affine=False, eps=1e-6)
        self.modulation = nn.Sequential(nn.SiLU(), nn.Linear(s.width, 2 * s.width))
        self.out = nn.Linear(s.width, s.latent)

    def forward(self, latent: Tensor, action: Tensor) -> Tensor:
        condition = self.action(action)
        x = self.latent(latent) + self.place
        for block in self.blocks:
            x = block(x, condition)
        shift, scale = self.modulation(condition[:, self.last]).split(self.width, -1)
        return self.out(modulate(self.norm(x[:, self.last]), shift, scale))  # type: ignore[no-any-return]
