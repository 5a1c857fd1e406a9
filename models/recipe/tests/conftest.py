"""A small recording, written as docs/recording.md says, with a picture that shows where the robot is."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

from forerun_recipe import messages
from forerun_recipe.bag_writer import BagWriter

URDF = """<robot name="two">
  <link name="base"/><link name="a"/><link name="b"/><link name="tip"/><link name="camera"/>
  <joint name="cam" type="fixed"><parent link="base"/><child link="camera"/></joint>
  <joint name="shoulder" type="revolute"><parent link="base"/><child link="a"/><axis xyz="0 0 1"/>
    <limit lower="-2.6" upper="2.6" velocity="2.0" effort="1" acceleration="20"/></joint>
  <joint name="elbow" type="revolute"><parent link="a"/><child link="b"/><origin xyz="0.25 0 0"/><axis xyz="0 0 1"/>
    <limit lower="-2.4" upper="2.4" velocity="2.0" effort="1"/></joint>
  <joint name="end" type="fixed"><parent link="b"/><child link="tip"/><origin xyz="0.2 0 0"/></joint>
</robot>"""

ORIGIN = 1_700_000_000_000_000_000  # ns


@dataclass
class Script:
    """What the recording holds: q(t) = amplitude * sin(w t + phase), commands = its derivative, `dead` s earlier."""

    seconds: float = 60.0
    size: int = 16
    dead: float = 0.02
    velocities: bool = True
    hole: tuple[float, float] | None = None  # s: no frames in it
    joint_order: tuple[str, ...] = ("shoulder", "elbow")
    metadata: bool = True
    compressed: bool = False
    set_back: float = 0.0  # s, half-way
    rate = np.array([0.9, 1.3])
    amplitude = np.array([1.0, 0.8])

    def position(self, t: np.ndarray) -> np.ndarray:
        return self.amplitude * np.sin(np.asarray(t)[..., None] * self.rate)

    def velocity(self, t: np.ndarray) -> np.ndarray:
        return self.amplitude * self.rate * np.cos(np.asarray(t)[..., None] * self.rate)

    def write(self, path: Path) -> Path:
        rng = np.random.default_rng(0)
        flip = [("shoulder", "elbow").index(name) for name in self.joint_order]
        with BagWriter(path) as bag:
            if self.metadata:
                bag.metadata({"robot": "two", "action_kind": "joint_velocity", "axes": "shoulder,elbow",
                              "units": "rad/s,rad/s", "layout": "bench-v1", "seed": "3"})  # fmt: skip
            bag.write("/robot_description", "std_msgs/msg/String", ORIGIN, messages.encode_string(URDF))
            for i in range(round(self.seconds * 200)):
                t, at = i * 0.005, ORIGIN + i * 5_000_000
                at -= round(self.set_back * 1e9) if t > 0.5 * self.seconds else 0
                command = messages.encode_float64_multi_array(self.velocity(np.float64(t + self.dead)))
                bag.write("/command", "std_msgs/msg/Float64MultiArray", at, command)
                if i % 2 == 0:
                    speed = self.velocity(np.float64(t))[flip] if self.velocities else np.empty(0)
                    state = messages.JointState(at, self.joint_order, self.position(np.float64(t))[flip], speed)
                    bag.write("/joint_states", "sensor_msgs/msg/JointState", at, messages.encode_joint_state(state))
                if i % 20 == 0 and not (self.hole and self.hole[0] <= t < self.hole[1]):
                    pixels = rng.integers(0, 255, (self.size, self.size, 3), np.uint8)
                    frame = messages.Frame(at, pixels)
                    if self.compressed:
                        data = messages.encode_compressed_image(frame, 90)
                        bag.write("/image/compressed", "sensor_msgs/msg/CompressedImage", at + 30_000_000, data)
                    else:
                        bag.write("/image", "sensor_msgs/msg/Image", at + 30_000_000, messages.encode_image(frame))
        return path


@pytest.fixture
def script() -> Script:
    return Script()
