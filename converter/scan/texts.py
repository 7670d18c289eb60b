"""Text that a scan looks into: JSON as Keras would read it, and YAML without its tags."""

import json
import re
from collections.abc import Callable, Iterator
from typing import Any, Final

from keronyx.converter.errors import FileFormatError, shorten
from keronyx.converter.files.markup import bounded, bounded_yaml
from keronyx.converter.limits import current, limited
from keronyx.converter.scan.config import scan_config
from keronyx.converter.scan.finding import Found

DEEPEST: Final = 3
"""How often JSON may stand in a string of JSON."""

START: Final = re.compile(r'\{"(class_name|name|module)"')


def json_value(text: str, what: str) -> Any:
    """Return what Keras would read: of two equal keys the last, and JSON in a string as well."""
    value: Any = text
    for _ in range(DEEPEST):
        if isinstance(value, str):
            value = _loaded(value, what)
    return value


def _loaded(text: str, what: str) -> Any:
    bounded(text, what)
    try:
        return json.loads(text)
    except RecursionError as error:
        raise FileFormatError(f"{what} is nested too deep") from error
    except ValueError as error:
        raise FileFormatError(f"{what} is not JSON ({shorten(error)})") from error


def embedded(text: str) -> Iterator[Any]:
    """Return the JSON objects that stand in other data."""
    decoder, at = json.JSONDecoder(), 0
    while (start := START.search(text, at)) is not None:
        try:
            value, at = decoder.raw_decode(text, start.start())
            yield value
        except (ValueError, RecursionError):
            at = start.end()


def scan_yaml(text: str, what: str, found: Found) -> None:
    """Look for objects that a YAML loader would make, and into the values."""
    import yaml  # noqa: PLC0415

    from keronyx.converter.files.yaml_text import LOADER, OBJECTS, STANDARD  # noqa: PLC0415

    bounded_yaml(text, what)
    try:
        events = yaml.parse(text, Loader=LOADER)
        value = _Builder(what, found, STANDARD, {*OBJECTS}).value(events)
    except (yaml.YAMLError, ValueError) as error:
        what = f"{what} is not YAML ({shorten(' '.join(str(error).split()))})"
        raise FileFormatError(what) from error
    scan_config(value, what, found)


class _Builder:
    """Makes plain values of YAML's events, one by one; aliases are not followed."""

    def __init__(self, what: str, found: Found, standard: str, known: set[str]) -> None:
        self._what = what
        self._found = found
        self._standard = standard
        self._known = known
        self._open: list[list[Any]] = [[]]

    def value(self, events: Any) -> Any:
        """Return the value of a whole text."""
        steps: dict[str, Callable[[Any], None]] = {
            "MappingStartEvent": self._start,
            "SequenceStartEvent": self._start,
            "MappingEndEvent": lambda _event: self._end(_mapping),
            "SequenceEndEvent": lambda _event: self._end(list),
            "ScalarEvent": self._leaf,
            "AliasEvent": self._leaf,
        }
        for event in events:
            step = steps.get(type(event).__name__)
            if step is not None:
                step(event)
        return self._open[0]

    def _start(self, event: Any) -> None:
        self._tag(event)
        self._open.append([])
        if len(self._open) > current().yaml_depth + 1:
            raise FileFormatError(f"{self._what} is nested too deep", hint=limited("yaml_depth"))

    def _end(self, made: Callable[[list[Any]], Any]) -> None:
        done = self._open.pop()
        self._open[-1].append(made(done))

    def _leaf(self, event: Any) -> None:
        self._tag(event)
        self._open[-1].append(_scalar(event))

    def _tag(self, event: Any) -> None:
        tag = (getattr(event, "tag", None) or "").removeprefix(self._standard)
        if tag.startswith("python/") and tag not in self._known and tag not in HARMLESS:
            where = f"{self._what}: line {event.start_mark.line + 1}"
            self._found.add("yaml", where, f"tag '{shorten(tag)}'")


HARMLESS: Final = {f"python/{kind}" for kind in ("str", "unicode", "int", "float", "bool", "none")}


def _mapping(parts: list[Any]) -> dict[str, Any]:
    return dict(zip(map(str, parts[::2]), parts[1::2], strict=False))


def _scalar(event: Any) -> Any:
    text = getattr(event, "value", None)
    plain = getattr(event, "style", None) in (None, "")
    return None if plain and text in ("null", "~", "", "Null", "NULL") else text
