#!/usr/bin/env bash
# One would guess that importers know the rule of opset 1 to 12: Softmax flattens everything from its axis on.
# onnxruntime does; OpenVINO and OpenCV 5 normalise along that one axis, as opset 13 has it, so that on a 3-D tensor
# several groups sum to 1 each. The shapes are right, and every value lies between 0 and 1.
# Seen with openvino 2026.4.1, opencv-python-headless 5.0.0.93, onnxruntime 1.32.0. The exporters of Keras 1 and 2 wrote opset 7 to 12;
# their files with Softmax over (rows, columns) give other answers here than where they were made.
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

onnx.save(parser.parse_model('''<ir_version: 6, opset_import: ["": 11]>
    g (float[1,2,2] x) => (float[1,2,2] y) { y = Softmax <axis = 1> (x) }'''), "model.onnx")
values = np.array([[[1, 2], [3, 4]]], np.float32)
network = cv2.dnn.readNetFromONNX("model.onnx")
network.setInput(values)
compiled = openvino.Core().compile_model("model.onnx", "CPU", {"INFERENCE_PRECISION_HINT": "f32"})
answers = {
    "onnxruntime": onnxruntime.InferenceSession("model.onnx").run(None, {"x": values})[0],
    "openvino": np.array(compiled([values])[0]),
    "OpenCV": network.forward(),
}
for library, probabilities in answers.items():
    print(f"{library:12}{probabilities.ravel().round(4)} sum {probabilities.sum():.4f}")
sums = [round(float(p.sum()), 3) for p in answers.values()]
if sums != [1, 2, 2]:
    sys.exit(f"changed: the probabilities now sum to {sums}")
PYTHON
