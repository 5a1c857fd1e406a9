#!/usr/bin/env bash
# What only a machine with a whole ROS 2 Jazzy can show; tests/run does the rest:
#   . /opt/ros/jazzy/setup.bash && tests/ros2/host.sh FOLDER
# colcon build and test by the host's colcon, the launch files by `ros2 launch`, the tools of `ros2` as a roboticist uses
# them, and every middleware that is installed.
set -euo pipefail

HERE=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
ROOT=$(cd "$HERE/../.." && pwd)
WORK=$(realpath -m "${1:?usage: host.sh FOLDER}")
for tool in ros2 colcon readelf; do
  command -v "$tool" > /dev/null || { echo "host.sh: $tool not found; source a ROS 2 Jazzy that has it" >&2; exit 2; }
done

source_it() {
  set +u # colcon's own scripts read what is not set
  # shellcheck disable=SC1090
  . "$1"
  set -u
}

# What these packages bring is a feature each.
features=ros
if ! python3 -c "import forerun_interfaces" 2> /dev/null; then
  colcon --log-base "$WORK/log" build --base-paths "$ROOT/forerun_interfaces" --build-base "$WORK/build" \
    --install-base "$WORK/interfaces"
  source_it "$WORK/interfaces/setup.bash"
fi
features+=,action
if python3 -c "import tf2_msgs" 2> /dev/null; then features+=,tf; fi
FEATURES=$features "$HERE/colcon.sh" "$WORK"
source_it "$WORK/install/setup.bash"
program=$WORK/install/forerun/lib/forerun/forerun

# The middleware is whatever librmw_implementation loads, not one that was linked.
needed=$(readelf -d "$program" | sed -n 's/.*NEEDED.*\[\(librmw_.*\)\]/\1/p')
echo "middleware linked: $needed"
[[ $needed == librmw_implementation.so ]]

for file in arm rover robot two_robots; do
  ros2 launch forerun "$file.launch.py" --show-args > "$WORK/arguments.txt"
  grep -q "'log_level':" "$WORK/arguments.txt"
done
[[ $(ros2 pkg executables forerun) == "forerun forerun" ]]
ros2 run forerun forerun node --help > /dev/null

# The first domain that no other test on this machine has: see domain.py.
for number in $(seq 0 99); do
  ROS_DOMAIN_ID=$((1 + ($$ + number) % 100))
  exec 9>> "${TMPDIR:-/tmp}/forerun-domain-$ROS_DOMAIN_ID.lock"
  if flock --nonblock 9; then break; fi
done
export ROS_DOMAIN_ID ROS_AUTOMATIC_DISCOVERY_RANGE=LOCALHOST
node=/left/forerun
# A shell's background ignores SIGINT, which launch believes. Without a terminal launch passes it on to its processes.
env --default-signal=INT ros2 launch forerun arm.launch.py namespace:=left log_level:=info < /dev/null &
launched=$!
trap 'kill -INT $launched 2> /dev/null || true; ros2 daemon stop > /dev/null' EXIT

# What a command prints. The tools give discovery a second, which a busy machine may need for itself.
say() {
  local said
  printf '$ ros2 %s\n' "$*" >&2
  for _ in $(seq 10); do
    said=$(ros2 "$@" 2>&1 || true)
    if [[ $said != "Node not found"* ]]; then break; fi
    sleep 1
  done
  printf '%s\n' "$said"
}
# Until a command prints what is wanted, a minute at most: what asks the graph sees it as far as it has been discovered.
await() {
  local wanted=$1 said
  shift
  for _ in $(seq 60); do
    # An answer that is lost on a busy machine is waited for without end.
    said=$(timeout 20 ros2 "$@" 2> /dev/null || true)
    if [[ $said == *"$wanted"* ]]; then printf '$ ros2 %s: %s\n' "$*" "$wanted"; return; fi
    sleep 1
  done
  printf 'host.sh: ros2 %s: found %q, expected %q\n' "$*" "$said" "$wanted" >&2
  return 1
}
holds() { [[ $2 == *"$1"* ]] || { printf 'host.sh: found %q, expected %q in it\n' "$2" "$1" >&2; return 1; }; }

await "active [3]" lifecycle get $node
await $node node list
await $node lifecycle nodes
await "/left/forerun/reach: forerun_interfaces/action/Reach" node info $node
holds "- deactivate [4]" "$(say lifecycle list $node)"
await "/left/forerun/activate [std_srvs/srv/Trigger]" service list -t
await "/left/forerun/reach [forerun_interfaces/action/Reach]" action list -t
await "Publisher count: 1" topic info -v /left/image
holds "success=True" "$(say service call /left/forerun/activate std_srvs/srv/Trigger)"
holds "/left/forerun: supervisor" "$(say topic echo --once /diagnostics)"
holds "- shoulder" "$(say topic echo --once /left/joint_states)"
# It ends with a signal only.
rate=$(timeout --foreground -s INT 15 ros2 topic hz /left/command 2> /dev/null || true)
holds "average rate: " "$rate"
tail -2 <<< "$rate"

holds "Integer value is: 8" "$(say param get $node planner.candidates)"
holds "Max value: 4096" "$(say param describe $node planner.candidates)"
holds "successful" "$(say param set $node cost.stop 2.5)"
holds "expected 0 to 1000" "$(say param set $node cost.stop -- -1.0)"
holds "cleanup" "$(say param set $node planner.candidates 16)"
# What is dumped can be loaded, by a running node and by one that starts.
say param dump $node > "$WORK/dump.yaml"
loaded=$(say param load $node "$WORK/dump.yaml")
holds "Set parameter cost.stop successful" "$loaded"
if grep -i "fail" <<< "$loaded"; then exit 1; fi

goal="{joints: {name: [shoulder, elbow], position: [0.5, -0.9]}, time_limit: 30.0}"
reached=$(say action send_goal --feedback $node/reach forerun_interfaces/action/Reach "$goal")
holds "Feedback:" "$reached"
holds "Goal finished with status: SUCCEEDED" "$reached"
tail -4 <<< "$reached"

for transition in deactivate cleanup; do holds "Transitioning successful" "$(say lifecycle set $node $transition)"; done
holds "successful" "$(say param set $node planner.candidates 16)"
holds "unconfigured [1]" "$(say lifecycle get $node)"
kill -INT $launched
wait $launched

sed -i 's/stop: 2.5/stop: 3.5/' "$WORK/dump.yaml"
"$program" node arm --ros-args -r __ns:=/left --params-file "$WORK/dump.yaml" &
launched=$!
await "Double value is: 3.5" param get $node cost.stop
kill -INT $launched
wait $launched
trap - EXIT
ros2 daemon stop

tests=(launch lifecycle "robot arm" parameters graph names topics bad_input sim_time diagnostics recording trajectory shadow
  shadow_trajectories action)
if [[ $features == *,tf ]]; then tests+=("tf action"); fi
index=share/ament_index/resource_index/rmw_typesupport
for name in $(IFS=:; for prefix in $AMENT_PREFIX_PATH; do ls "$prefix/$index" 2> /dev/null || true; done | sort -u); do
  case $name in *_cpp) ;; *) continue ;; esac
  echo "-- RMW_IMPLEMENTATION=$name"
  for test in "${tests[@]}"; do
    read -r file words <<< "$test"
    # shellcheck disable=SC2086
    RMW_IMPLEMENTATION=$name python3 "$HERE/test_$file.py" "$program" $words
  done
done
echo "done"
