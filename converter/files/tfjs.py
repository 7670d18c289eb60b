"""TensorFlow.js layers models: a topology, and weights cut into shards beside it.

The layout is that of ``tf.io``'s weights manifest: the shards of a group are one run of bytes, in
which the weights follow one another without gaps, little-endian.
"""

import math
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property, partial
from itertools import accumulate
from typing import Any, Final

import numpy as np

from keronyx.converter.errors import FileFormatError, WeightError, shorten
from keronyx.converter.files.markup import parse_object
from keronyx.converter.files.members import Members
from keronyx.converter.files.saved import FlatVariables, SavedModel, said_text
from keronyx.converter.files.span import Span
from keronyx.converter.files.variables import plain_shape, variable
from keronyx.converter.tensors import Array, Variable

STORED: Final = {"float32": "<f4", "int32": "<i4", "bool": "?"}
"""The manifest's types that are stored as they are."""

QUANTISED: Final = {
    ("float32", "float16"): "<f2",
    ("float32", "uint8"): "u1",
    ("float32", "uint16"): "<u2",
    ("int32", "uint8"): "u1",
    ("int32", "uint16"): "<u2",
}
"""(Type, type it is quantised to), and how that is stored."""

GRAPH: Final = "a TensorFlow.js graph model, which holds TensorFlow's graph and no Keras layers"


def read_tfjs(members: Members, manifest: dict[str, Any]) -> SavedModel:
    """Read the model that a parsed model.json describes."""
    topology = _object(manifest.get("modelTopology"), "modelTopology")
    config = _object(topology.get("model_config", topology), "model_config")
    if manifest.get("format") == "graph-model" or "class_name" not in config:
        raise FileFormatError(GRAPH, hint="convert the Keras model it was made from")
    return SavedModel(
        path=members.path,
        format="TensorFlow.js layers model",
        config=config,
        weights=FlatVariables(tuple(_variables(members, manifest)), named=True),
        keras_version=said_text(topology, "keras_version"),
        backend=said_text(topology, "backend"),
    )


def _object(value: Any, what: str) -> dict[str, Any]:
    found = parse_object(value, what) if isinstance(value, str) else value
    if not isinstance(found, dict):
        raise FileFormatError(f"'{what}' is missing, or not an object")
    return found


def _list(entry: Any, key: str) -> list[Any]:
    found = entry.get(key) if isinstance(entry, dict) else None
    if not isinstance(found, list):
        raise FileFormatError(f"'{key}' is missing, or not a list")
    return found


def _variables(members: Members, manifest: dict[str, Any]) -> Iterator[Variable]:
    names: set[str] = set()
    paths: set[str] = set()
    for group in _list(manifest, "weightsManifest"):
        shards = _Shards(tuple(_shard(members, path, paths) for path in _list(group, "paths")))
        offset = 0
        for entry in _list(group, "weights"):
            weight = _Weight.of(entry, names)
            yield weight.variable(shards, offset)
            offset += weight.size
        if offset != shards.size:
            raise WeightError(f"weights of {offset} bytes in shards of {shards.size}")


def _shard(members: Members, path: Any, seen: set[str]) -> Span:
    if not isinstance(path, str) or path in seen:
        raise FileFormatError(f"shard {shorten(path)} is listed twice, or is no file name")
    seen.add(path)
    return members.span(path)


@dataclass(frozen=True)
class _Shards:
    """The run of bytes that the shards of one group make."""

    spans: tuple[Span, ...]

    @cached_property
    def _ends(self) -> list[int]:
        return list(accumulate(span.size for span in self.spans))

    @property
    def size(self) -> int:
        return self._ends[-1] if self.spans else 0

    def pieces(self, offset: int, size: int) -> list[Span]:
        """Return where a part of the run lies: in one shard, or in several."""
        found = []
        end = offset + size
        for index in range(bisect_right(self._ends, offset), len(self.spans)):
            span = self.spans[index]
            before = self._ends[index] - span.size
            if before >= end:
                break
            start = max(offset - before, 0)
            if stop := min(end - before, span.size) - start:
                found.append(span.part(start, stop))
        return found


@dataclass(frozen=True)
class _Weight:
    """One entry of the manifest."""

    name: str
    shape: tuple[int, ...]
    dtype: str
    stored: "np.dtype[Any]"
    scale: float | None = None
    least: float = 0.0

    @classmethod
    def of(cls, entry: Any, names: set[str]) -> "_Weight":
        """Check an entry; every name occurs once."""
        name = entry.get("name") if isinstance(entry, dict) else None
        if not isinstance(name, str) or name in names:
            raise WeightError(f"weight {shorten(name)} is listed twice, or has no name")
        names.add(name)
        dtype = str(entry.get("dtype"))
        shape = plain_shape(_list(entry, "shape"), name)
        if "quantization" not in entry:
            return cls(name, shape, dtype, _stored(STORED.get(dtype), name, dtype))
        return cls(name, shape, dtype, *_quantised(entry["quantization"], name, dtype))

    @property
    def size(self) -> int:
        """Number of bytes that are stored."""
        return math.prod(self.shape) * self.stored.itemsize

    def variable(self, shards: _Shards, offset: int) -> Variable:
        """Describe the weight at its place."""
        if offset + self.size > shards.size:
            raise WeightError(f"weight '{shorten(self.name)}' leaves its shards")
        pieces = shards.pieces(offset, self.size)
        if len(pieces) == 1 and self.scale is None:
            return variable(pieces[0], self.name, self.stored, self.shape)
        reader = partial(self.load, pieces)
        return Variable(name=self.name, shape=self.shape, dtype=self.dtype, load=reader)

    def load(self, pieces: list[Span]) -> Array:
        """Return the numbers, dequantised as TensorFlow.js does: in double precision."""
        data = b"".join(piece.head(piece.size) for piece in pieces)
        array = np.frombuffer(data, self.stored).reshape(self.shape)
        if self.scale is None:
            return array.astype(self.dtype)
        values = array.astype(np.float64) * self.scale + self.least
        return (np.floor(values + 0.5) if self.dtype == "int32" else values).astype(self.dtype)


def _quantised(entry: Any, name: str, dtype: str) -> tuple[Any, ...]:
    """Return the type in which a weight is stored, and what leads back to its numbers."""
    how = _object(entry, "quantization")
    kind = str(how.get("dtype"))
    stored = _stored(QUANTISED.get((dtype, kind)), name, f"{dtype} quantised to {kind}")
    if kind == "float16":
        return stored, 1.0
    return stored, _finite(how, "scale"), _finite(how, "min")


def _stored(code: str | None, name: str, dtype: str) -> "np.dtype[Any]":
    if code is None:
        raise WeightError(f"weight '{shorten(name)}' has type {shorten(dtype)}, not numbers")
    return np.dtype(code)


def _finite(how: dict[str, Any], key: str) -> float:
    value: Any = how.get(key)
    if type(value) not in {int, float} or not math.isfinite(value):
        raise WeightError(f"quantization has no number '{key}'")
    return float(value)
