"""Fewer loops: axes of size 1 go, and axes that every place walks in one stretch become one."""

from collections.abc import Sequence
from dataclasses import replace
from math import prod

from keronyx.converter.lower.rewrite import Change, rebuilt
from keronyx.converter.program.expressions import At, Expression, Index, Take
from keronyx.converter.program.statements import Check, Fold, Map, Statement
from keronyx.converter.program.walking import every_part, expressions

Groups = list[list[int]]
Places = Sequence[tuple[int, ...]]
"""The strides of all that a statement touches."""


def collapsed(statement: Statement) -> Statement:
    """Return the statement with as few axes as do; one that uses loop variables as it is."""
    parts = [*every_part(expressions(statement))]
    if any(isinstance(part, Index) for part in parts):
        return statement
    return _collapsed(statement, [part.strides for part in parts if isinstance(part, At | Take)])


def _collapsed(statement: Statement, places: Places) -> Statement:
    match statement:
        case Fold():
            return _fold(statement, places)
        case Check():
            return _check(statement, places)
        case Map():
            return _map(statement, places)
    return statement


def _check(check: Check, places: Places) -> Check:
    groups = _groups(check.axes, places)
    condition = rebuilt(check.condition, _picker(groups))
    return replace(check, axes=_sizes(check.axes, groups), condition=condition)


def _map(statement: Map, places: Places) -> Map:
    groups = _groups(statement.axes, [*places, statement.target.strides])
    steps = tuple(rebuilt(step, _picker(groups)) for step in statement.steps)
    return Map(_sizes(statement.axes, groups), _picked(statement.target, groups), steps)


def _fold(fold: Fold, places: Places) -> Fold:
    """Collapse the kept axes and the folded ones, each by themselves."""
    split = len(fold.kept)
    kept = _groups(fold.kept, [*(place[:split] for place in places), fold.target.strides])
    over = _folded_groups(fold.axes[split:], places, split)
    groups = kept + over
    picks = _picker(kept)
    return replace(
        fold,
        axes=_sizes(fold.axes, groups),
        over=len(over),
        value=rebuilt(fold.value, _picker(groups)),
        target=_picked(fold.target, kept),
        steps=tuple(rebuilt(step, picks) for step in fold.steps),
    )


def _folded_groups(sizes: Sequence[int], places: Places, split: int) -> Groups:
    """Return the folded axes behind the kept ones, those together that can be one; one at least."""
    wide = [place[split:] for place in places if len(place) > split]
    over = _groups(sizes, wide) or [[0]]
    return [[split + axis for axis in group] for group in over]


def _groups(sizes: Sequence[int], places: Places) -> Groups:
    """Return the axes, those together that can be one."""
    groups: Groups = []
    for axis in (axis for axis, size in enumerate(sizes) if size != 1):
        if groups and _goes_on(groups[-1][-1], axis, sizes[axis], places):
            groups[-1].append(axis)
        else:
            groups.append([axis])
    return groups


def _goes_on(before: int, axis: int, size: int, places: Places) -> bool:
    """Tell whether a step along one axis is the whole length of the next, wherever one walks."""
    return all(place[before] == place[axis] * size for place in places)


def _sizes(sizes: Sequence[int], groups: Groups) -> tuple[int, ...]:
    return tuple(prod(sizes[axis] for axis in group) for group in groups)


def _picked(at: At, groups: Groups) -> At:
    return replace(at, strides=tuple(at.strides[group[-1]] for group in groups))


def _picker(groups: Groups) -> Change:
    def change(expression: Expression) -> Expression | None:
        if isinstance(expression, At):
            return _picked(expression, groups)
        if isinstance(expression, Take):
            strides = tuple(expression.strides[group[-1]] for group in groups)
            return replace(expression, strides=strides, index=rebuilt(expression.index, change))
        return None

    return change
