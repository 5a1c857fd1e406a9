"""From a recording to frames on the grid."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from conftest import Script

from forerun_recipe.dataset import Dataset, Reading, load
from forerun_recipe.errors import RecipeError
from forerun_recipe.probe import targets


def data_of(tmp_path: Path, script: Script, reading: Reading | None = None) -> Dataset:
    return load([script.write(tmp_path / "a.mcap")], reading or Reading(0.1, 2, 16), tmp_path / "cache")


def test_measurements_at_the_frames(tmp_path: Path, script: Script) -> None:
    data = data_of(tmp_path, script)
    assert data.period == 0.1 and data.robot.axes == ("shoulder", "elbow") and data.robot.layout == "bench-v1"
    assert data.robot.acceleration[0] == 20.0 and 1.0 < data.robot.acceleration[1] < 2.0  # URDF, else measured ramps
    assert np.allclose(data.position, script.position(data.stamp), atol=1e-4)
    assert np.allclose(data.velocity, script.velocity(data.stamp), atol=1e-3)
    start = data.starts(2, held_out=False)
    for half, offset in ((slice(0, 2), 0.025), (slice(2, 4), 0.075)):  # mean over a half ~ value in its middle
        want = script.velocity(data.stamp[start] + offset + script.dead - 0.0025)
        assert np.allclose(data.action[start, half], want, atol=0.01)
    assert not data.held_out[data.starts(6, False)].any() and data.held_out[data.starts(6, True)].all()


def test_without_velocities_names_or_metadata(tmp_path: Path) -> None:
    script = Script(velocities=False, metadata=False, joint_order=("elbow", "shoulder"))
    data = data_of(tmp_path, script)
    assert data.robot.axes == ("shoulder", "elbow") and data.robot.name == "two" and data.robot.units == ("rad/s", "rad/s")
    inside = slice(3, -3)
    assert np.allclose(data.velocity[inside], script.velocity(data.stamp[inside]), atol=5e-3)


def test_hole_breaks_chains_and_groups(tmp_path: Path) -> None:
    data = data_of(tmp_path, Script(hole=(20.0, 21.0)))
    before = int(np.flatnonzero(data.stamp < 20)[-1])
    assert data.chain[before, 1] == -1 and data.chain[before - 2].tolist()[:4] == [before - 2, before - 1, before, -1]


def test_second_reading_comes_from_the_cache(tmp_path: Path, script: Script, monkeypatch: pytest.MonkeyPatch) -> None:
    first = data_of(tmp_path, script)
    monkeypatch.setattr("forerun_recipe.bag.read", lambda *_: pytest.fail("decoded again"))
    second = load([tmp_path / "a.mcap"], Reading(0.1, 2, 16), tmp_path / "cache")
    assert np.array_equal(first.pixels, second.pixels) and np.array_equal(first.action, second.action)
    assert first.delay == second.delay and first.hashes == second.hashes


def test_two_recordings_are_joined_but_never_chained(tmp_path: Path, script: Script) -> None:
    a, b = script.write(tmp_path / "a.mcap"), Script(seconds=30, size=16).write(tmp_path / "b.mcap")
    data = load([a, b], Reading(0.1, 2, 16), tmp_path / "cache")
    assert len(data.stamp) == 900 and len(data.hashes) == 2
    whole = data.chain[data.chain[:, 5] >= 0, :6]
    assert (data.recording[whole] == data.recording[whole[:, :1]]).all()


def test_recordings_that_do_not_fit_are_refused(tmp_path: Path, script: Script) -> None:
    a = script.write(tmp_path / "a.mcap")
    with pytest.raises(RecipeError, match="axes and commands"):
        load([a], Reading(0.1, 2, 16, axes=("shoulder",)), tmp_path / "cache")
    with pytest.raises(RecipeError, match="too little"):
        load([Script(seconds=5).write(tmp_path / "c.mcap")], Reading(0.1, 2, 16), tmp_path / "cache")


def test_large_pictures_are_cropped_and_averaged(tmp_path: Path) -> None:
    from forerun_recipe.picture import fit

    wide = np.zeros((32, 48, 3), np.uint8)
    wide[:, 8:24] = 200  # left half of the centre square
    small = fit(wide, 16)
    assert small.shape == (16, 16, 3) and (small[:, :8] == 200).all() and (small[:, 8:] == 0).all()


def test_probe_targets(tmp_path: Path, script: Script) -> None:
    t = targets(data_of(tmp_path, script))
    assert [(q.name, q.kind) for q in t.quantities] == [
        ("shoulder", "sin"), ("shoulder", "cos"), ("elbow", "sin"), ("elbow", "cos"), ("tip_x", "value"), ("tip_y", "value"),
    ]  # fmt: skip
    assert t.tip == ("tip_x", "tip_y") and t.tip_columns() == [4, 5]
    assert np.allclose(t.normal * t.scale + t.offset, t.value, atol=1e-5)
