"""An embedded robot and the Forerun node, two processes that meet through DDS: arm.launch.py, rover.launch.py.

ros2 launch forerun arm.launch.py
ros2 launch forerun rover.launch.py autostart:=false namespace:=left camera_rate:=15 params_file:=my.yaml
"""

from launch import LaunchDescription
from launch.actions import DeclareLaunchArgument
from launch.substitutions import LaunchConfiguration, PathJoinSubstitution
from launch_ros.actions import Node
from launch_ros.parameter_descriptions import ParameterValue
from launch_ros.substitutions import FindPackageShare

PARAMETERS = PathJoinSubstitution([FindPackageShare("forerun"), "config", [LaunchConfiguration("robot"), ".yaml"]])

ARGUMENTS = [
    ("robot", "arm", "which embedded robot: arm or rover"),
    ("namespace", "", "put before every relative name"),
    ("autostart", "true", "activate the node once its inputs are fresh"),
    ("size", "640x480", "camera image [px]"),
    ("camera_rate", "30", "camera images a second"),
    ("params_file", PARAMETERS, "parameters of robot and node"),
    ("seed", "0", "of noise, light and dropped frames"),
]


def generate_launch_description():
    """Declares the arguments, then starts both."""
    value = LaunchConfiguration
    robot = Node(
        package="forerun",
        executable="forerun",
        name=value("robot"),
        namespace=value("namespace"),
        arguments=[
            "robot",
            value("robot"),
            "--size",
            value("size"),
            "--camera-rate",
            value("camera_rate"),
            "--seed",
            value("seed"),
        ],
        parameters=[value("params_file")],
        output="screen",
    )
    node = Node(
        package="forerun",
        executable="forerun",
        name="forerun",
        namespace=value("namespace"),
        arguments=["node", value("robot")],
        parameters=[value("params_file"), {"autostart": ParameterValue(value("autostart"), value_type=bool)}],
        output="screen",
    )
    declared = [
        DeclareLaunchArgument(name, default_value=default, description=text) for name, default, text in ARGUMENTS
    ]
    return LaunchDescription([*declared, robot, node])
