"""Names on the graph: what a node reckons them to be, before rcl is asked, is what rcl makes of them.

Run by `tests/run`, or alone with a built binary and a sourced ROS 2:
    python tests/ros2/test_names.py target/release/forerun
"""

import signal
import subprocess
import tempfile
from pathlib import Path

from peer import FORERUN, Client, session
from geometry_msgs.msg import PointStamped
from lifecycle_msgs.msg import Transition
from lifecycle_msgs.srv import ChangeState
from rcl_interfaces.srv import GetParameters, ListParameters
from std_msgs.msg import Float64MultiArray

import rclpy
from rclpy.context import Context

# What each of several nodes is told. What is absolute is its own alone, so that they can be looked at side by side.
RULES = (
    ("__ns:=/a", "image:=~/image", "command:=~/command"),
    ("__ns:=/b", "~/goal/pose:=/b_pose", "~/goal/joints:=~/joints", "~/command:=/b_wrong"),
    ("__ns:=/c", "/c/forerun/goal/pose:=/c_pose", "forerun/goal/joints:=joints", "/joint_states:=/c_wrong"),
    ("__ns:=/d", "rosservice://command:=/d_wrong", "rosservice://~/goal/pose:=/d_wrong", "rostopic://image:=/d_camera"),
    ("__ns:=/e", "other:command:=/e_wrong", "forerun:image:=/e_camera", "forerun:rostopic://joint_states:=states"),
    ("__ns:=/f", "__node:=foo", "forerun:command:=/f_wrong", "foo:image:=~/camera", "~/goal/pose:=pose"),
    ("__node:=foo", "foo:__ns:=/g", "forerun:__ns:=/g_wrong", "joint_states:=states", "foo:~/goal/pose:=~/pose"),
    ("forerun:__node:=h_foo", "foo:__node:=h_wrong", "forerun:__ns:=/h_wrong", "image:=/h_camera", "joint_states:=~/states",
     "command:=/h_command"),
    ("__ns:=/i", "image:=/i_first", "image:=/i_wrong", "/i/command:=cmd", "cmd:=/i_wrong"),
    ("__ns:=/j", "image:=/j_camera", "/j_camera/compressed:=/j_jpeg", "command:=~/a/b"),
    ("__ns:=/k", "image/compressed:=~/jpeg", "clock:=/k_wrong", "command:=/k_command", "command:=/k_wrong"),
    ("__ns:=/l", "/l/forerun/goal/image:=/l_goal", "foo:joint_states:=/l_wrong", "rostopic:///l/command:=/l_command"),
)  # fmt: skip
GOALS = tuple(f"~/goal/{goal}" for goal in ("image", "joints", "pose"))


def arguments(rules):
    return ["--ros-args", *(word for rule in rules for word in ("-r", rule))]


class Named(Client):
    """A node that is told `rules`, and the names that rcl gives its topics."""

    def __init__(self, rules):
        context = Context()
        rclpy.init(args=arguments(rules), context=context)
        model = rclpy.create_node("forerun", context=context, start_parameter_services=False)
        named = model.resolve_topic_name
        self.space = model.get_namespace()
        self.rules = rules
        self.image, self.command, self.state = named("image"), named("command"), named("joint_states")
        # As image_transport does it, unless there is a rule for what is beside it without one.
        beside = named("image/compressed")
        plain = f"{self.space.rstrip('/')}/image/compressed"
        self.compressed = named(f"{self.image}/compressed") if beside == plain else beside
        # Who renames compressed pictures wants them.
        told = any("compressed" in rule for rule in rules)
        self.transport = ("-p", f"image_transport:={'compressed' if told else 'raw'}")
        self.heard = [self.compressed if told else self.image, self.state, *map(named, GOALS)]
        super().__init__(model.get_fully_qualified_name().lstrip("/"))
        model.destroy_node()
        context.shutdown()

    def check_graph(self):
        base = self.name.rsplit("/", 1)[-1]

        def names(ask):
            return {name for name, _ in ask(base, self.space)}

        node = self.node
        self.until("what is heard", lambda: set(self.heard) <= names(node.get_subscriber_names_and_types_by_node))
        self.until("what is published", lambda: self.command in names(node.get_publisher_names_and_types_by_node))

    def check_parameters(self):
        """Quality of service is known by the names that rcl gives."""
        listed = self.ask(ListParameters, "list_parameters", prefixes=["qos_overrides"], depth=0).result.names
        ends = {name.removeprefix("qos_overrides.").rsplit(".", 1)[0] for name in listed}
        heard = {f"{topic}.subscription" for topic in (self.image, self.compressed, self.state)}
        assert ends == heard | {f"{self.command}.publisher"}, (self.rules, ends)

    def check_ears(self):
        """Who can't be heard is stated, on every topic."""
        others = [self.node.create_publisher(PointStamped, topic, 10) for topic in self.heard]
        wrong = f"/{self.node.get_name()} publishes geometry_msgs/msg/PointStamped"

        def unsaid():
            return [topic for topic in self.heard if f"{topic}: {wrong}" not in self.value("unheard")]

        self.until(f"{self.rules}: who isn't heard on {self.heard}", lambda: not unsaid())
        for other in others:
            self.node.destroy_publisher(other)

    def check_commander(self, log):
        """A second commander is seen where the first one publishes."""
        other = self.node.create_publisher(Float64MultiArray, self.command, 10)
        said = f"second commander: /{self.node.get_name()} also publishes {self.command};"
        self.until(f"{self.rules}: {said}", lambda: said in log.read_text())
        self.node.destroy_publisher(other)


