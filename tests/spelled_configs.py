"""Configs as files spell them, for the tests of the dialects."""

from typing import Any

from keronyx.converter.dialect import translate
from keronyx.converter.dialect.version import Version
from keronyx.converter.files.saved import SavedModel

KERAS2, KERAS3 = Version((2, 15, 0)), Version((3, 15, 1))


def saved(config: Any, version: Any = "3.15.1") -> Any:
    return SavedModel(path="m", format="test", config=config, weights=None, keras_version=version)


def sequential(*layers: Any, shape: Any = (None, 4), version: Any = "3.15.1") -> Any:
    first = {"class_name": "InputLayer", "config": {"name": "x", "batch_shape": list(shape)}}
    config = {"class_name": "Sequential", "config": {"name": "net", "layers": [first, *layers]}}
    model, _ = translate(saved(config, version))
    return model.layers[1:]


def entry(class_name: Any, name: Any = "layer", **config: Any) -> Any:
    return {"class_name": class_name, "config": {"name": name, "trainable": True, **config}}


def policy(class_name: Any, **config: Any) -> Any:
    return {"class_name": class_name, "config": config}


def node(*sources: Any) -> Any:
    return [[[name, index, 0, {}] for name, index in sources]]
