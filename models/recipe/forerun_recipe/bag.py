"""Reads one recording (docs/recording.md) as its streams of numbers; images go to a sink, one by one.

A recording that was cut off (power, full disk) is read up to its last whole chunk.
"""

from __future__ import annotations

import hashlib
import struct
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import NoReturn

import numpy as np
from mcap.exceptions import McapError
from mcap.records import Channel, McapRecord, Message, Metadata, Schema
from mcap.stream_reader import StreamReader
from numpy.typing import NDArray
from tqdm import tqdm
from zstandard import ZstdError

from forerun_recipe import messages
from forerun_recipe.cdr import CdrError
from forerun_recipe.errors import RecipeError


@dataclass(frozen=True)
class Topics:
    """Topic names; the defaults are those of docs/recording.md."""

    image: tuple[str, ...] = ("/image", "/image/compressed")
    joint_states: str = "/joint_states"
    odometry: str = "/odom"
    imu: str = "/imu"
    command: str = "/command"
    robot_description: str = "/robot_description"


TWIST = ("linear", "angular")
"""The axes of a body's twist: m/s ahead, rad/s about z."""


@dataclass
class Bag:
    """The streams of a recording. Stamps are int64 nanoseconds, strictly increasing; U = action axes.

    `frame_stamp`, `joint_stamp` and `yaw_stamp` are header stamps, `command_stamp` is the log time: when it was sent.
    With odometry instead of joint states the names are those of the twist, and positions are x, y [m] and yaw [rad].
    """

    path: Path
    sha256: str
    metadata: dict[str, str]
    urdf: str
    frame_stamp: NDArray[np.int64]  # [N]
    joint_name: tuple[str, ...]
    joint_stamp: NDArray[np.int64]  # [J]
    position: NDArray[np.float64]  # [J, names], [J, 3] with odometry
    velocity: NDArray[np.float64] | None  # [J, names]
    command_stamp: NDArray[np.int64]  # [M]
    command: NDArray[np.float64]  # [M, U]
    yaw_stamp: NDArray[np.int64]  # [I]
    yaw: NDArray[np.float64]  # [I] rad, of an inertial unit; empty without one
    warnings: list[str] = field(default_factory=list)


SET_BACK = 500_000_000
"""How far the log times of commands may go back [ns]: more is a clock that was set."""


@dataclass
class _Streams:
    """What is gathered while reading, in file order."""

    metadata: dict[str, str] = field(default_factory=dict)
    urdf: str = ""
    frame: list[int] = field(default_factory=list)
    joint_name: tuple[str, ...] = ()
    joint: list[int] = field(default_factory=list)
    position: list[NDArray[np.float64]] = field(default_factory=list)
    velocity: list[NDArray[np.float64]] = field(default_factory=list)
    yaw_stamp: list[int] = field(default_factory=list)
    yaw: list[float] = field(default_factory=list)
    sent: list[int] = field(default_factory=list)
    command: list[NDArray[np.float64]] = field(default_factory=list)
    set_back: int = 0
    unreadable: int = 0
    first_unreadable: str = ""
    cut: str = ""


Sink = Callable[[NDArray[np.uint8]], None]
"""Takes the pixels [H, W, 3] of every frame, in file order."""


def sha256_of(path: Path) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(1 << 20):
            digest.update(block)
    return digest.hexdigest()


def read(path: Path, sink: Sink, topics: Topics | None = None, digest: str | None = None) -> Bag:
    """Read the whole recording; `sink` gets the frames whose stamps are in `frame_stamp`.

    Raises `RecipeError` when the file is no MCAP or lacks a stream.
    """
    topics = topics or Topics()
    if not path.is_file():
        raise RecipeError("no such recording", where=path, found="nothing", expected="an MCAP file", do="check the path")
    streams = _Streams()
    handlers: dict[int, Callable[[Message], None]] = {}
    schemas: dict[int, str] = {}
    bar = tqdm(total=path.stat().st_size, unit="B", unit_scale=True, desc=f"read {path.name}", mininterval=1)
    with bar:
        for record in _records(path, streams, bar):
            if isinstance(record, Message):
                if handler := handlers.get(record.channel_id):
                    _handle(handler, record, streams)
            elif isinstance(record, Schema):
                schemas[record.id] = record.name
            elif isinstance(record, Channel):
                _connect(record, schemas, topics, streams, sink, handlers)
            elif isinstance(record, Metadata) and record.name == "forerun":
                streams.metadata = dict(record.metadata)
    return _finish(path, digest or sha256_of(path), streams, topics)


