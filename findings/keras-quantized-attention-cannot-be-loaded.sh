#!/usr/bin/env bash
# One would guess that a model which Keras quantizes and saves is one that Keras loads: quantize() exists to make a file
# smaller. With MultiHeadAttention it is not so. model.quantize("int8") quantizes the layer's four inner products, the
# file holds their int8 kernels and scales, but the layer's own entry in config.json says dtype float32 and nothing of
# its products. On loading Keras builds them in float32 and gives up: "Layer 'key' expected 2 variables, but received 0".
# A Dense beside it says a policy of mode int8, and loads. Seen with keras 3.15.1 on the JAX backend, as on TensorFlow.
# A reader of such a file can tell that kernels are int8, not whether their inputs were to be rounded at inference.
set -euo pipefail
place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT
python3 -m venv --without-pip "$place/env"
python3 -m pip --python "$place/env/bin/python" install --no-compile --quiet --quiet --disable-pip-version-check \
    keras==3.15.1 jax==0.10.2 numpy==2.4.6
cd "$place"
export KERAS_BACKEND=jax JAX_PLATFORMS=cpu
"$place/env/bin/python" - <<'PYTHON'
import json
import sys
import zipfile
import keras

def saved(name, layer):
    """Save one quantized layer, and tell its dtype in the file, and whether Keras loads it."""
    given = keras.Input((5, 8))
    model = keras.Model(given, layer(given))
    model.quantize("int8")
    model.save(f"{name}.keras")
    config = json.loads(zipfile.ZipFile(f"{name}.keras").read("config.json"))
    dtype = config["config"]["layers"][-1]["config"]["dtype"]["config"]
    try:
        keras.models.load_model(f"{name}.keras")
    except ValueError as error:
        return str(dtype), str(error).split("\n")[0][:160]
    return str(dtype), "loads"

attention = keras.layers.MultiHeadAttention(2, 4)
dense = saved("dense", keras.layers.Dense(3))
heads = saved("heads", lambda x: attention(x, x))
print("Dense", *dense, sep="\n  ")
print("MultiHeadAttention", *heads, sep="\n  ")
if "int8" not in dense[0] or dense[1] != "loads" or "int8" in heads[0] or heads[1] == "loads":
    sys.exit("changed: the file of a quantized MultiHeadAttention can be loaded, or says that it is one")
PYTHON
