"""Two embedded robots, each with its node, in namespaces of their own; other arguments as robot.launch.py says.

ros2 launch forerun two_robots.launch.py
ros2 launch forerun two_robots.launch.py right:=rover autostart:=false
"""

from pathlib import Path

from launch import LaunchDescription
from launch.actions import DeclareLaunchArgument, GroupAction, IncludeLaunchDescription
from launch.launch_description_sources import PythonLaunchDescriptionSource
from launch.substitutions import LaunchConfiguration

SIDES = ("left", "right")
# A path that is known without a context: `--show-args` looks into the file.
FILE = str(Path(__file__).resolve().with_name("robot.launch.py"))


def generate_launch_description():
    """Starts one robot in /left, one in /right."""
    declared = [
        DeclareLaunchArgument(side, default_value="arm", choices=["arm", "rover"], description=f"which robot is /{side}")
        for side in SIDES
    ]
    robots = [
        GroupAction(
            [
                IncludeLaunchDescription(
                    PythonLaunchDescriptionSource(FILE),
                    launch_arguments={"robot": LaunchConfiguration(side), "namespace": side}.items(),
                )
            ]
        )
        for side in SIDES
    ]
    return LaunchDescription([*declared, *robots])
