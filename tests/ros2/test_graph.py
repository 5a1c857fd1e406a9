"""Several robots on one graph, nodes of one name, arguments that mean nothing, and `/rosout`.

Run by `tests/run`, or alone with a built binary and a sourced ROS 2:
    python tests/ros2/test_graph.py target/release/forerun
"""

import shutil
import signal
import subprocess
import tempfile
from pathlib import Path

from peer import FORERUN, ROOT, Client, session
from diagnostic_msgs.msg import DiagnosticArray
from lifecycle_msgs.msg import Transition
from lifecycle_msgs.srv import ChangeState, GetState
from rcl_interfaces.msg import Log
from rcl_interfaces.srv import GetParameters, SetParameters
from rclpy.parameter import Parameter
from rclpy.qos import DurabilityPolicy, QoSProfile, qos_profile_sensor_data
from sensor_msgs.msg import JointState
from std_msgs.msg import Float64MultiArray

LATE = QoSProfile(depth=1000, durability=DurabilityPolicy.TRANSIENT_LOCAL)


# The longest name of a node, without the slash before it.
LONG = 205 * "n"


class Side(Client):
    """One of two robots, in a namespace of its own."""

    def __init__(self, namespace):
        super().__init__(f"{namespace}/forerun")
        self.namespace = namespace
        self.commands = []
        self.position = None
        self.diagnosed = set()
        self.hear(Float64MultiArray, f"/{namespace}/command", lambda message: self.commands.append(list(message.data)))
        self.hear(JointState, f"/{namespace}/joint_states", self.on_joints, qos_profile_sensor_data)
        self.hear(DiagnosticArray, "/diagnostics", self.on_array)
        self.goals = self.node.create_publisher(JointState, f"/{self.name}/goal/joints", 10)

    def on_joints(self, message):
        self.position = list(message.position)

    def on_array(self, array):
        self.diagnosed |= {status.name.split(": ")[0] for status in array.status}

    def arguments(self):
        return ("--ros-args", "-r", f"__ns:=/{self.namespace}")

    def start(self, processes):
        camera = ("--camera-rate", "10", "--drops", "0")
        processes.start(f"robot {self.namespace}", "robot", "arm", *camera, *self.arguments())
        told = ("-p", "autostart:=true", "-p", "planner.candidates:=8")
        processes.start(f"node {self.namespace}", "node", "arm", *self.arguments(), *told)

    def fastest(self):
        return max(map(abs, sum(self.commands, [])), default=0.0)


def both(sides, what, done, seconds=30.0):
    """Waits for one while the other listens, too."""
    for side in sides:
        side.until(f"{side.namespace}: {what}", lambda side=side: done(side), seconds)


def check_two_robots(left, right, processes):
    sides = (left, right)
    for side in sides:
        side.start(processes)
    both(sides, "active by itself", lambda side: side.status.message == "Holding: requested")
    for side in sides:
        side.commands.clear()
    left.until("somebody takes goals", lambda: left.goals.get_subscription_count() > 0)
    right.until("a state", lambda: right.position is not None)
    stood = right.position
    left.goals.publish(JointState(name=["shoulder", "elbow"], position=[0.8, -0.6]))
    left.until("left moves", lambda: left.fastest() > 0.5)
    right.spin(1.0)
    assert right.commands and right.fastest() == 0.0, f"right was commanded, too: {right.fastest()}"
    moved = max(abs(now - then) for now, then in zip(right.position, stood))
    assert moved < 0.02, f"right moved by {moved} rad"
    assert right.status.message == "Holding: requested", right.status.message
    print(f"left moves at {left.fastest():.2f} rad/s, right stands still", flush=True)

    change = Parameter("cost.stop", value=7.5).to_parameter_msg()
    (result,) = left.ask(SetParameters, "set_parameters", parameters=[change]).results
    assert result.successful, result
    stops = [side.ask(GetParameters, "get_parameters", names=["cost.stop"]).values[0].double_value for side in sides]
    assert stops[0] == 7.5 != stops[1], stops
    deactivate = Transition(id=Transition.TRANSITION_DEACTIVATE)
    assert left.ask(ChangeState, "change_state", transition=deactivate).success
    states = [side.ask(GetState, "get_state").current_state.label for side in sides]
    assert states == ["inactive", "active"], states
    left.until("diagnostics of both", lambda: left.diagnosed >= {"/left/forerun", "/right/forerun"})
    print("parameters, lifecycle and diagnostics of each are its own", flush=True)


def refused(*arguments):
    """What a process says that must end by itself with status 2."""
    return judge(arguments, subprocess.run([str(FORERUN), *arguments], capture_output=True, text=True, timeout=60))


def judge(arguments, done):
    said = done.stderr.strip()
    assert done.returncode == 2, (arguments, done.returncode, said)
    assert "panicked" not in said and "RUST_BACKTRACE" not in said, (arguments, said)
    return said


