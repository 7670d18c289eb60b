"""Mutations: of plain bytes, and of JSON values along their structure.

What a library of somebody else reads first is only cut, or changed in its payload: its own
structure stays whole, so that no sample is a fault of that library.
"""

import copy
import json
import random
from collections.abc import Callable, Iterator, Sequence
from typing import Any, Final, TypeAlias

Random: TypeAlias = random.Random
Place: TypeAlias = tuple[Any, Any]
"""A dictionary or a list, and a key or an index in it."""

NUMBERS: Final = (
    0,
    1,
    -1,
    2,
    3,
    7,
    255,
    2**31 - 1,
    -(2**31),
    2**31,
    0.5,
    1e400,
    -0.0,
)
WORDS: Final = (
    "",
    "relu",
    "softmax",
    "same",
    "valid",
    "causal",
    "channels_first",
    "float16",
    "bfloat16",
    "float64",
    "int32",
    "string",
    "mixed_float16",
    "Dense",
    "Lambda",
    "Sequential",
    "Functional",
    "InputLayer",
    "Concatenate",
    "Bidirectional",
    "TimeDistributed",
    "__tuple__",
    "__keras_tensor__",
    "__lambda__",
    "keras.layers",
    "a//b",
    "a/b",
    "\x00\x1b[2J\n",
    "ä\u202e\U0001f600",
    "x" * 2000,
)
ODD: Final[tuple[Any, ...]] = (
    None,
    True,
    False,
    [],
    {},
    [[]],
    [None],
    {"class_name": "Dense"},
    "NaN",
    float("nan"),
)

BITS: Final = (b"\x00", b"\xff", b"\xff\xff\xff\xff", b"\x80\x00\x00\x00", b"\x00" * 8, b"\xff" * 8)


def of_payload(data: bytes, places: Sequence[tuple[int, int]], rng: Random) -> bytes:
    """Cut the end off, or flip bits at ``places``, each an offset and a size."""
    if rng.random() < 0.3 or not places:
        return data[: rng.randrange(len(data) + 1)]
    content = bytearray(data)
    for _ in range(rng.choice((1, 2, 8))):
        start, size = rng.choice(places)
        content[start + rng.randrange(size)] ^= 1 << rng.randrange(8)
    return bytes(content)


def of_bytes(data: bytes, rng: Random) -> bytes:
    """Change a few bytes: flipped, replaced, cut out, repeated, or the end cut off."""
    content = bytearray(data)
    for _ in range(rng.choice((1, 1, 2, 3, 8))):
        rng.choice(BYTEWISE)(content, rng)
    return bytes(content)


def _flip(content: bytearray, rng: Random) -> None:
    if content:
        content[rng.randrange(len(content))] ^= 1 << rng.randrange(8)


def _overwrite(content: bytearray, rng: Random) -> None:
    piece = rng.choice(BITS)
    start = rng.randrange(len(content) + 1)
    content[start : start + len(piece)] = piece


def _count(content: bytearray, rng: Random) -> None:
    """Put another number where a little-endian one may be."""
    size = rng.choice((1, 2, 4, 8))
    start = rng.randrange(len(content) + 1)
    number = rng.choice((0, 1, 2, 127, 2**15, len(content), rng.getrandbits(8 * size)))
    content[start : start + size] = (number % (1 << 8 * size)).to_bytes(size, "little")


def _cut(content: bytearray, rng: Random) -> None:
    start = rng.randrange(len(content) + 1)
    del content[start : start + rng.choice((1, 4, 16, 200))]


def _repeat(content: bytearray, rng: Random) -> None:
    start = rng.randrange(len(content) + 1)
    content[start:start] = content[start : start + rng.choice((1, 8, 64))] * rng.choice((1, 2, 40))


def _end(content: bytearray, rng: Random) -> None:
    del content[rng.randrange(len(content) + 1) :]


BYTEWISE: Final = (_flip, _flip, _overwrite, _count, _count, _cut, _repeat, _end)


