"""Images whose histograms are evened out."""

from keronyx.converter.formula.expression import Expression, apply
from keronyx.converter.formula.model import Meaning, express
from keronyx.converter.formula.spatial import in_space
from keronyx.converter.layers.histograms import (
    ContrastLimitedAdaptiveHistogramEqualization as Equalizing,
)


@express.register
def equalization(layer: Equalizing, x: Expression) -> Meaning:
    """The share of lower levels in the tiles around a pixel."""
    facts = in_space(
        layer,
        value_range=layer.value_range,
        clip_limit=layer.clip_limit,
        tile_grid_size=layer.tile_grid_size,
    )
    note = "how many pixels of the four tiles around it are darker, mixed by nearness"
    return Meaning(value=apply("equalized", x), numbers=facts, note=note)
