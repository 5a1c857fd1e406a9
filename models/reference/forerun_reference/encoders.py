"""Encoders: picture to latent. N pictures [N, 3, S, S] in 0..1."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import torch
from torch import Tensor, nn


class ConvEncoder(nn.Module):
    """3x3 convolutions of stride 2 with ReLU, then one linear layer. [N, 3, S, S] -> [N, latent]."""

    def __init__(self, side: int, channels: tuple[int, ...], latent: int) -> None:
        super().__init__()
        layers: list[nn.Module] = []
        for i, o in pairwise((3, *channels)):
            layers += [nn.Conv2d(i, o, 3, 2, 1), nn.ReLU()]
        left = side >> len(channels)
        self.net = nn.Sequential(*layers, nn.Flatten(), nn.Linear(left * left * channels[-1], latent))

    def forward(self, image: Tensor) -> Tensor:
        return self.net(image)  # type: ignore[no-any-return]


@dataclass(frozen=True)
class VitSizes:
    """A vision transformer (Dosovitskiy et al. 2021)."""

    side: int
    patch: int
    width: int
    heads: int
    layers: int
    latent: int

    @property
    def tokens(self) -> int:
        return (self.side // self.patch) ** 2


class Attention(nn.Module):
    """x [N, T, W] -> same; queries, keys and values by projections of their own."""

    def __init__(self, s: VitSizes) -> None:
        super().__init__()
        self.s = s
        self.q, self.k, self.v, self.out = (nn.Linear(s.width, s.width) for _ in range(4))

    def heads(self, x: Tensor) -> Tensor:
        return x.reshape(-1, self.s.tokens, self.s.heads, self.s.width // self.s.heads).permute(0, 2, 1, 3)

    def forward(self, x: Tensor) -> Tensor:
        q, k, v = self.heads(self.q(x)), self.heads(self.k(x)), self.heads(self.v(x))
        scores = q @ k.transpose(-1, -2) / (self.s.width // self.s.heads) ** 0.5
        mixed = (scores.softmax(-1) @ v).permute(0, 2, 1, 3)
        return self.out(mixed.reshape(-1, self.s.tokens, self.s.width))  # type: ignore[no-any-return]


class Layer(nn.Module):
    """Norm first, then attention or MLP, then the residual. [N, T, W] -> same."""

    def __init__(self, s: VitSizes) -> None:
        super().__init__()
        self.norm1, self.norm2 = nn.LayerNorm(s.width, eps=1e-6), nn.LayerNorm(s.width, eps=1e-6)
        self.attention = Attention(s)
        self.mlp = nn.Sequential(nn.Linear(s.width, 4 * s.width), nn.GELU(), nn.Linear(4 * s.width, s.width))

    def forward(self, x: Tensor) -> Tensor:
        x = x + self.attention(self.norm1(x))
        return x + self.mlp(self.norm2(x))  # type: ignore[no-any-return]


class Vit(nn.Module):
    """[N, 3, S, S] -> [N, latent]; the mean over the patches, no class token (Beyer et al. 2022)."""

    def __init__(self, s: VitSizes) -> None:
        super().__init__()
        self.s = s
        self.patches = nn.Conv2d(3, s.width, s.patch, s.patch)
        self.place = nn.Parameter(0.02 * torch.randn(1, s.tokens, s.width))
        self.layers = nn.Sequential(*(Layer(s) for _ in range(s.layers)))
        self.norm = nn.LayerNorm(s.width, eps=1e-6)
        self.out = nn.Linear(s.width, s.latent)

    def forward(self, image: Tensor) -> Tensor:
        x = self.patches(image).reshape(-1, self.s.width, self.s.tokens).transpose(1, 2) + self.place
        return self.out(self.norm(self.layers(x)).mean(1))  # type: ignore[no-any-return]
