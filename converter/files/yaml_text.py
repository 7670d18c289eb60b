"""YAML as Keras wrote it until TensorFlow 2.3: plain values, and the few Python objects in it.

Nothing is imported or called: the tags in ``OBJECTS`` have readers of their own here, and any
other tag is refused.
"""

import re
from collections.abc import Callable
from typing import Any, Final, TypeGuard

import numpy as np
import yaml

from keronyx.converter.errors import FileFormatError, shorten
from keronyx.converter.files.markup import bounded_yaml, shallow
from keronyx.converter.limits import current, limited

STANDARD: Final = "tag:yaml.org,2002:"
SCALARS: Final = {STANDARD + kind for kind in ("str", "int", "float", "bool", "null", "binary")}
LOADER: Final[Any] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
NUMBER: Final = re.compile(r"b1|[iu][1248]|f[248]")


def parse_yaml(text: str, what: str) -> dict[str, Any]:
    """Return the mapping that a YAML text says, in the values that JSON has."""
    bounded_yaml(text, what)
    try:
        _check_depth(text, what)
        root = _compose(text)
        found = None if root is None else _Reader(what).value(root)
    except (yaml.YAMLError, ValueError, OverflowError, RecursionError) as error:
        raise FileFormatError(
            f"{what} is not YAML ({shorten(' '.join(str(error).split()))})"
        ) from error
    if not isinstance(found, dict):
        raise FileFormatError(f"{what} is not a mapping")
    shallow(found, what)
    return found


def _check_depth(text: str, what: str) -> None:
    """Refuse deep nesting while events come one by one: libyaml's composer is recursive C."""
    depth, most = 0, current().yaml_depth
    for event in yaml.parse(text, Loader=LOADER):
        depth += isinstance(event, yaml.CollectionStartEvent)
        depth -= isinstance(event, yaml.CollectionEndEvent)
        if depth > most:
            raise FileFormatError(f"{what} is nested too deep", hint=limited("yaml_depth"))


def _compose(text: str) -> Any:
    loader = LOADER(text)
    try:
        return loader.get_single_node()
    finally:
        loader.dispose()


def _is_number_type(code: Any) -> TypeGuard[list[Any]]:
    return isinstance(code, list) and bool(code) and bool(NUMBER.fullmatch(str(code[0])))


def _is_array_state(state: Any) -> bool:
    """Tell five entries, of which the second is a shape and the third a type."""
    return len(state) == 5 and isinstance(state[2], np.dtype) and isinstance(state[1], list)


