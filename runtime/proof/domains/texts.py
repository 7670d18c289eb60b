"""Texts that a vocabulary knows the words of, and others."""

from keronyx.converter.layers.texts import TextVectorization
from keronyx.converter.tensors import KerasTensor
from keronyx.runtime.proof.domains.base import UNKNOWN, Choice, Domain, domain_of


@domain_of.register
def _texts(layer: TextVectorization, _tensor: KerasTensor) -> Domain:
    """Return words of the vocabulary and others, alone and in rows, in other spellings too."""
    words = [*layer.vocabulary[:: len(layer.vocabulary) // 12 + 1], *UNKNOWN]
    rows = [" ".join(words[start : start + 7]) for start in range(0, len(words), 3)]
    odd = [f"\t{row.upper()}!\r\n{row.title()}, ({row})" for row in rows]
    return Choice([*words, *rows, *odd])
