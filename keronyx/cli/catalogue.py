"""``keronyx layers``: what is supported, told by the descriptions themselves."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from keronyx.cli.show import Table, say, show, show_json
from keronyx.converter.dialect.tables import CLASSES, RENAMED
from keronyx.converter.dialect.tables.activations import FUNCTION_ALIASES
from keronyx.converter.dialect.tables.merging import MERGE_MODES
from keronyx.converter.layers import LAYERS
from keronyx.converter.layers.base import Layer
from keronyx.converter.layers.functions import FUNCTIONS

NEWEST: Final = "3.15"


def run_layers(*, as_json: bool) -> int:
    """Print every layer class and every activation function, with the options of each."""
    layers = [_layer(name, LAYERS[name]) for name in sorted(LAYERS)]
    functions = [_function(name) for name in sorted(FUNCTIONS)]
    if as_json:
        show_json({"layers": layers, "activations": functions})
        return 0
    say(f"Layers of Keras 0.3 to {NEWEST}, Sequential and functional, nested and shared:")
    show(_table(layers, {"layer": "name", "options": "options", "what": "note", "also": "aliases"}))
    say("")
    say("Activations, by name or as layers:")
    show(_table(functions, {"activation": "name", "options": "options", "also": "aliases"}))
    return 0


def _table(entries: Sequence[Mapping[str, Any]], columns: Mapping[str, str]) -> Table:
    rows = [[_cell(entry[key]) for key in columns.values()] for entry in entries]
    return Table(list(columns), rows, fold=frozenset(range(1, len(columns))))


def _cell(value: Any) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{key}={option}" for key, option in value.items())
    return ", ".join(value) if isinstance(value, list) else str(value)


def _layer(name: str, kind: type[Layer]) -> dict[str, Any]:
    """Return a layer's class name, its config keys, what it does, and its older names."""
    classes = {**CLASSES, **{f"Merge(mode='{mode}')": new for mode, new in MERGE_MODES.items()}}
    options = RENAMED.get(name, {})
    return {
        "name": name,
        "options": list(kind.config_keys()),
        "note": _note(kind),
        "aliases": [old for old, new in classes.items() if new == name],
        "older_options": dict(options),
    }


def _note(kind: type[Layer]) -> str:
    """Return the first sentence of a class's documentation, without the marks of a formula."""
    paragraph = (kind.__doc__ or "").strip().split("\n\n")[0]
    return " ".join(paragraph.split()).replace("``", "").rstrip(".")


def _function(name: str) -> dict[str, Any]:
    return {
        "name": name,
        "options": dict(FUNCTIONS[name]),
        "aliases": [old for old, new in FUNCTION_ALIASES.items() if new == name],
    }
