"""Layers that move numbers about without changing them."""

from string import ascii_lowercase
from typing import Final

from keronyx.converter.formula.expression import Expression, apply, at
from keronyx.converter.formula.model import Meaning, express
from keronyx.converter.layers import reshaping

LETTERS: Final = ascii_lowercase[8:] + ascii_lowercase[:8]
ROW_MAJOR: Final = "row-major: the last axis runs fastest"


@express.register
def flatten(layer: reshaping.Flatten, x: Expression) -> Meaning:
    """All numbers of a sample in one row."""
    first = "axis 1 is moved behind the others first; "
    note = first + ROW_MAJOR if layer.data_format == "channels_first" else ROW_MAJOR
    return Meaning(value=apply("flatten", x), note=note)


@express.register
def reshape(layer: reshaping.Reshape, x: Expression) -> Meaning:
    """The same numbers, other axes."""
    sizes = tuple(-1 if size is None else size for size in layer.target_shape)
    return Meaning(value=apply("reshape", x), numbers={"target_shape": sizes}, note=ROW_MAJOR)


@express.register
def permute(layer: reshaping.Permute, x: Expression) -> Meaning:
    """The axes in another order."""
    letters = LETTERS[: len(layer.dims)]
    target = tuple(letters[axis - 1] for axis in layer.dims)
    return Meaning(value=at(x, *letters), indices=target)


@express.register
def repeat_vector(layer: reshaping.RepeatVector, x: Expression) -> Meaning:
    """The same numbers n times."""
    return Meaning(value=x, indices=("i",), note=f"i = 1 ... {layer.n}")
