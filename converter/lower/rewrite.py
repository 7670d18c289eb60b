"""Rebuild expressions and statements with some of their parts replaced."""

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any, Final

from keronyx.converter.program.expressions import (
    At,
    Binary,
    Call,
    Cast,
    Expression,
    Local,
    Select,
    Steps,
    Take,
)
from keronyx.converter.program.memory import Buffer
from keronyx.converter.program.statements import Check, Fold, Map, Product, Statement
from keronyx.converter.program.walking import children

REBUILD: Final[Mapping[type, Callable[[Any, tuple[Expression, ...]], Expression]]] = {
    Take: lambda each, parts: replace(each, index=parts[0]),
    Binary: lambda each, parts: replace(each, left=parts[0], right=parts[1]),
    Call: lambda each, parts: replace(each, arguments=parts),
    Select: lambda _, parts: Select(*parts),
    Cast: lambda each, parts: replace(each, value=parts[0]),
}

Change = Callable[[Expression], Expression | None]
"""Returns what stands for an expression, None where it stays and its parts are looked at."""


def rebuilt(expression: Expression, change: Change) -> Expression:
    """Return the expression with every part that ``change`` names replaced."""
    found = change(expression)
    if found is not None:
        return found
    parts = tuple(rebuilt(part, change) for part in children(expression))
    return REBUILD[type(expression)](expression, parts) if parts else expression


def changed(statement: Statement, change: Change) -> Statement:
    """Return the statement with its expressions rebuilt; places keep their buffers."""
    match statement:
        case Check():
            return replace(statement, condition=rebuilt(statement.condition, change))
        case Map() | Product():
            return replace(statement, steps=tuple(rebuilt(s, change) for s in statement.steps))
        case Fold():
            value = rebuilt(statement.value, change)
            steps = tuple(rebuilt(s, change) for s in statement.steps)
            return replace(statement, value=value, steps=steps)
    return statement


def rebuffered(statement: Statement, buffers: Mapping[Buffer, Buffer]) -> Statement:
    """Return the statement with other buffers."""

    def moved(at: At) -> At:
        return replace(at, buffer=buffers.get(at.buffer, at.buffer))

    result = changed(statement, lambda each: moved(each) if isinstance(each, At) else None)
    if isinstance(result, Map | Fold):
        return replace(result, target=moved(result.target))
    if isinstance(result, Product):
        return replace(result, target=moved(result.target), source=moved(result.source))
    return result


def stepped(expression: Expression) -> Steps:
    """Return the steps of an expression: what occurs several times in it is computed once."""
    counts: Counter[Expression] = Counter()
    _count(expression, counts)
    steps: list[Expression] = []
    places: dict[Expression, Local] = {}

    def change(each: Expression) -> Expression | None:
        if each in places:
            return places[each]
        if counts[each] < 2 or not (children(each) or isinstance(each, At)):
            return None
        steps.append(rebuilt(each, lambda part: None if part is each else change(part)))
        places[each] = Local(len(steps) - 1, each.dtype)
        return places[each]

    last = rebuilt(expression, lambda part: None if part is expression else change(part))
    return (*steps, last)


def _count(expression: Expression, counts: Counter[Expression]) -> None:
    counts[expression] += 1
    if counts[expression] == 1:
        for child in children(expression):
            _count(child, counts)
