"""`use_sim_time`: the node follows `/clock`, and stops when that jumps or stands.

The robot runs on wall time behind a relay that stamps by a simulated clock, which this test sets and stops.

Run by `tests/run`, or alone with a built binary and a sourced ROS 2:
    python tests/ros2/test_sim_time.py target/release/forerun
"""

import math
import re
import signal
import subprocess
import sys
import tempfile
import time
from itertools import pairwise
from pathlib import Path

from peer import Client, session
from builtin_interfaces.msg import Time
from diagnostic_msgs.msg import DiagnosticArray, DiagnosticStatus
from geometry_msgs.msg import TwistStamped
from mcap.reader import make_reader
from nav_msgs.msg import Odometry
from rclpy.parameter import Parameter, parameter_value_to_python
from rclpy.parameter_client import AsyncParameterClient
from rclpy.qos import qos_profile_sensor_data
from rosgraph_msgs.msg import Clock
from sensor_msgs.msg import Image, JointState
from std_msgs.msg import Float64MultiArray

STRANGER = """
import rclpy
from std_msgs.msg import String
rclpy.init()
node = rclpy.create_node("stranger")
out = node.create_publisher(String, "/clock", 1)
rclpy.spin(node)
"""
RAW = ("image", "joint_states", "odom")


def message(seconds):
    return Time(sec=int(seconds), nanosec=int(seconds % 1 * 1e9))


def seconds(stamp):
    return stamp.sec + 1e-9 * stamp.nanosec


class Simulation(Client):
    """A client that is the simulation's clock, and stamps what the robot measures by it."""

    def __init__(self):
        super().__init__()
        self.origin = time.time() - 100.0
        self.runs = False
        self.joints = []
        self.commands = []
        self.twists = []
        self.arrays = []
        self.clock = self.node.create_publisher(Clock, "/clock", qos_profile_sensor_data)
        self.node.create_timer(0.01, self.tick)
        for kind, topic in ((Image, "image"), (JointState, "joint_states"), (Odometry, "odom")):
            out = self.node.create_publisher(kind, f"/{topic}", qos_profile_sensor_data)
            self.hear(kind, f"/raw/{topic}", lambda message, out=out: self.relay(message, out), qos_profile_sensor_data)
        self.hear(Float64MultiArray, "/command", lambda message: self.commands.append(list(message.data)))
        self.hear(TwistStamped, "/cmd_vel", self.twists.append)
        self.hear(DiagnosticArray, "/diagnostics", self.arrays.append)
        self.goals = self.node.create_publisher(JointState, "/forerun/goal/joints", 10)

    def now(self):
        return time.time() - self.origin

    def tick(self):
        if self.runs:
            self.clock.publish(Clock(clock=message(self.now())))

    def relay(self, measured, out):
        if isinstance(measured, JointState):
            self.joints = measured.position
        if self.runs:
            measured.header.stamp = message(seconds(measured.header.stamp) - self.origin)
            out.publish(measured)

    def jump(self, by):
        self.origin -= by

    def pause(self):
        self.runs, self.stood = False, time.time()

    def go_on(self):
        self.origin += time.time() - self.stood
        self.runs = True

    def diagnosed(self, level, text):
        """Waits for what `/diagnostics` says of the topics."""

        def said():
            statuses = [status for array in self.arrays for status in array.status if status.name == "/forerun: topics"]
            return statuses and statuses[-1].level == level and text in statuses[-1].message

        self.until(f"topics at {level}: {text}", said)

    def said(self, message):
        self.until(message, lambda: self.status.message == message)

    def track(self, *position):
        self.goals.publish(JointState(name=["shoulder", "elbow"], position=position))
        self.until("motion", lambda: self.commands and max(map(abs, self.commands[-1])) > 0.5)

    def reach(self, *position):
        before = int(self.value("goal") or 0)
        self.goals.publish(JointState(name=["shoulder", "elbow"], position=position))
        self.until("goal accepted", lambda: int(self.value("goal") or 0) > before)
        self.said("Holding: goal reached")
        assert math.dist(self.joints, position) < 0.15, f"{self.joints} is not {position}"

    def stopped(self, message):
        self.said(message)
        self.commands.clear()
        self.spin(0.5)
        assert len(self.commands) > 20 and not any(map(any, self.commands)), "stopped, and moves"


