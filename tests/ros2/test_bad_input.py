"""Bad input: stated once, counted, never a crash, and the robot still does its work.

Pictures and joint states of a real robot pass through this test, which puts wrong ones among them.

Run by `tests/run`, or alone with a built binary and a sourced ROS 2:
    python tests/ros2/test_bad_input.py target/release/forerun
"""

import array
import itertools
import math
import re
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from peer import Client, session
from builtin_interfaces.msg import Time
from geometry_msgs.msg import PoseStamped, Quaternion
from lifecycle_msgs.msg import Transition
from lifecycle_msgs.srv import ChangeState
from nav_msgs.msg import Odometry
from rclpy.qos import qos_profile_sensor_data
from sensor_msgs.msg import Image, JointState
from std_msgs.msg import Float64MultiArray

JOINTS = ("shoulder", "elbow")
# A busy machine must not stop the robot here: stops have tests of their own.
PATIENT = tuple(
    word
    for name in ("stale_state", "stale_image", "stale_plan", "max_gap")
    for word in ("-p", f"control.{name}:=3.0")
)
# A topic has one type in a process: these publish beside this one.
STRANGER = """
import rclpy, sys
from std_msgs.msg import String
rclpy.init()
node = rclpy.create_node("stranger")
out = [node.create_publisher(String, topic, 1) for topic in sys.argv[1:]]
node.create_timer(0.05, lambda: [publisher.publish(String(data="x" * 5000)) for publisher in out])
rclpy.spin(node)
"""


def stamp_of(seconds):
    return Time(sec=int(seconds), nanosec=int(seconds % 1 * 1e9))


def stamp(offset=0.0):
    return stamp_of(time.time() + offset)


def picture(**fields):
    """A small picture as it should be, but for `fields`."""
    message = Image(width=4, height=4, step=12, encoding="rgb8", data=bytes(48))
    message.header.stamp = fields.pop("stamp", None) or stamp(-0.01)
    for name, value in fields.items():
        setattr(message, name, value)
    return message


def joints(stamped=None, **fields):
    message = JointState(name=list(JOINTS), position=[0.0, 0.0], velocity=[0.0, 0.0])
    message.header.stamp = stamped or stamp(-0.01)
    for name, value in fields.items():
        setattr(message, name, value)
    return message


def pose_of(frame="base", x=0.2, w=1.0):
    message = PoseStamped()
    message.header.frame_id = frame
    message.pose.position.x, message.pose.position.y = x, 0.2
    message.pose.orientation.w = w
    return message


NAN, INF = math.nan, math.inf
# What is wrong, and what the node says of it.
PICTURES = (
    (lambda: picture(width=0, height=0, step=0, data=b""), "image size: found 0 x 0"),
    (lambda: picture(data=bytes(30)), "image data: found 30 bytes, expected 48"),
    (lambda: picture(step=3), "image step: found 3, expected 12"),
    (lambda: picture(width=2**32 - 1, height=2**32 - 1, step=2**32 - 1), "image size: found"),
    (lambda: picture(encoding="psychedelic"), "image encoding: found psychedelic"),
    (lambda: picture(stamp=stamp(100.0)), r"image: header stamp is \S+ s ahead"),
    (lambda: picture(stamp=stamp(-100.0)), "image: an older stamp than the last one's"),
    (lambda: picture(stamp=Time()), "image: an older stamp than the last one's"),
)
STATES = (
    (lambda: joints(position=[NAN, 0.0]), "joint_states: a value is not finite"),
    (lambda: joints(velocity=[0.0, INF]), "joint_states: a value is not finite"),
    (lambda: joints(position=[0.0, 1e300]), "joint_states: found 1e300, expected at most 1e9"),
    (lambda: joints(name=["shoulder", "elbow", "elbow"], position=[0.0] * 3), "joint elbow is named twice"),
    (lambda: joints(position=[]), "joint_states: 2 names and 0 positions"),
    (lambda: joints(name=["shoulder", "wrist"]), "no joint named elbow among shoulder, wrist"),
    (lambda: joints(stamp(100.0)), r"joint_states: header stamp is \S+ s ahead"),
    (lambda: joints(stamp(-100.0)), "joint_states: an older stamp than the last one's"),
    (lambda: joints(Time()), "joint_states: an older stamp than the last one's"),
)


