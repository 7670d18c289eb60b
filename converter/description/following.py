"""The describe stage: a saved model becomes the description that both readings share."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property, partial
from typing import Any, Final

from keronyx.converter.architecture import Called, LayerConfig, ModelConfig, Part, Ref
from keronyx.converter.description.chain import Told, chain
from keronyx.converter.description.masks import Arriving, Masks, needed
from keronyx.converter.description.schedule import schedule
from keronyx.converter.description.states import States
from keronyx.converter.dialect import translate
from keronyx.converter.dialect.tables import told_by_variables
from keronyx.converter.dialect.unsaid import unsaid
from keronyx.converter.dialect.version import Version
from keronyx.converter.dialect.vocabulary import tokens_in
from keronyx.converter.errors import (
    FileFormatError,
    KeronyxError,
    UnsupportedConfigError,
    WeightError,
    label_of,
    shorten,
)
from keronyx.converter.files.saved import SavedModel
from keronyx.converter.files.variables import AXES
from keronyx.converter.layers.base import Layer
from keronyx.converter.layers.nested import Nested
from keronyx.converter.limits import current, limited
from keronyx.converter.model import Connection, Model
from keronyx.converter.several import keyed, only
from keronyx.converter.tensors import BATCH, Argument, KerasTensor, Shape, Sizes
from keronyx.converter.weights import Bound, bind
from keronyx.converter.weights.backends import as_today, backend_of, concluded

VOCABULARY: Final = "Keras keeps one that was adapted, or set later, in .keras files only"


def describe(
    saved: SavedModel,
    *,
    activations: Sequence[str] | str | None = None,
    order: Sequence[str] | None = None,
    use_bias: bool = True,
    replace: Mapping[str, str] | None = None,
) -> Model:
    """Describe a saved model.

    ``activations``, ``order`` and ``use_bias`` go with bare weights, as ``Told`` has them.
    ``replace`` says what layers compute whose code is not run: expressions by name.
    Raises KeronyxError for everything that is inconsistent or not supported, with the file's path.
    """
    try:
        told = Told(activations, order, use_bias)
        if saved.config is None or told:
            saved = chain(saved, told)
        config, version = translate(saved, replace)
        bound = bind(config, saved.weights)
        return Description(bound, version, saved).model()
    except KeronyxError as error:
        raise error.at(path=saved.path) from None


@dataclass
class Description:
    """Builds the layers once and follows the graph, nested models included."""

    bound: Bound
    version: Version
    saved: SavedModel
    layers: dict[str, Layer] = field(default_factory=dict)
    states: States = field(default_factory=States)
    connections: list[Connection] = field(default_factory=list)
    calls: dict[str, int] = field(default_factory=dict)
    made: int = 0
    """Calls so far, of models too, and at each call of a wrapped model those inside."""
    held: int = 0
    """Calls in the wrapped models that were made so far."""
    costs: dict[str, int] = field(default_factory=dict)
    """What one call of each layer counts."""

    @cached_property
    def backend(self) -> str | None:
        """Where the file was written, as far as it can be told."""
        return backend_of(self.saved, self.version)

    @cached_property
    def masks(self) -> Masks:
        """The masks of this model."""
        return Masks(self.version, self.connections)

    def model(self) -> Model:
        """Return the description of the outermost model."""
        config = self.bound.model
        tensors = self._inputs(config, "")
        outputs = self.run(config, [tensors[ref] for _, ref in config.inputs], "")
        self.masks.check_named()
        given = _named((name, tensors[ref]) for name, ref in config.inputs)
        ends = (name for name, _ in config.outputs)
        named = _named(zip(ends, outputs, strict=True))
        return Model(
            name=config.name,
            inputs=given,
            outputs=named,
            connections=needed(self.connections, (*outputs, *self.states.after)),
            states=self.states.named({*given, *named}, self.connections),
            keras_version=self.saved.keras_version or "",
            source=self.saved.path,
            sha256=self.saved.sha256,
            notes=(
                *self.saved.notes,
                *concluded(self.layers.values(), self.saved, self.backend),
                *unsaid(self.layers.values(), self.version),
            ),
        )

    def _inputs(self, config: ModelConfig, path: str) -> dict[Ref, KerasTensor]:
        """Make the tensors that enter a model."""
        parts = keyed(config.layers)
        tensors = {}
        for _, ref in config.inputs:
            part = parts[ref.layer]
            if not isinstance(part, LayerConfig):
                raise FileFormatError(f"the model's input '{shorten(ref.layer)}' is a model")
            where = label_of(part.name, what="input", longest=80)
            shape = part.config["batch_shape"] or self._told_by_variables(config, path)
            _refuse_batch(shape, where)
            _refuse_rank(shape, where)
            named = _named_sizes(shape, part.name)
            tensors[ref] = KerasTensor(name=part.name, shape=named, dtype=part.dtype.compute)
        return tensors

    def _told_by_variables(self, config: ModelConfig, path: str) -> Sizes:
        """Return the input shape that the first kernel of a Sequential asks for."""
        for part in config.layers:
            if isinstance(part, ModelConfig):
                return self._told_by_variables(part, _join(path, part.name))
            told = self._told_by(part, _join(path, part.name))
            if told is not None:
                return told
            if not part.kind.is_input and not part.kind.keeps_dtype:
                break
        raise FileFormatError(
            "the model was saved before its input shape was known",
            hint="call it once on data, or give input_shape, and save it again",
        )

    def _told_by(self, part: LayerConfig, path: str) -> Sizes | None:
        """Return the shape that an input layer states, or that another's kernel asks for."""
        if part.kind.is_input:
            stated = part.config["batch_shape"]
            return tuple(stated) if stated else None
        variables = self.bound.variables.get(path, {})
        measured = variables.get(part.kind.measured_by)
        if measured is None or part.dtype.quantization is not None:
            return None
        return (None, measured.shape[0])

    def run(
        self, config: ModelConfig, inputs: Sequence[KerasTensor], path: str
    ) -> list[KerasTensor]:
        """Follow a model's graph for one call, and return its outputs."""
        values = {ref: tensor for (_, ref), tensor in zip(config.inputs, inputs, strict=True)}
        for part, call in schedule(config, values):
            given = part.calls[call].map(partial(self._value, values))
            outputs = self._call(part, given, _join(path, part.name))
            values |= {Ref(part.name, call, k): each for k, each in enumerate(outputs)}
        return [self._value(values, ref) for _, ref in config.outputs]

    def _value(self, values: dict[Ref, KerasTensor], ref: Ref) -> KerasTensor:
        if ref not in values:
            raise FileFormatError(
                f"the graph refers to output {ref.output} of layer '{shorten(ref.layer)}', "
                "which it does not have"
            )
        return values[ref]

    def _call(self, part: Part, given: Called[KerasTensor], path: str) -> Sequence[KerasTensor]:
        inputs = given.inputs
        if isinstance(part, ModelConfig):
            self._count(1)
            if len(inputs) != len(part.inputs):
                raise FileFormatError(
                    f"model '{shorten(path)}' is called on {len(inputs)} inputs, "
                    f"it has {len(part.inputs)}"
                )
            return self.run(part, self.masks.entering(given, path), path)
        layer = self.layers.get(path) or self._made(part, path)
        self._count(self.costs[path])
        return self._connect(layer, given)

    def _connect(self, layer: Layer, given: Called[KerasTensor]) -> tuple[KerasTensor, ...]:
        """Call a layer, with the mask that it uses where the file does not name one."""
        fewest, most = layer.arity
        inputs = given.inputs
        if len(inputs) < fewest or (most is not None and len(inputs) > most):
            raise UnsupportedConfigError(f"called on {len(inputs)} inputs", layer=layer.label)
        masks = self.masks.arriving(layer, given)
        arguments = self.states.given(layer, inputs, self.masks.used(layer, given, masks))
        outputs = self._outputs(layer, inputs, arguments, masks)
        self.connections.append(
            Connection(layer=layer, inputs=inputs, arguments=arguments, outputs=outputs)
        )
        return self.states.left(layer, arguments, outputs)

    def _count(self, calls: int) -> None:
        self.made += calls
        if self.made > current().layer_calls:
            raise FileFormatError("too many calls of layers", hint=limited("layer_calls"))

    def _made(self, part: LayerConfig, path: str) -> Layer:
        """Make the layer of a path for all its calls."""
        before = self.held
        layer = self.layers[path] = self._layer(part, path)
        self.costs[path] = 1 + self.held - before
        return layer

    def _outputs(
        self,
        layer: Layer,
        inputs: Sequence[KerasTensor],
        arguments: Mapping[str, Argument],
        masks: Arriving,
    ) -> tuple[KerasTensor, ...]:
        """Make what a call gives: its first output under the layer's name, others behind it."""
        number = self.calls[layer.name] = self.calls.get(layer.name, -1) + 1
        name = f"{layer.name}:{number}" if number else layer.name
        passed = self.masks.behind(layer, inputs, masks, name)
        outputs = []
        for index, (shape, dtype) in enumerate(layer.results(*inputs, **arguments)):
            _refuse_rank(shape, layer.label)
            own = f"{name}/{index}" if index else name
            mask = passed if index < layer.masked_outputs else None
            outputs.append(KerasTensor(name=own, shape=shape, dtype=dtype, mask=mask))
        return tuple(outputs)

    def _layer(self, part: LayerConfig, path: str) -> Layer:
        """Make a layer with its variables and the layers that it wraps."""
        placed = part.mapped(lambda place, child: self._child(child, f"{path}/{place}"))
        taken = (*part.kind.config_keys(), *part.implied)
        config = only(placed, taken)
        if part.asset:
            config["vocabulary"] = self.bound.vocabularies.get(path) or self._vocabulary(part, path)
        variables = self.bound.variables.get(path, {})
        used = {name: variables[name] for name in variables if name not in part.unused}
        if used:
            sizes = next(iter(used.values())).shape
            config |= told_by_variables(part.kind, config, sizes, self.version)
        where = label_of(path, part.kind.__name__)
        more = as_today(part.kind, config, used, (self.version, self.backend), where)
        return part.kind(name=path, dtype=part.dtype, **config, **more)

    def _child(self, part: Part, path: str) -> Layer:
        if isinstance(part, LayerConfig):
            return self._layer(part, path)
        inner = Description(self.bound, self.version, self.saved)
        tensors = inner._inputs(part, path)
        if len(part.inputs) != 1 or len(part.outputs) != 1:
            raise UnsupportedConfigError(
                f"a wrapped model with {len(part.inputs)} inputs and {len(part.outputs)} outputs",
                layer=label_of(path, longest=80),
            )
        (_, source), ((name, _),) = part.inputs[0], part.outputs
        (output,) = inner.run(part, [tensors[source]], path)
        self.held += inner.made
        model = Model(
            name=path,
            inputs={tensors[source].name: tensors[source]},
            outputs={name: output},
            connections=needed(inner.connections, [output]),
        )
        return Nested(name=path, model=model)

    def _vocabulary(self, part: LayerConfig, path: str) -> tuple[Any, ...]:
        """Read a vocabulary that the file keeps as an asset."""
        where = label_of(path, part.kind.__name__, longest=80)
        text = self.saved.asset(f"{self.bound.groups.get(path, '')}/{part.asset}")
        if text is None:
            raise WeightError("no vocabulary in the file", hint=VOCABULARY, layer=where)
        try:
            return tokens_in(text, part.kind, part.config, part.vocabulary_size)
        except WeightError as error:
            raise error.at(layer=where) from None


