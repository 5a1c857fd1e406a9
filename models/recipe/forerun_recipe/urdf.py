"""What the recipe needs of a URDF: moving joints, their limits, and where the tip is."""

from __future__ import annotations

from dataclasses import dataclass
from xml.etree import ElementTree

import numpy as np
from numpy.typing import NDArray

from forerun_recipe.errors import RecipeError

F = NDArray[np.float64]


@dataclass(frozen=True)
class Joint:
    """One joint; limits are None where the URDF has none (a continuous joint has no positions)."""

    name: str
    kind: str  # revolute | continuous | prismatic | fixed
    parent: str
    child: str
    xyz: tuple[float, float, float]
    rpy: tuple[float, float, float]
    axis: tuple[float, float, float]
    lower: float | None
    upper: float | None
    velocity: float | None
    acceleration: float | None

    @property
    def moving(self) -> bool:
        return self.kind != "fixed"


@dataclass(frozen=True)
class Drive:
    """A differential drive, as the settings of `gz-sim-diff-drive-system` say; accelerations are None where there are none."""

    joints: tuple[str, str]
    velocity: tuple[float, float]  # m/s, rad/s
    acceleration: tuple[float | None, float | None]


@dataclass(frozen=True)
class Urdf:
    """A kinematic tree; `chain` leads from the root to the leaf with the most moving joints."""

    name: str
    joints: tuple[Joint, ...]
    chain: tuple[Joint, ...]
    drive: Drive | None = None

    def moving(self) -> list[str]:
        return [joint.name for joint in self.joints if joint.moving]

    def joint(self, name: str) -> Joint:
        for joint in self.joints:
            if joint.name == name and joint.moving:
                return joint
        raise RecipeError(
            "an action axis without its joint", where="robot_description", found=f"no moving joint {name!r}",
            expected=f"one of {', '.join(self.moving())}", do="name the axes as the URDF does: --axes",
        )  # fmt: skip

    def tip(self, names: list[str], angles: F) -> F:
        """Forward kinematics of the chain's end. angles [n, U] in the order of names -> [n, 3] in m.

        Joints of the chain that are not in `names` stay at zero.
        """
        count = len(angles)
        rotation, position = np.broadcast_to(np.eye(3), (count, 3, 3)), np.zeros((count, 3))
        for joint in self.chain:
            position = position + rotation @ np.asarray(joint.xyz)
            rotation = rotation @ _roll_pitch_yaw(joint.rpy)
            if joint.name in names:
                value = angles[:, names.index(joint.name)]
                if joint.kind == "prismatic":
                    position = position + rotation @ np.asarray(joint.axis) * value[:, None]
                else:
                    rotation = rotation @ _rotation(np.asarray(joint.axis), value)
        return position


def parse(text: str) -> Urdf:
    """Parse a URDF; raises `RecipeError` for what is no URDF or has mimic joints."""
    try:
        root = ElementTree.fromstring(text)
    except ElementTree.ParseError as cause:
        raise _refuse(f"no XML: {cause}") from cause
    joints = tuple(_joint(element) for element in root.findall("joint"))
    if root.tag != "robot" or not any(joint.moving for joint in joints):
        raise _refuse(f"<{root.tag}> with {len(joints)} joints, none of them moving")
    return Urdf(root.get("name", "robot"), joints, _chain(joints), _drive(root))


def _drive(root: ElementTree.Element) -> Drive | None:
    plugins = [p for p in root.findall("gazebo/plugin") if "diff-drive" in p.get("filename", "")]
    if not plugins:
        return None

    def text(name: str) -> str:
        found = plugins[0].findtext(name)
        if not found:
            raise _refuse(f"a diff-drive plugin without <{name}>")
        return found.strip()

    def bound(name: str) -> float | None:
        found = plugins[0].findtext(name)
        return float(found) if found else None

    return Drive(
        (text("left_joint"), text("right_joint")), (float(text("max_linear_velocity")), float(text("max_angular_velocity"))),
        (bound("max_linear_acceleration"), bound("max_angular_acceleration")),
    )  # fmt: skip


def _joint(element: ElementTree.Element) -> Joint:
    name = element.get("name", "")
    if element.find("mimic") is not None:
        raise _refuse(f"joint {name!r} mimics another one, which is not supported")
    kind = element.get("type", "")
    if kind not in ("revolute", "continuous", "prismatic", "fixed"):
        raise _refuse(f"joint {name!r} of type {kind!r}, which is not supported")
    origin, limit = element.find("origin"), element.find("limit")

    def bound(key: str) -> float | None:
        value = None if limit is None else limit.get(key)
        return None if value is None else float(value)

    def link(tag: str) -> str:
        found = element.find(tag)
        return "" if found is None else found.get("link", "")

    axis = np.asarray(_triple(element.find("axis"), "xyz", "1 0 0"))
    axis = axis / np.linalg.norm(axis)
    bounded = kind in ("revolute", "prismatic")
    return Joint(
        name, kind, link("parent"), link("child"), _triple(origin, "xyz", "0 0 0"), _triple(origin, "rpy", "0 0 0"),
        (float(axis[0]), float(axis[1]), float(axis[2])), bound("lower") if bounded else None,
        bound("upper") if bounded else None, bound("velocity"), bound("acceleration"),
    )  # fmt: skip


def _triple(element: ElementTree.Element | None, key: str, default: str) -> tuple[float, float, float]:
    text = default if element is None else element.get(key, default)
    values = [float(part) for part in text.split()]
    if len(values) != 3:
        raise _refuse(f"{key}={text!r} is not three numbers")
    return values[0], values[1], values[2]


def _chain(joints: tuple[Joint, ...]) -> tuple[Joint, ...]:
    """The path to the leaf that passes the most moving joints (then the most joints, then the first)."""
    by_child = {joint.child: joint for joint in joints}
    parents = {joint.parent for joint in joints}
    best: tuple[Joint, ...] = ()
    for leaf in (joint for joint in joints if joint.child not in parents):
        path = [leaf]
        while (above := by_child.get(path[-1].parent)) is not None and above not in path:
            path.append(above)
        if (sum(j.moving for j in path), len(path)) > (sum(j.moving for j in best), len(best)):
            best = tuple(reversed(path))
    return best


def _roll_pitch_yaw(rpy: tuple[float, float, float]) -> F:
    x, y, z = (_rotation(np.eye(3)[i], np.asarray([rpy[i]]))[0] for i in range(3))
    return np.asarray(z @ y @ x)


def _rotation(axis: F, angle: F) -> F:
    """Rodrigues' formula. axis [3] of unit length, angle [n] in rad -> [n, 3, 3]."""
    x, y, z = axis
    cross = np.array([[0, -z, y], [z, 0, -x], [-y, x, 0]])
    s, c = np.sin(angle)[:, None, None], np.cos(angle)[:, None, None]
    return np.asarray(np.eye(3) + s * cross + (1 - c) * (cross @ cross))


def _refuse(found: str) -> RecipeError:
    return RecipeError(
        "a URDF that cannot be used", where="robot_description", found=found,
        expected="revolute, continuous, prismatic and fixed joints", do="publish the robot's plain URDF",
    )  # fmt: skip
