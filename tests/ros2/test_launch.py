"""The launch files: what they start, by launch itself where it is installed, else by hand with the same arguments.

Run by `tests/run` and `colcon test`, or alone with a built binary and a sourced ROS 2:
    python tests/ros2/test_launch.py target/release/forerun
"""

import ast
import contextlib
import os
import signal
import subprocess
import sys
import tempfile
from importlib.util import find_spec
from pathlib import Path

from peer import FORERUN, ROOT, Client, session
from rcl_interfaces.msg import Log
from rcl_interfaces.srv import GetParameters
from rclpy.parameter import parameter_value_to_python
from rclpy.qos import DurabilityPolicy, QoSProfile

LATE = QoSProfile(depth=1000, durability=DurabilityPolicy.TRANSIENT_LOCAL)
LAUNCH = all(find_spec(name) for name in ("launch", "launch_ros"))
FILES = ROOT / "launch"
# What `ros2 launch FILE NAME:=VALUE ...` does.
RUN = """
import sys
from launch import LaunchDescription, LaunchService
from launch.actions import IncludeLaunchDescription
from launch.launch_description_sources import PythonLaunchDescriptionSource as Source
service = LaunchService()
given = [pair.split(":=", 1) for pair in sys.argv[2:]]
service.include_launch_description(
    LaunchDescription([IncludeLaunchDescription(Source(sys.argv[1]), launch_arguments=given)]))
sys.exit(service.run())
"""

# A launch file of a robot's own, that brings the node up as launch_ros does managed ones.
MANAGED = """
import sys
from launch import LaunchDescription, LaunchService
from launch.actions import EmitEvent, RegisterEventHandler
from launch.events import matches_action
from launch_ros.actions import LifecycleNode, Node
from launch_ros.event_handlers import OnStateTransition
from launch_ros.events.lifecycle import ChangeState
from lifecycle_msgs.msg import Transition

def ask(transition):
    return EmitEvent(event=ChangeState(lifecycle_node_matcher=matches_action(node), transition_id=transition))

forerun = {"package": "forerun", "executable": "forerun"}
robot = Node(name="arm", arguments=["robot", "arm"], **forerun)
node = LifecycleNode(name="forerun", namespace="", arguments=["node", "arm"], **forerun)
activate = [ask(Transition.TRANSITION_ACTIVATE)]
then = OnStateTransition(target_lifecycle_node=node, goal_state="inactive", entities=activate)
service = LaunchService()
service.include_launch_description(
    LaunchDescription([robot, RegisterEventHandler(then), node, ask(Transition.TRANSITION_CONFIGURE)]))
sys.exit(service.run())
"""


def pure_part():
    """ARGUMENTS, `processes` and `parameter_file` of robot.launch.py, without what needs launch."""
    tree = ast.parse((FILES / "robot.launch.py").read_text())
    kept = [
        node
        for node in tree.body
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) in ("BOOLEAN", "OPEN", "ARGUMENTS")
        or isinstance(node, ast.FunctionDef) and node.name in ("processes", "parameter_file")
    ]
    space = {"Path": Path, "SHARE": ROOT}
    exec(compile(ast.Module(kept, []), "robot.launch.py", "exec"), space)
    return space["ARGUMENTS"], space["processes"], space["parameter_file"]


def settings(parameters):
    """As launch_ros gives single ones."""
    return [word for name, value in parameters.items() for word in ("-p", f"{name}:={value}")]


def command_lines(**given):
    """What launch_ros makes of it: one command line a process."""
    arguments, processes, parameter_file = pure_part()
    value = {name: default for name, default, *_ in arguments} | given
    lines = []
    for name, words, before, after in processes(value):
        line = [str(FORERUN), *words, "--ros-args", "--log-level", value["log_level"], "-r", f"__node:={name}"]
        if value["namespace"]:
            line += ["-r", f"__ns:=/{value['namespace']}"]
        line += [*settings(before), "--params-file", parameter_file(value), *settings(after)]
        lines.append(line)
    return lines


def launched(file, index, **given):
    """Runs `file`, as `running` does."""
    if LAUNCH:
        words = [f"{name}:={value}" for name, value in given.items()]
        lines = [[sys.executable, "-c", RUN, str(FILES / file), *words]]
    elif file == "two_robots.launch.py":
        lines = [line for side in ("left", "right") for line in command_lines(namespace=side, **given)]
    else:
        robot = file.split(".")[0]
        lines = command_lines(**{"robot": robot} | given)
    return running(lines, index)


