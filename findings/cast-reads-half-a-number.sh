#!/usr/bin/env bash
# One would guess that Cast from string parses the whole text, or raises, as the ONNX text asks for plain or scientific
# notation; and that "1e3" is a thousand for integers as for floats.
# onnxruntime reads as far as it can and drops the rest without a word: "1e3" to int64 is 1 (to float 1000),
# "1,5" is 1.0, "12kg" is 12; "0x10" is 16.0 as float and 0 as integer. Only text without any leading number raises.
# Seen with onnxruntime 1.32.0. It matters for tables with text columns: Keras's StringLookup or Python's float()
# would have refused or kept apart what here becomes a plausible number.
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

def cast(text, kind, number):
    model = parser.parse_model(f'''<ir_version: 8, opset_import: ["": 13]>
        g (string[1] x) => ({kind}[1] y) {{ y = Cast <to = {number}> (x) }}''')
    session = onnxruntime.InferenceSession(model.SerializeToString())
    return session.run(None, {"x": np.array([text], object)})[0].item()

seen = {text: (cast(text, "float", 1), cast(text, "int64", 7)) for text in ("1e3", "7.5", "1,5", "12kg", "0x10", "1_000")}
for text, (real, whole) in seen.items():
    print(f"{text!r:8} to float {real}, to int64 {whole}")
expected = {"1e3": (1000.0, 1), "7.5": (7.5, 7), "1,5": (1.0, 1), "12kg": (12.0, 12), "0x10": (16.0, 0), "1_000": (1.0, 1)}
if seen != expected:
    sys.exit("changed: Cast reads text in another way")
PYTHON
