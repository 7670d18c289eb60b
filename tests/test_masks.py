"""Masks: nets of many versions of Keras that carry them, and the numbers of each version."""

from typing import Any

import masked
import numpy as np
import onnx
import pytest
from described import entry, functional, model_of, source
from emitting import run

import keronyx
from keronyx.converter.emit import emit
from keronyx.converter.errors import UnsupportedConfigError
from keronyx.converter.files.saved import LayerGroups

NETS = [
    (version, name)
    for version in masked.VERSIONS
    for name in masked.saved(version)
    if not name.endswith(".npz")
]


@pytest.mark.parametrize(("version", "name"), NETS)
def test_both_readings_give_kerass_numbers(version: str, name: str) -> None:
    model = masked.model(version, name)
    given, right = (masked.recorded(version, name, kind) for kind in ("in", "out"))
    proto = emit(model)
    onnx.checker.check_model(proto, full_check=True)
    evaluated = keronyx.evaluate(model, dict(zip(model.inputs, given, strict=True))).values()
    for found in (run(proto, *given), list(evaluated)):
        for made, wanted in zip(found, right, strict=True):
            assert made.shape == wanted.shape
            np.testing.assert_allclose(made, wanted, rtol=1e-4, atol=1e-5)


def named_for_a_model() -> dict[str, Any]:
    """Return a net whose inner model is called with a mask of its own."""
    inside = functional(
        [source("i", 4, 3), entry("Activation", "t", "i", activation="tanh")], ["t"]
    )
    model = {"class_name": "Functional", "name": "m", "config": inside["config"]}
    called = model | {"inbound_nodes": [[["x", 0, 0, {"mask": ["k", 0, 0]}]]]}
    mask = entry("InputLayer", "k", batch_input_shape=[None, 4], dtype="bool")
    layers = [source("x", 4, 3), mask, called, entry("GlobalAveragePooling1D", "g", "m")]
    return functional([*layers, entry("GlobalAveragePooling1D", "h", "x")], ["g"])


def test_a_mask_named_for_a_model_is_refused_where_others_read_what_it_is_for() -> None:
    config = named_for_a_model()
    model = model_of(config, LayerGroups(()))
    assert "mask" in model.connections[-1].arguments
    config["config"]["output_layers"] = [["g", 0, 0], ["h", 0, 0]]
    with pytest.raises(UnsupportedConfigError, match=r"'m' .Functional.: a mask for an input that"):
        model_of(config, LayerGroups(()))


def test_masks_that_nobody_uses_leave_no_node() -> None:
    graph = emit(masked.model("3.15.1", "nested_stops.keras")).graph
    assert not {"NotEqual", "Not", "Or"} & {node.op_type for node in graph.node}


def test_a_mask_of_numbers_is_refused() -> None:
    mask = entry("InputLayer", "k", batch_input_shape=[None, 4])
    pooled = entry("Softmax", "g", "x")
    pooled["inbound_nodes"] = [[["x", 0, 0, {"mask": ["k", 0, 0]}]]]
    config = functional([source("x", 4, 3), mask, pooled], ["g"])
    with pytest.raises(UnsupportedConfigError, match=r"'g' .*: a mask of float32 numbers"):
        model_of(config, LayerGroups(()))
