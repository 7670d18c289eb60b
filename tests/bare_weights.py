"""Weights without an architecture, spelled short, and what is made of them."""

from typing import Any

import numpy as np

from keronyx.converter.description import describe
from keronyx.converter.files.saved import SavedModel
from keronyx.converter.model import Model
from keronyx.converter.tensors import Variable


def of(name: str, *shape: int) -> Variable:
    return Variable.of(np.ones(shape, np.float32), name)


def chained(weights: Any, **said: Any) -> Model:
    saved = SavedModel(path="w", format="w", config=None, weights=weights)
    return describe(saved, activations="relu", **said)
