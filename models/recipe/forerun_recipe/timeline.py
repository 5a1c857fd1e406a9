"""The model's time grid: its period, segments without holes, chains of frames one period apart, the split.

All stamps here are float64 seconds of one clock, increasing.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

F = NDArray[np.float64]
I = NDArray[np.int64]  # noqa: E741

OFF_GRID = 0.10  # a step may differ from the period by this fraction
HOLE = 2.0  # periods without a sample: a segment ends


def model_period(stamp: F, asked: float) -> float:
    """P [s]: the whole number of median camera periods that is nearest to the asked one. stamp [N]."""
    camera = float(np.median(np.diff(stamp)))
    return round(max(1, round(asked / camera)) * camera, 6)


def segments(stamp: F, streams: list[F], period: float) -> I:
    """Segment number of each frame, -1 where a stream has no sample around it.

    stamp [N]; streams: stamps of everything that must be there (frames, joint states, commands). A segment
    ends at every hole of more than `HOLE` periods in any of them.
    """
    ends: list[F] = []
    usable = np.ones(len(stamp), bool)
    for other in streams:
        usable &= (stamp >= other[0]) & (stamp <= other[-1])
        hole = np.flatnonzero(np.diff(other) > HOLE * period)
        ends.append(other[hole + 1])
        index = np.searchsorted(other, stamp, "right") - 1  # a frame inside a hole has no neighbours
        inside = np.isin(index, hole) & (stamp > other[np.maximum(index, 0)])
        usable &= ~inside
    number: I = np.searchsorted(np.sort(np.concatenate(ends)), stamp, "right").astype(np.int64)
    number[~usable] = -1
    return number


def blocks(stamp: F, period: float) -> I:
    """Time block of each frame [N]: 32 s each, shorter in a recording of less than 20 blocks."""
    span = float(stamp[-1] - stamp[0])
    length = min(32.0, max(span / 20, 15 * period))
    return np.asarray((stamp - stamp[0]) // length, np.int64)


def validation(block: I) -> NDArray[np.bool_]:
    """Every tenth block is held out, beginning with the fifth. block [N] -> [N]."""
    return np.asarray(block % 10 == 4)


def chains(stamp: F, group: I, period: float, length: int) -> I:
    """For each frame, the frames 0, 1, ... length-1 periods later, -1 where there is none.

    stamp [N]; group [N]: both ends of a step must share it (-1: none). Each step is within `OFF_GRID` of the
    period -> [N, length].
    """
    count = len(stamp)
    target = stamp + period
    right = np.clip(np.searchsorted(stamp, target), 1, count - 1)
    nearest = np.where(target - stamp[right - 1] < stamp[right] - target, right - 1, right)
    good = (np.abs(stamp[nearest] - target) <= OFF_GRID * period) & (group[nearest] == group) & (group >= 0)
    next_frame = np.where(good, nearest, -1)
    chain = np.full((count, length), -1, np.int64)
    chain[:, 0] = np.where(group >= 0, np.arange(count), -1)
    for k in range(1, length):
        before = chain[:, k - 1]
        chain[:, k] = np.where(before >= 0, next_frame[np.maximum(before, 0)], -1)
    return chain