def of_value(value: Any, others: Sequence[Any], rng: Random) -> Any:
    """Change a JSON value in a few places; subtrees may come from other values."""
    changed = [copy.deepcopy(value)]
    for _ in range(rng.choice((1, 1, 1, 2, 3, 6))):
        places = list(_places(changed))
        rng.choice(STRUCTURAL)(rng.choice(places), rng.choice(places), others, rng)
    return changed[0]


def _places(root: Any) -> Iterator[Place]:
    waiting = [root]
    while waiting:
        node = waiting.pop()
        for key in node if isinstance(node, dict) else range(len(node)):
            yield node, key
            if isinstance(node[key], dict | list):
                waiting.append(node[key])


def _replace(place: Place, _other: Place, _others: Sequence[Any], rng: Random) -> None:
    node, key = place
    old = node[key] if not isinstance(node, list) or key < len(node) else None
    if isinstance(old, int | float) and rng.random() < 0.7:
        node[key] = rng.choice((*NUMBERS, old + 1, old - 1, -old, old * 2, str(old), [old]))
    elif isinstance(old, str) and rng.random() < 0.7:
        node[key] = rng.choice((*WORDS, old + "_1", old[:-1], old.upper()))
    else:
        _put(place, rng.choice((*NUMBERS, *WORDS, *ODD)))


def _put(place: Place, value: Any) -> None:
    node, key = place
    if isinstance(node, dict) or key < len(node):
        node[key] = copy.deepcopy(value)


def _remove(place: Place, _other: Place, _others: Sequence[Any], _rng: Random) -> None:
    node, key = place
    if len(node) > 1:
        del node[key]


def _rename(place: Place, _other: Place, _others: Sequence[Any], rng: Random) -> None:
    node, key = place
    if isinstance(node, dict):
        node[rng.choice((f"{key}_x", "name", "units", "config", "axis", "dtype"))] = node.pop(key)


def _double(place: Place, _other: Place, _others: Sequence[Any], rng: Random) -> None:
    node, key = place
    if isinstance(node, list):
        node[key:key] = [copy.deepcopy(node[key])] * rng.choice((1, 1, 2, 30))


def _move(place: Place, other: Place, _others: Sequence[Any], _rng: Random) -> None:
    node, key = other
    _put(place, node[key])


def _graft(place: Place, _other: Place, others: Sequence[Any], rng: Random) -> None:
    """Take a value of the same key from another sample, or any value."""
    if not others:
        return
    found = list(_places([rng.choice(others)]))
    same = [node[key] for node, key in found if key == place[1] and isinstance(key, str)]
    node, key = rng.choice(found)
    _put(place, rng.choice(same) if same else node[key])


def _wrap(place: Place, _other: Place, _others: Sequence[Any], rng: Random) -> None:
    node, key = place
    inner = node[key]
    wrappings: tuple[Callable[[], Any], ...] = (
        lambda: [inner],
        lambda: {"class_name": "__tuple__", "items": inner},
        lambda: {"class_name": "__numpy__", "config": {"value": inner, "dtype": "float32"}},
        lambda: {"class_name": "TensorShape", "items": inner},
        lambda: {"class_name": "TimeDistributed", "config": {"layer": inner, "name": "td"}},
        lambda: json.dumps(inner),
    )
    node[key] = rng.choice(wrappings)()


STRUCTURAL: Final[tuple[Callable[[Place, Place, Sequence[Any], Random], None], ...]] = (
    _replace,
    _replace,
    _replace,
    _remove,
    _rename,
    _double,
    _move,
    _graft,
    _graft,
    _wrap,
)


def of_text(value: Any, others: Sequence[Any], rng: Random) -> bytes:
    """Return JSON of a changed value; sometimes of the right value with changed bytes."""
    if rng.random() < 0.15:
        return of_bytes(json.dumps(value).encode(), rng)
    return json.dumps(of_value(value, others, rng)).encode()
