"""The order in which the calls of a model's graph can run."""

from collections import deque
from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import TypeAlias

from keronyx.converter.architecture import Called, ModelConfig, Part, Ref
from keronyx.converter.errors import FileFormatError, shorten
from keronyx.converter.several import keyed, only

Key: TypeAlias = tuple[str, int]
"""A call: its layer's name, and its number among the calls of that layer."""


def schedule(config: ModelConfig, known: Collection[Ref]) -> Iterator[tuple[Part, int]]:
    """Yield every call (layer, index) once all its inputs have been yielded.

    ``known`` are the model's inputs. Only calls that the outputs need are yielded. Raises
    FileFormatError for a graph with a cycle, or one that needs something that is no input.
    """
    parts = keyed(config.layers)
    ready = set(_keys(known))
    needed = _needed(config, parts, ready)
    waiting = {key: sources - ready for key, sources in needed.items()}
    for key in _in_order(waiting):
        yield parts[key[0]], key[1]
    stuck = next((key for key in needed if waiting[key]), None)
    if stuck is not None:
        raise FileFormatError(f"the graph runs in a circle at layer '{shorten(stuck[0])}'")


def _keys(refs: Iterable[Ref]) -> Iterator[Key]:
    return ((ref.layer, ref.call) for ref in refs)


def _in_order(waiting: Mapping[Key, set[Key]]) -> Iterator[Key]:
    """Yield calls that wait for nothing, and take them off those that wait for them."""
    feeds = _feeds(waiting)
    queue = deque(key for key, sources in waiting.items() if not sources)
    while queue:
        key = queue.popleft()
        yield key
        for follower in feeds.get(key, ()):
            waiting[follower].discard(key)
            if not waiting[follower]:
                queue.append(follower)


def _feeds(waiting: Mapping[Key, set[Key]]) -> dict[Key, list[Key]]:
    """Return the calls that wait for each call."""
    feeds: dict[Key, list[Key]] = {}
    for key, sources in waiting.items():
        for source in sources:
            feeds.setdefault(source, []).append(key)
    return feeds


def _needed(config: ModelConfig, parts: Mapping[str, Part], ready: set[Key]) -> dict[Key, set[Key]]:
    """Collect the calls that the outputs depend on, in the order of the file's layers."""
    pending = list(_keys(ref for _, ref in config.outputs))
    found: dict[Key, set[Key]] = {}
    while pending:
        key = pending.pop()
        if key not in found and key not in ready:
            sources = list(_keys(_call(parts, key).sources))
            found[key] = set(sources)
            pending.extend(sources)
    return only(found, filter(found.__contains__, _every_call(config)))


def _every_call(config: ModelConfig) -> Iterator[Key]:
    for part in config.layers:
        yield from ((part.name, index) for index in range(len(part.calls)))


def _call(parts: Mapping[str, Part], key: Key) -> Called[Ref]:
    """Return a call that is no input of the model; raises where there is none, or of nothing."""
    name, index = key
    if name not in parts or index >= len(parts[name].calls):
        raise FileFormatError(f"the graph refers to an unknown call of '{shorten(name)}'")
    call = parts[name].calls[index]
    if not call.sources:
        what = f"the graph needs layer '{shorten(name)}', which is no input of the model"
        raise FileFormatError(what)
    return call
