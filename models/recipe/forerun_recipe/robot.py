"""The robot as the manifest names it: axes, units and limits, from the recording and its URDF."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from forerun_recipe.bag import TWIST, Bag
from forerun_recipe.errors import RecipeError
from forerun_recipe.urdf import Urdf, parse


@dataclass(frozen=True)
class Robot:
    """What the model is trained for. One entry an axis, in the order of `/command`."""

    name: str
    action_kind: str
    axes: tuple[str, ...]
    units: tuple[str, ...]
    velocity: tuple[float, ...]
    acceleration: tuple[float, ...]
    position_lower: tuple[float, ...]
    position_upper: tuple[float, ...]
    layout: str
    urdf_text: str
    urdf: Urdf

    @property
    def twist(self) -> bool:
        """True if commands are twists of a body, which odometry measures, not joint velocities."""
        return self.action_kind == "body_twist"

    @property
    def u(self) -> int:
        """U, the number of action axes."""
        return len(self.axes)


def robot_of(bag: Bag, axes: tuple[str, ...] = ()) -> Robot:
    """The robot of a recording. `axes` overrides the metadata; without both, the URDF's moving joints count."""
    meta, urdf = bag.metadata, parse(bag.urdf)
    kind = meta.get("action_kind", "body_twist" if urdf.drive else "joint_velocity")
    if kind not in ("joint_velocity", "body_twist"):
        raise RecipeError(
            "an action kind that this recipe does not train", where=f"{bag.path}, metadata action_kind",
            found=kind, expected="joint_velocity or body_twist", do="record with velocity commands",
        )  # fmt: skip
    named = tuple(name.strip() for name in meta.get("axes", "").split(",") if name.strip())
    names = axes or named or (TWIST if kind == "body_twist" else tuple(urdf.moving()))
    width = bag.command.shape[1]
    if len(names) != width:
        raise RecipeError(
            "axes and commands do not fit", where=bag.path, found=f"{len(names)} axes ({', '.join(names)}), {width} values a command",
            expected="one value an axis", do="name the axes in the order of the commands: --axes a,b,...",
        )  # fmt: skip
    if absent := [name for name in names if name not in bag.joint_name]:
        raise RecipeError(
            "axes without a measurement", where=f"{bag.path}, joint states or odometry", found=", ".join(bag.joint_name),
            expected=f"also {', '.join(absent)}", do="record joint states of every axis, or odometry of a body",
        )  # fmt: skip
    ramp = measured_acceleration(bag)
    name = meta.get("robot", urdf.name)
    layout = meta.get("layout") or f"{name}-v1"
    if kind == "body_twist":
        if urdf.drive is None:
            raise RecipeError(
                "a body twist without a drive", where="robot_description", found="no diff-drive plugin",
                expected="<gazebo><plugin filename=\"gz-sim-diff-drive-system\">", do="add it: speeds are learned in its units",
            )  # fmt: skip
        acceleration = tuple(bound or ramp[i] for i, bound in enumerate(urdf.drive.acceleration))
        return Robot(name, kind, names, ("m/s", "rad/s"), urdf.drive.velocity, acceleration, (), (), layout, bag.urdf, urdf)
    joints = [urdf.joint(name) for name in names]
    if slow := [joint.name for joint in joints if not joint.velocity]:
        raise RecipeError(
            "joints without a velocity limit", where="robot_description", found=", ".join(slow),
            expected='<limit velocity="..."/>', do="add the attribute: speeds are learned in its units",
        )  # fmt: skip
    units = tuple(part.strip() for part in meta.get("units", "").split(",") if part.strip())
    if len(units) != width:
        units = tuple("m/s" if joint.kind == "prismatic" else "rad/s" for joint in joints)
    return Robot(
        name, kind, names, units, tuple(float(joint.velocity or 0.0) for joint in joints),
        tuple(joint.acceleration or ramp[i] for i, joint in enumerate(joints)),
        tuple(-1e9 if joint.lower is None else joint.lower for joint in joints),
        tuple(1e9 if joint.upper is None else joint.upper for joint in joints),
        layout, bag.urdf, urdf,
    )  # fmt: skip


def measured_acceleration(bag: Bag) -> list[float]:
    """The steepest ramp of the sent commands per axis [unit/s], for URDFs without acceleration limits."""
    gap = np.diff(bag.command_stamp) * 1e-9
    rate = np.abs(np.diff(bag.command, axis=0)) / np.maximum(gap, 1e-3)[:, None]
    return [round(float(value), 3) for value in np.quantile(rate, 0.999, axis=0)]
