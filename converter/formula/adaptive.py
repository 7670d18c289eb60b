"""Pooling to a given size."""

from typing import Final

from keronyx.converter.formula.expression import Expression, apply
from keronyx.converter.formula.model import Meaning, express
from keronyx.converter.formula.spatial import in_space
from keronyx.converter.layers.adaptive import (
    AdaptiveAveragePooling1D,
    AdaptiveAveragePooling2D,
    AdaptiveAveragePooling3D,
    AdaptiveMaxPooling1D,
    AdaptiveMaxPooling2D,
    AdaptiveMaxPooling3D,
    AdaptivePooling,
)

WINDOWS: Final = "window i of m, along n places, is from ⌊i · n / m⌋ to before ⌈(i + 1) · n / m⌉"


@express.register
def adaptive_average(
    layer: AdaptiveAveragePooling1D | AdaptiveAveragePooling2D | AdaptiveAveragePooling3D,
    x: Expression,
) -> Meaning:
    """The mean of so many windows."""
    return _pooled(layer, apply("adaptive_average_pool", x), f"the mean of every window; {WINDOWS}")


@express.register
def adaptive_max(
    layer: AdaptiveMaxPooling1D | AdaptiveMaxPooling2D | AdaptiveMaxPooling3D, x: Expression
) -> Meaning:
    """The largest number of so many windows."""
    note = f"the largest number of every window; {WINDOWS}"
    return _pooled(layer, apply("adaptive_max_pool", x), note)


def _pooled(layer: AdaptivePooling, value: Expression, note: str) -> Meaning:
    facts = in_space(layer, output_size=layer.output_size)
    return Meaning(value=value, numbers=facts, note=note)
