"""The main job over DDS: `forerun robot ROBOT` and `forerun node ROBOT` in processes of their own, and a client.

Run by `tests/run`, or alone with a built binary and a sourced ROS 2, for all robots or those that are named:
    python tests/ros2/test_robot.py target/release/forerun
    python tests/ros2/test_robot.py target/release/forerun rover
"""

import array
import math
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

FORERUN = Path(sys.argv[1] if len(sys.argv) > 1 else "target/release/forerun").resolve()

import domain  # noqa: E402, F401  (before rclpy reads the environment)
import rclpy  # noqa: E402
from diagnostic_msgs.msg import DiagnosticStatus  # noqa: E402
from geometry_msgs.msg import PoseStamped, Twist, TwistStamped  # noqa: E402
from nav_msgs.msg import Odometry  # noqa: E402
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


def tip(joints):
    """Forward kinematics of the planar arm [m]."""
    shoulder, elbow = joints[0], joints[0] + joints[1]
    return (
        LINKS[0] * math.cos(shoulder) + LINKS[1] * math.cos(elbow),
        LINKS[0] * math.sin(shoulder) + LINKS[1] * math.sin(elbow),
    )


def twist(message):
    """The two numbers of a body's twist [m/s, rad/s]."""
    return [message.linear.x, message.angular.z]


@dataclass(frozen=True)
class Robot:
    """What one embedded robot has of its own."""

    name: str
    serve: tuple[str, ...]  # arguments of `forerun robot`
    state: tuple[type, str]  # what is measured: type and topic
    senses: tuple[str, ...]  # topics of what is measured
    place: Callable  # the place in such a message [m]
    command: tuple[type, str]
    values: Callable  # the numbers in such a message
    goals: tuple[tuple[float, ...], ...]  # poses
    far: tuple[float, ...]  # a pose that is not reached within a second
    at: Callable  # the place of a pose [m]
    frame: str  # in which points are given
    beyond: tuple[float, str]  # x of a point that is refused [m], and why
    tolerance: float  # [m]
    patience: float  # [s]
    candidates: int  # a plan, other than its default


ROBOTS = {
    robot.name: robot
    for robot in (
        Robot(
            name="arm",
            serve=(),
            state=(JointState, "/joint_states"),
            senses=("joint_states",),
            place=lambda message: tip(message.position),
            command=(Float64MultiArray, "/command"),
            values=lambda message: list(message.data),
            goals=((0.5, -0.9), (-0.7, 1.1), (0.9, 0.8)),
            far=(-1.9, -1.2),
            at=tip,
            frame="base",
            beyond=(0.7, "m out of reach"),
            tolerance=0.03,
            patience=15.0,
            candidates=10,
        ),
        Robot(
            name="rover",
            # Without slip the odometry doesn't drift: this test has nothing else to know the truth from.
            serve=("--set", "rover.slip=0"),
            state=(Odometry, "/odom"),
            senses=("odom", "imu"),
            place=lambda message: (message.pose.pose.position.x, message.pose.pose.position.y),
            command=(TwistStamped, "/cmd_vel"),
            values=lambda message: twist(message.twist),
            goals=((0.2, -0.2, 1.2), (-0.2, -1.4, 0.5), (1.2, -1.5, 0.0)),
            far=(-1.4, 1.4, 0.0),
            at=lambda pose: pose[:2],
            frame="map",
            beyond=(3.0, "m from any place that the model knows"),
            tolerance=0.25,
            patience=45.0,
            candidates=15,
        ),
    )
}


def start(*arguments):
    """A process of the binary under test."""
    return subprocess.Popen([str(FORERUN), *arguments])


def start_robot(robot, *arguments):
    """The robot, its camera at 640x480 and 30 Hz, losing no frame of its own."""
    camera = ("--size", "640x480", "--camera-rate", "30", "--drops", "0")
    return start("robot", robot.name, *camera, *robot.serve, *arguments)