class Between(Client):
    """A client between the robot and the node."""

    def __init__(self, log):
        super().__init__()
        self.log = log
        self.place = []
        self.commands = []
        self.double = self.unsaid = False
        self.early = True
        self.late = 0.0
        self.pictures = self.node.create_publisher(Image, "/image", qos_profile_sensor_data)
        self.states = self.node.create_publisher(JointState, "/joint_states", qos_profile_sensor_data)
        self.goals = self.node.create_publisher(JointState, "/forerun/goal/joints", 100)
        self.goal_poses = self.node.create_publisher(PoseStamped, "/forerun/goal/pose", 100)
        self.goal_pictures = self.node.create_publisher(Image, "/forerun/goal/image", 100)
        self.hear(Image, "/raw/image", self.on_image, qos_profile_sensor_data)
        self.hear(JointState, "/raw/joint_states", self.on_joints, qos_profile_sensor_data)
        self.hear(Float64MultiArray, "/command", lambda message: self.commands.append(list(message.data)))

    def on_image(self, message):
        """Every second one twice as wide and high, with the same in it."""
        self.double = not self.double
        self.last = message
        self.pictures.publish(doubled(message) if self.double else message)

    def on_joints(self, message):
        """In the other order, beside another device's, and by turns without velocities, or as ros2_control says that there are
        none: they are differences of the positions. Measured `late` seconds before."""
        self.place = list(message.position)
        # Topics are found one after the other: at first the node hears pictures alone.
        self.early = self.early and self.number("messages") < 5
        if self.early:
            return
        message.name.reverse()
        message.position.reverse()
        self.unsaid = not self.unsaid
        message.velocity = array.array("d", [NAN, NAN] if self.unsaid else [])
        message.effort = array.array("d")
        measured = message.header.stamp.sec + 1e-9 * message.header.stamp.nanosec - self.late
        message.header.stamp = stamp_of(measured)
        self.states.publish(message)
        self.states.publish(joints(message.header.stamp, name=["finger"], position=[0.03], velocity=[0.0]))

    def said(self, text):
        """How often, a regular expression."""
        return len(re.findall(text, self.log.read_text()))

    def number(self, key):
        return int(self.value(key) or 0)

    def reach(self, *position):
        before = self.number("goal")
        self.goals.publish(JointState(name=JOINTS, position=position))
        self.until("goal accepted", lambda: self.number("goal") > before)
        self.until("goal reached", lambda: self.status.message == "Holding: goal reached", seconds=30.0)
        assert math.dist(self.place, position) < 0.15, f"{self.place} is not {position}"


def doubled(message):
    pixels, out = bytes(message.data), bytearray()
    for row in range(message.height):
        line = pixels[row * message.step : row * message.step + 3 * message.width]
        line = b"".join(2 * line[at : at + 3] for at in range(0, len(line), 3))
        out += 2 * line
    wide = Image(header=message.header, width=2 * message.width, height=2 * message.height, encoding=message.encoding)
    wide.step, wide.data = 6 * message.width, array.array("B", out)
    return wide


def start(processes, log):
    processes.start("robot", "robot", "arm", "--size", "64x64", "--drops", "0", "--ros-args",
                    "-r", "image:=/raw/image", "-r", "joint_states:=/raw/joint_states")  # fmt: skip
    processes.start("node", "node", "arm", "--ros-args", *PATIENT, stderr=log.open("w"))


def check_sizes(client):
    client.granted("activate")
    assert not client.early and client.number("refused") == 0, client.status
    client.spin(0.3)
    images, refused = client.number("images"), client.number("refused")
    client.reach(0.5, -0.9)
    assert client.number("images") > images + 20 and client.number("refused") == refused, client.status
    print("a camera that switches its size at every frame, joints in another order and without velocities: goal reached", flush=True)