def _named_sizes(shape: Sizes, name: str) -> Shape:
    """Name the sizes of an input that vary: ``batch``, then ``<name>_<axis>``."""
    return tuple(
        size if size is not None else f"{name}_{axis}" if axis else BATCH
        for axis, size in enumerate(shape)
    )


def _refuse_batch(shape: Sizes, where: str) -> None:
    if shape and shape[0] is not None and shape[0] < 1:
        raise UnsupportedConfigError(f"batch size {shape[0]}", layer=where)


def _refuse_rank(shape: Shape, where: str) -> None:
    if len(shape) > AXES:
        what, most = f"an array of {len(shape)} axes", f"{AXES} are the most"
        raise UnsupportedConfigError(what, hint=most, layer=where)


def _named(pairs: Iterable[tuple[str, KerasTensor]]) -> dict[str, KerasTensor]:
    """Map names to tensors, numbering names that come again."""
    named: dict[str, KerasTensor] = {}
    numbers: dict[str, int] = {}
    for name, tensor in pairs:
        unique = name
        while unique in named:
            numbers[name] = numbers.get(name, 0) + 1
            unique = f"{name}_{numbers[name]}"
        named[unique] = tensor
    return named


def _join(path: str, name: str) -> str:
    return f"{path}/{name}" if path else name
