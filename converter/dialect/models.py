"""Sequential and Functional models, at the top and nested, with every reference resolved."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import chain, pairwise
from typing import Any

from keronyx.converter.architecture import Called, LayerConfig, ModelConfig, Part, Ref
from keronyx.converter.dialect.entry import Entry, entry_of
from keronyx.converter.dialect.inputs import stem_input
from keronyx.converter.dialect.layer import Reading, layer_of
from keronyx.converter.dialect.merge import merge_stem
from keronyx.converter.dialect.nested import under
from keronyx.converter.dialect.nodes import History, calls_of, structure
from keronyx.converter.dialect.values import unwrap
from keronyx.converter.errors import (
    FileFormatError,
    UnsupportedConfigError,
    UnsupportedLayerError,
    label_of,
    shorten,
)
from keronyx.converter.layers.nested import Nested
from keronyx.converter.limits import current, limited
from keronyx.converter.several import called, keyed, mapped


@dataclass(frozen=True)
class Parser:
    """Translates entries; ``depth`` counts the models around them, ``path`` names these."""

    reading: Reading
    depth: int = 0
    path: str = ""

    def model(self, entry: Entry, build_shape: Any = None) -> ModelConfig:
        """Translate a model's entry."""
        if self.depth > current().nested_models:
            raise FileFormatError("models are nested too deep", hint=limited("nested_models"))
        inner = replace(self, depth=self.depth + 1, path=self._path_of(entry))
        if entry.class_name == "Sequential":
            return inner.sequential(entry, build_shape)
        return inner.functional(entry)

    def _path_of(self, entry: Entry) -> str:
        """Return where a model is: the outermost one is nowhere."""
        if not self.depth:
            return ""
        return f"{self.path}/{entry.name}" if self.path else entry.name

    def part(self, raw: Any, position: str) -> Part:
        """Translate a layer or a nested model."""
        entry = entry_of(raw, self.reading.version, position)
        if entry.is_model:
            return replace(self.model(entry), group=entry.class_name)
        return layer_of(entry, self.reading, self.part, self.path)

    def parts(self, raws: Sequence[Any]) -> list[tuple[Entry, Part]]:
        """Translate all layers that can be; note what is refused of the others."""
        result = []
        for index, raw in enumerate(raws):
            entry = entry_of(raw, self.reading.version, f"layer_{index}")
            try:
                result.append((entry, self.part(raw, f"layer_{index}")))
            except UnsupportedConfigError as error:  # with layers too, where it is several errors
                self.reading.refused.append(error)
            except UnsupportedLayerError as error:
                self.reading.unsupported.extend(error.layers)
        return result

    def sequential(self, entry: Entry, build_shape: Any) -> ModelConfig:
        """Chain the layers; without an input layer, find the input's shape where it is noted."""
        raws = _list(entry.config.get("layers"), entry.name)
        if raws and under(raws[0], "class_name") == "Merge":
            return self._merged(entry, raws)
        parts = [part for _, part in self.parts(raws)]
        names = _unique(parts)
        if not parts or not _is_input(parts[0]):
            shape = build_shape or entry.config.get("build_input_shape")
            parts = [stem_input(raws[0] if raws else {}, names[:1], shape), *parts]
        return _chained(entry.name, [replace(parts[0], calls=(Called(),)), *parts[1:]])

    def _merged(self, entry: Entry, raws: list[Any]) -> ModelConfig:
        """Translate a Sequential of Keras 1 whose first layer merges several branches."""
        stem = merge_stem(raws[0], self)
        tail = [part for _, part in self.parts(raws[1:])]
        layers = [*stem.layers]
        last = stem.output
        for part in tail:
            layers.append(replace(part, calls=(Called((last,)),)))
            last = Ref(part.name)
        _unique(layers)
        return ModelConfig(
            name=entry.name,
            sequential=False,
            layers=tuple(layers),
            inputs=stem.inputs,
            outputs=((last.layer, last),),
        )

    def functional(self, entry: Entry) -> ModelConfig:
        """Translate a graph of layers."""
        pairs = self.parts(_list(entry.config.get("layers"), entry.name))
        if self.reading.unsupported or self.reading.refused:
            return ModelConfig(name=entry.name, sequential=False, layers=(), inputs=(), outputs=())
        parts = [part for _, part in pairs]
        _unique(parts)
        calls = {part.name: self._calls(each, part) for each, part in pairs}
        self.reading.finish()
        starts, ends = _ends(entry, "inputs"), _ends(entry, "outputs")
        resolve = Resolver.of(parts, calls, [h for _, h in starts + ends], self.reading)
        layers = tuple(resolve.called(part, calls[part.name]) for part in parts)
        sources = Sources(layers)
        return ModelConfig(
            name=entry.name,
            sequential=False,
            layers=layers,
            inputs=tuple((key, sources.of(resolve.end(h))) for key, h in starts),
            outputs=tuple((key, resolve.end(h)) for key, h in ends),
        )

    def _calls(self, entry: Entry, part: Part) -> tuple[Called[History], ...]:
        if _is_input(part):
            return (Called(),)
        kind = part.kind if isinstance(part, LayerConfig) else Nested
        kind_name = part.kind.__name__ if isinstance(part, LayerConfig) else entry.class_name
        try:
            return calls_of(entry.nodes, kind)
        except UnsupportedConfigError as error:
            self.reading.refused.append(error.at(layer=label_of(entry.name, kind_name)))
            return ()


