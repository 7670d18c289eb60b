"""Put batch normalisation into the Dense beside it: a description becomes a simpler one.

A linear Dense takes in the normalisation that follows it; otherwise the Dense that a normalisation
feeds takes it in. Dropout and other layers that do nothing may stand between.
"""

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from keronyx.converter.emit.core import dense_numbers
from keronyx.converter.emit.normalization import scale_and_shift
from keronyx.converter.layers.base import Layer
from keronyx.converter.layers.core import Dense
from keronyx.converter.layers.normalization import BatchNormalization
from keronyx.converter.model import Connection, Model
from keronyx.converter.tensors import Array, KerasTensor, Variable

FOLDED_IN: Final = {"float32", "float64"}


def fold_batch_normalization(model: Model) -> Model:
    """Return the model with fewer layers and the same outputs, up to rounding."""
    for neighbours, merge in ((_before, _into_former), (_after, _into_latter)):
        model = _fold(model, neighbours, merge)
    return model


Run = list[Connection]
"""Connections from a normalisation to a Dense, in either direction."""


def _fold(
    model: Model,
    neighbours: Callable[["Wiring", Connection], Connection | None],
    merge: Callable[[Dense, BatchNormalization], Dense | None],
) -> Model:
    """Merge each normalisation with the Dense at the end of its run, where that can be."""
    wiring = Wiring.of(model)
    changed: dict[Connection, Connection | None] = {}
    for each in model.connections:
        run = _run(each, wiring, neighbours)
        merged = None if any(call in changed for call in run) else _merged_layer(run, merge)
        if merged is not None:
            first, *_, last = run[::-1] if neighbours is _before else run
            changed.update(dict.fromkeys(run))
            changed[run[-1]] = Connection(layer=merged, inputs=first.inputs, outputs=last.outputs)
    kept = (changed.get(each, each) for each in model.connections)
    return replace(model, connections=tuple(each for each in kept if each is not None))


def _merged_layer(
    run: Run, merge: Callable[[Dense, BatchNormalization], Dense | None]
) -> Dense | None:
    """Merge the ends of a run, where there is one and they do."""
    if len(run) < 2:
        return None
    normalization, dense = run[0].layer, run[-1].layer
    if not isinstance(normalization, BatchNormalization) or not isinstance(dense, Dense):
        return None
    return merge(dense, normalization)


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
        return cls(makers, users, frozenset(model.outputs.values()), calls)

    def private(self, tensor: KerasTensor) -> bool:
        """Tell whether one call and nobody else uses the tensor."""
        return len(self.users.get(tensor, ())) == 1 and tensor not in self.outputs


def _before(wiring: Wiring, call: Connection) -> Connection | None:
    (tensor,) = call.inputs
    return wiring.makers.get(tensor) if wiring.private(tensor) else None


def _after(wiring: Wiring, call: Connection) -> Connection | None:
    (tensor,) = call.outputs
    return wiring.users[tensor][0] if wiring.private(tensor) else None


def _run(
    start: Connection,
    wiring: Wiring,
    neighbours: Callable[[Wiring, Connection], Connection | None],
) -> Run:
    """Follow layers that do nothing from a normalisation to a Dense; else return nothing."""
    layer = start.layer
    if not isinstance(layer, BatchNormalization) or not _is_last_axis(layer, start):
        return []
    run = [start]
    while True:
        call = neighbours(wiring, run[-1])
        if call is None or call.layer.dtype.compute != layer.dtype.compute:
            return []
        run.append(call)
        if isinstance(call.layer, Dense):
            return run if wiring.calls[call.layer] == 1 else []
        if not call.layer.is_inert:
            return []


def _is_last_axis(layer: BatchNormalization, call: Connection) -> bool:
    rank = call.inputs[0].rank
    return not isinstance(layer.axis, tuple) and layer.axis % rank == rank - 1


def _terms(dense: Dense, normalization: BatchNormalization) -> tuple[Array, Array] | None:
    """Return factor and summand where nothing but finite numbers of one type are at play."""
    if dense.dtype.quantization is not None or dense.dtype.compute not in FOLDED_IN:
        return None
    scale, shift = scale_and_shift(normalization)
    return (scale, shift) if np.isfinite(scale).all() and np.isfinite(shift).all() else None


def _into_former(dense: Dense, normalization: BatchNormalization) -> Dense | None:
    """(x · kernel + bias) * scale + shift."""
    terms = _terms(dense, normalization)
    if terms is None or not dense.activation.is_linear:
        return None
    scale, shift = terms

    def bias() -> Array:
        return _bias(dense) * scale + shift

    return _merged(dense, lambda: _times(dense, scale), bias)


def _into_latter(dense: Dense, normalization: BatchNormalization) -> Dense | None:
    """(x * scale + shift) · kernel + bias."""
    terms = _terms(dense, normalization)
    if terms is None or not np.isfinite(_kernel(dense)).all():
        return None
    scale, shift = (np.broadcast_to(term, (dense.kernel.shape[0],)) for term in terms)

    def bias() -> Array:
        total: Array = _bias(dense) + shift @ _kernel(dense).astype(np.float64)
        return total

    return _merged(dense, lambda: _times(dense, scale[:, None]), bias)


def _kernel(dense: Dense) -> Array:
    return dense_numbers(dense, dense.kernel.shape[0])


def _bias(dense: Dense) -> Array:
    return np.zeros(()) if dense.bias is None else dense.bias.load().astype(np.float64)


def _times(dense: Dense, scale: Array) -> Array:
    """Scale the kernel in double precision, without a copy of it in that."""
    plain = _kernel(dense)
    product = np.empty(plain.shape, dense.dtype.compute)
    np.multiply(plain, scale, out=product, dtype=np.float64, casting="unsafe")
    return product


def _merged(dense: Dense, kernel: Callable[[], Array], bias: Callable[[], Array]) -> Dense:
    dtype = dense.dtype.compute
    shape = (dense.units,)

    def whole_bias() -> Array:
        return np.broadcast_to(bias(), shape).astype(dtype)

    return replace(
        dense,
        use_bias=True,
        lora_rank=None,
        lora_kernel_a=None,
        lora_kernel_b=None,
        kernel=Variable(name="folded", shape=dense.kernel.shape, dtype=dtype, load=kernel),
        bias=Variable(name="folded", shape=shape, dtype=dtype, load=whole_bias),
    )
