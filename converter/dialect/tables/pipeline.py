"""Words of a layer that calls several others."""

from typing import Final

from keronyx.converter.dialect.words import Words

WORDS: Final = Words(since={"Pipeline": "Keras 3.6"})
