"""The ROS 2 messages of the recording format: decode, encode and their schemas (docs/recording.md)."""

from __future__ import annotations

import io
import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image as Pil

from forerun_recipe.cdr import CdrError, Reader, Writer

CHANNELS = {"rgb8": 3, "bgr8": 3, "mono8": 1, "rgba8": 4, "bgra8": 4}


@dataclass(frozen=True)
class Frame:
    """A camera image: capture stamp [ns], pixels [H, W, 3] rgb8."""

    stamp: int
    pixels: NDArray[np.uint8]


@dataclass(frozen=True)
class JointState:
    """Measurement stamp [ns]; positions [rad or m] and velocities [1/s], each in the order of `name` or empty."""

    stamp: int
    name: tuple[str, ...]
    position: NDArray[np.float64]
    velocity: NDArray[np.float64]


@dataclass(frozen=True)
class Odometry:
    """Measurement stamp [ns]; pose x, y [m], yaw [rad]; twist [m/s, rad/s]."""

    stamp: int
    pose: NDArray[np.float64]
    twist: NDArray[np.float64]


def image(data: bytes) -> Frame:
    """sensor_msgs/msg/Image."""
    r = Reader(data)
    stamp, _ = r.stamp(), r.string()
    height, width, encoding = r.u32(), r.u32(), r.string()
    r.u8()
    row, raw = r.u32(), np.frombuffer(r.octets(), np.uint8)
    channels = CHANNELS.get(encoding)
    if channels is None:
        raise CdrError(f"image encoding {encoding!r}; readable: {', '.join(CHANNELS)}")
    if row < width * channels or raw.size < row * height:
        raise CdrError(f"image of {width}x{height} {encoding}, step {row}, has only {raw.size} bytes")
    pixels = raw[: row * height].reshape(height, row)[:, : width * channels].reshape(height, width, channels)
    if encoding == "mono8":
        pixels = np.repeat(pixels, 3, 2)
    elif encoding in ("bgr8", "bgra8"):
        pixels = pixels[..., 2::-1]
    return Frame(stamp, pixels[..., :3])


def compressed_image(data: bytes) -> Frame:
    """sensor_msgs/msg/CompressedImage, jpeg or png."""
    r = Reader(data)
    stamp, _, _ = r.stamp(), r.string(), r.string()
    try:
        with Pil.open(io.BytesIO(bytes(r.octets()))) as picture:
            return Frame(stamp, np.asarray(picture.convert("RGB")))
    except OSError as cause:
        raise CdrError(f"compressed image that does not decode: {cause}") from cause


def joint_state(data: bytes) -> JointState:
    """sensor_msgs/msg/JointState."""
    r = Reader(data)
    stamp, _ = r.stamp(), r.string()
    return JointState(stamp, r.strings(), r.doubles(), r.doubles())


def odometry(data: bytes) -> Odometry:
    """nav_msgs/msg/Odometry, in the plane."""
    r = Reader(data)
    stamp, _, _ = r.stamp(), r.string(), r.string()
    pose, twist = r.array(7 + 36), r.array(6 + 36)
    return Odometry(stamp, np.array([pose[0], pose[1], _yaw(pose[3:7])]), twist[[0, 5]])


def imu_yaw(data: bytes) -> tuple[int, float] | None:
    """sensor_msgs/msg/Imu -> stamp [ns], yaw [rad] of its orientation; None from a unit that estimates none."""
    r = Reader(data)
    stamp, _ = r.stamp(), r.string()
    orientation, covariance = r.array(4), r.array(9)
    return None if covariance[0] == -1 or not orientation.any() else (stamp, _yaw(orientation))


def _yaw(orientation: NDArray[np.float64]) -> float:
    x, y, z, w = orientation
    return math.atan2(2 * (w * z + x * y), 1 - 2 * (y * y + z * z))


def float64_multi_array(data: bytes) -> NDArray[np.float64]:
    """std_msgs/msg/Float64MultiArray -> [n]; the layout is ignored."""
    r = Reader(data)
    for _ in range(r.u32()):
        r.string(), r.u32(), r.u32()
    r.u32()
    return r.doubles()


def string(data: bytes) -> str:
    """std_msgs/msg/String."""
    return Reader(data).string()


