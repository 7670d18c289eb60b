"""Preprocessing layers that run as part of a model."""

from dataclasses import dataclass
from typing import Any, ClassVar, Literal, final

from keronyx.converter.errors import behind
from keronyx.converter.layers.base import Config, Layer, variable
from keronyx.converter.layers.masked import Mask
from keronyx.converter.layers.sizes import shown
from keronyx.converter.several import picked
from keronyx.converter.tensors import Shape, Variable

OutputMode = Literal["int", "one_hot", "multi_hot", "count", "tf_idf"]
Numbers = float | tuple[Any, ...]


@final
@dataclass(frozen=True, kw_only=True, eq=False)
class Rescaling(Layer):
    """x * scale + offset; lists broadcast against the last axes.

    Where Keras has the channels in front, which no file says, a list of scales is theirs.
    """

    scale: Numbers
    offset: Numbers = 0.0
    mask_passed_since: ClassVar[tuple[int, ...]] = (3,)

    def in_front(self, shape: Shape) -> bool:
        """Whether the scales are those of channels in front: they fit no others."""
        sizes, channels = _sizes(self.scale), shape[-3:-2]
        return len(sizes) == 1 and len(shape) > 3 and not _fit(sizes, shape) and sizes == channels

    def infer_shape(self, *shapes: Shape) -> Shape:
        """The input's shape."""
        (shape,) = shapes
        for name in ("scale", "offset"):
            sizes = _sizes(getattr(self, name))
            if not _fit(sizes, shape) and not (name == "scale" and self.in_front(shape)):
                raise self.refuse(f"{name} of shape {shown(sizes)} for an input of {shown(shape)}")
        return shape

    def spans(self, _rank: int) -> bool:
        """Element by element."""
        return True


def _sizes(numbers: Numbers) -> tuple[int, ...]:
    """Return the shape of numbers in nested lists."""
    if not isinstance(numbers, tuple):
        return ()
    return (len(numbers), *(_sizes(numbers[0]) if numbers else ()))


def _fit(sizes: tuple[int, ...], shape: Shape) -> bool:
    """Tell whether lists of these sizes stretch to the last axes, and these not to them."""
    pairs = zip(reversed(sizes), reversed(shape), strict=False)
    return len(sizes) <= len(shape) and all(
        size in (1, wanted) or not isinstance(wanted, int) for size, wanted in pairs
    )


def _adapted(config: Config) -> bool:
    return config["input_mean"] is None


@final
@dataclass(frozen=True, kw_only=True, eq=False)
class Normalization(Layer):
    """(x - mean) / max(sqrt(variance), 1e-7), or with ``invert`` mean + x * the same divisor.

    ``axis`` are the axes that keep statistics of their own (None: one for all). mean and variance
    are either variables (adapted) with the sizes of these axes, or ``input_mean`` and
    ``input_variance`` from the config, broadcast to that shape.
    """

    axis: tuple[int, ...] | None = (-1,)
    invert: bool = False
    input_mean: Numbers | None = None
    input_variance: Numbers | None = None
    mean: Variable | None = variable(_adapted, trainable=False)
    variance: Variable | None = variable(_adapted, trainable=False)
    count: Variable | None = variable(_adapted, trainable=False)
    mask_passed_since: ClassVar[tuple[int, ...]] = (3,)

    def infer_shape(self, *shapes: Shape) -> Shape:
        """The input's shape."""
        kept = sorted(self.axis_of(axis, len(shapes[0])) for axis in self.axis or ())
        if 0 in kept:
            raise self.refuse(f"axis={self.axis} keeps the batch")
        self.check_each(("mean", "variance"), picked(shapes[0], kept))
        return shapes[0]


