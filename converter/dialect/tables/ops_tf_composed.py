"""Functions of TensorFlow that are several operations of ``keras.ops``."""

from collections.abc import Callable
from functools import partial, reduce
from typing import Any, Final

from keronyx.converter.dialect.orders import Make, in_order, one_hot, places_in_order
from keronyx.converter.dialect.words import Config, Translation, Words
from keronyx.converter.errors import UnsupportedConfigError, shorten

RED, GREEN, BLUE = 0.2989, 0.5870, 0.1140
"""How light the colours are."""


def _squared_difference(make: Make, given: Config) -> Any:
    return make("Square", make("Subtract", given["x"], given["y"]))


def _total(make: Make, given: Config) -> Any:
    return reduce(partial(make, "Add", function="plus"), given["inputs"])


def _sum_of_squares(make: Make, x: Any, axis: Any) -> Any:
    return make("Sum", make("Square", x), axis=axis, keepdims=True, function="reduce_sum")


def _l2_normalized(make: Make, given: Config) -> Any:
    """Numbers by their length, which is ``epsilon`` ** 0.5 at least."""
    total = _sum_of_squares(make, given["x"], given.get("axis"))
    least = make("Maximum", total, given.get("epsilon", 1e-12))
    return make("Multiply", given["x"], make("Rsqrt", least))


def _clipped_by_norm(make: Make, given: Config) -> Any:
    """Numbers made smaller where they are longer than ``clip_norm``."""
    limit, total = given["clip_norm"], _sum_of_squares(make, given["t"], given.get("axes"))
    longest = make("Maximum", make("Sqrt", total), limit)
    return make("Divide", make("Multiply", given["t"], limit), longest)


def _norm(make: Make, given: Config) -> Any:
    """The root of the sum of squares, along an axis or all."""
    axis = given.get("axis")
    if given.get("ord", "euclidean") not in ("euclidean", 2) or isinstance(axis, list):
        raise UnsupportedConfigError(f"ord={shorten(repr(given.get('ord')))}")
    squares = make("Square", given["tensor"])
    keepdims = bool(given.get("keepdims"))
    return make("Sqrt", make("Sum", squares, axis=axis, keepdims=keepdims, function="reduce_sum"))


def _truncated(make: Make, given: Config) -> Any:
    """The quotient of integers towards zero."""
    x, y = given["x"], given["y"]
    size = make("FloorDivide", make("Absolute", x), make("Absolute", y))
    return make("Multiply", make("Multiply", make("Sign", x), make("Sign", y)), size)


def _multiplied_unless_0(make: Make, given: Config) -> Any:
    """0 where the second factor is, whatever the first."""
    x, y = given["x"], given["y"]
    return make("Where", make("Equal", y, 0), 0, make("Multiply", x, y))


def _polynomial(make: Make, given: Config) -> Any:
    """Horner's scheme, the highest power first."""
    first, *others = given["coeffs"]
    if not others:
        raise UnsupportedConfigError("a polynomial of one coefficient")
    found = first
    for coefficient in others:
        times = make("Multiply", given["x"], found)
        found = make("Add", times, coefficient, function="plus")
    return found


def _crelu(make: Make, given: Config) -> Any:
    both = make(
        "Concatenate",
        given["features"],
        make("Negative", given["features"]),
        axis=given.get("axis", -1),
    )
    return make("Relu", both)


def _sigmoid_cross_entropy(make: Make, given: Config) -> Any:
    """max(x, 0) - x z + ln(1 + exp(-|x|))."""
    x, z = given["logits"], given["labels"]
    rest = make("Log1p", make("Exp", make("Negative", make("Absolute", x))))
    return make(
        "Add",
        make("Subtract", make("Maximum", x, 0), make("Multiply", x, z)),
        rest,
        function="plus",
    )


def _softmax_cross_entropy(make: Make, given: Config) -> Any:
    axis = given.get("axis", -1)
    logarithms = make("LogSoftmax", given["logits"], axis=axis)
    return make("Negative", make("Sum", make("Multiply", given["labels"], logarithms), axis=axis))


def _counted(operation: str, make: Make, given: Config) -> Any:
    """Places or numbers of places, which TensorFlow has in 64 bits."""
    options = {key: given[key] for key in ("axis", "keepdims") if given.get(key) is not None}
    if operation != "CountNonzero":
        options = {"axis": 0} | options
    target = given.get("output_type", given.get("dtype")) or "int64"
    return make("Cast", make(operation, given["input"], **options), dtype=target)


