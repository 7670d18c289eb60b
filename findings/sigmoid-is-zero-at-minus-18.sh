#!/usr/bin/env bash
# One would guess that a float32 Sigmoid is right to six or seven digits, as exp is.
# onnxruntime's clamps its argument at +-18: Sigmoid(-18) and below is exactly 0.0 (true: 1.5e-8), and at -17 the
# answer is off by more than a quarter. So Log(Sigmoid(x)) is -inf where -Softplus(-x), the same function,
# is right; the float64 Sigmoid is right as well.
# Seen with onnxruntime 1.32.0 on CPU. It matters for rare-event classifiers moved from Keras: scores that were
# small and ordered become ties at zero, and their logarithm is gone.
set -euo pipefail
place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT
python3 -m venv --without-pip "$place/env"
python3 -m pip --python "$place/env/bin/python" install --no-compile --quiet --quiet --disable-pip-version-check \
    numpy==2.4.6 onnx==1.23.2 onnxruntime==1.32.0
cd "$place"
"$place/env/bin/python" - <<'PYTHON'
import sys
import numpy as np
import onnxruntime
from onnx import parser

def run(body, values, kind="float"):
    model = parser.parse_model(f'''<ir_version: 8, opset_import: ["": 13]>
        g ({kind}[n] x) => ({kind}[n] y) {{ {body} }}''')
    return onnxruntime.InferenceSession(model.SerializeToString()).run(None, {"x": values})[0]

points = np.array([-10, -17, -18, -20], np.float32)
single = run("y = Sigmoid (x)", points)
double = run("y = Sigmoid (x)", points.astype(np.float64), "double")
logs = run("s = Sigmoid (x) y = Log (s)", points)
softplus = run("n = Neg (x) p = Softplus (n) y = Neg (p)", points)
print("x                ", points)
print("Sigmoid, float32 ", single)
print("Sigmoid, float64 ", double)
print("Log(Sigmoid(x))  ", logs)
print("-Softplus(-x)    ", softplus)
zeros = (single[2:] == 0).all() and np.isneginf(logs[2:]).all()
right = np.allclose(softplus, np.log(double), rtol=1e-5)
if not (zeros and right and abs(single[1] / double[1] - 1) > 0.2):
    sys.exit("changed: Sigmoid is no longer cut to zero at -18")
PYTHON
