"""Frames on the model's time grid, with everything that was measured around them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from forerun_recipe import motion, timeline
from forerun_recipe.bag import Bag, Topics
from forerun_recipe.delay import Delay, estimate
from forerun_recipe.errors import RecipeError
from forerun_recipe.robot import Robot, robot_of
from forerun_recipe.rows import action_rows
from forerun_recipe.store import decode

F = NDArray[np.float64]
CHAIN = 11  # frames in a chain: ten steps


@dataclass
class Dataset:
    """N frames of one or more recordings of one robot in one layout; U axes, A command means a step.

    Chains never cross a hole, a time block or a recording.
    """

    robot: Robot
    period: float  # P [s]
    block: int  # A
    pixels: NDArray[np.uint8]  # [N, S, S, 3] rgb
    stamp: F  # [N] s since the recording's first frame
    recording: NDArray[np.int64]  # [N]
    held_out: NDArray[np.bool_]  # [N] validation frames
    chain: NDArray[np.int64]  # [N, CHAIN] frames 0, 1, ... periods later, -1: none
    position: F  # [N, U] rad or m; of a body [N, 3] x, y [m] and yaw [rad], dead-reckoned: true but for a slow drift
    velocity: NDArray[np.float32]  # [N, U] rad/s or m/s
    action: NDArray[np.float32]  # [N, A*U] sent command between this frame and chain[:, 1]; 0 where there is none
    travel: F  # [N] way in model steps since the recording began
    tip: F  # [N, 3] m, forward kinematics of the measured positions; of a body its own place
    yaw: F | None  # [N] rad, of an inertial unit; None without one
    delay: Delay
    hashes: tuple[str, ...]
    bags: tuple[Bag, ...]
    warnings: list[str]

    def starts(self, length: int, held_out: bool) -> NDArray[np.int64]:
        """Frames at which a chain of `length` frames begins, of one side of the split."""
        return np.flatnonzero((self.chain[:, length - 1] >= 0) & (self.held_out == held_out))

    def frames(self, held_out: bool) -> NDArray[np.int64]:
        """Usable frames of one side of the split."""
        return self.starts(1, held_out)


@dataclass(frozen=True)
class Reading:
    """How recordings are read."""

    period: float  # s, asked
    block: int  # A
    size: int  # image side, pixels
    axes: tuple[str, ...] = ()  # override of the metadata's axes
    topics: Topics | None = None


def load(paths: list[Path], reading: Reading, cache: Path) -> Dataset:
    """Read recordings, from the cache where they have been decoded before."""
    parts = [_load_one(path, number, reading, cache) for number, path in enumerate(paths)]
    for part in parts[1:]:
        _check_same(parts[0], part)
    return parts[0] if len(parts) == 1 else _join(parts)


def _load_one(path: Path, number: int, reading: Reading, cache: Path) -> Dataset:
    if not path.is_file():
        raise RecipeError("no such recording", where=path, found="nothing", expected="an MCAP file", do="check the path")
    bag, pixels = decode(path, reading.size, reading.topics or Topics(), cache)
    robot = robot_of(bag, reading.axes)
    origin = int(bag.frame_stamp[0])
    frame, joint, sent = ((s - origin) * 1e-9 for s in (bag.frame_stamp, bag.joint_stamp, bag.command_stamp))
    if len(frame) < 100:
        raise RecipeError("too little to learn from", where=path, found=f"{len(frame)} frames",
                          expected="at least 100, better 10,000", do="record for longer")  # fmt: skip
    columns = [bag.joint_name.index(axis) for axis in robot.axes]
    yaw = _yaw(bag, joint, origin)
    position = _places(bag, joint, yaw) if robot.twist else bag.position[:, columns]
    velocity = motion.velocity_from(joint, position) if bag.velocity is None else bag.velocity[:, columns]
    limit = np.asarray(robot.velocity)
    period = timeline.model_period(frame, reading.period)
    segment = timeline.segments(frame, [frame, joint, sent], period)
    time_block = timeline.blocks(frame, period)
    group = np.where(segment >= 0, segment * (int(time_block[-1]) + 1) + time_block, -1)
    chain = timeline.chains(frame, group, period, CHAIN)
    action = np.zeros((len(frame), reading.block * robot.u), np.float32)
    led = np.flatnonzero(chain[:, 1] >= 0)
    action[led] = action_rows(sent, bag.command, frame[led], frame[chain[led, 1]], reading.block)
    at_frames = motion.interpolate(joint, position, frame)
    if robot.twist:
        free, tip, ways = np.ones_like(velocity, bool), at_frames * [1.0, 1.0, 0.0], velocity[:, :1]
    else:
        low, high = np.asarray(robot.position_lower), np.asarray(robot.position_upper)
        margin = 0.5 * limit * period
        free = (position > low + margin) & (position < high - margin)
        tip, ways = robot.urdf.tip(list(robot.axes), at_frames), velocity
    return Dataset(
        robot, period, reading.block, pixels, frame, np.full(len(frame), number), timeline.validation(time_block), chain,
        at_frames, motion.interpolate(joint, velocity, frame).astype(np.float32), action,
        np.interp(frame, joint, motion.travel(joint, ways, limit[: ways.shape[1]], period)), tip,
        None if yaw is None else np.interp(frame, joint, yaw),
        estimate(sent, bag.command, joint, velocity, limit, free), (bag.sha256,), (bag,), list(bag.warnings),
    )  # fmt: skip


def _yaw(bag: Bag, stamp: F, origin: int) -> F | None:
    """The inertial unit's yaw at `stamp` [J], unwrapped."""
    if not len(bag.yaw):
        return None
    return np.interp(stamp, (bag.yaw_stamp - origin) * 1e-9, np.unwrap(bag.yaw))


