"""Action rows: means of the *sent* command, the one definition that runtime and recipe share.

The golden log in every package proves that the runtime's function computes the same.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

F = NDArray[np.float64]


def integral(stamp: F, command: F, at: F) -> F:
    """Integral of the held command from before the log up to each time.

    A command holds from its stamp until the next one; before the first it is zero.
    stamp [n] in s, increasing; command [n, U]; at [m] in s -> [m, U] in units of command x s.
    """
    total = np.zeros_like(command)
    np.cumsum(command[:-1] * np.diff(stamp)[:, None], 0, out=total[1:])
    last = np.searchsorted(stamp, at, "right") - 1
    held = total[last] + command[last] * (at - stamp[last])[:, None]
    return np.asarray(np.where((last >= 0)[:, None], held, 0.0))


def action_rows(stamp: F, command: F, start: F, end: F, block: int) -> NDArray[np.float32]:
    """Mean sent command over each of `block` equal parts of [start, end].

    stamp [n] and command [n, U] as in `integral`; start, end [m] in s -> [m, block * U], axis fastest.
    """
    edge = start[:, None] + (end - start)[:, None] * (np.arange(block + 1) / block)
    total = integral(stamp, command, edge.ravel()).reshape(len(start), block + 1, -1)
    mean = np.diff(total, axis=1) / ((end - start) / block)[:, None, None]
    return np.asarray(mean.reshape(len(start), -1), np.float32)


def example(axes: int, limit: F, period: float, block: int, seed: int) -> dict[str, NDArray[np.generic]]:
    """The golden log: four seconds at about 200 Hz with jitter and a 60 ms hole, and its rows.

    limit [U]. Rows start before the first command, cross the hole, end after the last one, and differ from
    the period by up to 10 %.
    """
    rng = np.random.default_rng(seed)
    stamp = 100.0 + np.cumsum(0.005 + rng.uniform(-0.002, 0.002, 800))
    stamp = stamp[(stamp < 102.0) | (stamp > 102.06)]
    wave = np.sin(stamp[:, None] * rng.uniform(2, 9, axes)) + 0.1 * rng.standard_normal((len(stamp), axes))
    command = np.clip(wave, -1, 1) * limit
    inside = rng.uniform(stamp[0], stamp[-1] - 2 * period, 60)
    start = np.concatenate([[stamp[0] - 0.3 * period, stamp[0] - 3 * period, 101.98, 102.01, stamp[-1] - 0.5 * period], inside])
    end = start + period * rng.uniform(0.9, 1.1, len(start))
    return {
        "rows.stamp": stamp, "rows.command": command, "rows.start": start, "rows.end": end,
        "rows.action": action_rows(stamp, command, start, end, block),
    }  # fmt: skip
