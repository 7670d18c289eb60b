"""Errors of the command line's parser, spelled as our own are."""

import difflib

import click

from keronyx.converter.errors import shorten


def sentence(error: click.ClickException) -> str:
    """Spell an error of the command line's parser as our own are spelled."""
    context = getattr(error, "ctx", None)
    if isinstance(error, click.NoSuchOption):
        what = f"no option {shorten(error.option_name)}"
        near = _near_options(error.option_name, context)
        if near:
            return f"{what}; did you mean {near[0]}?"
    else:
        what = _as_one_line(error.format_message())
    return f"{what}; see `{context.command_path} --help`" if context else what


def _near_options(name: str, context: click.Context | None) -> list[str]:
    """Return the option that is spelled most like a name, if there is one."""
    params = context.command.params if context else []
    return difflib.get_close_matches(name, [option for param in params for option in param.opts], 1)


def _as_one_line(message: str) -> str:
    what = " ".join(map(str.strip, message.strip().splitlines())).rstrip(".")
    return what[:1].lower() + what[1:]
