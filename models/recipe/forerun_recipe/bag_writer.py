"""Writes a recording: MCAP, chunked, zstd, profile `ros2` (docs/recording.md)."""

from __future__ import annotations

from pathlib import Path
from types import TracebackType

from mcap.writer import CompressionType, IndexType, Writer

from forerun_recipe import __version__
from forerun_recipe.messages import SCHEMAS


class BagWriter:
    """A context manager: `write` messages in order of log time, `metadata` once."""

    def __init__(self, path: Path) -> None:
        # Message indexes are 16 bytes a message, as much as a compressed command: left out.
        self._mcap = Writer(str(path), 1 << 20, CompressionType.ZSTD, IndexType.CHUNK | IndexType.METADATA)
        self._channels: dict[str, int] = {}

    def __enter__(self) -> BagWriter:
        self._mcap.start("ros2", f"forerun_recipe {__version__}")
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._mcap.finish()  # type: ignore[no-untyped-call]

    def metadata(self, values: dict[str, str]) -> None:
        """The metadata record `forerun`."""
        self._mcap.add_metadata("forerun", values)

    def write(self, topic: str, kind: str, log_time: int, data: bytes) -> None:
        """One CDR message of ROS type `kind` (`package/msg/Type`) at log time [ns]."""
        if topic not in self._channels:
            schema = self._mcap.register_schema(kind, "ros2msg", SCHEMAS[kind].encode())
            self._channels[topic] = self._mcap.register_channel(topic, "cdr", schema)
        self._mcap.add_message(self._channels[topic], log_time, data, log_time)
