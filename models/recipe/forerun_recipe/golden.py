"""Golden inputs and outputs: what loading a package must reproduce (docs/package.md)."""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray

from forerun_recipe import rows
from forerun_recipe.dataset import Dataset
from forerun_recipe.deploy import Deployed
from forerun_recipe.light import plain
from forerun_recipe.weights import Weights, int8_weights

BATCH = 3


@torch.no_grad()
def golden(w: Weights, data: Dataset, seed: int) -> dict[str, NDArray[np.generic]]:
    """Every graph in every precision on three held-out frames, and the action rows of a raw command log."""
    starts = data.starts(2, held_out=True)
    frames = np.random.default_rng(seed).choice(starts, BATCH, replace=False)
    image = plain(np.asarray(data.pixels[frames])).contiguous()
    velocity, action = torch.from_numpy(data.velocity[frames]), torch.from_numpy(data.action[frames])
    out: dict[str, NDArray[np.generic]] = {}

    def put(graph: str, inputs: dict[str, torch.Tensor], output: tuple[str, torch.Tensor]) -> None:
        for name, value in inputs.items():
            out[f"{graph}.in.{name}"] = value.numpy()
        out[f"{graph}.out.{output[0]}"] = output[1].numpy()

    exact = Deployed(w)
    latent = exact.encode(image, velocity)
    for precision, net in (("f32", exact), ("int8", Deployed(int8_weights(w)))):
        put(f"{precision}.encode", {"image": image, "velocity": velocity}, ("latent", net.encode(image, velocity)))
        following = ("next", net.step(latent, action))
        put(f"{precision}.step", {"latent": latent[:, None], "action": action[:, None]}, following)
    put("f32.metric", {"latent": latent}, ("point", exact.metric(latent)))
    put("f32.probe", {"latent": latent}, ("quantities", exact.probe(latent)))
    limit = np.asarray(data.robot.velocity)
    return out | rows.example(data.robot.u, limit, data.period, data.block, seed)
