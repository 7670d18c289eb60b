"""Turn what an expression says into a tree of little layers."""

import difflib
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from keronyx.converter.errors import shorten
from keronyx.converter.expression.functions import KNOWN, call
from keronyx.converter.expression.names import bare
from keronyx.converter.expression.parser import parse
from keronyx.converter.expression.syntax import (
    Called,
    Item,
    Listed,
    Name,
    Number,
    Operator,
    Rest,
    Span,
    Syntax,
    Text,
)
from keronyx.converter.expression.terms import Scope, Term
from keronyx.converter.expression.tokens import ExpressionError
from keronyx.converter.layers.operations import CASTS, ExpandDims, Slice, Squeeze
from keronyx.converter.layers.tree import MOST_INPUTS, Node, walk

DEEPEST: Final = 100

SIGNS: Final[Mapping[str, str]] = {
    "+": "add",
    "-": "subtract",
    "*": "multiply",
    "/": "divide",
    "//": "floor_divide",
    "%": "remainder",
    "**": "power",
    "<": "less",
    "<=": "less_equal",
    ">": "greater",
    ">=": "greater_equal",
    "==": "equal",
    "!=": "not_equal",
}

NAMES: Final[Mapping[str, Any]] = {
    "pi": math.pi,
    "e": math.e,
    "True": True,
    "False": False,
    "None": None,
    "newaxis": None,
    **{dtype: dtype for dtype in CASTS},
}
"""What names stand for, inputs apart."""


@dataclass(frozen=True)
class Expression:
    """A text, and what it says."""

    text: str
    syntax: Syntax

    @classmethod
    def of(cls, text: str) -> "Expression":
        """Read a text; raises ExpressionError, a UsageError, at the column of what is not known."""
        syntax = parse(text)
        for part in _parts(syntax):
            if isinstance(part, Called):
                _check_known(part)
        return cls(text, syntax)

    def tree(self, scope: Scope) -> Node:
        """Return the layers that compute it."""
        node = Builder(scope).build(self.syntax, 0).tensor()
        nothing = [0] * MOST_INPUTS
        if walk(node, nothing, lambda _, *depths: 1 + max(depths)) > DEEPEST:
            raise ExpressionError(1, f"more than {DEEPEST} steps one in the other")
        return node


def _parts(syntax: Syntax) -> Iterator[Syntax]:
    """Walk all parts of an expression in the order of the text."""
    pending: list[Syntax | None] = [syntax]
    while pending:
        part = pending.pop()
        if part is not None:
            yield part
            pending.extend(reversed(_inside(part)))


def _inside(part: Syntax) -> list[Syntax | None]:
    match part:
        case Operator():
            return [*part.operands]
        case Called():
            return [*part.arguments, *(value for _, value in part.keywords)]
        case Listed():
            return [*part.items]
        case Item():
            return [part.base, *part.indices]
        case Span():
            return [*part.bounds]
    return []


def _check_known(called: Called) -> None:
    name = bare(called.function)
    if name in KNOWN:
        return
    near = difflib.get_close_matches(name, KNOWN, 1)
    hint = f"did you mean {near[0]}? " if near else ""
    what = f"unknown function {shorten(repr(called.function))}"
    raise ExpressionError(called.column, what, f"{hint}known are {', '.join(KNOWN)}")


