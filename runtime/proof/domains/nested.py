"""What models take that stand in the place of a layer."""

from keronyx.converter.layers.nested import Nested
from keronyx.converter.tensors import KerasTensor
from keronyx.runtime.proof.domains.base import Domain, domain_of
from keronyx.runtime.proof.domains.model import domains


@domain_of.register
def _nested(layer: Nested, _tensor: KerasTensor) -> Domain | None:
    return next(iter(domains(layer.model).values()))
