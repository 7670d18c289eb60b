#!/usr/bin/env bash
# One would guess that the weights of the layer called "dense" lie in the group layers/dense.
# The groups count the layers of each class in the model's order and ignore their names: where the layer called dense_1
# comes first, its weights lie in layers/dense, and those of "dense" in layers/dense_1. With equal shapes a reader that goes
# by name loads both, wrongly, without an error. Files since 3.6 carry the true name in an attribute of the vars group.
# Seen with keras 3.15.1 on the JAX backend, h5py 3.16.0. It is easily met: build one branch, throw it away, build again.
set -euo pipefail
place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT
python3 -m venv --without-pip "$place/env"
python3 -m pip --python "$place/env/bin/python" install --no-compile --quiet --quiet --disable-pip-version-check \
    keras==3.15.1 jax==0.10.2 numpy==2.4.6 h5py==3.16.0
cd "$place"
export KERAS_BACKEND=jax JAX_PLATFORMS=cpu
"$place/env/bin/python" - <<'PYTHON'
import io
import sys
import zipfile
import h5py
import numpy as np
import keras

inputs = keras.Input((4,))
first, second = keras.layers.Dense(4, name="dense_1"), keras.layers.Dense(4, name="dense")
model = keras.Model(inputs, second(first(inputs)))
model.save("model.keras")
weights = zipfile.ZipFile("model.keras").read("model.weights.h5")
found = {}
with h5py.File(io.BytesIO(weights)) as file:
    for group in ("dense", "dense_1"):
        kernel = file[f"layers/{group}/vars/0"][()]
        owner = next(layer.name for layer in (first, second) if np.array_equal(layer.get_weights()[0], kernel))
        found[group] = owner
        print(f"group layers/{group}: kernel of the layer {owner!r}, attribute name {file[f'layers/{group}/vars'].attrs.get('name')!r}")
if found != {"dense": "dense_1", "dense_1": "dense"}:
    sys.exit(f"changed: the groups now belong to {found}")
PYTHON