def _scanned(operation: str, make: Make, given: Config) -> Any:
    """Sums up to each place; backwards; without the number of the place itself."""
    axis = given.get("axis", 0)
    backwards, before = given.get("reverse", False), given.get("exclusive", False)
    if not isinstance(axis, int) or (before and (backwards or operation != "Cumsum")):
        raise UnsupportedConfigError(f"exclusive={before}, reverse={backwards}, axis={axis}")
    x = make("Flip", given["x"], axis=axis) if backwards else given["x"]
    found = make(operation, x, axis=axis)
    if backwards:
        return make("Flip", found, axis=axis)
    return _moved_on(make, found, axis) if before else found


def _moved_on(make: Make, x: Any, axis: int) -> Any:
    """0 in front of an axis, and its last number gone."""
    first = make("ZerosLike", make("GetItem", x, key=_along(axis, slice(None, 1))))
    rest = make("GetItem", x, key=_along(axis, slice(None, -1)))
    return make("Concatenate", first, rest, axis=axis)


def _along(axis: int, part: slice) -> list[Any]:
    """Return the key for a part of one axis."""
    if axis < 0:
        return [Ellipsis, part, *[slice(None)] * (-axis - 1)]
    return [*[slice(None)] * axis, part]


def _gray(make: Make, given: Config) -> Any:
    light = make("Multiply", given["images"], [RED, GREEN, BLUE])
    return make("Sum", light, axis=-1, keepdims=True)


def _box(make: Make, given: Config) -> Any:
    """A part of the rows and the columns."""
    sides = [_side(given, each) for each in ("height", "width")]
    return make("GetItem", given["image"], key=[Ellipsis, *sides, slice(None)])


def _side(given: Config, name: str) -> slice:
    start, size = given.get(f"offset_{name}"), given.get(f"target_{name}")
    if type(start) is not int or type(size) is not int:
        raise UnsupportedConfigError(
            f"offset_{name}={shorten(repr(start))}, target_{name}={shorten(repr(size))}"
        )
    return slice(start, start + size)


def _turned(make: Make, given: Config) -> Any:
    quarters = given.get("k", 1)
    if type(quarters) is not int:
        raise UnsupportedConfigError(f"k={shorten(repr(quarters))}")
    if quarters % 4 == 2:
        return make("Flip", given["image"], axis=[-3, -2])
    return make("Rot90", given["image"], k=quarters % 4, axes=[-3, -2])


def _response(make: Make, given: Config) -> Any:
    """Numbers by a power of the sum of squares of so many channels before and behind each."""
    x, reach = given["input"], given.get("depth_radius", 5)
    if type(reach) is not int or reach < 0:
        raise UnsupportedConfigError(f"depth_radius={shorten(repr(reach))}")
    wide = make("Pad", make("Square", x), 0, pad_width=[[0, 0], [0, 0], [0, 0], [reach, reach]])
    ends = [at - 2 * reach or None for at in range(2 * reach + 1)]
    parts = [make("GetItem", wide, key=[Ellipsis, slice(at, end)]) for at, end in enumerate(ends)]
    total = _total(make, {"inputs": parts})
    scaled = make("Multiply", total, given.get("alpha", 1.0))
    base = make("Add", scaled, given.get("bias", 1.0), function="plus")
    return make("Divide", x, make("Power", base, given.get("beta", 0.5)))


def _band(make: Make, given: Config) -> Any:
    """What is at most so many places below and above the diagonal; below 0, all."""
    found, lower, upper = given["input"], given["num_lower"], given["num_upper"]
    if type(lower) is not int or type(upper) is not int or lower < 0 > upper:
        raise UnsupportedConfigError(
            f"num_lower={shorten(repr(lower))}, num_upper={shorten(repr(upper))}"
        )
    if lower >= 0:
        found = make("Triu", found, k=-lower)
    return make("Tril", found, k=upper) if upper >= 0 else found


def _trace(make: Make, given: Config) -> Any:
    diagonal = make("Diagonal", given["x"], axis1=-2, axis2=-1)
    return make("Sum", diagonal, axis=-1, function="reduce_sum")


def _mask(make: Make, given: Config) -> Any:
    """Which places are below the lengths."""
    count = given.get("maxlen")
    if type(count) is not int:
        raise UnsupportedConfigError(f"maxlen={shorten(repr(count))}")
    lengths = make("ExpandDims", given["lengths"], axis=-1)
    return make(
        "Cast", make("Greater", lengths, [*range(count)]), dtype=given.get("dtype") or "bool"
    )


def _matrices(make: Make, given: Config) -> Any:
    """The product of matrices, of which each may lie on its side."""
    return make("Matmul", *(_upright(make, given, side) for side in ("a", "b")))


