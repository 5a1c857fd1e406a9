"""How much a network computes."""

from __future__ import annotations

from math import prod
from pathlib import Path

import onnx
from onnx import ModelProto, shape_inference


def multiply_accumulates(model: ModelProto) -> int:
    """Multiply-accumulates of one row in the linear layers, convolutions and matrix products of `model`."""
    model = _one_row(model)
    shapes = {tensor.name: list(tensor.dims) for tensor in model.graph.initializer}
    inferred = shape_inference.infer_shapes(model, strict_mode=True, data_prop=True).graph
    for value in [*inferred.value_info, *inferred.input, *inferred.output]:
        shapes[value.name] = [d.dim_value for d in value.type.tensor_type.shape.dim]
    total = 0
    for node in model.graph.node:
        out = prod(shapes[node.output[0]])
        if node.op_type == "Conv":
            total += out * prod(shapes[node.input[1]][1:])
        elif node.op_type == "MatMul":
            total += out * shapes[node.input[0]][-1]
        elif node.op_type == "Gemm":
            transposed = any(a.name == "transA" and a.i for a in node.attribute)
            total += out * shapes[node.input[0]][0 if transposed else 1]
    return total


def parameters(model: ModelProto) -> int:
    """Numbers in the constants of the file."""
    return sum(prod(tensor.dims) for tensor in model.graph.initializer)


def _one_row(model: ModelProto) -> ModelProto:
    copy = ModelProto()
    copy.CopyFrom(model)
    del copy.graph.value_info[:]
    for value in [*copy.graph.input, *copy.graph.output]:
        value.type.tensor_type.shape.dim[0].dim_value = 1
    return copy


def of_file(path: Path) -> dict[str, int]:
    model = onnx.load(str(path))
    return {"parameters": parameters(model), "multiply_accumulates": multiply_accumulates(model)}
