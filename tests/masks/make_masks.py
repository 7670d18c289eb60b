"""Save nets that carry masks with what real Keras makes of drawn inputs.

Run with several versions of Keras 3 on TensorFlow, and with several of TensorFlow 2: each writes
NAME.tar.xz, called after the version, with a file for every net and io.npz, which has
<net>/in<number> and <net>/out<number>. Nets that a version cannot build, run or save are left out.
"""

import io
import sys
import tarfile
import tempfile
from pathlib import Path
from typing import Any

import keras
import numpy as np
from flows import flows

HERE = Path(__file__).parent
VERSION = keras.__version__
BOTH = ("3.0.5", "3.15.1")
"""Versions of which either kind of file is kept."""
SUFFIXES = ("h5",) if VERSION < "3" else ("keras", "h5") if VERSION in BOTH else ("keras",)


def say(*words: str) -> None:
    sys.stderr.write(" ".join((VERSION, *words))[:120] + "\n")


def drawn(tensor: Any, rng: np.random.Generator) -> Any:
    """Draw rows with steps that a mask leaves out: one at the start, one within, most of a row."""
    shape = (6, *(size or 4 for size in tuple(tensor.shape)[1:]))
    dtype = str(getattr(tensor.dtype, "name", tensor.dtype))
    if dtype == "bool":
        truths = rng.random(shape) < 0.6
        truths[:5, ..., 0] = True
        return truths
    if dtype == "int32":
        array = rng.integers(1, 5, shape)
    else:
        array = rng.standard_normal(shape).astype(np.float32)
    if len(shape) > 1 and shape[1] > 3:
        array[1, 0] = array[2, 2] = array[3, 1] = array[3, 3] = array[4, :3] = 0
    return array.astype(dtype)


def weigh(model: Any, rng: np.random.Generator) -> None:
    model.set_weights([rng.uniform(0.2, 1.2, each.shape) for each in model.get_weights()])


def record(name: str, model: Any, folder: Path, found: dict[str, Any]) -> None:
    rng = np.random.default_rng(sum(map(ord, name)))
    weigh(model, rng)
    given = [drawn(each, rng) for each in model.inputs]
    made = model.predict(given if len(given) > 1 else given[0], verbose=0)
    for suffix in SUFFIXES:
        try:
            model.save(str(folder / f"{name}.{suffix}"))
        except Exception as error:  # noqa: BLE001 - Keras raises of all kinds
            say(name, suffix, "not saved:", str(error))
    several = made if isinstance(made, list) else [made]
    found |= {f"{name}/in{number}": array for number, array in enumerate(given)}
    found |= {f"{name}/out{number}": array for number, array in enumerate(several)}


def main() -> None:
    found: dict[str, Any] = {}
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        for name, make in flows(keras).items():
            keras.backend.clear_session()
            if sys.argv[1:] and name not in sys.argv[1:]:
                continue
            try:
                record(name, make(), folder, found)
            except Exception as error:  # noqa: BLE001
                say(name, "not made:", str(error))
        np.savez(folder / "io.npz", **found)
        with tarfile.open(HERE / f"{VERSION}.tar.xz", "w:xz") as archive:
            for path in sorted(folder.iterdir()):
                data = path.read_bytes()
                entry = tarfile.TarInfo(path.name)
                entry.size = len(data)
                archive.addfile(entry, io.BytesIO(data))


if __name__ == "__main__":
    main()
