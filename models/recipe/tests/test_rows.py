"""Action rows against a slow integral of the held command."""

from __future__ import annotations

from itertools import pairwise

import numpy as np

from forerun_recipe.rows import action_rows, example


def slow_mean(stamp: np.ndarray, command: np.ndarray, start: float, end: float) -> np.ndarray:
    """Piece by piece: every stretch between two stamps counts with its length."""
    cuts = np.unique(np.concatenate([[start, end], stamp[(stamp > start) & (stamp < end)]]))
    total = np.zeros(command.shape[1])
    for a, b in pairwise(cuts):
        before = np.flatnonzero(stamp <= a)
        total += (command[before[-1]] if len(before) else 0.0) * (b - a)
    return total / (end - start)


def test_example_equals_slow_integral() -> None:
    log = example(axes=2, limit=np.array([2.0, 1.0]), period=0.1, block=2, seed=0)
    for i, (start, end) in enumerate(zip(log["rows.start"], log["rows.end"], strict=True)):
        middle = (start + end) / 2
        want = [slow_mean(log["rows.stamp"], log["rows.command"], a, b) for a, b in ((start, middle), (middle, end))]
        assert np.allclose(log["rows.action"][i], np.concatenate(want), atol=1e-6), i


def test_example_has_jitter_a_hole_and_every_edge() -> None:
    log = example(axes=3, limit=np.ones(3), period=0.1, block=2, seed=1)
    gap = np.diff(log["rows.stamp"])
    assert gap.max() > 0.05 and 0.003 <= gap.min() < 0.0045 and log["rows.action"].shape[1] == 6
    assert log["rows.end"].min() < log["rows.stamp"][0]  # before the first command: zero
    assert not log["rows.action"][log["rows.end"].argmin()].any()
    assert log["rows.end"].max() > log["rows.stamp"][-1]  # after the last: it holds


def test_command_counts_from_its_stamp() -> None:
    rows = action_rows(np.array([0.0, 0.05]), np.array([[1.0], [3.0]]), np.array([0.0]), np.array([0.1]), 2)
    assert rows.tolist() == [[1.0, 3.0]]
