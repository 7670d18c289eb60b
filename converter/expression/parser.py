"""Read an expression with Python's own grammar, to a tree that is neither compiled nor run."""

import ast
from collections.abc import Sequence
from typing import Final

from keronyx.converter.expression.tokens import (
    BEGIN,
    ExpressionError,
    Token,
    check,
    missing,
    tokenize,
)

NAME: Final = "<expression>"
"""What Python's audit events call it; no file's text is ever parsed under this name."""


def parse(text: str) -> ast.expr:
    """Return Python's tree of a text; raises ExpressionError with the column where it has none.

    ``col_offset`` of every node is its column in the text, counted from 1: that of the sign for an
    operator or an index. Only the tree is made: ``ast.parse`` runs nothing.
    """
    pieces = tokenize(text)
    tokens = [piece for piece in pieces if piece.kind != "space"]
    check(tokens)
    # The grammar has no spaces in front of a text.
    source = "".join(piece.python for piece in pieces).lstrip()
    first = tokens[0].column
    tree = _tree(source, tokens)
    for node in ast.walk(tree):
        _move(node, source, first)
    return tree


def _tree(source: str, tokens: Sequence[Token]) -> ast.expr:
    """Return Python's tree; its columns are those of the source."""
    try:
        return ast.parse(source, NAME, "eval").body
    except SyntaxError as error:
        raise _refusal(error, tokens) from None


def _move(node: ast.AST, source: str, first: int) -> None:
    """Say where a node stands in the text, which begins at a column; refuse comparisons of more."""
    if isinstance(node, ast.Compare) and len(node.ops) > 1:
        column = first + _behind(source, node.comparators[0])
        raise ExpressionError(column, "a comparison of two is enough")
    if isinstance(node, ast.expr):
        node.col_offset = first + _place(source, node)


def _place(source: str, node: ast.expr) -> int:
    """Return where a node's sign stands, or else where it begins."""
    match node:
        case ast.BinOp(left=before) | ast.Compare(left=before) | ast.Subscript(value=before):
            return _behind(source, before)
    return node.col_offset


def _behind(source: str, node: ast.expr) -> int:
    """Return where the next sign stands behind a node and what closes it."""
    return len(source) - len(source[node.end_col_offset :].lstrip(" )"))


def _refusal(error: SyntaxError, tokens: Sequence[Token]) -> ExpressionError:
    """Say what Python's parser says, or in words of ours where it says nothing."""
    place = (error.offset or 1) - 1 + tokens[0].column
    *_, before, token = [BEGIN, *(each for each in tokens if each.column <= place)]
    if error.msg == "invalid syntax":
        return missing(before, token)
    return ExpressionError(token.column, error.msg)
