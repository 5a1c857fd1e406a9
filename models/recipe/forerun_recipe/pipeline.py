"""The whole recipe, one stage after another."""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch

from forerun_recipe.calibration import rescaled, scale_of
from forerun_recipe.dataset import Dataset, Reading, load
from forerun_recipe.deploy import Deployed, fold
from forerun_recipe.errors import RecipeError
from forerun_recipe.golden import golden
from forerun_recipe.jepa import encode_all, scaled, train_jepa
from forerun_recipe.judge import judge
from forerun_recipe.light import Light, plain
from forerun_recipe.networks import WorldModel
from forerun_recipe.package import Label, build
from forerun_recipe.probe import Targets, targets
from forerun_recipe.settings import Settings
from forerun_recipe.stage2 import train_dynamics, train_metric, train_probe
from forerun_recipe.verdict import Verdict
from forerun_recipe.weights import Weights, int8_weights

VIEWS = 4  # lights under which every frame is encoded for stage 2


@dataclass(frozen=True)
class Result:
    """What training gave."""

    weights: Weights
    targets: Targets
    verdict: Verdict


def say(text: str) -> None:
    print(text, flush=True)


def train(data: Dataset, s: Settings) -> Result:
    """Train on a dataset; one thread, so that a seed gives the same package on the same machine."""
    torch.set_num_threads(1)
    torch.manual_seed(s.seed)
    rng, light = np.random.default_rng(s.seed), Light(s.size, s.seed)
    quantities = targets(data)
    model = WorldModel(s, data.robot.u, len(quantities.quantities))
    train_jepa(model, data, s, light, rng)
    z = torch.stack([encode_all(model, data, light) for _ in range(VIEWS)])
    train_dynamics(model, z, data, s, rng)
    train_metric(model.metric, z, data, s, rng)
    train_probe(model, z, quantities, data, s, rng)
    if quantities.drifts.any():
        scale = scale_of(read(model, z.mean(0), quantities), data, quantities)
        if scale.plausible:
            quantities = rescaled(quantities, scale)
        else:
            say(f"warning: places stay as the probe learned them: factors of {scale.factor.round(3)} make no sense")
    weights = fold(model, np.asarray(data.robot.velocity), data.block, quantities.offset, quantities.scale)
    check_fold(model, weights, data)
    verdict = judge(Deployed(int8_weights(weights)), data, quantities, s, Light(s.size, s.seed + 1))
    return Result(weights, quantities, verdict)


@torch.no_grad()
def read(model: WorldModel, z: torch.Tensor, quantities: Targets) -> np.ndarray[tuple[int, ...], np.dtype[np.float64]]:
    """What the probe reads of latents [N, Z], as far as it drifts [N, T]."""
    normal = model.probe(z).double().numpy()
    return np.asarray((normal * quantities.scale + quantities.offset)[:, quantities.drifts])


@torch.no_grad()
def check_fold(model: WorldModel, weights: Weights, data: Dataset) -> None:
    """The folded SI weights compute what the trained networks compute."""
    some = data.starts(2, held_out=True)[:32]
    limit = torch.tensor(data.robot.velocity, dtype=torch.float32)
    net, image = Deployed(weights), plain(np.asarray(data.pixels[some]))
    z, (u, a) = model.encoder(image), (part[some] for part in scaled(data))
    latent = net.encode(image, torch.from_numpy(data.velocity[some]))
    next_z, next_u = model.step(z, u, a)
    want = torch.cat([z, u * limit, next_z, next_u * limit, model.metric(z)], 1)
    got = torch.cat([latent, net.step(latent, torch.from_numpy(data.action[some])), net.metric(latent)], 1)
    worst = float((got - want).abs().max())
    if not worst < 1e-3:
        raise RecipeError("folding changed the model", where="deploy.fold", found=f"largest difference {worst:.2e}",
                          expected="below 1e-3", do="this is a defect of the recipe: report it")  # fmt: skip


def run(recordings: list[Path], out: Path, label: Label, s: Settings, reading: Reading, cache: Path) -> Verdict:
    """From recordings to a package in `out`."""
    begin = time.monotonic()
    data = load(recordings, reading, cache)
    for warning in data.warnings:
        say(f"warning: {warning}")
    r = data.robot
    say(
        f"{r.name}: {len(data.stamp)} frames, {len(data.starts(s.window, False))} training windows, "
        f"{len(data.frames(True))} held-out frames, period {data.period} s, axes {', '.join(r.axes)}\n"
        f"actuator: dead time {1e3 * data.delay.dead:.1f} ms, lag {1e3 * data.delay.lag:.0f} ms"
    )
    s = s.of(r.twist)
    result = train(data, s)
    vectors = golden(result.weights, data, s.seed)
    build(out, label, result.weights, vectors, data, result.targets, result.verdict, s)
    for line in result.verdict.lines():
        say(line)
    say(f"{out}: package written after {time.monotonic() - begin:.0f} s")
    return result.verdict
