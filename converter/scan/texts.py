"""Text that a scan looks into: JSON as Keras would read it, and YAML without its tags."""

import json
import re
from collections.abc import Iterator
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
        if not isinstance(value, str):
            break
        bounded(value, what)
        try:
            value = json.loads(value)
        except RecursionError as error:
            raise FileFormatError(f"{what} is nested too deep") from error
        except ValueError as error:
            raise FileFormatError(f"{what} is not JSON ({shorten(error)})") from error
    return value


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

    def value(self, events: Any) -> Any:
        """Return the value of a whole text."""
        root: list[Any] = []
        open_nodes: list[list[Any]] = [root]
        most = current().yaml_depth
        for event in events:
            kind = type(event).__name__
            if kind in {"MappingStartEvent", "SequenceStartEvent", "ScalarEvent"}:
                self._tag(event)
            if kind in {"MappingStartEvent", "SequenceStartEvent"}:
                open_nodes.append([])
            elif kind in {"ScalarEvent", "AliasEvent"}:
                open_nodes[-1].append(_scalar(event))
            elif kind == "SequenceEndEvent":
                done = open_nodes.pop()
                open_nodes[-1].append(done)
            elif kind == "MappingEndEvent":
                done = open_nodes.pop()
                keys = map(str, done[::2])
                open_nodes[-1].append(dict(zip(keys, done[1::2], strict=False)))
            if len(open_nodes) > most + 1:
                raise FileFormatError(
                    f"{self._what} is nested too deep", hint=limited("yaml_depth")
                )
        return root

    def _tag(self, event: Any) -> None:
        tag = (event.tag or "").removeprefix(self._standard)
        if tag.startswith("python/") and tag not in self._known and tag not in HARMLESS:
            where = f"{self._what}: line {event.start_mark.line + 1}"
            self._found.add("yaml", where, f"tag '{shorten(tag)}'")


HARMLESS: Final = {f"python/{kind}" for kind in ("str", "unicode", "int", "float", "bool", "none")}


def _scalar(event: Any) -> Any:
    text = getattr(event, "value", None)
    plain = getattr(event, "style", None) in (None, "")
    return None if plain and text in ("null", "~", "", "Null", "NULL") else text
