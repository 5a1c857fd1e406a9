"""A package's metric, fitted again to surroundings that it was not trained in; encoder, dynamics and probe stay."""

from __future__ import annotations

import shutil
import time
import tomllib
from dataclasses import replace
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import torch
from onnx import numpy_helper
from safetensors.numpy import load_file, save_file
from torch import Tensor, nn

from forerun_recipe import graphs, transitions
from forerun_recipe.dataset import Dataset, Reading, load
from forerun_recipe.deploy import layers
from forerun_recipe.errors import RecipeError
from forerun_recipe.light import Light
from forerun_recipe.manifest import Table, with_metric, write
from forerun_recipe.networks import mlp
from forerun_recipe.package import prove
from forerun_recipe.settings import Settings
from forerun_recipe.stage2 import train_metric
from forerun_recipe.weights import ignore_inputs

VIEWS = 4  # lights under which every frame is encoded
UPDATES = 2000  # from the package's weights on


def refit(package: Path, recordings: list[Path], out: Path, s: Settings, reading: Reading, cache: Path) -> None:
    """Write a copy of `package` to `out` whose metric is fitted to `recordings` of the same robot elsewhere."""
    begin = time.monotonic()
    torch.set_num_threads(1)
    torch.manual_seed(s.seed)
    manifest = tomllib.loads((package / "manifest.toml").read_text("utf-8"))
    data = load(recordings, reading_for(manifest, reading), cache)
    check_same(package, manifest, data)
    metric, learned = metric_of(package, manifest)
    z = torch.stack([_encoded(package, manifest, data, Light(data.pixels.shape[1], s.seed + view)) for view in range(VIEWS)])
    # A few minutes are too little to hold some of them out: what they are worth, an evaluation says.
    train_metric(metric, z[:, :, :learned], replace(data, held_out=np.zeros_like(data.held_out)), replace(s, metric_updates=UPDATES),
                 np.random.default_rng(s.seed))  # fmt: skip
    build(package, out, manifest, metric, data)
    print(f"{out}: metric fitted to {len(data.stamp)} frames of {data.robot.layout} in {time.monotonic() - begin:.0f} s")


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


def metric_of(package: Path, manifest: Table) -> tuple[nn.Sequential, int]:
    """The package's metric, to be trained on; how many numbers of a latent it reads."""
    graph = onnx.load(str(package / manifest["graphs"]["metric"]["file"])).graph
    constants = {tensor.name: numpy_helper.to_array(tensor) for tensor in graph.initializer}
    pairs = [(constants[node.input[1]], constants[node.input[2]]) for node in graph.node if node.op_type == "Gemm"]
    learned = int(manifest["model"]["parts"][0]["len"])
    metric = mlp(learned, len(pairs[0][1]), len(pairs[-1][1]), len(pairs) - 1)
    linear = [part for part in metric if isinstance(part, nn.Linear)]
    with torch.no_grad():
        for part, (weight, bias) in zip(linear, pairs, strict=True):
            part.weight.copy_(torch.from_numpy(weight[:, : part.in_features].copy()))
            part.bias.copy_(torch.from_numpy(bias.copy()))
    return metric, learned


def _encoded(package: Path, manifest: Table, data: Dataset, light: Light) -> Tensor:
    """Latents [N, D] of all frames, each in a light of its own, by the weights that robots load."""
    graph = manifest["graphs"]["encode"]
    file = graph["int8"]["file"] if graph["precision"] == "int8" and "int8" in graph else graph["file"]
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    session = onnxruntime.InferenceSession(str(package / file), options, providers=["CPUExecutionProvider"])
    rows = []
    for part in np.array_split(np.arange(len(data.stamp)), max(1, len(data.stamp) // 256)):
        image = light(np.asarray(data.pixels[part])).contiguous().numpy()
        rows.append(session.run(None, {"image": image, "velocity": data.velocity[part]})[0])
    return torch.from_numpy(np.concatenate(rows))


def build(package: Path, out: Path, manifest: Table, metric: nn.Sequential, data: Dataset) -> None:
    """The package with another metric; it appears whole or not at all. What was measured of the old one is left out."""
    fresh = out.with_name(f".{out.name}.new")
    shutil.rmtree(fresh, ignore_errors=True)
    shutil.copytree(package, fresh)
    folded = list(layers(metric))
    folded[0] = ignore_inputs(folded[0], len(data.robot.axes))
    metric_file = manifest["graphs"]["metric"]["file"]
    onnx.save(graphs.metric(tuple(folded)), str(fresh / metric_file))
    vectors = load_file(fresh / "golden.safetensors")
    latent = torch.from_numpy(vectors["f32.metric.in.latent"])[:, : folded[0].weight.shape[1] - len(data.robot.axes)]
    with torch.no_grad():
        vectors["f32.metric.out.point"] = metric(latent).numpy()
    prove(fresh / metric_file, "f32.metric", vectors)
    save_file({key: np.ascontiguousarray(value) for key, value in vectors.items()}, fresh / "golden.safetensors")
    transitions.write(fresh / "transitions.mcap", replace(data, held_out=np.ones_like(data.held_out)))
    write(fresh / "manifest.toml", with_metric(manifest, fresh, data.robot.layout, data.hashes))
    if out.exists():
        shutil.rmtree(out)
    fresh.rename(out)
