"""Writes the reference networks for `forerun bench`, or with `--tiny DIR` the small ones that tests read."""

from __future__ import annotations

import argparse
import json
import shutil
import sys
from pathlib import Path
from typing import Any

from forerun_reference import export, quantize, work
from forerun_reference.catalogue import FULL, SHIPPED, TINY

INDEX = "index.json"
LARGEST_TINY = 60_000  # bytes
PACKAGES = Path(__file__).resolve().parents[2]


def main() -> int:
    parser = argparse.ArgumentParser(prog="models/reference/make", description=__doc__)
    parser.add_argument("--out", type=Path, default=Path("target/models"), metavar="DIR", help="where to (%(default)s)")
    parser.add_argument("--tiny", type=Path, metavar="DIR", help="write only the tiny networks, there")
    parser.add_argument("--seed", type=int, default=0, help="of the weights (%(default)s)")
    args = parser.parse_args()
    out: Path = args.tiny or args.out
    out.mkdir(parents=True, exist_ok=True)
    entries = []
    for reference in TINY if args.tiny else FULL:
        path = out / f"{reference.name}.onnx"
        network = export.build(reference, args.seed)
        export.to_onnx(network, reference, path)
        if args.tiny:
            check_size(path)
        else:
            export.to_torchscript(network, reference, path.with_suffix(".pt"))
            int8_forms(path, args.seed)
        entries.append(entry(path, reference.kind))
    if not args.tiny:
        for name, (kind, file) in SHIPPED.items():
            path = out / f"{name}.onnx"
            shutil.copyfile(PACKAGES / file, path)
            int8_forms(path, args.seed)
            entries.append(entry(path, kind))
    (out / INDEX).write_text(json.dumps({"networks": entries}, indent=1) + "\n")
    return 0


def entry(path: Path, kind: str) -> dict[str, Any]:
    """What the bench must know of a network beside its file."""
    amount = work.of_file(path)
    print(f"{path}: {amount['parameters']:,} parameters, {amount['multiply_accumulates']:,} multiply-accumulates a row", file=sys.stderr)
    return {"name": path.stem, "kind": kind} | amount


def int8_forms(path: Path, seed: int) -> None:
    """All of onnxruntime's: which is its best differs from network to network and from machine to machine."""
    for per_channel, suffix in [(False, ""), (True, "-per-channel")]:
        quantize.dynamic(path, path.with_suffix(f".dynamic{suffix}.onnx"), per_channel=per_channel)
        quantize.static(path, path.with_suffix(f".static{suffix}.onnx"), per_channel=per_channel, seed=seed)


def check_size(path: Path) -> None:
    size = path.stat().st_size
    if size > LARGEST_TINY:
        raise SystemExit(f"error: {path} has {size} bytes, at most {LARGEST_TINY} may be committed: make the tiny network smaller")


if __name__ == "__main__":
    sys.exit(main())
