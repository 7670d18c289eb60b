#!/usr/bin/env bash
# One would guess that a tensor declared float16 holds float16: 60000 * 2 overflows, and stays so.
# onnxruntime's CPU kernels run such chains in float32 and drop the casts between, with all optimisation off as well:
# x * 2 * 0.5 of 60000 is 60000. Ask for the middle tensor as an output too and it shows inf, while the
# result computed from it is still 60000. OpenVINO drops a cast to float16 and back entirely: 1e6 passes.
# Seen with onnxruntime 1.32.0 and openvino 2026.4.1 on CPU. It matters for mixed_float16 Keras models: a test on CPU
# does not show what a GPU will overflow, and a printed intermediate is not what the next node got.
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

options = onnxruntime.SessionOptions()
options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
def chain(outputs):
    model = parser.parse_model(f'''<ir_version: 8, opset_import: ["": 13]>
        g (float16[1] x, float16[1] two, float16[1] half) => ({outputs})
        {{ middle = Mul (x, two) y = Mul (middle, half) }}''')
    feed = {"x": 60000, "two": 2, "half": 0.5}
    session = onnxruntime.InferenceSession(model.SerializeToString(), options)
    return [float(v[0]) for v in session.run(None, {k: np.array([v], np.float16) for k, v in feed.items()})]
alone, watched = chain("float16[1] y"), chain("float16[1] middle, float16[1] y")
print("onnxruntime, result alone:", alone, "| middle and result:", watched)

round_trip = parser.parse_model('''<ir_version: 8, opset_import: ["": 13]>
    g (float[2] x) => (float[2] y) { h = Cast <to = 10> (x) y = Cast <to = 1> (h) }''')
onnx.save(round_trip, "model.onnx")
values = np.array([1e6, 0.1], np.float32)
runtime = onnxruntime.InferenceSession("model.onnx").run(None, {"x": values})[0]
compiled = openvino.Core().compile_model("model.onnx", "CPU", {"INFERENCE_PRECISION_HINT": "f32"})
vino = np.array(compiled([values])[0])
print("to float16 and back of [1e6, 0.1]: onnxruntime", runtime, "openvino", vino)
if alone != [60000] or watched != [np.inf, 60000] or not np.isinf(runtime[0]) or not np.array_equal(vino, values):
    sys.exit("changed: float16 is treated in another way by one of the two")
PYTHON
