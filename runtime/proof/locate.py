"""Find the layer at which a graph parts from the model that it should compute.

Where outputs differ, each layer is looked at by itself: NumPy's reading of the layer on the inputs
that it has in the graph. A wrong layer shows there. Where all agree, no layer is wrong, and what
differs in the end is the rounding of float32, which the model makes larger: a division by almost
nothing, an overflow, a threshold that falls on the other side. One layer can do so alone, where
thousands that cancel come before a sigmoid: what little changes of its inputs do to it is excused.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final, Literal, TypeAlias

import numpy as np

from keronyx.converter.emit import emit, exposed, serialize
from keronyx.converter.errors import KeronyxError
from keronyx.converter.layers.nested import with_held
from keronyx.converter.layers.windows import Spatial
from keronyx.converter.model import Connection, Model
from keronyx.converter.several import called, keyed, only
from keronyx.converter.tensors import Array
from keronyx.runtime.evaluate import Evaluator
from keronyx.runtime.proof.report import (
    TOLERANCES,
    Difference,
    Tolerance,
    agreeing_rows,
    compare,
)
from keronyx.runtime.session.predictor import Engine, Source, load

if TYPE_CHECKING:
    from onnx import ModelProto, NodeProto

Arrays: TypeAlias = Mapping[str, Array]

PRECISIONS: Final[tuple[Literal["float64", "float32"], ...]] = ("float64", "float32")
FRESH: Final = "a fresh graph"
PLAIN: Final = "the graph before"
SIMPLIFIED: Final = "the simplified graph"

STIR: Final = 2.0**-18
"""By what part of itself an input is changed: as a sum of some thousand float32 rounds."""


@dataclass(frozen=True)
class Culprit:
    """A layer that differs by itself, and how far; no label where it cannot be told."""

    label: str
    difference: Difference | None = None


@dataclass(frozen=True)
class Search:
    """A graph and a model whose outputs differ, and what is tolerated."""

    graph: Source
    model: Model
    tolerance: Tolerance
    engine: Engine | None

    def culprit(self, feed: Arrays) -> Culprit | None:
        """Return what is at fault on these inputs; None where no layer and no node is."""
        try:
            found = (*self._layers(feed), *self._nodes(feed), *self._simplified(feed))
        except KeronyxError:
            # An opset that keronyx does not write, or a model too large: then nothing excuses it.
            return Culprit("")
        return next((each for each in found if not _passed(each)), None)

    def _layers(self, feed: Arrays) -> Iterator[Culprit]:
        """Hold every layer of a graph that exposes them against NumPy, on its inputs there."""
        found = self._run(serialize(self.model, expose=True), feed)[len(self.model.outputs) :]
        names = called(exposed(self.model))
        values = {tensor.name: feed[name] for name, tensor in self.model.inputs.items()}
        values |= dict(zip(names, found, strict=True))
        for connection in self.model.connections:
            if connection.inputs:
                yield self._alone(connection, values)

    def _alone(self, connection: Connection, values: Arrays) -> Culprit:
        alone = _model_of(connection)
        inputs = only(values, alone.inputs)
        tolerance = TOLERANCES["float16"] if _rounds(connection) else self.tolerance
        # What overflows within the layer does so in NumPy's float32, too.
        for precision in PRECISIONS:
            worst = _worst(values, Evaluator(alone, precision)(inputs), tolerance)
            if worst.passed:
                return Culprit(connection.layer.label, worst)
        excused = _worst_excused(alone, values, tolerance)
        return Culprit(connection.layer.label, excused if excused.passed else worst)

    def _nodes(self, feed: Arrays) -> Iterator[Culprit]:
        """Hold the graph against what keronyx writes for the model: node by node, then its ends."""
        given = _opened(self.graph)
        fresh = emit(self.model, opset=_opset(given))
        if given.graph == fresh.graph:
            return
        labels, known = _labels(given), _labels(fresh)
        shared = {name: labels[name] for name in known if name in labels}
        if shared:
            inner = (_with_outputs(each, list(shared)) for each in (given, fresh))
            yield from self._both(inner, shared, feed)
        yield from self._both((given, fresh), dict.fromkeys(self.model.outputs, ""), feed)

    def _simplified(self, feed: Arrays) -> Iterator[Culprit]:
        """Tell whether rows are right in the graph as its layers make it, wrong once simplified.

        Only convolutions and what goes with them are rewritten. Right is well within the tolerance:
        both graphs round.
        """
        if not any(isinstance(layer, Spatial) for layer in with_held(self.model.layers)):
            return
        right = Evaluator(self.model, "float64")(feed)
        plain = self._run(serialize(self.model, fold=False), feed)
        for name, found, before in zip(right, self._run(self.graph, feed), plain, strict=True):
            difference = _compare(name, found, right[name], self.tolerance, PLAIN)
            if self._is_simplified_wrong(difference, found, before, right[name]):
                yield Culprit(SIMPLIFIED, difference)

    def _is_simplified_wrong(
        self, difference: Difference, found: Array, before: Array, right: Array
    ) -> bool:
        """Tell whether there are rows that differ, and all of them were right before."""
        wrong = ~agreeing_rows(found, right, difference)
        well = replace(difference, tolerance=self._quarter)
        return bool(wrong.any() and agreeing_rows(before, right, well)[wrong].all())

    @property
    def _quarter(self) -> Tolerance:
        return Tolerance(rtol=self.tolerance.rtol / 4, atol=self.tolerance.atol / 4)

    def _both(
        self, graphs: Iterable["ModelProto"], labels: Mapping[str, str], feed: Arrays
    ) -> Iterator[Culprit]:
        """Hold the outputs of two graphs against each other; ``labels`` are those by name."""
        found, right = (self._run(each, feed) for each in graphs)
        for (name, label), a, b in zip(labels.items(), found, right, strict=True):
            yield Culprit(label, _compare(name, a, b, self.tolerance, FRESH))

    def _run(self, graph: Any, feed: Arrays) -> list[Array]:
        predict = load(graph, engine=self.engine, threads=1, stateful=False)
        return list(predict(dict(zip(predict.inputs, feed.values(), strict=True))).values())


def _model_of(connection: Connection) -> Model:
    """Return a model of one call."""
    return Model(
        name=connection.layer.name,
        inputs=keyed(connection.sources),
        outputs=keyed(connection.outputs),
        connections=(connection,),
    )


def _opset(model: Any) -> int:
    """Return the version of ONNX's own operators."""
    return next((each.version for each in model.opset_import if not each.domain), 1)


