#!/usr/bin/env bash
# One would guess that PRelu's slope broadcasts as everything in ONNX does: from the last axis backwards.
# onnxruntime and the ONNX text do so. OpenVINO lays a slope of shape (3) along axis 1 of a (1, 3, 3) tensor; OpenCV 5
# takes a slope of shape (1, 1, 4) for one number and applies its first value everywhere. No error.
# Seen with openvino 2026.4.1, opencv-python-headless 5.0.0.93, onnxruntime 1.32.0. Keras's PReLU has one slope for each position
# unless told otherwise, so its slopes have just such shapes; write them out to the full rank and size.
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

def run(shape, slope_shape, slopes):
    size = ",".join(map(str, shape))
    model = parser.parse_model(f'''<ir_version: 8, opset_import: ["": 13]>
        g (float[{size}] x) => (float[{size}] y)
        <float[{slope_shape}] s = {{{", ".join(map(str, slopes))}}}> {{ y = PRelu (x, s) }}''')
    onnx.save(model, "model.onnx")
    values = -np.ones(shape, np.float32)
    runtime = onnxruntime.InferenceSession("model.onnx").run(None, {"x": values})[0]
    compiled = openvino.Core().compile_model("model.onnx", "CPU", {"INFERENCE_PRECISION_HINT": "f32"})
    network = cv2.dnn.readNetFromONNX("model.onnx")
    network.setInput(values)
    return {"onnxruntime": runtime, "openvino": np.array(compiled([values])[0]), "OpenCV": network.forward()}

square = run((1, 3, 3), "3", [0.1, 0.2, 0.3])
image = run((1, 1, 1, 4), "1,1,4", [0.1, 0.2, 0.3, 0.4])
print("slopes (3) on (1, 3, 3) of -1, openvino against onnxruntime:")
print(square["onnxruntime"][0], square["openvino"][0], sep="\n")
print("slopes (1, 1, 4) on (1, 1, 1, 4) of -1, OpenCV against onnxruntime:")
print(image["onnxruntime"].ravel(), image["OpenCV"].ravel())
right = np.allclose(square["onnxruntime"][0, 0], [-0.1, -0.2, -0.3])
turned = np.allclose(square["openvino"], square["onnxruntime"].swapaxes(1, 2))
if not (right and turned and np.allclose(image["OpenCV"], -0.1)):
    sys.exit("changed: the slopes of PRelu are laid out in another way by one of the three")
PYTHON
