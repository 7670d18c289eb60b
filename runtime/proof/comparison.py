"""Run the readings of a model on the same inputs, and collect how far they are apart."""

from collections.abc import Iterable, Iterator, Sequence
from collections.abc import Set as AbstractSet
from contextlib import suppress
from dataclasses import dataclass, replace
from itertools import chain
from typing import Final, Protocol

import numpy as np

from keronyx.converter.errors import UsageError
from keronyx.converter.model import Model
from keronyx.converter.several import only
from keronyx.converter.tensors import Array
from keronyx.runtime.evaluate import Evaluator
from keronyx.runtime.proof.locate import Culprit, Search
from keronyx.runtime.proof.oddities import not_independent
from keronyx.runtime.proof.report import (
    TOLERANCES,
    Difference,
    Report,
    Tolerance,
    agreeing_rows,
    compare,
    merge,
)
from keronyx.runtime.session.batches import Arrays
from keronyx.runtime.session.predictor import Predictor

PROPAGATING: Final = ("onnxruntime", (1, 27))
"""The engine that NaN and infinities are tried on, and since when.

Erf, PRelu and Sqrt of older ones lose them; onnx.reference multiplies with 0 where it chooses.
"""

NARROW: Final = frozenset({"float16", "bfloat16"})
LEFT_OUT: Final = (
    "left out of the comparison: {} of {} rows, in which float32 rounds or overflows by more than "
    "is tolerated, though every layer agrees on its own inputs"
)


class Witness(Protocol):
    """Somebody else who computes the model: Keras itself, where it is alive."""

    @property
    def title(self) -> str:
        """Who it is, for people."""

    @property
    def dtypes(self) -> AbstractSet[str]:
        """The types in which its layers compute."""

    def __call__(self, arrays: Arrays, /) -> Sequence[Array]:
        """Return the outputs in the model's order for inputs in the model's order.

        Raises UsageError where they cannot be computed.
        """


@dataclass(frozen=True)
class Outcome:
    """One output for one batch of inputs: the graph's, and what it should be."""

    blank: Difference
    graph: Array
    right: Array

    @property
    def difference(self) -> Difference:
        """How far they are apart."""
        return compare(self.graph, self.right, self.blank)

    def without(self, rows: Array) -> Difference:
        """Return how far they are apart in the other rows."""
        return compare(self.graph[~rows], self.right[~rows], self.blank)

    @property
    def differing_rows(self) -> Array:
        """Which rows do not agree."""
        return ~agreeing_rows(self.graph, self.right, self.blank)

    @property
    def aligned(self) -> bool:
        """Whether there are rows that can be compared one by one."""
        return self.graph.shape == self.right.shape and self.right.ndim > 0


@dataclass(frozen=True)
class Settled:
    """What is found of inputs on which outputs differ: a culprit, or rows where nobody can tell."""

    differences: tuple[Difference, ...]
    culprit: Culprit | None = None
    left_out: int = 0


@dataclass(frozen=True)
class Doubt:
    """Inputs on which outputs differ."""

    feed: Arrays
    outcomes: Sequence[Outcome]

    @property
    def differences(self) -> tuple[Difference, ...]:
        """How far all outputs are apart."""
        return tuple(outcome.difference for outcome in self.outcomes)

    @property
    def in_numpy(self) -> list[Outcome]:
        """The outputs that NumPy computes otherwise, or as the graph does."""
        return [outcome for outcome in self.outcomes if outcome.blank.against == "numpy"]

    def settled(self, search: Search) -> Settled:
        """Look for the layer at fault; where there is none, leave out the rows that differ."""
        if all(outcome.difference.passed for outcome in self.in_numpy):
            return Settled(self.differences)
        fault = search.culprit(self.feed)
        if fault is not None or not all(outcome.aligned for outcome in self.outcomes):
            return Settled(self.differences, culprit=fault)
        return self._without_rows()

    def _without_rows(self) -> Settled:
        rows = np.logical_or.reduce([outcome.differing_rows for outcome in self.in_numpy])
        rest = tuple(outcome.without(rows) for outcome in self.outcomes)
        return Settled(rest, left_out=int(rows.sum()))


