#!/usr/bin/env bash
# One would guess that an importer refuses an attribute that it does not implement.
# OpenVINO heeds clip and drops input_forget (the coupled gates); OpenCV 5 drops both; each then computes the
# plain LSTM and says nothing. onnxruntime heeds both.
# Seen with openvino 2026.4.1, opencv-python-headless 5.0.0.93, onnxruntime 1.32.0. It matters for recurrent models that
# come with clipped or coupled cells: compare with a second runtime before trusting either.
set -euo pipefail
place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT
python3 -m venv --without-pip "$place/env"
python3 -m pip --python "$place/env/bin/python" install --no-compile --quiet --quiet --disable-pip-version-check \
    numpy==2.4.6 onnx==1.23.2 onnxruntime==1.32.0 openvino==2026.4.1 opencv-python-headless==5.0.0.93
cd "$place"
"$place/env/bin/python" - <<'PYTHON'
import sys
import cv2
import numpy as np
import onnx
import onnxruntime
import openvino
from onnx import parser

steps = np.array([1, 2, 3], np.float32).reshape(3, 1, 1)
def run(attribute):
    model = parser.parse_model(f'''<ir_version: 8, opset_import: ["": 14]>
        g (float[3,1,1] x) => (float[3,1,1,1] y)
        <float[1,4,1] w = {{0.5, 0.5, 0.5, 0.5}}> {{ y = LSTM <hidden_size = 1{attribute}> (x, w, w) }}''')
    onnx.save(model, "model.onnx")
    network = cv2.dnn.readNetFromONNX("model.onnx")
    network.setInput(steps)
    compiled = openvino.Core().compile_model("model.onnx", "CPU", {"INFERENCE_PRECISION_HINT": "f32"})
    return {
        "onnxruntime": onnxruntime.InferenceSession("model.onnx").run(None, {"x": steps})[0].ravel(),
        "openvino": np.array(compiled([steps])[0]).ravel(),
        "OpenCV": network.forward().ravel(),
    }

plain = run("")
changed = {}
for name, attribute in (("clip", ", clip = 0.1"), ("input_forget", ", input_forget = 1")):
    for library, values in run(attribute).items():
        changed[name, library] = not np.allclose(values, plain[library], atol=1e-4)
        print(f"{name:13}{library:12}{values.round(4)} {'heeded' if changed[name, library] else 'DROPPED'}")
dropped = sorted(pair for pair, heeded in changed.items() if not heeded)
if ("clip", "OpenCV") not in dropped or ("input_forget", "openvino") not in dropped or any(p[1] == "onnxruntime" for p in dropped):
    sys.exit(f"changed: dropped are now {dropped}")
PYTHON
