"""Saved models, reports and errors as JSON and raw numbers: what came of a file is not trusted.

Nothing here can make an object other than those that are named here, and a place in a file is
believed only if the user named that file.
"""

import itertools
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from functools import partial
from typing import Any, Final

import numpy as np

from keronyx.converter import errors
from keronyx.converter.errors import FileFormatError, KeronyxError, Label, Reason, Unsupported
from keronyx.converter.files.saved import (
    FlatVariables,
    LayerGroups,
    NamedVariables,
    ObjectGraph,
    SavedModel,
    Table,
    Tracked,
    VariableTree,
    WeightGroup,
    Weights,
)
from keronyx.converter.files.span import Span
from keronyx.converter.files.variables import BFLOAT16, NUMERIC, plain_shape, variable
from keronyx.converter.tensors import Variable
from keronyx.runtime.proof.report import Difference, DifferenceError, Report, Tolerance

Record = dict[str, Any]

PLAIN: Final = ("path", "format", "config", "keras_version", "backend", "sha256")
"""Fields of a saved model that are JSON as they are."""

SAID: Final = ("named", "ordered", "numbered", "complete")
"""What a flat list says of itself."""


@dataclass
class Parcel:
    """Numbers that go with a record: how many bytes each, and how to get at them."""

    sizes: list[int] = field(default_factory=list)
    load: list[Callable[[], bytes | memoryview]] = field(default_factory=list)

    def add(self, size: int, load: Callable[[], bytes | memoryview]) -> int:
        """Add bytes and return their number in the parcel."""
        self.sizes.append(size)
        self.load.append(load)
        return len(self.sizes) - 1


def pack_saved(saved: SavedModel, assets: Mapping[str, str | None], parcel: Parcel) -> Record:
    """Return a saved model as JSON, its numbers in a parcel unless their place can be told."""
    record: Record = {name: getattr(saved, name) for name in PLAIN}
    record |= {"notes": [*saved.notes], "activations": [*saved.activations]}
    return {**record, "assets": dict(assets), "weights": _pack_weights(saved.weights, parcel)}


def _pack_weights(weights: Weights | None, parcel: Parcel) -> Record | None:
    pack = partial(_pack_variables, parcel=parcel)
    if isinstance(weights, FlatVariables):
        said = {name: getattr(weights, name) for name in SAID}
        return {"flat": pack(weights.variables), **said}
    if isinstance(weights, VariableTree):
        tree = {path: pack(variables) for path, variables in weights.variables.items()}
        return {"tree": tree, "names": dict(weights.names)}
    if isinstance(weights, NamedVariables):
        return {"variables": pack(weights.variables)}
    if isinstance(weights, ObjectGraph):
        objects = [_pack_tracked(each, parcel) for each in weights.objects]
        return {"objects": objects, "named": weights.named}
    return None if weights is None else _pack_groups(weights, pack)


def _pack_tracked(told: Tracked, parcel: Parcel) -> list[Any]:
    variable = None if told.variable is None else _pack_variable(told.variable, parcel)
    table = None if told.table is None else [told.table.keys, told.table.values]
    return [told.edges, told.name, variable, table]


def _pack_groups(weights: LayerGroups, pack: Callable[..., Any]) -> Record:
    groups = [[group.name, pack(group.variables)] for group in weights.groups]
    return {"groups": groups, "positional": weights.positional}


def _pack_variables(variables: Sequence[Variable], parcel: Parcel) -> list[Record]:
    return [_pack_variable(each, parcel) for each in variables]


def _pack_variable(told: Variable, parcel: Parcel) -> Record:
    record: Record = {"name": told.name, "shape": told.shape, "dtype": told.dtype}
    if told.extent is not None:
        return {**record, "extent": told.extent}
    dtype = np.dtype(_loaded(told.dtype))
    size = told.size * dtype.itemsize
    return {**record, "blob": parcel.add(size, partial(_numbers, told, dtype))}


def _loaded(dtype: str) -> str:
    return "float32" if dtype == "bfloat16" else dtype


def _numbers(told: Variable, dtype: "np.dtype[Any]") -> memoryview:
    return np.ascontiguousarray(told.load(), dtype).reshape(-1).view(np.uint8).data