def check_twins(left):
    for role in ("node", "robot"):
        said = refused(role, "arm", *left.arguments())
        assert "runs already" in said and "/left/" in said, said
    print("a second node and a second robot of one name: exit 2", flush=True)


def check_rivals(client, processes):
    """Of nodes that start together one gets the name, and serves."""
    rivals = [
        processes.start(f"rival {n}", "node", "arm", "--ros-args", "-r", "__node:=rival", stderr=subprocess.PIPE, text=True)
        for n in range(3)
    ]
    client.until("all but one are gone", lambda: sum(rival.poll() is None for rival in rivals) == 1)
    (heir,) = (rival for rival in rivals if rival.poll() is None)
    for loser in rivals:
        if loser is not heir:
            said = loser.stderr.read()
            assert loser.returncode == 2 and "a node /rival runs already" in said, (loser.returncode, said)
    served = Client("rival")
    assert served.ask(GetState, "get_state").current_state.label == "unconfigured"
    served.close()
    heir.send_signal(signal.SIGINT)
    assert heir.wait(15) == 0
    print("three nodes of one name, started together: one serves, two exit 2", flush=True)


def check_arguments():
    with tempfile.TemporaryDirectory() as folder:
        broken = Path(folder) / "broken.yaml"
        broken.write_text("forerun:\n  ros__parameters: [1, 2\n")
        for arguments, named in (
            (("-r", "no_rule"), "no_rule"),
            (("-r", "image:="), "image:="),
            (("-r", ":=image"), ":=image"),
            (("-r", "image:=/a//b"), "/a//b"),
            (("-r", "image:=/9lives"), "/9lives"),
            (("-r", "image:=my image"), "my image"),
            (("-r", "__ns:=left"), "left"),
            (("-r", "__ns:=/left-hand"), "/left-hand"),
            (("-r", "__node:=9lives"), "9lives"),
            (("-r", "__node:=left/forerun"), "left/forerun"),
            (("-r", "left arm:=right"), "left arm"),
            (("-r", f"__node:={LONG}n"), "found 207 letters, namespace included, expected at most 206"),
            (("-r", f"__ns:=/{LONG}"), "letters, namespace included, expected at most 206"),
            (("-r", f"image:=/{LONG}/{LONG}"), "image becomes a name of 412 letters, expected at most 247"),
            (("-r",), "-r: found nothing"),
            (("-p", "autostart"), "autostart"),
            (("-p", "autostart:=perhaps"), "autostart"),
            (("-p", "speeed:=1.0"), "speeed"),
            (("-r", "__node:=foo", "-p", "foo:speeed:=1.0"), "speeed"),
            (("-p", "qos_overrides./image.subscription.dept:=1"), "qos_overrides./image.subscription.dept"),
            (("-p", "qos_overrides./scan.subscription.depth:=1"), "qos_overrides./scan.subscription.depth"),
            (("--params-file", str(Path(folder) / "missing.yaml")), "missing.yaml"),
            (("--params-file", str(broken)), "broken.yaml"),
            (("--log-level", "loud"), "loud"),
            (("--nonsense",), "--nonsense"),
        ):
            for role in ("node", "robot"):
                said = refused(role, "arm", "--ros-args", *arguments)
                assert named in said and said.startswith("forerun: "), (arguments, said)
    print("arguments that mean nothing: exit 2, with what was wrong", flush=True)


def check_long_name(processes):
    """All its topics and services are there."""
    long = Client(LONG)
    processes.start("long", "node", "arm", "--ros-args", "-r", f"__node:={LONG}")
    assert long.ask(GetState, "get_state").current_state.label == "unconfigured"
    assert long.ask(ChangeState, "change_state", transition=Transition(id=Transition.TRANSITION_CONFIGURE)).success
    long.until("Inactive", lambda: long.status.message.startswith("Inactive"))
    names = {name for name, _ in long.node.get_topic_names_and_types()}
    assert {f"/{LONG}/{topic}" for topic in ("candidate_trajectories", "goal/joints", "transition_event")} <= names, names
    assert processes.stop("long", signal.SIGINT) == 0
    long.close()
    print("a node of 205 letters: serves", flush=True)


def check_early_signal(processes):
    """A node that is told to end while it looks for others of its name never serves."""
    for role in ("node", "robot"):
        told = ("--ros-args", "--log-level", "info", "-r", "__node:=early")
        early = processes.start("early", role, "arm", *told, stderr=subprocess.PIPE, text=True)
        tasks = Path(f"/proc/{early.pid}/task")
        while "ros spin" not in {(task / "comm").read_text().strip() for task in tasks.iterdir()}:
            assert early.poll() is None, early.returncode
        early.send_signal(signal.SIGINT)
        _, said = early.communicate(timeout=15)
        assert early.returncode == 0, (early.returncode, said)
        for wrong in ("is ready", "is served", "panicked"):
            assert wrong not in said, said
    print("SIGINT at the start: exit 0, nothing was served", flush=True)


