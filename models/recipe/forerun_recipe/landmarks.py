"""A map for a package: latents of places that its robot was at, for goals that are points (docs/package.md)."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from safetensors.numpy import save_file

from forerun_recipe.dataset import Dataset, Reading, load
from forerun_recipe.errors import RecipeError
from forerun_recipe.manifest import Table, file_table, write
from forerun_recipe.shipped import check_same, loaded, manifest_of, reading_for, run

FILE = "map.safetensors"
SPACING = 0.08  # m, the largest distance from a place that was visited to one of the map
MOST = 2000  # places
WITNESSES = 2  # views within the spacing: a place that was seen once was misread
BATCH = 256

F32 = NDArray[np.float32]


def put_map(package: Path, recordings: list[Path], reading: Reading, cache: Path, spacing: float = SPACING) -> int:
    """Make the package's map from recordings of its robot in its surroundings; returns how many places it holds."""
    manifest = manifest_of(package)
    if not manifest["graphs"].get("probe", {}).get("tip"):
        raise RecipeError("nothing tells where a latent is", where=package, found="no probe that reads a place",
                          expected="graphs.probe.tip", do="train a package with a probe")  # fmt: skip
    data = load(recordings, reading_for(manifest, reading), cache)
    check_same(package, manifest, data)
    if data.robot.layout != manifest["model"]["layout"]:
        raise RecipeError("a recording of other surroundings", where=package, found=data.robot.layout,
                          expected=manifest["model"]["layout"], do="record where the package was trained, or refit it")  # fmt: skip
    return write_map(package, manifest, data, spacing)


def write_map(package: Path, manifest: Table, data: Dataset, spacing: float = SPACING) -> int:
    """Write the map's file and the manifest's entry for it; returns how many places it holds."""
    latents = at_rest(package / loaded(manifest, "encode"), data)
    places = tips(manifest, run(package / loaded(manifest, "probe"), latent=latents))
    points = run(package / loaded(manifest, "metric"), latent=latents)
    chosen = choose(places, points, spacing)
    save_file({"latent": np.ascontiguousarray(latents[chosen])}, package / FILE, {"data": " ".join(data.hashes)})
    write(package / "manifest.toml", mapped(manifest, package, spacing))
    return len(chosen)


def mapped(manifest: Table, package: Path, spacing: float) -> Table:
    """The manifest with an entry for the map, where docs/package.md has it."""
    before = [key for key in manifest if key in ("transitions", "golden")][-1]
    out: Table = {}
    for key, value in manifest.items():
        if key != "map":
            out[key] = value
        if key == before:
            out["map"] = file_table(package, FILE) | {"spacing": spacing}
    return out


def at_rest(encoder: Path, data: Dataset) -> F32:
    """Latents [N, D] of all frames as if the robot stood there: as goal pictures are encoded."""
    rows = []
    for part in np.array_split(np.arange(len(data.stamp)), -(-len(data.stamp) // BATCH)):
        image = np.ascontiguousarray(np.asarray(data.pixels[part]).astype(np.float32).transpose(0, 3, 1, 2) / 255)
        rows.append(run(encoder, image=image, velocity=np.zeros((len(part), data.robot.u), np.float32)))
    return np.concatenate(rows)


def tips(manifest: Table, quantities: F32) -> F32:
    """Places [N, T] among what the probe reads [N, Y]."""
    probe = manifest["graphs"]["probe"]
    names = [output["name"] for output in probe["outputs"]]
    return quantities[:, [names.index(name) for name in probe["tip"]]]


def choose(places: F32, points: F32, spacing: float = SPACING, most: int = MOST) -> NDArray[np.int64]:
    """Frames that stand for all places: none that was seen often enough is farther than `spacing` from one of them.

    places [N, T] m, points [N, E] in the metric's space. Farthest first, and of the views of a place the one whose point
    is nearest to the middle of theirs. The same frames give the same choice.
    """
    left = np.linalg.norm(places - np.median(places, 0), axis=1)
    left = left.max() + spacing - left  # the middle comes first
    chosen: list[int] = []
    while left.max() > spacing:
        if len(chosen) == most:
            raise RecipeError("too many places", where="map", found=f"more than {most}", expected=f"{most} places at most",
                              do="a larger --spacing")  # fmt: skip
        farthest = int(np.argmax(left))
        apart = np.linalg.norm(places - places[farthest], axis=1)
        if np.count_nonzero(apart <= spacing) < WITNESSES:
            left[farthest] = 0.0
            continue
        views = np.flatnonzero(apart <= spacing / 2)
        middle = np.median(points[views], 0)
        view = int(views[np.argmin(np.linalg.norm(points[views] - middle, axis=1))])
        apart = np.linalg.norm(places - places[view], axis=1)
        left = np.minimum(left, apart) if chosen else np.where(left > 0.0, apart, 0.0)
        chosen.append(view)
    if not chosen:
        raise RecipeError("no place was seen often enough", where="map", found=f"{len(places)} frames",
                          expected=f"{WITNESSES} views of a place", do="record for longer")  # fmt: skip
    return np.sort(np.asarray(chosen, np.int64))
