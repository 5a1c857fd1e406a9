"""From recordings of a robot to a Forerun model package.

Data flows one way: `bag` (MCAP) -> `dataset` (frames on the model's time grid) -> `jepa`, `dynamics`,
`metric`, `probe` (training) -> `graphs` (ONNX) -> `package` (a folder that `forerun check` examines).
Only the training modules import torch.
"""

__version__ = "0.1.0"
