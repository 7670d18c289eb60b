"""What files of some versions leave out, and is taken as Keras takes it that loads them."""

from collections.abc import Iterable, Iterator
from typing import Final

from keronyx.converter.dialect.version import Version
from keronyx.converter.errors import shorten
from keronyx.converter.layers.base import Layer
from keronyx.converter.layers.nested import with_held
from keronyx.converter.layers.normalization import LayerNormalization

SHOWN: Final = 5
"""Most layers that are named."""
SCALED: Final = (
    "rms_scaling, which Keras 3.0 to 3.3 do not save, told by gamma in the place of beta; "
    "save the trained model with Keras 3.4 or later"
)


def unsaid(layers: Iterable[Layer], version: Version) -> Iterator[str]:
    """Yield a sentence for what may be meant otherwise.

    Before 3.4, Keras 3 leaves rms_scaling out. With it a layer has gamma alone, which tells where
    the config asks for both variables or none. Raises UnsupportedLayerError where the name of a
    variable tells.
    """
    if version.before(3) or not version.before(3, 4):
        return
    open_ = [
        layer
        for layer in with_held(layers)
        if isinstance(layer, LayerNormalization) and layer.center != layer.scale
    ]
    for layer in open_:
        if layer.beta is not None and layer.beta.name.partition(":")[0].endswith("gamma"):
            raise layer.refuse(SCALED)
    names = [f"'{shorten(layer.name)}'" for layer in open_]
    if names:
        more = f" and {len(names) - SHOWN} more" if len(names) > SHOWN else ""
        yield (
            f"rms_scaling of {', '.join(names[:SHOWN])}{more} taken as off, as Keras takes it: "
            "Keras 3.0 to 3.3 do not save it; compare with the trained model where it was on"
        )
