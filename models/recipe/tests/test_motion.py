"""Velocity without a sensor, travelled way, dead time."""

from __future__ import annotations

import numpy as np

from forerun_recipe import motion
from forerun_recipe.delay import estimate


def test_central_difference() -> None:
    t = np.arange(0, 5, 0.01)
    got = motion.velocity_from(t, np.sin(2 * t)[:, None])[:, 0]
    assert np.abs(got - 2 * np.cos(2 * t))[5:-5].max() < 0.01
    assert np.abs(got - 2 * np.cos(2 * t)).max() < 0.15  # one-sided at the ends


def test_travel_counts_full_speed_steps_and_little_noise() -> None:
    t = np.arange(0, 10, 0.01)
    full = np.tile([2.0, 0.0], (len(t), 1))
    assert np.isclose(motion.travel(t, full, np.array([2.0, 2.0]), 0.1)[-1], 99.9, atol=0.2)
    noise = np.random.default_rng(0).normal(0, 0.02, full.shape)
    at_rest = motion.travel(t, noise, np.array([2.0, 2.0]), 0.1)[-1]
    assert at_rest < 0.007 * 100  # 1.3 without smoothing
    assert motion.travel(t, full, np.array([2.0, 2.0]), 0.1)[0] == 0


def test_dead_time_is_found_net_of_the_lag() -> None:
    rng, step = np.random.default_rng(0), 0.001
    t = np.arange(0, 60, step)
    sent_at = np.arange(0, 60, 0.005)
    command = np.stack([np.interp(sent_at, np.arange(0, 61, 0.4), rng.uniform(-2, 2, 153)) for _ in range(2)], 1)
    for dead, lag in ((0.02, 0.06), (0.05, 0.03)):
        held = command[np.clip(((t - dead) / 0.005).astype(int), 0, len(command) - 1)]
        v = np.zeros_like(held)
        for k in range(1, len(t)):
            v[k] = v[k - 1] + step / lag * (held[k - 1] - v[k - 1])
        measured = v[::10] + rng.normal(0, 0.02, v[::10].shape)
        got = estimate(sent_at, command, t[::10], measured, np.array([2.0, 2.0]), np.ones_like(measured, bool))
        assert abs(got.dead - dead) < 0.003 and abs(got.lag - lag) < 0.011
