"""Linear algebra, as ``keras.ops`` names the classes."""

from typing import Final

from keronyx.converter.dialect.words import Spelling, Words
from keronyx.converter.layers.ops_matrices import Determinant, Inverse, Solution

SYSTEM: Final = ("a", "b")

WORDS: Final = Words(
    operations={
        "Cholesky": Spelling(Inverse, "cholesky"),
        "CholeskyInverse": Spelling(Inverse, "cholesky_inverse"),
        "Det": Spelling(Determinant, "det"),
        "Inv": Spelling(Inverse, "inv"),
        "Logdet": Spelling(Determinant, "logdet"),
        "Slogdet": Spelling(Determinant, "slogdet"),
        "Solve": Spelling(Solution, "solve", SYSTEM),
        "SolveTriangular": Spelling(Solution, "solve_triangular", SYSTEM),
    },
)
