"""Which precision a package's graphs ship in: int8 where `forerun check` finds that it decides as f32 does, else f32."""

from __future__ import annotations

import json
import subprocess
import tomllib
from dataclasses import dataclass, field
from itertools import combinations
from pathlib import Path
from typing import Any

from forerun_recipe.errors import RecipeError
from forerun_recipe.manifest import write

TIMEOUT = 600.0  # s that one examination may take
PLANNED_WITH = ("encode", "step", "metric")  # what a plan waits for; without an int8 file weights are quantized while loading


@dataclass
class Choice:
    """The graphs that run in int8, and why the larger sets before them don't."""

    int8: tuple[str, ...] = ()
    why: list[str] = field(default_factory=list)


def choose(folder: Path, forerun: str) -> Choice:
    """Write the precision of the graphs that plans are made with into the manifest: the largest set that passes the gate."""
    path = folder / "manifest.toml"
    manifest = tomllib.loads(path.read_text("utf-8"))
    names = [name for name in PLANNED_WITH if name in manifest["graphs"]]
    choice = Choice()
    for graphs in _sets(names):
        failed = _failed(folder, forerun, {name: "int8" if name in graphs else "f32" for name in manifest["graphs"]})
        if not failed:
            choice.int8 = graphs
            break
        choice.why.append(f"{' and '.join(graphs)} in int8: {'; '.join(failed)}")
    for name in names:
        manifest["graphs"][name]["precision"] = "int8" if name in choice.int8 else "f32"
    write(path, manifest)
    return choice


def _sets(names: list[str]) -> list[tuple[str, ...]]:
    """Every choice of graphs, the largest first."""
    return [graphs for size in range(len(names), 0, -1) for graphs in combinations(names, size)]


def _failed(folder: Path, forerun: str, precision: dict[str, str]) -> list[str]:
    """The bounds of the gate that the package does not keep with its graphs in `precision`."""
    command = [forerun, "check", str(folder), "--json"]
    for name, value in precision.items():
        command += ["--set", f"model.{name}_precision={value}"]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=TIMEOUT)
        report: dict[str, Any] = json.loads(done.stdout)
        findings = report["quantization"]
    except (OSError, subprocess.TimeoutExpired) as error:
        raise RecipeError("the package can't be examined", where=forerun, found=error, expected="the program forerun",
                          do="cargo build --release, or name the program") from error  # fmt: skip
    except (ValueError, KeyError) as error:
        raise RecipeError("the package can't be examined", where=folder, found=done.stderr.strip() or error,
                          expected="a report of `forerun check --json`", do="mend what it says") from error  # fmt: skip
    if not findings:
        raise RecipeError("the gate was not run", where=folder, found="no finding about int8", expected="some",
                          do="build this version's forerun")  # fmt: skip
    return [_sentence(finding) for finding in findings if not finding["pass"]]


def _sentence(finding: dict[str, Any]) -> str:
    (kind, bound), = finding["bound"].items()
    number = finding["number"]
    found = "not a number" if number is None else f"{number:.4g}"
    return f"{finding['name']} is {found}, {'at least' if kind == 'at_least' else 'at most'} {bound:g} expected"