def encode_image(frame: Frame, frame_id: str = "camera") -> bytes:
    height, width, _ = frame.pixels.shape
    w = Writer().stamp(frame.stamp).string(frame_id).u32(height).u32(width).string("rgb8").u8(0).u32(3 * width)
    return w.octets(np.ascontiguousarray(frame.pixels).tobytes()).bytes()


def encode_compressed_image(frame: Frame, quality: int, frame_id: str = "camera") -> bytes:
    out = io.BytesIO()
    Pil.fromarray(np.ascontiguousarray(frame.pixels)).save(out, "JPEG", quality=quality, subsampling=0)
    return Writer().stamp(frame.stamp).string(frame_id).string("jpeg").octets(out.getvalue()).bytes()


def encode_joint_state(state: JointState) -> bytes:
    w = Writer().stamp(state.stamp).string("").strings(state.name)
    return w.doubles(state.position).doubles(state.velocity).doubles(np.empty(0)).bytes()


def encode_odometry(value: Odometry) -> bytes:
    pose, twist = np.zeros(7 + 36), np.zeros(6 + 36)
    half = float(value.pose[2]) / 2
    pose[[0, 1, 5, 6]] = value.pose[0], value.pose[1], math.sin(half), math.cos(half)
    twist[[0, 5]] = value.twist
    return Writer().stamp(value.stamp).string("odom").string("base_link").array(pose).array(twist).bytes()


def encode_float64_multi_array(values: NDArray[np.float64]) -> bytes:
    return Writer().u32(0).u32(0).doubles(values).bytes()


def encode_string(text: str) -> bytes:
    return Writer().string(text).bytes()


_RULE = "=" * 80 + "\n"
_HEADER = (
    f"{_RULE}MSG: std_msgs/Header\nbuiltin_interfaces/Time stamp\nstring frame_id\n"
    f"{_RULE}MSG: builtin_interfaces/Time\nint32 sec\nuint32 nanosec\n"
)
SCHEMAS = {
    "sensor_msgs/msg/Image": "std_msgs/Header header\nuint32 height\nuint32 width\nstring encoding\n"
    "uint8 is_bigendian\nuint32 step\nuint8[] data\n" + _HEADER,
    "sensor_msgs/msg/CompressedImage": "std_msgs/Header header\nstring format\nuint8[] data\n" + _HEADER,
    "sensor_msgs/msg/JointState": "std_msgs/Header header\nstring[] name\nfloat64[] position\n"
    "float64[] velocity\nfloat64[] effort\n" + _HEADER,
    "nav_msgs/msg/Odometry": "std_msgs/Header header\nstring child_frame_id\n"
    "geometry_msgs/PoseWithCovariance pose\ngeometry_msgs/TwistWithCovariance twist\n" + _HEADER
    + f"{_RULE}MSG: geometry_msgs/PoseWithCovariance\ngeometry_msgs/Pose pose\nfloat64[36] covariance\n"
    f"{_RULE}MSG: geometry_msgs/Pose\ngeometry_msgs/Point position\ngeometry_msgs/Quaternion orientation\n"
    f"{_RULE}MSG: geometry_msgs/Point\nfloat64 x\nfloat64 y\nfloat64 z\n"
    f"{_RULE}MSG: geometry_msgs/Quaternion\nfloat64 x\nfloat64 y\nfloat64 z\nfloat64 w\n"
    f"{_RULE}MSG: geometry_msgs/TwistWithCovariance\ngeometry_msgs/Twist twist\nfloat64[36] covariance\n"
    f"{_RULE}MSG: geometry_msgs/Twist\ngeometry_msgs/Vector3 linear\ngeometry_msgs/Vector3 angular\n"
    f"{_RULE}MSG: geometry_msgs/Vector3\nfloat64 x\nfloat64 y\nfloat64 z\n",
    "std_msgs/msg/Float64MultiArray": "std_msgs/MultiArrayLayout layout\nfloat64[] data\n"
    f"{_RULE}MSG: std_msgs/MultiArrayLayout\nstd_msgs/MultiArrayDimension[] dim\nuint32 data_offset\n"
    f"{_RULE}MSG: std_msgs/MultiArrayDimension\nstring label\nuint32 size\nuint32 stride\n",
    "std_msgs/msg/String": "string data\n",
}
"""ROS 2 message definitions (`ros2msg`), by type."""
