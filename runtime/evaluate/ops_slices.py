"""What square brackets take of an array."""

from keronyx.converter.layers.ops_slices import Subscript
from keronyx.runtime.evaluate.model import Step, prepare_layer
from keronyx.runtime.evaluate.precision import Numbers


@prepare_layer.register
def subscript(layer: Subscript, _numbers: Numbers) -> Step:
    """NumPy's own."""
    return lambda x: x[layer.key]
