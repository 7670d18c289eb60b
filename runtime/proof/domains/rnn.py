"""What layers take that are applied to every step of time."""

from keronyx.converter.layers.rnn import TimeDistributed
from keronyx.converter.tensors import KerasTensor
from keronyx.runtime.proof.domains.base import Domain, domain_of


@domain_of.register
def _time_distributed(layer: TimeDistributed, tensor: KerasTensor) -> Domain | None:
    step = KerasTensor(name="", shape=(tensor.shape[0], *tensor.shape[2:]), dtype=tensor.dtype)
    return domain_of(layer.layer, step)
