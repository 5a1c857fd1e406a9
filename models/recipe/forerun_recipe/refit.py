"""A package, fitted to surroundings that it was not trained in: its encoder gets another picture of what never moves,
its metric is trained on, or both. All weights but the metric's stay."""

from __future__ import annotations

import shutil
import time
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import onnx
import torch
from numpy.typing import NDArray
from onnx import numpy_helper
from safetensors.numpy import load_file, save_file
from torch import Tensor, nn

from forerun_recipe import graphs, transitions
from forerun_recipe.dataset import Dataset, Reading, load
from forerun_recipe.deploy import layers
from forerun_recipe.landmarks import write_map
from forerun_recipe.light import Light, plain
from forerun_recipe.manifest import Table, fitted, write
from forerun_recipe.networks import mlp, standardise
from forerun_recipe.package import prove
from forerun_recipe.settings import Settings
from forerun_recipe.shipped import check_same, files, loaded, manifest_of, reading_for, run
from forerun_recipe.stage2 import train_metric
from forerun_recipe.weights import ignore_inputs

VIEWS = 4  # lights under which every frame is encoded
UPDATES, RATE = 600, 1e-4  # from the package's weights on, gently: a thousand frames are few


@dataclass(frozen=True)
class Parts:
    """What of a package is fitted."""

    scene: bool = True  # the encoder's picture of what never moves
    metric: bool = False


def refit(package: Path, recordings: list[Path], out: Path, s: Settings, reading: Reading, cache: Path, parts: Parts) -> None:
    """Write a copy of `package` to `out` that is fitted to `recordings` of the same robot elsewhere; whole or not at all."""
    begin = time.monotonic()
    torch.set_num_threads(1)
    torch.manual_seed(s.seed)
    manifest = manifest_of(package)
    data = load(recordings, reading_for(manifest, reading), cache)
    check_same(package, manifest, data)
    # A few minutes are too little to hold some of them out: what they are worth, an evaluation says.
    data = replace(data, held_out=np.zeros_like(data.held_out))
    fresh = out.with_name(f".{out.name}.new")
    shutil.rmtree(fresh, ignore_errors=True)
    shutil.copytree(package, fresh)
    if parts.scene:
        scene = standardise(plain(np.asarray(data.pixels))).mean(0, keepdim=True).numpy()
        for file in files(manifest, "encode"):
            put_scene(fresh / file, scene)
    build(fresh, manifest, _trained(fresh, manifest, data, s) if parts.metric else None, data)
    if out.exists():
        shutil.rmtree(out)
    fresh.rename(out)
    print(f"{out}: fitted to {len(data.stamp)} frames of {data.robot.layout} in {time.monotonic() - begin:.0f} s")


def _trained(fresh: Path, manifest: Table, data: Dataset, s: Settings) -> nn.Sequential:
    """The package's metric, trained on by what its encoder sees now."""
    metric, learned = metric_of(fresh, manifest)
    z = torch.stack([_encoded(fresh, manifest, data, Light(data.pixels.shape[1], s.seed + view)) for view in range(VIEWS)])
    train_metric(metric, z[:, :, :learned], data, replace(s, metric_updates=UPDATES, metric_rate=RATE), np.random.default_rng(s.seed))
    return metric


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


def put_scene(file: Path, scene: NDArray[np.float32]) -> None:
    """Change what an encoder takes for the picture of what never moves [1, 3, S, S]; its weights stay."""
    model = onnx.load(str(file))
    (tensor,) = (tensor for tensor in model.graph.initializer if tensor.name == "scene")
    tensor.CopyFrom(numpy_helper.from_array(np.ascontiguousarray(scene), "scene"))
    onnx.save(model, str(file))


def _encoded(folder: Path, manifest: Table, data: Dataset, light: Light) -> Tensor:
    """Latents [N, D] of all frames, each in a light of its own, by the weights that robots load."""
    file = folder / loaded(manifest, "encode")
    rows = []
    for part in np.array_split(np.arange(len(data.stamp)), max(1, len(data.stamp) // 256)):
        rows.append(run(file, image=light(np.asarray(data.pixels[part])).contiguous().numpy(), velocity=data.velocity[part]))
    return torch.from_numpy(np.concatenate(rows))


def build(folder: Path, manifest: Table, metric: nn.Sequential | None, data: Dataset) -> None:
    """Put a trained metric into the package in `folder`, and what follows from it and from the scene."""
    vectors = load_file(folder / "golden.safetensors")
    if metric:
        _put_metric(folder / manifest["graphs"]["metric"]["file"], metric, vectors, len(data.robot.axes))
    for precision, name in zip(("f32", "int8"), files(manifest, "encode"), strict=False):
        graph = f"{precision}.encode"
        image, velocity = (vectors[f"{graph}.in.{part}"] for part in ("image", "velocity"))
        vectors[f"{graph}.out.latent"] = run(folder / name, image=image, velocity=velocity)
    save_file({key: np.ascontiguousarray(value) for key, value in vectors.items()}, folder / "golden.safetensors")
    transitions.write(folder / "transitions.mcap", replace(data, held_out=np.ones_like(data.held_out)))
    changed = fitted(manifest, folder, data.robot.layout, data.hashes)
    write(folder / "manifest.toml", changed)
    if "map" in manifest:
        (folder / manifest["map"]["file"]).unlink()
        write_map(folder, changed, data)


def _put_metric(file: Path, metric: nn.Sequential, vectors: dict[str, NDArray[np.float32]], axes: int) -> None:
    """Write the metric to `file`, and its golden vectors."""
    folded = list(layers(metric))
    folded[0] = ignore_inputs(folded[0], axes)
    onnx.save(graphs.metric(tuple(folded)), str(file))
    latent = torch.from_numpy(vectors["f32.metric.in.latent"])[:, : folded[0].weight.shape[1] - axes]
    with torch.no_grad():
        vectors["f32.metric.out.point"] = metric(latent).numpy()
    prove(file, "f32.metric", vectors)