def _worst_excused(alone: Model, values: Arrays, tolerance: Tolerance) -> Difference:
    """Compare without what a layer makes of a grain of its inputs."""
    inputs = only(values, alone.inputs)
    evaluate = Evaluator(alone, "float64")
    right, stirred = evaluate(inputs), evaluate(_stirred(inputs))
    less = {name: _excused(values[name], right[name], stirred[name]) for name in right}
    return _worst(less, right, tolerance)


def _worst(found: Arrays, right: Arrays, tolerance: Tolerance) -> Difference:
    """Return the first difference that is too large, or the first of all."""
    every = [_compare(name, found[name], right[name], tolerance) for name in right]
    return next((each for each in every if not each.passed), every[0])


def _stirred(inputs: Arrays) -> Arrays:
    """Return inputs whose floating numbers are changed by a little of themselves, up or down."""
    random = np.random.default_rng(0)
    return {
        name: array * random.choice((1 - STIR, 1 + STIR), array.shape).astype(array.dtype)
        if array.dtype.kind == "f"
        else array
        for name, array in inputs.items()
    }


def _excused(found: Array, right: Array, stirred: Array) -> Array:
    """Return what a layer found, without as much of its error as a little stir of a row makes."""
    if found.shape != right.shape or right.dtype.kind != "f" or not right.ndim:
        return found
    axes = tuple(range(1, right.ndim))
    with np.errstate(invalid="ignore", over="ignore"):
        error, made = found - right, np.abs(stirred - right).max(axis=axes, keepdims=True)
        less = right + np.sign(error) * np.maximum(np.abs(error) - made, 0)
    return np.where(np.isfinite(less), less, found)


def _passed(culprit: Culprit) -> bool:
    return culprit.difference is not None and culprit.difference.passed


def _rounds(connection: Connection) -> bool:
    """Tell whether a layer rounds to 16 bits, or its inputs to 8."""
    layer = connection.layer.worker
    types = {tensor.dtype for tensor in (*connection.sources, *connection.outputs)}
    narrow = {"float16", "bfloat16"} & {*types, layer.dtype.compute}
    return bool(narrow) or bool(getattr(layer, "quantize_inputs", False))


def _compare(
    name: str, found: Array, right: Array, tolerance: Tolerance, against: str = "numpy"
) -> Difference:
    blank = Difference(name=name, dtype=right.dtype.name, tolerance=tolerance, against=against)
    return compare(found, right, blank)


def _opened(graph: Source) -> "ModelProto":
    import onnx  # noqa: PLC0415 - costs more than all the rest, and only failures need it

    if isinstance(graph, onnx.ModelProto):
        return graph
    return onnx.load_from_string(graph) if isinstance(graph, bytes) else onnx.load(graph)


def _labels(graph: "ModelProto") -> dict[str, str]:
    """Return every inner value, in the order in which they are computed, with its layer."""
    return {name: _label(node) for node in graph.graph.node for name in node.output if name}


def _label(node: "NodeProto") -> str:
    """Spell the layer that a node says it came from; where it does not say, the node."""
    said = {entry.key: entry.value for entry in getattr(node, "metadata_props", ())}
    text = node.doc_string
    if "keras_layer" in said:
        text = f"{said['keras_layer']} ({said.get('keras_class', '')})"
    name, _, kind = text.rpartition(" ")
    return f"layer '{name}' {kind}" if name else f"node '{node.name}' ({node.op_type})"


def _with_outputs(graph: "ModelProto", names: list[str]) -> "ModelProto":
    """Return the graph with these inner values as its outputs, whose types are inferred."""
    import onnx  # noqa: PLC0415

    copy = onnx.ModelProto()
    copy.CopyFrom(graph)
    del copy.graph.output[:]
    copy.graph.output.extend(onnx.ValueInfoProto(name=name) for name in names)
    return copy
