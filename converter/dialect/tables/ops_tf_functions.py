"""Functions of TensorFlow that are read in graphs of Keras 2, as TFOpLambda names them."""

from collections.abc import Callable
from itertools import accumulate
from typing import Any, Final

from keronyx.converter.dialect.words import Config, Translation, Words
from keronyx.converter.errors import UnsupportedConfigError, shorten

SECOND: Final = {"y": "x2"}
PLAIN: Final = {
    "abs": "Absolute",
    "acos": "Arccos",
    "acosh": "Arccosh",
    "asin": "Arcsin",
    "asinh": "Arcsinh",
    "atan": "Arctan",
    "atanh": "Arctanh",
    "ceil": "Ceil",
    "cos": "Cos",
    "cosh": "Cosh",
    "erf": "Erf",
    "erfc": "Erfc",
    "erfinv": "Erfinv",
    "exp": "Exp",
    "expm1": "Expm1",
    "floor": "Floor",
    "is_finite": "Isfinite",
    "is_inf": "Isinf",
    "is_nan": "Isnan",
    "log": "Log",
    "log1p": "Log1p",
    "log_sigmoid": "LogSigmoid",
    "logical_not": "LogicalNot",
    "negative": "Negative",
    "reciprocal": "Reciprocal",
    "rint": "Round",
    "round": "Round",
    "rsqrt": "Rsqrt",
    "sigmoid": "Sigmoid",
    "sign": "Sign",
    "sin": "Sin",
    "sinh": "Sinh",
    "softplus": "Softplus",
    "sqrt": "Sqrt",
    "square": "Square",
    "tan": "Tan",
    "tanh": "Tanh",
}
OF_TWO: Final = {
    "compat.v1.floor_div": "FloorDivide",
    "compat.v1.math.floordiv": "FloorDivide",
    "math.divide_no_nan": "DivideNoNan",
    "math.equal": "Equal",
    "math.floordiv": "FloorDivide",
    "math.floormod": "Mod",
    "math.greater": "Greater",
    "math.greater_equal": "GreaterEqual",
    "math.less": "Less",
    "math.less_equal": "LessEqual",
    "math.logical_and": "LogicalAnd",
    "math.logical_or": "LogicalOr",
    "math.logical_xor": "LogicalXor",
    "math.maximum": "Maximum",
    "math.minimum": "Minimum",
    "math.multiply": "Multiply",
    "math.not_equal": "NotEqual",
    "math.pow": "Power",
    "math.subtract": "Subtract",
    "truncatemod": "Fmod",
}
OF_BITS: Final = {
    "bitwise_and": "BitwiseAnd",
    "bitwise_or": "BitwiseOr",
    "bitwise_xor": "BitwiseXor",
    "left_shift": "LeftShift",
    "right_shift": "RightShift",
}
REDUCED: Final = {
    "all": "All",
    "any": "Any",
    "logsumexp": "Logsumexp",
    "max": "Max",
    "min": "Min",
    "std": "Std",
    "variance": "Var",
}
ACTIVATIONS: Final = {
    "elu": "Elu",
    "log_softmax": "LogSoftmax",
    "relu": "Relu",
    "relu6": "Relu6",
    "selu": "Selu",
    "silu": "Silu",
    "softsign": "Softsign",
}
MODES: Final = {"CONSTANT": "constant", "REFLECT": "reflect", "SYMMETRIC": "symmetric"}


def _split(given: Config) -> Config:
    """Return places for sizes; Keras tells the parts by the places between them."""
    sizes = given.pop("indices_or_sections", None)
    if isinstance(sizes, list):
        if not all(type(size) is int and size >= 0 for size in sizes):
            raise UnsupportedConfigError(f"num_or_size_splits={shorten(repr(sizes))}")
        sizes = [*accumulate(sizes)][:-1]
    return {**given, "indices_or_sections": sizes}


def _padded(given: Config) -> Config:
    mode = given.pop("mode", "CONSTANT")
    if not isinstance(mode, str) or mode.upper() not in MODES:
        raise UnsupportedConfigError(f"mode={shorten(repr(mode))}")
    plain = mode.upper() == "CONSTANT"
    value = given.pop("constant_values", 0)
    return {**given, "mode": MODES[mode.upper()]} | ({"constant_values": value} if plain else {})


def _part(given: Config) -> Config:
    """Return the key for a place to begin and a size, -1 being all that is left."""
    begin, size = (_integers(name, given.pop(name, None)) for name in ("begin", "size"))
    if len(begin) != len(size):
        raise UnsupportedConfigError(f"begin={begin}, size={size}")
    ends = [None if many == -1 else at + many for at, many in zip(begin, size, strict=True)]
    return {**given, "key": [*map(slice, begin, ends)]}


def _strided(given: Config) -> Config:
    """Return the key for places and the masks that tell which of them are left out."""
    bounds = [_integers(name, given.pop(name, None)) for name in ("begin", "end", "strides")]
    masks = {name: given.pop(f"{name}_mask", 0) for name in MASKS}
    key = [_key(masks, bit, *each) for bit, each in enumerate(zip(*bounds, strict=True))]
    return {**given, "key": key}


