"""A body that drives: odometry and an inertial unit instead of joints."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from forerun_recipe import bag, messages, motion
from forerun_recipe.bag_writer import BagWriter
from forerun_recipe.cdr import Writer
from forerun_recipe.dataset import Dataset, Reading, load
from forerun_recipe.errors import RecipeError
from forerun_recipe.probe import targets
from forerun_recipe.urdf import parse

URDF = (Path(__file__).parents[3] / "urdf" / "rover.urdf").read_text("utf-8")
ORIGIN = 1_700_000_000_000_000_000  # ns
SPEED, TURN, SLIP = 0.5, 0.8, 1.1  # m/s, rad/s; odometry turns so many times as fast as the body


def imu(at: int, yaw: float, estimated: bool = True) -> bytes:
    covariance = np.zeros(9) if estimated else np.array([-1.0, *np.zeros(8)])
    values = [np.array([0, 0, np.sin(yaw / 2), np.cos(yaw / 2)]), covariance, np.zeros(3), np.zeros(9), np.zeros(3), np.zeros(9)]
    w = Writer().stamp(at).string("base_link")
    for value in values:
        w.array(value)
    return w.bytes()


def pose(t: float, turn: float) -> NDArray[np.float64]:
    """On a circle from (1, 2), heading along x."""
    return np.array([1 + SPEED / turn * np.sin(turn * t), 2 + SPEED / turn * (1 - np.cos(turn * t)), turn * t])


def write(path: Path, seconds: float = 60.0, with_imu: bool = True) -> Path:
    messages.SCHEMAS.setdefault("sensor_msgs/msg/Imu", "std_msgs/Header header\n")
    rng = np.random.default_rng(0)
    with BagWriter(path) as file:
        file.metadata({"robot": "rover", "action_kind": "body_twist", "axes": "linear,angular", "layout": "room-1"})
        file.write("/robot_description", "std_msgs/msg/String", ORIGIN, messages.encode_string(URDF))
        for i in range(round(seconds * 200)):
            t, at = i * 0.005, ORIGIN + i * 5_000_000
            command = messages.encode_float64_multi_array(np.array([SPEED, TURN]))
            file.write("/command", "std_msgs/msg/Float64MultiArray", at, command)
            if i % 2 == 0:
                odometry = messages.Odometry(at, pose(t, SLIP * TURN), np.array([SPEED, SLIP * TURN]))
                file.write("/odom", "nav_msgs/msg/Odometry", at, messages.encode_odometry(odometry))
                if with_imu:
                    file.write("/imu", "sensor_msgs/msg/Imu", at, imu(at, float(pose(t, TURN)[2])))
            if i % 40 == 0:
                frame = messages.Frame(at, rng.integers(0, 255, (16, 16, 3), np.uint8))
                file.write("/image", "sensor_msgs/msg/Image", at, messages.encode_image(frame))
    return path


def dataset(tmp_path: Path, **how: bool) -> Dataset:
    return load([write(tmp_path / "a.mcap", **how)], Reading(0.1, 2, 16), tmp_path / "cache")


def test_odometry_round_trip() -> None:
    value = messages.Odometry(ORIGIN + 5, np.array([1.0, -2.0, 3.0]), np.array([0.4, -0.3]))
    back = messages.odometry(messages.encode_odometry(value))
    assert back.stamp == value.stamp and np.allclose(back.pose, value.pose) and np.array_equal(back.twist, value.twist)
    seen = messages.imu_yaw(imu(ORIGIN, -2.5))
    assert seen and seen[0] == ORIGIN and np.isclose(seen[1], -2.5)
    assert messages.imu_yaw(imu(ORIGIN, -2.5, estimated=False)) is None


def test_axes_limits_and_period_are_those_of_the_drive(tmp_path: Path) -> None:
    data = dataset(tmp_path)
    robot = data.robot
    assert robot.twist and robot.axes == bag.TWIST and robot.layout == "room-1"
    assert robot.velocity == (0.8, 2.5) and robot.acceleration == (3.0, 15.0)
    assert data.period == 0.2  # the camera's: it takes no pictures in between
    assert np.allclose(data.velocity, [SPEED, SLIP * TURN]) and np.allclose(data.action[data.chain[:, 1] >= 0], [SPEED, TURN] * 2)


def test_the_way_is_the_way_driven_and_turning_is_free(tmp_path: Path) -> None:
    data = dataset(tmp_path)
    steps = (data.travel[100] - data.travel[0]) / 100
    assert np.isclose(steps, SPEED / 0.8, rtol=0.01)


def test_the_inertial_unit_keeps_dead_reckoning_true_where_wheels_slip(tmp_path: Path) -> None:
    data = dataset(tmp_path)
    truth = np.stack([pose(t, TURN) for t in data.stamp])
    assert np.abs(data.position[:, :2] - truth[:, :2]).max() < 0.01
    assert data.yaw is not None and np.abs(data.yaw - truth[:, 2]).max() < 1e-6  # unwrapped
    without = load([write(tmp_path / "b.mcap", with_imu=False)], Reading(0.1, 2, 16), tmp_path / "cache")
    assert without.yaw is None
    assert np.abs(without.position[:, :2] - truth[:, :2]).max() > 0.1


def test_dead_reckoning_on_a_circle() -> None:
    t = np.arange(0, 10, 0.01)
    twist = np.tile([SPEED, TURN], (len(t), 1))
    got = motion.dead_reckoning(t, twist, TURN * t, np.array([1.0, 2.0]))
    assert np.abs(got - np.stack([pose(at, TURN) for at in t])).max() < 1e-3


def test_the_probe_reads_a_place_that_drifts_and_a_heading_that_does_not(tmp_path: Path) -> None:
    quantities = targets(dataset(tmp_path))
    assert [q.name for q in quantities.quantities] == ["base_x", "base_y", "yaw", "yaw"]
    assert quantities.tip == ("base_x", "base_y") and list(quantities.drifts) == [True, True, False, False]
    assert len(quantities.anchor) == 150  # thirty seconds


def test_a_twist_without_a_drive_is_refused(tmp_path: Path) -> None:
    head, rest = URDF.split("<gazebo>")
    bare = head + rest.split("</gazebo>")[1]
    assert parse(URDF).drive is not None and parse(bare).drive is None
    with pytest.raises(RecipeError, match="max_linear_velocity"):
        parse(URDF.replace("<max_linear_velocity>0.8</max_linear_velocity>", ""))
