"""Record what Keras makes of pictures in ``pictures.npz``: resized, and predicted by digits-cnn.

Run it under Keras 3.15.1 on TensorFlow, with node on PATH. Images are resized as Keras resizes with
antialiasing; what is drawn comes from the page's own pen, which node runs.
"""

import json
import subprocess
from pathlib import Path
from typing import Any

import keras
import numpy as np

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
NET = ROOT / "models" / "digits-cnn"
SEVEN = [[[1.5, 1], [6, 1], 0.6], [[6, 1], [3.5, 7], 0.6]]
PEN = """
import { blankSheet, FINE, stroke } from "./runtime/hosts/web/ink.mjs";
const sheet = blankSheet({ width: 8, height: 8 });
for (const [from, to, radius] of STROKES) {
  const [a, b] = [from, to].map(([x, y]) => ({ x: x * FINE, y: y * FINE }));
  stroke(sheet, a, b, radius * FINE);
}
process.stdout.write(JSON.stringify([sheet.height, sheet.width, ...sheet.data]));
"""


def drawn() -> np.ndarray:
    """Return the sheet on which a seven was drawn."""
    code = PEN.replace("STROKES", json.dumps(SEVEN))
    command = ["node", "--input-type=module", "-e", code]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, check=True)
    height, width, *levels = json.loads(done.stdout)
    return np.array(levels, "float32").reshape(height, width, 1)


def resized(picture: np.ndarray) -> np.ndarray:
    """Resize as Keras does."""
    made = keras.ops.image.resize(picture, (8, 8), interpolation="bilinear", antialias=True)
    return np.asarray(made)


def photo() -> np.ndarray:
    """Return bytes of red, green, blue and opacity, smooth and with edges."""
    random = np.random.default_rng(5)
    rows, columns = np.mgrid[:23, :17]
    waves = [np.sin(rows / a + columns / b) for a, b in ((3, 5), (7, 2), (4, 4))]
    colours = 127 + 100 * np.stack(waves, axis=-1) + random.uniform(-25, 25, (23, 17, 3))
    opaque = np.full((23, 17, 1), 255)
    return np.concatenate([colours, opaque], axis=-1).round().astype("uint8")


def main() -> None:
    """Record all of it."""
    model = keras.models.load_model(NET / "digits-cnn.keras")
    image = photo()
    grey = (image[..., :3].astype("int64") @ [19595, 38470, 7471] + 0x8000) >> 16
    with np.load(NET / "recorded.npz") as recorded:
        digits = np.round(recorded["in_0"][:4] * 255 / 16).astype("uint8")
    sheets = {
        "photo": resized(grey[..., None].astype("float32")),
        "colours": resized(image[..., :3].astype("float32")),
        "small": resized(digits[0, 2:5, 2:6].astype("float32")),
        "seven": resized(drawn()),
    }
    found: dict[str, Any] = {f"{name}/resized": array for name, array in sheets.items()}
    found |= {"photo": image, "digits": digits, "strokes": np.array(json.dumps(SEVEN))}
    rows = {name: sheets[name][None] for name in ("photo", "small", "seven")}
    for name, levels in {**rows, "digits": digits.astype("float32")}.items():
        found[f"{name}/out"] = model.predict(levels * 16 / 255, verbose=0)
    np.savez_compressed(HERE / "pictures.npz", **found)


if __name__ == "__main__":
    main()
