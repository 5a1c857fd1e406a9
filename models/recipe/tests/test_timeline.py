"""The grid: period, holes, chains, split."""

from __future__ import annotations

import numpy as np

from forerun_recipe import timeline


def test_period_is_a_whole_number_of_camera_periods() -> None:
    stamp = np.arange(100) / 30
    assert np.isclose(timeline.model_period(stamp, 0.1), 0.1, atol=1e-5)
    assert np.isclose(timeline.model_period(stamp, 0.12), 4 / 30, atol=1e-5)
    assert np.isclose(timeline.model_period(np.arange(100) * 0.25, 0.1), 0.25)


def test_chains_step_over_the_frames_between() -> None:
    stamp = np.arange(60) / 30
    chain = timeline.chains(stamp, np.zeros(60, np.int64), 0.1, 4)
    assert chain[5].tolist() == [5, 8, 11, 14]
    assert chain[55].tolist() == [55, 58, -1, -1]


def test_dropped_and_late_frames_break_chains() -> None:
    stamp = np.delete(np.arange(20) * 0.1, 7)
    stamp[12] += 0.015  # more than a tenth of the period late
    chain = timeline.chains(stamp, np.zeros(19, np.int64), 0.1, 2)
    broken = np.flatnonzero(chain[:, 1] < 0).tolist()
    assert broken == [6, 11, 12, 18]
    stamp[12] -= 0.01  # within the tolerance now
    assert np.flatnonzero(timeline.chains(stamp, np.zeros(19, np.int64), 0.1, 2)[:, 1] < 0).tolist() == [6, 18]


def test_segments_end_at_holes_of_any_stream() -> None:
    frame = np.arange(100) * 0.1
    joints = np.arange(0, 9.9, 0.01)
    joints = joints[(joints < 4.0) | (joints > 4.5)]
    number = timeline.segments(frame, [frame, joints], 0.1)
    assert (number[:40] == 0).all() and (number[46:98] == 1).all()
    assert (number[41:45] == -1).all() and number[99] == -1  # no joint states around them
    short = np.arange(0, 9.9, 0.15)  # gaps below two periods are none
    assert (timeline.segments(frame, [short], 0.1)[:98] == 0).all()


def test_chains_stay_in_their_block() -> None:
    stamp = np.arange(1000) * 0.1
    block = timeline.blocks(stamp, 0.1)
    held_out = timeline.validation(block)
    chain = timeline.chains(stamp, block, 0.1, 6)
    whole = chain[chain[:, 5] >= 0]
    assert 0.05 < held_out.mean() < 0.15
    assert (block[whole] == block[whole[:, :1]]).all() and len(whole) > 600
