"""Vocabularies, in the config or in text files: one token a line, whatever stands in the token."""

from collections.abc import Mapping
from typing import Any

from keronyx.converter.errors import UnsupportedConfigError, WeightError, shorten
from keronyx.converter.layers.base import Layer
from keronyx.converter.limits import current, limited


def tokens_of(kind: type[Layer], config: Mapping[str, Any], vocabulary: Any) -> list[Any]:
    """Return a vocabulary without the mask and out-of-vocabulary tokens it may start with.

    Raises UnsupportedConfigError for what is no vocabulary, or not as long as the config says.
    """
    if not isinstance(vocabulary, list):
        raise UnsupportedConfigError(f"vocabulary={shorten(repr(vocabulary))}")
    special = _special(kind, config)
    starts = bool(special) and vocabulary[: len(special)] == special
    tokens: list[Any] = vocabulary[len(special) :] if starts else vocabulary
    _check_size(config.get("vocabulary_size"), len(tokens), len(special))
    return tokens


def _check_size(stated: Any, tokens: int, special: int) -> None:
    if tokens and stated is not None and stated != special + tokens:
        raise UnsupportedConfigError(
            f"vocabulary_size={shorten(repr(stated))} for {tokens} tokens "
            f"and {special} special ones"
        )


def _special(kind: type[Layer], config: Mapping[str, Any]) -> list[Any]:
    """Return the tokens that a vocabulary may start with."""
    count = config.get("num_oov_indices", 1)
    _check_oov(count)
    unknown = [config.get("oov_token", getattr(kind, "oov_token", None))] * count
    mask = config.get("mask_token", getattr(kind, "mask_token", None))
    masked = mask is not None and config.get("output_mode", "int") == "int"
    return [mask, *unknown] if masked else unknown


def _check_oov(count: Any) -> None:
    if not isinstance(count, int) or count < 0:
        raise UnsupportedConfigError(f"num_oov_indices={shorten(repr(count))}")
    if count > current().oov_indices:
        what = f"num_oov_indices={shorten(count)}"
        raise UnsupportedConfigError(what, hint=limited("oov_indices"))


def tokens_at(
    kind: type[Layer], config: Mapping[str, Any], tokens: list[Any], first: int, size: Any
) -> tuple[Any, ...]:
    """Return the tokens of a lookup table, whose places begin at ``first``, without special ones.

    Raises WeightError where its places are not those that the config gives to tokens.
    """
    special = len(_special(kind, config))
    if first not in {0, special}:
        raise WeightError(f"a table whose places begin at {first}, not at {special}")
    if isinstance(config.get("oov_token"), int):
        tokens = [*map(_number, tokens)]
    found = tokens if first else tokens_of(kind, config, tokens)
    if first == 0 and len(found) + special != len(tokens):
        raise WeightError("a table without the tokens that its config puts first")
    _check_size(size, len(found), special)
    return tuple(found)


def tokens_in(
    text: str, kind: type[Layer], config: Mapping[str, Any], size: Any
) -> tuple[Any, ...]:
    """Return the tokens in a vocabulary's file, as ``lines_of`` has them, without special ones."""
    numbers = isinstance(config.get("oov_token"), int)
    return tuple(tokens_of(kind, config, lines_of(text, size, numbers=numbers)))


def lines_of(text: str, size: Any, *, numbers: bool) -> list[Any]:
    """Return the tokens of a vocabulary's file, which has ``size`` lines where the config tells it.

    Keras writes a token with a line break as two lines, and takes them for two tokens when it
    loads the file; the size is what the model had. On Windows it ends lines with a carriage return.
    Raises WeightError where the lines are not the tokens.
    """
    lines = text.split("\n")
    if not lines[-1] and len(lines) != size:
        lines.pop()
    _check_lines(len(lines), size)
    return [*map(_number if numbers else str, _without_returns(lines))]


def _check_lines(count: int, size: Any) -> None:
    if size is not None and count != size:
        raise WeightError(
            f"a vocabulary of {count} lines, its config says {shorten(repr(size))}",
            hint="a token with a line break becomes two in the file; "
            "take such tokens out, and save the model again",
        )


def _without_returns(lines: list[str]) -> list[str]:
    """Take off the carriage returns that end lines, where it is not tokens that end with them."""
    ends = [line.endswith("\r") for line in lines]
    if not any(ends):
        return lines
    if not all(ends[:-1]) or len(lines) == 1:
        raise WeightError(
            f"{sum(ends)} of {len(lines)} lines of the vocabulary end with a carriage return",
            hint="Keras would lose it; take such tokens out, and save the model again",
        )
    return [line.removesuffix("\r") for line in lines]


def _number(token: str) -> int:
    try:
        return int(token)
    except ValueError:
        raise WeightError(f"the vocabulary has {shorten(repr(token))} for an integer") from None
