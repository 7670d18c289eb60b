"""The places where somebody's values can belong: the inputs and what every layer gives."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

from keronyx.converter.formula import symbols, text
from keronyx.converter.formula.expression import Symbol
from keronyx.converter.formula.model import numbered
from keronyx.converter.model import Connection
from keronyx.converter.several import called
from keronyx.converter.tensors import Array
from keronyx.runtime.traces import BEFORE, Trace


@dataclass(frozen=True, kw_only=True, eq=False)
class Slot:
    """A value of the trace.

    ``index`` is the number of its connection, -1 for inputs; ``kind`` tells the value of a layer
    from that before its activation, ``inert`` a layer that only passes its input on.
    """

    tensor: str
    index: int
    layer: str
    label: str
    symbol: str
    array: Array
    kind: Literal["input", "before", "value"]
    inert: bool = False
    last: bool = False

    @property
    def names(self) -> frozenset[str]:
        """Names that mean this value and no other."""
        names = {self.tensor}
        if self.kind == "value":
            names |= {self.layer}
        return frozenset(map(folded, names))

    @property
    def described(self) -> str:
        """How the value is called in a list of what was expected."""
        shape = f"({', '.join(map(str, self.array.shape))})"
        return f"{self.layer}{' before activation' if self.kind == 'before' else ''} {shape}"


def folded(name: str) -> str:
    """Return a name without what tells one program's spelling from another's."""
    return re.sub(r"[^a-z0-9]+", "_", name.casefold().removesuffix(".npy")).strip("_")


def slots(trace: Trace) -> tuple[Slot, ...]:
    """Return all slots in the order in which they are computed."""
    return tuple(_slots(trace))


def _slots(trace: Trace) -> Iterator[Slot]:
    names, numbers = symbols(trace.model), numbered(trace.model)
    for name, tensor in trace.model.opened.inputs.items():
        yield Slot(
            tensor=tensor.name,
            index=-1,
            layer=name,
            label=f"input '{name}'",
            symbol=text(names[tensor.name]),
            array=trace.tensors[tensor.name],
            kind="input",
        )
    for index, connection in enumerate(trace.model.connections):
        yield from _before(trace, index, connection, numbers)
        yield from _values(trace, index, connection, names)


def _before(
    trace: Trace, index: int, connection: Connection, numbers: Mapping[str, int]
) -> Iterator[Slot]:
    """Yield the value before a layer's activation, where it has one."""
    name = connection.outputs[0].name
    before = trace.tensors.get(f"{name}{BEFORE}")
    if before is not None:
        yield Slot(
            tensor=f"{name}{BEFORE}",
            index=index,
            layer=connection.layer.name,
            label=f"{connection.layer.label} before its activation",
            symbol=f"z{numbers[name]}",
            array=before,
            kind="before",
        )


def _values(
    trace: Trace, index: int, connection: Connection, names: Mapping[str, Symbol]
) -> Iterator[Slot]:
    """Yield what comes out of a layer."""
    layer = connection.layer
    ends = set(called(trace.model.outputs.values()))
    for output in connection.outputs:
        yield Slot(
            tensor=output.name,
            index=index,
            layer=layer.name,
            label=layer.label,
            symbol=text(names[output.name]),
            array=trace.tensors[output.name],
            kind="value",
            inert=layer.role == "inert",
            last=output.name in ends,
        )
