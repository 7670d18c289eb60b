"""A whole model in the place of a layer."""

from keronyx.converter.layers.nested import Nested
from keronyx.converter.tensors import Array
from keronyx.runtime.evaluate.model import Plan, Step, prepare_layer
from keronyx.runtime.evaluate.precision import Numbers, working


@prepare_layer.register
def nested(layer: Nested, numbers: Numbers) -> Step:
    """Run the model; its input layer casts to its own dtype."""
    plan = Plan(layer.model, numbers.precision)
    (entrance,) = layer.model.inputs.values()
    (end,) = plan.outputs
    dtype = working(entrance.dtype, numbers.precision)

    def step(x: Array) -> Array:
        return plan.run([x.astype(dtype, copy=False)])[end]

    return step
