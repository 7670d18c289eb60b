"""What a Dense becomes that takes in the normalisation behind or before it."""

from collections.abc import Callable
from dataclasses import replace
from typing import Final

import numpy as np

from keronyx.converter.emit.core import dense_numbers
from keronyx.converter.emit.fold import Scaling, scaled, take_in
from keronyx.converter.layers.core import Dense
from keronyx.converter.tensors import Array, Variable

FOLDED_IN: Final = {"float32", "float64"}


@take_in.register
def dense_with(dense: Dense, terms: Scaling, *, follows: bool) -> Dense | None:
    """Take in finite numbers of one type: a linear Dense what follows, any what feeds it."""
    if dense.dtype.quantization is not None or dense.dtype.compute not in FOLDED_IN:
        return None
    if terms.axis != terms.rank - 1:
        return None
    known = terms.finite()
    return None if known is None else (_into_former if follows else _into_latter)(dense, *known)


def _into_former(dense: Dense, scale: Array, shift: Array) -> Dense | None:
    """(x · kernel + bias) * scale + shift."""
    if not dense.activation.is_linear:
        return None

    def bias() -> Array:
        return _bias(dense) * scale + shift

    return _merged(dense, lambda: _times(dense, scale), bias)


def _into_latter(dense: Dense, scale: Array, shift: Array) -> Dense | None:
    """(x * scale + shift) · kernel + bias."""
    if not np.isfinite(_kernel(dense)).all():
        return None
    inputs = (dense.kernel.shape[0],)
    scale, shift = np.broadcast_to(scale, inputs), np.broadcast_to(shift, inputs)

    def bias() -> Array:
        total: Array = _bias(dense) + shift @ _kernel(dense).astype(np.float64)
        return total

    return _merged(dense, lambda: _times(dense, scale[:, None]), bias)


def _kernel(dense: Dense) -> Array:
    return dense_numbers(dense, dense.kernel.shape[0])


def _bias(dense: Dense) -> Array:
    return np.zeros(()) if dense.bias is None else dense.bias.load().astype(np.float64)


def _times(dense: Dense, scale: Array) -> Array:
    return scaled(_kernel(dense), scale, dense.dtype.compute)


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
