#!/usr/bin/env bash
# One would guess that int64 operators compute with integers: exact, and wrapping like C or NumPy.
# onnxruntime's ReduceSum of [2**53 + 1, 1] is 2**53: short by 2. On overflow it saturates, where CumSum, over the
# same numbers, wraps; Pow(3, 39) is off by 11. Add, Mul, MatMul and CumSum are exact.
# Seen with onnxruntime 1.32.0 on CPU, x86-64; onnx.reference is exact. It matters for identifiers, hashes and nanosecond
# times that a Keras preprocessing model sums as int64.
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

def run(body, values, result="1"):
    model = parser.parse_model(f'''<ir_version: 8, opset_import: ["": 13]>
        g (int64[{len(values)}] x) => (int64[{result}] y) {{ {body} }}''')
    session = onnxruntime.InferenceSession(model.SerializeToString())
    return session.run(None, {"x": np.array(values, np.int64)})[0].ravel().tolist()

precise, huge = [2**53 + 1, 1], [2**62] * 3
cumulated = "a = Constant <value = int64 {0}> () y = CumSum (x, a)"
total = run("y = ReduceSum (x)", precise)[0]
running = run(cumulated, precise, "2")[-1]
full = run("y = ReduceSum (x)", huge)[0]
wrapped = run(cumulated, huge, "3")[-1]
power = run("e = Constant <value = int64[1] {39}> () y = Pow (x, e)", [3])[0]
print("2**53 + 1 + 1: ReduceSum", total, "CumSum", running, "true", 2**53 + 2)
print("3 * 2**62:     ReduceSum", full, "CumSum", wrapped)
print("3**39:         Pow", power, "true", 3**39)
exact = running == 2**53 + 2 and wrapped == -(2**62)
if not (exact and total == 2**53 and full == 2**63 - 1 and power != 3**39):
    sys.exit("changed: the integer operators agree, or differ in another way")
PYTHON