def _upright(make: Make, given: Config, side: str) -> Any:
    turned = given.get(f"transpose_{side}") or given.get(f"adjoint_{side}")
    return make("Swapaxes", given[side], axis1=-1, axis2=-2) if turned else given[side]


def _contracted(make: Make, given: Config) -> Any:
    return make("Tensordot", given["a"], given["b"], axes=given["axes"])


def _alone(operation: str, name: str, **options: Any) -> Callable[[Make, Config], Any]:
    """Return what makes one operation with options of our own."""
    return lambda make, given: make(operation, given[name], **options)


def _any(last: str, first: str, parts: Callable[[Make, Config], Any], **more: Any) -> Translation:
    """Return a function by its operation that is read the latest, and its first argument."""
    return Translation(last, first=first, parts=parts, **more)


_floats = partial(_any, takes="floats")


TOTAL: Final = _any("Add", "inputs", _total, only={"shape": (None,), "tensor_dtype": (None,)})

WORDS: Final = Words(
    functions_of_tensorflow={
        "argsort": _floats("Argsort", "values", places_in_order, only={"stable": (False, True)}),
        "clip_by_norm": _floats("Maximum", "t", _clipped_by_norm),
        "compat.v1.nn.crelu": _any("Relu", "features", _crelu),
        "compat.v1.nn.sigmoid_cross_entropy_with_logits": _floats(
            "Log1p", "labels", _sigmoid_cross_entropy
        ),
        "compat.v1.nn.softmax_cross_entropy_with_logits_v2": _floats(
            "LogSoftmax", "labels", _softmax_cross_entropy
        ),
        "compat.v1.norm": _floats("Sqrt", "tensor", _norm),
        "image.crop_to_bounding_box": _any("GetItem", "image", _box),
        "image.flip_left_right": _any("Flip", "image", _alone("Flip", "image", axis=-2)),
        "image.flip_up_down": _any("Flip", "image", _alone("Flip", "image", axis=-3)),
        "image.grayscale_to_rgb": _any(
            "Repeat", "images", _alone("Repeat", "images", repeats=3, axis=-1)
        ),
        "image.rgb_to_grayscale": _floats("Multiply", "images", _gray),
        "image.rot90": _any("Rot90", "image", _turned),
        "image.transpose": _any(
            "Swapaxes", "image", _alone("Swapaxes", "image", axis1=-3, axis2=-2)
        ),
        "linalg.band_part": _any("Triu", "input", _band),
        "linalg.diag_part": _any(
            "Diagonal",
            "input",
            _alone("Diagonal", "input", axis1=-2, axis2=-1),
            only={"k": (0,), "padding_value": (0,), "align": ("RIGHT_LEFT",)},
        ),
        "linalg.matmul": _floats(
            "Matmul",
            "a",
            _matrices,
            only=dict.fromkeys(("a_is_sparse", "b_is_sparse", "output_type"), (False, None)),
        ),
        "linalg.trace": _any("Diagonal", "x", _trace),
        "math.accumulate_n": TOTAL,
        "math.add_n": TOTAL,
        "math.argmax": _any("Argmax", "input", partial(_counted, "Argmax")),
        "math.argmin": _any("Argmin", "input", partial(_counted, "Argmin")),
        "math.count_nonzero": _any("CountNonzero", "input", partial(_counted, "CountNonzero")),
        "math.cumprod": _any("Cumprod", "x", partial(_scanned, "Cumprod")),
        "math.cumsum": _any("Cumsum", "x", partial(_scanned, "Cumsum")),
        "math.l2_normalize": _floats("Rsqrt", "x", _l2_normalized),
        "math.multiply_no_nan": _floats("Where", "x", _multiplied_unless_0),
        "math.polyval": _floats("Multiply", "coeffs", _polynomial),
        "math.squared_difference": _any("Square", "x", _squared_difference),
        "nn.local_response_normalization": _floats("Pad", "input", _response),
        "nn.sigmoid_cross_entropy_with_logits": _floats("Log1p", "labels", _sigmoid_cross_entropy),
        "nn.softmax_cross_entropy_with_logits": _floats(
            "LogSoftmax", "labels", _softmax_cross_entropy
        ),
        "one_hot": _any("OneHot", "indices", one_hot),
        "sequence_mask": _any("Greater", "lengths", _mask),
        "sort": _any("Sort", "values", in_order),
        "tensordot": _floats("Tensordot", "a", _contracted),
        "truncatediv": _any("FloorDivide", "x", _truncated),
    },
)
