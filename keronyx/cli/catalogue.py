"""``keronyx layers``: what is supported, told by the descriptions themselves."""

import difflib
import textwrap
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import MISSING, fields
from typing import Any, Final

from keronyx.cli.show import Table, say, show, show_json
from keronyx.converter.dialect.tables import (
    CLASSES,
    FAMILY_OF,
    IGNORED_BY,
    ONCE,
    REFUSED,
    RENAMED,
    SINCE,
    UNREADABLE,
    every_class,
    layer_class,
)
from keronyx.converter.dialect.tables.activations import FUNCTION_ALIASES
from keronyx.converter.dialect.tables.merging import MERGE_MODES
from keronyx.converter.errors import Reason, UsageError, shorten
from keronyx.converter.layers.base import Layer
from keronyx.converter.layers.functions import FUNCTIONS, Function

NEWEST: Final = "3.15"
WIDTH: Final = 100
MERGE: Final = "Merge"


def run_layers(name: str | None = None, *, as_json: bool) -> int:
    """Print every layer class and activation function, or all about the one that is named."""
    if name is not None:
        return _run_one(name, as_json=as_json)
    layers = [_layer(name, kind) for name, kind in sorted(every_class().items())]
    functions = [*map(_function, sorted(FUNCTIONS))]
    if as_json:
        show_json({"layers": layers, "activations": functions})
    else:
        _show_all(layers, functions)
    return 0


def _show_all(layers: Sequence[Mapping[str, Any]], functions: Sequence[Mapping[str, Any]]) -> None:
    say(f"Layers of Keras 0.3 to {NEWEST}, Sequential and functional, nested and shared")
    say("(`keronyx layers NAME` tells the options and variables of one):")
    show(_table(layers, {"layer": "name", "what it computes": "note"}))
    say("")
    say("Activations, by name or as layers:")
    show(_table(functions, {"activation": "name", "options": "options", "also": "aliases"}))


def _run_one(name: str, *, as_json: bool) -> int:
    found = _found(name)
    if as_json:
        show_json(found)
        return 0
    for line in _told(found):
        say(line)
    return 0


def _found(name: str) -> dict[str, Any]:
    """Return what is known of a layer or a function, by its name of today or of old."""
    classes = _old_classes()
    if (kind := layer_class(classes.get(name, name))) is not None:
        return _layer(kind.__name__, kind)
    if (today := FUNCTION_ALIASES.get(name, name)) in FUNCTIONS:
        return _function(today)
    if name == MERGE:
        return _merge()
    if name in UNREADABLE:
        reason, detail = UNREADABLE[name]
        hint = "see --replace in the README"
        if reason is Reason.NOT_IN_ONNX:
            hint = "compute it before the model, and convert the model behind it"
        raise UsageError(f"{name} is refused: {detail}", hint=hint)
    raise UsageError(f"no layer or activation {shorten(repr(name))}", hint=_nearest(name))


def _nearest(name: str) -> str:
    names = {each.lower(): each for each in (*FAMILY_OF, *FUNCTIONS, *_old_classes(), *UNREADABLE)}
    near = difflib.get_close_matches(name.lower().replace(" ", ""), names, 1)
    return f"did you mean {names[near[0]]}?" if near else "`keronyx layers` lists them all"


def _table(entries: Sequence[Mapping[str, Any]], columns: Mapping[str, str]) -> Table:
    first = max(len(entry["name"]) for entry in entries)
    rows = [[_cell(entry[key], first) for key in columns.values()] for entry in entries]
    return Table(list(columns), rows, fold=frozenset(range(1, len(columns))))


def _cell(value: Any, before: int) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{key}={_number(option)}" for key, option in value.items())
    text = ", ".join(value) if isinstance(value, list) else str(value)
    return textwrap.shorten(text, WIDTH - before - 2, placeholder=" ...")


def _number(value: object) -> str:
    return f"{value:.6g}" if isinstance(value, float) else str(value)