def check_foreign_file(client, processes):
    """Parameters that were dumped in another namespace: nothing is applied, as anywhere in ROS, and the node says so."""
    lines = []
    client.hear(Log, "/rosout", lines.append, LATE)
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "dump.yaml"
        file.write_text("/left/forerun:\n  ros__parameters:\n    cost:\n      stop: 7.5\n")
        told = ("--ros-args", "-r", "__ns:=/elsewhere", "--params-file", str(file))
        processes.start("elsewhere", "node", "arm", *told)
        there = Client("elsewhere/forerun")
        (stop,) = there.ask(GetParameters, "get_parameters", names=["cost.stop"]).values
        assert stop.double_value != 7.5, stop
        why = "no section for node /elsewhere/forerun; found: /left/forerun; name the section /elsewhere/forerun or /**"

        def said():
            return [line for line in lines if line.name == "elsewhere.forerun" and why in line.msg]

        client.until("a warning", said)
        (line,) = said()
        assert line.level == Log.WARN and line.msg == f"parameter file {file}: nothing applied: {why}", line
        there.close()
        assert processes.stop("elsewhere", signal.SIGINT) == 0
    print(line.msg, flush=True)


def check_packages():
    """What the command line names can't be loaded: said at once, though nobody configures."""
    urdf = ROOT / "urdf" / "rover.urdf"
    with tempfile.TemporaryDirectory() as folder:
        torn = Path(folder) / "torn"
        shutil.copytree(ROOT / "models" / "arm", torn)
        manifest = (torn / "manifest.toml").read_text()
        (torn / "manifest.toml").write_text(manifest[: len(manifest) // 2])
        (Path(folder) / "empty").mkdir()
        for arguments, named in (
            (("--model", "armm"), "no package of this name"),
            (("--model", f"{folder}/missing"), "no such folder"),
            (("--model", f"{folder}/empty"), "manifest.toml"),
            (("--model", str(torn)), "manifest.toml"),
            (("--model", "rover"), "choose a model"),
            (("--urdf", f"{folder}/missing.urdf"), "missing.urdf"),
            (("--urdf", str(urdf)), "choose a model"),
        ):
            said = refused("node", "arm", *arguments)
            assert named in said and said.startswith("forerun: ") and "Unconfigured" not in said, (arguments, said)
    print("a package or URDF that can't be meant: exit 2 at the start", flush=True)


def check_rosout(left, processes):
    lines = []
    late = left.hear(Log, "/rosout", lines.append, LATE)

    def has(logger, level, text):
        return any(line.name == logger and line.level == level and text in line.msg for line in lines)

    assert left.ask(ChangeState, "change_state", transition=Transition(id=Transition.TRANSITION_ACTIVATE)).success
    left.until("a transition", lambda: has("left.forerun", Log.INFO, "Holding"))
    assert not left.ask(ChangeState, "change_state", transition=Transition(id=Transition.TRANSITION_CLEANUP)).success
    left.until("a warning", lambda: has("left.forerun", Log.WARN, "not possible"))
    line = next(line for line in lines if line.level == Log.WARN)
    assert line.file and line.line > 0 and line.function.startswith("forerun::"), line
    publishers = left.node.get_publishers_info_by_topic("/rosout")
    named = {f"{end.node_namespace}/{end.node_name}" for end in publishers}
    assert {"/left/forerun", "/left/arm", "/right/forerun", "/right/arm"} <= named, named
    left.node.destroy_subscription(late)
    lines.clear()
    left.hear(Log, "/rosout", lines.append, LATE)
    left.until("the warning again, for a late listener", lambda: has("left.forerun", Log.WARN, "not possible"))
    print(f"/rosout: {line.name} [{line.level}] {line.msg}", flush=True)

    told = ("-r", "__node:=quiet", "--disable-rosout-logs", "--log-level", "info")
    quiet = processes.start("quiet", "node", "arm", "--ros-args", *told, stderr=subprocess.PIPE, text=True)
    left.until("a quiet node", lambda: "quiet" in left.node.get_node_names())
    left.until("its status", lambda: left.node.count_publishers("/quiet/status") > 0)
    publishers = left.node.get_publishers_info_by_topic("/rosout")
    assert "quiet" not in {end.node_name for end in publishers}
    left.spin(0.5)
    quiet.send_signal(signal.SIGINT)
    _, said = quiet.communicate(timeout=15)
    assert quiet.returncode == 0 and "INFO" in said and "/quiet is ready" in said, said
    print("--disable-rosout-logs and --log-level are heeded", flush=True)


if __name__ == "__main__":
    check_arguments()
    check_packages()
    with session() as started:
        one, other = Side("left"), Side("right")
        check_two_robots(one, other, started)
        check_twins(one)
        check_rivals(one, started)
        check_long_name(started)
        check_early_signal(started)
        check_rosout(one, started)
        check_foreign_file(one, started)
        for process in ("node left", "node right", "robot left", "robot right"):
            assert started.stop(process, signal.SIGINT) == 0, process
