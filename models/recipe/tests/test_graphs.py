"""Graphs from random weights: right in another runtime, small, and with s8 weights that are a quarter of the size."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import onnx
import onnxruntime
import pytest
from onnx import ModelProto, numpy_helper

from forerun_recipe import graphs
from forerun_recipe.weights import EncoderWeights, Layer, Weights, codes, int8_weights

RNG = np.random.default_rng(0)
SIZE, Z, AXES = 32, 16, 2


def layer(*shape: int) -> Layer:
    fan = float(np.prod(shape[1:]))
    return Layer(RNG.normal(0, fan**-0.5, shape).astype(np.float32), RNG.normal(0, 0.1, shape[0]).astype(np.float32))


@pytest.fixture(scope="module", params=[False, True], ids=["maps", "maps and their means"])
def w(request: pytest.FixtureRequest) -> Weights:
    pool = (RNG.uniform(1, 20, 20).astype(np.float32), RNG.normal(size=20).astype(np.float32)) if request.param else None
    encoder = EncoderWeights(
        RNG.normal(0, 1, (1, 3, SIZE, SIZE)).astype(np.float32), (layer(8, 3, 3, 3), layer(12, 8, 3, 3)),
        (layer(64, 12 * 64 + 20 * bool(pool)), layer(Z, 64)), pool,
    )  # fmt: skip
    return Weights(
        AXES, encoder, (layer(32, Z + AXES + 4), layer(Z + AXES, 32)), (layer(24, Z + AXES), layer(8, 24)), (layer(6, Z + AXES),)
    )


def run(model: ModelProto, **inputs: np.ndarray) -> np.ndarray:
    options = onnxruntime.SessionOptions()
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
    session = onnxruntime.InferenceSession(model.SerializeToString(), options, providers=["CPUExecutionProvider"])
    return session.run(None, {k: v.astype(np.float32) for k, v in inputs.items()})[0]


def relu(x: np.ndarray) -> np.ndarray:
    return np.maximum(x, 0)


def silu(x: np.ndarray) -> np.ndarray:
    return x / (1 + np.exp(-x))


def chain(layers: tuple[Layer, ...], x: np.ndarray, activation: Callable[[np.ndarray], np.ndarray] = relu) -> np.ndarray:
    for i, part in enumerate(layers):
        x = x @ part.weight.T + part.bias
        x = x if i == len(layers) - 1 else activation(x)
    return x


def convolve(part: Layer, x: np.ndarray) -> np.ndarray:
    """3x3, stride 2, padding 1, written out. x [B, I, H, W]."""
    padded = np.pad(x, ((0, 0), (0, 0), (1, 1), (1, 1)))
    out = np.zeros((len(x), len(part.bias), x.shape[2] // 2, x.shape[3] // 2))
    for dy in range(3):
        for dx in range(3):
            patch = padded[:, :, dy : dy + x.shape[2] : 2, dx : dx + x.shape[3] : 2]
            out += np.einsum("oi,bihw->bohw", part.weight[:, :, dy, dx], patch)
    return np.maximum(out + part.bias[:, None, None], 0)


def encode(w: Weights, image: np.ndarray, velocity: np.ndarray) -> np.ndarray:
    x = image - image.mean((1, 2, 3), keepdims=True)
    x = x / np.sqrt((x**2).mean((1, 2, 3), keepdims=True) + 1e-4) - w.encoder.scene
    maps = [x := convolve(part, x) for part in w.encoder.convolutions]
    features = x.reshape(len(x), -1)
    if w.encoder.pool:
        means = np.concatenate([part.mean((2, 3)) for part in maps], 1)
        features = np.concatenate([features, means * w.encoder.pool[0] + w.encoder.pool[1]], 1)
    return np.concatenate([chain(w.encoder.linear, features), velocity], 1)


@pytest.mark.parametrize("batch", [1, 3])
def test_graphs_compute_what_numpy_does(w: Weights, batch: int) -> None:
    image, u = RNG.uniform(0, 1, (batch, 3, SIZE, SIZE)), RNG.normal(size=(batch, AXES))
    latent, action = RNG.normal(size=(batch, Z + AXES)), RNG.normal(size=(batch, 4))
    for weights, precise in ((w, True), (int8_weights(w), False)):
        def maybe(model: ModelProto, precise: bool = precise) -> ModelProto:
            return model if precise else graphs.with_int8_weights(model)

        assert np.allclose(run(maybe(graphs.encode(w)), image=image, velocity=u), encode(weights, image, u), atol=1e-4)
        want = latent + chain(weights.step, np.concatenate([latent, action], 1), silu)
        got = run(maybe(graphs.step(w)), latent=latent[:, None], action=action[:, None])
        assert np.allclose(got, want, atol=1e-5)
    assert np.allclose(run(graphs.metric(w.metric), latent=latent), chain(w.metric, latent), atol=1e-5)
    assert np.allclose(run(graphs.probe(w), latent=latent), chain(w.probe, latent), atol=1e-5)


def test_interface(w: Weights) -> None:
    for model, inputs in ((graphs.encode(w), ["image", "velocity"]), (graphs.step(w), ["latent", "action"]),
                          (graphs.metric(w.metric), ["latent"]), (graphs.probe(w), ["latent"])):  # fmt: skip
        assert [i.name for i in model.graph.input] == inputs
        for value in [*model.graph.input, *model.graph.output]:
            dims = value.type.tensor_type.shape.dim
            assert dims[0].dim_param == "batch" and all(d.dim_value > 0 for d in dims[1:])
        assert model.opset_import[0].version == 17 and len(model.opset_import) == 1 and model.ir_version == 8
        assert not model.functions and len({n.name for n in model.graph.node}) == len(model.graph.node)


def test_int8_file(w: Weights) -> None:
    full, small = graphs.encode(w), graphs.with_int8_weights(graphs.encode(w))
    kinds = {tensor.name: tensor.data_type for tensor in small.graph.initializer}
    heavy = [node for node in small.graph.node if node.op_type in ("Conv", "Gemm")]
    dequantise = {node.output[0]: node for node in small.graph.node if node.op_type == "DequantizeLinear"}
    assert len(heavy) == len(dequantise) == 4
    for node in heavy:
        code, scale, zero = dequantise[node.input[1]].input
        assert kinds[code] == kinds[zero] == onnx.TensorProto.INT8 and kinds[scale] == onnx.TensorProto.FLOAT
    scene = w.encoder.scene.nbytes
    assert small.ByteSize() - scene < 0.32 * (full.ByteSize() - scene)
    assert full.ByteSize() == graphs.encode(w).ByteSize(), "the f32 model is left alone"


def test_matmul_is_quantised_along_its_last_axis() -> None:
    weight = RNG.normal(size=(5, 3)).astype(np.float32) * np.array([1, 10, 100], np.float32)
    g = graphs.Graph()
    g.node("MatMul", ["x", g.constant("w", weight)], "y")
    small = graphs.with_int8_weights(g.model("m", {"x": [5]}, "y", 3))
    scale = next(numpy_helper.to_array(t) for t in small.graph.initializer if t.name == "w.scale")
    assert np.allclose(scale, np.abs(weight).max(0) / 127)
    x = RNG.normal(size=(4, 5)).astype(np.float32)
    assert np.abs(run(small, x=x) - x @ weight).max() < 0.5 * np.abs(x).sum(1).max() * scale.max()


def test_codes_are_symmetric_and_survive_zero_channels() -> None:
    weight = np.array([[0.0, 0.0], [1.0, -2.0]], np.float32)
    code, scale = codes(weight)
    assert scale[0] == 1 and code.tolist() == [[0, 0], [64, -127]]
