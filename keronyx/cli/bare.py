"""The options that say how bare weights go together: those of every command that reads them."""

from collections.abc import Callable
from typing import Any, Final

import click

OPTIONS: Final[tuple[Callable[[Any], Any], ...]] = (
    click.option(
        "--activations",
        metavar="NAMES",
        help="For weights alone: the activation of every Dense layer, as in relu,relu,linear; "
        "a single one is meant for all.",
    ),
    click.option(
        "--biases",
        metavar="FILE",
        help="For weights alone: the biases, where SOURCE has the kernels.",
    ),
    click.option(
        "--order",
        metavar="NAMES",
        help="For weights alone: the layers as they are called, as in one,two,out, where the file "
        "does not say it.",
    ),
    click.option(
        "--no-bias",
        is_flag=True,
        help="For weights alone: no layer has a bias; without it, kernels alone are refused.",
    ),
)


def bare_weights(command: Any) -> Any:
    """Add them to a command."""
    for option in reversed(OPTIONS):
        command = option(command)
    return command
