"""Hold a graph against the NumPy reading of the same model, on inputs drawn from what it takes.

Where there is a witness, it is asked as well.
"""

from collections.abc import Callable, Mapping
from itertools import cycle, islice, zip_longest
from typing import Any, Final

import numpy as np

from keronyx.converter.model import Model
from keronyx.converter.tensors import Array
from keronyx.runtime.evaluate.nothing import lacks_rows
from keronyx.runtime.proof.comparison import Comparison, Witness
from keronyx.runtime.proof.locate import Search
from keronyx.runtime.proof.report import Report
from keronyx.runtime.proof.samples import draw, draw_odd, with_odd, zeros_of
from keronyx.runtime.session.batches import Arrays, batch_of, parts
from keronyx.runtime.session.given import split_samples
from keronyx.runtime.session.predictor import Engine, Source, load
from keronyx.runtime.session.states import carrying
from keronyx.runtime.specs import specs_of

CALLS: Final = 3
"""Calls of a stateful model in a row."""
UNASKED: Final = "Keras itself was not asked: a check would change the states that its model keeps"
NOTHING: Final = "the samples have no rows: nothing was compared on them"


def check(  # noqa: PLR0913 - all but two by name only
    onnx_model: Source,
    model: Model,
    *,
    samples: Any = None,
    engine: Engine | None = None,
    seed: int = 0,
    witness: Witness | None = None,
) -> Report:
    """Compare a graph with the description of the model that it should compute.

    ``witness`` computes the same model, and is compared too; where the description has names and
    shapes alone, it is the only one to ask. ``samples`` are more inputs by name, and where they are
    known the outputs that they should give, by name or as "out/name"; or a DataFrame of inputs. A
    failed check is a report too, not an error. Stateful models are run several times in a row, and
    from states that are drawn. Raises UsageError where the samples do not fit, or
    the graph has other inputs or outputs.
    """
    predict = load(onnx_model, engine=engine, threads=1, stateful=False)
    comparison = Comparison(predict, model.opened, None if model.states else witness)
    if samples is not None and (not isinstance(samples, Mapping) or samples):
        _hold_samples(comparison, samples, model)
    _hold_drawn(comparison, model.opened, seed, joined=witness is None)
    if model.states:
        _hold_in_a_row(comparison, model, seed)
    if model.states and witness is not None:
        comparison.say(UNASKED)
    return comparison.report(Search(onnx_model, model.opened, comparison.tolerance, engine))


def _hold_in_a_row(comparison: Comparison, model: Model, seed: int) -> None:
    """Hold a first call, whose states are zeros, and others that each begin where it ended."""
    run = carrying(comparison.hold, model.pairs)
    states = zeros_of(model)
    for feed in islice(cycle(draw(model, seed)), CALLS):
        run({**states, **feed})
        states = {}


def _hold_drawn(comparison: Comparison, model: Model, seed: int, *, joined: bool) -> None:
    """Hold what is drawn, and rows with NaN and infinities: ``joined`` to it, or by themselves."""
    feeds = draw(model, seed)
    odd = draw_odd(model, seed) if comparison.propagates else []
    if joined:
        feeds, odd = with_odd(model, feeds, odd), []
    for feed in feeds:
        comparison.hold_first([feed] if model.computable else _ranges(feed))
    for feed in odd:
        comparison.hold(feed, odd=True)


def _hold_samples(comparison: Comparison, samples: Any, model: Model) -> None:
    """Compare on what the user gives, part by part."""
    given, expected = split_samples(samples, model)
    if lacks_rows([*given.values(), *expected.values()]):
        comparison.say(NOTHING)
        return
    batch = batch_of(specs_of(model.inputs))
    states = zeros_of(model)
    for part, wanted in zip_longest(parts(given, batch), parts(expected, batch)):
        found = comparison.hold({**part, **states}, wanted)
        states = {before: found[after] for before, after in model.pairs.items()}


def _ranges(feed: Arrays) -> list[Arrays]:
    """Return inputs with ever smaller integers: of both signs, then 0 and 1.

    Of a model whose layers are not known, nobody can tell whether integers are numbers or ids;
    these two are in every vocabulary.
    """
    if not any(array.dtype.kind in "iu" for array in feed.values()):
        return [feed]
    return [feed, _integers(feed, lambda x: x % 19 - 9), _integers(feed, lambda x: x % 2)]


def _integers(feed: Arrays, change: Callable[[Array], Array]) -> Arrays:
    """Return inputs with other integers, as far as their type has them."""
    return {
        name: np.maximum(change(x.astype(np.int64)), np.iinfo(x.dtype).min).astype(x.dtype)
        if x.dtype.kind in "iu"
        else x
        for name, x in feed.items()
    }
