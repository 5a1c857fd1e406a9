"""A metric that is taken from a package, trained on and put back. Needs torch, as training does."""

from __future__ import annotations

import tomllib
from pathlib import Path

import numpy as np
import onnxruntime
import pytest

torch = pytest.importorskip("torch")

PACKAGE = Path(__file__).parents[2] / "rover"


def test_the_metric_is_read_as_the_package_holds_it() -> None:
    from forerun_recipe.refit import metric_of

    manifest = tomllib.loads((PACKAGE / "manifest.toml").read_text("utf-8"))
    metric, learned = metric_of(PACKAGE, manifest)
    latent = np.random.default_rng(0).normal(size=(5, manifest["model"]["latent"])).astype(np.float32)
    session = onnxruntime.InferenceSession(str(PACKAGE / "metric.onnx"), providers=["CPUExecutionProvider"])
    (want,) = session.run(None, {"latent": latent})
    got = metric(torch.from_numpy(latent)[:, :learned]).detach().numpy()
    assert np.allclose(got, want, atol=1e-4)
