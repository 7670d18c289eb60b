"""Recorded rows that a host replays to prove itself: what goes in, and what has to come out."""

import math
from collections.abc import Iterable, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace
from itertools import cycle, islice
from typing import Any, Final

import numpy as np

from keronyx.converter.errors import UsageError, shorten
from keronyx.converter.model import Model
from keronyx.converter.several import only, present
from keronyx.converter.tensors import Array, KerasTensor, Sizes
from keronyx.runtime.evaluate import Evaluator
from keronyx.runtime.proof.domains import ANY, Choice, Domain
from keronyx.runtime.proof.report import TOLERANCES, Difference, Tolerance, agreeing_rows
from keronyx.runtime.proof.samples import KINDS, Sample, draw
from keronyx.runtime.session.batches import batch_of, run_in_batches
from keronyx.runtime.session.predictor import Predictor
from keronyx.runtime.session.reference import DTYPES
from keronyx.runtime.session.states import carrying
from keronyx.runtime.specs import Specs

ROWS: Final = 12
"""Rows that are recorded, where the batch is not fixed."""

CALLS: Final = 3
"""Calls of a stateful model in a row, at least."""

VALUES: Final = 500_000
"""Above this many values fewer rows are kept, but two at least: large images make large tables."""

MARGIN: Final = 0.1
"""Rows are recorded where the graph and NumPy agree within this part of the tolerance."""

STAND_INS: Final = {"i": Choice((0, 1)), "u": Choice((0, 1)), "O": Choice(("a", "b"))}
"""What a graph is given whose Keras file is not at hand, by the kind of type."""

NARROW: Final = ("bfloat16", "float16", "float32")
"""Types that round more than float64, the narrowest first."""

Shapes = Mapping[str, tuple[int, ...]]


@dataclass(frozen=True, kw_only=True)
class Vectors:
    """Rows of every input and output, by the names in the graph: arrays (rows, ...)."""

    inputs: dict[str, Array]
    outputs: dict[str, Array]
    tolerance: Tolerance

    @property
    def rows(self) -> int:
        """Number of rows."""
        return len(next(iter(self.inputs.values())))


def record(model: Model, predict: Predictor, shapes: Shapes | None = None) -> Vectors:
    """Record rows that are drawn from what a Keras model takes, and NumPy's outputs in float64.

    ``predict`` runs the model's graph; ``shapes`` are those of the rows whose sizes it leaves
    open. Raises UsageError where a size is missing, or no row has finite outputs.
    """
    sized = _sized_model(model, shapes or {})
    feeds = draw(sized)
    if sized.states:
        feeds = [*islice(cycle(feeds), max(CALLS, len(feeds)))]
    given = _joined(predict.inputs, feeds)
    wanted = _joined(predict.outputs, _evaluated(sized, feeds))
    computed = {layer.dtype.compute for layer in model.layers}
    return _kept(predict, given, wanted, _tolerance(predict.outputs, computed))


def _evaluated(model: Model, feeds: Iterable[Mapping[str, Array]]) -> list[dict[str, Array]]:
    """Return NumPy's outputs, each call with the states that the one before it left."""
    evaluate = carrying(Evaluator(model, "float64"), model.pairs)
    every = list(map(evaluate, feeds))
    return [only(found, model.outputs) for found in every]


def record_of_graph(
    predict: Predictor, shapes: Shapes | None = None, weights: Iterable[str] = ()
) -> Vectors:
    """Record rows and what onnxruntime gives for them, where there is nothing but a graph.

    ``weights`` are the types of its weights.
    """
    given = shapes or {}
    _check_names(given, predict.inputs)
    rows = _row_count(predict.inputs) * (CALLS if predict.pairs else 1)
    sample = Sample(np.random.default_rng(0), [*islice(cycle(KINDS), rows)], 1)
    feed = {}
    for name, spec in predict.inputs.items():
        shape = (rows, *row_shape(name, spec.shape, given))
        tensor = KerasTensor(name=name, shape=shape, dtype=spec.dtype)
        feed[name] = sample.of(tensor, _stand_in(spec.dtype))
    return _kept(predict, feed, _found(predict, feed), _tolerance(predict.outputs, set(weights)))


def _row_count(inputs: Specs) -> int:
    """Return how many rows are recorded: as many as a model insists on."""
    return next((spec.shape[0] for spec in inputs.values() if spec.shape), None) or ROWS


def _stand_in(dtype: str) -> Domain:
    """Return numbers that a graph may take of this type, small ones of whole numbers."""
    return STAND_INS.get("O" if dtype == "string" else np.dtype(dtype).kind, ANY)


def _tolerance(outputs: Specs, computed: AbstractSet[str]) -> Tolerance:
    """Return the tolerance of the narrowest type that takes part."""
    types = {DTYPES.get(each, each) for each in computed}
    types |= {spec.dtype for spec in outputs.values()}
    narrowest = next(filter(types.__contains__, NARROW), "float64")
    return TOLERANCES["float16" if narrowest == "bfloat16" else narrowest]


