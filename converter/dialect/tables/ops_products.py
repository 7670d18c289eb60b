"""Products of tensors, as ``keras.ops`` names the classes."""

from typing import Final

from keronyx.converter.dialect.words import Spelling, Words
from keronyx.converter.layers.ops_products import (
    Cross,
    Einsum,
    Flattened,
    Kronecker,
    Matrices,
    Tensordot,
)

TWO: Final = ("x1", "x2")

WORDS: Final = Words(
    operations={
        "Cross": Spelling(Cross, "cross", TWO),
        "Dot": Spelling(Matrices, "dot", TWO),
        "Einsum": Spelling(Einsum, "einsum", ("*operands",)),
        "Inner": Spelling(Matrices, "inner", TWO),
        "Kron": Spelling(Kronecker, "kron", TWO),
        "Matmul": Spelling(Matrices, "matmul", TWO),
        "Outer": Spelling(Flattened, "outer", TWO),
        "Tensordot": Spelling(Tensordot, "tensordot", TWO),
        "Vdot": Spelling(Flattened, "vdot", TWO),
    },
)
