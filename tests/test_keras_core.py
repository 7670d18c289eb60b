"""Files of keras-core, the preview of Keras 3, give its numbers, which are those of Keras 3."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import keronyx
from keronyx.cli import main
from keronyx.converter.dialect.version import version_of
from keronyx.converter.files import read_saved

HERE = Path(__file__).with_name("keras_core")
MODELS = ("dense", "merge", "nested")


def source(name: str, form: str) -> tuple[Path, Path | None]:
    beside = HERE / f"{name}.weights.h5" if form == "json" else None
    return HERE / f"{name}.{form}", beside


@pytest.mark.parametrize("form", ["keras", "h5", "json"])
@pytest.mark.parametrize("name", MODELS)
def test_both_readings_give_what_keras_core_gave(name: str, form: str) -> None:
    path, weights = source(name, form)
    made = keronyx.convert(path, weights=weights)
    with np.load(HERE / "io.npz") as arrays:
        given = [arrays[key] for key in sorted(arrays.files) if key.startswith(f"{name}/in_")]
        wanted = arrays[f"{name}/out_0"]
    feed = dict(zip(made.model.inputs, given, strict=True))
    for found in (keronyx.load(made.onnx)(feed), keronyx.evaluate(made.model, feed)):
        (array,) = found.values()
        np.testing.assert_allclose(array, wanted, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("form", ["keras", "h5", "json"])
@pytest.mark.parametrize("name", MODELS)
def test_their_version_compares_as_that_of_keras_3(name: str, form: str) -> None:
    path, weights = source(name, form)
    saved = read_saved(path, weights=weights)
    assert saved.keras_version in ("0.1.7", None)
    assert version_of(saved.keras_version, saved.config or {}).parts == (3, 0, 0)


@pytest.mark.parametrize("name", MODELS)
def test_nothing_in_them_is_foreign(name: str) -> None:
    assert main(["inspect", "--scan", str(HERE / f"{name}.keras")]) == 0


def test_a_sequential_that_was_never_built() -> None:
    """Keras-core spells one without a word of Keras 3's but its own name."""
    config: dict[str, Any] = json.loads((HERE / "dense.json").read_text(encoding="utf-8"))
    inner = config["config"]
    del inner["layers"][0]
    assert "batch_shape" not in json.dumps(config)
    for stated in ("0.1.7", "0.1.0", None):
        assert version_of(stated, config).parts == (3, 0, 0)
    assert version_of("0.3.3", {"name": "Sequential", "layers": []}).parts == (0, 3, 3)
