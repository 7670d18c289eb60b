"""What a host is written for: the names, types and sizes of one model's inputs and outputs."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import islice, zip_longest
from math import prod

from keronyx.converter.errors import UnsupportedConfigError, UsageError, shorten
from keronyx.converter.program.names import Names, identifier
from keronyx.converter.tensors import Array
from keronyx.runtime.columns import column_names
from keronyx.runtime.hosts.pictures import Picture, picture_of
from keronyx.runtime.hosts.vectors import Vectors
from keronyx.runtime.proof.domains import Domain
from keronyx.runtime.session.batches import batch_of
from keronyx.runtime.specs import Specs, TensorSpec

HELD = frozenset(
    {"bool", "float16", "float32", "float64", "string"}
    | {f"{sign}int{bits}" for sign in ("", "u") for bits in (8, 16, 32, 64)}
)
"""Types that every host has."""


@dataclass(frozen=True, kw_only=True)
class Port:
    """An input or an output.

    ``name`` is the one in the graph, ``words`` the same as an identifier in lower case that no
    language reserves. ``row`` is the shape of one row: without the batch axis. ``given`` are the
    names that somebody gave to its columns, ``image`` is what it is as an image, if it can be one.
    """

    name: str
    words: str
    dtype: str
    row: tuple[int, ...]
    given: tuple[str, ...] = ()
    image: Picture | None = None

    @property
    def size(self) -> int:
        """Number of values in a row."""
        return prod(self.row)

    @property
    def pascal(self) -> str:
        """The identifier as in ``PetalWidth``."""
        return "".join(word[:1].upper() + word[1:] for word in self.words.split("_"))

    @property
    def camel(self) -> str:
        """The identifier as in ``petalWidth``; a property's name, so keywords are allowed."""
        return self.pascal[:1].lower() + self.pascal[1:]

    @cached_property
    def columns(self) -> tuple[str, ...]:
        """Names of the columns in a CSV file, row-major: given, ``x``, or ``x[0]``, ``x[1]`` ..."""
        return self.given or tuple(column_names({self.name: self.row}))


@dataclass(frozen=True, kw_only=True)
class Kept:
    """What a call leaves for the next: an input takes what the output ``next_name`` gave."""

    name: str
    next_name: str
    dtype: str
    row: tuple[int, ...]


@dataclass(frozen=True, kw_only=True)
class Facts:
    """A model as its host knows it.

    ``batch`` is the number of rows that the graph fixes, None where it takes any. The self-test
    allows |a - b| <= atol * max(1, largest |b| of the row) + rtol * |b|, b the recorded number.
    ``external_data`` names the file of weights beside the model, if there is one.
    """

    name: str
    title: str
    inputs: tuple[Port, ...]
    outputs: tuple[Port, ...]
    batch: int | None
    opset: int
    source_sha256: str
    rows: int
    rtol: float
    atol: float
    external_data: str = ""
    version: str = ""
    states: tuple[Kept, ...] = ()

    @property
    def named(self) -> bool:
        """Whether the columns of the inputs have names by which a table must have them.

        Those are given, or those of inputs that hold one value each beside others.
        """
        return self._has_single or any(port.given for port in self.inputs)

    @property
    def _has_single(self) -> bool:
        return len(self.inputs) > 1 and any(port.size == 1 for port in self.inputs)

    @property
    def pascal(self) -> str:
        """The name as in ``DigitsResidual``."""
        return "".join(word[:1].upper() + word[1:] for word in self.name.split("_"))


def check_ports(inputs: Specs, outputs: Specs) -> None:
    """Refuse what a host cannot have.

    That is a tensor without the batch axis or without values, a type that not every language has,
    or several fixed numbers of rows. Raises UnsupportedConfigError.
    """
    for kind, specs in (("input", inputs), ("output", outputs)):
        for name, spec in specs.items():
            _check_port(f"{kind} '{shorten(name)}'", spec)
    _check_batches(inputs, outputs)


