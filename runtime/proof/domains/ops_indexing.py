"""What operations take as places: those that there are for certain."""

from keronyx.converter.layers.operands import Constant
from keronyx.converter.layers.ops_indexing import Taken
from keronyx.runtime.proof.domains.base import ids_of


@ids_of.register
def _places(layer: Taken) -> int:
    """Places of the constant that is looked into; of a tensor, the first, which there always is."""
    looked_into = layer.operands[0]
    if not isinstance(looked_into, Constant):
        return 1
    array = looked_into.array
    return array.size if layer.axis is None else array.shape[layer.axis]
