"""Products of tensors, summed over some of their axes: matmul, dot, einsum and their kind."""

from abc import abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from string import ascii_lowercase, ascii_uppercase
from typing import ClassVar, Final, NamedTuple, final

from keronyx.converter.layers.base import Spec
from keronyx.converter.layers.ops_base import Applied, Rule
from keronyx.converter.layers.promotion import floating_tensors, tensors
from keronyx.converter.layers.sizes import numbers_in, product, shown
from keronyx.converter.several import as_tuple
from keronyx.converter.tensors import KerasTensor, Shape, Size

BYTES: Final = {"int8"}
"""What all operands are that are multiplied as integers and summed in 32 bits."""


def multiplying(*dtypes: str) -> str:
    """Return what products are summed in: of integers float32, but int32 of bytes alone."""
    return "int32" if {*dtypes} == BYTES else floating_tensors(*dtypes)


def summing_whole(*dtypes: str) -> str:
    """Return the promoted dtype of tensors, float32 for integers of less than 32 bits."""
    found = tensors(*dtypes)
    return found if found in {"int32", "int64"} else floating_tensors(found)


class Equation(NamedTuple):
    """The letters of the axes of every operand, and those of the result."""

    terms: tuple[str, ...]
    result: str

    @property
    def written(self) -> str:
        """As einsum takes it."""
        return f"{','.join(self.terms)}->{self.result}"


@dataclass(frozen=True, kw_only=True, eq=False)
class Product(Applied, abstract=True):
    """A product whose result has the promoted dtype, though it is computed in floats."""

    def infer_dtype(self, *dtypes: str) -> str:
        """The promoted dtype of the operands."""
        computed = self.computes_in(*dtypes)
        every = self.filled(dtypes, lambda constant: constant.dtype)
        return computed if {*every} == BYTES and computed == "int32" else tensors(*every)


@dataclass(frozen=True, kw_only=True, eq=False)
class Contraction(Product, abstract=True):
    """Products of numbers, summed over the axes whose letters the result has not."""

    @abstractmethod
    def equation(self, *ranks: int) -> Equation:
        """The letters of the axes, for operands with so many."""

    def shape_of(self, *shapes: Shape) -> Shape:
        """The sizes by their letters."""
        equation = self.equation(*map(len, shapes))
        sizes: dict[str, list[Size]] = {}
        for term, shape in zip(equation.terms, shapes, strict=True):
            for letter, size in zip(term, shape, strict=True):
                sizes.setdefault(letter, []).append(size)
        for letter in sizes.keys() - {*equation.result}:
            if len({*numbers_in(sizes[letter])}) > 1:
                listed = " and ".join(map(shown, shapes))
                raise self.refuse(f"{self.function} of shapes {listed}")
        return tuple(self._one_size(tuple(sizes[letter]), shapes) for letter in equation.result)


