"""EinsumDense: a product of matrices where its equation is one, else a sum over letters."""

from dataclasses import dataclass
from math import prod

import numpy as np

from keronyx.converter.layers.core import EinsumDense
from keronyx.converter.lower.base import compute_type, lower_layer, numbers
from keronyx.converter.lower.builder import Builder
from keronyx.converter.lower.core import low_rank
from keronyx.converter.lower.functions import activate
from keronyx.converter.lower.values import Value
from keronyx.converter.several import picked, without
from keronyx.converter.tensors import Array


@dataclass(frozen=True)
class Letters:
    """The letters of a row, of the kernel and of the result, batch left out."""

    row: str
    kernel: str
    result: str

    @property
    def summed(self) -> str:
        """Letters that are summed over, in the order in which the row has them, then others."""
        known = dict.fromkeys(self.row + self.kernel)
        return "".join(without(known, self.result))

    @property
    def rows(self) -> str:
        """Letters of the result that the row alone has."""
        return "".join(without(self.result, self.kernel))

    @property
    def units(self) -> str:
        """Letters of the result that the kernel alone has."""
        return "".join(without(self.result, self.row))

    @property
    def is_product(self) -> bool:
        """Whether every letter is a row's, a unit's, or summed over in both."""
        return sorted(self.rows + self.units) == sorted(self.result) and all(
            letter in self.row and letter in self.kernel for letter in self.summed
        )


def letters_of(layer: EinsumDense, rank: int) -> Letters:
    """Read the equation; letters of its own stand for what an ellipsis does."""
    spelled = layer.equation.replace(" ", "").replace("...", ".")
    operands, _, result = spelled.partition("->")
    source, _, kernel = operands.partition(",")
    spare = _spare(rank + 1 - len(source.replace(".", "")))
    source, result = (term.replace(".", spare) for term in (source, result))
    if source[:1] != result[:1] or source[:1] in kernel:
        raise layer.refuse(f"equation={layer.equation!r} moves the batch axis")
    return Letters(source[1:], kernel, result[1:])


def _spare(count: int) -> str:
    """Return letters that no equation has."""
    return "".join(chr(0x100 + number) for number in range(count))


@lower_layer.register
def einsum_dense(layer: EinsumDense, code: Builder, x: Value) -> Value:
    """The sum of products, its bias and activation."""
    if layer.dtype.quantization:
        raise layer.refuse(f"quantization {layer.dtype.quantization!r}")
    letters = letters_of(layer, x.rank)
    kernel = numbers(layer.kernel, layer)
    update = low_rank(layer, layer.lora_kernel_a, layer.lora_kernel_b)
    if update is not None:
        kernel = kernel + update
    made = (_product if letters.is_product else _sum)(layer, code, x, letters, kernel)
    if layer.bias is not None:
        dtype = compute_type(layer, code)
        bias = code.constant("bias", numbers(layer.bias, layer), dtype)
        made = code.map(lambda a, b: a + b, made, bias)
    return activate(code, layer, made, layer.activation)


def _product(layer: EinsumDense, code: Builder, x: Value, letters: Letters, kernel: Array) -> Value:
    sizes = dict(zip(letters.kernel, kernel.shape, strict=True))
    sizes |= dict(zip(letters.row, x.shape, strict=True))
    order = list(map(letters.kernel.index, letters.summed + letters.units))
    inputs = prod(sizes[each] for each in letters.summed)
    matrix = np.transpose(kernel, order).reshape(inputs, -1)
    table = code.table("kernel", matrix, compute_type(layer, code))
    turned = x.permuted(list(map(letters.row.index, letters.rows + letters.summed)))
    rows = list(picked(sizes, letters.rows))
    flat = code.dense(turned).reshaped((*rows, inputs))
    made = code.product(flat, table, None)
    apart = made.reshaped((*rows, *(sizes[each] for each in letters.units)))
    have = letters.rows + letters.units
    return apart.permuted(list(map(have.index, letters.result)))


def _sum(layer: EinsumDense, code: Builder, x: Value, letters: Letters, kernel: Array) -> Value:
    table = code.constant("kernel", kernel, compute_type(layer, code))
    every = letters.result + letters.summed
    views = [_aligned(x, letters.row, every), _aligned(table, letters.kernel, every)]
    over = range(len(letters.result), len(every))
    if not over:
        return code.map(lambda a, b: a * b, *views)
    made = code.fold("sum", lambda a, b: a * b, *views, axes=list(over))
    return made.reshaped(made.shape[: len(letters.result)])


def _aligned(value: Value, own: str, every: str) -> Value:
    """Return a value with an axis for each letter, of size 1 where it does not have it."""
    view = value.permuted([own.index(each) for each in every if each in own])
    for place, each in enumerate(every):
        view = view if each in own else view.with_ones(place, 1)
    return view
