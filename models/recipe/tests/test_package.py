"""Manifest, transitions and the success that an evaluation measured."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path

import numpy as np
import pytest
from conftest import Script

from forerun_recipe import bag, transitions
from forerun_recipe.dataset import Reading, load
from forerun_recipe.errors import RecipeError
from forerun_recipe.manifest import Table, fitted, record_success, sha256, wilson, write
from forerun_recipe.package import Label, manifest
from forerun_recipe.probe import targets
from forerun_recipe.settings import Settings
from forerun_recipe.verdict import Verdict

FILES = ["encode.onnx", "encode.int8.onnx", "step.onnx", "step.int8.onnx", "metric.onnx", "probe.onnx",
         "golden.safetensors", "transitions.mcap", "robot.urdf"]  # fmt: skip


def test_transitions_are_a_recording_that_reads_back(tmp_path: Path) -> None:
    data = load([Script(seconds=600, size=64).write(tmp_path / "a.mcap")], Reading(0.1, 2, 64), tmp_path / "cache")
    count = transitions.write(tmp_path / "transitions.mcap", data)
    assert (tmp_path / "transitions.mcap").stat().st_size <= transitions.LARGEST
    frames: list[np.ndarray] = []
    short = bag.read(tmp_path / "transitions.mcap", frames.append)
    assert len(frames) == count and short.metadata["axes"] == "shoulder,elbow" and short.urdf == data.robot.urdf_text
    again = load([tmp_path / "transitions.mcap"], Reading(0.1, 2, 64), tmp_path / "cache")
    at = np.searchsorted(data.stamp, again.stamp + (short.frame_stamp[0] - data.bags[0].frame_stamp[0]) * 1e-9 - 1e-6)
    assert data.held_out[at].all()
    led = np.flatnonzero(again.chain[:, 1] >= 0)
    assert len(led) > 0.9 * count - 5
    assert np.allclose(again.action[led], data.action[at[led]], atol=1e-5)
    assert np.allclose(again.velocity, data.velocity[at], atol=1e-3)


def test_manifest_says_what_the_contract_asks(tmp_path: Path, script: Script) -> None:
    data = load([script.write(tmp_path / "a.mcap")], Reading(0.1, 2, 16), tmp_path / "cache")
    folder = tmp_path / "two"
    folder.mkdir()
    for name in FILES:
        (folder / name).write_bytes(name.encode())

    class Sizes:  # only these are asked of the weights here
        latent, z, axes = 18, 16, 2

    verdict = Verdict(0.31, 0.1, 0.8, 0.008, (0.01, 0.02), 0.02, 0.1, 0.99, 0.5, 8.0)
    label = Label("two", "0.1.0", "a test", "MIT")
    table = manifest(folder, label, Sizes(), data, targets(data), verdict, Settings(size=16))  # type: ignore[arg-type]
    write(folder / "manifest.toml", table)
    got = tomllib.loads((folder / "manifest.toml").read_text())
    assert list(got) == ["format", "name", "version", "family", "description", "robot", "model", "image", "inputs",
                         "graphs", "golden", "transitions", "urdf", "provenance"]  # fmt: skip
    assert got["model"]["reached"] == 0.31 and got["model"]["action_block"] == 2 and got["model"]["parts"][1]["start"] == 16
    assert got["graphs"]["encode"]["int8"]["file"] == "encode.int8.onnx" and got["graphs"]["metric"]["form"] == "embedding"
    assert len(got["graphs"]["probe"]["outputs"]) == 6 and got["graphs"]["probe"]["tip"] == ["tip_x", "tip_y"]
    assert all(len(got["graphs"][g]["sha256"]) == 64 for g in ("encode", "step", "metric", "probe"))
    assert got["provenance"]["data"] == data.hashes[0] and got["inputs"]["at_goal"] == {"velocity": "zero"}

    report = tmp_path / "report.json"
    report.write_text(json.dumps({"success": 0.99, "n": 300, "ci95": [0.971, 0.997]}))
    record_success(folder, report, "forerun eval two --episodes 300")
    after = tomllib.loads((folder / "manifest.toml").read_text())
    assert after.pop("success")["ci95"] == [0.971, 0.997] and after == got
    report.write_text("{}")
    with pytest.raises(RecipeError, match="success, n"):
        record_success(folder, report, "x")


def test_wilson() -> None:
    low, high = wilson(198, 200)
    assert round(low, 3) == 0.964 and round(high, 3) == 0.997


def test_a_package_fitted_elsewhere_says_so(tmp_path: Path) -> None:
    for name in ("encode.onnx", "encode.int8.onnx", "metric.onnx", "golden.safetensors", "transitions.mcap"):
        (tmp_path / name).write_bytes(name.encode())
    old: Table = {
        "version": "1.0.0+room-1", "model": {"layout": "room-1", "reached": 0.5},
        "graphs": {
            "encode": {"file": "encode.onnx", "sha256": "old", "int8": {"file": "encode.int8.onnx", "sha256": "old"}},
            "step": {"sha256": "s"},
            "metric": {"file": "metric.onnx", "sha256": "old", "int8": {}, "precision": "int8", "form": "embedding"},
        },
        "golden": {"file": "golden.safetensors", "sha256": "old", "tolerance_f32": 0.1},
        "transitions": {"file": "transitions.mcap", "sha256": "old"}, "success": {"rate": 1.0}, "provenance": {"data": "a b", "seed": 3},
    }  # fmt: skip
    new = fitted(old, tmp_path, "room-2", ("c", "d"))
    assert new["version"] == "1.0.0+room-2" and new["model"] == {"layout": "room-2", "reached": 0.5}
    assert new["graphs"]["step"] == {"sha256": "s"} and "success" not in new
    encode = new["graphs"]["encode"]
    assert encode["sha256"] == sha256(tmp_path / "encode.onnx") and encode["int8"]["sha256"] == sha256(tmp_path / "encode.int8.onnx")
    hashed = sha256(tmp_path / "metric.onnx")
    assert new["graphs"]["metric"] == {"file": "metric.onnx", "sha256": hashed, "precision": "f32", "form": "embedding"}
    assert new["golden"] == {"file": "golden.safetensors", "sha256": sha256(tmp_path / "golden.safetensors"), "tolerance_f32": 0.1}
    assert new["transitions"]["sha256"] == sha256(tmp_path / "transitions.mcap")
    assert new["provenance"] == {"data": "a b; fitted to: c d", "seed": 3}
    # A metric that was kept keeps its int8 form.
    kept = old["graphs"]["metric"] | {"sha256": hashed}
    assert fitted(old | {"graphs": old["graphs"] | {"metric": kept}}, tmp_path, "room-2", ())["graphs"]["metric"] == kept
