#!/usr/bin/env bash
# One would guess that a runtime without 64-bit arithmetic refuses such a model, or says so.
# OpenVINO's CPU plugin reads the ONNX file, computes int64 in 32 bits and hands back an array of type int64: (2**40 + 1)
# doubled is 2, and 2**33 == 0 is true. float64 is computed in float32 and handed back as float64; what does not fit
# becomes the largest float32, not infinity.
# Seen with openvino 2026.4.1 on CPU; onnxruntime 1.32.0 is right. It matters for Keras lookups of long identifiers
# (IntegerLookup, Hashing), for times in milliseconds, and for models set to float64 on purpose.
set -euo pipefail
place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT
python3 -m venv --without-pip "$place/env"
python3 -m pip --python "$place/env/bin/python" install --no-compile --quiet --quiet --disable-pip-version-check \
    numpy==2.4.6 onnx==1.23.2 onnxruntime==1.32.0 openvino==2026.4.1
cd "$place"
"$place/env/bin/python" - <<'PYTHON'
import sys
import numpy as np
import onnx
import onnxruntime
import openvino
from onnx import parser

def run(kind, values, body, result):
    model = parser.parse_model(f'''<ir_version: 8, opset_import: ["": 13]>
        g ({kind}[{len(values)}] x) => ({result}[{len(values)}] y) {{ {body} }}''')
    onnx.save(model, "model.onnx")
    runtime = onnxruntime.InferenceSession("model.onnx").run(None, {"x": values})[0]
    compiled = openvino.Core().compile_model("model.onnx", "CPU", {"INFERENCE_PRECISION_HINT": "f32"})
    return runtime, np.array(compiled([values])[0])

doubled = run("int64", np.array([2**40 + 1]), "y = Add (x, x)", "int64")
equal = run("int64", np.array([2**33, 1]), "z = Constant <value = int64[1] {0}> () y = Equal (x, z)", "bool")
squared = run("double", np.array([1e100]), "y = Mul (x, x)", "double")
for name, (runtime, vino) in {"(2**40 + 1) * 2": doubled, "[2**33, 1] == 0": equal, "1e100 ** 2": squared}.items():
    print(f"{name:16} onnxruntime {runtime} openvino {vino} ({vino.dtype})")
right = doubled[0][0] == 2**41 + 2 and not equal[0].any() and squared[0][0] == 1e200
seen = [doubled[1].tolist(), equal[1].tolist(), bool(squared[1][0] < 1e39), str(doubled[1].dtype)]
if not right or seen != [[2], [True, False], True, "int64"]:
    sys.exit(f"changed: openvino now answers {seen}")
PYTHON
