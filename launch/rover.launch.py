"""The embedded rover and the Forerun node; arguments as robot.launch.py says.

ros2 launch forerun rover.launch.py
"""

from launch import LaunchDescription
from launch.actions import IncludeLaunchDescription
from launch.launch_description_sources import PythonLaunchDescriptionSource
from launch.substitutions import PathJoinSubstitution, ThisLaunchFileDir


def generate_launch_description():
    """Starts both for the rover."""
    source = PythonLaunchDescriptionSource(PathJoinSubstitution([ThisLaunchFileDir(), "robot.launch.py"]))
    return LaunchDescription([IncludeLaunchDescription(source, launch_arguments={"robot": "rover"}.items())])
