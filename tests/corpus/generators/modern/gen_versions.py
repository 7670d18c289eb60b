"""The dense family layer by layer, the same cases under every Keras: what changed from one to the next?

  KC_ENV=k305 PYTHONPATH=<folder with Keras 3.0.5> python gen_versions.py --out sweep/3.0.5
  python compare_versions.py sweep          # then, where keronyx can be imported

Weights and inputs depend on a case's name alone. Beside the case folders, raised.json says what could not
be built, called or saved, and declared.json which shapes and dtypes the model's outputs have by its own word.
"""
from kc import *

K2 = MAJOR < 3
Inp, Mod = keras.Input, keras.Model
TABLE = {}


def prep(name):
    c = getattr(L, name, None)
    if c is None:
        c = getattr(getattr(getattr(L, "experimental", None), "preprocessing", None), name, None)
    need(c is not None, "no layer " + name)
    return c


def add(name, make, *arrays, call=None, formats=None):
    """make() -> layer; it is called on one Input for each array, or as call(layer, inputs) says."""
    assert name not in TABLE, name
    TABLE[name] = (make, arrays, call, formats)


def f32(*rows):
    return np.array(rows, "float32")


def i32(*rows):
    return np.array(rows, "int32")


def drawn(*shape, dtype="float32", seed=7, scale=1.0):
    return (np.random.default_rng([seed, *shape]).normal(0, 1, shape) * scale).astype(dtype)


EDGES = f32([-12, -6, -3, -2.5, -1.5, -1, -0.75, -0.5], [12, 6, 3, 2.5, 1.5, 1, 0.75, 0.5], [0, -0.0, 1e-7, -1e-7, 1e-30, -1e-30, 0.2, -0.2],
            [80, -80, 100, -100, 1e4, -1e4, 20, -20], [0.3, -0.3, 0.4, 0.05, 2, -2, 4, -4])
INTS = i32([-3, -1, 0, 1], [2, 3, 100, -100], [6, 7, -6, -2])
HALF = np.clip(EDGES, -60, 60).astype("float16")
ZEROS = f32([0, 0, 0, 0], [3, 4, 0, 0], [1e-20, 0, 0, 0], [1e-5, 1e-6, 0, 1e-7], [-1e4, 1e4, 1, -1], [1, 1, 1, 1])
CUBE = drawn(3, 4, 6)
CUBE[0, 0] = 0
CUBE[1] *= 1e-6
CUBE[2, 1] *= 1e4
ACTS = ["relu", "sigmoid", "hard_sigmoid", "tanh", "softmax", "softplus", "softsign", "elu", "selu", "gelu", "swish", "exponential", "linear", "silu",
        "mish", "leaky_relu", "relu6", "log_softmax", "celu", "glu", "hard_shrink", "hard_silu", "hard_swish", "hard_tanh", "log_sigmoid",
        "soft_shrink", "sparse_plus", "sparse_sigmoid", "sparsemax", "squareplus", "tanh_shrink", "threshold"]
POLICIES = ["float16", "bfloat16", "mixed_float16", "mixed_bfloat16", "float64"]


def act(a):
    need(callable(getattr(keras.activations, a, None)) or a in ("swish", "hard_swish"), "no activation " + a)
    return a


for a in ACTS:
    add("act_%s" % a, lambda a=a: L.Activation(act(a)), EDGES)
    add("act_%s_3d" % a, lambda a=a: L.Activation(act(a)), np.clip(CUBE, -50, 50))
    add("act_%s_int" % a, lambda a=a: L.Activation(act(a)), INTS)
    add("act_%s_half" % a, lambda a=a: L.Activation(act(a), dtype="float16"), HALF)
    add("act_%s_double" % a, lambda a=a: L.Activation(act(a), dtype="float64"), EDGES.astype("float64"))
    add("dense_%s" % a, lambda a=a: L.Dense(4, activation=act(a)), drawn(5, 3))

for k, kw in enumerate([{}, dict(max_value=2.5), dict(negative_slope=0.1), dict(threshold=0.75), dict(max_value=2.5, negative_slope=0.25, threshold=0.75),
                        dict(threshold=-0.5, max_value=1.0), dict(max_value=0.0), dict(negative_slope=1.5), dict(threshold=0.75, negative_slope=0.3), dict(max_value=6)]):
    add("relu_%d" % k, lambda kw=kw: L.ReLU(**kw), EDGES)
    add("relu_%d_int" % k, lambda kw=kw: L.ReLU(**kw), INTS)
SLOPE = "alpha" if K2 else "negative_slope"
for k, v in enumerate([None, 0.05, 2.0, 0.0]):
    add("leakyrelu_%d" % k, lambda v=v: L.LeakyReLU(**({} if v is None else {SLOPE: v})), EDGES)
    add("elu_%d" % k, lambda v=v: L.ELU(**({} if v is None else dict(alpha=v))), EDGES)
