"""argpartition, as ``keras.ops`` names the class."""

from typing import Final

from keronyx.converter.dialect.words import Spelling, Words
from keronyx.converter.layers.ops_partitions import Partition

WORDS: Final = Words(operations={"Argpartition": Spelling(Partition, "argpartition")})
