"""What normalisations take: numbers around the statistics that they hold."""

import numpy as np

from keronyx.converter.layers.normalization import BatchNormalization, LegacyBatchNormalization
from keronyx.converter.several import as_tuple
from keronyx.converter.tensors import KerasTensor
from keronyx.runtime.proof.domains.base import Domain, along, around, domain_of


@domain_of.register
def _batch_normalization(layer: BatchNormalization, tensor: KerasTensor) -> Domain:
    axes = as_tuple(layer.axis)
    variance = along(axes, layer.moving_variance, tensor)
    return around(along(axes, layer.moving_mean, tensor), np.sqrt(np.abs(variance)))


@domain_of.register
def _legacy(layer: LegacyBatchNormalization, tensor: KerasTensor) -> Domain | None:
    if layer.mode != 0:
        return None
    spread = along((layer.axis,), layer.running_std, tensor)
    return around(along((layer.axis,), layer.running_mean, tensor), np.abs(spread))
