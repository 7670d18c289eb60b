"""Every old spelling, in one place: names of classes, keys and variables, and what they became.

One file a family of layers, each with its ``WORDS``; all that are here are read. No other module
mentions a spelling that Keras 3 does not have.
"""

from collections.abc import Iterable, Mapping
from functools import cache
from importlib import import_module
from pkgutil import iter_modules
from typing import Any, Final, TypeVar

from keronyx.converter import families
from keronyx.converter.dialect.version import Version
from keronyx.converter.dialect.words import (
    ELSEWHERE,
    SHAPES,
    STARTS,
    TRAINS,
    Config,
    GraphNode,
    LeftOut,
    Spelling,
    Translation,
    Why,
    Words,
)
from keronyx.converter.layers.base import LAYERS, Layer
from keronyx.converter.several import called

T = TypeVar("T")


def _tables(*, of_operations: bool) -> Mapping[str, Words]:
    names = called(iter_modules(__path__))
    return {
        name: import_module(f"{__name__}.{name}").WORDS
        for name in names
        if name.startswith("ops_") == of_operations
    }


_TABLES: Final = _tables(of_operations=False)
FAMILIES: Final = tuple(_TABLES.values())
FAMILY_OF: Final[Mapping[str, str]] = {
    name: family for family, words in _TABLES.items() for name in (*words.since, *words.made_up)
}
"""The module of ``converter/layers`` in which a class of today stands."""


def _joined(tables: Iterable[Mapping[str, T]]) -> Mapping[str, T]:
    return {name: entry for table in tables for name, entry in table.items()}


CLASSES: Final = _joined(each.classes for each in FAMILIES)
ONCE: Final = _joined(each.once for each in FAMILIES)
UNREADABLE: Final = _joined(each.unreadable for each in FAMILIES)
RENAMED: Final = _joined(each.renamed for each in FAMILIES)
RESPELLED: Final = _joined(each.respelled for each in FAMILIES)
IGNORED_BY: Final = _joined(each.ignored for each in FAMILIES)
VARIABLES: Final = _joined(each.variables for each in FAMILIES)
FUNCTION_LAYERS: Final = _joined(each.functions for each in FAMILIES)
HOLDS_FUNCTION: Final = _joined(each.holds_function for each in FAMILIES)
REWRITTEN: Final = _joined(each.rewritten for each in FAMILIES)
MODULES: Final = _joined(each.modules for each in FAMILIES)
SINCE: Final = _joined(each.since for each in FAMILIES)
REFUSED: Final = _joined(each.refused for each in FAMILIES)
_DECIDED: Final = _joined(each.decided for each in FAMILIES)
_LEFT_OUT: Final = _joined(each.left_out for each in FAMILIES)
_SETTLED: Final = _joined(each.settled for each in FAMILIES)
_TOLD: Final = _joined(each.told_by_variables for each in FAMILIES)
_UNUSED: Final = _joined(each.unused for each in FAMILIES)
_APART: Final = _joined(each.apart for each in FAMILIES)

MODELS: Final = ("Sequential", "Functional", "Model")

_OF_VARIABLES: Final = ("initializer", "regularizer", "constraint")
_VARIABLES: Final = (
    "kernel",
    "bias",
    "embeddings",
    "gamma",
    "beta",
    "moving_mean",
    "moving_variance",
    "alpha",
)

IGNORED: Final[Mapping[str, str]] = {
    "trainable": TRAINS,
    "activity_regularizer": TRAINS,
    "shared_object_id": "identity of objects, read elsewhere",
    "batch_input_shape": "the input layer's, read elsewhere",
    "input_shape": "the input layer's, read elsewhere",
    "input_dtype": "the input layer's, read elsewhere",
    "input_dim": SHAPES,
    "input_length": SHAPES,
    "batch_size": SHAPES,
    "name": ELSEWHERE,
    "dtype": ELSEWHERE,
    "custom_name": ELSEWHERE,
    "cache_enabled": "speed",
} | {
    f"{variable}_{what}": STARTS if what == "initializer" else TRAINS
    for variable in _VARIABLES
    for what in _OF_VARIABLES
}
"""Keys that any layer may have and that do not change inference."""

