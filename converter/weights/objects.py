"""Variables of TensorFlow's object graphs: layers by their names, or in the order of the model.

A SavedModel has the names of layers. A checkpoint has none: it numbers the layers of each model,
so that the number of layers, the names of variables and their shapes tell whether it is of this
architecture.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final, TypeAlias

from keronyx.converter.architecture import LayerConfig, ModelConfig, Part
from keronyx.converter.dialect.vocabulary import tokens_at
from keronyx.converter.errors import WeightError, label_of, shorten
from keronyx.converter.files.saved import ASIDE, ObjectGraph, Table, Tracked
from keronyx.converter.several import keyed, picked
from keronyx.converter.tensors import Variable
from keronyx.converter.weights.slots import Found, assign, saved_order, slots_of

Vocabularies: TypeAlias = dict[str, tuple[object, ...]]

LAYER: Final = "layer-"
FUNCTIONAL: Final = "_functional"
OPERATIONS: Final = "_operations"
VARIABLES: Final = "variables"
TABLES: Final = ("lookup_table", "_table")
LOOKUPS: Final = ("_lookup_layer", "_index_lookup_layer")
"""Edges to a table, and to the lookup that a layer of texts holds."""

OTHER: Final = "the weights belong to another architecture"


def bind_objects(model: ModelConfig, graph: ObjectGraph) -> tuple[Found, Vocabularies]:
    """Find every layer's variables, and the vocabularies of lookups, by the layers' paths.

    Raises WeightError where the objects are not those of the architecture.
    """
    walk = _Walk(graph)
    walk.model(model, walk.root(), "")
    return walk.found, walk.vocabularies


@dataclass
class _Walk:
    graph: ObjectGraph
    found: Found = field(default_factory=dict)
    vocabularies: Vocabularies = field(default_factory=dict)

    def root(self) -> Tracked:
        """Return the model: the outermost object, or the one that it holds."""
        outermost = self.graph.objects[0] if self.graph.objects else Tracked()
        held = [self.graph.objects[place] for _, place in outermost.edges]
        models = {id(each): each for each in (outermost, *held) if self._is_model(each)}
        if self._is_model(outermost):
            return outermost
        if len(models) != 1:
            raise WeightError(f"{len(models)} models where one is expected", hint=OTHER)
        return next(iter(models.values()))

    def _is_model(self, tracked: Tracked) -> bool:
        names = {name for name, _ in tracked.edges}
        return bool(names & {f"{LAYER}0", FUNCTIONAL, OPERATIONS})

    def model(self, model: ModelConfig, tracked: Tracked, path: str) -> None:
        """Bind the layers of a model."""
        for part, own in self._pairs(model, self._layers(tracked, path), path):
            name = f"{path}/{part.name}" if path else part.name
            if isinstance(part, ModelConfig):
                self.model(part, own, name)
            else:
                self._layer(part, own, name)

    def _layers(self, tracked: Tracked, path: str) -> list[Tracked]:
        """Return the layers that a model tracks, in order."""
        inner = tracked.edge(FUNCTIONAL)
        if inner is not None:
            tracked = self.graph.objects[inner]
        operations = tracked.edge(OPERATIONS)
        prefix = LAYER if operations is None else ""
        holder = tracked if operations is None else self.graph.objects[operations]
        numbered = self._numbered(holder, prefix)
        missing = next((n for n in range(len(numbered)) if n not in numbered), None)
        if missing is not None:
            raise WeightError(f"layer {missing} of model '{shorten(path)}' is missing in the file")
        return list(picked(numbered, sorted(numbered)))

    def _numbered(self, tracked: Tracked, prefix: str) -> dict[int, Tracked]:
        """Return what stands under a name and a number."""
        found = {}
        for name, place in tracked.edges:
            number = name.removeprefix(prefix)
            if name.startswith(prefix) and number.isascii() and number.isdecimal():
                found[int(number[:9])] = self.graph.objects[place]
        return found

    def _pairs(
        self, model: ModelConfig, layers: Sequence[Tracked], path: str
    ) -> Iterator[tuple[Part, Tracked]]:
        if self.graph.named:
            return self._by_name(model, layers, path)
        return self._in_order(model, layers, path)

    def _by_name(
        self, model: ModelConfig, layers: Sequence[Tracked], path: str
    ) -> Iterator[tuple[Part, Tracked]]:
        """Pair by name; whatever is left over must have no variables."""
        named = keyed(layers)
        if len(named) != len(layers):
            raise WeightError(f"two layers of one name in model '{shorten(path)}'")
        for part in model.layers:
            own = named.pop(part.name, None)
            if own is not None:
                yield part, own
            elif slots_of(part, part.name):
                raise WeightError(f"no weights for '{shorten(part.name)}'", hint=OTHER)
        for name, left in named.items():
            if any(self._variables(left)):
                raise WeightError(f"weights left over: '{shorten(name)}'", hint=OTHER)

    def _in_order(
        self, model: ModelConfig, layers: Sequence[Tracked], path: str
    ) -> Iterator[tuple[Part, Tracked]]:
        """Pair in order; a Sequential may track its input or not, whichever Keras wrote it."""
        parts = list(model.layers)
        if model.sequential and len(layers) == len(parts) - 1:
            parts = parts[1:]
        if len(layers) != len(parts):
            raise WeightError(
                f"{len(layers)} layers in the checkpoint, {len(parts)} in "
                f"{f'model {shorten(path)!r}' if path else 'the architecture'}",
                hint=OTHER,
            )
        for part, own in zip(parts, layers, strict=True):
            if isinstance(part, LayerConfig):
                self._check_names(part, own, parts)
            yield part, own

    def _check_names(self, part: Part, tracked: Tracked, parts: Sequence[Part]) -> None:
        """Refuse variables that are called after another layer of the same model."""
        for variable in self._variables(tracked):
            own = [each for each in parts if f"/{variable.name}".find(f"/{each.name}/") >= 0]
            if own and part not in own:
                raise WeightError(
                    f"'{shorten(variable.name)}' in the place of layer '{shorten(part.name)}'",
                    hint=OTHER,
                )

    def _layer(self, part: LayerConfig, tracked: Tracked, path: str) -> None:
        slots = saved_order(part, path)
        variables = [*self._variables(tracked)]
        self.found |= assign(slots, variables, f"layer '{shorten(path)}'")
        if part.asset:
            self._vocabulary(part, tracked, path)

    def _variables(self, tracked: Tracked) -> Iterator[Variable]:
        """Yield a layer's variables: as it lists them itself, or as its edges lead to them."""
        listed = tracked.edge(VARIABLES)
        if listed is None:
            return self._reached(tracked)
        numbered = self._numbered(self.graph.objects[listed], "")
        if len(numbered) != len(self.graph.objects[listed].edges):
            raise WeightError("a layer's list of variables holds something else")
        own = (numbered[number].variable for number in sorted(numbered))
        return (each for each in own if each is not None)

    def _reached(self, tracked: Tracked) -> Iterator[Variable]:
        seen = {id(tracked)}
        waiting = [tracked]
        while waiting:
            own = waiting.pop()
            if own.variable is not None:
                yield own.variable
            inner = [self.graph.objects[at] for name, at in own.edges if name not in ASIDE]
            new = {id(each): each for each in inner if id(each) not in seen}
            seen.update(new)
            waiting += reversed(new.values())

    def _vocabulary(self, part: LayerConfig, tracked: Tracked, path: str) -> None:
        """Read a vocabulary from the table that a lookup holds."""
        table = self._table(tracked)
        if table is None:
            return
        where = label_of(path, part.kind.__name__, longest=80)
        try:
            self.vocabularies[path] = _tokens(part, table)
        except WeightError as error:
            raise error.at(layer=where) from None

    def _table(self, tracked: Tracked) -> Table | None:
        holders = [tracked, *self._held(tracked, LOOKUPS)]
        found = (each.table for holder in holders for each in self._held(holder, TABLES))
        return next((table for table in found if table is not None and table.keys), None)

    def _held(self, tracked: Tracked, names: Sequence[str]) -> Iterator[Tracked]:
        """Yield what an object holds under any of some names."""
        places = (tracked.edge(name) for name in names)
        return (self.graph.objects[place] for place in places if place is not None)


def _tokens(part: LayerConfig, table: Table) -> tuple[object, ...]:
    """Return a vocabulary of its table; raises WeightError where that is none."""
    sides = (table.keys, table.values)
    tokens, places = reversed(sides) if part.config.get("invert") else sides
    if not all(type(place) is int for place in places):
        raise WeightError("a table whose places are no numbers")
    ordered = [token for _, token in sorted(zip(places, tokens, strict=True), key=_place)]
    first = min(places)
    if sorted(places) != [*range(first, first + len(places))]:
        raise WeightError("a table whose places have gaps")
    return tokens_at(part.kind, part.config, ordered, first, part.vocabulary_size)


def _place(pair: tuple[int, object]) -> int:
    return pair[0]
