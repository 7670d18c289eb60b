"""Family A: Dense kernels after GPTQ (Keras 3.12 and newer) and AWQ (3.14 and newer)."""
from kc import *

Mod, Inp = keras.Model, keras.Input
ENVS = ["k312", "k313", "k314", "k3"]
LOST = ("Keras 3.14 and newer leave kernel_zero out of the file, and cannot load it themselves")
BROKEN = KV >= (3, 14)


def config_of(mode, rng, **options):
    cls = getattr(keras.quantizers, "AWQConfig" if mode == "awq" else "GPTQConfig")
    data = rng.integers(0, 12, (16, 4))
    return cls(dataset=data, tokenizer="none is needed", num_samples=16, sequence_length=4, **options)


def calibrate(model, mode, config, rng, names):
    """Quantise layers one after the other, each on what the ones before it give."""
    if mode == "awq":
        from keras.src.quantizers.awq import AWQ as Algorithm
    else:
        from keras.src.quantizers.gptq import GPTQ as Algorithm
    x = rng.normal(0, 1, (64,) + tuple(model.inputs[0].shape[1:])).astype("float32")
    for name in names:
        layer = model.get_layer(name)
        batch = Mod(model.inputs, layer.input)(x)
        layer.quantize(mode, config=config)
        algorithm = Algorithm(layer, config)
        if mode == "awq":
            algorithm.update_activation_magnitudes(batch)
            algorithm.quantize_layer()
        else:
            algorithm.update_hessian_with_batch(batch)
            algorithm.quantize_and_correct_layer()
        algorithm.free()


SETTINGS = [
    ("4", dict(weight_bits=4, group_size=4)),
    ("4_whole", dict(weight_bits=4, group_size=-1)),
    ("4_order", dict(weight_bits=4, group_size=2, activation_order=True)),
    ("4_symmetric", dict(weight_bits=4, group_size=4, symmetric=True)),
    ("4_tensor", dict(weight_bits=4, group_size=-1, per_channel=False)),
    ("8", dict(weight_bits=8, group_size=4)),
    ("8_symmetric", dict(weight_bits=8, group_size=-1, symmetric=True)),
    ("3", dict(weight_bits=3, group_size=2)),
    ("2", dict(weight_bits=2, group_size=4, activation_order=True)),
]


@case("gptq", "A", params=SETTINGS, envs=ENVS, formats=("keras",) if BROKEN else ("keras", "json_wh5"),
      expect="error" if BROKEN else "ok", reason=LOST if BROKEN else "")
def gptq(rng, setting):
    """Odd and even units, with a bias and without, next to a layer that stays float.

    The group size divides the inputs: older versions cannot quantise otherwise.
    """
    i = Inp((12,))
    x = L.Dense(7 if setting[1]["group_size"] < 0 else 8, activation="relu", name="q1")(i)
    x = L.Dense(5, use_bias=False, name="q2")(x)
    m = Mod(i, L.Dense(2, activation="sigmoid", name="plain")(x))

    def after(mm):
        calibrate(mm, "gptq", config_of("gptq", rng, **setting[1]), rng, ["q1", "q2"])
    return dict(model=m, after=after, inputs={"*": dict(large=5)})


@case("awq", "A", params=[("4", dict(group_size=4)), ("4_whole", dict(group_size=-1))],
      envs=["k314", "k3"], formats=("keras",), expect="error", reason=LOST)
def awq(rng, setting):
    i = Inp((10,))
    x = L.Dense(7, activation="relu", name="q1")(i)
    m = Mod(i, L.Dense(2, use_bias=False, name="q2")(x))

    def after(mm):
        calibrate(mm, "awq", config_of("awq", rng, **setting[1]), rng, ["q1", "q2"])
    return dict(model=m, after=after, inputs={"*": dict(large=5)})


@case("gptq_block", "A", params=["4", "8"], envs=ENVS, formats=("keras",),
      expect="error" if BROKEN else "ok", reason=LOST if BROKEN else "")
def block(rng, bits):
    """model.quantize: an Embedding, and a block of Dense layers behind it."""
    i = Inp((4,), dtype="int32")
    inner = keras.Sequential([Inp((4, 8)), L.Dense(12, activation="gelu", name="up"), L.Dense(7, name="down")], name="block")
    emb = L.Embedding(12, 8, name="emb")
    m = Mod(i, inner(emb(i)))

    def after(mm):
        mm.get_quantization_layer_structure = lambda mode: dict(pre_block_layers=[emb], sequential_blocks=[inner])
        mm.quantize("gptq", config=config_of("gptq", rng, weight_bits=int(bits), group_size=4))
    return dict(model=m, after=after, inputs={"*": dict(low=0, high=12)})


@case("gptq_einsum", "A", envs=ENVS, formats=("keras",), expect="error",
      reason=LOST if BROKEN else "", may_refuse="" if BROKEN else "a quantised EinsumDense")
def einsum(rng):
    i = Inp((3, 8))
    m = Mod(i, L.EinsumDense("abc,cd->abd", output_shape=(None, 5), bias_axes="d", name="q1")(i))

    def after(mm):
        calibrate(mm, "gptq", config_of("gptq", rng, weight_bits=4, group_size=4), rng, ["q1"])
    return dict(model=m, after=after, inputs={"*": dict(large=5)})


@case("gptq_mixed", "A", envs=ENVS, formats=("keras",), expect="error" if BROKEN else "ok",
      reason=LOST if BROKEN else "", may_refuse="low-precision: float16")
def mixed(rng):
    """Computes in 16 bits."""
    i = Inp((8,))
    m = Mod(i, L.Dense(5, name="q1", dtype="mixed_float16")(i))

    def after(mm):
        calibrate(mm, "gptq", config_of("gptq", rng, weight_bits=4, group_size=4), rng, ["q1"])
    return dict(model=m, after=after, inputs={"*": dict(large=5)})


if __name__ == "__main__":
    main()