class Comparison:
    """Runs all readings on the same inputs and collects the differences."""

    def __init__(self, predict: Predictor, model: Model, witness: Witness | None = None) -> None:
        self._inputs = aligned("inputs", model.inputs, predict.inputs)
        self._outputs = aligned("outputs", model.outputs, predict.outputs)
        self._predict = predict
        self._evaluate = Evaluator(model) if model.computable or witness is None else None
        self._witness = witness
        self._silent: tuple[str, ...] = ()
        self._dependent = not_independent(model)
        self._set_tolerances({layer.dtype.compute for layer in model.layers})
        self._blanks = [
            Difference(name=name, dtype=tensor.dtype, tolerance=self._tolerated(tensor.dtype))
            for name, tensor in model.outputs.items()
        ]
        self._batches: list[int] = []
        self._found: list[Difference] = []
        self._doubts: list[Doubt] = []

    def _set_tolerances(self, computed: set[str]) -> None:
        """Allow what the types in which layers compute make unavoidable."""
        rough = bool(NARROW & computed.union(self._witness.dtypes if self._witness else ()))
        self.tolerance = TOLERANCES["float64" if computed == {"float64"} else "float32"]
        self._expected_tolerance = TOLERANCES["float16"] if rough else self.tolerance
        # Some of Keras's backends compute float64 in float32.
        self._keras_tolerance = TOLERANCES["float16" if rough else "float32"]

    def say(self, warning: str) -> None:
        """Warn of something in the report."""
        self._silent += (warning,)

    def _tolerated(self, dtype: str) -> Tolerance:
        """Return an output's tolerance; 16-bit ones are rounded once, at the end."""
        return TOLERANCES["float16"] if dtype in NARROW else self.tolerance

    @property
    def propagates(self) -> bool:
        """Whether NaN and infinities can be held against NumPy's."""
        name, _, version = self._predict.engine.partition(" ")
        parts = tuple(map(int, filter(str.isdigit, version.split(".")[:2])))
        return self._evaluate is not None and name == PROPAGATING[0] and parts >= PROPAGATING[1]

    def hold(
        self, feed: Arrays, expected: Arrays | None = None, *, odd: bool = False
    ) -> dict[str, Array]:
        """Compare the graph with NumPy, and with the expected outputs where they are known.

        Returns what the graph gives. Of ``odd`` inputs Keras is not asked: its own NaN depend on
        how TensorFlow runs it.
        """
        graph = self._graph(feed)
        outcomes = list(self._outcomes(feed, graph, odd=odd))
        self._batches.append(_batch_size(feed))
        differences = [outcome.difference for outcome in outcomes]
        if all(difference.passed for difference in differences):
            self._found += differences
        else:
            self._doubts.append(Doubt(feed, outcomes))
        self._found += self._expected(graph, expected or {})
        return graph

    def _expected(self, graph: Arrays, expected: Arrays) -> Iterator[Difference]:
        """Hold the graph's outputs against those that the user expects."""
        for blank in self._blanks:
            if blank.name in expected:
                wanted = replace(blank, against="expected", tolerance=self._expected_tolerance)
                yield compare(graph[blank.name], expected[blank.name], wanted)

    def hold_first(self, feeds: Sequence[Arrays]) -> None:
        """Compare on the first of several inputs that Keras and the graph can compute.

        Raises UsageError where they can compute none.
        """
        for feed in feeds[:-1]:
            with suppress(UsageError):
                self.hold(feed)
                return
        self.hold(feeds[-1])

    def _outcomes(self, feed: Arrays, graph: Arrays, *, odd: bool) -> Iterator[Outcome]:
        """Hold the graph's outputs against those of NumPy and of Keras."""
        if self._evaluate is not None:
            numpy = self._evaluate(feed)
            yield from (Outcome(each, graph[each.name], numpy[each.name]) for each in self._blanks)
        if self._witness is not None and not odd:
            yield from self._against_keras(graph, self._asked(self._witness, feed))

    def _against_keras(self, graph: Arrays, answers: Iterable[Array]) -> Iterator[Outcome]:
        for blank, right in zip(self._blanks, answers, strict=False):
            keras = replace(blank, against="keras", tolerance=self._keras_tolerance)
            yield Outcome(keras, graph[blank.name], right)

    def _asked(self, witness: Witness, feed: Arrays) -> Sequence[Array]:
        """Ask Keras; where it cannot compute the inputs, and is not needed, do without it."""
        try:
            return witness(only(feed, self._inputs))
        except UsageError as error:
            if self._evaluate is None:
                raise
            self._witness = None
            self.say(str(error))
            return []

    def _graph(self, feed: Arrays) -> dict[str, Array]:
        """Run the graph, by the model's names."""
        found = self._predict({self._inputs[name]: array for name, array in feed.items()})
        return {name: found[other] for name, other in self._outputs.items()}

    def report(self, search: Search) -> Report:
        """Return what was found on all inputs together.

        Rows that differ are searched for the layer at fault. Where there is none, they are left
        out: float32 cannot tell there.
        """
        settled = [doubt.settled(search) for doubt in self._doubts]
        culprit = next(filter(None, (each.culprit for each in settled)), Culprit(""))
        left_out, rows = sum(each.left_out for each in settled), sum(self._batches)
        odd = (LEFT_OUT.format(left_out, rows),) if left_out else ()
        return Report(
            differences=merge(self._differences(settled, proven=left_out != rows)),
            engine=self._predict.engine,
            witness=self._witness.title if self._witness else "",
            batches=tuple(self._batches),
            layer=culprit.label,
            layer_difference=culprit.difference if culprit.label else None,
            warnings=odd + self._silent + self._dependent,
        )

    def _differences(self, settled: Sequence[Settled], *, proven: bool) -> Iterator[Difference]:
        """Yield what was found; where all rows would be left out, those as they are."""
        if proven:
            return chain(self._found, *(each.differences for each in settled))
        return chain(*(doubt.differences for doubt in self._doubts))


def _batch_size(feed: Arrays) -> int:
    return max((len(array) for array in feed.values() if array.ndim), default=1)


def aligned(kind: str, wanted: Iterable[str], found: Iterable[str]) -> dict[str, str]:
    """Map the model's names to the graph's: equal ones, or else those in the same places."""
    names, others = list(wanted), list(found)
    if len(names) != len(others):
        raise UsageError(
            f"the ONNX model has {len(others)} {kind}, the Keras model {len(names)}",
            hint="they are not the same model",
        )
    return dict(zip(names, names if set(names) == set(others) else others, strict=True))
