"""What a scan finds: something in a file that Keras would run, import, open or read."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from keronyx.converter.errors import shorten

MOST: Final = 1000
"""Most findings that are kept; a file may have been made to have millions."""

EFFECTS: Final[Mapping[str, str]] = {
    "bytecode": "Keras would have unmarshalled and run it",
    "function": "Keras would have imported the module and called it",
    "class": "Keras would have imported the module and made an object of it",
    "custom": "Keras would have looked for it in the program that loads the file",
    "tensorflow": "Keras would have called it",
    "pickle": "unpickling runs whatever it names",
    "yaml": "Keras's YAML loader would have made that object",
    "graph": "TensorFlow would have run the graph in it",
    "file": "Keras would have read that file",
    "soft link": "HDF5 would have followed it",
    "external link": "HDF5 would have opened that file",
    "external storage": "HDF5 would have read the numbers out of that file",
    "virtual dataset": "HDF5 would have read the numbers out of that file",
    "plugin": "HDF5 would have looked for a library that undoes it, and loaded that",
    "path": "it leaves the folder that it belongs to",
    "symbolic link": "Keras would have followed it",
    "member": "Keras has no such file; it would have been unpacked with the others",
}
"""The kinds of findings, and what would have come of them."""


@dataclass(frozen=True)
class Finding:
    """One finding: its kind, where in the file it is, what it is."""

    kind: str
    where: str
    what: str

    @property
    def effect(self) -> str:
        """Return what loading the file would have led to."""
        return EFFECTS[self.kind]

    def __str__(self) -> str:
        """Return one printable line."""
        where = f"{shorten(self.where, 200)}: " if self.where else ""
        return f"{where}{shorten(self.what, 200)}; {self.effect}"


@dataclass
class Found:
    """Findings while they are gathered; ``more`` counts those that were too many to keep."""

    findings: list[Finding] = field(default_factory=list)
    more: int = 0

    def add(self, kind: str, where: str, what: str) -> None:
        """Note a finding once."""
        found = Finding(kind, where, what)
        if len(self.findings) >= MOST:
            self.more += 1
        elif found not in self.findings[-20:]:
            self.findings.append(found)
