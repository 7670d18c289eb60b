"""What one family of layers is called in files of any Keras: the form of a table in ``tables``."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple, TypeAlias

from keronyx.converter.dialect.version import Version
from keronyx.converter.errors import Reason
from keronyx.converter.layers.base import Layer

STARTS: Final = "how variables start"
TRAINS: Final = "training only"
SHAPES: Final = "shapes, which the graph gives"
ELSEWHERE: Final = "read elsewhere"
"""Why keys do not change inference."""

ORDERINGS: Final[Mapping[str, str]] = {"tf": "channels_last", "th": "channels_first"}
"""How Keras 1 says where the channels are."""

Config: TypeAlias = dict[str, Any]


class Why(NamedTuple):
    """Why a class is not read, for programs and in words."""

    reason: Reason
    detail: str = ""


class LeftOut(NamedTuple):
    """What a file may leave out of a layer, and how it is taken."""

    what: str
    taken: str


class InPlace(NamedTuple):
    """The function that a layer stands for as an activation, and how its arguments are called."""

    function: str
    arguments: Mapping[str, str]


class Spelling(NamedTuple):
    """An operation of ``keras.ops`` as files have it: our class, its function and its arguments.

    ``takes``: the arguments of its call in their places. Those that are fields of the class are
    options, the others operands; one with a star is a list of operands, or all places from there.
    ``renamed``: what files call options otherwise than the fields. ``fixed``: options that the
    operation itself settles, ``decided`` those that the version does. ``ignored``: what changes
    nothing.
    """

    kind: type[Layer]
    function: str
    takes: tuple[str, ...] = ("x",)
    renamed: Mapping[str, str] = {}
    fixed: Mapping[str, Any] = {}
    ignored: tuple[str, ...] = ()
    decided: Callable[[Version], dict[str, Any]] | None = None


class Translation(NamedTuple):
    """A function of TensorFlow as an operation of ``keras.ops``, or as several.

    ``renamed``: what Keras calls its arguments otherwise; the first is that of the operation, or
    ``first``. ``assumed``: what is taken where nothing is said. ``only``: the values with which an
    argument changes nothing; with others it is refused. ``rewritten`` makes Keras's arguments of
    all. ``function`` is ours where TensorFlow's dtypes are others than Keras's. ``parts`` makes
    several operations of the arguments, ``operation`` among them; ``takes`` is "floats" where these
    are right for floating numbers alone.
    """

    operation: str = ""
    renamed: Mapping[str, str] = {}
    assumed: Mapping[str, Any] = {}
    only: Mapping[str, tuple[Any, ...]] = {}
    rewritten: Callable[[Config], Config] | None = None
    first: str = ""
    function: str = ""
    parts: Callable[..., Any] | None = None
    takes: str = "all"


class GraphNode(NamedTuple):
    """A node of a TensorFlow graph as a function: what its inputs and its attributes are.

    A name with a star is that of all inputs that the others leave.
    """

    function: str
    inputs: tuple[str, ...]
    attributes: Mapping[str, str] = {}


@dataclass(frozen=True, kw_only=True)
class Words:
    """What files say of a family's layers otherwise than Keras 3 does, by the class of today.

    ``classes``: other names of classes, and what each is today.
    ``once``: names that ``rewritten`` knows, and the class of today, for the catalogue.
    ``unreadable``: classes that cannot be read, and why.
    ``rewritten``: what makes of a config and a version the class of today and its config.
    ``renamed``: old keys, and those of today.
    ``ignored``: keys that do not change inference, and why.
    ``respelled``: what makes of a key's value the one that would be written today.
    ``decided``: what a version decides and no key says, by field.
    ``left_out``: what tells what files of a version may leave out of a layer.
    ``settled``: what has the last word on a config, once its keys are those of today.
    ``told_by_variables``: fields that follow from the shape of a variable.
    ``unused``: variables that only training uses, by the config.
    ``apart``: the gates of which files of a version keep each variable on its own, by the config.
    ``variables``: other names of variables, and what each may stand for.
    ``functions``: layers that may stand in the place of an activation.
    ``modules``: where Keras has a class that is no layer of its own; others of the name are users'.
    ``since``: the first Keras that has a class: every layer of the family is here, or in
    ``made_up``: those that no Keras has, which stand for something in older files.
    ``refused``: what a file may say of a layer that is not taken, for the catalogue.
    ``holds_function``: classes whose key says what function they are, as an activation.
    ``operations``: classes of operations in graphs, which are no layers.
    ``functions_of_tensorflow``, ``nodes_of_tensorflow``: what graphs of Keras 2 have of them.
    """

    classes: Mapping[str, str] = field(default_factory=dict)
    once: Mapping[str, str] = field(default_factory=dict)
    unreadable: Mapping[str, Why] = field(default_factory=dict)
    rewritten: Mapping[str, Callable[[Config, Version], tuple[str, Config]]] = field(
        default_factory=dict
    )
    renamed: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    ignored: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    respelled: Mapping[str, Mapping[str, Callable[[Any], Any]]] = field(default_factory=dict)
    decided: Mapping[str, Callable[[Version], Config]] = field(default_factory=dict)
    left_out: Mapping[str, Callable[[Layer, Version], LeftOut | None]] = field(default_factory=dict)
    settled: Mapping[str, Callable[[type[Layer], Config], Config]] = field(default_factory=dict)
    told_by_variables: Mapping[
        str, Callable[[Mapping[str, Any], tuple[int, ...], Version], Config]
    ] = field(default_factory=dict)
    unused: Mapping[str, Callable[[Mapping[str, Any]], tuple[str, ...]]] = field(
        default_factory=dict
    )
    apart: Mapping[str, Callable[[Config, Version], tuple[str, ...]]] = field(default_factory=dict)
    variables: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    functions: Mapping[str, InPlace] = field(default_factory=dict)
    holds_function: Mapping[str, str] = field(default_factory=dict)
    modules: Mapping[str, str] = field(default_factory=dict)
    operations: Mapping[str, Spelling] = field(default_factory=dict)
    functions_of_tensorflow: Mapping[str, Translation] = field(default_factory=dict)
    nodes_of_tensorflow: Mapping[str, GraphNode] = field(default_factory=dict)
    since: Mapping[str, str] = field(default_factory=dict)
    made_up: tuple[str, ...] = ()
    refused: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


def listed(value: Any) -> Any:
    """Return a single number as the list that Keras 3 writes."""
    return [value] if isinstance(value, int) else value


def single(value: Any) -> Any:
    """Return the one number of a list as Keras 3 writes it."""
    return value[0] if isinstance(value, list) and len(value) == 1 else value
