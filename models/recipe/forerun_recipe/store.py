"""Decoded recordings on disk, by hash: a recording is decoded once, whatever is trained from it."""

from __future__ import annotations

import hashlib
import json
import os
from pathlib import Path
from typing import BinaryIO

import numpy as np
from numpy.typing import NDArray

from forerun_recipe import bag as bags
from forerun_recipe.bag import Bag, Topics
from forerun_recipe.picture import fit

FORMAT = 2  # of the files here; raise it when decoding changes


def decode(path: Path, size: int, topics: Topics, folder: Path) -> tuple[Bag, NDArray[np.uint8]]:
    """A recording's numbers, and its pictures [N, size, size, 3] as a memory-mapped file, in order of their stamps."""
    folder.mkdir(parents=True, exist_ok=True)
    digest = bags.sha256_of(path)
    key = hashlib.sha256(repr((FORMAT, digest, size, topics)).encode()).hexdigest()[:16]
    raw, numbers = folder / f"{key}.rgb", folder / f"{key}.npz"
    if not (raw.is_file() and numbers.is_file()):
        part = folder / f"{key}.{os.getpid()}.part"
        with part.open("wb") as file:
            bag = bags.read(path, lambda frame: _append(file, fit(frame, size)), topics, digest)
        part.replace(raw)
        _save(numbers, bag)
    bag = _restore(numbers, path)
    pixels: NDArray[np.uint8] = np.memmap(raw, np.uint8, "r", shape=(len(bag.frame_stamp), size, size, 3))
    bag.frame_stamp, keep = bags.increasing(bag.frame_stamp)
    if not np.array_equal(keep, np.arange(len(pixels))):
        bag.warnings.append(f"frames out of order or with equal stamps: sorted, {len(pixels) - len(keep)} dropped")
        pixels = pixels[keep]
    return bag, pixels


def _append(file: BinaryIO, frame: NDArray[np.uint8]) -> None:
    file.write(np.ascontiguousarray(frame).tobytes())


def _save(path: Path, bag: Bag) -> None:
    text = {"sha256": bag.sha256, "metadata": bag.metadata, "urdf": bag.urdf, "joint_name": bag.joint_name, "warnings": bag.warnings}
    part = path.with_suffix(f".{os.getpid()}.part")
    with part.open("wb") as file:
        np.savez(
            file, text=json.dumps(text), frame_stamp=bag.frame_stamp, joint_stamp=bag.joint_stamp, position=bag.position,
            velocity=np.empty(0) if bag.velocity is None else bag.velocity, command_stamp=bag.command_stamp, command=bag.command,
            yaw_stamp=bag.yaw_stamp, yaw=bag.yaw,
        )  # fmt: skip
    part.replace(path)


def _restore(path: Path, recording: Path) -> Bag:
    with np.load(path, allow_pickle=False) as stored:
        text = json.loads(str(stored["text"]))
        velocity = stored["velocity"]
        return Bag(
            recording, text["sha256"], text["metadata"], text["urdf"], stored["frame_stamp"], tuple(text["joint_name"]),
            stored["joint_stamp"], stored["position"], None if velocity.ndim == 1 else velocity, stored["command_stamp"],
            stored["command"], stored["yaw_stamp"], stored["yaw"], text["warnings"],
        )  # fmt: skip
