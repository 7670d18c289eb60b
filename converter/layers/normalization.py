"""Normalisation layers."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import ClassVar, Literal, final

from keronyx.converter.layers.base import FLOATS, Layer, variable
from keronyx.converter.layers.masked import Mask
from keronyx.converter.layers.sizes import behind
from keronyx.converter.several import as_tuple, picked
from keronyx.converter.tensors import Shape, Variable


@final
@dataclass(frozen=True, kw_only=True, eq=False)
class BatchNormalization(Layer):
    """gamma * (x - moving_mean) / sqrt(moving_variance + epsilon) + beta, along ``axis``.

    Every variable has the shape (x.shape[axis],). With several axes (Keras 2) it has as many axes
    as x, of size 1 where they are not among these.
    """

    axis: int | tuple[int, ...] = -1
    epsilon: float = 1e-3
    center: bool = True
    scale: bool = True
    gamma: Variable | None = variable("scale")
    beta: Variable | None = variable("center")
    moving_mean: Variable = variable(trainable=False)
    moving_variance: Variable = variable(trainable=False)
    rounds_variables: ClassVar[bool] = False
    accepts_mask: ClassVar[bool] = True

    def infer_shape(self, *shapes: Shape) -> Shape:
        """The input's shape."""
        shape = shapes[0]
        axes = as_tuple(self.axis)
        kept = {self.axis_of(axis, len(shape)) for axis in axes}
        if 0 in kept or len(kept) != len(axes):
            raise self.refuse(f"axis={self.axis}")
        self.check_each(self.variables(), self._expected(shape, kept))
        return shape

    def _expected(self, shape: Shape, kept: Collection[int]) -> Shape:
        """Return the shape of the variables: of several axes, they have all of the input's."""
        if isinstance(self.axis, tuple):
            return tuple(size if axis in kept else 1 for axis, size in enumerate(shape))
        return picked(shape, kept)

    def spans(self, rank: int) -> bool:
        """Over axes that are counted from the end."""
        return behind(self.axis, rank)


@final
@dataclass(frozen=True, kw_only=True, eq=False)
class LegacyBatchNormalization(Layer):
    """Batch normalisation of Keras 0.3 and 1, where it is not what came later.

    mode 0: gamma * (x - running_mean) / (running_std + epsilon) + beta along ``axis``: a true
    standard deviation (up to 1.0.5; from 1.0.6 mode 0 is ``BatchNormalization``).
    mode 1: each sample by its own mean and deviation over the last axis:
    (x - mean) / (sqrt(var + epsilon) + epsilon) where ``variance``, else (x - mean) / (std +
    epsilon), then gamma and beta.
    mode 2: as ``BatchNormalization``, with mean and (biased) variance of the batch at hand.
    """

    mode: Literal[0, 1, 2]
    axis: int = -1
    epsilon: float = 1e-6
    variance: bool = False
    gamma: Variable = variable()
    beta: Variable = variable()
    running_mean: Variable = variable(trainable=False)
    running_std: Variable = variable(trainable=False)

    @property
    def of_batch(self) -> bool:
        """In mode 2."""
        return self.mode == 2

    def infer_shape(self, *shapes: Shape) -> Shape:
        """The input's shape."""
        if self.mode == 2 and not self.variance:
            raise self.refuse("mode=2 of a Keras before 1.0.6")
        axis = -1 if self.mode == 1 else self.axis
        size = shapes[0][self.axis_of(axis, len(shapes[0]))]
        self.check_each(("gamma", "beta"), (size,))
        self.check_each(("running_mean", "running_std"), (size if self.mode == 0 else None,))
        return shapes[0]


@final
@dataclass(frozen=True, kw_only=True, eq=False)
class LayerNormalization(Layer):
    """(x - mean) / sqrt(variance + epsilon) over ``axis`` of each sample, times gamma plus beta.

    gamma and beta have the sizes of the axes. With ``rms_scaling`` (Keras 3) nothing is
    subtracted: x / sqrt(variance + epsilon) * gamma, the variance still being about the mean, and
    there is no beta. ``cuts_integers`` is no config key but the version's: from Keras 3.11 on, what
    is computed from integers is cut to whole numbers, which is refused.
    """

    axis: int | tuple[int, ...] = -1
    epsilon: float = 1e-3
    center: bool = True
    scale: bool = True
    rms_scaling: bool = False
    cuts_integers: bool = False
    gamma: Variable | None = variable(lambda config: config["scale"] or config["rms_scaling"])
    beta: Variable | None = variable(lambda config: config["center"] and not config["rms_scaling"])
    rounds_variables: ClassVar[bool] = False

    def infer_shape(self, *shapes: Shape) -> Shape:
        """The input's shape."""
        return normalized(self, self.axis, shapes[0])

    def spans(self, rank: int) -> bool:
        """Over axes that are counted from the end."""
        return behind(self.axis, rank)

    def infer_dtype(self, *dtypes: str) -> str:
        """The compute dtype."""
        return uncut(self, dtypes[0], super().infer_dtype(*dtypes))


