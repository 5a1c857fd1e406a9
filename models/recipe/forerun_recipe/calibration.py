"""How large the surroundings are: a probe that learned places from short ways takes them for a little too near one another
(regression dilution), and what was driven in minutes puts that right."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import numpy_helper
from safetensors.numpy import load_file, save_file

from forerun_recipe.dataset import Dataset, Reading, load
from forerun_recipe.errors import RecipeError
from forerun_recipe.landmarks import at_rest, tips
from forerun_recipe.manifest import file_table, write
from forerun_recipe.probe import Targets, targets
from forerun_recipe.shipped import check_same, loaded, manifest_of, reading_for, run

LARGEST = 0.2  # change of a factor that makes sense
WINDOW = 400.0  # s of which the mean is taken off: dead reckoning drifts more slowly than that

F = NDArray[np.float64]


@dataclass(frozen=True)
class Scale:
    """What is read times `factor` plus `offset` is where it is; one an axis."""

    factor: F
    offset: F

    @property
    def plausible(self) -> bool:
        """A probe that learned from these recordings is off by a few hundredths."""
        return bool((np.abs(self.factor - 1) <= LARGEST).all())


def scale_of(read: F, data: Dataset, quantities: Targets) -> Scale:
    """Of places as a probe reads them [N, T]: the factor by which ways within `WINDOW` are longer than they are read to be,
    and the offset that the recording's beginning asks for, where dead reckoning is true."""
    reckoned = data.position[:, : read.shape[1]]
    window = round(WINDOW / data.period)
    ways, seen = (_fast(part, data.recording, window) for part in (reckoned, read))
    factor = (ways * seen).sum(0) / (seen * seen).sum(0)
    offset = (reckoned - factor * read)[quantities.anchor].mean(0)
    return Scale(factor, offset)


def _fast(places: F, recording: NDArray[np.int64], window: int) -> F:
    """Places [N, T] less their mean over `window` frames around, recording by recording."""
    out = np.empty_like(places)
    for number in np.unique(recording):
        own = places[recording == number]
        total = np.concatenate([np.zeros((1, own.shape[1])), np.cumsum(own, 0)])
        begin = np.maximum(np.arange(len(own)) - window // 2, 0)
        end = np.minimum(np.arange(len(own)) + window // 2 + 1, len(own))
        out[recording == number] = own - (total[end] - total[begin]) / (end - begin)[:, None]
    return out


def rescaled(quantities: Targets, scale: Scale) -> Targets:
    """Targets whose drifting values are read with `scale`."""
    factor, offset = np.ones(len(quantities.scale)), np.zeros(len(quantities.scale))
    factor[quantities.drifts], offset[quantities.drifts] = scale.factor, scale.offset
    return replace(quantities, offset=quantities.offset * factor + offset, scale=quantities.scale * factor)


def calibrate(package: Path, recordings: list[Path], reading: Reading, cache: Path) -> Scale | None:
    """Put the places right that a package's probe reads, from the recordings that it was trained on; `None`: none drift."""
    manifest = manifest_of(package)
    data = load(recordings, reading_for(manifest, reading), cache)
    check_same(package, manifest, data)
    quantities = targets(data)
    if not quantities.drifts.any():
        return None
    file = package / loaded(manifest, "probe")
    latents = at_rest(package / loaded(manifest, "encode"), data)
    scale = scale_of(tips(manifest, run(file, latent=latents)).astype(np.float64), data, quantities)
    if not scale.plausible:
        raise RecipeError("the recordings don't tell how large the surroundings are", where=package,
                          found=f"factors {scale.factor.round(3)}", expected=f"1 within {LARGEST}",
                          do="give all recordings that it was trained on, in their order")  # fmt: skip
    _rescale(file, quantities, scale)
    vectors = load_file(package / manifest["golden"]["file"])
    vectors["f32.probe.out.quantities"] = run(file, latent=vectors["f32.probe.in.latent"])
    save_file({key: np.ascontiguousarray(value) for key, value in vectors.items()}, package / manifest["golden"]["file"])
    manifest["golden"] |= file_table(package, manifest["golden"]["file"])
    manifest["graphs"]["probe"] |= file_table(package, manifest["graphs"]["probe"]["file"])
    write(package / "manifest.toml", manifest)
    return scale


def _rescale(file: Path, quantities: Targets, scale: Scale) -> None:
    """Multiply factor and offset into the probe's last layer."""
    model = onnx.load(str(file))
    last = [node for node in model.graph.node if node.op_type == "Gemm"][-1]
    rows = np.flatnonzero(quantities.drifts)
    for name in last.input[1:]:
        (tensor,) = (tensor for tensor in model.graph.initializer if tensor.name == name)
        value = numpy_helper.to_array(tensor).copy()
        if value.ndim == 1:
            value[rows] = value[rows] * scale.factor + scale.offset
        else:
            value[rows] *= scale.factor[:, None]
        tensor.CopyFrom(numpy_helper.from_array(value, name))
    onnx.save(model, str(file))
