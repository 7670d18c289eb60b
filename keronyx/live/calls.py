"""How a live model is called: the names, types and shapes of what it takes."""

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from keronyx.converter.errors import UsageError
from keronyx.converter.tensors import Shape
from keronyx.live.package import is_own
from keronyx.live.structure import leaves, mapped

UNBUILT = "the model was never built, so the shape of its input is not known"
BUILD = "call it once on data, or give it its input_shape: model.build(input_shape)"


@dataclass(frozen=True)
class Spec:
    """One tensor that a model takes."""

    name: str
    shape: Shape
    dtype: str


@dataclass(frozen=True)
class Call:
    """The arguments of a model's call: structures whose leaves are ``Spec``."""

    arguments: Mapping[str, Any]

    @property
    def specs(self) -> list[Spec]:
        """Every tensor, in Keras's order."""
        return [leaf for argument in self.arguments.values() for _, leaf in leaves(argument)]

    def filled(self, tensors: Mapping[str, Any]) -> dict[str, Any]:
        """Return the arguments with tensors, by name, in the places of their specs."""
        return {
            name: mapped(argument, lambda spec: tensors[spec.name])
            for name, argument in self.arguments.items()
        }


def call_of(model: Any) -> Call:
    """Return how a live model is called.

    Raises UsageError for one that was never built.
    """
    if not getattr(model, "built", False):
        raise UsageError(UNBUILT, hint=BUILD)
    if getattr(model, "inputs", None):
        return _numbered({_first_argument(model): _named(_structure(model), _of_tensor)})
    recorded = _recorded_2 if hasattr(model, "save_spec") else _recorded_3
    return _numbered(recorded(model, _first_argument(model)))


def _structure(model: Any) -> Any:
    """Return the inputs of a graph, nested as they are when it is called."""
    if type(model).__name__ == "Sequential" or not isinstance(model.input, Mapping | list | tuple):
        return model.inputs[0]
    return model.input


def _first_argument(model: Any) -> str:
    """Return the name of what a model is called on first."""
    return next(iter(inspect.signature(model.call).parameters), "inputs")


def _named(structure: Any, spec: Callable[[Any, str], Spec], otherwise: str = "") -> Any:
    """Return the structure with specs, made of each leaf and its name: its keys, or else another.

    ``otherwise`` is numbered where there are several.
    """
    keys = [key for key, _ in leaves(structure)]
    numbered = otherwise if len(keys) == 1 or not otherwise else f"{otherwise}_{{}}"
    names = (key or numbered.format(number) for number, key in enumerate(keys))
    return mapped(structure, lambda leaf: spec(leaf, next(names)))


def _numbered(arguments: Mapping[str, Any]) -> Call:
    """Return a call whose specs have names of their own."""
    taken: dict[str, int] = {}

    def unique(spec: Spec) -> Spec:
        taken[spec.name] = count = taken.get(spec.name, -1) + 1
        return replace(spec, name=f"{spec.name}_{count}") if count else spec

    return Call({name: mapped(argument, unique) for name, argument in arguments.items()})


def _of_tensor(tensor: Any, key: str) -> Spec:
    # A symbolic input has a number of its own; what is known by its name is its layer.
    layer = tensor._keras_history[0]  # noqa: SLF001 - Keras has no other way to ask
    return Spec(key or layer.name, tuple(tensor.shape), getattr(tensor.dtype, "name", tensor.dtype))


def _recorded_2(model: Any, first: str) -> dict[str, Any]:
    """Return what a subclassed model of Keras 2 was called on."""
    noted = model.save_spec(dynamic_batch=True)
    if noted is None:
        raise UsageError(UNBUILT, hint=BUILD)
    positional, keywords = noted
    names = [first, *list(inspect.signature(model.call).parameters)[1:]]
    tensors = {name: value for name, value in keywords.items() if hasattr(value, "shape")}
    arguments = dict(zip(names, positional, strict=False)) | tensors
    return {name: _named(value, _of_spec, name) for name, value in arguments.items()}


def _of_spec(spec: Any, name: str) -> Spec:
    return Spec(name, tuple(spec.shape), spec.dtype.name)


def _recorded_3(model: Any, first: str) -> dict[str, Any]:
    """Return what a subclassed model of Keras 3 was built for; any batch size goes."""
    shapes = _built_shapes(model.get_build_config() or {}, first)
    if not shapes:
        raise UsageError(UNBUILT, hint=BUILD)
    dtype = getattr(model, "input_dtype", None) or model.compute_dtype

    def spec(shape: _Shape, name: str) -> Spec:
        return Spec(name, (None, *shape.sizes[1:]), dtype)

    return {name: _named(_boxed(value), spec, name) for name, value in shapes.items()}


def _built_shapes(config: Mapping[str, Any], first: str) -> dict[str, Any]:
    """Return the shapes in a build config by the arguments that they are of."""
    single = config.get("input_shape")
    if single is not None:
        return {first.removesuffix("_shape"): single}
    shapes = config.get("shapes_dict") or {}
    return {key.removesuffix("_shape"): each for key, each in shapes.items()}


@dataclass(frozen=True)
class _Shape:
    """A shape that is a leaf, and no list of numbers."""

    sizes: tuple[int | None, ...]


def _boxed(structure: Any) -> Any:
    if isinstance(structure, Mapping):
        return {key: _boxed(value) for key, value in structure.items()}
    if all(map(_is_size, structure)):
        return _Shape(tuple(structure))
    return [*map(_boxed, structure)]


def _is_size(value: Any) -> bool:
    return value is None or isinstance(value, int)


def apply(function: Callable[..., Any], model: Any, call: Call, tensors: Mapping[str, Any]) -> Any:
    """Call a model, or its ``call`` alone, on tensors by name; told that it is not training."""
    (_, first), *others = call.filled(tensors).items()
    told = is_own(model) or "training" in inspect.signature(model.call).parameters
    return function(first, **dict(others), **({"training": False} if told else {}))
