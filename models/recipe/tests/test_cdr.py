"""CDR against bytes written down by hand, and against messages that lie about their length."""

from __future__ import annotations

import struct

import numpy as np
import pytest

from forerun_recipe import messages
from forerun_recipe.cdr import CdrError, Reader

JOINTS = (
    bytes([0, 1, 0, 0])
    + struct.pack("<iI", 5, 250_000_000)  # stamp, bytes 0..8 of the body
    + struct.pack("<I", 1) + b"\0"  # frame_id "", 8..13
    + b"\0" * 3 + struct.pack("<I", 1)  # one name, 16..20
    + struct.pack("<I", 3) + b"j1\0"  # 20..27
    + b"\0" + struct.pack("<I", 1)  # one position: count at 28..32
    + struct.pack("<d", 1.5)  # 32..40
    + struct.pack("<I", 1) + b"\0" * 4 + struct.pack("<d", -0.25)  # velocity: count, padding to 8, value
    + struct.pack("<I", 0)  # effort
)  # fmt: skip


def test_joint_state_by_hand() -> None:
    state = messages.joint_state(JOINTS)
    assert state.stamp == 5_250_000_000
    assert state.name == ("j1",)
    assert state.position.tolist() == [1.5] and state.velocity.tolist() == [-0.25]
    assert messages.encode_joint_state(state) == JOINTS


def test_command_round_trip() -> None:
    values = np.array([1.0, -2.5, 3.25])
    assert messages.float64_multi_array(messages.encode_float64_multi_array(values)).tolist() == values.tolist()


def test_image_encodings_become_rgb() -> None:
    pixels = np.arange(2 * 3 * 3, dtype=np.uint8).reshape(2, 3, 3)
    data = messages.encode_image(messages.Frame(7, pixels))
    assert np.array_equal(messages.image(data).pixels, pixels)
    swapped = data.replace(b"rgb8", b"bgr8")
    assert np.array_equal(messages.image(swapped).pixels, pixels[..., ::-1])
    with pytest.raises(CdrError, match="yuv8"):
        messages.image(data.replace(b"rgb8", b"yuv8"))


@pytest.mark.parametrize("cut", range(0, len(JOINTS) - 4, 5))
def test_truncated_message_is_refused(cut: int) -> None:
    with pytest.raises(CdrError):
        messages.joint_state(JOINTS[:cut])


def test_length_that_lies_is_refused_without_allocating() -> None:
    with pytest.raises(CdrError, match="sequence of 4294967295"):
        Reader(bytes([0, 1, 0, 0]) + b"\xff" * 4).doubles()


def test_picture_that_is_none_is_refused() -> None:
    frame = messages.encode_compressed_image(messages.Frame(0, np.zeros((8, 8, 3), np.uint8)), 90)
    with pytest.raises(CdrError, match="does not decode"):
        messages.compressed_image(frame.replace(b"\xff\xd8", b"\0\0"))
