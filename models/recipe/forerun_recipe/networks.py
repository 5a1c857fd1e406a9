"""The networks, in units of the limits: u = velocity / limit, a = command / limit. Export folds the limits in.

Shapes: B batch, S image side, Z learned latent, U axes, A command means a step, E metric space, Y probe outputs.
"""

from __future__ import annotations

from itertools import pairwise

import torch
from torch import Tensor, nn

from forerun_recipe.settings import Settings

EPSILON = 1e-4  # of the variance of an image, in 0..1 units squared


def standardise(image: Tensor) -> Tensor:
    """Minus its mean, over its deviation: gain and offset of the light cancel. [B, 3, S, S] -> same."""
    centred = image - image.mean((1, 2, 3), keepdim=True)
    return centred / (centred.square().mean((1, 2, 3), keepdim=True) + EPSILON).sqrt()


def pool(before: Tensor, last: Tensor) -> Tensor:
    """Means over the last two maps. [B, C, S, S], [B, C', S', S'] -> [B, C + C']."""
    return torch.cat([before.mean((2, 3)), last.mean((2, 3))], 1)


class Encoder(nn.Module):
    """image [B, 3, S, S] in 0..1 -> z [B, Z]."""

    scene: Tensor

    def __init__(self, s: Settings) -> None:
        super().__init__()
        widths = (3, *s.channels)
        self.convolutions = nn.ModuleList(nn.Conv2d(i, o, 3, 2, 1, bias=False) for i, o in pairwise(widths))
        self.norms = nn.ModuleList(nn.BatchNorm2d(o) for o in s.channels)
        side, pooled = s.size >> len(s.channels), sum(s.channels[-2:]) if s.pooled else 0
        self.pool = nn.BatchNorm1d(pooled) if pooled else None  # means of maps are tiny otherwise
        self.head = nn.Linear(side * side * s.channels[-1] + pooled, s.head)
        self.out = nn.Linear(s.head, s.latent)
        self.register_buffer("scene", torch.zeros(1, 3, s.size, s.size))  # mean picture: what never moves

    def forward(self, image: Tensor) -> Tensor:
        x = standardise(image) - self.scene
        before = x
        for convolution, norm in zip(self.convolutions, self.norms, strict=True):
            before, x = x, torch.relu(norm(convolution(x)))
        features = x.flatten(1)
        if self.pool is not None:
            features = torch.cat([features, self.pool(pool(before, x))], 1)
        return self.out(torch.relu(self.head(features)))  # type: ignore[no-any-return]

    @torch.no_grad()
    def initialise(self, image: Tensor) -> None:
        """He weights, the scene from `image`, and an output layer that starts with mean 0 and variance 1.

        With torch's own start latents have a deviation of 0.00, where SIGReg has no gradient.
        """
        for layer in self.modules():
            if isinstance(layer, nn.Conv2d | nn.Linear):
                nn.init.kaiming_normal_(layer.weight, nonlinearity="relu")
                if layer.bias is not None:
                    nn.init.zeros_(layer.bias)
        self.scene.copy_(standardise(image).mean(0, keepdim=True))
        z = self(image)
        self.out.weight /= z.std(0)[:, None]
        self.out.bias.copy_(-z.mean(0) / z.std(0))


def mlp(
    inputs: int, hidden: int, outputs: int, depth: int = 2, activation: type[nn.Module] = nn.ReLU
) -> nn.Sequential:  # fmt: skip
    """Linear layers with activations in between; `depth` hidden ones."""
    layers: list[nn.Module] = []
    for i, o in pairwise([inputs] + [hidden] * depth):
        layers += [nn.Linear(i, o), activation()]
    return nn.Sequential(*layers, nn.Linear(hidden, outputs))


class Step(nn.Module):
    """z [..., Z], u [..., U], a [..., A*U] -> next z, u: a residual on both.

    SiLU: motion is smooth in all of them, and errors a tenth smaller than with ReLU.
    """

    def __init__(self, s: Settings, axes: int) -> None:
        super().__init__()
        self.net = mlp(s.latent + axes + s.block * axes, s.step_hidden, s.latent + axes, s.step_depth, nn.SiLU)
        self.split = (s.latent, axes)

    def forward(self, z: Tensor, u: Tensor, a: Tensor) -> tuple[Tensor, Tensor]:
        dz, du = self.net(torch.cat([z, u, a], -1)).split(self.split, -1)
        return z + dz, u + du


class WorldModel(nn.Module):
    """Everything that is trained. `inverse` and `heading` only shape the latent; they are not exported."""

    def __init__(self, s: Settings, axes: int, probes: int) -> None:
        super().__init__()
        self.encoder = Encoder(s)
        self.step = Step(s, axes)
        self.inverse = mlp(2 * s.latent + 1, s.inverse_hidden, 2 * axes)  # z, later z, gap -> mean command, mean velocity
        self.metric = mlp(s.latent, s.metric_hidden, s.metric_size)
        self.probe = mlp(s.latent, s.probe_hidden, probes)
        self.heading = nn.Linear(s.latent, 2)  # sine and cosine of the yaw: only shapes the latent of a body
