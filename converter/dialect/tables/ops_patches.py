"""Windows, blocks and colours, as ``keras.ops`` names the classes."""

from typing import Final

from keronyx.converter.dialect.words import Spelling, Words
from keronyx.converter.layers.ops_patches import Blocks, Grayscale, Patches

WORDS: Final = Words(
    operations={
        "DepthToSpace": Spelling(Blocks, "depth_to_space"),
        "ExtractPatches": Spelling(Patches, "extract_patches", ("images",)),
        "RGBToGrayscale": Spelling(Grayscale, "rgb_to_grayscale", ("images",)),
        "SpaceToDepth": Spelling(Blocks, "space_to_depth"),
    },
)
