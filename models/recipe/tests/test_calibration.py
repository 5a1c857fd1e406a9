"""The scale of places that were learned from short ways."""

from __future__ import annotations

import shutil
import sys
import tomllib
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import load_file

from forerun_recipe import calibration
from forerun_recipe.__main__ import main
from forerun_recipe.calibration import Scale, rescaled, scale_of
from forerun_recipe.dataset import Dataset, Reading, load
from forerun_recipe.manifest import sha256
from forerun_recipe.probe import targets
from forerun_recipe.shipped import run

PACKAGE = Path(__file__).parents[2] / "rover"


def drive(tmp_path: Path, drift: float) -> tuple[Dataset, np.ndarray]:
    """20 minutes in a room of 4 m, whose dead reckoning drifts by `drift` [m] in all; and where it really was [N, 2]."""
    data = load([PACKAGE / "transitions.mcap"], Reading(0.2, 2, 64), tmp_path / "cache")
    t = np.arange(6000) * 0.2
    true = np.stack([2 * np.sin(0.11 * t), 2 * np.sin(0.07 * t + 1)], 1)
    reckoned = np.concatenate([true + drift * (t / t[-1])[:, None], np.zeros((len(t), 1))], 1)
    long = replace(data, position=reckoned, stamp=t, recording=np.zeros(len(t), int), chain=np.zeros((len(t), 11), int), yaw=None)
    return long, true


def test_places_that_are_read_too_near_are_put_right(tmp_path: Path) -> None:
    data, true = drive(tmp_path, drift=0.5)
    noise = np.random.default_rng(0).normal(0, 0.03, true.shape)
    read = np.array([0.97, 0.93]) * true + np.array([0.05, -0.02]) + noise
    scale = scale_of(read, data, targets(data))
    assert np.allclose(scale.factor, [1 / 0.97, 1 / 0.93], atol=0.005)
    assert np.abs(read * scale.factor + scale.offset - noise * scale.factor - true).max() < 0.04


def test_what_is_right_stays(tmp_path: Path) -> None:
    data, true = drive(tmp_path, drift=0.0)
    scale = scale_of(true, data, targets(data))
    assert np.allclose(scale.factor, 1) and np.allclose(scale.offset, 0)


def test_only_what_drifts_is_scaled(tmp_path: Path) -> None:
    data, true = drive(tmp_path, drift=0.0)
    before = targets(data)
    after = rescaled(before, scale_of(0.9 * true, data, before))
    normal = np.random.default_rng(0).normal(size=(5, 4))
    old, new = (normal * part.scale + part.offset for part in (before, after))
    assert np.array_equal(old[:, 2:], new[:, 2:])
    assert np.allclose(new[:, :2], old[:, :2] / 0.9)


def asked(monkeypatch: pytest.MonkeyPatch, package: Path, cache: Path) -> int:
    monkeypatch.setattr(sys, "argv", ["recipe", "calibrate", str(package), str(package / "transitions.mcap"), "--cache", str(cache)])
    return main()


def test_places_in_a_package_are_put_right(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    package = tmp_path / "rover"
    shutil.copytree(PACKAGE, package)
    scale = Scale(np.array([1.02, 1.04]), np.array([0.01, -0.02]))
    monkeypatch.setattr(calibration, "scale_of", lambda *_: scale)
    assert asked(monkeypatch, package, tmp_path / "cache") == 0
    old, new = (load_file(folder / "golden.safetensors") for folder in (PACKAGE, package))
    changed = "f32.probe.out.quantities"
    assert np.array_equal(new[changed], run(package / "probe.onnx", latent=new["f32.probe.in.latent"]))
    assert np.allclose(new[changed][:, :2], old[changed][:, :2] * scale.factor + scale.offset, atol=1e-5)
    assert np.allclose(new[changed][:, 2:], old[changed][:, 2:], atol=1e-5)
    assert all(np.array_equal(old[key], new[key]) for key in old if key != changed)
    before, after = (tomllib.loads((folder / "manifest.toml").read_text("utf-8")) for folder in (PACKAGE, package))
    assert after["graphs"]["probe"]["sha256"] == sha256(package / "probe.onnx") != before["graphs"]["probe"]["sha256"]
    assert after["golden"]["sha256"] == sha256(package / "golden.safetensors")
    for manifest in (before, after):
        del manifest["golden"], manifest["graphs"]["probe"]["sha256"]
    assert before == after


def test_a_recording_too_short_to_tell_is_refused(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    package = tmp_path / "rover"
    shutil.copytree(PACKAGE, package)
    assert asked(monkeypatch, package, tmp_path / "cache") == 1
    assert "don't tell how large" in capsys.readouterr().err
    assert sha256(package / "probe.onnx") == sha256(PACKAGE / "probe.onnx")


def test_joints_do_not_drift(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    arm = tmp_path / "arm"
    shutil.copytree(PACKAGE.parent / "arm", arm)
    whole = {file.name: sha256(file) for file in arm.iterdir()}
    assert asked(monkeypatch, arm, tmp_path / "cache") == 0 and "nothing drifts" in capsys.readouterr().out
    assert whole == {file.name: sha256(file) for file in arm.iterdir()}