def photograph(robot, pose, folder):
    """A goal picture as a message."""
    file = Path(folder) / "goal.png"
    numbers = ",".join(str(number) for number in pose)
    subprocess.run([str(FORERUN), "robot", robot.name, "--picture", numbers, str(file)], check=True)
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

    def __init__(self, robot):
        self.node = rclpy.create_node("client")
        self.robot = robot
        self.status = DiagnosticStatus()
        self.place = None
        self.commands = []
        self.node.create_subscription(DiagnosticStatus, "/forerun/status", self.on_status, 10)
        self.node.create_subscription(*robot.state, self.on_state, qos_profile_sensor_data)
        self.ear = self.node.create_subscription(*robot.command, self.on_command, 50)
        self.goals = self.node.create_publisher(Image, "/forerun/goal/image", 10)
        self.poses = self.node.create_publisher(PoseStamped, "/forerun/goal/pose", 10)
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

    def on_state(self, message):
        self.place = self.robot.place(message)

    def count(self, seconds):
        """How long it listened, and the commands that came meanwhile."""
        self.commands.clear()
        begin = time.monotonic()
        self.spin(seconds)
        return time.monotonic() - begin, len(self.commands)

    def on_command(self, message):
        self.commands.append(self.robot.values(message))

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

    def pursue(self, pose, folder):
        """Sends a goal picture and waits until the node says `reached` and the robot is there."""
        goal = photograph(self.robot, pose, folder)
        self.reach(self.goals, goal, pose)

    def point(self, pose):
        """The same by `~/goal/pose`; in a frame of somebody else's, or where the robot can't be, it is refused."""
        x, y = self.robot.at(pose)
        goal = PoseStamped()
        goal.pose.position.x, goal.pose.position.y = x, y
        goal.header.frame_id = "elsewhere"
        self.until("somebody takes poses", lambda: self.poses.get_subscription_count() > 0)
        self.poses.publish(goal)
        refusal = f"found a pose in frame elsewhere; expected {self.robot.frame}: "
        self.until("refused", lambda: refusal in self.value("goal_refusal"))
        goal.header.frame_id = self.robot.frame
        goal.pose.position.x, why = self.robot.beyond
        self.poses.publish(goal)
        self.until("refused", lambda: why in self.value("goal_refusal"))
        goal.pose.position.x = x
        self.reach(self.poses, goal, pose)

    def reach(self, topic, goal, pose):
        """Sends a goal, and waits until it is reached."""
        self.until("somebody takes goals", lambda: topic.get_subscription_count() > 0)
        before = int(self.value("goal") or 0)
        topic.publish(goal)
        self.until("goal accepted", lambda: int(self.value("goal") or 0) > before)
        self.until(
            f"goal {pose} reached",
            lambda: self.status.message == "Holding: goal reached",
            seconds=self.robot.patience,
        )
        # A robot that has just come back may not be discovered by this client yet.
        self.place = None
        self.until("a fresh state", lambda: self.place is not None)
        error = math.dist(self.place, self.robot.at(pose))
        assert error < self.robot.tolerance, f"reached is claimed {1000 * error:.0f} mm from the goal"
        print(f"goal {pose}: reached, {1000 * error:.0f} mm", flush=True)


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
    # From the file, and from the command line after it.
    chosen = client.robot.candidates
    assert values("planner.candidates", "planner.seed") == [chosen, 4]

    (before,) = values("cost.stop")
    assert change("cost.stop", 1.5) == (True, "")
    assert values("cost.stop") == [1.5]
    for name, value, reason in (
        ("cost.stop", -1.0, "expected 0 to 1000"),
        ("cost.stop", "much", "expected a finite number"),
        ("cost.stopp", 1.0, "did you mean cost.stop?"),
        ("planner.candidates", 8, "can't change while a model is loaded"),
    ):
        successful, why = change(name, value)
        assert not successful and reason in why, why
    assert values("cost.stop", "planner.candidates") == [1.5, chosen]
    assert change("cost.stop", before) == (True, "")
    client.until("/parameter_events", lambda: client.changes == [("cost.stop", 1.5), ("cost.stop", before)])
    print("parameters: read, described, refused with the reason; cost.stop changed while running")


