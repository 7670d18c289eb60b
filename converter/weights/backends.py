"""Which backend and which Keras wrote a file, and what they make of a layer's variables.

Keras 2 says its backend. Keras 1 does not, but its files of weights tell it by the names of the
variables, which on TensorFlow end in the number of an output: ``convolution2d_1_W:0``.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from keronyx.converter.dialect.version import Version
from keronyx.converter.errors import Label
from keronyx.converter.files.saved import LayerGroups, SavedModel
from keronyx.converter.layers.base import Layer
from keronyx.converter.layers.nested import with_held
from keronyx.converter.tensors import Variable


def backend_of(saved: SavedModel, version: Version) -> str | None:
    """Return the backend on which a file was written, if it can be told."""
    if saved.backend is not None or not version.before(2):
        return saved.backend
    numbered = {":" in name for name in _names(saved)}
    return {True: "tensorflow", False: "theano"}[numbered.pop()] if len(numbered) == 1 else None


def _names(saved: SavedModel) -> Iterator[str]:
    """Yield what a file calls variables, if that is what Keras called them."""
    if isinstance(saved.weights, LayerGroups) and not saved.weights.positional:
        for group in saved.weights.groups:
            yield from (variable.name for variable in group.variables)


def concluded(layers: Iterable[Layer], saved: SavedModel, backend: str | None) -> Iterator[str]:
    """Yield a sentence where a backend counts that the file does not say itself."""
    if saved.backend is None and backend is not None:
        name = {"theano": "Theano", "tensorflow": "TensorFlow"}[backend]
        if any(layer.slides for layer in with_held(layers)):
            yield f"kernels read as those of {name}, as the names of the file's variables tell"


def as_today(
    kind: type[Layer],
    config: Mapping[str, Any],
    variables: Mapping[str, Variable],
    wrote: tuple[Version, str | None],
    layer: Label,
) -> dict[str, Any]:
    """Return a layer's variables as Keras 3 on TensorFlow has them, and ``theano`` where it counts.

    ``wrote`` are the version and the backend. Raises UnsupportedConfigError where the backend
    counts and is not told, and for windows that Theano puts where nobody would.
    """
    if not kind.varies:
        return dict(variables)
    from keronyx.converter.weights.theano import built  # noqa: PLC0415 (few layers ask for it)

    return built(kind, config, variables, wrote, layer)