def _records(path: Path, streams: _Streams, bar: tqdm[NoReturn]) -> Iterator[McapRecord]:
    """Every record up to the end, or up to where the file was cut."""
    with path.open("rb") as file:
        try:
            for n, record in enumerate(StreamReader(file, validate_crcs=True).records):
                if n % 2048 == 0:
                    bar.update(file.tell() - bar.n)
                yield record
        except (McapError, ZstdError, EOFError, ValueError, struct.error) as cause:
            if file.tell() < 16:
                raise RecipeError(
                    "not an MCAP file", where=path, found=f"{path.stat().st_size} bytes: {cause}",
                    expected="a recording by `forerun collect` or a rosbag2 MCAP file", do="check the path",
                ) from cause  # fmt: skip
            streams.cut = f"cut off or damaged near byte {file.tell()} ({type(cause).__name__}): read up to there"
        bar.update(path.stat().st_size - bar.n)


def _handle(handler: Callable[[Message], None], record: Message, streams: _Streams) -> None:
    try:
        handler(record)
    except CdrError as cause:
        streams.unreadable += 1
        streams.first_unreadable = streams.first_unreadable or str(cause)


def _connect(
    channel: Channel, schemas: dict[int, str], topics: Topics, streams: _Streams, sink: Sink,
    handlers: dict[int, Callable[[Message], None]],
) -> None:  # fmt: skip
    """Choose what to do with the messages of a channel, by topic and type; others are skipped."""
    kind = schemas.get(channel.schema_id, "")
    decode_image = {"sensor_msgs/msg/Image": messages.image, "sensor_msgs/msg/CompressedImage": messages.compressed_image}
    if channel.topic in topics.image and kind in decode_image:
        decode = decode_image[kind]

        def on_image(record: Message) -> None:
            frame = decode(record.data)
            streams.frame.append(frame.stamp)
            sink(frame.pixels)

        handlers[channel.id] = on_image
    elif channel.topic == topics.joint_states and kind == "sensor_msgs/msg/JointState":
        handlers[channel.id] = lambda record: _on_joints(streams, messages.joint_state(record.data))
    elif channel.topic == topics.odometry and kind == "nav_msgs/msg/Odometry":

        def on_odometry(record: Message) -> None:
            odometry = messages.odometry(record.data)
            if streams.joint_name in ((), TWIST):
                streams.joint_name = TWIST
                streams.joint.append(odometry.stamp)
                streams.position.append(odometry.pose)
                streams.velocity.append(odometry.twist)

        handlers[channel.id] = on_odometry
    elif channel.topic == topics.imu and kind == "sensor_msgs/msg/Imu":

        def on_imu(record: Message) -> None:
            if seen := messages.imu_yaw(record.data):
                streams.yaw_stamp.append(seen[0])
                streams.yaw.append(seen[1])

        handlers[channel.id] = on_imu
    elif channel.topic == topics.command and kind == "std_msgs/msg/Float64MultiArray":

        def on_command(record: Message) -> None:
            values = messages.float64_multi_array(record.data)
            if streams.command and len(values) != len(streams.command[0]):
                raise CdrError(f"command of {len(values)} values after ones of {len(streams.command[0])}")
            if streams.sent:
                streams.set_back = max(streams.set_back, streams.sent[-1] - record.log_time)
            streams.sent.append(record.log_time)
            streams.command.append(values)

        handlers[channel.id] = on_command
    elif channel.topic == topics.robot_description and kind == "std_msgs/msg/String":

        def on_description(record: Message) -> None:
            streams.urdf = messages.string(record.data)

        handlers[channel.id] = on_description