def check_plain_twist(client, processes):
    """Robot and node agree on Twist, if both are told."""
    plain = []
    # A topic has one type in a process.
    client.node.destroy_subscription(client.ear)
    client.node.create_subscription(Twist, client.robot.command[1], plain.append, 50)
    told = ("--ros-args", "-p", "enable_stamped_cmd_vel:=false")
    processes["robot"] = start_robot(client.robot, *told)
    processes["node"] = start("node", client.robot.name, *told, "-p", "autostart:=true")
    client.until("commands as Twist", lambda: len(plain) > 100)
    assert all(value == 0.0 for message in plain for value in twist(message)), "it moves without a goal"
    for process in processes.values():
        process.send_signal(signal.SIGTERM)
        assert process.wait(15) == 0
    print("Twist without a stamp: sent and understood", flush=True)


def check(client, processes, folder):
    robot = client.robot
    file = Path(folder) / "params.yaml"
    planner = f"{{candidates: {robot.candidates}, seed: 3}}"
    file.write_text(f"/**:\n  ros__parameters:\n    {robot.name}.drops: 0.0\n    planner: {planner}\n")
    processes["robot"] = start_robot(robot)
    told = ("--ros-args", "--params-file", str(file), "-p", "planner.seed:=4")
    processes["node"] = start("node", robot.name, *told)
    client.granted("activate")
    check_parameters(client)
    senses = {topic: client.node.count_publishers(f"/{topic}") for topic in ("image", "joint_states", "odom", "imu")}
    assert senses == {"image": 1, "joint_states": 0, "odom": 0, "imu": 0, **dict.fromkeys(robot.senses, 1)}, senses
    for pose in robot.goals:
        client.pursue(pose, folder)
    client.point(robot.goals[0])

    client.spin(0.5)
    first = int(client.value("images"))
    seconds, commands = client.count(5.0)
    images = int(client.value("images")) - first
    assert abs(commands / (20.0 * seconds) - 1.0) < 0.05, f"{commands} commands in {seconds:.1f} s at rest"
    # Status comes every 0.1 s: three frames are as much as the count may lie behind at either end.
    assert abs(images - 30.0 * seconds) <= 6, f"{images} images in {seconds:.1f} s"
    print(f"at rest {commands} commands and {images} images in {seconds:.1f} s", flush=True)

    client.goals.publish(photograph(robot, robot.far, folder))
    client.until("Tracking", lambda: client.status.message.startswith("Tracking"))
    seconds, commands = client.count(0.8)
    assert abs(commands / (200.0 * seconds) - 1.0) < 0.1, f"{commands} commands in {seconds:.2f} s on the way"
    print(f"on the way {commands} commands in {seconds:.2f} s", flush=True)
    processes["robot"].kill()
    client.until("Stopped", lambda: client.status.message == "Stopped: stale input: image")
    client.spin(0.5)
    _, commands = client.count(1.0)
    assert 15 <= commands <= 25, f"{commands} stand-still commands in 1 s"
    assert all(value == 0.0 for command in client.commands for value in command)
    success, message = client.call("resume")
    assert not success and "stale input" in message, message
    print(f"robot killed: {client.status.message}; resume refused: {message}", flush=True)

    processes["robot"].wait()
    processes["robot"] = start_robot(robot)
    client.granted("resume")
    client.pursue(robot.goals[0], folder)

    for name, number in (("node", signal.SIGINT), ("robot", signal.SIGTERM)):
        processes[name].send_signal(number)
        assert processes[name].wait(15) == 0, f"{name} on {number!r}: {processes[name].returncode}"
    # The first one's last words have come by then.
    client.spin(1.0)
    client.status = DiagnosticStatus()
    processes["node"] = start("node", robot.name)
    client.until("a second run", lambda: client.status.message)
    processes["node"].send_signal(signal.SIGTERM)
    assert processes["node"].wait(15) == 0
    print("SIGINT and SIGTERM: exit 0", flush=True)
    if robot.command[0] is TwistStamped:
        check_plain_twist(client, processes)


def run(robot):
    print(f"-- {robot.name}", flush=True)
    rclpy.init()
    processes = {}
    try:
        with tempfile.TemporaryDirectory() as folder:
            check(Client(robot), processes, folder)
    finally:
        for process in processes.values():
            if process.poll() is None:
                process.kill()
                process.wait()
        rclpy.shutdown()


if __name__ == "__main__":
    for name in sys.argv[2:] or ROBOTS:
        run(ROBOTS[name])
