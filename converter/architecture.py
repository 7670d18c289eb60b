"""An architecture spelled as Keras 3 spells it: what the dialect step gives to the description.

Layers still hold plain configuration; nothing is bound to variables and no shape is known but
the inputs'.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Generic, TypeAlias, TypeVar

from keronyx.converter import families
from keronyx.converter.layers.base import FLOAT32, LAYERS, DTypePolicy, Layer
from keronyx.converter.layers.base import Part as Implied
from keronyx.converter.layers.fields import typed
from keronyx.converter.layers.named import members
from keronyx.converter.several import only
from keronyx.converter.tensors import Shape


def group_name(class_name: str) -> str:
    """Spell a class name as Keras names its weight group: ``Conv2DTranspose``, conv2d_transpose."""
    name = re.sub(r"\W+", "", class_name)
    name = re.sub(r"(.)([A-Z][a-z]+)", r"\1_\2", name)
    return re.sub(r"([a-z])([A-Z])", r"\1_\2", name).lower()


@dataclass(frozen=True)
class Ref:
    """One output of one call of a layer."""

    layer: str
    call: int = 0
    output: int = 0


R = TypeVar("R")
S = TypeVar("S")


@dataclass(frozen=True)
class Called(Generic[R]):
    """One call: the tensors that it is given, by reference, and the arguments that it names.

    Of masks, a tuple may have None in the place of an input that has none.
    """

    inputs: tuple[R, ...] = ()
    arguments: Mapping[str, R | tuple[R | None, ...] | bool] = field(default_factory=dict)

    @property
    def sources(self) -> tuple[R, ...]:
        """Every reference, those of arguments last."""
        named: list[R] = []
        self.map(named.append)
        return tuple(named)

    def map(self, change: Callable[[R], S]) -> "Called[S]":
        """Return the call with every reference changed."""
        inputs = tuple(map(change, self.inputs))
        arguments: dict[str, S | tuple[S | None, ...] | bool] = {}
        for name, value in self.arguments.items():
            if isinstance(value, bool):
                arguments[name] = value
            elif isinstance(value, tuple):
                arguments[name] = tuple(each if each is None else change(each) for each in value)
            else:
                arguments[name] = change(value)
        return Called(inputs, arguments)


Call: TypeAlias = Called[Ref]


@dataclass(frozen=True, kw_only=True)
class LayerConfig:
    """A layer's class, its config keys, and its calls.

    ``config`` has every config key of the class, with typed values; a held layer is a
    LayerConfig or a ModelConfig. ``group`` is the class
    name that the layer had in its file (weight groups are named after it).
    ``unused`` names variables that only training uses; ``asset`` the file that holds a vocabulary,
    of ``vocabulary_size`` lines where that is told. ``apart`` are the gates of which the file keeps
    each variable on its own, in its order.
    """

    kind: type[Layer]
    name: str
    config: Mapping[str, Any] = field(default_factory=dict)
    dtype: DTypePolicy = FLOAT32
    trainable: bool = True
    calls: tuple[Call, ...] = ()
    group: str = ""
    unused: tuple[str, ...] = ()
    apart: tuple[str, ...] = ()
    asset: str = ""
    vocabulary_size: Any = None
    shared_id: int | None = None

    def children(self) -> dict[str, "Part"]:
        """Layers that this one holds or implies, by config key and, in a list, the place there."""
        found: dict[str, Part] = {}
        for key, value in self.config.items():
            found |= _parts(key, value)
        return found | {place: self._implied(place, *each) for place, each in self.implied.items()}

    @property
    def implied(self) -> Mapping[str, Implied]:
        """What the class makes of its config, by the field that takes it."""
        return self.kind.parts(self.config)

    def _implied(self, place: str, kind: type[Layer], config: Mapping[str, Any]) -> "LayerConfig":
        """Make the entry of a layer that stands in no file."""
        whole = typed(kind, config) | {"quantization": self.dtype.quantization}
        own = replace(self, kind=kind, name=place, config=whole, group=kind.__name__, calls=())
        return replace(own, unused=(), asset="", shared_id=None)

    def mapped(self, made: Callable[[str, "Part"], Any]) -> dict[str, Any]:
        """Return the config with ``made(place, part)`` in the place of every part."""
        given = {place: made(place, part) for place, part in self.children().items()}
        written = {key: _in_place(key, value, given) for key, value in self.config.items()}
        return written | only(given, self.implied)


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
    calls: tuple[Call, ...] = ()
    group: str = ""
    shared_id: int | None = None


def _parts(key: str, value: Any) -> Mapping[str, "Part"]:
    return members(key, value, LayerConfig, ModelConfig)


def _in_place(key: str, value: Any, given: Mapping[str, Any]) -> Any:
    """Return a config value with the parts in it exchanged."""
    places = _parts(key, value)
    if not places:
        return value
    return tuple(map(given.__getitem__, places)) if isinstance(value, tuple) else given[key]


Part: TypeAlias = LayerConfig | ModelConfig


def input_kind() -> type[Layer]:
    """Return the class of where a model's input enters."""
    families.read(families.DESCRIPTIONS, "core")
    return next(kind for kind in LAYERS.values() if kind.is_input)


def input_layer(name: str, shape: Shape, dtype: str) -> LayerConfig:
    """Make the input layer that a file leaves out."""
    kind = input_kind()
    return LayerConfig(
        kind=kind,
        name=name,
        config={"batch_shape": shape},
        dtype=DTypePolicy(dtype, dtype),
        group=kind.__name__,
        calls=(Call(),),
    )


def with_calls(part: Part, calls: tuple[Call, ...]) -> Part:
    """Return the layer or model with these calls."""
    return replace(part, calls=calls)
