"""Hold keronyx against Keras's own tests of its layers: every call of a layer in them is a model.

``python keras_layer_tests.py record FOLDER [PART ...]`` runs the tests of an installed Keras (its
wheel has them; they need pytest to be imported) whose modules' names hold a PART, and saves a model
of one layer for each call that they make, with its inputs and what Keras gives for them.
``python keras_layer_tests.py compare FOLDER`` converts the models, where keronyx is, and tells how
many come out right, wrong or refused, by folder of Keras's layers; wrong ones and reasons follow.
"""

import hashlib
import json
import sys
import unittest
import warnings
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from pkgutil import walk_packages
from typing import Any

import numpy as np

FINE = (1e-4, 1e-5)
ROUGH = (1e-2, 1e-2)
"""What is allowed relative to a number, and relative to the largest or to 1; in 16 bits ROUGH."""

MOST_SHOWN = 12
INFERENCE = {"training": False}


class Recorder:
    """Saves each outermost call of a built-in layer on numbers, once."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._folder = folder
        self._depth = 0
        self._seen: set[str] = set()
        self.where = ""
        self.left_out: Counter[str] = Counter()

    def watch(self, kind: Any) -> None:
        """Put itself before the calls of all layers."""
        call = kind.__call__

        def watched(layer: Any, *args: Any, **kwargs: Any) -> Any:
            self._depth += 1
            try:
                found = call(layer, *args, **kwargs)
            finally:
                self._depth -= 1
            if self._depth == 0:
                self._take(layer, args, kwargs)
            return found

        kind.__call__ = watched

    def _take(self, layer: Any, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> None:
        if not type(layer).__module__.startswith("keras.src.layers."):
            return
        kwargs = {name: value for name, value in kwargs.items() if name != "training"}
        self._depth += 1  # what is called meanwhile is no test's
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                self._save(layer, args, kwargs)
        # Tests give what no file holds: sparse tensors, functions, symbolic inputs.
        except Exception as error:  # noqa: BLE001
            self.left_out[f"{type(error).__name__}: {str(error).splitlines()[:1]}"[:120]] += 1
        finally:
            self._depth -= 1

    def _save(self, layer: Any, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> None:
        import keras  # noqa: PLC0415

        config = json.dumps(keras.saving.serialize_keras_object(layer), sort_keys=True)
        given = keras.tree.flatten((args, kwargs))
        arrays = [np.asarray(each) for each in given if _is_array(each)]
        plain = [repr(each) for each in given if not _is_array(each)]
        shapes = [(each.shape, str(each.dtype)) for each in arrays]
        text = f"{config}{shapes}{plain}{_structure(args, kwargs)}"
        key = hashlib.sha256(text.encode()).hexdigest()[:16]
        if key in self._seen:
            return
        self._seen.add(key)
        model = _model_of(layer, args, kwargs)
        wanted = keras.tree.flatten(model(arrays, **INFERENCE))
        model.save(self._folder / f"{key}.keras")
        numbered = {f"in_{index}": array for index, array in enumerate(arrays)}
        numbered |= {f"out_{index}": np.asarray(each) for index, each in enumerate(wanted)}
        np.savez_compressed(self._folder / f"{key}.npz", **numbered)
        said = {"layer": type(layer).__name__, "where": self.where, "config": config}
        (self._folder / f"{key}.json").write_text(json.dumps(said), encoding="utf-8")


def _is_array(value: Any) -> bool:
    return hasattr(value, "shape") and hasattr(value, "dtype")


def _structure(args: Any, kwargs: Any) -> str:
    import keras  # noqa: PLC0415

    return str(keras.tree.map_structure(_is_array, (args, kwargs)))


def _model_of(layer: Any, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> Any:
    """Return a model of a copy of the layer, with the same variables and open batches."""
    import keras  # noqa: PLC0415

    inputs: list[Any] = []

    def entered(value: Any) -> Any:
        if not _is_array(value):
            return value
        shape = (None, *value.shape[1:]) if value.shape else ()
        dtype = keras.backend.standardize_dtype(value.dtype)
        inputs.append(keras.Input(batch_shape=shape, dtype=dtype, name=f"in_{len(inputs)}"))
        return inputs[-1]

    spec = keras.saving.serialize_keras_object(layer)
    copy = keras.saving.deserialize_keras_object(spec, safe_mode=False)
    args, kwargs = keras.tree.map_structure(entered, (args, dict(kwargs)))
    model = keras.Model(inputs, copy(*args, **kwargs))
    for mine, theirs in zip(copy.variables, layer.variables, strict=True):
        mine.assign(theirs)
    return model


def test_modules(parts: list[str]) -> Iterator[str]:
    """Yield the names of Keras's test modules of layers, those with one of some parts."""
    from keras.src import layers  # noqa: PLC0415

    for module in walk_packages(layers.__path__, "keras.src.layers."):
        named = not parts or any(part in module.name for part in parts)
        if module.name.endswith("_test") and named:
            yield module.name


