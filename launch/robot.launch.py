"""An embedded robot and the Forerun node, two processes that meet through DDS: arm.launch.py, rover.launch.py.

ros2 launch forerun arm.launch.py
ros2 launch forerun rover.launch.py autostart:=false namespace:=left camera_rate:=15 params_file:=my.yaml
ros2 launch forerun arm.launch.py embedded:=false model:=/models/mine log_level:=info viewer:=true record:=drive.mcap
"""

from pathlib import Path

from launch import LaunchDescription
from launch.actions import DeclareLaunchArgument, OpaqueFunction
from launch.substitutions import LaunchConfiguration
from launch_ros.actions import Node

SHARE = Path(__file__).resolve().parents[1]

BOOLEAN = ["true", "false", "True", "False"]
# What isn't given is left to the parameter file.
OPEN = ["", *BOOLEAN]

# Name, default, what may be given (empty: anything), meaning.
ARGUMENTS = [
    ("robot", "arm", ["arm", "rover"], "which robot; the other launch files say it themselves"),
    ("namespace", "", [], "put before every relative name; a robot each in one of its own don't meet"),
    ("embedded", "true", BOOLEAN, "start the embedded robot, too; false for one of your own"),
    ("model", "", [], "package name or folder; empty: the robot's own"),
    ("autostart", "", OPEN, "configure and activate the node by itself; empty: as the file says, else true"),
    ("use_sim_time", "", OPEN, "the node's time is /clock; empty: as the file says, else false"),
    ("params_file", "", [], "parameters of robot and node; empty: config/ROBOT.yaml"),
    ("viewer", "false", BOOLEAN, "show what the node imagines and decides in a Rerun viewer"),
    ("record", "", [], "record what comes in, is commanded and is thought into this file (.mcap); empty: nothing"),
    ("log_level", "warn", ["debug", "info", "warn", "error", "fatal"], "what is logged"),
    ("size", "640x480", [], "camera image of the embedded robot [px]"),
    ("camera_rate", "30", [], "its camera images a second"),
    ("seed", "0", [], "of its noise, light and dropped frames"),
]


def processes(value):
    """Name, arguments, parameters before and after the file of each process; `value`: the launch arguments' texts."""

    def is_true(name):
        return value[name].lower() == "true"

    robot = value["robot"]
    node = ["node", robot]
    if value["model"]:
        node += ["--model", value["model"]]
    if is_true("viewer"):
        node.append("--viewer")
    if value["record"]:
        node += ["--record", value["record"]]
    told = {name: is_true(name) for name in ("autostart", "use_sim_time") if value[name]}
    started = [("forerun", node, {"autostart": True}, told)]
    if is_true("embedded"):
        camera = ["--size", value["size"], "--camera-rate", value["camera_rate"], "--seed", value["seed"]]
        started.append((robot, ["robot", robot, *camera], {}, {}))
    return started


def parameter_file(value):
    """The file that robot and node are told; launch_ros itself passes over one that isn't there."""
    file = Path(value["params_file"] or SHARE / "config" / f"{value['robot']}.yaml")
    if not file.is_file():
        raise RuntimeError(f"params_file: found {file}, expected a parameter file; `forerun params node` prints one")
    return str(file)


def start(context):
    """The processes as launch wants them."""
    value = {name: LaunchConfiguration(name).perform(context) for name, *_ in ARGUMENTS}
    file = parameter_file(value)
    return [
        Node(
            package="forerun",
            executable="forerun",
            name=name,
            namespace=value["namespace"],
            arguments=arguments,
            ros_arguments=["--log-level", value["log_level"]],
            parameters=[part for part in (before, file, after) if part],
            output="screen",
        )
        for name, arguments, before, after in processes(value)
    ]


def generate_launch_description():
    """Declares the arguments, then starts what they ask for."""
    declared = [
        DeclareLaunchArgument(name, default_value=default, choices=choices or None, description=text)
        for name, default, choices, text in ARGUMENTS
    ]
    return LaunchDescription([*declared, OpaqueFunction(function=start)])