def row_shape(name: str, shape: Sizes, given: Shapes) -> tuple[int, ...]:
    """Return the shape of a row, in which the user has given what a model leaves open.

    Raises UsageError where a size is open and not given, or another one than the model's.
    """
    row = shape[1:]
    asked: Sizes = given.get(name, row)
    shown = _shown(row)
    if len(asked) != len(row) or not all(map(_takes, row, asked)):
        raise UsageError(f"--shape of '{shorten(name)}' does not fit its rows of {shown or 1}")
    sizes = tuple(present(asked))
    if len(sizes) < len(asked):
        raise UsageError(
            f"input '{shorten(name)}' has rows of open size: {shown}",
            hint=f"give the size, as in --shape {shorten(name)}={shown.replace('?', '10')}",
        )
    return sizes


def _shown(row: Sizes) -> str:
    return ",".join("?" if size is None else str(size) for size in row)


def _takes(size: int | None, asked: int | None) -> bool:
    """Tell whether a model's size can be the one that is asked for."""
    return size in (None, asked) and asked != 0


def _check_names(given: Shapes, names: Mapping[str, Any]) -> None:
    for name in given:
        if name not in names:
            known = ", ".join(f"'{shorten(each)}'" for each in names)
            raise UsageError(
                f"--shape of '{shorten(name)}', which is no input", hint=f"use {known}"
            )


def _sized_model(model: Model, shapes: Shapes) -> Model:
    """Return the model with nothing open but the batch."""
    _check_names(shapes, model.inputs)
    inputs = {
        name: replace(tensor, shape=tensor.shape[:1] + row_shape(name, tensor.sizes, shapes))
        for name, tensor in model.inputs.items()
    }
    return replace(model, inputs=inputs)


def _joined(names: Specs, batches: list[dict[str, Array]]) -> dict[str, Array]:
    """Put batches together, under the names that the graph has for the same tensors."""
    columns = zip(*(batch.values() for batch in batches), strict=True)
    return {name: np.concatenate(arrays) for name, arrays in zip(names, columns, strict=True)}


def _kept(
    predict: Predictor, given: dict[str, Array], wanted: dict[str, Array], tolerance: Tolerance
) -> Vectors:
    """Keep the rows that say something, and that a table can hold."""
    found = _found(predict, given)
    strict = Tolerance(rtol=tolerance.rtol * MARGIN, atol=tolerance.atol * MARGIN)
    kept = np.all(list(map(_writable, (*given.values(), *wanted.values()))), axis=0)
    for name, array in wanted.items():
        blank = Difference(name=name, dtype=predict.outputs[name].dtype, tolerance=strict)
        kept &= agreeing_rows(found[name], array, blank) & _finite(array)
    values = sum(array.size // len(array) for array in given.values())
    most = min(ROWS, max(2, VALUES // max(values, 1)))
    whole = batch_of(predict.inputs) if predict.pairs else None
    places = _calls(kept, most, whole) if whole else np.flatnonzero(kept)[:most]
    if not len(places):
        raise UsageError("no row was found whose outputs are finite, to record for the self-test")
    return Vectors(
        inputs=_rows_of(given, places, predict.inputs),
        outputs=_rows_of(wanted, places, predict.outputs),
        tolerance=tolerance,
    )


def _found(predict: Predictor, given: Mapping[str, Array]) -> dict[str, Array]:
    """Return what a graph gives for rows, from states of zeros on."""
    predict.reset_states()
    found = run_in_batches(predict, given, predict.inputs)
    predict.reset_states()
    return found


def _calls(kept: Array, most: int, whole: int) -> Array:
    """Return the rows of the first calls, two at least, as far as all of them can be kept."""
    count = len(kept) if kept.all() else int(kept.argmin())
    return np.arange(min(count, max(most, 2 * whole)) // whole * whole)


def _rows_of(arrays: Mapping[str, Array], places: Array, specs: Specs) -> dict[str, Array]:
    """Return some rows of each array, in the type that the graph has for it."""
    return {name: _typed(array[places], specs[name].dtype) for name, array in arrays.items()}


def _finite(array: Array) -> Array:
    """Tell which rows are finite."""
    if array.dtype.kind not in "fc":
        return np.ones(len(array), bool)
    return np.asarray(np.isfinite(array.reshape(len(array), -1)).all(axis=1))


def _writable(array: Array) -> Array:
    """Tell which rows a table holds as they are: no text that readers would trim or cut."""
    if array.dtype.kind != "O":
        return np.ones(len(array), bool)
    texts = array.reshape(len(array), math.prod(array.shape[1:]))
    return np.array([all(map(_is_plain, row)) for row in texts])


def _is_plain(text: str) -> bool:
    return bool(text) and text == text.strip() and "\0" not in text


def _typed(array: Array, dtype: str) -> Array:
    return array if dtype == "string" else array.astype(dtype)