add("thresholdedrelu", lambda: prep("ThresholdedReLU")(theta=0.75), EDGES)
for axis in [-1, 1, 2, -2, [1, 2], [-2, -1], [2, 1], (1,)]:
    add("softmax_%s" % str(axis).replace(" ", ""), lambda axis=axis: L.Softmax(axis=axis), np.clip(CUBE, -50, 50))
add("softmax_int", lambda: L.Softmax(), INTS)
for shared in [None, [1], [2], [1, 2]]:
    add("prelu_%s" % str(shared).replace(" ", ""), lambda s=shared: L.PReLU(shared_axes=s), CUBE)
add("act_layer_leaky", lambda: L.Dense(4, activation=L.LeakyReLU(0.05)), drawn(5, 3))
add("act_layer_relu", lambda: L.Activation(L.ReLU(max_value=2.0, negative_slope=0.1, threshold=0.3)), EDGES)
add("act_layer_elu", lambda: L.Dense(4, activation=L.ELU(alpha=0.4)), drawn(5, 3))
add("act_layer_softmax", lambda: L.Dense(4, activation=L.Softmax(axis=1)), drawn(5, 2, 3))
add("leakyrelu_int", lambda: L.LeakyReLU(), INTS)
add("elu_int", lambda: L.ELU(), INTS)

# ---------------------------------------------------------------- core
add("dense", lambda: L.Dense(4), ZEROS)
add("dense_nobias", lambda: L.Dense(4, use_bias=False), ZEROS)
add("dense_3d", lambda: L.Dense(4), CUBE)
add("dense_4d", lambda: L.Dense(2), drawn(2, 2, 3, 4))
add("dense_int", lambda: L.Dense(4), INTS)
add("dense_bool", lambda: L.Dense(4), np.array([[True, False], [False, False]]))
add("dense_uint8", lambda: L.Dense(4), np.array([[0, 255], [3, 7]], "uint8"))
add("dense_double_input", lambda: L.Dense(4), drawn(3, 4, dtype="float64"))
add("dense_half_input", lambda: L.Dense(4), drawn(3, 4, dtype="float16"))
for k, (eq, out, bias, arr) in enumerate([("ab,bc->ac", 4, "c", drawn(3, 5)), ("abc,cd->abd", (None, 4), "d", CUBE), ("abc,cde->abde", (None, 2, 3), "de", CUBE),
                                          ("...x,xy->...y", 5, "y", CUBE), ("abc,bd->adc", (4, 6), None, CUBE), ("abc,cd->abd", (4, 5), "b", CUBE),
                                          ("abc,bcd->ad", 5, "d", CUBE), ("abc,cd->abd", (None, 4), "bd", CUBE)]):
    add("einsum_%d" % k, lambda eq=eq, out=out, bias=bias: prep("EinsumDense")(eq, output_shape=(4, 4) if bias == "bd" else out, bias_axes=bias, activation="tanh"), arr)
for dt in ["int32", "int64", "uint8", "float32", "float64", "int8"]:
    add("embedding_" + dt, lambda: L.Embedding(5, 3), np.array([[0, 4, 2], [1, 3, 0]], dt))
