"""A callback for ``fit`` that writes checked ONNX models: at the end, or the best so far."""

from typing import Any

from keronyx.asking import Asked, PathLike
from keronyx.conversion import convert
from keronyx.converter.emit import DEFAULT_OPSET
from keronyx.converter.graph.recognise import ONNX
from keronyx.converter.overwriting import refuse_name
from keronyx.live.backends import NO_TRUST, prepare
from keronyx.live.training import Aim, writing_class
from keronyx.reading import read_here


def keras_callback(
    path: PathLike,
    *,
    monitor: str | None = None,
    mode: str = "auto",
    keras: Any = None,
    **options: Any,
) -> Any:
    """Return a ``keras.callbacks.Callback`` that writes the model to an ONNX file.

    Without ``monitor`` that happens once, when training has ended. With it, after every epoch in
    which the metric of this name was the best so far, as ``ModelCheckpoint(save_best_only=True)``
    saves; ``path`` may then hold "{epoch}" and "{val_loss}" as there. ``mode`` is "min", "max" or
    "auto", which goes by the name. ``keras`` is the package of the model, where several are loaded.
    ``options`` are those of ``keronyx.convert``. What was written last is the callback's
    ``conversion``.

    A check that fails writes nothing. While training goes on, what cannot be written is a warning;
    at the end it is raised. A model that cannot be converted at all is refused before the first
    epoch, where it is built by then.

    Raises UsageError where Keras is not installed, or where ``path`` has the suffix of another kind
    of file, such as .keras.
    """
    aim = Aim.of(monitor, mode)
    kind = writing_class(keras)
    if not options.get("force"):
        refuse_name(path, ONNX)

    def refuse(model: Any) -> None:
        asked = Asked(source=model, replace=options.get("replace"))
        opset, backend = options.get("opset", DEFAULT_OPSET), options.get("backend", "auto")
        prepare(model, lambda: read_here(asked), backend=backend, trust=NO_TRUST, opset=opset)

    def write(model: Any, target: str) -> Any:
        return convert(model, target, **options)

    return kind(str(path), aim, refuse, write)
