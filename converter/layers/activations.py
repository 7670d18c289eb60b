"""Activation layers: a built-in function, or one with learned slopes."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Literal, final

from keronyx.converter.layers.base import FLOATS, Argument, Config, Layer, Spec, variable
from keronyx.converter.layers.functions import Function
from keronyx.converter.layers.masked import Mask
from keronyx.converter.layers.sizes import behind, fits, shown
from keronyx.converter.several import as_tuple
from keronyx.converter.tensors import KerasTensor, Shape, Variable


@final
@dataclass(frozen=True, kw_only=True, eq=False)
class Activation(Layer):
    """Apply a built-in activation function."""

    activation: Function
    keeps_dtype: ClassVar[bool] = True

    @classmethod
    def returns_input(cls, config: Config) -> bool:
        """Where the function is linear."""
        return bool(config["activation"].is_linear)

    @property
    def is_inert(self) -> bool:
        """Whether the function is linear."""
        return self.activation.is_linear

    def spans(self, rank: int) -> bool:
        """Where the function does."""
        return self.activation.spans(rank)

    def infer_dtype(self, *dtypes: str) -> str:
        """Integers stay integers under relu only."""
        keeps = dtypes[0] in FLOATS or self.activation.name in {"linear", "relu"}
        return super().infer_dtype(*dtypes) if keeps else self.dtype.compute

    def infer_shape(self, *shapes: Shape) -> Shape:
        """Shape of the function's result."""
        return self.activation.infer_shape(shapes[0])


@final
@dataclass(frozen=True, kw_only=True, eq=False)
class ReLU(Layer):
    """x where x > threshold, at most max_value; elsewhere negative_slope * (x - threshold).

    ``multiplies`` is no config key but the version's: up to Keras 3.14, x is multiplied with
    whether it is above a threshold other than 0, so that NaN stays and -inf becomes NaN.
    """

    max_value: float | None = None
    negative_slope: float = 0.0
    threshold: float = 0.0
    multiplies: bool = False

    def spans(self, _rank: int) -> bool:
        """Element by element."""
        return True

    def infer_dtype(self, *dtypes: str) -> str:
        """The compute dtype; raises where Keras stays in integers and cuts its options to them."""
        cut = (self.max_value or 0) % 1 or (self.negative_slope and self.threshold)
        if cut and dtypes[0] not in FLOATS:
            raise self.refuse(
                f"called on {dtypes[0]} numbers, with options that are none",
                "Keras cuts these to whole numbers; give the model a float input",
            )
        return super().infer_dtype(*dtypes)


@final
@dataclass(frozen=True, kw_only=True, eq=False)
class LeakyReLU(Layer):
    """x where x ≥ 0, negative_slope * x below."""

    negative_slope: float = 0.3

    def spans(self, _rank: int) -> bool:
        """Element by element."""
        return True


@final
@dataclass(frozen=True, kw_only=True, eq=False)
class ELU(Layer):
    """x where x > 0, alpha * (exp(x) - 1) elsewhere."""

    alpha: float = 1.0

    def spans(self, _rank: int) -> bool:
        """Element by element."""
        return True


@final
@dataclass(frozen=True, kw_only=True, eq=False)
class ThresholdedReLU(Layer):
    """Keras 1 and 2: x times 1 where x > theta, times 0 elsewhere: NaN for NaN and -inf."""

    theta: float = 1.0

    def spans(self, _rank: int) -> bool:
        """Element by element."""
        return True


@final
@dataclass(frozen=True, kw_only=True, eq=False)
class Softmax(Layer):
    """exp(x) over its sum along one axis, or along several together.

    ``masked`` is no config key but the version's: what becomes of what a mask leaves out. -1e9 is
    added to it, or put in its place, and with ``cut`` the result is made 0 there.
    """

    axis: int | tuple[int, ...] = -1
    masked: Literal["add", "add and cut", "put and cut"] = "put and cut"
    mask: ClassVar[Mask] = "uses"
    mask_since: ClassVar[tuple[int, ...]] = (2, 4)
    arguments: ClassVar[Mapping[str, Argument]] = {"mask": "tensor"}
    placed: ClassVar[tuple[str, ...]] = ("mask",)

    def results(self, *inputs: KerasTensor, **arguments: Any) -> tuple[Spec, ...]:
        """The input's shape; raises for a mask of other axes, or one that counts on its dtype."""
        for mask in arguments.values():
            (x,) = inputs
            wanted = tuple(None if size == 1 else size for size in mask.shape)
            if not fits(wanted, x.shape):
                raise self.refuse(f"a mask of shape {shown(mask.shape)} for {shown(x.shape)}")
            if self.dtype.compute in ("float16", "bfloat16"):
                raise self.refuse(f"a mask in {self.dtype.compute}")
        return super().results(*inputs)

    def infer_shape(self, *shapes: Shape) -> Shape:
        """The input's shape."""
        axes = as_tuple(self.axis)
        for axis in axes:
            self.axis_of(axis, len(shapes[0]))
        return shapes[0]

    def spans(self, rank: int) -> bool:
        """Over axes that are counted from the end."""
        return behind(self.axis, rank)


class Learned(Layer, abstract=True):
    """Activation layers whose variables have the input's shape, batch axis left out.

    Axes in ``shared_axes`` (1 is the first after the batch) have size 1.
    """

    def infer_shape(self, *shapes: Shape) -> Shape:
        """The input's shape."""
        shape = shapes[0]
        shared = getattr(self, "shared_axes", None) or ()
        expected = [1 if axis in shared else size for axis, size in enumerate(shape)][1:]
        self.check_each(self.variables(), tuple(expected))
        return shape


@final
@dataclass(frozen=True, kw_only=True, eq=False)
class PReLU(Learned):
    """x where x > 0, alpha * x below."""

    shared_axes: tuple[int, ...] | None = None
    alpha: Variable = variable()

    def spans(self, _rank: int) -> bool:
        """Element by element."""
        return True


@final
@dataclass(frozen=True, kw_only=True, eq=False)
class ParametricSoftplus(Learned):
    """Keras 1: alpha * log(1 + exp(beta * x))."""

    shared_axes: tuple[int, ...] | None = None
    alpha: Variable = variable()
    beta: Variable = variable()


@final
@dataclass(frozen=True, kw_only=True, eq=False)
class SReLU(Learned):
    """Keras 1: linear in three pieces, with r = t_left + |t_right|.

    t_left + a_left * (x - t_left) for x < t_left; x up to r; r + a_right * (x - r) from there.
    """

    shared_axes: tuple[int, ...] | None = None
    t_left: Variable = variable()
    a_left: Variable = variable()
    t_right: Variable = variable()
    a_right: Variable = variable()
