"""The version of keronyx, where nothing has to be imported to read it."""

from typing import Final

__version__: Final = "0.1.0"
