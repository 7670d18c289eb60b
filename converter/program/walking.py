"""What programs are made of: the parts of expressions, what statements read and write."""

from collections.abc import Iterable, Iterator
from itertools import chain

from keronyx.converter.program.expressions import (
    At,
    Binary,
    Call,
    Cast,
    Expression,
    Select,
    Take,
)
from keronyx.converter.program.language import Program
from keronyx.converter.program.memory import Buffer, DType
from keronyx.converter.program.statements import Check, Comment, Fold, Map, Product, Statement


def children(expression: Expression) -> tuple[Expression, ...]:
    """Return the expressions that an expression is made of."""
    match expression:
        case Take():
            return (expression.index,)
        case Binary():
            return (expression.left, expression.right)
        case Call():
            return expression.arguments
        case Select():
            return (expression.condition, expression.then, expression.other)
        case Cast():
            return (expression.value,)
    return ()


def walk(expression: Expression) -> Iterator[Expression]:
    """Yield an expression and everything in it."""
    yield expression
    for child in children(expression):
        yield from walk(child)


def expressions(statement: Statement) -> tuple[Expression, ...]:
    """Return the expressions of a statement; of a Product only its steps."""
    match statement:
        case Check():
            return (statement.condition,)
        case Map() | Product():
            return statement.steps
        case Fold():
            return (statement.value, *statement.steps)
    return ()


def reads(statement: Statement) -> Iterator[Buffer]:
    """Yield every buffer that a statement reads, constants among them."""
    for part in every_part(expressions(statement)):
        if isinstance(part, At):
            yield part.buffer
        elif isinstance(part, Take):
            yield part.table
    if isinstance(statement, Product):
        yield from filter(None, (statement.source.buffer, statement.kernel, statement.bias))


def every_part(roots: Iterable[Expression]) -> Iterator[Expression]:
    """Yield expressions, and everything in them."""
    return chain.from_iterable(map(walk, roots))


def written(statement: Statement) -> Buffer | None:
    """Return the buffer that a statement writes to."""
    return None if isinstance(statement, Comment | Check) else statement.target.buffer


def functions_of(program: Program) -> frozenset[tuple[str, DType]]:
    """Return every (function, dtype) that is called somewhere in the program."""
    every = every_part(chain.from_iterable(map(expressions, program.statements)))
    return frozenset((part.function, part.dtype) for part in every if isinstance(part, Call))
