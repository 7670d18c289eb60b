#!/usr/bin/env bash
# One would guess that keras.ops.sparsemax is the published sparsemax: the nearest point of the simplex, summing to 1.
# Its threshold adds up the running totals of the kept logits where the formula takes the last total only, so that it is
# too high: [1, 0.5, 0.1] gives [0.25, 0, 0], and [1, 0.9, 0.8, 0.1] gives four zeros, a distribution without any mass.
# Seen with keras 3.15.1 on the JAX backend. It matters for whoever moves such a model: an exporter that writes the textbook
# formula is wrong about the file, and one that copies Keras is wrong about the name.
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

def published(logits):
    ordered = np.sort(logits)[::-1]
    totals, counts = np.cumsum(ordered), np.arange(1, len(ordered) + 1)
    kept = np.count_nonzero(1 + counts * ordered > totals)
    return np.maximum(logits - (totals[kept - 1] - 1) / kept, 0)

sums = []
for logits in ([3.0, 0.0, 0.0], [1.0, 0.5, 0.1], [1.0, 0.9, 0.8, 0.1]):
    logits = np.array(logits, np.float32)
    here = np.asarray(keras.ops.sparsemax(logits))
    print(f"{logits}: Keras {here.round(4)} sum {here.sum():.2f}, published {published(logits).round(4)}")
    sums.append(round(float(here.sum()), 4))
if sums != [1, 0.25, 0]:
    sys.exit(f"changed: sparsemax of Keras now sums to {sums}")
PYTHON
