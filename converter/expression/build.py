"""Turn what an expression says into a tree of little layers."""

import ast
import difflib
import math
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from operator import attrgetter
from typing import Any, Final

from keronyx.converter.errors import shorten
from keronyx.converter.expression.functions import KNOWN, Called, call
from keronyx.converter.expression.names import bare
from keronyx.converter.expression.parser import parse
from keronyx.converter.expression.terms import Scope, Term
from keronyx.converter.expression.tokens import ExpressionError
from keronyx.converter.layers.operations import CASTS, ExpandDims, Slice, Squeeze
from keronyx.converter.layers.tree import MOST_INPUTS, Node, walk

DEEPEST: Final = 100

OPERATORS: Final[Mapping[type[ast.AST], str]] = {
    ast.Add: "add",
    ast.Sub: "subtract",
    ast.Mult: "multiply",
    ast.Div: "divide",
    ast.FloorDiv: "floor_divide",
    ast.Mod: "remainder",
    ast.Pow: "power",
    ast.Lt: "less",
    ast.LtE: "less_equal",
    ast.Gt: "greater",
    ast.GtE: "greater_equal",
    ast.Eq: "equal",
    ast.NotEq: "not_equal",
    ast.UAdd: "",
    ast.USub: "negative",
}

NAMES: Final[Mapping[str, Any]] = {
    "pi": math.pi,
    "e": math.e,
    "newaxis": None,
    **{dtype: dtype for dtype in CASTS},
}
"""What names stand for, inputs apart."""

NUMBERED: Final = re.compile(r"x[0-9]+")
"""One of several inputs."""


@dataclass(frozen=True)
class Expression:
    """A text, and what it says."""

    text: str
    syntax: ast.expr

    @classmethod
    def of(cls, text: str) -> "Expression":
        """Read a text; raises ExpressionError, a UsageError, at the column of what is not known."""
        syntax = parse(text)
        check(syntax)
        return cls(text, syntax)

    def tree(self, scope: Scope) -> Node:
        """Return the layers that compute it."""
        node = Builder(scope).build(self.syntax, 0).tensor()
        nothing = [0] * MOST_INPUTS
        if walk(node, nothing, lambda _, *depths: 1 + max(depths)) > DEEPEST:
            raise ExpressionError(1, f"more than {DEEPEST} steps one in the other")
        return node


def check(syntax: ast.expr) -> None:
    """Refuse every part of Python's grammar but the few that a meaning is known of."""
    parts = [part for part in ast.walk(syntax) if isinstance(part, ast.expr)]
    for part in sorted(parts, key=attrgetter("col_offset")):
        _check_part(part)


def _check_part(part: ast.expr) -> None:
    if not _is_known(part):
        raise ExpressionError(part.col_offset, f"{type(part).__name__} means nothing here")
    if isinstance(part, ast.Call):
        _check_keywords(part)
        _check_called(part)


def _is_known(part: ast.expr) -> bool:
    """Tell whether a part, and its operator if it has one, has a meaning."""
    operators = [getattr(part, "op", None), *getattr(part, "ops", ())]
    known = {type(None), *OPERATORS}
    return type(part) in {*BUILD, ast.Slice} and all(type(each) in known for each in operators)


def _check_keywords(part: ast.Call) -> None:
    keywords = [each.arg for each in part.keywords]
    for place, each in enumerate(part.keywords):
        if each.arg in keywords[:place]:
            raise ExpressionError(each.value.col_offset, f"{each.arg} is given twice")


def _check_called(part: ast.Call) -> None:
    name = ast.unparse(part.func)
    if bare(name) in KNOWN:
        return
    near = difflib.get_close_matches(bare(name), KNOWN, 1)
    hint = f"did you mean {near[0]}? " if near else ""
    what = f"unknown function {shorten(repr(name))}"
    raise ExpressionError(part.col_offset, what, f"{hint}known are {', '.join(KNOWN)}")


