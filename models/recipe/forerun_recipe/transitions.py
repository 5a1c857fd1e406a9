"""A short recording of held-out frames for `forerun check`: the recording format, no other."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from forerun_recipe import __version__, messages
from forerun_recipe.bag_writer import BagWriter
from forerun_recipe.dataset import Dataset

FRAMES, QUALITY = 300, 85
JOINT_RATE = 100.0  # Hz, thinned to this
LARGEST = 950_000  # bytes


def write(path: Path, data: Dataset, recording: int = 0) -> int:
    """Write about `FRAMES` held-out frames a period apart, fewer if the file would grow too large; returns how many."""
    frames = on_grid(data, recording)
    while True:
        _write(path, data, recording, frames)
        size = path.stat().st_size
        if size <= LARGEST:
            return len(frames)
        frames = frames[: int(len(frames) * 0.97 * LARGEST / size)]


def on_grid(data: Dataset, recording: int) -> NDArray[np.int64]:
    """Held-out frames that follow one another by a period, in order; longer stretches first."""
    stretches: list[list[int]] = []
    used: set[int] = set()
    for frame in np.flatnonzero(data.held_out & (data.recording == recording) & (data.chain[:, 0] >= 0)):
        if int(frame) in used:
            continue
        stretch = [int(frame)]
        while (after := int(data.chain[stretch[-1], 1])) >= 0:
            stretch.append(after)
        used.update(stretch)
        stretches.append(stretch)
    stretches.sort(key=len, reverse=True)
    chosen: list[int] = []
    for stretch in stretches:
        if len(chosen) >= FRAMES:
            break
        chosen += stretch[: FRAMES - len(chosen)]
    return np.sort(np.asarray(chosen, np.int64))


def _write(path: Path, data: Dataset, recording: int, frames: NDArray[np.int64]) -> None:
    """The frames as JPEG with the joint states and commands around them, in order of time."""
    bag, robot = data.bags[recording], data.robot
    stamp = bag.frame_stamp[0] + np.rint(data.stamp[frames] * 1e9).astype(np.int64)
    margin = round(1.5 * data.period * 1e9)
    joints = _thin(bag.joint_stamp, _around(bag.joint_stamp, stamp, margin))
    sent = _around(bag.command_stamp, stamp, margin)
    columns = [bag.joint_name.index(axis) for axis in robot.axes]
    events: list[tuple[int, str, str, bytes]] = []
    for index, at in zip(frames, stamp, strict=True):
        frame = messages.Frame(int(at), np.asarray(data.pixels[index]))
        data_bytes = messages.encode_compressed_image(frame, QUALITY)
        events.append((int(at), "/image/compressed", "sensor_msgs/msg/CompressedImage", data_bytes))
    for k in joints:
        if robot.twist and bag.velocity is not None:
            at = int(bag.joint_stamp[k])
            odometry = messages.encode_odometry(messages.Odometry(at, bag.position[k], bag.velocity[k, columns]))
            events.append((at, "/odom", "nav_msgs/msg/Odometry", odometry))
            continue
        velocity = np.empty(0) if bag.velocity is None else bag.velocity[k, columns]
        state = messages.JointState(int(bag.joint_stamp[k]), robot.axes, bag.position[k, columns], velocity)
        events.append((state.stamp, "/joint_states", "sensor_msgs/msg/JointState", messages.encode_joint_state(state)))
    for k in sent:
        command = messages.encode_float64_multi_array(bag.command[k])
        events.append((int(bag.command_stamp[k]), "/command", "std_msgs/msg/Float64MultiArray", command))
    events.sort(key=lambda event: event[0])
    with BagWriter(path) as bag_file:
        bag_file.metadata({
            "version": f"forerun_recipe {__version__}", "robot": robot.name, "action_kind": robot.action_kind,
            "axes": ",".join(robot.axes), "units": ",".join(robot.units), "layout": robot.layout,
            "seed": bag.metadata.get("seed", ""),
        })  # fmt: skip
        description = messages.encode_string(robot.urdf_text)
        bag_file.write("/robot_description", "std_msgs/msg/String", events[0][0], description)
        for at, topic, kind, message in events:
            bag_file.write(topic, kind, at, message)


def _around(stamp: NDArray[np.int64], frames: NDArray[np.int64], margin: int) -> NDArray[np.int64]:
    """Samples within `margin` [ns] of a frame. stamp [n], frames [F] -> indices."""
    near = np.clip(np.searchsorted(frames, stamp), 1, len(frames) - 1)
    gap = np.minimum(np.abs(stamp - frames[near - 1]), np.abs(frames[near] - stamp))
    return np.flatnonzero(gap <= margin)


def _thin(stamp: NDArray[np.int64], index: NDArray[np.int64]) -> NDArray[np.int64]:
    """Every n-th sample, so that at least `JOINT_RATE` is left."""
    every = max(1, int(1.0 / JOINT_RATE / (float(np.median(np.diff(stamp))) * 1e-9) + 1e-6))
    return index[::every]
