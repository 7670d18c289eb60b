"""Evaluate a description with NumPy: the generic part, which knows tensors but no mathematics.

A model is prepared once into a straight line of steps over numbered places; a call fills the
places one after the other. A step never changes its inputs, and NumPy's warnings are off while
steps run: NaN and Inf pass as IEEE 754 has them.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from typing import Any, NamedTuple, TypeAlias

import numpy as np

from keronyx.converter.errors import (
    KeronyxError,
    Reason,
    UnsupportedLayerError,
    UsageError,
    combine,
)
from keronyx.converter.families import ByFamily
from keronyx.converter.layers.base import Layer
from keronyx.converter.model import Connection, Model
from keronyx.converter.several import as_tuple, keyed, mapped, picked
from keronyx.converter.tensors import Array, KerasTensor
from keronyx.runtime.evaluate.inputs import Entrance, Inputs
from keronyx.runtime.evaluate.nothing import Blank, lacks_rows, no_rows
from keronyx.runtime.evaluate.precision import (
    FLOATS,
    DType,
    Numbers,
    Precision,
    as_stored,
    working,
)
from keronyx.runtime.frames import by_names
from keronyx.runtime.specs import specs_of

Step: TypeAlias = Callable[..., Array]
"""What a layer does with its input arrays; one of several outputs returns a tuple of them."""

NOTHING: Array = np.empty(0)


def inert(x: Array) -> Array:
    """Return the input: the step of layers that do nothing, which a plan leaves out."""
    return x


@ByFamily
def prepare_layer(layer: Layer, numbers: Numbers) -> Step:
    """Load a layer's variables and return what it does: a function of its input arrays.

    What only acts in training, or does nothing, needs no reading of its own.
    """
    del numbers
    if layer.role == "inert":
        return inert
    raise layer.unsupported("it has no NumPy reading", Reason.NO_READING)


class Line(NamedTuple):
    """One step of a plan: where its inputs lie, where its output goes, what is done with after.

    A step with several outputs has several targets.
    """

    step: Step
    sources: tuple[int, ...]
    target: int | tuple[int, ...]
    spent: tuple[int, ...]
    layer: Layer

    @property
    def targets(self) -> tuple[int, ...]:
        """Where its outputs go."""
        return as_tuple(self.target)


class Plan:
    """The steps of a model; ``places`` numbers its tensors by name.

    Tensors that hold the same numbers share a place.
    """

    def __init__(self, model: Model, precision: Precision) -> None:
        """Prepare every layer; raises one error that tells all layers that are not supported."""
        model.require_computable()
        self.precision: Precision = precision
        self.places: dict[str, int] = {}
        self.inputs = tuple(map(self._place, model.inputs.values()))
        steps = _prepare_all(model, precision)
        lines: list[Line] = []
        for connection in model.connections:
            lines.extend(self._of(connection, steps[connection.layer]))
        self.outputs = tuple(self.places[tensor.name] for tensor in model.outputs.values())
        self._kept = tuple(lines)
        self._lines = _with_spent(lines, kept={*self.inputs, *self.outputs})

    def run(self, arrays: Sequence[Array], *, keep: bool = False) -> list[Array]:
        """Fill all places from the inputs; without ``keep``, drop what is no longer needed."""
        values = [NOTHING] * len(self.places)
        for place, array in zip(self.inputs, arrays, strict=True):
            values[place] = array
        lines = self._kept if keep else self._lines
        given: list[Array] = []
        layer: Layer | None = None
        try:
            for step, sources, target, spent, layer in lines:  # noqa: B007 - told on error
                given = list(picked(values, sources))
                made = step(*given)
                if isinstance(target, int):
                    values[target] = made
                else:
                    _put(values, target, made)
                for place in spent:
                    values[place] = NOTHING
        except (ValueError, MemoryError) as error:
            raise _uncomputable(layer, given) from error
        return values

    def _place(self, tensor: KerasTensor) -> int:
        return self.places.setdefault(tensor.name, len(self.places))

    def _of(self, connection: Connection, step: Step) -> list[Line]:
        """Make the connection's line; none where the output is the input itself."""
        layer, outputs = connection.layer, connection.outputs
        sources = tuple(self.places[tensor.name] for tensor in connection.sources)
        if connection.arguments:
            step = partial(_named, step, connection)
        cast = _with_casts(step, self._casts(connection))
        if cast is inert:
            self.places[outputs[0].name] = sources[0]
            return []
        targets = tuple(map(self._place, outputs))
        return [Line(cast, sources, targets[0] if len(targets) == 1 else targets, (), layer)]

    def _casts(self, connection: Connection) -> list[DType | None]:
        """Tell what everything that a call reads is cast to, None where it already is.

        Keras casts floating tensors to the compute dtype. Integers among the inputs become
        floating where the layer's output is: NumPy would otherwise compute in float64.
        """
        caster, inputs, sources = connection.layer.worker, connection.inputs, connection.sources
        if not caster.autocast:
            return [None] * len(sources)
        stated = caster.infer_dtype(*(tensor.dtype for tensor in inputs))
        named = [each.dtype for each in sources[len(inputs) :]]
        compute = [caster.dtype.compute if dtype in FLOATS else dtype for dtype in named]
        pairs = zip(sources, [*[stated] * len(inputs), *compute], strict=True)
        return [self._cast(tensor, dtype) for tensor, dtype in pairs]

    def _cast(self, tensor: KerasTensor, wanted: str) -> DType | None:
        """Return the dtype that stands for the wanted one, None where the tensor has it."""
        dtype = working(wanted, self.precision)
        return None if working(tensor.dtype, self.precision) == dtype else dtype


