"""Bits, whole numbers and signs, as ``keras.ops`` names the classes."""

from typing import Final

from keronyx.converter.dialect.words import Spelling, Words
from keronyx.converter.layers.ops_bits import AllClose, Bitwise

TWO: Final = ("x1", "x2")
PAIR: Final = ("x", "y")

WORDS: Final = Words(
    operations={
        "AllClose": Spelling(AllClose, "allclose", TWO),
        "Angle": Spelling(Bitwise, "angle"),
        "BitwiseAnd": Spelling(Bitwise, "bitwise_and", PAIR),
        "BitwiseInvert": Spelling(Bitwise, "bitwise_not"),
        "BitwiseLeftShift": Spelling(Bitwise, "left_shift", PAIR),
        "BitwiseNot": Spelling(Bitwise, "bitwise_not"),
        "BitwiseOr": Spelling(Bitwise, "bitwise_or", PAIR),
        "BitwiseRightShift": Spelling(Bitwise, "right_shift", PAIR),
        "BitwiseXor": Spelling(Bitwise, "bitwise_xor", PAIR),
        "Conjugate": Spelling(Bitwise, "conjugate"),
        "Gcd": Spelling(Bitwise, "gcd", TWO),
        "Imag": Spelling(Bitwise, "imag"),
        "Isreal": Spelling(Bitwise, "isreal"),
        "Lcm": Spelling(Bitwise, "lcm", TWO),
        "Ldexp": Spelling(Bitwise, "ldexp", TWO),
        "LeftShift": Spelling(Bitwise, "left_shift", PAIR),
        "Nextafter": Spelling(Bitwise, "nextafter", TWO),
        "Real": Spelling(Bitwise, "real"),
        "RightShift": Spelling(Bitwise, "right_shift", PAIR),
        "Signbit": Spelling(Bitwise, "signbit"),
    },
)
