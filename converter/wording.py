"""Options as they are spelled where they are given: on the command line, or in Python.

Messages are written with the options of the command line; in Python they are told as arguments.
"""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Final, TypeAlias

Spelling: TypeAlias = Callable[["re.Match[str]"], str]

_on_command_line: ContextVar[bool] = ContextVar("on_command_line", default=False)


@contextmanager
def command_line() -> Iterator[None]:
    """Leave options as the command line has them within a ``with`` block."""
    token = _on_command_line.set(True)
    try:
        yield
    finally:
        _on_command_line.reset(token)


def worded(sentence: str) -> str:
    """Return a sentence with its options as whoever reads it gives them."""
    if _on_command_line.get() or "--" not in sentence:
        return sentence
    for pattern, spelling in SPELLINGS:
        sentence = pattern.sub(spelling, sentence)
    return sentence


def _listed(match: "re.Match[str]") -> str:
    names = ", ".join(f'"{name}"' for name in match["names"].split(",") if name != "...")
    more = ", ..." if match["names"].endswith(",...") else ""
    return f"{match['option']}=[{names}{more}]"


def _mapped(match: "re.Match[str]") -> str:
    return f'{match["option"]}={{"{match["key"]}": "{match["value"]}"}}'


def _sized(match: "re.Match[str]") -> str:
    sizes = match["sizes"].replace(",", ", ")
    comma = "" if "," in sizes else ","
    return f'{match["option"]}={{"{match["key"]}": ({sizes}{comma})}}'


def _limited(match: "re.Match[str]") -> str:
    return f"keronyx.limits({match['name'].replace('-', '_')}=N)"


def _true(match: "re.Match[str]") -> str:
    return f"{match['option']}=True"


def _argument(match: "re.Match[str]") -> str:
    return f"{match['option'].replace('-', '_')}="


def _said(text: str) -> Spelling:
    return lambda _match: text


def _option(pattern: str) -> "re.Pattern[str]":
    return re.compile(rf"(?<![\w-])--{pattern}(?![\w-])")


SPELLINGS: Final[tuple[tuple["re.Pattern[str]", Spelling], ...]] = (
    (_option(r"no-bias(?: \(use_bias=False\))?"), _said("use_bias=False")),
    (_option("no-check"), _said("check=False")),
    (_option(r"order NAME,NAME,\.\.\. \(order=\[\.\.\.\] in Python\)"), _said("order=[...]")),
    (_option("import MODULE"), _said('imports=["MODULE"]')),
    (_option("(?P<option>trust|force)"), _true),
    (_option(r"limit (?P<name>[\w-]+)=N"), _limited),
    (re.compile(r"--(?P<option>replace) '(?P<key>[^']+)=(?P<value>EXPR)'"), _mapped),
    (re.compile(r"--(?P<option>replace) (?P<key>\S+)=(?P<value>EXPR)\b"), _mapped),
    (re.compile(r"--(?P<option>rename) (?P<key>\S+)=(?P<value>\w+)\b"), _mapped),
    (_option(r"(?P<option>shape) (?P<key>\S+?)=(?P<sizes>\d+(?:,\d+)*)"), _sized),
    (
        re.compile(
            r"--(?P<option>activations|columns|order|outputs) (?P<names>[^\s,]+(?:,[^\s,;]+)+)"
        ),
        _listed,
    ),
    (_option("(?!weights-file)(?P<option>[a-z]+(?:-[a-z]+)*)"), _argument),
)
"""Options by what stands behind them; what is none of these has a value that is told elsewhere."""
