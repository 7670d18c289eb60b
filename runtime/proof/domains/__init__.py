"""What a model takes: ids within a vocabulary, known words, numbers where they tell most."""

from keronyx.runtime.proof.domains.base import ANY, UNKNOWN, Around, Choice, Domain
from keronyx.runtime.proof.domains.model import domains

__all__ = ["ANY", "UNKNOWN", "Around", "Choice", "Domain", "domains"]