MASKS: Final = ("begin", "end", "ellipsis", "new_axis", "shrink_axis")


def _key(masks: dict[str, int], bit: int, begin: int, end: int, step: int) -> Any:
    held = {name for name, mask in masks.items() if mask >> bit & 1}
    if "ellipsis" in held:
        return Ellipsis
    if "new_axis" in held:
        return None
    if "shrink_axis" in held:
        return begin
    return slice(None if "begin" in held else begin, None if "end" in held else end, step)


def _integers(name: str, value: Any) -> list[int]:
    if not isinstance(value, list) or not all(type(each) is int for each in value):
        raise UnsupportedConfigError(f"{name}={shorten(repr(value))}")
    return value


def _first_axis(name: str = "axis") -> Callable[[Config], Config]:
    """Return what takes the first axis where none is named."""
    return lambda given: given | {name: 0 if given.get(name) is None else given[name]}


def _told(given: Config) -> Config:
    """Leave out what would be said of numbers or shapes that are not as they should be."""
    return {key: value for key, value in given.items() if key not in ("message", "shape")}


WORDS: Final = Words(
    functions_of_tensorflow={
        **{f"math.{name}": Translation(operation) for name, operation in PLAIN.items()},
        **{name: Translation(operation, SECOND) for name, operation in OF_TWO.items()},
        **{f"bitwise.{name}": Translation(operation) for name, operation in OF_BITS.items()},
        **{f"math.reduce_{name}": Translation(operation) for name, operation in REDUCED.items()},
        **{f"nn.{name}": Translation(operation) for name, operation in ACTIVATIONS.items()},
        **dict.fromkeys(
            ("__operators__.add", "math.add"), Translation("Add", SECOND, function="plus")
        ),
        **{
            f"math.reduce_{name}": Translation(name.capitalize(), function=f"reduce_{name}")
            for name in ("mean", "prod", "sum")
        },
        **dict.fromkeys(
            ("math.divide", "math.truediv"), Translation("Divide", SECOND, function="quotient")
        ),
        "__operators__.getitem": Translation(
            "GetItem", {"slice_spec": "key"}, only={"var": (None,)}
        ),
        "broadcast_to": Translation("BroadcastTo"),
        "cast": Translation("Cast"),
        "clip_by_value": Translation(
            "Clip", {"clip_value_min": "x_min", "clip_value_max": "x_max"}
        ),
        "compat.v1.gather": Translation(
            "Take", only={"validate_indices": (None,), "batch_dims": (0,)}, rewritten=_first_axis()
        ),
        "compat.v1.nn.softmax": Translation("Softmax", only={"dim": (None,)}),
        "compat.v1.pad": Translation("Pad", {"paddings": "pad_width"}, rewritten=_padded),
        "compat.v1.squeeze": Translation("Squeeze", only={"squeeze_dims": (None,)}),
        "compat.v1.transpose": Translation(
            "Transpose", {"perm": "axes"}, only={"conjugate": (False,)}
        ),
        "concat": Translation("Concatenate"),
        "convert_to_tensor": Translation("ConvertToTensor", only={"dtype_hint": (None,)}),
        "debugging.check_numerics": Translation("Copy", rewritten=_told),
        "dtypes.saturate_cast": Translation("SaturateCast"),
        "ensure_shape": Translation("Copy", rewritten=_told),
        "expand_dims": Translation("ExpandDims"),
        "identity": Translation("Copy"),
        "math.atan2": Translation("Arctan2", {"x": "x2"}),
        "nn.bias_add": Translation(
            "Add", {"bias": "x2"}, only={"data_format": (None, "NHWC", "NWC")}, function="plus"
        ),
        "nn.gelu": Translation("Gelu", assumed={"approximate": False}),
        "nn.leaky_relu": Translation("LeakyRelu", {"alpha": "negative_slope"}),
        "nn.softmax": Translation("Softmax"),
        "ones_like": Translation("OnesLike", only={"layout": (None,)}),
        "repeat": Translation("Repeat"),
        "reshape": Translation("Reshape", {"shape": "newshape"}),
        "reverse": Translation("Flip"),
        "roll": Translation("Roll"),
        "slice": Translation("GetItem", rewritten=_part),
        "split": Translation(
            "Split",
            {"num_or_size_splits": "indices_or_sections"},
            {"axis": 0},
            {"num": (None,)},
            _split,
        ),
        "stack": Translation("Stack"),
        "stop_gradient": Translation("StopGradient"),
        "strided_slice": Translation("GetItem", rewritten=_strided),
        "tile": Translation("Tile", {"multiples": "repeats"}),
        "unstack": Translation("Unstack"),
        "where": Translation("Where", {"x": "x1", "y": "x2"}),
        "zeros_like": Translation("ZerosLike", only={"layout": (None,)}),
    },
)
