"""Activation functions called on arrays."""

from keronyx.converter.layers.ops_activations import Activated
from keronyx.converter.tensors import Array
from keronyx.runtime.evaluate.activations import prepare_function
from keronyx.runtime.evaluate.model import Step, prepare_layer
from keronyx.runtime.evaluate.ops_base import over
from keronyx.runtime.evaluate.precision import Numbers


@prepare_layer.register
def activated(layer: Activated, numbers: Numbers) -> Step:
    """The function, of all numbers in a row where it has no axis."""
    function = prepare_function(layer.activation, numbers)

    def in_a_row(x: Array) -> Array:
        return function(x.reshape(-1)).reshape(x.shape)

    return over(layer, numbers, in_a_row if layer.flat else function)
