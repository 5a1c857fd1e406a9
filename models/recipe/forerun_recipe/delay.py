"""The actuator delay contained in a recording: dead time between sending a command and motion beginning."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from forerun_recipe.rows import integral

F = NDArray[np.float64]

GRID = 0.005  # s
EXCERPT = 240.0  # s, enough for a millisecond
DELAYS = np.arange(0.0, 0.1501, GRID)
LAGS = np.array([0.002, *np.arange(0.01, 0.2001, 0.01)])


@dataclass(frozen=True)
class Delay:
    """Fit of `velocity(t) = first-order lag of command(t - dead)`; the lag is not part of the dead time."""

    dead: float  # s
    lag: float  # s
    residual: float  # root mean square, in units of the velocity limit


def estimate(stamp: F, command: F, joint_stamp: F, velocity: F, limit: F, free: NDArray[np.bool_]) -> Delay:
    """Dead time and lag that explain the measured velocity best (output error, so noise does not bias it).

    The model is exact for a velocity servo without saturation: the sent command, held, passes a dead time d and a
    first-order lag. d is counted from log time to header stamp and is net of the lag; the median over the axes.
    stamp [M], command [M, U]; joint_stamp [J], velocity [J, U]; limit [U]; free [J, U]: away from position
    limits, where the servo is stopped by something else.
    """
    start = max(stamp[0], joint_stamp[0])
    grid = np.arange(start, min(stamp[-1], joint_stamp[-1], start + EXCERPT), GRID)
    edge = np.append(grid, grid[-1] + GRID)
    held = np.diff(integral(stamp, command, edge), axis=0) / GRID  # mean over [grid, grid + GRID]
    # Judged where every candidate filter has forgotten the start of the log.
    use = (joint_stamp > grid[0] + 1.5) & (joint_stamp < grid[-1])
    at = joint_stamp[use]
    fits = []
    for axis in range(command.shape[1]):
        fits.append(_fit(grid, held[:, axis] / limit[axis], at, velocity[use, axis] / limit[axis], free[use, axis]))
    dead, lag, residual = (float(np.median(values)) for values in zip(*fits, strict=True))
    return Delay(dead, lag, residual)


def _fit(grid: F, held: F, at: F, measured: F, free: NDArray[np.bool_]) -> tuple[float, float, float]:
    """Best (dead, lag, residual) of one axis; the dead time is refined by a parabola through the grid's minimum."""
    error = np.full((len(LAGS), len(DELAYS)), np.inf)
    for i, lag in enumerate(LAGS):
        decay = np.exp(-GRID / lag)
        kernel = (1 - decay) * decay ** np.arange(min(int(6 * lag / GRID) + 2, len(held)))
        output = np.convolve(held, kernel)[: len(held)]  # value at the end of each grid cell
        for j, dead in enumerate(DELAYS):
            predicted = np.interp(at - dead, grid + GRID, output)
            # A clipped error: stops that the model does not know must not decide.
            error[i, j] = np.mean(np.minimum((predicted - measured)[free] ** 2, 0.01))
    i, j = (int(k) for k in np.unravel_index(int(error.argmin()), error.shape))
    dead = float(DELAYS[j])
    if 0 < j < len(DELAYS) - 1:
        left, middle, right = error[i, j - 1 : j + 2]
        curve = left - 2 * middle + right
        dead += GRID * 0.5 * float((left - right) / curve) if curve > 0 else 0.0
    return max(dead, 0.0), float(LAGS[i]), float(np.sqrt(error[i, j]))
