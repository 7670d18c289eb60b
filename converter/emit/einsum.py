"""EinsumDense as a product of matrices, which onnxruntime runs faster than its Einsum."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

from keronyx.converter.graph.building import Graph
from keronyx.converter.graph.nodes import Value
from keronyx.converter.graph.operators import reshape, squeeze, transpose
from keronyx.converter.several import without
from keronyx.converter.tensors import Array

Axes = tuple[str, ...]
Times = Callable[[Value, Value | None], Value]


@dataclass(frozen=True)
class Equation:
    """The letters of an equation, with digits for what an ellipsis stands for."""

    source: Axes
    weights: Axes
    target: Axes

    @classmethod
    def of(cls, equation: str, rank: int) -> "Equation":
        """Split an equation for an input with ``rank`` axes."""
        operands, _, target = equation.replace(" ", "").replace("...", ".").partition("->")
        source, _, weights = operands.partition(",")
        elided = "".join(map(str, range(rank - len(source) + 1)))
        terms = (source, weights, target)
        return cls(*(tuple(term.replace(".", elided)) for term in terms))

    @cached_property
    def summed(self) -> Axes:
        """Axes of the input that the kernel takes away."""
        return tuple(a for a in self.source if a in self.weights and a not in self.target)

    @cached_property
    def kept(self) -> Axes:
        """Axes of the input that stay."""
        return tuple(without(self.source, self.summed))

    @cached_property
    def added(self) -> Axes:
        """Axes that the kernel brings, in the order of the result."""
        return tuple(without(self.target, self.kept))

    @property
    def is_product(self) -> bool:
        """Whether the kernel is a matrix from what is summed to what is added."""
        return (
            bool(self.summed)
            and sorted(self.summed + self.added) == sorted(self.weights)
            and set(self.kept) <= set(self.target)
        )

    def matrix(self, kernel: Array) -> Array:
        """Put a kernel's axes in order and make two of them."""
        order = list(map(self.weights.index, self.summed + self.added))
        rows = math.prod(kernel.shape[place] for place in order[: len(self.summed)])
        return kernel.transpose(order).reshape(rows, -1)

    def product(
        self, graph: Graph, x: Value, sizes: tuple[int, ...], bias: Value | None, multiply: Times
    ) -> Value:
        """Multiply with the matrix of a kernel that has these sizes, and add the bias.

        It is a vector where ``ends_in_order`` and all axes that are added have one. ``multiply``
        takes (..., summed) and what is added behind.
        """
        rows, columns = self.rows_and_columns(sizes)
        x = transpose(graph, x, list(map(self.source.index, self.kept + self.summed)))
        if len(self.summed) > 1:
            x = reshape(graph, x, (*x.shape[: len(self.kept)], rows))
        flat = bias is not None and bias.shape == (columns,)
        inside = bias if flat and self.ends_in_order else None
        y = self._parted(graph, multiply(x, inside), sizes)
        made = self.kept + self.added
        y = transpose(graph, y, list(map(made.index, self.target)))
        return graph.op("Add", y, bias) if bias and not inside else y

    def rows_and_columns(self, sizes: tuple[int, ...]) -> tuple[int, int]:
        """Return the sizes of the matrix of a kernel."""
        by_axis = dict(zip(self.weights, sizes, strict=True))
        rows, columns = (
            math.prod(by_axis[axis] for axis in axes) for axes in (self.summed, self.added)
        )
        return rows, columns

    @property
    def in_order(self) -> bool:
        """Whether the kernel's axes are those of its matrix, one after the other."""
        return self.weights == self.summed + self.added

    def _parted(self, graph: Graph, y: Value, sizes: tuple[int, ...]) -> Value:
        """Make the axes that are added out of the last one."""
        if not self.added:
            return squeeze(graph, y, y.rank - 1)
        if len(self.added) == 1:
            return y
        added = (sizes[self.weights.index(axis)] for axis in self.added)
        return reshape(graph, y, (*y.shape[:-1], *added))

    @property
    def ends_in_order(self) -> bool:
        """Whether what is added stands behind all that stays, as in Dense."""
        return bool(self.added) and self.target == self.kept + self.added