@contextlib.contextmanager
def running(lines, index):
    """Runs command lines; gives what ended and how, once the block is left and SIGINT sent."""
    ended = []
    environment = os.environ | {"AMENT_PREFIX_PATH": f"{index}:{os.environ['AMENT_PREFIX_PATH']}"}
    started = [subprocess.Popen(line, env=environment, start_new_session=True) for line in lines]
    try:
        yield ended
        for process in started:
            # Ctrl-C goes to all of a terminal's processes, and launch knows that.
            os.killpg(process.pid, signal.SIGINT)
        ended += [process.wait(20) for process in started]
    finally:
        for process in started:
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()


def installed(folder):
    """An ament prefix with the binary under test in it: the one it is installed in, or links."""
    prefix = FORERUN.parents[2]
    if (prefix / "share/ament_index/resource_index/packages/forerun").exists():
        return prefix
    prefix = Path(folder)
    for link, target in (("lib/forerun/forerun", FORERUN), ("share/forerun", ROOT)):
        (prefix / link).parent.mkdir(parents=True, exist_ok=True)
        (prefix / link).symlink_to(target)
    packages = prefix / "share/ament_index/resource_index/packages"
    packages.mkdir(parents=True)
    (packages / "forerun").touch()
    return prefix


def parameters(client, *names):
    values = client.ask(GetParameters, "get_parameters", names=list(names)).values
    return [parameter_value_to_python(value) for value in values]


def check_arguments(index, folder):
    """Each argument does what it says, in a namespace."""
    file = Path(folder) / "mine.yaml"
    file.write_text("/**:\n  ros__parameters:\n    planner.candidates: 12\n    cost.stop: 3.5\n    arm.lag: 0.07\n")
    package = Path(folder) / "mine"
    package.symlink_to(ROOT / "models" / "arm")
    node, robot = Client("left/forerun"), Client("left/arm")
    lines = []
    node.hear(Log, "/rosout", lines.append, LATE)
    recording = Path(folder) / "mine.mcap"
    given = {"namespace": "left", "params_file": file, "model": package, "log_level": "info", "camera_rate": 20, "record": recording}
    with launched("arm.launch.py", index, **{name: str(value) for name, value in given.items()}) as ended:
        node.until("active by itself", lambda: node.status.message == "Holding: requested", 40.0)
        assert parameters(node, "planner.candidates", "cost.stop", "autostart") == [12, 3.5, True]
        assert parameters(robot, "arm.lag", "arm.camera_rate", "arm.image_width") == [0.07, 20.0, 640]
        node.until("a line of the node's", lambda: any("Holding" in line.msg for line in lines))
        assert all(line.name.startswith("left.") for line in lines), {line.name for line in lines}
        names = {name for name, space in node.node.get_node_names_and_namespaces() if space == "/left"}
        assert names == {"forerun", "arm"}, names
    assert set(ended) == {0}, ended
    # It has its end, so it is whole.
    assert recording.read_bytes().endswith(b"\x89MCAP0\r\n")
    node.close()
    robot.close()
    print("arm.launch.py: namespace, params_file, model, autostart, log_level, camera_rate, record", flush=True)


def check_node_alone(index):
    """For a robot of one's own: no embedded one; managed by somebody else."""
    client = Client()
    with launched("rover.launch.py", index, embedded="false", autostart="false", use_sim_time="true") as ended:
        client.until("a node", lambda: client.status.message == "Unconfigured: start", 40.0)
        client.spin(1.0)
        assert client.status.message == "Unconfigured: start"
        names = set(client.node.get_node_names()) - {client.node.get_name()}
        assert not names & {"rover", "arm"}, names
        assert parameters(client, "autostart", "use_sim_time") == [False, True]
    assert set(ended) == {0}, ended
    client.close()
    print("rover.launch.py: embedded, autostart and use_sim_time", flush=True)


def check_two_robots(index):
    sides = [Client(f"{side}/forerun") for side in ("left", "right")]
    robots = [Client(f"{side}/arm") for side in ("left", "right")]
    with launched("two_robots.launch.py", index, camera_rate="20") as ended:
        for side in sides:
            side.until("active by itself", lambda side=side: side.status.message == "Holding: requested", 40.0)
        for robot in robots:
            assert parameters(robot, "arm.camera_rate") == [20.0]
    assert set(ended) == {0}, ended
    for client in (*sides, *robots):
        client.close()
    print("two_robots.launch.py: both are active, both robots were told", flush=True)


