"""Stage 1: encoder and dynamics together, in latent space only: no pixel is ever reconstructed."""

from __future__ import annotations

import numpy as np
import torch
import torch.nn.functional as fn
from torch import Tensor

from forerun_recipe.dataset import Dataset
from forerun_recipe.light import Light, plain
from forerun_recipe.losses import covariance, inverse_dynamics, rollout, sigreg
from forerun_recipe.networks import WorldModel
from forerun_recipe.optimise import optimise
from forerun_recipe.settings import Settings


def scaled(data: Dataset) -> tuple[Tensor, Tensor]:
    """Velocities [N, U] and action rows [N, A*U] in units of the limits."""
    limit = np.asarray(data.robot.velocity, np.float32)
    return torch.from_numpy(data.velocity / limit), torch.from_numpy(data.action / np.tile(limit, data.block))


def train_jepa(model: WorldModel, data: Dataset, s: Settings, light: Light, rng: np.random.Generator) -> dict[str, float]:
    """Predict latents 1..window-1 frames ahead; SIGReg and covariance keep the latent full, inverse dynamics useful."""
    starts, scene = data.starts(s.window, held_out=False), data.frames(held_out=False)
    model.encoder.initialise(plain(data.pixels[np.sort(rng.choice(scene, min(1024, len(scene)), replace=False))]))
    model.encoder.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    u_all, a_all = scaled(data)
    # Displacement and turn are products with the heading: prediction alone does not find it.
    known = data.yaw if data.robot.twist else None
    compass = None if known is None else torch.from_numpy(np.stack([np.sin(known), np.cos(known)], 1)).float()

    def terms() -> dict[str, Tensor]:
        index = data.chain[rng.choice(starts, s.windows), : s.window]
        z = model.encoder(light(data.pixels[index.ravel()]))
        total = {"sigreg": s.weight_sigreg * sigreg(z), "covariance": s.weight_covariance * covariance(z)}
        z, u, a = z.view(*index.shape, -1), u_all[index], a_all[index]
        total["predict"] = rollout(model.step, z, u, a, z)
        total["inverse"] = s.weight_inverse * inverse_dynamics(model.inverse, z, u, a)
        if compass is not None:
            total["heading"] = s.weight_heading * fn.mse_loss(model.heading(z), compass[index])
        return total

    model.train()
    parts = (model.encoder, model.step, model.inverse, model.heading)
    losses = optimise(
        "encoder", [p for part in parts for p in part.parameters()], s.jepa_updates, s.jepa_rate, terms
    )  # fmt: skip
    # BatchNorm must use its running statistics from here on: latents of a correlated batch are off otherwise.
    model.eval()
    model.encoder.to(memory_format=torch.contiguous_format)  # type: ignore[call-overload]
    return losses


@torch.no_grad()
def encode_all(model: WorldModel, data: Dataset, light: Light | None) -> Tensor:
    """Latents of all frames [N, Z], under drawn light or as the camera saw them."""
    rows = []
    for begin in range(0, len(data.pixels), 512):
        pixels = np.asarray(data.pixels[begin : begin + 512])
        rows.append(model.encoder(light(pixels) if light else plain(pixels)))
    return torch.cat(rows)