def check_skew(client):
    """States that lie 500 ms behind the pictures; then as before."""
    usual = float(client.value("skew [ms]"))
    client.late = 0.5
    client.until("a skew", lambda: float(client.value("skew [ms]")) > 300.0)
    print(f"skew between pictures and states: {usual} ms, then {client.value('skew [ms]')} ms", flush=True)
    client.late = 0.0
    client.until("no skew any more", lambda: float(client.value("skew [ms]")) < 300.0)


def check_messages(client):
    """Each wrong message many times, while the robot works."""
    before = client.number("refused")
    # One by one: of a burst only the newest pictures are kept.
    wrong = itertools.cycle(PICTURES + STATES)
    client.sent = 0
    timer = client.node.create_timer(0.03, lambda: inject(client, next(wrong)[0]()))
    client.reach(-0.7, 1.1)
    client.reach(0.5, -0.9)
    client.node.destroy_timer(timer)
    client.spin(0.5)
    # Best effort: some may be lost, most are not.
    assert client.number("refused") - before > client.sent / 2, f"{client.sent} sent; {client.status}"
    for _, text in PICTURES + STATES:
        assert client.said(text) == 1, f"{text!r} was said {client.said(text)} times"
    print(f"{client.sent} wrong messages: {client.number('refused')} refused, each kind said once, goals reached", flush=True)


def inject(client, message):
    (client.pictures if isinstance(message, Image) else client.states).publish(message)
    client.sent += 1


def check_types(client):
    """Wrong types on every topic."""
    names = ("/image", "/joint_states", *(f"/forerun/goal/{goal}" for goal in ("joints", "image", "pose")))
    with subprocess.Popen([sys.executable, "-c", STRANGER, *names]) as stranger:
        try:
            client.until("all are said", lambda: all(
                client.said(f" {name}: /stranger publishes std_msgs/msg/String, expected") for name in names))  # fmt: skip
            client.until("all are counted", lambda: client.number("unheard_publishers") == len(names))
            client.reach(-0.7, 1.1)
        finally:
            stranger.kill()
    for name in names:
        assert client.said(f" {name}: /stranger publishes") == 1, name
    client.until("it is gone", lambda: client.number("unheard_publishers") == 0, seconds=40.0)
    print("a wrong type on every topic: said once, goal reached", flush=True)


def check_goals(client):
    """Wrong goals, and far too many."""
    for goal, why in (
        (JointState(name=JOINTS, position=[NAN, 0.0]), "position of shoulder is NaN"),
        (JointState(name=JOINTS, position=[0.1]), "2 names but 1 positions"),
        (JointState(name=JOINTS, position=[0.1, 99.0]), "give a goal inside the joint's limits"),
        (JointState(name=JOINTS, position=[0.1, 1e300]), "found 1e300, expected -2.4"),
        (pose_of(x=NAN), "[NaN, 0.2, 0.0]; expected finite numbers"),
        (pose_of(x=INF), "[inf, 0.2, 0.0]; expected finite numbers"),
        (pose_of(w=0.0), "orientation [0, 0, 0, 0]: its rotation is not of unit length"),
        (pose_of(w=NAN), "orientation [0, 0, 0, NaN]: a value is not finite"),
        (pose_of(frame=""), "without header.frame_id; expected base"),
    ):
        for _ in range(3):
            (client.goal_poses if isinstance(goal, PoseStamped) else client.goals).publish(goal)
        client.until(why, lambda why=why: why in client.value("goal_refusal"))
        said = client.said(re.escape(why))
        assert said == 1, f"{why!r} was said {said} times"
    client.goal_pictures.publish(picture(data=bytes(3)))
    client.until("a truncated goal", lambda: "image data: found 3 bytes" in client.value("goal_refusal"))

    lines, refused = len(client.log.read_text().splitlines()), client.number("goals_refused")
    for turn in range(500):
        client.goals.publish(JointState(name=JOINTS, position=[0.001 * turn, 0.0]))
        client.goal_pictures.publish(client.last)
        client.executor.spin_once(timeout_sec=0.0)
    client.spin(2.0)
    client.reach(0.5, -0.9)
    lines = len(client.log.read_text().splitlines()) - lines
    assert lines < 100, f"{lines} lines of log"
    assert client.number("goals_refused") >= refused
    print(f"1000 goals at once: {client.number('goals_refused')} refused, {lines} lines of log, the last one reached", flush=True)