def _told(found: Mapping[str, Any]) -> Iterator[str]:
    """Yield the lines about one layer or function, at most as wide as a page."""
    yield found["name"]
    yield from _page(found.get("note", "An activation function, by name or as a layer"))
    for title, said in _said(found).items():
        if said:
            yield f"  {title}:"
            yield from _listed(said)


def _said(found: Mapping[str, Any]) -> dict[str, Any]:
    """Return what there may be to say about one layer or function, by its title."""
    return {
        "options": {key: _default(found, key) for key in found["options"]},
        "variables": found.get("variables"),
        "since": [found["since"]] if found.get("since") else [],
        "older names": found["aliases"],
        "older options": {k: f"now {new}" for k, new in found.get("older_options", {}).items()},
        "read and without effect": found.get("no_matter"),
        "refused": found.get("refused"),
    }


def _default(found: Mapping[str, Any], option: str) -> str:
    defaults = found["defaults"]
    return f"default {_number(defaults[option])}" if option in defaults else "needed"


def _listed(said: Mapping[str, str] | Sequence[str]) -> Iterator[str]:
    items = said if isinstance(said, Mapping) else dict.fromkeys(said, "")
    width = max(map(len, items))
    for name, text in items.items():
        yield f"    {name.ljust(width)}  {text}".rstrip()


def _page(text: str) -> list[str]:
    return textwrap.wrap(text, WIDTH, initial_indent="  ", subsequent_indent="  ")


def _old_classes() -> dict[str, str]:
    """Return names that layers had before: class names, and modes of Keras 1's Merge."""
    return {
        **CLASSES,
        **ONCE,
        **{f"Merge(mode='{mode}')": new for mode, new in MERGE_MODES.items()},
    }


def _layer(name: str, kind: type[Layer]) -> dict[str, Any]:
    """Return all that a layer's description says of itself, and its older names."""
    return {
        "name": name,
        "options": list(kind.config_keys()),
        "defaults": _defaults(kind),
        "variables": _variables(kind),
        "note": _note(kind),
        "since": SINCE.get(name, ""),
        "aliases": [old for old, new in _old_classes().items() if new == name],
        "older_options": dict(RENAMED.get(name, {})),
        "no_matter": dict(IGNORED_BY.get(name, {})),
        "refused": [*REFUSED.get(name, ()), "every option that is not listed here"],
    }


def _merge() -> dict[str, Any]:
    """Return what is known of the layer that became many."""
    modes = ", ".join(f"{mode} {today}" for mode, today in MERGE_MODES.items())
    return {
        "name": MERGE,
        "options": ["mode"],
        "defaults": {},
        "note": f"Several inputs made one, as the mode says. Today's layers: {modes}",
        "since": "Keras 0.3 to 1",
        "aliases": [],
        "refused": [f"a function as the mode: {UNREADABLE[MERGE].detail}"],
    }


def _defaults(kind: type[Layer]) -> dict[str, Any]:
    """Return what each option is where a file does not say, without those that it must say."""
    said = {item.name: item.default for item in fields(kind)}
    return {
        key: value.name if isinstance(value := said[key], Function) else value
        for key in kind.config_keys()
        if said[key] is not MISSING
    }


def _variables(kind: type[Layer]) -> dict[str, str]:
    """Return the variables, and whether the layer always has them."""
    said = {item.name: item for item in fields(kind)}
    return {
        name: "always" if said[name].default is MISSING else "where the options ask for it"
        for name in kind.weight_rules()
    }


def _note(kind: type[Layer]) -> str:
    """Return the first sentence of a class's documentation, without the marks of a formula."""
    paragraph = (kind.__doc__ or "").strip().split("\n\n")[0]
    return " ".join(paragraph.split()).replace("``", "").rstrip(".")


def _function(name: str) -> dict[str, Any]:
    options = dict(FUNCTIONS[name])
    return {
        "name": name,
        "options": options,
        "defaults": options,
        "aliases": [old for old, new in FUNCTION_ALIASES.items() if new == name],
    }
