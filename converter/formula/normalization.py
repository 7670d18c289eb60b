"""Normalisation layers."""

from keronyx.converter.formula.expression import (
    Equation,
    Expression,
    Fraction,
    Root,
    Symbol,
    apply,
    at,
    each,
    total,
)
from keronyx.converter.formula.functions import larger
from keronyx.converter.formula.model import Meaning, express
from keronyx.converter.layers import normalization

U = Symbol("u")
MEAN = Equation(apply("mean", U), total(at(U, "i"), "i") / Symbol("n"))
VARIANCE = Equation(apply("var", U), apply("mean", (U - apply("mean", U)) ** 2))
MOMENTS = (MEAN, VARIANCE)


def _affine(x: Expression, *, scale: bool, center: bool) -> Expression:
    """Multiply by gamma and add beta, where there are such."""
    scaled = each(Symbol("gamma"), x) if scale else x
    return scaled + Symbol("beta") if center else scaled


@express.register
def batch_normalization(layer: normalization.BatchNormalization, x: Expression) -> Meaning:
    """By the mean and variance that were learnt."""
    deviation = Root(Symbol("moving_variance") + layer.epsilon)
    normal = Fraction(x - Symbol("moving_mean"), deviation)
    return Meaning(
        value=_affine(normal, scale=layer.gamma is not None, center=layer.beta is not None),
        numbers={"epsilon": layer.epsilon, "axis": layer.axis},
    )


@express.register
def legacy_batch_normalization(
    layer: normalization.LegacyBatchNormalization, x: Expression
) -> Meaning:
    """Keras 0.3 and 1, by mode."""
    mean, variance = apply("mean", x), apply("var", x)
    within: Expression = Root(variance + layer.epsilon) if layer.variance else Root(variance)
    centers = (Symbol("running_mean"), mean, mean)
    deviations = (Symbol("running_std") + layer.epsilon, within + layer.epsilon, within)
    notes = ("", "mean and var of each sample over its last axis", "mean and var of the batch")
    normal = Fraction(x - centers[layer.mode], deviations[layer.mode])
    axis = {"axis": layer.axis} if layer.mode != 1 else {}
    return Meaning(
        value=_affine(normal, scale=True, center=True),
        definitions=MOMENTS if layer.mode else (),
        numbers={"mode": layer.mode, "epsilon": layer.epsilon, **axis},
        note=notes[layer.mode],
    )


@express.register
def layer_normalization(layer: normalization.LayerNormalization, x: Expression) -> Meaning:
    """By the mean and variance of each sample; ``rms_scaling`` subtracts no mean."""
    center = x if layer.rms_scaling else x - apply("mean", x)
    normal = Fraction(center, Root(apply("var", x) + layer.epsilon))
    return Meaning(
        value=_affine(normal, scale=layer.gamma is not None, center=layer.beta is not None),
        definitions=MOMENTS,
        numbers={"epsilon": layer.epsilon, "axis": layer.axis},
        note="mean and var of each sample over the axis",
    )


@express.register
def rms_normalization(layer: normalization.RMSNormalization, x: Expression) -> Meaning:
    """By the root of the mean square of each sample."""
    normal = Fraction(x, Root(apply("mean", x**2) + layer.epsilon))
    return Meaning(
        value=each(Symbol("scale"), normal),
        definitions=(MEAN,),
        numbers={"epsilon": layer.epsilon, "axis": layer.axis},
        note="mean of each sample over the axis",
    )


@express.register
def group_normalization(layer: normalization.GroupNormalization, x: Expression) -> Meaning:
    """By the mean and variance of each group of channels."""
    normal = Fraction(x - apply("mean", x), Root(apply("var", x) + layer.epsilon))
    return Meaning(
        value=_affine(normal, scale=layer.gamma is not None, center=layer.beta is not None),
        definitions=MOMENTS,
        numbers={"epsilon": layer.epsilon, "axis": layer.axis, "groups": layer.groups},
        note="mean and var of each sample over a group's channels and all other axes",
    )


@express.register
def unit_normalization(layer: normalization.UnitNormalization, x: Expression) -> Meaning:
    """By the length."""
    length = apply("norm", x)
    definition = Equation(apply("norm", U), Root(total(at(U, "i") ** 2, "i")))
    return Meaning(
        value=Fraction(x, larger(length, layer.minimum_norm)),
        definitions=(definition,),
        numbers={"axis": layer.axis},
    )


@express.register
def spectral_normalization(layer: normalization.SpectralNormalization, x: Expression) -> Meaning:
    """The held layer."""
    return express(layer.layer, x)
