"""Measured motion at the frames' stamps: joint positions, velocities and travelled way."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

F = NDArray[np.float64]

DIFFERENCE = 0.05  # s: central difference over this span where a driver gives no velocity
SMOOTHING = 0.05  # s: velocities are averaged over it before their norm is integrated


def interpolate(stamp: F, values: F, at: F) -> F:
    """Linear interpolation. stamp [J], values [J, U], at [N] -> [N, U]."""
    return np.stack([np.interp(at, stamp, column) for column in values.T], 1)


def dead_reckoning(stamp: F, twist: F, yaw: F, begin: F) -> F:
    """Where a body of measured forward speed and heading gets to from `begin` [2] m. It drifts by slip.

    stamp [J] s, twist [J, 2] m/s, rad/s, yaw [J] rad, unwrapped -> x, y, yaw [J, 3].
    """
    speed = twist[:, :1] * np.stack([np.cos(yaw), np.sin(yaw)], 1)
    way = np.zeros_like(speed)
    np.cumsum((speed[1:] + speed[:-1]) / 2 * np.diff(stamp)[:, None], 0, out=way[1:])
    return np.concatenate([begin + way, yaw[:, None]], 1)


def velocity_from(stamp: F, position: F) -> F:
    """Central difference over `DIFFERENCE`, one-sided at the ends. stamp [J], position [J, U] -> [J, U] per s."""
    before = np.maximum(stamp - DIFFERENCE / 2, stamp[0])
    after = np.minimum(stamp + DIFFERENCE / 2, stamp[-1])
    change = interpolate(stamp, position, after) - interpolate(stamp, position, before)
    return np.asarray(change / (after - before)[:, None])


def travel(stamp: F, velocity: F, limit: F, period: float) -> F:
    """Way travelled since the first sample, in model steps at full speed: the integral of |v / limit| / P.

    stamp [J] s, velocity [J, U], limit [U] -> [J]. Velocities are smoothed first: the norm of noise is not zero.
    """
    width = max(1, round(SMOOTHING / float(np.median(np.diff(stamp)))))
    kernel = np.ones(width) / width
    padded = np.pad(velocity / limit, ((width // 2, width - 1 - width // 2), (0, 0)), "edge")
    smooth = np.stack([np.convolve(column, kernel, "valid") for column in padded.T], 1)
    speed = np.linalg.norm(smooth, axis=1)
    steps = (speed[1:] + speed[:-1]) / 2 * np.diff(stamp) / period
    return np.concatenate([[0.0], np.cumsum(steps)])