def _chained(name: str, parts: Sequence[Part]) -> ModelConfig:
    """Return a model whose layers are called one after the other."""
    linked = _linked([*parts])
    return ModelConfig(
        name=name,
        sequential=True,
        layers=tuple(linked),
        inputs=((linked[0].name, Ref(linked[0].name)),),
        outputs=((linked[-1].name, Ref(linked[-1].name)),),
    )


def _sources(calls: Mapping[str, Sequence[Called[History]]]) -> Iterator[History]:
    """Yield what all calls of all layers take."""
    for call in chain.from_iterable(calls.values()):
        yield from call.sources


@dataclass(frozen=True)
class Resolver:
    """Turns node indices into calls.

    A nested model counts its own construction as node 0 in Keras 1 and 2, so that references to
    its outputs are one higher than the call they mean; Keras 3 does so in the model's inputs and
    outputs only, and for nested Functional models only.
    """

    counts: dict[str, int]
    inbound_shift: dict[str, int]
    end_shift: dict[str, int]

    @classmethod
    def of(
        cls,
        parts: Sequence[Part],
        calls: dict[str, tuple[Called[History], ...]],
        ends: Sequence[History],
        reading: Reading,
    ) -> "Resolver":
        """Find out from all references by how much each nested model is shifted."""
        counts = mapped(len, calls)
        nested = [part for part in parts if isinstance(part, ModelConfig)]
        if not reading.version.before(3):
            return cls(counts, {}, {part.name: int(not part.sequential) for part in nested})
        highest = _highest(chain(_sources(calls), ends))
        names = called(nested)
        shift = {name: int(highest.get(name, 0) >= counts[name]) for name in names}
        return cls(counts, shift, shift)

    def called(self, part: Part, calls: Sequence[Called[History]]) -> Part:
        """Return a layer or model with its calls."""
        return replace(part, calls=tuple(call.map(self.inbound) for call in calls))

    def inbound(self, history: History) -> Ref:
        """Resolve a reference in ``inbound_nodes``."""
        return self._resolve(history, self.inbound_shift)

    def end(self, history: History) -> Ref:
        """Resolve a reference in ``input_layers`` or ``output_layers``."""
        return self._resolve(history, self.end_shift)

    def _resolve(self, history: History, shifts: dict[str, int]) -> Ref:
        if history.layer not in self.counts:
            raise FileFormatError(
                f"the graph refers to a layer '{shorten(history.layer)}' that is not in the file"
            )
        call = history.node - shifts.get(history.layer, 0)
        if not 0 <= call < self.counts[history.layer]:
            raise FileFormatError(
                f"the graph refers to call {history.node} of layer '{shorten(history.layer)}', "
                f"which has {self.counts[history.layer]}"
            )
        return Ref(history.layer, call, history.output)


def _is_input(part: Part) -> bool:
    return isinstance(part, LayerConfig) and part.kind.is_input


def _linked(line: Sequence[Part]) -> list[Part]:
    """Call every part but the first on the one before it."""
    following = (
        replace(part, calls=(Called((Ref(before.name),)),)) for before, part in pairwise(line)
    )
    return [line[0], *following]


def _ends(entry: Entry, what: str) -> list[tuple[str, History]]:
    """Return the tensors that enter or leave a model, with their names; there is one at least."""
    found = structure(unwrap(entry.config.get(f"{what[:-1]}_layers", [])))
    if not found:
        raise FileFormatError(f"model '{shorten(entry.name)}' has no {what}")
    return [(key or history.layer, history) for key, history in found]


def _highest(histories: Iterable[History]) -> dict[str, int]:
    """Return the highest node of each layer that is referred to."""
    highest: dict[str, int] = {}
    for each in histories:
        highest[each.layer] = max(each.node, highest.get(each.layer, 0))
    return highest


def _list(value: Any, name: str) -> list[Any]:
    if not isinstance(value, list):
        raise FileFormatError(f"model '{shorten(name)}' has no list of layers")
    return value


def _unique(parts: Sequence[Part]) -> list[str]:
    names = called(parts)
    if len(set(names)) < len(names):
        [(twice, _)] = Counter(names).most_common(1)
        raise FileFormatError(f"two layers are called '{shorten(twice)}'")
    return names


class Sources:
    """Finds the input layer that feeds a layer through layers that return their input.

    Keras 1 names such a layer in the place of the input layer.
    """

    def __init__(self, layers: Sequence[Part]) -> None:
        self._layers = keyed(layers)
        self._known: dict[Ref, Ref] = {}

    def of(self, ref: Ref) -> Ref:
        """Return the input layer; every layer is passed once, however often it is asked for."""
        passed = []
        while ref not in self._known:
            part = self._layers[ref.layer]
            if not isinstance(part, LayerConfig) or part.kind.is_input:
                self._known[ref] = ref
                break
            passed.append(ref)
            ref = self._before(part, ref, len(passed))
        source = self._known[ref]
        self._known.update(dict.fromkeys(passed, source))
        return source

    def _before(self, part: LayerConfig, ref: Ref, passed: int) -> Ref:
        sources = part.calls[ref.call].sources if part.calls else ()
        passes_on = part.kind.returns_input(part.config) and len(sources) == 1
        if not passes_on or passed > len(self._layers):
            raise FileFormatError(f"the model's input '{shorten(ref.layer)}' is no input layer")
        return sources[0]
