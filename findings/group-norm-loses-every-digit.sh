#!/usr/bin/env bash
# One would guess that the normalisations of one runtime share their care: subtract the mean, then square.
# onnxruntime's GroupNormalization takes the mean of the squares less the square of the mean, in float32: for
# [10000 .. 10003] it answers tens or hundreds where 1.34 is right (how many depends on the CPU). InstanceNormalization, which
# is the same thing with one channel a group, and LayerNormalization are right to three digits and more.
# Seen with onnxruntime 1.32.0, opset 21. It matters for Keras GroupNormalization after layers with a large offset
# (raw counts, temperatures in kelvin): write the operator out, or as InstanceNormalization.
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

def run(node, offset):
    model = parser.parse_model(f'''<ir_version: 10, opset_import: ["": 21]>
        g (float[1,1,4] x) => (float[1,1,4] y)
        {{ s = Constant <value = float[1] {{1}}> () b = Constant <value = float[1] {{0}}> () y = {node} }}''')
    values = np.arange(offset, offset + 4, dtype=np.float32).reshape(1, 1, 4)
    return onnxruntime.InferenceSession(model.SerializeToString()).run(None, {"x": values})[0].ravel()

right = (np.arange(4) - 1.5) / np.sqrt(1.25 + 1e-5)
wrong = {}
for offset in (0, 10_000):
    for name, node in (("Group", "GroupNormalization <num_groups = 1> (x, s, b)"), ("Instance", "InstanceNormalization (x, s, b)")):
        values = run(node, offset)
        wrong[name, offset] = abs(values - right).max()
        print(f"mean about {offset:5}: {name + 'Normalization':22} {values}")
if not (wrong["Group", 0] < 1e-4 and wrong["Instance", 10_000] < 1e-2 and wrong["Group", 10_000] > 1):
    sys.exit("changed: GroupNormalization keeps its digits at a large mean")
PYTHON
