"""What programs are made of: the parts of expressions, what statements read and write."""

from collections.abc import Iterator

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
    for root in expressions(statement):
        for expression in walk(root):
            if isinstance(expression, At):
                yield expression.buffer
            elif isinstance(expression, Take):
                yield expression.table
    if isinstance(statement, Product):
        yield statement.source.buffer
        yield statement.kernel
        if statement.bias is not None:
            yield statement.bias


def written(statement: Statement) -> Buffer | None:
    """Return the buffer that a statement writes to."""
    return None if isinstance(statement, Comment | Check) else statement.target.buffer


def functions_of(program: Program) -> frozenset[tuple[str, DType]]:
    """Return every (function, dtype) that is called somewhere in the program."""
    return frozenset(
        (expression.function, expression.dtype)
        for statement in program.statements
        for root in expressions(statement)
        for expression in walk(root)
        if isinstance(expression, Call)
    )
