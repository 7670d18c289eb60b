"""Every recorded layer, as ONNX in onnxruntime, gives what Keras gave: at any opset."""

import numpy as np
import pytest
from cases import CASES, Case, build, inputs_of, records
from emitting import run

from keronyx.converter.emit import DEFAULT_OPSET, OLDEST_OPSET, newest_opset, serialize
from keronyx.converter.errors import UnsupportedConfigError
from keronyx.converter.graph.building import Graph
from keronyx.converter.graph.schema import check_node

NUMBERS = records()

ROUGH = (1e-2, 1e-2)
CLOSE = (1e-4, 1e-5)


@pytest.fixture(autouse=True)
def _strict(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Graph, "inspect", staticmethod(check_node))


@pytest.mark.parametrize("opset", [OLDEST_OPSET, DEFAULT_OPSET, newest_opset()])
@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_onnx_gives_what_keras_gave(case: Case, opset: int) -> None:
    model = build(case, NUMBERS)
    if DEFAULT_OPSET != opset < max(layer.least_opset for layer in model.layers):
        with pytest.raises(UnsupportedConfigError, match=f"opset {opset}; ask for opset"):
            serialize(model, opset=opset)
        return
    (found,) = run(serialize(model, opset=opset), *inputs_of(case))
    wanted = NUMBERS[f"{case.name}/out"]
    assert found.shape == wanted.shape
    if wanted.dtype.kind == "U":
        assert (found == wanted).all()
        return
    rtol, atol = ROUGH if "16" in case.config.get("dtype", "") else CLOSE
    np.testing.assert_allclose(found, wanted, rtol=rtol, atol=atol)
