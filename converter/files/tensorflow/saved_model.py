"""SavedModels of tf.keras: an architecture in JSON, an object graph, and a checkpoint.

Source: saved_model.proto, meta_graph.proto; keras/protobuf/saved_metadata.proto
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final

from keronyx.converter.errors import FileFormatError
from keronyx.converter.files.markup import parse_object
from keronyx.converter.files.saved import SavedModel, said_text
from keronyx.converter.files.tensorflow.bundle import Bundle
from keronyx.converter.files.tensorflow.graph.program import Program
from keronyx.converter.files.tensorflow.graph.translate import translated
from keronyx.converter.files.tensorflow.objects import (
    saved_graph,
    saved_objects,
    weights_of,
)
from keronyx.converter.files.tensorflow.sources import Sources
from keronyx.converter.files.tensorflow.tables import Made
from keronyx.converter.wire import Message

MODEL: Final = "saved_model.pb"
METADATA: Final = "keras_metadata.pb"
TEXT: Final = "assets/saved_model.json"
VARIABLES: Final = "variables/variables"
FORM: Final = "TensorFlow SavedModel"
GRAPH: Final = "TensorFlow graph"
LOST: Final = "read from the graph of TensorFlow's operations: which layers it was of is not known"

MODELS: Final = ("Sequential", "Functional", "Model")
"""Classes that compute what the layers of their config do."""

OF_TENSORFLOW_1: Final = "a graph of TensorFlow 1, which serves no function"

USER_OBJECT: Final = 4
OBJECT_GRAPH: Final = 7


def read_saved_model(sources: Sources) -> SavedModel:
    """Read a SavedModel; ``config`` is None where it has no architecture of Keras.

    Raises FileFormatError where it is damaged.
    """
    meta = _serving(Message.of(sources.message(MODEL)))
    saved = _with_objects(sources, meta) if OBJECT_GRAPH in meta else _with_text(sources)
    return replace(saved, sha256=sources.sha256())


def _serving(model: Message) -> Message:
    """Return the graph for inference; TensorFlow 1 wrote those of training first."""
    graphs = [*model.messages(2)]
    serving = [each for each in graphs if "serve" in each.message(1).texts(4)]
    found = serving or graphs
    if len(found) != 1:
        raise FileFormatError(f"a SavedModel of {len(found)} graphs to serve")
    return found[0]


def _with_objects(sources: Sources, meta: Message) -> SavedModel:
    objects = saved_objects(meta)
    told = _metadata(sources, objects)
    config = _architecture(told.get(0, {}))
    names = {place: said_text(each, "name") or "" for place, each in told.items()}
    bundle = Bundle.of(sources, VARIABLES)
    graph = saved_graph(bundle, names, Made(sources, meta, objects))
    bundle.verify()
    saved = SavedModel(
        path=sources.path,
        format=FORM,
        config=config,
        weights=graph,
        keras_version=said_text(told.get(0, {}), "keras_version"),
        backend=said_text(told.get(0, {}), "backend"),
    )
    return saved if config else _by_operations(saved, Program(meta, objects, graph))


def _by_operations(saved: SavedModel, program: Program) -> SavedModel:
    """Read the operations of a graph without layers; where one is not read, say which."""
    try:
        config, weights = translated(program)
    except FileFormatError as error:
        return replace(saved, missing=error.what)
    told = replace(saved, format=GRAPH, config=config, weights=weights, notes=(LOST,))
    return replace(told, keras_version=None, backend=None)


def _with_text(sources: Sources) -> SavedModel:
    """Read what TensorFlow 1 wrote: ``export_saved_model`` has the architecture in a text."""
    config = parse_object(sources.members.text(TEXT), f"'{TEXT}'") if TEXT in sources else {}
    bundle = Bundle.of(sources, VARIABLES)
    weights = weights_of(bundle)
    bundle.verify()
    return SavedModel(
        path=sources.path,
        format=FORM,
        config=config or None,
        weights=weights,
        missing="" if config else OF_TENSORFLOW_1,
        keras_version=said_text(config, "keras_version"),
        backend=said_text(config, "backend"),
    )


def _metadata(sources: Sources, objects: list[Message]) -> Mapping[int, dict[str, Any]]:
    """Return what Keras says of objects: in a file of its own since TensorFlow 2.5."""
    if METADATA in sources:
        nodes = Message.of(sources.message(METADATA)).messages(1)
        texts = {each.integer(2): each.text(5) for each in nodes}
    else:
        texts = {
            place: each.message(USER_OBJECT).text(3)
            for place, each in enumerate(objects)
            if USER_OBJECT in each and each.message(USER_OBJECT).text(1).startswith("_tf_keras_")
        }
    return {place: parse_object(text, "metadata") for place, text in texts.items() if text}


def _architecture(told: Mapping[str, Any]) -> dict[str, Any] | None:
    """Return the architecture that the outermost object's metadata tell, or None without one."""
    config = plain(told.get("config"))
    if not isinstance(config, dict) or "layers" not in config:
        return None
    if told.get("class_name") not in MODELS:  # what a class of a user's own computes is not told
        return None
    shape = plain(told.get("build_input_shape"))
    return {
        "class_name": told.get("class_name"),
        "config": config,
        "build_config": {"input_shape": shape},
    }


def plain(value: Any) -> Any:
    """Return JSON with lists in the place of what this format marks as tuples and shapes.

    A vocabulary that is a path was one on its author's machine: its words are in a table.
    """
    if isinstance(value, list):
        return [*map(plain, value)]
    if not isinstance(value, dict):
        return value
    if value.get("class_name") in {"__tuple__", "TensorShape"} and "items" in value:
        return plain(value["items"])
    return {key: _told(key, each) for key, each in value.items()}


def _told(key: str, value: Any) -> Any:
    return None if key == "vocabulary" and isinstance(value, str) else plain(value)
