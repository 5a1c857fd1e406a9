"""What the exported model is worth on held-out frames: the numbers of the manifest and of the report."""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from forerun_recipe.dataset import CHAIN, Dataset
from forerun_recipe.deploy import Deployed
from forerun_recipe.errors import RecipeError
from forerun_recipe.light import Light, plain
from forerun_recipe.probe import Targets
from forerun_recipe.settings import Settings
from forerun_recipe.verdict import Verdict

SHARE, MARGIN = 0.99, 0.8  # of the pairs within `reached` this share must have tips within `MARGIN` x tolerance
BODY_SHARE, BODY_MARGIN = 0.9, 1.0  # a body covers five pixels, and two views of one place differ by a fifth of its size
APART = 10.0  # s between the frames of a pair: another light, no common noise
SURPRISE_QUANTILE = 0.999


@torch.no_grad()
def judge(net: Deployed, data: Dataset, targets: Targets, s: Settings, light: Light) -> Verdict:
    """Raises `RecipeError` where the model cannot tell arrival from noise (unless told to take it: then the noise counts)."""
    frames = data.frames(held_out=True)
    if len(frames) < 50:
        raise RecipeError("too few held-out frames", where="validation", found=len(frames), expected="at least 50",
                          do="record for longer")  # fmt: skip
    latent, lit = _encode(net, data, frames, None), _encode(net, data, frames, light)
    point, lit_point = net.metric(latent), net.metric(lit)
    quantities = net.probe(latent).numpy()
    columns = targets.tip_columns()
    # Where a body is, only the pictures know for long: the probe tells it, from both views of them.
    drifts = bool(targets.drifts.any())
    seen = (quantities + net.probe(lit).numpy())[:, columns] / 2
    tip = seen if drifts else data.tip[frames]
    floor = float(torch.quantile((point - lit_point).norm(dim=1), 0.95))
    share, margin = (BODY_SHARE, BODY_MARGIN) if drifts else (SHARE, MARGIN)
    near = margin * (s.tolerance or 0.0)
    reached = arrival(point, lit_point, tip, data.stamp[frames], near, data.recording[frames], share)
    if reached < floor and s.strict:
        raise RecipeError(
            "the metric cannot tell arrival from noise", where="validation",
            found=f"tips are within {near:.3f} m only below {reached:.3f} model steps; noise is {floor:.3f}",
            expected="a threshold above the noise", do="a larger --tolerance, or a longer recording",
        )  # fmt: skip
    errors = quantities[:, columns] - targets.value[frames][:, columns]
    if drifts:
        errors = _displacement_errors(quantities, data, targets, frames)
    rollout, copy = _rollout(net, data, latent, frames, targets, s.judged_horizon)
    corr, raw = _correlation(net, data, latent, frames, tip)
    return Verdict(
        round(max(reached, floor), 4), round(floor, 4), round(_surprise(net, data, latent, frames), 4),
        round(float(np.median(np.linalg.norm(errors, axis=1))), 5), _joint_errors(quantities, data, targets, frames),
        round(rollout, 5), round(copy, 5), round(corr, 5), round(raw, 5), round(_effective_rank(latent[:, : net.w.z]), 2),
    )  # fmt: skip


