"""Nodes of TensorFlow's graphs that are read in TensorFlowOpLayer, by their operators."""

from typing import Final

from keronyx.converter.dialect.words import GraphNode, Words

PLAIN: Final = {
    "Abs": "math.abs",
    "Acos": "math.acos",
    "Acosh": "math.acosh",
    "Asin": "math.asin",
    "Asinh": "math.asinh",
    "Atan": "math.atan",
    "Atanh": "math.atanh",
    "Ceil": "math.ceil",
    "Cos": "math.cos",
    "Cosh": "math.cosh",
    "Elu": "nn.elu",
    "Erf": "math.erf",
    "Erfc": "math.erfc",
    "Erfinv": "math.erfinv",
    "Exp": "math.exp",
    "Expm1": "math.expm1",
    "Floor": "math.floor",
    "Identity": "identity",
    "Inv": "math.reciprocal",
    "IsFinite": "math.is_finite",
    "IsInf": "math.is_inf",
    "IsNan": "math.is_nan",
    "Log": "math.log",
    "Log1p": "math.log1p",
    "LogSoftmax": "nn.log_softmax",
    "LogicalNot": "math.logical_not",
    "Neg": "math.negative",
    "OnesLike": "ones_like",
    "Reciprocal": "math.reciprocal",
    "Relu": "nn.relu",
    "Relu6": "nn.relu6",
    "Rint": "math.rint",
    "Round": "math.round",
    "Rsqrt": "math.rsqrt",
    "Selu": "nn.selu",
    "Sigmoid": "math.sigmoid",
    "Sign": "math.sign",
    "Sin": "math.sin",
    "Sinh": "math.sinh",
    "Softmax": "nn.softmax",
    "Softplus": "math.softplus",
    "Softsign": "nn.softsign",
    "Sqrt": "math.sqrt",
    "Square": "math.square",
    "StopGradient": "stop_gradient",
    "Tan": "math.tan",
    "Tanh": "math.tanh",
    "ZerosLike": "zeros_like",
}
OF_TWO: Final = {
    "Add": "math.add",
    "AddV2": "math.add",
    "BitwiseAnd": "bitwise.bitwise_and",
    "BitwiseOr": "bitwise.bitwise_or",
    "BitwiseXor": "bitwise.bitwise_xor",
    "DivNoNan": "math.divide_no_nan",
    "Equal": "math.equal",
    "FloorDiv": "math.floordiv",
    "FloorMod": "math.floormod",
    "Greater": "math.greater",
    "GreaterEqual": "math.greater_equal",
    "LeftShift": "bitwise.left_shift",
    "Less": "math.less",
    "LessEqual": "math.less_equal",
    "LogicalAnd": "math.logical_and",
    "LogicalOr": "math.logical_or",
    "Maximum": "math.maximum",
    "Minimum": "math.minimum",
    "Mul": "math.multiply",
    "NotEqual": "math.not_equal",
    "Pow": "math.pow",
    "RightShift": "bitwise.right_shift",
    "Sub": "math.subtract",
    "RealDiv": "math.truediv",
    "SquaredDifference": "math.squared_difference",
    "TruncateDiv": "truncatediv",
    "MulNoNan": "math.multiply_no_nan",
    "TruncateMod": "truncatemod",
}
REDUCED: Final = {
    "All": "all",
    "Any": "any",
    "Max": "max",
    "Mean": "mean",
    "Min": "min",
    "Prod": "prod",
    "Sum": "sum",
}
CHOSEN: Final = GraphNode("where", ("condition", "x", "y"))
ADJOINT: Final = {"adj_x": "adjoint_a", "adj_y": "adjoint_b"}
PLACES: Final = {"output_type": "output_type"}
SCANNED: Final = {"exclusive": "exclusive", "reverse": "reverse"}

