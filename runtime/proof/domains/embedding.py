"""What tables of vectors take: ids that they have."""

from keronyx.converter.layers.embedding import Table
from keronyx.converter.tensors import KerasTensor
from keronyx.runtime.proof.domains.base import Choice, Domain, domain_of, ids_of


@domain_of.register
def _embedding(layer: Table, _tensor: KerasTensor) -> Domain:
    return Choice(range(layer.input_dim))


@ids_of.register
def _known(layer: Table) -> int:
    return layer.input_dim
