#!/usr/bin/env bash
# One would guess that a reduction either carries a NaN or skips it, wherever it stands.
# onnxruntime's ReduceMax and ReduceMin carry it only from the first place: [NaN, 1, 3] gives NaN, [1, NaN, 3] gives 3.
# Its element-wise Max carries it always, GlobalMaxPool never. OpenVINO's ReduceMin of [1, NaN, 3] is 3: the NaN
# wipes out what came before it, and the 1 is lost; its Relu and Max turn NaN into 0.
# Seen with onnxruntime 1.32.0 and openvino 2026.4.1 on CPU. It matters where a NaN is the alarm: after the
# move from Keras a broken sensor may ring only if it is wired to input 0.
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

nan, core = np.nan, openvino.Core()
def run(node, values, result="n"):
    shape = ",".join(map(str, np.shape(values)))
    model = parser.parse_model(f'''<ir_version: 8, opset_import: ["": 13]>
        g (float[{shape}] x) => (float[{result}] y) {{ {node} }}''')
    values = np.asarray(values, np.float32)
    onnx.save(model, "model.onnx")
    compiled = core.compile_model("model.onnx", "CPU", {"INFERENCE_PRECISION_HINT": "f32"})
    runtime = onnxruntime.InferenceSession("model.onnx").run(None, {"x": values})[0]
    return [runtime.ravel().tolist(), np.array(compiled([values])[0]).ravel().tolist()]

seen = {
    "ReduceMax [1, NaN, 3]": run("y = ReduceMax (x)", [1, nan, 3], "1"),
    "ReduceMax [NaN, 1, 3]": run("y = ReduceMax (x)", [nan, 1, 3], "1"),
    "ReduceMin [1, NaN, 3]": run("y = ReduceMin (x)", [1, nan, 3], "1"),
    "GlobalMaxPool [NaN, 1, 3]": run("y = GlobalMaxPool (x)", [[[nan, 1, 3]]], "1,1,1"),
    "Max(x, 0) of NaN": run("z = Constant <value = float[1] {0}> () y = Max (x, z)", [nan], "1"),
}
for name, (runtime, vino) in seen.items():
    print(f"{name:27} onnxruntime {runtime} openvino {vino}")
runtime = [pair[0][0] for pair in seen.values()]
vino = [seen["ReduceMin [1, NaN, 3]"][1][0], seen["Max(x, 0) of NaN"][1][0]]
if str(runtime) != "[3.0, nan, 1.0, 3.0, nan]" or vino != [3, 0]:
    sys.exit("changed: NaN is treated in another way by one of the two")
PYTHON
