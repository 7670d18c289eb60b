"""Projects that run a model in another language's onnxruntime: what they know, and their sources.

Each folder beside this file holds one kind of project: files whose names end in ``.jinja`` are
templates of Jinja, written for one model each time; all others are copied as they are.
"""

from typing import Final

from keronyx.runtime.hosts.facts import Facts, Kept, Port, check_ports, facts_of, kept_of
from keronyx.runtime.hosts.project import new_folder, write_project
from keronyx.runtime.hosts.vectors import Vectors, record, record_of_graph

__all__ = [
    "HOSTS",
    "Facts",
    "Kept",
    "Port",
    "Vectors",
    "check_ports",
    "facts_of",
    "kept_of",
    "new_folder",
    "record",
    "record_of_graph",
    "write_project",
]

HOSTS: Final = {"cpp": "C++", "csharp": "C#", "node": "Node.js", "web": "the browser"}
"""Kinds of projects, and where they run."""
