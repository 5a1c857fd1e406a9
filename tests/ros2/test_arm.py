"""The main job over DDS: `forerun robot arm` and `forerun node` in processes of their own, and a client.

Run by `tests/run`, or alone with a built binary and a sourced ROS 2:
    python tests/ros2/test_arm.py target/release/forerun
"""

import array
import math
import os
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

FORERUN = Path(sys.argv[1] if len(sys.argv) > 1 else "target/release/forerun").resolve()
os.environ["ROS_DOMAIN_ID"] = str(1 + os.getpid() % 100)
os.environ["ROS_AUTOMATIC_DISCOVERY_RANGE"] = "LOCALHOST"

import rclpy  # noqa: E402  (reads the environment)
from diagnostic_msgs.msg import DiagnosticStatus  # noqa: E402
from rcl_interfaces.msg import ParameterEvent  # noqa: E402
from rcl_interfaces.srv import (  # noqa: E402
    DescribeParameters,
    GetParameters,
    ListParameters,
    SetParameters,
)
from rclpy.parameter import Parameter, parameter_value_to_python  # noqa: E402
from rclpy.qos import qos_profile_sensor_data  # noqa: E402
from sensor_msgs.msg import Image, JointState  # noqa: E402
from std_msgs.msg import Float64MultiArray  # noqa: E402
from std_srvs.srv import Trigger  # noqa: E402

LINKS = (0.25, 0.20)
TOLERANCE = 0.03
GOALS = [(0.5, -0.9), (-0.7, 1.1), (0.9, 0.8)]


def tip(joints):
    """Forward kinematics of the planar arm [m]."""
    shoulder, elbow = joints[0], joints[0] + joints[1]
    return (
        LINKS[0] * math.cos(shoulder) + LINKS[1] * math.cos(elbow),
        LINKS[0] * math.sin(shoulder) + LINKS[1] * math.sin(elbow),
    )


def start(*arguments):
    """A process of the binary under test."""
    return subprocess.Popen([str(FORERUN), *arguments])


def start_robot():
    """The arm, its camera at 640x480 and 30 Hz, losing no frame of its own."""
    return start("robot", "arm", "--size", "640x480", "--camera-rate", "30", "--drops", "0")


def photograph(joints, folder):
    """A goal picture as a message."""
    file = Path(folder) / "goal.png"
    pose = f"{joints[0]},{joints[1]}"
    subprocess.run([str(FORERUN), "robot", "arm", "--picture", pose, str(file)], check=True)
    width, height, pixels = read_png(file)
    message = Image(width=width, height=height, step=3 * width, encoding="rgb8")
    message.data = array.array("B", pixels)
    return message


def read_png(file):
    """An 8-bit RGB picture without interlacing: what the binary writes."""
    import struct
    import zlib

    data, at, packed = file.read_bytes(), 8, b""
    width = height = 0
    while at < len(data):
        (length,) = struct.unpack(">I", data[at : at + 4])
        kind, body = data[at + 4 : at + 8], data[at + 8 : at + 8 + length]
        if kind == b"IHDR":
            width, height, depth, colour = struct.unpack(">IIBB", body[:10])
            assert (depth, colour, body[12]) == (8, 2, 0), "expected 8-bit RGB, not interlaced"
        elif kind == b"IDAT":
            packed += body
        at += 12 + length
    lines, stride = zlib.decompress(packed), 3 * width
    above, pixels = bytes(stride), bytearray()
    for row in range(height):
        begin = row * (stride + 1)
        line = unfilter(lines[begin], bytearray(lines[begin + 1 : begin + 1 + stride]), above)
        pixels += line
        above = line
    return width, height, bytes(pixels)


def unfilter(method, line, above):
    """Undoes one PNG row filter, three bytes a pixel."""
    for i in range(len(line)):
        a = line[i - 3] if i >= 3 else 0
        b, c = above[i], above[i - 3] if i >= 3 else 0
        if method == 1:
            guess = a
        elif method == 2:
            guess = b
        elif method == 3:
            guess = (a + b) // 2
        elif method == 4:
            p = a + b - c
            guess = min((abs(p - a), 0, a), (abs(p - b), 1, b), (abs(p - c), 2, c))[2]
        else:
            guess = 0
        line[i] = (line[i] + guess) & 255
    return bytes(line)