def _encode(net: Deployed, data: Dataset, frames: NDArray[np.int64], light: Light | None) -> Tensor:
    """Latents [F, D] of frames [F]."""
    rows = []
    for part in np.array_split(frames, max(1, len(frames) // 256)):
        pixels = np.asarray(data.pixels[part])
        rows.append(net.encode(light(pixels) if light else plain(pixels), torch.from_numpy(data.velocity[part])))
    return torch.cat(rows)


def arrival(point: Tensor, other: Tensor, tip: NDArray[np.float64], stamp: NDArray[np.float64], near: float,
            recording: NDArray[np.int64], least: float = SHARE) -> float:  # fmt: skip
    """The largest metric distance within which a share of at least `least` of the pairs has tips within `near` [m].

    point, other [F, E]: two views of the same frames; tip [F, 3]; stamp [F] s. Pairs are at least `APART` s apart.
    """
    distances, apart = [], []
    for begin in range(0, len(point), 256):
        part = slice(begin, begin + 256)
        d = torch.cdist(point[part], other).numpy()
        far = (np.abs(stamp[part, None] - stamp) >= APART) | (recording[part, None] != recording)
        i, j = np.nonzero((d < 3.0) & far)
        distances.append(d[i, j])
        apart.append(np.linalg.norm(tip[part][i] - tip[j], axis=1))
    d, t = np.concatenate(distances), np.concatenate(apart)
    order = np.argsort(d)
    share = np.cumsum(t[order] <= near) / np.arange(1, len(d) + 1)
    good = np.flatnonzero(share >= least)
    good = good[good >= min(100, len(d) - 1)]  # a share of few pairs says nothing
    return float(d[order][good[-1]]) if len(good) else 0.0


def _position(frames: NDArray[np.int64], count: int) -> NDArray[np.int64]:
    """Frame number -> row among `frames`, -1 where it is not one of them."""
    place = np.full(count, -1, np.int64)
    place[frames] = np.arange(len(frames))
    return place


def _surprise(net: Deployed, data: Dataset, latent: Tensor, frames: NDArray[np.int64]) -> float:
    """Quantile of the metric distance between the latent predicted one step ahead and the encoded one."""
    place = _position(frames, len(data.stamp))
    start = data.starts(2, held_out=True)
    after = net.step(latent[place[start]], torch.from_numpy(data.action[start]))
    gap = (net.metric(after) - net.metric(latent[place[data.chain[start, 1]]])).norm(dim=1)
    return float(torch.quantile(gap, SURPRISE_QUANTILE))


def _rollout(
    net: Deployed, data: Dataset, latent: Tensor, frames: NDArray[np.int64], targets: Targets, horizon: int
) -> tuple[float, float]:  # fmt: skip
    """Median tip error [m] after `horizon` open-loop steps, and of standing still in imagination."""
    place = _position(frames, len(data.stamp))
    start = data.starts(horizon + 1, held_out=True)
    state = latent[place[start]]
    for k in range(horizon):
        state = net.step(state, torch.from_numpy(data.action[data.chain[start, k]]))
    columns = targets.tip_columns()
    later = data.chain[start, horizon]
    drifts = targets.drifts.any()
    truth = net.probe(latent[place[later]]).numpy()[:, columns] if drifts else targets.value[later][:, columns]
    copied = net.probe(latent[place[start]]).numpy()[:, columns]
    predicted = net.probe(state).numpy()[:, columns]
    return tuple(float(np.median(np.linalg.norm(tip - truth, axis=1))) for tip in (predicted, copied))  # type: ignore[return-value]


def _displacement_errors(
    quantities: NDArray[np.float32], data: Dataset, targets: Targets, frames: NDArray[np.int64]
) -> NDArray[np.float64]:  # fmt: skip
    """Errors [n, 2] of one place, from those of the way between two that are ten steps apart."""
    place = _position(frames, len(data.stamp))
    start = data.starts(CHAIN, held_out=True)
    end = data.chain[start, CHAIN - 1]
    columns = targets.tip_columns()
    seen = quantities[place[end]][:, columns] - quantities[place[start]][:, columns]
    return np.asarray((seen - (targets.value[end] - targets.value[start])[:, columns]) / np.sqrt(2))


def _correlation(net: Deployed, data: Dataset, latent: Tensor, frames: NDArray[np.int64], tip: NDArray[np.float64]) -> tuple[float, float]:
    """Correlation of metric and of raw latent distance with joint distance in units of limit x period, or a body's straight way."""
    rng = np.random.default_rng(0)
    i, j = rng.integers(0, len(frames), (2, 4000))
    limit = np.asarray(data.robot.velocity)
    if data.robot.twist:
        true = np.linalg.norm(tip[i] - tip[j], axis=1)
    else:
        true = np.linalg.norm((data.position[frames[i]] - data.position[frames[j]]) / limit, axis=1)
    out = []
    for space in (net.metric(latent), latent[:, : net.w.z]):
        out.append(float(np.corrcoef((space[i] - space[j]).norm(dim=1).numpy(), true)[0, 1]))
    return out[0], out[1]


def _joint_errors(quantities: NDArray[np.float32], data: Dataset, targets: Targets, frames: NDArray[np.int64]) -> tuple[float, ...]:
    """Median absolute error of every axis as the runtime reads it: atan2 of sine and cosine, or the value. Of a body: its yaw."""
    place = {(q.name, q.kind): k for k, q in enumerate(targets.quantities)}
    errors = []
    for i, axis in [(2, "yaw")] if data.robot.twist else enumerate(data.robot.axes):
        truth = data.position[frames, i]
        if (axis, "sin") in place:
            angle = np.arctan2(quantities[:, place[axis, "sin"]], quantities[:, place[axis, "cos"]])
            error = np.abs((angle - truth + np.pi) % (2 * np.pi) - np.pi)
        else:
            error = np.abs(quantities[:, place[axis, "value"]] - truth)
        errors.append(round(float(np.median(error)), 5))
    return tuple(errors)


def _effective_rank(z: Tensor) -> float:
    """Exponential of the entropy of the covariance's normalised eigenvalues. z [F, Z]."""
    share = torch.linalg.eigvalsh(torch.cov(z.T)).clamp(min=1e-12)
    share = share / share.sum()
    return float(torch.exp(-(share * share.log()).sum()))
