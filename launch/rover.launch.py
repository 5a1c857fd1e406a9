"""The embedded rover and the Forerun node; arguments as robot.launch.py says.

ros2 launch forerun rover.launch.py
"""

from pathlib import Path

from launch import LaunchDescription
from launch.actions import IncludeLaunchDescription
from launch.launch_description_sources import PythonLaunchDescriptionSource

# A path that is known without a context: `--show-args` looks into the file.
FILE = str(Path(__file__).resolve().with_name("robot.launch.py"))


def generate_launch_description():
    """Starts both for the rover."""
    source = PythonLaunchDescriptionSource(FILE)
    return LaunchDescription([IncludeLaunchDescription(source, launch_arguments={"robot": "rover"}.items())])
