"""What a user says that code in a file computes, since that code is never run."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from keronyx.converter.architecture import LayerConfig
from keronyx.converter.dialect.nodes import calls_of
from keronyx.converter.errors import (
    KeronyxError,
    UnsupportedConfigError,
    UsageError,
    label_of,
    replacing,
    shorten,
)
from keronyx.converter.expression.terms import Scope, Sense
from keronyx.converter.expression.tokens import ExpressionError
from keronyx.converter.layers.base import DTypePolicy, Layer
from keronyx.converter.layers.expressed import Lambda, Replaced
from keronyx.converter.layers.functions import Expressed
from keronyx.converter.layers.tree import MOST_INPUTS
from keronyx.converter.tensors import Sizes

if TYPE_CHECKING:
    from keronyx.converter.expression.build import Expression

MOST_SHOWN: Final = 12

LAMBDA: Final = "<lambda>"
"""What Python calls a function without a name."""


@dataclass
class Replacing:
    """The expressions by name, and which of them were used.

    A name is that of a layer, or its path where models are nested, or that of a custom class or
    activation. ``open`` is what could be replaced and is not: (name, what it is). ``nameless`` are
    the places of lambdas that were replaced by that name.
    """

    expressions: Mapping[str, "Expression"] = field(default_factory=dict)
    used: set[str] = field(default_factory=set)
    open: dict[str, str] = field(default_factory=dict)
    nameless: list[str] = field(default_factory=list)

    @classmethod
    def of(cls, given: Mapping[str, str] | None) -> "Replacing":
        """Read the expressions; raises UsageError at the column of what is not understood."""
        if not given:
            return cls()
        from keronyx.converter.expression.build import Expression  # noqa: PLC0415 (few ask for it)

        found = {}
        for name, text in given.items():
            if not isinstance(text, str):
                raise UsageError(f"replacement of {name!r}", hint="give an expression, a string")
            with located(name):
                found[name] = Expression.of(text)
        return cls(found)

    def names(self, *names: str) -> bool:
        """Tell whether there is an expression for one of some names."""
        return any(name in self.expressions for name in names)

    def find(self, what: str, *names: str) -> "tuple[str, Expression] | None":
        """Return the expression for the first of some names that has one, with that name."""
        for name in names:
            if name in self.expressions:
                self.used.add(name)
                return name, self.expressions[name]
        self.open[names[0]] = what
        return None

    def activation(
        self, value: Any, place: str, policy: DTypePolicy, sense: Sense
    ) -> Expressed | None:
        """Return the function that stands for an activation that Keras does not have.

        It is found by its name, or by its ``place``: "dense/activation". Raises UsageError where
        several activations without a name of their own are meant by one expression.
        """
        name = activation_name(value)
        found = self.find("an activation", *self._names(name, place)) if name else None
        if found is None:
            return None
        if found[0] == LAMBDA:
            self._only(place)
        key, expression = found
        with located(key):
            body = expression.tree(Scope(name, policy, sense=sense))
        return Expressed(name, {}, text=expression.text, body=body)

    def _names(self, name: str, place: str) -> tuple[str, ...]:
        return (place, name) if name == LAMBDA else (name, place)

    def _only(self, place: str) -> None:
        """Take a function without a name for the only one of the model."""
        self.nameless.append(place)
        if len(self.nameless) > 1:
            ways = " ".join(map(replacing, self.nameless))
            raise UsageError(f"{len(self.nameless)} activations are a {LAMBDA}", hint=ways)

    def check_used(self) -> None:
        """Raise UsageError for a name that nothing has."""
        unused = next((name for name in self.expressions if name not in self.used), None)
        if unused is not None:
            raise UsageError(
                f"nothing to replace is called {shorten(repr(unused))}", hint=self._open_names()
            )

    def _open_names(self) -> str:
        """Say what in the model needs an expression."""
        names = [f"'{shorten(name)}' ({what})" for name, what in self.open.items()]
        if not names:
            return "nothing in the model needs it"
        more = ", ..." if len(names) > MOST_SHOWN else ""
        return f"what needs it is {', '.join(names[:MOST_SHOWN])}{more}"


@dataclass(frozen=True, kw_only=True)
class Unread:
    """A layer of a file that keronyx does not read: it is code, or unknown.

    ``is_class`` says that all layers of this class compute the same.
    """

    path: str
    name: str
    class_name: str
    config: Mapping[str, Any]
    nodes: Any
    is_class: bool

    def replaced(
        self, replacing: Replacing, policy: DTypePolicy, sense: Sense
    ) -> LayerConfig | None:
        """Return what stands for it, if that was given."""
        kind = self.class_name.rpartition(">")[2]
        classes = (self.class_name, kind) if self.is_class else ()
        found = replacing.find(kind, self.path, self.name, *classes)
        if found is None:
            return None
        key, expression = found
        layer = Lambda if self.class_name == "Lambda" else Replaced
        inputs = self._inputs(layer)
        with located(key):
            body = expression.tree(Scope(self.path, policy, inputs, sense))
        stated = self.config.get("output_shape") if layer is Lambda else None
        config = {"class_name": kind, "text": expression.text, "inputs": inputs, "body": body}
        return LayerConfig(
            kind=layer,
            name=self.name,
            config={**config, "output_shape": stated_shape(stated)},
            dtype=policy,
            group=kind,
            shared_id=self.config.get("shared_object_id"),
        )

    def _inputs(self, kind: type[Layer]) -> int:
        """Count the inputs of a call; raises where calls differ."""
        if self.config.get("mask") is not None:
            raise self._refuse("a mask of its own")
        if self.class_name == "Merge" and not self.nodes:
            return self._branches()
        counts = {len(call.sources) for call in calls_of(self.nodes, kind)} or {1}
        if len(counts) > 1 or not 1 <= max(counts) <= MOST_INPUTS:
            raise self._refuse(f"calls on {sorted(counts)} inputs")
        return counts.pop()

    def _refuse(self, what: str) -> UnsupportedConfigError:
        return UnsupportedConfigError(what, layer=label_of(self.path, self.class_name))

    def _branches(self) -> int:
        """Count the branches of a Merge that begins a Sequential."""
        branches = self.config.get("layers")
        return len(branches) if isinstance(branches, list) else 1


@contextmanager
def located(name: str) -> Iterator[None]:
    """Say whose expression it is that is not understood."""
    try:
        yield
    except ExpressionError as error:
        raise error.at(layer=label_of(name, what="replacement of", longest=80)) from None


def activation_name(value: Any) -> str:
    """Return the name of an activation, without its package; nothing where it has none."""
    if isinstance(value, dict):
        if is_code(value):
            return LAMBDA
        config, class_name = value.get("config"), value.get("class_name")
        value = config if isinstance(config, str) else class_name
    if isinstance(value, str) and value.endswith(LAMBDA):
        return LAMBDA
    return value.rpartition(">")[2] if isinstance(value, str) else ""


def is_code(value: Mapping[str, Any]) -> bool:
    """Tell the bytecode of a lambda, with its defaults and what it closes over."""
    return value.get("class_name") == "__lambda__" or [*value] == ["value"]


def stated_shape(value: Any) -> Sizes | None:
    """Return the shape of a row that a Lambda states, where it is no code."""
    is_shape = isinstance(value, list) and value and all(map(_is_size, value))
    return tuple(value) if is_shape else None


def _is_size(size: Any) -> bool:
    return size is None or (type(size) is int and size > 0)


def hint_of(name: str) -> str:
    """Tell how to say what code computes."""
    return f"say what it computes with {replacing(name)}"


def with_hint(error: KeronyxError, name: str) -> KeronyxError:
    """Add to an error how to say what an activation computes."""
    if name:
        error.hint = f"{error.hint}; {hint_of(name)}" if error.hint else hint_of(name)
    return error