def check_deaths(client, processes):
    """One publisher of two dies in motion."""
    away = ("-r", "joint_states:=/away/joints"), ("-r", "image:=/away/image")
    for dying, cause in ((0, "Stopped: stale input: image"), (1, "Stopped: stale input: joints or odometry")):
        processes.end("robot")
        sources = [f"source {number}" for number in (0, 1)]
        for source, renamed in zip(sources, away):
            told = ("-r", f"__node:={source.replace(' ', '_')}", *renamed)
            processes.start(source, "robot", "arm", "--size", "64x64", "--drops", "0", "--ros-args", *told)
        client.granted("resume" if client.status.message.startswith("Stopped") else "activate")
        client.goals.publish(JointState(name=JOINTS, position=[-1.5, 1.5]))
        client.until("Tracking", lambda: client.status.message.startswith("Tracking"))
        # What was measured last must not be that it stands.
        client.until("motion", lambda: max(abs(speed) for speed in client.commands[-1]) > 1.0)
        client.spin(0.1)
        processes[sources[dying]].kill()
        client.until(cause, lambda cause=cause: client.status.message == cause)
        for source in sources:
            processes.end(source)
        print(f"a publisher died in motion: {cause}", flush=True)


def check_parameters(processes):
    """Refused before anything starts."""
    for rule, why in (
        ("planner.candidates:=2", "planner.candidates: found 2, expected 4 to 4096"),
        ("control.rate:=1.0e300", "control.rate: found 1e300, expected"),
        ("stale_clock:=0.0", "stale_clock: found 0, expected 0.02 to 60"),
        ("control.rate:=.nan", "control.rate: found"),
        ("model:=rover", "model: an option of the command line, no parameter; give --model NAME_OR_FOLDER"),
        # Whoever expects a shadow must not get a commander.
        ("shadow.of:=trajectory", 'shadow.of: means nothing with command: "stream"; set command: shadow'),
        ("shadow.of:=stream", "shadow.of: means nothing with command"),
    ):
        node = processes.start("other", "node", "arm", "--ros-args", "-p", rule, stderr=subprocess.PIPE, text=True)
        _, said = node.communicate(timeout=20)
        assert node.returncode == 2 and why in said, f"{rule}: {node.returncode}, {said}"
    print("parameters out of range or out of place: refused by name, exit 2", flush=True)


def check_odometry(processes):
    """An orientation that is none has no yaw."""
    rover = Client("rover")
    odometry = rover.node.create_publisher(Odometry, "/odom", 10)
    processes.start("rover", "node", "rover", "--ros-args", "-r", "__node:=rover")
    configure = Transition(id=Transition.TRANSITION_CONFIGURE)
    assert rover.ask(ChangeState, "change_state", transition=configure).success
    for x, y, z, w in ((0.0, 0.0, 0.0, 0.0), (0.0, 0.0, 2.0, 2.0), (0.0, 0.0, NAN, 1.0)):
        wrong = Odometry()
        wrong.header.stamp = stamp()
        wrong.pose.pose.orientation = Quaternion(x=x, y=y, z=z, w=w)
        before = int(rover.value("refused") or 0)
        odometry.publish(wrong)
        rover.until("refused", lambda before=before: int(rover.value("refused") or 0) == before + 1)
        assert "orientation not of unit length" in rover.value("refusal"), rover.status
    assert processes.stop("rover", signal.SIGINT) == 0
    rover.close()
    print("odometry whose orientation is none: refused", flush=True)


if __name__ == "__main__":
    with session() as started, tempfile.TemporaryDirectory() as folder:
        between = Between(Path(folder) / "node.log")
        check_parameters(started)
        start(started, between.log)
        check_sizes(between)
        check_skew(between)
        check_messages(between)
        check_types(between)
        check_goals(between)
        check_deaths(between, started)
        assert started.stop("node", signal.SIGINT) == 0
        check_odometry(started)
        assert "panicked" not in between.log.read_text()
