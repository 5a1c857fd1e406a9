"""The terms that training minimises."""

from __future__ import annotations

import torch
import torch.nn.functional as fn
from torch import Tensor, nn

from forerun_recipe.networks import Step


def sigreg(z: Tensor, projections: int = 64, knots: int = 17) -> Tensor:
    """Distance of random 1-D projections of z [N, Z] from a standard normal (Epps-Pulley, sketched).

    The characteristic function of each projection is compared at `knots` points of 0..3.
    """
    t = torch.linspace(0, 3, knots)
    normal = torch.exp(-(t**2) / 2)
    weight = normal * (3 / (knots - 1)) * 2
    weight[[0, -1]] /= 2
    directions = fn.normalize(torch.randn(z.shape[1], projections), dim=0)
    phase = (z @ directions).unsqueeze(-1) * t
    error = (phase.cos().mean(0) - normal) ** 2 + phase.sin().mean(0) ** 2
    distance: Tensor = (error * weight).sum(-1).mean()
    return distance


def covariance(z: Tensor) -> Tensor:
    """||Cov(z) - I||^2 / Z. z [N, Z]."""
    centred = z - z.mean(0)
    excess = centred.T @ centred / (len(z) - 1) - torch.eye(z.shape[1])
    return excess.square().sum() / z.shape[1]


def rollout(step: Step, z: Tensor, u: Tensor, a: Tensor, target: Tensor) -> Tensor:
    """Open-loop prediction from every frame of the window at once, mean over its lengths.

    z, target [B, L, Z], u [B, L, U], a [B, L, A*U], where a leads from a frame to the next. Targets are not detached.
    """
    length, z_hat, u_hat = z.shape[1], z, u
    total = z.new_zeros(())
    for k in range(1, length):
        z_hat, u_hat = step(z_hat[:, : length - k], u_hat[:, : length - k], a[:, k - 1 : length - 1])
        total = total + fn.mse_loss(z_hat, target[:, k:]) + fn.mse_loss(u_hat, u[:, k:])
    return total / (length - 1)


def still(step: Step, z: Tensor, axes: int, actions: int, horizon: int) -> Tensor:
    """At rest and told to rest, a state stays where it is. z [B, Z]."""
    z_hat, u_hat = z, z.new_zeros(len(z), axes)
    rest, total = z.new_zeros(len(z), actions), z.new_zeros(())
    for _ in range(horizon):
        z_hat, u_hat = step(z_hat, u_hat, rest)
        total = total + fn.mse_loss(z_hat, z) + u_hat.square().mean()
    return total / horizon


def inverse_dynamics(net: nn.Module, z: Tensor, u: Tensor, a: Tensor) -> Tensor:
    """From two latents k frames apart: mean command and mean velocity between them, k = 1 and the whole window.

    The long gap moves the robot by more than a pixel. z [B, L, Z], u [B, L, U], a [B, L, A*U].
    """
    batch, length, axes = u.shape
    command = a.view(batch, length, -1, axes).mean(2)
    total = z.new_zeros(())
    for k in (1, length - 1):
        mean_command = torch.stack([command[:, i : i + k].mean(1) for i in range(length - k)], 1)
        mean_velocity = torch.stack([u[:, i + 1 : i + k + 1].mean(1) for i in range(length - k)], 1)
        gap = torch.full_like(z[:, k:, :1], k / length)
        guess = net(torch.cat([z[:, :-k], z[:, k:], gap], -1))
        total = total + fn.mse_loss(guess, torch.cat([mean_command, mean_velocity], -1))
    return total / 2