def start(processes, robot, *parameters, node=(), **options):
    """Robot and node, and a client in between."""
    renamed = [word for topic in RAW for word in ("-r", f"{topic}:=/raw/{topic}")]
    processes.start("robot", "robot", robot, "--size", "64x64", "--drops", "0", "--ros-args", *renamed)
    processes.start("node", "node", robot, *node, "--ros-args", *parameters, **options)


def check_parameter(client):
    asker = AsyncParameterClient(client.node, client.name)
    client.until("parameter services", asker.services_are_ready)

    def answer(future):
        client.until("an answer", future.done)
        return future.result()

    assert "use_sim_time" in answer(asker.list_parameters([], 0)).result.names
    values = answer(asker.get_parameters(["use_sim_time", "stale_clock"])).values
    assert [parameter_value_to_python(value) for value in values] == [True, 1.0], values
    (descriptor,) = answer(asker.describe_parameters(["use_sim_time"])).descriptors
    assert descriptor.read_only, "time can't be changed while running"
    (result,) = answer(asker.set_parameters([Parameter("use_sim_time", value=False)])).results
    assert not result.successful and "use_sim_time" in result.reason, result


def check_rival(client, log):
    """Somebody else publishes `/clock`, too: that is said, not at every message, and the recording copes."""
    before = len(log.read_text().splitlines())
    rival = client.node.create_publisher(Clock, "/clock", qos_profile_sensor_data)
    ahead = lambda: rival.publish(Clock(clock=message(client.now() + 1000.0)))
    timer = client.node.create_timer(0.01, ahead)
    both = f"/clock: 2 publishers: /{client.node.get_name()}, /{client.node.get_name()}; time jumps"
    client.until("it is said", lambda: both in client.value("unheard"))
    client.diagnosed(DiagnosticStatus.WARN, both)
    client.spin(2.0)
    client.node.destroy_timer(timer)
    client.node.destroy_publisher(rival)
    over = re.compile(r"/clock jumped (\d+) times; for a second now it has run on")
    client.until("it is over", lambda: over.search(log.read_text()))
    count = sum(map(int, over.findall(log.read_text())))
    said = log.read_text().splitlines()[before:]
    assert count > 100 and len(said) < 15, f"{count} jumps: {said}"
    count_of = lambda words: sum(words in line for line in said)
    # Of two publishers, and of each spell of jumps: more than one if this process was held up for a second.
    assert count_of("to and fro") == 1 + count_of("/clock jumped by"), said
    client.reach(-0.5, 0.9)
    print(f"two publishers of /clock, {count} jumps: {len(said)} lines of log, then goal reached", flush=True)


