"""Numbers, names and sentences as every language's source code has them."""

import base64
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from textwrap import wrap
from typing import Final

from keronyx.converter.program.language import Program
from keronyx.converter.program.memory import Constant, DType, Port
from keronyx.converter.program.weights import little_endian
from keronyx.converter.tensors import Array

LINE: Final = 96
"""How many characters of base64 stand in a line."""


def base64_lines(data: bytes) -> list[str]:
    """Return bytes as lines of base64."""
    text = base64.b64encode(data).decode("ascii")
    return [text[start : start + LINE] for start in range(0, len(text), LINE)]


def recorded(array: Array, port: Port) -> bytes:
    """Return the recorded numbers of a port, little-endian."""
    buffer = port.buffer
    return little_endian(
        Constant(name=buffer.name, dtype=buffer.dtype, size=array.size, values=array)
    )


def quoted(text: str) -> str:
    """Return untrusted text as a string literal of C# and JavaScript, safe in a web page, too."""
    return json.dumps(str(text)).replace("<", "\\u003c").replace("\x7f", "\\u007f")


def comment_text(text: str, limit: int = 200) -> str:
    """Return untrusted text as one line of printable ASCII that ends no comment or literal.

    Backslashes, quotes of any kind, and the marks that begin or end comments are spelled apart or
    replaced; ``?`` too, for the sake of C's trigraphs.
    """
    plain = "".join(char if " " <= char <= "~" else "." for char in str(text))
    for mark, instead in {"\\": ".", '"': "'", "`": "'", "?": ".", "${": "."}.items():
        plain = plain.replace(mark, instead)
    plain = plain.replace("*/", "* /").replace("/*", "/ *").replace("'''", "'")
    return plain if len(plain) <= limit else f"{plain[: limit - 3]}..."


def said(text: str) -> str:
    """Return untrusted text as words of a comment that ends neither it nor a script."""
    return comment_text(text).replace("</", "< /").replace("<!", "< !").replace("-->", "-- >")


def described(port: Port) -> str:
    """Return what a port holds and how it lies: ``32 float32 numbers, (8, 4) in C order: name``."""
    size = port.buffer.size
    what = f"{size} {port.buffer.dtype} number{'s' if size != 1 else ''}"
    shape = f", {port.shape} in C order" if len(port.shape) > 1 else ""
    return f"{what}{shape}: {said(port.label)}"


def head(program: Program) -> list[str]:
    """Return the lines with which a file begins: what it is, and where it comes from."""
    return [f"The prediction function of {said(program.title)}.", *map(said, program.facts)]


def folded(text: str, first: str, more: str, width: int = LINE) -> list[str]:
    """Return a text in lines, each behind a mark."""
    return wrap(text, width, initial_indent=first, subsequent_indent=more) or [first.rstrip()]


def filled(template: str, **words: object) -> str:
    """Return a template with words replaced, all at once: what is put in is left alone."""
    pattern = "|".join(rf"\b{word}\b" for word in words)
    return re.sub(pattern, lambda found: str(words[found[0]]), template)


def joined(words: Iterable[str]) -> str:
    """Return words with commas between them."""
    return ", ".join(words)


def names_of(ports: Iterable[Port]) -> str:
    """Return the names of ports with commas between them."""
    return joined(port.buffer.name for port in ports)


def for_each(ports: Iterable[Port], line: str, kinds: Mapping[DType, str]) -> Iterator[str]:
    """Yield a line for each port with its ``{name}``, ``{size}`` and the ``{kind}`` of its type."""
    for buffer in (port.buffer for port in ports):
        yield line.format(name=buffer.name, size=buffer.size, kind=kinds[buffer.dtype])
