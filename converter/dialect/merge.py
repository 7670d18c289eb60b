"""Keras 1's Merge layer: one class with modes, and a Sequential that starts with branches."""

from dataclasses import dataclass, field, replace
from typing import Any, Protocol

from keronyx.converter.architecture import Called, LayerConfig, ModelConfig, Part, Ref
from keronyx.converter.dialect.entry import entry_of
from keronyx.converter.dialect.inputs import stem_input
from keronyx.converter.dialect.layer import Reading, layer_of
from keronyx.converter.errors import FileFormatError
from keronyx.converter.several import called, without


class Parsing(Protocol):
    """What a branch needs of the parser."""

    @property
    def reading(self) -> Reading:
        """The pass that the parser belongs to."""

    def part(self, raw: Any, position: str) -> Part:
        """Translate a layer or a nested model."""


@dataclass
class Stem:
    """The branches flattened into one list of layers, as Keras 1 stores their weights."""

    layers: list[Part] = field(default_factory=list)
    inputs: tuple[tuple[str, Ref], ...] = ()
    output: Ref = field(default_factory=lambda: Ref(""))

    def add(self, part: Part, moved: dict[Ref, Ref]) -> None:
        """Append a layer; one that is there already is shared and gets further calls."""
        calls = tuple(call.map(lambda ref: moved.get(ref, ref)) for call in part.calls)
        names = called(self.layers)
        if part.name not in names:
            self.layers.append(replace(part, calls=calls))
            return
        place = names.index(part.name)
        first = self.layers[place]
        if not _is_input(first):
            for index in range(len(calls)):
                moved[Ref(part.name, index)] = Ref(part.name, len(first.calls) + index)
            self.layers[place] = replace(first, calls=first.calls + calls)

    def add_branch(self, model: ModelConfig) -> Ref:
        """Append the layers of a branch, and return its end."""
        moved: dict[Ref, Ref] = {}
        for part in model.layers:
            self.add(part, moved)
        self.inputs += tuple(without(model.inputs, self.inputs))
        ((_, end),) = model.outputs
        return moved.get(end, end)


def _is_input(part: Part) -> bool:
    return isinstance(part, LayerConfig) and part.kind.is_input


def merge_stem(raw: Any, parser: Parsing) -> Stem:
    """Flatten the branches of a Sequential's first layer, and add the layer that merges them.

    Raises UnsupportedLayerError for modes that are code.
    """
    entry = entry_of(raw, parser.reading.version, "merge")
    branches = entry.config.get("layers")
    if not isinstance(branches, list) or not branches:
        raise FileFormatError(f"layer '{entry.name}' (Merge) has no branches")
    stem = Stem()
    models = (_branch(each, f"branch_{index}", parser) for index, each in enumerate(branches))
    ends = tuple(map(stem.add_branch, models))
    merged = layer_of(entry, parser.reading, parser.part)
    stem.layers.append(replace(merged, calls=(Called(ends),)))
    stem.output = Ref(merged.name)
    return stem


def _branch(raw: Any, position: str, parser: Parsing) -> ModelConfig:
    part = parser.part(raw, position)
    if isinstance(part, ModelConfig):
        if len(part.outputs) != 1:
            raise FileFormatError(f"branch '{part.name}' has {len(part.outputs)} outputs")
        return part
    source = stem_input(raw, [part.name], None)
    return ModelConfig(
        name=part.name,
        sequential=True,
        layers=(source, replace(part, calls=(Called((Ref(source.name),)),))),
        inputs=((source.name, Ref(source.name)),),
        outputs=((part.name, Ref(part.name)),),
    )
