"""Layers that move numbers about: most only change how memory is looked at."""

from keronyx.converter.layers import reshaping
from keronyx.converter.lower.base import lower_layer
from keronyx.converter.lower.builder import Builder
from keronyx.converter.lower.values import Value


@lower_layer.register
def flatten(layer: reshaping.Flatten, code: Builder, x: Value) -> Value:
    """One row; channels_first moves the first axis behind the others before."""
    if layer.data_format == "channels_first" and x.rank > 1:
        x = x.permuted([*range(1, x.rank), 0])
    return code.dense(x).reshaped((x.size,))


@lower_layer.register
def reshape(layer: reshaping.Reshape, code: Builder, x: Value) -> Value:
    """The same numbers in another shape."""
    _, *shape = layer.infer_shape((None, *x.shape))
    sizes = [size for size in shape if isinstance(size, int)]
    return code.dense(x).reshaped(sizes)


@lower_layer.register
def permute(layer: reshaping.Permute, code: Builder, x: Value) -> Value:
    """The axes in another order."""
    del code
    return x.permuted([axis - 1 for axis in layer.dims])


@lower_layer.register
def repeat_vector(layer: reshaping.RepeatVector, code: Builder, x: Value) -> Value:
    """The row n times."""
    del code
    return x.broadcast((layer.n, *x.shape))