@dataclass(frozen=True)
class Unpacking:
    """Makes a saved model of a record; ``is_named`` tells files that the user named."""

    is_named: Callable[[str], bool]
    blobs: Sequence[bytearray]

    def saved(self, record: Record) -> SavedModel:
        """Return the saved model."""
        assets = dict(record["assets"])
        return SavedModel(
            **{name: record[name] for name in PLAIN},
            weights=self._weights(record["weights"]),
            activations=tuple(map(str, record["activations"])),
            asset=assets.get,
            notes=tuple(map(str, record["notes"])),
        )

    def _weights(self, record: Record | None) -> Weights | None:
        if record is None:
            return None
        if "groups" in record:
            groups = itertools.starmap(self._group, record["groups"])
            return LayerGroups(tuple(groups), bool(record["positional"]))
        if "tree" in record:
            tree = {path: self._several(told) for path, told in record["tree"].items()}
            return VariableTree(tree, record["names"])
        if "objects" in record:
            objects = itertools.starmap(self._tracked, record["objects"])
            return ObjectGraph(tuple(objects), bool(record["named"]))
        if "variables" in record:
            return NamedVariables(self._several(record["variables"]))
        said = {name: bool(record[name]) for name in SAID}
        return FlatVariables(self._several(record["flat"]), **said)

    def _tracked(self, edges: Any, name: str, variable: Any, table: Any) -> Tracked:
        return Tracked(
            tuple((str(edge), int(place)) for edge, place in edges),
            str(name),
            None if variable is None else self._variable(variable),
            None if table is None else Table(*map(tuple, table)),
        )

    def _group(self, name: str, told: Any) -> WeightGroup:
        return WeightGroup(name, self._several(told))

    def _several(self, records: Sequence[Record]) -> tuple[Variable, ...]:
        return tuple(map(self._variable, records))

    def _variable(self, record: Record) -> Variable:
        name, dtype = str(record["name"]), record["dtype"]
        if dtype not in NUMERIC and dtype != "bfloat16":
            raise ValueError("a dtype that is none")
        shape = plain_shape(record["shape"], name)
        if "extent" in record:
            return self._in_file(record["extent"], name, dtype, shape)
        numbers = np.frombuffer(self.blobs[record["blob"]], _loaded(dtype)).reshape(shape)
        return replace(Variable.of(numbers, name), dtype=dtype)

    def _in_file(self, extent: Any, name: str, dtype: str, shape: tuple[int, ...]) -> Variable:
        """Return a variable that is read from a file when its numbers are wanted."""
        stored = BFLOAT16 if dtype == "bfloat16" else np.dtype(dtype)
        path, offset = extent
        span = self._place(path, offset, math.prod(shape) * stored.itemsize)
        return variable(span, name, stored, shape)

    def _place(self, path: str, offset: int, size: int) -> Span:
        span = Span.of_file(path) if self.is_named(path) else None
        if span is None or not 0 <= offset <= span.size - size:
            raise FileFormatError("its weights are said to be elsewhere")
        return span.part(offset, size)


def pack_report(report: Report | None) -> Record | None:
    """Return what a check found as JSON."""
    return None if report is None else asdict(report)


def unpack_report(record: Record | None) -> Report | None:
    """Return what a check found."""
    if record is None:
        return None
    at_layer = record["layer_difference"]
    return Report(
        differences=tuple(map(_difference, record["differences"])),
        engine=str(record["engine"]),
        batches=tuple(map(int, record["batches"])),
        layer=str(record["layer"]),
        layer_difference=None if at_layer is None else _difference(at_layer),
        warnings=tuple(map(str, record["warnings"])),
    )


def _difference(record: Record) -> Difference:
    tolerance = {name: float(value) for name, value in record["tolerance"].items()}
    words = {name: str(record[name]) for name in ("name", "dtype", "against")}
    numbers = {name: float(record[name]) for name in ("max_abs", "max_rel", "share")}
    fields: Record = {**words, **numbers, "rows": int(record["rows"])}
    return Difference(**fields, tolerance=Tolerance(**tolerance), at=tuple(map(int, record["at"])))


ERRORS: Final[Mapping[str, type[KeronyxError]]] = {
    kind.__name__: kind
    for kind in (
        KeronyxError,
        FileFormatError,
        errors.MissingFileError,
        errors.UnsupportedLayerError,
        errors.UnsupportedConfigError,
        errors.RefusedError,
        errors.WeightError,
        errors.UsageError,
        errors.CheckError,
        DifferenceError,
    )
}
"""Every error that may come back, by name."""

TOLD: Final = ("what", "hint", "path")


def pack_error(error: KeronyxError) -> Record:
    """Return an error as JSON."""
    kind = next(each for each in type(error).__mro__ if each.__name__ in ERRORS)
    record: Record = {name: getattr(error, name) for name in TOLD}
    return {
        **record,
        "layer": pack_label(error.layer),
        "kind": kind.__name__,
        "layers": getattr(error, "layers", None),
        "errors": [pack_error(each) for each in getattr(error, "errors", ())],
        "report": pack_report(getattr(error, "report", None)),
    }


def pack_label(label: Label) -> tuple[str, str, str]:
    """Return what a label says, and what it names."""
    return str(label), label.name, label.class_name


def unpack_label(told: Sequence[Any]) -> Label:
    """Return a label."""
    text, name, class_name = map(str, told)
    return Label(text, name, class_name)


def _unsupported(name: Any, class_name: Any, detail: Any, reason: Any, stored: Any) -> Unsupported:
    return Unsupported(str(name), str(class_name), str(detail), Reason(reason), bool(stored))


def unpack_error(record: Record) -> KeronyxError:
    """Return an error, of the kind that it was."""
    kind = ERRORS[record["kind"]]
    error = kind.__new__(kind)
    what, hint, path = (str(record[name]) for name in TOLD)
    KeronyxError.__init__(error, what, hint=hint, path=path, layer=unpack_label(record["layer"]))
    _fill(error, record)
    return error


def _fill(error: KeronyxError, record: Record) -> None:
    """Set what errors of some kinds tell besides."""
    if isinstance(error, errors.UnsupportedLayerError):
        error.layers = tuple(itertools.starmap(_unsupported, record["layers"]))
    if isinstance(error, errors.RefusedError):
        error.errors = tuple(map(unpack_error, record["errors"]))
    report = unpack_report(record["report"])
    if isinstance(error, DifferenceError) and report is not None:
        error.report = report
