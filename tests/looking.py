"""Who looks at a reading: every witness, in NumPy or as ONNX at some opset, and at which lines.

A mutant is shown to those who go through its line, one after the other, until one sees it: its
numbers are no longer Keras's, nothing comes out at all, or a value is not what the graph says.
"""

import signal
import sys
import warnings
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from functools import cache, cached_property
from types import FrameType
from typing import Any, Protocol
from unittest.mock import patch

import onnx
from emitting import run
from mutating import Mutant, applied, modules
from witnesses import OPSETS, Witness, witnesses

from keronyx.converter.emit import serialize
from keronyx.converter.graph.building import Graph
from keronyx.converter.graph.nodes import Value
from keronyx.converter.graph.schema import check_node
from keronyx.converter.tensors import Array
from keronyx.runtime.evaluate import evaluate

PATIENCE = 20
"""Seconds after which a mutant that does not come to an end counts as seen."""

Line = tuple[str, int]
"""A module and a line in it."""


class Compute(Protocol):
    """Computes a witness in one of the readings."""

    def __call__(self, witness: Witness, *, trust: bool) -> Iterable[Array]: ...

    def takes(self, witness: Witness) -> bool: ...


class Look:
    """A witness in one of the readings, and at one of the opsets where it is ONNX's."""

    def __init__(self, witness: Witness, compute: Compute) -> None:
        self.witness = witness
        self.compute = compute

    def agrees(self, *, trust: bool = True) -> bool:
        """Tell whether what comes out, if anything does, is Keras's."""
        try:
            with patience(), warnings.catch_warnings(action="ignore"):
                return self.witness.agrees(self.compute(self.witness, trust=trust))
        except Exception:  # noqa: BLE001 - a mutant may fail in any way; that is seen, too
            return False

    @cached_property
    def is_sound(self) -> bool:
        """Tell whether it is right where nothing is changed; asked when something was seen."""
        return self.agrees(trust=False)


class InNumpy:
    """Evaluate the model."""

    def takes(self, witness: Witness) -> bool:
        return witness.in_numpy

    def __call__(self, witness: Witness, *, trust: bool) -> Iterable[Array]:
        del trust
        return evaluate(witness.model, witness.inputs, dtype=witness.precision).values()


class InOnnx:
    """Write the graph at an opset, and run it; with ``trust`` not if it is the first one again."""

    def __init__(self, opset: int) -> None:
        self.opset = opset
        self.first: dict[Witness, tuple[bytes, list[Value]]] = {}

    def takes(self, witness: Witness) -> bool:
        return self.opset in witness.opsets

    def __call__(self, witness: Witness, *, trust: bool) -> Iterable[Array]:
        with noted() as values:
            graph = serialize(witness.model, opset=self.opset)
        first, known = self.first.setdefault(witness, (graph, values))
        if values != known or not trust:
            require_true(values, graph, witness.inputs)
        return witness.wanted if graph == first and trust else run(graph, *witness.inputs)


@contextmanager
def noted() -> Iterator[list[Value]]:
    """Note what the ONNX reading says of the type and the shape of every value it makes."""
    values = []
    op = Graph.op

    def noting(graph: Graph, op_type: str, *inputs: Any, **more: Any) -> Value:
        value = op(graph, op_type, *inputs, **more)
        values.append(value)
        return value

    with patch.object(Graph, "op", noting), patch.object(Graph, "inspect", check_node):
        yield values


def require_true(values: Iterable[Value], graph: bytes, inputs: tuple[Array, ...]) -> None:
    """Hold what is said of values against what they are; what was moved since has other names."""
    proto = onnx.ModelProto.FromString(graph)
    said = {value.name: value for value in values}
    moved = any(each.output[0].endswith("/moved") for each in proto.graph.node)
    made = {
        each.output[0]: said[name]
        for each in proto.graph.node
        for name in [each.output[0] if moved else each.name]
        if name in said and said[name].dtype != "bfloat16"  # which NumPy lacks
    }
    if not made:
        return
    del proto.graph.output[:]
    proto.graph.output.extend(onnx.ValueInfoProto(name=name) for name in made)
    for value, array in zip(made.values(), run(proto, *inputs), strict=True):
        sizes = zip(value.shape, array.shape, strict=True)
        assert all(size in (None, actual) for size, actual in sizes), value
        assert value.dtype == ("string" if array.dtype.kind in "OU" else array.dtype.name), value


COMPUTE: Mapping[str, tuple[Compute, ...]] = {
    "emit": tuple(map(InOnnx, OPSETS)),
    "evaluate": (InNumpy(),),
}


def looks(package: str) -> Iterator[Look]:
    """Yield everyone who looks at a reading."""
    for compute in COMPUTE[package]:
        yield from (Look(each, compute) for each in witnesses() if compute.takes(each))


class Reading:
    """One of the two readings: who goes through which of its lines."""

    def __init__(self, package: str) -> None:
        self.modules = {
            name: module for name, module in modules().items() if name.partition(".")[0] == package
        }
        self.files = {str(module.__file__): name for name, module in self.modules.items()}
        self.through: dict[Line, list[Look]] = defaultdict(list)
        for look, lines in sorted(self._walks(package), key=lambda walk: len(walk[1])):
            for line in lines:
                self.through[line].append(look)

    def _walks(self, package: str) -> Iterator[tuple[Look, set[Line]]]:
        """Yield every witness and its lines."""
        for look in looks(package):
            with self._traced() as lines:
                look.agrees()
            yield look, lines

    @contextmanager
    def _traced(self) -> Iterator[set[Line]]:
        lines: set[Line] = set()
        files = self.files

        def local(frame: FrameType, event: str, _argument: object) -> Any:
            if event == "line":
                lines.add((files[frame.f_code.co_filename], frame.f_lineno))
            return local

        def called(frame: FrameType, _event: str, _argument: object) -> Any:
            return local if frame.f_code.co_filename in files else None

        before = sys.gettrace()
        sys.settrace(called)
        try:
            yield lines
        finally:
            sys.settrace(before)

    def looks(self, mutant: Mutant) -> list[Look]:
        """Return those who go through what a mutant changes, the narrowest first."""
        found = [self.through.get(line, []) for line in mutant.lines(self.modules)]
        return list(dict.fromkeys(look for each in found for look in each))

    def sees(self, mutant: Mutant) -> bool:
        """Tell whether a witness that agrees with Keras no longer does with the mutant."""
        for look in self.looks(mutant):
            with applied(mutant):
                agrees = look.agrees()
            if not agrees and look.is_sound:
                return True
        return False


@cache
def reading(package: str) -> Reading:
    return Reading(package)


@contextmanager
def patience() -> Iterator[None]:
    """Let nothing run without end, where the system can wake us."""
    if not hasattr(signal, "SIGALRM"):
        yield
        return

    def give_up(_signal: int, _frame: object) -> None:
        raise TimeoutError

    before = signal.signal(signal.SIGALRM, give_up)
    signal.setitimer(signal.ITIMER_REAL, PATIENCE)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