def check_arm(client, processes, file):
    drive, log = file.with_name("drive.mcap"), file.with_name("node.log")
    told = ("--params-file", str(file), "-p", "stale_clock:=1.0")
    start(processes, "arm", *told, node=("--record", str(drive)), stderr=log.open("w"))
    client.until("a status", lambda: client.status.message)
    check_parameter(client)
    client.refused("activate", "stale input: clock")
    with subprocess.Popen([sys.executable, "-c", STRANGER]) as stranger:
        client.until("it is said", lambda: "/clock: /stranger publishes std_msgs/msg/String" in client.value("unheard"))
        stranger.kill()
    client.refused("activate", "stale input: clock")
    client.runs = True
    client.granted("activate")
    client.reach(0.5, -0.9)
    # As with other nodes, everything that has a stamp has the simulation's.
    client.arrays.clear()
    client.until("/diagnostics", lambda: client.arrays)
    error = client.now() - seconds(client.arrays[-1].header.stamp)
    assert abs(error) < 5.0, f"/diagnostics is stamped {error} s off"
    print("time of the simulation: goal reached", flush=True)

    for by in (-60.0, 500.0, -0.04):
        client.track(-1.2, 1.0)
        client.spin(0.2)
        client.jump(by)
        client.stopped("Stopped: clock jumped")
        client.granted("resume")
        client.reach(0.5, -0.9)
        print(f"jumped by {by} s: stopped, resumed, goal reached", flush=True)

    client.track(-1.2, 1.0)
    client.pause()
    client.stopped("Stopped: stale input: clock")
    client.diagnosed(DiagnosticStatus.ERROR, "/clock: its publisher tells no time")
    client.refused("resume", "stale input: clock")
    client.go_on()
    client.granted("resume")
    client.diagnosed(DiagnosticStatus.OK, "every publisher is heard")
    client.reach(0.5, -0.9)
    print("stood: stopped, resume refused until it went on, goal reached", flush=True)

    check_rival(client, log)
    assert processes.stop("node", signal.SIGINT) == 0
    # Set back by a minute, gone on after it stood, and one of two clocks gone: on no file's time line lie two drives. A
    # small step back leaves a hole.
    files = [drive, *(drive.with_name(f"drive-{number}.mcap") for number in (2, 3, 4))]
    assert sorted(file.parent.glob("*.mcap")) == sorted(files)
    for recorded in files:
        times = log_times(recorded)
        assert len(times) > 100 and max(earlier - later for earlier, later in pairwise(times)) < 0.1, recorded
    print(f"recorded into {len(files)} files, in each of which time goes on", flush=True)


def check_rover(client, processes):
    start(processes, "rover", "-p", "use_sim_time:=true", "-p", "autostart:=true")
    client.until("commands", lambda: len(client.twists) > 100)
    offsets = [client.now() - seconds(twist.header.stamp) for twist in client.twists[-20:]]
    assert max(map(abs, offsets)) < 5.0, f"cmd_vel is stamped {offsets} s off"
    stamps = [seconds(twist.header.stamp) for twist in client.twists]
    assert stamps == sorted(stamps) and not math.isclose(stamps[0], stamps[-1]), stamps
    print("cmd_vel is stamped by the simulation", flush=True)


def log_times(file):
    """Of the commands in a recording, in the order of the file [s]."""
    with file.open("rb") as stream:
        messages = make_reader(stream).iter_messages(["/command"], log_time_order=False)
        return [1e-9 * message.log_time for _, _, message in messages]


def end(processes, *names):
    for name in names:
        assert processes.stop(name, signal.SIGINT) == 0, name


def check_nobody(processes):
    """Time that nobody tells is said to stand."""
    client = Simulation()
    client.node.destroy_publisher(client.clock)
    processes.start("node", "node", "arm", "--ros-args", "-p", "use_sim_time:=true")
    client.until("it is said", lambda: "/clock: nobody publishes it" in client.value("unheard"))
    client.diagnosed(DiagnosticStatus.WARN, "/clock: nobody publishes it")
    assert processes.stop("node", signal.SIGINT) == 0
    client.close()
    print("nobody publishes /clock: said so", flush=True)


if __name__ == "__main__":
    with session() as started, tempfile.TemporaryDirectory() as folder:
        check_nobody(started)
        told = Path(folder) / "sim.yaml"
        # A busy machine must not stop the robot here: stops have tests of their own.
        patient = "control: {stale_state: 2.0, stale_image: 2.0, stale_plan: 2.0, max_gap: 2.0}"
        told.write_text(f"forerun:\n  ros__parameters:\n    use_sim_time: true\n    {patient}\n")
        simulation = Simulation()
        check_arm(simulation, started, told)
        end(started, "robot")
        check_rover(simulation, started)
        end(started, "node", "robot")