add("embedding_fraction", lambda: L.Embedding(5, 3), f32([0.9, 4.0, 2.5], [1.1, 3.99, 0.0]))
add("embedding_negative", lambda: L.Embedding(5, 3), i32([-1, -5], [0, 4]))
add("embedding_beyond", lambda: L.Embedding(5, 3), i32([5, 0], [0, 4]))
add("embedding_scalar", lambda: L.Embedding(5, 3), np.array([0, 4, 2], "int32"))
add("embedding_column", lambda: L.Embedding(5, 3), i32([0], [4], [2]))
add("embedding_3d", lambda: L.Embedding(5, 3), i32([[0, 1], [4, 2]]))
add("embedding_mask", lambda: L.Embedding(5, 3, mask_zero=True), i32([0, 4], [2, 0]))
add("reversible", lambda: prep("ReversibleEmbedding")(5, 3), i32([0, 4], [2, 0]))
add("identity", lambda: prep("Identity")(), ZEROS)
add("identity_int", lambda: prep("Identity")(), INTS)
add("masking", lambda: L.Masking(), np.where(CUBE == CUBE[0, 0, 0], 0, CUBE).astype("float32"))
add("masking_value", lambda: L.Masking(0.1), np.where(np.arange(72).reshape(3, 4, 6) // 6 % 3 == 1, 0.1, CUBE).astype("float32"))
add("masking_int", lambda: L.Masking(2), i32([[2, 2], [2, 0], [2, 2]]))
add("masking_half", lambda: L.Masking(0.1, dtype="mixed_float16"), np.where(np.arange(72).reshape(3, 4, 6) // 6 % 3 == 1, 0.1, np.clip(CUBE, -9, 9)).astype("float32"))

# ---------------------------------------------------------------- normalisation
for k, kw in enumerate([{}, dict(epsilon=0.1), dict(center=False), dict(scale=False), dict(axis=1), dict(axis=2), dict(axis=-2)]):
    add("bn_%d" % k, lambda kw=kw: L.BatchNormalization(**kw), CUBE)
add("bn_2d", lambda: L.BatchNormalization(), ZEROS)
add("bn_int", lambda: L.BatchNormalization(), INTS)
for k, kw in enumerate([{}, dict(epsilon=0.1), dict(epsilon=1e-12), dict(center=False), dict(scale=False), dict(axis=1), dict(axis=[1, 2]), dict(axis=[-1, -2]), dict(axis=(2,)),
                        dict(axis=[2, 1]), dict(rms_scaling=True), dict(rms_scaling=True, axis=[1, 2]), dict(rms_scaling=True, scale=False), dict(rms_scaling=True, center=False, epsilon=0.1)]):
    add("ln_%d" % k, lambda kw=kw: L.LayerNormalization(**kw), CUBE)
    if kw.get("epsilon") != 1e-12:   # there float32 loses beta behind a mean times a million
        add("ln_%d_2d" % k, lambda kw=kw: L.LayerNormalization(**kw), ZEROS)
add("ln_int", lambda: L.LayerNormalization(), INTS)
add("ln_one", lambda: L.LayerNormalization(), f32([1], [0], [-5]))
for k, kw in enumerate([{}, dict(epsilon=0.1), dict(axis=1), dict(axis=[1, 2]), dict(axis=[2, 1]), dict(epsilon=1e-12)]):
    add("rms_%d" % k, lambda kw=kw: prep("RMSNormalization")(**kw), CUBE)
for k, axis in enumerate([-1, 1, [1, 2], [2, 1], -2, (1,)]):
    add("unit_%d" % k, lambda axis=axis: prep("UnitNormalization")(axis=axis), CUBE)
add("unit_zeros", lambda: prep("UnitNormalization")(), ZEROS)
add("unit_half", lambda: prep("UnitNormalization")(dtype="float16"), HALF)
add("unit_int", lambda: prep("UnitNormalization")(), INTS)
for k, kw in enumerate([dict(groups=2), dict(groups=-1), dict(groups=6), dict(groups=1), dict(groups=3, center=False), dict(groups=3, scale=False, epsilon=0.1),
                        dict(groups=2, axis=1), dict(groups=4, axis=-2), dict(groups=4, axis=1)]):
    add("gn_%d" % k, lambda kw=kw: prep("GroupNormalization")(**kw), CUBE)
    add("gn_%d_4d" % k, lambda kw=kw: prep("GroupNormalization")(**kw), drawn(2, 4, 5, 6) if kw.get("axis") != -2 else drawn(2, 3, 4, 6))
add("gn_2d", lambda: prep("GroupNormalization")(groups=2), drawn(3, 6))
add("gn_int", lambda: prep("GroupNormalization")(groups=2), INTS)
add("spectral", lambda: prep("SpectralNormalization")(L.Dense(4)), ZEROS)
add("spectral_int", lambda: prep("SpectralNormalization")(L.Dense(4)), INTS)
add("spectral_einsum", lambda: prep("SpectralNormalization")(prep("EinsumDense")("abc,cd->abd", output_shape=(None, 4), bias_axes="d")), CUBE)
add("spectral_embedding", lambda: prep("SpectralNormalization")(L.Embedding(5, 3), power_iterations=2), i32([0, 4], [2, 0]))

# ---------------------------------------------------------------- reshaping
for k, arr in enumerate([drawn(3, 5), CUBE, drawn(2, 2, 3, 4), drawn(3), INTS, drawn(3, 1), drawn(2, 1, 1)]):
    add("flatten_%d" % k, lambda: L.Flatten(), arr)
    add("flatten_cf_%d" % k, lambda: L.Flatten(data_format="channels_first"), arr)
for k, target in enumerate([(3, 2, 4), (-1, 4), (4, -1), (24,), (-1,), (1, 24, 1), (24, 1), (2, 2, 6, 1)]):
    add("reshape_%d" % k, lambda target=target: L.Reshape(target), CUBE)
add("reshape_scalar", lambda: L.Reshape(()), drawn(3, 1))
add("reshape_of_scalar", lambda: L.Reshape((1,)), drawn(3))
add("reshape_int", lambda: L.Reshape((2, 2)), INTS)
for k, (dims, arr) in enumerate([((2, 1), CUBE), ((3, 1, 2), drawn(2, 2, 3, 4)), ((1, 2), CUBE), ((1,), ZEROS), ((2, 1), INTS[:, None])]):
    add("permute_%d" % k, lambda dims=dims: L.Permute(dims), arr)
for k, n in enumerate([1, 3]):
    add("repeat_%d" % k, lambda n=n: L.RepeatVector(n), ZEROS)
add("repeat_int", lambda: L.RepeatVector(2), INTS)

# ---------------------------------------------------------------- merging
SHAPES = {"same": [(3, 4), (3, 4)], "three": [(3, 4)] * 3, "one": [(3, 4), (3, 1)], "ranks": [(3, 6), (3, 4, 6)], "ranks3": [(3, 6), (3, 4, 6), (3, 5, 1, 6)],
          "inner": [(3, 4, 1), (3, 1, 6)], "outer": [(3, 1), (3, 4, 6)], "flat": [(3,), (3,)], "flatrank": [(3,), (3, 4)], "first": [(3, 4, 6), (3, 6)]}
for name in ["Add", "Subtract", "Multiply", "Average", "Maximum", "Minimum"]:
    for key, shapes in SHAPES.items():
        if name == "Subtract" and len(shapes) > 2:
            continue
        add("%s_%s" % (name.lower(), key), lambda name=name: getattr(L, name)(), *[drawn(*s, seed=n) for n, s in enumerate(shapes)])
    for key, dts in {"int": ("int32", "int32"), "mixed": ("int32", "float32"), "half": ("float16", "float32"), "double": ("float64", "float32"), "uint8": ("uint8", "uint8"),
                     "bool": ("bool", "bool"), "int64": ("int32", "int64"), "int8": ("uint8", "int8")}.items():
        add("%s_%s" % (name.lower(), key), lambda name=name: getattr(L, name)(),
            *[np.array([[3, 200, 0], [1, 7, 120]]).astype(t) if n == 0 else np.array([[2, 100, 5], [1, 8, 1]]).astype(t) for n, t in enumerate(dts)])
for key, (axis, shapes) in {"m1": (-1, [(3, 4), (3, 2)]), "1": (1, [(3, 4), (3, 2)]), "1_3d": (1, [(3, 4, 2), (3, 1, 2)]), "m2": (-2, [(3, 4, 2), (3, 1, 2)]),
                            "2": (2, [(3, 4, 2), (3, 4, 5), (3, 4, 1)]), "0": (0, [(3, 4), (3, 4)])}.items():
    add("concat_%s" % key, lambda axis=axis: L.Concatenate(axis=axis), *[drawn(*s, seed=n) for n, s in enumerate(shapes)])
for key, dts in {"int": ("int32", "int32"), "mixed": ("int32", "float32"), "half": ("float16", "float32"), "bool": ("bool", "int32"), "int64": ("int32", "int64")}.items():
    add("concat_%s" % key, lambda: L.Concatenate(), *[np.array([[3, 9], [1, 0]]).astype(t) for t in dts])
for key, (axes, norm, shapes) in {"1": (1, False, [(3, 5), (3, 5)]), "m1": (-1, False, [(3, 5), (3, 5)]), "norm": (1, True, [(3, 5), (3, 5)]), "21": ((2, 1), False, [(2, 3, 5), (2, 5, 4)]),
                                  "2": (2, False, [(2, 3, 5), (2, 4, 5)]), "12": ((1, 2), False, [(2, 5, 3), (2, 4, 5)]), "2norm": (2, True, [(2, 3, 5), (2, 4, 5)]),
                                  "1_23": (1, False, [(2, 5), (2, 5, 3)]), "21_32": ((2, 1), False, [(2, 3, 5), (2, 5)]), "12_23": ((1, 2), False, [(2, 5), (2, 3, 5)]),
                                  "3": ((3, 1), False, [(2, 2, 3, 5), (2, 5, 4)]), "33": (3, False, [(2, 2, 3, 5), (2, 2, 4, 5)]), "11_33": (1, False, [(2, 5, 3), (2, 5, 4)]),
                                  "m1_34": ((-1, 1), False, [(2, 3, 5), (2, 5, 4, 3)]), "22_44": (2, False, [(2, 3, 5, 2), (2, 4, 5, 2)])}.items():
    add("dot_%s" % key, lambda axes=axes, norm=norm: L.Dot(axes, normalize=norm), *[drawn(*s, seed=n) for n, s in enumerate(shapes)])
add("dot_norm_zero", lambda: L.Dot(1, normalize=True), ZEROS, ZEROS[::-1].copy())
add("dot_int", lambda: L.Dot(1), INTS, INTS[::-1].copy())

# ---------------------------------------------------------------- preprocessing
for k, (s, o) in enumerate([(1 / 255., 0.0), (2.0, -1.0), ([0.5, 2.0, -1.0, 0.0], [0.1, 0.2, 0.3, 0.4]), ([0.5, 2.0, -1.0, 0.0], 0.0), (0.0, 1.0)]):
    add("rescaling_%d" % k, lambda s=s, o=o: prep("Rescaling")(s, offset=o), ZEROS)
add("rescaling_int", lambda: prep("Rescaling")(1 / 127.5, offset=-1.0), INTS)
add("rescaling_uint8", lambda: prep("Rescaling")(1 / 127.5, offset=-1.0), np.array([[0, 255], [3, 7]], "uint8"))
add("rescaling_whole", lambda: prep("Rescaling")(2, offset=1), INTS)


def adapted(layer, shape, seed=3):
    layer.adapt(np.random.default_rng([seed]).normal(1, 2, shape).astype("float32"))
    return layer


NORM = lambda **kw: prep("Normalization")(**kw)
for key, (kw, shape) in {"default": ({}, (20, 4)), "none": (dict(axis=None), (20, 4)), "1": (dict(axis=1), (20, 4)), "3d": ({}, (20, 4, 6)), "12": (dict(axis=(1, 2)), (20, 4, 6)), "1_3d": (dict(axis=1), (20, 4, 6)),
                         "list": (dict(axis=[1]), (20, 4, 6)), "none3": (dict(axis=None), (20, 4, 6)), "m2": (dict(axis=-2), (20, 4, 6)), "rev": (dict(axis=(2, 1)), (20, 4, 6)), "m12": (dict(axis=(-1, -2)), (20, 4, 6))}.items():
    add("norm_" + key, lambda kw=kw, shape=shape: adapted(NORM(**kw), shape), ZEROS if len(shape) == 2 else CUBE)
    add("norm_%s_invert" % key, lambda kw=kw, shape=shape: adapted(NORM(invert=True, **kw), shape), ZEROS if len(shape) == 2 else CUBE)
for key, kw in {"given": dict(mean=[1., 2., 3., 4.], variance=[1., 4., 0.25, 0.0]), "scalar": dict(axis=None, mean=0.5, variance=4.0), "broadcast": dict(mean=0.5, variance=4.0), "zero": dict(axis=None, mean=0.5, variance=0.0),
                "one": dict(axis=None, mean=[0.5], variance=[4.0]), "nested": dict(mean=[[1., 2., 3., 4.]], variance=[[1., 4., 0.25, 0.5]]), "negative": dict(axis=None, mean=0.0, variance=1e-16)}.items():
    add("norm_" + key, lambda kw=kw: NORM(**kw), ZEROS)
    add("norm_%s_invert" % key, lambda kw=kw: NORM(invert=True, **kw), ZEROS)
    if key != "nested":
        add("norm_%s_int" % key, lambda kw=kw: NORM(**kw), INTS)
add("norm_given_3d", lambda: NORM(mean=[1., 2., 3., 4., 5., 6.], variance=[1., 4., 0.25, 0.5, 1., 2.]), CUBE)
add("norm_given_axis1", lambda: NORM(axis=1, mean=[1., 2., 3., 4.], variance=[1., 4., 0.25, 0.5]), CUBE)
add("norm_flat", lambda: NORM(axis=None, mean=0.5, variance=4.0), drawn(3))
add("norm_column", lambda: NORM(mean=0.5, variance=4.0), drawn(3, 1))

BOUNDS = [-1.0, 0.0, 0.5, 2.0]
NUMBERS = {"flat": f32(-1.0, -1.5, 0.0, 0.5, 2.0, 7.0, 0.1), "column": f32([-1.0], [-1.5], [0.0], [0.5], [2.0], [7.0]), "row": f32([-1.0, -1.5, 0.0], [0.5, 2.0, 7.0], [0.1, 1e9, -1e9]),
           "cube": f32([[-1.0, -1.5], [0.0, 0.5]], [[2.0, 7.0], [0.1, 0.3]]), "cubecolumn": f32([[-1.0], [-1.5]], [[2.0], [7.0]]), "single": f32([0.3, -3.0])}
IDS = {"flat": np.array([0, 4, 2, 1, 5], "int32"), "column": i32([0], [4], [2], [5]), "row": i32([0, 4, 2], [1, 1, 5]), "cube": i32([[0, 4], [2, 1]], [[1, 1], [5, 0]]), "cubecolumn": i32([[0], [4]], [[2], [5]]),
       "single": i32([0, 4, 4]), "outside": i32([-1, 0, 3], [6, 7, 1]), "outsidecolumn": i32([-1], [6]), "int64": np.array([[0, 4, 2], [1, 1, 5]], "int64"), "float": f32([0, 4, 2], [1, 1, 5]), "fraction": f32([0.9, 4.5], [2.2, 1.0]),
       "uint8": np.array([[0, 4, 2], [1, 1, 5]], "uint8"), "floatcolumn": f32([0], [4])}
for mode in ["int", "one_hot", "multi_hot", "count"]:
    for key, arr in NUMBERS.items():
        add("discretization_%s_%s" % (mode, key), lambda mode=mode: prep("Discretization")(bin_boundaries=BOUNDS, output_mode=mode), arr)
    add("discretization_%s_int32" % mode, lambda mode=mode: prep("Discretization")(bin_boundaries=BOUNDS, output_mode=mode), INTS)
    add("discretization_%s_double" % mode, lambda mode=mode: prep("Discretization")(bin_boundaries=[0.1, 0.3], output_mode=mode), np.array([[0.1, 0.3, 0.2, 0.30000001]]))
    add("discretization_%s_default" % mode, lambda mode=mode: prep("Discretization")(bin_boundaries=BOUNDS, **({} if mode == "int" else dict(output_mode=mode, dtype="float32"))), NUMBERS["row"])
    add("discretization_%s_half" % mode, lambda mode=mode: prep("Discretization")(bin_boundaries=BOUNDS, output_mode=mode, dtype="float16"), NUMBERS["row"])
add("discretization_adapt", lambda: adapted(prep("Discretization")(num_bins=5), (100, 3)), NUMBERS["row"])
add("discretization_plain", lambda: prep("Discretization")(bin_boundaries=BOUNDS), NUMBERS["row"])
add("discretization_unsorted", lambda: prep("Discretization")(bin_boundaries=[0.5, -1.0, 2.0]), NUMBERS["row"])
add("discretization_empty", lambda: prep("Discretization")(bin_boundaries=[]), NUMBERS["row"])


def encoding(mode, **kw):
    if KV < (2, 6):
        need(mode != "one_hot")
        return prep("CategoryEncoding")(max_tokens=6, output_mode={"multi_hot": "binary"}.get(mode, mode), **kw)
    return prep("CategoryEncoding")(num_tokens=6, output_mode=mode, **kw)


for mode in ["one_hot", "multi_hot", "count"]:
    for key, arr in IDS.items():
        add("encoding_%s_%s" % (mode, key), lambda mode=mode: encoding(mode), arr)
    for policy in ["int32", "int64", "float16", "mixed_float16"]:
        add("encoding_%s_%s_policy" % (mode, policy), lambda mode=mode, policy=policy: encoding(mode, dtype=policy), IDS["row"])
for key in ["flat", "column", "row", "cube", "int64", "float"]:
    add("encoding_weights_%s" % key, lambda: encoding("count"), IDS[key], drawn(*IDS[key].shape, seed=1), call=lambda layer, x: layer(x[0], count_weights=x[1]))
    add("encoding_intweights_%s" % key, lambda: encoding("count"), IDS[key], np.full(IDS[key].shape, 3, "int32"), call=lambda layer, x: layer(x[0], count_weights=x[1]))

INTVOC, STRVOC = [12, 36, 1138, 42], ["red", "green", "blue", "un petit \u00e9t\u00e9"]
INTIDS = {"flat": np.array([12, 42, 7, 0, -1], "int64"), "column": np.array([[12], [42], [7], [0], [-1]], "int64"), "row": np.array([[12, 42, 7], [0, -1, 36], [36, 36, 36]], "int64"),
          "cube": np.array([[[12, 42], [7, 0]]], "int64"), "cubecolumn": np.array([[[12], [42]], [[7], [0]]], "int64")}
WORDS = {12: "red", 42: "un petit \u00e9t\u00e9", 7: "x", 0: "", -1: "[UNK]", 36: "green"}
LOOKUPS = {"": {}, "_mask": dict(mask=1), "_oov0": dict(num_oov_indices=0), "_pad": dict(max_tokens=8, pad_to_max_tokens=True), "_wide": dict(max_tokens=9), "_maskoov0": dict(mask=1, num_oov_indices=0)}
for kind, voc in {"IntegerLookup": INTVOC, "StringLookup": STRVOC}.items():
    for mode in ["int", "one_hot", "multi_hot", "count", "tf_idf"]:
        for tag, kw in LOOKUPS.items():
            for key, ids in INTIDS.items():
                if tag and key not in ("row", "column"):
                    continue
                kw2 = dict({k: v for k, v in kw.items() if k != "mask"}, output_mode=mode)
                if kw.get("mask"):
                    kw2["mask_token"] = 0 if kind[0] == "I" else ""
                if mode == "tf_idf":
                    kw2["idf_weights"] = [0.1, 0.5, 0.7, 1.5]
                arr = ids
                if "oov0" in tag:
                    arr = np.where(np.isin(ids, INTVOC), ids, 0 if kw.get("mask") else 12)
                if kind[0] == "S":
                    arr = np.vectorize(WORDS.get)(arr)
                add("%s_%s%s_%s" % (kind.lower(), mode, tag, key), lambda kind=kind, voc=voc, kw=kw2: prep(kind)(vocabulary=voc, **kw), arr)
    for tag, kw in {"": {}, "_mask": dict(mask_token=0 if kind[0] == "I" else ""), "_oov0": dict(num_oov_indices=0), "_token": dict(oov_token=99 if kind[0] == "I" else "??")}.items():
        add("%s_invert%s" % (kind.lower(), tag), lambda kind=kind, voc=voc, kw=kw: prep(kind)(vocabulary=voc, invert=True, **kw), np.array([[1, 2, 3], [3, 2, 1]] if "oov0" in tag else [[0, 1, 2], [3, 4, 5], [9, -1, 1]], "int64"))
    for dt in ["int64", "float16", "mixed_float16"]:
        add("%s_dtype_%s" % (kind.lower(), dt), lambda kind=kind, voc=voc, dt=dt: prep(kind)(vocabulary=voc, output_mode="int" if dt == "int64" else "multi_hot", dtype=dt if kind[0] == "I" or dt != "int64" else "string"),
            INTIDS["row"] if kind[0] == "I" else np.vectorize(WORDS.get)(INTIDS["row"]))
add("integerlookup_int32", lambda: prep("IntegerLookup")(vocabulary=INTVOC), INTIDS["row"].astype("int32"))
add("integerlookup_float", lambda: prep("IntegerLookup")(vocabulary=INTVOC), INTIDS["row"].astype("float32"))
add("hashing", lambda: prep("Hashing")(num_bins=7), np.array([["a", "b"], ["c", ""]]))

# ---------------------------------------------------------------- inert at inference
NOISE = {"dropout": lambda: L.Dropout(0.3), "alphadropout": lambda: L.AlphaDropout(0.3), "gaussiandropout": lambda: L.GaussianDropout(0.3), "gaussiannoise": lambda: L.GaussianNoise(0.3),
         "spatialdropout1d": lambda: L.SpatialDropout1D(0.3), "activityregularization": lambda: L.ActivityRegularization(0.1, 0.1), "dropout_shape": lambda: L.Dropout(0.3, noise_shape=(None, 1, 6))}
for key, make in NOISE.items():
    add(key, make, CUBE)
    add(key + "_int", make, np.tile(INTS[:, None, :2], (1, 4, 3)))

# ---------------------------------------------------------------- wrapped
WRAPPED = {"dense": lambda: L.Dense(4, activation="relu"), "bn": lambda: L.BatchNormalization(), "ln": lambda: L.LayerNormalization(), "softmax": lambda: L.Softmax(), "dropout": lambda: L.Dropout(0.5),
           "activation": lambda: L.Activation("tanh"), "prelu": lambda: L.PReLU(), "repeat": lambda: L.RepeatVector(2), "reshape": lambda: L.Reshape((2, 3)), "flatten": lambda: L.Flatten(),
           "unit": lambda: prep("UnitNormalization")(), "rescaling": lambda: prep("Rescaling")(2.0), "spectral": lambda: prep("SpectralNormalization")(L.Dense(4)), "identity": lambda: prep("Identity")(),
           "td": lambda: L.TimeDistributed(L.Dense(4))}
for key, make in WRAPPED.items():
    add("td_" + key, lambda make=make: L.TimeDistributed(make()), drawn(2, 3, 4, 6) if key == "td" else CUBE)
add("td_flatten3", lambda: L.TimeDistributed(L.Flatten()), drawn(2, 3, 4, 6))
add("td_permute", lambda: L.TimeDistributed(L.Permute((2, 1))), drawn(2, 3, 4, 6))
add("td_embedding", lambda: L.TimeDistributed(L.Embedding(6, 3)), i32([[0, 1], [5, 2]], [[3, 3], [4, 0]]))
add("td_embedding_flat", lambda: L.TimeDistributed(L.Embedding(6, 3)), i32([0, 1], [5, 2]))
add("td_encoding", lambda: L.TimeDistributed(encoding("multi_hot")), i32([[0, 1], [5, 2]], [[3, 3], [4, 0]]))
add("td_encoding_onehot", lambda: L.TimeDistributed(encoding("one_hot")), i32([[0], [5]], [[3], [4]]))
add("td_discretization", lambda: L.TimeDistributed(prep("Discretization")(bin_boundaries=BOUNDS)), NUMBERS["cube"])
add("td_model", lambda: L.TimeDistributed(keras.Sequential([Inp((6,)), L.Dense(3, activation="tanh"), L.Dense(2)])), CUBE)

# ---------------------------------------------------------------- dtype policies
POLICED = {"dense": (lambda d: L.Dense(4, activation="tanh", dtype=d), ZEROS), "bn": (lambda d: L.BatchNormalization(dtype=d), CUBE), "ln": (lambda d: L.LayerNormalization(dtype=d), CUBE), "gn": (lambda d: prep("GroupNormalization")(groups=2, dtype=d), CUBE),
           "rms": (lambda d: prep("RMSNormalization")(dtype=d), CUBE), "unit": (lambda d: prep("UnitNormalization")(dtype=d), drawn(3, 4)), "softmax": (lambda d: L.Softmax(dtype=d), drawn(3, 4)), "embedding": (lambda d: L.Embedding(5, 3, dtype=d), i32([0, 4], [2, 1])),
           "add": (lambda d: L.Add(dtype=d), drawn(3, 4), drawn(3, 4, seed=1)), "average": (lambda d: L.Average(dtype=d), INTS, INTS[::-1].copy()), "dot": (lambda d: L.Dot(1, dtype=d), drawn(3, 4), drawn(3, 4, seed=1)), "concat": (lambda d: L.Concatenate(dtype=d), drawn(3, 4), drawn(3, 4, seed=1)),
           "norm": (lambda d: NORM(mean=[1., 2., 3., 4.], variance=[1., 4., 0.25, 0.5], dtype=d), drawn(3, 4)), "rescaling": (lambda d: prep("Rescaling")(1 / 3., offset=0.1, dtype=d), drawn(3, 4)), "rescaling_int": (lambda d: prep("Rescaling")(1 / 3., offset=0.1, dtype=d), INTS),
           "prelu": (lambda d: L.PReLU(dtype=d), drawn(3, 4)), "relu": (lambda d: L.ReLU(max_value=1.0, dtype=d), drawn(3, 4)), "flatten": (lambda d: L.Flatten(dtype=d), drawn(3, 4, 2)), "flatten_int": (lambda d: L.Flatten(dtype=d), INTS), "identity": (lambda d: prep("Identity")(dtype=d), drawn(3, 4)),
           "einsum": (lambda d: prep("EinsumDense")("abc,cd->abd", output_shape=(None, 4), bias_axes="d", dtype=d), drawn(2, 3, 5)), "reshape": (lambda d: L.Reshape((2, 2), dtype=d), drawn(3, 4)), "dropout": (lambda d: L.Dropout(0.5, dtype=d), drawn(3, 4)),
           "activation_int": (lambda d: L.Activation("relu", dtype=d), INTS), "dense_int": (lambda d: L.Dense(4, dtype=d), INTS), "td": (lambda d: L.TimeDistributed(L.Dense(4, dtype=d), dtype=d), drawn(2, 3, 5)), "td_plain": (lambda d: L.TimeDistributed(L.Dense(4), dtype=d), drawn(2, 3, 5)),
           "ln_rms": (lambda d: L.LayerNormalization(rms_scaling=True, dtype=d), CUBE), "softmax2": (lambda d: L.Softmax([1, 2], dtype=d), drawn(3, 4, 2)), "gelu": (lambda d: L.Activation("gelu", dtype=d), drawn(3, 4))}
for policy in POLICIES:
    for key, (make, *arrays) in POLICED.items():
        add("%s_%s" % (policy, key), lambda make=make, policy=policy: make(policy), *[np.clip(a, -50, 50) for a in arrays])


def dtype_name(t):
    return str(getattr(t.dtype, "name", None) or t.dtype).replace("torch.", "")


def record(name, out, formats, reload):
    make, arrays, call, own = TABLE[name]
    reset()
    rng = seed_for(0, name)
    layer = make()
    inputs = [Inp(a.shape[1:], dtype="string" if a.dtype.kind == "U" else str(a.dtype)) for a in arrays]
    y = call(layer, inputs) if call else layer(inputs if len(inputs) > 1 else inputs[0])
    model = Mod(inputs if len(inputs) > 1 else inputs[0], y)
    randomise(model, rng, skip=("normalization/mean", "normalization/variance"))
    real = call_model(model, list(arrays))
    declared = dict(shape=list(kt_shape(y)), dtype=kt_dtype(y), gives=dtype_name(real))
    small = any(w in name for w in ("half", "float16"))
    meta = dict(family="A", name=name, seed=0, may_refuse="low-precision arithmetic" if small else "", extra=declared)
    for fmt in own or formats:
        cid = "%s-%s-%s" % (name, ENV, fmt)
        try:
            write_case(out, cid, dict(meta), model, fmt, list(arrays), roundtrip=reload)
        except Skip:
            pass
    return declared


def sweep():
    ap = argparse.ArgumentParser()
    ap.add_argument("--out", required=True)
    ap.add_argument("--only", default="")
    ap.add_argument("--formats", default=default_formats()[0])
    ap.add_argument("--reload", action="store_true", help="have Keras read each file again")
    a = ap.parse_args()
    os.makedirs(a.out, exist_ok=True)
    declared, raised = {}, {}
    for name in TABLE:
        if a.only and not re.search(a.only, name):
            continue
        try:
            declared[name] = record(name, a.out, a.formats.split(","), a.reload)
        except Skip as e:
            raised[name] = "skip: " + str(e)
        except Exception as e:
            raised[name] = (type(e).__name__ + ": " + str(e))[:400]
    for key, said in (("declared", declared), ("raised", raised)):
        with open(os.path.join(a.out, key + ".json"), "w") as f:
            json.dump(said, f, indent=1)
    print("Keras %s: %d cases written, %d of %d not built" % (KVER, STATS["written"], len(raised), len(TABLE)))


if __name__ == "__main__":
    sweep()
