"""manifest.toml: the contract in words and numbers (docs/package.md)."""

from __future__ import annotations

import hashlib
import json
import math
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import tomli_w

from forerun_recipe.errors import RecipeError

Table = dict[str, Any]


def sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


@dataclass(frozen=True)
class GraphFiles:
    """One graph: its files inside the package and which of them robots load."""

    file: str
    int8: str | None = None
    precision: str = "f32"

    def table(self, folder: Path) -> Table:
        out: Table = {"file": self.file, "sha256": sha256(folder / self.file)}
        if self.int8:
            out["int8"] = {"file": self.int8, "sha256": sha256(folder / self.int8)}
        out["precision"] = self.precision
        return out


def file_table(folder: Path, name: str) -> Table:
    return {"file": name, "sha256": sha256(folder / name)}


def write(path: Path, manifest: Table) -> None:
    path.write_text(tomli_w.dumps(manifest), "utf-8")


def wilson(successes: int, n: int) -> tuple[float, float]:
    """95 % interval of a success rate."""
    z, rate = 1.959964, successes / n
    middle, half = rate + z * z / (2 * n), z * math.sqrt(rate * (1 - rate) / n + z * z / (4 * n * n))
    return (middle - half) / (1 + z * z / n), (middle + half) / (1 + z * z / n)


def record_success(folder: Path, report: Path, command: str) -> Table:
    """Put what `forerun eval --json` measured into the manifest, with the command that measured it."""
    path = folder / "manifest.toml"
    result = json.loads(report.read_text("utf-8"))
    if missing := [key for key in ("success", "n") if key not in result]:
        raise RecipeError(
            "not a report of `forerun eval --json`", where=report, found=", ".join(sorted(result)),
            expected=f"also {', '.join(missing)}", do="forerun eval ROBOT --json > report.json",
        )  # fmt: skip
    rate, n = float(result["success"]), int(result["n"])
    low, high = result.get("ci95") or wilson(round(rate * n), n)
    table = {"rate": rate, "n": n, "ci95": [round(float(low), 4), round(float(high), 4)], "command": command}
    manifest = tomllib.loads(path.read_text("utf-8"))
    manifest["success"] = table
    provenance = manifest.pop("provenance")  # last, as in docs/package.md
    write(path, manifest | {"provenance": provenance})
    return table


def fitted(manifest: Table, folder: Path, layout: str, hashes: tuple[str, ...]) -> Table:
    """The manifest for the files in `folder`, fitted to recordings with these `hashes` in `layout`.

    The success that was measured elsewhere is left out, and so are the map and the int8 form of a metric that changed.
    """
    metric = manifest["graphs"]["metric"]
    if (found := sha256(folder / metric["file"])) != metric["sha256"]:
        metric = {key: value for key, value in metric.items() if key != "int8"} | {"sha256": found, "precision": "f32"}
    old = manifest["graphs"]["encode"]
    encode = old | {"sha256": sha256(folder / old["file"])}
    if "int8" in old:
        encode["int8"] = file_table(folder, old["int8"]["file"])
    provenance = manifest["provenance"] | {"data": f"{manifest['provenance']['data']}; fitted to: {' '.join(hashes)}"}
    changed = {
        "version": f"{manifest['version'].split('+')[0]}+{layout}",
        "model": manifest["model"] | {"layout": layout},
        "graphs": manifest["graphs"] | {"encode": encode, "metric": metric},
        "golden": manifest["golden"] | file_table(folder, manifest["golden"]["file"]),
        "transitions": file_table(folder, "transitions.mcap"),
        "provenance": provenance,
    }  # fmt: skip
    return {key: changed.get(key, value) for key, value in manifest.items() if key not in ("success", "map")}
