"""What a package is refitted in, and what of it stays as it is. Fitting needs torch, as training does; asking doesn't."""

from __future__ import annotations

import sys
import tomllib
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import pytest
from onnx import numpy_helper

from forerun_recipe.__main__ import main, parser

PACKAGE = Path(__file__).parents[2] / "rover"
ASKED = ["refit", str(PACKAGE), str(PACKAGE / "transitions.mcap"), "--out"]


def test_the_metric_is_kept_unless_it_is_asked_to_be_trained() -> None:
    args = parser().parse_args([*ASKED, "x"])
    assert (args.keep_scene, args.train_metric) == (False, False)
    args = parser().parse_args([*ASKED, "x", "--keep-scene", "--train-metric"])
    assert (args.keep_scene, args.train_metric) == (True, True)


def test_to_fit_nothing_is_refused(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    monkeypatch.setattr(sys, "argv", ["recipe", *ASKED, str(tmp_path / "out"), "--keep-scene"])
    with pytest.raises(SystemExit) as ended:
        main()
    assert ended.value.code == 2 and "add --train-metric" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


def scene(folder: Path, file: str) -> np.ndarray:
    graph = onnx.load(str(folder / file)).graph
    return next(numpy_helper.to_array(tensor) for tensor in graph.initializer if tensor.name == "scene")


@pytest.mark.parametrize(("flags", "changed"), [
    ([], {"scene"}), (["--train-metric"], {"scene", "metric"}), (["--keep-scene", "--train-metric"], {"metric"}),
])  # fmt: skip
def test_only_what_is_asked_for_changes(flags: list[str], changed: set[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    pytest.importorskip("torch")
    import forerun_recipe.refit

    monkeypatch.setattr(forerun_recipe.refit, "UPDATES", 2)
    out = tmp_path / "out"
    monkeypatch.setattr(sys, "argv", ["recipe", *ASKED, str(out), "--cache", str(tmp_path / "cache"), *flags])
    assert main() == 0
    for file in ("encode.onnx", "encode.int8.onnx"):
        same = (out / file).read_bytes() == (PACKAGE / file).read_bytes()
        assert same == ("scene" not in changed), file
        assert np.array_equal(scene(out, file), scene(PACKAGE, file)) == same, file
    assert ((out / "metric.onnx").read_bytes() == (PACKAGE / "metric.onnx").read_bytes()) == ("metric" not in changed)
    for file in ("step.onnx", "step.int8.onnx", "probe.onnx", "robot.urdf"):
        assert (out / file).read_bytes() == (PACKAGE / file).read_bytes(), file
    before, after = (tomllib.loads((folder / "manifest.toml").read_text("utf-8")) for folder in (PACKAGE, out))
    assert "success" in before and "success" not in after
    assert after["graphs"]["encode"]["precision"] == before["graphs"]["encode"]["precision"]


def test_the_metric_is_read_as_the_package_holds_it() -> None:
    torch = pytest.importorskip("torch")
    from forerun_recipe.refit import metric_of

    manifest = tomllib.loads((PACKAGE / "manifest.toml").read_text("utf-8"))
    metric, learned = metric_of(PACKAGE, manifest)
    latent = np.random.default_rng(0).normal(size=(5, manifest["model"]["latent"])).astype(np.float32)
    session = onnxruntime.InferenceSession(str(PACKAGE / "metric.onnx"), providers=["CPUExecutionProvider"])
    (want,) = session.run(None, {"latent": latent})
    got = metric(torch.from_numpy(latent)[:, :learned]).detach().numpy()
    assert np.allclose(got, want, atol=1e-4)
