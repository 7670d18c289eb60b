"""Every name of Keras 3.15's layers is converted, does nothing in prediction, or is refused."""

import json
from pathlib import Path
from typing import Any

import pytest
from calling import call
from catalogue import LAYERS
from spelled_configs import entry, sequential

import keronyx
from keronyx.converter.dialect.tables import CLASSES, UNREADABLE

NAMES = Path(__file__).with_name("names").joinpath("3.15.1.txt").read_text("utf-8").split()
"""Names of classes in ``keras.layers`` that are layers, as ``dir`` of Keras 3.15.1 has them."""

BEHIND = "compute 'odd' first, and convert the model behind it: keras.Model("
REPLACE = 'replace={"odd": "EXPR"} says what such a layer computes'
REFUSED = {
    "FlaxLayer": ("code of Flax, which no file of Keras holds", REPLACE),
    "HashedCrossing": ("ONNX has no such hash", BEHIND),
    "Hashing": ("ONNX has no such hash", BEHIND),
    "JaxLayer": ("code of JAX, which no file of Keras holds", REPLACE),
    "Lambda": ("code in the file is never run", REPLACE),
    "Layer": ("the class that others are derived from, nothing by itself", REPLACE),
    "TFSMLayer": ("convert the model that it was exported from", REPLACE),
    "TorchModuleWrapper": ("code of PyTorch, which no file of Keras holds", REPLACE),
    "Wrapper": ("the class that others are derived from, nothing by itself", REPLACE),
}


def test_every_name_is_read_or_refused() -> None:
    assert len(NAMES) == 163
    today = {name: CLASSES.get(name, name) for name in NAMES}
    assert {name for name in NAMES if today[name] not in LAYERS} == set(REFUSED)
    assert set(REFUSED) <= set(UNREADABLE)


@pytest.mark.parametrize("name", sorted(REFUSED))
def test_what_is_refused_tells_what_to_do(name: str) -> None:
    why, way = REFUSED[name]
    with pytest.raises(keronyx.UnsupportedLayerError) as caught:
        sequential(entry(name, "odd"))
    assert f"'odd' ({name}, " in str(caught.value)
    assert why in str(caught.value)
    assert way in str(caught.value)


def test_other_names_are_told_as_the_layers_that_they_are(capsys: Any) -> None:
    others = [name for name in NAMES if name in CLASSES]
    assert len(others) == 20
    for name in others:
        assert call("layers", name, "--json") == 0
        assert json.loads(capsys.readouterr().out)["name"] == CLASSES[name]
