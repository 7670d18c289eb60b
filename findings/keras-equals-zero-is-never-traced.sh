#!/usr/bin/env bash
# One would guess that x == 0 makes a comparison node as x != 0 and x < 0 do.
# On a KerasTensor == compares Python objects: it is the constant False, no node, no warning. ops.where(x == 0, -1, x)
# builds, saves and reloads as a model that never tests anything; on real arrays the same line works.
# Seen with keras 3.15.1 on the JAX backend. It matters for masks written by hand: the saved file holds no trace of the test, so
# that a faithful conversion is faithfully without it. ops.equal(x, 0) is traced.
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
from keras import ops

row = np.array([[0, 5, 0]], np.float32)
line = lambda x: ops.where(x == 0.0, -1.0, x)
inputs = keras.Input((3,))
traced = keras.Model(inputs, line(inputs))
spelled = keras.Model(inputs, ops.where(ops.equal(inputs, 0.0), -1.0, inputs))
answers = [np.asarray(f(row)).tolist() for f in (line, traced, spelled)]
print("x == 0.0 on a symbolic tensor:", repr(inputs == 0.0), "| x != 0.0:", type(inputs != 0.0).__name__)
print("on the array itself:          ", answers[0])
print("as a functional model:        ", answers[1])
print("the model with ops.equal:     ", answers[2])
if answers != [[[-1, 5, -1]], [[0, 5, 0]], [[-1, 5, -1]]] or (inputs == 0.0) is not False:
    sys.exit("changed: == on a symbolic tensor is traced, or refused")
PYTHON
