#!/usr/bin/env bash
# `colcon build` and `colcon test`, then the installed tree from another folder:
#   tests/ros2/colcon.sh FOLDER          with a sourced ROS 2, or the prefix of prefix.sh
# Builds with the colcon and ament_cmake of the ROS 2, or, where there is none, with wheels of them in FOLDER/tools.
# FEATURES are cargo's, by commas (ros). cargo builds in CARGO_TARGET_DIR, or target/: what is built there is not built again.
set -euo pipefail

HERE=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
ROOT=$(cd "$HERE/../.." && pwd)
WORK=$(realpath -m "${1:?usage: colcon.sh FOLDER}")
TARGET=$(realpath -m "${CARGO_TARGET_DIR:-$ROOT/target}")
TOOLS=$WORK/tools
: "${ROS_DISTRO:?source a ROS 2 first, or the prefix that tests/ros2/prefix.sh makes}"

# A Python 3.11 that has pip: a sourced prefix comes first on the PATH, and has none.
python_with_pip() {
  local python
  for python in ${PYTHON:-} $(type -ap python3.11); do
    if env -u PYTHONPATH "$python" -m pip --version > /dev/null 2>&1; then echo "$python"; return; fi
  done
  echo "colcon.sh: no python3.11 with pip found; give PYTHON=/path/to/python3.11" >&2
  exit 1
}

arguments=("-DCARGO_TARGET=$TARGET" "-DFEATURES=${FEATURES:-ros}")
if ! command -v colcon > /dev/null; then
  stamp=$(cat "${BASH_SOURCE[0]}" "$HERE/colcon-requirements.txt" | sha256sum | cut -d' ' -f1)
  if [[ ! -f $TOOLS/.stamp || $(cat "$TOOLS/.stamp") != "$stamp $TOOLS" ]]; then
    python=$(python_with_pip)
    rm -rf "$TOOLS"
    "$python" -m venv --without-pip "$TOOLS"
    env -u PYTHONPATH "$python" -m pip --python "$TOOLS/bin/python" install --quiet --disable-pip-version-check \
      --no-warn-script-location --no-deps --require-hashes -r "$HERE/colcon-requirements.txt"
    echo "$stamp $TOOLS" > "$TOOLS/.stamp"
  fi
  # Not by AMENT_PREFIX_PATH: another value would build all of r2r again.
  export PATH=$TOOLS/bin:$PATH
  arguments+=("-Dament_cmake_core_DIR=$TOOLS/share/ament_cmake_core/cmake" "-DPython3_EXECUTABLE=$TOOLS/bin/python")
fi

bases=(--base-paths "$ROOT" --packages-select forerun --build-base "$WORK/build" --install-base "$WORK/install")
colcon --log-base "$WORK/log" build "${bases[@]}" --event-handlers console_cohesion+ --cmake-args "${arguments[@]}"
colcon --log-base "$WORK/log" test "${bases[@]}" --event-handlers console_cohesion+ --return-code-on-test-failure
colcon --log-base "$WORK/log" test-result --test-result-base "$WORK/build" --verbose

set +u # colcon's own scripts read what is not set
# shellcheck disable=SC1091
. "$WORK/install/setup.bash"
set -u
cd /
program=$(python3 -c 'from ament_index_python import get_package_prefix as p; print(p("forerun"))')/lib/forerun/forerun
"$program" check arm --help > /dev/null
"$program" eval arm --episodes 1
"$program" eval rover --episodes 1
echo "installed in $WORK/install, and runs from $PWD"
