"""The whole way from a Keras file to an ONNX model whose numbers are proven."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from keronyx.asking import Asked, Manner, PathLike, Samples, Told, refuse_output
from keronyx.converter.emit import DEFAULT_OPSET
from keronyx.converter.errors import UsageError
from keronyx.converter.model import Model
from keronyx.converter.single_pass import SinglePass
from keronyx.converting import Conversion, convert_model
from keronyx.live.backends import TRUST, Backend, Trust, prepare
from keronyx.reading import read_here

__all__ = ["Conversion", "convert", "described", "read"]


def read(  # noqa: PLR0913 - all but two by name only
    source: Any,
    weights: PathLike | None = None,
    *,
    biases: PathLike | Iterable[Any] | None = None,
    activations: Sequence[str] | str | None = None,
    order: Sequence[str] | None = None,
    use_bias: bool = True,
    replace: Mapping[str, str] | None = None,
    isolate: bool = False,
) -> Model:
    """Describe a Keras model: a file, an architecture and its ``weights``, or bare weights.

    Or a live model of Keras 2 or 3, on any backend; a subclassed one is traced through its calls.
    Or the bytes of a file, a description, a ``Conversion``.
    Bare weights are an .npz, .npy, .json or .mat file, a folder of .npy or .csv, or arrays in
    memory: what ``get_weights()`` returns, kernels alone with ``biases`` beside, both lists, pairs
    of both, or arrays by name. They need ``activations``: one for all layers, or one for each.
    ``order`` names their layers one after the other, where the file does not say it;
    ``use_bias=False`` says that none has a bias.

    ``replace`` says what layers and activations compute whose code is not run, by their names, as
    in ``{"lambda": "x / 127.5 - 1"}``; docs/expressions.md has all that can be said.

    ``isolate`` reads files in a process of their own, for files from anywhere: whatever they make
    a C library do becomes an error.
    """
    told = Told(activations, order, use_bias)
    asked = Asked(source=source, weights=weights, biases=biases, told=told, replace=replace)
    if not isolate:
        return described(asked)
    from keronyx.isolation.remote import read_apart  # noqa: PLC0415

    return read_apart(asked)


def described(asked: Asked) -> Model:
    """Return the description that is asked for: the source itself, or what is read of it."""
    made = asked.source.model if isinstance(asked.source, Conversion) else asked.source
    if not isinstance(made, Model):
        return read_here(asked)
    if asked.replace or not asked.is_alone:
        raise UsageError("a description has its own weights and activations")
    return made


def convert(  # noqa: PLR0913 - the whole interface of the package; all but two by name only
    source: Any,
    output: PathLike | None = None,
    *,
    weights: PathLike | None = None,
    biases: PathLike | Iterable[Any] | None = None,
    activations: Sequence[str] | str | None = None,
    order: Sequence[str] | None = None,
    use_bias: bool = True,
    replace: Mapping[str, str] | None = None,
    opset: int = DEFAULT_OPSET,
    ir_version: int | None = None,
    check: bool = True,
    samples: PathLike | Mapping[str, Any] | None = None,
    external_data: bool | None = None,
    isolate: bool = False,
    backend: Backend = "auto",
    trust: bool = False,
    imports: Sequence[str] = (),
    force: bool = False,
    columns: Sequence[str] = (),
    shape: Mapping[str, Sequence[int]] | None = None,
    rename: Mapping[str, str] | None = None,
    outputs: Sequence[str] = (),
) -> Conversion:
    """Convert a Keras model to ONNX, and compare the numbers of both.

    ``source``, ``weights``, ``biases``, ``activations``, ``order``, ``use_bias``, ``replace`` and
    ``isolate`` are those of ``read``; with ``isolate`` all of the work is done in the other
    process. With ``output`` the model is written to a file, once the check has passed.
    ``samples`` are more inputs to check, with the outputs expected of them or without: an .npz
    file, or arrays by name; or inputs alone in a .csv, .tsv or .json file, or a DataFrame.
    ``columns`` are the names that tables have for the values of a row, in the order of the model;
    they are kept in the ONNX model, for ``predict``. ``external_data`` puts the weights in a file
    beside (by default above 2 GB).

    ``opset`` is 9 or later, ``ir_version`` by default the smallest that it needs. ``shape`` fixes
    sizes that inputs leave open, by their names, with the batch axis or without; ``rename`` gives
    inputs and outputs other names; ``outputs`` are those of the model or of its layers, and what
    none of them needs is left out. All of that is part of the check.

    A live model is compared with its own Keras as well. ``backend`` is "direct" for keronyx alone,
    "tf2onnx" for TensorFlow and tf2onnx, and by default the latter for what the former refuses.
    These need a live model, or with ``trust`` they load the file with the installed Keras, which
    can run code in it; ``imports`` are modules to import before, which define your classes.

    ``output`` may replace an ONNX model, but no other file, and may not have the suffix of another
    kind of file, such as .h5 or .npz, except with ``force``.

    Raises:
        CheckError: the numbers differ; its ``report`` says where. Nothing is written.
        KeronyxError: another of its kinds, for whatever else cannot be converted.
    """
    told = Told(activations, order, use_bias)
    asked = Asked(source=source, weights=weights, biases=biases, told=told, replace=replace)
    how = Manner(
        opset=opset,
        ir_version=ir_version,
        check=check,
        external_data=external_data,
        force=force,
        columns=tuple(columns),
        shape={name: tuple(sizes) for name, sizes in (shape or {}).items()},
        rename=dict(rename or {}),
        outputs=tuple(outputs),
    )
    trusted = Trust(trust, tuple(imports))
    if imports and not trust:
        raise UsageError("modules to import without --trust", hint=TRUST)
    how.refuse(output, samples)
    if output is not None:
        refuse_output(output, [source, weights, biases, samples], force=force)
    if isolate:
        if trust or backend == "tf2onnx":
            raise UsageError("isolation with another converter", hint="one or the other")
        return _convert_apart(asked, output, samples, how)
    with SinglePass():
        prepared = prepare(
            source, lambda: described(asked), backend=backend, trust=trusted, opset=opset
        )
        return convert_model(prepared, output, samples=samples, how=how)


def _convert_apart(
    asked: Asked, output: PathLike | None, samples: Samples, how: Manner
) -> Conversion:
    from keronyx.isolation.remote import convert_apart  # noqa: PLC0415

    return convert_apart(asked, output, samples=samples, how=how)