@dataclass(frozen=True)
class Builder:
    """Builds the terms of one expression."""

    scope: Scope

    def build(self, syntax: Syntax, depth: int) -> Term:
        """Return what a part of an expression becomes."""
        if depth > DEEPEST:
            raise ExpressionError(syntax.column, f"more than {DEEPEST} steps one in the other")
        found: Any = None
        match syntax:
            case Number():
                found = syntax.value
            case Text():
                found = syntax.text
            case Listed():
                found = tuple(self.build(item, depth + 1) for item in syntax.items)
            case Name():
                return self.name(syntax)
            case Operator():
                return self.operator(syntax, depth + 1)
            case Called():
                arguments = [self.build(each, depth + 1) for each in syntax.arguments]
                keywords = {key: self.build(each, depth + 1) for key, each in syntax.keywords}
                return call(self.scope, syntax, arguments, keywords)
            case Item():
                return self.item(syntax, depth + 1)
        return Term(found, syntax.column)

    def operator(self, syntax: Operator, depth: int) -> Term:
        """Apply an operator to one operand or two."""
        operands = [self.build(each, depth) for each in syntax.operands]
        if len(operands) == 2:
            return self.scope.elementwise(SIGNS[syntax.sign], syntax.column, *operands)
        if syntax.sign == "+":
            return operands[0]
        return self.scope.elementwise("negative", syntax.column, *operands)

    def name(self, syntax: Name) -> Term:
        """Return an input, or what else a name stands for."""
        tensors = self.scope.tensors
        found = bare(syntax.text)
        if found == "x" and len(tensors) == 1:
            return Term(tensors[0], syntax.column)
        if found == "x":
            return Term(tuple(Term(each, syntax.column) for each in tensors), syntax.column)
        if found[0] == "x" and found[1:].isdecimal() and int(found[1:]) < len(tensors) > 1:
            return Term(tensors[int(found[1:])], syntax.column)
        if found in NAMES:
            return Term(NAMES[found], syntax.column)
        what = f"unknown name {shorten(repr(syntax.text))}"
        raise ExpressionError(syntax.column, what, self._inputs())

    def _inputs(self) -> str:
        count = len(self.scope.tensors)
        return "the input is x" if count == 1 else f"the inputs are x0 to x{count - 1}"

    def item(self, syntax: Item, depth: int) -> Term:
        """Return one of several inputs, or a part of a value."""
        base = self.build(syntax.base, depth)
        indices = [self.index(each, depth) for each in syntax.indices]
        if isinstance(base.value, tuple):
            place = indices[0].integer() if len(indices) == 1 else len(base.value)
            if not -len(base.value) <= place < len(base.value):
                raise ExpressionError(syntax.column, "no such item", self._inputs())
            chosen: Term = base.value[place]
            return chosen
        base.tensor()
        if isinstance(indices[0].value, int):
            column = indices[0].column
            raise ExpressionError(column, "the first index is the batch", "as in x[:, 0]")
        return self.cut(base, indices)

    def index(self, syntax: Syntax, depth: int) -> Term:
        """Return an index: a number, a slice, None or ``...``."""
        if isinstance(syntax, Rest):
            return Term(..., syntax.column)
        if not isinstance(syntax, Span):
            return self.build(syntax, depth)
        built = (None if each is None else self.build(each, depth) for each in syntax.bounds)
        bounds = [None if each is None or each.value is None else each.integer() for each in built]
        if bounds[2] == 0:
            raise ExpressionError(syntax.column, "a step of 0")
        return Term(slice(*bounds), syntax.column)

    def cut(self, base: Term, indices: list[Term]) -> Term:
        """Apply the indices before ``...`` from the front, those behind it from the end."""
        rests = [place for place, each in enumerate(indices) if each.value is ...]
        if len(rests) > 1:
            raise ExpressionError(indices[rests[1]].column, "'...' stands for all axes once")
        split = rests[0] if rests else len(indices)
        axis = 0
        for index in indices[:split]:
            base = self.cut_axis(base, index, axis)
            axis += not _is_integer(index)
        axis = -1
        for index in reversed(indices[split + 1 :]):
            base = self.cut_axis(base, index, axis)
            axis -= not _is_integer(index)
        return base

    def cut_axis(self, base: Term, index: Term, axis: int) -> Term:
        """Apply one index to one axis."""
        make, at, node = self.scope.call, index.column, base.tensor()
        if index.value is None:
            return make(ExpandDims, at, node, axis=axis)
        if isinstance(index.value, slice):
            start, stop, step = index.value.start, index.value.stop, index.value.step or 1
            if (start or 0, stop, step) == (0, None, 1):
                return base
            return make(Slice, at, node, axis=axis, start=start, stop=stop, step=step)
        place = index.integer()
        one = make(Slice, at, node, axis=axis, start=place, stop=place + 1 or None)
        return make(Squeeze, at, one.tensor(), axis=axis)


def _is_integer(index: Term) -> bool:
    return isinstance(index.value, int)
