"""The NumPy reading of a description as an engine, for where no other is installed."""

import json
from collections.abc import Mapping

from keronyx.converter.model import Model
from keronyx.converter.tensors import Array
from keronyx.runtime.columns import KEY
from keronyx.runtime.evaluate import Evaluator
from keronyx.runtime.session.predictor import Predictor
from keronyx.runtime.specs import Specs, specs_of


class NumPy:
    """A description that is evaluated in float32, as a graph is run."""

    engine = "numpy"

    def __init__(self, model: Model) -> None:
        self._evaluate = Evaluator(model, "float32")
        self.inputs: Specs = specs_of(model.inputs)
        self.outputs: Specs = specs_of(model.outputs)
        self.metadata: Mapping[str, str] = {KEY: json.dumps(model.columns)} if model.columns else {}

    def run(self, feed: dict[str, Array]) -> list[Array]:
        """Return the outputs in the model's order."""
        return [*self._evaluate(feed).values()]


def predictor_of(model: Model) -> Predictor:
    """Return what predicts with a description alone."""
    return Predictor(NumPy(model))