class Client:
    """What a user's program does."""

    def __init__(self):
        self.node = rclpy.create_node("client")
        self.status = DiagnosticStatus()
        self.joints = None
        self.commands = []
        self.node.create_subscription(DiagnosticStatus, "/forerun/status", self.on_status, 10)
        self.node.create_subscription(JointState, "/joint_states", self.on_joints, qos_profile_sensor_data)
        self.node.create_subscription(Float64MultiArray, "/command", self.commands.append, 50)
        self.goals = self.node.create_publisher(Image, "/forerun/goal/image", 10)
        self.messages = set()
        self.changes = []
        self.node.create_subscription(ParameterEvent, "/parameter_events", self.on_event, 10)

    def on_event(self, event):
        if event.node == "/forerun":
            changed = event.changed_parameters
            self.changes += [(change.name, parameter_value_to_python(change.value)) for change in changed]

    def on_status(self, message):
        self.status = message
        self.messages.add(message.message)

    def on_joints(self, message):
        self.joints = list(message.position)

    def value(self, key):
        return next((pair.value for pair in self.status.values if pair.key == key), "")

    def until(self, what, done, seconds=20.0):
        """Spins until `done()`; fails by name if that takes too long."""
        end = time.monotonic() + seconds
        while not done():
            values = {pair.key: pair.value for pair in self.status.values}
            assert time.monotonic() < end, f"not within {seconds} s: {what}; {self.status.message}; {values}"
            rclpy.spin_once(self.node, timeout_sec=0.02)

    def spin(self, seconds):
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            rclpy.spin_once(self.node, timeout_sec=0.01)

    def call(self, service):
        client = self.node.create_client(Trigger, f"/forerun/{service}")
        self.until(service, client.service_is_ready)
        answer = client.call_async(Trigger.Request())
        self.until(f"answer of {service}", answer.done)
        return answer.result().success, answer.result().message

    def granted(self, service):
        """Calls until it is granted: discovery and fresh inputs take their time."""
        end = time.monotonic() + 20.0
        while True:
            success, message = self.call(service)
            if success:
                return
            assert time.monotonic() < end, f"{service} was not granted: {message}"
            self.spin(0.1)

    def pursue(self, goal, joints):
        """Sends a goal picture and waits until the node says `reached` and the tip is there."""
        self.until("somebody takes goals", lambda: self.goals.get_subscription_count() > 0)
        before = int(self.value("goal") or 0)
        self.goals.publish(goal)
        self.until("goal accepted", lambda: int(self.value("goal") or 0) > before)
        self.until(
            f"goal {joints} reached", lambda: self.status.message == "Holding: goal reached", seconds=15.0
        )
        # A robot that has just come back may not be discovered by this client yet.
        self.joints = None
        self.until("fresh joint states", lambda: self.joints is not None)
        error = math.dist(tip(self.joints), tip(joints))
        assert error < TOLERANCE, f"reached is claimed {1000 * error:.0f} mm from the goal"
        print(f"goal {joints}: reached, {1000 * error:.0f} mm")


