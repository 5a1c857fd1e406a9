"""onnxruntime's own int8 forms of an ONNX file: what Forerun's int8 is measured against."""

from __future__ import annotations

import contextlib
import logging
import tempfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import onnx
from numpy.typing import NDArray
from onnxruntime.quantization import CalibrationDataReader, CalibrationMethod, QuantFormat, QuantType, quantize_dynamic, quantize_static
from onnxruntime.quantization.shape_inference import quant_pre_process

CALIBRATION_BATCHES, CALIBRATION_ROWS = 8, 4
OPERATORS = ["Conv", "MatMul", "Gemm", "Relu"]  # the rest is slower quantized

Feed = dict[str, NDArray[np.float32]]


class Random(CalibrationDataReader):  # type: ignore[misc]
    """Random inputs of the right shapes: pictures in 0..1, all else normal."""

    def __init__(self, model: onnx.ModelProto, seed: int) -> None:
        draws = np.random.default_rng(seed)
        self.feeds = (feed(model, draws, CALIBRATION_ROWS) for _ in range(CALIBRATION_BATCHES))

    def get_next(self) -> Feed | None:
        return next(self.feeds, None)


def feed(model: onnx.ModelProto, draws: np.random.Generator, rows: int) -> Feed:
    """Inputs for `rows` rows."""
    shapes = {value.name: [d.dim_value for d in value.type.tensor_type.shape.dim][1:] for value in model.graph.input}
    return {
        name: (draws.random((rows, *shape)) if name == "image" else draws.standard_normal((rows, *shape))).astype(np.float32)
        for name, shape in shapes.items()
    }


@contextlib.contextmanager
def prepared(path: Path) -> Iterator[Path]:
    """The file with shapes inferred and constants folded, as onnxruntime's guide asks for before quantizing."""
    with tempfile.TemporaryDirectory() as folder, quiet():
        ready = Path(folder) / path.name
        quant_pre_process(str(path), str(ready), skip_symbolic_shape=True)
        yield ready


@contextlib.contextmanager
def quiet() -> Iterator[None]:
    """The quantizer's advice goes to the root logger as warnings."""
    before = logging.root.manager.disable
    logging.disable(logging.WARNING)
    try:
        yield
    finally:
        logging.disable(before)


def saturates() -> bool:
    """Whether onnxruntime's 8-bit products saturate here, so that its guide asks for weights of 7 bits: x86 without VNNI.

    Without them its results are off by 10 % instead of 2 %, at the same speed.
    """
    try:
        flags = Path("/proc/cpuinfo").read_text()
    except OSError:
        return False
    return "avx2" in flags and "vnni" not in flags


def dynamic(path: Path, out: Path, *, per_channel: bool) -> None:
    """Weights s8, activations quantized as they come, one scale a tensor."""
    with prepared(path) as ready:
        quantize_dynamic(str(ready), str(out), weight_type=QuantType.QInt8, per_channel=per_channel, reduce_range=saturates())


def static(path: Path, out: Path, *, per_channel: bool, seed: int) -> None:
    """Weights s8, activations u8 with calibrated scales, QuantizeLinear and DequantizeLinear around the operators."""
    with prepared(path) as ready:
        quantize_static(
            str(ready), str(out), Random(onnx.load(str(ready)), seed), quant_format=QuantFormat.QDQ, op_types_to_quantize=OPERATORS,
            activation_type=QuantType.QUInt8, weight_type=QuantType.QInt8, per_channel=per_channel,
            reduce_range=saturates(), calibrate_method=CalibrationMethod.MinMax,
        )  # fmt: skip
