"""Source code in Python: with NumPy alone, or with nothing but the standard library."""

from keronyx.converter.program.language import Options, Program
from keronyx.converter.source.managed.python_numpy import NumPyFile
from keronyx.converter.source.managed.python_pure import PureFile


def write(program: Program, options: Options) -> str:
    """Return the file."""
    kind = PureFile if options.pure else NumPyFile
    return kind(program, options.weights_file).text()