class Evaluator:
    """A model's NumPy reading, prepared once.

    States may be given by name, and are zeros else; those after the call are outputs behind the
    others. ``dtype`` is the precision of all floating arithmetic, but for layers whose own dtype is
    float64. Raises UnsupportedLayerError.
    """

    def __init__(self, model: Model, dtype: Precision = "float64") -> None:
        """Load all weights."""
        if dtype not in ("float32", "float64"):
            raise UsageError(f"dtype={dtype!r}", hint="models are evaluated in float32 or float64")
        self.model = model
        self._opened = model.opened
        every = [Entrance(name, tensor, dtype) for name, tensor in self._opened.inputs.items()]
        count = len(model.inputs)
        self._inputs = Inputs(every[:count], every[count:])
        with np.errstate(all="ignore"):
            self._plan = Plan(self._opened, dtype)

    def __call__(self, inputs: Array | Sequence[Array] | Mapping[str, Array]) -> dict[str, Array]:
        """Return the outputs by name, in their own dtypes; bfloat16 comes as float32.

        ``inputs`` is one array for a model with one input, else a sequence in the model's order
        or a mapping by name; the columns of a DataFrame are found by the names that the model has
        of them. Raises UsageError where they are not what the model takes.
        """
        with np.errstate(all="ignore"):
            given = self._take(inputs)
            if lacks_rows(given):
                blanks = mapped(_blank, self._opened.outputs)
                return no_rows(given, blanks, self._outputs)
            return self._outputs(given)

    def _take(self, inputs: Any) -> list[Array]:
        if type(inputs) is not np.ndarray:
            inputs = by_names(inputs, specs_of(self.model.inputs), self.model.columns)
        return self._inputs.take(inputs)

    def _outputs(self, given: Sequence[Array]) -> dict[str, Array]:
        with np.errstate(all="ignore"):
            values = self._plan.run(given)
            ends = zip(self._opened.outputs.items(), self._plan.outputs, strict=True)
            return {name: _finished(values[place], end, given) for (name, end), place in ends}

    def trace(self, inputs: Array | Sequence[Array] | Mapping[str, Array]) -> dict[str, Array]:
        """Return the numbers of every tensor by its name, in the precision of the evaluation."""
        with np.errstate(all="ignore"):
            given = self._take(inputs)
        return no_rows(given, self._blanks(), self._all) if lacks_rows(given) else self._all(given)

    def _all(self, given: Sequence[Array]) -> dict[str, Array]:
        with np.errstate(all="ignore"):
            values = self._plan.run(given, keep=True)
        return {name: values[place] for name, place in self._plan.places.items()}

    def _blanks(self) -> dict[str, Blank]:
        """Return what every tensor is like."""
        made = [tensor for each in self.model.connections for tensor in each.outputs]
        tensors = keyed((*self._opened.inputs.values(), *made))
        return {
            name: (tensors[name].sizes, working(tensors[name].dtype, self._plan.precision))
            for name in self._plan.places
        }


def _blank(tensor: KerasTensor) -> Blank:
    """Return what an output is like."""
    types = {"string": "O", "bfloat16": "float32"}
    return tensor.sizes, np.dtype(types.get(tensor.dtype, tensor.dtype))


def _prepare_all(model: Model, precision: Precision) -> dict[Layer, Step]:
    steps: dict[Layer, Step] = {}
    refused: list[KeronyxError] = []
    for layer in model.layers:
        try:
            steps[layer] = prepare_layer(layer, Numbers(layer.dtype, precision))
        except UnsupportedLayerError as error:
            refused.append(error)
        except ValueError as error:
            raise layer.refuse("its variables and its config do not fit together") from error
    if refused:
        raise combine(refused)
    return steps


def _named(step: Step, connection: Connection, *arrays: Array) -> Array:
    """Take a step with the arrays of all that a call reads: its inputs, then the named ones."""
    count = len(connection.inputs)
    named = iter(arrays[count:])
    return step(*arrays[:count], **connection.filled(lambda _: next(named)))


def _with_casts(step: Step, casts: Sequence[DType | None]) -> Step:
    if all(dtype is None for dtype in casts):
        return step
    return partial(_cast_first, step, tuple(casts))


def _cast_first(step: Step, casts: tuple[DType | None, ...], *arrays: Array) -> Array:
    pairs = zip(arrays, casts, strict=True)
    return step(*[array if dtype is None else array.astype(dtype) for array, dtype in pairs])


def _put(values: list[Array], places: Sequence[int], arrays: Iterable[Array]) -> None:
    """Put the outputs of a step with several where they belong."""
    for place, array in zip(places, arrays, strict=True):
        values[place] = array


def _uncomputable(layer: Layer | None, given: Sequence[Array]) -> UsageError:
    """Make the error for arrays that a layer cannot take, or that no memory holds."""
    shapes = ", ".join(str(array.shape) for array in given)
    what = f"it cannot be computed for inputs of shape {shapes}"
    return UsageError(what, layer=layer.label if layer else "")


def _with_spent(lines: Sequence[Line], kept: set[int]) -> tuple[Line, ...]:
    """Note at each line the places that no later line reads."""
    seen = set(kept)
    result = []
    for line in reversed(lines):
        last = {*line.sources, *line.targets} - seen
        seen |= last
        result.append(line._replace(spent=tuple(last)))
    return tuple(reversed(result))


def _finished(array: Array, tensor: KerasTensor, given: Sequence[Array]) -> Array:
    """Return an output in its own dtype, in memory that is not the caller's."""
    if array.dtype.kind == "f" and tensor.dtype not in FLOATS:
        raise UsageError(f"output '{tensor.name}' is {tensor.dtype}, but its numbers are floating")
    result = as_stored(array, tensor.dtype)
    if any(np.may_share_memory(result, source) for source in given):
        return result.copy()
    return result