class _Reader:
    """Turns nodes into values; an alias is the same value again, and counts again."""

    def __init__(self, what: str) -> None:
        self._what = what
        self._most = current().text_objects
        self._values: dict[int, Any] = {}
        self._sizes: dict[int, int] = {}
        self._scalars = yaml.constructor.SafeConstructor()

    def value(self, node: Any) -> Any:
        """Return what a node says."""
        key = id(node)
        if key not in self._values:
            if key in self._sizes:
                raise FileFormatError(f"{self._what} has a value that contains itself")
            self._sizes[key] = 1
            self._values[key] = self._read(node)
        return self._values[key]

    def _read(self, node: Any) -> Any:
        if node.tag in SCALARS and isinstance(node, yaml.ScalarNode):
            return self._scalars.construct_object(node)
        kind = node.tag.removeprefix(STANDARD)
        read = OBJECTS.get(kind)
        if read is None:
            raise FileFormatError(
                f"{self._what} has the tag '{shorten(kind)}'; objects in a file are never made"
            )
        return read(self, node)

    def child(self, node: Any, parent: Any) -> Any:
        """Return what a node says, and count it to its parent."""
        found = self.value(node)
        self._sizes[id(parent)] += self._sizes[id(node)]
        if self._sizes[id(parent)] > self._most:
            what = f"{self._what} has too many values once expanded"
            raise FileFormatError(what, hint=limited("text_objects"))
        return found

    def items(self, node: Any) -> list[Any]:
        """Return the values of a sequence node."""
        if not isinstance(node, yaml.SequenceNode):
            raise FileFormatError(f"{self._what} has no list where '{shorten(node.tag)}' needs one")
        return [self.child(item, node) for item in node.value]

    def mapping(self, node: Any) -> dict[str, Any]:
        """Return the entries of a mapping node, whose keys must be different strings."""
        found: dict[str, Any] = {}
        for key_node, value_node in self.pairs(node):
            key = self.value(key_node)
            if not isinstance(key, str) or key in found:
                raise FileFormatError(
                    f"{self._what} has the key {shorten(key)} twice, or not a name"
                )
            found[key] = self.child(value_node, node)
        return found

    def pairs(self, node: Any) -> list[tuple[Any, Any]]:
        """Return the nodes of a mapping node."""
        if not isinstance(node, yaml.MappingNode):
            raise FileFormatError(
                f"{self._what} has no mapping where '{shorten(node.tag)}' needs one"
            )
        return list(node.value)

    def only(self, node: Any) -> Any:
        """Return the one argument that an object was made of."""
        items = self.items(node)
        if len(items) != 1:
            raise FileFormatError(f"{self._what}: '{shorten(node.tag)}' has {len(items)} arguments")
        return items[0]

    def dtype(self, node: Any) -> "np.dtype[Any]":
        """Return a NumPy type: its code in ``args``, its byte order in ``state``."""
        entries = self.mapping(node)
        code, state = entries.get("args"), entries.get("state")
        if _is_number_type(code):
            big = isinstance(state, list) and ">" in state[1:2]
            return np.dtype(str(code[0])).newbyteorder(">" if big else "<")
        raise FileFormatError(f"{self._what} has a NumPy type that is not a number's")

    def scalar(self, node: Any) -> Any:
        """Return a NumPy scalar: its type, and its bytes."""
        items = self.items(node)
        if len(items) != 2 or not isinstance(items[0], np.dtype):
            raise FileFormatError(f"{self._what} has a NumPy scalar without type and bytes")
        return self._numbers(items[0], items[1]).reshape(()).item()

    def array(self, node: Any) -> Any:
        """Return a NumPy array from its pickled state: version, shape, type, order, bytes."""
        states = [value for key, value in self.pairs(node) if key.value == "state"]
        state = self.child(states[0], node) if states else []
        if not _is_array_state(state):
            raise FileFormatError(f"{self._what} has a NumPy array without shape, type and bytes")
        order = "F" if state[3] else "C"
        return self._numbers(state[2], state[4]).reshape(tuple(state[1]), order=order).tolist()

    def _numbers(self, dtype: "np.dtype[Any]", data: Any) -> Any:
        # Python 2 wrote the bytes as characters.
        return np.frombuffer(
            data if isinstance(data, bytes) else str(data).encode("latin-1"), dtype
        )


_APPLY: Final = "python/object/apply:"
_TENSORFLOW: Final = f"{_APPLY}tensorflow.python."

OBJECTS: Final[dict[str, Callable[[_Reader, Any], Any]]] = {
    "map": _Reader.mapping,
    "seq": _Reader.items,
    "python/tuple": _Reader.items,
    f"{_APPLY}numpy.dtype": _Reader.dtype,
    f"{_APPLY}numpy.core.multiarray.scalar": _Reader.scalar,
    f"{_APPLY}numpy.core.multiarray._reconstruct": _Reader.array,
    f"{_TENSORFLOW}training.tracking.data_structures.ListWrapper": _Reader.only,
    f"{_TENSORFLOW}framework.tensor_shape.TensorShape": _Reader.only,
    f"{_TENSORFLOW}framework.tensor_shape.Dimension": _Reader.only,
}
"""Every tag that a collection may have, and what it means here."""
