"""What the probe reads off a latent: sine and cosine of every joint and where the tip is, or where a body is and heads."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from forerun_recipe.dataset import Dataset

F = NDArray[np.float64]


@dataclass(frozen=True)
class Quantity:
    """One probe output: kind is value, sin or cos; unit as in the manifest."""

    name: str
    kind: str
    unit: str


@dataclass(frozen=True)
class Targets:
    """Probe outputs and their measured values.

    The network learns (value - offset) / scale; export folds both into its last layer.
    """

    quantities: tuple[Quantity, ...]
    tip: tuple[str, ...]
    value: F  # [N, Y] SI
    offset: F  # [Y]
    scale: F  # [Y]
    drifts: NDArray[np.bool_]  # [Y] only differences over short times are true
    anchor: NDArray[np.int64]  # frames at which values that drift are true, too

    @property
    def normal(self) -> NDArray[np.float32]:
        return ((self.value - self.offset) / self.scale).astype(np.float32)

    def tip_columns(self) -> list[int]:
        names = [quantity.name for quantity in self.quantities]
        return [names.index(name) for name in self.tip]


ANCHOR = 30.0  # s from the start of a recording in which dead reckoning has not drifted yet


def targets(data: Dataset) -> Targets:
    """Targets of a dataset. Prismatic joints are values; tip_z only where the tip moves in it."""
    if data.robot.twist:
        return _body(data)
    quantities: list[Quantity] = []
    columns: list[F] = []
    for i, (axis, unit) in enumerate(zip(data.robot.axes, data.robot.units, strict=True)):
        if data.robot.urdf.joint(axis).kind == "prismatic":
            quantities.append(Quantity(axis, "value", unit.removesuffix("/s")))
            columns.append(data.position[:, i])
        else:
            for kind, function in (("sin", np.sin), ("cos", np.cos)):
                quantities.append(Quantity(axis, kind, "rad"))
                columns.append(function(data.position[:, i]))
    tip = tuple(f"tip_{c}" for i, c in enumerate("xyz") if i < 2 or float(np.ptp(data.tip[:, i])) > 1e-3)
    for name in tip:
        quantities.append(Quantity(name, "value", "m"))
        columns.append(data.tip[:, "xyz".index(name[-1])])
    value = np.stack(columns, 1)
    free = np.array([quantity.kind == "value" for quantity in quantities])
    offset = np.where(free, value.mean(0), 0.0)
    scale = np.where(free, np.maximum(value.std(0), 1e-6), 1.0)
    return Targets(tuple(quantities), tip, value, offset, scale, ~free & False, np.empty(0, np.int64))


def _body(data: Dataset) -> Targets:
    """Of a body: x and y, of which only differences and the first places are known, and the heading."""
    yaw = data.position[:, 2] if data.yaw is None else data.yaw
    place = ("base_x", "base_y")
    quantities = (*(Quantity(name, "value", "m") for name in place), Quantity("yaw", "sin", "rad"), Quantity("yaw", "cos", "rad"))
    value = np.stack([data.position[:, 0], data.position[:, 1], np.sin(yaw), np.cos(yaw)], 1)
    drifts = np.array([True, True, False, False])
    anchor = np.flatnonzero((data.stamp < ANCHOR) & (data.recording == 0) & (data.chain[:, 0] >= 0))
    offset = np.where(drifts, value[anchor].mean(0), 0.0)
    return Targets(quantities, place, value, offset, np.ones(4), drifts, anchor)
