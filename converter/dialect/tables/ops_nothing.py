"""Operations of ``keras.ops`` for which ONNX has no operators, and no known number of them."""

from collections.abc import Iterable
from typing import Final

from keronyx.converter.dialect.words import Why, Words
from keronyx.converter.errors import Reason


def _without(detail: str, names: Iterable[str]) -> dict[str, Why]:
    return dict.fromkeys(names, Why(Reason.NOT_IN_ONNX, detail))


SPECTRA: Final = ("FFT", "FFT2", "IFFT2", "IRFFT", "ISTFT", "RFFT", "STFT")
FACTORS: Final = ("Eig", "Eigh", "LuFactor", "Lstsq", "MatrixRank", "Pinv", "Qr", "SVD")
COMPLEX: Final = ("Polar", "ViewAsComplex", "ViewAsReal")
SPECIAL: Final = ("Erfinv", "I0")
CALLING: Final = (
    "AssociativeScan",
    "Cond",
    "ForiLoop",
    "JVP",
    "Map",
    "Scan",
    "Switch",
    "VectorizedMap",
    "WhileLoop",
)

WORDS: Final = Words(
    unreadable={
        **_without("ONNX has no numbers that are complex, which it computes with", COMPLEX),
        **_without("Fourier transforms are read in layers alone, not as raw operations", SPECTRA),
        **_without("ONNX has no operator that finds such factors of a matrix", FACTORS),
        **_without("ONNX has no operator for this function", SPECIAL),
        **dict.fromkeys(
            CALLING, Why(Reason.CODE, "it calls a function, and code in the file is never run")
        ),
    },
)
