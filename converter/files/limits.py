"""How much a file may ask for before it is refused; every limit has a name and one place."""

from typing import Final

TEXT_BYTES: Final = 64 << 20
"""Longest configuration, metadata or vocabulary."""

TEXT_BRACKETS: Final = 1_000_000
"""Most objects and arrays that one JSON or YAML text may open."""

TEXT_COMMAS: Final = 5_000_000
"""Most commas in one text: each may stand for one Python object."""

TEXT_DEPTH: Final = 200
"""Deepest nesting of JSON or YAML: every level is a level of recursion further on."""

INFLATED_FREELY: Final = 64 << 20
"""Up to here a compressed zip member may expand however well it was compressed."""

INFLATED_RATIO: Final = 100
"""Above that, bytes out for every byte stored."""

DEFLATE_RATIO: Final = 1100
"""Most bytes of HDF5 data for every byte of the file: a little more than deflate can reach."""

ZIP_MEMBERS: Final = 100_000
"""Most members of one archive."""

TREE_OBJECTS: Final = 200_000
"""Most groups and datasets of one weights file."""

TREE_DEPTH: Final = 64
"""Deepest nesting of HDF5 groups."""

CHUNKS: Final = 1_000_000
"""Most chunks of one HDF5 dataset."""

CHUNK_FREELY: Final = 64 << 20
"""Up to here a chunk may be much larger than the data in it."""

AXIS: Final = 1 << 48
"""Longest axis of a variable; a product of such axes is no accident."""

YAML_MARKS: Final = 500_000
"""Most line ends, commas, colons, dashes and brackets of a YAML text: each may open a node."""

YAML_DEPTH: Final = 100
"""Deepest nesting of YAML, each level of which takes several levels of recursion."""
