"""From a definition to files: ONNX as a user exports it, TorchScript for the PyTorch peer."""

from __future__ import annotations

from pathlib import Path

import onnx
import torch
from torch import Tensor, nn

from forerun_reference.catalogue import Reference

OPSET = 17
BATCH = "N"
TRACED_ROWS = 2  # a batch of one would be folded into the graph


def build(reference: Reference, seed: int) -> nn.Module:
    """The network with random weights, norms' gains and biases included: none may be left out unnoticed."""
    torch.manual_seed(seed)
    network = reference.build()
    for layer in network.modules():
        if isinstance(layer, nn.LayerNorm) and layer.elementwise_affine:
            nn.init.normal_(layer.weight, 1.0, 0.1)
            nn.init.normal_(layer.bias, 0.0, 0.1)
    return network.eval().requires_grad_(False)


def examples(reference: Reference, rows: int) -> tuple[Tensor, ...]:
    """Inputs of the right shapes; pictures in 0..1, all else normal."""
    return tuple((torch.rand if name == "image" else torch.randn)(rows, *shape) for name, shape in reference.inputs.items())


def to_onnx(network: nn.Module, reference: Reference, path: Path) -> None:
    """Writes `path` with the symbolic batch dimension `N`."""
    names = [*reference.inputs, reference.output]
    torch.onnx.export(
        network, examples(reference, TRACED_ROWS), str(path), opset_version=OPSET, input_names=list(reference.inputs),
        output_names=[reference.output], dynamic_axes={name: {0: BATCH} for name in names}, dynamo=False,
    )  # fmt: skip
    onnx.checker.check_model(str(path), full_check=True)


def to_torchscript(network: nn.Module, reference: Reference, path: Path) -> None:
    """Writes `path`, which `torch.jit.load` reads without the definition."""
    torch.jit.trace(network, examples(reference, TRACED_ROWS)).save(str(path))  # type: ignore[no-untyped-call]
