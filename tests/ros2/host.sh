#!/usr/bin/env bash
# What only a machine with a whole ROS 2 Jazzy can show; tests/run does the rest:
#   . /opt/ros/jazzy/setup.bash && tests/ros2/host.sh FOLDER
# colcon build and test by the host's colcon, the launch files by `ros2 launch`, the tools of `ros2`, and every
# middleware that is installed.
set -euo pipefail

HERE=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
WORK=$(realpath -m "${1:?usage: host.sh FOLDER}")
for tool in ros2 colcon readelf; do
  command -v "$tool" > /dev/null || { echo "host.sh: $tool not found; source a ROS 2 Jazzy that has it" >&2; exit 2; }
done

"$HERE/colcon.sh" "$WORK"
set +u
# shellcheck disable=SC1091
. "$WORK/install/setup.bash"
set -u
program=$WORK/install/forerun/lib/forerun/forerun

# The middleware is whatever librmw_implementation loads, not one that was linked.
needed=$(readelf -d "$program" | sed -n 's/.*NEEDED.*\[\(librmw_.*\)\]/\1/p')
echo "middleware linked: $needed"
[[ $needed == librmw_implementation.so ]]

for file in arm rover robot two_robots; do ros2 launch forerun "$file.launch.py" --show-args > /dev/null; done

export ROS_DOMAIN_ID=$((1 + $$ % 100)) ROS_AUTOMATIC_DISCOVERY_RANGE=LOCALHOST
ros2 launch forerun arm.launch.py namespace:=left &
launched=$!
trap 'kill -INT $launched 2> /dev/null || true' EXIT
for _ in $(seq 60); do
  if [[ $(ros2 lifecycle get /left/forerun 2> /dev/null || true) == active* ]]; then break; fi
  sleep 1
done
[[ $(ros2 lifecycle get /left/forerun) == active* ]]
ros2 param get /left/forerun planner.candidates
ros2 topic echo --once /rosout > /dev/null &
ros2 lifecycle set /left/forerun deactivate
wait $!
kill -INT $launched
wait $launched
trap - EXIT

index=share/ament_index/resource_index/rmw_typesupport
for name in $(IFS=:; for prefix in $AMENT_PREFIX_PATH; do ls "$prefix/$index" 2> /dev/null || true; done | sort -u); do
  case $name in *_cpp) ;; *) continue ;; esac
  echo "-- RMW_IMPLEMENTATION=$name"
  RMW_IMPLEMENTATION=$name python3 "$HERE/test_launch.py" "$program"
  RMW_IMPLEMENTATION=$name python3 "$HERE/test_lifecycle.py" "$program"
done
echo "done"