@final
@dataclass(frozen=True, kw_only=True, eq=False)
class Matrices(Contraction, abstract=True):
    """matmul, dot, inner: a sum over the last axis of the first operand and one of the second.

    That is its last but one, for inner its last, of a vector the only one. What matmul has in front
    of two axes broadcasts; dot and inner put one behind the other. A single number multiplies all.
    """

    rules: ClassVar[Mapping[str, Rule]] = {
        "matmul": Rule(multiplying, takes="numbers"),
        **dict.fromkeys(("dot", "inner"), Rule(floating_tensors, takes="floats")),
    }

    def equation(self, *ranks: int) -> Equation:
        """The letters: z for what is summed, capitals for what broadcasts."""
        if 0 in ranks:
            return self._scaled(*ranks)
        return self._stacked(*ranks) if self.function == "matmul" else self._side_by_side(*ranks)

    def _scaled(self, first: int, second: int) -> Equation:
        if self.function == "matmul":
            raise self.refuse("matmul of a single number")
        letters = ascii_lowercase[: max(first, second)]
        return Equation((letters[:first], letters[:second]), letters)

    def _side_by_side(self, first: int, second: int) -> Equation:
        front, behind = ascii_lowercase[: first - 1], ascii_uppercase[: second - 1]
        other = f"{behind}z" if self.function == "inner" or second < 2 else _inserted(behind)
        return Equation((f"{front}z", other), front + behind)

    def _stacked(self, first: int, second: int) -> Equation:
        rows, columns = "a" * (first > 1), "b" * (second > 1)
        longer = max(first, second) - 2
        capitals = ascii_uppercase[: max(longer, 0)]
        ahead = [capitals[len(capitals) - max(rank - 2, 0) :] for rank in (first, second)]
        return Equation(
            (f"{ahead[0]}{rows}z", f"{ahead[1]}z{columns}"), f"{capitals}{rows}{columns}"
        )

    def results(self, *inputs: KerasTensor, **arguments: object) -> tuple[Spec, ...]:
        """One output; bytes are refused where Keras gives bytes, too, which is of vectors."""
        found = super().results(*inputs, **arguments)
        ranks = self.filled([len(each.shape) for each in inputs], lambda each: len(each.shape))
        every = self.filled([each.dtype for each in inputs], lambda each: each.dtype)
        if self.function == "matmul" and 1 in ranks and {*every} == BYTES:
            raise self.refuse("matmul of a vector of int8 numbers")
        return found


def _inserted(letters: str) -> str:
    """Return letters with the one of the sum in front of the last."""
    return f"{letters[:-1]}z{letters[-1:]}"


@final
@dataclass(frozen=True, kw_only=True, eq=False)
class Tensordot(Contraction, abstract=True):
    """A sum over ``axes``: so many last of the first and first of the second, or named pairs."""

    axes: int | tuple[int | tuple[int, ...], int | tuple[int, ...]] = 2
    rules: ClassVar[Mapping[str, Rule]] = {"tensordot": Rule(summing_whole)}

    def pairs(self, first: int, second: int) -> list[tuple[int, int]]:
        """The axes of the two that are summed over together."""
        told = self.axes
        if isinstance(told, int):
            told = (tuple(range(first - told, first)), tuple(range(told)))
        named = [as_tuple(each) for each in told]
        if len(named[0]) != len(named[1]):
            raise self.refuse(f"axes {self.axes}")
        places = [
            [self.axis_of(axis, rank) for axis in axes]
            for axes, rank in zip(named, (first, second), strict=True)
        ]
        return list(zip(*places, strict=True))

    def equation(self, *ranks: int) -> Equation:
        """The letters of the first, and capitals for what the second has of its own."""
        first, second = ranks
        terms = [[*ascii_lowercase[:first]], [*ascii_uppercase[:second]]]
        pairs = self.pairs(first, second)
        for one, other in pairs:
            terms[1][other] = terms[0][one]
        summed = {terms[0][one] for one, _ in pairs}
        left = "".join(letter for term in terms for letter in term if letter not in summed)
        return Equation(("".join(terms[0]), "".join(terms[1])), left)


@final
@dataclass(frozen=True, kw_only=True, eq=False)
class Einsum(Contraction, abstract=True):
    """What ``subscripts`` say: letters of axes, a sum over those that are not behind the arrow."""

    subscripts: str
    rules: ClassVar[Mapping[str, Rule]] = {"einsum": Rule(multiplying, takes="numbers")}

    def equation(self, *ranks: int) -> Equation:
        """The letters, digits in the place of dots; by default those met once, in their order."""
        left, arrow, told = self.subscripts.replace(" ", "").partition("->")
        terms = left.split(",")
        if len(terms) != len(ranks):
            raise self.refuse(f"subscripts {self.subscripts!r} for {len(ranks)} tensors")
        counts = [
            rank - len(term.replace("...", "")) for term, rank in zip(terms, ranks, strict=True)
        ]
        self._check(terms, counts)
        longest = max((n for n, term in zip(counts, terms, strict=True) if "." in term), default=0)
        spread = [self._spread(*each, longest) for each in zip(terms, counts, strict=True)]
        once = sorted({each for each in left if left.count(each) == 1 and each.isalpha()})
        result = told if arrow else "..." * ("..." in left) + "".join(once)
        return Equation(tuple(spread), self._spread(result, longest, longest))

    def _check(self, terms: Sequence[str], counts: Sequence[int]) -> None:
        """Refuse what does not fit the axes."""
        for term, count in zip(terms, counts, strict=True):
            if count < 0 or (count and "..." not in term):
                raise self.refuse(f"subscripts {term!r} in {self.subscripts!r}")

    def _spread(self, term: str, count: int, longest: int) -> str:
        digits = "".join(map(str, range(longest)))
        return term.replace("...", digits[longest - count :])