def check_names(processes, folder):
    nodes = [Named(rules) for rules in RULES]
    logs = [folder / f"{number}.log" for number in range(len(nodes))]
    for node, log in zip(nodes, logs):
        processes.start(node.name, "node", "arm", *arguments(node.rules), *node.transport, stderr=log.open("w"))
    for node, log in zip(nodes, logs):
        configure = Transition(id=Transition.TRANSITION_CONFIGURE)
        assert node.ask(ChangeState, "change_state", transition=configure).success, node.rules
        node.check_graph()
        node.check_parameters()
        node.check_ears()
        node.check_commander(log)
        print(f"/{node.name}: {' '.join(node.rules)}: as rcl names them", flush=True)
    for node in nodes:
        assert processes.stop(node.name, signal.SIGINT) == 0, node.rules
        node.close()


def check_one_name():
    """Two topics that are given one name, and what is said to the node's new name."""
    for *told, why in (
        ("-r", "image:=/command", "-r", "joint_states:=/command", "-r: image and joint_states both become /command"),
        ("-r", "image:=command", "-r: image and command both become /command"),
        ("-r", "__node:=foo", "-p", "foo:cost.stopp:=1.0", "cost.stopp: unknown parameter; did you mean cost.stop?"),
        ("-r", "__node:=foo", "-r", "__ns:=/l", "-p", "foo:cost.stop:=-5.0", "cost.stop: found -5"),
        ("-p", "/forerun:cost.stop:=5.0", "NODE without slashes"),
        ("-r", "/forerun:image:=/camera", "NODE without slashes"),
        ("-r", "image:=rostopic://camera", "names of letters"),
    ):
        done = subprocess.run([str(FORERUN), "node", "arm", "--ros-args", *told], capture_output=True, text=True, timeout=60)
        assert done.returncode == 2 and why in done.stderr, (told, done.returncode, done.stderr)
    print("two topics of one name, and what is wrong for the node's new name: exit 2", flush=True)


def check_addressed(processes):
    """What is said to the name that the node had is said to nobody, as in rclpy."""
    told = ("-r", "__node:=foo", "-p", "foo:cost.stop:=7.5", "-p", "forerun:cost.effort:=-9.0")
    processes.start("foo", "node", "arm", "--ros-args", *told)
    client = Client("foo")
    stop, effort = client.ask(GetParameters, "get_parameters", names=["cost.stop", "cost.effort"]).values
    assert stop.double_value == 7.5 and effort.double_value >= 0.0, (stop, effort)
    client.close()
    assert processes.stop("foo", signal.SIGINT) == 0
    print("-p foo:NAME:=VALUE is for the node that is called foo now", flush=True)


if __name__ == "__main__":
    check_one_name()
    with session() as started, tempfile.TemporaryDirectory() as made:
        check_addressed(started)
        check_names(started, Path(made))
