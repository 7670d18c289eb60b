"""Statements in languages with braces, which look alike in C# and JavaScript."""

from collections.abc import Sequence
from typing import ClassVar

from keronyx.converter.source.expressions import CHOICE, COMPARED, Code
from keronyx.converter.source.loops import Lines, Loops, shifted
from keronyx.converter.source.texts import said


class Braces(Loops):
    """Prints what is spelled alike."""

    indent: ClassVar[str]

    def chosen(self, condition: Code, then: Code, other: Code) -> Code:
        """Return one of two values."""
        parts = (part.within(COMPARED) for part in (condition, then, other))
        return Code("{} ? {} : {}".format(*parts), CHOICE)

    def comment(self, text: str) -> Lines:
        """Return untrusted text as a comment."""
        return [f"// {said(text)}"]

    def assign(self, name: str, value: Code) -> str:
        """Return the line that changes a local variable."""
        return f"{name} = {value.text};"

    def closed(self, body: Sequence[str]) -> Lines:
        """Return a block."""
        return ["{", *shifted(body, self.indent), "}"]
