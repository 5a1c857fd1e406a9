"""Writes a package: graphs, golden vectors, transitions, URDF, manifest; checks each before it counts.

Everything is written beside the target and moved there at the end: a package is whole or absent.
"""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
from numpy.typing import NDArray
from safetensors.numpy import save_file

from forerun_recipe import __version__, graphs, transitions
from forerun_recipe.dataset import Dataset
from forerun_recipe.errors import RecipeError
from forerun_recipe.manifest import GraphFiles, Table, file_table, write
from forerun_recipe.probe import Targets
from forerun_recipe.settings import Settings
from forerun_recipe.verdict import Verdict
from forerun_recipe.weights import Weights

LARGEST_FILE, LARGEST_PACKAGE = 1_000_000, 4_000_000
TOLERANCE = 2e-4


@dataclass(frozen=True)
class Label:
    """What people call the package."""

    name: str
    version: str
    description: str
    licence: str


def build(
    folder: Path, label: Label, w: Weights, vectors: dict[str, NDArray[np.generic]], data: Dataset, targets: Targets,
    verdict: Verdict, s: Settings,
) -> None:  # fmt: skip
    """Write the whole package to `folder`, replacing an older one there. `vectors`: from `golden`."""
    fresh = folder.with_name(f".{folder.name}.new")
    shutil.rmtree(fresh, ignore_errors=True)
    fresh.mkdir(parents=True)
    built = {"encode": graphs.encode(w), "step": graphs.step(w), "metric": graphs.metric(w.metric), "probe": graphs.probe(w)}
    for name, model in built.items():
        onnx.save(model, str(fresh / f"{name}.onnx"))
        prove(fresh / f"{name}.onnx", f"f32.{name}", vectors)
        if name in ("encode", "step"):
            onnx.save(graphs.with_int8_weights(model), str(fresh / f"{name}.int8.onnx"))
            prove(fresh / f"{name}.int8.onnx", f"int8.{name}", vectors)
    save_file({key: np.ascontiguousarray(value) for key, value in vectors.items()}, fresh / "golden.safetensors")
    (fresh / "robot.urdf").write_text(data.robot.urdf_text, "utf-8")
    transitions.write(fresh / "transitions.mcap", data)
    write(fresh / "manifest.toml", manifest(fresh, label, w, data, targets, verdict, s))
    _weigh(fresh)
    if folder.exists():
        shutil.rmtree(folder)
    fresh.rename(folder)


def prove(path: Path, graph: str, vectors: dict[str, NDArray[np.generic]]) -> None:
    """The file computes what torch computed, by another runtime; its weights are not re-quantised by it."""
    options = onnxruntime.SessionOptions()
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
    options.intra_op_num_threads = 1
    session = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
    feed = {key.split(".")[3]: value for key, value in vectors.items() if key.startswith(f"{graph}.in.")}
    (output,) = session.get_outputs()
    want = vectors[f"{graph}.out.{output.name}"]
    (got,) = session.run([output.name], feed)
    worst = float(np.abs(got - want).max())
    if not worst <= TOLERANCE / 2:
        raise RecipeError(
            "an exported graph computes something else", where=path.name, found=f"largest difference {worst:.2e}",
            expected=f"at most {TOLERANCE / 2:.0e}", do="this is a defect of the recipe: report it",
        )  # fmt: skip


def manifest(folder: Path, label: Label, w: Weights, data: Dataset, targets: Targets, verdict: Verdict, s: Settings) -> Table:
    """The manifest of the files in `folder`, in the order of docs/package.md."""
    robot = data.robot
    encode, step = (GraphFiles(f"{name}.onnx", f"{name}.int8.onnx").table(folder) for name in ("encode", "step"))
    metric, probe = (GraphFiles(f"{name}.onnx").table(folder) for name in ("metric", "probe"))
    outputs = [{"name": q.name, "kind": q.kind, "unit": q.unit} for q in targets.quantities]
    return {
        "format": 1, "name": label.name, "version": label.version, "family": "jepa", "description": label.description,
        "robot": {
            "name": robot.name, "action_kind": robot.action_kind, "axes": list(robot.axes), "units": list(robot.units),
            "velocity": list(robot.velocity), "acceleration": list(robot.acceleration),
        } | ({} if robot.twist else {"position_lower": list(robot.position_lower), "position_upper": list(robot.position_upper)}),
        "model": {
            "period": data.period, "context": 1, "stacked_frames": 1, "action_block": data.block, "latent": w.latent,
            "delay": round(data.delay.dead, 4), "reached": verdict.reached, "surprise": verdict.surprise,
            "layout": robot.layout,
            "parts": [
                {"name": "image", "start": 0, "len": w.z},
                {"name": "velocity", "start": w.z, "len": w.axes},
            ],
        },
        "image": {"width": s.size, "height": s.size, "encoding": "rgb", "crop": "center"},
        "inputs": {"velocity": True, "at_goal": {"velocity": "zero"}},
        "graphs": {
            "encode": encode, "step": step, "metric": metric | {"form": "embedding"},
            "probe": probe | {"outputs": outputs, "tip": list(targets.tip), "error": verdict.tip_error},
        },
        "golden": file_table(folder, "golden.safetensors") | {"tolerance_f32": TOLERANCE, "tolerance_int8": TOLERANCE},
        "transitions": file_table(folder, "transitions.mcap"),
        "urdf": file_table(folder, "robot.urdf"),
        "provenance": {
            "recipe": __version__, "seed": s.seed, "data": " ".join(data.hashes), "frames": len(data.stamp),
            "licence": label.licence,
        },
    }  # fmt: skip


def _weigh(folder: Path) -> None:
    sizes = {file.name: file.stat().st_size for file in folder.iterdir()}
    large = [f"{name} {size}" for name, size in sizes.items() if size >= LARGEST_FILE]
    if large or sum(sizes.values()) >= LARGEST_PACKAGE:
        raise RecipeError(
            "the package is too large", where=folder, found=", ".join(large) or f"{sum(sizes.values())} bytes in all",
            expected=f"files under {LARGEST_FILE} and {LARGEST_PACKAGE} bytes in all", do="smaller networks or pictures",
        )  # fmt: skip
