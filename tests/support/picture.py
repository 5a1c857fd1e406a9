"""Opens a recording in a Rerun viewer without a screen and takes its picture.

The picture shows the last moment at which the robot is half way through its longest reach: most recordings
end with the goal reached, when nothing is imagined any more.
"""

import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pyarrow
import rerun
from PIL import Image
from rerun.experimental import Chunk, ChunkStore, RrdReader, ViewerClient

# The `rerun` on the path is a wrapper that leaves the real viewer alive when it is ended.
PROGRAM = Path(rerun.__file__).parent.parent / "rerun_cli" / "rerun"
DISTANCE = "/distance/to_goal"
HALF_WAY = 0.5
SIZE = "1600x900"
SETTLE = 6.0  # seconds until pictures are decoded and views laid out
PATIENCE = 30.0  # seconds until a picture must be there
# RUST_LOG: the viewer's notices would cover the plots.
ENVIRONMENT = {"RUST_LOG": "error", "PATH": "/usr/bin:/bin", "HOME": str(Path.home())}


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


def distances(recording: Path) -> list[tuple[int, float]]:
    """Moments [ns] and how far the goal was then [model steps]."""
    rows: list[tuple[int, float]] = []
    for chunk in RrdReader(recording).stream():
        if str(chunk.entity_path) == DISTANCE and not chunk.is_static:
            batch = chunk.to_record_batch()
            values = batch.column("Scalars:scalars").to_pylist()
            rows += ((at, value[0]) for at, value in zip(nanoseconds(batch), values, strict=True))
    return rows


def nanoseconds(batch: pyarrow.RecordBatch) -> list[int]:
    """The times of a batch [ns]; Python's own durations end at microseconds."""
    return batch.column("t").cast("int64").to_pylist()


def half_way(recording: Path) -> int | None:
    """The moment to show [ns], or None for the end."""
    rows = distances(recording)
    if not rows:
        return None
    longest = max(distance for _, distance in rows)
    return max(at for at, distance in rows if distance >= HALF_WAY * longest)


def until(recording: Path, moment: int, folder: Path) -> Path:
    """The data before `moment` [ns]. (`rerun rrd split` tears transforms apart, and the robot with them.)"""
    chunks = []
    for chunk in RrdReader(recording).stream():
        if not chunk.is_static:
            batch = chunk.to_record_batch()
            early = [at <= moment for at in nanoseconds(batch)]
            if not any(early):
                continue
            chunks += Chunk.from_record_batch(batch.filter(pyarrow.array(early)))
        else:
            chunks.append(chunk)
    data = folder / "data.rrd"
    ChunkStore.from_chunks(chunks).write_rrd(data, application_id="forerun", recording_id="until")
    return data


def is_whole(picture: Path) -> bool:
    """A PNG ends with its IEND chunk; the viewer answers before the file is whole."""
    return picture.exists() and picture.read_bytes()[-8:-4] == b"IEND"


def photograph(recording: Path, shown: Path, raw: Path) -> str | None:
    """Writes `raw`: `shown` in the layout of `recording`; returns what went wrong."""
    port = free_port()
    options = ["--headless", "--window-size", SIZE, "--port", str(port)]
    address = f"rerun+http://127.0.0.1:{port}/proxy"
    viewer = subprocess.Popen([PROGRAM, recording, *options], env=ENVIRONMENT)
    try:
        time.sleep(SETTLE)
        if shown != recording and viewer.poll() is None:
            # The port is taken, so the file goes to the viewer that holds it.
            subprocess.run([PROGRAM, shown, *options], env=ENVIRONMENT, check=True, timeout=PATIENCE)
            time.sleep(SETTLE)
        if viewer.poll() is not None:
            return f"the viewer ended with {viewer.returncode}"
        ViewerClient.connect(address).save_screenshot(str(raw))
        deadline = time.monotonic() + PATIENCE
        while not is_whole(raw):
            if time.monotonic() > deadline:
                return "the viewer took no picture"
            time.sleep(0.05)
    finally:
        viewer.terminate()
        viewer.wait(10)
    return None


def main() -> int:
    recording, picture, largest = Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3])
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        moment = half_way(recording)
        shown = until(recording, moment, folder) if moment else recording
        raw = folder / "raw.png"
        if failure := photograph(recording, shown, raw):
            print(f"tests/picture: {failure}", file=sys.stderr)
            return 1
        image = Image.open(raw).convert("RGB")
    picture.parent.mkdir(parents=True, exist_ok=True)
    image.save(picture, optimize=True)
    if picture.stat().st_size > largest:
        image.quantize(256, dither=Image.Dither.NONE).save(picture, optimize=True)
    size = picture.stat().st_size
    print(f"{picture}: {image.width} x {image.height}, {size // 1024} KiB, rerun {rerun.__version__}")
    if size > largest:
        print(f"tests/picture: {size} bytes, expected at most {largest}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