@dataclass(frozen=True)
class Builder:
    """Builds the terms of one expression."""

    scope: Scope

    def build(self, part: ast.expr, depth: int) -> Term:
        """Return what a part of an expression becomes."""
        if depth > DEEPEST:
            raise ExpressionError(part.col_offset, f"more than {DEEPEST} steps one in the other")
        return BUILD[type(part)](self, part, depth + 1)

    def constant(self, part: ast.Constant, _depth: int) -> Term:
        """Return a number, a text, True, False, None or ``...``."""
        return Term(part.value, part.col_offset)

    def listed(self, part: ast.List | ast.Tuple, depth: int) -> Term:
        """Return what stands in brackets, or with commas in parentheses."""
        return Term(tuple(self.build(each, depth) for each in part.elts), part.col_offset)

    def signed(self, part: ast.UnaryOp, depth: int) -> Term:
        """Apply a sign in front."""
        operand, function = self.build(part.operand, depth), OPERATORS[type(part.op)]
        return self.scope.elementwise(function, part.col_offset, operand) if function else operand

    def combined(self, part: ast.BinOp, depth: int) -> Term:
        """Apply an operator to its operands."""
        operands = (self.build(each, depth) for each in (part.left, part.right))
        return self.scope.elementwise(OPERATORS[type(part.op)], part.col_offset, *operands)

    def compared(self, part: ast.Compare, depth: int) -> Term:
        """Compare two."""
        (operator,), (right,) = part.ops, part.comparators
        operands = (self.build(each, depth) for each in (part.left, right))
        return self.scope.elementwise(OPERATORS[type(operator)], part.col_offset, *operands)

    def called(self, part: ast.Call, depth: int) -> Term:
        """Call a function."""
        arguments = [self.build(each, depth) for each in part.args]
        keywords = {str(each.arg): self.build(each.value, depth) for each in part.keywords}
        return call(
            self.scope, Called(ast.unparse(part.func), part.col_offset, arguments, keywords)
        )

    def name(self, part: ast.Name | ast.Attribute, _depth: int) -> Term:
        """Return an input, or what else a name stands for."""
        text, at = ast.unparse(part), part.col_offset
        found = bare(text)
        if found in NAMES:
            return Term(NAMES[found], at)
        if found == "x":
            return self._x(at)
        if NUMBERED.fullmatch(found) and int(found[1:]) < len(self.scope.tensors) > 1:
            return Term(self.scope.tensors[int(found[1:])], at)
        raise ExpressionError(at, f"unknown name {shorten(repr(text))}", self._inputs())

    def _x(self, at: int) -> Term:
        """Return the input, or a list of them where there are several."""
        tensors = self.scope.tensors
        several = tuple(Term(each, at) for each in tensors)
        return several[0] if len(several) == 1 else Term(several, at)

    def _inputs(self) -> str:
        count = len(self.scope.tensors)
        return "the input is x" if count == 1 else f"the inputs are x0 to x{count - 1}"

    def item(self, part: ast.Subscript, depth: int) -> Term:
        """Return one of several inputs, or a part of a value."""
        base = self.build(part.value, depth)
        parts = part.slice.elts if isinstance(part.slice, ast.Tuple) else [part.slice]
        indices = [self.index(each, depth) for each in parts]
        if isinstance(base.value, tuple):
            return self._chosen(base.value, indices, part.col_offset)
        base.tensor()
        _refuse_of_batch(indices)
        return self.cut(base, indices)

    def _chosen(self, items: tuple[Term, ...], indices: list[Term], at: int) -> Term:
        """Return one of several by its number."""
        place = indices[0].integer() if len(indices) == 1 else len(items)
        if not -len(items) <= place < len(items):
            raise ExpressionError(at, "no such item", self._inputs())
        return items[place]

    def index(self, part: ast.expr, depth: int) -> Term:
        """Return an index: a number, a slice, None or ``...``."""
        if not isinstance(part, ast.Slice):
            return self.build(part, depth)
        built = [self._given(each, depth) for each in (part.lower, part.upper, part.step)]
        bounds = list(map(_bound, built))
        if bounds[2] == 0:
            raise ExpressionError(part.col_offset, "a step of 0")
        return Term(slice(*bounds), part.col_offset)

    def _given(self, part: ast.expr | None, depth: int) -> Term:
        """Return what is given of a slice; None where nothing is."""
        return Term(None, 0) if part is None else self.build(part, depth)

    def cut(self, base: Term, indices: list[Term]) -> Term:
        """Apply the indices before ``...`` from the front, those behind it from the end."""
        split = _rest(indices)
        base = self._cut_axes(base, indices[:split], 0, 1)
        return self._cut_axes(base, indices[:split:-1], -1, -1)

    def _cut_axes(self, base: Term, indices: list[Term], axis: int, step: int) -> Term:
        """Apply indices to one axis after the other; an integer leaves none behind."""
        for index in indices:
            base = self.cut_axis(base, index, axis)
            axis += 0 if isinstance(index.value, int) else step
        return base

    def cut_axis(self, base: Term, index: Term, axis: int) -> Term:
        """Apply one index to one axis."""
        make, at, node = self.scope.call, index.column, base.tensor()
        if index.value is None:
            return make(ExpandDims, at, node, axis=axis)
        if isinstance(index.value, slice):
            return self._cut_slice(base, index, axis)
        place = index.integer()
        one = make(Slice, at, node, axis=axis, start=place, stop=place + 1 or None)
        return make(Squeeze, at, one.tensor(), axis=axis)

    def _cut_slice(self, base: Term, index: Term, axis: int) -> Term:
        """Apply a slice to one axis; nothing where it is all of it."""
        start, stop, step = index.value.start, index.value.stop, index.value.step or 1
        if (start or 0, stop, step) == (0, None, 1):
            return base
        bounds = {"start": start, "stop": stop, "step": step}
        return self.scope.call(Slice, index.column, base.tensor(), axis=axis, **bounds)


def _refuse_of_batch(indices: Sequence[Term]) -> None:
    """Refuse a number as the first index, which would take one row of the batch."""
    if indices and isinstance(indices[0].value, int):
        column = indices[0].column
        raise ExpressionError(column, "the first index is the batch", "as in x[:, 0]")


def _rest(indices: list[Term]) -> int:
    """Return the place of ``...``, which stands at the end where it is not written."""
    rests = [place for place, each in enumerate(indices) if each.value is ...]
    if len(rests) > 1:
        raise ExpressionError(indices[rests[1]].column, "'...' stands for all axes once")
    return rests[0] if rests else len(indices)


def _bound(term: Term) -> int | None:
    return None if term.value is None else term.integer()


BUILD: Final[Mapping[type[ast.expr], Callable[..., Term]]] = {
    ast.Constant: Builder.constant,
    ast.List: Builder.listed,
    ast.Tuple: Builder.listed,
    ast.UnaryOp: Builder.signed,
    ast.BinOp: Builder.combined,
    ast.Compare: Builder.compared,
    ast.Call: Builder.called,
    ast.Name: Builder.name,
    ast.Attribute: Builder.name,
    ast.Subscript: Builder.item,
}
"""What a part of an expression can be; there is nothing else of Python's."""