ACCEPTED: Final[Mapping[str, tuple[Any, ...]]] = {
    "sparse": (False, None),
    "ragged": (False, None),
    "optional": (False, None),
    "virtual_batch_size": (None,),
    "adjustment": (None,),
    "input_tensor": (None,),
    "type_spec": (None,),
    "encoding": ("utf-8",),
}
"""Keys that keronyx takes with these values only."""


@cache
def operations() -> Mapping[str, Spelling]:
    """Return what files call each operation: tables that are read when a graph holds one."""
    return _joined(each.operations for each in _tables(of_operations=True).values())


@cache
def functions_of_tensorflow() -> Mapping[str, Translation]:
    """Return the functions of TensorFlow that are read in graphs of Keras 2."""
    return _joined(each.functions_of_tensorflow for each in _tables(of_operations=True).values())


@cache
def nodes_of_tensorflow() -> Mapping[str, GraphNode]:
    """Return the nodes of TensorFlow's graphs that are read in graphs of Keras 2."""
    return _joined(each.nodes_of_tensorflow for each in _tables(of_operations=True).values())


@cache
def operations_unreadable() -> Mapping[str, Why]:
    """Return why operations are not read that never will be."""
    return _joined(each.unreadable for each in _tables(of_operations=True).values())


def layer_class(name: str) -> type[Layer] | None:
    """Return the description of a class of today, None where there is none."""
    if name in FAMILY_OF:
        families.read(families.DESCRIPTIONS, FAMILY_OF[name])
    return LAYERS.get(name)


def every_class() -> Mapping[str, type[Layer]]:
    """Return the description of every class."""
    return {name: kind for name in FAMILY_OF if (kind := layer_class(name)) is not None}


def keras3_class(class_name: str, config: Config, version: Version) -> tuple[str, Config]:
    """Return the class of Keras 3 that a layer is, and the config keys that go with it."""
    name = CLASSES.get(class_name, class_name)
    rewrite = REWRITTEN.get(name)
    return rewrite(config, version) if rewrite else (name, config)


def of_version(kind: type[Layer], version: Version) -> Config:
    """Return what the version decides and no key says."""
    decide = _DECIDED.get(kind.__name__)
    return decide(version) if decide else {}


def left_out(layer: Layer, version: Version) -> LeftOut | None:
    """Return what files of a version may leave out of a layer; raises UnsupportedConfigError."""
    tell = _LEFT_OUT.get(type(layer).__name__)
    return tell(layer, version) if tell else None


def respelled(kind: type[Layer], config: Config) -> Config:
    """Return a config with every value as it would be written today."""
    changes = RESPELLED.get(kind.__name__, {})
    return config | {key: changes[key](config[key]) for key in changes if key in config}


def settled(kind: type[Layer], config: Config) -> Config:
    """Return a config with what its family says last; raises UnsupportedConfigError."""
    settle = _SETTLED.get(kind.__name__)
    return settle(kind, config) if settle else config


def told_by_variables(
    kind: type[Layer], config: Mapping[str, Any], sizes: tuple[int, ...], version: Version
) -> Config:
    """Return the fields that follow from the shape of a layer's first variable."""
    tell = _TOLD.get(kind.__name__)
    return tell(config, sizes, version) if tell else {}


def trained_with(kind: type[Layer], config: Mapping[str, Any]) -> tuple[str, ...]:
    """Name the variables of a layer that only training uses."""
    name = _UNUSED.get(kind.__name__)
    return name(config) if name else ()


def kept_apart(kind: type[Layer], config: Config, version: Version) -> tuple[str, ...]:
    """Name the gates of which a file keeps each variable on its own."""
    name = _APART.get(kind.__name__)
    return name(config, version) if name else ()
