"""A package on disk, without torch: what its graphs give, and recordings of its robot read as its model wants to see them."""

from __future__ import annotations

import tomllib
from dataclasses import replace
from pathlib import Path

import numpy as np
import onnxruntime
from numpy.typing import NDArray

from forerun_recipe.dataset import Dataset, Reading
from forerun_recipe.errors import RecipeError
from forerun_recipe.manifest import Table


def manifest_of(package: Path) -> Table:
    """The package's manifest."""
    path = package / "manifest.toml"
    if not path.is_file():
        raise RecipeError("not a package", where=package, found="no manifest.toml", expected="a package's folder", do="check the path")
    return tomllib.loads(path.read_text("utf-8"))


def reading_for(manifest: Table, reading: Reading) -> Reading:
    """Recordings are read as the package's model wants to see them."""
    model = manifest["model"]
    return replace(reading, period=model["period"], block=model["action_block"], size=manifest["image"]["width"])


def check_same(package: Path, manifest: Table, data: Dataset) -> None:
    """The recording's robot is the package's."""
    robot = manifest["robot"]
    for what, found, expected in (
        ("axes", list(data.robot.axes), robot["axes"]), ("velocity limits", list(data.robot.velocity), robot["velocity"]),
        ("model period", data.period, manifest["model"]["period"]),
    ):  # fmt: skip
        if found != expected:
            raise RecipeError(f"a recording with another {what}", where=package, found=found, expected=expected,
                              do="record the package's robot at the package's rate")  # fmt: skip


def files(manifest: Table, name: str) -> list[str]:
    """A graph's files: in f32, and with int8 weights where there is one."""
    graph = manifest["graphs"][name]
    return [graph["file"], *([graph["int8"]["file"]] if "int8" in graph else [])]


def loaded(manifest: Table, name: str) -> str:
    """The graph's file with the weights that robots load."""
    return files(manifest, name)[-1 if manifest["graphs"][name]["precision"] == "int8" else 0]


def run(file: Path, **feed: NDArray[np.float32]) -> NDArray[np.float32]:
    """What a graph gives."""
    options = onnxruntime.SessionOptions()
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
    options.intra_op_num_threads = 1
    session = onnxruntime.InferenceSession(str(file), options, providers=["CPUExecutionProvider"])
    return np.asarray(session.run(None, feed)[0])
