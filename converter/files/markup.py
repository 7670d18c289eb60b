"""JSON text turned into plain values, within bounds; duplicate keys and half characters refused."""

import json
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Any, Final

from keronyx.converter.errors import FileFormatError, shorten
from keronyx.converter.files.kinds import BARE
from keronyx.converter.limits import current, limited

SURROGATE: Final = re.compile(r"\\u[dD][89a-fA-F]")


def decoded(data: bytes, what: str) -> str:
    """Return UTF-8 text without its byte order mark."""
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise FileFormatError(f"{what} is not UTF-8 text (byte {error.start})") from error


def parse_json(text: str, what: str) -> Any:
    """Return what a JSON text says; a JSON text inside a JSON string is read too."""
    found = _parsed(text, what)
    if isinstance(found, str):  # json.dump(model.to_json(), file)
        found = _parsed(found, what)
    return found


def parse_object(text: str, what: str) -> dict[str, Any]:
    """Return the JSON object that a text says, and refuse any other value."""
    found = parse_json(text, what)
    if not isinstance(found, dict):
        hint = BARE if isinstance(found, list) else ""
        raise FileFormatError(f"{what} is JSON, but not an object", hint=hint)
    return found


def _parsed(text: str, what: str) -> Any:
    bounded(text, what)
    try:
        found = json.loads(text, object_pairs_hook=_unique)
    except RecursionError as error:
        raise FileFormatError(f"{what} is nested too deep") from error
    except ValueError as error:
        raise FileFormatError(f"{what} is not JSON ({shorten(error)})") from error
    shallow(found, what)
    if SURROGATE.search(text) and not _encodes(found):
        raise FileFormatError(f"{what} has half a character (a lone surrogate)")
    return found


def bounded(text: str, what: str) -> None:
    """Refuse a text that would come to too many objects."""
    limits = current()
    if len(text) > limits.text_bytes:
        raise FileFormatError(f"{what} has {len(text)} characters", hint=limited("text_bytes"))
    brackets = text.count("{") + text.count("[")
    if brackets > limits.text_objects:
        raise FileFormatError(f"{what} has {brackets} objects", hint=limited("text_objects"))
    commas = text.count(",")
    if commas > limits.text_entries:
        raise FileFormatError(f"{what} has {commas} commas", hint=limited("text_entries"))


def bounded_yaml(text: str, what: str) -> None:
    """Refuse a text that would come to too many objects, or to too many nodes of YAML."""
    bounded(text, what)
    marks = sum(map(text.count, "\n,:-[{&*"))
    if marks > current().yaml_marks:
        raise FileFormatError(f"{what} has {marks} marks of YAML", hint=limited("yaml_marks"))


def shallow(value: Any, what: str) -> None:
    """Refuse values that are nested deeper than any model."""
    level = [value]
    for _ in range(current().text_depth):
        level = [child for node in level for child in _children(node)]
        if not level:
            return
    raise FileFormatError(f"{what} is nested too deep", hint=limited("text_depth"))


def _children(node: Any) -> Iterable[Any]:
    children: Iterator[Any] = iter(())
    if isinstance(node, dict):
        children = iter(node.values())
    elif isinstance(node, list):
        children = iter(node)
    return (child for child in children if isinstance(child, dict | list))


def _encodes(value: Any) -> bool:
    try:
        json.dumps(value, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        return False
    return True


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        [(twice, _)] = Counter(name for name, _ in pairs).most_common(1)
        raise FileFormatError(f"key '{shorten(twice)}' occurs twice in one JSON object")
    return found