@final
@dataclass(frozen=True, kw_only=True, eq=False)
class RMSNormalization(Layer):
    """x / sqrt(mean(x²) + epsilon) * scale over ``axis`` of each sample."""

    axis: int | tuple[int, ...] = -1
    epsilon: float = 1e-6
    scale: Variable = variable()
    mask: ClassVar[Mask] = "stops"

    def infer_shape(self, *shapes: Shape) -> Shape:
        """The input's shape."""
        return normalized(self, self.axis, shapes[0])

    def spans(self, rank: int) -> bool:
        """Over axes that are counted from the end."""
        return behind(self.axis, rank)


def normalized(layer: Layer, axis: int | tuple[int, ...], shape: Shape) -> Shape:
    """Return ``shape`` once the axes exist in it and the variables have their sizes."""
    axes = as_tuple(axis)
    positions = [layer.axis_of(each, len(shape)) for each in axes]
    if positions != sorted(set(positions)):
        raise layer.refuse(f"axis={axis}", "keronyx takes axes in rising order, each once")
    layer.check_each(layer.variables(), picked(shape, positions))
    return shape


def uncut(
    layer: "LayerNormalization | GroupNormalization | SpectralNormalization", given: str, dtype: str
) -> str:
    """Return the output's dtype; raises where Keras cuts the output to whole numbers."""
    if layer.cuts_integers and given not in FLOATS:
        raise layer.refuse(
            f"called on {given} numbers",
            "this Keras cuts the output to whole numbers then; give the model a float input",
        )
    return dtype


@final
@dataclass(frozen=True, kw_only=True, eq=False)
class GroupNormalization(Layer):
    """Normalise groups of channels of each sample by their mean and variance.

    ``axis`` is split into ``groups`` (-1: one a channel); mean and variance run over the group's
    channels and all other axes but the batch. gamma and beta (channels,). ``cuts_integers`` as in
    ``LayerNormalization``: Keras 3 takes no integers, or cuts what it computes from them.
    """

    groups: int = 32
    axis: int = -1
    epsilon: float = 1e-3
    center: bool = True
    scale: bool = True
    cuts_integers: bool = False
    gamma: Variable | None = variable("scale")
    beta: Variable | None = variable("center")
    rounds_variables: ClassVar[bool] = False

    def infer_dtype(self, *dtypes: str) -> str:
        """The compute dtype."""
        return uncut(self, dtypes[0], super().infer_dtype(*dtypes))

    def infer_shape(self, *shapes: Shape) -> Shape:
        """The input's shape."""
        axis = self.axis_of(self.axis, len(shapes[0]))
        channels = shapes[0][axis]
        if axis == 0 or not isinstance(channels, int):
            raise self.refuse(f"axis={self.axis} has no fixed size")
        if self.groups != -1 and (self.groups < 1 or channels % self.groups):
            raise self.refuse(f"groups={self.groups} of {channels} channels")
        self.check_each(self.variables(), (channels,))
        return shapes[0]


@final
@dataclass(frozen=True, kw_only=True, eq=False)
class UnitNormalization(Layer):
    """x / max(sqrt(sum(x²)), minimum_norm) over ``axis``.

    ``minimum_norm`` is no config key but the version's: 1e-6 up to Keras 3.5, 1e-12 since.
    """

    axis: int | tuple[int, ...] = -1
    minimum_norm: float = 1e-12

    def infer_shape(self, *shapes: Shape) -> Shape:
        """The input's shape."""
        return normalized(self, self.axis, shapes[0])

    def spans(self, rank: int) -> bool:
        """Over axes that are counted from the end."""
        return behind(self.axis, rank)


@final
@dataclass(frozen=True, kw_only=True, eq=False)
class SpectralNormalization(Layer):
    """The layer it holds: at inference its kernel is used as it was stored.

    ``cuts_integers`` as in ``LayerNormalization``: Keras 3 casts the output to the input's dtype.
    """

    layer: Layer
    cuts_integers: bool = False
    autocast: ClassVar[bool] = False
    stores_aside: ClassVar[bool] = True
    mask: ClassVar[Mask] = "stops"

    @property
    def worker(self) -> Layer:
        """The innermost layer that it holds."""
        return self.layer.worker

    def propagates(self) -> bool:
        """Whether the held layer does."""
        return self.layer.propagates()

    def infer_shape(self, *shapes: Shape) -> Shape:
        """The held layer's."""
        return self.layer.infer_shape(*shapes)

    def infer_dtype(self, *dtypes: str) -> str:
        """The held layer's."""
        return uncut(self, dtypes[0], self.layer.infer_dtype(*dtypes))
