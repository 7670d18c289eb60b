"""Source code without dependencies: a program is printed in any language.

A printer is a module with ``def write(program: Program, options: Options) -> str``, listed in
``PRINTERS``. It knows the little language and nothing of layers. Names it may use as they are, and
its own begin with ``kx_``; texts of the program go through ``texts.said`` or ``texts.quoted``.
"""

from collections.abc import Callable, Mapping
from importlib import import_module
from typing import Final

from keronyx.converter.errors import UsageError
from keronyx.converter.program.language import Options, Program

PRINTERS: Final[Mapping[str, str]] = {
    "c": "keronyx.converter.source.c",
    "cpp": "keronyx.converter.source.cpp",
    "csharp": "keronyx.converter.source.csharp",
    "python": "keronyx.converter.source.python",
    "javascript": "keronyx.converter.source.javascript",
}
"""Where the printer of each language stands: a module with a function ``write``."""


def printer(language: str) -> Callable[[Program, Options], str]:
    """Return the function that prints a program in a language."""
    if language not in PRINTERS:
        known = ", ".join(PRINTERS)
        raise UsageError(f"no code in language {language!r}", hint=f"the languages are {known}")
    write: Callable[[Program, Options], str] = import_module(PRINTERS[language]).write
    return write