def check_managed(index):
    client = Client()
    with running([[sys.executable, "-c", MANAGED]], index) as ended:
        client.until("active by launch", lambda: client.status.message == "Holding: requested", 40.0)
        # launch waits for the answer.
        client.spin(0.5)
    assert set(ended) == {0}, ended
    client.close()
    print("launch_ros's LifecycleNode: configured, activated on its transition event", flush=True)


def check_shown():
    """`ros2 launch FILE --show-args` shows what can be given, in files that include another, too."""
    from launch import LaunchContext
    from launch.launch_description_sources import PythonLaunchDescriptionSource as Source

    named = {name for name, *_ in pure_part()[0]}
    for file in FILES.glob("*.py"):
        description = Source(str(file)).get_launch_description(LaunchContext())
        shown = {argument.name for argument in description.get_launch_arguments()}
        assert named <= shown, (file.name, named - shown)
    print("what can be given is shown", flush=True)


def check_refusals():
    """What can't be done ends with a sentence and a status."""
    environment = {name: value for name, value in os.environ.items() if name not in ("DISPLAY", "WAYLAND_DISPLAY")}
    for given, status, said in (
        ({"model": "/nowhere"}, 2, "/nowhere"),
        ({"viewer": "true"}, 2, "--viewer"),
        ({"record": "/nowhere/a.mcap"}, 2, "/nowhere/a.mcap"),
        ({"log_level": "loud"}, 2, "loud"),
        ({"namespace": "left-hand"}, 2, "left-hand"),
    ):
        line = command_lines(embedded="false", **given)[0]
        done = subprocess.run(line, env=environment, capture_output=True, text=True, timeout=60)
        assert done.returncode == status and said in done.stderr and "panicked" not in done.stderr, (given, done)
    print("a model, a viewer, a record, a level and a namespace that are none: refused by name", flush=True)


def check_no_file():
    """launch_ros only warns of a parameter file that isn't there: the launch file ends, with a sentence."""
    said = "params_file: found /nowhere.yaml, expected a parameter file"
    if LAUNCH:
        line = [sys.executable, "-c", RUN, str(FILES / "arm.launch.py"), "params_file:=/nowhere.yaml"]
        done = subprocess.run(line, capture_output=True, text=True, timeout=60)
        assert done.returncode == 1 and said in done.stdout + done.stderr, done
        assert "process started" not in done.stdout + done.stderr, done
    else:
        try:
            command_lines(params_file="/nowhere.yaml")
        except RuntimeError as why:
            assert said in str(why), why
        else:
            raise AssertionError("a file that isn't there was taken")
    print("a parameter file that isn't there: refused by the launch file", flush=True)


def check_file_or_argument(index, folder):
    """What isn't given is as the file says; what is given wins over the file."""
    file = Path(folder) / "managed.yaml"
    file.write_text("/**:\n  ros__parameters:\n    autostart: false\n    use_sim_time: true\n")
    for given, expected in (({}, [False, True]), ({"autostart": "true", "use_sim_time": "False"}, [True, False])):
        client = Client()
        with launched("arm.launch.py", index, embedded="false", params_file=str(file), **given) as ended:
            client.until("a node", lambda: client.status.message, 40.0)
            assert parameters(client, "autostart", "use_sim_time") == expected, given
        assert set(ended) == {0}, ended
        client.close()
    print("params_file: autostart and use_sim_time as it says, unless an argument is given", flush=True)


if __name__ == "__main__":
    print("by launch" if LAUNCH else "launch and launch_ros are not installed: skipped; started by hand instead")
    for name in FILES.glob("*.py"):
        compile(name.read_text(), str(name), "exec")
    if LAUNCH:
        check_shown()
    check_refusals()
    check_no_file()
    with session(), tempfile.TemporaryDirectory() as index, tempfile.TemporaryDirectory() as scratch:
        prefix = installed(index)
        check_arguments(prefix, scratch)
        check_node_alone(prefix)
        check_file_or_argument(prefix, scratch)
        check_two_robots(prefix)
        if LAUNCH:
            check_managed(prefix)
