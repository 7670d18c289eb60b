#!/usr/bin/env bash
# One would guess that return_attention_scores=True adds a second result and leaves the first alone.
# The flag chooses another computation. For a query that may look at nothing one gives the mean of all values,
# the other zeros: the row is averaged without the flag, and empty with it.
# Seen with keras 3.15.1 on the JAX backend. It matters for padded batches: a model that is
# converted or debugged with its scores visible is not the model that was trained.
set -euo pipefail
place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT
python3 -m venv --without-pip "$place/env"
python3 -m pip --python "$place/env/bin/python" install --no-compile --quiet --quiet --disable-pip-version-check \
    keras==3.15.1 jax==0.10.2 numpy==2.4.6
cd "$place"
export KERAS_BACKEND=jax JAX_PLATFORMS=cpu
"$place/env/bin/python" - <<'PYTHON'
import sys
import numpy as np
import keras

keras.utils.set_random_seed(7)
steps = np.random.default_rng(7).normal(size=(1, 3, 4)).astype(np.float32)
allowed = np.ones((1, 3, 3), bool)
allowed[0, 0] = False
layer = keras.layers.MultiHeadAttention(1, 4)
alone = np.asarray(layer(steps, steps, attention_mask=allowed))
beside = np.asarray(layer(steps, steps, attention_mask=allowed, return_attention_scores=True)[0])
for row in range(3):
    print(f"query {row}: alone {alone[0, row].round(4)}, beside the scores {beside[0, row].round(4)}")
same = [bool(np.allclose(alone[0, row], beside[0, row], atol=1e-5)) for row in range(3)]
if same != [False, True, True] or abs(beside[0, 0]).max() > 1e-6:
    sys.exit(f"changed: the rows that agree are now {same}")
PYTHON
