"""Opens a recording in a Rerun viewer without a screen and takes its picture."""

import socket
import subprocess
import sys
import time
from pathlib import Path

import rerun
from PIL import Image
from rerun.experimental import ViewerClient

SIZE = "1600x900"
SETTLE = 6.0  # seconds until pictures are decoded and views laid out
PATIENCE = 30.0  # seconds until a picture must be there


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


def is_whole(picture: Path) -> bool:
    """A PNG ends with its IEND chunk; the viewer answers before the file is whole."""
    return picture.exists() and picture.read_bytes()[-8:-4] == b"IEND"


def main() -> int:
    recording, picture, largest = Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3])
    # The `rerun` on the path is a wrapper that leaves the real viewer alive when it is ended.
    program = Path(rerun.__file__).parent.parent / "rerun_cli" / "rerun"
    raw = picture.with_suffix(".raw.png").absolute()
    raw.unlink(missing_ok=True)
    port = free_port()
    options = ["--headless", "--window-size", SIZE, "--port", str(port)]
    environment = {"RUST_LOG": "error", "PATH": "/usr/bin:/bin", "HOME": str(Path.home())}
    viewer = subprocess.Popen([program, recording, *options], env=environment)
    try:
        time.sleep(SETTLE)
        if viewer.poll() is not None:
            print(f"tests/picture: the viewer ended with {viewer.returncode}", file=sys.stderr)
            return 1
        client = ViewerClient.connect(f"rerun+http://127.0.0.1:{port}/proxy")
        client.save_screenshot(str(raw))
        deadline = time.monotonic() + PATIENCE
        while not is_whole(raw):
            if time.monotonic() > deadline:
                print("tests/picture: the viewer took no picture", file=sys.stderr)
                return 1
            time.sleep(0.05)
    finally:
        viewer.terminate()
        viewer.wait(10)
    picture.parent.mkdir(parents=True, exist_ok=True)
    image = Image.open(raw).convert("RGB")
    image.save(picture, optimize=True)
    if picture.stat().st_size > largest:
        image.quantize(256, dither=Image.Dither.NONE).save(picture, optimize=True)
    raw.unlink()
    size = picture.stat().st_size
    print(f"{picture}: {image.width} x {image.height}, {size // 1024} KiB, rerun {rerun.__version__}")
    if size > largest:
        print(f"tests/picture: {size} bytes, expected at most {largest}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
