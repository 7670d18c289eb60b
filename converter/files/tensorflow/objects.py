"""Object graphs: what TensorFlow tracked in a model, and which tensor is whose.

Source: tensorflow/core/protobuf/trackable_object_graph.proto and saved_object_graph.proto
"""

from collections.abc import Iterator, Mapping
from typing import Final

from keronyx.converter.errors import FileFormatError, WeightError, shorten
from keronyx.converter.files.saved import NamedVariables, ObjectGraph, Table, Tracked
from keronyx.converter.files.tensorflow.bundle import STRING, Bundle
from keronyx.converter.files.tensorflow.tables import Made, in_checkpoint
from keronyx.converter.limits import current, limited
from keronyx.converter.tensors import Variable
from keronyx.converter.wire import Message

GRAPH: Final = "_CHECKPOINTABLE_OBJECT_GRAPH"
"""The tensor that holds the object graph of a checkpoint."""

VALUE: Final = "VARIABLE_VALUE"
TABLE: Final = "table"
VARIABLE, RESOURCE = 7, 10
"""Kinds of SavedObject."""


def checkpoint_objects(bundle: Bundle) -> list[Message]:
    """Return the objects that a checkpoint tracks."""
    strings = bundle.strings(GRAPH)
    return _bounded(Message.of(strings[0]) if strings else Message({}))


def _bounded(graph: Message) -> list[Message]:
    count = len(graph.fields.get(1, ()))
    if count > current().tracked_objects:
        raise FileFormatError(f"{count} objects", hint=limited("tracked_objects"))
    return [*graph.messages(1)]


def weights_of(bundle: Bundle) -> ObjectGraph | NamedVariables:
    """Return what a checkpoint holds: an object graph, or names alone."""
    if GRAPH in bundle:
        return checkpoint_graph(bundle)
    names = filter(bundle.is_numeric, bundle.names())
    return NamedVariables(tuple(map(bundle.variable, names)))


def checkpoint_graph(bundle: Bundle) -> ObjectGraph:
    """Return the object graph of a checkpoint; no object in it has a name."""
    objects = checkpoint_objects(bundle)
    return ObjectGraph(
        tuple(
            Tracked(_edges(each, len(objects)), variable=_value(each, bundle), table=table)
            for each, table in zip(objects, (_table(each, bundle) for each in objects), strict=True)
        )
    )


def saved_graph(bundle: Bundle, names: Mapping[int, str], made: Made) -> ObjectGraph:
    """Return the object graph of a SavedModel, with the variables that its checkpoint has."""
    tracked = checkpoint_objects(bundle)
    objects = []
    for place, each in enumerate(made.objects):
        twin = tracked[place] if place < len(tracked) else Message({})
        table = _table(twin, bundle) or (made.table(place) if RESOURCE in each else None)
        edges = _edges(each, len(made.objects))
        objects.append(
            Tracked(edges, names.get(place, ""), _saved_value(each, twin, bundle), table)
        )
    return ObjectGraph(tuple(objects), named=True)


def saved_objects(meta: Message) -> list[Message]:
    """Return the objects of a SavedModel."""
    return _bounded(meta.message(7))


def _edges(told: Message, count: int) -> tuple[tuple[str, int], ...]:
    edges = tuple((each.text(2), each.integer(1)) for each in told.messages(1))
    for name, place in edges:
        if not 0 <= place < count:
            raise FileFormatError(
                f"'{shorten(name)}' leads to object {place} of {count}", hint="the file is damaged"
            )
    return edges


def _attributes(told: Message) -> Iterator[tuple[str, str, str]]:
    """Yield what is kept of an object: the attribute, its full name, its key in the checkpoint."""
    return ((each.text(1), each.text(2), each.text(3)) for each in told.messages(2))


def _value(told: Message, bundle: Bundle) -> Variable | None:
    for attribute, name, key in _attributes(told):
        if attribute == VALUE and bundle.entry(key).dtype != STRING:
            return bundle.variable(key, name or key)
    return None


def _saved_value(told: Message, twin: Message, bundle: Bundle) -> Variable | None:
    """Return a variable of a SavedModel, which has one name in both of its files."""
    if VARIABLE not in told:
        return None
    found = _value(twin, bundle)
    name = told.message(VARIABLE).text(6)
    spelled = [own for attribute, own, _ in _attributes(twin) if attribute == VALUE and own]
    if name and spelled and name not in spelled:
        raise WeightError(
            f"variable '{shorten(name)}' is '{shorten(spelled[0])}' in the checkpoint",
            hint="saved_model.pb and its variables belong to different models",
        )
    return found


def _table(told: Message, bundle: Bundle) -> Table | None:
    stems = (key for attribute, _, key in _attributes(told) if attribute == TABLE)
    found = (in_checkpoint(bundle, stem) for stem in stems)
    return next((table for table in found if table is not None), None)
