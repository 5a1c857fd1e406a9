"""Which places a map holds, and what it changes in a package."""

from __future__ import annotations

import shutil
import sys
import tomllib
from pathlib import Path

import numpy as np
import pytest
from safetensors import safe_open

from forerun_recipe.__main__ import main
from forerun_recipe.errors import RecipeError
from forerun_recipe.landmarks import FILE, choose
from forerun_recipe.manifest import sha256, write

PACKAGE = Path(__file__).parents[2] / "rover"


def driven(seed: int = 0) -> np.ndarray:
    """Places [4000, 2] on the floor of two rooms with a door between them."""
    places = np.random.default_rng(seed).uniform(-1, 1, (8000, 2))
    wall = (np.abs(places[:, 0]) < 0.2) & (np.abs(places[:, 1]) > 0.3)
    return places[~wall][:4000].astype(np.float32)


@pytest.mark.parametrize("spacing", [0.08, 0.2])
def test_no_place_is_far_from_the_map_and_none_is_there_twice(spacing: float) -> None:
    places = driven()
    chosen = choose(places, places * 6, spacing)
    apart = np.linalg.norm(places[:, None] - places[chosen], axis=2)
    assert apart.min(1).max() <= spacing
    among = np.linalg.norm(places[chosen][:, None] - places[chosen], axis=2)
    assert (among + np.eye(len(chosen))).min() > spacing / 2 and len(chosen) == len(set(chosen))
    assert np.array_equal(chosen, choose(places, places * 6, spacing))


def test_a_place_that_was_seen_once_was_misread() -> None:
    places = driven()
    lost = np.concatenate([places, [[3.0, 3.0]]]).astype(np.float32)
    assert len(places) not in choose(lost, lost, 0.08)
    twice = np.concatenate([places, [[3.0, 3.0], [3.01, 3.0]]]).astype(np.float32)
    assert set(choose(twice, twice, 0.08)) & {len(places), len(places) + 1}


def test_of_the_views_of_a_place_the_middle_one_is_taken() -> None:
    places = np.zeros((5, 2), np.float32)
    points = np.array([[0, 9], [1, 0], [1.1, 0], [1.2, 0], [8, 0]], np.float32)
    assert choose(places, points, 0.1).tolist() == [2]


def test_what_can_be_no_map_is_said() -> None:
    with pytest.raises(RecipeError, match="too many places"):
        choose(driven(), driven(), 0.05, most=100)
    far = np.arange(10, dtype=np.float32)[:, None] * np.ones((1, 2), np.float32)
    with pytest.raises(RecipeError, match="seen often enough"):
        choose(far, far, 0.1)


def asked(monkeypatch: pytest.MonkeyPatch, package: Path, *more: str) -> int:
    monkeypatch.setattr(sys, "argv", ["recipe", "map", str(package), str(PACKAGE / "transitions.mcap"), *more])
    return main()


def test_a_package_gets_a_map(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    package = tmp_path / "rover"
    shutil.copytree(PACKAGE, package)
    manifest = tomllib.loads((package / "manifest.toml").read_text("utf-8"))
    assert asked(monkeypatch, package, "--spacing", "0.2", "--cache", str(tmp_path / "cache")) == 0
    after = tomllib.loads((package / "manifest.toml").read_text("utf-8"))
    entry = after.pop("map")
    assert entry == {"file": FILE, "sha256": sha256(package / FILE), "spacing": 0.2}
    manifest.pop("map", None)
    assert after == manifest and list(after) == list(manifest)
    with safe_open(package / FILE, "np") as file:
        latent = file.get_tensor("latent")
        assert file.metadata()["data"] == sha256(PACKAGE / "transitions.mcap")
    assert latent.dtype == np.float32 and latent.shape[1] == manifest["model"]["latent"] and 5 < len(latent) < 300
    assert not latent[:, manifest["model"]["parts"][1]["start"] :].any()  # it stands there
    assert asked(monkeypatch, package, "--spacing", "0.2", "--cache", str(tmp_path / "cache")) == 0
    assert sha256(package / FILE) == entry["sha256"]


def test_other_surroundings_are_refused(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    package = tmp_path / "rover"
    shutil.copytree(PACKAGE, package)
    manifest = tomllib.loads((package / "manifest.toml").read_text("utf-8"))
    manifest["model"]["layout"] = "office-3"
    write(package / "manifest.toml", manifest)
    assert asked(monkeypatch, package, "--cache", str(tmp_path / "cache")) == 1
    assert "other surroundings" in capsys.readouterr().err
