"""The callback: checked ONNX models at the end of training, or whenever one is the best."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from keras_models import PACKAGES, coded, installed, mlp, numbers

import keronyx

pytestmark = [pytest.mark.keras, pytest.mark.filterwarnings("ignore")]


@pytest.fixture(params=PACKAGES)
def keras(request: pytest.FixtureRequest) -> Any:
    return installed(request.param)


def fit(model: Any, *callbacks: Any, epochs: int = 3) -> Any:
    x = numbers(64, 33)
    model.compile("adam", "mse")
    return model.fit(
        x,
        x.sum(axis=1),
        epochs=epochs,
        validation_split=0.2,
        verbose=0,
        callbacks=list(callbacks),
    )


def test_the_model_that_training_ends_with(keras: Any, tmp_path: Path) -> None:
    model = mlp(keras)
    callback = keronyx.keras_callback(tmp_path / "last.onnx", keras=keras)
    fit(model, callback)
    assert callback.conversion.report.passed
    assert callback.conversion.report.witness
    x = numbers(5, 33)
    (found,) = keronyx.load(tmp_path / "last.onnx")(x).values()
    np.testing.assert_allclose(found, model.predict(x, verbose=0), 1e-4, 1e-5)


def test_it_is_a_callback_of_the_keras_that_is_loaded() -> None:
    keras = installed("keras")
    assert isinstance(keronyx.keras_callback("net.onnx"), keras.callbacks.Callback)


def test_every_best_model(keras: Any, tmp_path: Path) -> None:
    path = str(tmp_path / "{epoch:02d}-{val_loss:.4f}.onnx")
    callback = keronyx.keras_callback(path, monitor="val_loss", keras=keras)
    losses = fit(mlp(keras), callback, epochs=4).history["val_loss"]
    best = [
        f"{epoch:02d}-{loss:.4f}.onnx"
        for epoch, loss in enumerate(losses, 1)
        if loss < min(losses[: epoch - 1], default=np.inf)
    ]
    assert sorted(each.name for each in tmp_path.iterdir()) == sorted(best)
    assert callback.conversion.path.endswith(best[-1])


@pytest.mark.parametrize(
    ("monitor", "mode", "values", "written"),
    [
        ("val_loss", "auto", [3.0, 4.0, 2.0], ["1", "3"]),
        ("val_accuracy", "auto", [0.3, 0.2, 0.4], ["1", "3"]),
        ("score", "max", [3.0, 4.0, 2.0], ["1", "2"]),
        ("accuracy", "min", [3.0, 4.0, 2.0], ["1", "3"]),
    ],
)
def test_what_is_better(
    monitor: str, mode: str, values: list[float], written: list[str], tmp_path: Path
) -> None:
    model = mlp(installed("keras"))
    callback = keronyx.keras_callback(tmp_path / "{epoch}.onnx", monitor=monitor, mode=mode)
    callback.set_model(model)
    callback.on_train_begin()
    for epoch, value in enumerate(values):
        callback.on_epoch_end(epoch, {monitor: value})
    callback.on_train_end()
    assert sorted(each.stem for each in tmp_path.iterdir()) == written


def test_what_cannot_be_converted_is_refused_before_training(keras: Any, tmp_path: Path) -> None:
    model = coded(keras)
    model.compile("adam", "mse")
    callback = keronyx.keras_callback(tmp_path / "net.onnx", backend="direct", keras=keras)
    with pytest.raises(keronyx.UnsupportedLayerError, match="square"):
        model.fit(numbers(4, 3), numbers(4, 2), verbose=0, callbacks=[callback])


def test_while_training_goes_on_there_are_only_warnings(tmp_path: Path) -> None:
    model = mlp(installed("keras"))
    for path, monitor, what in (
        (tmp_path / "no" / "net.onnx", "loss", r"epoch 1 is not written.*make the folder"),
        (tmp_path / "{acc}.onnx", "loss", r"names what there is not; there are epoch, loss"),
        (tmp_path / "net.onnx", "los", r"no metric 'los', nothing is written; there are: loss"),
    ):
        callback = keronyx.keras_callback(path, monitor=monitor)
        callback.set_model(model)
        with pytest.warns(UserWarning, match=what):
            callback.on_epoch_end(0, {"loss": 1.0})
    assert not list(tmp_path.iterdir())


def test_no_such_mode() -> None:
    with pytest.raises(keronyx.UsageError, match="use auto, min, max"):
        keronyx.keras_callback("net.onnx", mode="best")
