"""Normalisations called on tensors: by their length, by mean and variance, by given statistics."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar, Final, final

from keronyx.converter.layers.base import Spec
from keronyx.converter.layers.ops_base import Applied, Axes, Rule
from keronyx.converter.layers.ops_reductions import OverAxes
from keronyx.converter.layers.promotion import kept
from keronyx.converter.several import as_tuple
from keronyx.converter.tensors import KerasTensor, Shape

LEAST: Final = 1e-7
"""``keras.backend.epsilon()``, where a file names no other."""

FLOAT: Final = Rule(kept, takes="floats")


@dataclass(frozen=True, kw_only=True, eq=False)
class Normal(Applied, abstract=True):
    """Numbers brought to a common size along ``axis``."""

    axis: Axes = -1
    epsilon: float | None = None

    @property
    def least(self) -> float:
        """The smallest length, or what is added to a variance."""
        return LEAST if self.epsilon is None else self.epsilon

    @property
    def of_batch(self) -> bool:
        """Whether it goes over the batch."""
        axes = as_tuple(self.axis)
        return 0 in axes or None in axes

    def places(self, rank: int) -> tuple[int, ...]:
        """The axes counted from the front, in order."""
        return self.places_of(self.axis, rank)

    def shape_of(self, *shapes: Shape) -> Shape:
        """As it comes."""
        self.places(len(shapes[0]))
        return shapes[0]


@final
@dataclass(frozen=True, kw_only=True, eq=False)
class Lengthened(Normal, abstract=True):
    """x / max(length, least) along the axis, the length being the norm of an order.

    Of order 2 it is x * min(1 / length, 1 / least).
    """

    order: int = 2
    rules: ClassVar[Mapping[str, Rule]] = {"normalize": FLOAT}

    def shape_of(self, *shapes: Shape) -> Shape:
        """As it comes; raises UnsupportedConfigError for orders below 1."""
        if self.order < 1:
            raise self.refuse(f"order={self.order}")
        return super().shape_of(*shapes)


@dataclass(frozen=True, kw_only=True, eq=False)
class Affine(Normal, abstract=True):
    """A normalisation that is given a factor or a summand with the tensor, or neither."""

    roles: ClassVar[tuple[str, ...]] = ("x",)
    """What the operands are, in their places."""

    def shape_of(self, *shapes: Shape) -> Shape:
        """That of the tensor; every other operand has the sizes of the axes, or broadcasts."""
        given = dict(zip(self.given, shapes, strict=True))
        x = given.pop("x")
        along = tuple(x[place] for place in self.places(len(x)))
        for name, shape in given.items():
            if shape != along and self.broadcast(x, shape) != x:
                raise self.refuse(f"{name} of shape {shape} beside axes of {along}")
        return super().shape_of(x)

    @property
    def given(self) -> tuple[str, ...]:
        """The roles of the operands that there are."""
        pairs = zip(self.roles, self.operands, strict=False)
        return tuple(role for role, operand in pairs if operand is not None)

    def spread(self, rank: int) -> tuple[int, ...]:
        """The axes that an operand of the axes' sizes alone lacks."""
        places = self.places(rank)
        return tuple(axis for axis in range(rank) if axis not in places)


@final
@dataclass(frozen=True, kw_only=True, eq=False)
class Standardized(Affine, abstract=True):
    """(x - mean) / sqrt(variance + least) * gamma + beta, mean and variance along the axes.

    With ``rms_scaling`` x / sqrt(variance + least) * gamma.
    """

    rms_scaling: bool = False
    roles: ClassVar[tuple[str, ...]] = ("x", "gamma", "beta")
    rules: ClassVar[Mapping[str, Rule]] = {"layer_normalization": FLOAT}


@final
@dataclass(frozen=True, kw_only=True, eq=False)
class ByRootMeanSquare(Affine, abstract=True):
    """x / sqrt(mean(square(x)) + least) * scale along the axes."""

    roles: ClassVar[tuple[str, ...]] = ("x", "scale")
    rules: ClassVar[Mapping[str, Rule]] = {"rms_normalization": FLOAT}


@final
@dataclass(frozen=True, kw_only=True, eq=False)
class ByStatistics(Affine, abstract=True):
    """(x - mean) / sqrt(variance + epsilon) * scale + offset of given statistics."""

    roles: ClassVar[tuple[str, ...]] = ("x", "mean", "variance", "offset", "scale")
    rules: ClassVar[Mapping[str, Rule]] = {"batch_normalization": FLOAT}

    @property
    def of_batch(self) -> bool:
        """Whether it goes over the batch: the statistics are given."""
        return False


@final
@dataclass(frozen=True, kw_only=True, eq=False)
class Moments(OverAxes, abstract=True):
    """The mean and the variance along ``axes``."""

    rules: ClassVar[Mapping[str, Rule]] = {"moments": FLOAT}

    def results(self, *inputs: KerasTensor, **_arguments: object) -> tuple[Spec, ...]:
        """Two of one shape and dtype."""
        return super().results(*inputs) * 2


OPERATIONS: Final = (Lengthened, Standardized, ByRootMeanSquare, ByStatistics, Moments)
