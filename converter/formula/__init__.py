"""What each layer computes as mathematics, in plain text and in LaTeX."""

from keronyx.converter.formula import (  # noqa: F401 - each says what its layers are here
    activations,
    adaptive,
    applications,
    attention,
    conv_lstm,
    convolutional,
    core,
    deconvolution,
    embedding,
    expressed,
    histograms,
    images,
    local,
    masks,
    merging,
    multi_head,
    nested,
    normalization,
    ops_moves,
    ops_pointwise,
    ops_reductions,
    ops_slices,
    pipeline,
    pooling,
    preprocessing,
    recurrent,
    regularization,
    reshaping,
    rnn,
    spatial,
    spectrograms,
)
from keronyx.converter.formula.functions import define
from keronyx.converter.formula.latex_notation import latex
from keronyx.converter.formula.model import LayerFormula, express, formulas, symbols
from keronyx.converter.formula.plain_notation import text

__all__ = ["LayerFormula", "define", "express", "formulas", "latex", "symbols", "text"]