WORDS: Final = Words(
    nodes_of_tensorflow={
        **{name: GraphNode(function, ("x",)) for name, function in PLAIN.items()},
        **{name: GraphNode(function, ("x", "y")) for name, function in OF_TWO.items()},
        **{
            name: GraphNode(f"math.reduce_{function}", ("x", "axis"), {"keep_dims": "keepdims"})
            for name, function in REDUCED.items()
        },
        "AddN": GraphNode("math.add_n", ("*inputs",)),
        "ArgMax": GraphNode("math.argmax", ("x", "axis"), PLACES),
        "ArgMin": GraphNode("math.argmin", ("x", "axis"), PLACES),
        "Atan2": GraphNode("math.atan2", ("y", "x")),
        **dict.fromkeys(
            ("BatchMatMul", "BatchMatMulV2"), GraphNode("linalg.matmul", ("a", "b"), ADJOINT)
        ),
        "BiasAdd": GraphNode("nn.bias_add", ("x", "bias"), {"data_format": "data_format"}),
        "BroadcastTo": GraphNode("broadcast_to", ("input", "shape")),
        "Cast": GraphNode("cast", ("x",), {"DstT": "dtype"}),
        "CheckNumerics": GraphNode("debugging.check_numerics", ("x",), {"message": "message"}),
        "ConcatV2": GraphNode("concat", ("*values", "axis")),
        "Cumprod": GraphNode("math.cumprod", ("x", "axis"), SCANNED),
        "Cumsum": GraphNode("math.cumsum", ("x", "axis"), SCANNED),
        "EnsureShape": GraphNode("ensure_shape", ("x",), {"shape": "shape"}),
        "ExpandDims": GraphNode("expand_dims", ("x", "axis")),
        "GatherV2": GraphNode(
            "compat.v1.gather", ("x", "indices", "axis"), {"batch_dims": "batch_dims"}
        ),
        "LeakyRelu": GraphNode("nn.leaky_relu", ("x",), {"alpha": "alpha"}),
        "LRN": GraphNode(
            "nn.local_response_normalization",
            ("x",),
            {name: name for name in ("alpha", "beta", "bias", "depth_radius")},
        ),
        "MatMul": GraphNode(
            "linalg.matmul",
            ("a", "b"),
            {"transpose_a": "transpose_a", "transpose_b": "transpose_b"},
        ),
        "MatrixBandPart": GraphNode("linalg.band_part", ("x", "num_lower", "num_upper")),
        "MirrorPad": GraphNode("compat.v1.pad", ("x", "paddings"), {"mode": "mode"}),
        "OneHot": GraphNode(
            "one_hot", ("x", "depth", "on_value", "off_value"), {"axis": "axis", "T": "dtype"}
        ),
        "Pack": GraphNode("stack", ("*values",), {"axis": "axis"}),
        "Pad": GraphNode("compat.v1.pad", ("x", "paddings")),
        "PadV2": GraphNode("compat.v1.pad", ("x", "paddings", "constant_values")),
        "Reshape": GraphNode("reshape", ("x", "shape")),
        "ReverseV2": GraphNode("reverse", ("x", "axis")),
        "Roll": GraphNode("roll", ("x", "shift", "axis")),
        "Select": CHOSEN,
        "SelectV2": CHOSEN,
        "Slice": GraphNode("slice", ("x", "begin", "size")),
        "Squeeze": GraphNode("compat.v1.squeeze", ("x",), {"squeeze_dims": "axis"}),
        "StridedSlice": GraphNode(
            "strided_slice",
            ("x", "begin", "end", "strides"),
            {
                f"{name}_mask": f"{name}_mask"
                for name in ("begin", "end", "ellipsis", "new_axis", "shrink_axis")
            },
        ),
        "Tile": GraphNode("tile", ("x", "multiples")),
        "Transpose": GraphNode("compat.v1.transpose", ("x", "perm")),
        "Unpack": GraphNode("unstack", ("x",), {"axis": "axis", "num": "num"}),
    },
)