@final
@dataclass(frozen=True, kw_only=True, eq=False)
class Flattened(Product, abstract=True):
    """outer: all numbers of one with all of the other; vdot: the sum of their products in order."""

    rules: ClassVar[Mapping[str, Rule]] = {
        "outer": Rule(tensors),
        "vdot": Rule(floating_tensors, takes="floats"),
    }

    def shape_of(self, *shapes: Shape) -> Shape:
        """A matrix, or a number."""
        counts = tuple(product(shape) for shape in shapes)
        if self.function == "outer":
            return counts
        if len({*numbers_in(counts)}) > 1:
            raise self.refuse(f"vdot of shapes {' and '.join(map(shown, shapes))}")
        return ()


@final
@dataclass(frozen=True, kw_only=True, eq=False)
class Kronecker(Product, abstract=True):
    """Every number of the first times all of the second, in its place."""

    rules: ClassVar[Mapping[str, Rule]] = {"kron": Rule(tensors)}

    def shape_of(self, *shapes: Shape) -> Shape:
        """The sizes multiplied, axes aligned at the end."""
        rank = max(map(len, shapes))
        first, second = ((*(1,) * (rank - len(shape)), *shape) for shape in shapes)
        return tuple(product(pair) for pair in zip(first, second, strict=True))


@final
@dataclass(frozen=True, kw_only=True, eq=False)
class Cross(Product, abstract=True):
    """The vectors perpendicular to those along an axis of each; of two in a plane their length."""

    axisa: int = -1
    axisb: int = -1
    axisc: int = -1
    axis: int | None = None
    rules: ClassVar[Mapping[str, Rule]] = {"cross": Rule(tensors)}

    def places(self, *ranks: int) -> tuple[int, int]:
        """The axes of the vectors."""
        told = (self.axisa, self.axisb) if self.axis is None else (self.axis, self.axis)
        first, second = map(self.axis_of, told, ranks)
        return first, second

    def target(self, rank: int) -> int:
        """The axis of the result, of so many, that has its vectors."""
        return self.axis_of(self.axisc if self.axis is None else self.axis, rank)

    def lengths(self, *shapes: Shape) -> tuple[Size, ...]:
        """How many numbers the vectors have."""
        places = self.places(*map(len, shapes))
        return tuple(shape[place] for shape, place in zip(shapes, places, strict=True))

    def shape_of(self, *shapes: Shape) -> Shape:
        """The vectors of the result; none where both are in a plane."""
        lengths = self.lengths(*shapes)
        if not {*lengths} <= {2, 3}:
            raise self.refuse(f"vectors of {' and '.join(map(str, lengths))} numbers")
        places = self.places(*map(len, shapes))
        others = [
            (*shape[:place], *shape[place + 1 :])
            for shape, place in zip(shapes, places, strict=True)
        ]
        found = self.broadcast(*others)
        if 3 not in lengths:
            return found
        target = self.target(len(found) + 1)
        return (*found[:target], 3, *found[target:])


OPERATIONS: Final = (Matrices, Tensordot, Einsum, Flattened, Kronecker, Cross)