def _check_batches(inputs: Specs, outputs: Specs) -> None:
    fixed, every = _batches(inputs), _batches(inputs) | _batches(outputs)
    if len(every) > 1 or every - fixed:
        sizes = ", ".join(map(str, sorted(every)))
        raise UnsupportedConfigError(
            f"inputs and outputs do not have the same number of rows: some have always {sizes}"
        )


def _batches(specs: Specs) -> set[int]:
    """Return the numbers of rows that are fixed."""
    return {spec.shape[0] for spec in specs.values() if spec.shape[0] is not None}


def _check_port(where: str, spec: TensorSpec) -> None:
    if spec.dtype not in HELD:
        raise UnsupportedConfigError(f"{where} is {spec.dtype}, which hosts do not hold")
    if not spec.shape:
        what = "has no batch axis, so it cannot be a row of a table"
        raise UnsupportedConfigError(f"{where} {what}")
    if 0 in spec.shape:
        raise UnsupportedConfigError(f"{where} has no values")


def kept_of(
    pairs: Mapping[str, str], states: Mapping[str, Array], inputs: Specs
) -> tuple[Kept, ...]:
    """Collect what is kept between calls.

    Raises UnsupportedConfigError where that has another number of rows than the inputs.
    """
    if any(len(array) != batch_of(inputs) for array in states.values()):
        raise UnsupportedConfigError("states of another number of rows than the inputs have")
    return tuple(
        Kept(
            name=name,
            next_name=pairs[name],
            dtype=array.dtype.name,
            row=array.shape[1:],
        )
        for name, array in states.items()
    )


def facts_of(  # noqa: PLR0913 - everything that is known of a model
    title: str,
    inputs: Specs,
    outputs: Specs,
    vectors: Vectors,
    *,
    opset: int,
    source_sha256: str,
    version: str,
    external_data: str = "",
    columns: Sequence[str] = (),
    classes: Sequence[str] = (),
    taken: Sequence[Domain] = (),
    states: tuple[Kept, ...] = (),
) -> Facts:
    """Collect what is known; the sizes that a graph leaves open are those of the recorded rows.

    ``columns`` and ``classes`` name the values of a row of the inputs and of the outputs, ``taken``
    is what each input takes, where it is known, ``states`` what is kept. Raises UsageError where
    the names are not as many.
    """
    name = identifier(title, "model")
    return Facts(
        name=name,
        title=shorten(title),
        inputs=_named(_pictured(_ports("input", inputs, vectors.inputs), taken), columns),
        outputs=_named(_ports("output", outputs, vectors.outputs), classes, "classes"),
        batch=batch_of(inputs),
        opset=opset,
        source_sha256=source_sha256,
        rows=vectors.rows,
        rtol=vectors.tolerance.rtol,
        atol=vectors.tolerance.atol,
        external_data=external_data,
        version=version,
        states=states,
    )


def _pictured(ports: tuple[Port, ...], taken: Sequence[Domain]) -> tuple[Port, ...]:
    """Note which ports are images."""
    known = zip_longest(ports, taken[: len(ports)])
    return tuple(
        replace(port, image=picture_of(port.row, port.dtype, domain)) for port, domain in known
    )


def _named(
    ports: tuple[Port, ...], columns: Sequence[str], what: str = "columns"
) -> tuple[Port, ...]:
    """Give the ports the names of their columns."""
    _check_names(columns, sum(port.size for port in ports), what)
    left = iter(columns)
    return tuple(replace(port, given=tuple(islice(left, port.size))) for port in ports)


def _check_names(columns: Sequence[str], size: int, what: str) -> None:
    """Raise UsageError for another number of names than values, or for one that comes twice."""
    if columns and len(columns) != size:
        raise UsageError(f"{len(columns)} names of {what} for rows of {size} values")
    twice = [name for name, count in Counter(columns).items() if count > 1]
    if twice:
        raise UsageError(f"two {what} are named {shorten(repr(twice[0]))}")


def _ports(kind: str, specs: Specs, arrays: Mapping[str, Array]) -> tuple[Port, ...]:
    names = Names()
    return tuple(
        Port(
            name=name,
            words=names.unique(name, kind),
            dtype=spec.dtype,
            row=arrays[name].shape[1:],
        )
        for name, spec in specs.items()
    )
