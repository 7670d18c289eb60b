"""A layer that calls several others, one after the other."""

from keronyx.converter.layers.pipeline import Pipeline
from keronyx.converter.tensors import Array
from keronyx.runtime.evaluate.model import Step, prepare_layer
from keronyx.runtime.evaluate.precision import Numbers, working


@prepare_layer.register
def pipeline(layer: Pipeline, numbers: Numbers) -> Step:
    """Call every layer on what the one before gives, cast as a call of its own would be."""
    steps = [(each, prepare_layer(each, numbers.held(each))) for each in layer.layers]

    def step(x: Array) -> Array:
        for each, inner in steps:
            dtype = each.dtype.compute if x.dtype.kind == "f" else x.dtype.name
            stated = working(each.infer_dtype(dtype), numbers.precision)
            x = inner(x.astype(stated, copy=False) if each.worker.autocast else x)
        return x

    return step
