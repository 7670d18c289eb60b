"""Untrusted text as a literal of each language, printable ASCII throughout."""

import html
import json
from collections.abc import Callable
from typing import Any, Final


def c_string(text: str) -> str:
    """Return a string literal of C++ that holds the text in UTF-8."""
    pieces = []
    for byte in text.encode():
        char = chr(byte)
        if char in '"\\?':
            pieces.append(f"\\{char}")
        else:
            pieces.append(char if " " <= char <= "~" else f"\\{byte:03o}")
    return f'"{"".join(pieces)}"'


def csharp_string(text: str) -> str:
    """Return a string literal of C#."""
    return _escaped(text, "\\U{:08x}")


def javascript_string(text: str) -> str:
    """Return a string literal of JavaScript that also stands safely inside a page.

    Quotes inside are spelled by their numbers, so that formatters see no reason to change those
    around it.
    """
    return _escaped(text, "\\u{{{:x}}}", also='"<>&\u2028\u2029')


def _escaped(text: str, beyond: str, also: str = "") -> str:
    return f'"{"".join(_escape(char, beyond, also) for char in text)}"'


def _escape(char: str, beyond: str, also: str) -> str:
    """Spell a character: printable ASCII as it is, but for ``also``, others by their numbers."""
    if " " <= char <= "~" and char not in also:
        return f"\\{char}" if char in '"\\' else char
    code = ord(char)
    return f"\\u{code:04x}" if code <= 0xFFFF else beyond.format(code)


def javascript_number(value: float) -> str:
    """Spell a number in few digits, as JavaScript's formatters do."""
    return f"{value:.9g}".replace("e-0", "e-")


QUOTES: Final[dict[str, Callable[[Any], str]]] = {
    "c_string": c_string,
    "csharp_string": csharp_string,
    "javascript_string": javascript_string,
    "javascript_number": javascript_number,
    "json_string": json.dumps,
    "html": html.escape,
}
"""Filters of the templates, by name."""