@dataclass(frozen=True, kw_only=True, eq=False)
class Encoding(Layer, abstract=True):
    """A layer that gives category ids, or slots: one number for each of ``depth`` categories.

    int: the ids. one_hot: slots on a new last axis (in place of a last axis of size 1 where
    ``squeezes``). multi_hot, count, tf_idf: slots in place of the last axis of (batch, n): whether
    a category occurs, how often, how often times its ``idf_weights``. Ids outside 0 ... depth - 1
    fill none. ``squeezes`` is no config key but the version's: CategoryEncoding and Discretization
    of Keras 3.0 to 3.3 keep an axis of size 1. None is not known, and refused where it matters.
    """

    output_mode: OutputMode = "int"
    squeezes: bool | None = True
    autocast: ClassVar[bool] = False
    mask: ClassVar[Mask] = "stops"

    @property
    def depth(self) -> int:
        """Number of categories."""
        raise NotImplementedError

    def infer_shape(self, *shapes: Shape) -> Shape:
        """The input's, or with slots."""
        shape = shapes[0]
        if self.output_mode == "int":
            return shape
        if self.output_mode == "one_hot":
            return (*self._without_single(shape), self.depth)
        if len(shape) != 2:
            raise self.refuse(f"output_mode={self.output_mode!r} for {len(shape)} axes, not two")
        return (shape[0], self.depth)

    def _without_single(self, shape: Shape) -> Shape:
        """Return the shape without a last axis of size 1, which some versions keep."""
        if len(shape) < 2 or shape[-1] != 1:
            return shape
        if self.squeezes is None:
            raise self.refuse(
                "output_mode='one_hot' for a last axis of size 1, which some versions keep",
                "the file does not tell the version; save the model as .keras",
            )
        return shape[:-1] if self.squeezes else shape

    def infer_dtype(self, *_dtypes: str) -> str:
        """int64 ids, slots in the compute dtype."""
        return "int64" if self.output_mode == "int" else self.dtype.compute


@final
@dataclass(frozen=True, kw_only=True, eq=False)
class CategoryEncoding(Encoding):
    """Slots for integer ids 0 ... num_tokens - 1.

    In count mode a second input of the ids' shape weighs each of them.
    """

    num_tokens: int
    output_mode: OutputMode = "multi_hot"
    arity: ClassVar[tuple[int, int | None]] = (1, 2)
    further: ClassVar[tuple[str, ...]] = ("count_weights",)
    takes_ids: ClassVar[bool] = True

    @property
    def depth(self) -> int:
        """Number of categories."""
        return self.num_tokens

    def infer_shape(self, *shapes: Shape) -> Shape:
        """Slots for the first input."""
        if self.output_mode in {"int", "tf_idf"} or (
            len(shapes) == 2 and self.output_mode != "count"
        ):
            raise self.refuse(f"output_mode={self.output_mode!r} with {len(shapes)} inputs")
        return super().infer_shape(*shapes)


@final
@dataclass(frozen=True, kw_only=True, eq=False)
class Discretization(Encoding):
    """The id of a number is how many of the sorted ``bin_boundaries`` are at or below it.

    ``ids_dtype`` is no config key but the version's: int64 before Keras 3.12, int32 since. So is
    ``compares_doubles``: before Keras 3, int mode compares float64 numbers as they are; everything
    else is compared in float32.
    """

    bin_boundaries: tuple[float, ...]
    ids_dtype: Literal["int32", "int64"] = "int32"
    compares_doubles: bool = False

    @property
    def narrows(self) -> bool:
        """Whether float64 numbers are compared in float32."""
        return not self.compares_doubles or self.output_mode != "int"

    @property
    def depth(self) -> int:
        """Number of categories."""
        return len(self.bin_boundaries) + 1

    def infer_dtype(self, *dtypes: str) -> str:
        """The ids' own dtype, slots in the compute dtype."""
        return self.ids_dtype if self.output_mode == "int" else super().infer_dtype(*dtypes)


def _weighs_words(config: Config) -> bool:
    return bool(config["output_mode"] == "tf_idf" and config["input_idf_weights"] is None)


