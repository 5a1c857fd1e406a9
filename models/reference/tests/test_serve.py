"""The server of the peers, with onnxruntime."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import onnxruntime
import serve

ROOT = Path(__file__).resolve().parents[3]
MLP = str(ROOT / "tests/data/reference/mlp.onnx")


def ask(*requests):
    program = [sys.executable, str(ROOT / "tests/peers/serve.py")]
    lines = "".join(f"{request if isinstance(request, str) else json.dumps(request)}\n" for request in requests)
    done = subprocess.run(program, input=lines, capture_output=True, text=True, timeout=60, check=True)
    return [json.loads(line) for line in done.stdout.splitlines()]


def test_it_loads_runs_and_times():
    load = {"do": "load", "id": "a", "file": MLP, "runtime": "onnxruntime"}
    versions, loaded, output, timed, dropped, gone = ask(
        {"do": "versions"}, load, {"do": "output", "id": "a", "rows": 3}, {"do": "time", "id": "a", "rows": 2, "window_us": 500},
        {"do": "drop", "id": "a"}, {"do": "output", "id": "a", "rows": 3},
    )  # fmt: skip
    assert versions["onnxruntime"] == onnxruntime.__version__ and versions["call_us"] > 0
    assert loaded == {"loaded": True} and dropped == {"dropped": True}
    session = onnxruntime.InferenceSession(MLP, providers=["CPUExecutionProvider"])
    expected = session.run(None, {"input": serve.pattern(0, (3, 10), positive=False)})[0]
    assert np.allclose(np.reshape(output["output"], expected.shape), expected)
    assert timed["us"] > 0 and timed["runs"] >= 1
    assert "KeyError" in gone["error"]


def test_what_it_does_not_understand_is_answered():
    answers = ask("no json", {"do": "fly"}, {"do": "load", "id": "a", "file": "none.onnx", "runtime": "onnxruntime"})
    assert all("error" in answer for answer in answers) and len(answers) == 3


def test_the_pattern_is_fixed():
    """The bench draws the same in Rust, and compares every runtime's results."""
    assert [f"{value:.6f}" for value in serve.pattern(0, (4,), positive=True)] == ["0.776185", "0.646547", "0.903802", "0.715222"]
    assert [f"{value:.6f}" for value in serve.pattern(1, (4,), positive=False)] == ["0.180993", "-1.123694", "0.731652", "-1.122570"]
    values = serve.pattern(1, (20_000,), positive=False)
    assert abs(values.mean()) < 0.02 and abs(values.std() - 1) < 0.02
