"""Convert every model class of keras.applications, and compare its numbers with Keras's own.

``python applications.py [CLASS ...]`` under an interpreter that has Keras and keronyx prints a row
for each class; each is built in a process of its own, since the largest take gigabytes. The weights
are random, the statistics of batch normalisations too, the images as small as the class takes, and
what is compared are the logits: a softmax over random ones is a thousandth everywhere.
"""

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

SMALLEST = {"Xception": 71, "InceptionV3": 75, "InceptionResNetV2": 75}
"""The sides of images that are refused when smaller, where that is not 32."""

TOLERANCE = 1e-3
"""Allowed between two logits, in parts of what the other image makes of them."""

ROUNDING = 3
"""Or so many times what Keras itself is off the numbers in float64: random weights in a hundred
layers make much of little."""

WIDTHS = (20, 12, 5, 7, 9, 9, 9)


def classes() -> Iterator[str]:
    """Yield the names of the model classes that the installed Keras has."""
    from keras import applications  # noqa: PLC0415 - the largest import of all

    for name in sorted(dir(applications)):
        if name[0].isupper() and callable(getattr(applications, name)):
            yield name


def build(name: str, **more: Any) -> Any:
    """Build a model of a class for its smallest images, every variable of it random."""
    import keras  # noqa: PLC0415

    keras.utils.set_random_seed(0)
    side = SMALLEST.get(name, 32)
    shape, make = (side, side, 3), getattr(keras.applications, name)
    model = make(weights=None, input_shape=shape, classifier_activation=None, **more)
    shake(model)
    return model


def shake(model: Any) -> None:
    """Change the variables that Keras starts at 0, 1 or nearly, which would hide mistakes.

    Statistics become those of a batch of images, so that numbers neither die away nor explode; of
    channels that hardly vary in it, a quarter of the others' variance is taken.
    """
    random = np.random.default_rng(1)
    for layer in model.layers:
        for variable in layer.trainable_weights:
            kind, shape = role(variable), tuple(variable.shape)
            if kind == "gamma":
                variable.assign(random.uniform(0.3, 0.5, shape))
            elif kind in {"beta", "bias"}:
                variable.assign(random.uniform(-0.1, 0.1, shape))
        layer.momentum = 0.0
    model(images(model, 32), training=True)
    for variable in model.non_trainable_weights:
        if role(variable) == "moving_variance":
            values = np.asarray(variable)
            variable.assign(np.maximum(values, values.mean() / 4))


def role(variable: Any) -> str:
    """Return what a variable is to its layer: ``kernel``, ``bias`` ..."""
    path: str = getattr(variable, "path", variable.name)
    return path.rpartition("/")[2].partition(":")[0]


def images(model: Any, rows: int = 2) -> Any:
    """Draw images: of bytes where the model scales them itself, else around zero."""
    scaled = any(type(each).__name__ == "Rescaling" for each in model.layers)
    low, high = (0, 255) if scaled else (-1, 1)
    drawn = np.random.default_rng(2).uniform(low, high, (rows, *model.input_shape[1:]))
    return drawn.astype("float32")


def compare(model: Any) -> dict[str, Any]:
    """Save a model, convert the file, and compare: what a row of the table says."""
    import keronyx  # noqa: PLC0415

    with tempfile.TemporaryDirectory() as place:
        source, target = Path(place, "model.keras"), Path(place, "model.onnx")
        model.save(source)
        start = time.process_time()
        try:
            model_read = keronyx.convert(source, target).model
        except keronyx.KeronyxError as error:
            return {"refused": str(error).rpartition(f"{source}: ")[2]}
        spent = time.process_time() - start
        x = images(model)
        wanted = np.asarray(model.predict(x, verbose=0))
        (found,) = keronyx.load(target)(x).values()
        (exact,) = keronyx.evaluate(model_read, x).values()
    return {"seconds": spent} | judged(found, wanted, exact)


def judged(found: Any, wanted: Any, exact: Any) -> dict[str, Any]:
    """Compare our logits with Keras's, and both with those in float64."""
    difference, rounding = np.abs(found - wanted).max(), np.abs(exact - wanted).max()
    spread = np.abs(wanted[0] - wanted[1]).max()
    return {
        "difference": float(difference),
        "rounding": float(rounding),
        "spread": float(spread),
        "ok": bool(difference <= max(TOLERANCE * spread, ROUNDING * rounding)),
    }


def one(name: str) -> None:
    """Build and compare one class in this process; print what was found as JSON."""
    model = build(name)
    side = model.input_shape[1]
    found = {"side": side, "parameters": model.count_params(), **compare(model)}
    sys.stdout.write(f"{json.dumps(found)}\n")


def row(name: str) -> list[str]:
    """Compare one class in another process; return the cells of its row."""
    command = [sys.executable, __file__, "--one", name]
    env = {"TF_CPP_MIN_LOG_LEVEL": "3", **os.environ}
    done = subprocess.run(command, capture_output=True, encoding="utf-8", check=False, env=env)
    if done.returncode:
        return [name, "", "", "", "", "", "", (done.stderr.strip().splitlines() or ["killed"])[-1]]
    found = json.loads(done.stdout.splitlines()[-1])
    head = [name, f"{found['parameters']:,}", str(found["side"])]
    if "refused" in found:
        return [*head, "", "", "", "", f"refused: {found['refused']}"]
    numbers = [f"{found[key]:.1e}" for key in ("difference", "rounding", "spread")]
    return [*head, f"{found['seconds']:.1f}", *numbers, "ok" if found["ok"] else "WRONG"]


def print_row(cells: list[str]) -> None:
    """Print cells under each other, the name to the left, numbers to the right."""
    padded = [each.rjust(width) for each, width in zip(cells[1:], WIDTHS[1:], strict=False)]
    line = [cells[0].ljust(WIDTHS[0]), *padded, *cells[len(WIDTHS) :]]
    sys.stdout.write(f"{' '.join(line)}\n")
    sys.stdout.flush()


def main(names: list[str]) -> None:
    """Print the table of some classes, or of all."""
    print_row(["class", "parameters", "side", "CPU s", "max diff", "rounding", "spread", ""])
    for name in names or classes():
        print_row(row(name))


if __name__ == "__main__":
    if sys.argv[1:2] == ["--one"]:
        one(sys.argv[2])
    else:
        main(sys.argv[1:])
