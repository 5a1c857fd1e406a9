"""Runs networks in onnxruntime and PyTorch for `forerun bench`, on the core that it inherits, one thread each.

One JSON object a line on stdin, one answer a line on stdout:

    {"do": "versions"}                              -> {"onnxruntime": "1.32.0", "torch": "2.4.1", "call_us": 3.7}
    {"do": "load", "id", "file", "runtime"}         -> {"loaded": true}; runtime: "onnxruntime", or "torch" with
                                                       "inputs": [[name, shape without the batch], ...]
    {"do": "output", "id", "rows"}                  -> {"output": [...]} for the inputs that `pattern` gives
    {"do": "time", "id", "rows", "window_us"}       -> {"us": microseconds a run, "runs": how many}
    {"do": "drop", "id"}                            -> {"dropped": true}
    what can't be done                              -> {"error": "..."}
"""

from __future__ import annotations

import importlib.metadata
import json
import sys
import time
from collections.abc import Callable
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

LONG_RUN = 20  # windows
WARM = 4  # runs that don't count

Floats = NDArray[np.float32]
Shapes = dict[str, tuple[int, ...]]


def pattern(port: int, shape: tuple[int, ...], *, positive: bool) -> Floats:
    """The input number `port`: a hash of every index, in 0..1 or of mean 0 and variance 1. Forerun's bench has the same."""
    index = np.arange(int(np.prod(shape)), dtype=np.uint64)
    mask = np.uint64(0xFFFF_FFFF)
    bits = (index * np.uint64(2_654_435_761) + np.uint64(40_503 * (port + 1))) & mask
    bits ^= bits >> np.uint64(15)
    bits = (bits * np.uint64(2_246_822_519)) & mask
    bits ^= bits >> np.uint64(13)
    unit = bits.astype(np.float64) / 2.0**32
    values = unit if positive else (2.0 * unit - 1.0) * 3.0**0.5
    return values.astype(np.float32).reshape(shape)


def inputs(shapes: Shapes, rows: int) -> dict[str, Floats]:
    return {name: pattern(port, (rows, *shape), positive=name == "image") for port, (name, shape) in enumerate(shapes.items())}


class Model(Protocol):
    """A loaded network."""

    def prepare(self, rows: int) -> Callable[[], object]:
        """A function of no arguments that runs `rows` rows, its inputs and outputs at hand."""

    def output(self, rows: int) -> Floats: ...


class OnnxRuntime:
    """With bound inputs and outputs: nothing is converted or copied in a run."""

    def __init__(self, file: str | bytes) -> None:
        import onnxruntime

        self.ort = onnxruntime
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        options.log_severity_level = 3
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        self.session = onnxruntime.InferenceSession(file, options, providers=["CPUExecutionProvider"])
        self.shapes = {value.name: tuple(value.shape[1:]) for value in self.session.get_inputs()}
        self.result = self.session.get_outputs()[0].name

    def prepare(self, rows: int) -> Callable[[], object]:
        binding = self.session.io_binding()
        value = self.ort.OrtValue.ortvalue_from_numpy
        held = [value(data) for data in inputs(self.shapes, rows).values()]
        for name, data in zip(self.shapes, held, strict=True):
            binding.bind_ortvalue_input(name, data)
        held.append(value(self.output(rows)))
        binding.bind_ortvalue_output(self.result, held[-1])

        def run(_memory: object = held) -> None:
            self.session.run_with_iobinding(binding)

        return run

    def output(self, rows: int) -> Floats:
        result: Floats = self.session.run([self.result], inputs(self.shapes, rows))[0]
        return result


class Torch:
    """TorchScript, frozen: constants folded, no Python between the operators."""

    def __init__(self, file: str, shapes: Shapes) -> None:
        import torch

        torch.set_num_threads(1)
        self.torch, self.shapes = torch, shapes
        self.network = torch.jit.freeze(torch.jit.load(file).eval())

    def prepare(self, rows: int) -> Callable[[], object]:
        data = [self.torch.from_numpy(value) for value in inputs(self.shapes, rows).values()]

        def run() -> object:
            with self.torch.inference_mode():
                return self.network(*data)

        return run

    def output(self, rows: int) -> Floats:
        return self.prepare(rows)().numpy()  # type: ignore[attr-defined,no-any-return]


class Server:
    """Answers requests."""

    def __init__(self) -> None:
        self.models: dict[str, Model] = {}
        self.prepared: dict[tuple[str, int], Callable[[], object]] = {}

    def answer(self, request: dict[str, Any]) -> dict[str, Any]:
        match request:
            case {"do": "versions"}:
                return {name: version(name) for name in ("onnxruntime", "torch")} | {"call_us": call_us()}
            case {"do": "load", "id": str(key), "file": str(file), "runtime": "onnxruntime"}:
                self.models[key] = OnnxRuntime(file)
                return {"loaded": True}
            case {"do": "load", "id": str(key), "file": str(file), "runtime": "torch", "inputs": list(shapes)}:
                self.models[key] = Torch(file, {name: tuple(shape) for name, shape in shapes})
                return {"loaded": True}
            case {"do": "output", "id": str(key), "rows": int(rows)}:
                return {"output": self.models[key].output(rows).ravel().tolist()}
            case {"do": "time", "id": str(key), "rows": int(rows), "window_us": int(window)}:
                if (key, rows) not in self.prepared:
                    self.prepared[key, rows] = warm(self.models[key].prepare(rows))
                us, runs = timed(self.prepared[key, rows], window)
                return {"us": us, "runs": runs}
            case {"do": "drop", "id": str(key)}:
                self.models.pop(key, None)
                self.prepared = {k: v for k, v in self.prepared.items() if k[0] != key}
                return {"dropped": True}
        return {"error": f"not understood: {request}"}


def timed(run: Callable[[], object], window_us: int) -> tuple[float, int]:
    """Microseconds a run over a window of about that long, after runs that don't count unless the first is long (as in the bench)."""
    clock = time.perf_counter_ns
    begun = clock()
    run()
    first = max(clock() - begun, 1)
    if first > window_us * 1000 * LONG_RUN:
        return first * 1e-3, 1
    for _ in range(1, WARM):
        run()
    runs = max(1, window_us * 1000 // first)
    begun = clock()
    for _ in range(runs):
        run()
    return (clock() - begun) * 1e-3 / runs, runs


def warm(run: Callable[[], object]) -> Callable[[], object]:
    """TorchScript optimises itself in its first runs, onnxruntime plans its memory in the first."""
    for _ in range(3):
        run()
    return run


def version(name: str) -> str | None:
    try:
        return importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        return None


def call_us() -> float:
    """What a call costs before anything is computed: a network of one addition."""
    from onnx import TensorProto, helper

    value = [helper.make_tensor_value_info(name, TensorProto.FLOAT, ["N", 1]) for name in ("x", "y")]
    graph = helper.make_graph([helper.make_node("Add", ["x", "x"], ["y"])], "empty", value[:1], value[1:])
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    run = warm(OnnxRuntime(model.SerializeToString()).prepare(1))
    return min(timed(run, 1000)[0] for _ in range(20))


def main() -> None:
    server = Server()
    for line in sys.stdin:
        try:
            reply = server.answer(json.loads(line))
        except Exception as error:  # whatever a runtime raises is the answer
            reply = {"error": f"{type(error).__name__}: {error}"}
        print(json.dumps(reply), flush=True)


if __name__ == "__main__":
    main()
