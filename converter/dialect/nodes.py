"""The ways in which Keras writes who feeds whom: ``inbound_nodes``, inputs and outputs."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

from keronyx.converter.architecture import Called
from keronyx.converter.dialect.nested import under
from keronyx.converter.errors import FileFormatError, UnsupportedConfigError, shorten
from keronyx.converter.layers.base import Argument, Layer
from keronyx.converter.several import lacking

# Call arguments that change nothing when they have these values. Nested Nones are one None.
HARMLESS: Mapping[str, tuple[Any, ...]] = {
    "training": (None, False),
    **dict.fromkeys(("mask", "constants"), (None,)),
}

CONSTANT = "_CONSTANT_VALUE"
"""What stands in the place of a layer's name where Keras 2 writes a number for a tensor."""


@dataclass(frozen=True)
class History:
    """A tensor as files name it: layer, node index, output index."""

    layer: str
    node: int
    output: int


Given: TypeAlias = History | tuple[History | None, ...] | bool
"""What a call says by name."""


def calls_of(nodes: Any, kind: type[Layer]) -> tuple[Called[History], ...]:
    """Return every call of a layer.

    Raises FileFormatError for nodes that are damaged, UnsupportedConfigError for call arguments
    that the layer does not take.
    """
    if not isinstance(nodes, list):
        raise FileFormatError("inbound_nodes is not a list")
    return tuple(_call(node, kind) for node in nodes)


def _call(node: Any, kind: type[Layer]) -> Called[History]:
    if kind.loose:
        return Called(tuple(_tensors(node)))
    keywords, inputs = _written(_by_their_names(node, kind), kind.first)
    if not isinstance(keywords, dict):
        raise FileFormatError(f"call arguments {shorten(repr(keywords))}")
    given = (keywords.pop(name, None) for name in kind.further)
    inputs += [tensor for value in given if value is not None for tensor in _tensors(value)]
    return Called(tuple(inputs), _arguments(_masks_apart(keywords, kind), kind))


def _masks_apart(keywords: dict[str, Any], kind: type[Layer]) -> dict[str, Any]:
    """Return the arguments with a list of masks as one for each input."""
    listed = keywords.get("mask")
    if not isinstance(listed, list) or not 1 < len(listed) <= len(kind.mask_names):
        return keywords
    rest = lacking(keywords, ["mask"])
    return rest | {name: mask for name, mask in zip(kind.mask_names, listed, strict=False) if mask}


def _by_their_names(node: Any, kind: type[Layer]) -> Any:
    """Return a call of Keras 3 whose arguments behind the first have their names."""
    args = node.get("args") if isinstance(node, dict) and kind.placed else None
    if not isinstance(args, list) or len(args) < 2:
        return node
    named = dict(zip(kind.placed, args[1:], strict=False))
    return {"args": args[:1], "kwargs": {**node.get("kwargs", {}), **named}}


def _written(node: Any, first: str) -> tuple[Any, list[History]]:
    """Return the arguments by name and the inputs of a call, as any Keras writes them."""
    if isinstance(node, dict):
        return _by_name(node.get("kwargs", {}), node.get("args", []), first)
    if is_history(node):
        return _keywords(node), [_history(node)]
    if isinstance(node, list):
        flat = list(_flattened(node))
        return _said(map(_keywords, flat)), list(map(_history, flat))
    raise FileFormatError(f"inbound node {shorten(repr(node))}")


def _flattened(node: list[Any]) -> Iterator[Any]:
    """Yield what a call is given; states of several cells stand in lists of their own."""
    for item in node:
        nested = isinstance(item, list) and item and all(map(is_history, item))
        yield from item if nested else [item]


def _by_name(keywords: Any, given: Any, first: str) -> tuple[Any, list[History]]:
    """Return the arguments by name and the inputs; these may have been given by their name."""
    if not given and isinstance(keywords, dict) and first in keywords:
        keywords = {**keywords}
        given = [keywords.pop(first)]
    return keywords, list(_keras3_tensors(given))


def _said(several: Iterable[dict[str, Any]]) -> dict[str, Any]:
    """Return the arguments of a call, which Keras 1 and 2 write beside each of its inputs."""
    said: dict[str, Any] = {}
    for each in several:
        other = [name for name in each if name in said and each[name] != said[name]]
        if other:
            raise FileFormatError(f"call argument {shorten(other[0])} twice, and not the same")
        said |= each
    return said


