"""argpartition as Keras has it."""

import numpy as np

from keronyx.converter.layers.ops_partitions import Partition
from keronyx.converter.tensors import Array
from keronyx.runtime.evaluate.model import Step, prepare_layer
from keronyx.runtime.evaluate.ops_base import over
from keronyx.runtime.evaluate.precision import Numbers


@prepare_layer.register
def partition(layer: Partition, numbers: Numbers) -> Step:
    """The least in order, and behind them the rest, with 0 in the place of the least."""

    def step(x: Array) -> Array:
        whole = x.astype(np.int32)
        count = layer.count(x.shape[-1])
        front = np.argsort(whole, axis=-1, kind="stable")[..., :count]
        rest = whole.copy()
        if x.ndim == 1:
            rest[front] = 0
        else:
            rows = np.broadcast_to(np.arange(count), front.shape)
            known = rows < len(rest)
            rest[rows[known], front[known]] = 0
        behind = np.argsort(-rest.astype(np.int64), axis=-1, kind="stable")
        return np.concatenate([front, behind[..., : x.shape[-1] - count]], axis=-1)

    return over(layer, numbers, step)
