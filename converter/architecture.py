"""An architecture spelled as Keras 3 spells it: what the dialect step gives to the description.

Layers still hold plain configuration; nothing is bound to variables and no shape is known but
the inputs'.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, TypeAlias

from keronyx.converter.layers.base import FLOAT32, LAYERS, DTypePolicy, Layer
from keronyx.converter.model import Shape


@dataclass(frozen=True)
class Ref:
    """One output of one call of a layer."""

    layer: str
    call: int = 0
    output: int = 0


@dataclass(frozen=True, kw_only=True)
class LayerConfig:
    """A layer's class, its config keys, and its calls.

    ``config`` has every config key of the class, with typed values; a wrapped layer is a
    LayerConfig or a ModelConfig. ``calls`` lists the inputs of each call. ``group`` is the class
    name that the layer had in its file (weight groups are named after it).
    ``unused`` names variables that only training uses; ``asset`` the file that holds a vocabulary,
    of ``vocabulary_size`` lines where that is told.
    """

    kind: type[Layer]
    name: str
    config: Mapping[str, Any] = field(default_factory=dict)
    dtype: DTypePolicy = FLOAT32
    trainable: bool = True
    calls: tuple[tuple[Ref, ...], ...] = ()
    group: str = ""
    unused: tuple[str, ...] = ()
    asset: str = ""
    vocabulary_size: Any = None
    shared_id: int | None = None

    def children(self) -> dict[str, "Part"]:
        """Layers that this one wraps, by config key."""
        return {k: v for k, v in self.config.items() if isinstance(v, LayerConfig | ModelConfig)}


@dataclass(frozen=True, kw_only=True)
class ModelConfig:
    """A Sequential or Functional model, at the top or nested.

    ``inputs`` and ``outputs`` are (name, reference) in Keras's order. ``input_shape`` is what a
    model without an input layer was built with. A nested model has ``calls`` like a layer.
    """

    name: str
    sequential: bool
    layers: tuple["Part", ...]
    inputs: tuple[tuple[str, Ref], ...]
    outputs: tuple[tuple[str, Ref], ...]
    calls: tuple[tuple[Ref, ...], ...] = ()
    group: str = ""
    shared_id: int | None = None


Part: TypeAlias = LayerConfig | ModelConfig


def input_layer(name: str, shape: Shape, dtype: str) -> LayerConfig:
    """Make the input layer that a file leaves out."""
    return LayerConfig(
        kind=LAYERS["InputLayer"],
        name=name,
        config={"batch_shape": shape},
        dtype=DTypePolicy(dtype, dtype),
        group="InputLayer",
        calls=((),),
    )


def with_calls(part: Part, calls: tuple[tuple[Ref, ...], ...]) -> Part:
    """Return the layer or model with these calls."""
    return replace(part, calls=calls)