def _places(bag: Bag, stamp: F, yaw: F | None) -> F:
    """x, y, yaw [J, 3] of a body: its odometry, with the inertial unit's heading where there is one, as wheels slip."""
    if yaw is None or bag.velocity is None:
        return np.concatenate([bag.position[:, :2], np.unwrap(bag.position[:, 2])[:, None]], 1)
    return motion.dead_reckoning(stamp, bag.velocity, yaw, bag.position[0, :2])


def _check_same(a: Dataset, b: Dataset) -> None:
    for what, x, y in (
        ("axes", a.robot.axes, b.robot.axes), ("layouts", a.robot.layout, b.robot.layout),
        ("velocity limits", a.robot.velocity, b.robot.velocity), ("model periods", a.period, b.period),
    ):  # fmt: skip
        if x != y:
            raise RecipeError(f"recordings with different {what}", where=b.bags[0].path, found=y, expected=x,
                              do="train one package a robot and scene")  # fmt: skip


def _join(parts: list[Dataset]) -> Dataset:
    """Recordings behind one another; frame numbers in chains are shifted."""
    offset = np.cumsum([0] + [len(part.stamp) for part in parts[:-1]])
    chain = [np.where(part.chain >= 0, part.chain + shift, -1) for part, shift in zip(parts, offset, strict=True)]

    def cat(name: str) -> NDArray[np.generic]:
        return np.concatenate([getattr(part, name) for part in parts])

    first = parts[0]
    yaw = None if any(part.yaw is None for part in parts) else cat("yaw")
    return Dataset(
        first.robot, first.period, first.block, cat("pixels"), cat("stamp"), cat("recording"), cat("held_out"),  # type: ignore[arg-type]
        np.concatenate(chain), cat("position"), cat("velocity"), cat("action"), cat("travel"), cat("tip"), yaw, first.delay,  # type: ignore[arg-type]
        tuple(h for part in parts for h in part.hashes), tuple(b for part in parts for b in part.bags),
        [w for part in parts for w in part.warnings],
    )  # fmt: skip
