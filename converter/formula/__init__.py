"""What each layer computes as mathematics, in plain text and in LaTeX."""

from keronyx.converter.formula.functions import define
from keronyx.converter.formula.latex_notation import latex
from keronyx.converter.formula.model import LayerFormula, express, formulas, symbols
from keronyx.converter.formula.plain_notation import text

__all__ = ["LayerFormula", "define", "express", "formulas", "latex", "symbols", "text"]