def check_parameters(client):
    """What `ros2 param describe`, `get` and `set` do."""

    def ask(kind, service, **request):
        caller = client.node.create_client(kind, f"/forerun/{service}")
        client.until(service, caller.service_is_ready)
        answer = caller.call_async(kind.Request(**request))
        client.until(f"answer of {service}", answer.done)
        return answer.result()

    def change(name, value):
        parameter = Parameter(name, value=value).to_parameter_msg()
        (result,) = ask(SetParameters, "set_parameters", parameters=[parameter]).results
        return result.successful, result.reason

    def values(*names):
        answer = ask(GetParameters, "get_parameters", names=list(names)).values
        return [parameter_value_to_python(value) for value in answer]

    names = ask(ListParameters, "list_parameters", prefixes=["planner"], depth=0).result.names
    assert "planner.candidates" in names and not any(name.startswith("cost.") for name in names), names
    candidates, stop = ask(
        DescribeParameters, "describe_parameters", names=["planner.candidates", "cost.stop"]
    ).descriptors
    assert candidates.read_only and candidates.integer_range[0].to_value == 4096, candidates
    assert not stop.read_only and stop.floating_point_range[0].to_value == 1000.0, stop
    # From the file, from the command line after it, and as it comes.
    assert values("planner.candidates", "planner.seed", "cost.stop") == [10, 4, 2.0]

    assert change("cost.stop", 1.5) == (True, "")
    assert values("cost.stop") == [1.5]
    for name, value, reason in (
        ("cost.stop", -1.0, "expected 0 to 1000"),
        ("cost.stop", "much", "expected a finite number"),
        ("cost.stopp", 1.0, "did you mean cost.stop?"),
        ("planner.candidates", 8, "can't change while running"),
    ):
        successful, why = change(name, value)
        assert not successful and reason in why, why
    assert values("cost.stop", "planner.candidates") == [1.5, 10]
    assert change("cost.stop", 2.0) == (True, "")
    client.until("/parameter_events", lambda: client.changes == [("cost.stop", 1.5), ("cost.stop", 2.0)])
    print("parameters: read, described, refused with the reason; cost.stop changed while running")


def check(client, processes, folder):
    file = Path(folder) / "params.yaml"
    file.write_text("/**:\n  ros__parameters:\n    arm.drops: 0.0\n    planner: {candidates: 10, seed: 3}\n")
    processes["robot"] = start_robot()
    processes["node"] = start("node", "--ros-args", "--params-file", str(file), "-p", "planner.seed:=4")
    check_parameters(client)
    client.granted("activate")
    for joints in GOALS:
        client.pursue(photograph(joints, folder), joints)

    first = int(client.value("images"))
    client.commands.clear()
    begin = time.monotonic()
    client.spin(10.0)
    seconds, commands = time.monotonic() - begin, len(client.commands)
    images = int(client.value("images")) - first
    assert abs(commands / (200.0 * seconds) - 1.0) < 0.05, f"{commands} commands in {seconds:.1f} s"
    # Status comes every 0.1 s: three frames are as much as the count may lie behind at either end.
    assert abs(images - 30.0 * seconds) <= 6, f"{images} images in {seconds:.1f} s"
    print(f"{commands} commands and {images} images in {seconds:.1f} s")

    far = (-1.9, -1.2)
    client.goals.publish(photograph(far, folder))
    client.until("Tracking", lambda: client.status.message.startswith("Tracking"))
    processes["robot"].kill()
    client.until("Stopped", lambda: client.status.message == "Stopped: stale input: image")
    client.commands.clear()
    client.spin(1.0)
    assert len(client.commands) > 150, f"{len(client.commands)} stand-still commands in 1 s"
    assert all(value == 0.0 for command in client.commands for value in command.data)
    success, message = client.call("resume")
    assert not success and "stale input" in message, message
    print(f"robot killed: {client.status.message}; resume refused: {message}")

    processes["robot"].wait()
    processes["robot"] = start_robot()
    client.granted("resume")
    client.pursue(photograph(GOALS[0], folder), GOALS[0])

    for name, number in (("node", signal.SIGINT), ("robot", signal.SIGTERM)):
        processes[name].send_signal(number)
        assert processes[name].wait(15) == 0, f"{name} on {number!r}: {processes[name].returncode}"
    ended = int(client.value("ticks"))
    processes["node"] = start("node")
    client.until("a second run", lambda: int(client.value("ticks")) < ended)
    processes["node"].send_signal(signal.SIGTERM)
    assert processes["node"].wait(15) == 0
    print("SIGINT and SIGTERM: exit 0")


def test_arm():
    rclpy.init()
    processes = {}
    try:
        with tempfile.TemporaryDirectory() as folder:
            check(Client(), processes, folder)
    finally:
        for process in processes.values():
            if process.poll() is None:
                process.kill()
                process.wait()
        rclpy.shutdown()


if __name__ == "__main__":
    test_arm()