def _on_joints(streams: _Streams, state: messages.JointState) -> None:
    """Keep positions, and velocities where every message has them, in the order of the first message."""
    streams.joint_name = streams.joint_name or state.name
    if len(state.position) != len(state.name):
        raise CdrError(f"joint state with {len(state.name)} names and {len(state.position)} positions")
    position, velocity = state.position, state.velocity
    if state.name != streams.joint_name:
        if set(state.name) != set(streams.joint_name):
            return  # another publisher's joints on the same topic
        order = [state.name.index(name) for name in streams.joint_name]
        position = position[order]
        velocity = velocity[order] if len(velocity) == len(order) else velocity[:0]
    streams.joint.append(state.stamp)
    streams.position.append(position)
    if len(velocity) == len(position):
        streams.velocity.append(velocity)


def _finish(path: Path, digest: str, s: _Streams, topics: Topics) -> Bag:
    lengths = {
        " or ".join(topics.image): len(s.frame), f"{topics.joint_states} or {topics.odometry}": len(s.joint),
        topics.command: len(s.command), topics.robot_description: int(bool(s.urdf)),
    }  # fmt: skip
    if missing := [topic for topic, n in lengths.items() if n == 0]:
        raise RecipeError(
            "the recording lacks a stream", where=path, found=f"nothing readable on {', '.join(missing)}"
            + (f" ({s.first_unreadable})" if s.first_unreadable else "") + (f"; {s.cut}" if s.cut else ""),
            expected="image, joint states or odometry, commands and the URDF (docs/recording.md)",
            do="record that topic, or name it: --image, --joint-states, --command, --robot-description",
        )  # fmt: skip
    if s.set_back > SET_BACK:
        raise RecipeError(
            "the clock was set back while this was recorded", where=path,
            found=f"commands whose log times go back by {s.set_back * 1e-9:.1f} s: two drives lie on one time line",
            expected="log times that go on (docs/recording.md)", do="cut the recording there, or record each drive into a file of its own",
        )  # fmt: skip
    warnings = [s.cut] if s.cut else []
    if s.unreadable:
        warnings.append(f"{s.unreadable} unreadable messages skipped; the first: {s.first_unreadable}")
    velocity = np.stack(s.velocity) if len(s.velocity) == len(s.position) else None
    joint_stamp, joint_keep = increasing(np.asarray(s.joint, np.int64))
    command_stamp, command_keep = increasing(np.asarray(s.sent, np.int64))
    position, command = np.stack(s.position)[joint_keep], np.stack(s.command)[command_keep]
    velocity = None if velocity is None else velocity[joint_keep]
    yaw_stamp, yaw_keep = increasing(np.asarray(s.yaw_stamp, np.int64))
    yaw = np.asarray(s.yaw, np.float64)[yaw_keep]
    for name, values in (("joint positions", position), ("joint velocities", velocity), ("commands", command),
                         ("yaws", yaw)):  # fmt: skip
        if values is not None and not np.isfinite(values).all():
            raise RecipeError(
                f"{name} that are not finite", where=path, found=f"{int((~np.isfinite(values)).sum())} NaN or infinite",
                expected="finite numbers", do="repair the driver or cut that part out of the recording",
            )  # fmt: skip
    return Bag(
        path, digest, s.metadata, s.urdf, np.asarray(s.frame, np.int64), s.joint_name, joint_stamp,
        position, velocity, command_stamp, command, yaw_stamp, yaw, warnings,
    )  # fmt: skip


def increasing(stamp: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Stamps in order without repeats [n'], and the positions of those kept [n'] in the stream."""
    unique, first = np.unique(stamp, return_index=True)
    return unique, first.astype(np.int64)
