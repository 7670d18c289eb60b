"""Operations of linear algebra that a known number of steps computes: inverses, determinants."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar, Final, final

from keronyx.converter.layers.base import Spec
from keronyx.converter.layers.ops_base import Applied, Rule
from keronyx.converter.layers.promotion import kept, tensors
from keronyx.converter.layers.sizes import fits, shown
from keronyx.converter.tensors import KerasTensor, Shape

MOST: Final = 16
"""The largest matrices, whose elimination stands in the graph row by row."""


@dataclass(frozen=True, kw_only=True, eq=False)
class OfMatrices(Applied, abstract=True):
    """An operation on the square matrices of the last two axes."""

    def propagates(self) -> bool:
        """No: which row is taken first depends on the sizes of all."""
        return False

    def size(self, shape: Shape) -> int:
        """How many rows the matrices have."""
        rows = shape[-1] if len(shape) > 1 else None
        if not isinstance(rows, int) or shape[-2] != rows or not 1 <= rows <= MOST:
            hint = f"square matrices of {MOST} rows at most are taken"
            raise self.refuse(f"{self.function} of matrices of shape {shown(shape)}", hint)
        return rows


@final
@dataclass(frozen=True, kw_only=True, eq=False)
class Determinant(OfMatrices, abstract=True):
    """det; slogdet: its sign and the logarithm of its size; logdet: the logarithm alone.

    logdet is of matrices that are positive definite, and reads their lower half.
    """

    rules: ClassVar[Mapping[str, Rule]] = dict.fromkeys(
        ("det", "slogdet", "logdet"), Rule(kept, takes="floats")
    )

    def shape_of(self, *shapes: Shape) -> Shape:
        """A number for each matrix."""
        self.size(shapes[0])
        return shapes[0][:-2]

    def results(self, *inputs: KerasTensor, **_arguments: object) -> tuple[Spec, ...]:
        """One output, of slogdet two."""
        (tensor,) = inputs
        spec = Spec(self.infer_shape(tensor.shape), self.infer_dtype(tensor.dtype))
        return (spec,) * (2 if self.function == "slogdet" else 1)


@final
@dataclass(frozen=True, kw_only=True, eq=False)
class Inverse(OfMatrices, abstract=True):
    """inv; cholesky: the half that times itself turned is the matrix; cholesky_inverse.

    cholesky reads the lower half. cholesky_inverse is given what cholesky gives, and inverts that
    matrix. ``upper``: the half is the upper one.
    """

    upper: bool = False
    rules: ClassVar[Mapping[str, Rule]] = dict.fromkeys(
        ("inv", "cholesky", "cholesky_inverse"), Rule(kept, takes="floats")
    )

    def shape_of(self, *shapes: Shape) -> Shape:
        """The input's."""
        self.size(shapes[0])
        return shapes[0]


@final
@dataclass(frozen=True, kw_only=True, eq=False)
class Solution(OfMatrices, abstract=True):
    """What a matrix makes the second operand of: its columns, or with one axis less a vector.

    solve_triangular reads one half of the matrix, with ``lower`` the lower one.
    """

    lower: bool = False
    rules: ClassVar[Mapping[str, Rule]] = dict.fromkeys(
        ("solve", "solve_triangular"), Rule(tensors, takes="floats")
    )

    def shape_of(self, *shapes: Shape) -> Shape:
        """The second operand's."""
        matrices, wanted = shapes
        rows = self.size(matrices)
        ahead = matrices[:-1] if len(wanted) == len(matrices) else (*matrices[:-2], rows)
        if not fits(wanted[: len(matrices) - 1], ahead) or len(wanted) < len(matrices) - 1:
            raise self.refuse(f"{shown(wanted)} of {shown(matrices)}")
        return wanted


OPERATIONS: Final = (Determinant, Inverse, Solution)
