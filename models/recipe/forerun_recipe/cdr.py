"""ROS 2 CDR, little-endian: what DDS puts on the wire and MCAP stores.

Four bytes of encapsulation header, then fields aligned to their own size, counted from after the header.
"""

from __future__ import annotations

import struct

import numpy as np
from numpy.typing import NDArray

LITTLE_ENDIAN = b"\x00\x01\x00\x00"


class CdrError(ValueError):
    """The bytes end early or are not little-endian CDR."""


class Reader:
    """Reads fields in order. Every method raises `CdrError` instead of reading past the end."""

    def __init__(self, data: bytes) -> None:
        if len(data) < 4 or data[1] != 1:
            raise CdrError(f"not little-endian CDR: header {data[:4].hex()}")
        self.body = memoryview(data)[4:]
        self.at = 0

    def _take(self, size: int, align: int) -> int:
        start = self.at + -self.at % align
        self.at = start + size
        if self.at > len(self.body):
            raise CdrError(f"message of {len(self.body)} bytes ends inside a field at byte {start}")
        return start

    def u8(self) -> int:
        return self.body[self._take(1, 1)]

    def i32(self) -> int:
        return int(struct.unpack_from("<i", self.body, self._take(4, 4))[0])

    def u32(self) -> int:
        return int(struct.unpack_from("<I", self.body, self._take(4, 4))[0])

    def string(self) -> str:
        size = self.u32()
        start = self._take(size, 1)
        return bytes(self.body[start : start + size]).rstrip(b"\0").decode("utf-8", "replace")

    def strings(self) -> tuple[str, ...]:
        return tuple(self.string() for _ in range(self._count(5)))

    def octets(self) -> memoryview:
        """sequence<uint8>, not copied."""
        size = self.u32()
        start = self._take(size, 1)
        return self.body[start : start + size]

    def doubles(self) -> NDArray[np.float64]:
        """sequence<double> -> [n]."""
        size = self._count(8)
        if size == 0:
            return np.empty(0)
        return self.array(size)

    def array(self, size: int) -> NDArray[np.float64]:
        """double[size] -> [size]; size > 0."""
        return np.frombuffer(self.body, "<f8", size, self._take(8 * size, 8))

    def stamp(self) -> int:
        """builtin_interfaces/Time -> nanoseconds."""
        return self.i32() * 1_000_000_000 + self.u32()

    def _count(self, smallest: int) -> int:
        size = self.u32()
        if size * smallest > len(self.body):
            raise CdrError(f"sequence of {size} elements in a message of {len(self.body)} bytes")
        return size


class Writer:
    """Writes fields in order; `bytes()` gives the message with its header."""

    def __init__(self) -> None:
        self.out = bytearray()

    def _align(self, align: int) -> None:
        self.out += b"\0" * (-len(self.out) % align)

    def u8(self, value: int) -> Writer:
        self.out.append(value)
        return self

    def u32(self, value: int) -> Writer:
        self._align(4)
        self.out += struct.pack("<I", value)
        return self

    def string(self, value: str) -> Writer:
        data = value.encode() + b"\0"
        self.u32(len(data))
        self.out += data
        return self

    def strings(self, values: tuple[str, ...]) -> Writer:
        self.u32(len(values))
        for value in values:
            self.string(value)
        return self

    def octets(self, value: bytes) -> Writer:
        self.u32(len(value))
        self.out += value
        return self

    def doubles(self, values: NDArray[np.float64]) -> Writer:
        self.u32(len(values))
        return self.array(values) if len(values) else self

    def array(self, values: NDArray[np.float64]) -> Writer:
        self._align(8)
        self.out += np.ascontiguousarray(values, "<f8").tobytes()
        return self

    def stamp(self, nanoseconds: int) -> Writer:
        self._align(4)
        self.out += struct.pack("<iI", *divmod(nanoseconds, 1_000_000_000))
        return self

    def bytes(self) -> bytes:
        return LITTLE_ENDIAN + self.out
