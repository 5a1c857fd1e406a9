"""Writes the reference networks: `make [--out DIR]`, or with `--tiny DIR` the small ones that tests read."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from forerun_reference import export, quantize
from forerun_reference.catalogue import FULL, TINY, Reference

LARGEST_TINY = 60_000  # bytes


def main() -> int:
    parser = argparse.ArgumentParser(prog="models/reference/make", description=__doc__)
    parser.add_argument("--out", type=Path, default=Path("target/models"), metavar="DIR", help="where to (%(default)s)")
    parser.add_argument("--tiny", type=Path, metavar="DIR", help="write only the tiny networks, there")
    parser.add_argument("--only", metavar="NAME", help="one network instead of all")
    parser.add_argument("--seed", type=int, default=0, help="of the weights (%(default)s)")
    args = parser.parse_args()
    references = [r for r in (TINY if args.tiny else FULL) if args.only in (None, r.name)]
    if not references:
        parser.error(f"--only {args.only}: known are {', '.join(r.name for r in FULL)}")
    for reference in references:
        if args.tiny:
            tiny(reference, args.tiny, args.seed)
        else:
            full(reference, args.out, args.seed)
    return 0


def full(reference: Reference, out: Path, seed: int) -> None:
    """f32 as ONNX and TorchScript, and onnxruntime's int8 forms."""
    out.mkdir(parents=True, exist_ok=True)
    network = export.build(reference, seed)
    path = out / f"{reference.name}.onnx"
    export.to_onnx(network, reference, path)
    export.to_torchscript(network, reference, path.with_suffix(".pt"))
    quantize.dynamic(path, path.with_suffix(".dynamic.onnx"), per_channel=False)
    quantize.dynamic(path, path.with_suffix(".dynamic-per-channel.onnx"), per_channel=True)
    quantize.static(path, path.with_suffix(".static.onnx"), seed=seed)
    millions = sum(p.numel() for p in network.parameters()) / 1e6
    print(f"{path}: {millions:.2f} M parameters, {path.stat().st_size / 1e6:.1f} MB", file=sys.stderr)


def tiny(reference: Reference, out: Path, seed: int) -> None:
    out.mkdir(parents=True, exist_ok=True)
    path = out / f"{reference.name}.onnx"
    export.to_onnx(export.build(reference, seed), reference, path)
    size = path.stat().st_size
    if size > LARGEST_TINY:
        raise SystemExit(f"error: {path} has {size} bytes, at most {LARGEST_TINY} may be committed: make the tiny network smaller")
    print(f"{path}: {size} bytes", file=sys.stderr)


if __name__ == "__main__":
    sys.exit(main())
