"""Kernels and biases in the forms that people keep them in: two lists, pairs, names, JSON.

Which form it is, is told by how deep the numbers lie: a kernel has two axes, a bias has one, or
two of which one is 1.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

import numpy as np

from keronyx.converter.errors import FileFormatError, UsageError, WeightError, shorten
from keronyx.converter.files.arrays import (
    by_order,
    in_memory,
    place_of,
    saved_from_arrays,
    saved_from_named,
)
from keronyx.converter.files.kinds import BARE
from keronyx.converter.files.saved import FlatVariables, SavedModel
from keronyx.converter.several import mapped

ASIDE: Final = frozenset({"name", "activation"})
"""Keys of a layer beside its weights."""

TEXT: Final = np.dtype(np.float32)
"""What numbers become that are kept as text, as those of Keras are by default."""


@dataclass(frozen=True)
class Kept:
    """Kernels and biases, a bias being None where its layer has none; ``activations`` if told."""

    kernels: Sequence[Any]
    biases: Sequence[Any]
    activations: tuple[str, ...] = ()


def saved_from_kept(source: Any, biases: Iterable[Any] | None = None) -> SavedModel:
    """Wrap arrays in memory, whatever form they are kept in.

    That is what ``get_weights()`` returns, kernels with ``biases`` beside, (kernels, biases), pairs
    of both, {"weights": ..., "biases": ...}, arrays by name, or a list of such layers. Raises
    UsageError for what is none of these, WeightError for arrays that are none.
    """
    if biases is not None:
        return saved_from_arrays(_listed(source), biases)
    if isinstance(source, Mapping) and not _is_layer(source) and "layers" not in source:
        return saved_from_named({str(name): in_memory(value) for name, value in source.items()})
    kept = kept_in(source)
    if kept is None:
        return saved_from_arrays(_listed(source))
    return replace(saved_from_arrays(kept.kernels, kept.biases), activations=kept.activations)


def saved_from_json(value: Any, path: str) -> SavedModel:
    """Wrap the numbers of a JSON text; raises FileFormatError where they are no weights."""
    if not _is_kept(value):
        raise FileFormatError(
            "JSON, but neither a Keras model (it has no 'class_name') nor weights", hint=BARE
        )
    try:
        found = saved_from_kept(_floats(value))
    except (UsageError, TypeError) as error:
        what = f"JSON that holds no weights: {shorten(error)}"
        raise FileFormatError(what, hint=BARE) from error
    return replace(found, path=path, format="JSON weights")


def saved_from_two(kernels: SavedModel, biases: SavedModel) -> SavedModel:
    """Join kernels of one file with biases of another, each in the order that its names tell."""
    pair = [by_order(_flat(each), each.path) for each in (kernels, biases)]
    found = saved_from_arrays(*([each.load() for each in several] for several in pair))
    return replace(found, path=kernels.path, format=f"{kernels.format} of kernels")


def _flat(saved: SavedModel) -> FlatVariables:
    if saved.config is not None or not isinstance(saved.weights, FlatVariables):
        raise UsageError("kernels and biases apart", hint="give two .npz files", path=saved.path)
    return saved.weights


def _is_kept(value: Any) -> bool:
    """Tell lists of numbers, and objects that hold such lists or layers of them."""
    if isinstance(value, Mapping):
        several = [*value.values()]
        plain = all(_rank(each) or _is_number(each) for each in several)
        return "layers" in value or (plain and any(map(_rank, several)))
    return isinstance(value, list) and bool(value)


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _floats(value: Any) -> Any:
    """Return nested lists with an array in the place of each that is one."""
    if isinstance(value, Mapping):
        return mapped(_floats, value)
    if not isinstance(value, list) or any(map(_is_layer, value)):
        return [*map(_floats, value)] if isinstance(value, list) else value
    try:
        array = np.array(value)
    except ValueError:  # rows of several arrays
        return [*map(_floats, value)]
    return array.astype(TEXT) if array.dtype.kind in "iuf" else [*map(_floats, value)]


def kept_in(source: Any) -> Kept | None:
    """Return the kernels and biases of what has both by its form, None for any other."""
    if isinstance(source, Mapping):
        return _of_mapping(source)
    if not _is_sequence(source) or not len(source):
        return None
    if all(map(_is_layer, source)):
        return _of_layers(source)
    if _is_pair(source):
        return Kept(_listed(source[0]), _listed(source[1]))
    if all(map(_may_be_layer_pair, source)):
        return Kept([kernel for kernel, _ in source], [bias for _, bias in source])
    return None


def _of_mapping(source: Mapping[str, Any]) -> Kept:
    if "layers" in source:
        others = sorted(set(source) - {"layers"})
        if others or not _is_sequence(source["layers"]):
            raise UsageError(f"unknown keys {shorten(others)} beside 'layers'", hint=BARE)
        return _of_layers(source["layers"])
    roles = _roles(source)
    kernel, bias = roles["kernel"], roles.get("bias")
    if _rank(kernel) < 3:
        return _of_layers([source])
    kernels = _listed(kernel)
    return Kept(kernels, [None] * len(kernels) if bias is None else _listed(bias))


def _of_layers(layers: Sequence[Any]) -> Kept:
    """Return the weights of layers that are told one by one, and their activations, if all do."""
    for layer in layers:
        if not _is_layer(layer):
            raise UsageError(f"{shorten(layer)} is no layer", hint=BARE)
    roles = [*map(_roles, layers)]
    said = tuple(str(each["activation"]) for each in layers if each.get("activation"))
    if said and len(said) != len(layers):
        raise UsageError(f"{len(said)} activations for {len(layers)} layers", hint=BARE)
    return Kept([each["kernel"] for each in roles], [each.get("bias") for each in roles], said)


def _is_layer(value: Any) -> bool:
    """Tell the weights of one layer, or of several, by the words for them."""
    return isinstance(value, Mapping) and "kernel" in _roles(value)


def _roles(value: Mapping[str, Any]) -> dict[str, Any]:
    """Return kernel and bias by these words; nothing where anything else is there, too."""
    places = {key: place_of(str(key)) for key in value if key not in ASIDE}
    if any(place is None or place[0] != "0" for place in places.values()):
        return {}
    found = {place[1]: value[key] for key, place in places.items() if place}
    return found if len(found) == len(places) and set(found) <= {"kernel", "bias"} else {}


def _is_pair(source: Any) -> bool:
    """Tell (kernels, biases) from the kernel and the bias of a single layer."""
    if len(source) != 2 or not all(map(_is_sequence, source)) or _is_layer_pair(source[0]):
        return False
    if all(map(_may_be_layer_pair, source)):
        raise UsageError("lists of one unit each, which may be pairs", hint="make biases (units,)")
    return _rank(source[0]) == 3 and _rank(source[1]) <= 3


def _is_layer_pair(source: Any) -> bool:
    """Tell (kernel, bias) of one layer from two kernels."""
    return _may_be_layer_pair(source) and np.shape(source[1]) != (1, 1)


def _may_be_layer_pair(source: Any) -> bool:
    """Tell (kernel, bias) of one layer; where both have one unit, it may be two kernels."""
    if not _is_sequence(source) or len(source) != 2 or _rank(source[0]) != 2:
        return False
    kernel, bias = source
    if bias is None or _rank(bias) == 1:
        return True
    return bool(np.shape(bias) == (1, np.shape(kernel)[-1]))


def _is_sequence(value: Any) -> bool:
    return isinstance(value, list | tuple) or (isinstance(value, np.ndarray) and value.ndim > 0)


def _rank(value: Any) -> int:
    """Return how many axes a nest of lists has along its first items."""
    rank = 0
    while isinstance(value, list | tuple) or _is_boxed(value):
        rank += 1
        if not len(value):
            return rank
        value = next((each for each in value if each is not None), None)
    return rank + int(np.ndim(value) if isinstance(value, np.ndarray | np.generic) else 0)


def _is_boxed(value: Any) -> bool:
    """Tell an array of arrays."""
    return isinstance(value, np.ndarray) and value.dtype == object and value.ndim > 0


def _listed(source: Any) -> list[Any]:
    if not isinstance(source, Iterable) or isinstance(source, str | bytes):
        raise UsageError(
            f"cannot convert {type(source).__name__}", hint="give a path, or a list of arrays"
        )
    try:
        return list(source)
    except TypeError as error:  # an array without axes
        raise WeightError("a single number is no list of arrays") from error
