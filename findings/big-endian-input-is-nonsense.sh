#!/usr/bin/env bash
# One would guess that a NumPy array of type >f4 is converted on the way in, as NumPy does everywhere, or refused.
# onnxruntime's Python session checks the kind and width of the type, not the byte order: [0, 1, 2] arrives as
# [0.0, 4.6e-41, 9e-44]; int64 alike. onnx's own numpy_helper refuses such an array.
# Big-endian arrays come from FITS images, netCDF, network buffers and HDF5 files of old machines, the very
# data that scientific Keras models are fed with; TensorFlow converts them. Seen with onnxruntime 1.32.0, little-endian CPU.
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

def echo(kind, values):
    model = parser.parse_model(f'''<ir_version: 8, opset_import: ["": 13]>
        g ({kind}[3] x) => ({kind}[3] y) {{ y = Identity (x) }}''')
    return onnxruntime.InferenceSession(model.SerializeToString()).run(None, {"x": values})[0]

numbers = [0, 1, 2]
swapped = np.array(numbers, ">f4")
print("NumPy says     ", swapped)
floats = echo("float", swapped)
whole = echo("int64", np.array(numbers, ">i8"))
print("the model sees ", floats, "and of int64", whole)
print("after .astype  ", echo("float", swapped.astype("=f4")))
as_read = np.array_equal(floats, swapped.view("<f4")) and whole.tolist() == [0, 2**56, 2**57]
if sys.byteorder != "little" or not as_read:
    sys.exit("changed: big-endian input is converted or refused (or this machine is big-endian itself)")
PYTHON
