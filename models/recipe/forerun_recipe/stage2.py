"""Stage 2: dynamics over long horizons, metric and probe, on cached latents of the frozen encoder."""

from __future__ import annotations

import numpy as np
import torch
import torch.nn.functional as fn
from torch import Tensor, nn

from forerun_recipe.dataset import CHAIN, Dataset
from forerun_recipe.jepa import scaled
from forerun_recipe.losses import rollout, still
from forerun_recipe.networks import WorldModel
from forerun_recipe.optimise import optimise
from forerun_recipe.probe import Targets
from forerun_recipe.settings import Settings

NEAR = 6  # steps: the longest way between two frames of a near pair


def train_dynamics(model: WorldModel, z: Tensor, data: Dataset, s: Settings, rng: np.random.Generator) -> dict[str, float]:
    """Long roll-outs to the mean over views, and rest. z [V, N, Z]: V views of every frame, each in another light."""
    horizon, windows, target = s.dynamics_horizon, s.dynamics_windows, z.mean(0)
    starts = data.starts(horizon + 1, held_out=False)
    u_all, a_all = scaled(data)

    def terms() -> dict[str, Tensor]:
        index = data.chain[rng.choice(starts, windows), : horizon + 1]
        window = z[rng.integers(0, len(z), (windows, 1)), index]
        rest = still(model.step, window[:, 0], data.robot.u, a_all.shape[1], horizon)
        predict = rollout(model.step, window, u_all[index], a_all[index], target[index])
        return {"predict": predict, "still": s.weight_still * rest}

    return optimise("dynamics", model.step.parameters(), s.dynamics_updates, s.dynamics_rate, terms)


def reach(data: Dataset) -> float:
    """Model steps between the farthest states: far pairs are pushed apart up to about this."""
    if data.robot.twist:
        return _reach_of_a_body(data)
    low, high = (np.asarray(bound) for bound in (data.robot.position_lower, data.robot.position_upper))
    seen = data.position.max(0) - data.position.min(0)
    span = np.minimum(high - low, seen)
    return 1.1 * float(np.linalg.norm(span / (np.asarray(data.robot.velocity) * data.period)))


def _reach_of_a_body(data: Dataset) -> float:
    """The same where only a drifting place is known: half as far again as the widest excursion in two minutes."""
    widest = 0.0
    for part in np.unique(data.recording):
        here = data.recording == part
        window = (data.stamp[here] // 120).astype(int)
        for number in np.unique(window):
            place = data.position[here][window == number, :2]
            widest = max(widest, float(np.linalg.norm(np.ptp(place, axis=0))))
    return 1.5 * widest / (data.robot.velocity[0] * data.period)


def train_metric(metric: nn.Module, z: Tensor, data: Dataset, s: Settings, rng: np.random.Generator) -> dict[str, float]:
    """An embedding whose distance is the way to go in model steps at full speed. z [V, N, Z].

    Near pairs: at most `NEAR` periods apart, no farther from each other than the way measured between them. Far
    pairs: any two frames of one recording, pushed apart. Between the two, distances become shortest ways.
    """
    starts, frames = data.starts(NEAR + 1, held_out=False), data.frames(held_out=False)
    farthest, n = reach(data), s.metric_pairs
    by_recording = [frames[data.recording[frames] == r] for r in np.unique(data.recording)]
    share = np.array([len(part) for part in by_recording]) / len(frames)

    def distance(views: np.ndarray[tuple[int, ...], np.dtype[np.int64]], i: Tensor, j: Tensor) -> Tensor:
        gap: Tensor = metric(z[views[0], i]) - metric(z[views[1], j]) + 1e-6
        length: Tensor = torch.linalg.vector_norm(gap, dim=-1)
        return length

    def terms() -> dict[str, Tensor]:
        views = rng.integers(0, len(z), (2, n))
        i = rng.choice(starts, n)
        j = data.chain[i, rng.integers(0, NEAR + 1, n)]  # 0: one frame, two lights
        way = torch.from_numpy(data.travel[j] - data.travel[i]).float()
        excess = fn.relu(distance(views, torch.from_numpy(i), torch.from_numpy(j)) - way - s.slack)
        some = by_recording[int(rng.choice(len(by_recording), p=share))]
        far = distance(views, torch.from_numpy(rng.choice(some, n)), torch.from_numpy(rng.choice(some, n)))
        return {"near": s.weight_near * excess.square().mean(), "far": 5 * fn.softplus((farthest - far) / 5).mean()}

    return optimise("metric", metric.parameters(), s.metric_updates, s.metric_rate, terms, decay=0.01, clip=10.0)


def train_probe(model: WorldModel, z: Tensor, targets: Targets, data: Dataset, s: Settings, rng: np.random.Generator) -> dict[str, float]:
    """Reads named quantities off the latent. z [V, N, Z].

    What drifts is learned from differences over up to ten steps, and from where it was true at the start: the same
    picture is the same place, whenever it was taken, so drift averages out.
    """
    frames, starts = data.frames(held_out=False), data.starts(CHAIN, held_out=False)
    target, true = torch.from_numpy(targets.normal), torch.from_numpy(~targets.drifts)
    drifts = torch.from_numpy(targets.drifts)

    def read(index: np.ndarray[tuple[int, ...], np.dtype[np.int64]]) -> Tensor:
        view = torch.from_numpy(rng.integers(0, len(z), len(index)))
        out: Tensor = model.probe(z[view, torch.from_numpy(index)])
        return out

    def terms() -> dict[str, Tensor]:
        index = rng.choice(frames, 512)
        if not targets.drifts.any():
            return {"error": fn.mse_loss(read(index), target[index])}
        i = rng.choice(starts, 512)
        j = data.chain[i, rng.integers(1, CHAIN, 512)]
        change = (read(j) - read(i)) - (target[j] - target[i])
        home = rng.choice(targets.anchor, 64)
        return {
            "error": fn.mse_loss(read(index)[:, true], target[index][:, true]),
            "change": 4 * change[:, drifts].square().mean(),
            "anchor": fn.mse_loss(read(home)[:, drifts], target[home][:, drifts]),
        }

    return optimise("probe", model.probe.parameters(), s.probe_updates, s.probe_rate, terms)
