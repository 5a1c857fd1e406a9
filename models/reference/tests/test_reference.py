"""The committed tiny networks, and what is made of them without torch."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import pytest

from forerun_reference import quantize, work
from forerun_reference.catalogue import FULL, TINY

DATA = Path(__file__).resolve().parents[3] / "tests/data/reference"
NAMES = [reference.name for reference in TINY]


def run(path: Path, feed: quantize.Feed) -> np.ndarray[tuple[int, ...], np.dtype[np.float32]]:
    session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    return session.run(None, feed)[0]  # type: ignore[no-any-return]


@pytest.mark.parametrize("reference", TINY, ids=NAMES)
def test_the_files_are_what_the_catalogue_says(reference):
    model = onnx.load(str(DATA / f"{reference.name}.onnx"))
    found = {v.name: [d.dim_param or d.dim_value for d in v.type.tensor_type.shape.dim] for v in model.graph.input}
    assert found == {name: ["N", *shape] for name, shape in reference.inputs.items()}
    assert [value.name for value in model.graph.output] == [reference.output]


def test_the_index_lists_every_network_with_its_work():
    index = json.loads((DATA / "index.json").read_text())["networks"]
    assert [(entry["name"], entry["kind"]) for entry in index] == [(r.name, r.kind) for r in TINY]
    for entry in index:
        found = work.of_file(DATA / f"{entry['name']}.onnx")
        assert found == {key: entry[key] for key in found}


def test_work_is_counted_as_by_hand():
    assert work.of_file(DATA / "mlp.onnx")["multiply_accumulates"] == 10 * 24 + 24 * 24 + 24 * 8
    convolutions = 16 * 16 * 3 * 4 * 9 + 8 * 8 * 4 * 8 * 9 + 4 * 4 * 8 * 8 * 9 + 2 * 2 * 8 * 8 * 9
    assert work.of_file(DATA / "conv_encoder.onnx")["multiply_accumulates"] == convolutions + 32 * 8


def test_full_and_tiny_have_the_same_architectures():
    def architecture(references):
        return {(r.kind, r.build.__qualname__) for r in references}

    assert architecture(TINY) == architecture(FULL)


@pytest.mark.parametrize("name", ["mlp", "conv_encoder"])
@pytest.mark.parametrize("per_channel", [False, True])
def test_int8_forms_compute_nearly_the_same(name, per_channel, tmp_path):
    path = DATA / f"{name}.onnx"
    feed = quantize.feed(onnx.load(str(path)), np.random.default_rng(1), 5)
    expected = run(path, feed)
    quantize.dynamic(path, tmp_path / "dynamic.onnx", per_channel=per_channel)
    quantize.static(path, tmp_path / "static.onnx", per_channel=per_channel, seed=0)
    for form in ["static"] if name == "conv_encoder" else ["dynamic", "static"]:  # onnxruntime 1.20 has no ConvInteger with s8 weights
        quantized = onnx.load(str(tmp_path / f"{form}.onnx"))
        assert any(node.op_type.endswith("Integer") or node.op_type == "QuantizeLinear" for node in quantized.graph.node)
        error = np.linalg.norm(run(tmp_path / f"{form}.onnx", feed) - expected) / np.linalg.norm(expected)
        assert 0 < error < 0.15, form