def without_training() -> None:
    """Let Keras's tests leave out what takes most of their time: a step of training each."""
    from keras.src.testing import TestCase  # noqa: PLC0415

    whole = TestCase.run_layer_test

    def short(self: Any, *args: Any, **kwargs: Any) -> Any:
        return whole(self, *args, **{**kwargs, "run_training_check": False})

    TestCase.run_layer_test = short


def record(folder: Path, parts: list[str]) -> None:
    """Run the tests, and save what they call."""
    from keras.src.layers.layer import Layer  # noqa: PLC0415

    without_training()
    recorder = Recorder(folder)
    recorder.watch(Layer)
    for name in test_modules(parts):
        recorder.where = name.split(".")[3]
        try:
            suite = unittest.defaultTestLoader.loadTestsFromName(name)
        except ImportError as error:
            say(f"{name}: {error}")
            continue
        suite.run(unittest.TestResult())
        say(f"{name}: {len(list(folder.glob('*.keras')))} models")
    for why, count in recorder.left_out.most_common(MOST_SHOWN):
        say(f"left out {count}: {why}")


def compare(folder: Path) -> None:
    """Convert every model, and print what came of it."""
    tally: dict[str, Counter[str]] = {}
    told: dict[str, list[str]] = {"wrong": [], "refused": [], "broken": []}
    for path in sorted(folder.glob("*.keras")):
        said = json.loads(path.with_suffix(".json").read_text(encoding="utf-8"))
        verdict, why = judged(path)
        tally.setdefault(said["where"], Counter())[verdict] += 1
        told.get(verdict, []).append(f"{said['layer']} {path.stem}: {why}")
    say(f"{'':16}{'right':>8}{'refused':>8}{'wrong':>8}{'broken':>8}")
    for where, counts in sorted(tally.items()):
        cells = (f"{counts[each]:8}" for each in ("right", "refused", "wrong", "broken"))
        say(f"{where:16}{''.join(cells)}")
    for verdict in ("wrong", "broken", "refused"):
        for line in sorted(told[verdict]):
            say(f"{verdict}: {line[:300]}")


def judged(path: Path) -> tuple[str, str]:
    """Convert a model, and hold both readings against what Keras gave."""
    import keronyx  # noqa: PLC0415

    with np.load(path.with_suffix(".npz")) as arrays:
        known = dict(arrays)
    try:
        made = keronyx.convert(path, check=False)
    except keronyx.KeronyxError as error:
        return "refused", str(error).rpartition(f"{path}: ")[2]
    # Whatever else is raised is a fault of keronyx's, which is to be told and not to stop this.
    except Exception as error:  # noqa: BLE001
        return "broken", f"{type(error).__name__}: {error}"
    given = {name: known[name] for name in made.model.inputs}
    wanted = [known[f"out_{index}"] for index in range(len(made.model.outputs))]
    tolerance = ROUGH if "float16" in str([each.dtype for each in made.model.layers]) else FINE
    runs: dict[str, Callable[[], Mapping[str, Any]]] = {
        "onnx": lambda: keronyx.load(made.onnx.SerializeToString())(given),
        "numpy": lambda: keronyx.evaluate(made.model, given),
    }
    for name, run in runs.items():
        try:
            gap = difference(list(run().values()), wanted, tolerance)
        except Exception as error:  # noqa: BLE001
            return "broken", f"{name}: {type(error).__name__}: {error}"
        if gap:
            return "wrong", f"{name}: {gap}"
    return "right", ""


def difference(found: list[Any], wanted: list[Any], tolerance: tuple[float, float]) -> str:
    """Say in what outputs differ; nothing where they do not."""
    rtol, atol = tolerance
    for mine, right in zip(found, wanted, strict=True):
        if mine.shape != right.shape:
            return f"shape {mine.shape}, Keras has {right.shape}"
        if right.dtype.kind in "OSU":
            if mine.astype(str).tolist() != right.astype(str).tolist():
                return "other text"
        elif gap := apart(mine.astype(float), right.astype(float), rtol, atol):
            return gap
    return ""


def apart(mine: Any, right: Any, rtol: float, atol: float) -> str:
    """Say how far numbers are apart; nothing where that is tolerated."""
    largest = np.abs(right[np.isfinite(right)]).max(initial=0)
    if np.allclose(mine, right, rtol=rtol, atol=atol * max(1, largest), equal_nan=True):
        return ""
    return f"max difference {np.abs(mine - right).max():.1e}, largest {largest:.1e}"


def say(line: str) -> None:
    """Print a line now."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    _, task, place, *names = sys.argv
    if task == "record":
        record(Path(place), names)
    else:
        compare(Path(place))
