"""The equation of an einsum, ``abc,cd->abd``, and the shape that it gives."""

import math
from collections import Counter
from typing import NamedTuple

from keronyx.converter.layers.named import Named
from keronyx.converter.layers.sizes import fits
from keronyx.converter.tensors import Shape, Size


class Equation(NamedTuple):
    """The letters of the input, the kernel and the output; an ellipsis is one dot at its place."""

    source: str
    weight: str
    target: str

    @classmethod
    def of(cls, owner: Named, text: str) -> "Equation":
        """Split an equation; raises UnsupportedConfigError for what no kernel can do."""
        operands, arrow, target = text.replace(" ", "").replace("...", ".").partition("->")
        source, comma, weight = operands.partition(",")
        made = cls(source, weight, target)
        if not (arrow and comma and made.is_spelled):
            raise owner.refuse(f"equation={text!r}")
        if any(max(Counter(term).values(), default=1) > 1 for term in made):
            raise owner.refuse(f"equation={text!r} repeats a letter in one term")
        if not set(target) - {"."} <= set(source + weight):
            raise owner.refuse(f"equation={text!r} has an output letter without a source")
        return made

    @property
    def is_spelled(self) -> bool:
        """Whether all are letters, and dots where they mean something."""
        letters = "".join(self).replace(".", "")
        dots = "." not in self.weight and ("." in self.source or "." not in self.target)
        return letters.isascii() and letters.isalpha() and dots

    def shape(self, owner: Named, shape: Shape, kernel: Shape) -> Shape:
        """Follow the letters from the input and the kernel to the output; raises for a misfit."""
        weights = self._bind(owner, self.weight, kernel)
        sizes = weights | self._bind(owner, self.source, shape)
        for letter, size in weights.items():
            if not fits((sizes[letter],), (size,)):
                raise owner.misfit(f"kernel axis {letter!r} is {size}, the input's {sizes[letter]}")
        sizes |= weights
        start = self.source.find(".")
        rest = shape[start : start + len(shape) - len(self.source) + 1]
        out: list[Size] = []
        for letter in self.target:
            out.extend(rest if letter == "." else [sizes[letter]])
        return tuple(out)

    @property
    def is_matrix(self) -> bool:
        """Whether the kernel goes from what it takes away to what it brings, and no more."""
        summed = set(self.weight) - set(self.target)
        stays = set(self.source) - summed
        return (
            summed <= set(self.source)
            and not stays & set(self.weight)
            and stays <= set(self.target)
        )

    def sizes(self, owner: Named, shape: Shape, output_shape: Shape) -> Shape:
        """Sizes of the kernel's axes, by the input's and those of the output without the batch."""
        source = self._bind(owner, self.source, shape)
        tail = self.target.rpartition(".")[2]
        behind = dict(zip(reversed(tail), reversed(output_shape), strict=False))
        return tuple(behind.get(letter) or source.get(letter) for letter in self.weight)

    def matrix(self, kernel: tuple[int, ...]) -> tuple[int, int]:
        """Numbers of what a kernel of this shape takes away, and of what it brings."""
        sizes = dict(zip(self.weight, kernel, strict=True))
        added = math.prod(sizes[letter] for letter in self.weight if letter in self.target)
        return math.prod(kernel) // max(added, 1), added

    def packed(self, kernel: tuple[int, ...], count: int) -> tuple[int, ...]:
        """Shape of a kernel with ``count`` numbers a byte along the first axis that is summed."""
        first = next(axis for axis, letter in enumerate(self.weight) if letter not in self.target)
        return tuple(
            -(-size // count) if axis == first else size for axis, size in enumerate(kernel)
        )

    def scale(self, shape: Shape, kernel: tuple[int, ...]) -> Shape:
        """Shape of a number for each that the kernel brings, with the axes of the output."""
        sizes = dict(zip(self.weight, kernel, strict=True))
        elided = len(shape) - len(self.source.replace(".", ""))
        return tuple(
            each
            for letter in self.target
            for each in ([1] * elided if letter == "." else [sizes.get(letter, 1)])
        )

    def _bind(self, owner: Named, term: str, shape: Shape) -> dict[str, Size]:
        head, dot, tail = term.partition(".")
        letters = head + tail
        if len(shape) < len(letters) or (not dot and len(shape) > len(letters)):
            equation = f"equation={getattr(owner, 'equation', '')!r}"
            raise owner.misfit(f"{equation} with a shape of {len(shape)} axes")
        ends = (*shape[: len(head)], *shape[len(shape) - len(tail) :])
        return dict(zip(letters, ends, strict=True))
