"""Put normalisations into the products beside them: a description becomes a simpler one.

A linear product takes in the normalisation that follows it; otherwise the product that a
normalisation feeds takes it in. Dropout and other layers that do nothing may stand between.
A layer that can be taken in registers ``scaling``, one that takes in ``take_in``.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import TypeAlias

import numpy as np

from keronyx.converter.families import ByFamily
from keronyx.converter.layers.base import Layer
from keronyx.converter.model import Connection, Model
from keronyx.converter.several import present
from keronyx.converter.tensors import Array, KerasTensor


@dataclass(frozen=True)
class Scaling:
    """A factor and a summand along one axis of a tensor, which is what a normalisation comes to.

    ``axis`` is counted from the front; ``load`` computes both numbers, in float64.
    """

    axis: int
    rank: int
    load: Callable[[], tuple[Array, Array]]

    def finite(self) -> tuple[Array, Array] | None:
        """Return both numbers, if all of them are finite."""
        scale, shift = self.load()
        return (scale, shift) if np.isfinite(scale).all() and np.isfinite(shift).all() else None


def scaled(kernel: Array, factor: Array, dtype: str) -> Array:
    """Scale a kernel in double precision, without a copy of it in that."""
    product = np.empty(kernel.shape, dtype)
    np.multiply(kernel, factor, out=product, dtype=np.float64, casting="unsafe")
    return product


@ByFamily
def scaling(_layer: Layer, _rank: int) -> Scaling | None:
    """Return what a layer does, where it is a factor and a summand along one axis."""
    return None


@ByFamily
def take_in(layer: Layer, terms: Scaling, *, follows: bool) -> Layer | None:
    """Return a layer that does what a normalisation behind or before it does, too.

    ``follows`` tells that the normalisation is behind it; None where that cannot be.
    """
    del layer, terms, follows
    return None


def fold_batch_normalization(model: Model) -> Model:
    """Return the model with fewer layers and the same outputs, up to rounding."""
    for follows in (True, False):
        model = _fold(model, follows=follows)
    return model


Run = list[Connection]
"""Connections from a normalisation to a product, in either direction."""


def _fold(model: Model, *, follows: bool) -> Model:
    """Merge each normalisation with the product at the end of its run, where that can be."""
    changed: dict[Connection, Connection | None] = {}
    for run, terms in _runs(model, _before if follows else _after):
        if any(call in changed for call in run):
            continue
        merged = take_in(run[-1].layer, terms, follows=follows)
        if merged is not None:
            first, last = (run[-1], run[0]) if follows else (run[0], run[-1])
            changed.update(dict.fromkeys(run))
            changed[run[-1]] = Connection(layer=merged, inputs=first.inputs, outputs=last.outputs)
    kept = (changed.get(each, each) for each in model.connections)
    return replace(model, connections=tuple(present(kept)))


@dataclass(frozen=True)
class Wiring:
    """Who makes a tensor, who uses it, and how often a layer is called."""

    makers: Mapping[KerasTensor, Connection]
    users: Mapping[KerasTensor, list[Connection]]
    outputs: frozenset[KerasTensor]
    calls: Counter[Layer]

    @classmethod
    def of(cls, model: Model) -> "Wiring":
        """Look at all connections once."""
        users: dict[KerasTensor, list[Connection]] = {}
        for each in model.connections:
            for tensor in each.sources:
                users.setdefault(tensor, []).append(each)
        makers = {tensor: each for each in model.connections for tensor in each.outputs}
        calls = Counter(each.layer for each in model.connections)
        return cls(makers, users, frozenset(model.opened.outputs.values()), calls)

    def private(self, tensor: KerasTensor) -> bool:
        """Tell whether one call and nobody else uses the tensor."""
        return len(self.users.get(tensor, ())) == 1 and tensor not in self.outputs


def _before(wiring: Wiring, call: Connection) -> Connection | None:
    (tensor,) = call.inputs
    return wiring.makers.get(tensor) if wiring.private(tensor) else None


def _after(wiring: Wiring, call: Connection) -> Connection | None:
    (tensor,) = call.outputs
    return wiring.users[tensor][0] if wiring.private(tensor) else None


Neighbour: TypeAlias = Callable[[Wiring, Connection], Connection | None]
"""Tells the one call beside another, where there is no other use of what stands between."""


def _runs(model: Model, neighbour: Neighbour) -> Iterator[tuple[Run, Scaling]]:
    """Yield the run of each normalisation that reaches a product, and what it comes to."""
    wiring = Wiring.of(model)
    for each in model.connections:
        terms = scaling(each.layer, each.inputs[0].rank) if each.inputs else None
        run = [] if terms is None else _run(each, wiring, neighbour)
        if terms is not None and run:
            yield run, terms


def _run(start: Connection, wiring: Wiring, neighbour: Neighbour) -> Run:
    """Follow layers that do nothing from a normalisation to a product; else return nothing."""
    run = [start]
    while True:
        call = neighbour(wiring, run[-1])
        if call is None or call.layer.dtype.compute != start.layer.dtype.compute:
            return []
        run.append(call)
        if _takes_in(call.layer):
            return run if wiring.calls[call.layer] == 1 else []
        if not call.layer.is_inert:
            return []


def _takes_in(layer: Layer) -> bool:
    return take_in.dispatch(type(layer)) is not take_in.dispatch(Layer)
