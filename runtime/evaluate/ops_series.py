"""Rows of numbers: evenly apart, powers, correlations."""

import numpy as np

from keronyx.converter.layers.ops_series import Correlate, Correlation, Powers, Spaced
from keronyx.converter.tensors import Array
from keronyx.runtime.evaluate.model import Step, prepare_layer
from keronyx.runtime.evaluate.ops_base import over
from keronyx.runtime.evaluate.precision import Numbers


@prepare_layer.register
def spaced(layer: Spaced, numbers: Numbers) -> Step:
    """NumPy's own; of geomspace the logarithms are evenly apart."""

    def step(start: Array, stop: Array) -> Array:
        ends = (start, stop)
        if layer.function == "geomspace":
            ends = np.log10(np.abs(start)), np.log10(np.abs(stop))
        found = np.linspace(*ends, layer.num, layer.endpoint, axis=layer.axis)
        if layer.function == "linspace":
            return np.asarray(found)
        powers = np.power(layer.base, found)
        if layer.function == "logspace":
            return np.asarray(powers)
        place = layer.place(found.ndim)
        signs = np.sign(np.broadcast_to(start, np.broadcast_shapes(start.shape, stop.shape)))
        return np.asarray(powers * np.expand_dims(signs, place))

    return over(layer, numbers, step)


@prepare_layer.register
def powers(layer: Powers, numbers: Numbers) -> Step:
    """NumPy's own."""
    return over(layer, numbers, lambda x: np.vander(x, layer.N, layer.increasing))


@prepare_layer.register
def correlation(layer: Correlation, numbers: Numbers) -> Step:
    """The products of what lies off the means, by the lengths of both."""

    def step(x: Array) -> Array:
        apart = x - x.mean(axis=1, keepdims=True)
        lengths = np.sqrt(np.square(apart).sum(axis=1))
        return np.asarray(np.clip(apart @ apart.T / np.outer(lengths, lengths), -1, 1))

    return over(layer, numbers, step)


@prepare_layer.register
def correlate(layer: Correlate, numbers: Numbers) -> Step:
    """NumPy's own."""
    return over(layer, numbers, lambda x, row: np.correlate(x, row, layer.mode))
