"""The order in which the calls of a model's graph can run."""

from collections import deque
from collections.abc import Collection, Iterator

from keronyx.converter.architecture import ModelConfig, Part, Ref
from keronyx.converter.errors import FileFormatError, shorten


def schedule(config: ModelConfig, known: Collection[Ref]) -> Iterator[tuple[Part, int]]:
    """Yield every call (layer, index) once all its inputs have been yielded.

    ``known`` are the model's inputs. Only calls that the outputs need are yielded. Raises
    FileFormatError for a graph with a cycle, or one that needs something that is no input.
    """
    parts = {part.name: part for part in config.layers}
    ready = {(ref.layer, ref.call) for ref in known}
    needed = _needed(config, parts, ready)
    waiting = {
        key: {(ref.layer, ref.call) for ref in parts[key[0]].calls[key[1]].sources} - ready
        for key in needed
    }
    feeds: dict[tuple[str, int], list[tuple[str, int]]] = {}
    for key, sources in waiting.items():
        for source in sources:
            feeds.setdefault(source, []).append(key)
    queue = deque(key for key, sources in waiting.items() if not sources)
    done = 0
    while queue:
        key = queue.popleft()
        done += 1
        yield parts[key[0]], key[1]
        for follower in feeds.get(key, ()):
            waiting[follower].discard(key)
            if not waiting[follower]:
                queue.append(follower)
    if done < len(needed):
        stuck = next(key for key in needed if waiting[key])
        raise FileFormatError(f"the graph runs in a circle at layer '{shorten(stuck[0])}'")


def _needed(
    config: ModelConfig, parts: dict[str, Part], ready: set[tuple[str, int]]
) -> dict[tuple[str, int], None]:
    """Collect the calls that the outputs depend on, in the order of the file's layers."""
    pending = [(ref.layer, ref.call) for _, ref in config.outputs]
    found: set[tuple[str, int]] = set()
    while pending:
        key = pending.pop()
        if key in found or key in ready:
            continue
        found.add(key)
        if key[0] not in parts or key[1] >= len(parts[key[0]].calls):
            raise FileFormatError(f"the graph refers to an unknown call of '{shorten(key[0])}'")
        sources = parts[key[0]].calls[key[1]].sources
        if not sources:
            raise FileFormatError(
                f"the graph needs layer '{shorten(key[0])}', which is no input of the model"
            )
        pending.extend((ref.layer, ref.call) for ref in sources)
    every = ((part.name, index) for part in config.layers for index in range(len(part.calls)))
    return dict.fromkeys(key for key in every if key in found)
