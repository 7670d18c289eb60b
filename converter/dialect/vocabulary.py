"""Vocabularies that Keras keeps in text files: one token a line, whatever stands in the token."""

from typing import Any

from keronyx.converter.errors import WeightError, shorten


def lines_of(text: str, size: Any, *, numbers: bool) -> list[Any]:
    """Return the tokens of a vocabulary's file, which has ``size`` lines where the config tells it.

    Keras writes a token with a line break as two lines, and takes them for two tokens when it
    loads the file; the size is what the model had. On Windows it ends lines with a carriage return.
    Raises WeightError where the lines are not the tokens.
    """
    lines = text.split("\n")
    if not lines[-1] and len(lines) != size:
        lines.pop()
    if size is not None and len(lines) != size:
        raise WeightError(
            f"a vocabulary of {len(lines)} lines, its config says {shorten(repr(size))}",
            hint="a token with a line break becomes two in the file; "
            "take such tokens out, and save the model again",
        )
    tokens = _without_returns(lines)
    return [_number(token) for token in tokens] if numbers else list(tokens)


def _without_returns(lines: list[str]) -> list[str]:
    """Take off the carriage returns that end lines, where it is not tokens that end with them."""
    ended = sum(line.endswith("\r") for line in lines)
    if not ended:
        return lines
    if not all(line.endswith("\r") for line in lines[:-1]) or len(lines) == 1:
        raise WeightError(
            f"{ended} of {len(lines)} lines of the vocabulary end with a carriage return",
            hint="Keras would lose it; take such tokens out, and save the model again",
        )
    return [line.removesuffix("\r") for line in lines]


def _number(token: str) -> int:
    try:
        return int(token)
    except ValueError:
        raise WeightError(f"the vocabulary has {shorten(repr(token))} for an integer") from None
