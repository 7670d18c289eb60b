"""Put batch normalisation into the Dense before it: a description becomes a simpler one."""

from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from typing import Final

import numpy as np

from keronyx.converter.emit.core import dense_numbers
from keronyx.converter.emit.normalization import scale_and_shift
from keronyx.converter.layers.activations import Activation
from keronyx.converter.layers.base import Layer
from keronyx.converter.layers.core import Dense, Identity
from keronyx.converter.layers.normalization import BatchNormalization
from keronyx.converter.layers.regularization import Regularization
from keronyx.converter.model import Array, Connection, KerasTensor, Model, Variable

FOLDED_IN: Final = {"float32", "float64"}


def fold_batch_normalization(model: Model) -> Model:
    """Return the model with fewer layers and the same outputs, up to rounding."""
    uses = Counter(tensor for each in model.connections for tensor in each.inputs)
    uses.update(model.outputs.values())
    calls = Counter(each.layer for each in model.connections)
    source = {tensor: each for each in model.connections for tensor in each.outputs}
    changed: dict[Connection, Connection | None] = {}
    for last in model.connections:
        chain = _chain(last, source, uses)
        if chain and calls[chain[-1].layer] == 1:
            changed.update(dict.fromkeys(chain))
            changed[chain[-1]] = _folded(chain[-1], last)
    kept = (changed.get(each, each) for each in model.connections)
    return replace(model, connections=tuple(each for each in kept if each is not None))


def _chain(
    last: Connection, source: dict[KerasTensor, Connection], uses: Counter[KerasTensor]
) -> list[Connection]:
    """Return the calls from a batch normalisation back to its Dense; none where it has none."""
    chain = [last]
    if not isinstance(last.layer, BatchNormalization):
        return []
    while True:
        (tensor,) = chain[-1].inputs
        before = source.get(tensor)
        if before is None or uses[tensor] != 1:
            return []
        if before.layer.dtype.compute != last.layer.dtype.compute:
            return []
        chain.append(before)
        if isinstance(before.layer, Dense):
            return chain if _fits(before.layer, last.layer, tensor.rank) else []
        if not _is_inert(before.layer):
            return []


def _is_inert(layer: Layer) -> bool:
    """Tell whether the layer returns its input."""
    linear = isinstance(layer, Activation) and layer.activation.is_linear
    return linear or isinstance(layer, Identity | Regularization)


def _fits(dense: Dense, last: BatchNormalization, rank: int) -> bool:
    """Tell whether both can be one product: nothing but numbers of one type stands between."""
    return (
        dense.activation.is_linear
        and dense.dtype.quantization is None
        and dense.dtype.compute in FOLDED_IN
        and last.axis % rank == rank - 1
        and all(np.isfinite(term).all() for term in scale_and_shift(last))
    )


def _folded(first: Connection, last: Connection) -> Connection:
    dense, normalization = first.layer, last.layer
    if not isinstance(dense, Dense) or not isinstance(normalization, BatchNormalization):
        raise TypeError("only batch normalisation folds, and only into a Dense")
    dtype = dense.dtype.compute

    def kernel() -> Array:
        scale, _ = scale_and_shift(normalization)
        plain = dense_numbers(dense, dense.kernel.shape[0])
        merged = np.empty(plain.shape, dtype)
        # In double precision, without a copy of the kernel in it.
        return np.multiply(plain, scale, out=merged, dtype=np.float64, casting="unsafe")

    def bias() -> Array:
        scale, shift = scale_and_shift(normalization)
        own = 0.0 if dense.bias is None else dense.bias.load().astype(np.float64)
        return np.broadcast_to(own * scale + shift, (dense.units,)).astype(dtype)

    layer = replace(
        dense,
        use_bias=True,
        lora_rank=None,
        lora_kernel_a=None,
        lora_kernel_b=None,
        kernel=_lazy(dense.kernel.shape, dtype, kernel),
        bias=_lazy((dense.units,), dtype, bias),
    )
    return Connection(layer=layer, inputs=first.inputs, outputs=last.outputs)


def _lazy(shape: tuple[int, ...], dtype: str, load: Callable[[], Array]) -> Variable:
    return Variable(name="folded", shape=shape, dtype=dtype, load=load)
