"""The whole catalogue in memory: every description, and every room's readings of them."""

import sys
from typing import Final

from keronyx.converter import emit, families, formula, lower
from keronyx.converter.dialect.tables import every_class
from keronyx.converter.layers import expressed, nested
from keronyx.converter.layers.base import Layer
from keronyx.runtime import evaluate
from keronyx.runtime.proof import domains

families.read_all(families.DESCRIPTIONS)
for room in (emit, formula, lower, evaluate, domains):
    families.read_all(room.__name__)

LAYERS: Final = every_class()
"""Layers that files name, by their class."""

UNNAMED: Final[tuple[type[Layer], ...]] = (
    nested.Nested,
    expressed.Lambda,
    expressed.Replaced,
    *(
        kind
        for name, module in [*sys.modules.items()]
        if name.startswith(families.DESCRIPTIONS)
        for kind in getattr(module, "OPERATIONS", ())
    ),
)
"""Layers that no file names."""
