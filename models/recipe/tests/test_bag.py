"""Reading recordings: whole, cut, without a stream, in another order."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from conftest import ORIGIN, Script

from forerun_recipe import bag
from forerun_recipe.errors import RecipeError


def read(path: Path) -> tuple[bag.Bag, list[np.ndarray]]:
    frames: list[np.ndarray] = []
    return bag.read(path, frames.append), frames


def test_streams_and_stamps(tmp_path: Path, script: Script) -> None:
    got, frames = read(script.write(tmp_path / "a.mcap"))
    assert len(frames) == len(got.frame_stamp) == 600
    assert got.frame_stamp[1] == ORIGIN + 100_000_000  # header stamp, not the later log time
    assert got.command.shape == (12_000, 2) and got.position.shape == (6_000, 2)
    assert got.metadata["layout"] == "bench-v1" and "<robot" in got.urdf and not got.warnings
    assert np.allclose(got.position, script.position((got.joint_stamp - ORIGIN) * 1e-9), atol=1e-9)


def test_jpeg_and_any_joint_order(tmp_path: Path) -> None:
    script = Script(seconds=10, compressed=True, joint_order=("elbow", "shoulder"))
    got, frames = read(script.write(tmp_path / "a.mcap"))
    assert len(frames) == 100 and frames[0].shape == (16, 16, 3)
    assert got.joint_name == ("elbow", "shoulder")


@pytest.mark.parametrize("share", [0.95, 0.6, 0.3])
def test_cut_file_is_read_up_to_the_cut(tmp_path: Path, share: float) -> None:
    path = Script(seconds=120, size=64).write(tmp_path / "a.mcap")
    whole, _ = read(path)
    path.write_bytes(path.read_bytes()[: int(share * path.stat().st_size)])
    got, frames = read(path)
    assert "read up to there" in got.warnings[0]
    assert 0.4 * share < len(frames) / 1200 < share + 0.05
    assert np.array_equal(got.frame_stamp, whole.frame_stamp[: len(frames)])


def test_damaged_chunk_ends_the_reading(tmp_path: Path) -> None:
    path = Script(seconds=120, size=64).write(tmp_path / "a.mcap")
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 0xFF
    path.write_bytes(data)
    got, frames = read(path)
    assert got.warnings and 0 < len(frames) < 1200


def test_no_mcap(tmp_path: Path) -> None:
    path = tmp_path / "a.mcap"
    path.write_bytes(b"this is no recording at all, but long enough")
    with pytest.raises(RecipeError, match="not an MCAP file"):
        read(path)
    with pytest.raises(RecipeError, match="no such recording"):
        read(tmp_path / "b.mcap")


def test_missing_stream_is_named(tmp_path: Path, script: Script) -> None:
    path = script.write(tmp_path / "a.mcap")
    with pytest.raises(RecipeError, match="/cmd"):
        bag.read(path, lambda _: None, bag.Topics(command="/cmd"))


def test_a_clock_that_was_set_back_is_refused(tmp_path: Path) -> None:
    with pytest.raises(RecipeError, match=r"go back by 3.0 s"):
        read(Script(seconds=10, set_back=3.0).write(tmp_path / "a.mcap"))
    got, _ = read(Script(seconds=10, set_back=0.1).write(tmp_path / "b.mcap"))
    assert len(got.frame_stamp) > 90
