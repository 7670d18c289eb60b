"""The casts of layers' inputs, which Keras 3.5 to 3.9 writes as operations of the graph."""

from collections.abc import Mapping
from typing import Any

from keronyx.converter.architecture import LayerConfig
from keronyx.converter.dialect.values import policy_of
from keronyx.converter.layers.base import FLOATS
from keronyx.converter.layers.operations import Cast


def cast_of(name: str, class_name: str, config: Mapping[str, Any]) -> LayerConfig | None:
    """Return the operation that casts to a floating dtype, None for any other operation."""
    target = config.get("dtype")
    if class_name != "Cast" or target not in FLOATS or set(config) - {"name", "dtype"}:
        return None
    return LayerConfig(
        kind=Cast,
        name=name,
        config={"target": target, "quantization": None},
        dtype=policy_of(target),
        group=class_name,
    )