@dataclass(frozen=True, kw_only=True, eq=False)
class Vocabulary(Encoding, abstract=True):
    """Ids of the tokens of a vocabulary, or the slots that these fill.

    ``vocabulary`` has neither mask nor out-of-vocabulary token. ``max_tokens`` with
    ``pad_to_max_tokens`` widens the slots. In tf_idf mode each is weighed: by idf_weights (slots,),
    or where the config has them by ``input_idf_weights``, one a token; then those of unknown tokens
    weigh the mean, and those that only widen nothing.
    """

    vocabulary: tuple[Any, ...]
    max_tokens: int | None = None
    pad_to_max_tokens: bool = False
    input_idf_weights: tuple[float, ...] | None = None
    idf_weights: Variable | None = variable(_weighs_words, trainable=False)
    asset: ClassVar[str] = "vocabulary.txt"
    stores_aside: ClassVar[bool] = True
    takes_ids: ClassVar[bool] = True

    @property
    def unknown_ids(self) -> int:
        """How many ids there are for tokens out of the vocabulary."""
        return 1

    @property
    def depth(self) -> int:
        """Number of categories."""
        if self.pad_to_max_tokens and self.max_tokens is not None:
            return self.max_tokens
        return self.unknown_ids + len(self.vocabulary)

    def infer_shape(self, *shapes: Shape) -> Shape:
        """The input's, or with slots."""
        if len(set(self.vocabulary)) != len(self.vocabulary):
            raise self.refuse("a vocabulary with repeated tokens")
        if self.output_mode == "tf_idf":
            self._check_weights()
        return super().infer_shape(*shapes)

    def _check_weights(self) -> None:
        """Refuse weights that are not one for each slot, or for each token."""
        self.check_variable("idf_weights", (self.depth,))
        given = len(self.input_idf_weights or ())
        if self.idf_weights is None and given != len(self.vocabulary):
            raise self.refuse("output_mode='tf_idf' whose idf_weights do not fit the vocabulary")


@dataclass(frozen=True, kw_only=True, eq=False)
class Lookup(Vocabulary, abstract=True):
    """Ids of the tokens of a vocabulary, or with ``invert`` the tokens of ids.

    int: ``mask_token`` (when there is one) is 0, tokens out of the vocabulary come next
    (``num_oov_indices``), then the vocabulary in order. Other modes have no slot for the mask token
    and leave it out. Without an index for them, unknown tokens are an error in Keras; here they get
    -1, which fills no slot. ``invert`` gives oov_token for unknown ids.
    """

    invert: bool = False
    num_oov_indices: int = 1

    @property
    def unknown_ids(self) -> int:
        """How many ids there are for tokens out of the vocabulary."""
        return self.num_oov_indices

    @property
    def hashes(self) -> bool:
        """Whether one of several indices for unknown tokens is chosen by a hash."""
        return True

    def infer_shape(self, *shapes: Shape) -> Shape:
        """The input's, or with slots."""
        if self.num_oov_indices > 1 and not self.invert and self.hashes:
            raise self.refuse(
                f"num_oov_indices={self.num_oov_indices}, among which Keras chooses by a hash",
                f"ONNX has none; {behind(self.name)}",
            )
        if self.invert and self.output_mode != "int":
            raise self.refuse(f"invert=True with output_mode={self.output_mode!r}")
        return super().infer_shape(*shapes)


@final
@dataclass(frozen=True, kw_only=True, eq=False)
class StringLookup(Lookup):
    """``Lookup`` of strings."""

    vocabulary: tuple[str, ...]
    mask_token: str | None = None
    oov_token: str = "[UNK]"  # noqa: S105 -- a word of a vocabulary

    def infer_dtype(self, *dtypes: str) -> str:
        """Strings when inverted."""
        return "string" if self.invert else super().infer_dtype(*dtypes)


@final
@dataclass(frozen=True, kw_only=True, eq=False)
class IntegerLookup(Lookup):
    """``Lookup`` of integers.

    With several indices for those out of the vocabulary, which of them is the floor modulus of the
    integer; ``oov_method`` "farmhash" chooses by a hash of its digits, and is refused.
    """

    vocabulary: tuple[int, ...]
    mask_token: int | None = None
    oov_token: int = -1
    oov_method: Literal["floormod", "farmhash"] = "floormod"

    @property
    def hashes(self) -> bool:
        """Whether one of several indices for unknown tokens is chosen by a hash."""
        return self.oov_method == "farmhash"
