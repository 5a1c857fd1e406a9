#!/usr/bin/env bash
# Makes a ROS 2 Jazzy prefix from Python wheels, without apt and without root:
#   . "$(tests/ros2/prefix.sh target/ros2)"
# PREFIX becomes a virtual environment that is also an ament prefix, with forerun_interfaces and tf2_msgs built in it.
# Idempotent: a stamp of this script and of what it reads makes the next run a no-op. Prints the env file to source, and only that.
set -euo pipefail

HERE=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
PREFIX=$(realpath -m "${1:?usage: prefix.sh PREFIX}")
REQUIREMENTS=("$HERE/requirements.txt" "$HERE/interfaces-requirements.txt")
INTERFACES=("$(realpath "$HERE/../../forerun_interfaces")" "$HERE/tf2_msgs")
PYTHON=${PYTHON:-python3.11}
STAMP=$PREFIX/.stamp
ENV_FILE=$PREFIX/ros2-env.sh
SITE=$PREFIX/lib/python3.11/site-packages

say() { echo "ros2 prefix: $*" >&2; }
die() { say "$*"; exit 1; }

command -v "$PYTHON" >/dev/null || die "$PYTHON not found; the wheels are for CPython 3.11"
[[ $("$PYTHON" -c 'import sys; print("%d.%d" % sys.version_info[:2])') == 3.11 ]] || die "$PYTHON is not Python 3.11"
[[ $(uname -m) == x86_64 ]] || die "the wheels are x86_64 only, this machine is $(uname -m): source a ROS 2 Jazzy instead"
command -v gcc >/dev/null || die "gcc not found; bindgen needs its headers"

WANT=$(cat "${BASH_SOURCE[0]}" "${REQUIREMENTS[@]}" $(find "${INTERFACES[@]}" -type f | sort) | sha256sum | cut -d' ' -f1)
if [[ -f $STAMP && $(cat "$STAMP") == "$WANT $PREFIX" ]]; then echo "$ENV_FILE"; exit 0; fi

say "installing ROS 2 Jazzy wheels into $PREFIX (about a minute)"
rm -rf "$PREFIX"
"$PYTHON" -m venv --without-pip "$PREFIX"
env -u PYTHONPATH "$PYTHON" -m pip --python "$PREFIX/bin/python" install --quiet --disable-pip-version-check \
  --no-warn-script-location --no-deps --require-hashes -r "${REQUIREMENTS[0]}" -r "${REQUIREMENTS[1]}"

# One library folder: the wheels keep bundled libraries in site-packages/ros_*.libs, and their run paths
# point elsewhere; linked beside the others, LD_LIBRARY_PATH=PREFIX/lib is enough.
for file in "$SITE"/ros_*.libs/*.so*; do
  ln -sf "python3.11/site-packages/${file#"$SITE"/}" "$PREFIX/lib/${file##*/}"
done
# r2r links -lrmw_implementation, which no wheel ships.
ln -sf librmw_fastrtps_cpp.so "$PREFIX/lib/librmw_implementation.so"
# Some rcl libraries are linked to the Python generators' libraries by mistake; those need libpython.
for file in "$PREFIX"/lib/librcl*.so; do
  if [[ -L $file || $file == *__rosidl_* ]]; then continue; fi
  needed=$("$PREFIX/bin/patchelf" --print-needed "$file" | grep '__rosidl_generator_py\.so$' || true)
  arguments=()
  for library in $needed; do arguments+=(--remove-needed "$library"); done
  if [[ ${#arguments[@]} -gt 0 ]]; then "$PREFIX/bin/patchelf" "${arguments[@]}" "$file"; fi
done
# The wheels' CMake files name the Python that they were built with.
include=$("$PREFIX/bin/python" -c 'import sysconfig; print(sysconfig.get_path("include"))')
grep -rl --include='*.cmake' /opt/python/cp311-cp311 "$PREFIX/share" | xargs sed -i \
  -e "s#/opt/python/cp311-cp311/include/python3.11#$include#g" \
  -e "s#/opt/python/cp311-cp311/lib/python3.11/site-packages#$SITE#g"

cat > "$ENV_FILE" <<EOT
# ROS 2 Jazzy from wheels in $PREFIX; source this file.
export ROS_DISTRO=jazzy ROS_VERSION=2 ROS_PYTHON_VERSION=3
export AMENT_PREFIX_PATH="$PREFIX\${AMENT_PREFIX_PATH:+:\$AMENT_PREFIX_PATH}"
export LD_LIBRARY_PATH="$PREFIX/lib\${LD_LIBRARY_PATH:+:\$LD_LIBRARY_PATH}"
export PATH="$PREFIX/bin:\$PATH"
export PYTHONPATH="$SITE\${PYTHONPATH:+:\$PYTHONPATH}"
export _ROS_WHEELS_BOOTSTRAP_COMPLETE=1 # else a .pth file of the wheels starts python anew
# bindgen: the wheel's libclang brings no headers of its own, gcc's do
if [ -z "\${LIBCLANG_PATH:-}" ]; then
  export LIBCLANG_PATH="$SITE/clang/native"
  export BINDGEN_EXTRA_CLANG_ARGS="-isystem $(gcc -print-file-name=include)"
fi
EOT

(
  unset AMENT_PREFIX_PATH LD_LIBRARY_PATH PYTHONPATH
  . "$ENV_FILE"
  build=$PREFIX/build
  for package in "${INTERFACES[@]}"; do
    {
      cmake -S "$package" -B "$build" -DCMAKE_BUILD_TYPE=Release -DBUILD_TESTING=OFF \
        -DCMAKE_PREFIX_PATH="$PREFIX" -DCMAKE_INSTALL_PREFIX="$PREFIX" -DPython3_EXECUTABLE="$PREFIX/bin/python"
      cmake --build "$build" --parallel
      cmake --install "$build"
    } > "$PREFIX/interfaces.log" 2>&1 || { tail -30 "$PREFIX/interfaces.log" >&2; exit 1; }
    rm -rf "$build"
  done
) || die "an interface package was not built: see above, and $PREFIX/interfaces.log"

(
  unset AMENT_PREFIX_PATH LD_LIBRARY_PATH PYTHONPATH
  . "$ENV_FILE"
  python - <<'EOT'
import rclpy
from forerun_interfaces.action import Reach
from sensor_msgs.msg import Image
from tf2_msgs.msg import TFMessage

rclpy.init()
node = rclpy.create_node("prefix_check")
node.create_publisher(Image, "image", 1).publish(Image())
node.destroy_node()
rclpy.shutdown()
EOT
) || die "rclpy could not publish: see above"
echo "$WANT $PREFIX" > "$STAMP"
say "ready ($(du -sh "$PREFIX" | cut -f1))"
echo "$ENV_FILE"
