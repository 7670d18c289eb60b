"""Models with Lambda layers, and what is said of them."""

from typing import Any

import numpy as np

import keronyx
from keronyx.converter.description import describe
from keronyx.converter.files.saved import LayerGroups, SavedModel, WeightGroup
from keronyx.converter.model import Model

BEND = "where(x > 0, x, 0.3 * exp(minimum(x, 0)) - 0.3)"
X = np.array([[-2.0, 0.5, 3.0, 8.0]], np.float32)

SOURCE = {"class_name": "InputLayer", "config": {"name": "x", "batch_input_shape": [None, 4]}}


def nested(*layers: Any, name: str = "block") -> dict[str, Any]:
    return {"class_name": "Sequential", "config": {"name": name, "layers": [*layers]}}


def lam(name: str, **config: Any) -> dict[str, Any]:
    return {
        "class_name": "Lambda",
        "config": {"name": name, "function": ["4wEAAAA", None], **config},
    }


def described(*layers: Any, replace: dict[str, str]) -> Model:
    return described_as(nested(SOURCE, *layers, name="net"), replace)


def described_as(config: dict[str, Any], replace: dict[str, str], *groups: WeightGroup) -> Model:
    """Describe a whole configuration, with weights."""
    saved = SavedModel(
        path="n.h5",
        format="t",
        config=config,
        weights=LayerGroups(groups),
        keras_version="2.15.0",
    )
    return describe(saved, replace=replace)


def values(model: Model, x: Any = X) -> Any:
    (found,) = keronyx.evaluate(model, x).values()
    return found


def keronyx_bytes(model: Model) -> bytes:
    from keronyx.converter.emit import serialize  # noqa: PLC0415 - with the whole package loaded

    return serialize(model)