def _arguments(keywords: dict[str, Any], kind: type[Layer]) -> dict[str, Given]:
    """Return what a call says by name; raises for what the layer does not take."""
    found: dict[str, Given] = {}
    for name, value in keywords.items():
        if _is_harmless(name, value, kind):
            continue
        takes = kind.arguments.get(name)
        if name == "mask" and kind.accepts_mask:
            found[name] = _mask(value)
        elif takes is None:
            raise UnsupportedConfigError(f"call argument {name}={shorten(repr(value))}")
        elif value is not None:
            found[name] = _argument(name, value, takes)
    return found


def _is_harmless(name: str, value: Any, kind: type[Layer]) -> bool:
    """Tell an argument that changes nothing in prediction."""
    return name == "name" or name in kind.harmless or _one(value) in HARMLESS.get(name, ())


def _mask(value: Any) -> History | tuple[History | None, ...]:
    """Return the mask of the first input, or in a list that of each, None where there is none."""
    if not isinstance(value, list) or is_history(value):
        return _only("mask", value)
    return tuple(None if each is None else _only("mask", each) for each in value)


def _only(name: str, value: Any) -> History:
    found = list(_tensors(value))
    if len(found) != 1:
        raise UnsupportedConfigError(f"call argument {name}={shorten(repr(value))}")
    return found[0]


def _argument(name: str, value: Any, takes: Argument) -> Given:
    if takes == "flag" and isinstance(value, int) and value in (0, 1):
        return bool(value)
    if takes == "tensor":
        return _only(name, value)
    found = () if takes == "flag" else tuple(_tensors(value))
    if not found:
        raise UnsupportedConfigError(f"call argument {name}={shorten(repr(value))}")
    return found


def _one(value: Any) -> Any:
    return None if isinstance(value, list) and all(_one(v) is None for v in value) else value


def _keras3_tensors(value: Any) -> Iterator[History]:
    if isinstance(value, list):
        for item in value:
            yield from _keras3_tensors(item)
    elif _is_keras3_tensor(value):
        yield _history(under(value.get("config"), "keras_history"))
    else:
        raise UnsupportedConfigError(f"call argument {shorten(repr(value))}")


def _is_keras3_tensor(value: Any) -> bool:
    return bool(under(value, "class_name") == "__keras_tensor__")


def _tensors(value: Any) -> Iterator[History]:
    """Yield every tensor in the arguments of a call, those with keywords last."""
    if is_history(value):
        yield _history(value)
        value = _keywords(value)
    if _is_keras3_tensor(value):
        yield from _keras3_tensors(value)
    elif isinstance(value, dict | list):
        for item in value.values() if isinstance(value, dict) else value:
            yield from _tensors(item)


def is_history(value: Any) -> bool:
    """Tell what files before Keras 3 write for a tensor."""
    if not isinstance(value, list) or len(value) not in (3, 4):
        return False
    # A flag is an int to Python, but no index.
    named = isinstance(value[0], str) and value[0] != CONSTANT
    return named and all(type(index) is int for index in value[1:3])


def _history(value: Any) -> History:
    if not is_history(value):
        raise FileFormatError(f"{shorten(repr(value))} names no tensor")
    if min(value[1:3]) < 0:
        raise FileFormatError(f"negative index in {shorten(repr(value))}")
    return History(value[0], value[1], value[2])


def _keywords(value: Any) -> dict[str, Any]:
    if isinstance(value, list) and len(value) == 4 and isinstance(value[3], dict):
        return dict(value[3])
    return {}


def _under(
    key: str, pairs: list[tuple[str | None, History]]
) -> Iterator[tuple[str | None, History]]:
    for inner, history in pairs:
        yield key if inner is None else f"{key}/{inner}", history


def structure(value: Any) -> list[tuple[str | None, History]]:
    """Flatten ``input_layers`` or ``output_layers``: (key of a dict or None, tensor).

    Dictionaries go by sorted keys, as Keras does.
    """
    if is_history(value):
        return [(None, _history(value))]
    if isinstance(value, list):
        return [pair for item in value for pair in structure(item)]
    if isinstance(value, dict):
        return _by_keys(value)
    raise FileFormatError(f"{shorten(repr(value))} names no tensor")


def _by_keys(value: dict[str, Any]) -> list[tuple[str | None, History]]:
    if "class_name" in value:
        return [(None, history) for history in _keras3_tensors(value)]
    return [pair for key in sorted(value) for pair in _under(key, structure(value[key]))]
