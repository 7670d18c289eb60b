"""The NumPy reading of a description as an engine, for where no other is installed."""

import json
from collections.abc import Mapping

from keronyx.converter.model import Model
from keronyx.converter.several import mapped
from keronyx.converter.tensors import Array
from keronyx.runtime import columns
from keronyx.runtime.evaluate import Evaluator
from keronyx.runtime.session import states
from keronyx.runtime.session.predictor import Predictor
from keronyx.runtime.specs import Specs, specs_of


class NumPy:
    """A description that is evaluated in float32, as a graph is run."""

    engine = "numpy"

    def __init__(self, model: Model) -> None:
        opened = model.opened
        self._evaluate = Evaluator(opened, "float32")
        self.inputs: Specs = specs_of(opened.inputs)
        self.outputs: Specs = specs_of(opened.outputs)
        said = {columns.KEY: model.columns, states.KEY: model.pairs}
        self.metadata: Mapping[str, str] = mapped(json.dumps, said)

    def run(self, feed: dict[str, Array]) -> list[Array]:
        """Return the outputs in the model's order."""
        return [*self._evaluate(feed).values()]


def predictor_of(model: Model, *, stateful: bool = True) -> Predictor:
    """Return what predicts with a description alone."""
    return Predictor(NumPy(model), stateful=stateful)
