"""Source code in Python: with NumPy alone, or with nothing but the standard library."""

from keronyx.converter.code.managed.python_numpy import NumPyFile
from keronyx.converter.code.managed.python_pure import PureFile
from keronyx.converter.code.program import Options, Program


def write(program: Program, options: Options) -> str:
    """Return the file."""
    kind = PureFile if options.pure else NumPyFile
    return kind(program, options.weights_file).text()
