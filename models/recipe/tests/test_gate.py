"""The quantization gate's choice, with a program in forerun's place."""

from __future__ import annotations

import sys
import tomllib
from pathlib import Path

import pytest

from forerun_recipe.errors import RecipeError
from forerun_recipe.gate import choose
from forerun_recipe.manifest import write

GRAPHS = {
    "encode": {"file": "encode.onnx", "int8": {"file": "encode.int8.onnx"}, "precision": "f32"},
    "step": {"file": "step.onnx", "int8": {"file": "step.int8.onnx"}, "precision": "int8"},
    "metric": {"file": "metric.onnx", "precision": "f32"},
    "probe": {"file": "probe.onnx", "precision": "f32"},
}


def package(folder: Path, refused: str, report: str | None = None) -> str:
    """A manifest in `folder`, and a program whose gate refuses every set of graphs with one of `refused` in int8."""
    write(folder / "manifest.toml", {"name": "two", "graphs": GRAPHS, "provenance": {"seed": 0}})
    program = folder / "forerun"
    answer = report or (
        "json.dumps({'quantization': [{'name': 'regret', 'number': 0.5 if bad else 0.0, 'bound': {'at_most': 0.02}, 'pass': not bad}]})"
    )
    program.write_text(
        f"#!{sys.executable}\nimport json, sys\n"
        "assert sys.argv[1] == 'check' and '--json' in sys.argv and 'model.probe_precision=f32' in sys.argv\n"
        f"bad = any(f'model.{{name}}_precision=int8' in sys.argv for name in {refused.split()!r})\n"
        f"print({answer})\nsys.exit(bad)\n"
    )
    program.chmod(0o755)
    return str(program)


@pytest.mark.parametrize(
    ("refused", "int8"),
    [
        ("", ("encode", "step", "metric")),
        ("step", ("encode", "metric")),
        ("encode metric", ("step",)),
        ("encode step metric", ()),
    ],
)
def test_what_passes_ships_in_int8_and_the_rest_in_f32(tmp_path: Path, refused: str, int8: tuple[str, ...]) -> None:
    choice = choose(tmp_path, package(tmp_path, refused))
    assert choice.int8 == int8
    got = tomllib.loads((tmp_path / "manifest.toml").read_text())
    for name in ("encode", "step", "metric"):
        assert got["graphs"][name]["precision"] == ("int8" if name in int8 else "f32")
    assert got["graphs"]["probe"] == GRAPHS["probe"] and list(got) == ["name", "graphs", "provenance"]
    assert bool(choice.why) == bool(refused)
    if refused:
        assert choice.why[0] == "encode and step and metric in int8: regret is 0.5, at most 0.02 expected"


def test_what_is_no_examination_changes_nothing(tmp_path: Path) -> None:
    for report, says in [("'oops'", "can't be examined"), ("'{}'", "can't be examined"), ("json.dumps({'quantization': []})", "not run")]:
        program = package(tmp_path, "", report)
        before = (tmp_path / "manifest.toml").read_bytes()
        with pytest.raises(RecipeError, match=says):
            choose(tmp_path, program)
        assert (tmp_path / "manifest.toml").read_bytes() == before
    with pytest.raises(RecipeError, match="the program forerun"):
        choose(tmp_path, str(tmp_path / "nowhere"))
