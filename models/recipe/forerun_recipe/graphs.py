"""ONNX files from plain weights (docs/package.md): opset 17, one symbolic dimension `batch`, few operators."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import ModelProto, NodeProto, TensorProto, helper, numpy_helper

from forerun_recipe import __version__
from forerun_recipe.weights import Layer, Weights, codes

OPSET, IR_VERSION = 17, 8
EPSILON = 1e-4  # as in networks.standardise

Shape = Sequence[int | str]


class Graph:
    """Collects nodes and initializers; every method returns the name of its result."""

    def __init__(self) -> None:
        self.nodes: list[NodeProto] = []
        self.initializers: list[TensorProto] = []

    def constant(self, name: str, value: NDArray[np.generic]) -> str:
        self.initializers.append(numpy_helper.from_array(np.ascontiguousarray(value), name))
        return name

    def node(self, kind: str, inputs: list[str], name: str, **attributes: Any) -> str:
        self.nodes.append(helper.make_node(kind, inputs, [name], name=f"{name}/{kind}", **attributes))
        return name

    def convolution(self, x: str, layer: Layer, name: str) -> str:
        parts = [x, self.constant(f"{name}.weight", layer.weight), self.constant(f"{name}.bias", layer.bias)]
        return self.node("Conv", parts, name, kernel_shape=[3, 3], strides=[2, 2], pads=[1, 1, 1, 1])

    def linear(self, x: str, layer: Layer, name: str) -> str:
        parts = [x, self.constant(f"{name}.weight", layer.weight), self.constant(f"{name}.bias", layer.bias)]
        return self.node("Gemm", parts, name, transB=1)

    def relu(self, x: str, name: str) -> str:
        return self.node("Relu", [x], name)

    def silu(self, x: str, name: str) -> str:
        return self.node("Mul", [x, self.node("Sigmoid", [x], f"{name}.gate")], name)

    def chain(self, x: str, layers: Sequence[Layer], result: str, *, silu: bool = False) -> str:
        """Linear layers with ReLU or SiLU in between."""
        activate = self.silu if silu else self.relu
        for i, layer in enumerate(layers[:-1]):
            x = activate(self.linear(x, layer, f"linear{i}"), f"active{i}")
        return self.linear(x, layers[-1], result)

    def model(self, name: str, inputs: dict[str, Shape], output: str, width: int) -> ModelProto:
        def value(key: str, shape: Shape) -> onnx.ValueInfoProto:
            return helper.make_tensor_value_info(key, TensorProto.FLOAT, ["batch", *shape])

        graph = helper.make_graph(
            self.nodes, name, [value(key, shape) for key, shape in inputs.items()], [value(output, [width])],
            self.initializers,
        )  # fmt: skip
        model = helper.make_model(
            graph, opset_imports=[helper.make_opsetid("", OPSET)], ir_version=IR_VERSION,
            producer_name="forerun_recipe", producer_version=__version__,
        )  # fmt: skip
        onnx.checker.check_model(model, full_check=True)
        return model


def encode(w: Weights) -> ModelProto:
    """image [B, 3, S, S] in 0..1, velocity [B, U] -> latent [B, D]. The image is standardised inside."""
    g, scene = Graph(), w.encoder.scene
    mean = g.node("ReduceMean", ["image"], "mean", axes=[1, 2, 3], keepdims=1)
    centred = g.node("Sub", ["image", mean], "centred")
    square = g.node("Mul", [centred, centred], "square")
    variance = g.node("ReduceMean", [square], "variance", axes=[1, 2, 3], keepdims=1)
    safe = g.node("Add", [variance, g.constant("epsilon", np.array([EPSILON], np.float32))], "variance_safe")
    standard = g.node("Div", [centred, g.node("Sqrt", [safe], "deviation")], "standard")
    x = before = g.node("Sub", [standard, g.constant("scene", scene)], "moving")
    for i, layer in enumerate(w.encoder.convolutions):
        before, x = x, g.node("Relu", [g.convolution(x, layer, f"convolution{i}")], f"features{i}")
    flat = g.node("Flatten", [x], "flat", axis=1)
    if w.encoder.pool is not None:
        factor, offset = (g.constant(f"pool.{name}", part) for name, part in zip(("factor", "offset"), w.encoder.pool, strict=True))
        means = [g.node("ReduceMean", [maps], f"means{i}", axes=[2, 3], keepdims=0) for i, maps in enumerate((before, x))]
        scaled = g.node("Mul", [g.node("Concat", means, "means", axis=1), factor], "scaled")
        flat = g.node("Concat", [flat, g.node("Add", [scaled, offset], "pooled")], "features", axis=1)
    z = g.chain(flat, w.encoder.linear, "z")
    g.node("Concat", [z, "velocity"], "latent", axis=1)
    return g.model("encode", {"image": list(scene.shape[1:]), "velocity": [w.axes]}, "latent", w.latent)


def step(w: Weights) -> ModelProto:
    """latent [B, 1, D], action [B, 1, A*U] -> next [B, D] = latent + change."""
    g = Graph()
    latent = g.node("Flatten", ["latent"], "latent_row", axis=1)
    x = g.node("Concat", [latent, g.node("Flatten", ["action"], "action_row", axis=1)], "both", axis=1)
    g.node("Add", [latent, g.chain(x, w.step, "change", silu=True)], "next")
    actions = w.step[0].weight.shape[1] - w.latent
    return g.model("step", {"latent": [1, w.latent], "action": [1, actions]}, "next", w.latent)


def metric(layers: Sequence[Layer]) -> ModelProto:
    """latent [B, D] -> point [B, E]. The weights for the velocity part are zero: a goal has none."""
    g = Graph()
    g.chain("latent", layers, "point")
    return g.model("metric", {"latent": [layers[0].weight.shape[1]]}, "point", len(layers[-1].bias))


def probe(w: Weights) -> ModelProto:
    """latent [B, D] -> quantities [B, Y] in SI units."""
    g = Graph()
    g.chain("latent", w.probe, "quantities")
    return g.model("probe", {"latent": [w.latent]}, "quantities", len(w.probe[-1].bias))


def with_int8_weights(model: ModelProto) -> ModelProto:
    """The same graph with the weights of Conv, Gemm and MatMul as s8 behind a constant DequantizeLinear.

    One scale an output channel, zero points 0; everything else stays f32.
    """
    small = ModelProto()
    small.CopyFrom(model)
    graph = small.graph
    constants = {tensor.name: tensor for tensor in graph.initializer}
    nodes: list[NodeProto] = []
    for node in graph.node:
        if node.op_type in ("Conv", "Gemm", "MatMul") and node.input[1] in constants:
            name = node.input[1]
            weight = numpy_helper.to_array(constants[name])
            axis = _output_axis(node, weight.ndim)
            code, scale = codes(np.moveaxis(weight, axis, 0))
            graph.initializer.remove(constants[name])
            graph.initializer.extend([
                numpy_helper.from_array(np.ascontiguousarray(np.moveaxis(code, 0, axis)), f"{name}.s8"),
                numpy_helper.from_array(scale, f"{name}.scale"),
                numpy_helper.from_array(np.zeros(len(scale), np.int8), f"{name}.zero"),
            ])  # fmt: skip
            parts = [f"{name}.s8", f"{name}.scale", f"{name}.zero"]
            nodes.append(helper.make_node("DequantizeLinear", parts, [name], name=f"{name}/DequantizeLinear", axis=axis))
        nodes.append(node)
    del graph.node[:]
    graph.node.extend(nodes)
    onnx.checker.check_model(small, full_check=True)
    return small


def _output_axis(node: NodeProto, rank: int) -> int:
    """Which axis of the weight counts output channels."""
    if node.op_type == "MatMul":
        return rank - 1
    transposed = any(a.name == "transB" and a.i == 1 for a in node.attribute)
    return 0 if node.op_type == "Conv" or transposed else 1
